"""The loops over pairs of the additive fit: log odds, likelihood and its derivatives, and the weight of places.

A pair stands, of each variable, at a place (a knot or a level) or between it and the next; places are counted through
all variables, and -1 is a variable that says nothing of the pair. Sums run in the order of the pairs.
"""

import numba
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]


@numba.njit(cache=True)
def log_odds(position: Places, share: Floats, values: Floats, intercept: float) -> Floats:
    """Return the log odds of each pair: the intercept and the value of each variable.

    Parameters
    ----------
    position : ndarray, shape (n_variables, n_pairs), int32
    share : ndarray, shape (n_variables, n_pairs), float64
        Of the way to the next place, in [0, 1].
    values : ndarray, shape (n_places,), float64
    intercept : float
    """
    eta = np.full(position.shape[1], intercept)
    for v in range(position.shape[0]):
        for i in range(position.shape[1]):
            at = position[v, i]
            if at >= 0:
                eta[i] += values[at]
                if share[v, i] > 0.0:
                    eta[i] += share[v, i] * (values[at + 1] - values[at])
    return eta


@numba.njit(cache=True)
def tilted_mass(position: Places, share: Floats, values: Floats, weight: Floats, tilt: Floats) -> Floats:
    """Add to each place its part of the sum of weight exp(value), and return the weight of each variable.

    Parameters
    ----------
    position, share, values
        As for `log_odds`.
    weight : ndarray, shape (n_pairs,), float64
    tilt : ndarray, shape (n_places,), float64
        Is added to.
    """
    mass = np.zeros(position.shape[0])
    exp_at = np.exp(values)  # of a pair that stands at a place, as all do of a variable with levels
    for v in range(position.shape[0]):
        for i in range(position.shape[1]):
            at = position[v, i]
            if at < 0 or weight[i] == 0.0:
                continue
            mass[v] += weight[i]
            t = share[v, i]
            if t > 0.0:
                part = weight[i] * np.exp(values[at] + t * (values[at + 1] - values[at]))
                tilt[at] += (1.0 - t) * part
                tilt[at + 1] += t * part
            else:
                tilt[at] += weight[i] * exp_at[at]
    return mass


@numba.njit(cache=True)
def log_loss(eta: Floats, linked: Flags, weight: Floats) -> float:
    """Return the sum of weight times minus the log likelihood of each pair, given its log odds."""
    total = 0.0
    for i in range(eta.size):
        against = -eta[i] if linked[i] else eta[i]
        total += weight[i] * (max(against, 0.0) + np.log1p(np.exp(-abs(against))))
    return total


@numba.njit(cache=True)
def add_derivatives(
    position: Places,
    share: Floats,
    eta: Floats,
    linked: Flags,
    weight: Floats,
    gradient: Floats,
    information: Floats,
) -> None:
    """Add up the gradient of the log likelihood and the upper triangle of its information.

    Parameters
    ----------
    position, share
        As for `log_odds`.
    eta, linked, weight : ndarray, shape (n_pairs,)
    gradient : ndarray, shape (n_places + 1,), float64
        Is added to; 0 is the intercept.
    information : ndarray, shape (n_places + 1, n_places + 1), float64
        Is added to.
    """
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
        p = 1.0 / (1.0 + np.exp(-eta[i])) if eta[i] > 0.0 else 1.0 - 1.0 / (1.0 + np.exp(eta[i]))
        residual, curvature = weight[i] * ((1.0 - p) if linked[i] else -p), weight[i] * p * (1.0 - p)
        for j in range(n):
            gradient[column[j]] += residual * value[j]
            scaled = curvature * value[j]
            for k in range(j, n):
                information[column[j], column[k]] += scaled * value[k]


@numba.njit(cache=True)
def weight_of_places(position: Places, share: Floats, linked: Flags, weight: Floats, n_places: int) -> Floats:
    """Return the weight of unlinked and of linked pairs at each place, shared between the two nearest.

    Returns
    -------
    ndarray, shape (2, n_places), float64
        Unlinked first.
    """
    found = np.zeros((2, n_places))
    for v in range(position.shape[0]):
        for i in range(position.shape[1]):
            at = position[v, i]
            if at >= 0:
                side, t = int(linked[i]), share[v, i]
                found[side, at] += (1.0 - t) * weight[i]
                if t > 0.0:
                    found[side, at + 1] += t * weight[i]
    return found
