"""R's form of a merge tree, by hand, there and back, and against the reference's trees."""

import numpy as np
import pandas as pd
import pytest

from linkage.dense_tree import merge_tree
from linkage.hclust import hclust_order, hclust_table, tree_from_hclust
from linkage.linkages import LINKAGES, HierarchyError


def random_matrix(n: int, seed: int) -> np.ndarray:
    upper = np.triu(np.random.default_rng(seed).normal(size=(n, n)), 1)
    return upper + upper.T


def test_four_crimes_as_r_writes_them():
    # 2 and 4 merge at 5, 1 and 3 at 4, the two clusters at the mean of 3, 2, 1 and 0.
    matrix = np.array([[0, 3, 4, 2], [3, 0, 1, 5], [4, 1, 0, 0], [2, 5, 0, 0]], dtype=float)
    tree = merge_tree(matrix)
    assert hclust_table(tree).to_numpy().tolist() == [[1, -2, -4, 5.0], [2, -1, -3, 4.0], [3, 1, 2, 1.5]]
    assert hclust_order(tree).tolist() == [1, 3, 0, 2]


def test_a_crime_stands_before_a_cluster():
    # 2 and 3 merge first, then 1 joins them: R writes the crime first.
    matrix = np.array([[0, 1, 1], [1, 0, 9], [1, 9, 0]], dtype=float)
    tree = merge_tree(matrix)
    assert hclust_table(tree)[["merge1", "merge2"]].to_numpy().tolist() == [[-2, -3], [-1, 1]]
    assert hclust_order(tree).tolist() == [0, 1, 2]


@pytest.mark.parametrize("linkage", LINKAGES)
def test_a_tree_comes_back_unchanged_from_its_table(linkage):
    tree = merge_tree(random_matrix(40, seed=3), linkage)
    table = hclust_table(tree)
    back = tree_from_hclust(table[["merge1", "merge2"]], table["log_bf"])
    for ours, again in zip(tree, back, strict=True):
        np.testing.assert_array_equal(ours, again)


@pytest.mark.parametrize("linkage", LINKAGES)
def test_every_cluster_stands_together_in_the_hclust_order(linkage):
    tree = merge_tree(random_matrix(60, seed=8), linkage)
    order = hclust_order(tree)
    assert sorted(order) == list(range(60))
    place = np.argsort(order)
    members = [{i} for i in range(60)]
    for one, other in zip(tree.first, tree.second, strict=True):
        members.append(members[one] | members[other])
        places = place[list(members[-1])]
        assert np.ptp(places) == len(places) - 1


def test_a_forest_lists_clusters_in_order_of_their_merges_and_single_crimes_last():
    may_merge = np.zeros((5, 5), dtype=bool)
    may_merge[0, 3] = may_merge[3, 0] = may_merge[1, 4] = may_merge[4, 1] = True
    matrix = np.zeros((5, 5))
    matrix[1, 4] = matrix[4, 1] = 2.0
    tree = merge_tree(matrix, may_merge=may_merge)
    assert hclust_order(tree).tolist() == [1, 4, 0, 3, 2]


@pytest.mark.parametrize("n", [0, 1])
def test_no_merge_gives_an_empty_table(n):
    tree = merge_tree(np.zeros((n, n)))
    assert list(hclust_table(tree)) == ["step", "merge1", "merge2", "log_bf"]
    assert hclust_table(tree).empty
    assert hclust_order(tree).tolist() == list(range(n))


def test_the_merges_of_scipy_read_the_same():
    from scipy.cluster.hierarchy import linkage
    from scipy.spatial.distance import squareform

    matrix = random_matrix(30, seed=5)
    distance = 10.0 - matrix
    np.fill_diagonal(distance, 0.0)
    theirs = linkage(squareform(distance), "average")
    table = hclust_table(merge_tree(matrix))
    again = tree_from_hclust(np.where(theirs[:, :2] < 30, -theirs[:, :2] - 1, theirs[:, :2] - 29), 10.0 - theirs[:, 2])
    np.testing.assert_array_equal(hclust_table(again)[["merge1", "merge2"]], table[["merge1", "merge2"]])
    np.testing.assert_array_equal(hclust_order(again), hclust_order(merge_tree(matrix)))


@pytest.mark.parametrize(
    ("merge", "log_bf", "words"),
    [
        ([[-1, -2]], [1.0, 2.0], "expected two columns and one number a merge"),
        ([-1, -2], [1.0, 2.0], "expected two columns"),
        ([[-1, -2], [-1, 1]], [2.0, 1.0], "to merge once"),
        ([[-1, 2], [-2, -3]], [2.0, 1.0], "in their order"),
    ],
)
def test_what_is_no_tree_is_refused(merge, log_bf, words):
    with pytest.raises(HierarchyError, match=words):
        tree_from_hclust(merge, log_bf)


def unsolved_tree(reference, linkage):
    pairs = pd.read_csv(reference / "unsolved_pairs.csv")
    labels = pd.read_csv(reference / f"hier_{linkage}_labels.csv")
    row = pd.Series(range(len(labels)), labels["label"])
    matrix = np.zeros((len(labels), len(labels)))
    matrix[row[pairs["i1"]], row[pairs["i2"]]] = pairs["logBF"]
    return merge_tree(matrix + matrix.T, linkage), labels


@pytest.mark.parametrize("linkage", LINKAGES)
def test_the_references_merges_and_leaves_come_out_row_for_row(reference, linkage):
    tree, labels = unsolved_tree(reference, linkage)
    theirs = pd.read_csv(reference / f"hier_{linkage}.csv")
    ours = hclust_table(tree)
    np.testing.assert_array_equal(ours[["step", "merge1", "merge2"]], theirs[["step", "merge1", "merge2"]])
    np.testing.assert_allclose(theirs["offset"] - ours["log_bf"], theirs["height"], rtol=1e-9)
    assert (theirs["offset"] == np.ceil(ours["log_bf"].max())).all()
    assert (hclust_order(tree) + 1).tolist() == labels["plot_order"].tolist()
    assert labels["label"][hclust_order(tree)].tolist() == labels["plot_label"].tolist()


def test_the_references_tree_of_all_crimes_is_drawn_in_its_own_order(reference):
    theirs = pd.read_csv(reference / "hier490_average.csv")
    labels = pd.read_csv(reference / "hier490_average_labels.csv")
    tree = tree_from_hclust(theirs[["merge1", "merge2"]], theirs["logBF"])
    assert (hclust_order(tree) + 1).tolist() == labels["plot_order"].tolist()
    assert labels["label"][hclust_order(tree)].tolist() == labels["plot_label"].tolist()
    assert tree.size[-1] == tree.n_crimes == 490
