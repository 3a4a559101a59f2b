"""Records that a form saved, read from files: one JSON object, an array, JSON lines, a folder, or CSV in long form.

A record holds what one person said about one crime; `mo_record.schema.json` describes it for other software. In a
folder that is named after a role, only records of that role count.
"""

import csv
import io
import json
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

from quality.errors import nearest

SCHEMA = "colink.mo_record/1"
ROWS_SCHEMA = "colink.mo_rows/1"
"""What rows of a CSV file are made into: a record without the moments and the identity that a form gives."""

JSON_ENDINGS = (".json", ".jsonl", ".ndjson")
ENDINGS = (*JSON_ENDINGS, ".csv")
ROLES = ("victim", "call_taker", "officer", "csi")
FOLDER = "mo_records"
"""Where a refresh finds records: in this folder, and in folders of it that are named after a role."""

CSV_COLUMNS = ("crime_id", "crime_group", "role", "item_code", "value_code")

Record = dict[str, Any]


class ReadRecords(NamedTuple):
    """Records, the file and place of each, and a line for everything that could not be read."""

    records: list[Record]
    places: list[str]
    faults: list[str]


def read_records(path: Path) -> ReadRecords:
    """Read every record of a file, or of the files of a folder in the order of their names.

    Parameters
    ----------
    path
        A file that ends in .json, .jsonl, .ndjson or .csv, or a folder of such files; others in it are left alone,
        and so are folders, but for those that are named after a role.
        A CSV file holds one row per crime, item and value (crime_id, crime_group, role, item_code, value_code);
        rows of one crime and role make one record, wherever they stand.

    Returns
    -------
    ReadRecords
        What was read; a file or an entry that holds no record is a line of `faults`, and the rest is read on.
    """
    found = ReadRecords([], [], [])
    files = _files(path) if path.is_dir() else [path]
    if not files:
        found.faults.append(f"{path}: expected files that end in {', '.join(ENDINGS)}, got none; check the folder")
    for file in files:
        _read_file(file, _role_of(file, path), found)
    return found


def _files(folder: Path) -> list[Path]:
    """Return the files of records of a folder, and of the folders in it that are named after a role."""
    inner = [folder / role for role in ROLES if (folder / role).is_dir()]
    return [
        file
        for one in (folder, *sorted(inner))
        for file in sorted(one.iterdir())
        if file.suffix.lower() in ENDINGS and file.is_file()
    ]


def _role_of(file: Path, asked_for: Path) -> str | None:
    """Return the role whose folder a file lies in: a folder of the one asked for, or of `mo_records`."""
    folder = file.absolute().parent
    is_role = folder.name in ROLES and (folder.parent == asked_for.absolute() or folder.parent.name == FOLDER)
    return folder.name if is_role else None


def _read_file(file: Path, role: str | None, found: ReadRecords) -> None:
    if file.suffix.lower() not in ENDINGS:
        found.faults.append(f"{file}: expected a file that ends in {', '.join(ENDINGS)}, got {file.suffix or 'none'}")
        return
    try:
        text = file.read_text(encoding="utf-8-sig")
        entries = _csv_records(text) if file.suffix.lower() == ".csv" else _json_entries(text)
        for place, entry in entries:
            _take(f"{file}{place}", entry, role, found)
    except UnicodeDecodeError:
        found.faults.append(f"{file}: expected text in UTF-8, got something else; save it again")
    except OSError as error:
        found.faults.append(f"{file}: expected a file that can be read, got {error.strerror}; check its permissions")
    except (csv.Error, _UnreadableFileError) as error:
        found.faults.append(f"{file}: {error}")


class _UnreadableFileError(Exception):
    """A whole file holds no records; the message says why."""


def _take(place: str, entry: object, role: str | None, found: ReadRecords) -> None:
    if isinstance(entry, dict) and role and entry.get("role") in ROLES and entry["role"] != role:
        found.faults.append(f"{place}: role: expected {role}, whose folder this is, got {entry['role']!r}")
    elif isinstance(entry, dict):
        found.records.append(entry)
        found.places.append(place)
    elif isinstance(entry, _BadLine):
        found.faults.append(f"{place}: {entry.reason}")
    else:
        found.faults.append(f"{place}: expected a record (a JSON object), got {type(entry).__name__}")


class _BadLine(NamedTuple):
    """A line that is no JSON."""

    reason: str


def _json_entries(text: str) -> Iterator[tuple[str, object]]:
    """Yield what a file holds: the entries of an array, else one object, else an object a line."""
    if not text.strip():
        raise _UnreadableFileError("expected a record, got an empty file; save it again")
    whole = _loaded(text)
    if isinstance(whole, _BadLine):
        yield from _json_lines(text, whole)
    elif isinstance(whole, list):
        yield from ((f", entry {number}", entry) for number, entry in enumerate(whole, start=1))
    else:
        yield "", whole


def _json_lines(text: str, fault: _BadLine) -> Iterator[tuple[str, object]]:
    """Yield the lines of a file that is not JSON as a whole, where one of them at least is a record."""
    # only a line feed ends a line: JSON may hold every other sign that Unicode calls the end of one
    numbered = [(number, line) for number, line in enumerate(text.split("\n"), start=1) if line.strip()]
    lines = [(number, _loaded(line)) for number, line in numbered] if len(numbered) > 1 else []
    is_first_json = bool(lines) and not isinstance(lines[0][1], _BadLine)
    if not is_first_json and not any(isinstance(entry, dict) and "schema" in entry for _, entry in lines):
        raise _UnreadableFileError(fault.reason)
    yield from ((f", line {number}", entry) for number, entry in lines)


def _loaded(text: str) -> object:
    """Return what JSON holds, or why it is none; the parser's own words help nobody who saved a form."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        got = f"got something else at line {error.lineno} column {error.colno}"
        return _BadLine(f"expected JSON, {got}; save it again")
    except (ValueError, RecursionError):
        return _BadLine("expected JSON, got numbers too long or nesting too deep; save it again")


def _csv_records(text: str) -> Iterator[tuple[str, object]]:
    rows = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    columns = rows.fieldnames or []
    for column in CSV_COLUMNS:
        if column not in columns:
            near = nearest(column, map(str, columns)) if columns else "it has none"
            raise _UnreadableFileError(f"expected a column {column!r}, got none; {near}")
    cells = ([(row[column] or "").strip() for column in CSV_COLUMNS] for row in rows)
    ordered = sorted(enumerate(cells, start=2), key=lambda entry: entry[1][:3])
    for (crime_id, crime_group, role), several in groupby(ordered, key=lambda entry: entry[1][:3]):
        numbered = list(several)
        answers: dict[str, list[str]] = {}
        for _, (*_, item_code, value_code) in sorted(numbered, key=lambda entry: entry[0]):
            answers.setdefault(item_code, []).append(value_code)
        yield f", row {numbered[0][0]}", _record_of_rows(crime_id, crime_group, role, answers)


def _record_of_rows(crime_id: str, crime_group: str, role: str, answers: dict[str, list[str]]) -> Record:
    # An empty code in a row is what an empty cell was: the item was not asked.
    said = {item: [code for code in codes if code] for item, codes in answers.items() if item}
    return {
        "schema": ROWS_SCHEMA,
        "record_id": f"{crime_id}/{role}",
        "crime_group": crime_group,
        "role": role,
        "reference": crime_id,
        "answers": [{"item_code": item, "values": codes, "is_fact": True} for item, codes in said.items() if codes],
    }
