"""Pairs above a floor, against every candidate pair scored by the model."""

import numpy as np
import pandas as pd
import pytest

from linkage.candidates import LinkLimits
from linkage.evidence import pair_evidence
from linkage.floor_scan import can_scan_floor, scan_floor
from tests.linkage.force_oracle import arrays, candidates, fitted, random_crimes, specification

LIMITS = LinkLimits(2.0, 90.0)
FLOORS = (-np.inf, -1.0, 0.5, 2.0, np.inf)


def placed_and_dated(crimes):
    known = crimes[["easting_m", "northing_m", "committed_from_at", "committed_to_at"]].notna().all(axis=1)
    return crimes[known].reset_index(drop=True)


def check(crimes, model, spec, limits=LIMITS, floors=FLOORS, n_workers=2):
    crimes = placed_and_dated(crimes)
    columns, tables = arrays(crimes, model, spec)
    assert can_scan_floor(columns, limits)
    pairs = sorted(candidates(crimes, limits)[0])
    first, second = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    log_bf = model.decision_function(pair_evidence(crimes, first, second, spec)) if pairs else np.empty(0)
    for floor in floors:
        found = scan_floor(columns, tables, limits, floor, n_workers)
        got = zip(found.first.tolist(), found.second.tolist(), found.log_bf.tolist(), strict=True)
        above = sorted(one for one in got if one[2] >= floor)
        assert above == [(*pair, one) for pair, one in zip(pairs, log_bf.tolist(), strict=True) if one >= floor]
        assert found.n_considered == len(pairs)
        assert found.n_scored >= len(above)
    return len(pairs)


@pytest.mark.parametrize("kind", ["additive", "histogram"])
@pytest.mark.parametrize("crowding_km", [None, 1.5])
def test_pairs_above_a_floor_are_those_of_all_pairs(kind, crowding_km):
    crimes = random_crimes(300, 1)
    assert check(crimes, *fitted(crimes, specification(crowding_km=crowding_km), kind)) > 500


def test_steps_whose_bounds_are_reached_lose_nothing():
    # Whole days and an item or none: many pairs reach exactly what a model of steps allows at the last day of a step.
    crimes = random_crimes(250, 5, side_km=1.5, known=1.0)
    days = np.random.default_rng(6).integers(0, 120, len(crimes))
    crimes["committed_from_at"] = crimes["committed_to_at"] = pd.Timestamp("2024-01-01", tz="UTC") + pd.to_timedelta(
        days, unit="D"
    )
    spec = specification(items=("tool_used",), agreement=(), crime_group=False, crowding_km=None)
    model, spec = fitted(crimes, spec, "histogram")
    model.terms_ = {
        "distance_km": model.terms_["distance_km"]._replace(
            edges=np.array([0.0, 0.25, 0.5, 1.0, 50.0]), log_bf=np.array([3.0, 1.5, 0.0, -1.0])
        ),
        "gap_days": model.terms_["gap_days"]._replace(
            edges=np.array([0.0, 1.0, 7.0, 30.0, 90.0]), log_bf=np.array([2.0, 1.0, 0.0, -0.5])
        ),
        "match_tool_used": model.terms_["match_tool_used"],
    }
    model.remember(model.terms_)
    reached = [a + b + max(model.terms_["match_tool_used"].log_bf) for a in (3.0, 1.5, 0.0) for b in (2.0, 1.0, 0.0)]
    check(crimes, model, spec, floors=[floor - 1e-9 for floor in reached])


@pytest.mark.parametrize(
    "limits",
    [
        LinkLimits(np.inf, np.inf),
        LinkLimits(0.0, np.inf),
        LinkLimits(np.inf, 0.0),
        LinkLimits(0.125, 6.0),
        LinkLimits(0.25, 400.0),
    ],
)
def test_whatever_the_limits(limits):
    crimes = random_crimes(150, 2, side_km=3.0)
    check(crimes, *fitted(crimes, specification(), "histogram"), limits=limits)


def test_a_strong_term_of_distance_is_sought_in_narrow_squares_and_nothing_is_lost(monkeypatch):
    # Hundreds of crimes in a town, and few looks allowed in vain, so that all steps of distance are taken.
    monkeypatch.setattr("linkage.floor_scan.LOOKS_WORTH_A_STEP", 0.01)
    crimes = random_crimes(600, 3, side_km=4.0, known=1.0)
    rng = np.random.default_rng(4)
    for name in ("easting_m", "northing_m"):
        crimes[name] += rng.normal(0, 40, len(crimes))
    model, spec = fitted(crimes, specification(crowding_km=None), "additive")
    assert check(crimes, model, spec, floors=(1.0, 2.5)) > 5_000


def test_on_the_sphere_limits_are_those_of_the_columns():
    crimes = random_crimes(120, 6)
    crimes["easting_m"], crimes["northing_m"] = crimes["easting_m"] / 1e5, 51.0 + crimes["northing_m"] / 1e5
    spec = specification(distance="great-circle")
    assert check(crimes, *fitted(crimes, spec), limits=LinkLimits(0.00002, 90.0)) > 20


def test_neither_threads_nor_the_order_of_rows_in_squares_matter():
    crimes = placed_and_dated(random_crimes(300, 7))
    columns, tables = arrays(crimes, *fitted(crimes, specification()))
    one, three = (scan_floor(columns, tables, LIMITS, 0.0, n_workers) for n_workers in (1, 3))
    for found in (one, three):
        assert len(set(zip(found.first.tolist(), found.second.tolist(), strict=True))) == len(found.first)
    order_one, order_three = (np.lexsort((found.second, found.first)) for found in (one, three))
    for name in ("first", "second", "log_bf"):
        np.testing.assert_array_equal(getattr(one, name)[order_one], getattr(three, name)[order_three])


def test_few_crimes_and_crimes_all_alike():
    crimes = placed_and_dated(random_crimes(60, 8))
    model, spec = fitted(crimes, specification())
    for n in (0, 1, 2):
        check(crimes[:n], model, spec)
    alike = crimes.assign(easting_m=-1e9, northing_m=3e9, committed_from_at=crimes["committed_from_at"].iloc[0])
    alike["committed_to_at"] = alike["committed_from_at"] + pd.Timedelta(hours=3)
    model, spec = fitted(crimes, specification(crowding_km=None))
    assert check(alike, model, spec) == len(alike) * (len(alike) - 1) // 2


def test_crowded_places_and_several_blocks_are_left_to_the_other_scan():
    crimes = placed_and_dated(random_crimes(80, 9, known=1.0))
    model, spec = fitted(crimes, specification())
    crowd = crimes.assign(easting_m=np.where(np.arange(80) < 6, 1000.0, crimes["easting_m"] + np.arange(80)))
    columns, _ = arrays(crowd, model, spec)
    assert can_scan_floor(columns, LinkLimits(2.0, 90.0, most_at_one_place=6))
    assert not can_scan_floor(columns, LinkLimits(2.0, 90.0, most_at_one_place=5))
    columns, _ = arrays(crimes, model, spec, across_groups=False)
    assert not can_scan_floor(columns, LIMITS)
