"""One record of a form: what of it can be used, and the one line that says what cannot."""

import json
from datetime import UTC, datetime
from time import process_time
from typing import Any

import pytest

from intake.mo_record_parts import Answer, Fault, read_answers
from intake.mo_record_shape import parse_record

NOW = datetime(2026, 3, 2, tzinfo=UTC)


def record(**changes: Any) -> dict[str, Any]:
    """Return a sound record, changed."""
    sound = {
        "schema": "colink.mo_record/1",
        "record_id": "0b5f1f7c-5d0a-4c7e-9a39-1f5b0c8f2f11",
        "standard_version": "1",
        "crime_group": "burglary_residential",
        "role": "victim",
        "reference": "WEB-7F3K-22Q9",
        "reference_kind": "report_reference",
        "started_at": "2026-03-01T10:00:00+00:00",
        "saved_at": "2026-03-01T11:04:05+01:00",
        "answers": [{"item_code": "entry_point", "values": ["rear_door"], "is_fact": True}],
        "committed_from": "2026-02-28T18:00",
        "committed_to": None,
        "note": " They left a ladder. ",
    }
    return {key: value for key, value in (sound | changes).items() if value is not ...}


def the_fault(**changes: Any) -> Fault:
    """Return the one fault of a record that cannot be used at all."""
    found, faults = parse_record(record(**changes), NOW)
    assert found is None
    assert len(faults) == 1
    return faults[0]


def test_a_sound_record_is_read_whole():
    found, faults = parse_record(record(), NOW)
    assert faults == ()
    assert found is not None
    assert (found.role, found.reference_kind, found.reference) == ("victim", "report_reference", "WEB-7F3K-22Q9")
    assert found.saved_at == datetime(2026, 3, 1, 10, 4, 5, tzinfo=UTC)  # 11:04:05 an hour ahead of UTC
    assert found.answers == (Answer("entry_point", "rear_door", True),)
    assert found.note == "They left a ladder."
    # one bound is both
    assert found.committed_from == found.committed_to == datetime(2026, 2, 28, 18)  # civil time


def test_several_values_are_several_answers_and_a_value_given_twice_is_one():
    answers = [
        {"item_code": "forensic_trace", "values": ["cctv", "doorbell", "cctv"], "is_fact": False},
        {"item_code": "entry_point", "values": ["unknown"]},
    ]
    found, faults = parse_record(record(answers=answers), NOW)
    assert faults == (
        Fault("value_code", "forensic_trace: expected different codes, got one twice: read once", "cctv", False),
        Fault("is_fact", "expected true or false, got no such key: not said", is_lost=False),
    )
    assert found is not None
    assert found.answers == (
        Answer("forensic_trace", "cctv", False),
        Answer("forensic_trace", "doorbell", False),
        Answer("entry_point", "unknown", None),
    )


@pytest.mark.parametrize(
    ("changes", "key", "said"),
    [
        ({"schema": "colink.mo_record/2"}, "schema", "expected 'colink.mo_record/1', got 'colink.mo_record/2'"),
        ({"schema": ...}, "schema", "got no such key"),
        ({"schema": ["colink.mo_record/1"]}, "schema", "got list"),
        ({"role": "detective"}, "role", "expected victim or call_taker or officer or csi, got 'detective'"),
        ({"role": {}}, "role", "got dict"),
        ({"reference_kind": "name"}, "reference_kind", "expected crime_id or report_reference, got 'name'"),
        ({"reference_kind": "crime_id"}, "reference_kind", "expected report_reference of a victim, got 'crime_id'"),
        ({"crime_group": "Burglary"}, "crime_group", "expected a code, got 'Burglary'"),
        ({"crime_group": ...}, "crime_group", "expected a code, got no such key"),
        ({"reference": 12}, "reference", "got int"),
        ({"reference": "A" * 65}, "reference", "at most 64 characters"),
        ({"reference": "\ud800"}, "reference", "signs that no text may hold"),
        ({"record_id": "short"}, "record_id", "expected a version 4 UUID in small letters"),
        ({"record_id": "somebody@example.org"}, "record_id", "expected a version 4 UUID"),
        ({"record_id": "0B5F1F7C-5D0A-4C7E-9A39-1F5B0C8F2F11"}, "record_id", "expected a version 4 UUID"),
        ({"record_id": "0b5f1f7c-5d0a-1c7e-9a39-1f5b0c8f2f11"}, "record_id", "expected a version 4 UUID"),
        ({"saved_at": "2026-03-01T10:00:00"}, "saved_at", "got one without: which clock it means cannot be known"),
        ({"saved_at": "2026-02-30T10:00:00+00:00"}, "saved_at", "expected a moment with its offset"),
        ({"saved_at": "2026-03-01T10:00:00Z"}, "saved_at", "expected a moment with its offset"),
        ({"saved_at": "yesterday"}, "saved_at", "expected a moment with its offset"),
        ({"saved_at": "0001-01-01T00:00:00+14:00"}, "saved_at", "expected a moment with its offset"),
        ({"saved_at": "2026-03-04T00:00:01+00:00"}, "saved_at", "expected a moment that has passed"),
        ({"answers": {"entry_point": "rear_door"}}, "answers", "expected a list, got dict"),
        ({"answers": [{}] * 101}, "answers", "expected at most 100 answers, got 101"),
    ],
)
def test_a_record_that_cannot_be_used_is_one_line(changes, key, said):
    fault = the_fault(**changes)
    assert fault.key == key
    assert said in fault.reason
    assert "\n" not in fault.reason


@pytest.mark.parametrize("entry", [None, 3, "text", [], [1], True])
def test_what_is_no_object_is_no_record(entry):
    found, faults = parse_record(entry, NOW)
    assert found is None
    assert [fault.key for fault in faults] == ["record"]


