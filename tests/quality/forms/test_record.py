"""Records are read from whatever people put them in; what cannot be read is named and the rest is read on."""

import json
from pathlib import Path
from typing import Any

import pytest

from quality.forms.record import read_records

RecordOf = Any


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def three(record_of: RecordOf) -> list[dict[str, Any]]:
    return [record_of({"reference": name}) for name in ("A", "B", "C")]


@pytest.mark.parametrize("ending", ["json", "jsonl", "ndjson", "JSON"])
def test_an_object_an_array_and_lines_hold_the_same_records(
    tmp_path: Path, three: list[dict[str, Any]], ending: str
) -> None:
    one = written(tmp_path, f"one.{ending}", json.dumps(three[0], indent=2))
    array = written(tmp_path, f"array.{ending}", json.dumps(three))
    lines = written(tmp_path, f"lines.{ending}", "\n\n".join(json.dumps(record) for record in three) + "\n")
    assert read_records(one) == ([three[0]], [str(one)], [])
    assert read_records(array) == (three, [f"{array}, entry {n}" for n in (1, 2, 3)], [])
    assert read_records(lines) == (three, [f"{lines}, line {n}" for n in (1, 3, 5)], [])


def test_a_folder_is_read_in_the_order_of_its_names_and_other_files_are_left_alone(
    tmp_path: Path, three: list[dict[str, Any]]
) -> None:
    written(tmp_path, "b.json", json.dumps(three[1]))
    written(tmp_path, "a.jsonl", json.dumps(three[0]) + "\n" + json.dumps(three[2]))
    written(tmp_path, "c.txt", "not a record")
    (tmp_path / "deeper").mkdir()
    read = read_records(tmp_path)
    assert [record["reference"] for record in read.records] == ["A", "C", "B"]
    assert read.faults == []


def test_a_byte_order_mark_is_no_fault(tmp_path: Path, three: list[dict[str, Any]]) -> None:
    path = tmp_path / "r.json"
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps(three[0]).encode())
    assert read_records(path).records == [three[0]]


def test_rows_of_one_crime_and_role_make_one_record_wherever_they_stand(tmp_path: Path) -> None:
    text = (
        "crime_id,crime_group,role,item_code,value_code,extra\n"
        "C1,burglary_residential,officer,property_class_taken,cash,x\n"
        "C2,robbery_personal,officer,approach,confront,\n"
        "C1,burglary_residential,officer,entry_method,lock_snap,\n"
        "C1,burglary_residential,csi,forensic_trace,footwear,\n"
        "C1,burglary_residential,officer,property_class_taken,watch,\n"
        "C2,robbery_personal,officer,disguise,,\n"
        "C3,robbery_personal,officer,,,\n"
    )
    read = read_records(written(tmp_path, "rows.csv", text))
    said = {
        (record["reference"], record["role"]): {one["item_code"]: one["values"] for one in record["answers"]}
        for record in read.records
    }
    assert said == {
        ("C1", "csi"): {"forensic_trace": ["footwear"]},
        ("C1", "officer"): {"property_class_taken": ["cash", "watch"], "entry_method": ["lock_snap"]},
        ("C2", "officer"): {"approach": ["confront"]},
        ("C3", "officer"): {},
    }
    assert read.faults == []


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("r.json", b"", "expected a record, got an empty file"),
        ("r.json", b"  \n", "expected a record, got an empty file"),
        ("r.json", b"{", "expected JSON, got something else at line 1 column 2"),
        ("r.json", b"[{}, 3]", "entry 2: expected a record (a JSON object), got int"),
        ("r.json", b"null", "expected a record (a JSON object), got NoneType"),
        ("r.json", b'{"a": 1}\n{"b": 2\n', "line 2: expected JSON, got something else"),
        ("r.json", b"<html>\n<body>\n", "expected JSON, got something else"),
        ("r.json", b"\xff\xfe{", "expected text in UTF-8, got something else"),
        ("r.json", b"[" * 100_000, "expected JSON, got numbers too long or nesting too deep"),
        ("r.json", b'{"a": 1}\n' + b"[" * 100_000, "line 2: expected JSON, got numbers too long or nesting too deep"),
        ("r.json", b'{"a": ' + b"9" * 10_000 + b"}", "expected JSON, got numbers too long"),
        ("r.json", b'{"a": 1,\n "b" 2}', "expected JSON, got something else at line 2 column 6; save it again"),
        ("r.xlsx", b"PK", "expected a file that ends in .json, .jsonl, .ndjson, .csv, got .xlsx"),
        ("r", b"{}", "got none"),
        ("r.csv", b"", "expected a column 'crime_id', got none; it has none"),
        ("r.csv", b"crimeid,crime_group,role,item_code,value_code\n", "nearest is 'crimeid'"),
        ("r.csv", b'crime_id,crime_group,role,item_code,value_code\n"C1,a,b,c,d\n', "unexpected end of data"),
    ],
)
def test_what_cannot_be_read_is_one_line_that_names_the_file(
    tmp_path: Path, name: str, data: bytes, message: str
) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    read = read_records(path)
    assert len(read.faults) == 1
    assert read.faults[0].startswith(str(path))
    assert message in read.faults[0]
    assert "\n" not in read.faults[0]
    assert len(read.faults[0]) < 300


