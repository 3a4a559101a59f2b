"""A merge tree in the form of R's hclust, for analysts who compare with R or draw a dendrogram.

R numbers crimes -1, -2, ... and clusters 1, 2, ... by the step that made them; of the two that merge, a crime stands
before a cluster and otherwise the lower number first. Source: R's `hclust` documentation, value `merge` and `order`.
"""

import numpy as np
import numpy.typing as npt
import pandas as pd

from linkage.dense_tree import MergeTree
from linkage.linkages import HierarchyError

Ints = npt.NDArray[np.int64]


def hclust_table(tree: MergeTree) -> pd.DataFrame:
    """Return the merges as R's hclust writes them.

    Returns
    -------
    DataFrame
        step (from 1), merge1, merge2 (negative: a crime, by its row from 1; positive: the cluster of that step),
        log_bf; one row a merge. R's height is any constant minus the log BF.
    """
    sides = np.sort(np.column_stack([tree.first, tree.second]), axis=1)  # crimes are the lower nodes
    is_crime = sides < tree.n_crimes
    codes = np.where(is_crime, -sides - 1, sides - tree.n_crimes + 1)
    return pd.DataFrame(
        {
            "step": np.arange(1, len(codes) + 1),
            "merge1": codes[:, 0],
            "merge2": codes[:, 1],
            "log_bf": tree.log_bf,
        }
    )


def tree_from_hclust(merge: npt.ArrayLike, log_bf: npt.ArrayLike) -> MergeTree:
    """Return the merge tree that R's hclust describes.

    Parameters
    ----------
    merge : array_like, shape (n_crimes - 1, 2), int
        As in `hclust_table`.
    log_bf : array_like, shape (n_crimes - 1,), float64
        Natural log, at which each pair merged.

    Raises
    ------
    HierarchyError
        The arrays do not fit together, or the merges are not those of one tree.
    """
    codes, levels = np.asarray(merge, dtype=np.int64), np.asarray(log_bf, dtype=np.float64)
    if codes.ndim != 2 or codes.shape[1] != 2 or levels.shape != codes.shape[:1]:
        raise HierarchyError(
            f"merge, log_bf: expected two columns and one number a merge, got shapes {codes.shape} and "
            f"{levels.shape}; give hclust's merge and offset minus its height"
        )
    n_crimes = len(codes) + 1
    nodes = np.where(codes < 0, -codes - 1, codes + n_crimes - 1)
    made = n_crimes + np.arange(len(codes))
    if len(np.unique(nodes)) < nodes.size or nodes.min(initial=0) < 0 or (nodes >= made[:, None]).any():
        raise HierarchyError(
            "merge: expected each crime and earlier cluster to merge once, got others; give the merges in their order"
        )
    return _lowest_first(nodes, levels, n_crimes)


def hclust_order(tree: MergeTree) -> Ints:
    """Return the crimes from left to right in R's dendrogram, as rows from 0; no two branches cross.

    The clusters of a forest stand side by side in order of the merge that made them, crimes by themselves last.
    """
    sides = np.sort(np.column_stack([tree.first, tree.second]), axis=1)
    n_nodes = tree.n_crimes + len(sides)
    roots = np.setdiff1d(np.arange(n_nodes), sides)
    waiting = [*roots[roots < tree.n_crimes][::-1], *roots[roots >= tree.n_crimes][::-1]]
    order = []
    while waiting:
        node = waiting.pop()
        if node < tree.n_crimes:
            order.append(node)
        else:
            waiting += [*sides[node - tree.n_crimes][::-1]]
    return np.array(order, dtype=np.int64)


def _lowest_first(nodes: Ints, log_bf: npt.NDArray[np.float64], n_crimes: int) -> MergeTree:
    """Put the side with the lowest crime first and count the crimes of each new cluster."""
    lowest = np.concatenate([np.arange(n_crimes), np.zeros(len(nodes), dtype=np.int64)])
    size = np.concatenate([np.ones(n_crimes, dtype=np.int64), np.zeros(len(nodes), dtype=np.int64)])
    ordered = nodes.copy()
    for merge, (one, other) in enumerate(nodes):
        if lowest[one] > lowest[other]:
            ordered[merge] = other, one
        lowest[n_crimes + merge] = min(lowest[one], lowest[other])
        size[n_crimes + merge] = size[one] + size[other]
    return MergeTree(ordered[:, 0], ordered[:, 1], log_bf, size[n_crimes:], n_crimes)
