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
from linkage.evidence import checked_positions
from linkage.gap_kernels import fill_expected_circular_gaps, fill_expected_gaps
from linkage.score_tables import CODES, DAY_OF_WEEK, DISTANCE, GAP, NEARER, TIME_OF_DAY, ScoreTables
from linkage.space_time import DAY, HOUR, NO_CLOCK, WEEK, great_circle_km, projected_km, time_after

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
ShortInts = npt.NDArray[np.int32]
Rows = npt.NDArray[np.uint64]  # not signed: else each look-up asks whether the row counts from the end

PAIRS_PER_SLICE = 65_536
"""Pairs of one task of a thread; fewer pairs are not worth a second thread."""

_BLOCK = 256
ONE = np.uint64(1)


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
    model, crimes, u, v = _as_compiled(tables, columns, first, second)
    out = np.empty(len(u))

    def score(begin: int) -> None:
        part = slice(begin, begin + PAIRS_PER_SLICE)
        fill_raw_log_bf(model, crimes, u[part], v[part], out[part])
        out[part] = calibrated(tables, out[part])

    begins = range(0, len(u), PAIRS_PER_SLICE)
    if len(begins) < 2:  # starting a thread costs more than scoring a few thousand pairs
        list(map(score, begins))
        return out
    with ThreadPoolExecutor(n_workers or os.cpu_count()) as pool:
        list(pool.map(score, begins))
    return out


def raw_log_bf(tables: ScoreTables, columns: CrimeColumns, first: Ints, second: Ints) -> Floats:
    """Return the log Bayes factor of each pair before calibration; parameters and errors as in `scores_of_pairs`."""
    out = np.empty(len(first))
    fill_raw_log_bf(*_as_compiled(tables, columns, first, second), out)
    return out


def calibrated(tables: ScoreTables, raw: Floats) -> Floats:
    """Return the calibrated log Bayes factor of each value, as `linkage.calibration.Calibration` has it."""
    if not len(tables.calibration_knots):
        return raw
    return Calibration(tables.calibration_knots, tables.calibration_log_bf).apply(raw)


def _as_compiled(
    tables: ScoreTables, columns: CrimeColumns, first: Ints, second: Ints
) -> tuple[ScoreTables, CrimeColumns, Rows, Rows]:
    """Check the positions, and give everything the one kind that the kernel is compiled for."""
    u, v = (read_only_view(each.view(np.uint64)) for each in checked_positions(first, second, len(columns.start)))
    return read_only(tables), read_only(columns), u, v


@numba.njit(cache=True, nogil=True, error_model="numpy")
def fill_raw_log_bf(tables: ScoreTables, columns: CrimeColumns, first: Rows, second: Rows, out: Floats) -> None:
    """Fill in the log Bayes factor of each pair before calibration; compiled, for loops that are compiled themselves.

    Parameters
    ----------
    tables : ScoreTables
    columns : CrimeColumns
    first, second : ndarray, shape (n_pairs,)
        Row positions of crimes of the columns, which nothing checks here; uint64 from Python.
    out : ndarray, shape (n_pairs,), float64
    """
    kind, source, is_lines, missing = tables.kind, tables.source, tables.is_lines, tables.missing
    at_start, at, value_start, value = tables.at_start, tables.at, tables.value_start, tables.value
    column, table_start = source.astype(np.uint64), value_start.astype(np.uint64)
    n_codes = tables.n_codes.astype(np.uint64)
    reference = tables.reference_circular
    room, rows = np.empty((8, _BLOCK)), np.empty((2, _BLOCK), np.int32)
    km, evidence, apart, length, other_length = room[0], room[1], room[2], room[3], room[4]
    for begin in range(0, first.size, _BLOCK):
        end = min(begin + _BLOCK, first.size)
        n, u, v, total = end - begin, first[begin:end], second[begin:end], out[begin:end]
        total[:] = tables.base
        is_measured = False
        term = 0
        while term < kind.size:
            which = kind[term]
            if which == CODES:
                after = term + 1
                while after < kind.size and kind[after] == CODES:
                    after += 1
                run = slice(term, after)
                _add_tables(columns.codes, u, v, column[run], table_start[run], n_codes[run], value, total)
                term = after
                continue
            if which in (DISTANCE, NEARER):
                if not is_measured:
                    _fill_km(columns.x, columns.y, u, v, tables.great_circle, km)
                    is_measured = True
                _fill_near(km, columns.root_density, u, v, which == NEARER, evidence)
            elif which == GAP:
                _fill_both(columns.length_days, u, v, length, other_length)
                _fill_days_apart(columns.start, u, v, apart)
                fill_expected_gaps(apart, length, other_length, n, evidence)
            elif which == TIME_OF_DAY:
                _fill_both(columns.length_hours, u, v, length, other_length)
                _fill_clocks_apart(columns.time_of_day, u, v, DAY, HOUR, apart)
                fill_expected_circular_gaps(apart, length, other_length, n, 24.0, reference, room[5:], rows, evidence)
            elif which == DAY_OF_WEEK:
                _fill_both(columns.length_days, u, v, length, other_length)
                _fill_clocks_apart(columns.time_of_week, u, v, WEEK, DAY, apart)
                fill_expected_circular_gaps(apart, length, other_length, n, 7.0, reference, room[5:], rows, evidence)
            else:
                _fill_number_gaps(columns.numbers, source[term], u, v, evidence)
            places = at[at_start[term] : at_start[term + 1]]
            log_bf = value[value_start[term] : value_start[term + 1]]
            if is_lines[term]:
                _add_lines(evidence, places, log_bf, missing[term], rows[0], total)
            else:
                _add_steps(evidence, places, log_bf, missing[term], rows[0], total)
            term += 1


