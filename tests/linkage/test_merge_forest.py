"""Clustering along links against scipy where nothing ties, and against a naive greedy where much does."""

import itertools
import math

import numpy as np
import pytest
from scipy.cluster.hierarchy import fcluster
from scipy.cluster.hierarchy import linkage as scipy_linkage
from scipy.spatial.distance import squareform

from linkage import merge_forest as module
from linkage.constraints import NO_CONSTRAINTS, RowConstraints
from linkage.dense_tree import cut, merge_tree
from linkage.linkages import LINKAGES, HierarchyError
from linkage.merge_forest import merge_forest

GATHER = {"average": lambda block: block.sum() / block.size, "single": np.max, "complete": np.min}


def symmetric(upper):
    upper = np.triu(upper, 1).astype(float)
    return upper + upper.T


def links_of(matrix, threshold, within=None):
    first, second = np.triu_indices(len(matrix), 1)
    chosen = matrix[first, second] >= threshold
    if within is not None:
        chosen &= within[first, second]
    return first[chosen], second[chosen], matrix[first, second][chosen]


def forest_of(matrix, threshold, linkage, within=None, **more):
    links = links_of(matrix, threshold, within)
    return merge_forest(len(matrix), *links, lambda i, j: matrix[i, j], threshold, linkage, **more)


def naive_greedy(matrix, may_open, threshold, linkage, must=(), cannot=()):
    """Return first and second lowest crime, similarity and size of each merge, by looking at every two clusters."""
    clusters = [[crime] for crime in range(len(matrix))]
    group = [{crime} for crime in range(len(matrix))]
    for i, j in must:
        whole = group[i] | group[j]
        for crime in whole:
            group[crime] = whole
    merges = []

    def similarity(one, other):
        return GATHER[linkage](matrix[np.ix_(one, other)])

    def best_of(allowed, least):
        options = [
            (-similarity(one, other), min(one), min(other), one, other)
            for one, other in itertools.combinations(clusters, 2)
            if allowed(one, other)
        ]
        options = [option for option in options if -option[0] >= least]
        return min(options, default=None)

    def decided(one, other):
        return other[0] in group[one[0]]

    def linked(one, other):
        forbidden = any((min(pair), max(pair)) in cannot for pair in itertools.product(one, other))
        return not forbidden and any(may_open[i, j] for i, j in itertools.product(one, other))

    while (best := best_of(decided, -math.inf) or best_of(linked, threshold)) is not None:
        value, low, high, one, other = best
        clusters = sorted([each for each in clusters if each not in (one, other)] + [sorted(one + other)])
        merges.append((low, high, -value, len(one) + len(other)))
    return merges


def merges_of(forest):
    """Put the same of a forest: the lowest crimes in place of the nodes."""
    tree = forest.tree
    lowest = list(range(tree.n_crimes))
    merges = []
    for first, second, log_bf, size in zip(*tree[:4], strict=True):
        merges.append((lowest[first], lowest[second], float(log_bf), int(size)))
        lowest.append(lowest[first])
    return merges


@pytest.mark.parametrize("linkage", LINKAGES)
@pytest.mark.parametrize("chunk", range(4))
def test_whole_numbers_merge_as_a_naive_greedy_merges_them_ties_and_order_included(linkage, chunk):
    rng = np.random.default_rng([chunk, LINKAGES.index(linkage)])
    for _ in range(40):
        n = int(rng.integers(2, 13))
        matrix = symmetric(rng.integers(-3, int(rng.integers(1, 6)), (n, n)))
        # Some pairs are beyond the limits: as strong as any, but they open no merge.
        within = symmetric(rng.random((n, n)) < rng.choice([0.3, 0.7, 1.1])) > 0
        threshold = float(rng.integers(-2, 4))
        expected = naive_greedy(matrix, within & (matrix >= threshold), threshold, linkage)
        assert merges_of(forest_of(matrix, threshold, linkage, within)) == expected


