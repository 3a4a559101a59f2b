"""Solved crimes left out in turn, as if unsolved: once with their known groups there, once without.

The first case stands for an unsolved crime whose offender is known, the second for one whose offender is not.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from linkage.forest_walk import ForestError, ForestParameters
from linkage.link_graph import LinkGraph
from linkage.walks_around import Surroundings, near_ends, surroundings

Floats = npt.NDArray[np.float64]
LongInts = npt.NDArray[np.int64]
Booleans = npt.NDArray[np.bool_]

UNSEEN = 1e-3
"""Probability left to what the graph cannot see, so that one crime without a link to its group cannot decide."""


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
    nobody : float64, shape (n_left_out,)
        Case not known: probability of nobody known.
    """

    true_group: Floats
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


def around_left_out(left: LeftOut, graph: LinkGraph, parameters: ForestParameters, n_around: int) -> Surroundings:
    """Choose the nodes around every crime left out."""
    return surroundings(left.rows, left.own_start, left.own_cluster, graph, parameters, n_around)


def left_out_probabilities(
    left: LeftOut,
    around: Surroundings,
    graph: LinkGraph,
    parameters: ForestParameters,
    nobody_from: Floats,
    n_threads: int = 1,
) -> LeftOutProbabilities:
    """Judge both cases of every crime left out; ``nobody_from`` as `near_ends` takes it."""
    with_own, without = (
        near_ends(around, graph, parameters, is_there, nobody_from, n_threads) for is_there in (True, False)
    )
    return LeftOutProbabilities(with_own.own[left.has_known], without.nobody)


def log_scores(found: LeftOutProbabilities) -> tuple[float, float]:
    """Return the mean log probability of the truth, of crimes whose offender is known and of those where not."""
    means = [np.log(p + UNSEEN).mean() - np.log1p(UNSEEN) if p.size else 0.0 for p in (found.true_group, found.nobody)]
    return float(means[0]), float(means[1])


def _own(cluster: int, shared: SharedOffenders) -> LongInts:
    others = shared.cluster[shared.start[cluster] : shared.start[cluster + 1]]
    return np.unique(np.append(others, cluster)).astype(np.int64)
