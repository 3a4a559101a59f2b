"""What two recorded values of one MO item say about a pair: match, differ, missing, or a share of sets in common."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numba
import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Codes = npt.NDArray[np.int32]

DIFFER, MATCH, MISSING, NOT_APPLICABLE = "differ", "match", "missing", "not_applicable"
LEVELS = (DIFFER, MATCH, MISSING, NOT_APPLICABLE)
"""Levels of a match column, in the order of their codes."""

NULL_CODES = frozenset({"not_recorded", "unknown", "refused"})
"""Values that say nothing: two victims who do not know are no match."""

_MISSING, _NOT_APPLICABLE = -1, -2


class ItemError(ValueError):
    """An MO item holds what its kind of comparison cannot compare."""


class EncodedItem(NamedTuple):
    """One MO item of all crimes as numbers.

    Attributes
    ----------
    code : ndarray, shape (n_crimes,), int32
        Which of the distinct recorded sets a crime has; -1 missing, -2 not applicable.
    members : ndarray, int64
        Values of each set, ascending, set after set.
    bounds : ndarray, shape (n_sets + 1,), int64
        Where each set begins in `members`.
    names : tuple of str
        The distinct values, ascending; `members` points here.
    """

    code: Codes
    members: Ints
    bounds: Ints
    names: tuple[str, ...]

    @property
    def is_single(self) -> bool:
        """Whether no crime has more than one value."""
        return len(self.members) == len(self.bounds) - 1


def encode_item(column: pd.Series) -> EncodedItem:
    """Give the values of an MO item numbers; a cell may hold one value or a tuple, list, set or array of them."""
    cells = column.to_numpy(dtype=object)
    try:
        rows, distinct = pd.factorize(cells, use_na_sentinel=True)
    except TypeError:  # lists and arrays cannot be hashed
        rows, distinct = pd.factorize(_hashable(cells), use_na_sentinel=True)
    sets = [_recorded(cell) for cell in distinct]
    known = sorted({one for one in sets if isinstance(one, tuple)})
    number: dict[object, int] = {one: i for i, one in enumerate(known)}
    number |= {MISSING: _MISSING, NOT_APPLICABLE: _NOT_APPLICABLE}
    code = np.array([*(number[one] for one in sets), _MISSING], dtype=np.int32)[rows]
    values = sorted({value for one in known for value in one})
    place = {value: i for i, value in enumerate(values)}
    members = np.array([place[value] for one in known for value in one], dtype=np.int64)
    bounds = np.cumsum([0, *(len(one) for one in known)], dtype=np.int64)
    return EncodedItem(code, members, bounds, tuple(values))


def match_levels(item: EncodedItem, first: Ints, second: Ints, missing_may_match: bool) -> pd.Categorical:
    """Return the level of each pair: sets that share a value match.

    Parameters
    ----------
    item : EncodedItem
    first, second : ndarray, shape (n_pairs,), int64
        Row positions of the crimes.
    missing_may_match : bool
        True: two missing values match and one missing differs, as in the published package. False: missing on
        either side is a level of its own.
    """
    out = np.empty(len(first), dtype=np.int8)
    if item.is_single:
        _fill_matches(item.code, first, second, out)
    else:
        shared = np.empty(len(first))
        _fill_overlaps(item.code, item.members, item.bounds, np.ones(len(item.names)), first, second, shared)
        _fill_matches(item.code, first, second, out)
        out[shared > 0] = 1
    if missing_may_match:
        both = item.code[first] == item.code[second]
        out = np.where(out == 2, both.astype(np.int8), out)
    return pd.Categorical.from_codes(out, categories=pd.Index(LEVELS, dtype=object))


def value_pair_levels(item: EncodedItem, first: Ints, second: Ints, name: str) -> pd.Categorical:
    """Return the unordered pair of values of each pair as `a:b`, a <= b; `missing` where either is.

    Raises
    ------
    ItemError
        A crime has several values of the item.
    """
    if not item.is_single:
        raise ItemError(
            f"{name}: expected one value a crime to pair values, got several; compare it by overlap, "
            "or use match='match-or-missing'"
        )
    n = len(item.names)
    low, high = np.minimum(item.code[first], item.code[second]), np.maximum(item.code[first], item.code[second])
    key = np.where(low >= 0, low.astype(np.int64) * n + high, low)
    position, found = pd.factorize(key)
    label = [_pair_label(int(one), item.names) for one in found]
    order = sorted(range(len(label)), key=label.__getitem__)
    rank = np.empty(len(label), dtype=np.int64)
    rank[order] = np.arange(len(label))
    return pd.Categorical.from_codes(rank[position], categories=pd.Index([label[i] for i in order], dtype=object))


def overlaps(item: EncodedItem, first: Ints, second: Ints, weights: Mapping[str, float]) -> Floats:
    """Return the weighted Jaccard overlap of each pair's values, in [0, 1], NaN where either is missing.

    A value without a weight weighs as much as the heaviest, for it was never seen; no weights at all weigh 1.
    """
    heaviest = max(weights.values(), default=1.0)
    weight = np.array([weights.get(value, heaviest) for value in item.names], dtype=np.float64)
    out = np.empty(len(first))
    _fill_overlaps(item.code, item.members, item.bounds, weight, first, second, out)
    return out


def rarity_weights(column: pd.Series) -> dict[str, float]:
    """Return log((n + 1) / n_v) of each value v, of n crimes with the item recorded and n_v with that value."""
    item = encode_item(column)
    n_crimes_of_set = np.bincount(item.code[item.code >= 0], minlength=len(item.bounds) - 1)
    n_recorded = int(n_crimes_of_set.sum())
    of_member = np.repeat(n_crimes_of_set, np.diff(item.bounds))
    counts = np.bincount(item.members, weights=of_member, minlength=len(item.names))
    return {value: float(np.log((n_recorded + 1) / n)) for value, n in zip(item.names, counts, strict=True)}


def _hashable(cells: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    out = np.empty(len(cells), dtype=object)
    for i, cell in enumerate(cells):
        out[i] = tuple(cell) if _is_collection(cell) else cell
    return out


def _is_collection(cell: object) -> bool:
    return isinstance(cell, Iterable) and not isinstance(cell, str)


def _recorded(cell: object) -> tuple[str, ...] | str:
    """Return the values of a cell in order, or the word for a cell that holds none."""
    parts: Iterable[object] = cell if _is_collection(cell) else (cell,)  # type: ignore[assignment]  # just tested
    values = {str(part) for part in parts if not _is_null(part)} - NULL_CODES
    recorded = tuple(sorted(values - {NOT_APPLICABLE}))
    if recorded:
        return recorded
    return NOT_APPLICABLE if values else MISSING


def _is_null(part: object) -> bool:
    return part is None or part is pd.NA or part is pd.NaT or part != part  # NaN differs from itself


def _pair_label(key: int, values: tuple[str, ...]) -> str:
    if key < 0:
        return NOT_APPLICABLE if key == _NOT_APPLICABLE else MISSING
    return f"{values[key // len(values)]}:{values[key % len(values)]}"


@numba.njit(cache=True)
def _fill_matches(code: Codes, first: Ints, second: Ints, out: npt.NDArray[np.int8]) -> None:
    for i in range(first.size):
        u, v = code[first[i]], code[second[i]]
        if min(u, v) < 0:
            out[i] = 1 - min(u, v)  # missing (-1) is level 2, not applicable (-2) level 3 and wins
        else:
            out[i] = 1 if u == v else 0


@numba.njit(cache=True)
def _fill_overlaps(
    code: Codes, members: Ints, bounds: Ints, weight: Floats, first: Ints, second: Ints, out: Floats
) -> None:
    for i in range(first.size):
        u, v = code[first[i]], code[second[i]]
        if min(u, v) < 0:
            out[i] = np.nan
            continue
        j, k, shared, united = bounds[u], bounds[v], 0.0, 0.0
        while j < bounds[u + 1] or k < bounds[v + 1]:
            take_first = k == bounds[v + 1] or (j < bounds[u + 1] and members[j] <= members[k])
            take_second = j == bounds[u + 1] or (k < bounds[v + 1] and members[k] <= members[j])
            united += weight[members[j]] if take_first else weight[members[k]]
            if take_first and take_second:
                shared += weight[members[j]]
            j += take_first
            k += take_second
        out[i] = shared / united
