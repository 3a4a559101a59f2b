"""Files of records that forms saved: where they lie, and what each of their entries is.

They lie in a folder `mo_records` of an extract, or of the landing folder itself, where they outlive extracts. In a
folder of it that is named after a role, only records of that role count: who may write there decides, not the record.
A file holds one JSON object, an array of them, or one a line. Whatever is wrong with a file is noted; it never stops
a refresh, for it says nothing about the extract.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from intake.errors import MissingInputError
from intake.extracts import Extract, file_sha256
from intake.mo_record_parts import Fault
from intake.mo_record_shape import CAPTORS, MoRecord, parse_record

FOLDER = "mo_records"
ENDINGS = (".json", ".jsonl", ".ndjson")
MOST_BYTES = 64 << 20
"""A form's record has about two thousand; JSON takes ten times its size in memory while it is read."""


class RecordFile(NamedTuple):
    """One file of records; `extract_id` is the extract that it came with, or `mo_records` for one that stays.

    `role` is the role whose folder it lies in, None for one that lies in no such folder. A folder of another name that
    holds records is listed as one file, so that somebody hears of it.
    """

    label: str
    extract_id: str
    path: Path
    role: str | None = None


class Entry(NamedTuple):
    """One entry of a file: its number (of an object, or of a line), and the record or what is wrong."""

    row: int
    record: MoRecord | None
    faults: tuple[Fault, ...]


class ReadFile(NamedTuple):
    """A file of records as it was read; `sha256` is empty where it could not be opened."""

    file: RecordFile
    sha256: str
    n_bytes: int
    entries: tuple[Entry, ...]


def find_record_files(extracts: Sequence[Extract], landing_dir: Path) -> list[RecordFile]:
    """Return the files of records of the extracts that are read, and of the landing folder, by name.

    Parameters
    ----------
    extracts
        What the refresh reads.
    landing_dir
        Folder of the extract, or of several.
    """
    folders = {extract.folder.resolve(): extract.name for extract in extracts}
    folders.setdefault(landing_dir.resolve(), FOLDER)
    return [
        RecordFile(path.relative_to(landing_dir.resolve()).as_posix(), name, path, role)
        for folder, name in folders.items()
        for path, role in _of_folder(folder / FOLDER)
    ]


def _of_folder(folder: Path) -> Iterator[tuple[Path, str | None]]:
    """Yield the files of a folder and of those in it that are named after a role, and other folders with records."""
    yield from ((path, None) for path in _json_files(folder))
    for inner in sorted(path for path in _children(folder) if path.is_dir() and not path.name.startswith(".")):
        files = _json_files(inner)
        if inner.name in CAPTORS:
            yield from ((path, inner.name) for path in files)
        elif files:
            yield inner, None


def _json_files(folder: Path) -> list[Path]:
    return sorted(path for path in _children(folder) if path.suffix.lower() in ENDINGS and path.is_file())


def _children(folder: Path) -> list[Path]:
    return list(folder.iterdir()) if folder.is_dir() else []


def read_record_file(file: RecordFile, now: datetime | None = None) -> ReadFile:
    """Read every entry of a file; what cannot be read at all is one entry with a fault.

    Parameters
    ----------
    file
        The file.
    now
        The present, by default that of the clock: no record is saved later.
    """
    now = now or datetime.now(UTC)
    if file.path.is_dir():
        return _unread(file, 0, f"expected a folder named {', '.join(CAPTORS)}: the records in it are not read")
    try:
        n_bytes = file.path.stat().st_size
        if n_bytes > MOST_BYTES:
            return _unread(file, n_bytes, f"expected at most {MOST_BYTES:,} bytes, got {n_bytes:,}: split the file")
        sha256 = file_sha256(file.path, file.label)
        text = file.path.read_text(encoding="utf-8-sig")
    except MissingInputError as error:
        return _unread(file, 0, f"{error.what}; save the record again")
    except (OSError, UnicodeDecodeError):
        return _unread(file, 0, "expected UTF-8 text that can be read, got something else: save the record again")
    entries = tuple(Entry(row, *_judged(entry, file.role, now)) for row, entry in _entries(text))
    return ReadFile(file, sha256, n_bytes, entries)


def _unread(file: RecordFile, n_bytes: int, reason: str) -> ReadFile:
    return ReadFile(file, "", n_bytes, (Entry(1, None, (Fault("record", reason),)),))


def _judged(entry: object, role: str | None, now: datetime) -> tuple[MoRecord | None, tuple[Fault, ...]]:
    """Return the record of an entry and its faults; the folder's role counts above what a record says of itself."""
    record, faults = (None, (entry,)) if isinstance(entry, Fault) else parse_record(entry, now)
    if record and role and record.role != role:
        reason = f"expected {role}, whose folder this is, got {record.role!r}: put it where records of that role go"
        return None, (Fault("role", reason),)
    return record, faults


def _entries(text: str) -> Iterator[tuple[int, object]]:
    """Yield what a file holds with its number: the entries of an array, else one object, else one a line."""
    whole = _loaded(text)
    if isinstance(whole, Fault) and "\n" in text.strip():
        lines = [(number, line) for number, line in enumerate(text.split("\n"), start=1) if line.strip()]
        found = [(number, _loaded(line)) for number, line in lines]
        if any(isinstance(entry, dict) and "schema" in entry for _, entry in found):
            yield from found
            return
    yield from enumerate(whole, start=1) if isinstance(whole, list) else [(1, whole)]


def _loaded(text: str) -> object:
    """Return what JSON holds, or the fault that it is none; the parser's own message would show the text."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        return Fault("record", f"not JSON at line {error.lineno} column {error.colno}: save the record again")
    except (ValueError, RecursionError):
        return Fault("record", "JSON with numbers too long or nested too deep: save the record again")
