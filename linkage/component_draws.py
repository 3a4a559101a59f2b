"""Draws of the forests of one component, and what they say of known groups.

A draw tells whether a crime is in a known group. Less noisy is the mean, over a crime's links, of what the draw says
of the neighbours: the sum over v of p(u -> v) h(v), where p is the walk's first step and h(v) is 1 if v was drawn in
the group. The true probability solves these very equations (it is harmonic), so the mean over draws is unbiased; it is
not the conditional probability given the rest of the draw. On the draws of one force its error was 0.0038 (root mean
square, 500 draws) where counting had 0.0150.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from linkage.forest import ForestParameters, sample_forests
from linkage.link_graph import LinkGraph

Ints = NDArray[np.int32]
LongInts = NDArray[np.int64]
Floats = NDArray[np.float64]


class BlockDraws(NamedTuple):
    """Draws of a block with the sums, over its draws, of what they say of known groups.

    Attributes
    ----------
    labels : int32, shape (n_draws, n_unsolved)
        As `draw_forest` gives them.
    row, cluster : int32, shape (n_found,)
        Rank of an unsolved node and number of a known group, ascending.
    total : float64, shape (n_found,)
        Sum of the probabilities of that group; sums below the share asked for are left out.
    nobody : float64, shape (n_unsolved,)
        Sum of the probabilities of no known group, exact whatever was left out.
    """

    labels: Ints
    row: Ints
    cluster: Ints
    total: Floats
    nobody: Floats


def draw_block(graph: LinkGraph, theta: Floats, seeds: np.random.SeedSequence, least: float) -> BlockDraws:
    """Draw one forest for each row of hyperparameters.

    Parameters
    ----------
    graph : LinkGraph
        Of one component, as `component_graph` cuts it out.
    theta : float64, shape (n_draws, 3)
        New series' log weight, exponent and unsolved factor of each draw.
    seeds : SeedSequence
    least : float
        Least mean probability of a known group that is kept.
    """
    parameters = [ForestParameters(*map(float, row)) for row in theta]
    labels = sample_forests(graph, parameters, len(theta), seeds)
    start, target, log_bf = _links_of_unsolved(graph)
    row, cluster, total, nobody = _group_sums(
        start,
        target,
        log_bf,
        np.ascontiguousarray(labels.T),
        np.ascontiguousarray(theta[:, 0]),
        np.ascontiguousarray(theta[:, 1]),
        np.log(theta[:, 2]),
        graph.n_known,
        least * len(theta),
    )
    return BlockDraws(labels, row, cluster, total, nobody)


def _links_of_unsolved(graph: LinkGraph) -> tuple[LongInts, Ints, Floats]:
    """List each unsolved node's links: the rank of an unsolved neighbour, or -1 minus the number of a known group."""
    is_unsolved = graph.known_cluster < 0
    degree = np.diff(graph.start)
    start = np.zeros(int(is_unsolved.sum()) + 1, dtype=np.int64)
    np.cumsum(degree[is_unsolved], out=start[1:])
    is_kept = np.repeat(is_unsolved, degree)
    neighbour = graph.neighbour[is_kept]
    rank = np.cumsum(is_unsolved) - 1
    target = np.where(is_unsolved[neighbour], rank[neighbour], -1 - graph.known_cluster[neighbour])
    return start, target.astype(np.int32), graph.log_bf[is_kept]


@njit(cache=True, nogil=True)
def _group_sums(
    start: LongInts,
    target: Ints,
    log_bf: Floats,
    labels: Ints,
    log_weight_new: Floats,
    exponent: Floats,
    log_factor: Floats,
    n_known: int,
    least: float,
) -> tuple[Ints, Ints, Floats, Floats]:
    """Sum over draws each node's mean, over its first steps, of the groups that its neighbours were drawn in."""
    n, n_draws = labels.shape
    largest_degree = 0
    for u in range(n):
        largest_degree = max(largest_degree, start[u + 1] - start[u])
    weight = np.empty((largest_degree, n_draws))
    share = np.empty(n_draws)
    nobody = np.zeros(n)
    ended, is_reached = np.zeros(n_known), np.zeros(n_known, np.bool_)
    reached = np.empty(n_known, np.int32)
    room, found = 1024, 0
    row, cluster, total = np.empty(room, np.int32), np.empty(room, np.int32), np.empty(room)
    for u in range(n):
        share[:] = 1.0
        n_reached = 0
        first = start[u]
        for e in range(first, start[u + 1]):
            for d in range(n_draws):
                log_weight = exponent[d] * log_bf[e] - log_weight_new[d]
                if target[e] >= 0:
                    log_weight += log_factor[d]
                w = np.exp(min(log_weight, 300.0))
                weight[e - first, d] = w
                share[d] += w
        for d in range(n_draws):
            share[d] = 1.0 / share[d]
            nobody[u] += share[d]
        for e in range(first, start[u + 1]):
            v = target[e]
            for d in range(n_draws):
                k = labels[v, d] if v >= 0 else -1 - v
                if k >= n_known:
                    nobody[u] += weight[e - first, d] * share[d]
                    continue
                if not is_reached[k]:
                    is_reached[k] = True
                    reached[n_reached] = k
                    n_reached += 1
                ended[k] += weight[e - first, d] * share[d]
        if found + n_reached > room:
            room = 2 * (found + n_reached)
            wide_row, wide_cluster, wide_total = np.empty(room, np.int32), np.empty(room, np.int32), np.empty(room)
            wide_row[:found], wide_cluster[:found] = row[:found], cluster[:found]
            wide_total[:found] = total[:found]
            row, cluster, total = wide_row, wide_cluster, wide_total
        for k in np.sort(reached[:n_reached]):
            if ended[k] >= least:
                row[found], cluster[found], total[found] = u, k, ended[k]
                found += 1
            ended[k] = 0.0
            is_reached[k] = False
    return row[:found].copy(), cluster[:found].copy(), total[:found].copy(), nobody
