"""A record is judged twice, by check-mo and by landing, which know nothing of each other: they say the same."""

import copy
import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from intake import mo_record_parts, mo_record_shape
from intake.mo_record_shape import parse_record
from intake.mo_records import RecordFile, find_record_files, read_record_file
from quality.forms import record as check_record
from quality.forms import record_shape
from quality.forms.record import read_records
from quality.forms.record_checking import RecordJudge
from quality.forms.record_shape import sound_answers
from quality.minimum_standard import MinimumStandard, load_minimum_standard

NOW = datetime(2026, 11, 27, tzinfo=UTC)  # neither record nor limit is near it
GOOD: dict[str, Any] = {
    "schema": "colink.mo_record/1",
    "record_id": "3f2b8c1e-5d0a-4c7e-9b1f-0a6d2e4c8b70",
    "standard_version": "1.0",
    "crime_group": "burglary_residential",
    "role": "officer",
    "reference": "AB/1",
    "reference_kind": "crime_id",
    "started_at": "2026-03-01T10:00:00+00:00",
    "saved_at": "2026-03-01T10:02:00+00:00",
    "answers": [
        {"item_code": "entry_point", "values": ["rear_door"], "is_fact": True},
        {"item_code": "forensic_trace", "values": ["cctv", "doorbell"], "is_fact": False},
    ],
    "committed_from": "2026-02-28T18:00",
    "committed_to": "2026-02-28T23:30",
    "note": "",
}


def answer(**changes: Any) -> dict[str, Any]:
    """Return the changes of a record that give it one answer, changed; `...` takes a key away."""
    whole = {"item_code": "entry_point", "values": ["rear_door"], "is_fact": True} | changes
    return {"answers": [{key: value for key, value in whole.items() if value is not ...}]}


NOTHING: dict[str, Any] = {"answers": [], "committed_from": None, "committed_to": None}
CASES: list[tuple[str, dict[str, Any]]] = [
    ("good", {}),
    ("good", {"role": "victim", "reference_kind": "report_reference"}),
    ("good", {"role": "csi", "reference_kind": "report_reference"}),
    ("good", {"role": "call_taker"}),
    ("good", {"crime_group": "theft_from_vehicle", "answers": []}),
    ("good", {"reference": "y" * 64}),
    ("good", {"reference": " ab-1 "}),
    ("good", {"reference": "😀"}),
    ("good", {"standard_version": "9 (ours)"}),
    ("good", {"saved_at": "2026-03-01T12:02:00+02:00"}),
    ("good", {"saved_at": "2026-03-01T00:00:00-23:59"}),
    ("good", {"note": "n" * 4_000}),
    ("good", {"note": "one\u2028two\tthree\n😀"}),
    ("good", {"committed_to": None}),
    ("good", {"committed_from": None}),
    ("good", {"committed_from": None, "committed_to": None}),
    ("good", {"committed_from": "0001-01-01T00:00"}),  # what dates a crime may have, the profile says
    ("good", {"committed_to": "2026-03-02T10:02"}),  # a day after it was saved: a clock of another zone
    ("good", {**NOTHING, "note": "n"}),
    ("good", {**NOTHING, "committed_from": "2026-02-28T18:00"}),
    ("good", answer(values=["unknown"])),
    ("odd", NOTHING),
    ("odd", {**NOTHING, "note": " \n"}),
    ("odd", {**NOTHING, "committed_to": "2026-02-28T18:00"}),
    ("odd", {"standard_version": ...}),
    ("odd", {"standard_version": ""}),
    ("odd", {"started_at": ...}),
    ("odd", {"started_at": "2026-03-01"}),
    ("odd", {"note": ...}),
    ("odd", {"note": None}),
    ("odd", {"note": 3}),
    ("odd", {"note": "n" * 4_001}),
    ("odd", {"note": "a\0b"}),
    ("odd", {"note": "half \ud83d"}),
    ("odd", {"committed_from": ...}),
    ("odd", {"committed_to": ...}),
    ("odd", {"committed_from": "2026-02-30T18:00"}),
    ("odd", {"committed_from": "2026-02-28 18:00"}),
    ("odd", {"committed_from": "2026-02-28T18:00:00"}),
    ("odd", {"committed_from": 20260228}),
    ("odd", {"committed_to": "2026-02-28T17:59"}),
    ("odd", {"committed_to": "2026-03-02T10:03"}),
    ("odd", {"committed_to": "2099-01-01T00:00"}),
    ("odd", {"weather": "rain"}),
    ("odd", answer(is_fact=...)),
    ("odd", answer(is_fact=1)),
    ("odd", answer(why="seen")),
    ("odd", answer(item_code="Entry Point")),
    ("odd", answer(item_code=...)),
    ("odd", answer(values=...)),
    ("odd", answer(values=[])),
    ("odd", answer(values="rear_door")),
    ("odd", answer(values=["rear_door", "rear_door"])),
    ("odd", answer(values=["rear_door", None])),
    ("odd", answer(values=["rear_door", "Rear door"])),
    ("odd", answer(values=["rear_door", ["x"]])),
    ("odd", answer(values=[f"v{number}" for number in range(51)])),
    ("odd", {"answers": ["entry_point"]}),
    ("odd", {"answers": GOOD["answers"] * 2}),
    ("refused", {"schema": "colink.mo_record/2"}),
    ("refused", {"schema": ...}),
    ("refused", {"record_id": "abcdefgh1"}),
    ("refused", {"record_id": "3F2B8C1E-5D0A-4C7E-9B1F-0A6D2E4C8B70"}),
    ("refused", {"record_id": "3f2b8c1e-5d0a-1c7e-9b1f-0a6d2e4c8b70"}),
    ("refused", {"record_id": ...}),
    ("refused", {"crime_group": ...}),
    ("refused", {"crime_group": "Burglary Residential"}),
    ("refused", {"crime_group": "y" * 65}),
    ("refused", {"role": "witness"}),
    ("refused", {"role": ["officer"]}),
    ("refused", {"role": "victim"}),  # of a victim with a crime number
    ("refused", {"reference": None}),
    ("refused", {"reference": "y" * 65}),
    ("refused", {"reference": "a\0b"}),
    ("refused", {"reference": "\ud800"}),
    ("refused", {"reference_kind": "name"}),
    ("refused", {"reference_kind": ...}),
    ("refused", {"saved_at": "2026-03-01T10:02:00Z"}),
    ("refused", {"saved_at": "2026-03-01T10:02:00"}),
    ("refused", {"saved_at": "2026-02-30T10:02:00+00:00"}),
    ("refused", {"saved_at": "0001-01-01T00:00:00+14:00"}),
    ("refused", {"saved_at": "2099-01-01T00:00:00+00:00"}),
    ("refused", {"saved_at": ...}),
    ("refused", {"answers": None}),
    ("refused", {"answers": {"entry_point": "rear_door"}}),
    ("refused", {"answers": [{"item_code": "entry_point", "values": ["rear_door"], "is_fact": True}] * 101}),
]


