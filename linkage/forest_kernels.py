"""Compiled loops over forests: nodes that are almost surely one tree made one, and loop-erased walks."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

Ints = NDArray[np.int32]
LongInts = NDArray[np.int64]
Floats = NDArray[np.float64]

MOST_STEPS = 5_000_000
"""Steps of one draw, and 1,000 a node, after which it is given up: a tenth of a second; a draw takes milliseconds."""


@njit(cache=True, nogil=True)
def contract_ties(
    start: LongInts,
    target: Ints,
    weight: Floats,
    known_weight: Floats,
    tie: LongInts,
    most_apart: float,
    heavy: float,
    most_heavy_apart: float,
    head: Ints,
    ring: Ints,
) -> int:
    """Make one node of every set of unsolved nodes that is almost surely one tree; links inside it lose their weight.

    Let S be a set that links of weight t or more hold together, and s the weight of all ways out of it but the
    heaviest link, a weight of 1 for each node to be a root among them. Take a forest whose links within S do not span
    S, all its roots and known groups made one point. Adding a link of weight t or more between two parts of S closes
    a cycle that leaves S and comes back, so by two ways out at least; dropping one that is not the heaviest gives
    another forest. That one has at most ``(|S| - 1) * s / t`` times its probability to give back. So S is apart with
    a probability of at most ``(|S| - 1) * s / t``; given that it is not, the other links are distributed exactly as
    if S were one node. Leaving out the heaviest is what makes a ladder of ties, each some times stronger than the
    next, one set.

    Parameters
    ----------
    start, target, weight : shapes (n + 1,), (n_links,), (n_links,)
        Links among unsolved nodes, both directions; weights are changed.
    known_weight : float64, shape (n,)
        Sum of each node's weights to known groups.
    tie : int64, shape (n_ties,)
        Links that may be contracted, the strongest first.
    most_apart : float
        Highest bound of the probability that a set is apart.
    heavy, most_heavy_apart : float
        The same for sets that links of a weight above ``heavy`` hold together.
    head, ring : int32, shape (n,)
        Filled: the first node of each node's set, and the next node of the set.

    Returns
    -------
    Number of sets of two or more.
    """
    n = start.size - 1
    for i in range(n):
        head[i] = i
        ring[i] = i
    if tie.size == 0:
        return 0
    group, after, size = np.arange(n), np.arange(n), np.ones(n, np.int64)
    n_sets = 0
    for e in tie:
        origin = np.searchsorted(start, e, side="right") - 1
        one, other = group[origin], group[target[e]]
        if one == other:
            continue
        if size[one] < size[other]:
            one, other = other, one
        node = other
        for _ in range(size[other]):
            group[node] = one
            node = after[node]
        after[one], after[other] = after[other], after[one]
        size[one] += size[other]
        out, heaviest, node = 0.0, 0.0, one
        for _ in range(size[one]):
            out += 1.0 + known_weight[node]
            for f in range(start[node], start[node + 1]):
                if group[target[f]] != one:
                    # Added without the heaviest, not taken off after: it may be all that the sum's digits hold.
                    out += min(weight[f], heaviest)
                    heaviest = max(heaviest, weight[f])
            node = after[node]
        allowed = max(most_apart, most_heavy_apart) if weight[e] > heavy else most_apart
        if (size[one] - 1) * out <= allowed * weight[e]:
            n_sets += 1
            first, node = one, one
            for _ in range(size[one]):
                first = min(first, node)
                node = after[node]
            for _ in range(size[one]):
                head[node], ring[node] = first, after[node]
                node = after[node]
    if n_sets > 0:
        for i in range(n):
            for f in range(start[i], start[i + 1]):
                if head[i] == head[target[f]]:
                    weight[f] = 0.0
    return n_sets


@njit(cache=True, nogil=True)
def draw_tree_labels(
    rng: np.random.Generator,
    start: LongInts,
    target: Ints,
    weight: Floats,
    known_start: LongInts,
    known_group: Ints,
    known_weight: Floats,
    head: Ints,
    ring: Ints,
    n_known: int,
    labels: Ints,
) -> bool:
    """Draw a forest by loop-erased walks and fill `labels` with the tree of each node.

    Both weights become their running sums within each node: a walk's step is a binary search.

    Returns
    -------
    Whether all walks ended within `MOST_STEPS`.
    """
    n = start.size - 1
    set_total, known_from = np.zeros(n), np.empty(n)
    own_total = np.empty(n)
    for i in range(n):
        running = 1.0
        for e in range(start[i], start[i + 1]):
            running += weight[e]
            weight[e] = running
        known_from[i] = running
        for e in range(known_start[i], known_start[i + 1]):
            running += known_weight[e]
            known_weight[e] = running
        own_total[i] = running
        set_total[head[i]] += running
        labels[i] = -1
    n_left = MOST_STEPS + 1_000 * n
    n_left = MOST_STEPS + 1_000 * n
    step = np.empty(n, np.int64)  # where the last step from each head led: a head, or -1 where the walk ended
    for first in range(n):
        if head[first] != first:
            continue
        node, label = first, int(labels[first])
        while label < 0:
            n_left -= 1
            if n_left < 0:
                return False
            u = rng.random() * set_total[node]
            i = node
            while ring[i] != node and u >= own_total[i]:
                u -= own_total[i]
                i = int(ring[i])
            step[node] = -1
            if u < 1.0:
                label = n_known + i
            elif u < known_from[i]:
                row = weight[start[i] : start[i + 1]]
                at = min(int(np.searchsorted(row, u, side="right")), row.size - 1)
                after = int(head[target[start[i] + at]])
                step[node] = after
                node = after
                label = int(labels[node])
            else:
                row = known_weight[known_start[i] : known_start[i + 1]]
                if row.size == 0:
                    label = n_known + i
                else:
                    at = min(int(np.searchsorted(row, u, side="right")), row.size - 1)
                    label = int(known_group[known_start[i] + at])
        node = first
        while node >= 0 and labels[node] < 0:
            labels[node] = label
            node = int(step[node])
    for i in range(n):
        labels[i] = labels[head[i]]
    return True
