"""One record that a form saved: what it must hold to be of use, and what is wrong where it does not.

It is held to the published layout, `colink.mo_record/1`. A record that cannot be used is one fault; of one that can,
`mo_record_parts` reads the parts. No fault shows what people typed.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from intake.canonical import redact
from intake.mo_record_parts import (
    CLOCKS_DIFFER,
    MOST_ANSWERS,
    Answer,
    Fault,
    is_code,
    is_sound,
    kind_of,
    read_answers,
    read_note,
    read_times,
)

SCHEMA = "colink.mo_record/1"
CAPTORS = {"victim": "victim_online", "call_taker": "call_taker", "officer": "officer", "csi": "csi"}
"""Who captured it, by the role that the form was made for."""

REFERENCE_KINDS = ("crime_id", "report_reference")
LONGEST_REFERENCE = 64  # characters; what a form lets people type
KEYS = (
    *("schema", "record_id", "standard_version", "crime_group", "role", "reference", "reference_kind"),
    *("started_at", "saved_at", "answers", "committed_from", "committed_to", "note"),
)
_RECORD_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}([+-]\d{2}:\d{2})?", re.ASCII)
_A_MOMENT = "expected a moment with its offset, such as 2026-03-01T10:00:00+00:00"


class MoRecord(NamedTuple):
    """What one person said about one crime; times of the crime are minutes of the force's civil clock."""

    record_id: str
    role: str
    reference: str
    reference_kind: str
    saved_at: datetime
    answers: tuple[Answer, ...]
    note: str
    committed_from: datetime | None
    committed_to: datetime | None


class _FaultError(Exception):
    """A record that cannot be used."""

    def __init__(self, key: str, reason: str, value: str | None = None) -> None:
        self.fault = Fault(key, reason, value)
        super().__init__(reason)


def parse_record(entry: object, now: datetime) -> tuple[MoRecord | None, tuple[Fault, ...]]:
    """Return the record that an entry of a file holds, and what of it cannot be used.

    Parameters
    ----------
    entry
        What was read from JSON.
    now
        The present, with its zone: nothing is saved later.

    Returns
    -------
    tuple of MoRecord or None, and faults
        None with exactly one fault where the whole record cannot be used.
    """
    try:
        record, faults = _parse(entry, now)
    except _FaultError as error:
        return None, (error.fault,)
    return record, faults


def _parse(entry: object, now: datetime) -> tuple[MoRecord, tuple[Fault, ...]]:
    if not isinstance(entry, Mapping):
        raise _FaultError("record", f"expected a record (a JSON object), got {type(entry).__name__}: save it again")
    if entry.get("schema") != SCHEMA:
        raise _FaultError("schema", f"expected {SCHEMA!r}, got {kind_of(entry, 'schema')}: use a form of this release")
    record_id = _record_id(entry)
    if not is_code(entry.get("crime_group")):
        raise _FaultError("crime_group", f"expected a code, got {kind_of(entry, 'crime_group')}: save it again")
    role = _choice(entry, "role", tuple(CAPTORS))
    reference, kind = _reference(entry), _reference_kind(entry, role)
    saved_at = _saved_at(entry, now)
    answers, faults = read_answers(_given_answers(entry))
    note, note_fault = read_note(entry)
    begin, end, time_faults = read_times(entry, saved_at)
    faults += [note_fault] if note_fault else []
    faults += time_faults
    if not answers and not note and not begin and not any(fault.is_lost for fault in faults):
        faults.append(Fault("answers", "expected an answer, a note or a time, got none: nothing to use", is_lost=False))
    record = MoRecord(record_id, role, reference, kind, saved_at, tuple(answers), note, begin, end)
    return record, (*faults, *_remarks(entry))


def _remarks(entry: Mapping[str, object]) -> list[Fault]:
    """Return what is odd about the keys of a record that are not used."""
    remarks = []
    if not isinstance(entry.get("standard_version"), str) or not entry["standard_version"]:
        got = kind_of(entry, "standard_version")
        remarks.append(Fault("standard_version", f"expected the version of a minimum standard, got {got}", None, False))
    if _moment(entry.get("started_at")) is None:
        remarks.append(Fault("started_at", f"{_A_MOMENT}, got {kind_of(entry, 'started_at')}", None, False))
    if not set(entry) <= set(KEYS):
        remarks.append(Fault("record", "expected the keys of a record alone, got another: not read", None, False))
    return remarks


def _record_id(entry: Mapping[str, object]) -> str:
    value = entry.get("record_id")
    if not isinstance(value, str) or not _RECORD_ID.fullmatch(value):
        raise _FaultError("record_id", "expected a version 4 UUID in small letters: save it again")
    return value


def _choice(entry: Mapping[str, object], key: str, known: tuple[str, ...]) -> str:
    value = entry.get(key)
    if not isinstance(value, str) or value not in known:
        raise _FaultError(key, f"expected {' or '.join(known)}, got {kind_of(entry, key)}: use a form of this release")
    return value


def _reference_kind(entry: Mapping[str, object], role: str) -> str:
    """Return the kind of reference: a victim knows the report, and has no crime number to name a crime by."""
    kind = _choice(entry, "reference_kind", REFERENCE_KINDS)
    if role == "victim" and kind != "report_reference":
        raise _FaultError("reference_kind", f"expected report_reference of a victim, got {kind!r}: use a victim's form")
    return kind


def _reference(entry: Mapping[str, object]) -> str:
    value = entry.get("reference")
    if not isinstance(value, str):
        raise _FaultError("reference", f"expected text, got {kind_of(entry, 'reference')}: fill it in")
    if len(value) > LONGEST_REFERENCE:
        raise _FaultError(
            "reference", f"expected at most {LONGEST_REFERENCE} characters: give the reference alone", redact(value)
        )
    if not is_sound(value):
        raise _FaultError("reference", "holds signs that no text may hold: save it again")
    return value.strip()


def _saved_at(entry: Mapping[str, object], now: datetime) -> datetime:
    value = entry.get("saved_at")
    moment = _moment(value)
    if moment is None:
        is_bare = isinstance(value, str) and _MOMENT.fullmatch(value) and len(value) < len("2026-03-01T10:00:00+")
        got = "one without: which clock it means cannot be known" if is_bare else kind_of(entry, "saved_at")
        raise _FaultError("saved_at", f"{_A_MOMENT}, got {got}: mend it")
    if moment > now + CLOCKS_DIFFER:
        raise _FaultError("saved_at", "expected a moment that has passed: set the device's clock", str(value))
    return moment


def _moment(value: object) -> datetime | None:
    if not isinstance(value, str) or not (form := _MOMENT.fullmatch(value)) or not form[1]:
        return None
    try:
        return datetime.fromisoformat(value).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _given_answers(entry: Mapping[str, object]) -> list[object]:
    given = entry.get("answers")
    if not isinstance(given, list):
        raise _FaultError("answers", f"expected a list, got {kind_of(entry, 'answers')}: save it again")
    if len(given) > MOST_ANSWERS:
        raise _FaultError("answers", f"expected at most {MOST_ANSWERS} answers, got {len(given):,}: split the record")
    return given
