"""Compiled walks on the graph of links: where a walk from a node ends, and whole forests drawn at once.

A walk steps along a link with probability weight / (1 + sum of weights), stops ("nobody known") with
1 / (1 + sum of weights), and ends at the first known group that it meets. Where it ends from a node is the
posterior of that node's group when a forest's probability is the product of its links' weights (matrix-tree
theorem), and loop-erased walks draw such forests independently (Wilson 1996).
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from linkage.link_graph import LinkGraph

Ints = NDArray[np.int32]
LongInts = NDArray[np.int64]
Floats = NDArray[np.float64]
Booleans = NDArray[np.bool_]


class ForestError(ValueError):
    """Something was asked of the forest model that it cannot give."""


@dataclass(frozen=True)
class ForestParameters:
    """Hyperparameters of the forest model.

    Parameters
    ----------
    new_series_log_weight
        What a link's log Bayes factor must exceed to weigh more than a series of its own: c, natural log.
    exponent
        Power lambda of the Bayes factors, above 0; below 1 where they overstate.
    unsolved_factor
        Factor rho, above 0, of links between two unsolved crimes.
    """

    new_series_log_weight: float
    exponent: float = 1.0
    unsolved_factor: float = 1.0

    def __post_init__(self) -> None:
        for name in ("new_series_log_weight", "exponent", "unsolved_factor"):
            if not np.isfinite(getattr(self, name)):
                raise ForestError(f"{name}: expected a finite number, got {getattr(self, name)}")
        for name in ("exponent", "unsolved_factor"):
            if getattr(self, name) <= 0.0:
                raise ForestError(f"{name}: expected a number above 0, got {getattr(self, name)}")


class KnownProbabilities(NamedTuple):
    """Probability of each known group and of nobody known, a row for each node asked for.

    Attributes
    ----------
    row_start : int64, shape (n_rows + 1,)
        Where the groups of each row begin.
    cluster : int64, shape (n_found,)
        Numbers of known groups, ascending within a row.
    probability : float64, shape (n_found,)
    nobody : float64, shape (n_rows,)
        Probability that the node is in no known group's series.
    unassigned : float64, shape (n_rows,)
        What the row's probabilities lack to 1: no probability is short by more, those left out included.
    """

    row_start: LongInts
    cluster: LongInts
    probability: Floats
    nobody: Floats
    unassigned: Floats


def known_probabilities(
    rows: LongInts,
    graph: LinkGraph,
    parameters: ForestParameters,
    removed_start: LongInts | None = None,
    removed_cluster: LongInts | None = None,
    tolerance: float = 1e-6,
) -> KnownProbabilities:
    """Give the posterior probability of every known group for some nodes, each by itself.

    Parameters
    ----------
    rows : int64, shape (n_rows,)
        Nodes, which may repeat. A known node is taken as unsolved in its own row: it is left out of its group.
    graph : LinkGraph
    parameters : ForestParameters
    removed_start : int64, shape (n_rows + 1,), optional
        Where the removed groups of each row begin in `removed_cluster`; none are removed by default.
    removed_cluster : int64, shape (n_removed,), optional
        Known groups that do not exist, with all their nodes, in that row.
    tolerance : float
        What is found of a row is at least ``1 - tolerance``; groups below a hundredth of it are left out.

    Raises
    ------
    ForestError
        If a node or a group is not in the graph, or the tolerance is not between 0 and 1.
    """
    rows = np.ascontiguousarray(rows, dtype=np.int64)
    if removed_start is None or removed_cluster is None:
        removed_start, removed_cluster = np.zeros(rows.size + 1, np.int64), np.zeros(0, np.int64)
    _check_rows(rows, graph, removed_start, removed_cluster, tolerance)
    weight = link_weights(graph, parameters)
    return KnownProbabilities(
        *_known_probabilities(
            rows,
            graph.start,
            graph.neighbour,
            weight,
            graph.known_cluster,
            graph.n_known,
            parameters.unsolved_factor,
            np.ascontiguousarray(removed_start, dtype=np.int64),
            np.ascontiguousarray(removed_cluster, dtype=np.int64),
            tolerance,
        )
    )


def link_weights(graph: LinkGraph, parameters: ForestParameters) -> Floats:
    """Weigh every link of the graph: exp(lambda log_bf - c), times rho between two unsolved nodes."""
    log_weight = parameters.exponent * graph.log_bf - parameters.new_series_log_weight
    weight = np.exp(np.minimum(log_weight, LARGEST_LOG_WEIGHT))
    is_unsolved = graph.known_cluster < 0
    origin_unsolved = np.repeat(is_unsolved, np.diff(graph.start))
    weight[origin_unsolved & is_unsolved[graph.neighbour]] *= parameters.unsolved_factor
    return np.asarray(weight)


LARGEST_LOG_WEIGHT = 300.0
"""Beyond it a weight is held at e^300, which only keeps products of two weights finite."""


def draw_forest(rng: np.random.Generator, graph: LinkGraph, parameters: ForestParameters) -> Ints:
    """Draw which nodes are in one tree, exactly and independently of any earlier draw.

    Returns
    -------
    int32, shape (n_unsolved,)
        For each unsolved node in ascending order, the number of its known group, or ``n_known`` plus the rank of
        its tree's root among the unsolved nodes. Equal numbers mean one tree.
    """
    walk = walk_graph(graph)
    labels = np.empty(walk.start.size - 1, np.int32)
    _draw_forest(rng, walk.start, walk.target, walk_weights(walk, parameters), graph.n_known, labels)
    return labels


class WalkGraph(NamedTuple):
    """Links of the unsolved nodes alone, numbered by rank.

    Attributes
    ----------
    start : int64, shape (n_unsolved + 1,)
    target : int32, shape (n_links_of_unsolved,)
        Rank of an unsolved neighbour, or -1 minus the number of a known group.
    log_bf : float64, shape (n_links_of_unsolved,)
    """

    start: LongInts
    target: Ints
    log_bf: Floats


def walk_graph(graph: LinkGraph) -> WalkGraph:
    """Keep what a walk over unsolved nodes needs."""
    is_unsolved = graph.known_cluster < 0
    rank = np.cumsum(is_unsolved) - 1
    degree = np.diff(graph.start)
    kept = np.repeat(is_unsolved, degree)
    start = np.zeros(int(is_unsolved.sum()) + 1, dtype=np.int64)
    np.cumsum(degree[is_unsolved], out=start[1:])
    neighbour = graph.neighbour[kept]
    target = np.where(is_unsolved[neighbour], rank[neighbour], -1 - graph.known_cluster[neighbour])
    return WalkGraph(start, target.astype(np.int32), graph.log_bf[kept])


def walk_weights(walk: WalkGraph, parameters: ForestParameters) -> Floats:
    """Weigh the links of a walk."""
    log_weight = parameters.exponent * walk.log_bf - parameters.new_series_log_weight
    np.add(log_weight, np.log(parameters.unsolved_factor), out=log_weight, where=walk.target >= 0)
    return np.asarray(np.exp(np.minimum(log_weight, LARGEST_LOG_WEIGHT, out=log_weight), out=log_weight))


def _check_rows(
    rows: LongInts, graph: LinkGraph, removed_start: LongInts, removed_cluster: LongInts, tolerance: float
) -> None:
    n_nodes = graph.known_cluster.size
    if rows.size and not (rows.min() >= 0 and rows.max() < n_nodes):
        raise ForestError(f"rows: expected nodes from 0 to {n_nodes - 1}, got {rows.min()} to {rows.max()}")
    if removed_start.size != rows.size + 1 or removed_start[0] != 0 or removed_start[-1] != removed_cluster.size:
        raise ForestError(
            f"removed_start: expected {rows.size + 1} positions from 0 to {removed_cluster.size}, "
            f"got {removed_start.size} from {removed_start[:1]} to {removed_start[-1:]}"
        )
    if removed_cluster.size and not (removed_cluster.min() >= 0 and removed_cluster.max() < graph.n_known):
        raise ForestError(f"removed_cluster: expected groups from 0 to {graph.n_known - 1}")
    if not 0.0 < tolerance < 1.0:
        raise ForestError(f"tolerance: expected a number between 0 and 1, got {tolerance}")


@njit(cache=True, nogil=True)
def _known_probabilities(
    rows: LongInts,
    start: LongInts,
    neighbour: Ints,
    weight: Floats,
    known_cluster: LongInts,
    n_known: int,
    unsolved_factor: float,
    removed_start: LongInts,
    removed_cluster: LongInts,
    tolerance: float,
) -> tuple[LongInts, LongInts, Floats, Floats, Floats]:
    n_rows, n_nodes = rows.size, known_cluster.size
    row_start = np.zeros(n_rows + 1, np.int64)
    cluster, probability = np.empty(1024, np.int64), np.empty(1024)
    nobody, unassigned = np.empty(n_rows), np.empty(n_rows)
    mass = np.zeros(n_nodes)
    queued = np.zeros(n_nodes, np.bool_)
    is_met = np.zeros(n_nodes, np.bool_)
    met, queue = np.empty(n_nodes, np.int64), np.empty(n_nodes + 1, np.int64)
    ended = np.zeros(n_known)
    reached = np.empty(n_known, np.int64)
    removed_in = np.full(n_known, -1, np.int64)
    n_found = 0
    for r in range(n_rows):
        source = rows[r]
        for k in removed_cluster[removed_start[r] : removed_start[r + 1]]:
            removed_in[k] = r
        n_met, n_reached = 0, 0
        alone, returned, left = 0.0, 0.0, 1.0
        level = 0.02
        met[0], n_met = source, 1
        is_met[source] = True
        mass[source] = 1.0
        head, n_queued = 0, 1
        queue[0] = source
        queued[source] = True
        while True:
            while n_queued > 0:
                node = queue[head]
                head = head + 1 if head < n_nodes else 0
                n_queued -= 1
                queued[node] = False
                total = 1.0
                for e in range(start[node], start[node + 1]):
                    v = neighbour[e]
                    k = known_cluster[v]
                    if v == source or (node == source and k < 0 and known_cluster[source] >= 0):
                        total += weight[e] * (unsolved_factor if known_cluster[source] >= 0 else 1.0)
                    elif k < 0 or removed_in[k] != r:
                        total += weight[e]
                share = mass[node] / total
                mass[node] = 0.0
                alone += share
                for e in range(start[node], start[node + 1]):
                    v = neighbour[e]
                    k = known_cluster[v]
                    if v == source:
                        returned += share * weight[e] * (unsolved_factor if k >= 0 else 1.0)
                    elif k < 0:
                        gain = share * weight[e]
                        if node == source and known_cluster[source] >= 0:
                            gain *= unsolved_factor
                        if not is_met[v]:
                            is_met[v] = True
                            met[n_met] = v
                            n_met += 1
                        mass[v] += gain
                        if mass[v] > level and not queued[v]:
                            queued[v] = True
                            tail = head + n_queued
                            queue[tail if tail <= n_nodes else tail - n_nodes - 1] = v
                            n_queued += 1
                    elif removed_in[k] != r:
                        if ended[k] == 0.0:
                            reached[n_reached] = k
                            n_reached += 1
                        ended[k] += share * weight[e]
            left = 0.0
            for m in range(n_met):
                left += mass[met[m]]
            if left <= tolerance * (1.0 - returned):
                break
            level *= 0.25
            for m in range(n_met):
                v = met[m]
                if mass[v] > level:
                    queued[v] = True
                    tail = head + n_queued
                    queue[tail if tail <= n_nodes else tail - n_nodes - 1] = v
                    n_queued += 1
        absorbed = alone
        for m in range(n_reached):
            absorbed += ended[reached[m]]
        whole = absorbed + left
        nobody[r] = alone / whole
        order = np.sort(reached[:n_reached])
        if n_found + n_reached > cluster.size:
            size = 2 * (n_found + n_reached)
            longer, larger = np.empty(size, np.int64), np.empty(size)
            longer[:n_found], larger[:n_found] = cluster[:n_found], probability[:n_found]
            cluster, probability = longer, larger
        kept = nobody[r]
        for k in order:
            p = ended[k] / whole
            if p >= 0.01 * tolerance:
                cluster[n_found], probability[n_found] = k, p
                kept += p
                n_found += 1
            ended[k] = 0.0
        unassigned[r] = max(0.0, 1.0 - kept)
        row_start[r + 1] = n_found
        for m in range(n_met):
            mass[met[m]] = 0.0
            is_met[met[m]] = False
    return row_start, cluster[:n_found].copy(), probability[:n_found].copy(), nobody, unassigned


@njit(cache=True, nogil=True)
def _draw_forest(
    rng: np.random.Generator, start: LongInts, target: Ints, weight: Floats, n_known: int, labels: Ints
) -> None:
    """Fill `labels` with the tree of each unsolved node; `weight` becomes its running sum within each node."""
    n = start.size - 1
    total = np.empty(n)
    for i in range(n):
        running = 1.0
        for e in range(start[i], start[i + 1]):
            running += weight[e]
            weight[e] = running
        total[i] = running
        labels[i] = -1
    step = np.empty(n, np.int64)  # last step from each node: a link, or -1 where the walk stopped
    for first in range(n):
        node, label = first, -1
        while label < 0:
            u = rng.random() * total[node]
            if u < 1.0:
                step[node] = -1
                label = n_known + node
            else:
                e = start[node] + np.searchsorted(weight[start[node] : start[node + 1]], u, side="right")
                e = min(e, start[node + 1] - 1)
                step[node] = e
                if target[e] < 0:
                    label = -1 - target[e]
                else:
                    node = target[e]
                    label = labels[node]
        node = first
        while labels[node] < 0:
            labels[node] = label
            e = step[node]
            if e < 0 or target[e] < 0:
                break
            node = target[e]
