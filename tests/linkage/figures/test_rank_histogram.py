"""Rank histograms are even where chains agree and lean where one does not."""

import numpy as np
import pandas as pd
import pytest

from linkage.figures.rank_histogram import rank_histogram_figure, rank_rows
from linkage.figures.style import FigureError


def draws(values: np.ndarray) -> pd.DataFrame:
    n_chains, n_sweeps = values.shape
    return pd.DataFrame(
        {
            "chain": np.repeat(np.arange(n_chains), n_sweeps),
            "sweep": np.tile(np.arange(n_sweeps), n_chains),
            "concentration": values.ravel(),
        }
    )


def times(frame: pd.DataFrame, n_bins: int) -> np.ndarray:
    rows = rank_rows(frame, "concentration", n_bins)
    return np.array([row["times"] for row in rows]).reshape(-1, n_bins)


def test_bars_are_counted_by_hand():
    # Ranks of all eight: chain 1 has 1, 2, 3, 5 and chain 2 has 4, 6, 7, 8; two bars of four ranks, 2 is even.
    frame = draws(np.array([[1.0, 2.0, 3.0, 5.0], [4.0, 6.0, 7.0, 8.0]]))
    np.testing.assert_allclose(times(frame, 2), [[1.5, 0.5], [0.5, 1.5]])


def test_equal_draws_are_spread_over_their_ranks():
    # Two values only: three zeros of chain 1 and one of chain 2 share ranks 1 to 4, that is both lower bars of four.
    frame = draws(np.array([[0.0, 0.0, 0.0, 1.0], [0.0, 1.0, 1.0, 1.0]]))
    np.testing.assert_allclose(times(frame, 4), [[1.5, 1.5, 0.5, 0.5], [0.5, 0.5, 1.5, 1.5]])
    constant = draws(np.ones((2, 8)))
    np.testing.assert_allclose(times(constant, 4), np.ones((2, 4)))


def test_bars_of_good_chains_lie_within_the_dashed_lines_19_times_of_20():
    frame = draws(np.random.default_rng(2).standard_normal((4, 2000)))
    rows = pd.DataFrame(rank_rows(frame, "concentration", 20))
    # 80 bars of 100 draws each: 1.96 standard deviations of a share of 1/20 are 1.96 sqrt(19 / 2000) = 0.19.
    assert rows["high"].iloc[0] == pytest.approx(1.19, abs=0.02)
    assert rows["times"].between(rows["low"], rows["high"]).mean() > 0.88


def test_chains_that_are_worth_less_are_allowed_more():
    walk = np.random.default_rng(3).standard_normal((4, 500)).cumsum(axis=1)
    assert rank_rows(draws(walk), "concentration", 20)[0]["low"] == 0.0


def test_a_chain_that_is_too_high_leans_to_the_right():
    values = np.random.default_rng(4).standard_normal((3, 300)) + np.array([[0.0], [0.0], [3.0]])
    assert times(draws(values), 3)[2].argmax() == 2
    assert times(draws(values), 3)[2][0] < 0.2


def test_every_chain_has_its_bars_beside_the_others_and_the_order_of_rows_does_not_matter(drawn):
    frame = draws(np.random.default_rng(5).standard_normal((4, 50)))
    bars = next(rows for rows in drawn(rank_histogram_figure(frame, n_bins=5).to_dict()) if "times" in rows[0])
    assert [row["chain"] for row in bars] == np.repeat([1, 2, 3, 4], 5).tolist()
    assert all(row["chain"] - 1 <= row["from"] < row["to"] < row["chain"] for row in bars)
    assert rank_rows(frame.iloc[::-1], "concentration", 5) == bars


def test_it_fits_a_phone_and_is_told_in_words(fits_a_phone):
    chart = rank_histogram_figure(draws(np.random.default_rng(6).standard_normal((4, 50))))
    assert fits_a_phone(chart)
    told = "Ranks of 4 chains' draws among all draws, even if they agree: evenness of cluster sizes (D)"
    assert chart.to_dict()["description"] == told


def test_chains_of_different_length_are_refused():
    with pytest.raises(FigureError, match=r"one length from 4 sweeps, got \[5, 6\]"):
        rank_histogram_figure(draws(np.arange(12.0).reshape(2, 6)).iloc[:-1])


def test_one_bar_is_refused():
    with pytest.raises(FigureError, match="n_bins, columns: expected from 2 and 1, got 1 and 1"):
        rank_histogram_figure(draws(np.arange(12.0).reshape(2, 6)), n_bins=1)
