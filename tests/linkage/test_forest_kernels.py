"""Sets that are almost surely one tree are found, and are apart no more often than their bound says."""

import numpy as np
import pytest

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
    way_out = 1.0 + 1.0 + (1.0 + np.e + np.exp(5.0 - C))
    bound = 2.0 * way_out / np.exp(strong - C)
    assert 0.0 < apart <= bound
    just_above, just_below = (weigh(walk_graph(triangle(strong)), PLAIN, f * bound) for f in (1.001, 0.999))
    assert just_above.head.tolist() == [0, 0, 0, 3]
    assert just_below.head.tolist() == [0, 1, 2, 3]
