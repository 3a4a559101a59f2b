"""How true probabilities are: errors, the line of labels on log odds, and bands of the posterior probability.

Scores are log odds (natural), the log Bayes factor with the log prior odds added. All measures take `sample_weight`:
how many pairs of the population each pair stands for, so that sampled unlinked pairs give natural prevalence.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from linkage.evaluation_inputs import (
    Bools,
    EvaluationError,
    Floats,
    JudgedPairs,
    descending,
    judged_pairs,
    last_of_ties,
)

MAX_NEWTON_STEPS = 50
BANDS = (0.0, 1e-5, 1e-4, 1e-3, 0.01, 0.03, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0)
"""Edges of the bands: even on a log scale where most pairs lie, then as people speak of probabilities."""


def brier_score(log_odds: npt.ArrayLike, is_linked: npt.ArrayLike, sample_weight: npt.ArrayLike | None = None) -> float:
    """Return the mean squared error of the posterior probability; NaN without pairs."""
    pairs = judged_pairs(log_odds, is_linked, sample_weight)
    return _mean((_probability(pairs.score) - pairs.is_linked) ** 2, pairs)


def log_loss(log_odds: npt.ArrayLike, is_linked: npt.ArrayLike, sample_weight: npt.ArrayLike | None = None) -> float:
    """Return the mean of minus the log probability (natural) of what turned out true; NaN without pairs."""
    pairs = judged_pairs(log_odds, is_linked, sample_weight)
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
    pairs = judged_pairs(log_odds, is_linked, sample_weight)
    order = descending(pairs.score)
    last = last_of_ties(pairs.score[order])
    weight = pairs.size[order]
    lack = weight * (pairs.is_linked[order] - _probability(pairs.score[order]))
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
    pairs = _with_weight(judged_pairs(log_odds, is_linked, sample_weight))
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

    pairs = _with_weight(judged_pairs(log_odds, is_linked, sample_weight))
    odds, weight = pairs.score, pairs.size
    n_linked, n = float(weight[pairs.is_linked].sum()), float(weight.sum())
    if not 0 < n_linked < n:
        return float("nan")
    of_all = float(np.log(n_linked) - np.log(n - n_linked))
    # With these two constants every posterior is below, or above, the share of linked pairs.
    low, high = of_all - float(odds.max()) - 1.0, of_all - float(odds.min()) + 1.0
    return float(brentq(lambda a: float((weight * _probability(odds + a)).sum()) - n_linked, low, high, xtol=1e-12))


def calibration_bands(
    log_odds: npt.ArrayLike,
    is_linked: npt.ArrayLike,
    sample_weight: npt.ArrayLike | None = None,
    edges: Sequence[float] = BANDS,
    level: float = 0.95,
) -> pd.DataFrame:
    """Return how many pairs of each band of the posterior probability are linked, beside what was expected.

    Parameters
    ----------
    log_odds : array_like, float, shape (n_pairs,)
        Natural log of the posterior odds.
    is_linked : array_like, bool, shape (n_pairs,)
    sample_weight : array_like, float, shape (n_pairs,), optional
        How many pairs each one stands for; 1 when left out.
    edges : sequence of float
        Ascending, from 0 to 1; a band includes its lower edge, the last its upper one too.
    level : float
        Coverage of the interval.

    Returns
    -------
    DataFrame
        band_low, band_high, n_pairs and n_linked (those given), n_stood_for (the pairs they stand for), mean_posterior,
        observed_share, observed_low, observed_high, observed_over_expected; one row a band that holds pairs. The
        interval is Wilson's, with the effective number of pairs where they are weighted; it takes pairs as independent,
        which pairs of one series are not (`linkage.bootstrap` has an interval over groups of offenders).

    Raises
    ------
    EvaluationError
        The edges do not ascend from 0 to 1, or the pairs do not fit together.

    References
    ----------
    Wilson (1927), JASA 22, 209-212; Korn and Graubard (1998), Survey Methodology 24, 193-201, for the effective number.
    """
    bounds = np.asarray(edges, dtype=np.float64)
    if len(bounds) < 2 or bounds[0] != 0 or bounds[-1] != 1 or (np.diff(bounds) <= 0).any():
        raise EvaluationError(f"edges: expected numbers that ascend from 0 to 1, got {list(edges)}; see BANDS")
    pairs = _with_weight(judged_pairs(log_odds, is_linked, sample_weight))
    posterior = _probability(pairs.score)
    band = np.minimum(np.searchsorted(bounds, posterior, side="right") - 1, len(bounds) - 2)
    stands, n_linked, expected, found = (
        np.bincount(band, values, len(bounds) - 1).astype(np.float64)
        for values in (pairs.size, pairs.is_linked, pairs.size * posterior, pairs.size * pairs.is_linked)
    )
    n_pairs = np.bincount(band, minlength=len(bounds) - 1)
    held = n_pairs > 0
    share = found[held] / stands[held]
    low, high = wilson_interval(share, _effective_number(pairs, band, share, held), level)
    return pd.DataFrame(
        {
            "band_low": bounds[:-1][held],
            "band_high": bounds[1:][held],
            "n_pairs": n_pairs[held],
            "n_linked": n_linked[held].astype(np.int64),
            "n_stood_for": stands[held],
            "mean_posterior": expected[held] / stands[held],
            "observed_share": share,
            "observed_low": low,
            "observed_high": high,
            "observed_over_expected": _over(found[held], expected[held]),
        }
    )


def wilson_interval(share: npt.ArrayLike, n: npt.ArrayLike, level: float = 0.95) -> tuple[Floats, Floats]:
    """Return the bounds of Wilson's interval for shares observed among n (any positive number) each."""
    from scipy.stats import norm

    p, number = np.asarray(share, dtype=np.float64), np.asarray(n, dtype=np.float64)
    z = float(norm.ppf(0.5 + level / 2.0))
    centre = (p + z * z / (2 * number)) / (1 + z * z / number)
    half = z * np.sqrt(p * (1 - p) / number + z * z / (4 * number**2)) / (1 + z * z / number)
    return np.maximum(centre - half, 0.0), np.minimum(centre + half, 1.0)


