"""Reading delimited text record by record, slowly and with care: every defect is named with its line.

DuckDB's reader is the fast path; this one takes over where that one stumbles, since its messages show the line itself.
"""

import codecs
import csv
import gzip
import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, NamedTuple

from intake.errors import MissingInputError, UnreadableFileError
from intake.extracts import InputFile
from intake.profile_schema import Source

MOST_COLUMNS = 256
LONGEST_FIELD = 1_000_000


class Record(NamedTuple):
    """One record: its number from 1 (the header is 0), the line where it starts, and its cells."""

    row: int
    line: int
    cells: list[str]


def read_header(file: InputFile, source: Source) -> Record:
    """Return a file's first record, its column names, stripped of blanks.

    Raises
    ------
    MissingInputError
        Nothing but blank lines.
    UnreadableFileError
        Wrong bytes for the encoding, NUL bytes, or more than 256 columns.
    """
    with _records(file, source) as records:
        header = next(records, None)
    if header is None:
        raise MissingInputError(file.label, "the file is empty", remedy="ask the force to send it again")
    names = [cell.strip() for cell in header.cells]
    if len(names) > MOST_COLUMNS:
        raise UnreadableFileError(
            f"{file.label} line {header.line}",
            "too many columns",
            f"at most {MOST_COLUMNS}",
            str(len(names)),
            f"check that the delimiter really is {source.delimiter!r}, or send fewer columns",
        )
    return header._replace(cells=names)


def careful_records(file: InputFile, source: Source) -> Iterator[Record]:
    """Yield the records below the header; a record may be ragged, which is the caller's to judge.

    Raises
    ------
    UnreadableFileError
        With the line: bytes that are not of the encoding, a NUL byte, a field that is too long, or a quotation mark
        that is never closed.
    """
    with _records(file, source) as records:
        next(records, None)
        yield from records


@contextmanager
def _records(file: InputFile, source: Source) -> Iterator[Iterator[Record]]:
    longest_before = csv.field_size_limit(LONGEST_FIELD)
    try:
        with _opened(file) as stream:
            text = io.TextIOWrapper(stream, encoding=_decoder(source.encoding), newline="")
            yield _numbered(file, source, text)
    except UnicodeDecodeError:
        raise _undecodable(file, source) from None
    except (EOFError, gzip.BadGzipFile):
        raise UnreadableFileError(
            file.label, "the gzip file is cut short or damaged", remedy="ask the force to send it again"
        ) from None
    except OSError as error:
        raise MissingInputError(
            file.label, f"the file cannot be read ({error.strerror})", remedy="check its permissions and the disk"
        ) from None
    finally:
        csv.field_size_limit(longest_before)


def _decoder(encoding: str) -> str:
    # a byte order mark is no part of the first column's name
    return "utf-8-sig" if encoding == "utf-8" else encoding


def _opened(file: InputFile) -> IO[bytes]:
    if file.path.name.lower().endswith(".gz"):
        return gzip.open(file.path, "rb")  # type: ignore[return-value]  # a GzipFile reads bytes like any other
    return file.path.open("rb")


def _numbered(file: InputFile, source: Source, text: io.TextIOWrapper) -> Iterator[Record]:
    reader = csv.reader(text, delimiter=source.delimiter, strict=True)
    row, line = 0, 1
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise _malformed(file, line, str(error), "" if row else _other_delimiter(file, source)) from None
        if cells is None:
            return
        if any("\0" in cell for cell in cells):
            raise _nul(file, line)
        if cells:
            yield Record(row, line, cells)
            row += 1
        line = reader.line_num + 1


def _other_delimiter(file: InputFile, source: Source) -> str:
    """Return the delimiter with which a header reads well that does not with the declared one, or nothing."""
    with _opened(file) as stream:
        header = stream.readline(LONGEST_FIELD).decode(source.encoding, errors="replace")
    for delimiter in ",;|\t":
        try:
            cells = next(csv.reader([header], delimiter=delimiter, strict=True), [])
        except csv.Error:
            continue
        if len(cells) > 1:
            return delimiter
    return ""


def _malformed(file: InputFile, line: int, error: str, delimiter: str = "") -> UnreadableFileError:
    where = f"{file.label} line {line}"
    if "field larger" in error:
        return UnreadableFileError(
            where,
            "a field is too long",
            f"at most {LONGEST_FIELD:,} characters",
            "more",
            "a quotation mark before it may be unclosed; shorten the field or close the mark",
        )
    if "NUL" in error:
        return _nul(file, line)
    remedy = "mend the line, or ask the force for properly quoted CSV"
    return UnreadableFileError(
        where,
        "unbalanced quotation marks in the record that starts here",
        'every opening " closed, and a " inside a quoted field written ""',
        remedy=f"is the delimiter {delimiter!r}? set it in the profile" if delimiter else remedy,
    )


def _nul(file: InputFile, line: int) -> UnreadableFileError:
    return UnreadableFileError(
        f"{file.label} line {line}",
        "a NUL byte",
        "text only",
        remedy="the file is damaged or in another encoding (utf-16?); set 'encoding', or ask for it again",
    )


def _undecodable(file: InputFile, source: Source) -> UnreadableFileError:
    line, got = _first_bad_line(file, source.encoding)
    return UnreadableFileError(
        f"{file.label} line {line}" if line else file.label,
        f"bytes that are not {source.encoding}",
        source.encoding,
        got,
        f"set 'encoding' of source {source.name!r} (latin-1 or cp1252?) in the profile ({source.where})",
    )


def _first_bad_line(file: InputFile, encoding: str) -> tuple[int, str]:
    # a line of utf-16 does not end where its byte 0x0a stands, so only the file is named there
    if codecs.lookup(encoding).name.startswith(("utf-16", "utf-32")):
        return 0, "other bytes"
    with _opened(file) as stream:
        for number, line in enumerate(stream, start=1):
            try:
                line.decode(encoding)
            except UnicodeDecodeError as error:
                return number, f"byte 0x{line[error.start]:02X}"
    return 0, "other bytes"
