"""The command check-mo: a table and the worst gaps for people, all of it for programs, 1 for what is unreadable."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from orchestration.command_line import app

RECORD: dict[str, Any] = {
    "schema": "colink.mo_record/1",
    "record_id": "3f2b8c1e-5d0a-4c7e-9b1f-0a6d2e4c8b70",
    "standard_version": "1.0",
    "crime_group": "robbery_personal",
    "role": "officer",
    "reference": "AB/1",
    "reference_kind": "crime_id",
    "started_at": "2026-03-01T10:00:00+00:00",
    "saved_at": "2026-03-01T10:02:00+00:00",
    "answers": [{"item_code": "approach", "values": ["confront"], "is_fact": True}],
    "committed_from": None,
    "committed_to": None,
    "note": "",
}


def check_mo(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["check-mo", *(str(one) for one in arguments)])


def written(folder: Path, name: str, content: Any) -> Path:
    path = folder / name
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def test_an_incomplete_record_is_shown_with_what_is_missing_and_is_no_failure(tmp_path: Path) -> None:
    result = check_mo(written(tmp_path, "r.json", RECORD))
    assert result.exit_code == 0, result.output
    assert "What is missing most often" in result.stdout
    assert "Means of control" in result.stdout
    assert "and 4 more" in " ".join(result.stdout.replace("│", " ").split())  # three of seven are named
    assert "1 records, 0 not readable, mean score" in result.stdout
    assert result.stderr == ""


def test_json_holds_every_record_gap_and_finding(tmp_path: Path) -> None:
    odd = {**RECORD, "record_id": "3f2b8c1e-5d0a-4c7e-9b1f-0a6d2e4c8b71", "answers": [], "reference": ""}
    path = written(tmp_path, "r.json", [RECORD, odd])
    result = check_mo(path, "--json")
    assert result.exit_code == 0
    answer = json.loads(result.stdout)
    assert list(answer) == ["summary", "records", "gaps", "unreadable"]
    assert [row["place"] for row in answer["records"]] == [f"{path}, entry 1", f"{path}, entry 2"]
    assert answer["records"][1]["findings"] == [
        "answers: expected an answer, a note or a time, got none: nothing to use",
        "reference: expected the reference of a report or crime, got nothing; it cannot be matched",
    ]
    assert answer["records"][1]["score"] == 0
    assert answer["gaps"][0]["n_missing"] == 2
    summary = answer["summary"]
    assert (summary["n_records"], summary["n_readable"], summary["n_unreadable"]) == (2, 2, 0)
    assert summary["mean_score"] == round(answer["records"][0]["score"] / 2, 1)


@pytest.mark.parametrize("content", ["{", [RECORD, {**RECORD, "schema": "x"}], [RECORD, 3]], ids=["cut", "odd", "int"])
def test_a_record_that_cannot_be_read_is_named_and_ends_with_1(tmp_path: Path, content: Any) -> None:
    path = written(tmp_path, "r.json", content)
    result = check_mo(path)
    assert result.exit_code == 1
    assert str(path) in result.stderr
    assert "expected" in result.stderr
    assert "1 not readable" in result.stdout
    answer = check_mo(path, "--json")
    assert answer.exit_code == 1
    assert json.loads(answer.stdout)["summary"]["n_unreadable"] == 1


def test_rows_of_a_csv_file_and_a_folder_are_checked_alike(tmp_path: Path) -> None:
    written(tmp_path, "a.json", RECORD)
    written(
        tmp_path,
        "b.csv",
        "crime_id,crime_group,role,item_code,value_code\nC1,robbery_personal,officer,approach,confront\n",
    )
    result = check_mo(tmp_path, "--json")
    assert result.exit_code == 0, result.output
    first, second = json.loads(result.stdout)["records"]
    assert first["score"] == second["score"] > 0
    assert second["record_id"] == "C1/officer"
    assert second["findings"] == []


def test_what_a_file_calls_a_record_cannot_command_the_terminal(tmp_path: Path) -> None:
    rows = "crime_id,crime_group,role,item_code,value_code\n{},robbery_personal,officer,approach,confront\n"
    for name in ("\x1b[2J\x07", "[/red]", "[bold]x", "\ud800", None):
        result = check_mo(written(tmp_path, "r.json", {**RECORD, "record_id": name, "x\x1b": 1}))
        assert result.exit_code == 1, result.output  # no refresh would take a record of that name
        of_rows = check_mo(written(tmp_path, "r.csv", rows.format("C1" if name in (None, "\ud800") else name)))
        assert of_rows.exit_code == 0, of_rows.output
        for said in (result.output, of_rows.output):
            assert "\x1b" not in said
            assert "\x07" not in said


def test_what_a_parser_says_of_itself_is_not_shown(tmp_path: Path) -> None:
    for content in ("[" * 100_000, '{"a": ' + "9" * 10_000 + "}", "{"):
        (line,) = check_mo(written(tmp_path, "r.json", content)).stderr.splitlines()
        assert line.startswith(f"colink: {tmp_path / 'r.json'}: expected JSON, got ")
        assert line.endswith("; save it again")
        assert not any(word in line for word in ("recursion", "Exceeds", "sys.", "Expecting", "char"))


def test_a_record_in_the_folder_of_another_role_ends_with_1(tmp_path: Path) -> None:
    (tmp_path / "victim").mkdir()
    written(tmp_path / "victim", "r.json", RECORD)
    result = check_mo(tmp_path)
    assert result.exit_code == 1
    assert "role: expected victim, whose folder this is, got 'officer'" in result.stderr


def test_a_long_list_of_findings_is_cut_and_counted(tmp_path: Path) -> None:
    records = [{**RECORD, "reference": "", "record_id": f"{n:08x}-0000-4000-8000-000000000000"} for n in range(30)]
    result = check_mo(written(tmp_path, "r.json", records))
    assert result.stderr.splitlines()[-1] == "colink: 10 more findings; --json has all"


def test_a_file_that_is_not_there_is_bad_use(tmp_path: Path) -> None:
    result = check_mo(tmp_path / "none.json")
    assert result.exit_code == 2
    assert result.stderr == f"colink: {tmp_path / 'none.json'}: expected a file or a folder, got none; check the path\n"
