"""The first rows of an unknown file, with a guess of how it is written."""

import csv
import gzip
import io
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import duckdb

from intake.errors import MissingInputError

_BYTES = 8 << 20
_ROWS = 20_000


class Sample(NamedTuple):
    """The first rows of a file: cells by column, blank where missing."""

    path: Path
    delimiter: str | None
    encoding: str | None
    columns: dict[str, list[str]]

    def given(self, column: str) -> list[str]:
        """Return the cells of a column that hold something."""
        return [cell for cell in self.columns[column] if cell]


def read_sample(path: Path) -> Sample:
    """Return the first rows of a CSV (plain or gzip) or Parquet file.

    Raises
    ------
    MissingInputError
        Absent, empty or unreadable.
    """
    try:
        if path.suffix.lower() == ".parquet":
            return _parquet_sample(path)
        with path.open("rb") as stream:
            is_zipped = path.suffix.lower() == ".gz"
            head = gzip.GzipFile(fileobj=stream).read(_BYTES) if is_zipped else stream.read(_BYTES)
    except (OSError, EOFError, duckdb.Error):
        head = b""
    if not head:
        raise MissingInputError(str(path), "the file is absent, empty or cannot be read", remedy="name a readable file")
    return _text_sample(path, head)


def _parquet_sample(path: Path) -> Sample:
    with duckdb.connect() as con:
        rows = con.execute(f"select columns(*)::varchar from read_parquet(?) limit {_ROWS}", [str(path)])
        names = [column[0] for column in rows.description or []]
        return Sample(path, None, None, _by_column(names, rows.fetchall()))


def _text_sample(path: Path, head: bytes) -> Sample:
    encoding = _encoding(head)
    text = head.decode(encoding, errors="ignore").removeprefix("\ufeff")
    if len(head) == _BYTES:
        text = text[: text.rfind("\n") + 1]
    delimiter = _delimiter(text)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    header = [name.strip() for name in next(rows, [])]
    if not any(header):
        raise MissingInputError(str(path), "the file has no header", remedy="name a file with column names")
    taken = [row for row, _ in zip(rows, range(_ROWS), strict=False) if row]
    return Sample(path, delimiter, encoding, _by_column(header, taken))


def _by_column(names: Sequence[str], rows: Sequence[Sequence[str | None]]) -> dict[str, list[str]]:
    return {
        name: [(row[n] or "").strip() if n < len(row) else "" for row in rows] for n, name in enumerate(names) if name
    }


def _encoding(head: bytes) -> str:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    # the last character may be cut in two
    for cut in range(4):
        try:
            head[: len(head) - cut].decode("utf-8")
        except UnicodeDecodeError:
            continue
        return "utf-8"
    return "cp1252" if any(0x80 <= byte <= 0x9F for byte in head) else "latin-1"


def _delimiter(text: str) -> str:
    """Return the character that cuts most of the first rows into the same, largest number of cells."""

    def fit(delimiter: str) -> tuple[int, int]:
        widths = [
            len(row) for row, _ in zip(csv.reader(io.StringIO(text), delimiter=delimiter), range(200), strict=False)
        ]
        width, n_rows = Counter(widths).most_common(1)[0]
        return (n_rows if width > 1 else 0), width

    return max(",;|\t", key=fit)
