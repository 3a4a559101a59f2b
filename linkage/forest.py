"""The forest model of co-linkage: where a walk over links ends, and whole forests drawn independently.

A forest's probability is the product of its links' weights, each tree holding one root: a known group, or one
unsolved node with weight 1 ("somebody not yet known"). The root seen from a node is where a walk ends which steps
along a link with probability weight / (1 + sum of weights) and stops with 1 / (1 + sum of weights), known groups
ending it; the sum over all forests is det(I + D - W) (matrix-tree theorem). Loop-erased walks draw whole forests
(Wilson, "Generating random spanning trees more quickly than the cover time", 1996).
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np

from linkage.forest_kernels import (
    ROWS_AT_ONCE,
    Floats,
    Ints,
    LongInts,
    contract_ties,
    draw_tree_labels,
    group_masses,
    node_totals,
    own_totals,
    solve_walks,
)
from linkage.link_graph import LinkGraph

DRAWS_PER_BLOCK = 125
"""Draws of one generator; results do not depend on who draws which block."""

LARGEST_LOG_WEIGHT = 300.0
"""Beyond it a weight is held at e^300, which only keeps products of two weights finite."""

MOST_STEPS = 2_000
"""Conjugate gradients take 10 to 40 steps on a force's links; more than this is a failure worth a message."""

MOST_APART_DRAWN = 1e-4
"""A set of nodes is drawn as one where its probability of being apart is proven to be less: see `contract_ties`."""


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


class KnownProbabilities(NamedTuple):
    """Probability of each known group and of nobody known, a row for each node asked for.

    Attributes
    ----------
    row_start : int64, shape (n_rows + 1,)
        Where the groups of each row begin.
    cluster : int64, shape (n_found,)
        Numbers of known groups, ascending within a row; those less probable than the tolerance are left out.
    probability : float64, shape (n_found,)
    nobody : float64, shape (n_rows,)
        Probability that the node is in no known group's series.
    """

    row_start: LongInts
    cluster: LongInts
    probability: Floats
    nobody: Floats


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
        _starts(rank[origin[walked]], n_unsolved),
        rank[graph.neighbour[walked]].astype(np.int32),
        graph.log_bf[walked],
        _starts(rank[origin[ending]], n_unsolved),
        known_node,
        graph.log_bf[ending],
        graph.known_cluster[known_node].astype(np.int32),
    )


class _Weighted(NamedTuple):
    """A walk graph's weights under some hyperparameters, sets of strongly tied nodes made one."""

    weight: Floats
    known_weight: Floats
    head: Ints
    ring: Ints


