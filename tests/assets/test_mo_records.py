"""Records that forms saved, through a whole `colink refresh --only-stage` of the demo force."""

import json
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest
import yaml
from typer.testing import CliRunner

from intake.demo.writer import write_demo
from orchestration.command_line import app

ROOT = Path(__file__).parents[2]
SAVED = "2026-02-20T10:00:00+00:00"


def record(number: int, crime: pd.Series, role: str, answers: dict[str, list[str]], **changes: Any) -> dict[str, Any]:
    """Return what a form would save about a crime: by its report reference for a victim, by its number else."""
    kind = "report_reference" if role == "victim" else "crime_id"
    return {
        "schema": "colink.mo_record/1",
        "record_id": f"00000000-0000-4000-8000-{number:012d}",
        "standard_version": "1",
        "crime_group": "burglary_residential",
        "role": role,
        "reference": crime["REPORT_REF" if role == "victim" else "CRIME_REF"],
        "reference_kind": kind,
        "started_at": SAVED,
        "saved_at": SAVED,
        "answers": [{"item_code": item, "values": values, "is_fact": True} for item, values in answers.items()],
        "committed_from": None,
        "committed_to": None,
        "note": "",
    } | changes


def refresh(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["refresh", *map(str, arguments)])
    return result.exit_code, result.stderr + result.stdout


@pytest.fixture(scope="module")
def staged(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, pd.DataFrame]:
    """Home of a refresh with records beside it, and the crimes that they are about."""
    folder = tmp_path_factory.mktemp("records")
    summary = write_demo(folder, 600, 5)
    crimes = pd.read_csv(Path(summary.landing) / "recorded_crimes.csv", dtype=str, keep_default_na=False)
    burglaries = crimes[(crimes["HO_CODE"] == "28E") & (crimes["STATUS"] != "CANCELLED") & (crimes["REPORT_REF"] != "")]
    burglaries = burglaries.drop_duplicates("CRIME_REF", keep=False).reset_index(drop=True)
    first, second, third, timeless, late = (burglaries.loc[n] for n in range(5))
    for crime in (timeless, late):
        take_times_away(Path(summary.landing) / "recorded_crimes.csv", crime)
    records = folder / "landing" / "mo_records"
    records.mkdir()
    victim = {"entry_point": ["skylight_roof"], "forensic_trace": ["cctv", "doorbell"], "weather": ["rain"]}
    files: dict[str, object] = {
        "victim.json": record(1, first, "victim", victim, note="A ladder from next door was used."),
        "earlier.json": record(2, first, "victim", {"entry_point": ["garage"]}, saved_at="2026-02-19T10:00:00+00:00"),
        "bulk.jsonl": "\n".join(
            json.dumps(one)
            for one in (
                record(3, second, "csi", {"forensic_trace": ["dna"]}),
                record(4, third, "officer", {"entry_method": ["by_magic"]}),
                record(5, third, "officer", {"occupied": ["vacant"]}, reference="SOMEBODY WHO TYPED A NAME"),
            )
        ),
        "broken.json": "{",
        "csi/ancient.json": record(6, timeless, "csi", {}, committed_from="0001-01-01T00:00", note="Seen."),
        "csi/future.json": record(7, late, "csi", {}, committed_from="2099-01-01T00:00", note="Seen."),
        "victim/edited.json": record(8, third, "officer", {"entry_point": ["garage"]}),
    }
    for name, content in files.items():
        (records / name).parent.mkdir(exist_ok=True)
        (records / name).write_text(content if isinstance(content, str) else json.dumps(content))
    code, said = refresh(
        "--profile", "demo", "--landing", folder / "landing", "--home", folder / "home", "--only-stage"
    )
    assert code == 0, said
    return folder / "home", burglaries


def take_times_away(path: Path, crime: pd.Series) -> None:
    """Blank the times of one crime in the force's own file, and nothing else of it."""
    text, times = path.read_text(encoding="utf-8"), f'"{crime["DATE_FROM"]}","{crime["DATE_TO"]}"'
    (line,) = (line for line in text.splitlines() if line.startswith(f'"{crime["CRIME_REF"]}",'))
    assert times in line
    path.write_text(text.replace(line, line.replace(times, '"",""', 1)), encoding="utf-8")


def query(home: Path, sql: str, *values: object) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        return connection.execute(sql, list(values)).fetchall()


def test_staging_keeps_the_latest_saved_answer_of_each_item(staged: tuple[Path, pd.DataFrame]) -> None:
    home, crimes = staged
    rows = query(
        home,
        "select item_code, value_code, is_valid_code, value_source, captured_at::varchar, is_fact"
        " from staging.stg_mo_features where crime_id = ? and captured_by = 'victim_online'"
        " and item_code in ('entry_point', 'forensic_trace') order by all",
        crimes.loc[0, "CRIME_REF"],
    )
    at = "2026-02-20 10:00:00"
    assert rows == [
        ("entry_point", "skylight_roof", True, "structured", at, True),
        ("forensic_trace", "cctv", True, "structured", at, True),
        ("forensic_trace", "doorbell", True, "structured", at, True),
    ]


def test_what_a_scene_investigator_saved_is_evidence_of_that_source(staged: tuple[Path, pd.DataFrame]) -> None:
    home, crimes = staged
    rows = query(
        home,
        "select value_code, captured_by from staging.stg_mo_features where crime_id = ? and value_source = 'csi'"
        " and captured_at = timestamp '2026-02-20 10:00:00'",
        crimes.loc[1, "CRIME_REF"],
    )
    assert rows == [("dna", "csi")]


