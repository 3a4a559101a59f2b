"""Expected differences of two uncertain times, in closed form, for one pair (compiled) and for arrays.

Each crime's true time is uniform on [from, to]. With a and b the lengths of the two intervals and d = from_1 - from_2,
the difference T1 - T2 lies in [d - b, d + a]. The scalar functions hold the algebra and can be inlined in any compiled
loop; the array functions check and loop. All take d, a, b and the period in one unit, whichever it is.

The textbook form of both expectations is a second difference of a cubic over ab. It loses every digit when an
interval lasts seconds and the difference years, so it is used nowhere: each case below is a sum of terms of one sign,
or nearly so. Source: Porter (2015), crimelinkage 0.0.4, whose values these are; the case analysis is our own.
"""

import math

import numba
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


class IntervalError(ValueError):
    """An interval is impossible, or arrays of them do not fit together."""


@numba.njit(cache=True, error_model="numpy")
def expected_gap(d: float, a: float, b: float) -> float:
    """Return E|T1 - T2| for intervals of lengths a, b >= 0 that start d apart."""
    mean = d + 0.5 * (a - b)
    end = d + a
    if d >= b or end <= 0.0:  # no overlap: the sign of T1 - T2 is certain
        return abs(mean)
    if d <= 0.0 and end >= b:  # the first holds the second
        return 0.25 * a + (mean * mean + b * b / 12.0) / a
    if d >= 0.0 and end <= b:  # the second holds the first
        return 0.25 * b + (mean * mean + a * a / 12.0) / b
    overlap = end if d < 0.0 else b - d
    return abs(mean) + overlap * (overlap / a) * (overlap / b) / 3.0


@numba.njit(cache=True, error_model="numpy")
def _is_even(block: float) -> bool:
    """Tell whether a whole number is even; a remainder of floats would cost more than all the rest."""
    return 0.5 * block == math.floor(0.5 * block)


@numba.njit(cache=True, error_model="numpy")
def circular_distance(u: float, period: float) -> float:
    """Return the distance of u from the nearest multiple of the period."""
    return abs(u - period * math.floor(u / period + 0.5))


@numba.njit(cache=True, error_model="numpy")
def _tent_average(v1: float, v2: float, half: float) -> float:
    """Average v (half - v) / 2 over [v1, v2] within [0, half]; v1 == v2 gives its value there."""
    return 0.25 * half * (v1 + v2) - (v1 * v1 + v1 * v2 + v2 * v2) / 6.0


@numba.njit(cache=True, error_model="numpy")
def _integral_to_zero(u: float, half: float) -> float:
    """Integrate the function of `_slope_average` from 0 to u, which is H of METHOD 3 and periodic and even."""
    v = circular_distance(u, 2.0 * half)
    return v * v * (v / 6.0 - 0.25 * half)


@numba.njit(cache=True, error_model="numpy")
def _slope_average(u: float, a: float, half: float) -> float:
    """Average H' over [u, u + a], where H' is -v (half - v) / 2 on even half periods and + on odd ones."""
    if a > half:
        return (_integral_to_zero(u + a, half) - _integral_to_zero(u, half)) / a
    block = math.floor(u / half)
    v = min(max(u - block * half, 0.0), half)
    sign = -1.0 if _is_even(block) else 1.0
    beyond = v + a - half
    if beyond <= 0.0:
        return sign * _tent_average(v, v + a, half)
    before = half - v
    return sign * (before * _tent_average(v, half, half) - beyond * _tent_average(0.0, beyond, half)) / a


@numba.njit(cache=True, error_model="numpy")
def expected_circular_gap(d: float, a: float, b: float, period: float) -> float:
    """Return E of the circular distance of T1 and T2 for intervals of any lengths a, b >= 0.

    Reduce d modulo the period (exactly, in whole microseconds) before the call where it is large.
    """
    half = 0.5 * period
    if a + b <= half:
        # At most one corner of the triangle wave lies inside, and around it the wave is |u - corner|, up or down.
        block = math.ceil((d - b) / half)
        gap = expected_gap(d - block * half, a, b)
        return gap if _is_even(block) else half - gap
    if a > b:  # the wave is even: the pair may be turned round, so that b is the longer, at least a quarter period
        d, a, b = -d, b, a
    return 0.5 * half + (_slope_average(d, a, half) - _slope_average(d - b, a, half)) / b


