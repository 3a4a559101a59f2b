"""Links of a force scanned on arrays, against every pair scored by the model and sorted whole."""

import numpy as np
import pandas as pd
import pytest

from linkage.candidates import LinkLimits
from linkage.force_links import score_force
from linkage.keep_rule import KeepRule
from tests.linkage.force_oracle import PRIOR, arrays, as_dict, fitted, random_crimes, specification, wanted

LIMITS = LinkLimits(2.0, 90.0)
KEEP = KeepRule(3, 0.05, edge_log_bf=2.0)


def check(crimes, model, spec, limits=LIMITS, keep=KEEP, n_workers=2):
    solved = crimes["crime_id"][::5].tolist()
    columns, tables = arrays(crimes, model, spec, limits.across_groups, solved)
    found = score_force(columns, tables, limits, keep, PRIOR, n_workers=n_workers)
    links, edges, to_solved, n_considered, n_out = wanted(crimes, model, spec, limits, keep, solved)
    assert as_dict(found.edges) == edges
    assert as_dict(found.to_solved) == to_solved
    assert as_dict(found.links) == links
    assert list(as_dict(found.links)) == list(links)
    incident = crimes["incident_id"].tolist()
    assert found.is_same_incident.tolist() == [
        isinstance(incident[i], str) and incident[i] == incident[j] for i, j in links
    ]
    assert (found.counts.n_considered, found.counts.n_pairs_left_out) == (n_considered, n_out)
    assert found.n_kept == len(links)
    return found


@pytest.mark.parametrize("kind", ["additive", "histogram", "calibrated"])
@pytest.mark.parametrize("seed", [0, 1])
def test_links_edges_and_solved_partners_are_those_of_all_pairs(kind, seed):
    crimes = random_crimes(250, seed)
    found = check(crimes, *fitted(crimes, specification(), kind, seed))
    assert len(found.links.first) > 300


@pytest.mark.parametrize(
    "keep", [KeepRule(0, 0.05), KeepRule(0, 0.0), KeepRule(500, 1.0), KeepRule(1, 1.0, -np.inf), KeepRule(0, 1.0, 1.0)]
)
def test_whatever_is_asked_for_is_found(keep):
    crimes = random_crimes(120, 3)
    check(crimes, *fitted(crimes, specification(), "calibrated"), keep=keep)


@pytest.mark.parametrize(
    "limits",
    [
        LinkLimits(np.inf, np.inf),
        LinkLimits(0.0, np.inf),
        LinkLimits(np.inf, 0.0),
        LinkLimits(0.25, 6.0),
        LinkLimits(1.5, 60.0, across_groups=False),
        LinkLimits(2.0, 90.0, most_at_one_place=1, most_partners_at_one_place=1, most_partners_of_incomplete=7),
        LinkLimits(2.0, 90.0, False, most_at_one_place=0, most_partners_at_one_place=0, most_partners_of_incomplete=0),
        LinkLimits(2.0, 90.0, False, most_at_one_place=1, most_partners_at_one_place=2, most_partners_of_incomplete=3),
    ],
)
def test_whatever_the_limits_and_caps(limits):
    crimes = random_crimes(130, 4, side_km=4.0)
    check(crimes, *fitted(crimes, specification(), "additive"), limits=limits)


@pytest.mark.parametrize(
    "more",
    [
        {"crowding_km": None},
        {"items": ("entry_point",), "agreement": (), "overlap": ("property_class_taken",), "crime_group": False},
        {"agreement": (), "crime_group": False, "crowding_km": None},
        {"circular": "reference", "match": "levels", "items": ("tool_used",)},
        {"numerical": ("value",)},
    ],
)
def test_whatever_the_evidence(more):
    crimes = random_crimes(150, 5).assign(value=np.random.default_rng(1).choice([1.0, 10.0, np.nan], 150))
    check(crimes, *fitted(crimes, specification(**more), "histogram"))


def test_on_the_sphere_too():
    crimes = random_crimes(100, 6)
    crimes["easting_m"], crimes["northing_m"] = crimes["easting_m"] / 1e5, 51.0 + crimes["northing_m"] / 1e5
    spec = specification(distance="great-circle")
    check(crimes, *fitted(crimes, spec), limits=LinkLimits(0.00002, 90.0))


def test_all_crimes_alike_at_one_point_are_ties_that_the_lower_row_wins():
    crimes = random_crimes(60, 7, known=1.0).assign(easting_m=-1e9, northing_m=3e9, crime_group="theft")
    crimes["incident_id"] = None
    for name in ("committed_from_at", "committed_to_at", "committed_from_local"):
        crimes[name] = crimes[name].iloc[0]
    for name in ("entry_point", "tool_used", "property_class_taken"):
        crimes[name] = [crimes[name].iloc[3]] * len(crimes)
    model, spec = fitted(random_crimes(100, 8), specification(crowding_km=None))
    found = check(crimes, model, spec, keep=KeepRule(2, 1.0))
    # Everybody keeps the two lowest others: 1 and 2 keep 0, 0 keeps 1 and 2, all others keep 0 and 1.
    assert set(as_dict(found.links)) == {(0, j) for j in range(1, 60)} | {(1, j) for j in range(2, 60)}


def test_nothing_known_and_nobody_there_make_no_pairs():
    crimes = random_crimes(30, 9)
    model, spec = fitted(crimes, specification())
    nothing = crimes.assign(easting_m=np.nan, committed_to_at=pd.NaT)
    assert check(nothing, model, spec).counts.n_without_both == 30
    for n in (0, 1):
        check(crimes[:n], model, spec)


def test_crimes_without_place_or_time_are_compared_and_counted():
    crimes = random_crimes(80, 10, known=1.0)
    crimes.loc[[3, 4], "easting_m"] = np.nan
    crimes.loc[[4, 5, 6], "committed_to_at"] = pd.NaT
    model, spec = fitted(crimes, specification())
    found = check(crimes, model, spec)
    assert found.counts[2:5] == (1, 2, 1)
    partners = {pair for pair in as_dict(found.links) if 3 in pair}
    assert partners


def test_threads_and_tiles_change_nothing():
    crimes = random_crimes(300, 11)
    model, spec = fitted(crimes, specification())
    columns, tables = arrays(crimes, model, spec, solved=crimes["crime_id"][::4].tolist())
    one, many = (score_force(columns, tables, LIMITS, KEEP, PRIOR, n_workers=n) for n in (1, 7))
    for name in ("links", "edges", "to_solved"):
        for left, right in zip(getattr(one, name), getattr(many, name), strict=True):
            np.testing.assert_array_equal(left, right)
    assert one.counts == many.counts


def test_progress_is_told_by_tile():
    crimes = random_crimes(50, 12)
    columns, tables = arrays(crimes, *fitted(crimes, specification()))
    told = []
    score_force(columns, tables, LIMITS, KEEP, PRIOR, told.append)
    assert told[-1].startswith("pairs scored: 100% of the work, ")