@pytest.mark.parametrize("linkage", LINKAGES)
def test_decisions_are_kept_as_a_naive_greedy_keeps_them(linkage):
    rng = np.random.default_rng(LINKAGES.index(linkage))
    n_cases = 0
    while n_cases < 60:
        n = int(rng.integers(3, 11))
        matrix = symmetric(rng.integers(-3, 5, (n, n)))
        within = symmetric(rng.random((n, n)) < 0.7) > 0
        pairs = np.array(list(itertools.combinations(range(n), 2)))
        rng.shuffle(pairs)
        must = pairs[: rng.integers(0, 3)]
        cannot = pairs[len(must) : len(must) + rng.integers(0, 4)]
        decisions = RowConstraints(must, cannot)
        try:
            found = forest_of(matrix, 1.0, linkage, within, constraints=decisions)
        except HierarchyError:
            continue  # they contradict one another, which has a test of its own
        n_cases += 1
        forbidden = {(int(i), int(j)) for i, j in cannot}
        expected = naive_greedy(matrix, within & (matrix >= 1), 1.0, linkage, must.tolist(), forbidden)
        assert merges_of(found) == expected
        assert found.n_decided == len(np.unique(must)) - len({tuple(sorted(g)) for g in _groups(must)})


def _groups(must):
    groups = []
    for i, j in must.tolist():
        joined = [each for each in groups if each & {i, j}]
        groups = [each for each in groups if not each & {i, j}] + [set().union({i, j}, *joined)]
    return groups


def check_against_scipy(n, linkage, threshold, rng):
    matrix = symmetric(rng.normal(-1.0, 2.0, (n, n)))
    tree = forest_of(matrix, threshold, linkage).tree
    offset = matrix.max()
    theirs = scipy_linkage(squareform(offset - matrix, checks=False), linkage)
    heights = np.sort(offset - theirs[:, 2])[::-1]
    n_merges = int((heights >= threshold).sum())
    assert len(tree.log_bf) == n_merges
    np.testing.assert_allclose(tree.log_bf, heights[:n_merges], rtol=0, atol=1e-9)
    assert (np.diff(tree.log_bf) < 0).all()
    # The same clusters, and the same sizes on the way.
    ours = cut(tree, threshold)
    labels = fcluster(theirs, offset - threshold, "distance")
    assert len(np.unique(np.stack([ours, labels], axis=1), axis=0)) == ours.max() + 1 == labels.max()
    np.testing.assert_array_equal(tree.size, theirs[np.argsort(theirs[:, 2]), 3][:n_merges])


@pytest.mark.parametrize("linkage", LINKAGES)
@pytest.mark.parametrize(("n", "threshold"), [(2, -5.0), (3, -9.0), (40, 0.5), (150, -0.5), (400, 1.0), (400, 3.0)])
def test_without_ties_the_tree_is_scipys_down_to_the_threshold(linkage, n, threshold):
    check_against_scipy(n, linkage, threshold, np.random.default_rng(n))


@pytest.mark.long
@pytest.mark.parametrize("linkage", LINKAGES)
@pytest.mark.parametrize("threshold", [-0.5, 1.0, 4.0])
def test_three_thousand_crimes_without_ties_merge_as_scipy_merges_them(linkage, threshold):
    check_against_scipy(3_000, linkage, threshold, np.random.default_rng(3))


@pytest.mark.parametrize("linkage", LINKAGES)
@pytest.mark.parametrize("seed", range(4))
def test_it_is_the_dense_tree_when_some_pairs_may_not_open_a_merge(linkage, seed):
    rng = np.random.default_rng(seed)
    matrix = symmetric(rng.integers(-3, 5, (60, 60)))
    within = symmetric(rng.random((60, 60)) < 0.3) > 0
    threshold = float(rng.integers(-1, 4))
    dense = merge_tree(matrix, linkage, within & (matrix >= threshold) & ~np.eye(60, dtype=bool))
    n_kept = np.argmax(np.append(dense.log_bf, -np.inf) < threshold)
    for ours, theirs in zip(forest_of(matrix, threshold, linkage, within).tree[:4], dense[:4], strict=True):
        np.testing.assert_array_equal(ours, theirs[:n_kept])


