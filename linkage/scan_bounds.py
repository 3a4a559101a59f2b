"""How strong a pair can be at most by place and time, from a cell of distance and a cell of time.

With what the MO items can add (`linkage.item_bounds`) it lets a scan leave most pairs after a few sums, and lose none:
a bound is the largest value of the model's term in the whole cell, rounded up.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from linkage.crime_columns import CrimeColumns
from linkage.item_bounds import rounded_up
from linkage.score_tables import CODES, DISTANCE, GAP, NEARER, ScoreTables

Floats = npt.NDArray[np.float64]
Singles = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

N_CELLS = 1_024
"""Cells of distance, and of gap, in which a term's largest value is kept: all of them fit the nearest cache."""

_BLUR = 0.02  # of a cell: what single precision may move a distance or a gap by, and more


class NumberBound(NamedTuple):
    """The largest value of a term in each cell of a number.

    Attributes
    ----------
    largest : ndarray, shape (N_CELLS + 1,), float32
        The last but one is of all numbers from there on; the last is minus infinity, for pairs beyond a limit.
    per_unit : float
        Cells along one km, day or root of nearer share / pi.
    fall : ndarray, shape (N_CELLS + 1,), float32
        By how much the term may fall short of it in the cell; for a gap, where the intervals do not overlap.
    is_used : bool
        Whether the model has such a term, or any that can be bounded so.
    """

    largest: Singles
    per_unit: float
    fall: Singles
    is_used: bool


class ScanBounds(NamedTuple):
    """Upper bounds of what place and time, and what is left, add to the log BF of a pair.

    Attributes
    ----------
    base : float
        Log BF that every pair starts with, and what rounding may take from the sum of a pair's bounds.
    distance, share, gap : NumberBound
        Of distance in km; of nearer share, by its root over that of pi; of the difference of midpoints in days.
    crowding : ndarray, shape (n_crimes,), float32
        Square root of `CrimeColumns.root_density`: distance times those of both crimes is the root of share / pi.
    late, late_fall : float
        The largest sum of all terms that are not bounded further, times of day and week and numbers, and by how much
        they may fall short of it.
    """

    base: float
    distance: NumberBound
    share: NumberBound
    gap: NumberBound
    crowding: Singles
    late: float
    late_fall: float


class _Term(NamedTuple):
    at: Floats
    value: Floats
    is_lines: bool
    missing: float


def scan_bounds(columns: CrimeColumns, tables: ScoreTables, max_km: float, max_days: float) -> ScanBounds:
    """Return the bounds for the pairs within limits of crimes that have a place and a time.

    Parameters
    ----------
    columns : CrimeColumns
    tables : ScoreTables
    max_km, max_days : float
        How far the cells need reach; `inf` for as far as the crimes lie apart.
    """
    is_planar = not tables.great_circle
    has_density = len(columns.root_density) > 0 and bool(
        np.isfinite(columns.root_density[columns.is_placed & columns.is_dated]).all()
    )
    km, days = min(max_km, _extent_km(columns)), min(max_days, _extent_days(columns))
    distance = _bound(tables, DISTANCE if is_planar else -1, km)
    share = _bound(tables, NEARER if is_planar and has_density else -1, _largest_root_share(tables, km, columns))
    gap = _bound(tables, GAP, days, float(np.nanmax(columns.length_days, initial=0.0)))
    bounded = {DISTANCE: distance.is_used, NEARER: share.is_used, GAP: gap.is_used, CODES: True}
    late_terms = [_term(tables, k) for k, kind in enumerate(tables.kind.tolist()) if not bounded.get(kind, False)]
    late = sum(_largest(term) for term in late_terms)
    rounding = _rounding(tables)
    return ScanBounds(
        base=tables.base + rounding,
        distance=distance,
        share=share,
        gap=gap,
        crowding=np.sqrt(columns.root_density if has_density else np.zeros(len(columns.x))).astype(np.float32),
        late=float(late),
        late_fall=float(late + sum(_largest(_negative(term)) for term in late_terms))
        + 2.0 * rounding
        + _asymmetry(tables),
    )


