"""What completing and losing an item does to ranked lists, predicted and as it then is."""

import numpy as np
import pytest

from linkage.item_completion import item_completion, losing_curve
from linkage.item_information import interval
from linkage.item_lists import found_in_top, ranked_lists
from linkage.item_pairs import drawn_groups
from tests.linkage.item_force import EVEN, invented_force, lose, pairs_of

MANY = (0.1,) * 10
ITEMS = {"item_a": (MANY, 0.95), "item_b": (EVEN, 0.6), "item_c": (EVEN, 0.0)}


def lists_of(pairs):
    return ranked_lists(pairs, list(pairs.items), 365.0, 10**6, np.random.default_rng(0))


def completion_of(pairs, item, n_draws=8):
    rng = np.random.default_rng(1)
    return item_completion(pairs, lists_of(pairs), item, drawn_groups(pairs, 100, rng), rng, n_draws)


@pytest.fixture(scope="module")
def force():
    return invented_force(ITEMS, seed=1, n_series=60, n_unsolved=600)


@pytest.fixture(scope="module")
def gappy(force):
    crimes, series = force
    return pairs_of(crimes.assign(**{item: lose(crimes[item], 0.4, i) for i, item in enumerate(ITEMS)}), series)


def test_links_by_hand(gappy):
    lists, found = lists_of(gappy), completion_of(gappy, "item_a")
    code = gappy.items["item_a"].code
    # each partner in the top of a list counts a half; 60 offenders have 5 solved crimes each
    assert found.links_now == pytest.approx(0.5 * found_in_top(lists, gappy, "item_a", code).sum() / 300)


def test_the_item_that_tells_most_brings_most_links_and_a_random_one_none(gappy):
    found = {item: completion_of(gappy, item) for item in ITEMS}
    links = {item: one.links_per_1000_recorded for item, one in found.items()}
    assert links["item_a"] > links["item_b"] > 0
    assert interval(found["item_a"].draws)[0] > 0
    assert abs(links["item_c"]) < 0.1 * links["item_a"]
    assert found["item_a"].links_masked < found["item_a"].links_now < found["item_a"].links_completed
    assert found["item_a"].links_per_1000_lost > 0


def test_the_predicted_gain_is_what_completing_by_the_truth_brings(force, gappy):
    crimes, series = force
    found = completion_of(gappy, "item_a")
    recorded = gappy.crimes.assign(item_a=crimes["item_a"])
    again = pairs_of(recorded, series)
    lists = lists_of(again)
    realised = 0.5 * found_in_top(lists, again, "item_a", again.items["item_a"].code).sum() / 300 - found.links_now
    low, high = interval(found.gain_draws)
    assert low <= realised <= high
    assert found.links_completed - found.links_now == pytest.approx(realised, rel=0.35)


def test_a_complete_item_has_a_worth_too_measured_by_losing_it(force):
    found = completion_of(pairs_of(*force), "item_a")
    assert found.links_completed == found.links_now
    assert found.links_per_1000_recorded > 0
    # Of pairs, a quarter keep the item when half of the crimes do: the half that is lost costs 3/4 of all links over
    # 1/2 of the crimes, 1.5 on average, and the first of it 2 (pairs are the square of crimes): 2 / 1.5.
    assert found.links_per_1000_recorded == pytest.approx(4 / 3 * found.links_per_1000_lost, rel=0.05)


def test_losing_more_of_a_telling_item_finds_less(gappy):
    lists = lists_of(gappy)
    curve = losing_curve(gappy, lists, "item_a", np.random.default_rng(0))
    assert curve["completeness"].tolist() == [0.0, 0.25, 0.5, 0.75, 1.0]
    assert curve["share_found"].is_monotonic_increasing
    assert curve["share_found"].iloc[-1] > curve["share_found"].iloc[0] + 0.03
    flat = losing_curve(gappy, lists, "item_c", np.random.default_rng(0))["share_found"]
    assert abs(flat.iloc[-1] - flat.iloc[0]) < 0.02
