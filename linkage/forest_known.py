"""The posterior probability of each known group for single nodes: where walks from them end."""

import itertools
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import NamedTuple

import numpy as np

from linkage.forest_walk import (
    ForestError,
    ForestParameters,
    WalkGraph,
    WeightedWalk,
    link_weights,
    starts,
    walk_graph,
    weigh,
)
from linkage.link_graph import LinkGraph
from linkage.walk_equations import (
    ROWS_AT_ONCE,
    Floats,
    LongInts,
    group_masses,
    node_totals,
    own_totals,
    solve_walks,
    strongest_trees,
)

MOST_STEPS = 2_000
"""Conjugate gradients take 10 to 60 steps on a force's links; more than this is a failure worth a message."""

LARGEST_WEIGHT_SOLVED = 1e9
"""Beside it a double still holds the weight 1 of a root to seven digits."""

RUNGS = (1e-6, 1e-5, 1e-4, 1e-3)
"""Probabilities of being apart up to which sets are made one, each tried only while greater weights are left."""

WORTH_ELIMINATING = 0.5
"""Weight of a link above which eliminating it exactly saves more than it costs."""


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


class _Equations(NamedTuple):
    """Weights, and the strongest links among them that form trees."""

    weighted: WeightedWalk
    order: LongInts
    parent: LongInts
    parent_weight: Floats


