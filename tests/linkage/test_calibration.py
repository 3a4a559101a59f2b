"""Calibration: planted distortions are found and undone, and what is linked in a sample does not mislead."""

import numpy as np
import pandas as pd
import pytest

from linkage.additive import BASE
from linkage.bayes_factors import HistogramBayesFactor
from linkage.calibration import (
    CalibratedBayesFactor,
    Calibration,
    CalibrationError,
    Strengths,
    fit_calibration,
    largest_prior_log_odds,
)
from linkage.calibration_metrics import calibration_slope
from linkage.pair_scores import posterior_probability

PRIOR = -9.0


def normal_strengths(n: int, seed: int, distort=lambda x: x, prior: float = PRIOR) -> Strengths:
    """Linked pairs have a log BF ~ N(d/2, d), unlinked ~ N(-d/2, d) with d = 9: then x is its own log BF exactly."""
    rng = np.random.default_rng(seed)
    linked = rng.normal(4.5, 3.0, n)
    n_all = 40 * n
    is_linked = rng.random(n_all) < posterior_probability(0.0, prior)
    all_pairs = np.where(is_linked, rng.normal(4.5, 3.0, n_all), rng.normal(-4.5, 3.0, n_all))
    return Strengths(distort(linked), np.ones(n), float(n), distort(all_pairs), np.ones(n_all))


def test_a_true_log_bayes_factor_stays_what_it_is():
    line = fit_calibration(normal_strengths(20_000, seed=1), PRIOR)
    at = np.linspace(-2, 7, 10)
    np.testing.assert_allclose(line.apply(at), at, atol=0.25)


@pytest.mark.parametrize("distort", [lambda x: 0.6 * x - 1, lambda x: 1.4 * x + 0.5, lambda x: x + 0.8 * np.tanh(x)])
def test_a_distorted_one_is_mended(distort):
    line = fit_calibration(normal_strengths(20_000, seed=2, distort=distort), PRIOR)
    at = np.linspace(-1, 7, 9)
    np.testing.assert_allclose(line.apply(distort(at)), at, atol=0.45)


def test_links_within_the_sample_of_all_pairs_are_allowed_for():
    # Prior -4: at log BF 6 the sample holds e^2 = 7 linked pairs for each unlinked one. Taken for unlinked they would
    # cap the log BF at about -prior = 4.
    strengths = normal_strengths(20_000, seed=3, prior=-4.0)
    at = np.array([6.0])
    assert fit_calibration(strengths, -4.0).apply(at)[0] == pytest.approx(6.0, abs=0.5)
    assert fit_calibration(strengths, -12.0).apply(at)[0] < 4.5


def test_the_mended_posterior_is_calibrated_on_new_pairs():
    line = fit_calibration(normal_strengths(10_000, seed=4, distort=lambda x: 0.5 * x, prior=-5.0), -5.0)
    rng = np.random.default_rng(5)
    truth = rng.random(400_000) < posterior_probability(0.0, -5.0)
    x = np.where(truth, rng.normal(4.5, 3.0, len(truth)), rng.normal(-4.5, 3.0, len(truth)))
    assert calibration_slope(line.apply(0.5 * x) - 5.0, truth) == pytest.approx(1.0, abs=0.06)


def test_the_line_rises_everywhere_and_runs_on_one_for_one():
    line = fit_calibration(normal_strengths(200, seed=6, distort=lambda x: np.round(-0.2 * x, 1)), PRIOR)
    assert (np.diff(line.log_bf) > 0).all()
    ends = line.knots[[0, -1]] + np.array([-3.0, 2.0])
    np.testing.assert_allclose(line.apply(ends), line.log_bf[[0, -1]] + np.array([-3.0, 2.0]))


def test_few_series_hardly_move_it():
    one_series = normal_strengths(500, seed=7, distort=lambda x: 0.5 * x)._replace(n_series=0.01)
    line = fit_calibration(one_series, PRIOR)
    np.testing.assert_allclose(np.diff(line.log_bf) / np.diff(line.knots), 1.0, atol=0.1)


def test_the_order_of_pairs_changes_nothing():
    strengths = normal_strengths(2_000, seed=8)
    turned = strengths._replace(linked=strengths.linked[::-1], all_pairs=strengths.all_pairs[::-1])
    np.testing.assert_array_equal(fit_calibration(strengths, PRIOR).log_bf, fit_calibration(turned, PRIOR).log_bf)


@pytest.mark.parametrize("prior", [-7.0, -4.0, -2.0])
def test_the_bound_on_the_prior_is_close_where_strong_pairs_are_linked_pairs(prior):
    # Unlinked pairs above the 98% quantile of the linked, 10.7, are 5 sd out: the bound is the share itself.
    bound = largest_prior_log_odds(normal_strengths(40_000, seed=9, prior=prior))
    assert bound == pytest.approx(prior, abs=0.15)


def test_the_bound_is_never_far_below_the_prior_where_nothing_tells_pairs_apart():
    rng = np.random.default_rng(10)
    strengths = Strengths(rng.normal(size=5_000), np.ones(5_000), 5_000.0, rng.normal(size=50_000), np.ones(50_000))
    assert largest_prior_log_odds(strengths) > -0.3


def test_nothing_to_calibrate_on_is_refused_in_words():
    empty = Strengths(np.empty(0), np.empty(0), 0.0, np.ones(3), np.ones(3))
    with pytest.raises(CalibrationError, match="expected held-out linked pairs and a sample of all pairs, got 0 and 3"):
        fit_calibration(empty, PRIOR)


def test_a_calibrated_model_still_adds_up_over_its_terms():
    evidence = pd.DataFrame(
        {"distance_km": [0.1, 0.2, 3.0, 4.0, 5.0, 9.0], "gap_days": [1.0, 9.0, 2.0, 80.0, 60.0, 90.0]}
    )
    model = HistogramBayesFactor(n_bins=2, df=2.0).fit(evidence, [1, 1, 0, 0, 0, 0])
    calibrated = CalibratedBayesFactor(model, Calibration(np.array([-1.0, 1.0]), np.array([-0.5, 2.0])))
    terms = calibrated.log_bf_terms(evidence)
    assert list(terms.columns) == ["distance_km", "gap_days", BASE]
    np.testing.assert_allclose(terms.sum(axis=1), calibrated.decision_function(evidence))
    # A raw log BF of r within (-1, 1) becomes -0.5 + 1.25 (r + 1).
    raw = model.decision_function(evidence)
    inside = np.abs(raw) < 1
    np.testing.assert_allclose(calibrated.decision_function(evidence)[inside], -0.5 + 1.25 * (raw[inside] + 1))
