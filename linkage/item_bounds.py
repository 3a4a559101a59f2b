"""What the MO items of a pair add at most, in few steps.

Crimes fall into *classes* of partners: combinations of the codes in the few columns that tell most, the crime group and
what goes with it. For each class it is known how much a partner of that class can add to a crime. The other columns
are joined while they occur in few combinations, so that a pair's items take a handful of looks into square tables,
each of which holds the sum of many terms. Everything is rounded up.
"""

from typing import NamedTuple

import numba
import numpy as np
import numpy.typing as npt

from linkage.crime_columns import CrimeColumns
from linkage.score_tables import CODES, ScoreTables

Floats = npt.NDArray[np.float64]
Singles = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]
Codes = npt.NDArray[np.uint16]

MOST_CLASSES = 1_000
"""Classes of partners: what each may add to an owner is written out for every owner, and stays in the nearest cache."""

MOST_JOINED = 768
"""Combinations of joined columns; a row of their table is read for each owner and should stay near the processor."""

_OWNERS, _PARTNERS = 32, 3_072  # crimes on which a choice of classes is tried
_SAMPLE = 50_000  # crimes on which combinations are counted
_MORE_IN_ALL = 1.5  # times as many combinations are allowed among all crimes


class ItemBounds(NamedTuple):
    """Upper bounds of what items add to the log BF of a pair.

    Attributes
    ----------
    class_of : ndarray, shape (n_crimes,), uint16
        Twice the class of a crime as a partner, and 1 more where it is solved.
    n_classes : int
        Twice the number of classes.
    joined : ndarray, shape (n_crimes, n_joined), uint16
        Which combination of codes a crime has: first in the columns that make its class, then most telling first.
    n_codes : ndarray, shape (n_joined,), int64
    table_at, best_at : ndarray, shape (n_joined,), int64
    table : ndarray, float32
        `table[table_at[k] + a * n_codes[k] + b]` is what combinations a and b add, summed over the terms.
    best : ndarray, float32
        `best[best_at[k] + a * n_classes + c]` is the most that a partner of class c adds to combination a; minus
        infinity where there is none.
    """

    class_of: Codes
    n_classes: int
    joined: Codes
    n_codes: Ints
    table_at: Ints
    table: Singles
    best_at: Ints
    best: Singles


class _Joined(NamedTuple):
    """Some columns as one: which combination of codes each crime has, and the codes of each combination."""

    columns: list[int]
    number: Ints
    codes: Codes


def item_bounds(columns: CrimeColumns, tables: ScoreTables) -> ItemBounds:
    """Return the bounds for crimes and a model."""
    coded = _tables_by_column(tables)
    of_class = _telling_columns(columns.codes, coded)
    parts = _parts(columns.codes, of_class, coded)
    squares = [_square(part, coded) for part in parts]
    classes = parts[0].number if of_class else np.zeros(len(columns.x), dtype=np.int64)
    class_of = 2 * classes + columns.is_solved
    n_classes = 2 * (int(classes.max(initial=0)) + 1)
    best = [
        _best_partners(square, part.number, class_of, n_classes) for part, square in zip(parts, squares, strict=True)
    ]
    order = _most_telling_first(parts, squares, best, class_of, keep_first=bool(of_class))
    sizes = np.array([len(squares[k]) for k in order], dtype=np.int64)
    joined = np.empty((len(columns.x), len(parts)), dtype=np.uint16)
    for place, k in enumerate(order):
        joined[:, place] = parts[k].number
    return ItemBounds(
        class_of=class_of.astype(np.uint16),
        n_classes=n_classes,
        joined=joined,
        n_codes=sizes,
        table_at=_starts(sizes**2),
        table=_flat([squares[k] for k in order]),
        best_at=_starts(sizes * n_classes),
        best=_flat([best[k] for k in order]),
    )


def rounded_up(values: Floats) -> Singles:
    """Return single-precision numbers that are no smaller."""
    singles = values.astype(np.float32)
    return np.where(singles < values, np.nextafter(singles, np.float32(np.inf)), singles)


def _tables_by_column(tables: ScoreTables) -> dict[int, Floats]:
    """Return the summed table of the terms that read each column of codes; the larger where two orders differ."""
    out: dict[int, Floats] = {}
    for k in np.flatnonzero(tables.kind == CODES):
        n, source = int(tables.n_codes[k]), int(tables.source[k])
        table = tables.value[tables.value_start[k] : tables.value_start[k + 1]].reshape(n, n)
        out[source] = out.get(source, 0.0) + np.maximum(table, table.T)
    return out


def _telling_columns(codes: Codes, coded: dict[int, Floats]) -> list[int]:
    """Return the columns whose combinations make good classes: one after another, the one that lowers bounds most."""
    if not len(codes):
        return []
    owners, partners, counted = (_spread(len(codes), most) for most in (_OWNERS, _PARTNERS, _SAMPLE))
    added = {
        one: table[np.ix_(codes[owners, one], codes[partners, one])].astype(np.float32) for one, table in coded.items()
    }
    chosen: list[int] = []
    here, all_here = np.zeros(len(partners), dtype=np.int64), np.zeros(len(counted), dtype=np.int64)
    while True:
        few = {
            one: number
            for one in coded
            if one not in chosen and (number := _combined(all_here, codes[counted, one])).max() < MOST_CLASSES
        }
        if not few:
            return chosen
        bounds = {one: _mean_bound(added, _combined(here, codes[partners, one])) for one in few}
        best = min(bounds, key=lambda one: (bounds[one], one))
        chosen.append(best)
        here, all_here = _combined(here, codes[partners, best]), few[best]