@pytest.mark.parametrize(
    ("answer", "key", "said"),
    [
        ("rear_door", "item_code", "answer 2: expected the code of an item"),
        ({"item_code": "Entry Point", "values": ["x"]}, "item_code", "answer 2: expected the code of an item"),
        ({"item_code": "entry_method", "values": [], "is_fact": True}, "value_code", "codes that is not empty"),
        ({"item_code": "entry_method", "values": "insecure", "is_fact": True}, "value_code", "codes that is not empty"),
        ({"item_code": "entry_method", "values": ["a"] * 51, "is_fact": True}, "value_code", "at most 50"),
        ({"item_code": "entry_method", "values": ["Jane Doe did it"], "is_fact": True}, "value_code", "snake_case"),
        ({"item_code": "entry_method", "values": ["a__b"], "is_fact": True}, "value_code", "lower_snake_case"),
        ({"item_code": "entry_method", "values": ["y" * 65], "is_fact": True}, "value_code", "lower_snake_case"),
        ({"item_code": "entry_method", "values": [None], "is_fact": True}, "value_code", "lower_snake_case"),
    ],
)
def test_a_bad_answer_leaves_the_others_and_is_one_line(answer, key, said):
    good = {"item_code": "entry_point", "values": ["rear_door"], "is_fact": True}
    found, faults = parse_record(record(answers=[good, answer]), NOW)
    assert found is not None
    assert found.answers == (Answer("entry_point", "rear_door", True),)
    assert [fault.key for fault in faults] == [key]
    assert said in faults[0].reason
    assert "Jane" not in json.dumps(faults)


@pytest.mark.parametrize("note", ["x" * 4_001, 5, "half \ud83d of a sign", "a\0b"])
def test_a_note_that_cannot_be_kept_leaves_the_answers(note):
    found, faults = parse_record(record(note=note), NOW)
    assert found is not None
    assert found.note == ""
    assert len(found.answers) == 1
    assert [fault.key for fault in faults] == ["text"]


@pytest.mark.parametrize(
    ("begin", "end"),
    [("2026-02-28 18:00", None), ("2026-02-30T18:00", None), ("2026-02-28T18:00", "2026-02-28T17:59"), (5, None)],
)
def test_a_time_that_cannot_be_is_left_out(begin, end):
    found, faults = parse_record(record(committed_from=begin, committed_to=end), NOW)
    assert found is not None
    assert found.committed_from is None
    assert len(faults) == 1
    assert faults[0].key.startswith("committed")


def test_an_end_without_a_start_says_nothing():
    found, faults = parse_record(record(committed_from=None, committed_to="2026-02-28T18:00"), NOW)
    assert found is not None
    assert (found.committed_from, found.committed_to, faults) == (None, None, ())


@pytest.mark.parametrize(
    ("begin", "end", "is_kept"),
    [
        ("2026-03-02T10:04", None, True),  # saved on 1 March at 10:04:05 UTC: 23 hours and 59 minutes later
        ("2026-03-02T10:05", None, False),
        ("2026-02-28T18:00", "2099-01-01T00:00", False),
    ],
)
def test_a_time_after_the_record_was_saved_is_left_out_whatever_the_zone(begin, end, is_kept):
    found, faults = parse_record(record(committed_from=begin, committed_to=end), NOW)
    assert found is not None
    assert (found.committed_from is not None) == is_kept
    assert [fault.is_lost for fault in faults] == ([] if is_kept else [True])


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"standard_version": ...}, "standard_version"),
        ({"standard_version": ""}, "standard_version"),
        ({"started_at": "2026-03-01"}, "started_at"),
        ({"committed_to": ...}, "committed_to_at"),
        ({"note": None}, "text"),
        ({"weather": "rain"}, "record"),
        ({"answers": [], "note": "", "committed_from": None}, "answers"),
        ({"answers": [{"item_code": "occupied", "values": ["vacant"], "is_fact": 1}]}, "is_fact"),
        ({"answers": [{"item_code": "occupied", "values": ["vacant"], "is_fact": True, "why": 1}]}, "answers"),
        ({"answers": [{"item_code": "occupied", "values": ["vacant"], "is_fact": True}] * 2}, "item_code"),
    ],
)
def test_what_breaks_the_layout_but_takes_nothing_away_is_noted_and_all_is_used(changes, key):
    found, faults = parse_record(record(**changes), NOW)
    assert found is not None
    assert [(fault.key, fault.is_lost) for fault in faults] == [(key, False)]
    assert len(found.answers) == len(record(**changes)["answers"][:1])


def test_a_reference_may_be_empty_and_then_fits_no_crime():
    found, faults = parse_record(record(reference="  "), NOW)
    assert found is not None
    assert (found.reference, faults) == ("", ())


def test_the_fullest_record_is_read_whole():
    values = [f"v{number}" for number in range(50)]
    answers = [{"item_code": f"item_{number}", "values": values, "is_fact": True} for number in range(100)]
    found, faults = parse_record(record(answers=answers), NOW)
    assert found is not None
    assert (len(found.answers), faults) == (5_000, ())


def test_reading_answers_takes_time_that_grows_with_their_number_and_not_its_square():
    values = [f"v{number}" for number in range(50)]
    answers: list[object] = [{"item_code": f"i{n}", "values": values, "is_fact": True} for n in range(1_000)]
    began = process_time()
    found, faults = read_answers(answers)
    assert (len(found), faults) == (50_000, [])
    # a tenth of a second; looked up in a list, each among those before it, 1,250 million comparisons
    assert process_time() - began < 5