def changed(changes: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in (copy.deepcopy(GOOD) | changes).items() if value is not ...}


def by_landing(entry: dict[str, Any]) -> str:
    record, faults = parse_record(entry, NOW)
    return "refused" if record is None else "odd" if faults else "good"


def by_check(entry: dict[str, Any], judge: RecordJudge) -> str:
    found = judge(entry)
    return "refused" if not found.is_readable else "odd" if found.findings else "good"


@pytest.fixture(scope="module")
def judge() -> RecordJudge:
    standard: MinimumStandard = load_minimum_standard()
    return RecordJudge(standard)


@pytest.mark.parametrize(
    ("verdict", "changes"), CASES, ids=[f"{n}-{json.dumps(c, default=str)[:40]}" for n, c in CASES]
)
def test_both_give_the_same_verdict(judge: RecordJudge, verdict: str, changes: dict[str, Any]) -> None:
    entry = changed(changes)
    assert (by_landing(entry), by_check(entry, judge)) == (verdict, verdict)


def test_both_use_the_same_values_of_every_record_that_is_not_refused() -> None:
    n_used = 0
    for verdict, changes in CASES:
        if verdict == "refused":
            continue
        entry = changed(changes)
        record, _ = parse_record(entry, NOW)
        assert record is not None
        landed = [(one.item_code, one.value_code) for one in record.answers]
        checked = [(item, value) for item, values in sound_answers(entry) for value in values]
        assert landed == list(dict.fromkeys(checked)), changes
        n_used += len(landed)
    assert n_used > 100


