"""Clusters and what joins them, as flat arrays in which merging moves nothing, and which two are the most similar.

A cluster is known by its lowest crime, its *slot*. What joins two clusters is an entry at both: the sum (average),
largest (single) or smallest (complete) log BF over **all** their crime pairs; minus infinity never merges. Entries lie
in the segments of a cluster's crimes, one segment after the other: where clusters merge, entries are set anew or
dropped, and none is added. Each cluster knows its best partner, or, once that has become worse, a bound of it (it is
*stale*, and looked up again only when the bound comes first). A tree of winners over the slots tells the best of all;
the left of equals, which holds the lowest crime.

16 bytes an entry, so 32 a pair of clusters that a link joins, and about 150 a crime.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from linkage.linkages import AVERAGE, COMPLETE

Ints = npt.NDArray[np.int64]
Rows = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

NONE = -1


class ClusterGraph(NamedTuple):
    """Clusters, what joins them, and the merges so far; the arrays are written to as merging goes on.

    Attributes
    ----------
    start, stop : int64, shape (n,)
        Where the entries of each crime's segment begin and end.
    next_segment, last_segment : int32, shape (n,)
        The segments of a cluster as a chain, which is the chain of its crimes too; NONE ends it.
    partner : int32, shape (n_entries,)
        Slot at the other end; NONE where the entry was dropped.
    value : float64, shape (n_entries,)
    twin : int32, shape (n_entries,)
        Where the entry of the other end lies.
    size : int64, shape (n,)
        Crimes of the cluster; 0 where it is gone.
    node : int64, shape (n,)
        A crime's own number, n + m for the cluster that merge m made.
    best : int32, shape (n,)
    best_log_bf : float64, shape (n,)
    is_stale : bool, shape (n,)
    is_asked : bool, shape (n,)
        Whether what a merge with the best partner needs has been asked for.
    winner : int32, shape (2 * a power of 2,)
        Tree of winners: the root is 1, the slots are the leaves.
    mark : int64, shape (n,)
        NONE between uses.
    first, second, merged_size : int64, shape (n,)
        Nodes merged, the first holding the lower crime, and how many crimes they are together.
    log_bf : float64, shape (n,)
    n_merges : int64, shape (1,)
    """

    start: Ints
    stop: Ints
    next_segment: Rows
    last_segment: Rows
    partner: Rows
    value: Floats
    twin: Rows
    size: Ints
    node: Ints
    best: Rows
    best_log_bf: Floats
    is_stale: Flags
    is_asked: Flags
    winner: Rows
    mark: Ints
    first: Ints
    second: Ints
    merged_size: Ints
    log_bf: Floats
    n_merges: Ints


def cluster_graph(n_crimes: int, first: Rows, second: Rows, log_bf: Floats) -> ClusterGraph:
    """Return the graph of single crimes joined by pairs, each pair once.

    Parameters
    ----------
    n_crimes : int
        At least 1.
    first, second : int32, shape (n_pairs,)
        Fewer than 2**30 pairs.
    log_bf : float64, shape (n_pairs,)
        Minus infinity for a pair whose clusters must never merge.
    """
    start, partner, value, twin = _entries(n_crimes, first, second, log_bf)
    graph = ClusterGraph(
        start=start[:-1].copy(),
        stop=start[1:].copy(),
        next_segment=np.full(n_crimes, NONE, dtype=np.int32),
        last_segment=np.arange(n_crimes, dtype=np.int32),
        partner=partner,
        value=value,
        twin=twin,
        size=np.ones(n_crimes, dtype=np.int64),
        node=np.arange(n_crimes),
        best=np.full(n_crimes, NONE, dtype=np.int32),
        best_log_bf=np.full(n_crimes, -np.inf),
        is_stale=np.zeros(n_crimes, dtype=np.bool_),
        is_asked=np.zeros(n_crimes, dtype=np.bool_),
        winner=np.full(2 << (n_crimes - 1).bit_length(), NONE, dtype=np.int32),
        mark=np.full(n_crimes, NONE, dtype=np.int64),
        first=np.empty(n_crimes, dtype=np.int64),
        second=np.empty(n_crimes, dtype=np.int64),
        merged_size=np.empty(n_crimes, dtype=np.int64),
        log_bf=np.empty(n_crimes),
        n_merges=np.zeros(1, dtype=np.int64),
    )
    _set_winners(graph)
    return graph


@njit(cache=True, nogil=True)
def _entries(n_crimes, first, second, log_bf):  # type: ignore[no-untyped-def]  # compiled
    n_pairs = len(first)
    start = np.zeros(n_crimes + 1, dtype=np.int64)
    for pair in range(n_pairs):
        start[first[pair] + 1] += 1
        start[second[pair] + 1] += 1
    for crime in range(n_crimes):
        start[crime + 1] += start[crime]
    free = start[:-1].copy()
    partner = np.empty(2 * n_pairs, dtype=np.int32)
    value = np.empty(2 * n_pairs)
    twin = np.empty(2 * n_pairs, dtype=np.int32)
    for pair in range(n_pairs):
        i, j = first[pair], second[pair]
        here, there = free[i], free[j]
        free[i] += 1
        free[j] += 1
        partner[here], partner[there] = j, i
        value[here] = value[there] = log_bf[pair]
        twin[here], twin[there] = there, here
    return start, partner, value, twin


@njit(cache=True, nogil=True)
def has_a_pair_twice(graph):  # type: ignore[no-untyped-def]  # compiled
    """Tell whether two entries of one crime have the same partner; before any merge."""
    mark = graph.mark
    found = False
    for crime in range(len(graph.size)):
        for entry in range(graph.start[crime], graph.stop[crime]):
            found = found or mark[graph.partner[entry]] == crime
            mark[graph.partner[entry]] = crime
    mark[:] = -1
    return found


@njit(cache=True, nogil=True)
def _wins(left, right, best_log_bf):  # type: ignore[no-untyped-def]  # compiled
    if left < 0 or right < 0:
        return max(left, right)
    return right if best_log_bf[right] > best_log_bf[left] else left


@njit(cache=True, nogil=True)
def _set_winners(graph):  # type: ignore[no-untyped-def]  # compiled
    winner, best_log_bf = graph.winner, graph.best_log_bf
    n_leaves = len(winner) // 2
    for slot in range(len(graph.size)):
        find_best(slot, COMPLETE, graph)  # of single crimes: the value itself, whatever the linkage
        winner[n_leaves + slot] = slot
    for place in range(n_leaves - 1, 0, -1):
        winner[place] = _wins(winner[2 * place], winner[2 * place + 1], best_log_bf)


@njit(cache=True, nogil=True)
def renew_winners(slot, winner, best_log_bf):  # type: ignore[no-untyped-def]  # compiled
    """Bring the tree of winners up to date after a slot's best has changed."""
    place = (len(winner) // 2 + slot) // 2
    while place > 0:
        winner[place] = _wins(winner[2 * place], winner[2 * place + 1], best_log_bf)
        place //= 2


@njit(cache=True, nogil=True)
def find_best(slot, code, graph):  # type: ignore[no-untyped-def]  # compiled
    """Set the most similar partner, the lowest of equals, and fill the gaps of dropped entries from the end."""
    partner, value, twin, size = graph.partner, graph.value, graph.twin, graph.size
    start, stop, next_segment = graph.start, graph.stop, graph.next_segment
    best, best_log_bf = -1, -np.inf
    own = size[slot]
    segment = slot
    while segment >= 0:
        entry, end = start[segment], stop[segment]
        while entry < end:
            other = partner[entry]
            if other < 0:
                end -= 1
                partner[entry], value[entry], twin[entry] = partner[end], value[end], twin[end]
                if entry < end and partner[entry] >= 0:
                    twin[twin[entry]] = entry
                continue
            log_bf = value[entry] / (own * size[other]) if code == AVERAGE else value[entry]
            if log_bf > best_log_bf or (log_bf == best_log_bf and other < best):
                best, best_log_bf = other, log_bf
            entry += 1
        stop[segment] = end
        segment = next_segment[segment]
    graph.best[slot], graph.best_log_bf[slot], graph.is_stale[slot] = best, best_log_bf, False


@njit(cache=True, nogil=True)
def renew_best(slot, code, graph):  # type: ignore[no-untyped-def]  # compiled
    """Look up a cluster's best partner again and bring the tree of winners up to date."""
    find_best(slot, code, graph)
    renew_winners(slot, graph.winner, graph.best_log_bf)
