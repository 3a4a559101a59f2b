from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from quality.control_limits import Months, control_limits, mo_trends, signals
from quality.errors import FrameError

CELL = ["area_code", "crime_group", "dimension", "item_code"]
Cards = Callable[..., pd.DataFrame]


@pytest.fixture(scope="session")
def card_of() -> Cards:
    """Scorecard rows of one area, crime group and item, a month each: (n_expected, n_met)."""

    def make(*counts: tuple[int, int], **other: str | None) -> pd.DataFrame:
        cell = {"area_code": "A1", "crime_group": "g", "item_code": "i", "dimension": "completeness"} | other
        months = pd.date_range("2023-01-01", periods=len(counts), freq="MS")
        frame = pd.DataFrame(counts, columns=["n_expected", "n_met"])
        return frame.assign(month=months, **cell)

    return make


def _simulated(
    rng: np.random.Generator, n_cells: int, n_months: int, share: float, n: float, scatter: float = 0.0
) -> Months:
    """Months in control: Poisson counts, a share that is fixed, or beta about it with this intra-month correlation."""
    counts = np.maximum(rng.poisson(n, (n_cells, n_months)), 30)
    size = 1 / scatter - 1 if scatter else 0.0
    shares = rng.beta(share * size, (1 - share) * size, counts.shape) if scatter else share
    return Months(counts.astype(float), rng.binomial(counts, shares).astype(float))


def _beyond(months: Months) -> float:
    """Share of the judged months that lie beyond their limits."""
    limits = control_limits(months)
    found = signals(months, limits)
    return float(np.isin(found[~np.isnan(limits.centre)], ("above", "below")).mean())


def test_limits_of_months_that_scatter_as_a_binomial_would_are_laneys_widened_for_few_months() -> None:
    # Twelve months of 100, met 78 and 82 in turn: centre 0.8, sigma sqrt(0.8 x 0.2 / 100) = 0.04, z = -0.5, 0.5, ...
    # Eleven ranges of 1: sigma_z = 1 / 1.128 = 0.8865. Student's t of 0.62 x 11 = 6.82 df at 0.00135: 4.59.
    # 4.59 x 0.8865 = 4.07 > 3, so the reach is 4.07 x 0.04 x sqrt(1 + 100 / 1200) = 0.1694 (mean nearly the centre).
    months = Months(np.full((1, 13), 100.0), np.array([[78.0, 82.0] * 6 + [80.0]]))
    limits = control_limits(months)
    assert np.isnan(limits.centre[0, :12]).all()
    assert limits.centre[0, 12] == pytest.approx(0.8)
    assert limits.upper[0, 12] - 0.8 == pytest.approx(0.1694, abs=0.001)
    # Below, the beta distribution of that width has the longer tail: a share near 1 scatters more downwards.
    assert 0.8 - limits.lower[0, 12] > 0.1694


def test_a_month_beyond_its_limits_is_above_or_below() -> None:
    met = np.array([[78.0, 82.0] * 6 + [50.0], [78.0, 82.0] * 6 + [100.0], [78.0, 82.0] * 6 + [80.0]])
    months = Months(np.full((3, 13), 100.0), met)
    assert signals(months, control_limits(months))[:, 12].tolist() == ["below", "above", "none"]


def test_the_ninth_month_running_on_one_side_of_the_median_is_a_run() -> None:
    # 0.80 on average, then ten months at 0.82: within the limits, yet always above the median of the months before
    met = np.array([[78.0, 82.0, 80.0] * 4 + [83.0] * 10])
    months = Months(np.full((1, 22), 100.0), met)
    found = signals(months, control_limits(months))[0]
    assert (found[:20] == "none").all()  # month 20 is the eighth
    assert found[20:].tolist() == ["run", "run"]


def test_months_without_a_single_miss_do_not_make_the_first_miss_an_alarm() -> None:
    months = Months(np.full((1, 13), 40.0), np.array([[40.0] * 12 + [39.0]]))
    assert signals(months, control_limits(months))[0, 12] == "none"
    months.met[0, 12] = 30.0
    assert signals(months, control_limits(months))[0, 12] == "below"


@pytest.mark.parametrize(
    ("share", "n", "scatter"),
    [(0.5, 60, 0.0), (0.8, 200, 0.0), (0.95, 100, 0.0), (0.8, 100, 0.02), (0.9, 300, 0.05), (0.99, 40, 0.0)],
)
def test_in_control_about_three_months_in_a_thousand_are_beyond_the_limits(
    share: float, n: float, scatter: float
) -> None:
    # 600 cells x 18 judged months = 10,800: at 0.3% the sampling error is 0.05 points
    months = _simulated(np.random.default_rng(11), 600, 30, share, n, scatter)
    assert _beyond(months) <= 0.004


