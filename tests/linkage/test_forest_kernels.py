"""Sets that are almost surely one tree are found, and are apart no more often than their bound says."""

import time

import numpy as np
import pytest

from linkage.forest import ForestError, draw_forest
from linkage.forest_walk import ForestParameters, walk_graph, weigh
from linkage.link_graph import LinkGraph, link_graph
from tests.linkage.forest_by_hand import forests

C = 6.0
PLAIN = ForestParameters(C)


def triangle(strong: float) -> LinkGraph:
    """Three nodes tied by log BFs ``strong``, one of them linked to another node and to a known one."""
    first, second = np.array([0, 0, 1, 2, 2]), np.array([1, 2, 2, 3, 4])
    return link_graph(first, second, np.array([strong, strong, strong, 7.0, 5.0]), np.array([-1, -1, -1, -1, 0]), 1)


def test_three_nodes_tied_alike_are_one_set_though_no_pair_of_them_is() -> None:
    weighted = weigh(walk_graph(triangle(30.0)), PLAIN, 1e-6)
    assert weighted.head.tolist() == [0, 0, 0, 3]
    assert sorted(weighted.ring[:3].tolist()) == [0, 1, 2]
    assert weighted.ring[3] == 3
    assert weighted.weight.tolist() == pytest.approx([0.0, 0.0, 0.0, 0.0, 0.0, 0.0, np.e, np.e])


def test_a_set_that_may_come_apart_stays_as_it_is() -> None:
    weighted = weigh(walk_graph(triangle(14.0)), PLAIN, 1e-6)
    assert weighted.head.tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize("strong", [12.0, 16.0, 20.0])
def test_sets_are_apart_no_more_often_than_the_bound_says(strong: float) -> None:
    everything = list(forests(triangle(strong), PLAIN))
    whole = sum(weight for weight, _ in everything)
    apart = sum(weight for weight, labels in everything if len(set(labels[:3])) > 1) / whole
    way_out = 1.0 + 1.0 + (1.0 + np.exp(5.0 - C))  # the link of weight e is the heaviest: it is left out
    bound = 2.0 * way_out / np.exp(strong - C)
    assert 0.0 < apart <= bound
    just_above, just_below = (weigh(walk_graph(triangle(strong)), PLAIN, f * bound) for f in (1.001, 0.999))
    assert just_above.head.tolist() == [0, 0, 0, 3]
    assert just_below.head.tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize("seed", range(6))
def test_no_random_set_is_apart_more_often_than_its_bound_says(seed: int) -> None:
    """Five unsolved nodes, all linked, with a tie among three of them: the heaviest way out may be of any weight."""
    rng = np.random.default_rng(seed)
    first, second = np.triu_indices(5, 1)
    log_bf = rng.uniform(0.0, 12.0, first.size)
    log_bf[(first < 3) & (second < 3)] = 12.5
    ends = np.append(first, 3), np.append(second, 5)
    graph = link_graph(*ends, np.append(log_bf, 4.0), np.array([-1] * 5 + [0]), 1)
    everything = list(forests(graph, PLAIN))
    whole = sum(weight for weight, _ in everything)
    apart = sum(weight for weight, labels in everything if len(set(labels[:3])) > 1) / whole
    outward = np.exp(log_bf[(first < 3) & (second >= 3)] - C)
    bound = 2.0 * (3.0 + outward.sum() - outward.max()) / np.exp(12.5 - C)
    assert apart <= bound
    walk = walk_graph(graph)
    assert weigh(walk, PLAIN, 1.001 * bound).head[:3].tolist() == [0, 0, 0]


def test_a_ladder_of_ties_is_drawn_in_no_time() -> None:
    """Seven crimes in a row, exponent 2.3: weights from 1e9 down to 33. Walks went up and down for seconds."""
    log_bf = np.array([11.5, 10.0, 8.5, 7.0, 5.5, 4.0])
    graph = link_graph(np.arange(6), np.arange(1, 7), log_bf, np.full(7, -1), 0)
    parameters = ForestParameters(5.7, 2.3, 1.0)
    rng = np.random.default_rng(1)
    before = time.process_time()
    drawn = np.array([draw_forest(rng, graph, parameters) for _ in range(400)])
    assert time.process_time() - before < 2.0
    # The last link weighs exp(2.3 * 4 - 5.7) = 33: its crime is apart in this share of forests.
    last = np.mean(drawn[:, 6] != drawn[:, 5])
    everything = list(forests(graph, parameters))
    exact = sum(w for w, at in everything if at[6] != at[5]) / sum(w for w, _ in everything)
    assert last == pytest.approx(exact, abs=4.0 * np.sqrt(exact / 400))


def test_ties_on_several_sides_that_walks_do_not_leave_are_drawn_as_one() -> None:
    """Each crime is linked to all stronger ones with weights from 1e9 down to 33: only the last is ever apart."""
    first, second = np.triu_indices(7, 1)
    log_bf = np.array([11.5, 10.0, 8.5, 7.0, 5.5, 4.0])[second - 1]
    graph = link_graph(first, second, log_bf, np.full(7, -1), 0)
    drawn = np.array([draw_forest(np.random.default_rng(s), graph, ForestParameters(5.7, 2.3)) for s in range(2)])
    assert (drawn[:, :6] == drawn[:, :1]).all()


def test_ties_that_no_walk_leaves_are_told_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    rungs = np.log(10.0) * np.array([*range(2, 12), *range(11, 1, -1)])
    graph = link_graph(np.arange(20), np.arange(1, 21), rungs, np.full(21, -1), 0)
    monkeypatch.setattr("linkage.forest.MOST_HEAVY_APART", 0.0)
    with pytest.raises(ForestError, match=r"expected ties that walks can leave, .* at exponent 1\.00"):
        draw_forest(np.random.default_rng(1), graph, ForestParameters(0.0))
