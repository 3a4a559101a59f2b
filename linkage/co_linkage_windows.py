"""A normal time seen only through a window: the log of the window's mass, and a draw inside it."""

import math

import numpy as np
from numba import njit

_HALF_LOG_TAU = 0.5 * math.log(2.0 * math.pi)


@njit(cache=True)
def log_mean_density_below_peak(lower: float, upper: float) -> float:
    """Log of the standard normal's mean density over [lower, upper], less that of its peak in the window.

    Keeps its digits for windows of a second, where the difference of two tails would keep few.
    """
    width, middle = upper - lower, abs(0.5 * (lower + upper))
    nearest = max(middle - 0.5 * width, 0.0)
    peak = -0.5 * nearest * nearest
    if width * (1.0 + middle) < 0.2:
        # Midpoint expansion in the Hermite polynomials of order 2 and 4; the next term is below 1e-9.
        square, square_width = middle * middle, width * width
        fourth = (square * square - 6.0 * square + 3.0) * square_width / 80.0
        bend = (square - 1.0 + fourth) * square_width / 24.0
        return -0.5 * square + math.log1p(bend) - peak
    return log_mass(lower, upper) - math.log(width) + _HALF_LOG_TAU - peak


@njit(cache=True)
def log_mass(lower: float, upper: float) -> float:
    """Log of the standard normal mass between lower < upper, with full digits in both tails."""
    if lower + upper < 0.0:
        lower, upper = -upper, -lower
    if lower > 25.0:  # erfc underflows from 37 on
        below, beyond = _log_far_tail(lower), _log_far_tail(upper)
        return below + math.log1p(-math.exp(beyond - below))
    root = math.sqrt(0.5)
    return math.log(0.5 * (math.erfc(lower * root) - math.erfc(upper * root)))


@njit(cache=True)
def _log_far_tail(z: float) -> float:
    """Log of the normal tail beyond z > 25, asymptotic series (Abramowitz and Stegun 26.2.12)."""
    square = z * z
    series = -(1.0 - (3.0 - 15.0 / square) / square) / square
    return -0.5 * square - _HALF_LOG_TAU - math.log(z) + math.log1p(series)


@njit(cache=True)
def drawn_truncated(lower: float, upper: float, rng: np.random.Generator) -> float:
    """Draw a standard normal between lower and upper by the proposal that fits the window (Robert 1995)."""
    if lower + upper < 0.0:
        return -_drawn_truncated_right(-upper, -lower, rng)
    return _drawn_truncated_right(lower, upper, rng)


@njit(cache=True)
def _drawn_truncated_right(lower: float, upper: float, rng: np.random.Generator) -> float:
    """Draw for a window whose middle is not negative; every branch accepts at least about one in five."""
    width = upper - lower
    if lower < 0.5 and width > 2.0:
        while True:
            z = rng.standard_normal()
            if lower <= z <= upper:
                return z
    if lower <= 0.0:
        while True:
            z = lower + width * rng.random()
            if rng.standard_exponential() > 0.5 * z * z:
                return z
    while True:
        step = -math.log1p(rng.random() * math.expm1(-lower * width)) / lower
        if rng.standard_exponential() > 0.5 * step * step:
            return min(lower + step, upper)
