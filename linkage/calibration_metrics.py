"""How true probabilities are: errors, and the line of labels on log odds.

Scores are log odds (natural), the log Bayes factor with the log prior odds added. All measures take `sample_weight`:
how many pairs of the population each pair stands for, so that sampled unlinked pairs give natural prevalence.
"""

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from linkage.evaluation_inputs import (
    Bools,
    EvaluationError,
    Floats,
    LabelledScores,
    descending,
    labelled_scores,
    last_of_ties,
    with_weight,
)

MAX_NEWTON_STEPS = 50


def brier_score(log_odds: npt.ArrayLike, is_linked: npt.ArrayLike, sample_weight: npt.ArrayLike | None = None) -> float:
    """Return the mean squared error of the posterior probability; NaN without pairs."""
    pairs = labelled_scores(log_odds, is_linked, sample_weight)
    return _mean((expit(pairs.score) - pairs.is_linked) ** 2, pairs)


def log_loss(log_odds: npt.ArrayLike, is_linked: npt.ArrayLike, sample_weight: npt.ArrayLike | None = None) -> float:
    """Return the mean of minus the log probability (natural) of what turned out true; NaN without pairs."""
    pairs = labelled_scores(log_odds, is_linked, sample_weight)
    return _mean(np.logaddexp(0.0, np.where(pairs.is_linked, -pairs.score, pairs.score)), pairs)


def expected_calibration_error(
    log_odds: npt.ArrayLike,
    is_linked: npt.ArrayLike,
    sample_weight: npt.ArrayLike | None = None,
    n_bins: int = 15,
) -> float:
    """Return the mean distance of observed share and mean posterior over bins of equally many pairs.

    Pairs of equal log odds share a bin: that in which the middle of them falls. Where links are rare a constant
    posterior of 0 does well by this measure alone: read it beside the log loss and the calibration line.

    References
    ----------
    Naeini, Cooper and Hauskrecht (2015), AAAI, with equal-frequency bins.
    """
    if n_bins < 1:
        raise EvaluationError(f"n_bins: expected 1 or more, got {n_bins}; 15 is usual")
    pairs = labelled_scores(log_odds, is_linked, sample_weight)
    order = descending(pairs.score)
    last = last_of_ties(pairs.score[order])
    weight = pairs.size[order]
    lack = weight * (pairs.is_linked[order] - expit(pairs.score[order]))
    of_tie, lack_of_tie = (np.diff(np.cumsum(values)[last], prepend=0.0) for values in (weight, lack))
    total = float(of_tie.sum())
    if not total:
        return float("nan")
    middle = np.cumsum(of_tie) - of_tie / 2.0
    bins = np.minimum((middle / total * n_bins).astype(np.int64), n_bins - 1)
    return float(np.abs(np.bincount(bins, lack_of_tie)).sum() / total)


def calibration_slope(
    log_odds: npt.ArrayLike, is_linked: npt.ArrayLike, sample_weight: npt.ArrayLike | None = None
) -> float:
    """Return the slope of a logistic regression of the label on the log odds.

    1 is calibrated, below 1 overconfident. NaN where the regression has no finite solution: one class, one distinct
    score, or classes that the score separates.
    """
    pairs = with_weight(labelled_scores(log_odds, is_linked, sample_weight))
    odds, linked, weight = pairs.score, pairs.is_linked, pairs.size
    if not len(odds) or linked.all() or not linked.any() or odds.min() == odds.max() or _separates(pairs):
        return float("nan")
    # Plain sums, not matrix products: those differ in the last bit from one processor's BLAS kernel to another's.
    total = float(weight.sum())
    centre = float((weight * odds).sum()) / total
    spread = float(np.sqrt((weight * (odds - centre) ** 2).sum() / total))
    return _newton_slope((odds - centre) / spread, linked, weight) / spread


def calibration_intercept(
    log_odds: npt.ArrayLike, is_linked: npt.ArrayLike, sample_weight: npt.ArrayLike | None = None
) -> float:
    """Return the constant to add to the log odds for as many links as there are: calibration in the large.

    0 is calibrated, below 0 the posteriors are too high on the whole. The slope is held at 1, so the number is not
    mixed up with the slope's. NaN without both classes.

    References
    ----------
    Van Calster, Nieboer, Vergouwe, De Cock, Pencina and Steyerberg (2016), J Clin Epidemiol 74, 167-176.
    """
    from scipy.optimize import brentq

    pairs = with_weight(labelled_scores(log_odds, is_linked, sample_weight))
    odds, weight = pairs.score, pairs.size
    n_linked, n = float(weight[pairs.is_linked].sum()), float(weight.sum())
    if not 0 < n_linked < n:
        return float("nan")
    of_all = float(np.log(n_linked) - np.log(n - n_linked))
    # With these two constants every posterior is below, or above, the share of linked pairs.
    low, high = of_all - float(odds.max()) - 1.0, of_all - float(odds.min()) + 1.0
    return float(brentq(lambda a: float((weight * expit(odds + a)).sum()) - n_linked, low, high, xtol=1e-12))


def _newton_slope(z: Floats, linked: Bools, weight: Floats) -> float:
    intercept = slope = 0.0
    for _ in range(MAX_NEWTON_STEPS):
        p = expit(intercept + slope * z)
        information, lack = weight * p * (1.0 - p), weight * (linked - p)
        a, b, c = float(information.sum()), float((information * z).sum()), float((information * z * z).sum())
        g, h = float(lack.sum()), float((lack * z).sum())
        determinant = a * c - b * b
        if determinant <= 0.0:
            return float("nan")
        step = (c * g - b * h) / determinant, (a * h - b * g) / determinant
        largest = max(map(abs, step))
        # A long first step would carry every p to 0 or 1, where the information matrix is singular.
        shortened = min(1.0, 4.0 / (largest + 1e-300))
        intercept, slope = intercept + shortened * step[0], slope + shortened * step[1]
        if largest < 1e-10:
            break
    return slope


def _mean(values: Floats, pairs: LabelledScores) -> float:
    total = float(pairs.size.sum())
    return float((values * pairs.size).sum() / total) if total else float("nan")


def _separates(pairs: LabelledScores) -> bool:
    linked, unlinked = pairs.score[pairs.is_linked], pairs.score[~pairs.is_linked]
    return bool(linked.min() >= unlinked.max() or linked.max() <= unlinked.min())
