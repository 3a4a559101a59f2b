"""Numbers and sizes of series, and what becomes of each unsolved crime, counted by hand and by plain loops."""

import numpy as np
import pandas as pd
import pytest

from linkage.label_draws import LabelDraws, LabelDrawsError
from linkage.posterior_summary import cluster_number_intervals, cluster_numbers, crime_outcomes, series_sizes

# Crime a is solved, of group g. The clusters: ab cd e; ab c d e; ad bc e; ab cd e.
FOUR = LabelDraws(
    np.array([[0, 0, 1, 1, 2], [0, 0, 1, 2, 3], [0, 1, 1, 0, 2], [0, 0, 2, 2, 5]], np.int32),
    np.array(list("abcde"), dtype=object),
    np.array([0, -1, -1, -1, -1], np.int32),
    ("g",),
)


def random_draws(n_draws: int = 50, n: int = 25) -> LabelDraws:
    rng = np.random.default_rng(2)
    labels = rng.integers(0, 14, (n_draws, n)).astype(np.int32)
    known = np.full(n, -1, np.int32)
    known[:3] = [0, 1, 2]
    labels[:, :3] = known[:3]
    ids = np.array([f"C{i:02d}" for i in range(n)], dtype=object)
    return LabelDraws(labels, ids, known, ("g", "h", "i"))


def test_numbers_of_clusters_are_counted_by_kind() -> None:
    table = cluster_numbers(FOUR)
    told = {kind: dict(zip(t["n_clusters"], t["probability"], strict=True)) for kind, t in table.groupby("kind")}
    assert told == {
        "all": {3: 0.75, 4: 0.25},
        "two_or_more": {1: 0.25, 2: 0.75},
        "unsolved_only": {2: 0.75, 3: 0.25},
        "unsolved_two_or_more": {0: 0.25, 1: 0.75},
    }


def test_intervals_of_numbers_end_at_numbers_that_some_draw_has() -> None:
    table = cluster_number_intervals(FOUR).set_index("kind")
    assert table.loc["all"].tolist() == [3.25, 3, 3, 4]
    assert table.loc["unsolved_two_or_more"].tolist() == [0.75, 0, 1, 1]


def test_one_draw_of_twenty_is_the_end_of_a_ninety_percent_interval() -> None:
    """One cluster in one draw of twenty, two in the others: 5% of draws do not exceed one."""
    labels = np.array([[0, 0]] + [[0, 1]] * 19, np.int32)
    draws = LabelDraws(labels, FOUR.crime_ids[:2], np.full(2, -1, np.int32), ())
    assert cluster_number_intervals(draws).set_index("kind").loc["all"].tolist() == [1.95, 1, 2, 2]


def test_sizes_of_series_have_expected_numbers() -> None:
    table = series_sizes(FOUR)
    assert table.to_numpy().tolist() == [
        ["all", 1, 1.5, 1, 3],
        ["all", 2, 1.75, 1, 2],
        ["unsolved_only", 1, 1.5, 1, 3],
        ["unsolved_only", 2, 0.75, 0, 1],
    ]


def test_what_becomes_of_a_crime_adds_up_to_one() -> None:
    """Crime b: 3/4 g, 1/4 with c: 0.75 log2(4/3) + 0.25 x 2 = 0.8113 bits; d: 1/4, 1/2, 1/4: 1.5 bits."""
    table = crime_outcomes(FOUR).set_index("crime_id")
    chances = table[["p_known_group", "p_unsolved_crimes", "p_alone"]]
    assert chances.to_numpy().tolist() == [[0.75, 0.25, 0.0], [0.0, 0.75, 0.25], [0.25, 0.5, 0.25], [0.0, 0.0, 1.0]]
    assert table["entropy_bits"].tolist() == pytest.approx([0.8112781, 0.8112781, 1.5, 0.0])
    assert table["expected_n_crimes"].tolist() == [2.0, 1.75, 1.75, 1.0]
    assert table["lower_n_crimes"].tolist() == [2, 1, 1, 1]
    assert table["upper_n_crimes"].tolist() == [2, 2, 2, 1]


def test_plain_loops_count_the_same() -> None:
    draws = random_draws()
    table = crime_outcomes(draws).set_index("crime_id")
    sizes = series_sizes(draws).set_index(["kind", "n_crimes"])["expected_n"]
    for row in draws.unsolved:
        labels = draws.labels[:, row]
        size = np.array([(each == label).sum() for each, label in zip(draws.labels, labels, strict=True)])
        told = table.loc[draws.crime_ids[row]]
        shares = [np.mean(labels == g) for g in range(3)]
        shares += [np.mean((labels >= 3) & (size > 1)), np.mean((labels >= 3) & (size == 1))]
        assert told["p_unsolved_crimes"] == shares[3]
        assert told["p_alone"] == shares[4]
        assert told["entropy_bits"] == pytest.approx(-sum(p * np.log2(p) for p in shares if p > 0))
        assert told["lower_n_crimes"] == np.quantile(size, 0.05, method="inverted_cdf")
        assert told["upper_n_crimes"] == np.quantile(size, 0.95, method="inverted_cdf")
    for size_of in (1, 2, 3):
        every = [(np.unique(each, return_counts=True)[1] == size_of).sum() for each in draws.labels]
        assert sizes["all", size_of] == np.mean(every)


def test_order_of_crimes_and_names_of_new_clusters_do_not_matter() -> None:
    draws = random_draws()
    order = np.random.default_rng(5).permutation(draws.n_crimes)
    renamed = np.where(draws.labels < 3, draws.labels, 50 - draws.labels)[:, order].astype(np.int32)
    other = LabelDraws(renamed, draws.crime_ids[order], draws.known_group[order], draws.groups)
    pd.testing.assert_frame_equal(cluster_numbers(other), cluster_numbers(draws))
    pd.testing.assert_frame_equal(series_sizes(other), series_sizes(draws))
    ordered = crime_outcomes(other).sort_values("crime_id", ignore_index=True)
    pd.testing.assert_frame_equal(ordered, crime_outcomes(draws))


def test_labels_far_beyond_the_crimes_keep_known_groups() -> None:
    far = LabelDraws(
        np.where(FOUR.labels == 0, 0, FOUR.labels + 1_500_000_000).astype(np.int32),
        FOUR.crime_ids,
        FOUR.known_group,
        FOUR.groups,
    )
    pd.testing.assert_frame_equal(cluster_numbers(far), cluster_numbers(FOUR))
    pd.testing.assert_frame_equal(crime_outcomes(far), crime_outcomes(FOUR))


def test_when_every_crime_is_solved_no_crime_is_told_of() -> None:
    solved = LabelDraws(np.zeros((3, 2), np.int32), FOUR.crime_ids[:2], np.zeros(2, np.int32), ("g",))
    assert crime_outcomes(solved).empty
    assert cluster_number_intervals(solved)["expected_n"].tolist() == [1.0, 1.0, 0.0, 0.0]


def test_a_level_that_is_no_share_is_refused() -> None:
    with pytest.raises(LabelDrawsError, match="level: expected a share between 0 and 1, got 90"):
        series_sizes(FOUR, level=90)
