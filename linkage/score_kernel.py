"""The exact log Bayes factor of pairs from plain arrays, equal to the model's own to the last bit.

Pairs go through in short blocks: one term after another over a block, so that each loop does one simple thing over
numbers that stay in the nearest cache. Each pair adds its terms in the order in which the model adds them.
"""

import math
import os
from concurrent.futures import ThreadPoolExecutor

import numba
import numpy as np
import numpy.typing as npt

from linkage.calibration import Calibration
from linkage.crime_columns import Codes, CrimeColumns, read_only, read_only_view
from linkage.differences import expected_circular_gap, expected_gap, reference_circular_gap
from linkage.evidence import checked_positions
from linkage.score_tables import CODES, DAY_OF_WEEK, DISTANCE, GAP, NEARER, NUMBER, TIME_OF_DAY, ScoreTables
from linkage.space_time import DAY, HOUR, NO_CLOCK, WEEK, great_circle_km, projected_km, time_after

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

PAIRS_PER_SLICE = 262_144
"""Pairs of one task of a thread; fewer pairs are not worth a second thread."""

_BLOCK = 256


def scores_of_pairs(
    tables: ScoreTables, columns: CrimeColumns, first: Ints, second: Ints, n_workers: int | None = None
) -> Floats:
    """Return the natural log Bayes factor of each pair, calibrated where the model is.

    Parameters
    ----------
    tables : ScoreTables
    columns : CrimeColumns
        Of the crimes and the model that the tables were made for.
    first, second : ndarray, shape (n_pairs,), int64
        Row positions of the two crimes, lower row first.
    n_workers : int, optional
        Threads; as many as the process may use cores where it is left out. The result does not depend on it.

    Returns
    -------
    ndarray, shape (n_pairs,), float64
        What `decision_function` gives for the evidence of the pair, bit for bit.

    Raises
    ------
    EvidenceError
        The positions are of different number or outside the crimes.
    """
    first, second = checked_positions(first, second, len(columns.start))
    tables, columns = read_only(tables), read_only(columns)
    first, second = read_only_view(first), read_only_view(second)
    out = np.empty(len(first))

    def score(begin: int) -> None:
        part = slice(begin, begin + PAIRS_PER_SLICE)
        _fill_raw(tables, columns, first[part], second[part], out[part])
        out[part] = calibrated(tables, out[part])

    begins = range(0, len(first), PAIRS_PER_SLICE)
    if len(begins) < 2:
        for begin in begins:
            score(begin)
        return out
    with ThreadPoolExecutor(n_workers or len(os.sched_getaffinity(0))) as pool:
        list(pool.map(score, begins))
    return out


def raw_log_bf(tables: ScoreTables, columns: CrimeColumns, first: Ints, second: Ints) -> Floats:
    """Return the log Bayes factor of each pair before calibration; parameters and errors as in `scores_of_pairs`."""
    first, second = checked_positions(first, second, len(columns.start))
    out = np.empty(len(first))
    _fill_raw(read_only(tables), read_only(columns), read_only_view(first), read_only_view(second), out)
    return out