def test_a_note_is_staged_as_a_text(staged: tuple[Path, pd.DataFrame]) -> None:
    home, crimes = staged
    rows = query(
        home,
        "select text_kind, text from staging.stg_mo_texts where crime_id = ? and text_kind <> 'mo_summary'",
        crimes.loc[0, "CRIME_REF"],
    )
    assert rows == [("form_note_victim", "A ladder from next door was used.")]


def test_whatever_is_wrong_with_a_record_is_one_line_that_names_file_and_record(
    staged: tuple[Path, pd.DataFrame],
) -> None:
    rows = query(
        staged[0],
        "select source_file, source_row, column_name, action, value from staging.stg_quarantine"
        " where source_file like 'mo_records/%' order by all",
    )
    assert rows == [
        ("mo_records/broken.json", 1, "record", "row_quarantined", None),
        ("mo_records/bulk.jsonl", 1, "role", "value_kept", "forensic_trace"),
        ("mo_records/bulk.jsonl", 2, "value_code", "value_set_missing", "by_magic"),
        ("mo_records/bulk.jsonl", 3, "reference", "row_quarantined", "<redacted, 25 characters>"),
        (
            *("mo_records/csi/ancient.json", 1, "committed_from_at", "value_set_missing"),
            "0001-01-01 00:00:00 to 0001-01-01 00:00:00",
        ),
        ("mo_records/csi/future.json", 1, "committed_from_at", "value_set_missing", None),
        ("mo_records/earlier.json", 1, "value_code", "row_superseded", "garage"),
        ("mo_records/victim.json", 1, "item_code", "row_quarantined", "weather"),
        ("mo_records/victim/edited.json", 1, "role", "row_quarantined", None),
    ]


def test_every_answer_and_note_is_accounted_for(staged: tuple[Path, pd.DataFrame]) -> None:
    rows = query(
        staged[0],
        "select table_name, source_file, rows_in, rows_loaded, rows_superseded, rows_quarantined"
        " from staging.stg_accounts where source_file like 'mo_records/%' order by all",
    )
    assert rows == [
        ("mo_features", "mo_records/broken.json", 1, 0, 0, 1),
        ("mo_features", "mo_records/bulk.jsonl", 3, 2, 0, 1),
        ("mo_features", "mo_records/earlier.json", 1, 0, 1, 0),
        ("mo_features", "mo_records/victim.json", 4, 3, 0, 1),
        ("mo_features", "mo_records/victim/edited.json", 1, 0, 0, 1),
        ("mo_texts", "mo_records/csi/ancient.json", 1, 1, 0, 0),
        ("mo_texts", "mo_records/csi/future.json", 1, 1, 0, 0),
        ("mo_texts", "mo_records/victim.json", 1, 1, 0, 0),
    ]


def test_a_time_that_cannot_be_removes_no_crime_and_blames_no_file_of_the_force(
    staged: tuple[Path, pd.DataFrame],
) -> None:
    home, crimes = staged
    for number in (3, 4):
        name = crimes.loc[number, "CRIME_REF"]
        rows = query(home, "select committed_from_at from staging.stg_crimes where crime_id = ?", name)
        assert rows == [(None,)]
    blamed = query(
        home,
        "select count(*) from staging.stg_quarantine where table_name = 'crimes' and column_name like 'committed_%'"
        " and reason like 'outside the dates%'",
    )
    assert blamed == [(0,)]


def test_a_record_is_an_input_of_the_refresh(staged: tuple[Path, pd.DataFrame]) -> None:
    (inputs,) = query(staged[0], "select inputs from ops.refreshes")[0]
    listed = {one["file"]: one for one in json.loads(inputs)}
    assert listed["mo_records/bulk.jsonl"]["rows"] == 3
    assert len(listed["mo_records/victim.json"]["sha256"]) == 64


def test_a_reference_and_a_note_stand_nowhere_but_in_landing(staged: tuple[Path, pd.DataFrame]) -> None:
    home, crimes = staged
    tables = query(home, "select schema_name || '.' || table_name from duckdb_tables() where schema_name <> 'landing'")
    reference = crimes.loc[0, "REPORT_REF"]
    for (table,) in tables:
        for said in (reference, "SOMEBODY WHO TYPED A NAME"):
            found = query(home, f"select count(*) from {table} as t where contains(t::varchar, ?)", said)
            assert found == [(0,)], (table, said)
    assert query(home, "select count(*) from landing.crimes where report_reference = ?", reference) == [(1,)]


def test_a_profile_with_protected_items_or_values_stops_in_one_line(tmp_path: Path) -> None:
    profile = yaml.safe_load((ROOT / "forces" / "demo.yaml").read_text())
    items = {"ethnic_appearance": "any", "offender_look": ["asian_male", "other"]}
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(profile | {"mo_items": items}, sort_keys=False))
    write_demo(tmp_path, 30, 1)
    where = ("--landing", tmp_path / "landing", "--home", tmp_path / "home")
    code, output = refresh("--profile", tmp_path / "mine.yaml", *where, "--only-stage")
    assert code == 1
    lines = [line for line in output.splitlines() if "not allowed as evidence" in line]
    assert len(lines) == 1
    assert "ethnic_appearance" in lines[0]
    assert "asian" in lines[0]
    assert "Traceback" not in output
