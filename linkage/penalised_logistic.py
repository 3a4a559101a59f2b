"""Penalised logistic regression on broken lines, each kept a likelihood ratio of its own.

The log odds of a pair are an intercept and, of each variable, f(x) - k with k = log E[exp f] over the unlinked pairs
that the variable says something of. So each variable is a Bayes factor that averages 1 over unlinked pairs, as any
likelihood ratio does, and a variable that says nothing of a pair may count 0 without favouring either side.

Newton's method on the penalised likelihood; steps keep their signs by a bounded least-squares problem in each.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numba
import numpy as np
from scipy.linalg import block_diag

from linkage.spline_design import Flags, Floats, Ints, Variable, bounds, penalty_matrix, step_matrix

MAX_STEPS = 100
TOLERANCE = 1e-7
_LARGEST_STEP = 3.0  # of a parameter: a longer one would carry probabilities to 0 or 1, where nothing can be learned
_SHORTEST_STEP = 1e-8
_CURVATURE = 1e-9  # keeps the information matrix invertible where a place has no pair


class LogisticFit(NamedTuple):
    """A fitted regression.

    Attributes
    ----------
    intercept : float
    log_bf : tuple of ndarray
        Of each variable the value at its knots or of its levels, k subtracted.
    n_steps : int
        Newton steps taken.
    """

    intercept: float
    log_bf: tuple[Floats, ...]
    n_steps: int


class _Design(NamedTuple):
    """All variables together: places of the pairs counted through, and the matrices of the parameters."""

    position: Ints
    share: Floats
    start: Ints
    n_places: int
    steps: Floats
    penalty: Floats
    low: Floats
    high: Floats


class _Data(NamedTuple):
    """The pairs: whether linked, the same as numbers, and their weights."""

    linked: Flags
    y: Floats
    weight: Floats


class _Point(NamedTuple):
    """Where Newton's method stands: parameters, the values and tilts of all places, log odds of pairs, objective."""

    intercept: float
    parameters: Floats
    places: Floats
    tilt: Floats
    eta: Floats
    objective: float


def fit_logistic(
    variables: Sequence[Variable], linked: Flags, weight: Floats, shrinkage: float, smoothness: float
) -> LogisticFit:
    """Fit the regression.

    Parameters
    ----------
    variables : sequence of Variable
    linked : ndarray, shape (n_pairs,), bool
    weight : ndarray, shape (n_pairs,), float64
        Of each pair in the likelihood.
    shrinkage, smoothness : float
        See `linkage.spline_design.penalty_matrix`; what a slope or a bend costs in log likelihood.
    """
    design = _design(variables, shrinkage, smoothness)
    data = _Data(linked, linked.astype(np.float64), weight)
    at = _point(design, data, float(np.log(weight[linked].sum() / weight[~linked].sum())), np.zeros(len(design.low)))
    for n_steps in range(1, MAX_STEPS + 1):
        before, at = at, _newton_step(design, data, at)
        if before.objective - at.objective <= TOLERANCE * (1.0 + abs(at.objective)):
            break
    return LogisticFit(at.intercept, tuple(np.split(at.places, design.start[1:-1])), n_steps)


def _newton_step(design: _Design, data: _Data, at: _Point) -> _Point:
    """Return the next point: a bounded Newton step, half as long until the objective does not rise."""
    step = _bounded_step(design, *_derivatives(design, data, at), at.parameters)
    scale = min(1.0, _LARGEST_STEP / max(float(np.abs(step).max()), 1e-300))
    while True:
        tried = _point(design, data, at.intercept + scale * float(step[0]), at.parameters + scale * step[1:])
        if tried.objective <= at.objective or scale < _SHORTEST_STEP:
            return tried if tried.objective <= at.objective else at
        scale *= 0.5


def _point(design: _Design, data: _Data, intercept: float, parameters: Floats) -> _Point:
    places, tilt = _normalised(design, parameters, data)
    eta = _linear_predictor(design.position, design.share, places, intercept)
    loss = float(np.sum(data.weight * (np.logaddexp(0.0, eta) - data.y * eta)))
    objective = loss + 0.5 * float(parameters @ design.penalty @ parameters)
    return _Point(intercept, parameters, places, tilt, eta, objective)


def _design(variables: Sequence[Variable], shrinkage: float, smoothness: float) -> _Design:
    start = np.cumsum([0, *(one.n_places for one in variables)])
    low, high = bounds(variables)
    return _Design(
        position=np.stack(
            [np.where(one.position < 0, -1, one.position + at) for one, at in zip(variables, start[:-1], strict=True)]
        ),
        share=np.stack([one.share for one in variables]),
        start=start.astype(np.int64),
        n_places=int(start[-1]),
        steps=block_diag(*(step_matrix(one) for one in variables)),
        penalty=block_diag(*(penalty_matrix(one, shrinkage, smoothness) for one in variables)),
        low=low,
        high=high,
    )


