"""Crimes recorded twice: a second record under another reference, everything else equal."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from intake.demo.dirt import Dirt
from intake.demo.faults import FaultRates
from intake.demo.text_columns import reference_text, words, year_of


class Twins(NamedTuple):
    """Second records.

    Attributes
    ----------
    row : int64 array (k,), the crimes that were recorded twice
    first, second : pyarrow string arrays (k,), references of the first and of the second record
    """

    row: np.ndarray
    first: pa.Array
    second: pa.Array


def plan_twins(
    reference: pa.Array,
    beat: np.ndarray,
    recorded: np.ndarray,
    dirt: Dirt,
    rates: FaultRates,
    rng: np.random.Generator,
) -> Twins:
    """Choose the crimes that were recorded twice, none of them spoilt otherwise.

    Parameters
    ----------
    reference : pyarrow string array (n,)
        References of the crimes.
    beat, recorded : int64 arrays (n,)
        Area, and minutes from the first day to the recording.
    dirt : Dirt
        Rows that are spoilt or copied.
    rates : FaultRates
        Chances by area.
    rng : numpy.random.Generator
        Source of chance.

    Returns
    -------
    Twins
    """
    n = len(beat)
    struck = rng.random(n) < rates.later_crime["duplicate_crime"][beat]
    struck[np.concatenate(dirt)] = False
    row = np.flatnonzero(struck)
    # after the numbers of the crimes and of the rows that dirt renames
    number = 1 + n + len(dirt.cancelled_row) + len(dirt.other_offence) + np.arange(len(row))
    year = reference_text("DM/", year_of(recorded[row]), 2)
    second = pc.binary_join_element_wise(year, reference_text("", number, 7), "/")
    return Twins(row, reference.take(pa.array(row)), second)


def with_twins(tables: Iterator[pa.Table], key: str, twins: Twins) -> Iterator[pa.Table]:
    """Pass tables on, and after the last of them the rows of the second records.

    Parameters
    ----------
    tables : iterator of pyarrow.Table
        Rows of any number a crime.
    key : str
        Column with the crime's reference.
    twins : Twins
        Second records.

    Yields
    ------
    pyarrow.Table
    """
    copied = []
    for table in tables:
        place = pc.index_in(table[key], value_set=twins.first).combine_chunks()
        rows = table.filter(pc.is_valid(place))
        second = twins.second.take(pc.drop_null(place))
        copied.append(_without_report(rows.set_column(rows.column_names.index(key), key, second)))
        yield table
    yield pa.concat_tables(copied)


def _without_report(table: pa.Table) -> pa.Table:
    """Blank the reference that was given at the report: one report has one."""
    if "REPORT_REF" not in table.column_names:
        return table
    place = table.column_names.index("REPORT_REF")
    return table.set_column(place, "REPORT_REF", words(("",), np.zeros(len(table), dtype=np.int64)))
