"""Expected differences of uncertain times for a block of pairs at once, equal to `linkage.differences` to the last bit.

A processor guesses badly which case of the algebra a pair belongs to, and does several pairs at once where it need not
guess. So each loop here works out every case and picks one, and the dear cases are done apart.
"""

import math

import numba
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
ShortInts = npt.NDArray[np.int32]


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _gap(d: float, a: float, b: float) -> float:
    """Return what `linkage.differences.expected_gap` gives; NaN where one of the three is."""
    mean, end = d + 0.5 * (a - b), d + a
    overlap = end if d < 0.0 else b - d
    gap = abs(mean) + overlap * (overlap / a) * (overlap / b) / 3.0
    gap = 0.25 * b + (mean * mean + a * a / 12.0) / b if (d >= 0.0) & (end <= b) else gap
    gap = 0.25 * a + (mean * mean + b * b / 12.0) / a if (d <= 0.0) & (end >= b) else gap
    return abs(mean) if (d >= b) | (end <= 0.0) else gap


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _is_even(block: float) -> bool:
    return 0.5 * block == math.floor(0.5 * block)


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _tent_average(v1: float, v2: float, half: float) -> float:
    return 0.25 * half * (v1 + v2) - (v1 * v1 + v1 * v2 + v2 * v2) / 6.0


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _slope_average(u: float, a: float, half: float) -> float:
    """Return what the function of that name in `linkage.differences` gives for a up to half a period."""
    block = math.floor(u / half)
    v = u - block * half
    v = 0.0 if v < 0.0 else v
    v = half if v > half else v
    sign = -1.0 if _is_even(block) else 1.0
    beyond, before = v + a - half, half - v
    within = sign * _tent_average(v, v + a, half)
    across = sign * (before * _tent_average(v, half, half) - beyond * _tent_average(0.0, beyond, half)) / a
    return within if beyond <= 0.0 else across


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _integral_to_zero(u: float, half: float) -> float:
    period = 2.0 * half
    v = abs(u - period * math.floor(u / period + 0.5))
    return v * v * (v / 6.0 - 0.25 * half)


@numba.njit(cache=True, nogil=True, error_model="numpy")
def fill_expected_gaps(d: Floats, a: Floats, b: Floats, n: int, out: Floats) -> None:
    """Fill in the expected difference of the first n pairs; NaN where d, a or b is."""
    for i in range(n):
        out[i] = _gap(d[i], a[i], b[i])


@numba.njit(cache=True, nogil=True, error_model="numpy")
def fill_expected_circular_gaps(
    d: Floats, a: Floats, b: Floats, n: int, period: float, reference: bool, room: Floats, rows: ShortInts, out: Floats
) -> None:
    """Fill in the expected circular difference of the first n pairs, d from 0 up to a period; NaN where d, a or b is.

    Parameters
    ----------
    d, a, b, out : ndarray, shape (n or more,), float64, unit of the period
    n : int
    period : float
    reference : bool
        A quarter period once an interval is a whole period long.
    room : ndarray, shape (3, n or more), float64
    rows : ndarray, shape (2, n or more), int32
        Both are written over.
    """
    half = 0.5 * period
    for i in range(n):
        block = math.ceil((d[i] - b[i]) / half)
        gap = _gap(d[i] - block * half, a[i], b[i])
        out[i] = gap if _is_even(block) else half - gap
    n_long, n_longer = 0, 0
    for i in range(n):
        is_long = a[i] + b[i] > half
        is_longer = is_long & (a[i] > half) & (b[i] > half)
        rows[0, n_long] = i
        rows[1, n_longer] = i
        n_long += is_long & (not is_longer)
        n_longer += is_longer
    _fill_long(d, a, b, rows[0, :n_long], half, room[0], room[1], room[2], out)
    _fill_longer(d, a, b, rows[1, :n_longer], half, out)
    if reference:
        for i in range(n):
            out[i] = 0.25 * period if (a[i] >= period) | (b[i] >= period) else out[i]
    for i in range(n):
        is_missing = (d[i] != d[i]) | (a[i] != a[i]) | (b[i] != b[i])
        out[i] = math.nan if is_missing else out[i]


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _fill_long(
    d: Floats,
    a: Floats,
    b: Floats,
    row: ShortInts,
    half: float,
    apart: Floats,
    short: Floats,
    long: Floats,
    out: Floats,
) -> None:
    """Fill in pairs whose intervals are together longer than half a period, and the shorter one is not."""
    for k in range(row.size):
        i = row[k]
        is_turned = a[i] > b[i]  # the wave is even: so that the second is the longer
        apart[k] = -d[i] if is_turned else d[i]
        short[k] = b[i] if is_turned else a[i]
        long[k] = a[i] if is_turned else b[i]
    for k in range(row.size):
        rise = _slope_average(apart[k], short[k], half) - _slope_average(apart[k] - long[k], short[k], half)
        apart[k] = 0.5 * half + rise / long[k]
    for k in range(row.size):
        out[row[k]] = apart[k]


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _fill_longer(d: Floats, a: Floats, b: Floats, row: ShortInts, half: float, out: Floats) -> None:
    """Fill in pairs whose intervals are both longer than half a period."""
    for k in range(row.size):
        i = row[k]
        is_turned = a[i] > b[i]
        u, short, long = (-d[i], b[i], a[i]) if is_turned else (d[i], a[i], b[i])
        near = (_integral_to_zero(u + short, half) - _integral_to_zero(u, half)) / short
        far = (_integral_to_zero(u - long + short, half) - _integral_to_zero(u - long, half)) / short
        out[i] = 0.5 * half + (near - far) / long
