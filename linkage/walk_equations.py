"""Compiled solution of the equations that tell where walks over links end, many walks at once."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

Ints = NDArray[np.int32]
LongInts = NDArray[np.int64]
Floats = NDArray[np.float64]

ROWS_AT_ONCE = 16
"""Systems solved together: every link's weight is then read once for all of them, and processors do 4 or 8 at once."""


@njit(cache=True, nogil=True)
def strongest_trees(
    start: LongInts, target: Ints, weight: Floats, head: Ints, tie: LongInts
) -> tuple[LongInts, LongInts, Floats]:
    """Join sets by their strongest links without a cycle: the part of the equations that is solved exactly each step.

    Parameters
    ----------
    start, target, weight : shapes (n + 1,), (n_links,), (n_links,)
    head : int32, shape (n,)
    tie : int64, shape (n_ties,)
        Links that may join, the strongest first.

    Returns
    -------
    order, parent : int64, shape (n,)
        All nodes, parents before children, and the parent of each or -1.
    parent_weight : float64, shape (n,)
    """
    n = start.size - 1
    root = np.arange(n)
    ends = np.empty((tie.size, 2), np.int64)
    link, n_chosen = np.empty(tie.size, np.int64), 0
    n_joined = np.zeros(n + 1, np.int64)
    for e in tie:
        one = np.int64(head[np.searchsorted(start, e, side="right") - 1])
        other = np.int64(head[target[e]])
        a, b = one, other
        while root[a] != a:
            root[a] = root[root[a]]
            a = root[a]
        while root[b] != b:
            root[b] = root[root[b]]
            b = root[b]
        if a != b:
            root[a] = b
            ends[n_chosen, 0], ends[n_chosen, 1] = one, other
            link[n_chosen] = e
            n_chosen += 1
            n_joined[one + 1] += 1
            n_joined[other + 1] += 1
    at = np.cumsum(n_joined)
    joined = np.empty((2 * n_chosen, 2), np.int64)
    filled = at.copy()
    for q in range(n_chosen):
        for side in range(2):
            i = ends[q, side]
            joined[filled[i], 0], joined[filled[i], 1] = ends[q, 1 - side], link[q]
            filled[i] += 1
    order, parent, parent_weight = np.empty(n, np.int64), np.full(n, -1, np.int64), np.zeros(n)
    is_met = np.zeros(n, np.bool_)
    n_met = 0
    for first in range(n):
        if is_met[first]:
            continue
        is_met[first] = True
        order[n_met] = first
        done = n_met
        n_met += 1
        while done < n_met:
            i = order[done]
            done += 1
            for q in range(at[i], at[i + 1]):
                j = joined[q, 0]
                if not is_met[j]:
                    is_met[j] = True
                    parent[j], parent_weight[j] = i, weight[joined[q, 1]]
                    order[n_met] = j
                    n_met += 1
    return order, parent, parent_weight


