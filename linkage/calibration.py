"""A calibrated log Bayes factor: what a model says, mended by what it said of held-out series and of all pairs.

A model learns on solved crimes. Among all crimes of a force more unlinked pairs look alike than among the solved
ones: a crime near in place and time by somebody else is rarely solved too. So the share of unlinked pairs at each
strength is taken from a sample of all pairs, less the part of them that is linked, and the share of linked pairs from
series that the model has not seen.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from linkage.additive import BASE, DECIMALS
from linkage.posterior import posterior_probability

Floats = npt.NDArray[np.float64]

KNOT_SHARES = (0.02, 0.1, 0.25, 0.4, 0.55, 0.7, 0.82, 0.91, 0.97)
"""Shares of the linked pairs at which the line may bend; beyond the ends it runs on, one for one."""

LEAST_SLOPE = 0.1  # so that a stronger pair stays the stronger
SLOPE_PRECISION = 10.0  # a slope is expected within about 0.3 of 1
_CELL = 0.01  # nats: strengths are counted in cells so narrow that nothing is lost
_TAILS = (0.3, 0.2, 0.1, 0.05, 0.02)
_LEAST_TAIL = 10.0  # series in a tail, below which its share is too unsure
_LEAST_SAMPLED = 30  # pairs of the sample in a tail, likewise


class CalibrationError(ValueError):
    """A calibration cannot be learned from what was given."""


class Calibration(NamedTuple):
    """A strictly increasing broken line from a model's log Bayes factor to the calibrated one, slope 1 beyond the ends.

    Attributes
    ----------
    knots, log_bf : ndarray, shape (n_knots,)
        Natural logs, ascending.
    """

    knots: Floats
    log_bf: Floats

    def apply(self, log_bf: Floats) -> Floats:
        """Return the calibrated log Bayes factor of each value."""
        inside = np.interp(log_bf, self.knots, self.log_bf)
        return inside + np.minimum(log_bf - self.knots[0], 0.0) + np.maximum(log_bf - self.knots[-1], 0.0)


class CalibratedBayesFactor:
    """A fitted model with its calibration; it ranks pairs as the model does.

    Parameters
    ----------
    model : LinkEstimator
        Fitted.
    calibration : Calibration
    """

    def __init__(self, model: Any, calibration: Calibration) -> None:
        self.model = model
        self.calibration = calibration

    @property
    def terms_(self) -> Any:
        """The terms of the model, before calibration."""
        return self.model.terms_

    def decision_function(self, evidence: pd.DataFrame) -> Floats:
        """Return the calibrated natural log Bayes factor of each pair, without the prior odds."""
        return self.calibration.apply(self.model.decision_function(evidence))

    def log_bf_terms(self, evidence: pd.DataFrame) -> pd.DataFrame:
        """Return what each variable contributes; what calibration changes is added to the term `base`."""
        terms = self.model.log_bf_terms(evidence)
        raw = terms.to_numpy(dtype=np.float64).sum(axis=1)
        base = terms[BASE].to_numpy(dtype=np.float64) if BASE in terms else 0.0
        return terms.assign(**{BASE: base + self.calibration.apply(raw) - raw})


class Strengths(NamedTuple):
    """Log Bayes factors of pairs that a model has not seen, with what each pair counts.

    Attributes
    ----------
    linked, linked_weight : ndarray, shape (n_linked,)
        Pairs known to be linked. A pair counts 1, for it is pairs that are judged.
    n_series : float
        How many series they amount to: pairs of one series tell little more than one.
    all_pairs, all_weight : ndarray, shape (n_sampled,)
        A weighted sample of all pairs (`linkage.pair_population.population_sample`), linked or not.
    """

    linked: Floats
    linked_weight: Floats
    n_series: float
    all_pairs: Floats
    all_weight: Floats


def fit_calibration(strengths: Strengths, prior_log_odds: float) -> Calibration:
    """Return the line that makes the log Bayes factor true of all pairs of a force.

    Parameters
    ----------
    strengths : Strengths
    prior_log_odds : float
        Natural log odds that a pair of the population is linked; says how much of the sample is.

    Raises
    ------
    CalibrationError
        There is no linked pair, or no sample.
    """
    _check(strengths)
    knots = np.unique(_weighted_quantiles(strengths.linked, strengths.linked_weight, KNOT_SHARES))
    linked_at, linked = _counted(strengths.linked, strengths.linked_weight)
    sampled_at, sampled = _counted(strengths.all_pairs, strengths.all_weight)
    linked *= strengths.n_series / linked.sum()
    sampled *= strengths.n_series * np.exp(-prior_log_odds) / sampled.sum()
    return _best_line(knots, (linked_at, linked), (sampled_at, sampled), prior_log_odds)


def largest_prior_log_odds(strengths: Strengths) -> float:
    """Return the largest log prior odds that a sample of all pairs allows.

    However strong a pair must be, linked pairs that strong are among all pairs that strong: the share of linked pairs
    in the population is at most the share of all pairs above a strength over the share of linked pairs above it. The
    least such bound counts, over strengths that enough held-out series and enough of the sampled pairs reach: rather a
    little too low, for a false link harms somebody.

    References
    ----------
    Blanchard, Lee and Scott (2010), semi-supervised novelty detection, for the bound.

    Raises
    ------
    CalibrationError
        There is no linked pair, or no sample.
    """
    _check(strengths)
    shares = np.array([1.0 - share for share in _TAILS if share * strengths.n_series >= _LEAST_TAIL] or [1 - _TAILS[0]])
    log_share = np.log(0.5)
    for threshold in _weighted_quantiles(strengths.linked, strengths.linked_weight, shares):
        above, linked_above = strengths.all_pairs >= threshold, strengths.linked >= threshold
        if above.sum() >= _LEAST_SAMPLED:
            of_linked = strengths.linked_weight[linked_above].sum() / strengths.linked_weight.sum()
            of_all = strengths.all_weight[above].sum() / strengths.all_weight.sum()
            log_share = min(log_share, np.log(of_all) - np.log(of_linked))
    return float(log_share - np.log1p(-np.exp(log_share)))


def _check(strengths: Strengths) -> None:
    if not len(strengths.linked) or not len(strengths.all_pairs):
        raise CalibrationError(
            f"strengths: expected held-out linked pairs and a sample of all pairs, got {len(strengths.linked)} and "
            f"{len(strengths.all_pairs)}; calibrate on more solved series"
        )


def _weighted_quantiles(values: Floats, weight: Floats, shares: npt.ArrayLike) -> Floats:
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weight[order])
    place = np.searchsorted(reached, np.asarray(shares) * reached[-1], side="left")
    return values[order][np.minimum(place, len(values) - 1)]


def _counted(values: Floats, weight: Floats) -> tuple[Floats, Floats]:
    """Return the middle of each narrow cell of strengths and the weight in it."""
    cell = np.floor(values / _CELL).astype(np.int64)
    counts = np.bincount(cell - cell.min(), weights=weight)
    used = np.flatnonzero(counts)
    middle = (used.astype(np.float64) + float(cell.min()) + 0.5) * _CELL
    return middle, np.asarray(counts[used], dtype=np.float64)


def _best_line(
    knots: Floats, linked: tuple[Floats, Floats], sampled: tuple[Floats, Floats], prior_log_odds: float
) -> Calibration:
    """Return the line of the highest penalised likelihood: its height at the first knot, then its slopes.

    Linked pairs are told from all pairs, not from unlinked ones: with c the log Bayes factor and s the share of
    linked pairs, the log ratio of the two is c - log(s e^c + 1 - s). So no guess is needed of which pairs of the sample
    are linked, and where nearly all are, the sample says no more.
    """
    from scipy.optimize import minimize

    width = np.diff(knots)
    at = np.concatenate([linked[0], sampled[0]])
    is_linked, is_sampled = (np.zeros(len(at)) for _ in range(2))
    is_linked[: len(linked[0])], is_sampled[len(linked[0]) :] = linked[1], sampled[1]
    reach = np.clip(at[:, None] - knots[None, :-1], 0.0, width[None, :])
    outside = np.minimum(at - knots[0], 0.0) + np.maximum(at - knots[-1], 0.0)
    log_share = float(-np.logaddexp(0.0, -prior_log_odds))
    log_rest = float(-np.logaddexp(0.0, prior_log_odds))

    def loss(parameters: Floats) -> tuple[float, Floats]:
        bend = parameters[1:] - 1.0
        log_bf = parameters[0] + reach @ parameters[1:] + outside
        in_population = np.logaddexp(log_share + log_bf, log_rest)
        eta = log_bf - in_population + prior_log_odds
        p = posterior_probability(eta, 0.0)
        value = float(is_linked @ np.logaddexp(0.0, -eta) + is_sampled @ np.logaddexp(0.0, eta))
        residual = (is_sampled * p - is_linked * (1.0 - p)) * np.exp(log_rest - in_population)
        slope = np.asarray(reach.T @ residual + SLOPE_PRECISION * width * bend)
        gradient = np.concatenate([[residual.sum()], slope]).astype(np.float64)
        return value + 0.5 * SLOPE_PRECISION * float(width @ bend**2), gradient

    first = np.concatenate([[knots[0]], np.ones(len(width))])
    limits = [(None, None), *[(LEAST_SLOPE, None)] * len(width)]
    found = minimize(loss, first, jac=True, method="L-BFGS-B", bounds=limits, options={"maxiter": 1000}).x
    log_bf = found[0] + np.concatenate([[0.0], np.cumsum(found[1:] * width)])
    return Calibration(knots, np.round(log_bf, DECIMALS))
