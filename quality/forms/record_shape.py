"""The layout of a record: which keys it has and what each may hold, one line for every fault.

`mo_record.schema.json` says the same for other software; a test holds the two together. What the landing of a refresh
cannot use of a record is essential here, so that nothing passes this check which a refresh then refuses.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from quality.errors import nearest
from quality.forms.record import ROLES, ROWS_SCHEMA, SCHEMA

REFERENCE_KINDS = ("crime_id", "report_reference")
MOST_REFERENCE, MOST_NOTE = 64, 4000
MOST_ANSWERS, MOST_VALUES = 100, 50
"""Of a record, and of an answer: four times what the minimum standard asks; more is no form's work."""

CLOCKS_DIFFER = timedelta(days=1)
"""What clocks of devices and zones may add to a moment before it cannot be."""

_CODE = re.compile(r"(?=.{1,64}$)[a-z0-9]+(_[a-z0-9]+)*", re.ASCII)
_UUID4 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}[+-][0-9]{2}:[0-9]{2}")
_LOCAL_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}")
_MOST_SHOWN = 40


class Key(NamedTuple):
    """What a key may hold: a test, and the test in words. A record without an essential key says nothing."""

    is_right: Callable[[object], bool]
    expected: str
    is_essential: bool = False


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _matches(pattern: re.Pattern[str]) -> Callable[[object], bool]:
    return lambda value: isinstance(value, str) and pattern.fullmatch(value) is not None


def moment(value: object) -> datetime | None:
    """Return the instant in UTC that a text with its offset means, None where it is none."""
    if not isinstance(value, str) or not _MOMENT.fullmatch(value):
        return None
    try:
        return datetime.fromisoformat(value).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def local_time(value: object) -> datetime | None:
    """Return the minute of the civil clock that a text means, None where it is none."""
    if not isinstance(value, str) or not _LOCAL_TIME.fullmatch(value):
        return None
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return None


def _is_sound(value: object, most: int) -> bool:
    """Say whether a value is text that can be stored: no NUL and no half of a surrogate pair, which JSON allows."""
    if not isinstance(value, str) or len(value) > most:
        return False
    return "\0" not in value and not any("\ud800" <= sign <= "\udfff" for sign in value)


KEYS: Mapping[str, Key] = {
    "schema": Key(lambda value: value == SCHEMA, repr(SCHEMA), is_essential=True),
    "record_id": Key(_matches(_UUID4), "a version 4 UUID", is_essential=True),
    "standard_version": Key(lambda value: _is_text(value) and value != "", "the version of a minimum standard"),
    "crime_group": Key(_matches(_CODE), "a lower_snake_case code", is_essential=True),
    "role": Key(lambda value: _is_text(value) and value in ROLES, " or ".join(ROLES), is_essential=True),
    "reference": Key(
        lambda value: _is_sound(value, MOST_REFERENCE), f"text of {MOST_REFERENCE} at most", is_essential=True
    ),
    "reference_kind": Key(
        lambda value: _is_text(value) and value in REFERENCE_KINDS, " or ".join(REFERENCE_KINDS), is_essential=True
    ),
    "started_at": Key(lambda value: moment(value) is not None, "a moment such as 2026-03-01T10:00:00+00:00"),
    "saved_at": Key(
        lambda value: moment(value) is not None, "a moment such as 2026-03-01T10:00:00+00:00", is_essential=True
    ),
    "answers": Key(
        lambda value: isinstance(value, list) and len(value) <= MOST_ANSWERS,
        f"a list of answers, {MOST_ANSWERS} at most",
        is_essential=True,
    ),
    "committed_from": Key(
        lambda value: value is None or local_time(value) is not None, "a local time such as 2026-02-28T18:00, or null"
    ),
    "committed_to": Key(
        lambda value: value is None or local_time(value) is not None, "a local time such as 2026-02-28T18:00, or null"
    ),
    "note": Key(lambda value: _is_sound(value, MOST_NOTE), f"text of {MOST_NOTE} at most"),
}
ANSWER_KEYS: Mapping[str, Key] = {
    "item_code": Key(_matches(_CODE), "a lower_snake_case code"),
    "values": Key(lambda value: _are_codes(value), f"one to {MOST_VALUES} different value codes"),
    "is_fact": Key(lambda value: isinstance(value, bool), "true or false"),
}
ROW_KEYS: Mapping[str, Key] = {
    **{name: KEYS[name] for name in ("crime_group", "role", "answers")},
    "reference": KEYS["reference"]._replace(is_essential=False),
    "schema": Key(lambda value: value == ROWS_SCHEMA, repr(ROWS_SCHEMA), is_essential=True),
    "record_id": Key(_is_text, "text"),
}
_PRIVATE = ("reference", "note")


