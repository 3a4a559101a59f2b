"""What each kind of evidence reads from the crimes, how it is switched off, and what of the input is refused."""

import dataclasses
from typing import Any

import numpy as np
import pandas as pd
import pytest

from linkage.co_linkage import (
    CoLinkageError,
    CoLinkageEvidence,
    CoLinkageResult,
    CoLinkageSettings,
    co_linkage_data,
    reference_prior,
    sample_co_linkage,
    scale_free_prior,
)
from linkage.co_linkage_clock import bin_overlap
from linkage.co_linkage_prior import HEAVY_TAILS, SERIES_SPREAD, ScaleMixture, prior_values

EVERYTHING = CoLinkageEvidence(features=("height_m",), items=("tool",), multi_valued_items=("taken",), time_of_day=True)
NOTHING = CoLinkageEvidence(place=False, time=False)
SHORT = CoLinkageSettings(n_sweeps=30, n_warm_up=10, n_chains=2)


def crimes_of_two() -> tuple[pd.DataFrame, list[str | None]]:
    """Two offenders of five crimes, one by day and one by night; the first crime of each is solved."""
    rng = np.random.default_rng(2)
    who = np.arange(10) // 5
    day = rng.integers(0, 30, 10) + np.where(who == 0, 0.45, 0.95) + rng.normal(0.0, 0.03, 10)
    start = (pd.Timestamp("2026-05-01") + pd.to_timedelta(pd.Series(day), unit="D")).dt.as_unit("us")
    frame = pd.DataFrame(
        {
            "crime_id": [f"C{i}" for i in range(10)],
            "easting_m": 1_000.0 * who + rng.normal(0.0, 300.0, 10),
            "northing_m": rng.normal(0.0, 300.0, 10),
            "committed_from_at": start,
            "committed_to_at": start + pd.to_timedelta(np.arange(10) % 3, unit="h"),
            "height_m": np.where(np.arange(10) == 3, np.nan, 1.7 + 0.2 * who + rng.normal(0.0, 0.03, 10)),
            "tool": np.array(["bar", "saw"], object)[who],
            "taken": [None if i == 4 else ("cash", "phone")[: 1 + i % 2] for i in range(10)],
        }
    )
    return frame, ["a" if i == 0 else "b" if i == 5 else None for i in range(10)]


def sampled(crimes: pd.DataFrame, groups: list[str | None], evidence: CoLinkageEvidence) -> CoLinkageResult:
    data = co_linkage_data(crimes, groups, evidence)
    prior = dataclasses.replace(
        scale_free_prior(data),
        place_spread=SERIES_SPREAD,
        time_spread=SERIES_SPREAD,
        place_tails=HEAVY_TAILS,
        time_tails=HEAVY_TAILS,
    )
    return sample_co_linkage(data, prior, SHORT, seed=3)


def untyped(value: Any) -> Any:
    """Hide from the type checker what a caller without one may pass."""
    return value


@pytest.fixture(scope="module")
def result() -> CoLinkageResult:
    return sampled(*crimes_of_two(), EVERYTHING)


def test_with_everything_on_order_of_rows_and_names_of_groups_change_nothing(result: CoLinkageResult) -> None:
    crimes, groups = crimes_of_two()
    order = np.random.default_rng(1).permutation(10)
    names = {"a": "z", "b": "y", None: None}
    shuffled = sampled(crimes.iloc[order].reset_index(drop=True), [names[groups[row]] for row in order], EVERYTHING)
    pd.testing.assert_frame_equal(result.pairs, shuffled.pairs)
    pd.testing.assert_frame_equal(result.draws, shuffled.draws)


def test_units_of_a_feature_change_nothing_under_the_default_prior(result: CoLinkageResult) -> None:
    crimes, groups = crimes_of_two()
    found = sampled(crimes.assign(height_m=crimes["height_m"] / 0.3048), groups, EVERYTHING)
    np.testing.assert_allclose(found.pair_probability, result.pair_probability, atol=1e-6)


