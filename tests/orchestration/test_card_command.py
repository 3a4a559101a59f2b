from pathlib import Path

from typer.testing import CliRunner

from orchestration.command_line import app


def call(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["card", *map(str, arguments)])
    return result.exit_code, result.output


def test_the_card_of_a_role_holds_the_questions_of_the_crime_groups_that_are_named(tmp_path: Path) -> None:
    out = tmp_path / "card.html"
    code, said = call("--for", "officer", "--out", out, "--crime-group", "robbery_personal")
    assert code == 0, said
    page = out.read_text(encoding="utf-8")
    assert "Personal robbery" in page
    assert "Residential burglary" not in page


def test_a_role_or_group_that_is_not_known_is_bad_use_and_the_nearest_is_named(tmp_path: Path) -> None:
    code, said = call("--for", "oficer", "--out", tmp_path / "card.html")
    assert code == 2
    assert "officer" in said
    code, said = call("--for", "officer", "--out", tmp_path / "card.html", "--crime-group", "robbery")
    assert code == 2
    assert "robbery_personal" in said


def test_a_place_that_cannot_be_written_is_a_failure_in_one_line(tmp_path: Path) -> None:
    code, said = call("--for", "csi", "--out", tmp_path / "absent" / "card.html")
    assert code == 1
    assert len(said.strip().splitlines()) == 1
