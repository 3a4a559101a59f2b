"""Bands of the posterior probability: how many links each one holds, beside how many it should."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import expit

from linkage.evaluation_inputs import (
    Bools,
    EvaluationError,
    Floats,
    LabelledScores,
    labelled_scores,
    with_weight,
)

BANDS = (0.0, 1e-5, 1e-4, 1e-3, 0.01, 0.03, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0)
"""Edges of the bands: even on a log scale where most pairs lie, then as people speak of probabilities."""


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
    pairs = with_weight(labelled_scores(log_odds, is_linked, sample_weight))
    posterior = expit(pairs.score)
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


def observed_over_expected(
    log_odds: npt.ArrayLike,
    is_linked: npt.ArrayLike,
    sample_weight: npt.ArrayLike | None = None,
    low: float = 0.0,
    high: float = 1.0,
) -> float:
    """Return linked pairs over the sum of posteriors among the pairs with a posterior in [low, high).

    1 is calibrated. As a function of three arguments (bind the bounds) it is a measure for `linkage.bootstrap`, whose
    intervals allow for what pairs of one series have in common. NaN where the band is empty.
    """
    pairs = labelled_scores(log_odds, is_linked, sample_weight)
    posterior = expit(pairs.score)
    inside = (posterior >= low) & ((posterior < high) | (high >= 1.0))
    found = (pairs.size * pairs.is_linked)[inside].sum()
    return float(_over(np.array([found]), np.array([(pairs.size * posterior)[inside].sum()]))[0])


def wilson_interval(share: npt.ArrayLike, n: npt.ArrayLike, level: float = 0.95) -> tuple[Floats, Floats]:
    """Return the bounds of Wilson's interval for shares observed among n (any positive number) each."""
    from scipy.stats import norm

    p, number = np.asarray(share, dtype=np.float64), np.asarray(n, dtype=np.float64)
    z = float(norm.ppf(0.5 + level / 2.0))
    centre = (p + z * z / (2 * number)) / (1 + z * z / number)
    half = z * np.sqrt(p * (1 - p) / number + z * z / (4 * number**2)) / (1 + z * z / number)
    return np.maximum(centre - half, 0.0), np.minimum(centre + half, 1.0)


def _effective_number(pairs: LabelledScores, band: npt.NDArray[np.int64], share: Floats, held: Bools) -> Floats:
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
