"""Pairs of crimes near enough in place and time to be worth scoring, enumerated by compiled loops.

Crimes lie on a grid of squares as wide as the distance limit, in order of time within each square, so a crime
meets only the later crimes of nine squares inside its time window. A crime without place or time makes no
candidate pair.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from numba import njit

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

PAIRS_PER_CHUNK = 1_000_000
_HALF_MICROSECONDS_PER_DAY = 2 * 86_400_000_000
_MOST_SQUARES_A_SIDE = 1024


class CrimeTableError(ValueError):
    """The crimes given do not form a table that pairs can be drawn from."""


@dataclass(frozen=True)
class LinkLimits:
    """How far apart two crimes may be to be a candidate pair; a pair at a limit is one.

    Parameters
    ----------
    max_km : float
        Largest distance on projected metres, in km; `inf` for none.
    max_days : float
        Largest difference of event midpoints, in days; `inf` for none.
    """

    max_km: float = 5.0
    max_days: float = 365.0

    def __post_init__(self) -> None:
        for name in ("max_km", "max_days"):
            if not getattr(self, name) >= 0:
                raise ValueError(f"{name}: expected 0 or more, got {getattr(self, name)}; use inf for no limit")


class CandidatePairs(NamedTuple):
    """Pairs as row positions in the crimes, int64, `first < second` throughout."""

    first: Ints
    second: Ints


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
    """

    row: Ints
    x_m: Floats
    y_m: Floats
    midpoint: Ints


class _Grid(NamedTuple):
    """Event points in order of square, then time; `rank` is the order in time alone, without equals."""

    row: Ints
    x_m: Floats
    y_m: Floats
    midpoint: Ints
    rank: Ints
    column: Ints
    line: Ints
    start: Ints
    n_columns: int
    n_lines: int


def ordered_crimes(crimes: pd.DataFrame) -> pd.DataFrame:
    """Return the crimes sorted by `crime_id` with rows renumbered.

    Raises
    ------
    CrimeTableError
        When `crime_id` is absent, missing somewhere or not unique.
    """
    if "crime_id" not in crimes:
        raise CrimeTableError(f"crimes: expected a column crime_id, got {list(crimes)}; name the key crime_id")
    ids = crimes["crime_id"]
    if ids.isna().any():
        raise CrimeTableError(f"crimes: expected a crime_id in each row, got {ids.isna().sum()} without; drop those")
    if ids.duplicated().any():
        raise CrimeTableError(
            f"crimes: expected one row a crime, got {ids.duplicated().sum()} repeated crime_id; keep one row of each"
        )
    if ids.is_monotonic_increasing:
        return crimes.reset_index(drop=True)
    return crimes.sort_values("crime_id", ignore_index=True)


def event_points(crimes: pd.DataFrame) -> EventPoints:
    """Return place and midpoint in time of the crimes that have both."""
    x_m = crimes["easting_m"].to_numpy(dtype=np.float64, na_value=np.nan)
    y_m = crimes["northing_m"].to_numpy(dtype=np.float64, na_value=np.nan)
    start, end = (_microseconds(crimes[name]) for name in ("committed_from_at", "committed_to_at"))
    known = np.isfinite(x_m) & np.isfinite(y_m) & ~np.isnat(start) & ~np.isnat(end)
    midpoint = start[known].astype(np.int64) + end[known].astype(np.int64)
    return EventPoints(np.flatnonzero(known), x_m[known], y_m[known], midpoint)


def candidate_chunks(
    points: EventPoints, limits: LinkLimits, pairs_per_chunk: int = PAIRS_PER_CHUNK
) -> Iterator[CandidatePairs]:
    """Yield every pair within the limits once, about `pairs_per_chunk` at a time.

    Parameters
    ----------
    points : EventPoints
    limits : LinkLimits
    pairs_per_chunk : int
        A chunk exceeds it only when a single crime has more partners.
    """
    if len(points.row) == 0:
        return
    grid = _on_grid(points, limits.max_km * 1000.0)
    longest = int(min(limits.max_days * _HALF_MICROSECONDS_PER_DAY, 2.0**60))
    farthest_squared = (limits.max_km * 1000.0) ** 2
    counts = _count_partners(grid, longest, farthest_squared)
    for begin, end in _chunk_bounds(counts, pairs_per_chunk):
        n_pairs = int(counts[begin:end].sum())
        yield CandidatePairs(*_fill_pairs(grid, longest, farthest_squared, begin, end, n_pairs))


