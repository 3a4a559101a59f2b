"""Where walks from single nodes end, against the solved equations."""

import numpy as np
import numpy.typing as npt
import pytest

from linkage.forest_known import KnownProbabilities
from linkage.forest_walk import ForestParameters
from linkage.link_graph import LinkGraph, link_graph
from linkage.near_walks import near_probabilities

LongInts = npt.NDArray[np.int64]
PARAMETERS = ForestParameters(2.0, 0.8, 0.6)
EXACT = 1e-9


def solved_probabilities(
    rows: LongInts,
    graph: LinkGraph,
    parameters: ForestParameters,
    removed_start: LongInts,
    removed_cluster: LongInts,
    tolerance: float,
) -> KnownProbabilities:
    """The oracle: solve (I + D - W) P = B row by row, a dense matrix each."""
    counts, cluster, probability, nobody = [0], [], [], []
    for r, row in enumerate(rows):
        removed = removed_cluster[removed_start[r] : removed_start[r + 1]]
        p = _solved_row(int(row), graph, parameters, removed)
        counts.append(len(p))
        cluster.append(np.arange(len(p)))
        probability.append(p)
        nobody.append(1.0 - p.sum())
    return KnownProbabilities(np.cumsum(counts), np.concatenate(cluster), np.concatenate(probability), np.array(nobody))


def _solved_row(row: int, graph: LinkGraph, parameters: ForestParameters, removed: LongInts) -> npt.NDArray[np.float64]:
    n = graph.known_cluster.size
    cluster = graph.known_cluster.copy()
    cluster[row] = -1
    weight = np.zeros((n, n))
    for node in range(n):
        links = slice(graph.start[node], graph.start[node + 1])
        weight[node, graph.neighbour[links]] = np.exp(
            parameters.exponent * graph.log_bf[links] - parameters.new_series_log_weight
        )
    unsolved = np.flatnonzero(cluster < 0)
    among = parameters.unsolved_factor * weight[np.ix_(unsolved, unsolved)]
    to_group = np.zeros((unsolved.size, graph.n_known))
    for k in set(range(graph.n_known)) - set(removed.tolist()):
        to_group[:, k] = weight[np.ix_(unsolved, np.flatnonzero(cluster == k))].sum(axis=1)
    matrix = np.diag(1.0 + among.sum(axis=1) + to_group.sum(axis=1)) - among
    return np.asarray(np.linalg.solve(matrix, to_group)[int(np.searchsorted(unsolved, row))])


def random_graph(seed: int, n: int = 14, n_known: int = 4) -> LinkGraph:
    rng = np.random.default_rng(seed)
    first, second = np.triu_indices(n, 1)
    chosen = rng.random(first.size) < 0.4
    known_cluster = np.where(rng.random(n) < 0.5, rng.integers(n_known, size=n), -1)
    log_bf = rng.normal(1.5, 1.5, int(chosen.sum()))
    return link_graph(first[chosen], second[chosen], log_bf, known_cluster, n_known)


def nothing_removed(n: int) -> tuple[LongInts, LongInts]:
    return np.zeros(n + 1, np.int64), np.zeros(0, np.int64)


def dense(found: KnownProbabilities, n_known: int) -> npt.NDArray[np.float64]:
    table = np.zeros((found.nobody.size, n_known))
    table[np.repeat(np.arange(found.nobody.size), np.diff(found.row_start)), found.cluster] = found.probability
    return table


def test_a_crime_with_one_link_to_a_known_group_is_in_it_with_weight_over_one_plus_weight() -> None:
    graph = link_graph(np.array([0]), np.array([1]), np.array([3.0]), np.array([-1, 0]), 1)
    found = near_probabilities(np.array([0]), graph, PARAMETERS, *nothing_removed(1), EXACT)
    weight = np.exp(0.8 * 3.0 - 2.0)
    assert found.probability == pytest.approx([weight / (1.0 + weight)])
    assert found.nobody == pytest.approx([1.0 / (1.0 + weight)])


@pytest.mark.parametrize("seed", range(6))
def test_every_node_solved_or_not_agrees_with_the_dense_equations(seed: int) -> None:
    graph = random_graph(seed)
    rows = np.arange(14)
    found = near_probabilities(rows, graph, PARAMETERS, *nothing_removed(14), EXACT)
    exact = solved_probabilities(rows, graph, PARAMETERS, *nothing_removed(14), EXACT)
    np.testing.assert_allclose(dense(found, 4), dense(exact, 4), atol=2e-9)
    np.testing.assert_allclose(found.nobody, exact.nobody, atol=2e-9)


@pytest.mark.parametrize("seed", range(6))
def test_removed_groups_do_not_exist_in_their_row_and_return_in_the_next(seed: int) -> None:
    graph = random_graph(seed)
    rows, start, removed = np.arange(14).repeat(2), np.arange(0, 28 * 2 + 2, 2) // 2, np.tile([0, 2], 14)
    found = near_probabilities(rows, graph, PARAMETERS, start, removed, EXACT)
    exact = solved_probabilities(rows, graph, PARAMETERS, start, removed, EXACT)
    np.testing.assert_allclose(dense(found, 4), dense(exact, 4), atol=2e-9)
    np.testing.assert_allclose(found.nobody, exact.nobody, atol=2e-9)


@pytest.mark.parametrize("tolerance", [0.1, 0.01])
def test_no_probability_is_further_off_than_the_tolerance(tolerance: float) -> None:
    for seed in range(10):
        graph, rows = random_graph(seed, 30), np.arange(30)
        near = near_probabilities(rows, graph, PARAMETERS, *nothing_removed(30), tolerance)
        exact = near_probabilities(rows, graph, PARAMETERS, *nothing_removed(30), EXACT)
        assert np.abs(dense(near, 4) - dense(exact, 4)).max() <= tolerance
        assert np.abs(near.nobody - exact.nobody).max() <= tolerance


def test_a_node_without_links_belongs_to_nobody_known() -> None:
    graph = link_graph(np.array([0]), np.array([1]), np.array([3.0]), np.array([-1, 0, -1]), 1)
    found = near_probabilities(np.array([2]), graph, PARAMETERS, *nothing_removed(1), EXACT)
    assert found.nobody.tolist() == [1.0]
    assert found.cluster.size == 0
