"""Draws of labels from the posterior of co-linkage, and the clusters that they hold."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from numba import njit
from numpy.typing import NDArray

Ints = NDArray[np.int32]
LongInts = NDArray[np.int64]
Keys = NDArray[np.uint64]


class LabelDrawsError(ValueError):
    """Labels do not fit together, or something was asked of them that they cannot give."""


@dataclass(frozen=True)
class LabelDraws:
    """Draws of which crimes share an offender; solved crimes stand among them, each always in its known group.

    Parameters
    ----------
    labels : int32, shape (n_draws, n_crimes)
        Equal numbers in a row mean the same offender in that draw. Numbers below ``len(groups)`` are known groups;
        other numbers are arbitrary within a draw.
    crime_ids : str, shape (n_crimes,)
    known_group : int32, shape (n_crimes,)
        Number of the known group of a solved crime; -1 for an unsolved one.
    groups : tuple of str
        Identifier of each known group.

    Raises
    ------
    LabelDrawsError
        If shapes differ, identifiers repeat, a label is negative, a solved crime leaves its group in some draw, or a
        crime is in a known group of which no solved crime is here.
    """

    labels: Ints
    crime_ids: NDArray[np.object_]
    known_group: Ints
    groups: tuple[str, ...]

    def __post_init__(self) -> None:
        _check_shapes(self)
        _check_groups(self)

    @property
    def n_draws(self) -> int:
        """Number of draws."""
        return int(self.labels.shape[0])

    @property
    def n_crimes(self) -> int:
        """Number of crimes, solved and unsolved."""
        return int(self.labels.shape[1])

    @property
    def is_unsolved(self) -> NDArray[np.bool_]:
        """Which crimes have no known group; shape (n_crimes,)."""
        return np.asarray(self.known_group < 0)

    @property
    def unsolved(self) -> LongInts:
        """Rows of the crimes without a known group, ascending."""
        return np.flatnonzero(self.known_group < 0)


class SharedClusters(NamedTuple):
    """Every set of two or more crimes that is a cluster in some draw, held once however many draws have it.

    Attributes
    ----------
    members : int32, shape (n_memberships,)
        Rows of crimes, one cluster after the other.
    start : int64, shape (n_clusters + 1,)
        Where the members of each cluster begin. Clusters stand in the order of the first draw that has them.
    n_draws : int64, shape (n_clusters,)
        How many draws have the cluster.
    crime_clusters : int64, shape (n_memberships,)
        Numbers of clusters, ascending, one crime after the other.
    crime_start : int64, shape (n_crimes + 1,)
        Where the clusters of each crime begin.
    """

    members: Ints
    start: LongInts
    n_draws: LongInts
    crime_clusters: LongInts
    crime_start: LongInts


def shared_clusters(labels: Ints) -> SharedClusters:
    """Collect the distinct clusters of two crimes or more of all draws.

    Equal sets are told by 64-bit sums of random keys of their members: among four million clusters two different
    ones are taken for equal with a probability below one in a million.

    Parameters
    ----------
    labels : int32, shape (n_draws, n_crimes)
        Not negative; compared within a draw only.
    """
    labels = _compact(labels)
    n_crimes = labels.shape[1]
    keys = np.random.default_rng(20_080_601).integers(2**64, size=n_crimes, dtype=np.uint64)
    sums = _cluster_keys(labels, int(labels.max()) + 1, keys)
    _, first, n_draws = np.unique(sums, return_index=True, return_counts=True)
    in_order = np.argsort(first)
    is_first = np.zeros(sums.size, dtype=np.bool_)
    is_first[first] = True
    members, start, crime_clusters, crime_start = _members(labels, int(labels.max()) + 1, is_first, first.size)
    return SharedClusters(members, start, n_draws[in_order].astype(np.int64), crime_clusters, crime_start)


def own_cluster_sizes(labels: Ints) -> Ints:
    """Count the crimes in each crime's cluster, itself among them: int32, shape (n_draws, n_crimes)."""
    labels = _compact(labels)
    return np.asarray(_sizes(labels, int(labels.max()) + 1))


def _compact(labels: Ints) -> Ints:
    """Renumber each draw only where numbers are so large that counting by number would waste memory."""
    labels = np.ascontiguousarray(labels, dtype=np.int32)
    if labels.max() <= 10 * labels.shape[1] + 1_000_000:
        return labels
    return np.stack([pd.factorize(row)[0].astype(np.int32) for row in labels])


@njit(cache=True)
def _sizes(labels: Ints, n_labels: int) -> Ints:
    n_draws, n_crimes = labels.shape
    sizes = np.empty((n_draws, n_crimes), np.int32)
    count = np.zeros(n_labels, np.int32)
    for t in range(n_draws):
        for i in range(n_crimes):
            count[labels[t, i]] += 1
        for i in range(n_crimes):
            sizes[t, i] = count[labels[t, i]]
        for i in range(n_crimes):
            count[labels[t, i]] = 0
    return sizes


