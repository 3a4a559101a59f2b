"""Errors of probabilities and the calibration line, against scikit-learn and hand-worked figures."""

import math

import numpy as np
import pytest

from linkage.calibration_metrics import (
    brier_score,
    calibration_intercept,
    calibration_slope,
    expected_calibration_error,
    log_loss,
)
from linkage.evaluation_inputs import EvaluationError


def probability(log_odds: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-np.asarray(log_odds, dtype=float)))


def logit(p) -> np.ndarray:
    return np.log(np.asarray(p)) - np.log1p(-np.asarray(p))


def calibrated(seed: int, n: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    log_odds = rng.normal(-2, 2, n)
    return log_odds, rng.random(n) < probability(log_odds)


def with_weights(seed: int = 3) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    log_odds, linked = calibrated(seed, 500)
    return np.round(log_odds, 1), linked, np.random.default_rng(seed).choice([0.0, 1.0, 7.0], 500)


@pytest.mark.parametrize("weighted", [False, True])
def test_brier_score_and_log_loss_are_those_of_scikit_learn(weighted):
    from sklearn.metrics import brier_score_loss
    from sklearn.metrics import log_loss as log_loss_of_sklearn

    odds, linked, weight = with_weights()
    weight = weight if weighted else None
    p = probability(odds)
    theirs = brier_score_loss(linked, p, sample_weight=weight)
    assert brier_score(odds, linked, weight) == pytest.approx(theirs, rel=1e-12)
    theirs = log_loss_of_sklearn(linked, p, sample_weight=weight)
    assert log_loss(odds, linked, weight) == pytest.approx(theirs, rel=1e-12)


def test_log_loss_keeps_its_digits_where_probabilities_have_none():
    assert log_loss([800.0], [False]) == pytest.approx(800.0)
    assert log_loss([-800.0], [False]) == 0.0


def test_the_slope_is_that_of_an_unpenalised_logistic_regression():
    from sklearn.linear_model import LogisticRegression

    odds, linked, weight = with_weights()
    for scale in (1e-3, 1.0, 50.0):
        for given in (None, weight):
            oracle = LogisticRegression(C=np.inf, tol=1e-12, max_iter=1000).fit(odds[:, None], linked, given)
            got = calibration_slope(7.0 + scale * odds, linked, given)
            assert got * scale == pytest.approx(oracle.coef_[0, 0], rel=1e-4)


def test_a_calibrated_score_has_slope_one_and_an_overconfident_one_less():
    log_odds, linked = calibrated(2, 60_000)
    assert calibration_slope(log_odds, linked) == pytest.approx(1.0, abs=0.03)
    assert calibration_slope(2 * log_odds, linked) == pytest.approx(0.5, abs=0.015)


def test_no_slope_where_the_score_separates_or_says_nothing():
    for score, linked in (
        ([1, 2, 3, 4], [0, 0, 1, 1]),
        ([1, 2, 2, 4], [0, 0, 1, 1]),
        ([1, 2, 3, 4], [1, 1, 0, 0]),
        ([2, 2, 2, 2], [0, 1, 0, 1]),
        ([1, 2, 3, 4], [0, 0, 0, 0]),
        ([], []),
    ):
        assert math.isnan(calibration_slope(score, linked))
    # The pair in the way of separation stands for none.
    assert math.isnan(calibration_slope([1, 2, 3, 4], [0, 1, 0, 1], [1, 0, 1, 1]))


@pytest.mark.parametrize("weighted", [False, True])
def test_the_intercept_makes_as_many_links_as_there_are(weighted):
    odds, linked, weight = with_weights()
    weight = weight if weighted else np.ones(len(odds))
    shift = calibration_intercept(odds + 3.0, linked, weight if weighted else None)
    assert np.sum(weight * probability(odds + 3.0 + shift)) == pytest.approx(np.sum(weight * linked), rel=1e-9)


def test_the_intercept_says_by_how_much_posteriors_are_too_high():
    log_odds, linked = calibrated(2, 60_000)
    assert calibration_intercept(log_odds, linked) == pytest.approx(0.0, abs=0.04)
    assert calibration_intercept(log_odds + 1.5, linked) == pytest.approx(-1.5, abs=0.04)
    # One probability for all: the intercept is the difference of log odds, log(1/3) - 2.
    assert calibration_intercept([2.0] * 4, [1, 0, 0, 0]) == pytest.approx(math.log(1 / 3) - 2.0)
    for linked in ([0, 0], [1, 1]):
        assert math.isnan(calibration_intercept([1.0, 2.0], linked))


def test_calibration_error_by_hand():
    # Two bins of two: mean posterior 0.2 and 0.7, shares 0 and 1/2; (0.2 + 0.2) / 2.
    odds = logit([0.1, 0.3, 0.6, 0.8])
    assert expected_calibration_error(odds, [0, 0, 0, 1], n_bins=2) == pytest.approx(0.2)
    # Weights 1, 1, 2, 0: bins {0.1, 0.3} and {0.6 twice}; (0.2 + 0.6) / 2.
    assert expected_calibration_error(odds, [0, 0, 0, 1], [1, 1, 2, 0], n_bins=2) == pytest.approx(0.4)


def test_calibration_error_does_not_tell_equal_pairs_apart():
    odds, linked, weight = with_weights()
    order = np.random.default_rng(1).permutation(len(odds))
    got = expected_calibration_error(odds, linked, weight)
    assert got == pytest.approx(expected_calibration_error(odds[order], linked[order], weight[order]), rel=1e-12)
    assert expected_calibration_error(np.zeros(10), np.arange(10) < 5) == 0.0


def test_a_constant_zero_passes_by_calibration_error_but_not_by_log_loss():
    linked = np.arange(10_000) < 3
    never = np.full(10_000, -30.0)
    assert expected_calibration_error(never, linked) < 0.001
    assert log_loss(never, linked) > 3 * log_loss(np.full(10_000, logit(3e-4)), linked)


def test_no_pairs_give_no_number():
    for measure in (brier_score, log_loss, expected_calibration_error, calibration_intercept):
        assert math.isnan(measure([], []))
        assert math.isnan(measure([1.0, 2.0], [0, 1], [0.0, 0.0]))
    with pytest.raises(EvaluationError, match="n_bins: expected 1 or more"):
        expected_calibration_error([1.0], [1], n_bins=0)
