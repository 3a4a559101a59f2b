"""One record that a form saved: what it must hold to be of use, and what is wrong where it does not.

A record that cannot be used is one fault. Of a record that can, an answer or a note that cannot is a fault of its
own, and the rest is used. No fault shows what people typed.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from intake.canonical import redact

SCHEMA = "colink.mo_record/1"
CAPTORS = {"victim": "victim_online", "call_taker": "call_taker", "officer": "officer", "csi": "csi"}
"""Who captured it, by the role that the form was made for."""

REFERENCE_KINDS = ("crime_id", "report_reference")
LONGEST_NOTE = 4_000  # characters; what a form lets people write
LONGEST_REFERENCE = 200
CLOCKS_DIFFER = timedelta(days=1)
_CODE = re.compile(r"[a-z0-9][a-z0-9_]{0,63}")
_RECORD_ID = re.compile(r"[0-9A-Za-z-]{8,64}")
_LOCAL_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}")


class Fault(NamedTuple):
    """What cannot be used: the key at fault, and the reason; `value` is None where it may not be shown."""

    key: str
    reason: str
    value: str | None = None


class Answer(NamedTuple):
    """One value of one item; `is_fact` is None where the record does not say."""

    item_code: str
    value_code: str
    is_fact: bool | None


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
        raise _FaultError("schema", f"expected {SCHEMA!r}, got {_kind(entry, 'schema')}: use a form of this release")
    role = _choice(entry, "role", tuple(CAPTORS))
    kind = _choice(entry, "reference_kind", REFERENCE_KINDS)
    record_id = _text(entry, "record_id")
    if not _RECORD_ID.fullmatch(record_id):
        raise _FaultError("record_id", "expected 8 to 64 letters, digits and hyphens: save it again")
    saved_at = _saved_at(entry, now)
    reference = _reference(entry)
    answers, faults = _answers(entry)
    note, note_fault = _note(entry)
    begin, end, time_fault = _committed(entry)
    faults += [fault for fault in (note_fault, time_fault) if fault]
    if not answers and not note and not begin and not faults:
        raise _FaultError("answers", "expected an answer, a note or a time, got none: nothing to use")
    return MoRecord(record_id, role, reference, kind, saved_at, tuple(answers), note, begin, end), tuple(faults)


def _kind(entry: Mapping[str, object], key: str) -> str:
    """Say what stands under a key without showing what could be somebody's words."""
    if key not in entry:
        return "no such key"
    value = entry[key]
    if isinstance(value, str) and re.fullmatch(r"[\w./+-]{1,40}", value, re.ASCII):
        return repr(value)
    return f"text of {len(value)} characters" if isinstance(value, str) else type(value).__name__


def _text(entry: Mapping[str, object], key: str) -> str:
    value = entry.get(key)
    if not isinstance(value, str) or not value.strip():
        raise _FaultError(key, f"expected text, got {_kind(entry, key) if value != '' else 'nothing'}: fill it in")
    if not _is_sound(value):
        raise _FaultError(key, "holds signs that no text may hold: save it again")
    return value.strip()


def _is_sound(text: str) -> bool:
    """Say whether a text can be stored: no NUL, and no half of a surrogate pair, which JSON lets through."""
    return "\0" not in text and not any("\ud800" <= sign <= "\udfff" for sign in text)


def _choice(entry: Mapping[str, object], key: str, known: tuple[str, ...]) -> str:
    value = entry.get(key)
    if not isinstance(value, str) or value not in known:
        raise _FaultError(key, f"expected {' or '.join(known)}, got {_kind(entry, key)}: use a form of this release")
    return value


def _reference(entry: Mapping[str, object]) -> str:
    reference = _text(entry, "reference")
    if len(reference) > LONGEST_REFERENCE:
        raise _FaultError(
            "reference", f"expected at most {LONGEST_REFERENCE} characters: give the reference alone", redact(reference)
        )
    return reference


def _saved_at(entry: Mapping[str, object], now: datetime) -> datetime:
    text = _text(entry, "saved_at")
    remedy = "expected a moment with its offset, such as 2026-03-01T10:00:00+00:00"
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            raise _FaultError("saved_at", f"{remedy}, got one without: which clock it means cannot be known", text[:40])
        moment = moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise _FaultError("saved_at", f"{remedy}, got {_kind(entry, 'saved_at')}: mend it") from None
    if moment > now + CLOCKS_DIFFER:
        raise _FaultError("saved_at", "expected a moment that has passed: set the device's clock", text[:40])
    return moment


def _answers(entry: Mapping[str, object]) -> tuple[list[Answer], list[Fault]]:
    given = entry.get("answers")
    if not isinstance(given, list):
        raise _FaultError("answers", f"expected a list, got {_kind(entry, 'answers')}: save it again")
    answers: list[Answer] = []
    faults: list[Fault] = []
    for number, answer in enumerate(given, start=1):
        for found in _values(answer, number):
            if isinstance(found, Fault):
                faults.append(found)
            elif found not in answers:
                answers.append(found)
    return answers, faults


def _values(answer: object, number: int) -> Iterator[Answer | Fault]:
    """Yield the values of one answer, or why there are none."""
    if not isinstance(answer, Mapping) or not _is_code(answer.get("item_code")):
        yield Fault("item_code", f"answer {number}: expected the code of an item: save it again")
        return
    item, values, is_fact = answer["item_code"], answer.get("values"), answer.get("is_fact")
    if not isinstance(values, list) or not values:
        yield Fault("value_code", f"answer {number}, {item}: expected a list of codes that is not empty: leave it out")
        return
    for value in values:
        if _is_code(value):
            yield Answer(item, value, is_fact if isinstance(is_fact, bool) else None)
        else:
            shown = redact(value) if isinstance(value, str) else None
            yield Fault("value_code", f"answer {number}, {item}: expected a code in lower_snake_case: mend it", shown)


def _is_code(value: object) -> bool:
    return isinstance(value, str) and _CODE.fullmatch(value) is not None


def _note(entry: Mapping[str, object]) -> tuple[str, Fault | None]:
    note = entry.get("note")
    if note is None or (isinstance(note, str) and not note.strip()):
        return "", None
    if not isinstance(note, str):
        return "", Fault("text", f"note: expected text, got {type(note).__name__}: save it again")
    if len(note) > LONGEST_NOTE:
        return "", Fault("text", f"note: expected at most {LONGEST_NOTE:,} characters: shorten it", redact(note))
    if not _is_sound(note):
        return "", Fault("text", "note: holds signs that no text may hold: save it again", redact(note))
    return note.strip(), None


def _committed(entry: Mapping[str, object]) -> tuple[datetime | None, datetime | None, Fault | None]:
    """Return the bounds of the time of the crime; a later bound without an earlier one says nothing."""
    ends: list[datetime | None] = []
    for key in ("committed_from", "committed_to"):
        value = entry.get(key)
        if value is None:
            ends.append(None)
            continue
        moment = _local_time(value)
        if moment is None:
            return None, None, Fault(f"{key}_at", f"{key}: expected a local time such as 2026-02-28T18:00: left out")
        ends.append(moment)
    begin, end = ends
    if begin and end and end < begin:
        return None, None, Fault("committed_to_at", "committed_to: expected not before committed_from: both left out")
    return begin, (end or begin) if begin else None, None


def _local_time(value: object) -> datetime | None:
    if not isinstance(value, str) or not _LOCAL_TIME.fullmatch(value):
        return None
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return None
