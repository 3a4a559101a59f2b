"""The dense tree against hand-worked merges, a naive greedy, scipy and the reference's trees."""

import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from linkage.dense_tree import MergeTree, crime_path, cut, merge_tree
from linkage.linkages import HierarchyError

LINKAGES = ("average", "single", "complete")
REDUCE = {"average": np.mean, "single": np.max, "complete": np.min}


def symmetric(upper):
    matrix = np.triu(np.asarray(upper, dtype=float), 1)
    return matrix + matrix.T


def random_matrix(n, seed, levels=None):
    """With `levels`, log BFs are whole numbers: sums are exact and ties abound."""
    rng = np.random.default_rng(seed)
    values = rng.integers(-levels, levels + 1, (n, n)) if levels else rng.normal(size=(n, n))
    return symmetric(values)


def naive_greedy(matrix, linkage, may=None):
    """Every merge from the definition: all cluster pairs, all their crime pairs, first maximum wins."""
    clusters = [[i] for i in range(len(matrix))]
    merges = []
    while len(clusters) > 1:
        candidates = [
            (REDUCE[linkage](matrix[np.ix_(clusters[a], clusters[b])]), a, b)
            for a in range(len(clusters))
            for b in range(a + 1, len(clusters))
            if may is None or may[np.ix_(clusters[a], clusters[b])].any()
        ]
        if not candidates:
            break
        value, a, b = max(candidates, key=lambda found: found[0])
        merges.append((value, tuple(clusters[a]), tuple(clusters[b])))
        clusters[a] = sorted(clusters[a] + clusters.pop(b))
    return merges


def merges_of(tree: MergeTree):
    below = {i: (i,) for i in range(tree.n_crimes)}
    merges = []
    for step, (first, second, value) in enumerate(zip(tree.first, tree.second, tree.log_bf, strict=True)):
        merges.append((value, below[first], below[second]))
        below[tree.n_crimes + step] = tuple(sorted(below[first] + below[second]))
        assert len(below[tree.n_crimes + step]) == tree.size[step]
    return merges


def test_three_crimes_merge_as_worked_by_hand():
    # log BFs: 0-1 is 5, 0-2 is 1, 1-2 is 3; after 0 and 1 join, 2 is at mean 2, largest 3, smallest 1.
    matrix = symmetric([[0, 5, 1], [0, 0, 3], [0, 0, 0]])
    for linkage, last in (("average", 2.0), ("single", 3.0), ("complete", 1.0)):
        tree = merge_tree(matrix, linkage)
        assert tree.first.tolist() == [0, 3]
        assert tree.second.tolist() == [1, 2]
        assert tree.log_bf.tolist() == [5.0, last]
        assert tree.size.tolist() == [2, 3]


@pytest.mark.parametrize("linkage", LINKAGES)
@pytest.mark.parametrize("seed", range(6))
def test_with_ties_every_merge_is_that_of_the_naive_greedy(linkage, seed):
    matrix = random_matrix(14, seed, levels=2)
    assert merges_of(merge_tree(matrix, linkage)) == naive_greedy(matrix, linkage)


@pytest.mark.parametrize("linkage", LINKAGES)
@pytest.mark.parametrize("seed", range(6))
def test_pairs_that_may_not_open_a_merge_still_count_in_its_similarity(linkage, seed):
    matrix = random_matrix(13, seed, levels=3)
    may = symmetric(np.random.default_rng(seed + 100).random((13, 13)) < 0.2).astype(bool)
    tree = merge_tree(matrix, linkage, may)
    assert merges_of(tree) == naive_greedy(matrix, linkage, may)


@pytest.mark.parametrize("linkage", LINKAGES)
def test_without_ties_the_tree_is_scipys(linkage):
    from scipy.cluster.hierarchy import fcluster
    from scipy.cluster.hierarchy import linkage as scipy_linkage
    from scipy.spatial.distance import squareform

    matrix = random_matrix(120, seed=3)
    offset = matrix.max()
    theirs = scipy_linkage(squareform(np.where(np.eye(120, dtype=bool), 0, offset - matrix)), linkage)
    tree = merge_tree(matrix, linkage)
    np.testing.assert_allclose(tree.log_bf, offset - theirs[:, 2], rtol=0, atol=1e-12)
    for threshold in (-0.5, 0.1, 0.7, 1.5):
        labels = fcluster(theirs, offset - threshold, "distance")
        assert same_partition(cut(tree, threshold), labels)


def same_partition(ours, theirs):
    pairs = set(zip(ours, theirs, strict=True))
    return len(pairs) == len(set(ours)) == len(set(theirs))


@pytest.mark.parametrize("linkage", LINKAGES)
def test_renaming_crimes_renames_the_tree(linkage):
    matrix = random_matrix(40, seed=9)
    order = np.random.default_rng(1).permutation(40)
    labels = cut(merge_tree(matrix, linkage), 0.3)
    shuffled = cut(merge_tree(matrix[np.ix_(order, order)], linkage), 0.3)
    assert same_partition(labels[order], shuffled)


