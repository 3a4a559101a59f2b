"""Where walks from crimes left out end: for the many evaluations of learning.

`linkage.forest.known_probabilities` solves whole equations to a proven bound. Learning asks for a thousand crimes a
hundred times. So around each crime the nodes where its walks are most are chosen once; under any hyperparameters the
walk among them is solved exactly, and what leaves them ends as walks from there do when nobody is left out. A crime's
cost then does not grow with the force, ties of any strength cost nothing, and figures change smoothly with the
hyperparameters, as fitting a surface to them needs.
"""

from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from linkage.forest_walk import ForestParameters, link_weights
from linkage.link_graph import LinkGraph

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]
LongInts = npt.NDArray[np.int64]

ROWS_PER_TASK = 50


class Surroundings(NamedTuple):
    """Nodes around each crime left out.

    Attributes
    ----------
    row, own_start, own_cluster : int64, shapes (n_rows,), (n_rows + 1,), (n_own,)
        The nodes left out, and the known groups of each that are its own.
    start : int64, shape (n_rows + 1,)
        Where the nodes around each begin.
    node : int64, shape (n_around,)
        The row's own node, then unsolved ones in the order in which they were chosen.
    """

    row: LongInts
    own_start: LongInts
    own_cluster: LongInts
    start: LongInts
    node: LongInts


class NearEnds(NamedTuple):
    """Where walks from the crimes left out end.

    Attributes
    ----------
    own, nobody : float64, shape (n_rows,)
        Probability of its own groups, and of no known group.
    outside : float64, shape (n_rows,)
        Probability of leaving the nodes around it, which is in the two others as walks from there end.
    """

    own: Floats
    nobody: Floats
    outside: Floats


def surroundings(
    row: LongInts,
    own_start: LongInts,
    own_cluster: LongInts,
    graph: LinkGraph,
    parameters: ForestParameters,
    n_around: int,
) -> Surroundings:
    """Choose the unsolved nodes where walks from each row are most while its own groups do not exist.

    Nodes are added where most of what leaves the nodes before goes: twice as many each time, until there are
    ``n_around``.

    Parameters
    ----------
    row : int64, shape (n_rows,)
        Nodes left out, which may repeat; a known node is taken as unsolved in its own row.
    own_start, own_cluster : int64, shapes (n_rows + 1,), (n_own,)
    graph : LinkGraph
    parameters : ForestParameters
        Others, not too far off, can then be asked about.
    n_around : int
    """
    weight = _weights(graph, parameters)
    start, node = _chosen_around(
        row, own_start, own_cluster, graph.start, graph.neighbour, weight, graph.known_cluster, graph.n_known,
        parameters.unsolved_factor, n_around,
    )  # fmt: skip
    return Surroundings(row, own_start, own_cluster, start, node)


def near_ends(
    around: Surroundings,
    graph: LinkGraph,
    parameters: ForestParameters,
    is_own_there: bool,
    nobody_from: Floats,
    n_threads: int = 1,
) -> NearEnds:
    """Say where walks from each row end, its own groups there or removed with all their nodes.

    Parameters
    ----------
    nobody_from : float64, shape (n_nodes,)
        Probability of no known group from each unsolved node (`nobody_probabilities`), for walks that leave the
        nodes around. What of them ends in known groups is shared among these as within.
    n_threads : int
        Changes no result.
    """
    weight, n_rows = _weights(graph, parameters), around.row.size
    found = NearEnds(*(np.zeros(n_rows) for _ in range(3)))

    def fill(first: int) -> None:
        _ends_of_rows(
            first, min(first + ROWS_PER_TASK, n_rows), *around, is_own_there, graph.start, graph.neighbour, weight,
            graph.known_cluster, graph.n_known, parameters.unsolved_factor, nobody_from, *found,
        )  # fmt: skip

    with ThreadPoolExecutor(n_threads) as threads:
        list(threads.map(fill, range(0, n_rows, ROWS_PER_TASK)))
    return found


def _weights(graph: LinkGraph, parameters: ForestParameters) -> Floats:
    """Weigh every link; those of a node left out as those of a known one."""
    weight = link_weights(graph.log_bf, parameters)
    is_unsolved = graph.known_cluster < 0
    both = np.repeat(is_unsolved, np.diff(graph.start)) & is_unsolved[graph.neighbour]
    weight[both] *= parameters.unsolved_factor
    return weight


@njit(cache=True, nogil=True)
def _eliminate(link: Floats, ends: Floats, out: Floats) -> None:
    """Eliminate all nodes but the first, the last one first; weights of where its walks end remain in ``ends[0]``.

    Nothing is subtracted, so weights of any size lose no digit (Grassmann, Taksar and Heyman 1985, Operations
    Research 33). Links are symmetric, and only those below the diagonal are read. A row keeps what it held when its
    node was eliminated, ``out`` their sum.
    """
    for m in range(link.shape[0] - 1, 0, -1):
        total = 0.0
        for j in range(m):
            total += link[m, j]
        for c in range(ends.shape[1]):
            total += ends[m, c]
        out[m] = total
        for i in range(m):
            share = link[m, i] / total
            if share > 0.0:
                for j in range(i):
                    link[i, j] += share * link[m, j]
                for c in range(ends.shape[1]):
                    ends[i, c] += share * ends[m, c]


