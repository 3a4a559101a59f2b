"""Compiled search for the partition of least expected loss.

Both losses are of one form. Of a partition with clusters of n_k crimes, of which n_kz lie in cluster z of a draw,
the loss against the draw is a * sum F(n_k) + b * sum F(n_z) - (a + b) * sum F(n_kz): a prices false links, b missed
ones, and F is convex with F(0) = F(1) = 0 (x log2 x, or the number of pairs x (x - 1) / 2).
So a crime gains nothing by joining crimes with which it never shares a cluster, and only clusters that it meets in
some draw need trying: nothing is lost by leaving out the rest. Each cluster of a draw keeps a short list of the
clusters of the partition that it meets; counts are whole numbers, so that no rounding gathers.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

Ints = NDArray[np.int32]
LongInts = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

# Losses are of order 1 for each crime; a gain below this is rounding, and taking it might never end.
_LEAST_GAIN = 1e-9


class Problem(NamedTuple):
    """What stays the same during a search.

    Attributes
    ----------
    members, start, crime_clusters, crime_start
        As in `linkage.label_draws.SharedClusters`.
    weight : float64, shape (n_clusters,)
        Share of draws that have the cluster, times both costs.
    value : float64, shape (n_crimes + 1,)
        F of 0 to n_crimes.
    cost : float
        Weight a of the partition's own clusters: the cost of a false link.
    is_fixed : bool, shape (n_crimes,)
        Crimes that keep their place.
    """

    members: Ints
    start: LongInts
    crime_clusters: LongInts
    crime_start: LongInts
    weight: Floats
    value: Floats
    cost: float
    is_fixed: Flags


class Partition(NamedTuple):
    """A partition under change.

    Attributes
    ----------
    cluster : int32, shape (n_crimes,)
        Cluster of each crime, -1 while it has none.
    size, head : int32, shape (n_slots,)
        Crimes of each cluster, and one of them.
    after, before : int32, shape (n_crimes,)
        Chain of the crimes of one cluster; -1 at its ends.
    met : int32, shape (n_clusters + 2 n_memberships,)
        For each cluster of the draws: how many clusters of the partition it meets, then each with the number of
        crimes that they share.
    free : int32, shape (n_slots,)
        Empty clusters; the last ``n_free[0]`` used first.
    n_free : int32, shape (1,)
    gain, touched : float64 and int32, shape (n_slots,)
        Scratch: gains, all 0 between uses, and which are not.
    """

    cluster: Ints
    size: Ints
    head: Ints
    after: Ints
    before: Ints
    met: Ints
    free: Ints
    n_free: Ints
    gain: Floats
    touched: Ints


@njit(cache=True)
def partition_from(problem: Problem, cluster: Ints, n_slots: int) -> Partition:
    """Set up a partition from the cluster of each crime (-1: none yet), numbers below ``n_slots``."""
    n, n_shared = cluster.size, problem.weight.size
    partition = Partition(
        np.full(n, -1, np.int32),
        np.zeros(n_slots, np.int32),
        np.full(n_slots, -1, np.int32),
        np.full(n, -1, np.int32),
        np.full(n, -1, np.int32),
        np.zeros(n_shared + 2 * problem.members.size, np.int32),
        np.empty(n_slots, np.int32),
        np.zeros(1, np.int32),
        np.zeros(n_slots),
        np.empty(n_slots, np.int32),
    )
    for i in range(n):
        if cluster[i] >= 0:
            _place(problem, partition, i, cluster[i])
    for k in range(n_slots - 1, -1, -1):
        if partition.size[k] == 0:
            partition.free[partition.n_free[0]] = k
            partition.n_free[0] += 1
    return partition


@njit(cache=True)
def place_all(problem: Problem, partition: Partition, order: LongInts) -> None:
    """Place crimes that have no cluster one after the other, each where the loss so far is least."""
    for i in order:
        k, _ = _best(problem, partition, i, -1)
        _place_anywhere(problem, partition, i, k)


@njit(cache=True)
def move_crimes(problem: Problem, partition: Partition, order: LongInts) -> Flags:
    """Move each crime to the cluster, or to one of its own, where the loss is least; return which moved."""
    is_moved = np.zeros(partition.cluster.size, np.bool_)
    for i in order:
        home = partition.cluster[i]
        was_alone = partition.size[home] == 1
        _remove(problem, partition, i)
        k, gain = _best(problem, partition, i, -1 if was_alone else home)
        is_moved[i] = gain > 0.0
        _place_anywhere(problem, partition, i, k)
    return is_moved


@njit(cache=True)
def merge_clusters(problem: Problem, partition: Partition, order: LongInts) -> Flags:
    """Move whole clusters without a fixed crime into another where that lowers the loss; return which crimes moved."""
    is_moved = np.zeros(partition.cluster.size, np.bool_)
    is_done = np.zeros(partition.size.size, np.bool_)
    for i in order:
        k = partition.cluster[i]
        if is_done[k] or partition.size[k] < 2 or _has_fixed(problem, partition, k):
            continue
        other = _best_merge(problem, partition, k)
        is_done[k] = True
        if other >= 0:
            while partition.head[k] >= 0:
                j = partition.head[k]
                is_moved[j] = True
                _remove(problem, partition, j)
                _place(problem, partition, j, other)
    return is_moved


@njit(cache=True)
def rebuild_clusters(rng: np.random.Generator, problem: Problem, partition: Partition, order: LongInts) -> Flags:
    """Dissolve each cluster and place its crimes anew in random order, kept only if better; return which crimes moved.

    The zealous updates of Dahl, Johnson and Mueller (2022), which split clusters that single moves cannot.
    """
    is_moved = np.zeros(partition.cluster.size, np.bool_)
    is_done = np.zeros(partition.size.size, np.bool_)
    crimes = np.empty(partition.cluster.size, np.int32)
    for i in order:
        k = partition.cluster[i]
        if is_done[k] or partition.size[k] < 2:
            continue
        is_done[k] = True
        gain, n = 0.0, 0
        j = partition.head[k]
        while j >= 0:
            if not problem.is_fixed[j]:
                crimes[n] = j
                n += 1
            j = partition.after[j]
        for a in range(n):
            _remove(problem, partition, crimes[a])
            gain -= _gain_at(problem, partition, crimes[a], k)
        for a in range(n - 1, 0, -1):
            b = rng.integers(0, a + 1)
            crimes[a], crimes[b] = crimes[b], crimes[a]
        for a in range(n):
            other, step = _best(problem, partition, crimes[a], -1)
            gain += step
            _place_anywhere(problem, partition, crimes[a], other)
        if gain > _LEAST_GAIN:
            for a in range(n):
                is_moved[crimes[a]] = True
            continue
        for a in range(n):
            _remove(problem, partition, crimes[a])
        home = k if partition.size[k] else -1
        for a in range(n):
            home = _place_anywhere(problem, partition, crimes[a], home)
    return is_moved


@njit(cache=True)
def with_neighbours(problem: Problem, is_chosen: Flags) -> Flags:
    """Add to the chosen crimes all that share a cluster with one of them in some draw."""
    is_near = is_chosen.copy()
    for b in range(problem.weight.size):
        inside = problem.members[problem.start[b] : problem.start[b + 1]]
        for i in inside:
            if is_chosen[i]:
                is_near[inside] = True
                break
    return is_near


@njit(cache=True)
def loss_of_crimes(problem: Problem, cluster: Ints, n_slots: int) -> tuple[Floats, Floats]:
    """Split the expected loss of a partition over its crimes, without what no partition changes.

    Returns
    -------
    (loss, companions) : float64, shape (n_crimes,)
        Their sum over crimes is a * sum F(n_k) - (a + b) * mean of sum F(n_kz); ``companions`` is the expected number
        of the other crimes of its cluster that share the crime's label, times both costs.
    """
    size, count = np.zeros(n_slots, np.int64), np.zeros(n_slots, np.int64)
    for i in range(cluster.size):
        size[cluster[i]] += 1
    loss, companions = np.empty(cluster.size), np.zeros(cluster.size)
    for i in range(cluster.size):
        loss[i] = problem.cost * problem.value[size[cluster[i]]] / size[cluster[i]]
    for b in range(problem.weight.size):
        inside = problem.members[problem.start[b] : problem.start[b + 1]]
        for i in inside:
            count[cluster[i]] += 1
        for i in inside:
            n = count[cluster[i]]
            loss[i] -= problem.weight[b] * problem.value[n] / n
            companions[i] += problem.weight[b] * (n - 1)
        for i in inside:
            count[cluster[i]] = 0
    return loss, companions


@njit(cache=True)
def _place(problem: Problem, partition: Partition, i: int, k: int) -> None:
    partition.cluster[i] = k
    partition.size[k] += 1
    first = partition.head[k]
    partition.before[i], partition.after[i] = -1, first
    if first >= 0:
        partition.before[first] = i
    partition.head[k] = i
    met = partition.met
    for b in problem.crime_clusters[problem.crime_start[i] : problem.crime_start[i + 1]]:
        at = b + 2 * problem.start[b]
        n = met[at]
        for m in range(n):
            if met[at + 1 + 2 * m] == k:
                met[at + 2 + 2 * m] += 1
                break
        else:
            met[at + 1 + 2 * n], met[at + 2 + 2 * n] = k, 1
            met[at] = n + 1


@njit(cache=True)
def _place_anywhere(problem: Problem, partition: Partition, i: int, k: int) -> int:
    """Place a crime in cluster k, or in an empty one if k is -1; return which."""
    if k < 0 or partition.size[k] == 0:
        partition.n_free[0] -= 1
        k = partition.free[partition.n_free[0]]
    _place(problem, partition, i, k)
    return k


@njit(cache=True)
def _remove(problem: Problem, partition: Partition, i: int) -> None:
    k = partition.cluster[i]
    partition.cluster[i] = -1
    partition.size[k] -= 1
    one, other = partition.before[i], partition.after[i]
    if one >= 0:
        partition.after[one] = other
    else:
        partition.head[k] = other
    if other >= 0:
        partition.before[other] = one
    if partition.size[k] == 0:
        partition.free[partition.n_free[0]] = k
        partition.n_free[0] += 1
    met = partition.met
    for b in problem.crime_clusters[problem.crime_start[i] : problem.crime_start[i + 1]]:
        at = b + 2 * problem.start[b]
        last = met[at] - 1
        for m in range(last + 1):
            if met[at + 1 + 2 * m] == k:
                met[at + 2 + 2 * m] -= 1
                if met[at + 2 + 2 * m] == 0:
                    met[at + 1 + 2 * m], met[at + 2 + 2 * m] = met[at + 1 + 2 * last], met[at + 2 + 2 * last]
                    met[at] = last
                break


@njit(cache=True)
def _best(problem: Problem, partition: Partition, i: int, home: int) -> tuple[int, float]:
    """Find the cluster that a crime without one best joins (-1: alone) and the gain over ``home``."""
    met, value, gain, touched = partition.met, problem.value, partition.gain, partition.touched
    n_touched = 0
    for b in problem.crime_clusters[problem.crime_start[i] : problem.crime_start[i + 1]]:
        at = b + 2 * problem.start[b]
        for m in range(met[at]):
            k, n = met[at + 1 + 2 * m], met[at + 2 + 2 * m]
            if gain[k] == 0.0:
                touched[n_touched] = k
                n_touched += 1
            gain[k] += problem.weight[b] * (value[n + 1] - value[n])
    best, at_home = home, 0.0
    if home >= 0:
        at_home = gain[home] - problem.cost * (value[partition.size[home] + 1] - value[partition.size[home]])
    most = at_home
    if home >= 0 and most < -_LEAST_GAIN:
        best, most = -1, 0.0
    for m in range(n_touched):
        k = touched[m]
        n = partition.size[k]
        total = gain[k] - problem.cost * (value[n + 1] - value[n])
        gain[k] = 0.0
        if total > most + _LEAST_GAIN:
            best, most = k, total
    return best, most - at_home


@njit(cache=True)
def _gain_at(problem: Problem, partition: Partition, i: int, k: int) -> float:
    """Tell what a crime without cluster gains in cluster k, against being alone."""
    value, met = problem.value, partition.met
    n = partition.size[k]
    gain = -problem.cost * (value[n + 1] - value[n])
    for b in problem.crime_clusters[problem.crime_start[i] : problem.crime_start[i + 1]]:
        at = b + 2 * problem.start[b]
        for m in range(met[at]):
            if met[at + 1 + 2 * m] == k:
                n = met[at + 2 + 2 * m]
                gain += problem.weight[b] * (value[n + 1] - value[n])
    return gain


@njit(cache=True)
def _has_fixed(problem: Problem, partition: Partition, k: int) -> bool:
    i = partition.head[k]
    while i >= 0:
        if problem.is_fixed[i]:
            return True
        i = partition.after[i]
    return False


@njit(cache=True)
def _best_merge(problem: Problem, partition: Partition, k: int) -> int:
    """Find the cluster with which cluster k is best merged, -1 if none lowers the loss."""
    met, value, gain, touched = partition.met, problem.value, partition.gain, partition.touched
    n_touched = 0
    i = partition.head[k]
    while i >= 0:
        for b in problem.crime_clusters[problem.crime_start[i] : problem.crime_start[i + 1]]:
            at = b + 2 * problem.start[b]
            own = 0
            for m in range(met[at]):
                if met[at + 1 + 2 * m] == k:
                    own = met[at + 2 + 2 * m]
            for m in range(met[at]):
                other, n = met[at + 1 + 2 * m], met[at + 2 + 2 * m]
                if other == k:
                    continue
                if gain[other] == 0.0:
                    touched[n_touched] = other
                    n_touched += 1
                # Each of the k's crimes in this cluster comes by; each brings its share.
                gain[other] += problem.weight[b] * (value[own + n] - value[own] - value[n]) / own
        i = partition.after[i]
    best, most = -1, _LEAST_GAIN
    for m in range(n_touched):
        other = touched[m]
        n, own = partition.size[other], partition.size[k]
        total = gain[other] - problem.cost * (value[own + n] - value[own] - value[n])
        gain[other] = 0.0
        if total > most:
            best, most = other, total
    return best
