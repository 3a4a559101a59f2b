"""Pairs of crimes that lack a place or a time, within a stated budget.

A crime without a place is compared with the crimes nearest in time within the limit of days, one without a time with
those nearest in place within the limit of kilometres, at most `LinkLimits.most_partners_of_incomplete` of either: what
is missing says nothing, so that such a crime has hundreds of times as many candidates as another, and weaker ones. A
crime with neither has nothing to be found by and makes no pair; nor do one without a place and one without a time.

Nearest in time: by difference of midpoints, of equals the earlier side first and there the nearer in order of time,
which is that of midpoint and row. Nearest in place: by distance, of equals the lower row.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numba
import numpy as np
import numpy.typing as npt

from linkage.candidate_grid import half_microseconds
from linkage.candidates import PAIRS_PER_CHUNK, LinkLimits
from linkage.crime_cells import PlacesAndTimes, crime_cells

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


class IncompletePairs(NamedTuple):
    """Some candidate pairs with a crime that lacks place or time.

    Attributes
    ----------
    first, second : ndarray, int64
        Rows, lower first; each pair once over all chunks.
    n_left_out : int
        Pairs within the limits that the budget leaves out, counted once over all chunks.
    """

    first: Ints
    second: Ints
    n_left_out: int


def incomplete_pairs(
    places: PlacesAndTimes, limits: LinkLimits, pairs_per_chunk: int = PAIRS_PER_CHUNK
) -> Iterator[IncompletePairs]:
    """Yield the pairs of crimes that lack a place or a time, about `pairs_per_chunk` at a time."""
    yield from _without_place(places, limits, pairs_per_chunk)
    yield from _without_time(places, limits, pairs_per_chunk)


def pairs_without_time(
    places: PlacesAndTimes, limits: LinkLimits, pairs_per_chunk: int = PAIRS_PER_CHUNK
) -> Iterator[IncompletePairs]:
    """Yield those of `incomplete_pairs` of which a crime lacks its time."""
    yield from _without_time(places, limits, pairs_per_chunk)


def windows_in_time(places: PlacesAndTimes, limits: LinkLimits) -> tuple[Ints, Ints, Ints, Ints]:
    """Return which crimes each crime without a place is compared with.

    Returns
    -------
    row : ndarray, int64
        Rows of the crimes with a time, in order of block, midpoint and row.
    own : ndarray, int64
        Positions in `row` of those without a place.
    low, high : ndarray, int64
        The window of each of `own`, as positions in `row`: it is compared with all in it but itself.
    """
    row = _in_order_of_time(places)
    own = np.flatnonzero(~places.is_placed[row])
    return row, own, *_windows(places, row, own, limits).chosen


def _without_place(places: PlacesAndTimes, limits: LinkLimits, pairs_per_chunk: int) -> Iterator[IncompletePairs]:
    if places.is_placed[places.is_dated].all():
        return
    row = _in_order_of_time(places)
    own = np.flatnonzero(~places.is_placed[row])
    windows = _windows(places, row, own, limits)
    n_pairs = int((windows.allowed[1] - windows.allowed[0] - 1).sum()) - _n_later_within(own, windows.allowed[1])
    windows_of = np.zeros((2, len(row)), dtype=np.int64)  # empty of crimes that have a place
    windows_of[:, own] = windows.chosen
    n_each = windows.chosen[1] - windows.chosen[0]
    for begin, end in _parts(n_each, pairs_per_chunk):
        one, other = _fill_windows(own[begin:end], windows_of, int(n_each[begin:end].sum()))
        n_pairs -= len(one)
        yield _chunk(row[one], row[other], 0)
    yield _chunk(row[:0], row[:0], n_pairs)


def _in_order_of_time(places: PlacesAndTimes) -> Ints:
    """Return the rows of the crimes with a time, in order of block, midpoint and row."""
    row = np.flatnonzero(places.is_dated)
    block, midpoint = places.block[row], places.midpoint[row]
    if len(row) and (block == block[0]).all():  # one key is sorted in a third of the time
        return row[np.argsort(midpoint, kind="stable")]
    return row[np.lexsort((row, midpoint, block))]


class _Windows(NamedTuple):
    """Positions in order of time of the crimes that each may meet, and of those that the budget lets it meet."""

    allowed: tuple[Ints, Ints]
    chosen: tuple[Ints, Ints]


def _windows(places: PlacesAndTimes, row: Ints, own: Ints, limits: LinkLimits) -> _Windows:
    midpoint, block = places.midpoint[row], places.block[row].astype(np.int64)
    block_begin = np.searchsorted(block, block[own], side="left")
    block_end = np.searchsorted(block, block[own], side="right")
    begin, end = np.empty(len(own), dtype=np.int64), np.empty(len(own), dtype=np.int64)
    low, high = np.empty(len(own), dtype=np.int64), np.empty(len(own), dtype=np.int64)
    longest, most = half_microseconds(limits.max_days), limits.most_partners_of_incomplete
    _fill_nearest_in_time(midpoint, own, block_begin, block_end, longest, most, begin, end, low, high)
    return _Windows((begin, end), (low, high))


def _n_later_within(own: Ints, end: Ints) -> int:
    """Return how many pairs of two crimes without a place are within the limit of days."""
    return int((np.searchsorted(own, end) - np.arange(len(own)) - 1).sum())


@numba.njit(cache=True, nogil=True)
def _fill_nearest_in_time(  # type: ignore[no-untyped-def]  # compiled
    midpoint, own, block_begin, block_end, longest, most, begin, end, low, high
):
    for k in range(own.size):
        at = own[k]
        before, after = midpoint[block_begin[k] : at], midpoint[at : block_end[k]]
        begin[k] = block_begin[k] + np.searchsorted(before, midpoint[at] - longest, side="left")
        end[k] = at + np.searchsorted(after, midpoint[at] + longest, side="right")
        low[k], high[k] = begin[k], end[k]
        if end[k] - begin[k] - 1 <= most:
            continue
        low[k], high[k] = at, at + 1
        for _ in range(most):
            is_earlier = low[k] > begin[k] and (
                high[k] == end[k] or midpoint[at] - midpoint[low[k] - 1] <= midpoint[high[k]] - midpoint[at]
            )
            if is_earlier:
                low[k] -= 1
            else:
                high[k] += 1


@numba.njit(cache=True, nogil=True)
def _fill_windows(own, windows_of, n_most):  # type: ignore[no-untyped-def]  # compiled
    """Return the pairs of crimes with those in their windows; a pair that both choose comes from the earlier."""
    one, other = np.empty(n_most, np.int64), np.empty(n_most, np.int64)
    n = 0
    for i in own:
        for j in range(windows_of[0, i], windows_of[1, i]):
            if j != i and not (j < i and windows_of[0, j] <= i < windows_of[1, j]):
                one[n], other[n] = i, j
                n += 1
    return one[:n], other[:n]


def _without_time(places: PlacesAndTimes, limits: LinkLimits, pairs_per_chunk: int) -> Iterator[IncompletePairs]:
    is_own = places.is_placed & ~places.is_dated
    if not is_own.any():
        return
    cells = crime_cells(places, places.is_placed, limits, use_time=False)
    x, y, own = places.x_m[cells.row], places.y_m[cells.row], np.flatnonzero(is_own[cells.row])
    farthest, most = (limits.max_km * 1000.0) ** 2, limits.most_partners_of_incomplete
    last_squared, last_row = np.full(len(x), -1.0), np.full(len(x), -1, dtype=np.int64)
    n_within, n_chosen = np.empty(len(own), dtype=np.int64), np.empty(len(own), dtype=np.int64)
    _fill_nearest_in_place(cells, x, y, own, farthest, most, last_squared, last_row, n_within, n_chosen)
    n_pairs = int(n_within.sum())
    is_undated = is_own[cells.row]
    for begin, end in _parts(n_chosen, pairs_per_chunk):
        one, other, n_twice = _fill_places(
            cells, x, y, own[begin:end], is_undated, farthest, last_squared, last_row, int(n_chosen[begin:end].sum())
        )
        n_pairs -= len(one) + n_twice
        row = cells.row.astype(np.int64)
        yield _chunk(row[one], row[other], 0)
    yield _chunk(own[:0], own[:0], n_pairs)


@numba.njit(cache=True, nogil=True)
def _squared_distances(cells, x, y, i, farthest_squared, squared, position):  # type: ignore[no-untyped-def]  # compiled
    """Write the squared distance and the position of each crime within the limit of the one at i; return how many."""
    cell = np.searchsorted(cells.begin, i, side="right") - 1
    n = 0
    for a in range(cells.near_begin[cell], cells.near_begin[cell + 1]):
        for j in range(cells.begin[cells.near[a]], cells.begin[cells.near[a] + 1]):
            across, along = x[i] - x[j], y[i] - y[j]
            apart = across * across + along * along
            if apart <= farthest_squared and j != i:
                squared[n], position[n] = apart, j
                n += 1
    return n


@numba.njit(cache=True, nogil=True)
def _fill_nearest_in_place(  # type: ignore[no-untyped-def]  # compiled
    cells, x, y, own, farthest_squared, most, last_squared, last_row, n_within, n_chosen
):
    """Write which crime is the last that each may meet: by squared distance, then row."""
    squared, position = np.empty(x.size), np.empty(x.size, np.int64)
    for k in range(own.size):
        n = _squared_distances(cells, x, y, own[k], farthest_squared, squared, position)
        n_within[k], n_chosen[k] = n, min(n, most)
        last_squared[own[k]], last_row[own[k]] = np.inf, 0
        if n > most:
            last_squared[own[k]] = -1.0
            if most > 0:
                border = np.partition(squared[:n], most - 1)[most - 1]
                n_nearer = np.sum(squared[:n] < border)
                rows = np.sort(cells.row[position[:n][squared[:n] == border]])
                last_squared[own[k]], last_row[own[k]] = border, rows[most - n_nearer - 1]


@numba.njit(cache=True, nogil=True)
def _fill_places(  # type: ignore[no-untyped-def]  # compiled
    cells, x, y, own, is_undated, farthest_squared, last_squared, last_row, n_most
):
    """Return the pairs of crimes with those nearest in place, and how many pairs of two were counted twice.

    A pair that both choose comes from the earlier position. Of a pair of two crimes without time that is within the
    limit, both have counted it as theirs: the later position gives one back.
    """
    one, other = np.empty(n_most, np.int64), np.empty(n_most, np.int64)
    squared, position = np.empty(x.size), np.empty(x.size, np.int64)
    n, n_twice = 0, 0
    for i in own:
        for k in range(_squared_distances(cells, x, y, i, farthest_squared, squared, position)):
            j = position[k]
            is_of_two = is_undated[j] and j < i
            n_twice += is_of_two
            is_theirs = is_of_two and (
                squared[k] < last_squared[j] or (squared[k] == last_squared[j] and cells.row[i] <= last_row[j])
            )
            is_mine = squared[k] < last_squared[i] or (squared[k] == last_squared[i] and cells.row[j] <= last_row[i])
            if is_mine and not is_theirs:
                one[n], other[n] = i, j
                n += 1
    return one[:n], other[:n], n_twice


def _parts(n_each: Ints, pairs_per_chunk: int) -> Iterator[tuple[int, int]]:
    """Cut crimes with so many pairs each into runs of about `pairs_per_chunk`."""
    total = np.cumsum(n_each)
    begin = 0
    while begin < len(n_each):
        before = total[begin - 1] if begin else 0
        end = max(int(np.searchsorted(total, before + pairs_per_chunk, side="right")), begin + 1)
        yield begin, end
        begin = end


def _chunk(one: Ints, other: Ints, n_left_out: int) -> IncompletePairs:
    return IncompletePairs(np.minimum(one, other), np.maximum(one, other), n_left_out)
