"""A tree is laid out without crossing lines, whatever its depth."""

import numpy as np
import pytest
from scipy.cluster.hierarchy import leaves_list, linkage

from linkage.dense_tree import MergeTree, cut, merge_tree
from linkage.figures.tree_layout import leaf_order, tree_layout


def random_tree(n, seed, **settings):
    matrix = np.random.default_rng(seed).normal(size=(n, n))
    return merge_tree(matrix + matrix.T, **settings)


def forest(pairs, n):
    first, second = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    return MergeTree(first, second, np.linspace(2, 1, len(pairs)), np.full(len(pairs), 2), n)


def test_a_fork_stands_midway_between_its_branches():
    # 1 and 2 join (node 4), then 0 with them (node 5); 3 stays alone.
    layout = tree_layout(forest([(1, 2), (0, 4)], 4))
    assert layout.order.tolist() == [0, 1, 2, 3]
    assert layout.place.tolist() == [0, 1, 2, 3, 1.5, 0.75]
    assert layout.parent.tolist() == [1, 0, 0, -1, 1, -1]


@pytest.mark.parametrize("method", ["average", "single", "complete"])
def test_every_cluster_stands_together_at_every_cut(method):
    tree = random_tree(60, 3, linkage=method)
    order = leaf_order(tree)
    assert sorted(order.tolist()) == list(range(60))
    for threshold in tree.log_bf:
        label = cut(tree, threshold)[order]
        assert int((np.diff(label) != 0).sum()) == label.max()


def test_clusters_stand_together_as_scipy_has_them():
    rng = np.random.default_rng(8)
    matrix = rng.normal(size=(30, 30))
    matrix = matrix + matrix.T
    np.fill_diagonal(matrix, 0)
    tree = merge_tree(matrix)
    apart = (matrix.max() - matrix)[np.triu_indices(30, 1)]
    theirs = leaves_list(linkage(apart, "average"))
    for threshold in (0.5, 0.0, -0.5):
        label = cut(tree, threshold)
        assert int((np.diff(label[theirs]) != 0).sum()) == int((np.diff(label[leaf_order(tree)]) != 0).sum())


def test_a_chain_of_thousands_needs_no_recursion():
    n = 5000
    tree = forest([(0, 1), *((n + step, step + 2) for step in range(n - 2))], n)
    assert leaf_order(tree).tolist() == list(range(n))


def test_crimes_that_nothing_merged_keep_their_order():
    assert leaf_order(forest([], 3)).tolist() == [0, 1, 2]