def _normalised(design: _Design, parameters: Floats, data: _Data) -> tuple[Floats, Floats]:
    """Return the values at all places with k subtracted, and the share that each place has in E[exp f]."""
    values = design.steps @ parameters
    tilt = np.zeros(design.n_places)
    mass = _tilted_mass(design.position, design.share, values, np.where(data.linked, 0.0, data.weight), tilt)
    for v, (begin, end) in enumerate(zip(design.start[:-1], design.start[1:], strict=True)):
        total = tilt[begin:end].sum()
        if total > 0:
            values[begin:end] -= np.log(total / mass[v])
            tilt[begin:end] /= total
    return values, tilt


def _derivatives(design: _Design, data: _Data, at: _Point) -> tuple[Floats, Floats]:
    """Return the gradient of the log likelihood and its information, of the intercept and the parameters."""
    p = np.exp(-np.logaddexp(0.0, -at.eta))
    n = design.n_places + 1
    gradient, information = np.zeros(n), np.zeros((n, n))
    residual, curvature = data.weight * (data.y - p), data.weight * p * (1.0 - p)
    _accumulate(design.position, design.share, residual, curvature, gradient, information)
    information += np.triu(information, 1).T
    # The derivative of k, to first order: what a place adds to E[exp f] is taken from all places of its variable.
    centring = np.zeros((design.n_places, design.n_places))
    for begin, end in zip(design.start[:-1], design.start[1:], strict=True):
        centring[begin:end, begin:end] = np.eye(end - begin) - at.tilt[begin:end][None, :]
    columns = block_diag(np.ones((1, 1)), centring @ design.steps)
    return columns.T @ gradient, columns.T @ information @ columns


def _bounded_step(design: _Design, gradient: Floats, information: Floats, parameters: Floats) -> Floats:
    from scipy.optimize import lsq_linear

    hessian, slope = information + _CURVATURE * np.eye(len(gradient)), gradient.copy()
    hessian[1:, 1:] += design.penalty
    slope[1:] -= design.penalty @ parameters
    root = np.linalg.cholesky(hessian)
    target = np.linalg.solve(root, slope)
    if np.isinf(design.low).all() and np.isinf(design.high).all():
        return np.asarray(np.linalg.solve(root.T, target), dtype=np.float64)
    low = np.concatenate([[-np.inf], design.low - parameters])
    high = np.concatenate([[np.inf], design.high - parameters])
    return np.asarray(lsq_linear(root.T, target, bounds=(low, high), method="bvls", tol=1e-12).x, dtype=np.float64)


@numba.njit(cache=True)
def _linear_predictor(position: Ints, share: Floats, places: Floats, intercept: float) -> Floats:
    eta = np.full(position.shape[1], intercept)
    for v in range(position.shape[0]):
        for i in range(position.shape[1]):
            at = position[v, i]
            if at >= 0:
                eta[i] += places[at]
                if share[v, i] > 0.0:
                    eta[i] += share[v, i] * (places[at + 1] - places[at])
    return eta


@numba.njit(cache=True)
def _tilted_mass(position: Ints, share: Floats, values: Floats, weight: Floats, tilt: Floats) -> Floats:
    """Add to each place its part of the sum of weight exp(f), and return the weight of each variable."""
    mass = np.zeros(position.shape[0])
    for v in range(position.shape[0]):
        for i in range(position.shape[1]):
            at = position[v, i]
            if at < 0 or weight[i] == 0.0:
                continue
            t = share[v, i]
            f = values[at] + (t * (values[at + 1] - values[at]) if t > 0.0 else 0.0)
            part = weight[i] * np.exp(f)
            mass[v] += weight[i]
            tilt[at] += (1.0 - t) * part
            if t > 0.0:
                tilt[at + 1] += t * part
    return mass


@numba.njit(cache=True)
def _accumulate(
    position: Ints, share: Floats, residual: Floats, curvature: Floats, gradient: Floats, information: Floats
) -> None:
    """Add up the gradient and the upper triangle of the information; column 0 is the intercept."""
    column = np.zeros(2 * position.shape[0] + 1, dtype=np.int64)
    value = np.ones(2 * position.shape[0] + 1)
    for i in range(position.shape[1]):
        n = 1
        for v in range(position.shape[0]):
            at, t = position[v, i], share[v, i]
            if at < 0:
                continue
            column[n], value[n] = at + 1, 1.0 - t
            n += 1
            if t > 0.0:
                column[n], value[n] = at + 2, t
                n += 1
        for j in range(n):
            gradient[column[j]] += residual[i] * value[j]
            scaled = curvature[i] * value[j]
            for k in range(j, n):
                information[column[j], column[k]] += scaled * value[k]
