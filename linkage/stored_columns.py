"""Crimes and a model as a folder of arrays, so that any pair of a force can be scored within a second of starting.

The folder holds what scoring reads and nothing else: no person, no narrative. It belongs where the crimes belong.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from linkage.array_folder import ArrayFolderError, open_arrays, save_arrays
from linkage.crime_columns import CrimeColumns
from linkage.score_tables import ScoreTables

Ints = npt.NDArray[np.int64]
Names = npt.NDArray[np.bytes_]
Array = npt.NDArray[Any]
Parts = TypeVar("Parts", bound=tuple)  # any NamedTuple

__all__ = ["StoredColumns", "StoredColumnsError", "crime_rows", "ids_as_bytes", "open_columns", "save_columns"]


class StoredColumnsError(ValueError):
    """Columns and ids were given that do not belong together, or a folder does not hold them."""


class StoredColumns(NamedTuple):
    """Crimes and model as `save_columns` wrote them, mapped.

    Attributes
    ----------
    ids : ndarray of bytes, shape (n_crimes,)
        crime_id of each row as UTF-8, ascending.
    columns : CrimeColumns
    tables : ScoreTables
    about : dict
        What was saved beside them.
    fingerprint : str
        sha256 of ids, columns and tables.
    """

    ids: Names
    columns: CrimeColumns
    tables: ScoreTables
    about: dict[str, Any]
    fingerprint: str

    def names(self, rows: Ints) -> list[str]:
        """Return the crime_id of each row."""
        return [name.decode() for name in self.ids[rows].tolist()]


def save_columns(
    folder: Path,
    ids: Iterable[str],
    columns: CrimeColumns,
    tables: ScoreTables,
    about: Mapping[str, Any] | None = None,
) -> str:
    """Write crimes and model to a folder, replacing one of that name; return the fingerprint.

    Parameters
    ----------
    folder : Path
    ids : iterable of str, n_crimes
        crime_id of each row, ascending.
    columns : CrimeColumns
    tables : ScoreTables
        Those that the codes of the columns were made for.
    about : mapping, optional
        What else a reader should know, as JSON can hold it.

    Raises
    ------
    StoredColumnsError
        The ids are not ascending, or not as many as the columns have rows.
    """
    names = ids_as_bytes(ids)
    if len(names) != len(columns.start):
        raise StoredColumnsError(
            f"ids: expected one for each of {len(columns.start)} crimes, got {len(names)}; give those of the columns"
        )
    arrays, plain = taken_apart({"columns": columns, "tables": tables})
    return save_arrays(folder, {"crime_id": names, **arrays}, {"plain": plain, "about": dict(about or {})})


def open_columns(folder: Path) -> StoredColumns:
    """Return the crimes and the model of a folder; nothing is read before it is used.

    Raises
    ------
    StoredColumnsError
        The folder does not hold them, or holds those of another release.
    """
    try:
        stored = open_arrays(folder)
        plain = stored.about["plain"]
        columns = put_together(CrimeColumns, "columns", stored.arrays, plain)
        tables = put_together(ScoreTables, "tables", stored.arrays, plain)
        return StoredColumns(stored.arrays["crime_id"], columns, tables, stored.about["about"], stored.fingerprint)
    except (ArrayFolderError, KeyError, TypeError) as error:
        raise StoredColumnsError(
            f"{folder}: expected stored columns of this release, got a fault at {error}; run colink refresh anew"
        ) from error


def ids_as_bytes(ids: Iterable[str]) -> Names:
    """Return crime_ids as UTF-8 of fixed width, in which order they keep.

    Raises
    ------
    StoredColumnsError
        They are not ascending.
    """
    names = np.array([str(name).encode() for name in ids], dtype=np.bytes_)
    if (names[1:] <= names[:-1]).any():
        raise StoredColumnsError(
            "ids: expected crime_ids ascending, each once, got others; order the crimes by crime_id first"
        )
    return names


def crime_rows(ids: Names, wanted: Sequence[str]) -> Ints:
    """Return the row of each wanted crime_id among the ascending ids, -1 where it is not there."""
    names = [name.encode() for name in wanted]
    if not len(ids):
        return np.full(len(names), -1, dtype=np.int64)
    # Longer ones would make numpy copy all ids to their width.
    fitting = np.array([name if len(name) <= ids.itemsize else b"" for name in names], dtype=ids.dtype)
    rows = np.minimum(np.searchsorted(ids, fitting), len(ids) - 1)
    is_there = [name == found for name, found in zip(names, ids[rows].tolist(), strict=True)]
    return np.where(np.array(is_there, dtype=np.bool_), rows, -1).astype(np.int64)


def put_together(kind: type[Parts], part: str, arrays: Mapping[str, Array], plain: Mapping[str, Any]) -> Parts:
    """Return a named tuple from its arrays and plain values, called `<part>.<field>`."""
    names = {name: f"{part}.{name}" for name in kind._fields}  # type: ignore[attr-defined]  # as every NamedTuple has
    values: dict[str, Any] = {name: arrays[key] if key in arrays else plain[key] for name, key in names.items()}
    return kind(**values)


def taken_apart(parts: Mapping[str, Any]) -> tuple[dict[str, Array], dict[str, Any]]:
    """Return the arrays of named tuples, called `<part>.<field>`, and what is no array."""
    fields = {f"{part}.{name}": value for part, whole in parts.items() for name, value in whole._asdict().items()}
    arrays = {name: value for name, value in fields.items() if isinstance(value, np.ndarray)}
    return arrays, {name: value for name, value in fields.items() if name not in arrays}
