"""Solved crimes left out in turn, as if unsolved: once with their known groups there, once without.

The first case stands for an unsolved crime whose offender is known, the second for one whose offender is not.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from linkage.forest_known import KnownProbabilities
from linkage.forest_walk import ForestError, ForestParameters
from linkage.link_graph import LinkGraph
from linkage.near_walks import near_probabilities

Floats = npt.NDArray[np.float64]
LongInts = npt.NDArray[np.int64]
Booleans = npt.NDArray[np.bool_]
Walk = Callable[[LongInts, LinkGraph, ForestParameters, LongInts, LongInts, float], KnownProbabilities]

UNSEEN = 1e-3
"""Probability left to what the graph cannot see, so that one crime without a link to its group cannot decide."""

ROWS_PER_TASK = 250


class SharedOffenders(NamedTuple):
    """Which known groups share an offender with each known group; itself may be among them or not.

    Attributes
    ----------
    start : int64, shape (n_known + 1,)
    cluster : int64, shape (n_shared,)
    """

    start: LongInts
    cluster: LongInts


class LeftOut(NamedTuple):
    """Solved nodes that are left out in turn, and the known groups that share an offender with each.

    Attributes
    ----------
    rows : int64, shape (n_left_out,)
        Nodes, ascending.
    own_start : int64, shape (n_left_out + 1,)
    own_cluster : int64, shape (n_own,)
        Groups that share an offender with the node, its own group among them; ascending within a node.
    has_known : bool, shape (n_left_out,)
        Whether any of these groups has a node besides the one left out.
    """

    rows: LongInts
    own_start: LongInts
    own_cluster: LongInts
    has_known: Booleans


class LeftOutProbabilities(NamedTuple):
    """What the model says of the crimes left out.

    Attributes
    ----------
    true_group : float64, shape (n_with_known,)
        Known case: probability of the groups that share an offender with it; nodes with `has_known` only.
    known_if_known : float64, shape (n_with_known,)
        Known case: probability of any known group.
    nobody : float64, shape (n_left_out,)
        Case not known: probability of nobody known.
    """

    true_group: Floats
    known_if_known: Floats
    nobody: Floats


def left_out(graph: LinkGraph, shared: SharedOffenders, n_most: int, rng: np.random.Generator) -> LeftOut:
    """Choose solved nodes, all of them or a sample of ``n_most``.

    Raises
    ------
    ForestError
        If ``shared`` is not of the graph's groups.
    """
    if shared.start.size != graph.n_known + 1 or shared.start[-1] != shared.cluster.size:
        raise ForestError(
            f"shared: expected positions of {graph.n_known} known groups, got {shared.start.size - 1} that end at "
            f"{shared.start[-1:]} of {shared.cluster.size}; take graph and groups of the same refresh"
        )
    known = np.flatnonzero(graph.known_cluster >= 0)
    rows = np.sort(rng.choice(known, n_most, replace=False)) if known.size > n_most else known
    own = [_own(int(k), shared) for k in graph.known_cluster[rows]]
    n_nodes = np.bincount(graph.known_cluster[known], minlength=graph.n_known)
    has_known = np.array([n_nodes[clusters].sum() > 1 for clusters in own], dtype=np.bool_)
    start = np.concatenate([[0], np.cumsum([len(clusters) for clusters in own])]).astype(np.int64)
    return LeftOut(rows, start, np.concatenate([np.zeros(0, np.int64), *own]), has_known)


def left_out_probabilities(
    left: LeftOut,
    graph: LinkGraph,
    parameters: ForestParameters,
    tolerance: float,
    n_threads: int,
    walk: Walk = near_probabilities,
) -> LeftOutProbabilities:
    """Judge both cases of every crime left out."""
    n = left.rows.size
    length = np.diff(left.own_start)
    own_row = np.repeat(np.arange(n), length)
    known = np.flatnonzero(left.has_known)
    rows = np.concatenate([left.rows[known], left.rows])
    removed_start = np.concatenate([np.zeros(known.size, np.int64), left.own_start])
    found = walked(rows, graph, parameters, removed_start, left.own_cluster, tolerance, n_threads, walk)
    row_of = np.repeat(np.arange(rows.size), np.diff(found.row_start))
    is_first = row_of < known.size
    key = known[row_of[is_first]] * max(graph.n_known, 1) + found.cluster[is_first]
    is_true = np.isin(key, own_row * max(graph.n_known, 1) + left.own_cluster)
    of_true = found.probability[is_first][is_true]
    true = np.bincount(row_of[is_first][is_true], of_true, minlength=known.size).astype(np.float64)
    return LeftOutProbabilities(true, 1.0 - found.nobody[: known.size], found.nobody[known.size :])


def log_scores(found: LeftOutProbabilities) -> tuple[float, float]:
    """Return the mean log probability of the truth, of crimes whose offender is known and of those where not."""
    means = [np.log(p + UNSEEN).mean() - np.log1p(UNSEEN) if p.size else 0.0 for p in (found.true_group, found.nobody)]
    return float(means[0]), float(means[1])


def walked(
    rows: LongInts,
    graph: LinkGraph,
    parameters: ForestParameters,
    removed_start: LongInts,
    removed_cluster: LongInts,
    tolerance: float,
    n_threads: int,
    walk: Walk = near_probabilities,
) -> KnownProbabilities:
    """Walk from many nodes in threads; nothing depends on how they are divided."""

    def part(first: int) -> KnownProbabilities:
        last = min(first + ROWS_PER_TASK, rows.size)
        ends = removed_start[first : last + 1]
        removed = removed_cluster[ends[0] : ends[-1]]
        return walk(rows[first:last], graph, parameters, ends - ends[0], removed, tolerance)

    with ThreadPoolExecutor(max_workers=n_threads) as threads:
        parts = list(threads.map(part, range(0, max(rows.size, 1), ROWS_PER_TASK)))
    lengths = np.concatenate([np.diff(found.row_start) for found in parts])
    start = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    return KnownProbabilities(start, *(np.concatenate(column) for column in list(zip(*parts, strict=True))[1:]))


def _own(cluster: int, shared: SharedOffenders) -> LongInts:
    others = shared.cluster[shared.start[cluster] : shared.start[cluster + 1]]
    return np.unique(np.append(others, cluster)).astype(np.int64)
