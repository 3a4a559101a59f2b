"""A small share of rows that nobody could load: what every extract has, well below a profile's limits."""

from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from intake.demo.record_system import OTHER_OFFENCES
from intake.demo.settings import DemoSettings
from intake.demo.text_columns import reference_text, words
from intake.demo.windows import Stamps

BROKEN_DATES = ("31/02/2024 09:00", "00/00/0000 00:00", "2024-13-05T10:00", "NOT KNOWN")


class Dirt(NamedTuple):
    """Rows of crimes that are spoilt or repeated; int64 arrays that share no row.

    Attributes
    ----------
    unparsable_date, to_before_from, zero_coordinates : rows spoilt in place
    duplicate_row, cancelled_row, other_offence : rows copied to the end of the file
    """

    unparsable_date: np.ndarray
    to_before_from: np.ndarray
    zero_coordinates: np.ndarray
    duplicate_row: np.ndarray
    cancelled_row: np.ndarray
    other_offence: np.ndarray


def plan_dirt(stamps: Stamps, settings: DemoSettings, rng: np.random.Generator) -> Dirt:
    """Choose the rows of each kind of dirt.

    Parameters
    ----------
    stamps : Stamps
        Only an interval with some width can be written the wrong way round.
    settings : DemoSettings
        Share of each kind, rounded to the nearest number of rows.
    rng : numpy.random.Generator
        Source of chance.

    Returns
    -------
    Dirt
    """
    n = len(stamps.reported)
    left = rng.permutation(n)
    chosen: dict[str, np.ndarray] = {}
    for kind in ("to_before_from", *(name for name in Dirt._fields if name != "to_before_from")):
        fit = left
        if kind == "to_before_from":
            fit = left[stamps.committed_to[left] > stamps.committed_from[left]]
        chosen[kind] = np.sort(fit[: int(n * getattr(settings, kind) + 0.5)])
        left = left[~np.isin(left, chosen[kind])]
    return Dirt(**chosen)


def spoil_crimes(crimes: pa.Table, dirt: Dirt) -> pa.Table:
    """Spoil a table of crimes as planned and add the copied rows at its end.

    Parameters
    ----------
    crimes : pyarrow.Table
        Text columns of the crimes file, one row a crime.
    dirt : Dirt
        Rows to spoil or copy.

    Returns
    -------
    pyarrow.Table
    """
    table = _put(crimes, "DATE_FROM", dirt.unparsable_date, _repeat(BROKEN_DATES, len(dirt.unparsable_date)))
    begin, end = (table[name].take(pa.array(dirt.to_before_from)) for name in ("DATE_FROM", "DATE_TO"))
    table = _put(_put(table, "DATE_FROM", dirt.to_before_from, end), "DATE_TO", dirt.to_before_from, begin)
    for name in ("EASTING", "NORTHING"):
        table = _put(table, name, dirt.zero_coordinates, _repeat(("0",), len(dirt.zero_coordinates)))
    clean = crimes.num_rows
    cancelled = _renamed(table.take(pa.array(dirt.cancelled_row)), clean)
    cancelled = _filled(cancelled, "STATUS", ("CANCELLED",))
    other = _renamed(table.take(pa.array(dirt.other_offence)), clean + cancelled.num_rows)
    other = _filled(other, "HO_CODE", OTHER_OFFENCES)
    return pa.concat_tables([table, table.take(pa.array(dirt.duplicate_row)), cancelled, other]).combine_chunks()


def _repeat(values: tuple[str, ...], n: int) -> pa.Array:
    return words(values, np.arange(n) % len(values))


def _put(table: pa.Table, name: str, rows: np.ndarray, values: pa.Array | pa.ChunkedArray) -> pa.Table:
    """Replace a column's values in some rows (sorted, unique)."""
    mask = np.zeros(table.num_rows, dtype=bool)
    mask[rows] = True
    values = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    column = pc.replace_with_mask(table[name], pa.array(mask), values)
    return table.set_column(table.column_names.index(name), name, column)


def _filled(table: pa.Table, name: str, values: tuple[str, ...]) -> pa.Table:
    return table.set_column(table.column_names.index(name), name, _repeat(values, table.num_rows))


def _renamed(table: pa.Table, first: int) -> pa.Table:
    """Give rows references of their own, no incident and no report."""
    numbers = np.arange(first, first + table.num_rows)
    table = table.set_column(0, "CRIME_REF", reference_text("DM/26/", numbers + 1, 7))
    return _filled(_filled(table, "INCIDENT_NO", ("",)), "REPORT_REF", ("",))
