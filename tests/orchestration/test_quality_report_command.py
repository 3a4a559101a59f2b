"""quality --report writes what to improve from the published snapshot: a page for sharing and two lists beside it."""

import csv
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pytest
from typer.testing import CliRunner, Result

from orchestration.command_line import app
from quality.practice.unit_costs import UNIT_COSTS_FILE

if TYPE_CHECKING:
    from tests.orchestration.conftest import Home


def quality(home: "Home | Path", *arguments: object) -> Result:
    folder = home if isinstance(home, Path) else home.folder
    return CliRunner().invoke(app, ["quality", *(str(one) for one in arguments), "--home", str(folder)])


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture(scope="module")
def report(published: "Home", tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("report") / "improvement"
    result = quality(published, "--report", "--out", out)
    assert result.exit_code == 0, result.output
    assert result.stdout.count("\n") == 3
    return out


def test_without_report_the_command_lists_what_is_recorded_worst(published: "Home") -> None:
    answer = json.loads(quality(published, "--json").stdout)
    shares = [row["share"] for row in answer["rows"]]
    assert shares == sorted(shares)
    assert set(answer["rows"][0]) == {"crime_group", "item_code", "dimension", "n_expected", "n_met", "share"}


def test_a_page_and_two_lists_are_written(report: Path, published: "Home") -> None:
    assert sorted(path.name for path in report.iterdir()) == ["fix_list.csv", "improvement.html", "improvements.csv"]
    with duckdb.connect(str(published.folder / "published" / "current" / "colink.duckdb"), read_only=True) as reading:
        counted = reading.execute(
            "select (select count(*) from mo_improvements), (select count(*) from mo_fix_list)"
        ).fetchone()
    assert counted == (len(rows(report / "improvements.csv")), len(rows(report / "fix_list.csv")))
    assert all(row["protective_marking"] == "OFFICIAL-SENSITIVE" for row in rows(report / "improvements.csv"))


def test_the_fix_list_is_in_order_and_names_records_that_are_there(report: Path, published: "Home") -> None:
    listed = rows(report / "fix_list.csv")
    assert [int(row["place"]) for row in listed] == list(range(1, len(listed) + 1))
    crimes = {row["crime_id"] for row in published.query("select crime_id from staging.stg_crimes")}
    assert {row["crime_id"] for row in listed} <= crimes
    priced = [float(row["seconds_per_link"]) for row in listed if row["seconds_per_link"]]
    assert priced == sorted(priced)


def test_no_link_is_promised_of_a_record_by_whose_value_linkage_compares_already(
    report: Path, published: "Home"
) -> None:
    values = "select distinct crime_id, item_code from linkage.mo_values"
    held = {(row["crime_id"], row["item_code"]) for row in published.query(values)}
    listed = rows(report / "fix_list.csv")
    compared = [row for row in listed if (row["crime_id"], row["item_code"]) in held]
    assert any(row["cause"] == "in_text_only" for row in compared)
    assert not any(float(row["expected_links"] or 0) for row in compared)
    gaps = rows(report / "improvements.csv")
    assert 0 < sum(int(row["n_lost"]) for row in gaps) < sum(int(row["n_gap"]) for row in gaps)


def test_the_page_names_no_crime_and_shows_no_small_number(report: Path) -> None:
    page = (report / "improvement.html").read_text(encoding="utf-8")
    assert "<script" not in page
    listed = rows(report / "fix_list.csv")
    assert not any(row["crime_id"] in page for row in listed)
    exact = [row for row in rows(report / "improvements.csv") if row["reason"]]
    assert not any(row["reason"].split(";")[0] in page for row in exact)
    assert "too few to show" in page
    assert re.search(r"Recording better", page)


def test_other_unit_costs_change_the_hours_and_not_the_gaps(report: Path, published: "Home", tmp_path: Path) -> None:
    text = UNIT_COSTS_FILE.read_text(encoding="utf-8")
    dear = tmp_path / "dear.yaml"
    dear.write_text(text.replace("analyst_hours_fixed: 6.0", "analyst_hours_fixed: 600.0"), encoding="utf-8")
    answer = quality(published, "--report", "--out", tmp_path / "out", "--unit-costs", dear, "--json")
    assert answer.exit_code == 0, answer.output
    assert set(json.loads(answer.stdout)) == {"page", "improvements", "fixes"}
    key = ("scope", "area_code", "crime_group", "item_code")
    before = {tuple(row[name] for name in key): row for row in rows(report / "improvements.csv")}
    after = {tuple(row[name] for name in key): row for row in rows(tmp_path / "out" / "improvements.csv")}
    assert {one: (row["n_gap"], row["n_lost"], row["cause"]) for one, row in before.items()} == {
        one: (row["n_gap"], row["n_lost"], row["cause"]) for one, row in after.items()
    }
    forms = [one for one, row in before.items() if row["action"] == "form"]
    assert forms
    assert all(float(after[one]["hours"]) > float(before[one]["hours"]) for one in forms)
    assert "dear.yaml; every number in it is an assumption" in (tmp_path / "out" / "improvement.html").read_text()


def test_a_proposed_standard_is_written_and_says_what_it_rests_on(published: "Home", tmp_path: Path) -> None:
    result = quality(published, "--propose-standard", tmp_path / "next.diff")
    assert result.exit_code == 0, result.output
    assert (tmp_path / "next.diff").read_text(encoding="utf-8").startswith("# Minimum standard")
    assert not (tmp_path / "improvement").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--unit-costs", "costs.yaml"], "--unit-costs goes with --report"),
        (["--report", "--unit-costs", "nowhere.yaml"], "nowhere.yaml: expected a file of unit costs"),
    ],
)
def test_bad_use_ends_with_2(arguments: list[str], message: str, published: "Home", tmp_path: Path) -> None:
    result = quality(published, *arguments, "--out", tmp_path / "out")
    assert result.exit_code == 2
    assert message in result.stderr
    assert not (tmp_path / "out").exists()


def test_a_slip_in_the_unit_costs_is_one_line_and_nothing_is_written(published: "Home", tmp_path: Path) -> None:
    costs = tmp_path / "costs.yaml"
    costs.write_text(UNIT_COSTS_FILE.read_text(encoding="utf-8").replace("seconds: 300", "seconds: -3"))
    result = quality(published, "--report", "--out", tmp_path / "out", "--unit-costs", costs)
    assert result.exit_code == 1
    assert "fixes.not_asked.seconds: expected a number, 0 or more, got -3" in result.stderr
    assert result.stderr.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_a_folder_that_is_a_file_is_one_line(published: "Home", tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    result = quality(published, "--report", "--out", tmp_path / "taken")
    assert result.exit_code == 1
    assert "taken: expected a place that can be written" in result.stderr
    assert result.stderr.count("\n") == 1


def test_before_the_first_refresh_it_says_what_to_do(tmp_path: Path) -> None:
    result = quality(tmp_path / "home", "--report", "--out", tmp_path / "out")
    assert result.exit_code == 1
    assert "run colink refresh first" in result.stderr