def known_probabilities(
    rows: LongInts,
    graph: LinkGraph,
    parameters: ForestParameters,
    removed_start: LongInts | None = None,
    removed_cluster: LongInts | None = None,
    tolerance: float = 1e-6,
    walk: WalkGraph | None = None,
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
        No probability is further from the exact one.
    walk : WalkGraph, optional
        What `walk_graph` made of this graph, where it is asked many times.

    Raises
    ------
    ForestError
        If a node or a group is not in the graph, the tolerance is not between 0 and 1, or the walk's equations
        cannot be solved to it.
    """
    rows = np.ascontiguousarray(rows, dtype=np.int64)
    if removed_start is None or removed_cluster is None:
        removed_start, removed_cluster = np.zeros(rows.size + 1, np.int64), np.zeros(0, np.int64)
    _check_rows(rows, graph, removed_start, removed_cluster, tolerance)
    walk = walk_graph(graph) if walk is None else walk
    weighted = _weigh(walk, parameters, 0.1 * tolerance)
    if removed_cluster.size == 0 and rows.size > graph.n_known and np.all(graph.known_cluster[rows] < 0):
        return _by_group(np.searchsorted(walk.nodes, rows), graph.n_known, walk, weighted, tolerance)
    blocks = [
        _row_block(rows[a : a + ROWS_AT_ONCE], removed_start[a : a + ROWS_AT_ONCE + 1], removed_cluster, graph, walk,
                   weighted, parameters, tolerance)
        for a in range(0, rows.size, ROWS_AT_ONCE)
    ]  # fmt: skip
    return _sparse_rows(blocks)


def draw_forest(rng: np.random.Generator, graph: LinkGraph, parameters: ForestParameters) -> Ints:
    """Draw which nodes are in one tree, independently of any earlier draw.

    Nodes that are one tree with a probability of at least 0.9999 are always drawn so (`MOST_APART_DRAWN`); else
    walks would go back and forth between them for long. All else is exact.

    Returns
    -------
    int32, shape (n_unsolved,)
        For each unsolved node in ascending order, the number of its known group, or ``n_known`` plus the rank of
        its tree's root among the unsolved nodes. Equal numbers mean one tree.
    """
    walk = walk_graph(graph)
    labels = np.empty(walk.nodes.size, np.int32)
    _draw(rng, walk, parameters, graph.n_known, labels)
    return labels


def sample_forests(
    graph: LinkGraph,
    parameters: Sequence[ForestParameters],
    n_draws: int,
    seeds: np.random.SeedSequence,
    n_workers: int = 1,
) -> Ints:
    """Draw which nodes share an offender, again and again, each time with other hyperparameters.

    Parameters
    ----------
    graph : LinkGraph
    parameters : sequence of ForestParameters
        Draw d uses the d-th, starting again where there are fewer than draws.
    n_draws : int
    seeds : SeedSequence
        Equal seeds give equal draws; it is not changed.
    n_workers : int
        Threads; they change no draw.

    Returns
    -------
    int32, shape (n_draws, n_unsolved)
        As `draw_forest` gives them.
    """
    if n_draws < 1 or len(parameters) < 1:
        raise ForestError(f"n_draws, parameters: expected at least one each, got {n_draws} and {len(parameters)}")
    walk = walk_graph(graph)
    labels = np.empty((n_draws, walk.nodes.size), np.int32)
    draw = partial(_draw_block, walk, parameters, graph.n_known, labels, seeds)
    with ThreadPoolExecutor(n_workers) as pool:
        list(pool.map(draw, range(0, n_draws, DRAWS_PER_BLOCK)))
    return labels


def _draw_block(
    walk: WalkGraph,
    parameters: Sequence[ForestParameters],
    n_known: int,
    labels: Ints,
    seeds: np.random.SeedSequence,
    first: int,
) -> None:
    block = np.random.SeedSequence(seeds.entropy, spawn_key=(*seeds.spawn_key, first // DRAWS_PER_BLOCK))
    rng = np.random.default_rng(block)
    for d in range(first, min(first + DRAWS_PER_BLOCK, labels.shape[0])):
        _draw(rng, walk, parameters[d % len(parameters)], n_known, labels[d])


def _draw(rng: np.random.Generator, walk: WalkGraph, parameters: ForestParameters, n_known: int, labels: Ints) -> None:
    weight, known_weight, head, ring = _weigh(walk, parameters, MOST_APART_DRAWN)
    draw_tree_labels(
        rng, walk.start, walk.target, weight, walk.known_start, walk.known_group, known_weight, head, ring, n_known,
        labels,
    )  # fmt: skip


def _weigh(walk: WalkGraph, parameters: ForestParameters, most_apart: float) -> _Weighted:
    """Weigh every link and make one node of each set that is apart with a probability of at most `most_apart`."""
    log_rho = float(np.log(parameters.unsolved_factor))
    weight = _exponentials(walk.log_bf, parameters, log_rho)
    known_weight = _exponentials(walk.known_log_bf, parameters, 0.0)
    strong = np.flatnonzero(weight > 2.0 / most_apart)
    strong = strong[np.argsort(-weight[strong], kind="stable")]
    n_unsolved = walk.nodes.size
    head, ring = np.empty(n_unsolved, np.int32), np.empty(n_unsolved, np.int32)
    known_sum = np.zeros(n_unsolved)
    if strong.size:
        bound = max(1.0, parameters.unsolved_factor)  # a left-out known node's links may weigh more
        origin = np.repeat(np.arange(n_unsolved), np.diff(walk.known_start))
        known_sum = bound * np.bincount(origin, weights=known_weight, minlength=n_unsolved)
    contract_ties(walk.start, walk.target, weight, known_sum, strong, most_apart, head, ring)
    return _Weighted(weight, known_weight, head, ring)


def _exponentials(log_bf: Floats, parameters: ForestParameters, more: float) -> Floats:
    weight = parameters.exponent * log_bf
    weight -= parameters.new_series_log_weight - more
    np.minimum(weight, LARGEST_LOG_WEIGHT, out=weight)
    return np.asarray(np.exp(weight, out=weight))


def _row_block(
    rows: LongInts,
    removed_start: LongInts,
    removed_cluster: LongInts,
    graph: LinkGraph,
    walk: WalkGraph,
    weighted: _Weighted,
    parameters: ForestParameters,
    tolerance: float,
) -> tuple[Floats, Floats, float]:
    """Solve for how often walks from each row's node visit the others; groups (n_known, n), nobody (n,), floor.

    A known source is left out of its group and of the equations: walks start at its unsolved neighbours, those
    that come back start again, and the rest is shared out in proportion.
    """
    n, m = walk.nodes.size, rows.size
    total = node_totals(walk.start, weighted.weight, walk.known_start, weighted.known_weight, weighted.head, m)
    begun = np.zeros((n, m))
    direct, alone = np.zeros((graph.n_known, m)), np.zeros(m)
    source = np.where(graph.known_cluster[rows] >= 0, rows, -1)
    gone = np.zeros((m, graph.n_known), dtype=np.bool_)
    for c, node in enumerate(rows):
        removed = removed_cluster[removed_start[c] : removed_start[c + 1]]
        gone[c, removed] = True
        touched = [_unsolved_neighbours(graph, walk, np.flatnonzero(np.isin(graph.known_cluster, removed)))]
        if source[c] < 0:
            begun[weighted.head[np.searchsorted(walk.nodes, node)], c] = 1.0
        else:
            alone[c] = 1.0
            ends = graph.neighbour[graph.start[node] : graph.start[node + 1]]
            weight = _exponentials(graph.log_bf[graph.start[node] : graph.start[node + 1]], parameters, 0.0)
            group = graph.known_cluster[ends]
            np.add.at(direct[:, c], group[group >= 0], weight[group >= 0])
            ranks = np.searchsorted(walk.nodes, ends[group < 0])
            np.add.at(begun[:, c], weighted.head[ranks], parameters.unsolved_factor * weight[group < 0])
            touched.append(ranks)
        own_totals(
            np.unique(weighted.head[np.concatenate(touched)]).astype(np.int64), c, walk.start, weighted.weight,
            walk.known_start, walk.known_node, weighted.known_weight, gone[c], graph.known_cluster, source[c],
            parameters.unsolved_factor, weighted.head, weighted.ring, total,
        )  # fmt: skip
    visits = _solved(walk, weighted, total, begun, 0.5 * tolerance, in_sum=True)
    ended = group_masses(
        visits, weighted.head, walk.known_start, walk.known_node, weighted.known_weight, graph.known_cluster, source,
        graph.n_known,
    )  # fmt: skip
    ended = np.where(gone.T, 0.0, ended + direct)
    set_size = np.bincount(weighted.head, minlength=n)
    alone += set_size @ visits
    whole = alone + ended.sum(axis=0)
    return ended / whole, alone / whole, tolerance


def _by_group(
    ranks: LongInts, n_known: int, walk: WalkGraph, weighted: _Weighted, tolerance: float
) -> KnownProbabilities:
    """Solve once for each known group and once for nobody, which gives all rows at once."""
    n = walk.nodes.size
    origin = weighted.head[np.repeat(np.arange(n), np.diff(walk.known_start))]
    by_group = np.argsort(walk.known_group, kind="stable")
    group_start = _starts(np.sort(walk.known_group), n_known)
    row, cluster, probability = [], [], []
    heads = weighted.head[ranks]
    nobody = np.empty(ranks.size)
    base = node_totals(walk.start, weighted.weight, walk.known_start, weighted.known_weight, weighted.head, 1)
    for a in range(0, n_known + 1, ROWS_AT_ONCE):
        groups = np.arange(a, min(a + ROWS_AT_ONCE, n_known + 1))
        begun = np.zeros((n, groups.size))
        for c, k in enumerate(groups):
            if k == n_known:
                begun[:, c] = np.bincount(weighted.head, minlength=n)
            else:
                ends = by_group[group_start[k] : group_start[k + 1]]
                begun[:, c] = np.bincount(origin[ends], weights=weighted.known_weight[ends], minlength=n)
        total = np.ascontiguousarray(np.broadcast_to(base, begun.shape))
        found = _solved(walk, weighted, total, begun, 0.5 * tolerance, in_sum=False)[heads]
        if groups[-1] == n_known:
            nobody = found[:, -1]
            found = found[:, :-1]
        r, c = np.nonzero(found >= tolerance)
        row.append(r)
        cluster.append(groups[c])
        probability.append(found[r, c])
    rows = np.concatenate(row)
    order = np.argsort(rows, kind="stable")
    return KnownProbabilities(
        _starts(rows, ranks.size), np.concatenate(cluster)[order], np.concatenate(probability)[order], nobody
    )


def _solved(
    walk: WalkGraph, weighted: _Weighted, total: Floats, begun: Floats, tolerance: float, in_sum: bool
) -> Floats:
    x, size = solve_walks(
        walk.start, walk.target, weighted.weight, weighted.head, total, begun, tolerance, in_sum, MOST_STEPS
    )
    if not np.all(size <= tolerance):
        raise ForestError(
            f"tolerance: expected the walks' equations to be solved to {tolerance:.1g} in {MOST_STEPS} steps, "
            f"got {np.nanmax(size):.1g}; ask for less, or lower the largest log_bf"
        )
    return np.asarray(x)


def _sparse_rows(blocks: list[tuple[Floats, Floats, float]]) -> KnownProbabilities:
    counts, cluster, probability = [np.zeros(1, np.int64)], [], []
    for ended, _, floor in blocks:
        r, k = np.nonzero(floor <= ended.T)
        counts.append(np.bincount(r, minlength=ended.shape[1]))
        cluster.append(k)
        probability.append(ended.T[r, k])
    empty = np.zeros(0)
    return KnownProbabilities(
        np.cumsum(np.concatenate(counts)),
        np.concatenate([empty.astype(np.int64), *cluster]),
        np.concatenate([empty, *probability]),
        np.concatenate([empty, *(nobody for _, nobody, _ in blocks)]),
    )


def _unsolved_neighbours(graph: LinkGraph, walk: WalkGraph, nodes: LongInts) -> LongInts:
    """Give the ranks of unsolved nodes linked to some known ones; they may repeat."""
    ends = [graph.neighbour[graph.start[node] : graph.start[node + 1]] for node in nodes]
    found = np.concatenate([np.zeros(0, np.int32), *ends])
    return np.searchsorted(walk.nodes, found[graph.known_cluster[found] < 0])


def _starts(sorted_number: LongInts | Ints, n: int) -> LongInts:
    start = np.zeros(n + 1, dtype=np.int64)
    np.cumsum(np.bincount(sorted_number, minlength=n), out=start[1:])
    return start


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
