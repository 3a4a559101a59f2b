"""What was recorded of each crime's MO, as matrices: a row a crime, a column an item of the standard."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from quality.frame_columns import hours_between, moments, require_columns
from quality.minimum_standard import MinimumStandard
from quality.mo_rows import MoRows, positions
from quality.sides import held

NULL_CODES = ("not_recorded", "unknown", "not_applicable", "refused")
TEXT_COLUMNS = ("crime_id", "item_code", "value_code")


class MoRecording(NamedTuple):
    """Bool matrices, n crimes x n items.

    A cell is *asked* where the crime's group asks for the item, on trial or not, and its condition is not known to
    fail; *expected* where the group expects it as well and no code waives it (not applicable, refused), *waived* where
    one does. A recorded value makes a condition that fails, or a waiving code beside it, count for nothing. It is
    *recorded* with any value, *usable* with a valid one, *specific* with a valid one that says something, *invalid*
    with one outside the list, *told* where the crime's text says it, *dated* where the time of capture and of report
    are known, *timely* where a value was captured soon enough after the report. `nulls` holds, by null code, the cells
    with that code and no value.
    """

    is_asked: np.ndarray
    is_expected: np.ndarray
    is_waived: np.ndarray
    is_recorded: np.ndarray
    is_usable: np.ndarray
    is_specific: np.ndarray
    is_invalid: np.ndarray
    is_told: np.ndarray
    is_dated: np.ndarray
    is_timely: np.ndarray
    nulls: dict[str, np.ndarray]


def mo_recording(
    crimes: pd.DataFrame, rows: MoRows, properties: pd.DataFrame, is_told: np.ndarray, standard: MinimumStandard
) -> MoRecording:
    """Judge every crime and item.

    Parameters
    ----------
    crimes
        Staged crimes (crime_id, crime_group, reported_at, is_attempt).
    rows
        The crimes' MO rows, from `mo_rows` on the same crimes.
    properties
        Staged properties (crime_id, status), for conditions that turn on them; may be empty.
    is_told
        From `told` on the same crimes.
    standard
        The minimum standard.
    """
    require_columns(crimes, ("crime_group", "reported_at"), "stg_crimes")
    n_crimes = len(crimes)
    recorded = rows.cells(rows.has_value, n_crimes)
    waived = rows.cells(rows.holds(standard.waiving_nulls), n_crimes) & ~recorded
    applies = _applies(crimes, rows, properties, standard) | recorded
    wanted = asked(crimes["crime_group"], standard) & applies
    lag_hours = hours_between(moments(crimes["reported_at"])[rows.crime], rows.captured_at)
    timely = lag_hours <= standard.limits.timely_within_hours
    return MoRecording(
        is_asked=asked(crimes["crime_group"], standard, on_trial=True) & applies,
        is_expected=wanted & ~waived,
        is_waived=wanted & waived,
        is_recorded=recorded,
        is_usable=rows.cells(rows.is_valid, n_crimes),
        is_specific=rows.cells(rows.is_valid & ~_says_nothing(rows, standard), n_crimes),
        is_invalid=rows.cells(rows.has_value & ~rows.is_valid, n_crimes),
        is_told=is_told,
        is_dated=rows.cells(rows.has_value & ~np.isnan(lag_hours), n_crimes),
        is_timely=rows.cells(rows.has_value & timely, n_crimes),
        nulls={code: rows.cells(rows.holds((code,)), n_crimes) & ~recorded for code in NULL_CODES},
    )


def asked(crime_group: pd.Series, standard: MinimumStandard, on_trial: bool = False) -> np.ndarray:
    """Mark the items that each crime's group expects, those on trial too where asked for (bool, n x n items)."""
    by_group = np.zeros((len(standard.items), len(standard.crime_groups) + 1), dtype=bool)
    columns = {code: column for column, code in enumerate(standard.items)}
    for number, group in enumerate(standard.crime_groups.values()):
        entries = group.asked if on_trial else group.items
        by_group[[columns[entry.item_code] for entry in entries], number] = True
    # position -1, of a group that the standard does not know, is the empty last one
    return by_group[:, positions(pd.Index(list(standard.crime_groups)), crime_group)].T


def told(known: pd.Index, text_values: pd.DataFrame, standard: MinimumStandard) -> np.ndarray:
    """Mark the crimes and items of which a text says something specific (bool, n crimes x n items).

    Parameters
    ----------
    known
        The crimes' crime_id, without repeats.
    text_values
        crime_id, item_code, value_code; what a text says with a hedge tells it all the same.
    standard
        Says which values there are and which of them say nothing.

    Raises
    ------
    FrameError
        For a missing column.
    """
    require_columns(text_values, TEXT_COLUMNS, "mo_text_values")
    crime = positions(known, text_values["crime_id"])
    item = positions(pd.Index(list(standard.items)), text_values["item_code"])
    says = np.zeros(len(text_values), dtype=bool)
    for column, entry in enumerate(standard.items.values()):
        telling = set(entry.value_labels) - set(entry.unspecific)
        says |= (item == column) & text_values["value_code"].isin(telling).to_numpy()
    kept = says & (crime >= 0)
    is_told = np.zeros((len(standard.items), len(known)), dtype=bool)
    is_told[item[kept], crime[kept]] = True
    return is_told.T


def _applies(crimes: pd.DataFrame, rows: MoRows, properties: pd.DataFrame, standard: MinimumStandard) -> np.ndarray:
    applies = np.ones((len(standard.items), len(crimes)), dtype=bool)
    columns = {code: column for column, code in enumerate(standard.items)}
    for code, group in standard.crime_groups.items():
        members = (crimes["crime_group"] == code).to_numpy()
        for entry in group.asked if members.any() else ():
            for side in entry.applies_when:
                found = held(side, crimes, rows, properties)
                applies[columns[entry.item_code]] &= ~(members & found.is_known & ~found.is_held)
    return applies.T


def _says_nothing(rows: MoRows, standard: MinimumStandard) -> np.ndarray:
    unspecific = np.zeros(len(rows.item), dtype=bool)
    for column, item in enumerate(standard.items.values()):
        if item.unspecific:
            unspecific |= (rows.item == column) & rows.holds(item.unspecific)
    return unspecific