def _bound(tables: ScoreTables, kind: int, farthest: float, longest: float = 0.0) -> NumberBound:
    """Sum the largest values, cell by cell, of the terms that read one kind of number."""
    largest, smallest = np.zeros(N_CELLS), np.zeros(N_CELLS)
    per_unit = (N_CELLS - 1) / max(farthest, 1e-9)
    cell = np.arange(N_CELLS, dtype=np.float64)
    low: Floats = np.maximum(cell - _BLUR, 0.0) / per_unit
    high: Floats = (cell + 1.0 + _BLUR) / per_unit
    high[-1] = np.inf
    if kind == NEARER:
        low, high = np.pi * low**2, np.pi * high**2
    # Two intervals that do not overlap are as far apart as their middles; others farther, up to half their lengths.
    highest = np.asarray(np.maximum(high, np.minimum(high + 0.5 * longest, longest)), dtype=np.float64)
    terms = [_term(tables, int(k)) for k in np.flatnonzero(tables.kind == kind)]
    for term in terms:
        largest += _largest_between(term, low, highest)
        smallest -= _largest_between(_negative(term), low, high)
    fall = np.append(rounded_up(largest - smallest), np.float32(np.inf))
    return NumberBound(np.append(rounded_up(largest), np.float32(-np.inf)), per_unit, fall, len(terms) > 0)


def _term(tables: ScoreTables, k: int) -> _Term:
    at = tables.at[tables.at_start[k] : tables.at_start[k + 1]]
    value = tables.value[tables.value_start[k] : tables.value_start[k + 1]]
    return _Term(at, value, bool(tables.is_lines[k]), float(tables.missing[k]))


def _rounding(tables: ScoreTables) -> float:
    """Return more than single precision can err by when the parts of a pair are added in any order, in nats."""
    largest = [np.max(np.abs(_term(tables, k).value), initial=0.0) for k in range(len(tables.kind))]
    return 1e-6 + 4e-6 * float(np.sum(largest))


def _asymmetry(tables: ScoreTables) -> float:
    """Return by how much tables of codes depend on which crime comes first."""
    total = 0.0
    for k in np.flatnonzero(tables.kind == CODES):
        table = _term(tables, int(k)).value.reshape(int(tables.n_codes[k]), -1)
        total += float(np.max(np.abs(table - table.T), initial=0.0))
    return total


def _negative(term: _Term) -> _Term:
    return term._replace(value=-term.value, missing=-term.missing)


def _largest(term: _Term) -> float:
    beyond = -np.inf if term.is_lines else 0.0
    return max(float(np.max(term.value, initial=beyond)), term.missing)


def _largest_between(term: _Term, low: Floats, high: Floats) -> Floats:
    """Return the largest value of a term on [low, high], element by element."""
    out = np.maximum(_values(term, low), _values(term, high))
    for knot in term.at:
        # A step jumps at its edge: beside it counts as well.
        around = np.array([knot, np.nextafter(knot, np.inf), np.nextafter(knot, -np.inf)])
        inside = (low <= around[1]) & (high >= around[2])
        out[inside] = np.maximum(out[inside], _values(term, around).max())
    return np.asarray(out)


def _values(term: _Term, numbers: Floats) -> Floats:
    if term.is_lines:
        return np.asarray(np.interp(numbers, term.at, term.value))
    bins = np.searchsorted(term.at[1:-1], numbers, side="left")
    return np.where((numbers < term.at[0]) | (numbers > term.at[-1]), 0.0, term.value[bins])


def _extent_km(columns: CrimeColumns) -> float:
    x, y = columns.x_m[columns.is_placed], columns.y_m[columns.is_placed]
    return float(np.hypot(np.ptp(x), np.ptp(y))) / 1000.0 if len(x) else 0.0


def _extent_days(columns: CrimeColumns) -> float:
    midpoint = columns.midpoint[columns.is_dated]
    return float(np.ptp(midpoint)) / (2 * 86_400_000_000) if len(midpoint) else 0.0


def _largest_root_share(tables: ScoreTables, km: float, columns: CrimeColumns) -> float:
    """Return how far cells of root share need reach: to the last knot, or to the largest that there can be."""
    knots = [_term(tables, int(k)).at[-1] for k in np.flatnonzero(tables.kind == NEARER)]
    densest = float(np.nanmax(columns.root_density, initial=0.0))
    return min(np.sqrt(max(knots, default=0.0) / np.pi), km * densest)