def test_a_bad_file_among_good_ones_stops_nothing(tmp_path: Path, three: list[dict[str, Any]]) -> None:
    written(tmp_path, "a.json", "{")
    written(tmp_path, "b.json", json.dumps(three))
    read = read_records(tmp_path)
    assert len(read.records) == 3
    assert len(read.faults) == 1


def test_a_folder_without_records_says_so(tmp_path: Path) -> None:
    assert read_records(tmp_path).faults == [
        f"{tmp_path}: expected files that end in .json, .jsonl, .ndjson, .csv, got none; check the folder"
    ]


@pytest.mark.parametrize("sign", ["\u2028", "\u2029", "\x85", "\u000c", "\x1d"])
def test_a_sign_that_unicode_calls_the_end_of_a_line_ends_none(tmp_path: Path, record_of: RecordOf, sign: str) -> None:
    records = [record_of({"note": f"one{sign}two"}), record_of()]
    lines = "\n".join(json.dumps(record, ensure_ascii=False) for record in records)
    lines = lines.replace("\x1d", "\\u001d").replace("\f", "\\f")  # JSON itself forbids these unescaped
    read = read_records(written(tmp_path, "r.jsonl", lines))
    assert (read.records, read.faults) == (records, [])
    rows = f'crime_id,crime_group,role,item_code,value_code\n"C{sign}1",robbery_personal,officer,approach,confront\n'
    read = read_records(written(tmp_path, "r.csv", rows))
    assert [record["reference"] for record in read.records] == [f"C{sign}1"]


def test_a_broken_first_line_leaves_the_others(tmp_path: Path, three: list[dict[str, Any]]) -> None:
    path = written(tmp_path, "r.jsonl", "\n".join(["{broken", *map(json.dumps, three)]))
    read = read_records(path)
    assert read.records == three
    assert read.faults == [f"{path}, line 1: expected JSON, got something else at line 1 column 2; save it again"]


def test_in_the_folder_of_a_role_only_records_of_that_role_count(tmp_path: Path, record_of: RecordOf) -> None:
    folder = tmp_path / "mo_records"
    for name, role in (("officer", "officer"), ("victim", "officer"), ("other", "csi"), (".", "csi")):
        (folder / name).mkdir(parents=True, exist_ok=True)
        written(folder / name, "r.json", json.dumps(record_of({"role": role})))
    read = read_records(folder)
    assert read.places == [str(folder / "r.json"), str(folder / "officer" / "r.json")]
    fault = f"{folder / 'victim' / 'r.json'}: role: expected victim, whose folder this is, got 'officer'"
    assert read.faults == [fault]
    assert read_records(folder / "victim").faults == [fault]
    assert read_records(folder / "victim" / "r.json").faults == [fault]


def test_a_file_in_a_folder_that_only_happens_to_be_named_after_a_role_is_read(
    tmp_path: Path, record_of: RecordOf
) -> None:
    (tmp_path / "victim").mkdir()
    written(tmp_path / "victim", "r.json", json.dumps(record_of({"role": "officer"})))
    assert read_records(tmp_path / "victim").faults == []
