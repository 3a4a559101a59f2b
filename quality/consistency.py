"""Recorded values that cannot both be true, by the rules of the standard."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from quality.frame_columns import require_columns
from quality.minimum_standard import MinimumStandard, Side
from quality.mo_rows import MoRows


class Consistency(NamedTuple):
    """Bool matrices, n crimes x n items: could a rule be tried on the item, and did one fail."""

    is_testable: np.ndarray
    is_broken: np.ndarray


class Held(NamedTuple):
    """Bool, one entry a crime: is the side's field recorded, and does it hold what the side says."""

    is_known: np.ndarray
    is_held: np.ndarray


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
    shape = (len(crimes), len(rows.item_codes))
    found = Consistency(np.zeros(shape, dtype=bool), np.zeros(shape, dtype=bool))
    for rule in standard.consistency:
        column = rows.item_codes.index(rule.item_code)
        first, second = (_held(side, crimes, rows, properties) for side in (rule.first, rule.second))
        found.is_testable[:, column] |= first.is_known & second.is_known
        found.is_broken[:, column] |= first.is_held & second.is_held
    for column, item in enumerate(standard.items.values()):
        if item.exclusive:
            alone, others = _exclusive(column, item.exclusive, rows, len(crimes))
            found.is_testable[:, column] |= alone | others
            found.is_broken[:, column] |= alone & others
    return found


def _held(side: Side, crimes: pd.DataFrame, rows: MoRows, properties: pd.DataFrame) -> Held:
    if side.field == "is_attempt":
        values = crimes["is_attempt"].map({True: "true", False: "false"})
        return Held(values.notna().to_numpy(), _matches(values, side))
    if side.field == "property_status":
        crime = pd.Index(crimes["crime_id"]).get_indexer(pd.Index(properties["crime_id"]))
        known = properties["status"].notna().to_numpy() & (crime >= 0)
        held = known & _matches(properties["status"], side)
        return Held(_any(crime[known], len(crimes)), _any(crime[held], len(crimes)))
    usable = rows.is_valid & (rows.item == rows.item_codes.index(side.field))
    held = usable & (rows.holds(side.codes) ^ side.is_exception)
    return Held(_any(rows.crime[usable], len(crimes)), _any(rows.crime[held], len(crimes)))


def _matches(values: pd.Series, side: Side) -> np.ndarray:
    return (values.isin(side.codes).to_numpy() ^ side.is_exception) & values.notna().to_numpy()


def _exclusive(column: int, codes: tuple[str, ...], rows: MoRows, n_crimes: int) -> tuple[np.ndarray, np.ndarray]:
    usable = rows.is_valid & (rows.item == column)
    # Two exclusive codes of one crime (none found, not examined) contradict each other as well.
    counts = np.zeros(n_crimes, dtype=np.int64)
    for code in codes:
        counts += _any(rows.crime[usable & rows.holds((code,))], n_crimes)
    others = _any(rows.crime[usable & ~rows.holds(codes)], n_crimes)
    return counts > 0, others | (counts > 1)


def _any(crime: np.ndarray, n_crimes: int) -> np.ndarray:
    marked = np.zeros(n_crimes, dtype=bool)
    marked[crime] = True
    return marked
