"""The grid on which near pairs of crimes are found, and the compiled loops that count, list and pick them.

Crimes lie on squares as wide as the distance limit, in order of time within each square, so a crime meets only
the later crimes of nine squares inside its time window.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

HALF_MICROSECONDS_PER_DAY = 2 * 86_400_000_000
_MOST_SQUARES_A_SIDE = 1024


class EventPoints(NamedTuple):
    """Crimes that have a place and a time.

    Attributes
    ----------
    row : int64
        Row position in the crimes.
    x_m, y_m : float64
        Projected metres.
    midpoint : int64
        Middle of the interval in half microseconds since 1970 (UTC), so that sums of two ends stay whole.
    block : int64
        Only crimes of the same block make a pair.
    incident : int64
        Crimes of the same incident make no pair.
    """

    row: Ints
    x_m: Floats
    y_m: Floats
    midpoint: Ints
    block: Ints
    incident: Ints

    def take(self, places: Ints | npt.NDArray[np.bool_]) -> "EventPoints":
        """Return the points at places, or those that a mask chooses."""
        return EventPoints(
            self.row[places],
            self.x_m[places],
            self.y_m[places],
            self.midpoint[places],
            self.block[places],
            self.incident[places],
        )


class Grid(NamedTuple):
    """Event points in order of square, then time; `rank` is the order in time alone, without equals."""

    row: Ints
    x_m: Floats
    y_m: Floats
    midpoint: Ints
    block: Ints
    incident: Ints
    rank: Ints
    column: Ints
    line: Ints
    start: Ints
    n_columns: int
    n_lines: int
    longest: int
    farthest_squared: float


def half_microseconds(days: float) -> int:
    """Return a time limit in the unit of midpoints; `inf` gives more than any two midpoints differ by."""
    return int(min(days * HALF_MICROSECONDS_PER_DAY, 2.0**60))


def on_grid(points: EventPoints, max_km: float, max_days: float) -> Grid:
    """Sort at least one event point into squares as wide as the distance limit."""
    points = points.take(np.lexsort((points.row, points.midpoint)))
    x_m, y_m = points.x_m, points.y_m
    extent_m = max(np.ptp(x_m), np.ptp(y_m))
    # A hair wider than the limit, lest rounding put two crimes at the limit two squares apart.
    width_m = max(max_km * 1000.0 * (1 + 1e-6), extent_m / _MOST_SQUARES_A_SIDE, 1.0)
    column = ((x_m - x_m.min()) / width_m).astype(np.int64)
    line = ((y_m - y_m.min()) / width_m).astype(np.int64)
    n_columns, n_lines = int(column.max()) + 1, int(line.max()) + 1
    square = line * n_columns + column
    rank = np.argsort(square, kind="stable")
    by_square = points.take(rank)
    return Grid(
        row=by_square.row,
        x_m=by_square.x_m,
        y_m=by_square.y_m,
        midpoint=by_square.midpoint,
        block=by_square.block,
        incident=by_square.incident,
        rank=rank,
        column=column[rank],
        line=line[rank],
        start=np.searchsorted(square[rank], np.arange(n_columns * n_lines + 1)),
        n_columns=n_columns,
        n_lines=n_lines,
        longest=half_microseconds(max_days),
        farthest_squared=(max_km * 1000.0) ** 2,
    )


@njit(cache=True)
def is_within(dx_m, dy_m, farthest_squared):  # type: ignore[no-untyped-def]  # compiled
    """Tell whether two places are no farther apart than the limit; a missing place never is."""
    return dx_m * dx_m + dy_m * dy_m <= farthest_squared


@njit(cache=True)
def _later_in_square(grid, square, i):  # type: ignore[no-untyped-def]  # compiled
    """Return the slice of a square's crimes after crime i in time, inside its window."""
    begin, end = grid.start[square], grid.start[square + 1]
    low = begin + np.searchsorted(grid.rank[begin:end], grid.rank[i], side="right")
    high = low + np.searchsorted(grid.midpoint[low:end], grid.midpoint[i] + grid.longest, side="right")
    return low, high


@njit(cache=True)
def _fill_partners(grid, i, partner):  # type: ignore[no-untyped-def]  # compiled
    """Write the partners of crime i that come after it in time, as many as there is room for; return how many."""
    n_found = 0
    for line in range(max(grid.line[i] - 1, 0), min(grid.line[i] + 2, grid.n_lines)):
        for column in range(max(grid.column[i] - 1, 0), min(grid.column[i] + 2, grid.n_columns)):
            low, high = _later_in_square(grid, line * grid.n_columns + column, i)
            for j in range(low, high):
                # Written out: handing the whole grid to a function for each pair is 28 times slower.
                if (
                    is_within(grid.x_m[i] - grid.x_m[j], grid.y_m[i] - grid.y_m[j], grid.farthest_squared)
                    and grid.block[i] == grid.block[j]
                    and grid.incident[i] != grid.incident[j]
                ):
                    if n_found < len(partner):
                        partner[n_found] = j
                    n_found += 1
    return n_found


@njit(cache=True)
def count_partners(grid):  # type: ignore[no-untyped-def]  # compiled
    """Return how many later partners each crime of the grid has, int64, shape (n,)."""
    counts = np.zeros(len(grid.row), dtype=np.int64)
    nowhere = np.empty(0, dtype=np.int64)
    for i in range(len(grid.row)):
        counts[i] = _fill_partners(grid, i, nowhere)
    return counts


@njit(cache=True)
def fill_pairs(grid, counts, begin, end):  # type: ignore[no-untyped-def]  # compiled
    """Return all pairs of the crimes from `begin` to `end` with later ones, as rows, first < second."""
    n_pairs = counts[begin:end].sum()
    first = np.empty(n_pairs, dtype=np.int64)
    second = np.empty(n_pairs, dtype=np.int64)
    at = 0
    for i in range(begin, end):
        _fill_partners(grid, i, second[at : at + counts[i]])
        for k in range(at, at + counts[i]):
            j = second[k]
            first[k] = min(grid.row[i], grid.row[j])
            second[k] = max(grid.row[i], grid.row[j])
        at += counts[i]
    return first, second


@njit(cache=True)
def pick_pairs(grid, counts, ordinals):  # type: ignore[no-untyped-def]  # compiled
    """Return the pairs that stand at the given ascending places in the list of all pairs, first < second."""
    first = np.empty(len(ordinals), dtype=np.int64)
    second = np.empty(len(ordinals), dtype=np.int64)
    partner = np.empty(counts.max(), dtype=np.int64)
    at, before = 0, 0
    for i in range(len(counts)):
        if at < len(ordinals) and ordinals[at] < before + counts[i]:
            _fill_partners(grid, i, partner)
            while at < len(ordinals) and ordinals[at] < before + counts[i]:
                j = partner[ordinals[at] - before]
                first[at] = min(grid.row[i], grid.row[j])
                second[at] = max(grid.row[i], grid.row[j])
                at += 1
        before += counts[i]
    return first, second