@njit(cache=True, nogil=True)
def _chosen_around(
    row: LongInts,
    own_start: LongInts,
    own_cluster: LongInts,
    start: LongInts,
    neighbour: Ints,
    weight: Floats,
    known_cluster: LongInts,
    n_known: int,
    unsolved_factor: float,
    n_around: int,
) -> tuple[LongInts, LongInts]:
    node_start, node = np.zeros(row.size + 1, np.int64), np.empty(row.size * n_around, np.int64)
    place, own_in = np.full(known_cluster.size, -1, np.int64), np.full(n_known, -1, np.int64)
    flow, met = np.full(known_cluster.size, -1.0), np.empty(known_cluster.size, np.int64)
    for r in range(row.size):
        for k in own_cluster[own_start[r] : own_start[r + 1]]:
            own_in[k] = r
        factor = unsolved_factor if known_cluster[row[r]] >= 0 else 1.0
        chosen, n = node[node_start[r] :], 1
        chosen[0], place[row[r]] = row[r], 0
        while n < n_around:
            link, ends, out, visits = np.zeros((n, n)), np.ones((n, 1)), np.zeros(n), np.zeros(n)
            for i in range(n):
                for e in range(start[chosen[i]], start[chosen[i] + 1]):
                    v, j, k = neighbour[e], place[neighbour[e]], known_cluster[neighbour[e]]
                    if j >= 0:
                        link[i, j] = weight[e] * factor if i == 0 or j == 0 else weight[e]
                    elif k < 0 or own_in[k] != r:
                        ends[i, 0] += weight[e] * factor if i == 0 and k < 0 else weight[e]
            _eliminate(link, ends, out)
            visits[0] = 1.0 / ends[0, 0]
            n_met = 0
            for i in range(n):
                for j in range(i):
                    visits[i] += visits[j] * link[i, j] / out[i]
                for e in range(start[chosen[i]], start[chosen[i] + 1]):
                    v = neighbour[e]
                    if place[v] < 0 and known_cluster[v] < 0:
                        if flow[v] < 0.0:
                            flow[v] = 0.0
                            met[n_met] = v
                            n_met += 1
                        flow[v] += visits[i] * (weight[e] * factor if i == 0 else weight[e])
            strongest = met[:n_met][np.argsort(-flow[met[:n_met]], kind="mergesort")]
            for v in strongest[: min(max(n, 7), n_around - n)]:
                chosen[n], place[v] = v, n
                n += 1
            flow[met[:n_met]] = -1.0
            if n_met == 0:
                break
        place[chosen[:n]] = -1
        node_start[r + 1] = node_start[r] + n
    return node_start, node[: node_start[-1]].copy()


@njit(cache=True, nogil=True)
def _ends_of_rows(
    first: int,
    last: int,
    row: LongInts,
    own_start: LongInts,
    own_cluster: LongInts,
    node_start: LongInts,
    node: LongInts,
    is_own_there: bool,
    start: LongInts,
    neighbour: Ints,
    weight: Floats,
    known_cluster: LongInts,
    n_known: int,
    unsolved_factor: float,
    nobody_from: Floats,
    own: Floats,
    nobody: Floats,
    outside: Floats,
) -> None:
    """Fill `own`, `nobody` and `outside` of some rows."""
    place, own_in = np.full(known_cluster.size, -1, np.int64), np.full(n_known, -1, np.int64)
    for r in range(first, last):
        for k in own_cluster[own_start[r] : own_start[r + 1]]:
            own_in[k] = r
        factor = unsolved_factor if known_cluster[row[r]] >= 0 else 1.0
        chosen = node[node_start[r] : node_start[r + 1]]
        n = chosen.size
        place[chosen] = np.arange(n)
        # Own groups, other groups, nobody; and from outside: some group, nobody.
        link, ends, out = np.zeros((n, n)), np.zeros((n, 5)), np.zeros(n)
        for i in range(n):
            ends[i, 2] = 1.0
            for e in range(start[chosen[i]], start[chosen[i] + 1]):
                v, j, k = neighbour[e], place[neighbour[e]], known_cluster[neighbour[e]]
                w = weight[e]
                if j >= 0:
                    link[i, j] = w * factor if i == 0 or j == 0 else w
                elif k < 0:
                    w = w * factor if i == 0 else w
                    ends[i, 3] += w * (1.0 - nobody_from[v])
                    ends[i, 4] += w * nobody_from[v]
                elif own_in[k] != r:
                    ends[i, 1] += w
                elif is_own_there:
                    ends[i, 0] += w
        _eliminate(link, ends, out)
        whole, known = ends[0].sum(), ends[0, 0] + ends[0, 1]
        own[r] = ends[0, 0] * (1.0 + ends[0, 3] / known) / whole if known > 0.0 else 0.0
        nobody[r] = (ends[0, 2] + ends[0, 4]) / whole
        outside[r] = (ends[0, 3] + ends[0, 4]) / whole
        place[chosen] = -1
