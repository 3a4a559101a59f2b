"""The forest model of co-linkage: hyperparameters, and the weights along which walks over unsolved nodes step.

A forest's probability is the product of its links' weights, each tree holding one root: a known group, or one
unsolved node with weight 1 ("somebody not yet known"). The root seen from a node is where a walk ends which steps
along a link with probability weight / (1 + sum of weights) and stops with 1 / (1 + sum of weights), known groups
ending it; the sum over all forests is det(I + D - W) (matrix-tree theorem).
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from linkage.forest_kernels import Floats, Ints, LongInts, contract_ties
from linkage.link_graph import LinkGraph

LARGEST_LOG_WEIGHT = 300.0
"""Beyond it a weight is held at e^300, which only keeps products of two weights finite."""


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
        Factor rho, above 0, of links between two unsolved nodes.
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


class WalkGraph(NamedTuple):
    """Links of unsolved nodes, which are numbered by rank: to one another, and to nodes of known groups.

    Attributes
    ----------
    nodes : int64, shape (n_unsolved,)
        Node of each rank, ascending.
    start, target, log_bf : shapes (n_unsolved + 1,), (n_walked,), (n_walked,)
        Links among unsolved nodes, both directions; targets are ranks.
    known_start, known_node, known_log_bf : shapes (n_unsolved + 1,), (n_ending,), (n_ending,)
        Links to known nodes, by number in the graph.
    known_group : int32, shape (n_ending,)
        Their groups.
    """

    nodes: LongInts
    start: LongInts
    target: Ints
    log_bf: Floats
    known_start: LongInts
    known_node: LongInts
    known_log_bf: Floats
    known_group: Ints


def walk_graph(graph: LinkGraph) -> WalkGraph:
    """Split the links of unsolved nodes into those a walk goes on along and those that end it."""
    is_unsolved = graph.known_cluster < 0
    rank = np.cumsum(is_unsolved) - 1
    origin = np.repeat(np.arange(is_unsolved.size), np.diff(graph.start))
    walked = is_unsolved[origin] & is_unsolved[graph.neighbour]
    ending = is_unsolved[origin] & ~is_unsolved[graph.neighbour]
    n_unsolved = int(is_unsolved.sum())
    known_node = graph.neighbour[ending].astype(np.int64)
    return WalkGraph(
        np.flatnonzero(is_unsolved),
        starts(rank[origin[walked]], n_unsolved),
        rank[graph.neighbour[walked]].astype(np.int32),
        graph.log_bf[walked],
        starts(rank[origin[ending]], n_unsolved),
        known_node,
        graph.log_bf[ending],
        graph.known_cluster[known_node].astype(np.int32),
    )


class WeightedWalk(NamedTuple):
    """A walk graph's weights under some hyperparameters, sets of strongly tied nodes made one.

    Attributes
    ----------
    weight, known_weight : float64, shapes (n_walked,), (n_ending,)
        Links inside a set have no weight.
    head, ring : int32, shape (n_unsolved,)
        First node of each node's set, and the next node of the set.
    """

    weight: Floats
    known_weight: Floats
    head: Ints
    ring: Ints


def weigh(
    walk: WalkGraph,
    parameters: ForestParameters,
    most_apart: float,
    heavy: float = np.inf,
    most_heavy_apart: float = 0.0,
) -> WeightedWalk:
    """Weigh every link and make one node of each set that is apart with a probability of at most `most_apart`.

    Sets held together by links of a weight above `heavy` may be apart with one of `most_heavy_apart`.
    """
    log_rho = float(np.log(parameters.unsolved_factor))
    weight = link_weights(walk.log_bf, parameters, log_rho)
    known_weight = link_weights(walk.known_log_bf, parameters)
    strong = np.flatnonzero(weight > 2.0 / most_apart)
    strong = strong[np.argsort(-weight[strong], kind="stable")]
    n_unsolved = walk.nodes.size
    head, ring = np.empty(n_unsolved, np.int32), np.empty(n_unsolved, np.int32)
    known_sum: Floats = np.zeros(n_unsolved)
    if strong.size:
        bound = max(1.0, parameters.unsolved_factor)  # a left-out known node's links may weigh more
        origin = np.repeat(np.arange(n_unsolved), np.diff(walk.known_start))
        known_sum += bound * np.bincount(origin, weights=known_weight, minlength=n_unsolved)
    contract_ties(walk.start, walk.target, weight, known_sum, strong, most_apart, heavy, most_heavy_apart, head, ring)
    return WeightedWalk(weight, known_weight, head, ring)


def link_weights(log_bf: Floats, parameters: ForestParameters, log_factor: float = 0.0) -> Floats:
    """Weigh links: exp(lambda log_bf - c), times a factor."""
    weight = parameters.exponent * log_bf
    weight -= parameters.new_series_log_weight - log_factor
    np.minimum(weight, LARGEST_LOG_WEIGHT, out=weight)
    return np.asarray(np.exp(weight, out=weight))


def starts(sorted_number: LongInts | Ints, n: int) -> LongInts:
    """Give where each of n numbers begins in a sorted list of them; shape (n + 1,)."""
    start = np.zeros(n + 1, dtype=np.int64)
    np.cumsum(np.bincount(sorted_number, minlength=n), out=start[1:])
    return start
