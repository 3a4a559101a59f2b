"""Bands of the posterior probability, against scipy, hand-worked figures and simulated populations."""

import math

import numpy as np
import pandas as pd
import pytest

from linkage.calibration_bands import BANDS, calibration_bands, observed_over_expected, wilson_interval
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


def test_bands_by_hand():
    # In [0, 0.5): 0.1, 0.2 and 0.3, one linked; in [0.5, 1]: 0.5 and 0.9, both linked.
    bands = calibration_bands(logit([0.1, 0.2, 0.3, 0.5, 0.9]), [0, 1, 0, 1, 1], edges=(0.0, 0.5, 1.0))
    np.testing.assert_allclose(bands[["band_low", "band_high"]], [[0, 0.5], [0.5, 1]])
    assert bands["n_pairs"].tolist() == [3, 2]
    assert bands["n_linked"].tolist() == [1, 2]
    np.testing.assert_allclose(bands["mean_posterior"], [0.2, 0.7])
    np.testing.assert_allclose(bands["observed_share"], [1 / 3, 1])
    np.testing.assert_allclose(bands["observed_over_expected"], [(1 / 3) / 0.2, 1 / 0.7])


def test_observed_over_expected_is_that_of_the_band():
    odds, linked, weight = with_weights()
    bands = calibration_bands(odds, linked, weight, edges=(0.0, 0.1, 0.4, 1.0))
    got = [observed_over_expected(odds, linked, weight, low, high) for low, high in ((0, 0.1), (0.1, 0.4), (0.4, 1))]
    np.testing.assert_allclose(got, bands["observed_over_expected"])
    assert observed_over_expected(odds, linked, weight) == pytest.approx(
        np.sum(weight * linked) / np.sum(weight * probability(odds))
    )
    assert math.isnan(observed_over_expected([0.0], [1], None, 0.9, 1.0))


def test_the_interval_is_wilsons_as_scipy_has_it():
    from scipy.stats import binomtest

    linked = np.arange(40) < 9
    bands = calibration_bands(np.zeros(40), linked, edges=(0.0, 1.0))
    theirs = binomtest(9, 40).proportion_ci(method="wilson")
    np.testing.assert_allclose(bands[["observed_low", "observed_high"]].iloc[0], [theirs.low, theirs.high])
    theirs = binomtest(0, 12).proportion_ci(confidence_level=0.8, method="wilson")
    np.testing.assert_allclose(np.ravel(wilson_interval([0.0], [12], 0.8)), [theirs.low, theirs.high], atol=1e-15)


def test_a_band_of_equal_weights_has_the_interval_of_its_pairs():
    log_odds, linked = calibrated(1, 3000)
    plain, weighted = (calibration_bands(log_odds, linked, weight) for weight in (None, np.full(3000, 50.0)))
    pd.testing.assert_frame_equal(plain, weighted.assign(n_stood_for=weighted["n_stood_for"] / 50))


def test_the_weighted_interval_covers_what_a_sample_of_unlinked_pairs_leaves_open():
    # 500 populations of 20,000 pairs at posterior 0.02; every linked pair is kept, and one unlinked pair in 100.
    rng = np.random.default_rng(0)
    covered = []
    for _ in range(500):
        n_linked = rng.binomial(20_000, 0.02)
        n_sampled = rng.binomial(20_000 - n_linked, 0.01)
        linked = np.arange(n_linked + n_sampled) < n_linked
        band = calibration_bands(np.full(len(linked), logit(0.02)), linked, np.where(linked, 1.0, 100.0)).iloc[0]
        covered.append(band["observed_low"] <= 0.02 <= band["observed_high"])
    # The share is a ratio, so its interval is a little short of the 0.95 that independent pairs would have.
    assert 0.91 <= np.mean(covered) <= 0.98


def test_bands_of_a_calibrated_posterior_observe_what_they_expect():
    log_odds, linked = calibrated(5, 200_000)
    bands = calibration_bands(log_odds, linked)
    inside = (bands["observed_low"] <= bands["mean_posterior"]) & (bands["mean_posterior"] <= bands["observed_high"])
    assert inside.mean() >= 0.8
    assert bands["n_pairs"].sum() == 200_000
    assert set(bands["band_low"]) <= set(BANDS)


def test_bands_without_pairs_are_left_out_and_both_ends_belong():
    bands = calibration_bands([-np.inf, np.inf, logit(0.05)], [0, 1, 0], edges=(0.0, 0.01, 0.5, 1.0))
    assert bands["n_pairs"].tolist() == [1, 1, 1]
    assert calibration_bands([], [], edges=(0.0, 1.0)).empty
    assert calibration_bands([0.0], [1], edges=(0.0, 0.5, 1.0))["band_low"].tolist() == [0.5]
    for edges in ((0.0,), (0.0, 0.5), (0.1, 1.0), (0.0, 0.5, 0.5, 1.0)):
        with pytest.raises(EvaluationError, match="edges: expected numbers that ascend from 0 to 1"):
            calibration_bands([0.0], [1], edges=edges)
