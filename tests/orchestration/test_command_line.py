"""The command line: every command explains itself, answers from the published refresh, and errs in one line."""

import csv
import json
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
import typer
import yaml
from typer.testing import CliRunner, Result

from orchestration.command_line import app

if TYPE_CHECKING:
    from tests.orchestration.conftest import Extract, Home

COMMANDS = (
    *("demo", "refresh", "rank", "explain", "series", "quality", "publish", "dev", "profile draft", "profile check"),
    *("evaluate-change", "form", "check-mo", "card", "double-code draw", "double-code report"),
)
PRINTS_DATA = (
    "double-code report",
    "check-mo",
    "evaluate-change",
    "refresh",
    "rank",
    "explain",
    "series",
    "quality",
    "profile check",
)
FORMULA_STARTS = tuple("=+-@\t\r")


def commands(group: Any = None, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Yield the words and the definition of every command."""
    for name, command in (group or typer.main.get_command(app)).commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, (*path, name))
        else:
            yield " ".join((*path, name)), command


DEFINED = dict(commands())


def call(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def data(*arguments: object) -> Any:
    result = call(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def assert_one_line(result: Result, code: int, *parts: str) -> None:
    assert result.exit_code == code, result.output
    assert result.stderr.startswith("colink: ")
    assert result.stderr.count("\n") == 1
    assert all(part in result.stderr for part in parts), result.stderr


def snapshot(home: "Home", query: str) -> list[tuple[Any, ...]]:
    path = home.folder / "published" / "current" / "colink.duckdb"
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(query).fetchall()


def test_the_commands_are_these() -> None:
    assert set(DEFINED) == set(COMMANDS)


@pytest.mark.parametrize("name", DEFINED)
def test_every_command_says_what_it_does_and_shows_an_example_that_it_accepts(name: str) -> None:
    command = DEFINED[name]
    assert command.help
    assert len(command.help.splitlines()[0]) > 20
    assert command.epilog.startswith(f"Example: colink {name}")
    example = command.epilog.removeprefix(f"Example: colink {name}").partition(">")[0]
    assert command.make_context(name, shlex.split(example)).params
    shown = call(*name.split(), "--help")
    assert shown.exit_code == 0
    assert "Example:" in shown.stdout


@pytest.mark.parametrize("name", DEFINED)
def test_every_option_and_argument_says_what_it_is(name: str) -> None:
    assert [param.name for param in DEFINED[name].params if not param.help] == []


@pytest.mark.parametrize("name", PRINTS_DATA)
def test_every_command_that_prints_data_prints_json_when_asked(name: str) -> None:
    assert "--json" in [option for param in DEFINED[name].params for option in param.opts]


@pytest.mark.parametrize(
    "arguments",
    [
        ["demo", "--crimes", "many"],
        ["demo", "--crimes", "0"],
        ["rank", "C1", "--top", "0"],
        ["refresh", "--colour", "red"],
        ["explain", "C1"],
        ["explain", "C1", "C2", "--picture", "why.gif"],
        ["publish"],
        ["dev", "--port", "70000"],
        ["frobnicate"],
        ["profile", "draft", "nowhere.csv"],
        ["profile", "check", "--profile", "dema", "--landing", "."],
        ["refresh", "--profile", "nowhere.yaml"],
        ["refresh", "--model", "nowhere.json"],
        ["rank"],
        ["rank", "C1", "--series", "S1"],
    ],
)
def test_bad_use_ends_with_2_and_changes_nothing(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = call(*arguments)
    assert result.exit_code == 2
    assert result.stderr
    assert result.stdout == ""
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "arguments",
    [["rank", "C1"], ["explain", "C1", "C2"], ["series"], ["quality"], ["publish", "--to", "out"]],
    ids=lambda arguments: arguments[0],
)
def test_before_the_first_refresh_every_reader_says_what_to_do(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLINK_HOME", str(tmp_path / "home"))
    assert_one_line(call(*arguments), 1, "nothing is published yet", "run colink refresh first")


def test_demo_writes_an_extract_and_apart_from_it_the_truth(tmp_path: Path) -> None:
    result = call("demo", "--crimes", 30, "--seed", 2, "--out", tmp_path / "force")
    assert result.exit_code == 0
    assert "30 crimes" in result.stdout
    assert {path.name for path in (tmp_path / "force").iterdir()} == {"landing", "truth"}


def test_rank_lists_the_strongest_first_with_the_probability_of_each(published: "Home") -> None:
    ((crime_id,),) = snapshot(
        published, "select crime_id from crime_rankings group by all order by count(*) desc limit 1"
    )
    answer = data("rank", crime_id, "--top", 3, "--home", published.folder)
    kinds: dict[str, list[dict[str, Any]]] = {}
    for row in answer["rows"]:
        kinds.setdefault(row["candidate_kind"], []).append(row)
    assert set(kinds) <= {"crime", "series", "offender"}
    for rows in kinds.values():
        assert [row["rank"] for row in rows] == list(range(1, len(rows) + 1))
        assert len(rows) <= 3
        assert [row["log_bf"] for row in rows] == sorted((row["log_bf"] for row in rows), reverse=True)
        assert all(0 <= row["posterior_probability"] <= 1 for row in rows)
    assert "may be linked" in answer["note"]


def test_rank_lists_the_crimes_that_may_belong_to_a_series(published: "Home") -> None:
    ((series_id,),) = snapshot(published, "select min(series_id) from series_candidates")
    rows = data("rank", "--series", series_id, "--home", published.folder)["rows"]
    assert [row["rank"] for row in rows] == list(range(1, len(rows) + 1))
    assert {row["series_id"] for row in rows} == {series_id}


def test_explain_adds_up_to_the_log_bayes_factor_of_the_link_either_way_round(published: "Home") -> None:
    strongest = "select crime_id_1, crime_id_2, log_bf from links order by log_bf desc, crime_id_1, crime_id_2 limit 1"
    ((first, second, log_bf),) = snapshot(published, strongest)
    answer = data("explain", second, first, "--home", published.folder)
    assert answer == data("explain", first, second, "--home", published.folder)
    assert sum(row["log_bf"] for row in answer["rows"]) == pytest.approx(log_bf, rel=1e-9)
    sizes = [abs(row["log_bf"]) for row in answer["rows"]]
    assert sizes == sorted(sizes, reverse=True)
    assert f"{first} and {second} may be linked" in answer["note"]


def test_series_lists_the_largest_first_and_the_crimes_of_one(published: "Home") -> None:
    rows = data("series", "--top", 5, "--home", published.folder)["rows"]
    assert [row["n_crimes"] for row in rows] == sorted((row["n_crimes"] for row in rows), reverse=True)
    ((most,),) = snapshot(published, "select max(n_crimes) from series")
    assert rows[0]["n_crimes"] == most
    members = data("series", rows[0]["series_id"], "--home", published.folder)["rows"]
    assert len({row["crime_id"] for row in members}) == most
    starts = [row["committed_from_at"] for row in members]
    assert starts == sorted(starts)


def test_quality_lists_what_is_recorded_worst_first(published: "Home") -> None:
    rows = data("quality", "--home", published.folder)["rows"]
    assert all(row["share"] == pytest.approx(row["n_met"] / row["n_expected"]) for row in rows)
    assert [row["share"] for row in rows] == sorted(row["share"] for row in rows)
    ((n_met, n_expected),) = snapshot(published, "select sum(n_met), sum(n_expected) from mo_scorecard")
    assert (sum(row["n_met"] for row in rows), sum(row["n_expected"] for row in rows)) == (n_met, n_expected)


@pytest.mark.parametrize("command", ["rank", "series", "explain", "quality", "rank --series"])
def test_people_read_a_table_without_asking_for_json(command: str, published: "Home") -> None:
    ((first, second),) = snapshot(published, "select crime_id_1, crime_id_2 from links order by log_bf desc limit 1")
    ((crime_id,),) = snapshot(published, "select min(crime_id) from crime_rankings")
    ((series_id,),) = snapshot(published, "select min(series_id) from series_candidates")
    wanted = {"rank": [crime_id], "explain": [first, second], "rank --series": [series_id]}.get(command, [])
    result = call(*command.split(), *wanted, "--home", published.folder)
    assert result.exit_code == 0
    assert "┃" in result.stdout
    assert result.stderr == ""


@pytest.mark.parametrize("command", ["rank {}", "explain {} DM/23/0000001", "explain DM/23/0000001 {}"])
def test_an_unknown_crime_gets_the_nearest_that_are_published(command: str, published: "Home") -> None:
    known = {crime_id for (crime_id,) in snapshot(published, "select crime_id from crimes")}
    result = call(*command.format("DM/23/000002").split(), "--home", published.folder)
    assert_one_line(result, 1, "DM/23/000002: expected a crime_id of the published crimes", "the nearest are")
    nearest = result.stderr.strip().partition("the nearest are ")[2].split(", ")
    assert set(nearest) <= known
    assert "DM/23/0000002" in nearest


def test_a_crime_is_not_explained_against_itself(published: "Home") -> None:
    result = call("explain", "DM/23/0000001", "DM/23/0000001", "--home", published.folder)
    assert_one_line(result, 2, "expected two crimes, got DM/23/0000001 twice")


@pytest.mark.parametrize("command", ["series {}", "rank --series {}"])
def test_an_unknown_series_gets_the_nearest_that_are_published(command: str, published: "Home") -> None:
    known = {series_id for (series_id,) in snapshot(published, "select series_id from series")}
    result = call(*command.format("S-nowhere").split(), "--home", published.folder)
    assert_one_line(result, 1, "S-nowhere: expected a series_id of the published series", "the nearest are")
    assert set(result.stderr.strip().partition("the nearest are ")[2].split(", ")) <= known


def test_publishing_to_a_folder_writes_tables_whose_formulas_no_spreadsheet_runs(
    published: "Home", tmp_path: Path
) -> None:
    result = call("publish", "--to", tmp_path / "out", "--home", published.folder)
    assert result.exit_code == 0, result.output
    tables = {path.stem: rows_of(path) for path in (tmp_path / "out").glob("*.csv")}
    assert f"published {len(tables)} tables" in result.stdout
    assert "'=HYPERLINK(1)" in {row["area_code"] for row in tables["crimes"]}
    assert "'@SUM(1)" in {row["value"] for row in tables["quarantine"]}
    cells = {cell for rows in tables.values() for row in rows for cell in row.values()}
    assert [cell for cell in cells if cell.startswith(FORMULA_STARTS) and not is_number(cell)] == []


def rows_of(path: Path) -> list[dict[str, str]]:
    csv.field_size_limit(10**7)  # a model document is one cell
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize(("target", "part"), [("ftp://there", "folder or postgresql://"), ("{file}", "a folder that")])
def test_a_target_that_cannot_be_written_is_refused_in_one_line(
    target: str, part: str, published: "Home", tmp_path: Path
) -> None:
    file = tmp_path / "file"
    file.touch()
    assert_one_line(call("publish", "--to", target.format(file=file), "--home", published.folder), 1, part)


def test_a_drafted_profile_reads_the_files_that_it_was_drafted_from(sound: "Extract", tmp_path: Path) -> None:
    result = call("profile", "draft", sound.path("recorded_crimes"), sound.path("named_persons"))
    assert result.exit_code == 0
    assert yaml.safe_load(result.stdout)["tables"]["crimes"]["columns"]["crime_id"] == "CRIME_REF"
    drafted = tmp_path / "drafted.yaml"
    drafted.write_text(result.stdout, encoding="utf-8")
    checked = call("profile", "check", "--profile", drafted, "--landing", sound.landing, "--json")
    assert checked.exit_code in (0, 1)
    assert set(json.loads(checked.stdout)) >= {"would_load", "problems", "accounts"}


def test_a_check_says_what_would_load(sound: "Extract", profile: Path) -> None:
    answer = data("profile", "check", "--profile", profile, "--landing", sound.landing)
    assert answer["would_load"] is True
    assert answer["problems"] == []
    rows = {account["table"]: account["n_in"] for account in answer["accounts"]}
    assert rows["crimes"] == len(sound.rows("recorded_crimes"))
    assert call("profile", "check", "--profile", profile, "--landing", sound.landing).exit_code == 0


def test_a_check_of_a_bad_extract_ends_with_1_and_says_why(extract: "Extract", profile: Path) -> None:
    extract.change_bytes("recorded_crimes", lambda text: text.replace(b'"DATE_FROM"', b'"DATE_FORM"', 1))
    arguments = ["profile", "check", "--profile", profile, "--landing", extract.landing]
    assert_one_line(call(*arguments), 1, "nearest column is 'DATE_FORM'")
    as_json = call(*arguments, "--json")
    assert as_json.exit_code == 1
    answer = json.loads(as_json.stdout)
    assert answer["would_load"] is False
    assert ["nearest column is 'DATE_FORM'" in problem for problem in answer["problems"]] == [True]


def test_a_refused_refresh_prints_its_reason_as_json(extract: "Extract", published: "Home") -> None:
    extract.path("mo_fields").unlink()
    arguments = ["--profile", published.profile, "--landing", extract.landing, "--home", published.folder]
    result = call("refresh", "--json", *arguments)
    assert result.exit_code == 1
    answer = json.loads(result.stdout)
    assert (answer["succeeded"], answer["published"]) == (False, None)
    assert "no file for source 'mo'" in answer["failure"]
    assert published.read_publication() == published.publication


def test_a_home_that_cannot_be_written_is_refused_in_one_line(sound: "Extract", tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    result = call("refresh", "--landing", sound.landing, "--home", file, "--json")
    assert_one_line(result, 1, f"{file}: expected a home that can be written", "check --home")


def test_a_machine_setting_that_is_no_number_is_bad_use(
    sound: "Extract", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLINK_THREADS", "two")
    result = call("refresh", "--landing", sound.landing, "--home", tmp_path / "home", "--json")
    assert_one_line(result, 2, "COLINK_THREADS: expected a whole number from 1, got 'two'")


def test_a_command_answers_from_one_snapshot_even_if_another_is_published_meanwhile(
    published: "Home", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ((first, second),) = snapshot(published, "select crime_id_1, crime_id_2 from links order by log_bf desc limit 1")
    current = tmp_path / "published" / "current"
    current.parent.mkdir()
    current.symlink_to((published.folder / "published" / "current").resolve())
    connect = duckdb.connect

    def connect_and_switch(*arguments: Any, **settings: Any) -> duckdb.DuckDBPyConnection:
        current.unlink(missing_ok=True)
        return connect(*arguments, **settings)

    monkeypatch.setattr(duckdb, "connect", connect_and_switch)
    assert call("explain", first, second, "--home", tmp_path).exit_code == 0
    assert not current.exists()
