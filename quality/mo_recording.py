"""What was recorded of each crime's MO, as matrices: a row a crime, a column an item of the standard."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from quality.frame_columns import hours_between, moments, require_columns
from quality.minimum_standard import MinimumStandard
from quality.mo_rows import MoRows


class MoRecording(NamedTuple):
    """Bool matrices, n crimes x n items.

    A cell is *expected* where the crime group asks for the item and no code waives it (not applicable, refused).
    It is *recorded* with any value, *usable* with a valid one, *specific* with a valid one that says something,
    *invalid* with one outside the list, *dated* where the time of capture and of report are known, *timely*
    where a value was captured soon enough after the report.
    """

    is_expected: np.ndarray
    is_recorded: np.ndarray
    is_usable: np.ndarray
    is_specific: np.ndarray
    is_invalid: np.ndarray
    is_dated: np.ndarray
    is_timely: np.ndarray


def mo_recording(crimes: pd.DataFrame, rows: MoRows, standard: MinimumStandard) -> MoRecording:
    """Judge every crime and item.

    Parameters
    ----------
    crimes
        Staged crimes (crime_id, crime_group, reported_at).
    rows
        The crimes' MO rows, from `mo_rows` on the same crimes.
    standard
        The minimum standard.
    """
    require_columns(crimes, ("crime_group", "reported_at"), "stg_crimes")
    n_crimes = len(crimes)
    recorded = rows.cells(rows.has_value, n_crimes)
    waived = rows.cells(rows.holds(standard.waiving_nulls), n_crimes) & ~recorded
    lag_hours = hours_between(moments(crimes["reported_at"])[rows.crime], moments(rows.captured_at))
    timely = lag_hours <= standard.limits.timely_within_hours
    return MoRecording(
        is_expected=asked(crimes["crime_group"], standard) & ~waived,
        is_recorded=recorded,
        is_usable=rows.cells(rows.is_valid, n_crimes),
        is_specific=rows.cells(rows.is_valid & ~_says_nothing(rows, standard), n_crimes),
        is_invalid=rows.cells(rows.has_value & ~rows.is_valid, n_crimes),
        is_dated=rows.cells(rows.has_value & ~np.isnan(lag_hours), n_crimes),
        is_timely=rows.cells(rows.has_value & timely, n_crimes),
    )


def asked(crime_group: pd.Series, standard: MinimumStandard) -> np.ndarray:
    """Mark the items that each crime's group asks for (bool, n crimes x n items)."""
    by_group = np.zeros((len(standard.crime_groups) + 1, len(standard.items)), dtype=bool)
    columns = {code: column for column, code in enumerate(standard.items)}
    for row, group in enumerate(standard.crime_groups):
        by_group[row, [columns[entry.item_code] for entry in standard.items_for(group)]] = True
    # position -1, of a group that the standard does not know, is the empty last row
    return by_group[pd.Index(list(standard.crime_groups)).get_indexer(pd.Index(crime_group))]


def _says_nothing(rows: MoRows, standard: MinimumStandard) -> np.ndarray:
    unspecific = np.zeros(len(rows.item), dtype=bool)
    for column, item in enumerate(standard.items.values()):
        if item.unspecific:
            unspecific |= (rows.item == column) & rows.holds(item.unspecific)
    return unspecific
