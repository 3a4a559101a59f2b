"""Hierarchical clustering of a few thousand crimes from the full matrix of their log Bayes factors.

Merges are greedy: each attains the current maximum similarity, and where several pairs of clusters attain it
the pair with the lowest crimes goes first (a cluster is known by its lowest crime; pairs compare by the lower
of the two, then by the higher). Sums, not means, are kept for the average, so that log Bayes factors that add
without rounding give ties that are ties.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from linkage.linkages import HierarchyError, linkage_code


class MergeTree(NamedTuple):
    """Successive merges: crime i is node i, the cluster made by merge m is node `n_crimes + m`.

    Attributes
    ----------
    first, second : int64, shape (n_merges,)
        Nodes that were merged; `first` holds the lowest crime of the two.
    log_bf : float64, shape (n_merges,)
        Similarity at which they were merged (natural log).
    size : int64, shape (n_merges,)
        Crimes in the new cluster.
    n_crimes : int
        Leaves. A forest (merges that nothing allowed) has fewer than `n_crimes - 1` merges.
    """

    first: npt.NDArray[np.int64]
    second: npt.NDArray[np.int64]
    log_bf: npt.NDArray[np.float64]
    size: npt.NDArray[np.int64]
    n_crimes: int


class PathStep(NamedTuple):
    """One step of a crime's path: the log BF of the merge and the crimes that it added, ascending."""

    log_bf: float
    crimes: npt.NDArray[np.int64]


def merge_tree(
    log_bf_matrix: npt.NDArray[np.float64],
    linkage: str = "average",
    may_merge: npt.NDArray[np.bool_] | None = None,
) -> MergeTree:
    """Merge the most similar clusters until nothing is left to merge.

    Parameters
    ----------
    log_bf_matrix : float64, shape (n, n)
        Symmetric log Bayes factors of the crime pairs; the diagonal is not read.
    linkage : str
        `average` (mean over crime pairs), `single` (largest) or `complete` (smallest).
    may_merge : bool, shape (n, n), optional
        Pairs of crimes that can open a merge; two clusters are candidates when one of their pairs can.
        Without it every pair can. The similarity always counts every pair.

    Raises
    ------
    HierarchyError
        When the matrix is not square, symmetric and finite, or the linkage is unknown.
    """
    code = linkage_code(linkage)
    matrix = _checked_matrix(log_bf_matrix)
    n = len(matrix)
    may = np.ones((n, n), dtype=np.bool_) if may_merge is None else np.array(may_merge, dtype=np.bool_)
    if may.shape != matrix.shape or not np.array_equal(may, may.T):
        raise HierarchyError(
            f"may_merge: expected a symmetric bool matrix of shape {matrix.shape}, got shape {may.shape}; "
            "mark each pair in both triangles"
        )
    first, second, log_bf, size = _greedy_merges(matrix, may, code)
    return MergeTree(first, second, log_bf, size, n)


def cut(tree: MergeTree, threshold: float) -> npt.NDArray[np.int64]:
    """Label the crimes by the clusters left when merging stops below a similarity.

    Parameters
    ----------
    tree : MergeTree
    threshold : float
        Lowest log Bayes factor at which clusters are merged.

    Returns
    -------
    int64, shape (n_crimes,)
        Labels 0, 1, ... numbered by the lowest crime of each cluster.
    """
    below = np.flatnonzero(tree.log_bf < threshold)
    n_kept = int(below[0]) if len(below) else len(tree.log_bf)
    root = _roots(tree.first[:n_kept], tree.second[:n_kept], tree.n_crimes)
    _, lowest, which = np.unique(root, return_index=True, return_inverse=True)
    number = np.empty(len(lowest), dtype=np.int64)
    number[np.argsort(lowest)] = np.arange(len(lowest))
    return number[which]


def lowest_crimes(tree: MergeTree) -> npt.NDArray[np.int64]:
    """Return the lowest crime of each node: int64, shape (n_crimes + n_merges,)."""
    return _lowest(tree.first, tree.n_crimes)


def crime_path(tree: MergeTree, crime: int) -> tuple[PathStep, ...]:
    """Follow one crime up the tree: at each of its merges the log BF and the crimes that joined it.

    Raises
    ------
    HierarchyError
        When the crime is not one of the tree's.
    """
    if not 0 <= crime < tree.n_crimes:
        raise HierarchyError(
            f"crime: expected a row number from 0 to {tree.n_crimes - 1}, got {crime}; "
            "use the order of the clustered matrix"
        )
    steps = []
    node = crime
    for merge in range(len(tree.first)):
        pair = (int(tree.first[merge]), int(tree.second[merge]))
        if node in pair:
            other = pair[1] if node == pair[0] else pair[0]
            steps.append(PathStep(float(tree.log_bf[merge]), _crimes_below(tree, other)))
            node = tree.n_crimes + merge
    return tuple(steps)


def _crimes_below(tree: MergeTree, node: int) -> npt.NDArray[np.int64]:
    waiting, crimes = [node], []
    while waiting:
        top = waiting.pop()
        if top < tree.n_crimes:
            crimes.append(top)
        else:
            merge = top - tree.n_crimes
            waiting += [int(tree.first[merge]), int(tree.second[merge])]
    return np.array(sorted(crimes), dtype=np.int64)


