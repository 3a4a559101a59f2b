"""Records of forms in a landing: found, matched, ranked by when they were saved, and every one accounted for."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from intake import mo_records
from intake.checking import check_profile
from intake.landing import LandingReport, land
from intake.mo_records import RecordFile, find_record_files, read_record_file
from intake.profiles import ForceProfile
from tests.intake.conftest import HEADER, PROFILE

NOW = datetime(2026, 3, 2, tzinfo=UTC)
WITH_REPORTS = (
    PROFILE.replace("      northing_m: N\n", "      northing_m: N\n      report_reference: NAME\n")
    + """  mo_features:
    source: crimes
    columns: {captured_by: {constant: call_taker}, captured_at: {constant: "2026-02-10 12:00:00"}}
    items:
      entry_point: {column: CODE, values: {"28E": front_door}, unlisted: missing}
"""
)
ROWS = (
    "C/1,28E,01/02/2026 10:00,450001,250001,WEB-AAAA-0001\n"
    "C/2,28E,02/02/2026 10:00,450002,250002,WEB-AAAA-0002\n"
    "C/3,28E,03/02/2026 10:00,450003,250003,WEB-AAAA-0003\n"
    "C/4,45A,,450004,250004,TEL-SAME\n"
    "C/5,45A,05/02/2026 10:00,450005,250005,TEL-SAME\n"
    "C/9,99Z,05/02/2026 10:00,450005,250005,WEB-OTHER\n"
)


def record(number: int, **changes: Any) -> dict[str, Any]:
    sound = {
        "schema": "colink.mo_record/1",
        "record_id": f"00000000-0000-4000-8000-{number:012d}",
        "standard_version": "1",
        "crime_group": "burglary_residential",
        "role": "victim",
        "reference": "WEB-AAAA-0001",
        "reference_kind": "report_reference",
        "started_at": "2026-02-20T09:58:00+00:00",
        "saved_at": "2026-02-20T10:00:00+00:00",
        "answers": [{"item_code": "entry_point", "values": ["rear_door"], "is_fact": True}],
        "committed_from": None,
        "committed_to": None,
        "note": "",
    }
    return sound | changes


def answer(item: str, *values: str) -> list[dict[str, Any]]:
    return [{"item_code": item, "values": list(values), "is_fact": True}]


class Landed:
    """A landing of ROWS with records beside it."""

    def __init__(self, con: duckdb.DuckDBPyConnection, report: LandingReport) -> None:
        self.con, self.report = con, report

    def features(self, where: str = "source_file like '%mo_records%'") -> list[tuple[Any, ...]]:
        return self.con.execute(
            "select crime_id, item_code, value_code, captured_by, value_source, captured_at from landing.mo_features"
            f" where {where} order by all"
        ).fetchall()

    def notes(self) -> list[tuple[Any, ...]]:
        return self.con.execute(
            "select source_file, source_row, column_name, action, reason, value from landing.notes"
            " where source_file like '%mo_records%' order by all"
        ).fetchall()

    def winners(self, crime_id: str, item: str, role: str) -> set[str]:
        """Values of the newest rows, which staging keeps."""
        rows = self.con.execute(
            "select value_code from landing.mo_features where (crime_id, item_code, captured_by) = (?, ?, ?)"
            " qualify extract_order = max(extract_order) over ()",
            [crime_id, item, role],
        ).fetchall()
        return {value for (value,) in rows}

    def accounts(self, table: str) -> dict[str, tuple[int, ...]]:
        return {a.file: a[2:] for a in self.report.accounts if a.table == table and "mo_records" in a.file}


@pytest.fixture
def landed(
    con: duckdb.DuckDBPyConnection, profile_of: Callable[..., ForceProfile], extract: Callable[..., Path]
) -> Callable[..., Landed]:
    """Land ROWS with files of records: a mapping of file name to text, bytes or records."""

    def run(**files: Any) -> Landed:
        folder = extract(crimes__csv=HEADER + ROWS)
        (folder / "mo_records").mkdir(exist_ok=True)
        for name, content in files.items():
            data = (
                content
                if isinstance(content, bytes)
                else (content if isinstance(content, str) else json.dumps(content)).encode()
            )
            (folder / "mo_records" / name.replace("__", ".")).write_bytes(data)
        return Landed(con, land(con, profile_of(text=WITH_REPORTS), folder))

    return run


def test_answers_land_as_values_of_the_role_at_the_moment_of_saving(landed):
    found = landed(
        a__json=record(1),
        b__json=record(
            2, role="csi", reference="C/2", reference_kind="crime_id", answers=answer("forensic_trace", "dna", "cctv")
        ),
    )
    at = "2026-02-20 10:00:00+00:00"
    assert found.features() == [
        ("C/1", "entry_point", "rear_door", "victim_online", "structured", at),
        ("C/2", "forensic_trace", "cctv", "csi", "csi", at),
        ("C/2", "forensic_trace", "dna", "csi", "csi", at),
    ]
    assert found.notes() == []
    # in, landed, retracted, out of scope, quarantined
    assert found.accounts("mo_features") == {"mo_records/a.json": (1, 1, 0, 0, 0), "mo_records/b.json": (2, 2, 0, 0, 0)}


def test_a_note_lands_as_a_text_of_its_role(landed):
    found = landed(a__json=record(1, note="Ladder left.", role="officer"))
    texts = found.con.execute("select crime_id, text_kind, written_at, text from landing.mo_texts").fetchall()
    assert texts == [("C/1", "form_note_officer", "2026-02-20 10:00:00+00:00", "Ladder left.")]
    assert found.accounts("mo_texts") == {"mo_records/a.json": (1, 1, 0, 0, 0)}


@pytest.mark.parametrize("typed", ["web aaaa 0001", "WEB-AAAA-0001", " Web/Aaaa.0001 "])
def test_a_report_reference_is_found_however_it_is_typed(landed, typed):
    assert [row[0] for row in landed(a__json=record(1, reference=typed)).features()] == ["C/1"]


@pytest.mark.parametrize("typed", ["C/2", "c2", "C-2"])
def test_a_crime_number_is_found_however_it_is_typed(landed, typed):
    found = landed(a__json=record(1, role="officer", reference=typed, reference_kind="crime_id"))
    assert [row[0] for row in found.features()] == ["C/2"]


@pytest.mark.parametrize(
    ("typed", "kind", "said"),
    [
        ("JANE-DOE-1970", "report_reference", "no crime of the extract has this report_reference"),
        ("C/1", "report_reference", "no crime of the extract has this report_reference"),
        ("TEL-SAME", "report_reference", "2 crimes of the extract have this report_reference"),
        ("WEB-AAAA-0001", "crime_id", "no crime of the extract has this crime_id"),
        ("---", "crime_id", "no crime of the extract has this crime_id"),
        ("", "report_reference", "no crime of the extract has this report_reference"),
    ],
)
def test_a_reference_that_fits_no_crime_or_several_is_quarantined_without_being_shown(landed, typed, kind, said):
    found = landed(a__json=[record(1), record(2, role="officer", reference=typed, reference_kind=kind)])
    assert [row[0] for row in found.features()] == ["C/1"]
    ((file, row, column, action, reason, value),) = found.notes()
    assert (file, row, column, action) == ("mo_records/a.json", 2, "reference", "row_quarantined")
    assert reason.startswith(said)
    assert value == f"<redacted, {len(typed)} characters>"
    assert found.accounts("mo_features") == {"mo_records/a.json": (2, 1, 0, 0, 1)}


def test_a_record_of_a_crime_that_is_out_of_scope_follows_it(landed):
    found = landed(a__json=record(1, role="csi", reference="C/9", reference_kind="crime_id", note="Some words."))
    assert found.features() == []
    assert found.accounts("mo_features") == {"mo_records/a.json": (1, 0, 0, 1, 0)}
    assert found.accounts("mo_texts") == {"mo_records/a.json": (1, 0, 0, 1, 0)}


def test_the_latest_saved_record_of_a_role_counts_for_each_item(landed):
    early = record(1, answers=answer("forensic_trace", "cctv", "dna") + answer("occupied", "vacant"))
    late = record(2, answers=answer("forensic_trace", "cctv"), saved_at="2026-02-20T10:00:01+00:00")
    found = landed(b__json=early, a__json=late)
    assert found.winners("C/1", "forensic_trace", "victim_online") == {"cctv"}
    assert found.winners("C/1", "occupied", "victim_online") == {"vacant"}
    ((file, _, column, action, reason, value),) = found.notes()
    assert (file, column, action, value) == ("mo_records/b.json", "value_code", "row_superseded", "cctv, dna")
    assert reason.startswith("forensic_trace: a later record of the same role says otherwise")


def test_moments_of_saving_are_compared_across_offsets(landed):
    early = record(1, answers=answer("occupied", "vacant"), saved_at="2026-02-20T12:00:00+02:00")  # 10:00 UTC
    late = record(2, answers=answer("occupied", "occupied_awake"), saved_at="2026-02-20T10:30:00+00:00")
    assert landed(a__json=[late, early]).winners("C/1", "occupied", "victim_online") == {"occupied_awake"}


def test_roles_do_not_replace_each_other(landed):
    found = landed(
        a__json=[
            record(1),
            record(2, role="officer", answers=answer("entry_point", "side_door"), saved_at="2026-02-21T10:00:00+00:00"),
        ]
    )
    assert found.winners("C/1", "entry_point", "victim_online") == {"rear_door"}
    assert found.winners("C/1", "entry_point", "officer") == {"side_door"}
    assert found.notes() == []


@pytest.mark.parametrize(
    ("saved_at", "values", "expected"),
    [
        ("2026-02-20T10:00:00+00:00", ("rear_door",), {"rear_door"}),  # after the force's own row of 10 February
        ("2026-02-10T11:59:59+00:00", ("rear_door",), {"front_door"}),  # before it
        ("2026-02-20T10:00:00+00:00", ("unknown",), {"front_door"}),  # no value where the force has one
    ],
)
def test_against_the_forces_own_row_of_the_role_the_later_value_counts(landed, saved_at, values, expected):
    found = landed(a__json=record(1, role="call_taker", saved_at=saved_at, answers=answer("entry_point", *values)))
    assert found.winners("C/1", "entry_point", "call_taker") == expected


def test_records_of_one_moment_that_contradict_are_one_line_and_the_first_is_kept(landed):
    found = landed(a__json=[record(7), record(3, answers=answer("entry_point", "side_door"))])
    assert found.winners("C/1", "entry_point", "victim_online") == {"side_door"}  # record 3 before record 7
    ((_, row, column, action, reason, value),) = found.notes()
    assert (row, column, action, value) == (1, "value_code", "row_quarantined", "rear_door")
    assert reason.startswith("entry_point: another record saved at the same moment says otherwise")
    assert found.accounts("mo_features") == {"mo_records/a.json": (2, 1, 0, 0, 1)}


def test_a_copy_of_a_record_counts_once_and_is_named(landed):
    found = landed(a__json=record(1), copy__json=record(1))
    assert len(found.features()) == 2  # staging sets the second aside as superseded: they are equal
    ((file, _, column, action, reason, value),) = found.notes()
    assert (file, column, action) == ("mo_records/copy.json", "record_id", "row_superseded")
    assert value == record(1)["record_id"]
    assert "stands 2 times" in reason


def test_a_form_fills_the_time_of_a_crime_that_has_none(landed):
    times = {"committed_from": "2026-02-04T08:00", "committed_to": "2026-02-04T17:30"}
    found = landed(a__json=record(1, role="csi", reference="C/4", reference_kind="crime_id", **times))
    rows = found.con.execute("select committed_from_at, committed_to_at from landing.crimes where crime_id = 'C/4'")
    assert rows.fetchall() == [("2026-02-04 08:00:00", "2026-02-04 17:30:00")]
    ((_, _, column, action, reason, _),) = found.notes()
    assert (column, action) == ("committed_from_at", "value_repaired")
    assert "taken from a form" in reason


@pytest.mark.parametrize(
    ("begin", "end", "is_noted"),
    [
        ("2026-01-31T10:00", "2026-02-01T09:59", True),  # ends a minute before 1 February 10:00
        ("2026-01-31T10:00", "2026-02-01T10:00", False),
        ("2026-02-01T10:01", None, True),
    ],
)
def test_a_time_that_does_not_meet_the_forces_is_noted_and_changes_nothing(landed, begin, end, is_noted):
    found = landed(a__json=record(1, committed_from=begin, committed_to=end))
    (rows,) = found.con.execute("select committed_from_at from landing.crimes where crime_id = 'C/1'").fetchall()
    assert rows == ("2026-02-01 10:00:00",)
    assert [note[3] for note in found.notes()] == (["value_kept"] if is_noted else [])


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


def test_only_part_of_a_record_that_cannot_be_used_is_left_out(landed):
    answers = [*answer("entry_point", "rear_door", "Jane did it"), "x"]
    found = landed(a__json=record(1, answers=answers, note="n" * 4_001, committed_from="soon"))
    assert len(found.features()) == 1
    assert found.accounts("mo_features")["mo_records/a.json"] == (3, 1, 0, 0, 2)
    assert found.accounts("mo_texts")["mo_records/a.json"] == (1, 0, 0, 0, 1)
    assert sorted((note[2], note[3]) for note in found.notes()) == [
        ("committed_from_at", "value_set_missing"),
        ("item_code", "row_quarantined"),
        ("text", "row_quarantined"),
        ("value_code", "row_quarantined"),
    ]
    assert "Jane" not in str(found.notes())


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


@pytest.mark.parametrize(
    ("begin", "end", "said"),
    [
        ("0001-01-01T00:00", None, "outside the dates that the profile allows"),
        ("1999-12-31T23:59", "2026-02-04T17:30", "outside the dates that the profile allows"),  # from 2000-01-01
        ("2026-02-20T10:01", None, "after it was saved"),  # saved at 10:00
        ("2026-02-04T08:00", "2026-02-20T10:01", "after it was saved"),
        ("2099-01-01T00:00", None, "committed_from: expected not after the record was saved"),
        ("9999-12-31T23:59", None, "committed_from: expected not after the record was saved"),
    ],
)
def test_a_time_that_cannot_be_is_a_fault_of_the_record_and_leaves_the_crime_as_it_was(landed, begin, end, said):
    bad = record(2, role="csi", reference="C/4", reference_kind="crime_id", committed_from=begin, committed_to=end)
    found = landed(a__json=bad)
    rows = found.con.execute("select committed_from_at, committed_to_at from landing.crimes where crime_id = 'C/4'")
    assert rows.fetchall() == [(None, None)]
    ((file, row, column, action, reason, _),) = found.notes()
    assert (file, row, column, action) == ("mo_records/a.json", 1, "committed_from_at", "value_set_missing")
    assert said in reason
    assert len(found.features()) == 1  # its answers are used


def test_an_earlier_record_with_a_time_that_can_be_gives_it_where_the_latest_cannot(landed):
    told = {"role": "csi", "reference": "C/4", "reference_kind": "crime_id"}
    good = record(1, **told, committed_from="2026-02-04T08:00", saved_at="2026-02-19T10:00:00+00:00")
    found = landed(a__json=[good, record(2, **told, committed_from="1970-01-01T00:00")])
    rows = found.con.execute("select committed_from_at, committed_to_at from landing.crimes where crime_id = 'C/4'")
    assert rows.fetchall() == [("2026-02-04 08:00:00", "2026-02-04 08:00:00")]


def test_the_moment_of_saving_is_compared_on_the_civil_clock(landed):
    # 10:30 in London in June is half an hour after 10:00 of London, which is 09:00 UTC, and half an hour before 11:00
    told = {"role": "csi", "reference": "C/4", "reference_kind": "crime_id", "committed_from": "2025-06-01T10:30"}
    saved = {"early": "2025-06-01T09:00:00+00:00", "late": "2025-06-01T10:00:00+00:00"}
    assert landed(a__json=record(1, **told, saved_at=saved["early"])).notes()[0][3] == "value_set_missing"
    assert landed(a__json=record(1, **told, saved_at=saved["late"])).notes()[0][3] == "value_repaired"


def test_the_last_date_of_the_profile_holds_for_forms_too(con, profile_of, extract):
    folder = extract(crimes__csv=HEADER + ROWS)
    (folder / "mo_records").mkdir()
    late = record(1, role="csi", reference="C/4", reference_kind="crime_id", committed_from="2026-02-10T12:00")
    (folder / "mo_records" / "a.json").write_text(json.dumps(late))
    land(con, profile_of(("latest: 2027-01-01", "latest: 2026-02-10"), text=WITH_REPORTS), folder)
    assert con.execute("select committed_from_at from landing.crimes where crime_id = 'C/4'").fetchall() == [(None,)]


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


def test_a_record_that_replaces_what_the_force_recorded_of_its_role_is_named_with_the_items(landed):
    # the force's own call takers recorded front_door of every 28E
    other = record(1, role="call_taker", answers=answer("entry_point", "rear_door") + answer("occupied", "vacant"))
    same = record(2, role="call_taker", reference="WEB-AAAA-0002", answers=answer("entry_point", "front_door"))
    found = landed(a__json=[other, same])
    ((file, row, column, action, reason, value),) = found.notes()
    assert (file, row, column, action, value) == ("mo_records/a.json", 1, "role", "value_kept", "entry_point")
    assert reason.startswith("replaces what the force recorded as call_taker")
    assert found.winners("C/1", "entry_point", "call_taker") == {"rear_door"}


def test_a_record_that_the_forces_rows_outrank_replaces_nothing(landed):
    late = record(
        1, role="call_taker", saved_at="2026-02-09T10:00:00+00:00", answers=answer("entry_point", "rear_door")
    )
    found = landed(a__json=late)  # the force's rows were captured on 10 February at 12:00
    assert found.notes() == []
    assert found.winners("C/1", "entry_point", "call_taker") == {"front_door"}


def test_what_is_only_noted_of_a_record_is_not_counted_as_quarantined(landed):
    found = landed(a__json=record(1, standard_version=None))
    ((_, _, column, action, _, value),) = found.notes()
    assert (column, action, value) == ("standard_version", "value_kept", None)
    assert found.accounts("mo_features") == {"mo_records/a.json": (1, 1, 0, 0, 0)}
