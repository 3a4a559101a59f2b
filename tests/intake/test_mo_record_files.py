"""Files of records of forms: found, read or refused, in folders of roles, and reconciled."""

import json
from pathlib import Path
from typing import Any

import pytest

from intake import mo_records
from intake.checking import check_profile
from intake.landing import land
from intake.mo_records import RecordFile, find_record_files, read_record_file
from tests.intake.conftest import HEADER
from tests.intake.landed_records import NOW, ROWS, WITH_REPORTS, Landed, answer, record


def test_an_array_and_json_lines_are_read_and_a_bad_line_is_one_line(landed):
    lines = "\n".join([json.dumps(record(1)), "", "{broken", json.dumps(record(2, role="officer")), "[]"])
    found = landed(a__json=[record(3, role="csi", answers=answer("forensic_trace", "dna"))], b__jsonl="\ufeff" + lines)
    assert len(found.features()) == 3
    assert [(note[0], note[1], note[2]) for note in found.notes()] == [
        ("mo_records/b.jsonl", 3, "record"),
        ("mo_records/b.jsonl", 5, "record"),
    ]
    assert found.accounts("mo_features")["mo_records/b.jsonl"] == (4, 2, 0, 0, 2)
    n_rows = {file.label: file.n_rows for file in found.report.files}
    assert n_rows["mo_records/b.jsonl"] == 4


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "the file is empty"),
        (b"{", "not JSON at line 1 column 2"),
        (b'{"schema": "colink.mo_record/1",\n "record_id": ', "not JSON at line 2"),
        (b"\xff\xfe\x00", "expected UTF-8 text"),
        (b"[" * 100_000, "nested too deep"),
        (b"9" * 10_000, "numbers too long"),
        (b'"text"', "expected a record (a JSON object), got str"),
        (b"[3]", "expected a record (a JSON object), got int"),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_a_file_that_holds_no_record_is_one_line_and_the_others_land(landed, content, said):
    found = landed(bad__json=content, good__json=record(1))
    assert len(found.features()) == 1
    ((file, row, column, action, reason, _),) = found.notes()
    assert (file, row, column, action) == ("mo_records/bad.json", 1, "record", "row_quarantined")
    assert said in reason
    assert found.accounts("mo_features")["mo_records/bad.json"] == (1, 0, 0, 0, 1)


def test_an_empty_array_is_a_file_without_records(landed):
    found = landed(a__json=b"[]")
    assert found.notes() == []
    assert {file.label: file.n_rows for file in found.report.files}["mo_records/a.json"] == 0


def test_a_file_of_two_hundred_megabytes_is_not_read(tmp_path):
    path = tmp_path / "large.json"
    with path.open("wb") as stream:
        stream.truncate(200 << 20)
    read = read_record_file(RecordFile("large.json", "mo_records", path), NOW)
    ((row, found, (fault,)),) = read.entries
    assert (row, found) == (1, None)
    assert fault.reason == "expected at most 67,108,864 bytes, got 209,715,200: split the file"


def test_a_file_that_may_not_be_opened_is_one_line(tmp_path, monkeypatch):
    path = tmp_path / "closed.json"
    path.write_text("{}")

    def refuse(*_: object, **__: object) -> str:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    read = read_record_file(RecordFile("closed.json", "mo_records", path), NOW)
    assert [fault.reason for entry in read.entries for fault in entry.faults] == [
        "the file cannot be read (Permission denied); save the record again"
    ]


def test_records_stand_in_extracts_and_stay_in_the_landing_folder(con, profile_of, tmp_path):
    landing = tmp_path / "landing"
    for name in ("2026-02-01", "2026-03-01"):
        (landing / name / "mo_records").mkdir(parents=True)
        (landing / name / "crimes.csv").write_text(HEADER + ROWS)
        (landing / name / "_COMPLETE").touch()
    (landing / "mo_records").mkdir()
    (landing / "2026-02-01" / "mo_records" / "old.json").write_text(json.dumps(record(1)))
    (landing / "2026-03-01" / "mo_records" / "new.json").write_text(json.dumps(record(2, reference="WEB-AAAA-0002")))
    (landing / "mo_records" / "kept.JSON").write_text(json.dumps(record(3, reference="WEB-AAAA-0003")))
    (landing / "mo_records" / "notes.txt").write_text("not a record")
    report = land(con, profile_of(text=WITH_REPORTS), landing)
    rows = con.execute(
        "select crime_id, source_file, extract_id from landing.mo_features"
        " where source_file like '%mo_records%' order by all"
    )
    assert rows.fetchall() == [
        ("C/2", "2026-03-01/mo_records/new.json", "2026-03-01"),  # a snapshot reads its newest extract
        ("C/3", "mo_records/kept.JSON", "mo_records"),
    ]
    before = report.fingerprint
    (landing / "mo_records" / "kept.JSON").write_text(json.dumps(record(4, reference="WEB-AAAA-0003")))
    assert land(con, profile_of(text=WITH_REPORTS), landing).fingerprint != before


