"""Greedy merging on a graph of clusters, compiled: always the most similar two that a link joins, until none is left.

Where one of two merging clusters alone is joined to a third, the scores between the other and the third are missing.
They are looked up in a table of *blocks*, by the two nodes: what joins two clusters over all their crime pairs. Merging
halts where one is not there, and tells which the next merges need, so that many are scored in one call. A block has the
same value whenever it is asked for; what is asked when changes no figure.
"""

import numpy as np
from numba import njit

from linkage.cluster_graph import renew_best, renew_winners
from linkage.linkages import AVERAGE, COMPLETE, SINGLE

DONE, PAUSED, NEEDS_SCORES = 0, 1, 2


@njit(cache=True, nogil=True)
def _place_of(one, other, keys):  # type: ignore[no-untyped-def]  # compiled
    """Return where the block of two nodes stands in the open table, or where it would."""
    key = (min(one, other) << 32) | max(one, other)
    last = len(keys) - 1
    place = ((key * 0x9E3779B97F4A7C1) >> 20) & last
    while keys[place] >= 0 and keys[place] != key:
        place = (place + 1) & last
    return place


@njit(cache=True, nogil=True)
def add_blocks(keys, values, slots, totals, node):  # type: ignore[no-untyped-def]  # compiled
    """Put what joins the clusters of pairs of slots into the open table, which must have room."""
    for k in range(len(slots)):
        one, other = node[slots[k, 0]], node[slots[k, 1]]
        place = _place_of(one, other, keys)
        keys[place] = (min(one, other) << 32) | max(one, other)
        values[place] = totals[k]


@njit(cache=True, nogil=True)
def with_more_room(keys, values):  # type: ignore[no-untyped-def]  # compiled
    """Return the table in four times the room."""
    new_keys = np.full(4 * len(keys), -1, dtype=np.int64)
    new_values = np.empty(4 * len(keys))
    for k in range(len(keys)):
        if keys[k] >= 0:
            place = _place_of(keys[k] >> 32, keys[k] & 0xFFFFFFFF, new_keys)
            new_keys[place], new_values[place] = keys[k], values[k]
    return new_keys, new_values


@njit(cache=True, nogil=True)
def _joined(one, other, code, threshold):  # type: ignore[no-untyped-def]  # compiled
    if one == -np.inf or other == -np.inf:
        return -np.inf
    if code == AVERAGE:
        return one + other
    if code == SINGLE:
        return max(one, other)
    least = min(one, other)
    return least if least >= threshold else -np.inf  # complete linkage can only fall


@njit(cache=True, nogil=True)
def _mark(slot, but, graph):  # type: ignore[no-untyped-def]  # compiled
    """Mark the partners of a cluster with the place of their entry."""
    start, stop, next_segment = graph.start, graph.stop, graph.next_segment
    partner, mark = graph.partner, graph.mark
    segment = slot
    while segment >= 0:
        for entry in range(start[segment], stop[segment]):
            other = partner[entry]
            if other >= 0 and other != but:
                mark[other] = entry
        segment = next_segment[segment]


@njit(cache=True, nogil=True)
def _unmark(slot, graph):  # type: ignore[no-untyped-def]  # compiled
    start, stop, next_segment = graph.start, graph.stop, graph.next_segment
    partner, mark = graph.partner, graph.mark
    segment = slot
    while segment >= 0:
        for entry in range(start[segment], stop[segment]):
            if partner[entry] >= 0:
                mark[partner[entry]] = -1
        segment = next_segment[segment]


@njit(cache=True, nogil=True)
def _look_up_blocks(i, j, code, missing_is_weak, graph, keys, values, blocks):  # type: ignore[no-untyped-def]  # compiled
    """Write down what each one-sided entry is to be joined with: those of j, then those of i; False if one lacks.

    Leaves marks: the place of i's entry where i alone has one, -2 minus it where both have, nothing for j alone.
    """
    start, stop, next_segment = graph.start, graph.stop, graph.next_segment
    partner, value, mark, node = graph.partner, graph.value, graph.mark, graph.node
    _mark(i, j, graph)
    n_blocks = 0
    for near, far in ((j, i), (i, j)):
        segment = near
        far_node = node[far]
        while segment >= 0:
            for entry in range(start[segment], stop[segment]):
                other = partner[entry]
                if other < 0 or other == far or mark[other] < -1:
                    continue
                if near == j and mark[other] >= 0:
                    mark[other] = -2 - mark[other]
                    continue
                if value[entry] == -np.inf or (missing_is_weak and code == COMPLETE):
                    blocks[n_blocks] = -np.inf
                elif missing_is_weak and code == SINGLE:
                    blocks[n_blocks] = value[entry]
                else:
                    place = _place_of(far_node, node[other], keys)
                    if keys[place] < 0:
                        _unmark(i, graph)
                        return False
                    blocks[n_blocks] = values[place]
                n_blocks += 1
            segment = next_segment[segment]
    return True


