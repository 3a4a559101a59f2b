"""All partners of a few crimes of a force: every pair within the limits scored, with nothing prepared for the others.

`linkage.force_links` prepares cells and bounds for every crime, which pays where every crime looks at its partners.
Where a thousand of a million do, that alone would take longer than all the rest.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numba
import numpy as np
import numpy.typing as npt

from linkage.candidate_grid import half_microseconds
from linkage.candidates import LinkLimits
from linkage.crime_cells import PlacesAndTimes, crowded_places
from linkage.missing_evidence import pairs_without_time, windows_in_time

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

PAIRS_AT_ONCE = 2_000_000
"""Pairs held in memory at a time, as far as single crimes allow."""

_A_HAIR = 1 + 1e-9  # by which a first, coarse look is wider, lest rounding lose a crime at the limit


class OwnersPairs(NamedTuple):
    """Some candidate pairs of owners, each from the side of an owner; rows, int64."""

    owner: Ints
    partner: Ints


class CrowdedRanks(NamedTuple):
    """Of each crime its crowded place, -1 without one, and its rank in time there; int64, shape (n_crimes,)."""

    place: Ints
    rank: Ints


def ranks_at(places: PlacesAndTimes, x_m: Floats, y_m: Floats, limits: LinkLimits) -> CrowdedRanks:
    """Return crowded places among some points alone, which are looked for among all crimes.

    Parameters
    ----------
    places : PlacesAndTimes
    x_m, y_m : ndarray, shape (n_points,), float64
        NaN is passed over.
    limits : LinkLimits
    """
    out = CrowdedRanks(np.full(len(places.x_m), -1, dtype=np.int64), np.zeros(len(places.x_m), dtype=np.int64))
    is_point = np.isfinite(x_m) & np.isfinite(y_m)
    if not is_point.any() or len(places.x_m) <= limits.most_at_one_place:
        return out
    wanted = np.unique(_points(x_m[is_point], y_m[is_point]))
    row = np.flatnonzero(places.is_placed & places.is_dated)
    row = row[_is_among(places.x_m[row], np.unique(x_m[is_point]))]
    row = row[_is_among(_points(places.x_m[row], places.y_m[row]), wanted)]
    there: list[Any] = [each[row] for each in places]
    place, rank = crowded_places(PlacesAndTimes(*there), limits)
    out.place[row], out.rank[row] = place, rank
    return out


def pairs_of_owners(
    places: PlacesAndTimes, owners: Ints, ranks: CrowdedRanks, limits: LinkLimits
) -> Iterator[OwnersPairs]:
    """Yield the candidate pairs of owners; one of two owners comes from each side.

    Parameters
    ----------
    places : PlacesAndTimes
        Of all crimes.
    owners : ndarray, int64
        Rows.
    ranks : CrowdedRanks
        `ranks_at` the points of the owners or more.
    limits : LinkLimits
    """
    is_whole = places.is_placed & places.is_dated
    yield from _of_whole(places, owners[is_whole[owners]], ranks, limits)
    is_owner = np.zeros(len(places.x_m), dtype=np.bool_)
    is_owner[owners] = True
    yield from _oriented(*_without_place(places, is_owner, limits), is_owner)
    for chunk in pairs_without_time(places, limits):
        yield from _oriented(chunk.first, chunk.second, is_owner)


def _points(x_m: Floats, y_m: Floats) -> npt.NDArray[np.complex128]:
    return x_m + 1j * y_m


def _is_among(values: npt.NDArray[np.inexact], ascending: npt.NDArray[np.inexact]) -> Flags:
    at = np.minimum(np.searchsorted(ascending, values), len(ascending) - 1)
    return np.asarray(ascending[at] == values)


def _of_whole(places: PlacesAndTimes, owners: Ints, ranks: CrowdedRanks, limits: LinkLimits) -> Iterator[OwnersPairs]:
    row = np.flatnonzero(places.is_placed & places.is_dated)
    row = row[np.argsort(places.y_m[row], kind="stable")]
    y = places.y_m[row]
    farthest_m = limits.max_km * 1000.0
    low = np.searchsorted(y, places.y_m[owners] - farthest_m * _A_HAIR, side="left")
    high = np.searchsorted(y, places.y_m[owners] + farthest_m * _A_HAIR, side="right")
    others = (row, places.x_m[row], y, places.midpoint[row], places.block[row])
    limit = (half_microseconds(limits.max_days), farthest_m**2, limits.most_partners_at_one_place)
    begin = 0
    while begin < len(owners):
        # As many owners as fill the memory if all of their strips were within the limits, which about a tenth is.
        n_looked_at = np.cumsum(high[begin:] - low[begin:])
        end = begin + max(int(np.searchsorted(n_looked_at, 10 * PAIRS_AT_ONCE)), 1)
        chosen = owners[begin:end]
        own = (chosen, places.x_m[chosen], places.y_m[chosen], places.midpoint[chosen], places.block[chosen])
        yield OwnersPairs(*_fill(*own, low[begin:end], high[begin:end], *others, *ranks, *limit))
        begin = end


@numba.njit(cache=True, nogil=True)
def _fill(  # type: ignore[no-untyped-def]  # compiled
    owner,
    own_x,
    own_y,
    own_midpoint,
    own_block,
    low,
    high,
    row,
    x,
    y,
    midpoint,
    block,
    place,
    rank,
    longest,
    farthest_squared,
    reach,
):
    one, other = np.empty(1 << 16, np.int64), np.empty(1 << 16, np.int64)
    n = 0
    for a in range(owner.size):
        i = owner[a]
        if n + high[a] - low[a] > one.size:
            one, other = _longer(one, n, high[a] - low[a]), _longer(other, n, high[a] - low[a])
        for t in range(low[a], high[a]):
            across, along = own_x[a] - x[t], own_y[a] - y[t]
            if (
                across * across + along * along <= farthest_squared
                and abs(own_midpoint[a] - midpoint[t]) <= longest
                and own_block[a] == block[t]
                and row[t] != i
                and not (place[i] >= 0 and place[i] == place[row[t]] and abs(rank[i] - rank[row[t]]) > reach)
            ):
                one[n], other[n] = i, row[t]
                n += 1
    return one[:n].copy(), other[:n].copy()


@numba.njit(cache=True, nogil=True)
def _longer(values, n, n_more):  # type: ignore[no-untyped-def]  # compiled
    out = np.empty(2 * n + n_more, np.int64)
    out[:n] = values[:n]
    return out


def _without_place(places: PlacesAndTimes, is_owner: Flags, limits: LinkLimits) -> tuple[Ints, Ints]:
    """Return the pairs of a crime without a place and one in its window, of which either is an owner, each once."""
    row, own, low, high = windows_in_time(places, limits)
    windows = np.zeros((2, len(row)), dtype=np.int64)  # empty of crimes that have a place
    windows[:, own] = low, high
    one, other = _fill_windows(own, windows, is_owner[row], np.flatnonzero(is_owner[row]))
    return row[np.minimum(one, other)], row[np.maximum(one, other)]


@numba.njit(cache=True, nogil=True)
def _fill_windows(own, windows, is_owner, owners):  # type: ignore[no-untyped-def]  # compiled
    """Return positions of pairs; one that both choose comes from the earlier."""
    one, other = [np.int64(0) for _ in range(0)], [np.int64(0) for _ in range(0)]
    for i in own:
        if is_owner[i]:
            for j in range(windows[0, i], windows[1, i]):
                if j != i and not (j < i and windows[0, j] <= i < windows[1, j]):
                    one.append(i)
                    other.append(j)
        else:
            for a in range(np.searchsorted(owners, windows[0, i]), owners.size):
                j = owners[a]
                if j >= windows[1, i]:
                    break
                if not (j < i and windows[0, j] <= i < windows[1, j]):
                    one.append(i)
                    other.append(j)
    return np.array(one, dtype=np.int64), np.array(other, dtype=np.int64)


def _oriented(first: Ints, second: Ints, is_owner: Flags) -> Iterator[OwnersPairs]:
    for one, other in ((first, second), (second, first)):
        mine = is_owner[one]
        if mine.any():
            yield OwnersPairs(one[mine], other[mine])