def _effective_number(pairs: JudgedPairs, band: npt.NDArray[np.int64], share: Floats, held: Bools) -> Floats:
    """Return the number of equal pairs that would tell each band's share as surely as its weighted ones.

    p (1 - p) over the linearised variance of the share; where the share is 0 or 1, Kish's (sum w)^2 / sum w^2.
    """
    size = len(held)
    of_band = np.zeros(size)
    of_band[held] = share
    squares = pairs.size**2
    total = np.bincount(band, pairs.size, size)[held] ** 2
    residual = np.bincount(band, squares * (pairs.is_linked - of_band[band]) ** 2, size)[held]
    kish = total / np.bincount(band, squares, size)[held]
    return np.divide(share * (1 - share) * total, residual, out=kish, where=(share > 0) & (share < 1))


def _over(found: Floats, expected: Floats) -> Floats:
    """Divide; NaN where nothing at all is expected."""
    return np.divide(found, expected, out=np.full(len(found), np.nan), where=expected > 0)


def _newton_slope(z: Floats, linked: Bools, weight: Floats) -> float:
    intercept = slope = 0.0
    for _ in range(MAX_NEWTON_STEPS):
        p = _probability(intercept + slope * z)
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


def _probability(log_odds: Floats) -> Floats:
    from scipy.special import expit

    return np.asarray(expit(log_odds), dtype=np.float64)


def _mean(values: Floats, pairs: JudgedPairs) -> float:
    total = float(pairs.size.sum())
    return float((values * pairs.size).sum() / total) if total else float("nan")


def _with_weight(pairs: JudgedPairs) -> JudgedPairs:
    """Leave out pairs that stand for none."""
    if pairs.weight is None or pairs.weight.all():
        return pairs
    kept = pairs.weight > 0
    return JudgedPairs(pairs.score[kept], pairs.is_linked[kept], pairs.weight[kept])


def _separates(pairs: JudgedPairs) -> bool:
    linked, unlinked = pairs.score[pairs.is_linked], pairs.score[~pairs.is_linked]
    return bool(linked.min() >= unlinked.max() or linked.max() <= unlinked.min())
