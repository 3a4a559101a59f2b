"""How two crimes compare on one MO item: they differ, share some of several values, or agree on a common or rare one.

An agreement is graded by the rarest value that both have, for that is what tells: two who force a rear door are many,
two who come through the skylight are few.
"""

from collections.abc import Mapping

import numba
import numpy as np
import numpy.typing as npt

from linkage.item_evidence import Codes, EncodedItem, Ints

Levels = npt.NDArray[np.int8]

DIFFER, PARTIAL, AGREE_COMMON, AGREE_UNCOMMON, AGREE_RARE = 0, 1, 2, 3, 4
LEVEL_NAMES = ("differ", "partial", "agree_common", "agree_uncommon", "agree_rare")
"""Levels of a pair of crimes that both recorded the item, in the order of their numbers."""

N_LEVELS = len(LEVEL_NAMES)
UNCOMPARED, NOT_APPLICABLE = -1, -2
"""The item is missing in one of the crimes; or it is never asked of one of them, and then nothing is missing."""

COMMON_FROM, RARE_BELOW = 0.20, 0.05
"""Share of crimes from which a value is common, and below which it is rare (as `linkage.evidence_spec` has them)."""


def value_grades(item: EncodedItem, shares: Mapping[str, float]) -> Levels:
    """Return the level of an agreement on each value of an item, in the order of its names.

    Parameters
    ----------
    item : EncodedItem
    shares : mapping of value to share
        Share of the crimes with the item recorded that have the value (`linkage.rarity.value_shares`). A value that
        is not there counts as rare.
    """
    share = np.array([shares.get(value, 0.0) for value in item.names])
    grades = np.where(share >= COMMON_FROM, AGREE_COMMON, np.where(share < RARE_BELOW, AGREE_RARE, AGREE_UNCOMMON))
    return grades.astype(np.int8)


def pair_levels(item: EncodedItem, grades: Levels, first: Ints, second: Ints, code: Codes | None = None) -> Levels:
    """Return the level of each pair of crimes.

    Parameters
    ----------
    item : EncodedItem
    grades : ndarray, shape (n_values,), int8
        Of `value_grades`.
    first, second : ndarray, shape (n_pairs,), int64
        Row positions of the crimes, all of them inside the table: a compiled loop reads past its end in silence.
    code : ndarray, shape (n_crimes,), int32, optional
        Which set of values each crime has, in place of what was recorded: permuted, masked or completed.

    Returns
    -------
    ndarray, shape (n_pairs,), int8
        As `LEVEL_NAMES` number them; UNCOMPARED where the item is missing in one crime, NOT_APPLICABLE where it is
        never asked of one.
    """
    out = np.empty(len(first), dtype=np.int8)
    _fill_levels(item.code if code is None else code, item.members, item.bounds, grades, first, second, out)
    return out


@numba.njit(cache=True)
def level_of_sets(members: Ints, bounds: Ints, grades: Levels, u: int, v: int) -> int:
    """Return the level of two sets of values; a negative number is none: -1 missing, -2 not applicable, which wins."""
    if min(u, v) < 0:
        return min(u, v)
    highest, j, k = -1, bounds[u], bounds[v]
    while j < bounds[u + 1] and k < bounds[v + 1]:
        if members[j] == members[k]:
            highest = max(highest, grades[members[j]])
        step_first, step_second = members[j] <= members[k], members[k] <= members[j]
        j += step_first
        k += step_second
    if highest < 0:
        return 0
    return highest if u == v else 1


@numba.njit(cache=True)
def _fill_levels(
    code: Codes, members: Ints, bounds: Ints, grades: Levels, first: Ints, second: Ints, out: Levels
) -> None:
    for i in range(first.size):
        out[i] = level_of_sets(members, bounds, grades, code[first[i]], code[second[i]])
