"""Items are chosen by what they add to space, time and the items before them."""

import numpy as np

from linkage.item_model import bin_tables, binned_pairs
from linkage.item_pairs import drawn_groups
from linkage.item_selection import fold_of_groups, item_gains, make_folds
from tests.linkage.item_force import EVEN, invented_force, invented_pairs, pairs_of

STRONG, WEAK, RANDOM = (EVEN, 0.9), (EVEN, 0.75), (EVEN, 0.0)


def gains_of(pairs, seed=0, items=None):
    rng = np.random.default_rng(seed)
    return item_gains(pairs, items or list(pairs.items), drawn_groups(pairs, 50, rng), rng)


def test_the_strong_item_comes_first_and_the_random_one_last():
    pairs = invented_pairs({"item_a": WEAK, "item_b": STRONG, "item_c": RANDOM}, seed=1, n_series=60)
    found = gains_of(pairs)
    assert [one.item for one in found] == ["item_b", "item_a", "item_c"]
    assert found[0].gain > found[1].gain > 0
    assert abs(found[2].gain) < 0.02
    assert np.quantile(found[0].draws, 0.025) > 0


def test_a_copy_of_an_item_adds_nothing():
    crimes, series = invented_force({"item_a": STRONG, "item_b": WEAK}, seed=2)
    found = gains_of(pairs_of(crimes.assign(item_copy=crimes["item_a"]), series))
    assert {found[0].item, found[-1].item} == {"item_a", "item_copy"}
    assert found[0].gain > 0.2
    assert abs(found[-1].gain) < 0.01


def test_one_item_is_chosen_and_none_gives_none():
    pairs = invented_pairs({"item_a": STRONG}, seed=3)
    assert [one.item for one in gains_of(pairs)] == ["item_a"]
    rng = np.random.default_rng(0)
    assert item_gains(pairs, [], drawn_groups(pairs, 5, rng), rng) == []


def test_four_groups_of_offenders_are_too_few():
    assert gains_of(invented_pairs({"item_a": STRONG}, seed=4, n_series=4)) == []
    assert len(gains_of(invented_pairs({"item_a": STRONG}, seed=4, n_series=5))) == 1


def test_the_order_of_items_makes_no_difference():
    pairs = invented_pairs({"item_a": WEAK, "item_b": STRONG}, seed=5)
    one, other = gains_of(pairs, items=["item_a", "item_b"]), gains_of(pairs, items=["item_b", "item_a"])
    assert [(x.item, x.gain) for x in one] == [(x.item, x.gain) for x in other]


def test_no_offender_of_a_held_out_fold_is_fitted_on():
    pairs = invented_pairs({"item_a": STRONG}, seed=6)
    fold = fold_of_groups(pairs, np.random.default_rng(0))
    binned, _ = binned_pairs(pairs, ["item_a"])
    for number, one in enumerate(make_folds(binned, fold)):
        held_out = np.flatnonzero(fold == number)
        assert not np.isin(binned.first[one.trains], held_out).any()
        assert not np.isin(binned.second[one.trains], held_out).any()
        assert (one.trains != one.tests).all()
        # what the bins say was learned without them too
        assert one.tables.tolist() == bin_tables(binned, one.trains).tolist()


def test_every_fold_has_offenders_with_linked_pairs():
    pairs = invented_pairs({"item_a": STRONG}, seed=6, n_series=9)
    fold = fold_of_groups(pairs, np.random.default_rng(0))
    assert np.bincount(fold).tolist() == [3, 2, 2, 2]