def test_draws_name_the_hyperparameters_of_the_evidence_in_use(result: CoLinkageResult) -> None:
    assert {
        "feature_within_sd_height_m",
        "item_concentration_taken",
        "time_of_day_concentration",
        "place_spread_share_0.25",
        "time_tail_share_9",
    } <= set(result.draws.columns)
    assert np.isfinite(result.draws.to_numpy(dtype=float)).all()
    shares = result.draws.filter(like="place_spread_share_")
    assert shares.shape[1] == 5
    np.testing.assert_allclose(shares.sum(axis=1), 1.0)
    nothing = sample_co_linkage(
        co_linkage_data(*crimes_of_two(), NOTHING), reference_prior(), SHORT, seed=1
    )  # reference_prior holds a prior for features, which are off as well
    assert list(nothing.draws.columns) == ["chain", "sweep", "n_clusters", "concentration"]


@pytest.mark.parametrize("kind", ["place", "time", "features", "items", "multi_valued_items", "time_of_day"])
def test_a_kind_that_is_off_reads_no_column_and_moves_no_draw(kind: str) -> None:
    crimes, groups = crimes_of_two()
    off: dict[str, Any] = {kind: () if kind.endswith("s") else False}
    without = dataclasses.replace(EVERYTHING, **off)
    columns = {
        "place": ["easting_m", "northing_m"],
        "features": ["height_m"],
        "items": ["tool"],
        "multi_valued_items": ["taken"],
    }.get(kind, [])
    full, cut = co_linkage_data(crimes, groups, without), co_linkage_data(crimes.drop(columns=columns), groups, without)
    one, other = (sample_co_linkage(data, scale_free_prior(data), SHORT, seed=2) for data in (full, cut))
    pd.testing.assert_frame_equal(one.draws, other.draws)
    assert len(one.draws.columns) < len(sampled(crimes, groups, EVERYTHING).draws.columns)


def test_a_window_says_its_time_of_day_unless_longer_than_a_day() -> None:
    crimes = pd.DataFrame({"crime_id": list("abcd")})
    moments = ["2026-05-01 06:00", "2026-05-02 22:30", "2026-05-03 01:00", None]
    crimes["committed_from_at"] = pd.to_datetime(pd.Series(moments)).dt.as_unit("us")
    hours = pd.Series(pd.to_timedelta([0, 3, 25, 1], unit="h"))
    crimes["committed_to_at"] = crimes["committed_from_at"] + hours
    evidence = CoLinkageEvidence(place=False, time=False, time_of_day=True)
    arrays = co_linkage_data(crimes, [None] * 4, evidence).arrays
    np.testing.assert_allclose(arrays.clock, [6 / 24, 22.5 / 24, np.nan, np.nan])
    assert not arrays.has_time.any()
    # 06:00 is in bin 2; 22:30 to 01:30 is half before midnight (bin 7) and half after it (bin 0).
    expected = np.zeros((4, 8))
    expected[0, 2], expected[1, 7], expected[1, 0] = 1.0, 0.5, 0.5
    np.testing.assert_allclose(bin_overlap(arrays.from_days, arrays.to_days, arrays.clock), expected, atol=1e-9)
    local = crimes.assign(committed_from_local=crimes["committed_from_at"] + pd.Timedelta("2h"))
    np.testing.assert_allclose(co_linkage_data(local, [None] * 4, evidence).arrays.clock[0], 8 / 24)


def test_night_and_day_are_told_apart_by_time_of_day_alone() -> None:
    data = co_linkage_data(*crimes_of_two(), CoLinkageEvidence(place=False, time=False, time_of_day=True))
    found = sample_co_linkage(data, scale_free_prior(data), CoLinkageSettings(400, 50, 1), seed=1)
    by_group = found.group_probability.mean(axis=0)  # rows C1 to C4 belong to a, C6 to C9 to b
    assert by_group[:4, 0].mean() > 1.5 * by_group[:4, 1].mean()
    assert by_group[4:, 1].mean() > 1.5 * by_group[4:, 0].mean()


