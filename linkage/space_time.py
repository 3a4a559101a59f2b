"""How far apart two crimes are in space and time: compiled loops over pairs.

What depends on one crime alone is worked out once a crime, so that a pair costs a few sums. Times stay whole
microseconds until two are subtracted, for a date in seconds since 1970 has no digits left to lose.
"""

import math
from typing import NamedTuple

import numba
import numpy as np
import numpy.typing as npt

from linkage.differences import expected_circular_gap, expected_gap, reference_circular_gap

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

EARTH_RADIUS_KM = 6378.137  # equatorial, as the published package has it, not the mean radius
HOUR, DAY, WEEK = 3_600_000_000, 86_400_000_000, 604_800_000_000  # microseconds
NOT_A_TIME = np.iinfo(np.int64).min  # how numpy stores NaT
NO_CLOCK = -1  # a time of day is never negative


class Events(NamedTuple):
    """Where and when the crimes were, one element a crime.

    Attributes
    ----------
    x, y : ndarray, float64
        Projected metres, or longitude and latitude in radians; NaN where nobody knows.
    start : ndarray, int64
        Begin of the interval, microseconds in UTC.
    length_days, length_hours : ndarray, float64
        Length of the interval; NaN where either end is missing.
    time_of_day, time_of_week : ndarray, int64
        Begin on the local civil clock, microseconds into its day and into its week; -1 where missing.

    Notes
    -----
    An interval has the length it had in truth, in UTC, from its begin on the clock. One that spans a change of the
    clocks, two nights a year, therefore ends an hour beside what the clock showed.
    """

    x: Floats
    y: Floats
    start: Ints
    length_days: Floats
    length_hours: Floats
    time_of_day: Ints
    time_of_week: Ints


def events(x: Floats, y: Floats, start: Ints, end: Ints, local_start: Ints) -> Events:
    """Return the crimes as the loops read them.

    Parameters
    ----------
    x, y : ndarray, shape (n_crimes,), float64
        As in `Events`.
    start, end, local_start : ndarray, shape (n_crimes,), int64
        Microseconds; `NOT_A_TIME` where missing. `end` is not before `start`.
    """
    is_timed = (start != NOT_A_TIME) & (end != NOT_A_TIME)
    length = np.where(is_timed, end - start, 0).astype(np.float64)
    length[~is_timed] = np.nan
    has_clock = local_start != NOT_A_TIME
    day, week = (np.where(has_clock, local_start % period, NO_CLOCK) for period in (DAY, WEEK))
    return Events(x, y, start, length / DAY, length / HOUR, day, week)


def distances_and_gaps(crimes: Events, first: Ints, second: Ints, distance: str, circular: str) -> Floats:
    """Return distance_km, gap_days, tod_gap_hours and dow_gap_days of each pair.

    Parameters
    ----------
    crimes : Events
    first, second : ndarray, shape (n_pairs,), int64
        Positions of the crimes, all of them inside the table: a compiled loop reads past its end in silence.
    distance : {"projected", "great-circle"}
    circular : {"exact", "reference"}

    Returns
    -------
    ndarray, shape (4, n_pairs), float64
        NaN where a crime lacks what is compared.
    """
    out = np.empty((4, len(first)))
    measure = _fill_projected if distance == "projected" else _fill_great_circle
    measure(crimes.x, crimes.y, first, second, out[0])
    fill = _fill_gaps if circular == "exact" else _fill_gaps_reference
    fill(*crimes[2:], first, second, out[1:])
    return out


def nearer_shares(distance_km: Floats, root_density: Floats, first: Ints, second: Ints) -> Floats:
    """Return which share of all crimes would by chance be nearer than each pair: pi d^2 sqrt(density_1 density_2).

    Parameters
    ----------
    distance_km : ndarray, shape (n_pairs,), float64
    root_density : ndarray, shape (n_crimes,), float64
        Square root of the density around each crime (`linkage.crowding.local_density`), in 1/km.
    first, second : ndarray, shape (n_pairs,), int64
        Positions of the crimes, all of them inside the table.

    Returns
    -------
    ndarray, shape (n_pairs,), float64
        0 at one point, above 1 when far, NaN where a crime lacks its place.
    """
    out = np.empty(len(first))
    _fill_nearer_shares(distance_km, root_density, first, second, out)
    return out


