"""Crimes in small squares of the plane, in order of time, with the squares near each: what a scan of pairs walks over.

Squares serve speed alone: which pairs are candidates, and what is kept of them, depends on none of their sizes or
borders. How near two squares are is taken from where their crimes lie, not from where the squares do, so that no
rounding at a border can lose a pair.

A crowded place, more crimes of one block at exactly one point than `LinkLimits.most_at_one_place` (the address of a
police station, say), is a cell of its own. Crimes in it meet all others as usual, but each other only up to
`most_partners_at_one_place` steps away in order of time: all pairs of 100,000 crimes at one point would be five billion
that say nothing by their place.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numba
import numpy as np
import numpy.typing as npt
import pandas as pd

from linkage.candidates import LinkLimits, event_midpoints, group_numbers
from linkage.crime_columns import CrimeColumns

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
ShortInts = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]

LEAST_WIDTH_M = 1.0
CELLS_PER_LIMIT = (4, 2, 1)
"""Squares along the distance limit, finest first: fine squares follow the circle better and hold fewer crimes."""

ENOUGH_IN_CELL = 200.0
"""Crimes that a crime should find in its own square, or the next coarser squares are taken."""


class PlacesAndTimes(NamedTuple):
    """What decides which crimes are candidates; one element a crime, as in `linkage.crime_columns.CrimeColumns`."""

    x_m: Floats
    y_m: Floats
    midpoint: Ints
    is_placed: Flags
    is_dated: Flags
    block: ShortInts

    @property
    def is_complete(self) -> Flags:
        """Whether a crime has a place and a time."""
        return self.is_placed & self.is_dated


class CrimeCells(NamedTuple):
    """Crimes in cells, and cells near cells. A position is a place in the order of the cells.

    Attributes
    ----------
    row : ndarray, shape (n_placed,), int32
        Row of the crime at each position; within a cell in order of midpoint, then row.
    begin : ndarray, shape (n_cells + 1,), int64
        Positions of a cell's crimes.
    is_crowded : ndarray, shape (n_cells,), bool
        Whether the cell is a crowded place.
    near_begin : ndarray, shape (n_cells + 1,), int64
        Which of `near` belong to a cell.
    near : ndarray, int32
        Cells with a crime that may be within the limit of one of this cell, itself among them, nearest first.
    """

    row: ShortInts
    begin: Ints
    is_crowded: Flags
    near_begin: Ints
    near: ShortInts


class _Boxes(NamedTuple):
    """Where the crimes of each cell lie; shape (n_cells,), metres."""

    west: Floats
    east: Floats
    south: Floats
    north: Floats


def places_and_times(columns: CrimeColumns) -> PlacesAndTimes:
    """Return the part of the columns that decides which crimes are candidates."""
    return PlacesAndTimes(*(getattr(columns, name) for name in PlacesAndTimes._fields))


def places_and_times_of(crimes: pd.DataFrame, across_groups: bool) -> PlacesAndTimes:
    """Return what decides which crimes are candidates, from a table of crimes."""
    x_m, y_m = (crimes[name].to_numpy(dtype=np.float64, na_value=np.nan) for name in ("easting_m", "northing_m"))
    is_dated, midpoint = event_midpoints(crimes)
    block = group_numbers(crimes, across_groups).astype(np.int32)
    return PlacesAndTimes(x_m, y_m, midpoint, np.isfinite(x_m) & np.isfinite(y_m), is_dated, block)


def crime_cells(places: PlacesAndTimes, chosen: Flags, limits: LinkLimits, use_time: bool = True) -> CrimeCells:
    """Put crimes into cells.

    Parameters
    ----------
    places : PlacesAndTimes
    chosen : ndarray, shape (n_crimes,), bool
        Which crimes; all of them have a place.
    limits : LinkLimits
    use_time : bool
        Whether crimes of a cell stand in order of time, or of their row.
    """
    row = np.flatnonzero(chosen)
    x, y, block = places.x_m[row], places.y_m[row], places.block[row].astype(np.int64)
    crowded = _crowded_places(x, y, block, limits.most_at_one_place)
    across, along = _squares(x, y, limits.max_km * 1000.0)
    when = places.midpoint[row] if use_time else np.zeros(len(row), dtype=np.int64)
    order = np.lexsort((row, when, crowded, along, across, block))
    keys = [key[order] for key in (block, across, along, crowded)]
    begin = np.flatnonzero(_is_new(keys))
    ends = np.append(begin, len(row)).astype(np.int64)
    boxes = _boxes(x[order], y[order], begin)
    near_begin, near = _near_cells(keys, begin, boxes, limits.max_km * 1000.0)
    return CrimeCells(row[order].astype(np.int32), ends, keys[3][begin] >= 0, near_begin, near)


def crowded_places(places: PlacesAndTimes, limits: LinkLimits) -> tuple[Ints, Ints]:
    """Return the crowded place of each crime with place and time, -1 without, and its rank in time there.

    Two crimes of one crowded place are candidates only where their ranks differ by no more than
    `most_partners_at_one_place`.
    """
    row = np.flatnonzero(places.is_complete)
    place, rank = np.full(len(places.x_m), -1, dtype=np.int64), np.zeros(len(places.x_m), dtype=np.int64)
    crowded = _crowded_places(
        places.x_m[row], places.y_m[row], places.block[row].astype(np.int64), limits.most_at_one_place
    )
    place[row] = crowded
    inside = row[crowded >= 0]
    inside = inside[np.lexsort((inside, places.midpoint[inside], place[inside]))]
    starts = np.flatnonzero(_is_new([place[inside]]))
    rank[inside] = np.arange(len(inside)) - np.repeat(starts, np.diff(np.append(starts, len(inside))))
    return place, rank


def _crowded_places(x: Floats, y: Floats, block: Ints, most: int) -> Ints:
    """Return a number for the point of each crime where more crimes of its block are than `most`, else -1."""
    out = np.full(len(x), -1, dtype=np.int64)
    if len(x) <= most:
        return out
    order = np.lexsort((y, x, block))
    starts = np.flatnonzero(_is_new([block[order], x[order], y[order]]))
    n_here = np.diff(np.append(starts, len(x)))
    number = np.where(n_here > most, np.arange(len(starts)), -1)
    out[order] = np.repeat(number, n_here)
    return out


def _squares(x: Floats, y: Floats, max_m: float) -> tuple[Floats, Floats]:
    """Return the square of each crime, as whole numbers that are floats: coordinates may be huge."""
    if not np.isfinite(max_m):
        return np.zeros(len(x)), np.zeros(len(x))
    for cells in CELLS_PER_LIMIT:
        width = max(max_m / cells, LEAST_WIDTH_M)
        across, along = np.floor(x / width), np.floor(y / width)
        if _crimes_beside(across, along) >= ENOUGH_IN_CELL:
            break
    return across, along


def _crimes_beside(across: Floats, along: Floats) -> float:
    """Return how many crimes a crime finds in its square, in the mean over crimes."""
    order = np.lexsort((along, across))
    starts = np.flatnonzero(_is_new([across[order], along[order]]))
    counts = np.diff(np.append(starts, len(across))).astype(np.float64)
    return float(np.sum(counts**2) / max(len(across), 1))


def _is_new(keys: Sequence[npt.NDArray[Any]]) -> Flags:
    is_new = np.zeros(len(keys[0]), dtype=np.bool_)
    is_new[:1] = True
    for key in keys:
        is_new[1:] |= key[1:] != key[:-1]
    return is_new


def _boxes(x: Floats, y: Floats, begin: Ints) -> _Boxes:
    if not len(x):
        return _Boxes(x, x, y, y)
    least, most = np.minimum.reduceat, np.maximum.reduceat
    return _Boxes(least(x, begin), most(x, begin), least(y, begin), most(y, begin))


def _near_cells(keys: Sequence[npt.NDArray[Any]], begin: Ints, boxes: _Boxes, max_m: float) -> tuple[Ints, ShortInts]:
    block, across, along = (np.ascontiguousarray(key[begin]) for key in keys[:3])
    strips = np.flatnonzero(_is_new([block, across]))
    strip_ends = np.append(strips, len(begin)).astype(np.int64)
    # One more than the limit is wide in squares, so that rounding of the squares' numbers cannot matter.
    reach = max(CELLS_PER_LIMIT) + 2.0
    places = (block[strips].astype(np.int64), across[strips].astype(np.float64), strip_ends, along.astype(np.float64))
    near_begin = np.zeros(len(begin) + 1, dtype=np.int64)
    _fill_near(*places, reach, *boxes, max_m * max_m, near_begin, np.empty(0, np.int32), np.empty(0))
    np.cumsum(near_begin, out=near_begin)
    near, apart = np.empty(near_begin[-1], dtype=np.int32), np.empty(near_begin[-1])
    _fill_near(*places, reach, *boxes, max_m * max_m, near_begin, near, apart)
    owner = np.repeat(np.arange(len(begin)), np.diff(near_begin))
    order = np.lexsort((near, apart, owner))
    return near_begin, near[order]


@numba.njit(cache=True, nogil=True)
def _fill_near(  # type: ignore[no-untyped-def]  # compiled
    strip_block,
    strip_across,
    strip_ends,
    along,
    reach,
    west,
    east,
    south,
    north,
    farthest_squared,
    near_begin,
    near,
    apart,
):
    """Count the cells near each, into `near_begin[cell + 1]`, or fill them in where there is room.

    The squared distance of two boxes is worked out as that of two crimes is, and rounding keeps order: no pair of
    crimes within the limit lies in two boxes beyond it.
    """
    is_counting = near.size == 0
    for s in range(strip_block.size):
        low, high = s, s
        while low > 0 and strip_block[low - 1] == strip_block[s] and strip_across[low - 1] >= strip_across[s] - reach:
            low -= 1
        last = strip_block.size - 1
        while (
            high < last
            and strip_block[high + 1] == strip_block[s]
            and strip_across[high + 1] <= strip_across[s] + reach
        ):
            high += 1
        for cell in range(strip_ends[s], strip_ends[s + 1]):
            at = near_begin[cell]
            n_near = 0
            for other_strip in range(low, high + 1):
                begin, end = strip_ends[other_strip], strip_ends[other_strip + 1]
                first = begin + np.searchsorted(along[begin:end], along[cell] - reach, side="left")
                for other in range(first, end):
                    if along[other] > along[cell] + reach:
                        break
                    across_m = max(west[other] - east[cell], west[cell] - east[other], 0.0)
                    along_m = max(south[other] - north[cell], south[cell] - north[other], 0.0)
                    squared = across_m * across_m + along_m * along_m
                    if squared <= farthest_squared:
                        if not is_counting:
                            near[at + n_near] = other
                            apart[at + n_near] = squared
                        n_near += 1
            if is_counting:
                near_begin[cell + 1] = n_near
