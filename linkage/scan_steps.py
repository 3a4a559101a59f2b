"""The steps of a scan, each a loop over the crimes of a cell, or over what is left of them."""

import math

import numba
import numpy as np

RAW_SLACK = 1e-6
"""How far below the weakest kept a raw log BF must lie to be surely weaker once it is calibrated, in nats."""


@numba.njit(cache=True, nogil=True, error_model="numpy")
def measure_shares(  # type: ignore[no-untyped-def]  # compiled
    x,
    y,
    when,
    crowding,
    own_x,
    own_y,
    own_when,
    own_crowding,
    farthest_squared,
    per_root_share,
    per_day,
    n_cells,
    near,
    apart,
):
    """Write each crime's cell of nearer share and of gap; return how many are within the distance limit."""
    n_within = 0
    own = np.float32(own_crowding * per_root_share * 1e-3)
    last = np.float32(n_cells - 1)
    for t in range(x.size):
        across, along = own_x - x[t], own_y - y[t]
        squared = across * across + along * along
        is_within = squared <= farthest_squared
        n_within += is_within
        place = np.sqrt(np.float32(squared)) * (crowding[t] * own)
        place = place if place < last else last
        near[t] = np.int32(place) if is_within else np.int32(n_cells)
        gap = np.float32(abs(own_when - when[t]) * per_day)
        gap = gap if gap < last else last
        apart[t] = np.int32(gap)
    return n_within


@numba.njit(cache=True, nogil=True, error_model="numpy")
def measure_distances(  # type: ignore[no-untyped-def]  # compiled
    x, y, when, own_x, own_y, own_when, farthest_squared, per_m, per_day, n_cells, near, apart
):
    """Write each crime's cell of distance and of gap; return how many are within the distance limit."""
    n_within = 0
    per_metre = np.float32(per_m)
    last = np.float32(n_cells - 1)
    for t in range(x.size):
        across, along = own_x - x[t], own_y - y[t]
        squared = across * across + along * along
        is_within = squared <= farthest_squared
        n_within += is_within
        place = np.sqrt(np.float32(squared)) * per_metre
        place = place if place < last else last
        near[t] = np.int32(place) if is_within else np.int32(n_cells)
        gap = np.float32(abs(own_when - when[t]) * per_day)
        gap = gap if gap < last else last
        apart[t] = np.int32(gap)
    return n_within


@numba.njit(cache=True, nogil=True, error_model="numpy")
def select(near, apart, class_of, by_nearness, by_gap, spare, found, bound):  # type: ignore[no-untyped-def]  # compiled
    """Write which crimes may reach their cut, and what space and time add to them at most; return how many.

    `spare` says, class by class, by how much all the rest may exceed the cut.
    """
    n_found = 0
    for t in range(near.size):
        place_and_time = by_nearness[near[t]] + by_gap[apart[t]]
        found[n_found] = t
        bound[n_found] = place_and_time
        n_found += place_and_time + spare[class_of[t]] >= 0
    return n_found


@numba.njit(cache=True, nogil=True, error_model="numpy")
def select_for_others(  # type: ignore[no-untyped-def]  # compiled
    near, apart, class_of, by_nearness, by_gap, spare, rest, base, others_cut, found, bound
):
    """Do as `select`, where a pair is wanted too when it reaches the other crime's cut."""
    n_found = 0
    for t in range(near.size):
        place_and_time = by_nearness[near[t]] + by_gap[apart[t]]
        found[n_found] = t
        bound[n_found] = place_and_time
        one = class_of[t]
        n_found += (place_and_time + spare[one] >= 0) | (
            (place_and_time + rest[one] + base >= others_cut[t]) & (place_and_time > -np.inf)
        )
    return n_found


@numba.njit(cache=True, nogil=True, error_model="numpy")
def fill_spare(rest, base, cut, spare):  # type: ignore[no-untyped-def]  # compiled
    """Write by how much what is not looked up may exceed the cut, class by class."""
    for one in range(0, rest.size, 2):
        spare[one] = rest[one] + np.float32(base - cut[0])
        spare[one + 1] = rest[one + 1] + np.float32(base - cut[1])


@numba.njit(cache=True, nogil=True, error_model="numpy")
def still_wanted(pending, reach, n_pending, class_of, cut, others_cut):  # type: ignore[no-untyped-def]  # compiled
    """Drop pending partners that fall short of what is asked by now; return how many stay."""
    n_stay = 0
    for p in range(n_pending):
        wanted = cut[class_of[pending[p]] % 2]
        if others_cut.size:
            wanted = min(wanted, others_cut[pending[p]])
        if reach[p] >= wanted:
            pending[n_stay], reach[n_stay] = pending[p], reach[p]
            n_stay += 1
    return n_stay


@numba.njit(cache=True, nogil=True, error_model="numpy")
def note_sure(sure, log_bf):  # type: ignore[no-untyped-def]  # compiled
    """Put what a partner is sure to reach among the highest such values, highest first."""
    at = sure.size - 1
    if at < 0 or log_bf <= sure[at]:
        return
    while at > 0 and log_bf > sure[at - 1]:
        sure[at] = sure[at - 1]
        at -= 1
    sure[at] = log_bf


@numba.njit(cache=True, nogil=True, error_model="numpy")
def weakest(sure, partners, raws):  # type: ignore[no-untyped-def]  # compiled
    """Return the raw log BF that a partner must reach to be kept: anything while there is room, nothing without."""
    if partners.size == 0:
        return math.inf
    scored = -math.inf if partners[-1] < 0 else raws.min()
    return max(scored, sure[-1]) - RAW_SLACK


@numba.njit(cache=True, nogil=True, error_model="numpy")
def grown(first, second, log_bf, n_more):  # type: ignore[no-untyped-def]  # compiled
    """Return larger arrays with what is in these."""
    n = first.size
    one, other, value = np.empty(2 * n + n_more, np.int32), np.empty(2 * n + n_more, np.int32), np.empty(2 * n + n_more)
    one[:n], other[:n], value[:n] = first, second, log_bf
    return one, other, value
