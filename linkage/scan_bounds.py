"""How strong a pair can be at most, from little: what lets a scan leave most pairs after a few sums, and lose none.

Space and time give the first bound: the largest value of the model's term in a narrow cell of distance, or of gap.
What the MO items add is bounded by the best partner that a crime could have. Items are then looked up a few at a time:
columns of codes that occur in few combinations are joined to one, whose square table holds the sum of their terms. Each
bound is rounded up, so that a pair whose bound falls short of a threshold does so itself.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from linkage.crime_columns import CrimeColumns
from linkage.score_tables import CODES, DISTANCE, GAP, NEARER, ScoreTables

Floats = npt.NDArray[np.float64]
Singles = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]
Codes = npt.NDArray[np.uint16]
Classes = npt.NDArray[np.uint8]

N_CELLS = 1_024
"""Cells of distance, and of gap, in which a term's largest value is kept: all of them fit the nearest cache."""

MOST_JOINED = 768
"""Combinations of joined columns; a row of their table is read for each crime and should stay near the processor."""

MOST_CLASSES = 32
"""Values of the column that sorts crimes into classes of partners, each with its own bound."""

SLACK = 1e-6
"""Added to every bound, in nats: more than the rounding of sums of bounds, far less than would cost time."""

_BLUR = 0.02  # of a cell: what single precision may move a distance or a gap by, and more
_SAMPLE_OWNERS, _SAMPLE_PARTNERS, _SAMPLE_JOINED = 128, 512, 20_000


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
    """Upper bounds of a model's parts for the crimes of a force.

    Attributes
    ----------
    base : float
        Log BF that every pair starts with, and `SLACK`.
    distance, share, gap : NumberBound
        Of distance in km; of nearer share, by its root over that of pi; of the difference of midpoints in days.
    crowding : ndarray, shape (n_crimes,), float32
        Square root of `CrimeColumns.root_density`: distance times those of both crimes is the root of share / pi.
    late, late_fall : float
        The largest sum of all terms that are not bounded further, times of day and week and numbers, and by how much
        they may fall short of it.
    class_of : ndarray, shape (n_crimes,), uint8
        Twice the class of a crime as a partner, and 1 more where it is solved.
    n_classes : int
        Twice the number of classes.
    joined : ndarray, shape (n_crimes, n_joined), uint16
        Which combination of codes a crime has, most telling joined column first.
    n_codes : ndarray, shape (n_joined,), int64
    table_at, best_at : ndarray, shape (n_joined,), int64
    table : ndarray, float32
        `table[table_at[k] + a * n_codes[k] + b]` is the summed log BF of combinations a and b, rounded up.
    best : ndarray, float32
        `best[best_at[k] + a * n_classes + c]` is the most that a partner of class c gives to combination a.
    """

    base: float
    distance: NumberBound
    share: NumberBound
    gap: NumberBound
    crowding: Singles
    late: float
    late_fall: float
    class_of: Classes
    n_classes: int
    joined: Codes
    n_codes: Ints
    table_at: Ints
    table: Singles
    best_at: Ints
    best: Singles


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
    coded = _coded_columns(columns, tables)
    classes = _classes(columns.codes, coded)
    joined, members = _joined(columns.codes, sorted(coded))
    own = [_joined_table(member, codes, coded) for member, codes in members]
    class_of = (2 * classes + columns.is_solved).astype(np.uint8)
    n_classes = 2 * (int(classes.max(initial=0)) + 1)
    best = [_best_partners(table, joined[:, k], class_of, n_classes) for k, table in enumerate(own)]
    order = _most_telling_first(own, best, joined, class_of)
    sizes = np.array([len(own[k]) for k in order], dtype=np.int64)
    return ScanBounds(
        base=tables.base + SLACK,
        distance=distance,
        share=share,
        gap=gap,
        crowding=np.sqrt(columns.root_density if has_density else np.zeros(len(columns.x))).astype(np.float32),
        late=float(late),
        late_fall=float(late + sum(_largest(_negative(term)) for term in late_terms)) + _rounding(tables),
        class_of=class_of,
        n_classes=n_classes,
        joined=np.ascontiguousarray(joined[:, order]),
        n_codes=sizes,
        table_at=_starts(sizes**2),
        table=_flat([own[k] for k in order]),
        best_at=_starts(sizes * n_classes),
        best=_flat([best[k] for k in order]),
    )


