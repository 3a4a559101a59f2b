"""Plain logistic regression on the evidence as it is: the baseline that a better model has to beat.

Each number counts in proportion, each level of a comparison has a coefficient. Source: the package's published
comparison, which fits R's glm to the same evidence.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from linkage.estimator import SumOfTerms
from linkage.histogram_term import BayesFactorError, as_floats, is_continuous, level_bins
from linkage.spline_design import levels_in_order

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

LOG_OFFSETS = {"distance_km": 0.1, "gap_days": 1.0}
"""What is added before the logarithm of a column: nearer than 100 m and sooner than a day are nearly alike."""

MAX_STEPS = 100
_RIDGE = 1e-8  # keeps coefficients finite where a column separates the classes; moves no others by as much as 1e-6
_SHORTEST_STEP = 1e-8
_LEAST_GAIN = 1e-13  # in log likelihood, of a Newton step that is worth another


class LinearTerm(NamedTuple):
    """One evidence variable of a plain logistic regression.

    Attributes
    ----------
    mean : float
        Of the training pairs, which a missing value stands at; NaN for a categorical variable.
    slope : float
        Natural log Bayes factor of one unit more; NaN for a categorical variable.
    log_offset : float
        Added to the value before its natural logarithm is taken; NaN where the value counts as it is.
    levels : tuple of str
        Of a categorical variable; empty for a continuous one.
    log_bf : ndarray, shape (n_levels,)
        Natural log Bayes factor of each level against the first.
    """

    mean: float
    slope: float
    log_offset: float
    levels: tuple[str, ...]
    log_bf: Floats

    @property
    def is_continuous(self) -> bool:
        """Whether the variable is a number on a scale."""
        return not np.isnan(self.slope)

    def score(self, values: pd.Series) -> Floats:
        """Return the log Bayes factor of each value; 0 for what is missing, not applicable or never seen."""
        if self.is_continuous:
            return np.nan_to_num(self.slope * (_on_scale(values, self.log_offset) - self.mean), nan=0.0)
        return np.append(self.log_bf, 0.0)[np.maximum(level_bins(values, self.levels), -1)]


class PlainLogistic(SumOfTerms):
    """Logistic regression without a penalty to speak of, giving a log Bayes factor in favour of a common offender.

    Parameters
    ----------
    scale : {"linear", "log"}
        Numbers count as they are, or distance and gap by their logarithm (`LOG_OFFSETS`).

    Attributes
    ----------
    terms_ : dict of str to LinearTerm
        One a variable, in the order of the evidence columns.
    base_log_bf_ : float
        Added to every pair: the intercept at mean evidence, less the log odds of the training pairs.
    n_iter_ : int
        Newton steps of the fit.

    Notes
    -----
    Missing evidence contributes nothing. The log Bayes factor is the linear predictor less the log odds of the
    training pairs, as they are weighted.
    """

    def __init__(self, scale: str = "linear") -> None:
        self.scale = scale

    def _fit(self, evidence: pd.DataFrame, linked: Flags, weight: Floats) -> None:
        if self.scale not in ("linear", "log"):
            raise BayesFactorError(f"scale: expected linear or log, got {self.scale!r}; choose one of these")
        used = weight > 0
        if not used.all():  # a pair that counts nothing must name no level
            evidence, linked, weight = evidence[used], linked[used], weight[used]
        columns = [self._columns(evidence[name], weight) for name in evidence.columns]
        prior = float(np.log(weight[linked].sum() / weight[~linked].sum()))
        intercept, slopes, self.n_iter_ = _maximise(np.hstack([one.design for one in columns]), linked, weight, prior)
        self.base_log_bf_ = intercept - prior
        cuts = np.cumsum([one.design.shape[1] for one in columns])[:-1]
        self.terms_ = {
            str(name): one.term(slope)
            for name, one, slope in zip(evidence.columns, columns, np.split(slopes, cuts), strict=True)
        }

    def _columns(self, values: pd.Series, weight: Floats) -> "_Columns":
        if not is_continuous(values):
            levels, _ = levels_in_order(values)
            bins = level_bins(values, levels)
            indicators = bins[:, None] == np.arange(1, len(levels))[None, :]
            return _Columns(indicators.astype(np.float64), np.nan, np.nan, np.nan, levels)
        log_offset = LOG_OFFSETS.get(str(values.name), np.nan) if self.scale == "log" else np.nan
        return _standardised(_on_scale(values, log_offset), weight, log_offset)


class _Columns(NamedTuple):
    """What one variable gives to the design: its columns, and what turns their coefficients into a term."""

    design: Floats
    mean: float
    deviation: float
    log_offset: float
    levels: tuple[str, ...]

    def term(self, slopes: Floats) -> LinearTerm:
        if np.isnan(self.deviation):
            log_bf = np.concatenate([[0.0], slopes])[: len(self.levels)]
            return LinearTerm(np.nan, np.nan, np.nan, self.levels, log_bf)
        return LinearTerm(self.mean, float(slopes[0] / self.deviation), self.log_offset, (), np.empty(0))


def _standardised(values: Floats, weight: Floats, log_offset: float) -> _Columns:
    present = ~np.isnan(values)
    mass = weight[present].sum()
    mean = float(weight[present] @ values[present] / mass) if mass > 0 else 0.0
    away = np.where(present, values - mean, 0.0)
    deviation = float(np.sqrt(weight @ away**2 / mass)) if mass > 0 else 0.0
    if not deviation > 1e-12 * abs(mean):  # a constant, but for rounding
        away, deviation = np.zeros(len(values)), 1.0
    return _Columns((away / deviation)[:, None], mean, deviation, log_offset, ())


def _on_scale(values: pd.Series, log_offset: float) -> Floats:
    floats = as_floats(values)
    return floats if np.isnan(log_offset) else np.log(np.maximum(floats, 0.0) + log_offset)


class _Likelihood(NamedTuple):
    """What is climbed: the design with the intercept first, labels, weights, and the ridge of each column."""

    x: Floats
    y: Floats
    weight: Floats
    ridge: Floats

    def loss(self, at: Floats) -> float:
        eta = self.x @ at
        return float(self.weight @ (np.logaddexp(0.0, eta) - self.y * eta) + 0.5 * self.ridge @ at**2)

    def newton_step(self, at: Floats) -> tuple[Floats, float]:
        """Return the step and what it would gain, twice over, were the likelihood a parabola."""
        p = np.exp(-np.logaddexp(0.0, -(self.x @ at)))
        gradient = self.x.T @ (self.weight * (self.y - p)) - self.ridge * at
        curvature = (self.weight * p * (1.0 - p))[:, None]
        information = self.x.T @ (self.x * curvature) + np.diag(self.ridge)
        step = np.asarray(np.linalg.lstsq(information, gradient, rcond=None)[0], dtype=np.float64)
        return step, float(gradient @ step)


def _maximise(design: Floats, linked: Flags, weight: Floats, prior: float) -> tuple[float, Floats, int]:
    """Return the intercept, the slopes and the Newton steps to the highest likelihood."""
    x = np.column_stack([np.ones(len(design)), design])
    ridge = np.full(x.shape[1], _RIDGE)
    ridge[0] = 0.0
    likelihood = _Likelihood(x, linked.astype(np.float64), weight, ridge)
    at = np.concatenate([[prior], np.zeros(x.shape[1] - 1)])
    loss, n_steps, gain = likelihood.loss(at), 0, np.inf
    while n_steps < MAX_STEPS and gain > _LEAST_GAIN * (1.0 + loss):
        step, gain = likelihood.newton_step(at)
        at, loss = _climbed(likelihood, at, loss, step)
        n_steps += 1
    return float(at[0]), at[1:], n_steps


def _climbed(likelihood: _Likelihood, at: Floats, loss: float, step: Floats) -> tuple[Floats, float]:
    """Return where the step leads, half as long until the loss does not rise, and the loss there."""
    scale = 1.0
    while scale > _SHORTEST_STEP:
        there = at + scale * step
        tried = likelihood.loss(there)
        if tried <= loss:
            return there, tried
        scale *= 0.5
    return at, loss
