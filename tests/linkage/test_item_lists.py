"""Ranked lists, read again after one item was changed."""

import numpy as np
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
    item_place, out = lists.items.index(item), []
    for i, crime in enumerate(lists.crime):
        rows = slice(lists.start[i], lists.start[i + 1])
        others = lists.candidate[rows]
        first = np.full(len(others), crime)
        before, after = (pair_levels(pairs.items[item], pairs.grades[item], first, others, c) for c in (None, code))
        table = lists.tables[i, item_place]
        score = lists.log_bf[rows] + table[np.maximum(after, -1)] - table[np.maximum(before, -1)]
        wanted = lists.wanted[lists.wanted_start[i] : lists.wanted_start[i + 1]] - lists.start[i]
        stands_for = lists.stands_for[rows]
        above = [stands_for[score > score[at]].sum() + (stands_for[score == score[at]].sum() + 1) / 2 for at in wanted]
        out.append(sum(place <= top for place in above))
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


def test_in_lists_that_were_cut_a_candidate_counts_as_many_as_it_stands_for(pairs):
    cut = ranked_lists(pairs, ["item_a", "item_b"], 365.0, 6_000, np.random.default_rng(0))
    assert set(np.round(cut.stands_for, 3)) == {1.0, 1.7}
    changed = np.roll(pairs.items["item_a"].code, 1)
    for given in (pairs.items["item_a"].code, changed):
        assert found_in_top(cut, pairs, "item_a", given).tolist() == plainly_found(cut, pairs, "item_a", given, 10)


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


@pytest.fixture(scope="module")
def many():
    return pairs_of(
        *invented_force({"item_a": (EVEN, 0.9), "item_b": (EVEN, 0.6)}, seed=2, n_series=20, n_unsolved=1_900)
    )


def test_twenty_offenders_are_listed_whatever_the_bound_and_memory_is_bounded_all_the_same(many):
    lists = ranked_lists(many, ["item_a"], 365.0, 40_000, np.random.default_rng(0))
    # 20 offenders with five crimes: 100 lists of 1,999, that keep 40,000 / 100 = 400 beside their four partners
    assert ((lists.n_solved > 0).sum(), len(lists.crime)) == (20, 100)
    assert (np.diff(lists.start) == 404).all()
    assert (lists.n_wanted == 4).all()
    assert (lists.offenders[np.repeat(np.arange(100), 4)] == many.offenders[lists.candidate[lists.wanted]]).all()
    # 200 sure; 200 drawn of the other 1,795 stand for 8.975 each
    assert sorted(set(np.round(lists.stands_for, 3))) == [1.0, 8.975]
    assert np.add.reduceat(lists.stands_for, lists.start[:-1]) == pytest.approx(np.full(100, 1_999.0))
    fewest = ranked_lists(many, ["item_a"], 365.0, 10, np.random.default_rng(0))
    assert (np.diff(fewest.start) == 104).all()


def test_a_candidate_that_is_kept_has_the_score_that_it_has_in_the_whole_list(many):
    whole = ranked_lists(many, ["item_a"], 365.0, 10**6, np.random.default_rng(0))
    cut = ranked_lists(many, ["item_a"], 365.0, 40_000, np.random.default_rng(0))
    for i in (0, 57, 99):
        of_whole, of_cut = slice(*whole.start[i : i + 2]), slice(*cut.start[i : i + 2])
        known = dict(zip(whole.candidate[of_whole], whole.log_bf[of_whole], strict=True))
        assert [known[row] for row in cut.candidate[of_cut]] == cut.log_bf[of_cut].tolist()
        best = np.sort(whole.log_bf[of_whole])[-50:]
        assert np.sort(cut.log_bf[of_cut])[-50:].tolist() == best.tolist()


def test_partners_in_the_top_of_cut_lists_are_as_many_as_in_whole_ones(many):
    rng = np.random.default_rng(3)
    lost = np.where(rng.random(len(many.offenders)) < 0.5, UNCOMPARED, many.items["item_a"].code)
    shuffled = rng.permutation(many.items["item_a"].code)
    for seed in range(5):
        cut = ranked_lists(many, ["item_a", "item_b"], 365.0, 40_000, np.random.default_rng(seed))
        whole = ranked_lists(many, ["item_a", "item_b"], 365.0, 10**6, np.random.default_rng(seed))
        for code in (many.items["item_a"].code, lost, shuffled):
            here, there = (found_in_top(lists, many, "item_a", code).sum() for lists in (cut, whole))
            # a fifth of the candidates finds the same partners but for two in a hundred
            assert abs(here - there) <= 0.02 * there, (seed, here, there)


def test_scores_do_not_depend_on_how_many_are_taken_at_a_time(many, monkeypatch):
    whole = ranked_lists(many, ["item_a"], 365.0, 10**6, np.random.default_rng(0))
    monkeypatch.setattr("linkage.item_lists.BATCH", 5_000)
    small = ranked_lists(many, ["item_a"], 365.0, 10**6, np.random.default_rng(0))
    for name in whole._fields[1:]:
        assert (getattr(whole, name) == getattr(small, name)).all(), name


def test_a_group_without_linked_pairs_has_no_lists():
    crimes, series = invented_force({"item_a": (EVEN, 0.9)}, seed=1)
    pairs = pairs_of(crimes, series.iloc[:1])
    lists = ranked_lists(pairs, ["item_a"], 365.0, 10**6, np.random.default_rng(0))
    assert len(lists.crime) == len(lists.candidate) == 0
    assert found_in_top(lists, pairs, "item_a", pairs.items["item_a"].code).shape == (0,)
