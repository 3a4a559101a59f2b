"""Where walks from crimes left out end, against the solved equations."""

import numpy as np
import numpy.typing as npt
import pytest

from linkage.forest_known import nobody_probabilities
from linkage.forest_walk import ForestParameters, walk_graph
from linkage.link_graph import LinkGraph, link_graph
from linkage.walks_around import NearEnds, Surroundings, near_ends, surroundings

Floats = npt.NDArray[np.float64]
LongInts = npt.NDArray[np.int64]
PARAMETERS = ForestParameters(2.0, 0.8, 0.6)


def random_graph(seed: int, n: int = 14, n_known: int = 4, strength: float = 1.5) -> LinkGraph:
    rng = np.random.default_rng(seed)
    first, second = np.triu_indices(n, 1)
    chosen = rng.random(first.size) < 0.4
    known_cluster = np.where(rng.random(n) < 0.5, rng.integers(n_known, size=n), -1)
    log_bf = rng.normal(strength, 1.5, int(chosen.sum()))
    return link_graph(first[chosen], second[chosen], log_bf, known_cluster, n_known)


def solved(graph: LinkGraph, row: int, removed: list[int]) -> tuple[Floats, float]:
    """The oracle: solve (I + D - W) P = B as a dense matrix; every group's probability, and nobody's."""
    n = graph.known_cluster.size
    cluster, weight = graph.known_cluster.copy(), np.zeros((n, n))
    cluster[row] = -1
    origin = np.repeat(np.arange(n), np.diff(graph.start))
    weight[origin, graph.neighbour] = np.exp(PARAMETERS.exponent * graph.log_bf - PARAMETERS.new_series_log_weight)
    unsolved = np.flatnonzero(cluster < 0)
    among = PARAMETERS.unsolved_factor * weight[np.ix_(unsolved, unsolved)]
    to_group = np.zeros((unsolved.size, graph.n_known))
    for k in set(range(graph.n_known)) - set(removed):
        to_group[:, k] = weight[np.ix_(unsolved, np.flatnonzero(cluster == k))].sum(axis=1)
    matrix = np.diag(1.0 + among.sum(axis=1) + to_group.sum(axis=1)) - among
    found = np.linalg.solve(matrix, to_group)[int(np.searchsorted(unsolved, row))]
    return found, float(1.0 - found.sum())


def own_of(n: int) -> tuple[LongInts, LongInts]:
    """Groups 0 and 2 are every row's own."""
    return np.arange(0, 2 * n + 1, 2), np.tile([0, 2], n)


def around(graph: LinkGraph, n_around: int) -> Surroundings:
    rows = np.arange(graph.known_cluster.size)
    return surroundings(rows, *own_of(rows.size), graph, PARAMETERS, n_around)


def ends(graph: LinkGraph, n_around: int, is_own_there: bool, n_threads: int = 1) -> NearEnds:
    walk, nobody = walk_graph(graph), np.zeros(graph.known_cluster.size)
    nobody[walk.nodes] = nobody_probabilities(walk, PARAMETERS, 1e-9)
    return near_ends(around(graph, n_around), graph, PARAMETERS, is_own_there, nobody, n_threads)


@pytest.mark.parametrize("seed", range(6))
def test_with_all_nodes_around_every_row_agrees_with_the_dense_equations(seed: int) -> None:
    graph = random_graph(seed)
    there, removed = ends(graph, 14, True), ends(graph, 14, False)
    assert there.outside.max() == removed.outside.max() == 0.0
    for row in range(14):
        of_groups, nobody = solved(graph, row, [])
        assert there.own[row] == pytest.approx(of_groups[0] + of_groups[2], abs=1e-12)
        assert there.nobody[row] == pytest.approx(nobody, abs=1e-12)
        assert removed.nobody[row] == pytest.approx(solved(graph, row, [0, 2])[1], abs=1e-12)
    assert not removed.own.any()