def test_a_pair_beyond_the_limits_can_carry_a_merge_that_a_weaker_link_opens():
    # 0-1 at 5; 1-2 is a link at 2; 0-2 is beyond the limits at 9, so 2 joins at (9 + 2) / 2, above the first merge.
    matrix = symmetric(np.array([[0, 5, 9], [0, 0, 2], [0, 0, 0]]))
    within = matrix < 9
    assert merges_of(forest_of(matrix, 1.0, "average", within)) == [(0, 1, 5.0, 2), (0, 2, 5.5, 3)]
    assert merges_of(forest_of(matrix, 1.0, "single", within)) == [(0, 1, 5.0, 2), (0, 2, 9.0, 3)]
    assert merges_of(forest_of(matrix, 1.0, "complete", within)) == [(0, 1, 5.0, 2), (0, 2, 2.0, 3)]
    # Without the link 1-2 nothing opens that merge.
    assert merges_of(forest_of(matrix, 3.0, "average", within)) == [(0, 1, 5.0, 2)]


@pytest.mark.parametrize("linkage", ["single", "complete"])
def test_single_and_complete_need_no_scores_where_no_other_pair_reaches_the_threshold(linkage):
    matrix = symmetric(np.random.default_rng(4).integers(-3, 5, (50, 50)))
    found = forest_of(matrix, 1.0, linkage, beyond=0.5)
    assert found.n_scored == 0
    for ours, theirs in zip(found.tree[:4], forest_of(matrix, 1.0, linkage).tree[:4], strict=True):
        np.testing.assert_array_equal(ours, theirs)


