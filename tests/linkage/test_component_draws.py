import numpy as np
import pytest

from linkage.component_draws import draw_block
from linkage.forest import ForestParameters
from linkage.link_graph import link_graph
from tests.linkage.forest_by_hand import dense_probabilities, random_graph


def test_a_crime_with_one_known_group_has_that_groups_probability_in_every_draw() -> None:
    """Weights exp(0.5 * 8 - 3) = e to group 1 of 2: e / (1 + e), whatever is drawn."""
    graph = link_graph(np.array([0]), np.array([1]), np.array([8.0]), np.array([-1, 1]), 2)
    theta = np.tile([3.0, 0.5, 0.2], (7, 1))
    block = draw_block(graph, theta, np.random.SeedSequence(1), 0.0)
    assert (block.row.tolist(), block.cluster.tolist()) == ([0], [1])
    assert block.total[0] == pytest.approx(7 * np.e / (1.0 + np.e))
    assert block.nobody[0] == pytest.approx(7 / (1.0 + np.e))
    assert block.labels.shape == (7, 1)


def test_the_factor_of_unsolved_links_bears_on_links_of_two_unsolved_crimes_only() -> None:
    """Both links have log BF 3 and weight 1 to the group; 0.5 to the other crime, which is never in a group."""
    graph = link_graph(np.array([0, 0]), np.array([1, 2]), np.array([3.0, 3.0]), np.array([-1, -1, 0]), 1)
    block = draw_block(graph, np.tile([3.0, 1.0, 0.5], (4, 1)), np.random.SeedSequence(2), 0.0)
    in_group = block.labels[:, 1] == 0
    assert block.total[0] == pytest.approx((1.0 + 0.5 * in_group).sum() / 2.5)


def test_averaged_probabilities_are_those_of_the_walks_equations() -> None:
    graph = random_graph(seed=4, n_nodes=14, n_known=3, n_links=40, largest=7.0, share=0.3)
    parameters = ForestParameters(5.0, 0.9, 0.7)
    n_draws, unsolved = 3_000, np.flatnonzero(graph.known_cluster < 0)
    block = draw_block(graph, np.tile([5.0, 0.9, 0.7], (n_draws, 1)), np.random.SeedSequence(3), 0.0)
    found = np.zeros((unsolved.size, 4))
    found[block.row, block.cluster] = block.total
    found[:, 3] = block.nobody
    exact = np.array([dense_probabilities(graph, parameters, int(node)) for node in unsolved])
    assert found.sum(axis=1) == pytest.approx(np.full(unsolved.size, n_draws))
    # A share counted in 3,000 draws has a standard error of up to 0.009; an average of chances has less.
    assert np.abs(found / n_draws - exact).max() < 0.02
    counted = (block.labels >= graph.n_known).mean(axis=0)
    assert np.abs(counted - exact[:, 3]).max() < 0.035


def test_groups_below_the_least_share_are_left_out_and_nobody_stays_whole() -> None:
    """Weights 1 and exp(-5): the second group's probability is 0.0034."""
    graph = link_graph(np.array([0, 0]), np.array([1, 2]), np.array([3.0, -2.0]), np.array([-1, 0, 1]), 2)
    theta = np.tile([3.0, 1.0, 1.0], (5, 1))
    every, few = (draw_block(graph, theta, np.random.SeedSequence(5), least) for least in (0.001, 0.01))
    assert every.cluster.tolist() == [0, 1]
    assert few.cluster.tolist() == [0]
    assert few.nobody.tolist() == every.nobody.tolist()
