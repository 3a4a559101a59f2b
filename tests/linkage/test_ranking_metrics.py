"""The ranking curve and its numbers, against hand-worked figures, scikit-learn and the reference."""

import math
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from linkage.evaluation_inputs import EvaluationError
from linkage.ranking_metrics import auc, average_precision, prevalence, ranking_curve, true_positive_rate_at


def tied_scores(seed: int, n: int = 400) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return scores with many ties, labels and weights, some of them 0."""
    rng = np.random.default_rng(seed)
    linked = rng.random(n) < 0.15
    return np.round(rng.normal(size=n) + linked, 1), linked, rng.choice([0.0, 0.5, 1.0, 30.0], n)


def test_the_curve_is_that_of_the_reference(reference: Path):
    scored = pd.read_csv(reference / "predictions.csv").query("set == 'test'")
    curve = ranking_curve(scored["logBF"], scored["Y"] == 1)
    truth = pd.read_csv(reference / "roc.csv")
    names = {
        "FPR": "false_positive_rate",
        "TPR": "true_positive_rate",
        "PPV": "precision",
        "Total": "n_examined",
        "TotalRate": "share_examined",
        "threshold": "threshold",
    }
    assert len(curve) == len(truth)
    for theirs, ours in names.items():
        np.testing.assert_allclose(curve[ours], truth[theirs], rtol=1e-9, atol=1e-12)


def test_ties_are_counted_together():
    curve = ranking_curve([3, 3, 2, 1, 1], [True, False, True, True, False])
    np.testing.assert_allclose(curve["threshold"], [3, 2, 1])
    np.testing.assert_array_equal(curve["n_examined"], [2, 3, 5])
    assert curve["n_examined"].dtype == np.int64
    np.testing.assert_allclose(curve["true_positive_rate"], [1 / 3, 2 / 3, 1])
    np.testing.assert_allclose(curve["false_positive_rate"], [1 / 2, 1 / 2, 1])
    np.testing.assert_allclose(curve["precision"], [1 / 2, 2 / 3, 3 / 5])


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("weighted", [False, True])
def test_auc_and_precision_are_those_of_scikit_learn(seed, weighted):
    from sklearn.metrics import average_precision_score, roc_auc_score

    score, linked, weight = tied_scores(seed)
    weight = weight if weighted else None
    theirs = roc_auc_score(linked, score, sample_weight=weight)
    assert auc(score, linked, weight) == pytest.approx(theirs, rel=1e-12)
    theirs = average_precision_score(linked, score, sample_weight=weight)
    assert average_precision(score, linked, weight) == pytest.approx(theirs, rel=1e-12)


@pytest.mark.parametrize("weighted", [False, True])
def test_hits_at_false_alarms_are_on_the_roc_of_scikit_learn(weighted):
    from sklearn.metrics import roc_curve

    score, linked, weight = tied_scores(4)
    weight = weight if weighted else None
    fpr, tpr, _ = roc_curve(linked, score, sample_weight=weight, drop_intermediate=False)
    for allowed in (0.01, 0.05, 0.3, 1.0):
        theirs = tpr[fpr <= allowed].max()
        assert true_positive_rate_at(score, linked, allowed, weight) == pytest.approx(theirs, rel=1e-12)


def test_a_pair_that_stands_for_three_counts_as_three_pairs():
    score, linked, _ = tied_scores(1)
    times = np.random.default_rng(0).integers(0, 4, len(score))
    repeated = np.repeat(score, times), np.repeat(linked, times)
    pd.testing.assert_frame_equal(
        ranking_curve(score, linked, times)[lambda curve: curve["n_examined"].diff().fillna(1) > 0].reset_index(
            drop=True
        ),
        ranking_curve(*repeated),
        check_dtype=False,
    )
    assert prevalence(linked, times) == pytest.approx(repeated[1].mean())


def test_prevalence_by_hand():
    assert prevalence([True, False, False, False]) == 0.25
    assert prevalence([True, False], [1, 99]) == pytest.approx(0.01)
    assert math.isnan(prevalence([]))


def test_a_score_that_says_nothing_has_auc_one_half_and_the_prevalence_as_precision():
    linked = np.arange(100) < 7
    assert auc(np.zeros(100), linked) == 0.5
    assert average_precision(np.zeros(100), linked) == pytest.approx(0.07)


def test_hits_at_a_share_of_false_alarms():
    score = np.arange(200, 0, -1)
    linked = np.isin(score, [200, 199, 197, 150])  # false alarms: one above 197, then 46 above 150
    assert true_positive_rate_at(score, linked, 0.0) == 0.5
    assert true_positive_rate_at(score, linked, 1 / 196) == 0.75
    assert true_positive_rate_at(score, linked, 1.0) == 1.0
    assert true_positive_rate_at([1, 1], [True, False], 0.01) == 0.0


def test_nothing_depends_on_the_order_of_the_rows():
    score, linked, weight = tied_scores(2)
    order = np.random.default_rng(0).permutation(len(score))
    pd.testing.assert_frame_equal(
        ranking_curve(score, linked, weight), ranking_curve(score[order], linked[order], weight[order]), rtol=1e-12
    )


def test_nothing_to_rank_gives_no_number():
    for score, linked in (([], []), ([1.0, 2.0], [True, True]), ([1.0], [False])):
        assert math.isnan(auc(score, linked))
    assert math.isnan(average_precision([], []))
    assert math.isnan(average_precision([1.0], [False]))


def test_bad_arguments_are_refused_in_words():
    with pytest.raises(EvaluationError, match="got 1 that are not"):
        auc([1.0, np.nan], [True, False])
    with pytest.raises(EvaluationError, match="one of each a pair"):
        auc([1.0], [True, False])
    with pytest.raises(EvaluationError, match="sample_weight: expected one a pair"):
        auc([1.0, 2.0], [True, False], [1.0])
    for weight in ([1.0, -1.0], [1.0, np.inf], [1.0, np.nan]):
        with pytest.raises(EvaluationError, match="finite numbers of 0 or more"):
            auc([1.0, 2.0], [True, False], weight)


def test_a_million_pairs_are_ranked_in_a_second():
    rng = np.random.default_rng(0)
    score, linked, weight = rng.normal(size=1_000_000), rng.random(1_000_000) < 0.01, rng.random(1_000_000)
    began = time.process_time()
    average_precision(score, linked, weight)
    assert time.process_time() - began < 1.0
