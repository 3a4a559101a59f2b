"""Where walks end and which forests are drawn, against all forests written down and dense solutions."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2

from linkage.forest import ForestError, ForestParameters, KnownProbabilities, known_probabilities, sample_forests
from linkage.link_graph import LinkGraph, co_linkage_graph, component_graph, components, link_graph
from tests.linkage.forest_by_hand import (
    Floats,
    dense_probabilities,
    forests,
    fraction_probabilities,
    matrix,
    random_graph,
)

THETA = ForestParameters(5.0, 1.1, 0.6)
SEEDS = np.random.SeedSequence(7)


def small_graph(seed: int, tie: float = 4.5) -> LinkGraph:
    """Five unsolved nodes and two known groups, nearly all linked, two unsolved nodes with the log BF `tie`."""
    first, second = np.triu_indices(8, 1)
    rng = np.random.default_rng(seed)
    kept = rng.random(first.size) < 0.75
    known = np.array([0, -1, -1, 1, -1, -1, 1, -1])
    log_bf = np.where((first == 1) & (second == 2), tie, rng.normal(4.5, 1.5, first.size))
    kept |= (first == 1) & (second == 2)
    return link_graph(first[kept], second[kept], log_bf[kept], known, 2)


def filled(found: KnownProbabilities, n_known: int) -> Floats:
    """All probabilities as a matrix, nobody last."""
    out = np.zeros((found.nobody.size, n_known + 1))
    out[np.repeat(np.arange(found.nobody.size), np.diff(found.row_start)), found.cluster] = found.probability
    out[:, -1] = found.nobody
    return out


@pytest.mark.parametrize(("seed", "tie"), [(1, 4.5), (2, 12.0), (3, 24.0)])
def test_known_probabilities_are_sums_over_all_forests(seed: int, tie: float) -> None:
    graph = small_graph(seed, tie)
    exact, whole = np.zeros((5, 3)), 0.0
    for weight, labels in forests(graph, THETA):
        whole += weight
        exact[np.arange(5), np.minimum(labels, 2)] += weight
    unsolved = np.flatnonzero(graph.known_cluster < 0)
    found = filled(known_probabilities(unsolved, graph, THETA, tolerance=1e-10), 2)
    np.testing.assert_allclose(found, exact / whole, atol=1e-9)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_all_forests_together_weigh_the_determinant(seed: int) -> None:
    graph = small_graph(seed)
    unsolved = np.flatnonzero(graph.known_cluster < 0)
    weights = matrix(graph, THETA)
    laplacian = (np.diag(1.0 + weights.sum(axis=1)) - weights)[np.ix_(unsolved, unsolved)]
    whole = sum(weight for weight, _ in forests(graph, THETA))
    assert np.linalg.det(laplacian) == pytest.approx(whole, rel=1e-9)


@pytest.mark.parametrize(("seed", "tie"), [(1, 4.5), (2, 12.0), (3, 24.0)])
def test_forests_are_drawn_as_often_as_they_are_probable(seed: int, tie: float) -> None:
    graph, n_draws = small_graph(seed, tie), 4_000
    exact: dict[tuple[int, ...], float] = {}
    for weight, labels in forests(graph, THETA):
        exact[labels] = exact.get(labels, 0.0) + weight
    whole = sum(exact.values())
    drawn = sample_forests(graph, [THETA], n_draws, SEEDS)
    kinds, counts = np.unique(drawn, axis=0, return_counts=True)
    seen = {tuple(kind.tolist()): int(count) for kind, count in zip(kinds, counts, strict=True)}
    assert set(seen) <= set(exact)
    expected = np.array([n_draws * weight / whole for weight in exact.values()])
    observed = np.array([seen.get(labels, 0) for labels in exact], dtype=float)
    rare = expected < 5.0
    expected = np.append(expected[~rare], expected[rare].sum())
    observed = np.append(observed[~rare], observed[rare].sum())
    statistic = float(((observed - expected) ** 2 / expected).sum())
    assert chi2.sf(statistic, expected.size - 1) > 1e-3


@pytest.mark.parametrize("largest", [9.0, 14.0, 50.0])
def test_left_out_nodes_and_removed_groups_are_as_in_the_graph_without_them(largest: float) -> None:
    graph = random_graph(11, 150, 5, 400, largest, 0.2)
    rows = np.arange(0, 150, 9)
    own = graph.known_cluster[rows]
    removed = [
        (int(k),) if k >= 0 and node % 2 else (int(node % 5), 4)[: node % 3] for node, k in zip(rows, own, strict=True)
    ]
    start = np.concatenate([[0], np.cumsum([len(each) for each in removed])])
    gone = np.array([k for each in removed for k in each])
    found = filled(known_probabilities(rows, graph, THETA, start, gone, tolerance=1e-6), 5)
    exact = np.stack([dense_probabilities(graph, THETA, node, each) for node, each in zip(rows, removed, strict=True)])
    if largest < 50.0:  # beyond, the dense equations themselves have lost the 1 beside e^45
        np.testing.assert_allclose(found, exact, atol=1e-6)
    np.testing.assert_allclose(found.sum(axis=1), 1.0, atol=5e-6)


def test_all_rows_at_once_by_group_are_the_rows_one_by_one() -> None:
    graph = random_graph(5, 300, 5, 800, 12.0, 0.2)
    unsolved = np.flatnonzero(graph.known_cluster < 0)
    together = filled(known_probabilities(unsolved, graph, THETA, tolerance=1e-8), 5)
    alone = [filled(known_probabilities(unsolved[i : i + 1], graph, THETA, tolerance=1e-8), 5) for i in range(0, 60, 7)]
    np.testing.assert_allclose(together[0:60:7], np.concatenate(alone), atol=2e-8)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_log_bayes_factors_of_fifty_lose_no_digit_that_counts(seed: int) -> None:
    graph, rows = random_graph(seed, 16, 2, 24, 50.0, 0.3), np.arange(16)
    exact = np.stack([fraction_probabilities(graph, THETA, node) for node in rows])
    found = [filled(known_probabilities(rows[i : i + 1], graph, THETA), 2) for i in rows]
    np.testing.assert_allclose(np.concatenate(found), exact, atol=2e-6)


def test_a_chain_of_ever_stronger_ties_ends_where_its_last_link_leads() -> None:
    # nodes 0-1-2-3 tied with log BFs 20, 35, 50; node 3 to group 0 with weight e^2, node 0 to group 1 with e
    graph = link_graph(
        np.array([0, 1, 2, 3, 0]), np.array([1, 2, 3, 4, 5]), np.array([20.0, 35.0, 50.0, 7.0, 6.0]),
        np.array([-1, -1, -1, -1, 0, 1]), 2,
    )  # fmt: skip
    found = filled(known_probabilities(np.arange(4), graph, ForestParameters(5.0)), 2)
    whole = 4.0 + np.exp(2.0) + np.exp(1.0)  # as one node with four ways to be a root
    np.testing.assert_allclose(found, np.tile([np.exp(2.0), np.exp(1.0), 4.0], (4, 1)) / whole, atol=2e-5)
    drawn = sample_forests(graph, [ForestParameters(5.0)], 2_000, SEEDS)
    assert np.mean(drawn[:, 0] == drawn[:, 3]) > 0.999
    assert np.mean(drawn[:, 1] == 0) == pytest.approx(np.exp(2.0) / whole, abs=0.04)


def test_two_nodes_alone_have_the_posterior_of_their_pair() -> None:
    prior_log_odds, log_bf = -4.0, 5.5
    graph = link_graph(np.array([0]), np.array([1]), np.array([log_bf]), np.array([-1, -1]), 0)
    theta = ForestParameters(-prior_log_odds + np.log(2.0))
    drawn = sample_forests(graph, [theta], 20_000, SEEDS)
    # the forests: no link (1), the link with either node as root (2 w); so the odds are 2 w = e^(log_bf + prior)
    posterior = 1.0 / (1.0 + np.exp(-(log_bf + prior_log_odds)))
    assert np.mean(drawn[:, 0] == drawn[:, 1]) == pytest.approx(posterior, abs=0.01)


def test_a_node_without_links_is_its_own_tree_and_nobody_known() -> None:
    graph = link_graph(np.array([0]), np.array([1]), np.array([3.0]), np.array([0, -1, -1]), 1)
    found = known_probabilities(np.array([2, 0]), graph, THETA)
    assert found.nobody.tolist() == pytest.approx([1.0, 1.0], abs=1e-6)
    assert found.cluster.size == 0
    drawn = sample_forests(graph, [THETA], 50, SEEDS)
    assert set(drawn[:, 1].tolist()) == {2}


def test_without_known_groups_everybody_is_nobody_known() -> None:
    graph = random_graph(2, 20, 0, 30, 9.0, 0.0)
    found = known_probabilities(np.arange(20), graph, THETA)
    assert found.cluster.size == 0
    np.testing.assert_allclose(found.nobody, 1.0, atol=1e-6)
    assert sample_forests(graph, [THETA], 3, SEEDS).shape == (3, 20)


def test_neither_workers_nor_the_number_of_draws_change_a_draw() -> None:
    graph = random_graph(1, 80, 4, 300, 10.0, 0.2)
    many = [ForestParameters(5.0 + 0.001 * d) for d in range(260)]
    alone = sample_forests(graph, many, 260, np.random.SeedSequence(3))
    np.testing.assert_array_equal(alone, sample_forests(graph, many, 260, np.random.SeedSequence(3), n_workers=3))
    np.testing.assert_array_equal(alone[:130], sample_forests(graph, many, 130, np.random.SeedSequence(3)))
    assert np.any(alone[:125] != alone[125:250])
    rows = np.arange(40)
    one, three = (known_probabilities(rows, graph, THETA, n_workers=n) for n in (1, 3))
    np.testing.assert_array_equal(one.probability, three.probability)


def test_names_and_order_of_crimes_and_groups_change_no_probability() -> None:
    rng = np.random.default_rng(4)
    ids = np.array([f"c{i:02d}" for i in range(40)], dtype=object)
    groups = np.where(rng.random(40) < 0.3, rng.choice(["x", "y"], 40), None)
    pairs = np.column_stack(np.triu_indices(40, 1))[rng.choice(780, 150, replace=False)]
    links = pd.DataFrame(
        {"crime_id_1": ids[pairs[:, 0]], "crime_id_2": ids[pairs[:, 1]], "log_bf": rng.normal(5, 2, 150)}
    )
    made = co_linkage_graph(ids, groups, [None] * 40, links)
    order = rng.permutation(40)
    renamed = np.array([{"x": "2", "y": "1", None: None}[g] for g in groups], dtype=object)
    moved = co_linkage_graph(ids[order], renamed[order], [None] * 40, links.sample(frac=1.0, random_state=1))
    rows = np.arange(0, 40, 3)
    mine = filled(known_probabilities(rows, made.arrays, THETA), 2)
    theirs = filled(known_probabilities(rows, moved.arrays, THETA), 2)
    np.testing.assert_allclose(mine, theirs[:, [1, 0, 2]], atol=2e-6)


def test_components_by_themselves_have_the_probabilities_of_the_whole() -> None:
    graph = random_graph(8, 120, 4, 110, 10.0, 0.2)
    part = components(graph)
    nodes = np.flatnonzero(part == np.bincount(part[part >= 0]).argmax())
    cut = component_graph(graph, nodes)
    inside = np.flatnonzero(cut.known_cluster < 0)
    mine = filled(known_probabilities(inside, cut, THETA, tolerance=1e-8), 4)
    np.testing.assert_allclose(mine, filled(known_probabilities(nodes, graph, THETA, tolerance=1e-8), 4), atol=2e-8)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rows": np.array([90])}, "expected nodes from 0 to 79, got 90"),
        ({"tolerance": 0.0}, "tolerance: expected a number between 0 and 1"),
        ({"removed_start": np.array([0, 1, 2]), "removed_cluster": np.array([1, 2])}, "removed_start: expected 2"),
        ({"removed_start": np.array([0, 1]), "removed_cluster": np.array([4])}, "groups from 0 to 3"),
    ],
)
def test_what_cannot_be_asked_is_told(change: dict[str, object], message: str) -> None:
    asked = {"rows": np.array([1]), "graph": random_graph(1, 80, 4, 300, 10.0, 0.2), "parameters": THETA} | change
    with pytest.raises(ForestError, match=message):
        known_probabilities(**asked)  # type: ignore[arg-type]


def test_hyperparameters_out_of_range_are_told() -> None:
    with pytest.raises(ForestError, match="exponent: expected a number above 0, got -1"):
        ForestParameters(5.0, exponent=-1.0)
    with pytest.raises(ForestError, match="new_series_log_weight: expected a finite number, got nan"):
        ForestParameters(float("nan"))
    with pytest.raises(ForestError, match="at least one each"):
        sample_forests(small_graph(1), [], 5, SEEDS)