def test_records_changed_at_random_get_the_same_verdict(judge: RecordJudge) -> None:
    draw = random.Random(23)
    verdicts = set()
    for _ in range(1_500):
        changes: dict[str, Any] = {}
        for _ in range(draw.randint(1, 4)):
            changes |= draw.choice(CASES)[1]
        entry = changed(changes)
        if not isinstance(entry.get("reference"), str) or entry["reference"].strip():
            verdicts.add(by_landing(entry))
            assert by_landing(entry) == by_check(entry, judge), changes
    assert verdicts == {"good", "odd", "refused"}


def test_both_know_the_same_keys_roles_and_limits() -> None:
    assert mo_record_shape.SCHEMA == check_record.SCHEMA
    assert list(mo_record_shape.KEYS) == list(record_shape.KEYS)
    assert frozenset(record_shape.ANSWER_KEYS) == mo_record_parts.ANSWER_KEYS
    assert tuple(mo_record_shape.CAPTORS) == check_record.ROLES
    assert mo_record_shape.REFERENCE_KINDS == record_shape.REFERENCE_KINDS
    assert mo_record_parts.MOST_ANSWERS == record_shape.MOST_ANSWERS
    assert mo_record_parts.MOST_VALUES == record_shape.MOST_VALUES
    assert mo_record_parts.CLOCKS_DIFFER == record_shape.CLOCKS_DIFFER
    assert mo_record_shape.LONGEST_REFERENCE == record_shape.MOST_REFERENCE
    assert mo_record_parts.LONGEST_NOTE == record_shape.MOST_NOTE


RECORD = json.dumps(GOOD)
BROKEN = json.dumps(GOOD | {"note": "one\u2028two\x85three"}, ensure_ascii=False)
FILES: dict[str, tuple[str, int, int]] = {
    # text of a file, how many records it holds, and how many things that are none
    "an object": (json.dumps(GOOD, indent=2), 1, 0),
    "an array": (f"[{RECORD}, {RECORD}]", 2, 0),
    "an array with a number": (f"[{RECORD}, 3]", 1, 1),
    "lines": (f"{RECORD}\n\n{RECORD}\n", 2, 0),
    "lines of Windows": (f"{RECORD}\r\n{RECORD}\r\n", 2, 0),
    "lines with signs that end lines elsewhere": (f"{BROKEN}\n{BROKEN}", 2, 0),
    "lines, the first of them broken": (f"{{broken\n{RECORD}", 1, 1),
    "lines, the last of them broken": (f"{RECORD}\n{{broken", 1, 1),
    "lines, one of them an array": (f"{RECORD}\n[]\n", 1, 1),
    "lines, one of them nested deep": (f"{RECORD}\n{'[' * 100_000}\n", 1, 1),
    "a mark of byte order": (f"\ufeff{RECORD}", 1, 0),
    "an object that is cut": (json.dumps(GOOD, indent=2)[:-2], 0, 1),
    "no text": ("", 0, 1),
    "a page": ("<html>\n<body>\n", 0, 1),
    "numbers too long": ("9" * 10_000, 0, 1),
    "null": ("null", 0, 1),
    "an empty array": ("[]", 0, 0),
}


@pytest.mark.parametrize("name", FILES)
def test_both_read_the_same_records_of_a_file(tmp_path: Path, name: str) -> None:
    text, n_records, n_other = FILES[name]
    path = tmp_path / "r.jsonl"
    path.write_bytes(text.encode())
    landed = read_record_file(RecordFile("r.jsonl", "mo_records", path), NOW)
    read = read_records(path)
    assert (len(read.records), len(read.faults)) == (n_records, n_other)
    assert sum(entry.record is not None for entry in landed.entries) == n_records
    assert sum(entry.record is None for entry in landed.entries) == n_other


def folder_of_roles(root: Path) -> Iterator[tuple[str, str]]:
    for folder in ("", "officer", "victim", "csi", "elsewhere"):
        name = f"mo_records/{folder}/r.json".replace("//", "/")
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(RECORD)
        yield name, folder


def test_both_hold_records_to_the_role_whose_folder_they_lie_in(tmp_path: Path) -> None:
    names = dict(folder_of_roles(tmp_path))
    taken = sorted(name for name, folder in names.items() if folder in ("", "officer"))
    landed = [read_record_file(file, NOW) for file in find_record_files([], tmp_path)]
    assert sorted(one.file.label for one in landed if any(entry.record for entry in one.entries)) == taken
    read = read_records(tmp_path / "mo_records")
    assert sorted(Path(place).relative_to(tmp_path).as_posix() for place in read.places) == taken
    assert len(read.faults) == 2