def test_labels_of_a_cut_are_numbered_by_the_lowest_crime():
    matrix = symmetric([[0, 0, 0, 7], [0, 0, 9, 0], [0, 0, 0, 0], [0, 0, 0, 0]])
    assert cut(merge_tree(matrix), 5.0).tolist() == [0, 1, 1, 0]
    assert cut(merge_tree(matrix), 7.0).tolist() == [0, 1, 1, 0]
    assert cut(merge_tree(matrix), 8.0).tolist() == [0, 1, 1, 2]
    assert cut(merge_tree(matrix), 10.0).tolist() == [0, 1, 2, 3]
    assert cut(merge_tree(matrix), -np.inf).tolist() == [0, 0, 0, 0]


@pytest.mark.parametrize("n", [0, 1])
def test_no_crimes_and_one_crime_give_no_merges(n):
    tree = merge_tree(np.zeros((n, n)))
    assert len(tree.first) == 0
    assert cut(tree, 0.0).tolist() == [0] * n


def test_identical_crimes_merge_in_order_of_their_index():
    tree = merge_tree(np.full((4, 4), 2.5), "average")
    assert tree.first.tolist() == [0, 4, 5]
    assert tree.second.tolist() == [1, 2, 3]
    assert tree.log_bf.tolist() == [2.5] * 3


def test_the_matrix_given_is_left_as_it_was():
    matrix = random_matrix(10, seed=2)
    before = matrix.copy()
    merge_tree(matrix)
    np.testing.assert_array_equal(matrix, before)


@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        (np.zeros((2, 3)), r"square matrix, got shape \(2, 3\)"),
        (np.array([[0, np.nan], [np.nan, 0]]), "got 2 that are not; score every pair"),
        (np.array([[0, 1.0], [2.0, 0]]), "symmetric"),
    ],
)
def test_a_matrix_that_is_not_one_is_refused_with_the_next_step(matrix, message):
    with pytest.raises(HierarchyError, match=message):
        merge_tree(matrix)


def test_an_unknown_linkage_names_the_known_ones():
    with pytest.raises(HierarchyError, match="average, single, complete, got 'ward'"):
        merge_tree(np.zeros((2, 2)), "ward")


def test_a_crime_outside_the_tree_is_refused():
    with pytest.raises(HierarchyError, match="from 0 to 1, got 2"):
        crime_path(merge_tree(np.zeros((2, 2))), 2)


def unsolved_matrix(reference: Path):
    pairs = pd.read_csv(reference / "unsolved_pairs.csv")
    labels = pd.read_csv(reference / "hier_average_labels.csv")["label"]
    row = pd.Series(range(len(labels)), labels)
    matrix = np.zeros((len(labels), len(labels)))
    matrix[row[pairs["i1"]], row[pairs["i2"]]] = pairs["logBF"]
    return matrix + matrix.T, labels


@pytest.mark.parametrize("linkage", LINKAGES)
def test_the_references_trees_come_out_merge_for_merge(reference, linkage):
    matrix, labels = unsolved_matrix(reference)
    theirs = pd.read_csv(reference / f"hier_{linkage}.csv")
    tree = merge_tree(matrix, linkage)
    np.testing.assert_allclose(np.sort(tree.log_bf), np.sort(theirs["logBF"]), rtol=0, atol=1e-12)
    cuts = pd.read_csv(reference / f"hier_{linkage}_cut.csv").set_index("label").loc[labels]
    for column, threshold in zip(cuts.columns, (-2, 0, 1, 2, 4), strict=True):
        assert same_partition(cut(tree, threshold), cuts[column].to_numpy()), (linkage, threshold)


def test_the_reference_finds_five_merges_at_four_or_more(reference):
    matrix, _ = unsolved_matrix(reference)
    assert (merge_tree(matrix, "average").log_bf >= 4).sum() == 5


@pytest.mark.parametrize("linkage", LINKAGES)
def test_the_paths_of_all_crimes_are_the_true_ones(reference, linkage):
    matrix, labels = unsolved_matrix(reference)
    paths = pd.read_csv(reference / "cluster_path.csv").query("linkage == @linkage")
    tree = merge_tree(matrix, linkage)
    for crime, label in enumerate(labels):
        theirs = paths[paths["crimeID"] == label]
        ours = crime_path(tree, crime)
        np.testing.assert_allclose([step.log_bf for step in ours], theirs["logBF"], rtol=0, atol=1e-12)
        added = [", ".join(labels[list(step.crimes)]) for step in ours]
        assert added == theirs["crimes_true"].tolist()


def test_the_path_printed_by_the_reference_for_one_crime(reference):
    matrix, labels = unsolved_matrix(reference)
    steps = crime_path(merge_tree(matrix), labels.tolist().index("C:429"))
    assert [round(step.log_bf, 7) for step in steps[:3]] == [4.8226300, 2.1332281, 0.1540873]


def test_a_thousand_crimes_take_under_a_second():
    matrix = random_matrix(1000, seed=5)
    merge_tree(matrix[:5, :5])
    start = time.process_time()
    merge_tree(matrix)
    assert time.process_time() - start < 1.0