@njit(cache=True, nogil=True)
def _join_entries(i, j, code, threshold, graph, blocks):  # type: ignore[no-untyped-def]  # compiled
    """Make the entries of both clusters those of i, after `_look_up_blocks`."""
    start, stop, next_segment = graph.start, graph.stop, graph.next_segment
    partner, value, twin, mark = graph.partner, graph.value, graph.twin, graph.mark
    n_blocks = 0
    segment = j
    while segment >= 0:
        for entry in range(start[segment], stop[segment]):
            other = partner[entry]
            if other < 0:
                continue
            if other != i and mark[other] == -1:
                value[entry] = _joined(value[entry], blocks[n_blocks], code, threshold)
                n_blocks += 1
                partner[twin[entry]] = i
                continue
            if other != i:
                kept = -2 - mark[other]
                value[kept] = _joined(value[kept], value[entry], code, threshold)
            partner[entry] = -1
            partner[twin[entry]] = -1
        segment = next_segment[segment]
    segment = i
    while segment >= 0:
        for entry in range(start[segment], stop[segment]):
            if partner[entry] >= 0 and mark[partner[entry]] == entry:
                value[entry] = _joined(value[entry], blocks[n_blocks], code, threshold)
                n_blocks += 1
        segment = next_segment[segment]


@njit(cache=True, nogil=True)
def _merge(i, j, log_bf, code, threshold, graph, blocks):  # type: ignore[no-untyped-def]  # compiled
    """Take cluster j into cluster i, which holds the lower crime, after `_look_up_blocks`."""
    _join_entries(i, j, code, threshold, graph, blocks)
    size, node, merge = graph.size, graph.node, graph.n_merges[0]
    graph.next_segment[graph.last_segment[i]] = j
    graph.last_segment[i] = graph.last_segment[j]
    size[i] += size[j]
    size[j] = 0
    graph.first[merge], graph.second[merge], graph.log_bf[merge] = node[i], node[j], log_bf
    graph.merged_size[merge] = size[i]
    node[i] = len(size) + merge
    graph.n_merges[0] = merge + 1
    graph.best[j], graph.best_log_bf[j], graph.is_stale[j] = -1, -np.inf, False
    renew_winners(j, graph.winner, graph.best_log_bf)
    renew_best(i, code, graph)
    _tell_partners(i, j, code, graph)


@njit(cache=True, nogil=True)
def _tell_partners(i, j, code, graph):  # type: ignore[no-untyped-def]  # compiled
    """Set the other ends of the entries of i, which took in j, and see to their best partners."""
    start, stop, next_segment, size, mark = graph.start, graph.stop, graph.next_segment, graph.size, graph.mark
    partner, value, twin, is_asked = graph.partner, graph.value, graph.twin, graph.is_asked
    best, best_log_bf, is_stale, winner = graph.best, graph.best_log_bf, graph.is_stale, graph.winner
    is_asked[i] = False
    own = size[i]
    segment = i
    while segment >= 0:
        for entry in range(start[segment], stop[segment]):
            other, total = partner[entry], value[entry]
            mark[other] = -1
            is_asked[other] = False
            value[twin[entry]] = total
            log_bf = total / (own * size[other]) if code == AVERAGE else total
            if log_bf > best_log_bf[other]:
                best[other], best_log_bf[other], is_stale[other] = i, log_bf, False
                renew_winners(other, winner, best_log_bf)
            elif not is_stale[other]:
                if log_bf == best_log_bf[other] and log_bf > -np.inf:
                    best[other] = min(best[other], i)
                elif best[other] == i or best[other] == j:
                    is_stale[other] = True
        segment = next_segment[segment]


@njit(cache=True, nogil=True)
def _most_blocks(i, j, graph):  # type: ignore[no-untyped-def]  # compiled
    n_entries = 0
    for slot in (i, j):
        segment = slot
        while segment >= 0:
            n_entries += graph.stop[segment] - graph.start[segment]
            segment = graph.next_segment[segment]
    return n_entries


