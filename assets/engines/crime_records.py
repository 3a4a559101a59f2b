"""Columns of crimes as one record a crime, so that crimes can travel to the tiles that see them, and back."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from linkage.crime_cells import PlacesAndTimes
from linkage.crime_columns import CrimeColumns

Ints = npt.NDArray[np.int64]
Records = npt.NDArray[np.void]

CRIMES_A_FILE = 250_000
WHERE_AND_WHEN = ("x_m", "y_m", "midpoint")
SCHEMA = pa.schema(
    [
        ("row", pa.int64()),
        ("x_m", pa.float64()),
        ("y_m", pa.float64()),
        ("midpoint", pa.int64()),
        ("record", pa.binary()),
    ]
)


class TravellingCrimes(NamedTuple):
    """Crimes that arrived, in order of row.

    Attributes
    ----------
    row : ndarray, int64
        In the columns of the force.
    columns : CrimeColumns
    """

    row: Ints
    columns: CrimeColumns


def record_type(columns: CrimeColumns) -> np.dtype[np.void]:
    """Return the type of a record: the row, and what each column holds of a crime, if it holds something of each."""
    held = {name: values for name, values in columns._asdict().items() if len(values)}
    fields = [(name, values.dtype, values.shape[1:]) for name, values in held.items()]
    return np.dtype([("row", np.int64), *fields])


def as_records(columns: CrimeColumns, rows: Ints, kind: np.dtype[np.void]) -> Records:
    """Return the records of some rows."""
    records = np.empty(len(rows), dtype=kind)
    records["row"] = rows
    for name in (kind.names or ())[1:]:
        records[name] = getattr(columns, name)[rows]
    return records


def from_records(records: Records, empty: CrimeColumns) -> TravellingCrimes:
    """Return crimes that arrived in any order.

    Parameters
    ----------
    records : ndarray
        Of `as_records`.
    empty : CrimeColumns
        Columns of no crime, for those that no record holds.
    """
    records = records[np.argsort(records["row"])]
    held = {name: np.ascontiguousarray(records[name]) for name in (records.dtype.names or ()) if name != "row"}
    return TravellingCrimes(np.ascontiguousarray(records["row"]), empty._replace(**held))


def no_crimes(columns: CrimeColumns) -> CrimeColumns:
    """Return the columns of no crime, as wide as these."""
    return columns._replace(**{name: values[:0] for name, values in columns._asdict().items()})


def write_crimes(columns: CrimeColumns, folder: Path) -> None:
    """Write the crimes that have a place and a time as Parquet: row, where, when and the record."""
    folder.mkdir(parents=True)
    rows, kind = np.flatnonzero(columns.is_placed & columns.is_dated), record_type(columns)
    for number, part in enumerate(_parts(rows)):
        places = [getattr(columns, name)[part] for name in WHERE_AND_WHEN]
        record = as_records(columns, part, kind)
        held = pa.FixedSizeBinaryArray.from_buffers(
            pa.binary(kind.itemsize), len(part), [None, pa.py_buffer(record.view(np.uint8))]
        )
        table = pa.table([part, *places, held.cast(pa.binary())], schema=SCHEMA)
        pq.write_table(table, folder / f"crimes_{number:05}.parquet", compression="zstd")


def places_of(batch: pa.RecordBatch) -> PlacesAndTimes:
    """Return where and when the crimes of a batch were; all have a place and a time."""
    x_m, y_m, midpoint = (batch.column(name).to_numpy() for name in WHERE_AND_WHEN)
    known = np.ones(len(batch), dtype=np.bool_)
    return PlacesAndTimes(x_m, y_m, midpoint, known, known, np.zeros(len(batch), dtype=np.int32))


def records_of(column: pa.ChunkedArray, kind: np.dtype[np.void]) -> Records:
    """Return the records that a column of bytes holds."""
    held = [chunk.cast(pa.binary(kind.itemsize)) for chunk in column.chunks]
    parts = [np.frombuffer(one.buffers()[1], dtype=kind)[one.offset : one.offset + len(one)] for one in held]
    return np.concatenate([np.empty(0, dtype=kind), *parts])


def _parts(rows: Ints) -> Iterator[Ints]:
    # A force without any still has a file, from which a reader learns the columns.
    for begin in range(0, max(len(rows), 1), CRIMES_A_FILE):
        yield rows[begin : begin + CRIMES_A_FILE]