def test_a_folder_that_is_extract_and_landing_in_one_is_read_once(tmp_path):
    from intake.extracts import Extract

    (tmp_path / "mo_records").mkdir()
    (tmp_path / "mo_records" / "a.json").write_text("{}")
    (found,) = find_record_files([Extract("landing", 0, tmp_path)], tmp_path)
    assert (found.label, found.extract_id) == ("mo_records/a.json", "landing")


def test_a_landing_without_records_is_as_before(con, profile_of, extract):
    folder = extract(crimes__csv=HEADER + ROWS)
    report = land(con, profile_of(text=WITH_REPORTS), folder)
    assert [file.label for file in report.files] == ["crimes.csv"]
    assert con.execute("select count(*) from landing.notes").fetchall() == [(0,)]


def test_a_check_of_the_profile_reports_records_too(con, profile_of, extract):
    folder = extract(crimes__csv=HEADER + ROWS)
    (folder / "mo_records").mkdir()
    (folder / "mo_records" / "a.json").write_text(json.dumps(record(1, reference="WEB-NONE")))
    check = check_profile(con, profile_of(text=WITH_REPORTS), folder)
    assert any("no crime of the extract has this report_reference" in remark for remark in check.remarks)
    assert "WEB-NONE" not in str(check)


def test_every_entry_of_many_files_reconciles(landed, monkeypatch):
    monkeypatch.setattr(mo_records, "MOST_BYTES", 10_000)
    files: dict[str, Any] = {
        f"f{n}__json": [
            record(10 * n + k, reference=f"WEB-AAAA-000{1 + (n + k) % 5}", role=("victim", "csi")[k % 2])
            for k in range(6)
        ]
        for n in range(5)
    }
    found = landed(**files, large__json=b" " * 10_001, bad__jsonl=b"{}\n{}", none__json=b"[]")
    for account in found.report.accounts:
        assert account.n_in == sum(account[3:]), account
    n_faulty = sum(account.n_quarantined for account in found.report.accounts if "mo_records" in account.file)
    assert n_faulty == sum(note[3] == "row_quarantined" for note in found.notes())


def in_folders(root: Path, **files: Any) -> Path:
    """Write records into folders under mo_records: victim__a is victim/a.json."""
    for name, content in files.items():
        path = root / "mo_records" / f"{name.replace('__', '/')}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content))
    return root


def test_in_the_folder_of_a_role_only_records_of_that_role_count(con, profile_of, extract):
    mine, edited = record(1), record(2, role="officer", answers=answer("entry_point", "garage"))
    folder = in_folders(extract(crimes__csv=HEADER + ROWS), victim__a=[mine, edited], officer__b=[record(3)])
    found = Landed(con, land(con, profile_of(text=WITH_REPORTS), folder))
    assert [row[1:4] for row in found.features()] == [("entry_point", "rear_door", "victim_online")]
    assert [note[:4] for note in found.notes()] == [
        ("mo_records/officer/b.json", 1, "role", "row_quarantined"),
        ("mo_records/victim/a.json", 2, "role", "row_quarantined"),
    ]
    assert "expected victim, whose folder this is, got 'officer'" in found.notes()[1][4]
    assert found.accounts("mo_features") == {
        "mo_records/officer/b.json": (1, 0, 0, 0, 1),
        "mo_records/victim/a.json": (2, 1, 0, 0, 1),
    }


def test_a_folder_that_is_named_after_no_role_is_not_read_and_is_one_line(con, profile_of, extract):
    folder = in_folders(extract(crimes__csv=HEADER + ROWS), victims__a=record(1), a=record(2))
    (folder / "mo_records" / "empty").mkdir()
    found = Landed(con, land(con, profile_of(text=WITH_REPORTS), folder))
    assert len(found.features()) == 1
    ((file, _, _, action, reason, _),) = found.notes()
    assert (file, action) == ("mo_records/victims", "row_quarantined")
    assert reason.startswith("expected a folder named victim, call_taker, officer, csi")