def calibrated(tables: ScoreTables, raw: Floats) -> Floats:
    """Return the calibrated log Bayes factor of each value, as `linkage.calibration.Calibration` has it."""
    if not len(tables.calibration_knots):
        return raw
    return Calibration(tables.calibration_knots, tables.calibration_log_bf).apply(raw)


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _fill_raw(tables: ScoreTables, columns: CrimeColumns, first: Ints, second: Ints, out: Floats) -> None:
    kind, source, is_lines = tables.kind, tables.source, tables.is_lines
    at_start, at, value_start, value = tables.at_start, tables.at, tables.value_start, tables.value
    n_codes, missing = tables.n_codes, tables.missing
    evidence, km = np.empty(_BLOCK), np.empty(_BLOCK)
    for begin in range(0, first.size, _BLOCK):
        end = min(begin + _BLOCK, first.size)
        u, v, total = first[begin:end], second[begin:end], out[begin:end]
        total[:] = tables.base
        is_measured = False
        term = 0
        while term < kind.size:
            if kind[term] == CODES:
                after = term + 1
                while after < kind.size and kind[after] == CODES:
                    after += 1
                _add_tables(
                    columns.codes, u, v, source[term:after], value_start[term:after], n_codes[term:after], value, total
                )
                term = after
                continue
            which = kind[term]
            if which in (DISTANCE, NEARER):
                if not is_measured:
                    _fill_km(columns.x, columns.y, u, v, tables.great_circle, km)
                    is_measured = True
                if which == DISTANCE:
                    evidence[: u.size] = km[: u.size]
                else:
                    _fill_nearer(columns.root_density, u, v, km, evidence)
            elif which == GAP:
                _fill_gap(columns.start, columns.length_days, u, v, evidence)
            elif which == TIME_OF_DAY:
                _fill_circular(
                    columns.time_of_day,
                    columns.length_days,
                    columns.length_hours,
                    u,
                    v,
                    DAY,
                    HOUR,
                    24.0,
                    tables.reference_circular,
                    evidence,
                )
            elif which == DAY_OF_WEEK:
                _fill_circular(
                    columns.time_of_week,
                    columns.length_days,
                    columns.length_days,
                    u,
                    v,
                    WEEK,
                    DAY,
                    7.0,
                    tables.reference_circular,
                    evidence,
                )
            elif which == NUMBER:
                _fill_number_gap(columns.numbers, source[term], u, v, evidence)
            places = at[at_start[term] : at_start[term + 1]]
            log_bf = value[value_start[term] : value_start[term + 1]]
            if is_lines[term]:
                _add_lines(evidence, places, log_bf, missing[term], total)
            else:
                _add_steps(evidence, places, log_bf, missing[term], total)
            term += 1


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _fill_km(x: Floats, y: Floats, u: Ints, v: Ints, great_circle: bool, out: Floats) -> None:
    if great_circle:
        for i in range(u.size):
            out[i] = great_circle_km(x[u[i]], y[u[i]], x[v[i]], y[v[i]])
    else:
        for i in range(u.size):
            out[i] = projected_km(x[u[i]], y[u[i]], x[v[i]], y[v[i]])


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _fill_nearer(root_density: Floats, u: Ints, v: Ints, km: Floats, out: Floats) -> None:
    for i in range(u.size):
        out[i] = math.pi * km[i] * km[i] * (root_density[u[i]] * root_density[v[i]])


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _fill_gap(start: Ints, days: Floats, u: Ints, v: Ints, out: Floats) -> None:
    for i in range(u.size):
        a, b = days[u[i]], days[v[i]]
        if math.isnan(a) or math.isnan(b):
            out[i] = math.nan
        else:
            out[i] = expected_gap((start[u[i]] - start[v[i]]) / DAY, a, b)


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _fill_circular(
    clock: Ints,
    days: Floats,
    length: Floats,
    u: Ints,
    v: Ints,
    period: int,
    unit: int,
    period_in_units: float,
    reference: bool,
    out: Floats,
) -> None:
    for i in range(u.size):
        one, other, a, b = clock[u[i]], clock[v[i]], length[u[i]], length[v[i]]
        if math.isnan(a) or math.isnan(b) or one == NO_CLOCK or other == NO_CLOCK:
            out[i] = math.nan
            continue
        after = time_after(one, other, period) / unit
        if reference:
            out[i] = reference_circular_gap(after, a, b, period_in_units)
        else:
            out[i] = expected_circular_gap(after, a, b, period_in_units)


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _fill_number_gap(numbers: Floats, column: int, u: Ints, v: Ints, out: Floats) -> None:
    for i in range(u.size):
        out[i] = abs(numbers[u[i], column] - numbers[v[i], column])


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _add_lines(evidence: Floats, knots: Floats, log_bf: Floats, missing: float, total: Floats) -> None:
    """Add what `SmoothTerm.score` gives, by the same steps."""
    last = knots.size - 1
    for i in range(total.size):
        x = evidence[i]
        if math.isnan(x):
            total[i] += missing
        elif last == 0 or x <= knots[0]:
            total[i] += log_bf[0]
        elif x >= knots[last]:
            total[i] += log_bf[last - 1] + 1.0 * (log_bf[last] - log_bf[last - 1])
        else:
            at = 0
            for j in range(1, last):
                at += x >= knots[j]
            share = (x - knots[at]) / (knots[at + 1] - knots[at])
            total[i] += log_bf[at] if share == 0.0 else log_bf[at] + share * (log_bf[at + 1] - log_bf[at])


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _add_steps(evidence: Floats, edges: Floats, log_bf: Floats, missing: float, total: Floats) -> None:
    """Add what `BayesFactorTerm.score` gives: bins closed on the right, nothing outside the edges."""
    last = edges.size - 1
    for i in range(total.size):
        x = evidence[i]
        if math.isnan(x):
            total[i] += missing
        elif x < edges[0] or x > edges[last]:
            total[i] += 0.0
        else:
            n_below = 0
            for j in range(1, last):
                n_below += x > edges[j]
            total[i] += log_bf[n_below]


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _add_tables(
    codes: Codes, u: Ints, v: Ints, source: Ints, begin: Ints, n_codes: Ints, value: Floats, total: Floats
) -> None:
    for i in range(u.size):
        one, other, each = u[i], v[i], total[i]
        for k in range(source.size):
            column = source[k]
            each += value[begin[k] + codes[one, column] * n_codes[k] + codes[other, column]]
        total[i] = each
