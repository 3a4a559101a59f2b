"""The layout of a record, as the software checks it and as the published schema says it: they never disagree."""

import copy
import json
import random
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from quality.forms.record import ROLES
from quality.forms.record_shape import ANSWER_KEYS, KEYS, MOST_ANSWERS, MOST_VALUES, shape_faults, sound_answers
from quality.minimum_standard import MinimumStandard

SCHEMA = json.loads(
    (Path(__file__).parents[3] / "quality" / "forms" / "mo_record.schema.json").read_text(encoding="utf-8")
)
RecordOf = Any
ODD: list[Any] = [
    None,
    True,
    0,
    1.5,
    "",
    " ",
    "x",
    "X",
    "a_b",
    "a__b",
    "_a",
    "victim",
    "crime_id",
    "é",
    "٣",
    "2026-03-01T10:00",
    "2026-03-01T10:00:00+00:00",
    "2026-03-01T10:00:00Z",
    "2026-03-01T10:00 ",
    "3f2b8c1e-5d0a-1c7e-9b1f-0a6d2e4c8b70",
    "colink.mo_record/2",
    "y" * 65,
    "y" * 4001,
    [],
    ["a"],
    ["a", "a"],
    ["a", 1],
    ["A"],
    {},
    [{}],
    [{"item_code": "a", "values": ["b"], "is_fact": True}],
    [{"item_code": "a", "values": ["b"], "is_fact": True}] * (MOST_ANSWERS + 1),
    [f"v{number}" for number in range(MOST_VALUES)],
    [f"v{number}" for number in range(MOST_VALUES + 1)],
    "y" * 64,
    "a\0b",
    "3F2B8C1E-5D0A-4C7E-9B1F-0A6D2E4C8B70",
]


NOW = datetime(2026, 3, 2, tzinfo=UTC)


def texts(record: Any) -> list[str]:
    return [fault.text for fault in shape_faults(record, NOW)]


def test_a_record_as_a_form_saves_it_has_no_fault(record_of: RecordOf) -> None:
    assert texts(record_of(entry_point="rear_door", property_class_taken=["cash", "watch"])) == []


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"schema": "colink.mo_record/2"}, "schema: expected 'colink.mo_record/1', got 'colink.mo_record/2'"),
        ({"record_id": 7}, "record_id: expected a version 4 UUID, got 7"),
        ({"role": "victims"}, "role: expected victim or call_taker or officer or csi, got 'victims'"),
        ({"answers": {}}, "answers: expected a list of answers, 100 at most, got {}"),
        ({"committed_to": "28/02/2026"}, "committed_to: expected a local time such as 2026-02-28T18:00, or null, got"),
        ({"saved_at": "2026-03-01T10:00"}, "saved_at: expected a moment such as 2026-03-01T10:00:00+00:00, got"),
        ({"notes": ""}, "'notes': expected no such key; nearest is 'note'"),
        ({"role": "victim"}, "reference_kind: expected report_reference of a victim, got 'crime_id'"),
        ({"saved_at": "2026-02-30T10:00:00+00:00"}, "saved_at: expected a moment such as"),
        ({"saved_at": "2026-03-04T00:00:01+00:00"}, "saved_at: expected a moment that has passed, got 2026-03-04"),
        ({"committed_from": "2026-02-30T10:00"}, "committed_from: expected a local time such as"),
        ({"answers": ["x"] * 101}, "answers: expected a list of answers, 100 at most, got list of 101"),
        ({"note": "half \ud83d of a sign"}, "note: expected text of 4000 at most, got str"),
        ({"role": [[["x"] * 9]]}, "role: expected victim or call_taker or officer or csi, got list of 1"),
        ({"answers": ["entry_point"]}, "answer 1: expected an object, got 'entry_point'"),
    ],
)
def test_a_fault_says_what_was_expected_and_what_came(
    record_of: RecordOf, changes: dict[str, Any], message: str
) -> None:
    (fault,) = texts(record_of(changes))
    assert fault.startswith(message)


def test_what_people_typed_is_never_repeated(record_of: RecordOf) -> None:
    faults = texts(record_of({"note": "Jane Doe " * 600, "reference": "Jane Doe " * 20}))
    assert len(faults) == 2
    assert not any("Jane" in fault for fault in faults)


def test_a_missing_key_is_named_and_only_the_essential_ones_leave_nothing_to_score(record_of: RecordOf) -> None:
    for key in KEYS:
        record = record_of()
        del record[key]
        (fault,) = shape_faults(record)
        assert fault.text.startswith(f"{key}: expected ")
        needed = ("schema", "record_id", "crime_group", "role", "reference", "reference_kind", "saved_at", "answers")
        assert fault.is_essential == (key in needed)


def test_of_answers_what_can_be_used_is_used(record_of: RecordOf) -> None:
    answers = [
        {"item_code": "a", "values": ["x", "x", "Y", 3, "z"], "is_fact": True},
        {"item_code": "b", "values": [f"v{number}" for number in range(51)], "is_fact": True},
        {"item_code": "B", "values": ["x"]},
        {"item_code": "c", "values": []},
        {"item_code": "d", "values": "x"},
        {"values": ["x"]},
        "x",
    ]
    assert list(sound_answers(record_of({"answers": answers}))) == [("a", ["x", "z"])]


def test_a_value_that_is_nested_deep_is_a_fault_and_no_crash(record_of: RecordOf) -> None:
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]
    (fault,) = texts(record_of({"role": deep}))
    assert fault.endswith("got list of 1")


def test_the_schema_and_the_software_never_disagree(record_of: RecordOf) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    validator = jsonschema.Draft202012Validator(SCHEMA)
    draw = random.Random(7)
    good = record_of(entry_point="rear_door", property_class_taken=["cash", "watch"])
    n_wrong = 0
    for record in [*one_change(good), *(several_changes(good, draw) for _ in range(500))]:
        is_wrong = bool(texts(record))
        n_wrong += is_wrong
        assert is_wrong == (not validator.is_valid(record)), record
    assert n_wrong > 400


def one_change(good: dict[str, Any]) -> list[dict[str, Any]]:
    changed = [{**good, key: value} for key in (*KEYS, "other") for value in ODD]
    for key in (*ANSWER_KEYS, "other"):
        for value in ODD:
            record = copy.deepcopy(good)
            record["answers"][0][key] = value
            changed.append(record)
    return changed


def several_changes(good: dict[str, Any], draw: random.Random) -> dict[str, Any]:
    """Change up to three keys to what would be right or wrong elsewhere; half of the time to what they were."""
    record = copy.deepcopy(good)
    for _ in range(draw.randint(1, 3)):
        node = draw.choice([record, record["answers"][0]])
        key = draw.choice([key for key in node if key != "answers"])
        node[key] = draw.choice([node[key], draw.choice(ODD)])
    return record


def test_the_schema_names_the_roles_of_the_standard(standard: MinimumStandard) -> None:
    assert SCHEMA["properties"]["role"]["enum"] == list(standard.roles) == list(ROLES)
    assert SCHEMA["properties"]["schema"]["const"] == SCHEMA["$id"] == "colink.mo_record/1"
    assert list(SCHEMA["properties"]) == SCHEMA["required"] == list(KEYS)
