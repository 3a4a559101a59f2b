"""Ranking on demand from stored columns: row for row what a table of crimes and its model give."""

import numpy as np
import pandas as pd
import pytest

from linkage.candidates import LinkLimits, ordered_crimes
from linkage.comparable_crimes import comparable_crimes, rows_within_reach, stored_crimes
from linkage.crime_columns import crime_columns
from linkage.evidence import EvidenceSpec, encode_crimes
from linkage.expansion import ExpansionError, ExpansionRule, crimes_for_members
from linkage.groups_on_demand import GROUP_COLUMNS, groups_for_crime
from linkage.linkages import LINKAGES, HierarchyError
from linkage.score_tables import score_tables
from linkage.stored_columns import open_columns, save_columns
from tests.linkage.small_force import SPEC, small_force

PRIOR = -5.0
IN_DEGREES = EvidenceSpec(("entry",), distance="great-circle")


def both_ways(folder, spec=SPEC, across_groups=True, n=150, seed=4):
    """The same crimes from a table in another order, and from a folder."""
    crimes, model, spec = small_force(n, seed, spec)
    solved = crimes["crime_id"][::4].to_list()
    columns = crime_columns(crimes, spec, model, across_groups, solved)
    save_columns(folder, crimes["crime_id"], columns, score_tables(model, spec, encode_crimes(crimes, spec)))
    shuffled = crimes.sample(frac=1, random_state=3)
    return crimes, comparable_crimes(shuffled, model, spec), stored_crimes(open_columns(folder)), solved, columns


@pytest.mark.parametrize("linkage", LINKAGES)
@pytest.mark.parametrize("with_solved", [False, True])
def test_stored_columns_rank_every_crime_as_the_table_does(linkage, with_solved, tmp_path):
    crimes, of_table, of_columns, solved, columns = both_ways(tmp_path / "crimes")
    rule = ExpansionRule(linkage, None, 0.5, with_solved)
    n_rows = 0
    for begin in range(0, len(crimes), 25):
        for members in (crimes["crime_id"][begin : begin + 1], crimes["crime_id"][begin : begin + 4]):
            limits = LinkLimits(max_km=9.0, max_days=20.0 + begin)
            ask = {"limits": limits, "rule": rule}
            expected = crimes_for_members(of_table, list(members), PRIOR, solved=solved, **ask)
            found = crimes_for_members(of_columns, list(members), PRIOR, solved=columns.is_solved, **ask)
            pd.testing.assert_frame_equal(found, expected, check_exact=True)
            n_rows += len(found)
    assert n_rows > 100


def test_places_in_degrees_are_ranked_alike(tmp_path):
    crimes, of_table, of_columns, *_ = both_ways(tmp_path / "crimes", IN_DEGREES)
    limits = LinkLimits(max_km=np.inf, max_days=40.0)
    members = crimes["crime_id"][:3].to_list()
    found, expected = (crimes_for_members(one, members, PRIOR, limits=limits) for one in (of_columns, of_table))
    pd.testing.assert_frame_equal(found, expected, check_exact=True)
    assert found["distance_km"].max() > 10


def test_columns_made_within_groups_keep_to_them(tmp_path):
    crimes, of_table, of_columns, *_ = both_ways(tmp_path / "crimes", across_groups=False)
    group = crimes.set_index("crime_id")["crime_group"]
    limits = LinkLimits(max_km=50.0, max_days=90.0, across_groups=False)
    member = group[group == "theft"].index[0]
    found, expected = (crimes_for_members(one, [member], PRIOR, limits=limits) for one in (of_columns, of_table))
    pd.testing.assert_frame_equal(found, expected, check_exact=True)
    assert set(group[found["crime_id"]]) == {"theft"}


def test_reach_is_that_of_every_pair_measured(tmp_path):
    crimes, of_table, of_columns, *_ = both_ways(tmp_path / "crimes")
    crimes = ordered_crimes(crimes)
    middle = crimes["committed_from_at"] + (crimes["committed_to_at"] - crimes["committed_from_at"]) / 2
    # A distance and a gap that occur: a pair at a limit is within it.
    limits = LinkLimits(max_km=3.75, max_days=30.0)
    for row in range(0, len(crimes), 7):
        km = np.hypot(*(crimes[axis] - crimes[axis][row] for axis in ("easting_m", "northing_m"))) / 1000
        days = (middle - middle[row]).abs() / pd.Timedelta(days=1)
        is_placed, is_dated = crimes[["easting_m", "northing_m"]].notna().all(axis=1), middle.notna()
        is_near, is_soon = km <= limits.max_km, days <= limits.max_days
        # A crime that lacks its place meets all in time, one that lacks its time all near it; small forces are within
        # the budget. One that has both meets those that have both, and those without a place that are near in time.
        with_place = is_soon & (is_near | ~is_placed) if is_dated[row] else is_near
        within = with_place if is_placed[row] else is_soon
        expected = np.union1d(np.flatnonzero(within), [row])
        for ready in (of_table, of_columns):
            assert rows_within_reach(ready, np.array([row]), limits).tolist() == expected.tolist()


