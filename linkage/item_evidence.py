"""What two recorded values of one MO item say about a pair: match, differ, missing, or a share of sets in common."""

import math
from collections.abc import Iterable, Mapping
from functools import lru_cache
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

MOST_PAIRED_VALUES = 1_000
"""Values of an item whose pairs can be levels: half a million of them; no training set fills more."""

_MISSING, _NOT_APPLICABLE = -1, -2
_MATCH_LEVELS = pd.CategoricalDtype(pd.Index(LEVELS, dtype=object))


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
        _fill_set_matches(item.code, item.members, item.bounds, np.ones(len(item.names)), first, second, out)
    if missing_may_match:
        both = item.code[first] == item.code[second]
        out = np.where(out == LEVELS.index(MISSING), both.astype(np.int8), out)
    return pd.Categorical.from_codes(out, dtype=_MATCH_LEVELS)


def value_pair_levels(item: EncodedItem, first: Ints, second: Ints, name: str) -> pd.Categorical:
    """Return the unordered pair of values of each pair as `a:b`, a <= b; `missing` or `not_applicable` where either is.

    The categories are all pairs of the item's values, so that every chunk of pairs of the same crimes has the same.

    Raises
    ------
    ItemError
        A crime has several values of the item, or the item has too many.
    """
    if not item.is_single:
        raise ItemError(
            f"{name}: expected one value a crime to pair values, got several; compare it by overlap, "
            "or use match='match-or-missing'"
        )
    if len(item.names) > MOST_PAIRED_VALUES:
        raise ItemError(
            f"{name}: expected at most {MOST_PAIRED_VALUES} values to pair them, got {len(item.names)}; "
            "group the values, or use match='rarity'"
        )
    levels, level_of_pair = _value_pairs(item.names)
    out = np.empty(len(first), dtype=np.int32)
    _fill_value_pairs(item.code, level_of_pair, len(levels.categories), first, second, out)
    return pd.Categorical.from_codes(out, dtype=levels)


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
    counts, n_recorded = crimes_per_value(item)
    return {value: float(np.log((n_recorded + 1) / n)) for value, n in zip(item.names, counts, strict=True)}


def crimes_per_value(item: EncodedItem) -> tuple[Floats, int]:
    """Return how many crimes have each value, in the order of the names, and how many have the item recorded."""
    n_crimes_of_set = np.bincount(item.code[item.code >= 0], minlength=len(item.bounds) - 1)
    of_member = np.repeat(n_crimes_of_set, np.diff(item.bounds))
    counts = np.bincount(item.members, weights=of_member, minlength=len(item.names))
    return counts.astype(np.float64), int(n_crimes_of_set.sum())


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


@lru_cache(maxsize=64)
def _value_pairs(names: tuple[str, ...]) -> tuple[pd.CategoricalDtype, npt.NDArray[np.int32]]:
    """Return the levels of all pairs of values, missing and not applicable last, and the level of each pair."""
    label = [[f"{min(a, b)}:{max(a, b)}" for b in names] for a in names]
    # A value may hold a colon, so that two pairs may read alike: they share a level.
    levels = [*sorted({one for row in label for one in row}), MISSING, NOT_APPLICABLE]
    place = {one: i for i, one in enumerate(levels)}
    level_of_pair = np.array([[place[one] for one in row] for row in label], dtype=np.int32)
    return pd.CategoricalDtype(pd.Index(levels, dtype=object)), level_of_pair.reshape(len(names), len(names))


@numba.njit(cache=True)
def _fill_matches(code: Codes, first: Ints, second: Ints, out: npt.NDArray[np.int8]) -> None:
    for i in range(first.size):
        u, v = code[first[i]], code[second[i]]
        if min(u, v) < 0:
            out[i] = 1 - min(u, v)  # missing (-1) is level 2, not applicable (-2) level 3 and wins
        else:
            out[i] = 1 if u == v else 0


@numba.njit(cache=True)
def _fill_set_matches(
    code: Codes, members: Ints, bounds: Ints, weight: Floats, first: Ints, second: Ints, out: npt.NDArray[np.int8]
) -> None:
    for i in range(first.size):
        u, v = code[first[i]], code[second[i]]
        if min(u, v) < 0:
            out[i] = 1 - min(u, v)  # as in _fill_matches
        else:
            out[i] = 1 if rarest_shared(members, bounds, weight, u, v) < math.inf else 0


@numba.njit(cache=True)
def _fill_value_pairs(
    code: Codes,
    level_of_pair: npt.NDArray[np.int32],
    n_levels: int,
    first: Ints,
    second: Ints,
    out: npt.NDArray[np.int32],
) -> None:
    for i in range(first.size):
        u, v = code[first[i]], code[second[i]]
        if min(u, v) < 0:
            out[i] = n_levels - 3 - min(u, v)  # missing (-1) is the last but one, not applicable (-2) the last
        else:
            out[i] = level_of_pair[u, v]


@numba.njit(cache=True)
def rarest_shared(members: Ints, bounds: Ints, share: Floats, u: int, v: int) -> float:
    """Return the smallest share of a value that sets u and v both hold, infinity where they have none in common."""
    j, k, rarest = bounds[u], bounds[v], math.inf
    while j < bounds[u + 1] and k < bounds[v + 1]:
        if members[j] == members[k]:
            rarest = min(rarest, share[members[j]])
        step_first, step_second = members[j] <= members[k], members[k] <= members[j]
        j += step_first
        k += step_second
    return rarest


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