def test_values_are_present_or_absent_and_a_missing_set_is_missing() -> None:
    crimes = pd.DataFrame({"crime_id": list("abcd"), "taken": [("b", "a"), ("a",), (), None]})
    evidence = CoLinkageEvidence(place=False, time=False, multi_valued_items=("taken",))
    data = co_linkage_data(crimes, [None] * 4, evidence)
    assert data.value_names == (("a", "b"),)
    assert data.arrays.values_held.tolist() == [[True, True], [True, False], [False, False], [False, False]]
    assert data.arrays.has_values[:, 0].tolist() == [True, True, False, False]
    # Two crimes record the item; a is in both and b in one: (1 + 2) / (2 + 2) and (1 + 1) / (2 + 2).
    np.testing.assert_allclose(prior_values(scale_free_prior(data), data, 4).value_share, [3 / 4, 2 / 4])


def test_a_spread_per_series_is_learned_where_series_differ() -> None:
    """Ten series within 50 m and ten within 2 km of their centres, all solved: the middle factors are not usual."""
    rng = np.random.default_rng(5)
    series = np.repeat(np.arange(20), 6)
    sd = np.where(series < 10, 50.0, 2_000.0)[:, None]
    place = rng.uniform(0.0, 50_000.0, (20, 2))[series] + sd * rng.standard_normal((120, 2))
    crimes = pd.DataFrame({"crime_id": [f"{i:03d}" for i in range(120)]})
    crimes[["easting_m", "northing_m"]] = place
    data = co_linkage_data(crimes, [str(one) for one in series], CoLinkageEvidence(time=False))
    mixture = ScaleMixture((0.1, 1.0, 4.0), (1.0, 1.0, 1.0))
    prior = dataclasses.replace(scale_free_prior(data), place_spread=mixture)
    draws = sample_co_linkage(data, prior, CoLinkageSettings(300, 100, 1), seed=1).draws
    # A factor of 40 lies between the tight and the wide series, as between the first and the last of the grid.
    assert draws["place_within_sd_m"].mean() == pytest.approx(500.0, rel=0.1)
    np.testing.assert_allclose(draws.filter(like="place_spread_share_").mean(), [11 / 23, 1 / 23, 11 / 23], atol=0.03)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: CoLinkageEvidence(items=untyped("tool")), "items: expected a tuple of different columns, got 'tool'"),
        (lambda: CoLinkageEvidence(features=("a", "a")), "list each once"),
        (lambda: CoLinkageEvidence(items=("a",), multi_valued_items=("a",)), "count each column one way"),
        (lambda: ScaleMixture((1.0, 2.0), (1.0,)), "counts: expected one for each of 2 sd_factors, got 1"),
        (lambda: ScaleMixture((0.0,), (1.0,)), "sd_factors: expected positive finite numbers"),
        (lambda: co_linkage_data(*crimes_of_two(), untyped(["tool"])), "expected CoLinkageEvidence, got list"),
        (
            lambda: co_linkage_data(crimes_of_two()[0].assign(height_m=np.inf), [None] * 10, EVERYTHING),
            "height_m holds infinite values",
        ),
        (
            lambda: prior_values(
                scale_free_prior(co_linkage_data(*crimes_of_two(), NOTHING)),
                co_linkage_data(*crimes_of_two(), EVERYTHING),
                10,
            ),
            "expected a prior for each of 1 features or one for all, got 0",
        ),
    ],
)
def test_impossible_evidence_is_refused_with_the_way_out(wrong: object, message: str) -> None:
    with pytest.raises(CoLinkageError) as caught:
        wrong()  # type: ignore[operator]  # a lambda in a parameter list
    assert message in str(caught.value)