def test_a_crime_without_a_place_meets_those_nearest_in_time_or_whose_budget_it_is_within(tmp_path):
    crimes, of_table, of_columns, *_ = both_ways(tmp_path / "crimes")
    crimes = ordered_crimes(crimes)
    middle = crimes["committed_from_at"] + (crimes["committed_to_at"] - crimes["committed_from_at"]) / 2
    limits = LinkLimits(most_partners_of_incomplete=5)
    is_placed = crimes[["easting_m", "northing_m"]].notna().all(axis=1)

    def nearest(row):
        return set((middle - middle[row]).abs().drop(index=row).nsmallest(5).index)

    without = np.flatnonzero(~is_placed & middle.notna()).tolist()
    for row in without[:10]:
        expected = nearest(row) | {other for other in without if row in nearest(other)} | {row}
        for ready in (of_table, of_columns):
            assert set(rows_within_reach(ready, np.array([row]), limits).tolist()) == expected


def groups_naively(crimes, ready, crime_id, members, limits):
    """Every group with a crime within reach, its crimes scored one by one."""
    place = {name: row for row, name in enumerate(crimes["crime_id"])}
    mine, near = place[crime_id], set(rows_within_reach(ready, np.array([place[crime_id]]), limits).tolist())
    found = []
    for name, group in members.groupby("candidate_id"):
        rows = sorted({place[one] for one in group["crime_id"] if one in place})
        if mine in rows or near.isdisjoint(rows):
            continue
        log_bf = [float(ready.score(np.array([min(mine, row)]), np.array([max(mine, row)]))[0]) for row in rows]
        nearest = crimes["crime_id"][rows[int(np.argmax(log_bf))]]
        found.append((name, np.mean(log_bf), max(log_bf), min(log_bf), len(rows), nearest))
    table = pd.DataFrame(found, columns=["candidate_id", *LINKAGES, "n_crimes", "nearest_crime_id"])
    return table.astype(dict.fromkeys(LINKAGES, np.float64))


@pytest.mark.parametrize("linkage", LINKAGES)
def test_known_groups_of_a_crime_are_those_of_every_group_scored(linkage, tmp_path):
    crimes, of_table, of_columns, solved, _ = both_ways(tmp_path / "crimes")
    labels = [f"P{i % 9}" for i in range(len(solved))]
    members = pd.DataFrame({"crime_id": [*solved, solved[0], "C99999"], "candidate_id": [*labels, "P8", "P8"]})
    limits = LinkLimits(max_km=6.0, max_days=25.0)
    n_groups = []
    for crime_id in (*crimes["crime_id"][1:40:6], solved[0]):
        expected = groups_naively(crimes, of_table, crime_id, members, limits)
        expected = expected.sort_values([linkage, "candidate_id"], ascending=[False, True], ignore_index=True)
        ask = {"limits": limits, "linkage": linkage}
        tables = [groups_for_crime(one, crime_id, members, PRIOR, **ask) for one in (of_columns, of_table)]
        pd.testing.assert_frame_equal(*tables, check_exact=True)
        assert tuple(tables[0]) == GROUP_COLUMNS
        assert tables[0]["rank"].tolist() == list(range(1, len(expected) + 1))
        pd.testing.assert_frame_equal(tables[0][list(expected)], expected, check_dtype=False)
        np.testing.assert_allclose(tables[0]["posterior_probability"], 1 / (1 + np.exp(-expected[linkage] - PRIOR)))
        n_groups.append(len(expected))
    assert 0 < max(n_groups) <= 9


def test_a_crime_that_is_not_there_is_refused(tmp_path):
    _, of_table, of_columns, solved, _ = both_ways(tmp_path / "crimes")
    members = pd.DataFrame({"crime_id": solved, "candidate_id": "P1"})
    for ready in (of_table, of_columns):
        with pytest.raises(ExpansionError, match="C9: expected a crime of the table"):
            groups_for_crime(ready, "C9", members, PRIOR)
        with pytest.raises(ExpansionError, match=r"got 1 that are not in it \(C9\)"):
            crimes_for_members(ready, ["C00001", "C9"], PRIOR)
        with pytest.raises(HierarchyError):
            groups_for_crime(ready, "C00001", members, PRIOR, linkage="median")
