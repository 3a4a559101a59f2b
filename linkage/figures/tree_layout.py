"""Where the leaves and the forks of a merge tree are drawn, so that no two lines cross."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from linkage.dense_tree import MergeTree

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


class TreeLayout(NamedTuple):
    """Places of a tree's nodes: crime i is node i, merge m node `n_crimes + m`.

    Attributes
    ----------
    order : int64, shape (n_crimes,)
        Crimes in the order in which they are drawn.
    place : float64, shape (n_crimes + n_merges,)
        Where each node is drawn along the leaves: leaves at 0, 1, ..., a fork midway between its two branches.
    parent : int64, shape (n_crimes + n_merges,)
        Merge that took the node up; -1 for the root of a tree.
    """

    order: Ints
    place: Floats
    parent: Ints


def leaf_order(tree: MergeTree) -> Ints:
    """Return the crimes in an order in which every cluster stands together; the one with the lowest crime first."""
    merged = np.concatenate([tree.first, tree.second])
    roots = np.setdiff1d(np.arange(tree.n_crimes + len(tree.first)), merged)
    lowest = {int(root): _lowest_crime(tree, int(root)) for root in roots}
    order: list[int] = []
    waiting = sorted(lowest, key=lambda root: lowest[root], reverse=True)
    while waiting:
        node = waiting.pop()
        if node < tree.n_crimes:
            order.append(node)
        else:
            # `first` holds the lowest crime of the two, so it is taken up next.
            merge = node - tree.n_crimes
            waiting += [int(tree.second[merge]), int(tree.first[merge])]
    return np.array(order, dtype=np.int64)


def tree_layout(tree: MergeTree) -> TreeLayout:
    """Return where each node of a tree is drawn."""
    order, n = leaf_order(tree), tree.n_crimes
    place = np.empty(n + len(tree.first))
    parent = np.full(n + len(tree.first), -1, dtype=np.int64)
    place[order] = np.arange(n)
    for merge, (first, second) in enumerate(zip(tree.first, tree.second, strict=True)):
        place[n + merge] = (place[first] + place[second]) / 2
        parent[[first, second]] = merge
    return TreeLayout(order, place, parent)


def _lowest_crime(tree: MergeTree, node: int) -> int:
    while node >= tree.n_crimes:
        node = int(tree.first[node - tree.n_crimes])
    return node