def shapes(n):
    ends = np.arange(n)
    yield "star", np.zeros(n - 1, dtype=int), ends[1:]
    yield "chain", ends[:-1], ends[1:]
    yield "bipartite", *(side.ravel() for side in np.meshgrid(ends[: n // 2], ends[n // 2 :]))
    yield "clique", *np.triu_indices(n, 1)


@pytest.mark.parametrize("linkage", LINKAGES)
def test_stars_chains_cliques_and_bipartite_graphs_merge_as_on_the_full_matrix(linkage):
    rng = np.random.default_rng(7)
    for name, first, second in shapes(60):
        for of_links in (rng.integers(2, 5, len(first)), np.full(len(first), 3), 3 + np.arange(len(first)) % 40):
            matrix = symmetric(rng.integers(-9, 2, (60, 60)))
            matrix[first, second] = matrix[second, first] = of_links
            dense = merge_tree(matrix, linkage, matrix >= 2)
            n_kept = np.argmax(np.append(dense.log_bf, -np.inf) < 2)
            for ours, theirs in zip(forest_of(matrix, 2.0, linkage).tree[:4], dense[:4], strict=True):
                np.testing.assert_array_equal(ours, theirs[:n_kept], err_msg=name)


@pytest.mark.parametrize("linkage", LINKAGES)
def test_the_order_of_links_and_how_many_are_scored_at_a_time_change_nothing(linkage, monkeypatch):
    rng = np.random.default_rng(5)
    matrix = symmetric(rng.normal(0, 2, (200, 200)))
    within = symmetric(rng.random((200, 200)) < 0.5) > 0
    first, second, log_bf = links_of(matrix, 2.0, within)
    one = forest_of(matrix, 2.0, linkage, within).tree
    order = rng.permutation(len(first))
    swap = rng.random(len(first)) < 0.5
    ends = np.where(swap, second, first)[order], np.where(swap, first, second)[order]
    for name, small in (("PAIRS_AHEAD", 17), ("LEAST_AHEAD", 1), ("MERGES_PER_SPELL", 3)):
        monkeypatch.setattr(module, name, small)
        two = merge_forest(200, *ends, log_bf[order], lambda i, j: matrix[i, j], 2.0, linkage).tree
        for ours, theirs in zip(one[:4], two[:4], strict=True):
            np.testing.assert_array_equal(ours, theirs)


def test_it_asks_for_no_link_and_rarely():
    rng = np.random.default_rng(1)
    place = rng.uniform(0, 20, (300, 2))
    matrix = 4 - np.hypot(*(place[:, None] - place).transpose(2, 0, 1))
    first, second, log_bf = links_of(matrix, 2.5)
    calls = []

    def score(i, j):
        calls.append(list(zip(i.tolist(), j.tolist(), strict=True)))
        return matrix[i, j]

    found = merge_forest(300, first, second, log_bf, score, 2.5)
    asked = [pair for call in calls for pair in call]
    assert len(asked) == found.n_scored
    assert not set(asked) & set(zip(first.tolist(), second.tolist(), strict=True))
    assert all(i < j for i, j in asked)
    assert len(asked) < 300 * 299 / 2 / 3
    assert len(calls) < len(found.tree.first) / 5


def test_must_links_come_first_at_the_similarity_that_they_have():
    # 0-1 at 5, 2-3 decided at -4: 3 then stands with 2 for good, and 0-2 at 6 and 0-3 at -8 make a mean of -1.
    matrix = symmetric(np.array([[0, 5, 6, -8], [0, 0, -9, -9], [0, 0, 0, -4], [0, 0, 0, 0]]))
    found = forest_of(matrix, 1.0, "average", constraints=RowConstraints(np.array([[2, 3]]), NO_CONSTRAINTS[1]))
    assert merges_of(found) == [(2, 3, -4.0, 2), (0, 1, 5.0, 2)]
    assert found.n_decided == 1


def test_a_cannot_link_keeps_whole_clusters_apart():
    # Without it all four are one: 0-1 at 9, 2-3 at 8, and every pair between at 7 or 6.
    matrix = symmetric(np.array([[0, 9, 7, 7], [0, 0, 7, 6], [0, 0, 0, 8], [0, 0, 0, 0]]))
    assert len(forest_of(matrix, 1.0, "average").tree.first) == 3
    decisions = RowConstraints(NO_CONSTRAINTS[0], np.array([[1, 3]]))
    for linkage in LINKAGES:
        found = forest_of(matrix, 1.0, linkage, constraints=decisions)
        assert merges_of(found) == [(0, 1, 9.0, 2), (2, 3, 8.0, 2)]


def test_no_crimes_and_crimes_without_links_make_no_merge():
    none = np.empty(0, dtype=np.int32)
    for n in (0, 1, 5):
        assert len(merge_forest(n, none, none, np.empty(0), lambda i, j: i * 0.0, 1.0).tree.first) == 0


def test_progress_is_told(monkeypatch):
    monkeypatch.setattr(module, "SECONDS_BETWEEN_WORDS", 0.0)
    said = []
    forest_of(symmetric(np.full((4, 4), 3)), 1.0, "average", say=said.append)
    assert said[-1] == "3 merges, down to log BF 3.00; 0 pairs scored"


@pytest.mark.parametrize(
    ("first", "second", "log_bf", "message"),
    [
        ([0, 1], [1, 0], [2.0, 2.0], "each pair once, got one twice"),
        ([0], [0], [2.0], "1 of them with themselves"),
        ([0], [3], [2.0], "rows from 0 to 2, got rows 0 to 3"),
        ([0], [1], [np.inf], "got 1 that are not; fit the model with shrinkage"),
        ([0], [1], [np.nan], "got 1 that are not; fit the model with shrinkage"),
    ],
)
def test_links_that_are_none_are_refused(first, second, log_bf, message):
    with pytest.raises(HierarchyError, match=message):
        merge_forest(3, np.array(first), np.array(second), np.array(log_bf), lambda i, j: i * 0.0, 1.0)


def test_a_pair_without_a_finite_score_is_refused():
    ends = np.array([0, 1]), np.array([1, 2])
    with pytest.raises(HierarchyError, match="got 1 that are not; fit the model with shrinkage"):
        merge_forest(3, *ends, np.array([2.0, 1.0]), lambda i, j: np.full(len(i), -np.inf), 0.0)


def test_an_unknown_linkage_is_refused():
    none = np.empty(0, dtype=np.int32)
    with pytest.raises(HierarchyError, match="got 'ward'"):
        merge_forest(3, none, none, np.empty(0), lambda i, j: i * 0.0, 1.0, "ward")
