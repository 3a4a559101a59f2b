"""A table as a CSV file that carries its protective marking and that a spreadsheet opens without running anything."""

from pathlib import Path

import pandas as pd

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def write_marked_csv(table: pd.DataFrame, path: Path, protective_marking: str) -> None:
    """Write a table with the marking in a last column.

    Text that a spreadsheet would take for a formula gets an apostrophe in front.
    """
    marked = table.assign(protective_marking=protective_marking)
    worded = [name for name in marked.columns if not pd.api.types.is_numeric_dtype(marked[name])]
    harmless = {name: marked[name].astype("object").map(_harmless) for name in worded}
    marked.assign(**harmless).to_csv(path, index=False, encoding="utf-8", lineterminator="\n")


def _harmless(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA_STARTS) else value