def candidate_pairs(crimes: pd.DataFrame, limits: LinkLimits) -> CandidatePairs:
    """Return all pairs of crimes within the limits, sorted by first and second row position."""
    chunks = list(candidate_chunks(event_points(crimes), limits))
    first = np.concatenate([np.empty(0, np.int64), *(chunk.first for chunk in chunks)])
    second = np.concatenate([np.empty(0, np.int64), *(chunk.second for chunk in chunks)])
    order = np.lexsort((second, first))
    return CandidatePairs(first[order], second[order])


def _microseconds(times: pd.Series) -> npt.NDArray[np.datetime64]:
    return pd.to_datetime(times, utc=True).to_numpy(dtype="datetime64[us]")


def _on_grid(points: EventPoints, width_m: float) -> _Grid:
    in_time = np.lexsort((points.row, points.midpoint))
    x_m, y_m = points.x_m[in_time], points.y_m[in_time]
    extent_m = max(np.ptp(x_m), np.ptp(y_m))
    # A hair wider than the limit, lest rounding put two crimes at the limit two squares apart.
    width_m = max(width_m * (1 + 1e-6), extent_m / _MOST_SQUARES_A_SIDE, 1.0)
    column = ((x_m - x_m.min()) / width_m).astype(np.int64)
    line = ((y_m - y_m.min()) / width_m).astype(np.int64)
    n_columns, n_lines = int(column.max()) + 1, int(line.max()) + 1
    square = line * n_columns + column
    rank = np.argsort(square, kind="stable")
    by_square = in_time[rank]
    return _Grid(
        row=points.row[by_square],
        x_m=points.x_m[by_square],
        y_m=points.y_m[by_square],
        midpoint=points.midpoint[by_square],
        rank=rank,
        column=column[rank],
        line=line[rank],
        start=np.searchsorted(square[rank], np.arange(n_columns * n_lines + 1)),
        n_columns=n_columns,
        n_lines=n_lines,
    )


def _chunk_bounds(counts: Ints, pairs_per_chunk: int) -> Iterator[tuple[int, int]]:
    total = np.cumsum(counts)
    begin = 0
    while begin < len(counts):
        before = total[begin - 1] if begin else 0
        end = max(int(np.searchsorted(total, before + pairs_per_chunk, side="right")), begin + 1)
        yield begin, end
        begin = end


@njit(cache=True)
def _later_in_square(grid, square, i, longest):  # type: ignore[no-untyped-def]  # compiled
    """Return the slice of a square's crimes after crime i in time, inside its window."""
    begin, end = grid.start[square], grid.start[square + 1]
    low = begin + np.searchsorted(grid.rank[begin:end], grid.rank[i], side="right")
    high = low + np.searchsorted(grid.midpoint[low:end], grid.midpoint[i] + longest, side="right")
    return low, high


@njit(cache=True)
def _is_near(grid, i, j, farthest_squared):  # type: ignore[no-untyped-def]  # compiled
    dx, dy = grid.x_m[i] - grid.x_m[j], grid.y_m[i] - grid.y_m[j]
    return dx * dx + dy * dy <= farthest_squared


@njit(cache=True)
def _count_partners(grid, longest, farthest_squared):  # type: ignore[no-untyped-def]  # compiled
    counts = np.zeros(len(grid.row), dtype=np.int64)
    for i in range(len(grid.row)):
        for line in range(max(grid.line[i] - 1, 0), min(grid.line[i] + 2, grid.n_lines)):
            for column in range(max(grid.column[i] - 1, 0), min(grid.column[i] + 2, grid.n_columns)):
                low, high = _later_in_square(grid, line * grid.n_columns + column, i, longest)
                for j in range(low, high):
                    if _is_near(grid, i, j, farthest_squared):
                        counts[i] += 1
    return counts


@njit(cache=True)
def _fill_pairs(grid, longest, farthest_squared, begin, end, n_pairs):  # type: ignore[no-untyped-def]  # compiled
    first = np.empty(n_pairs, dtype=np.int64)
    second = np.empty(n_pairs, dtype=np.int64)
    at = 0
    for i in range(begin, end):
        for line in range(max(grid.line[i] - 1, 0), min(grid.line[i] + 2, grid.n_lines)):
            for column in range(max(grid.column[i] - 1, 0), min(grid.column[i] + 2, grid.n_columns)):
                low, high = _later_in_square(grid, line * grid.n_columns + column, i, longest)
                for j in range(low, high):
                    if _is_near(grid, i, j, farthest_squared):
                        first[at] = min(grid.row[i], grid.row[j])
                        second[at] = max(grid.row[i], grid.row[j])
                        at += 1
    return first, second
