"""Agreement of clusters and series rebuilt, against hand-worked figures, scikit-learn and naive loops."""

import math

import numpy as np
import pandas as pd
import pytest

from linkage.cluster_agreement import cluster_agreement, series_rebuilt
from linkage.evaluation_inputs import EvaluationError


def test_cluster_agreement_as_worked_by_hand():
    # Truth {a b c} {d e}, found {a b} {c d} {e}: of 4 true and 2 found pairs, 1 (a b) in common.
    got = cluster_agreement([1, 1, 1, 2, 2], [7, 7, 8, 8, 9])
    assert got.pairwise_precision == 1 / 2
    assert got.pairwise_recall == 1 / 4
    assert got.pairwise_f1 == pytest.approx(1 / 3)
    assert got.bcubed_precision == pytest.approx((1 + 1 + 1 / 2 + 1 / 2 + 1) / 5)
    assert got.bcubed_recall == pytest.approx((2 / 3 + 2 / 3 + 1 / 3 + 1 / 2 + 1 / 2) / 5)
    assert got.bcubed_f1 == pytest.approx(2 * (4 / 5) * (8 / 15) / (4 / 5 + 8 / 15))
    assert got.adjusted_rand == pytest.approx((1 - 4 * 2 / 10) / ((4 + 2) / 2 - 4 * 2 / 10))


@pytest.mark.parametrize("seed", range(3))
def test_cluster_agreement_is_that_of_scikit_learn_and_of_naive_loops(seed):
    from sklearn.metrics import adjusted_rand_score

    rng = np.random.default_rng(seed)
    truth, found = rng.integers(0, 12, 150), rng.integers(0, 15, 150)
    got = cluster_agreement(truth, found)
    assert got.adjusted_rand == pytest.approx(adjusted_rand_score(truth, found), abs=1e-14)
    same_true, same_found = truth[:, None] == truth, found[:, None] == found
    both = (same_true & same_found).sum(axis=1)
    assert got.bcubed_precision == pytest.approx((both / same_found.sum(axis=1)).mean())
    assert got.bcubed_recall == pytest.approx((both / same_true.sum(axis=1)).mean())
    names = pd.Series(found).map(lambda label: f"s{99 - label}")
    assert cluster_agreement(truth, names) == pytest.approx(got)


def test_perfect_and_empty_agreement():
    assert cluster_agreement([1, 1, 2], ["x", "x", "y"]) == (1, 1, 1, 1, 1, 1, 1)
    apart = cluster_agreement([1, 2, 3], [1, 2, 3])
    assert apart.bcubed_f1 == apart.adjusted_rand == 1
    assert math.isnan(apart.pairwise_f1)
    assert cluster_agreement([1], [1]).adjusted_rand == 1


def test_series_rebuilt_as_worked_by_hand():
    # A whole in a cluster of its own; B whole with a stranger; C two of three together; D wholly apart; E of one crime.
    truth = ["A", "A", "B", "B", "C", "C", "C", "D", "D", "E"]
    found = [1, 1, 2, 2, 3, 3, 4, 5, 6, 2]
    got = series_rebuilt(truth, found)
    assert got == (4, 2 / 4, 1 / 4, 3 / 4)
    assert got.fully == 0.5


def test_one_cluster_of_everything_rebuilds_all_fully_and_none_exactly():
    got = series_rebuilt([1, 1, 2, 2, 3], ["x"] * 5)
    assert (got.fully, got.exactly, got.partly) == (1, 0, 1)


def test_series_rebuilt_follow_neither_order_nor_labels_and_naive_loops_agree():
    rng = np.random.default_rng(8)
    truth, found = rng.integers(0, 30, 90), rng.integers(0, 40, 90)
    got = series_rebuilt(truth, found)
    order = rng.permutation(90)
    assert series_rebuilt(-truth[order], found[order] + 5) == got
    members = [np.flatnonzero(truth == label) for label in np.unique(truth)]
    series = [crimes for crimes in members if len(crimes) > 1]
    fully = sum(len(set(found[crimes])) == 1 for crimes in series)
    partly = sum(len(set(found[crimes])) < len(crimes) for crimes in series)
    assert (got.n_series, got.fully, got.partly) == (len(series), fully / len(series), partly / len(series))


def test_no_series_gives_no_share():
    got = series_rebuilt([1, 2], [1, 1])
    assert got.n_series == 0
    assert math.isnan(got.fully)


@pytest.mark.parametrize("measure", [cluster_agreement, series_rebuilt])
def test_labels_that_do_not_fit_are_refused_in_words(measure):
    with pytest.raises(EvaluationError, match="got 0 and 0"):
        measure([], [])
    with pytest.raises(EvaluationError, match="got 1 and 2"):
        measure([1], [1, 2])
    with pytest.raises(EvaluationError, match="got 1 without"):
        measure(["a", "b"], ["x", None])