def rounded_up(values: Floats) -> Singles:
    """Return single-precision numbers that are no smaller."""
    singles = values.astype(np.float32)
    return np.where(singles < values, np.nextafter(singles, np.float32(np.inf)), singles)


def _bound(tables: ScoreTables, kind: int, farthest: float, longest: float = 0.0) -> NumberBound:
    """Sum the largest values, cell by cell, of the terms that read one kind of number."""
    largest, smallest = np.zeros(N_CELLS), np.zeros(N_CELLS)
    per_unit = (N_CELLS - 1) / max(farthest, 1e-9)
    low = np.maximum(np.arange(N_CELLS) - _BLUR, 0.0) / per_unit
    high = (np.arange(N_CELLS) + 1.0 + _BLUR) / per_unit
    high[-1] = np.inf
    if kind == NEARER:
        low, high = np.pi * low * low, np.pi * high * high
    # Two intervals that do not overlap are as far apart as their middles; others farther, up to half their lengths.
    highest = np.maximum(high, np.minimum(high + 0.5 * longest, longest))
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
    """Return by how much rounding, and tables that depend on the order of a pair, may raise a bound, and `SLACK`."""
    total = 2.0 * SLACK
    for k in range(len(tables.kind)):
        term = _term(tables, k)
        total += 1e-6 * float(np.max(np.abs(term.value), initial=0.0))
        if tables.kind[k] == CODES:
            table = term.value.reshape(int(tables.n_codes[k]), -1)
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


def _coded_columns(columns: CrimeColumns, tables: ScoreTables) -> dict[int, Floats]:
    """Return the summed table of the terms that read each column of codes; the larger where two orders differ."""
    out: dict[int, Floats] = {}
    for k in np.flatnonzero(tables.kind == CODES):
        n, source = int(tables.n_codes[k]), int(tables.source[k])
        table = _term(tables, int(k)).value.reshape(n, n)
        out[source] = out.get(source, 0.0) + np.maximum(table, table.T)
    return out


def _classes(codes: Codes, coded: dict[int, Floats]) -> Ints:
    """Return the class of each crime as a partner: its code in the column that bounds the items best."""
    n = len(codes)
    candidates = [source for source in coded if n and len(np.unique(codes[:, source])) <= MOST_CLASSES]
    if not candidates:
        return np.zeros(n, dtype=np.int64)
    owners, partners = _spread(n, _SAMPLE_OWNERS), _spread(n, _SAMPLE_PARTNERS)
    given = [table[np.ix_(codes[owners, source], codes[partners, source])] for source, table in coded.items()]
    mean_bounds = [_mean_bound(given, codes[partners, source]) for source in candidates]
    chosen = candidates[int(np.argmin(mean_bounds))]
    return np.unique(codes[:, chosen], return_inverse=True)[1].astype(np.int64)


def _mean_bound(given: list[Floats], classes: Codes) -> float:
    order = np.argsort(classes, kind="stable")
    starts = np.flatnonzero(np.append(True, np.diff(classes[order].astype(np.int64)) != 0))
    weight = np.diff(np.append(starts, len(classes)))
    return sum(float(np.mean(np.maximum.reduceat(table[:, order], starts, axis=1) @ weight)) for table in given) / len(
        classes
    )


def _spread(n: int, most: int) -> Ints:
    """Return rows spread evenly over a table."""
    return np.unique(np.linspace(0, n - 1, min(n, most)).astype(np.int64))


