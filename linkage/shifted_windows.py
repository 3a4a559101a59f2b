"""Pairs of unchanged crimes that a change elsewhere lets in or out: budgets depend on which other crimes there are.

In a crowded place a crime meets those so many steps away in order of time, and a crime without a place those nearest
in time. A crime more or less in between moves the ends of these windows.
"""

from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from linkage.candidate_grid import half_microseconds
from linkage.candidates import LinkLimits
from linkage.crime_cells import PlacesAndTimes
from linkage.missing_evidence import windows_in_time
from linkage.owner_scan import ranks_at

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


class ShiftedPairs(NamedTuple):
    """Pairs of unchanged crimes, by their rows now, lower first, in no order.

    Attributes
    ----------
    came_first, came_second : ndarray, int64
        Candidates now that were none.
    left_first, left_second : ndarray, int64
        Candidates before that are none now.
    """

    came_first: Ints
    came_second: Ints
    left_first: Ints
    left_second: Ints


class Stayed(NamedTuple):
    """Unchanged crimes before and now, in the same order.

    Attributes
    ----------
    before, now : ndarray, shape (n_stayed,), int64
        Rows, ascending both.
    """

    before: Ints
    now: Ints


def shifted_pairs(
    before: PlacesAndTimes, now: PlacesAndTimes, stayed: Stayed, touched: PlacesAndTimes, limits: LinkLimits
) -> ShiftedPairs:
    """Return which pairs of crimes that stayed became candidates, and which are so no longer.

    Crimes without a time are not looked at: `shifted_without_time` tells which of these are to be taken as changed.

    Parameters
    ----------
    before, now : PlacesAndTimes
    stayed : Stayed
    touched : PlacesAndTimes
        Crimes that came, went or changed, as they were and as they are: only their places can have changed.
    limits : LinkLimits
    """
    crowded = _at_crowded_places(before, now, stayed, touched, limits)
    without_place = _without_place(before, now, stayed, limits)
    return ShiftedPairs(*(np.concatenate(parts) for parts in zip(crowded, without_place, strict=True)))


def shifted_without_time(now: PlacesAndTimes, stayed: Stayed, touched: PlacesAndTimes, limits: LinkLimits) -> Ints:
    """Return the rows of unchanged crimes without a time whose nearest in place may be others than before.

    Parameters
    ----------
    now : PlacesAndTimes
    stayed : Stayed
    touched : PlacesAndTimes
        Crimes that came, went or changed, as they were and as they are.
    limits : LinkLimits
    """
    own = stayed.now[now.is_placed[stayed.now] & ~now.is_dated[stayed.now]]
    is_placed = touched.is_placed
    if now.is_placed.sum() + is_placed.sum() <= limits.most_partners_of_incomplete:
        return own[:0]  # never were there as many as each may meet
    x, y, block = touched.x_m[is_placed], touched.y_m[is_placed], touched.block[is_placed]
    farthest_squared = (limits.max_km * 1000.0) ** 2
    is_near = [
        bool(
            (((now.x_m[row] - x) ** 2 + (now.y_m[row] - y) ** 2 <= farthest_squared) & (now.block[row] == block)).any()
        )
        for row in own
    ]
    return own[np.array(is_near, dtype=np.bool_)]


def _at_crowded_places(
    before: PlacesAndTimes, now: PlacesAndTimes, stayed: Stayed, touched: PlacesAndTimes, limits: LinkLimits
) -> ShiftedPairs:
    """Compare, place by place, how far each crime reaches in order of time before and now."""
    (place_before, rank_before), (place_now, rank_now) = (
        ranks_at(each, touched.x_m, touched.y_m, limits) for each in (before, now)
    )
    inside = np.flatnonzero((place_before[stayed.before] >= 0) | (place_now[stayed.now] >= 0))
    old, row = stayed.before[inside], stayed.now[inside]
    order = np.lexsort((row, now.midpoint[row], now.y_m[row], now.x_m[row], now.block[row]))
    old, row = old[order], row[order]
    keys = np.stack([now.block[row].astype(np.float64), now.x_m[row], now.y_m[row]])
    is_new = np.ones(len(row), dtype=np.bool_)
    is_new[1:] = (keys[:, 1:] != keys[:, :-1]).any(axis=0)
    starts = np.append(np.flatnonzero(is_new), len(row))
    reach, longest = limits.most_partners_at_one_place, half_microseconds(limits.max_days)
    came: list[Ints] = []
    left: list[Ints] = []
    for begin, end in pairwise(starts):
        one, other = old[begin:end], row[begin:end]
        ends_before, ends_now = (
            _ends(rank[rows], reach) if place[rows[0]] >= 0 else np.full(end - begin, end - begin)
            for place, rank, rows in ((place_before, rank_before, one), (place_now, rank_now, other))
        )
        for found, low, high in ((came, ends_before, ends_now), (left, ends_now, ends_before)):
            first, second = _between(np.arange(end - begin), low, high)
            found.append(np.stack([other[first], other[second]]))
    return _within_days(came, left, now.midpoint, longest)