def _mean_bound(added: dict[int, Singles], classes: Ints) -> float:
    """Return the mean over pairs of what a partner of the class could add."""
    order = np.argsort(classes, kind="stable")
    starts = np.flatnonzero(np.append(True, np.diff(classes[order]) != 0))
    share = np.diff(np.append(starts, len(classes))) / len(classes)
    return sum(float(np.mean(np.maximum.reduceat(one[:, order], starts, axis=1) @ share)) for one in added.values())


def _parts(codes: Codes, of_class: list[int], coded: dict[int, Floats]) -> list[_Joined]:
    """Join the columns that make the class to one part, and the others while they occur in few combinations."""
    counted = codes[_spread(len(codes), _SAMPLE)]
    groups = [[one] for one in coded if one not in of_class]
    numbers = [counted[:, one].astype(np.int64) for (one,) in groups]
    while len(groups) > 1:
        pairs = [(i, j) for i in range(len(groups)) for j in range(i)]
        n_each = [len(np.unique(_key(numbers[i], numbers[j]))) for i, j in pairs]
        i, j = pairs[int(np.argmin(n_each))]
        if min(n_each) > MOST_JOINED:
            break
        groups[j] += groups.pop(i)
        numbers[j] = _combined(numbers[j], numbers.pop(i))
    classes = [_numbered(codes, of_class)] if of_class else []
    return classes + [part for group in groups for part in _few_enough(codes, group)]


def _few_enough(codes: Codes, group: list[int]) -> list[_Joined]:
    """Return the columns as one, or as two where all crimes have too many combinations, which a sample cannot show."""
    part = _numbered(codes, group)
    if len(part.codes) > _MORE_IN_ALL * MOST_JOINED and len(group) > 1:
        half = len(group) // 2
        return _few_enough(codes, group[:half]) + _few_enough(codes, group[half:])
    return [part]


def _numbered(codes: Codes, group: list[int]) -> _Joined:
    number = np.zeros(len(codes), dtype=np.int64)
    for one in group:
        number = _combined(number, codes[:, one])
    _, first = np.unique(number, return_index=True)
    return _Joined(group, number, codes[first][:, group])


def _key(one: Ints, other: Ints | Codes) -> Ints:
    return one * (int(other.max(initial=0)) + 1) + other


def _combined(one: Ints, other: Ints | Codes) -> Ints:
    """Return a number for each combination of two numbers, from 0 without gaps."""
    key = _key(one, other)
    size = int(key.max(initial=0)) + 1
    if size > 4 * len(key) + 1024:
        return np.unique(key, return_inverse=True)[1].astype(np.int64)
    # Counting places is many times faster than sorting a million keys.
    is_there = np.zeros(size, dtype=np.bool_)
    is_there[key] = True
    return (np.cumsum(is_there) - 1)[key]


def _spread(n: int, most: int) -> Ints:
    """Return rows spread evenly over a table."""
    return np.unique(np.linspace(0, n - 1, min(n, most)).astype(np.int64))


def _square(part: _Joined, coded: dict[int, Floats]) -> Singles:
    total = np.zeros((len(part.codes), len(part.codes)))
    for place, column in enumerate(part.columns):
        total += coded[column][np.ix_(part.codes[:, place], part.codes[:, place])]
    return rounded_up(total)


def _best_partners(square: Singles, number: Ints, class_of: Ints, n_classes: int) -> Singles:
    """Return the most that partners of each class add to each combination."""
    present = np.unique(class_of * len(square) + number)
    best = np.full((n_classes, len(square)), -np.inf, dtype=np.float32)
    _raise_to(present // max(len(square), 1), present % max(len(square), 1), square, best)
    return np.ascontiguousarray(best.T)


@numba.njit(cache=True, nogil=True)
def _raise_to(class_of, number, square, best):  # type: ignore[no-untyped-def]  # compiled
    for p in range(number.size):
        for a in range(square.shape[0]):
            best[class_of[p], a] = max(best[class_of[p], a], square[number[p], a])


def _most_telling_first(
    parts: list[_Joined], squares: list[Singles], best: list[Singles], class_of: Ints, keep_first: bool
) -> list[int]:
    """Order the parts by how much looking one up lowers the bound, in the mean over pairs; the class stays first."""
    if not len(class_of):
        return list(range(len(parts)))
    owners, partners = _spread(len(class_of), _OWNERS), _spread(len(class_of), _PARTNERS)
    falls = []
    for part, square, most in zip(parts, squares, best, strict=True):
        own = part.number[owners]
        falls.append(float(np.mean(most[np.ix_(own, class_of[partners])] - square[np.ix_(own, part.number[partners])])))
    if keep_first:
        falls[0] = np.inf
    return [int(k) for k in np.argsort(-np.array(falls), kind="stable")]


def _starts(lengths: Ints) -> Ints:
    return np.cumsum(np.append(0, lengths[:-1]), dtype=np.int64) if len(lengths) else np.empty(0, dtype=np.int64)


def _flat(parts: list[Singles]) -> Singles:
    return np.concatenate([np.empty(0, np.float32), *(part.ravel() for part in parts)]).astype(np.float32)
