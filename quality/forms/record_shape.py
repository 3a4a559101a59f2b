"""The layout of a record: which keys it has and what each may hold, one line for every fault.

`mo_record.schema.json` says the same for other software; a test holds the two together.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from quality.errors import nearest
from quality.forms.record import ROWS_SCHEMA, SCHEMA

ROLES = ("victim", "call_taker", "officer", "csi")
REFERENCE_KINDS = ("crime_id", "report_reference")
MOST_REFERENCE, MOST_NOTE = 64, 4000
_CODE = re.compile(r"[a-z0-9]+(_[a-z0-9]+)*", re.ASCII)
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


KEYS: Mapping[str, Key] = {
    "schema": Key(lambda value: value == SCHEMA, repr(SCHEMA), is_essential=True),
    "record_id": Key(_matches(_UUID4), "a version 4 UUID"),
    "standard_version": Key(lambda value: _is_text(value) and value != "", "the version of a minimum standard"),
    "crime_group": Key(_matches(_CODE), "a lower_snake_case code", is_essential=True),
    "role": Key(lambda value: _is_text(value) and value in ROLES, " or ".join(ROLES), is_essential=True),
    "reference": Key(
        lambda value: isinstance(value, str) and len(value) <= MOST_REFERENCE, f"text of {MOST_REFERENCE} at most"
    ),
    "reference_kind": Key(lambda value: _is_text(value) and value in REFERENCE_KINDS, " or ".join(REFERENCE_KINDS)),
    "started_at": Key(_matches(_MOMENT), "a moment such as 2026-03-01T10:00:00+00:00"),
    "saved_at": Key(_matches(_MOMENT), "a moment such as 2026-03-01T10:00:00+00:00"),
    "answers": Key(lambda value: isinstance(value, list), "a list of answers", is_essential=True),
    "committed_from": Key(
        lambda value: value is None or _matches(_LOCAL_TIME)(value), "a local time such as 2026-02-28T18:00, or null"
    ),
    "committed_to": Key(
        lambda value: value is None or _matches(_LOCAL_TIME)(value), "a local time such as 2026-02-28T18:00, or null"
    ),
    "note": Key(lambda value: isinstance(value, str) and len(value) <= MOST_NOTE, f"text of {MOST_NOTE} at most"),
}
ANSWER_KEYS: Mapping[str, Key] = {
    "item_code": Key(_matches(_CODE), "a lower_snake_case code", is_essential=True),
    "values": Key(lambda value: _are_codes(value), "one or more different value codes", is_essential=True),
    "is_fact": Key(lambda value: isinstance(value, bool), "true or false"),
}
ROW_KEYS: Mapping[str, Key] = {
    **{name: KEYS[name] for name in ("crime_group", "role", "reference", "answers")},
    "schema": Key(lambda value: value == ROWS_SCHEMA, repr(ROWS_SCHEMA), is_essential=True),
    "record_id": Key(_is_text, "text"),
}
_PRIVATE = ("reference", "note")


class ShapeFault(NamedTuple):
    """One fault; an essential one leaves nothing to score."""

    text: str
    is_essential: bool


def shape_faults(record: Mapping[str, Any]) -> Iterator[ShapeFault]:
    """Yield what is wrong with the layout of a record, in the order of its keys.

    Parameters
    ----------
    record
        What was read from JSON.
    """
    yield from _faults(record, ROW_KEYS if record.get("schema") == ROWS_SCHEMA else KEYS, "")
    answers = record.get("answers")
    for number, answer in enumerate(answers if isinstance(answers, list) else [], start=1):
        if isinstance(answer, Mapping):
            yield from _faults(answer, ANSWER_KEYS, f"answer {number}: ")
        else:
            yield ShapeFault(f"answer {number}: expected an object, got {_shown(answer)}", is_essential=True)


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
    if not isinstance(value, list) or not value:
        return False
    return all(_matches(_CODE)(code) for code in value) and len(set(value)) == len(value)


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}…"
