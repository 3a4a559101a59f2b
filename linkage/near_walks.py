"""Where walks from single nodes end, followed only as far as they matter: for the many evaluations of learning.

`linkage.forest.known_probabilities` solves whole equations to a proven bound. Learning asks for a few thousand nodes
hundreds of times and needs two digits, so here mass is pushed outward from a node until little is left on its way,
and the cost of a node does not grow with the force.
"""

import numpy as np
import numpy.typing as npt
from numba import njit

from linkage.forest_known import KnownProbabilities
from linkage.forest_walk import ForestParameters
from linkage.link_graph import LinkGraph

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]
LongInts = npt.NDArray[np.int64]

_LARGEST = 300.0  # of a log weight: products of two weights stay finite


def near_probabilities(
    rows: LongInts,
    graph: LinkGraph,
    parameters: ForestParameters,
    removed_start: LongInts,
    removed_cluster: LongInts,
    tolerance: float,
) -> KnownProbabilities:
    """Give the probability of every known group for some nodes, each by itself.

    Parameters
    ----------
    rows : int64, shape (n_rows,)
        Nodes of the graph, which may repeat. A known node is taken as unsolved in its own row.
    graph : LinkGraph
    parameters : ForestParameters
    removed_start : int64, shape (n_rows + 1,)
        Where the removed groups of each row begin.
    removed_cluster : int64, shape (n_removed,)
        Known groups that do not exist, with all their nodes, in that row.
    tolerance : float
        Mass that may be left on its way; it is shared out in proportion, so no probability is further off than this.
    """
    log_weight = parameters.exponent * graph.log_bf - parameters.new_series_log_weight
    weight = np.exp(np.minimum(log_weight, _LARGEST))
    is_unsolved = graph.known_cluster < 0
    both = np.repeat(is_unsolved, np.diff(graph.start)) & is_unsolved[graph.neighbour]
    weight[both] *= parameters.unsolved_factor
    total = np.ones(is_unsolved.size)
    np.add.at(total, np.repeat(np.arange(is_unsolved.size), np.diff(graph.start)), weight)
    by_group = np.argsort(graph.known_cluster, kind="stable")
    group_start = np.searchsorted(graph.known_cluster[by_group], np.arange(graph.n_known + 1))
    return KnownProbabilities(
        *_near_probabilities(
            rows,
            graph.start,
            graph.neighbour,
            weight,
            total,
            graph.known_cluster,
            by_group,
            group_start,
            parameters.unsolved_factor,
            removed_start,
            removed_cluster,
            tolerance,
        )
    )


@njit(cache=True, nogil=True)
def _near_probabilities(
    rows: LongInts,
    start: LongInts,
    neighbour: Ints,
    weight: Floats,
    total: Floats,
    known_cluster: LongInts,
    by_group: LongInts,
    group_start: LongInts,
    unsolved_factor: float,
    removed_start: LongInts,
    removed_cluster: LongInts,
    tolerance: float,
) -> tuple[LongInts, LongInts, Floats, Floats]:
    n_rows, n_nodes, n_known = rows.size, known_cluster.size, group_start.size - 1
    row_start, nobody = np.zeros(n_rows + 1, np.int64), np.empty(n_rows)
    cluster, probability = np.empty(1024, np.int64), np.empty(1024)
    mass, queued = np.zeros(n_nodes), np.zeros(n_nodes, np.bool_)
    met, is_met = np.empty(n_nodes, np.int64), np.zeros(n_nodes, np.bool_)
    queue = np.empty(n_nodes, np.int64)
    ended, reached = np.zeros(n_known), np.empty(n_known, np.int64)
    removed_in, changed_in = np.full(n_known, -1, np.int64), np.full(n_nodes, -1, np.int64)
    n_found = 0
    for r in range(n_rows):
        source = rows[r]
        # Links of a known source weigh as between two unsolved nodes where the other one is.
        factor = unsolved_factor if known_cluster[source] >= 0 else 1.0
        if known_cluster[source] >= 0:
            changed_in[source] = r
            changed_in[neighbour[start[source] : start[source + 1]]] = r
        for k in removed_cluster[removed_start[r] : removed_start[r + 1]]:
            removed_in[k] = r
            for node in by_group[group_start[k] : group_start[k + 1]]:
                changed_in[neighbour[start[node] : start[node + 1]]] = r
        n_met, n_reached, alone, level = 1, 0, 0.0, 0.05
        met[0], is_met[source], mass[source] = source, True, 1.0
        while True:
            head, n_queued = 0, 0
            left = 0.0
            for m in range(n_met):
                left += mass[met[m]]
                if mass[met[m]] > level:
                    queue[n_queued] = met[m]
                    queued[met[m]] = True
                    n_queued += 1
            if left <= tolerance:
                break
            while n_queued > 0:
                node = queue[head]
                head = head + 1 if head + 1 < n_nodes else 0
                n_queued -= 1
                queued[node] = False
                whole = total[node]
                if changed_in[node] == r:  # else its links weigh what they always do
                    whole = 1.0
                    for e in range(start[node], start[node + 1]):
                        v = neighbour[e]
                        k = known_cluster[v]
                        if v == source or (node == source and k < 0):
                            whole += factor * weight[e]
                        elif k < 0 or removed_in[k] != r:
                            whole += weight[e]
                share = mass[node] / whole
                mass[node] = 0.0
                alone += share
                for e in range(start[node], start[node + 1]):
                    v = neighbour[e]
                    k = known_cluster[v]
                    if k < 0 or v == source:
                        if not is_met[v]:
                            is_met[v] = True
                            met[n_met] = v
                            n_met += 1
                        mass[v] += share * weight[e] * (factor if v == source or node == source else 1.0)
                        if mass[v] > level and not queued[v]:
                            queued[v] = True
                            tail = head + n_queued
                            queue[tail if tail < n_nodes else tail - n_nodes] = v
                            n_queued += 1
                    elif removed_in[k] != r:
                        if ended[k] == 0.0:
                            reached[n_reached] = k
                            n_reached += 1
                        ended[k] += share * weight[e]
            level *= 0.25
        whole = alone
        for m in range(n_reached):
            whole += ended[reached[m]]
        nobody[r] = alone / whole
        while n_found + n_reached > cluster.size:
            longer, larger = np.empty(2 * cluster.size, np.int64), np.empty(2 * cluster.size)
            longer[:n_found], larger[:n_found] = cluster[:n_found], probability[:n_found]
            cluster, probability = longer, larger
        for k in np.sort(reached[:n_reached]):
            cluster[n_found], probability[n_found] = k, ended[k] / whole
            n_found += 1
            ended[k] = 0.0
        row_start[r + 1] = n_found
        for m in range(n_met):
            mass[met[m]] = 0.0
            is_met[met[m]] = False
    return row_start, cluster[:n_found].copy(), probability[:n_found].copy(), nobody
