"""Crimes on a full board of squares, in order of time within each, made in time that grows with their number alone.

Unlike `linkage.crime_cells` the board knows no crowded places, no blocks and no list of near squares: whoever walks
over it looks at a square and those around it.
"""

from typing import NamedTuple

import numba
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

MOST_PER_CRIME = 4.0
"""Squares of a board for each crime; where narrow ones would be more, they are made wider."""


class TimeSquares(NamedTuple):
    """Crimes in order of square, then time.

    Attributes
    ----------
    order : ndarray, shape (n_crimes,), int64
        Which crime stands at each position.
    begin : ndarray, shape (n_squares + 1,), int64
        Positions of a square's crimes; squares run from west to east, lines of them from south to north.
    n_across, n_along : int
        Squares of a line, and lines.
    """

    order: Ints
    begin: Ints
    n_across: int
    n_along: int


def time_squares(x: Floats, y: Floats, by_time: Ints, width: float) -> TimeSquares:
    """Put crimes on a board.

    Parameters
    ----------
    x, y : ndarray, shape (n_crimes,), float64
        Finite; one crime or more.
    by_time : ndarray, shape (n_crimes,), int64
        Positions in order of time, in which crimes of a square will stand too.
    width : float
        At least as wide as this each square will be, in the unit of x and y; `inf` for one square.
    """
    west, south, wide, high = x.min(), y.min(), np.ptp(x), np.ptp(y)
    # A crime may fall into a square too far by rounding; squares a little wider keep crimes within the width beside it.
    most = MOST_PER_CRIME * len(x)
    width = max(width, float(np.sqrt(wide * high / most)), max(wide, high) / most, 1e-3) * (1 + 1e-6)
    n_across, n_along = int(wide / width) + 1, int(high / width) + 1
    order, begin = np.empty(len(x), np.int64), np.zeros(n_across * n_along + 1, np.int64)
    _fill_squares(x, y, by_time, west, south, 1.0 / width, n_across, n_along, order, begin)
    return TimeSquares(order, begin, n_across, n_along)


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _fill_squares(x, y, by_time, west, south, per_m, n_across, n_along, order, begin):  # type: ignore[no-untyped-def]  # compiled
    square = np.empty(by_time.size, np.int64)
    for t in range(by_time.size):
        i = by_time[t]
        along = min(np.int64((y[i] - south) * per_m), n_along - 1)
        across = min(np.int64((x[i] - west) * per_m), n_across - 1)
        square[t] = along * n_across + across
        begin[square[t] + 1] += 1
    for c in range(begin.size - 1):
        begin[c + 1] += begin[c]
    place = begin[:-1].copy()
    for t in range(by_time.size):
        order[place[square[t]]] = by_time[t]
        place[square[t]] += 1
