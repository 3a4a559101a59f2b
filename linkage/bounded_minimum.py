"""The lowest point of a convex quadratic within bounds: which parameters stand at a bound is found by pivoting.

A few small linear systems, where a general solver for bounded least squares decomposes the whole matrix again and
again: of 200 parameters a step takes milliseconds, not a second.
"""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

FREE, LOW, HIGH = 0, -1, 1
_TOLERANCE = 1e-11  # of a parameter or of a slope, relative to the largest: less beyond its bound is rounding
_MOST_ROUNDS = 30  # four are usual
_MOST_STEPS = 20  # for each parameter; only rounding needs more than two


def bounded_minimum(hessian: Floats, slope: Floats, low: Floats, high: Floats) -> Floats:
    """Return the x within bounds that makes x' H x / 2 - slope' x least.

    Parameters
    ----------
    hessian : ndarray, shape (n, n)
        Symmetric and positive definite.
    slope : ndarray, shape (n,)
    low, high : ndarray, shape (n,)
        Bounds, low below high; minus and plus infinity where there is none.

    Notes
    -----
    Block principal pivoting: every parameter that is beyond its bound is put there, and every one whose slope leads off
    its bound is freed, all at once; a handful of rounds as a rule. Where that runs in circles, one bound at a time is
    met or left, always downhill, which cannot.

    References
    ----------
    Judice and Pires (1994), Computers and Operations Research 21, 587-596.
    """
    side = np.zeros(len(slope), dtype=np.int8)
    for _ in range(_MOST_ROUNDS):
        x, wrong, better = _judged(hessian, slope, low, high, side)
        if not wrong.any():
            return np.clip(x, low, high)
        side[wrong] = better[wrong]
    return _walked_down(hessian, slope, low, high, np.clip(x, low, high))


def _judged(
    hessian: Floats, slope: Floats, low: Floats, high: Floats, side: npt.NDArray[np.int8]
) -> tuple[Floats, npt.NDArray[np.bool_], npt.NDArray[np.int8]]:
    """Return the lowest point with some parameters at bounds, which stand wrongly there, and where they belong."""
    is_free = side == FREE
    x = np.where(side == LOW, low, np.where(side == HIGH, high, 0.0))
    x[is_free] = 0.0
    free = np.flatnonzero(is_free)
    x[free] = np.linalg.solve(hessian[np.ix_(free, free)], slope[free] - (hessian @ x)[free])
    downhill = slope - hessian @ x
    far, steep = _TOLERANCE * (1.0 + np.abs(x).max()), _TOLERANCE * (1.0 + np.abs(slope).max())
    better = np.where(x < low - far, LOW, np.where(x > high + far, HIGH, FREE)).astype(np.int8)
    leads_off = ((side == LOW) & (downhill > steep)) | ((side == HIGH) & (downhill < -steep))
    return x, np.where(is_free, better != FREE, leads_off), better


def _walked_down(hessian: Floats, slope: Floats, low: Floats, high: Floats, x: Floats) -> Floats:
    """Return the lowest point from one within bounds: to the lowest with some at bounds, or to the bound in between."""
    side = np.where(x == low, LOW, np.where(x == high, HIGH, FREE)).astype(np.int8)
    for _ in range(_MOST_STEPS * len(x)):
        lowest, wrong, better = _judged(hessian, slope, low, high, side)
        beyond = np.flatnonzero(wrong & (side == FREE))
        if len(beyond):
            bound = np.where(better[beyond] == LOW, low[beyond], high[beyond])
            ways = (bound - x[beyond]) / (lowest[beyond] - x[beyond])
            first = beyond[np.argmin(ways)]
            x = x + ways.min() * (lowest - x)
            side[first], x[first] = better[first], bound[np.argmin(ways)]
            continue
        x = np.clip(lowest, low, high)
        if not wrong.any():
            break
        steepness = np.abs(slope - hessian @ x)
        side[np.argmax(np.where(wrong, steepness, -1.0))] = FREE
    return x
