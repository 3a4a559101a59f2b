"""The parts of a record that a form saved: answers, note and times of the crime, each with what of it cannot be used.

A part at fault is a fault of its own, and the rest is used. No fault shows what people typed.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from intake.canonical import redact

ANSWER_KEYS = frozenset({"item_code", "values", "is_fact"})
MOST_ANSWERS, MOST_VALUES = 100, 50
"""Of a record, and of an answer: four times what the minimum standard asks; more is no form's work."""

LONGEST_NOTE = 4_000  # characters; what a form lets people write
CLOCKS_DIFFER = timedelta(days=1)
"""What clocks of devices and zones may add to a moment before it cannot be."""

_CODE = re.compile(r"(?=.{1,64}$)[a-z0-9]+(_[a-z0-9]+)*")
_LOCAL_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}", re.ASCII)


class Fault(NamedTuple):
    """What is wrong: the key at fault, and the reason; `value` is None where it may not be shown.

    `is_lost` says that what is at fault is not used; otherwise it is only noted.
    """

    key: str
    reason: str
    value: str | None = None
    is_lost: bool = True


class Answer(NamedTuple):
    """One value of one item; `is_fact` is None where the record does not say."""

    item_code: str
    value_code: str
    is_fact: bool | None


def kind_of(entry: Mapping[str, object], key: str) -> str:
    """Say what stands under a key without showing what could be somebody's words."""
    if key not in entry:
        return "no such key"
    value = entry[key]
    if isinstance(value, str) and re.fullmatch(r"[\w./+-]{1,40}", value, re.ASCII):
        return repr(value)
    return f"text of {len(value)} characters" if isinstance(value, str) else type(value).__name__


def is_code(value: object) -> bool:
    """Say whether a value is a code in lower_snake_case of at most 64 characters."""
    return isinstance(value, str) and _CODE.fullmatch(value) is not None


def is_sound(text: str) -> bool:
    """Say whether a text can be stored: no NUL, and no half of a surrogate pair, which JSON lets through."""
    return "\0" not in text and not any("\ud800" <= sign <= "\udfff" for sign in text)


def read_answers(given: list[object]) -> tuple[list[Answer], list[Fault]]:
    """Return every value of the answers of a record once, in order, and what of them is at fault."""
    answers: dict[Answer, None] = {}
    faults: dict[Fault, None] = {}
    seen: set[str] = set()
    for number, answer in enumerate(given, start=1):
        if isinstance(answer, Mapping) and is_code(answer.get("item_code")):
            faults |= dict.fromkeys(_remarks(answer, seen))
        for found in _values(answer, number):
            if isinstance(found, Fault):
                faults[found] = None
            else:
                answers[found] = None
    return list(answers), list(faults)


def _remarks(answer: Mapping[str, object], seen: set[str]) -> Iterator[Fault]:
    """Yield what is odd about an answer and takes nothing away; `seen` are the items answered before."""
    item = str(answer["item_code"])
    if item in seen:
        yield Fault("item_code", f"{item}: expected one answer, got another: both are read", is_lost=False)
    seen.add(item)
    if not isinstance(answer.get("is_fact"), bool):
        yield Fault("is_fact", f"expected true or false, got {kind_of(answer, 'is_fact')}: not said", is_lost=False)
    if set(answer) - ANSWER_KEYS:
        yield Fault("answers", "expected item_code, values and is_fact, got another key: not read", is_lost=False)


def _values(answer: object, number: int) -> Iterator[Answer | Fault]:
    """Yield the values of one answer, or why there are none."""
    if not isinstance(answer, Mapping) or not is_code(answer.get("item_code")):
        yield Fault("item_code", f"answer {number}: expected the code of an item: save it again")
        return
    item, values, is_fact = answer["item_code"], answer.get("values"), answer.get("is_fact")
    if not isinstance(values, list) or not 0 < len(values) <= MOST_VALUES:
        expected = f"a list of codes that is not empty, at most {MOST_VALUES}"
        yield Fault("value_code", f"answer {number}, {item}: expected {expected}: leave it out")
        return
    seen: set[str] = set()
    for value in values:
        if not is_code(value):
            shown = redact(value) if isinstance(value, str) else None
            yield Fault("value_code", f"answer {number}, {item}: expected a code in lower_snake_case: mend it", shown)
        elif value in seen:
            yield Fault("value_code", f"{item}: expected different codes, got one twice: read once", value, False)
        else:
            seen.add(value)
            yield Answer(item, value, is_fact if isinstance(is_fact, bool) else None)


def read_note(entry: Mapping[str, object]) -> tuple[str, Fault | None]:
    """Return the note of a record, empty where it has none that can be kept."""
    note = entry.get("note")
    if note is None:
        return "", Fault("text", f"note: expected text, got {kind_of(entry, 'note')}: taken as empty", is_lost=False)
    if not isinstance(note, str):
        return "", Fault("text", f"note: expected text, got {type(note).__name__}: save it again")
    if len(note) > LONGEST_NOTE:
        return "", Fault("text", f"note: expected at most {LONGEST_NOTE:,} characters: shorten it", redact(note))
    if not is_sound(note):
        return "", Fault("text", "note: holds signs that no text may hold: save it again", redact(note))
    return note.strip(), None


def read_times(entry: Mapping[str, object], saved_at: datetime) -> tuple[datetime | None, datetime | None, list[Fault]]:
    """Return the bounds of the time of the crime; a later bound without an earlier one says nothing."""
    ends: dict[str, datetime | None] = {}
    faults = []
    latest = saved_at.astimezone(UTC).replace(tzinfo=None)
    for key in ("committed_from", "committed_to"):
        value = entry.get(key)
        ends[key] = _local_time(value)
        if key not in entry:
            faults.append(Fault(f"{key}_at", f"{key}: expected a local time or null, got no such key", is_lost=False))
        elif value is not None and ends[key] is None:
            faults.append(Fault(f"{key}_at", f"{key}: expected a local time such as 2026-02-28T18:00: left out"))
        elif (moment := ends[key]) and moment - latest > CLOCKS_DIFFER:
            faults.append(Fault(f"{key}_at", f"{key}: expected not after the record was saved: left out"))
    begin, end = ends.values()
    if begin and end and end < begin:
        faults.append(Fault("committed_to_at", "committed_to: expected not before committed_from: both left out"))
    if any(fault.is_lost for fault in faults):
        return None, None, faults
    return begin, (end or begin) if begin else None, faults


def _local_time(value: object) -> datetime | None:
    if not isinstance(value, str) or not _LOCAL_TIME.fullmatch(value):
        return None
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return None