@njit(cache=True, nogil=True)
def solve_walks(
    start: LongInts,
    target: Ints,
    weight: Floats,
    head: Ints,
    order: LongInts,
    parent: LongInts,
    parent_weight: Floats,
    total: Floats,
    residual: Floats,
    tolerance: float,
    in_sum: bool,
    most_steps: int,
) -> tuple[Floats, Floats]:
    """Solve (I + D - W) x = b for several b at once by conjugate gradients, each with a diagonal of its own.

    Preconditioned by the same equations with the links of `strongest_trees` alone, whose elimination fills in
    nothing; a pair tied a thousand times as strongly as to all others then costs no more steps.

    Parameters
    ----------
    start, target, weight : shapes (n + 1,), (n_links,), (n_links,)
        Links W among unsolved nodes, both directions, links inside a set without weight.
    head : int32, shape (n,)
        First node of each node's set: only these have unknowns.
    order, parent, parent_weight : shape (n,)
        As `strongest_trees` gives them.
    total : float64, shape (n, n_systems)
        The diagonal: 1 plus all weights.
    residual : float64, shape (n, n_systems)
        b, zero but at heads; changed to what b lacks in the end.
    tolerance : float
        Largest residual at which to stop: its sum of absolute values, or the largest of them.
    in_sum : bool
    most_steps : int

    Returns
    -------
    x, and the residual's size of each system.
    """
    n, m = total.shape
    x, product, direction, eased = np.zeros((n, m)), np.empty((n, m)), np.zeros((n, m)), np.empty((n, m))
    pivot = total.copy()
    for q in range(n - 1, -1, -1):
        i = order[q]
        if parent[i] >= 0:
            for c in range(m):
                pivot[parent[i], c] -= parent_weight[i] * parent_weight[i] / pivot[i, c]
    easing = 1.0 / pivot
    old, new, scale = np.zeros(m), np.zeros(m), np.zeros(m)
    size, row = np.zeros(m), np.zeros(m)
    for _ in range(most_steps):
        size[:] = 0.0
        for i in range(n):
            for c in range(m):
                absolute = abs(residual[i, c])
                size[c] = size[c] + absolute if in_sum else max(size[c], absolute)
        if np.all(size <= tolerance):
            break
        eased[:] = residual
        for q in range(n - 1, -1, -1):
            i = order[q]
            if parent[i] >= 0:
                for c in range(m):
                    eased[parent[i], c] += parent_weight[i] * easing[i, c] * eased[i, c]
        new[:] = 0.0
        for i in order:
            p = parent[i]
            for c in range(m):
                if p >= 0:
                    eased[i, c] += parent_weight[i] * eased[p, c]
                eased[i, c] *= easing[i, c]
                new[c] += residual[i, c] * eased[i, c]
        for c in range(m):
            scale[c] = new[c] / old[c] if old[c] > 0.0 else 0.0
            old[c] = new[c]
        for i in range(n):
            for c in range(m):
                direction[i, c] = eased[i, c] + scale[c] * direction[i, c]
                product[i, c] = total[i, c] * direction[i, c]
        for i in range(n):
            row[:] = 0.0
            for e in range(start[i], start[i + 1]):
                j, w = head[target[e]], weight[e]
                for c in range(m):
                    row[c] += w * direction[j, c]
            for c in range(m):
                product[head[i], c] -= row[c]
        scale[:] = 0.0
        for i in range(n):
            for c in range(m):
                scale[c] += direction[i, c] * product[i, c]
        for c in range(m):
            scale[c] = old[c] / scale[c] if scale[c] > 0.0 and size[c] > 0.01 * tolerance else 0.0
        for i in range(n):
            for c in range(m):
                x[i, c] += scale[c] * direction[i, c]
                residual[i, c] -= scale[c] * product[i, c]
    return x, size


@njit(cache=True, nogil=True)
def node_totals(
    start: LongInts, weight: Floats, known_start: LongInts, known_weight: Floats, head: Ints, n_systems: int
) -> Floats:
    """Sum 1 and all weights of each set, the same for every system; shape (n, n_systems), 1 where no head is."""
    n = start.size - 1
    total = np.zeros((n, n_systems))
    for i in range(n):
        out = 1.0
        for e in range(start[i], start[i + 1]):
            out += weight[e]
        for e in range(known_start[i], known_start[i + 1]):
            out += known_weight[e]
        for c in range(n_systems):
            total[head[i], c] += out
    for i in range(n):
        if head[i] != i:
            total[i] = 1.0
    return total


@njit(cache=True, nogil=True)
def own_totals(
    touched: LongInts,
    system: int,
    start: LongInts,
    weight: Floats,
    known_start: LongInts,
    known_node: LongInts,
    known_weight: Floats,
    cluster_gone: NDArray[np.bool_],
    known_cluster: LongInts,
    source: int,
    unsolved_factor: float,
    head: Ints,
    ring: Ints,
    total: Floats,
) -> None:
    """Sum the weights of the touched sets anew for one system, without the groups that are gone there."""
    for first in touched:
        out, i = 0.0, first
        while True:
            out += 1.0
            for e in range(start[i], start[i + 1]):
                out += weight[e]
            for e in range(known_start[i], known_start[i + 1]):
                if known_node[e] == source:
                    out += unsolved_factor * known_weight[e]
                elif not cluster_gone[known_cluster[known_node[e]]]:
                    out += known_weight[e]
            i = ring[i]
            if i == first:
                break
        total[head[first], system] = out


@njit(cache=True, nogil=True)
def group_masses(
    x: Floats,
    head: Ints,
    known_start: LongInts,
    known_node: LongInts,
    known_weight: Floats,
    known_cluster: LongInts,
    source: LongInts,
    n_known: int,
) -> Floats:
    """Sum what walks bring to each known group, but for the system's own source; shape (n_known, n_systems)."""
    n, m = x.shape
    ended = np.zeros((n_known, m))
    is_source = np.zeros(known_cluster.size, np.bool_)
    for c in range(m):
        if source[c] >= 0:
            is_source[source[c]] = True
    for i in range(n):
        for e in range(known_start[i], known_start[i + 1]):
            s, k, w = known_node[e], known_cluster[known_node[e]], known_weight[e]
            for c in range(m):
                if not is_source[s] or source[c] != s:
                    ended[k, c] += w * x[head[i], c]
    return ended
