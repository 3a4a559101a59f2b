"""Equations of many walks solved together, against dense solutions."""

import numpy as np
import pytest

from linkage.forest_walk import ForestParameters, walk_graph, weigh
from linkage.link_graph import link_graph
from linkage.walk_equations import node_totals, solve_walks, strongest_trees
from tests.linkage.forest_by_hand import random_graph

PLAIN = ForestParameters(6.0)


@pytest.mark.parametrize("largest", [8.0, 20.0])
def test_many_equations_at_once_have_the_dense_solution(largest: float) -> None:
    walk = walk_graph(random_graph(3, 60, 3, 150, largest, 0.2))
    weight, known_weight, head, _ = weigh(walk, PLAIN, 1e-30)
    n = walk.nodes.size
    dense = np.zeros((n, n))
    dense[np.repeat(np.arange(n), np.diff(walk.start)), walk.target] = weight
    total = node_totals(walk.start, weight, walk.known_start, known_weight, head, 3) + np.array([0.0, 1.0, 5.0])
    begun = np.random.default_rng(1).random((n, 3))
    ties = np.flatnonzero(weight > 1.0)
    trees = strongest_trees(walk.start, walk.target, weight, head, ties[np.argsort(-weight[ties])])
    args = (walk.start, walk.target, weight, head, *trees, total, begun.copy(), 1e-9, False, 500)
    x, left = solve_walks(*args)
    assert np.all(left <= 1e-9)
    for c in range(3):
        expected = np.linalg.solve(np.diag(total[:, c]) - dense, begun[:, c])
        np.testing.assert_allclose(x[:, c], expected, rtol=1e-7)


def test_strongest_trees_take_the_two_strongest_of_three_links() -> None:
    walk = walk_graph(link_graph(np.array([0, 0, 1]), np.array([1, 2, 2]), np.array([7.0, 9.0, 8.0]), -np.ones(3), 0))
    weight, _, head, _ = weigh(walk, PLAIN, 1e-6)
    order, parent, parent_weight = strongest_trees(
        walk.start, walk.target, weight, head, np.argsort(-weight, kind="stable")
    )
    assert order.tolist() == [0, 2, 1]
    assert parent.tolist() == [-1, 2, 0]
    assert parent_weight.tolist() == pytest.approx([0.0, np.exp(2.0), np.exp(3.0)])