@numba.njit(cache=True)
def projected_km(x: float, y: float, other_x: float, other_y: float) -> float:
    """Return the distance of two places in projected metres, in km."""
    across, along = x - other_x, y - other_y
    # Not hypot: it guards against overflow that metres cannot reach, at six times the cost.
    return 1e-3 * math.sqrt(across * across + along * along)


@numba.njit(cache=True)
def great_circle_km(longitude: float, latitude: float, other_longitude: float, other_latitude: float) -> float:
    """Return the distance of two places in radians along the surface of the earth, in km."""
    across = np.sin(0.5 * (latitude - other_latitude)) ** 2
    along = np.sin(0.5 * (longitude - other_longitude)) ** 2
    chord = across + np.cos(latitude) * np.cos(other_latitude) * along
    return 2.0 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(min(1.0, chord)))


@numba.njit(cache=True)
def time_after(one: int, other: int, period: int) -> int:
    """Return how far one time into a period lies after another, in [0, period)."""
    return one - other if one >= other else one - other + period


@numba.njit(cache=True)
def _fill_nearer_shares(km: Floats, root_density: Floats, first: Ints, second: Ints, out: Floats) -> None:
    for i in range(first.size):
        out[i] = math.pi * km[i] * km[i] * (root_density[first[i]] * root_density[second[i]])


@numba.njit(cache=True)
def _fill_projected(x: Floats, y: Floats, first: Ints, second: Ints, out: Floats) -> None:
    for i in range(first.size):
        out[i] = projected_km(x[first[i]], y[first[i]], x[second[i]], y[second[i]])


@numba.njit(cache=True)
def _fill_great_circle(longitude: Floats, latitude: Floats, first: Ints, second: Ints, out: Floats) -> None:
    for i in range(first.size):
        u, v = first[i], second[i]
        out[i] = great_circle_km(longitude[u], latitude[u], longitude[v], latitude[v])


@numba.njit(cache=True)
def _fill_gaps(
    start: Ints, days: Floats, hours: Floats, of_day: Ints, of_week: Ints, first: Ints, second: Ints, out: Floats
) -> None:
    for i in range(first.size):
        u, v = first[i], second[i]
        if math.isnan(days[u]) or math.isnan(days[v]):
            out[:, i] = np.nan
            continue
        out[0, i] = expected_gap((start[u] - start[v]) / DAY, days[u], days[v])
        if of_day[u] == NO_CLOCK or of_day[v] == NO_CLOCK:
            out[1:, i] = np.nan
            continue
        tod, dow = time_after(of_day[u], of_day[v], DAY) / HOUR, time_after(of_week[u], of_week[v], WEEK) / DAY
        out[1, i] = expected_circular_gap(tod, hours[u], hours[v], 24.0)
        out[2, i] = expected_circular_gap(dow, days[u], days[v], 7.0)


@numba.njit(cache=True)
def _fill_gaps_reference(
    start: Ints, days: Floats, hours: Floats, of_day: Ints, of_week: Ints, first: Ints, second: Ints, out: Floats
) -> None:
    for i in range(first.size):
        u, v = first[i], second[i]
        if math.isnan(days[u]) or math.isnan(days[v]):
            out[:, i] = np.nan
            continue
        out[0, i] = expected_gap((start[u] - start[v]) / DAY, days[u], days[v])
        if of_day[u] == NO_CLOCK or of_day[v] == NO_CLOCK:
            out[1:, i] = np.nan
            continue
        tod, dow = time_after(of_day[u], of_day[v], DAY) / HOUR, time_after(of_week[u], of_week[v], WEEK) / DAY
        out[1, i] = reference_circular_gap(tod, hours[u], hours[v], 24.0)
        out[2, i] = reference_circular_gap(dow, days[u], days[v], 7.0)