def _joined(codes: Codes, sources: list[int]) -> tuple[Codes, list[tuple[list[int], Codes]]]:
    """Join columns of codes while they occur in few combinations.

    Returns
    -------
    joined : ndarray, shape (n_crimes, n_joined), uint16
    members : list of (columns that are joined, their codes in each combination)
    """
    sample = codes[_spread(len(codes), _SAMPLE_JOINED)]
    groups = [[source] for source in sources]
    numbers = [sample[:, source].astype(np.int64) for source in sources]
    while len(groups) > 1:
        pairs = [(i, j) for i in range(len(groups)) for j in range(i)]
        counts = [_n_combinations(numbers[i], numbers[j]) for i, j in pairs]
        i, j = pairs[int(np.argmin(counts))]
        if min(counts) > MOST_JOINED // 2:  # all crimes have more combinations than a sample
            break
        groups[j] += groups.pop(i)
        numbers[j] = _combined(numbers[j], numbers.pop(i))
    parts = [part for group in groups for part in _few_enough(codes, group)]
    joined = np.empty((len(codes), len(parts)), dtype=np.uint16)
    for k, (_, number, _) in enumerate(parts):
        joined[:, k] = number
    return joined, [(group, distinct) for group, _, distinct in parts]


def _few_enough(codes: Codes, group: list[int]) -> list[tuple[list[int], Ints, Codes]]:
    """Give numbers to the combinations of a group of columns; halve the group where all crimes have too many."""
    number = codes[:, group[0]].astype(np.int64)
    for source in group[1:]:
        number = _combined(number, codes[:, source].astype(np.int64))
    distinct, first, number = np.unique(number, return_index=True, return_inverse=True)
    if len(distinct) > 2 * MOST_JOINED and len(group) > 1:
        half = len(group) // 2
        return _few_enough(codes, group[:half]) + _few_enough(codes, group[half:])
    return [(group, number, codes[first][:, group])]


def _combined(one: Ints, other: Ints) -> Ints:
    return np.unique(one * (int(other.max(initial=0)) + 1) + other, return_inverse=True)[1].astype(np.int64)


def _n_combinations(one: Ints, other: Ints) -> int:
    return len(np.unique(one * (int(other.max(initial=0)) + 1) + other))


def _joined_table(group: list[int], codes: Codes, coded: dict[int, Floats]) -> Singles:
    total = np.zeros((len(codes), len(codes)))
    for place, source in enumerate(group):
        total += coded[source][np.ix_(codes[:, place], codes[:, place])]
    return rounded_up(total)


def _best_partners(table: Singles, code: Codes, class_of: Classes, n_classes: int) -> Singles:
    """Return the most that partners of each class give to each combination; minus infinity where there are none."""
    best = np.full((len(table), n_classes), -np.inf, dtype=np.float32)
    for one in range(n_classes):
        present = np.unique(code[class_of == one])
        if len(present):
            best[:, one] = table[:, present].max(axis=1)
    return best


def _most_telling_first(own: list[Singles], best: list[Singles], joined: Codes, class_of: Classes) -> list[int]:
    """Order joined columns by how much looking one up lowers the bound, in the mean over pairs."""
    if not len(joined):
        return list(range(len(own)))
    owners, partners = _spread(len(joined), _SAMPLE_OWNERS), _spread(len(joined), _SAMPLE_PARTNERS)
    falls = [
        float(
            np.mean(
                best[k][np.ix_(joined[owners, k], class_of[partners])]
                - table[np.ix_(joined[owners, k], joined[partners, k])]
            )
        )
        for k, table in enumerate(own)
    ]
    return [int(k) for k in np.argsort(-np.array(falls), kind="stable")]


def _starts(lengths: Ints) -> Ints:
    return np.cumsum(np.append(0, lengths[:-1]), dtype=np.int64) if len(lengths) else np.empty(0, dtype=np.int64)


def _flat(parts: list[Singles]) -> Singles:
    return np.concatenate([np.empty(0, np.float32), *(part.ravel() for part in parts)]).astype(np.float32)
