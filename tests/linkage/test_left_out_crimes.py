"""Solved crimes left out in turn: who is judged against whom."""

import numpy as np
import pytest

from linkage.forest_walk import ForestError, ForestParameters
from linkage.left_out_crimes import (
    UNSEEN,
    LeftOut,
    LeftOutProbabilities,
    SharedOffenders,
    around_left_out,
    left_out,
    left_out_probabilities,
)
from linkage.left_out_crimes import log_scores as scores
from linkage.link_graph import LinkGraph, link_graph

PARAMETERS = ForestParameters(1.0, 1.0, 0.5)
W = np.exp([1.0, 0.5, -0.5])  # of log Bayes factors 2, 1.5 and 0.5


def graph() -> LinkGraph:
    """Nodes 0 and 1 of group 0, 2 of group 1, 3 of group 2, 4 unsolved; links 0-1, 0-2, 0-4, 1-4, 3-4."""
    first, second = np.array([0, 0, 0, 1, 3]), np.array([1, 2, 4, 4, 4])
    return link_graph(first, second, np.array([2.0, 1.5, 0.5, 2.0, 0.5]), np.array([0, 0, 1, 2, -1]), 3)


def alone() -> SharedOffenders:
    return SharedOffenders(np.zeros(4, np.int64), np.zeros(0, np.int64))


def one_and_two_together() -> SharedOffenders:
    return SharedOffenders(np.array([0, 0, 1, 2]), np.array([2, 1]))


def judged(left: LeftOut, n_threads: int = 1) -> LeftOutProbabilities:
    around = around_left_out(left, graph(), PARAMETERS, 5)
    return left_out_probabilities(left, around, graph(), PARAMETERS, np.ones(5), n_threads)


def test_a_group_is_its_own_partner_and_one_node_alone_has_none() -> None:
    left = left_out(graph(), alone(), 10, np.random.default_rng(1))
    assert left.rows.tolist() == [0, 1, 2, 3]
    assert left.own_cluster.tolist() == [0, 0, 1, 2]
    assert left.has_known.tolist() == [True, True, False, False]


def test_groups_that_share_an_offender_are_partners() -> None:
    left = left_out(graph(), one_and_two_together(), 10, np.random.default_rng(1))
    assert left.own_cluster.tolist() == [0, 0, 1, 2, 1, 2]
    assert left.has_known.tolist() == [True, True, True, True]


def test_both_cases_of_a_crime_left_out_agree_with_a_hand_count() -> None:
    """Node 0 left out; 4 is its unsolved neighbour, which walks back to it, to 1 and to 3."""
    back, on = 0.5 * W[2], W[0] + W[2]
    away = 0.5 * W[2] / (W[0] + W[1] + 0.5 * W[2] + 1.0)
    whole = 1.0 + on + back
    true = (W[0] / (W[0] + W[1] + 0.5 * W[2] + 1.0) + away * W[0] / whole) / (1.0 - away * back / whole)
    bare = 1.0 + W[1] + 0.5 * W[2]  # without group 0
    without = 1.0 + W[2] + back
    nobody = (1.0 / bare + 0.5 * W[2] / bare / without) / (1.0 - 0.5 * W[2] / bare * back / without)
    left = left_out(graph(), alone(), 10, np.random.default_rng(1))
    found = judged(left)
    assert found.true_group[0] == pytest.approx(true)
    assert found.nobody[0] == pytest.approx(nobody)


def test_threads_change_nothing_and_a_sample_is_exact_by_seed() -> None:
    one, two = (left_out(graph(), alone(), 2, np.random.default_rng(5)) for _ in range(2))
    assert one.rows.size == 2
    assert one.rows.tolist() == two.rows.tolist()
    first, second = (judged(one, n) for n in (1, 2))
    for a, b in zip(first, second, strict=True):
        np.testing.assert_array_equal(a, b)


def test_scores_are_mean_logs_with_a_thousandth_unseen() -> None:
    found = LeftOutProbabilities(np.array([0.0, 0.5]), np.array([1.0]))
    known = (np.log(UNSEEN) + np.log(0.5 + UNSEEN)) / 2 - np.log1p(UNSEEN)
    assert scores(found) == pytest.approx((known, 0.0))


def test_groups_of_another_graph_are_refused() -> None:
    with pytest.raises(ForestError, match="shared: expected positions of 3 known groups, got 1"):
        left_out(graph(), SharedOffenders(np.zeros(2, np.int64), np.zeros(0, np.int64)), 5, np.random.default_rng(1))
