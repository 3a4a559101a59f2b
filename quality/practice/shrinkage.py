"""Shares of small areas, drawn towards the rest of the force so that none leads by chance: a beta-binomial model."""

from typing import NamedTuple

import numpy as np

LEAST_CORRELATION = 1e-4
MOST_CORRELATION = 0.9


class ShrunkShares(NamedTuple):
    """Posterior of each area's share: mean and the bounds of its interval; float64, 0 to 1."""

    mean: np.ndarray
    lower: np.ndarray
    upper: np.ndarray


def intra_area_correlation(n_with: np.ndarray, n_of: np.ndarray) -> float:
    """Return how much areas differ beyond chance, 0 (not at all) to 1, by the method of moments.

    Parameters
    ----------
    n_with, n_of
        Crimes with a gap and crimes expected, one entry an area.

    Notes
    -----
    With p the pooled share, S = sum n_i (p_i - p)^2 has the mean p(1-p) [(m-1) + rho (N - sum n_i^2 / N - (m-1))] when
    the shares of m areas follow a beta distribution with correlation rho between the crimes of one area (Kleinman,
    Proportions with extraneous variance, JASA 68, 1973). Solved for rho, and kept within 0.0001 and 0.9.
    """
    n_of = np.asarray(n_of, dtype=np.float64)
    total, n_areas = n_of.sum(), len(n_of)
    pooled = n_with.sum() / total if total else 0.0
    freedom = total - (n_of**2).sum() / total - (n_areas - 1) if total else 0.0
    if freedom <= 0 or not 0 < pooled < 1:
        return LEAST_CORRELATION
    spread = (n_of * (n_with / n_of - pooled) ** 2).sum() / (pooled * (1 - pooled))
    return float(np.clip((spread - (n_areas - 1)) / freedom, LEAST_CORRELATION, MOST_CORRELATION))


def shrunk_shares(
    n_with: np.ndarray, n_of: np.ndarray, centre: np.ndarray, correlation: np.ndarray, tail: float = 0.025
) -> ShrunkShares:
    """Return the posterior of each area's share, given the level it is drawn towards.

    Parameters
    ----------
    n_with, n_of
        Crimes with a gap and crimes expected, one entry an area; n_of above 0.
    centre
        Share of the rest of the force, 0 to 1.
    correlation
        Of `intra_area_correlation`: the prior weighs as much as (1 - rho) / rho crimes.
    tail
        Probability beyond each bound.
    """
    from scipy.stats import beta

    weight = (1 - correlation) / correlation
    # A share of exactly 0 or 1 has no beta distribution; half a crime keeps it off the edge.
    level = np.clip(centre, 0.5 / (weight + 1), 1 - 0.5 / (weight + 1))
    above, below = n_with + weight * level, n_of - n_with + weight * (1 - level)
    lower, upper = beta.ppf(tail, above, below), beta.ppf(1 - tail, above, below)
    return ShrunkShares(above / (above + below), lower, upper)
