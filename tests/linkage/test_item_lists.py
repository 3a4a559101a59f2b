"""Ranked lists, read again after one item was changed."""

import numpy as np
import pandas as pd
import pytest

from linkage.item_levels import UNCOMPARED, pair_levels
from linkage.item_lists import found_in_top, ranked_lists
from tests.linkage.item_force import EVEN, invented_force, pairs_of


@pytest.fixture(scope="module")
def pairs():
    return pairs_of(*invented_force({"item_a": (EVEN, 0.9), "item_b": (EVEN, 0.6)}, seed=1, n_series=12, n_unsolved=80))


@pytest.fixture(scope="module")
def lists(pairs):
    return ranked_lists(pairs, ["item_b", "item_a"], 365.0, 10**6, np.random.default_rng(0))


def plainly_found(lists, pairs, item, code, top):
    """Count as plain numpy does it."""
    place, out = lists.items.index(item), []
    for i, crime in enumerate(lists.crime):
        rows = slice(lists.start[i], lists.start[i + 1])
        others = lists.candidate[rows]
        first = np.full(len(others), crime)
        before, after = (pair_levels(pairs.items[item], pairs.grades[item], first, others, c) for c in (None, code))
        table = lists.tables[i, place]
        score = lists.log_bf[rows] + table[np.maximum(after, -1)] - table[np.maximum(before, -1)]
        wanted = lists.wanted[lists.wanted_start[i] : lists.wanted_start[i + 1]] - lists.start[i]
        rank = pd.Series(-score).rank(method="average").to_numpy()
        out.append((rank[wanted] <= top).sum())
    return out


def test_a_list_holds_all_other_crimes_and_marks_the_partners(lists, pairs):
    assert len(lists.crime) == 60
    assert (np.diff(lists.start) == 139).all()  # 12 x 5 solved and 80 unsolved, less the crime itself
    assert (lists.n_wanted == 4).all()
    of_partner = pairs.offenders[lists.candidate[lists.wanted]]
    assert (of_partner == np.repeat(lists.offenders, lists.n_wanted)).all()
    assert lists.n_solved.tolist() == [5] * 12


@pytest.mark.parametrize("item", ["item_a", "item_b"])
def test_partners_in_the_top_are_counted_as_plain_numpy_counts_them(lists, pairs, item):
    rng = np.random.default_rng(2)
    code = pairs.items[item].code.copy()
    code[rng.random(len(code)) < 0.4] = UNCOMPARED
    changed = np.roll(code, 1)
    for given in (pairs.items[item].code, code, changed):
        assert found_in_top(lists, pairs, item, given).tolist() == plainly_found(lists, pairs, item, given, 10)


def test_equal_scores_share_their_places(lists, pairs):
    flat = lists._replace(log_bf=np.zeros_like(lists.log_bf), tables=np.zeros_like(lists.tables))
    code = pairs.items["item_a"].code
    # 139 equals share place 70
    assert found_in_top(flat, pairs, "item_a", code, top=69).sum() == 0
    assert found_in_top(flat, pairs, "item_a", code, top=70).sum() == 240


def test_an_item_that_nobody_has_adds_nothing(lists, pairs):
    nobody = np.full_like(pairs.items["item_a"].code, UNCOMPARED)
    assert (
        found_in_top(lists, pairs, "item_a", nobody).sum()
        < found_in_top(lists, pairs, "item_a", pairs.items["item_a"].code).sum()
    )


def test_crimes_of_one_incident_and_far_apart_in_time_are_no_candidates():
    crimes, series = invented_force({"item_a": (EVEN, 0.9)}, seed=1, n_series=12, n_unsolved=80)
    crimes.loc[[0, 1], "incident_id"] = "one_night"
    pairs = pairs_of(crimes, series)
    lists = ranked_lists(pairs, ["item_a"], 365.0, 10**6, np.random.default_rng(0))
    assert np.diff(lists.start)[:3].tolist() == [138, 138, 139]
    assert lists.n_wanted[:3].tolist() == [3, 3, 4]
    near = ranked_lists(pairs, ["item_a"], 10.0, 10**6, np.random.default_rng(0))
    days = crimes["committed_from_at"].to_numpy()
    apart = np.abs(days[np.repeat(near.crime, np.diff(near.start))] - days[near.candidate])
    assert 0 < len(apart) < len(lists.candidate)
    assert apart.max() <= np.timedelta64(10, "D")


def test_a_bound_on_candidates_leaves_whole_offenders_out_of_the_count():
    pairs = pairs_of(*invented_force({"item_a": (EVEN, 0.9)}, seed=1, n_series=60, n_unsolved=80))
    lists = ranked_lists(pairs, ["item_a"], 365.0, 50_000, np.random.default_rng(0))
    # 380 crimes: each offender's five lists hold 1,900 candidates, and 27 offenders are the first to fill 50,000
    assert (lists.n_solved > 0).sum() == 27
    assert sorted(set(lists.offenders)) == np.flatnonzero(lists.n_solved).tolist()


def test_a_group_without_linked_pairs_has_no_lists():
    crimes, series = invented_force({"item_a": (EVEN, 0.9)}, seed=1)
    pairs = pairs_of(crimes, series.iloc[:1])
    lists = ranked_lists(pairs, ["item_a"], 365.0, 10**6, np.random.default_rng(0))
    assert len(lists.crime) == len(lists.candidate) == 0
    assert found_in_top(lists, pairs, "item_a", pairs.items["item_a"].code).shape == (0,)
