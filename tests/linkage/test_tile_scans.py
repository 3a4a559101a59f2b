"""What tiles find, put together, against one scan of the force: equal row by row, however the force is cut."""

import numpy as np
import pytest

from linkage.candidates import LinkLimits
from linkage.crime_cells import places_and_times
from linkage.crime_columns import CrimeColumns
from linkage.force_links import ForceScan, links_of, score_force
from linkage.keep_rule import KeepRule
from linkage.tile_scans import ScanTask, pairs_between, scan_of_tiles, scan_tile
from linkage.tiles import plan_tiles, sightings
from tests.linkage.force_oracle import PRIOR, arrays, candidates, fitted, random_crimes, specification

LIMITS = LinkLimits(2.0, 90.0)
KEEP = KeepRule(3, 0.05, edge_log_bf=2.0)


def scan_by_tiles(columns, task, tile_km, most_owned, rng) -> ForceScan:
    plan = plan_tiles(places_and_times(columns), task.limits, tile_km, most_owned)
    row, tile, is_owned = sightings(plan, places_and_times(columns))
    findings = []
    for one in rng.permutation(len(plan.n_owned)):
        mine = np.flatnonzero(tile == one)
        mine = mine[np.argsort(row[mine])]
        seen = CrimeColumns(*(values[row[mine]] if len(values) else values for values in columns))
        findings.append(scan_tile(row[mine], seen, is_owned[mine], task))
    return scan_of_tiles(findings, columns, task)


def assert_tiles_find_the_same(crimes, limits=LIMITS, keep=KEEP, tile_km=3.0, most_owned=40, solved=slice(0, None, 5)):
    model, spec = fitted(random_crimes(200, 1), specification(), "calibrated")
    columns, tables = arrays(crimes, model, spec, limits.across_groups, crimes["crime_id"][solved].tolist())
    task = ScanTask(tables, limits, keep, PRIOR)
    whole = score_force(columns, *task)
    found = links_of(columns, scan_by_tiles(columns, task, tile_km, most_owned, np.random.default_rng(0)), keep, PRIOR)
    for name in ("links", "edges", "to_solved"):
        for left, right in zip(getattr(found, name), getattr(whole, name), strict=True):
            np.testing.assert_array_equal(left, right)
    np.testing.assert_array_equal(found.is_same_incident, whole.is_same_incident)
    # How many need an exact score depends on the order in which partners are met.
    assert found.counts._replace(n_scored=0) == whole.counts._replace(n_scored=0)
    return found


@pytest.mark.parametrize(("tile_km", "most_owned"), [(0.7, 5), (3.0, 40), (100.0, 30), (100.0, 1_000)])
def test_links_counts_and_solved_partners_are_those_of_one_scan(tile_km, most_owned):
    found = assert_tiles_find_the_same(random_crimes(250, 2), tile_km=tile_km, most_owned=most_owned)
    assert found.n_kept > 300
    assert found.counts.n_without_place > 0
    assert found.counts.n_without_time > 0


@pytest.mark.parametrize("keep", [KeepRule(0, 0.05), KeepRule(500, 1.0), KeepRule(1, 1.0, -np.inf)])
def test_whatever_is_asked_for(keep):
    assert_tiles_find_the_same(random_crimes(120, 3), keep=keep)


@pytest.mark.parametrize(
    "limits",
    [
        LinkLimits(np.inf, np.inf),
        LinkLimits(1.5, 60.0, across_groups=False),
        LinkLimits(2.0, 20.0, most_at_one_place=1, most_partners_at_one_place=1, most_partners_of_incomplete=7),
        LinkLimits(2.0, 20.0, False, most_at_one_place=1, most_partners_at_one_place=0, most_partners_of_incomplete=0),
    ],
)
def test_whatever_the_limits_the_crowded_places_and_the_crime_groups(limits):
    assert_tiles_find_the_same(random_crimes(160, 4, side_km=3.0), limits=limits, tile_km=2.0, most_owned=10)


def test_ties_go_to_the_lower_row_of_the_force_whichever_tile_it_lies_in():
    crimes = random_crimes(60, 5, known=1.0).assign(crime_group="theft", incident_id=None, northing_m=0.0)
    crimes["easting_m"] = np.tile([-1.0, 0.0, 1.0], 20)  # either side of a border
    for name in ("committed_from_at", "committed_to_at", "committed_from_local"):
        crimes[name] = crimes[name].iloc[0]
    for name in ("entry_point", "tool_used", "property_class_taken"):
        crimes[name] = [crimes[name].iloc[3]] * len(crimes)
    assert_tiles_find_the_same(crimes, keep=KeepRule(2, 1.0))


def test_a_force_where_nobody_is_solved_or_nothing_is_known():
    assert_tiles_find_the_same(random_crimes(80, 6), solved=slice(0, 0))
    assert_tiles_find_the_same(random_crimes(80, 6), solved=slice(0, 1))  # most tiles see no solved crime
    assert_tiles_find_the_same(random_crimes(20, 7).assign(easting_m=np.nan))
    assert_tiles_find_the_same(random_crimes(20, 7)[:0])


def test_pairs_of_some_crimes_are_counted_with_those_that_crowded_places_leave_out():
    crimes = random_crimes(150, 8, side_km=0.3)
    limits = LinkLimits(1.0, 50.0, most_at_one_place=2, most_partners_at_one_place=1)
    model, spec = fitted(random_crimes(200, 1), specification())
    places = places_and_times(arrays(crimes, model, spec)[0])
    complete = crimes[places.is_complete].reset_index(drop=True)
    pairs, n_left_out = candidates(complete, limits)
    assert pairs_between(places, places.is_complete, limits) == (len(pairs) + n_left_out, n_left_out)
    assert n_left_out > 20