class ShapeFault(NamedTuple):
    """One fault; an essential one leaves nothing to score."""

    text: str
    is_essential: bool


def shape_faults(record: Mapping[str, Any], now: datetime | None = None) -> Iterator[ShapeFault]:
    """Yield what is wrong with the layout of a record, in the order of its keys.

    Parameters
    ----------
    record
        What was read from JSON.
    now
        The present, by default that of the clock: no record is saved later.
    """
    yield from _faults(record, ROW_KEYS if record.get("schema") == ROWS_SCHEMA else KEYS, "")
    yield from _impossible(record, now or datetime.now(UTC))
    answers = record.get("answers")
    if not isinstance(answers, list) or len(answers) > MOST_ANSWERS:
        return
    for number, answer in enumerate(answers, start=1):
        if isinstance(answer, Mapping):
            yield from _faults(answer, ANSWER_KEYS, f"answer {number}: ")
        else:
            yield ShapeFault(f"answer {number}: expected an object, got {_shown(answer)}", is_essential=False)


def _impossible(record: Mapping[str, Any], now: datetime) -> Iterator[ShapeFault]:
    """Yield what no person can have saved: a victim's crime number, a record of the future."""
    if record.get("role") == "victim" and record.get("reference_kind") == "crime_id":
        yield ShapeFault("reference_kind: expected report_reference of a victim, got 'crime_id'", is_essential=True)
    saved_at = moment(record.get("saved_at"))
    if saved_at and saved_at > now + CLOCKS_DIFFER:
        yield ShapeFault(f"saved_at: expected a moment that has passed, got {record['saved_at']}", is_essential=True)


def sound_answers(record: Mapping[str, Any]) -> Iterator[tuple[str, list[str]]]:
    """Yield the item and the codes of every answer of which something can be used, as the landing does.

    Parameters
    ----------
    record
        A record without an essential fault.
    """
    for answer in record["answers"]:
        if not isinstance(answer, Mapping) or not _matches(_CODE)(answer.get("item_code")):
            continue
        values = answer.get("values")
        if isinstance(values, list) and len(values) <= MOST_VALUES:
            codes = list(dict.fromkeys(value for value in values if _matches(_CODE)(value)))
            if codes:
                yield answer["item_code"], codes


def _faults(node: Mapping[str, Any], keys: Mapping[str, Key], where: str) -> Iterator[ShapeFault]:
    for name, key in keys.items():
        if name not in node:
            yield ShapeFault(f"{where}{name}: expected {key.expected}, got no such key", key.is_essential)
        elif not key.is_right(node[name]):
            # what people typed may name somebody, so a fault says only what kind of thing it is
            got = type(node[name]).__name__ if name in _PRIVATE else _shown(node[name])
            yield ShapeFault(f"{where}{name}: expected {key.expected}, got {got}", key.is_essential)
    for name in node:
        if name not in keys:
            yield ShapeFault(f"{where}{_shown(name)}: expected no such key; {nearest(name, keys)}", is_essential=False)


def _are_codes(value: object) -> bool:
    if not isinstance(value, list) or not 0 < len(value) <= MOST_VALUES:
        return False
    return all(_matches(_CODE)(code) for code in value) and len(set(value)) == len(value)


def _shown(value: object) -> str:
    if isinstance(value, list | dict) and value:
        return f"{type(value).__name__} of {len(value):,}"  # its own text may be long, deep, or somebody's words
    text = repr(value)
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}…"
