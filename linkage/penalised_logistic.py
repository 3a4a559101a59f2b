"""Penalised logistic regression on broken lines, each kept a likelihood ratio of its own.

The log odds of a pair are an intercept and, of each variable, f(x) - k with k = log E[exp f] over the unlinked pairs
that the variable says something of. So each variable is a Bayes factor that averages 1 over unlinked pairs, as any
likelihood ratio does, and a variable that says nothing of a pair may count 0 without favouring either side.

Newton's method on the penalised likelihood; steps keep their signs by the lowest point within bounds in each.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from linkage.bounded_minimum import bounded_minimum
from linkage.logistic_kernels import Places, add_derivatives, log_loss, log_odds, tilted_mass, weight_of_places
from linkage.spline_design import Flags, Floats, Ints, Variable, bounds, penalty_matrix, step_matrix

MAX_STEPS = 100
TOLERANCE = 1e-8
_START_PAIRS = 50_000  # a few of many pairs lead near enough, at a fraction of the time
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
    n_linked, n_unlinked : tuple of ndarray
        Of each variable the weight of the pairs there.
    n_steps : int
        Newton steps taken.
    """

    intercept: float
    log_bf: tuple[Floats, ...]
    n_linked: tuple[Floats, ...]
    n_unlinked: tuple[Floats, ...]
    n_steps: int


class _Design(NamedTuple):
    """All variables together: places of the pairs counted through, and the matrices of the parameters."""

    position: Places
    share: Floats
    start: Ints
    n_places: int
    steps: Floats
    penalty: Floats
    low: Floats
    high: Floats


class _Data(NamedTuple):
    """The pairs: whether linked, their weights, and the weights of the unlinked alone."""

    linked: Flags
    weight: Floats
    unlinked_weight: Floats


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
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    design = _design(variables, shrinkage, smoothness)
    data = _Data(linked, weight, np.where(linked, 0.0, weight))
    # Matrices are small: several threads wait for each other longer than they work, and add up in another order.
    with threadpool_limits(1, user_api="blas"):
        at, n_steps = _highest(design, data, *_start(design, data))
    found = weight_of_places(design.position, design.share, linked, weight, design.n_places)
    log_bf, n_unlinked, n_linked = (tuple(np.split(each, design.start[1:-1])) for each in (at.places, *found))
    return LogisticFit(at.intercept, log_bf, n_linked, n_unlinked, n_steps)


def _start(design: _Design, data: _Data) -> tuple[float, Floats]:
    """Return where to begin: at nothing learned, or for many pairs where all linked and some unlinked ones lead."""
    intercept = float(np.log(data.weight[data.linked].sum() / data.unlinked_weight.sum()))
    stride = len(data.linked) // _START_PAIRS
    rows = data.linked.copy()
    rows[:: max(stride, 1)] = True
    if stride < 2 or not data.unlinked_weight[rows].any():
        return intercept, np.zeros(len(design.low))
    unlinked_weight = data.unlinked_weight[rows] * stride
    some = _Data(data.linked[rows], np.where(data.linked[rows], data.weight[rows], unlinked_weight), unlinked_weight)
    smaller = design._replace(
        position=np.ascontiguousarray(design.position[:, rows]), share=np.ascontiguousarray(design.share[:, rows])
    )
    at, _ = _highest(smaller, some, intercept, np.zeros(len(design.low)))
    return at.intercept, at.parameters


def _highest(design: _Design, data: _Data, intercept: float, parameters: Floats) -> tuple[_Point, int]:
    """Return the point of the highest penalised likelihood, and the Newton steps to it."""
    at, gain, n_steps = _point(design, data, intercept, parameters), np.inf, 0
    while n_steps < MAX_STEPS and gain > TOLERANCE * (1.0 + abs(at.objective)):
        before, at = at, _newton_step(design, data, at)
        gain, n_steps = before.objective - at.objective, n_steps + 1
    return at, n_steps


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
    eta = log_odds(design.position, design.share, places, intercept)
    objective = log_loss(eta, data.linked, data.weight) + 0.5 * float(parameters @ design.penalty @ parameters)
    return _Point(intercept, parameters, places, tilt, eta, objective)


def _design(variables: Sequence[Variable], shrinkage: float, smoothness: float) -> _Design:
    start = np.cumsum([0, *(one.n_places for one in variables)])
    low, high = bounds(variables)
    position = np.empty((len(variables), len(variables[0].position)), dtype=np.int32)
    for row, one, at in zip(position, variables, start[:-1], strict=True):
        np.add(one.position, at, out=row, casting="same_kind")
        row[one.position < 0] = -1
    from scipy.linalg import block_diag  # scoring imports this module for its model alone, and scipy takes long

    return _Design(
        position=position,
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
    mass = tilted_mass(design.position, design.share, values, data.unlinked_weight, tilt)
    for v, (begin, end) in enumerate(zip(design.start[:-1], design.start[1:], strict=True)):
        total = tilt[begin:end].sum()
        if total > 0:
            values[begin:end] -= np.log(total / mass[v])
            tilt[begin:end] /= total
    return values, tilt


def _derivatives(design: _Design, data: _Data, at: _Point) -> tuple[Floats, Floats]:
    """Return the gradient of the log likelihood and its information, of the intercept and the parameters."""
    from scipy.linalg import block_diag

    n = design.n_places + 1
    gradient, information = np.zeros(n), np.zeros((n, n))
    add_derivatives(design.position, design.share, at.eta, data.linked, data.weight, gradient, information)
    information += np.triu(information, 1).T
    # The derivative of k, to first order: what a place adds to E[exp f] is taken from all places of its variable.
    centring = np.zeros((design.n_places, design.n_places))
    for begin, end in zip(design.start[:-1], design.start[1:], strict=True):
        centring[begin:end, begin:end] = np.eye(end - begin) - at.tilt[begin:end][None, :]
    columns = block_diag(np.ones((1, 1)), centring @ design.steps)
    return columns.T @ gradient, columns.T @ information @ columns


def _bounded_step(design: _Design, gradient: Floats, information: Floats, parameters: Floats) -> Floats:
    hessian, slope = information + _CURVATURE * np.eye(len(gradient)), gradient.copy()
    hessian[1:, 1:] += design.penalty
    slope[1:] -= design.penalty @ parameters
    low = np.concatenate([[-np.inf], design.low - parameters])
    high = np.concatenate([[np.inf], design.high - parameters])
    return bounded_minimum(hessian, slope, low, high)
