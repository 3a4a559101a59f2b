"""The forest model the long way: every forest written down, and equations solved densely."""

import itertools
from collections.abc import Iterator
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from linkage.forest import ForestParameters
from linkage.link_graph import LinkGraph, link_graph

Floats = NDArray[np.float64]
Labels = tuple[int, ...]


def random_graph(seed: int, n_nodes: int, n_known: int, n_links: int, largest: float, share: float) -> LinkGraph:
    """Links of random nodes, a share of which is in known groups."""
    rng = np.random.default_rng(seed)
    known = np.where(rng.random(n_nodes) < share, rng.integers(0, max(n_known, 1), n_nodes), -1)
    first, second = rng.integers(0, n_nodes, (2, n_links))
    return link_graph(first, second, rng.uniform(1.0, largest, n_links), known, n_known)


def matrix(graph: LinkGraph, parameters: ForestParameters, node: int = -1, removed: tuple[int, ...] = ()) -> Floats:
    """Weights between all nodes; one known node may be taken as unsolved and some groups may be gone."""
    n = graph.known_cluster.size
    known = graph.known_cluster.copy()
    if node >= 0:
        known[node] = -1
    gone = np.isin(known, removed)
    weights = np.zeros((n, n))
    for i in range(n):
        for e in range(graph.start[i], graph.start[i + 1]):
            j = graph.neighbour[e]
            if not (gone[i] or gone[j]):
                rho = parameters.unsolved_factor if known[i] < 0 and known[j] < 0 else 1.0
                weights[i, j] = rho * np.exp(parameters.exponent * graph.log_bf[e] - parameters.new_series_log_weight)
    return weights


def dense_probabilities(
    graph: LinkGraph, parameters: ForestParameters, node: int, removed: tuple[int, ...] = ()
) -> Floats:
    """Probability of each group, then of nobody, for one node: (I + D - W) P = B solved densely."""
    weights = matrix(graph, parameters, node, removed)
    known = graph.known_cluster.copy()
    known[node] = -1
    unsolved = np.flatnonzero(known < 0)
    laplacian = np.diag(1.0 + weights[unsolved].sum(axis=1)) - weights[np.ix_(unsolved, unsolved)]
    ends = [weights[np.ix_(unsolved, known == k)].sum(axis=1) for k in range(graph.n_known)]
    solved = np.linalg.solve(laplacian, np.column_stack([*ends, np.ones(unsolved.size)]))
    return np.asarray(solved[np.searchsorted(unsolved, node)])


def fraction_probabilities(graph: LinkGraph, parameters: ForestParameters, node: int) -> Floats:
    """Probabilities as `dense_probabilities` gives them, in fractions: no weight is too great beside another."""
    weights = matrix(graph, parameters, node)
    known = graph.known_cluster.copy()
    known[node] = -1
    others = np.flatnonzero((known < 0) & (np.arange(known.size) != node)).tolist()
    ends = {i: [sum(map(Fraction, weights[i, known == k].tolist()), Fraction(0)) for k in range(graph.n_known)]
            for i in [*others, node]}  # fmt: skip
    ends = {i: [*row, Fraction(1)] for i, row in ends.items()}
    goes = {i: {j: Fraction(weights[i, j].item()) for j in [*others, node] if weights[i, j]} for i in ends}
    while others:  # a walk that comes to the node goes on from it at once: its ways on are shared out
        i = others.pop()
        whole = sum(goes[i].values(), sum(ends[i], Fraction(0)))
        for j in [*others, node]:
            part = goes[j].pop(i, Fraction(0)) / whole
            ends[j] = [mine + part * theirs for mine, theirs in zip(ends[j], ends[i], strict=True)]
            for h, weight in goes[i].items():
                if h != j and part:
                    goes[j][h] = goes[j].get(h, Fraction(0)) + part * weight
    return np.array([float(end / sum(ends[node])) for end in ends[node]])


def forests(graph: LinkGraph, parameters: ForestParameters) -> Iterator[tuple[float, Labels]]:
    """Every forest of the unsolved nodes: its weight, and the tree of each (a group, or n_known + root's rank).

    Every node chooses a link or to be a root; choices without a cycle are the forests.
    """
    weights = matrix(graph, parameters)
    unsolved = np.flatnonzero(graph.known_cluster < 0).tolist()
    choices = [[-1, *np.flatnonzero(weights[i]).tolist()] for i in unsolved]
    for chosen in itertools.product(*choices):
        goes = dict(zip(unsolved, chosen, strict=True))
        labels = tuple(_label(graph, goes, unsolved, node) for node in unsolved)
        if min(labels, default=0) >= 0:
            yield float(np.prod([weights[i, j] for i, j in goes.items() if j >= 0])), labels


def _label(graph: LinkGraph, goes: dict[int, int], unsolved: list[int], node: int) -> int:
    for _ in range(len(unsolved) + 1):
        if graph.known_cluster[node] >= 0:
            return int(graph.known_cluster[node])
        if goes[node] < 0:
            return graph.n_known + unsolved.index(node)
        node = goes[node]
    return -1
