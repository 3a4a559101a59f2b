"""Missing values are drawn from other fields and from the habit of a series, never from a model of links."""

import numpy as np
import pytest

from linkage.item_draws import completed, item_habits, masked
from linkage.item_levels import AGREE_COMMON, UNCOMPARED, pair_levels
from tests.linkage.item_force import EVEN, invented_force, invented_pairs, lose, pairs_of


def agreement(pairs, item, code):
    levels = pair_levels(pairs.items[item], pairs.grades[item], pairs.linked.first, pairs.linked.second, code)
    return float((levels[levels >= 0] >= AGREE_COMMON).mean())


def test_the_consistency_of_a_series_is_recovered():
    pairs = invented_pairs({"item_a": (EVEN, 0.8)}, seed=1, n_series=200)
    # both crimes of a pair follow with chance 0.8 x 0.8
    assert item_habits(pairs, "item_a", np.random.default_rng(0)).consistency == pytest.approx(0.64, abs=0.05)
    nothing = invented_pairs({"item_a": (EVEN, 0.0)}, seed=1, n_series=200)
    assert item_habits(nothing, "item_a", np.random.default_rng(0)).consistency < 0.05


@pytest.mark.parametrize("follows", [0.0, 0.6, 0.9])
def test_completed_series_agree_as_often_as_recorded_ones(follows):
    crimes, series = invented_force({"item_a": (EVEN, follows)}, seed=2, n_series=300)
    whole = pairs_of(crimes, series)
    pairs = pairs_of(crimes.assign(item_a=lose(crimes["item_a"], 0.4, 3)), series)
    rng = np.random.default_rng(0)
    habits = item_habits(pairs, "item_a", rng)
    drawn = np.mean([agreement(pairs, "item_a", code) for code in completed(pairs, habits, rng, 4)])
    assert drawn == pytest.approx(agreement(whole, "item_a", whole.items["item_a"].code), abs=0.04)


def test_recorded_values_stay_and_nothing_remains_missing():
    crimes, series = invented_force({"item_a": (EVEN, 0.8)}, seed=3)
    crimes["item_a"] = lose(crimes["item_a"], 0.4, 1)
    crimes.loc[:9, "item_a"] = "not_applicable"
    pairs = pairs_of(crimes, series)
    code = pairs.items["item_a"].code
    rng = np.random.default_rng(0)
    (found,) = completed(pairs, item_habits(pairs, "item_a", rng), rng)
    assert (found[code != UNCOMPARED] == code[code != UNCOMPARED]).all()
    assert not (found == UNCOMPARED).any()


def test_a_value_comes_from_crimes_with_the_same_other_field():
    crimes, series = invented_force({"item_a": (EVEN, 0.0), "item_other": (EVEN, 0.0)}, seed=4)
    crimes["item_b"] = "tool_for_" + crimes["item_a"]
    truth = crimes["item_b"].copy()
    crimes["item_b"] = lose(crimes["item_b"], 0.5, 1)
    pairs = pairs_of(crimes, series)
    rng = np.random.default_rng(0)
    habits = item_habits(pairs, "item_b", rng)
    assert habits.parent == "item_a"
    names = np.array(pairs.items["item_b"].names)
    assert (names[completed(pairs, habits, rng)[0]] == truth.to_numpy()).all()


def test_what_two_fields_both_tell_is_not_put_down_to_the_series():
    crimes, series = invented_force({"item_a": (EVEN, 0.9)}, seed=5, n_series=200)
    crimes["item_b"] = "tool_for_" + crimes["item_a"]
    habits = item_habits(pairs_of(crimes, series), "item_b", np.random.default_rng(0))
    assert habits.consistency < 0.02  # the other field explains all of it


def test_an_item_that_nobody_recorded_stays_missing():
    crimes, series = invented_force({"item_a": (EVEN, 0.9)}, seed=6)
    pairs = pairs_of(crimes.assign(item_a=None), series)
    rng = np.random.default_rng(0)
    habits = item_habits(pairs, "item_a", rng)
    assert (habits.parent, habits.consistency) == (None, 0.0)
    assert (completed(pairs, habits, rng)[0] == UNCOMPARED).all()


def test_a_share_of_the_recorded_values_is_lost():
    code = np.array([0, 1, 2, UNCOMPARED, -2] * 2000, dtype=np.int32)
    kept = masked(code, 0.25, np.random.default_rng(0))
    assert (kept >= 0).sum() == pytest.approx(1500, abs=120)
    assert (kept[code < 0] == code[code < 0]).all()
    assert (masked(code, 1.0, np.random.default_rng(0)) == code).all()
    assert (masked(code, 0.0, np.random.default_rng(0)) < 0).all()