@numba.njit(cache=True, error_model="numpy")
def reference_circular_gap(d: float, a: float, b: float, period: float) -> float:
    """Return what the published package intends: a quarter period once either interval is a whole period long."""
    if a >= period or b >= period:
        return 0.25 * period
    return expected_circular_gap(d, a, b, period)


@numba.njit(cache=True, error_model="numpy")
def _fill_gaps(d: Floats, a: Floats, b: Floats, out: Floats) -> None:
    for i in range(d.size):
        out[i] = expected_gap(d[i], a[i], b[i])


@numba.njit(cache=True, error_model="numpy")
def _fill_circular(d: Floats, a: Floats, b: Floats, period: float, out: Floats) -> None:
    for i in range(d.size):
        out[i] = expected_circular_gap(d[i], a[i], b[i], period)


@numba.njit(cache=True, error_model="numpy")
def _fill_reference(d: Floats, a: Floats, b: Floats, period: float, out: Floats) -> None:
    for i in range(d.size):
        out[i] = reference_circular_gap(d[i], a[i], b[i], period)


def expected_gaps(d: npt.ArrayLike, a: npt.ArrayLike, b: npt.ArrayLike) -> Floats:
    """Return the expected absolute difference of each pair of times.

    Parameters
    ----------
    d, a, b : array_like, shape (n,), float64, one unit
        Difference of the interval starts (first minus second) and lengths of the first and second interval.

    Returns
    -------
    ndarray, shape (n,), float64, the same unit
        NaN where an input is NaN.

    Raises
    ------
    IntervalError
        A length is negative or the shapes differ.

    References
    ----------
    Porter (2015), crimelinkage 0.0.4, function expAbsDiff.
    """
    columns = _checked(d, a, b)
    out = np.empty(columns[0].size)
    _fill_gaps(*columns, out)
    return out


def expected_circular_gaps(
    d: npt.ArrayLike, a: npt.ArrayLike, b: npt.ArrayLike, period: float, reference: bool = False
) -> Floats:
    """Return the expected circular difference of each pair of times, in [0, period / 2].

    Parameters
    ----------
    d, a, b : array_like, shape (n,), float64, unit of the period
        As in `expected_gaps`.
    period : float
        24 for hours of a day, 7 for days of a week.
    reference : bool
        True gives period / 4 as soon as an interval is a whole period long, as the published package does.

    Returns
    -------
    ndarray, shape (n,), float64, unit of the period
        NaN where an input is NaN.

    Raises
    ------
    IntervalError
        A length is negative, the shapes differ, or the period is not positive.

    References
    ----------
    Porter (2015), crimelinkage 0.0.4, function expAbsDiff.circ.
    """
    if not period > 0:
        raise IntervalError(f"period: expected a positive number, got {period}; give 24 for hours, 7 for days")
    columns = _checked(d, a, b)
    out = np.empty(columns[0].size)
    if reference:
        _fill_reference(*columns, float(period), out)
    else:
        _fill_circular(*columns, float(period), out)
    return out


def _checked(d: npt.ArrayLike, a: npt.ArrayLike, b: npt.ArrayLike) -> tuple[Floats, Floats, Floats]:
    columns = tuple(np.ascontiguousarray(column, dtype=np.float64) for column in (d, a, b))
    if columns[0].ndim != 1 or any(column.shape != columns[0].shape for column in columns):
        shapes = ", ".join(str(column.shape) for column in columns)
        raise IntervalError(f"d, a, b: expected one-dimensional arrays of one length, got shapes {shapes}; align them")
    n_negative = int(np.sum((columns[1] < 0) | (columns[2] < 0)))
    if n_negative:
        raise IntervalError(
            f"a, b: expected lengths of 0 or more, got {n_negative} pairs with a negative one; "
            "quarantine crimes whose interval ends before it begins"
        )
    return columns[0], columns[1], columns[2]