@njit(cache=True)
def _cluster_keys(labels: Ints, n_labels: int, keys: Keys) -> Keys:
    """Sum the keys of each cluster of two or more: by draw, and within it by the cluster's first crime."""
    n_draws, n_crimes = labels.shape
    count, total = np.zeros(n_labels, np.int32), np.zeros(n_labels, np.uint64)
    sums, n = np.empty(n_draws * (n_crimes // 2), np.uint64), 0
    for t in range(n_draws):
        for i in range(n_crimes):
            count[labels[t, i]] += 1
            total[labels[t, i]] += keys[i]
        for i in range(n_crimes):
            k = labels[t, i]
            if count[k] >= 2:
                sums[n] = total[k]
                n += 1
            count[k], total[k] = 0, 0
    return sums[:n].copy()


@njit(cache=True)
def _members(
    labels: Ints, n_labels: int, is_first: NDArray[np.bool_], n_clusters: int
) -> tuple[Ints, LongInts, LongInts, LongInts]:
    """List the members of the clusters marked as first of their kind, in the order of `_cluster_keys`."""
    n_draws, n_crimes = labels.shape
    count, number = np.zeros(n_labels, np.int32), np.full(n_labels, -1, np.int64)
    start, crime_start = np.zeros(n_clusters + 1, np.int64), np.zeros(n_crimes + 1, np.int64)
    for is_filling in (False, True):
        if is_filling:
            members = np.empty(start[n_clusters], np.int32)
            crime_clusters = np.empty(start[n_clusters], np.int64)
            next_member, next_cluster = start.copy(), crime_start.copy()
        at, c = 0, 0
        for t in range(n_draws):
            for i in range(n_crimes):
                count[labels[t, i]] += 1
            for i in range(n_crimes):
                k = labels[t, i]
                if count[k] >= 2:
                    if is_first[at]:
                        number[k] = c
                        c += 1
                    at += 1
                count[k] = 0
                if number[k] < 0:
                    continue
                if is_filling:
                    members[next_member[number[k]]] = i
                    next_member[number[k]] += 1
                    crime_clusters[next_cluster[i]] = number[k]
                    next_cluster[i] += 1
                else:
                    start[number[k] + 1] += 1
                    crime_start[i + 1] += 1
            for i in range(n_crimes):
                number[labels[t, i]] = -1
        if not is_filling:
            start, crime_start = np.cumsum(start), np.cumsum(crime_start)
    return members, start, crime_clusters, crime_start


def _check_shapes(draws: LabelDraws) -> None:
    labels = draws.labels
    if labels.ndim != 2 or 0 in labels.shape or labels.dtype.kind not in "iu":
        raise LabelDrawsError(
            f"labels: expected whole numbers of shape (n_draws, n_crimes), at least 1 of each, got {labels.dtype} of "
            f"shape {labels.shape}; stack the draws of all chains as rows"
        )
    if labels.min() < 0:
        raise LabelDrawsError(f"labels: expected numbers from 0, got {labels.min()}; give every crime a label")
    for name, got in (("crime_ids", len(draws.crime_ids)), ("known_group", len(draws.known_group))):
        if got != labels.shape[1]:
            raise LabelDrawsError(f"{name}: expected one for each of {labels.shape[1]} crimes, got {got}; align them")
    repeated = pd.Index(draws.crime_ids).duplicated()
    if repeated.any():
        raise LabelDrawsError(
            f"crime_ids: expected each crime once, got {draws.crime_ids[repeated][0]!r} again; drop the copy"
        )


def _check_groups(draws: LabelDraws) -> None:
    known, n_known = draws.known_group, len(draws.groups)
    if known.min() < -1 or known.max() >= n_known:
        raise LabelDrawsError(
            f"known_group: expected -1 to {n_known - 1}, got {known.min()} to {known.max()}; number groups as in groups"
        )
    solved = np.flatnonzero(known >= 0)
    moved = (draws.labels[:, solved] != known[solved]).any(axis=0)
    if moved.any():
        raise LabelDrawsError(
            f"labels: expected crime {draws.crime_ids[solved[moved][0]]!r} in its known group in every draw, got "
            "another label; a solved crime keeps its group"
        )
    is_present = np.zeros(n_known, dtype=np.bool_)
    is_present[known[solved]] = True
    seen = np.unique(draws.labels[draws.labels < n_known])
    absent = seen[~is_present[seen]]
    if absent.size:
        raise LabelDrawsError(
            f"labels: expected a solved crime of known group {draws.groups[absent[0]]!r} among the crimes, got none; "
            "add the solved crimes as columns that keep their group"
        )