def _ends(rank: Ints, reach: int) -> Ints:
    """Return for each of ascending ranks where those begin that are out of its reach."""
    return np.searchsorted(rank, rank + reach, side="right")


def _between(own: Ints, low: Ints, high: Ints) -> tuple[Ints, Ints]:
    """Return each of `own` beside every whole number from its `low` up to, without, its `high`; none if not higher."""
    n_each = np.maximum(high - low, 0)
    within = np.arange(n_each.sum()) - np.repeat(np.cumsum(n_each) - n_each, n_each)
    return np.repeat(own, n_each), np.repeat(low, n_each) + within


def _within_days(came: list[Ints], left: list[Ints], midpoint: Ints, longest: int) -> ShiftedPairs:
    pairs = []
    for found in (came, left):
        both = np.concatenate([np.empty((2, 0), dtype=np.int64), *found], axis=1)
        both = both[:, np.abs(midpoint[both[0]] - midpoint[both[1]]) <= longest]
        pairs += [both.min(axis=0), both.max(axis=0)]
    return ShiftedPairs(*pairs)


class _TimeWindows(NamedTuple):
    """Of every crime that stayed and has a time, in order of time: its row now and which of the others it chooses.

    Attributes
    ----------
    row : ndarray, int64
    low, high : ndarray, int64
        Places among these crimes; nothing where the crime has a place.
    """

    row: Ints
    low: Ints
    high: Ints


def _without_place(before: PlacesAndTimes, now: PlacesAndTimes, stayed: Stayed, limits: LinkLimits) -> ShiftedPairs:
    was = _time_windows(before, stayed.before, limits)
    becomes = _time_windows(now, stayed.now, limits)
    renumbered = np.full(len(before.x_m), -1, dtype=np.int64)
    renumbered[stayed.before] = stayed.now
    assert (renumbered[was.row] == becomes.row).all(), "crimes that stayed keep their order"
    own = np.flatnonzero((was.high > was.low) | (becomes.high > becomes.low))
    parts = []
    for one, other in ((was, becomes), (becomes, was)):
        # What the one window has before the other begins, and what it has after the other ends.
        is_apart = (other.low >= one.high) | (other.high <= one.low) | (other.high <= other.low)
        head = _between(own, one.low[own], np.where(is_apart, one.high, np.minimum(other.low, one.high))[own])
        tail = _between(own, np.where(is_apart, one.high, np.maximum(other.high, one.low))[own], one.high[own])
        at, partner = (np.concatenate(ends) for ends in zip(head, tail, strict=True))
        # A pair of two crimes without a place stands while either of them chooses it.
        is_kept = _chooses(other, at, partner) | _chooses(other, partner, at)
        at, partner = at[~is_kept & (at != partner)], partner[~is_kept & (at != partner)]
        first, second = becomes.row[np.minimum(at, partner)], becomes.row[np.maximum(at, partner)]
        both = np.unique(np.stack([np.minimum(first, second), np.maximum(first, second)]), axis=1)
        parts.append(both)
    left, came = parts
    return ShiftedPairs(came[0], came[1], left[0], left[1])


def _chooses(windows: _TimeWindows, at: Ints, partner: Ints) -> Flags:
    return (windows.low[at] <= partner) & (partner < windows.high[at])


def _time_windows(places: PlacesAndTimes, stayed: Ints, limits: LinkLimits) -> _TimeWindows:
    row, own, low, high = windows_in_time(places, limits)
    is_stayed = np.zeros(len(places.x_m), dtype=np.bool_)
    is_stayed[stayed] = True
    n_before = np.concatenate([[0], np.cumsum(is_stayed[row])])  # of those that stayed, before each place in the order
    all_low, all_high = np.zeros(len(row), dtype=np.int64), np.zeros(len(row), dtype=np.int64)
    all_low[own], all_high[own] = n_before[low], n_before[high]
    kept = is_stayed[row]
    return _TimeWindows(row[kept], all_low[kept], all_high[kept])