def test_one_link_to_its_own_group_gives_weight_over_one_plus_weight() -> None:
    graph = link_graph(np.array([0]), np.array([1]), np.array([3.0]), np.array([-1, 0]), 1)
    chosen = surroundings(np.array([0]), np.array([0, 1]), np.array([0]), graph, PARAMETERS, 5)
    assert chosen.node.tolist() == [0]
    weight = np.exp(0.8 * 3.0 - 2.0)
    found = near_ends(chosen, graph, PARAMETERS, True, np.ones(2))
    assert found.own[0] == pytest.approx(weight / (1.0 + weight))
    assert found.nobody[0] == pytest.approx(1.0 / (1.0 + weight))


@pytest.mark.parametrize("seed", range(3))
def test_an_unsolved_row_without_own_groups_is_exact_however_few_nodes_are_around(seed: int) -> None:
    """Nobody is left out there, so walks that leave end just as the equations of the whole graph say."""
    graph = random_graph(seed, 40)
    rows = np.flatnonzero(graph.known_cluster < 0)
    walk, nobody = walk_graph(graph), np.zeros(40)
    nobody[walk.nodes] = nobody_probabilities(walk, PARAMETERS, 1e-10)
    none = np.zeros(rows.size + 1, np.int64), np.zeros(0, np.int64)
    chosen = surroundings(rows, *none, graph, PARAMETERS, 5)
    found = near_ends(chosen, graph, PARAMETERS, True, nobody)
    assert found.outside.mean() > 0.03
    np.testing.assert_allclose(found.nobody, nobody[rows], atol=1e-8)


def test_what_leaves_gets_less_with_more_nodes_around_and_nobody_nearer_to_the_truth() -> None:
    graph = random_graph(5, 60)
    exact = np.array([solved(graph, row, [0, 2])[1] for row in range(60)])
    few, more = ends(graph, 8, False), ends(graph, 20, False)
    assert 0.0 < more.outside.mean() < 0.6 * few.outside.mean()
    errors = [np.abs(found.nobody - exact).mean() for found in (few, more)]
    assert errors[1] < 0.6 * errors[0] < 0.05


def test_nodes_around_are_those_where_walks_are_most() -> None:
    """Node 0 walks to 1 more than to 2, and from 1 to 3; weights e and 1, from 1 to 3 also e."""
    first, second = np.array([0, 0, 1]), np.array([1, 2, 3])
    graph = link_graph(first, second, np.array([3.75, 2.5, 3.75]), np.full(4, -1), 0)
    none = np.zeros(2, np.int64), np.zeros(0, np.int64)
    chosen = surroundings(np.array([0]), *none, graph, PARAMETERS, 2)
    assert chosen.node.tolist() == [0, 1]


def test_ties_of_any_strength_are_solved_to_the_last_digit() -> None:
    """Nodes 1 and 2 are one for every purpose: of weights 1 each to them, 1 to group 0 and roots of 1 each."""
    log_bf = np.array([2.0, 500.0, 2.0])
    graph = link_graph(np.array([0, 1, 2]), np.array([1, 2, 3]), log_bf, np.array([-1, -1, -1, 0]), 1)
    plain = ForestParameters(2.0, 1.0, 1.0)
    chosen = surroundings(np.array([0]), np.array([0, 1]), np.array([0]), graph, plain, 4)
    found = near_ends(chosen, graph, plain, True, np.ones(4))
    # From the pair 1-2: 1/4 back, 1/4 group, 1/2 nobody; from 0: 1/2 nobody, 1/2 there.
    assert found.own[0] == pytest.approx((1 / 8) / (7 / 8), rel=1e-12)


def test_threads_change_nothing() -> None:
    graph = random_graph(2, 120)
    for one, two in zip(ends(graph, 10, True, 1), ends(graph, 10, True, 2), strict=True):
        np.testing.assert_array_equal(one, two)