def test_binomial_limits_would_alarm_far_more_often_where_months_scatter_more() -> None:
    # What the Laney factor is for: at n = 300 and a correlation of 0.05 months scatter 4 times as much.
    months = _simulated(np.random.default_rng(12), 400, 30, 0.8, 300, 0.05)
    limits = control_limits(months)
    judged = ~np.isnan(limits.centre)
    share = months.met / months.n
    sigma = np.sqrt(limits.centre * (1 - limits.centre) / months.n)
    assert (np.abs(share - limits.centre)[judged] > 3 * sigma[judged]).mean() > 0.3
    assert _beyond(months) <= 0.004


@pytest.mark.parametrize("scatter", [0.0, 0.01])
def test_a_shift_is_found_in_the_month_in_which_it_happens(scatter: float) -> None:
    rng = np.random.default_rng(13)
    months = _simulated(rng, 300, 31, 0.85, 200, scatter)
    dropped = rng.binomial(months.n[:, 30].astype(int), 0.55)
    months.met[:, 30] = dropped
    found = signals(months, control_limits(months))[:, 30]
    assert (found == "below").mean() > 0.95


def test_a_lasting_change_of_two_standard_deviations_is_found_within_a_year() -> None:
    # sqrt(0.8 x 0.2 / 200) = 0.028; no month of it need be beyond the limits
    rng = np.random.default_rng(14)
    months = _simulated(rng, 300, 36, 0.8, 200)
    months.met[:, 24:] = rng.binomial(months.n[:, 24:].astype(int), 0.86)
    found = signals(months, control_limits(months))[:, 24:]
    assert (found != "none").any(axis=1).mean() > 0.7


def test_trends_follow_each_area_and_for_the_whole_force_each_item(card_of: Cards) -> None:
    card = pd.concat(
        [
            card_of((40, 30), (50, 45)),
            card_of((10, 10), item_code="j"),
            card_of((20, 5), area_code=None),
        ]
    )
    trends = mo_trends(card).set_index([*CELL, "month"])
    january, february = pd.Timestamp("2023-01-01"), pd.Timestamp("2023-02-01")
    key = ("g", "completeness")
    assert trends.loc[("A1", *key, "all", january), ["n_expected", "n_met"]].tolist() == [50, 40]
    assert trends.loc[("not_stated", *key, "all", january), "share"] == 0.25
    assert trends.loc[("all", *key, "i", january), ["n_expected", "n_met"]].tolist() == [60, 35]
    assert trends.loc[("all", *key, "j", january), "share"] == 1
    assert trends.loc[("all", *key, "all", january), ["n_expected", "n_met"]].tolist() == [70, 45]
    assert trends.loc[("all", *key, "all", february), "n_expected"] == 50
    assert len(trends) == 8
    assert (trends["signal"] == "none").all()
    assert trends["centre"].isna().all()


def test_months_with_few_counts_are_shown_but_neither_judged_nor_judged_by(card_of: Cards) -> None:
    steady = [(100, 78), (100, 82)] * 6
    with_gap = mo_trends(card_of(*steady[:6], (5, 0), *steady[6:], (100, 50)))
    without = mo_trends(card_of(*steady, (100, 50)))
    last, same = with_gap.iloc[-1], without.iloc[-1]
    assert last["signal"] == same["signal"] == "below"
    assert (last["centre"], last["lower"]) == (same["centre"], same["lower"])
    assert np.isnan(with_gap[with_gap["n_expected"] == 5]["lower"]).all()


def test_the_order_of_rows_makes_no_difference_and_neither_do_capture_roles(card_of: Cards) -> None:
    card = pd.concat([card_of((30, 20), (40, 30)), card_of((10, 10), (5, 5))])
    pd.testing.assert_frame_equal(mo_trends(card), mo_trends(card.iloc[::-1]))
    january = mo_trends(card).iloc[0]
    assert (january["n_expected"], january["n_met"]) == (40, 30)


def test_an_empty_scorecard_has_no_trend_and_a_missing_column_is_named(card_of: Cards) -> None:
    assert len(mo_trends(card_of())) == 0
    with pytest.raises(FrameError, match="mo_scorecard: column 'month' is missing"):
        mo_trends(card_of((1, 1)).drop(columns="month"))
