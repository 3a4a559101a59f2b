import csv
import json
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner, Result

from orchestration.command_line import app

VALUES = ("confront", "ride_by")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a published refresh of 80 robberies, of which the approach was recorded."""
    home = tmp_path_factory.mktemp("home")
    snapshot = home / "published" / "R1"
    snapshot.mkdir(parents=True)
    (home / "published" / "current").symlink_to("R1")
    (snapshot / "manifest.json").write_text('{"protective_marking": "OFFICIAL-SENSITIVE"}', encoding="utf-8")
    with duckdb.connect(str(snapshot / "colink.duckdb")) as connection:
        connection.execute("""
            create table crimes as
                select printf('%sC%03d', if(i % 5 = 0, '=', ''), i) as crime_id, 'robbery_personal' as crime_group
                from range(80) as t(i);
            create table mo_scores as
                select *, 'A1' as area_code, 'officer' as capture_role, 50.0 as score from crimes;
            create table mo_recorded_values as
                select crime_id, 'approach' as item_code,
                    if(right(crime_id, 1) < '5', 'confront', 'ride_by') as value_code from crimes;
        """)
    return home


def _run(home: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["double-code", *arguments, "--home", str(home)])


def _fill(path: Path, approach: dict[str, str]) -> None:
    """Fill the approach of each crime in a sample."""
    rows = _rows(path)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(row | {"approach": approach[row["crime_id"]]} for row in rows)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def _recorded(crime_id: str) -> str:
    return VALUES[0] if crime_id[-1] < "5" else VALUES[1]


def test_a_sample_is_drawn_filled_and_reported(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "sample.csv"
    drawn = _run(home, "draw", "--crimes", "60", "--out", str(path), "--seed", "3")
    assert drawn.exit_code == 0, drawn.output
    assert "60 crimes" in drawn.output
    assert not set(VALUES) & set(path.read_text(encoding="utf-8").replace("\n", ",").split(","))
    crimes = [row["crime_id"] for row in _rows(path)]
    other = dict(zip(VALUES, reversed(VALUES), strict=True))
    # every sixth crime is coded otherwise: 10 of 60
    _fill(path, {c: other[_recorded(c)] if i % 6 == 0 else _recorded(c) for i, c in enumerate(crimes)})
    reported = _run(home, "report", str(path), "--json")
    assert reported.exit_code == 0, reported.output
    data = json.loads(reported.output)
    row = next(row for row in data["rows"] if row["item_code"] == "approach")
    assert (row["n_both"], row["agreement"]) == (60, pytest.approx(50 / 60))
    assert 0.4 < row["kappa_lower"] < row["kappa"] < row["kappa_upper"] < 0.9
    assert sum(entry["n_crimes"] for entry in data["confusions"]) == 10
    for_people = _run(home, "report", str(path))
    assert for_people.exit_code == 0
    assert "approach" in for_people.output
    assert "coded differently" in for_people.output


def test_a_sample_carries_its_marking_and_no_formula(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "sample.csv"
    assert _run(home, "draw", "--crimes", "80", "--out", str(path)).exit_code == 0
    rows = _rows(path)
    assert {row["protective_marking"] for row in rows} == {"OFFICIAL-SENSITIVE"}
    assert sum(row["crime_id"].startswith("'=") for row in rows) == 16
    assert not [cell for row in rows for cell in row.values() if cell.startswith(("=", "+", "-", "@"))]


def test_a_sample_that_cannot_be_written_is_named_and_none_to_read_is_a_wrong_call(home: Path, tmp_path: Path) -> None:
    nowhere = tmp_path / "nowhere" / "sample.csv"
    drawn = _run(home, "draw", "--out", str(nowhere))
    assert drawn.exit_code == 1
    assert drawn.output.startswith(f"colink: {nowhere}: expected a file that can be written, got ")
    reported = _run(home, "report", str(nowhere))
    assert reported.exit_code == 2
    assert "expected the sample as a CSV file, got no such file" in reported.output


def test_a_file_with_codings_in_it_is_never_overwritten(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "sample.csv"
    path.write_text("work of a week", encoding="utf-8")
    refused = _run(home, "draw", "--out", str(path))
    assert refused.exit_code == 2
    assert f"colink: {path}: expected a file that is not there yet" in refused.output
    assert path.read_text(encoding="utf-8") == "work of a week"


def test_a_bad_cell_ends_with_one_line_that_names_it(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "sample.csv"
    path.write_text("crime_id,crime_group,approach\nC001,robbery_personal,confrnt\n", encoding="utf-8")
    refused = _run(home, "report", str(path))
    assert refused.exit_code == 1
    assert (
        refused.output == f"colink: {path}: row 1, approach: 'confrnt' is no value of the item; nearest is 'confront'\n"
    )


def test_a_sample_that_nobody_filled_is_refused(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "sample.csv"
    assert _run(home, "draw", "--crimes", "5", "--out", str(path)).exit_code == 0
    refused = _run(home, "report", str(path))
    assert refused.exit_code == 1
    assert "expected cells filled by a second coder, got none" in refused.output


def test_a_refresh_of_an_earlier_release_is_to_be_made_anew(home: Path, tmp_path: Path) -> None:
    old = tmp_path / "published" / "R0"
    old.mkdir(parents=True)
    (tmp_path / "published" / "current").symlink_to("R0")
    with duckdb.connect(str(old / "colink.duckdb")) as connection:
        connection.execute("create table mo_scores as select 'C1' as crime_id, 'robbery_personal' as crime_group")
        connection.execute("create table crimes as select crime_id, crime_group from mo_scores")
    drawn = _run(tmp_path, "draw", "--out", str(tmp_path / "sample.csv"))
    assert drawn.exit_code == 1
    assert "R0: expected mo_scores with a capture_role, got none; run colink refresh anew" in drawn.output
    coded = tmp_path / "coded.csv"
    coded.write_text("crime_id,crime_group,approach\nC1,robbery_personal,confront\n", encoding="utf-8")
    assert "expected a table mo_recorded_values, got none" in _run(tmp_path, "report", str(coded)).output


def test_without_anything_published_it_says_what_to_do_first(tmp_path: Path) -> None:
    drawn = _run(tmp_path, "draw", "--out", str(tmp_path / "sample.csv"))
    assert drawn.exit_code == 1
    assert "nothing is published yet; run colink refresh first" in drawn.output
