"""Places, hits and effort, against hand-worked lists and scipy."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import rankdata

from linkage.ranked_lists import mean_ranks, ranking_summary, rows_per_list


def test_equals_share_the_mean_of_their_places():
    among = np.array([5.0, 3.0, 3.0, 3.0, 1.0])
    assert mean_ranks(np.array([5.0, 3.0, 1.0]), among).tolist() == [1, 3, 5]
    values = np.random.default_rng(0).integers(0, 9, 100).astype(float)
    np.testing.assert_array_equal(mean_ranks(values, values), rankdata(-values))


def test_summary_as_worked_by_hand():
    ranks = pd.DataFrame({"crime_row": [0, 0, 1, 3], "rank": [1.0, 60.0, 4.0, 51.0], "n_candidates": [99, 99, 99, 99]})
    lists = rows_per_list(ranks, np.array(["x", "x", "y", "z"]))
    assert lists["group"].tolist() == ["x", "x", "z"]
    assert lists["first_rank"].tolist() == [1, 4, 51]
    assert lists["median_rank"].tolist() == [30.5, 4, 51]
    assert lists["share_in_top"].tolist() == [0.5, 1, 0]
    # In random order the first of two among 99 stands at 100 / 3, a single one at 100 / 2.
    assert lists["random_first_rank"].tolist() == pytest.approx([100 / 3, 50, 50])
    summary = ranking_summary(lists)
    assert [summary[f"hit_at_{k}"] for k in (1, 5, 10, 20, 50)] == pytest.approx([1 / 3, 2 / 3, 2 / 3, 2 / 3, 2 / 3])
    assert summary["median_first_rank"] == 4
    assert summary["median_rank"] == 30.5
    assert summary["mean_reciprocal_rank"] == pytest.approx((1 + 1 / 4 + 1 / 51) / 3)
    assert summary["share_in_top_50"] == pytest.approx(0.5)
    assert summary["search_effort_reduction"] == pytest.approx(1 - 56 / (100 / 3 + 100))
    assert summary["n_lists"] == 3


def test_random_order_has_the_first_rank_that_is_expected_of_it_and_saves_no_effort():
    rng = np.random.default_rng(0)
    places = np.concatenate([rng.permutation(30)[:4] + 1.0 for _ in range(5_000)])
    ranks = pd.DataFrame({"crime_row": np.repeat(np.arange(5_000), 4), "rank": places, "n_candidates": 30})
    lists = rows_per_list(ranks, np.zeros(5_000))
    assert lists["random_first_rank"].unique().tolist() == [31 / 5]
    assert lists["first_rank"].mean() == pytest.approx(31 / 5, rel=0.03)
    assert ranking_summary(lists)["search_effort_reduction"] == pytest.approx(0.0, abs=0.03)


def test_no_crimes_give_no_number():
    empty = pd.DataFrame({"crime_row": np.array([], dtype=np.int64), "rank": [], "n_candidates": []})
    summary = ranking_summary(rows_per_list(empty, np.zeros(40)))
    assert summary.pop("n_lists") == 0
    assert np.isnan(list(summary.values())).all()