def known_probabilities(
    rows: LongInts,
    graph: LinkGraph,
    parameters: ForestParameters,
    removed_start: LongInts | None = None,
    removed_cluster: LongInts | None = None,
    tolerance: float = 1e-6,
    walk: WalkGraph | None = None,
    n_workers: int = 1,
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
        No probability is further from the exact one; but where ties grow a millionfold from link to link, sets of
        nodes that are apart with a probability of at most `RUNGS` are made one, which may add as much.
    walk : WalkGraph, optional
        What `walk_graph` made of this graph, where it is asked many times.
    n_workers : int
        Threads; they change no probability.

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
    equations = _equations(walk, parameters, tolerance)
    with ThreadPoolExecutor(n_workers) as pool:
        if removed_cluster.size == 0 and rows.size > graph.n_known and np.all(graph.known_cluster[rows] < 0):
            ranks = np.searchsorted(walk.nodes, rows)
            groups = _blocks(np.arange(graph.n_known + 1))
            solve = partial(_group_block, ranks=ranks, walk=walk, equations=equations, tolerance=tolerance,
                            n_known=graph.n_known)  # fmt: skip
            return _rows_of_groups(list(pool.map(solve, groups)))
        solve_rows = partial(_row_block, graph=graph, walk=walk, equations=equations, parameters=parameters)
        gone = [removed_cluster[a:b] for a, b in itertools.pairwise(removed_start)]
        solved = pool.map(
            solve_rows,
            _blocks(rows),
            [gone[a : a + ROWS_AT_ONCE] for a in range(0, rows.size, ROWS_AT_ONCE)],
            itertools.repeat(tolerance),
        )
        return _sparse_rows(list(solved), tolerance)


def nobody_probabilities(walk: WalkGraph, parameters: ForestParameters, tolerance: float = 1e-4) -> Floats:
    """Give the posterior probability of no known group for every unsolved node, by rank: one system solved.

    Raises
    ------
    ForestError
        If the walk's equations cannot be solved to the tolerance.
    """
    equations = _equations(walk, parameters, tolerance)
    head = equations.weighted.head
    begun = np.bincount(head, minlength=head.size).astype(np.float64)[:, None]
    weights = (walk.start, equations.weighted.weight, walk.known_start, equations.weighted.known_weight, head)
    found = _solved(walk, equations, node_totals(*weights, 1), begun, 0.5 * tolerance, in_sum=False)
    return np.asarray(found[head, 0])


def _blocks(numbers: LongInts) -> list[LongInts]:
    return [numbers[a : a + ROWS_AT_ONCE] for a in range(0, numbers.size, ROWS_AT_ONCE)]


def _equations(walk: WalkGraph, parameters: ForestParameters, tolerance: float) -> _Equations:
    """Weigh the links; sets are made one only as far as the tolerance allows, or as doubles cannot do without."""
    for most_apart in (0.1 * tolerance, *(rung for rung in RUNGS if rung > 0.1 * tolerance)):
        weighted = weigh(walk, parameters, most_apart)
        if weighted.weight.max(initial=0.0) <= LARGEST_WEIGHT_SOLVED:
            break
    else:
        weighted = weigh(walk, parameters, 0.1 * tolerance)  # no rung helps: none may cost
    tie = np.flatnonzero(weighted.weight > WORTH_ELIMINATING)
    tie = tie[np.argsort(-weighted.weight[tie], kind="stable")]
    return _Equations(weighted, *strongest_trees(walk.start, walk.target, weighted.weight, weighted.head, tie))


def _row_block(
    rows: LongInts,
    removed_groups: list[LongInts],
    tolerance: float,
    graph: LinkGraph,
    walk: WalkGraph,
    equations: _Equations,
    parameters: ForestParameters,
) -> tuple[Floats, Floats]:
    """Solve for how often walks from each row's node visit the others; groups (n_known, n) and nobody (n,).

    A known source is left out of its group and of the equations: walks start at its unsolved neighbours, those
    that come back start again, and the rest is shared out in proportion.
    """
    n, m, weighted = walk.nodes.size, rows.size, equations.weighted
    total = node_totals(walk.start, weighted.weight, walk.known_start, weighted.known_weight, weighted.head, m)
    begun = np.zeros((n, m))
    direct, alone = np.zeros((graph.n_known, m)), np.zeros(m)
    source = np.where(graph.known_cluster[rows] >= 0, rows, -1)
    gone = np.zeros((m, graph.n_known), dtype=np.bool_)
    for c, node in enumerate(rows):
        removed = removed_groups[c]
        gone[c, removed] = True
        touched = [_unsolved_neighbours(graph, walk, np.flatnonzero(np.isin(graph.known_cluster, removed)))]
        if source[c] < 0:
            begun[weighted.head[np.searchsorted(walk.nodes, node)], c] = 1.0
        else:
            alone[c] = 1.0
            ends = graph.neighbour[graph.start[node] : graph.start[node + 1]]
            weight = link_weights(graph.log_bf[graph.start[node] : graph.start[node + 1]], parameters)
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
    visits = _solved(walk, equations, total, begun, 0.5 * tolerance, in_sum=True)
    ended = group_masses(
        visits, weighted.head, walk.known_start, walk.known_node, weighted.known_weight, graph.known_cluster, source,
        graph.n_known,
    )  # fmt: skip
    ended = np.where(gone.T, 0.0, ended + direct)
    set_size = np.bincount(weighted.head, minlength=n)
    nobody = alone + set_size @ visits
    whole = nobody + ended.sum(axis=0)
    return ended / whole, nobody / whole


def _group_block(
    groups: LongInts,
    ranks: LongInts,
    walk: WalkGraph,
    equations: _Equations,
    tolerance: float,
    n_known: int,
) -> tuple[LongInts, LongInts, Floats, Floats]:
    """Solve for some groups, and for nobody as the group after the last, from all nodes at once.

    Gives rows, groups and probabilities, and the probability of nobody in the block that holds it.
    """
    n, weighted = walk.nodes.size, equations.weighted
    begun = np.zeros((n, groups.size))
    origin = weighted.head[np.repeat(np.arange(n), np.diff(walk.known_start))]
    here = (walk.known_group >= groups[0]) & (walk.known_group <= groups[-1])
    np.add.at(begun, (origin[here], walk.known_group[here] - groups[0]), weighted.known_weight[here])
    if groups[-1] == n_known:
        begun[:, -1] = np.bincount(weighted.head, minlength=n)
    total = node_totals(
        walk.start, weighted.weight, walk.known_start, weighted.known_weight, weighted.head, groups.size
    )
    found = _solved(walk, equations, total, begun, 0.5 * tolerance, in_sum=False)[weighted.head[ranks]]
    n_groups = int((groups < n_known).sum())
    row, column = np.nonzero(found[:, :n_groups] >= tolerance)
    return row, groups[column], found[row, column], found[:, n_groups:].ravel()


def _rows_of_groups(blocks: list[tuple[LongInts, LongInts, Floats, Floats]]) -> KnownProbabilities:
    row, cluster, probability, nobody = (np.concatenate(parts) for parts in zip(*blocks, strict=True))
    order = np.argsort(row, kind="stable")
    return KnownProbabilities(starts(row, nobody.size), cluster[order], probability[order], nobody)


def _solved(
    walk: WalkGraph, equations: _Equations, total: Floats, begun: Floats, tolerance: float, in_sum: bool
) -> Floats:
    weighted = equations.weighted
    x, size = solve_walks(
        walk.start, walk.target, weighted.weight, weighted.head, equations.order, equations.parent,
        equations.parent_weight, total, begun, tolerance, in_sum, MOST_STEPS,
    )  # fmt: skip
    if not np.all(size <= tolerance):
        raise ForestError(
            f"tolerance: expected the walks' equations to be solved to {tolerance:.1g} in {MOST_STEPS} steps, "
            f"got {np.nanmax(size):.1g}; ask for less, or lower the largest log_bf"
        )
    return np.asarray(x)


def _sparse_rows(blocks: list[tuple[Floats, Floats]], tolerance: float) -> KnownProbabilities:
    counts, cluster, probability = [np.zeros(1, np.int64)], [], []
    for ended, _ in blocks:
        r, k = np.nonzero(tolerance <= ended.T)
        counts.append(np.bincount(r, minlength=ended.shape[1]))
        cluster.append(k)
        probability.append(ended.T[r, k])
    empty = np.zeros(0)
    return KnownProbabilities(
        np.cumsum(np.concatenate(counts)),
        np.concatenate([empty.astype(np.int64), *cluster]),
        np.concatenate([empty, *probability]),
        np.concatenate([empty, *(nobody for _, nobody in blocks)]),
    )


def _unsolved_neighbours(graph: LinkGraph, walk: WalkGraph, nodes: LongInts) -> LongInts:
    """Give the ranks of unsolved nodes linked to some known ones; they may repeat."""
    ends = [graph.neighbour[graph.start[node] : graph.start[node + 1]] for node in nodes]
    found = np.concatenate([np.zeros(0, np.int32), *ends])
    return np.searchsorted(walk.nodes, found[graph.known_cluster[found] < 0])


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
