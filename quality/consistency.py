"""Recorded values that cannot both be true, by the rules of the standard."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from quality.frame_columns import require_columns
from quality.minimum_standard import MinimumStandard
from quality.mo_rows import MoRows
from quality.sides import held, marked

SEVERAL_EXCLUSIVE = "several_exclusive"


class Consistency(NamedTuple):
    """What the rules found.

    Attributes
    ----------
    is_testable : bool matrix, n crimes x n items
        Could a rule be tried on the item.
    broken : dict of (str, str) to bool array (n crimes,)
        By item code and rule, whether the crime breaks it.
    """

    is_testable: np.ndarray
    broken: dict[tuple[str, str], np.ndarray]

    def of_item(self, item_code: str) -> dict[str, np.ndarray]:
        """Return what was found of one item, by rule."""
        return {rule: broken for (item, rule), broken in self.broken.items() if item == item_code}


def consistency(crimes: pd.DataFrame, rows: MoRows, properties: pd.DataFrame, standard: MinimumStandard) -> Consistency:
    """Try every rule on every crime where both of its sides are recorded with valid values.

    Parameters
    ----------
    crimes
        Staged crimes (crime_id, is_attempt).
    rows
        The crimes' MO rows, from `mo_rows` on the same crimes.
    properties
        Staged properties (crime_id, status); may be empty.
    standard
        The rules, and the values that exclude every other.
    """
    require_columns(crimes, ("crime_id", "is_attempt"), "stg_crimes")
    require_columns(properties, ("crime_id", "status"), "stg_properties")
    found = Consistency(np.zeros((len(rows.item_codes), len(crimes)), dtype=bool).T, {})
    for rule in standard.consistency:
        column = rows.item_codes.index(rule.item_code)
        first, second = (held(side, crimes, rows, properties) for side in (rule.first, rule.second))
        found.is_testable[:, column] |= first.is_known & second.is_known
        found.broken[rule.item_code, rule.rule] = first.is_held & second.is_held
    for column, item in enumerate(standard.items.values()):
        if item.exclusive:
            alone, others = _exclusive(column, item.exclusive, rows, len(crimes))
            found.is_testable[:, column] |= alone | others
            found.broken[item.item_code, SEVERAL_EXCLUSIVE] = alone & others
    return found


def _exclusive(column: int, codes: tuple[str, ...], rows: MoRows, n_crimes: int) -> tuple[np.ndarray, np.ndarray]:
    usable = rows.is_valid & (rows.item == column)
    # Two exclusive codes of one crime (none found, not examined) contradict each other as well.
    counts = np.zeros(n_crimes, dtype=np.int64)
    for code in codes:
        counts += marked(rows.crime[usable & rows.holds((code,))], n_crimes)
    others = marked(rows.crime[usable & ~rows.holds(codes)], n_crimes)
    return counts > 0, others | (counts > 1)