@njit(cache=True, nogil=True)
def merge_on(  # type: ignore[no-untyped-def]  # compiled
    code, threshold, missing_is_weak, most_merges, decided, decided_log_bf, graph, keys, values
):
    """Merge until nothing at or above the threshold is left, scores are missing, or for so many merges.

    The decided pairs of slots go first, in their order.
    """
    winner, is_stale, best, best_log_bf = graph.winner, graph.is_stale, graph.best, graph.best_log_bf
    blocks = np.empty(1024)
    for _ in range(most_merges):
        merge = graph.n_merges[0]
        if merge < len(decided):
            i, j, log_bf = decided[merge, 0], decided[merge, 1], decided_log_bf[merge]
        else:
            while is_stale[winner[1]]:
                renew_best(winner[1], code, graph)
            i = np.int64(winner[1])
            j, log_bf = np.int64(best[i]), best_log_bf[i]
            if j < 0 or log_bf < threshold:
                return DONE
        n_entries = _most_blocks(i, j, graph)
        if n_entries > len(blocks):
            blocks = np.empty(2 * n_entries)
        if not _look_up_blocks(i, j, code, missing_is_weak, graph, keys, values, blocks):
            return NEEDS_SCORES
        _merge(i, j, log_bf, code, threshold, graph, blocks)
    return PAUSED


@njit(cache=True, nogil=True)
def _add_wanted(i, j, graph, keys, wanted, n_wanted):  # type: ignore[no-untyped-def]  # compiled
    """Add the blocks that the merge of two clusters needs and the table has not."""
    start, stop, next_segment = graph.start, graph.stop, graph.next_segment
    partner, value, mark, node = graph.partner, graph.value, graph.mark, graph.node
    _mark(i, j, graph)
    for near, far in ((j, i), (i, j)):
        segment = near
        far_node = node[far]
        while segment >= 0:
            for entry in range(start[segment], stop[segment]):
                other = partner[entry]
                if other < 0 or other == far or mark[other] < -1:
                    continue
                if near == j and mark[other] >= 0:
                    mark[other] = -2
                elif value[entry] > -np.inf and keys[_place_of(far_node, node[other], keys)] < 0:
                    if n_wanted < len(wanted):
                        wanted[n_wanted, 0], wanted[n_wanted, 1] = min(far, other), max(far, other)
                    n_wanted += 1
            segment = next_segment[segment]
    _unmark(i, graph)
    return n_wanted


@njit(cache=True, nogil=True)
def wanted_by_decisions(decided, most, graph, keys, wanted):  # type: ignore[no-untyped-def]  # compiled
    """Return how many blocks the next decided merges need; a cluster that merges twice is asked about once."""
    begin = graph.n_merges[0]
    end = min(begin + most, len(decided))
    is_asked = graph.is_asked
    n_wanted = 0
    for k in range(begin, end):
        i, j = decided[k, 0], decided[k, 1]
        if not (is_asked[i] or is_asked[j]):
            n_wanted = _add_wanted(i, j, graph, keys, wanted, n_wanted)
        is_asked[i] = is_asked[j] = True
    for k in range(begin, end):
        is_asked[decided[k, 0]] = is_asked[decided[k, 1]] = False
    return n_wanted


@njit(cache=True, nogil=True)
def wanted_soon(code, floor, most_pairs, graph, keys, wanted):  # type: ignore[no-untyped-def]  # compiled
    """Return how many blocks the next merges need, down to a level: the first one's, and others' while pairs are few.

    They are written to `wanted`, two slots each, as far as there is room; some twice.
    """
    winner, best, best_log_bf = graph.winner, graph.best, graph.best_log_bf
    is_stale, is_asked, size = graph.is_stale, graph.is_asked, graph.size
    n_leaves = len(winner) // 2
    i = np.int64(winner[1])
    n_wanted = _add_wanted(i, np.int64(best[i]), graph, keys, wanted, 0)
    is_asked[i] = is_asked[best[i]] = True
    n_pairs = n_counted = 0
    waiting = np.empty(128, dtype=np.int64)
    waiting[0], n_waiting = 1, 1
    while n_waiting > 0 and n_pairs < most_pairs:
        n_waiting -= 1
        place = waiting[n_waiting]
        i = np.int64(winner[place])
        if i < 0 or best[i] < 0 or best_log_bf[i] < floor:
            continue
        if place < n_leaves:
            waiting[n_waiting], waiting[n_waiting + 1] = 2 * place + 1, 2 * place
            n_waiting += 2
            continue
        if is_asked[i] and is_asked[best[i]]:
            continue
        if is_stale[i]:
            renew_best(i, code, graph)
        j = np.int64(best[i])
        if j < i or best_log_bf[i] < floor:
            continue
        if is_stale[j]:
            renew_best(j, code, graph)
        if best[j] != i:
            continue
        n_wanted = _add_wanted(i, j, graph, keys, wanted, n_wanted)
        is_asked[i] = is_asked[j] = True
        for k in range(n_counted, min(n_wanted, len(wanted))):
            n_pairs += size[wanted[k, 0]] * size[wanted[k, 1]]
        n_counted = n_wanted
    return n_wanted