def _checked_matrix(log_bf_matrix: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    matrix = np.array(log_bf_matrix, dtype=np.float64)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise HierarchyError(
            f"log_bf_matrix: expected a square matrix, got shape {matrix.shape}; give one row and one column a crime"
        )
    np.fill_diagonal(matrix, 0.0)
    if not np.isfinite(matrix).all():
        n_bad = int((~np.isfinite(matrix)).sum())
        raise HierarchyError(
            f"log_bf_matrix: expected finite log Bayes factors, got {n_bad} that are not; score every pair first"
        )
    if not np.array_equal(matrix, matrix.T):
        raise HierarchyError(
            "log_bf_matrix: expected a symmetric matrix, got one that is not; copy the upper triangle to the lower"
        )
    return matrix


@njit(cache=True)
def _similarity(total, size, i, j, code):  # type: ignore[no-untyped-def]  # compiled
    return total[i, j] / (size[i] * size[j]) if code == 0 else total[i, j]


@njit(cache=True)
def _find_best(total, may, size, i, code, best, best_log_bf):  # type: ignore[no-untyped-def]  # compiled
    """Set the row's most similar later cluster, the lowest of equals; -1 where nothing may merge."""
    best[i] = -1
    best_log_bf[i] = -np.inf
    for k in range(i + 1, len(size)):
        if size[k] > 0 and may[i, k]:
            value = _similarity(total, size, i, k, code)
            if value > best_log_bf[i]:
                best[i] = k
                best_log_bf[i] = value


@njit(cache=True)
def _absorb(total, may, size, i, j, code):  # type: ignore[no-untyped-def]  # compiled
    """Add cluster j to cluster i; a size of 0 marks a cluster that is gone."""
    for k in range(len(size)):
        if size[k] == 0 or k in (i, j):
            continue
        if code == 0:
            value = total[i, k] + total[j, k]
        elif code == 1:
            value = max(total[i, k], total[j, k])
        else:
            value = min(total[i, k], total[j, k])
        total[i, k] = value
        total[k, i] = value
        open_pair = may[i, k] or may[j, k]
        may[i, k] = open_pair
        may[k, i] = open_pair
    size[i] += size[j]
    size[j] = 0


@njit(cache=True)
def _repair_best(total, may, size, i, j, code, best, best_log_bf):  # type: ignore[no-untyped-def]  # compiled
    """Restore each row's best after j went into i; only rows that pointed at i or j need a new search."""
    for k in range(j):
        if size[k] == 0 or k == i:
            continue
        pointed_here = best[k] == i or best[k] == j
        if k > i:
            if pointed_here:
                _find_best(total, may, size, k, code, best, best_log_bf)
            continue
        value = _similarity(total, size, k, i, code) if may[k, i] else -np.inf
        # Nothing before i equalled the old best (it would have been chosen), so at least as good means i.
        if pointed_here and value < best_log_bf[k]:
            _find_best(total, may, size, k, code, best, best_log_bf)
        elif value > best_log_bf[k] or (may[k, i] and value == best_log_bf[k] and i < best[k]) or pointed_here:
            best[k] = i
            best_log_bf[k] = value
    _find_best(total, may, size, i, code, best, best_log_bf)


@njit(cache=True)
def _greedy_merges(total, may, code):  # type: ignore[no-untyped-def]  # compiled
    """Merge with a nearest neighbour kept for each row: O(n^2) as a rule, O(n^3) at worst."""
    n = len(total)
    n_steps = max(n - 1, 0)
    size = np.ones(n, dtype=np.int64)
    node = np.arange(n)
    best = np.full(n, -1, dtype=np.int64)
    best_log_bf = np.full(n, -np.inf)
    for i in range(n):
        _find_best(total, may, size, i, code, best, best_log_bf)
    first = np.empty(n_steps, dtype=np.int64)
    second = np.empty(n_steps, dtype=np.int64)
    log_bf = np.empty(n_steps)
    merged_size = np.empty(n_steps, dtype=np.int64)
    for step in range(n_steps):
        i = -1
        for k in range(n):
            if size[k] > 0 and best[k] >= 0 and (i < 0 or best_log_bf[k] > best_log_bf[i]):
                i = k
        if i < 0:
            return first[:step], second[:step], log_bf[:step], merged_size[:step]
        j = best[i]
        first[step], second[step], log_bf[step] = node[i], node[j], best_log_bf[i]
        _absorb(total, may, size, i, j, code)
        _repair_best(total, may, size, i, j, code, best, best_log_bf)
        node[i] = n + step
        merged_size[step] = size[i]
    return first, second, log_bf, merged_size


@njit(cache=True)
def _roots(first, second, n_crimes):  # type: ignore[no-untyped-def]  # compiled
    n_nodes = n_crimes + len(first)
    root = np.arange(n_nodes)
    for merge in range(len(first) - 1, -1, -1):
        root[first[merge]] = root[n_crimes + merge]
        root[second[merge]] = root[n_crimes + merge]
    return root[:n_crimes]


@njit(cache=True)
def _lowest(first, n_crimes):  # type: ignore[no-untyped-def]  # compiled
    lowest = np.arange(n_crimes + len(first))
    for merge in range(len(first)):
        lowest[n_crimes + merge] = lowest[first[merge]]
    return lowest
