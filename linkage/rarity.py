"""How much a shared value says: two masked burglars are common, two who cut the same skylight are not.

The share of a value is that of the crimes which have it, among those with the item recorded. A value never seen when
the shares were learned counts as the rarest that was.
"""

import math
from collections.abc import Mapping

import numba
import numpy as np
import numpy.typing as npt
import pandas as pd

from linkage.item_evidence import (
    DIFFER,
    MISSING,
    NOT_APPLICABLE,
    Codes,
    EncodedItem,
    Floats,
    Ints,
    crimes_per_value,
    encode_item,
    rarest_shared,
)

GRADED_LEVELS = pd.CategoricalDtype([DIFFER, "match_common", "match_uncommon", "match_rare", MISSING, NOT_APPLICABLE])
"""Levels of a match column that is graded by rarity, in the order of their codes."""

_COMMON, _UNCOMMON, _RARE, _MISSING_LEVEL = 1, 2, 3, 4


def value_shares(column: pd.Series) -> dict[str, float]:
    """Return the share of crimes that have each value, of those with the item recorded; several values may add to > 1.

    Parameters
    ----------
    column : Series
        One cell a crime: a value, or a tuple, list, set or array of values.
    """
    item = encode_item(column)
    counts, n_recorded = crimes_per_value(item)
    return {value: float(n / n_recorded) for value, n in zip(item.names, counts, strict=True)}


def graded_levels(
    item: EncodedItem,
    first: Ints,
    second: Ints,
    shares: Mapping[str, float],
    common_from: float,
    rare_below: float,
) -> pd.Categorical:
    """Return the level of each pair, a match graded by the rarest value that both have.

    Parameters
    ----------
    item : EncodedItem
    first, second : ndarray, shape (n_pairs,), int64
        Row positions of the crimes.
    shares : mapping of value to share
    common_from, rare_below : float
        A share of `common_from` or more is common, one below `rare_below` rare, any between uncommon.
    """
    out = np.empty(len(first), dtype=np.int8)
    share = _share_of_each(item, shares)
    _fill_graded(item.code, item.members, item.bounds, share, common_from, rare_below, first, second, out)
    return pd.Categorical.from_codes(out, dtype=GRADED_LEVELS)


def agreements(item: EncodedItem, first: Ints, second: Ints, shares: Mapping[str, float]) -> Floats:
    """Return -ln of the share of the rarest value that both crimes of a pair have.

    Returns
    -------
    ndarray, shape (n_pairs,), float64, nats
        0 where the values differ, NaN where either is missing or not applicable.
    """
    out = np.empty(len(first))
    _fill_agreements(item.code, item.members, item.bounds, _share_of_each(item, shares), first, second, out)
    return out


def _share_of_each(item: EncodedItem, shares: Mapping[str, float]) -> Floats:
    rarest = min(shares.values(), default=1.0)
    return np.array([shares.get(value, rarest) for value in item.names], dtype=np.float64)


@numba.njit(cache=True)
def _fill_graded(
    code: Codes,
    members: Ints,
    bounds: Ints,
    share: Floats,
    common_from: float,
    rare_below: float,
    first: Ints,
    second: Ints,
    out: npt.NDArray[np.int8],
) -> None:
    for i in range(first.size):
        u, v = code[first[i]], code[second[i]]
        if min(u, v) < 0:
            out[i] = _MISSING_LEVEL - 1 - min(u, v)  # missing (-1) is level 4, not applicable (-2) level 5 and wins
            continue
        rarest = rarest_shared(members, bounds, share, u, v)
        if rarest == math.inf:
            out[i] = 0
        elif rarest >= common_from:
            out[i] = _COMMON
        else:
            out[i] = _RARE if rarest < rare_below else _UNCOMMON


@numba.njit(cache=True)
def _fill_agreements(
    code: Codes, members: Ints, bounds: Ints, share: Floats, first: Ints, second: Ints, out: Floats
) -> None:
    for i in range(first.size):
        u, v = code[first[i]], code[second[i]]
        if min(u, v) < 0:
            out[i] = np.nan
            continue
        rarest = rarest_shared(members, bounds, share, u, v)
        out[i] = 0.0 if rarest == math.inf else 0.0 - math.log(rarest)  # never -0.0