_fill_raw = fill_raw_log_bf  # the name by which the scan calls it


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _fill_km(x: Floats, y: Floats, u: Rows, v: Rows, great_circle: bool, out: Floats) -> None:
    if great_circle:
        for i in range(u.size):
            out[i] = great_circle_km(x[u[i]], y[u[i]], x[v[i]], y[v[i]])
    else:
        for i in range(u.size):
            out[i] = projected_km(x[u[i]], y[u[i]], x[v[i]], y[v[i]])


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _fill_near(km: Floats, root_density: Floats, u: Rows, v: Rows, is_share: bool, out: Floats) -> None:
    """Fill in the distance, or the share of crimes expected nearer (`linkage.space_time.nearer_shares`)."""
    if is_share:
        for i in range(u.size):
            out[i] = math.pi * km[i] * km[i] * (root_density[u[i]] * root_density[v[i]])
    else:
        for i in range(u.size):
            out[i] = km[i]


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _fill_both(column: Floats, u: Rows, v: Rows, out: Floats, other_out: Floats) -> None:
    for i in range(u.size):
        out[i], other_out[i] = column[u[i]], column[v[i]]


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _fill_days_apart(start: Ints, u: Rows, v: Rows, out: Floats) -> None:
    for i in range(u.size):
        out[i] = (start[u[i]] - start[v[i]]) / DAY


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _fill_clocks_apart(clock: Ints, u: Rows, v: Rows, period: int, unit: int, out: Floats) -> None:
    for i in range(u.size):
        one, other = clock[u[i]], clock[v[i]]
        is_missing = (one == NO_CLOCK) | (other == NO_CLOCK)
        out[i] = math.nan if is_missing else time_after(one, other, period) / unit


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _fill_number_gaps(numbers: Floats, column: int, u: Rows, v: Rows, out: Floats) -> None:
    for i in range(u.size):
        out[i] = abs(numbers[u[i], column] - numbers[v[i], column])


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _add_lines(
    evidence: Floats, knots: Floats, log_bf: Floats, missing: float, place: ShortInts, total: Floats
) -> None:
    """Add what `SmoothTerm.score` gives, by the same steps."""
    last = knots.size - 1
    if last == 0:
        for i in range(total.size):
            total[i] += missing if math.isnan(evidence[i]) else log_bf[0]
        return
    place[: total.size] = 0
    for j in range(1, last):
        knot = knots[j]
        for i in range(total.size):
            place[i] += evidence[i] >= knot
    low, high = knots[0], knots[last]
    for i in range(total.size):
        x, at = evidence[i], np.uint64(place[i])
        share = (x - knots[at]) / (knots[at + ONE] - knots[at])
        share = 0.0 if x <= low else share
        share = 1.0 if x >= high else share
        between = log_bf[at] + share * (log_bf[at + ONE] - log_bf[at])
        between = log_bf[at] if share == 0.0 else between
        total[i] += missing if x != x else between


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _add_steps(
    evidence: Floats, edges: Floats, log_bf: Floats, missing: float, place: ShortInts, total: Floats
) -> None:
    """Add what `BayesFactorTerm.score` gives: bins closed on the right, nothing outside the edges."""
    last = edges.size - 1
    place[: total.size] = 0
    for j in range(1, last):
        edge = edges[j]
        for i in range(total.size):
            place[i] += evidence[i] > edge
    low, high = edges[0], edges[last]
    for i in range(total.size):
        x = evidence[i]
        each = 0.0 if (x < low) | (x > high) else log_bf[np.uint64(place[i])]
        total[i] += missing if x != x else each


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _add_tables(
    codes: Codes, u: Rows, v: Rows, column: Rows, begin: Rows, n_codes: Rows, value: Floats, total: Floats
) -> None:
    for i in range(u.size):
        one, other, each = u[i], v[i], total[i]
        for k in range(column.size):
            each += value[begin[k] + codes[one, column[k]] * n_codes[k] + codes[other, column[k]]]
        total[i] = each
