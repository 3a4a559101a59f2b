"""Whether a side of a rule or a condition holds for each crime, as far as its field was recorded."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from quality.minimum_standard import Side
from quality.mo_rows import MoRows, positions


class Held(NamedTuple):
    """Bool, one entry a crime: is the side's field recorded, and does it hold what the side says."""

    is_known: np.ndarray
    is_held: np.ndarray


def held(side: Side, crimes: pd.DataFrame, rows: MoRows, properties: pd.DataFrame) -> Held:
    """Judge one side on every crime.

    Parameters
    ----------
    side
        Its field is an MO item, `is_attempt` or `property_status`.
    crimes
        Staged crimes (crime_id, is_attempt).
    rows
        The crimes' MO rows, from `mo_rows` on the same crimes.
    properties
        Staged properties (crime_id, status).
    """
    if side.field == "is_attempt":
        values = crimes["is_attempt"].map({True: "true", False: "false"})
        return Held(values.notna().to_numpy(), _matches(values, side))
    if side.field == "property_status":
        crime = positions(pd.Index(crimes["crime_id"]), properties["crime_id"])
        known = properties["status"].notna().to_numpy() & (crime >= 0)
        is_held = known & _matches(properties["status"], side)
        return Held(marked(crime[known], len(crimes)), marked(crime[is_held], len(crimes)))
    usable = rows.is_valid & (rows.item == rows.item_codes.index(side.field))
    is_held = usable & (rows.holds(side.codes) ^ side.is_exception)
    return Held(marked(rows.crime[usable], len(crimes)), marked(rows.crime[is_held], len(crimes)))


def marked(crime: np.ndarray, n_crimes: int) -> np.ndarray:
    """Mark the crimes at the positions given (bool, one entry a crime)."""
    found = np.zeros(n_crimes, dtype=bool)
    found[crime] = True
    return found


def _matches(values: pd.Series, side: Side) -> np.ndarray:
    return (values.isin(side.codes).to_numpy() ^ side.is_exception) & values.notna().to_numpy()
