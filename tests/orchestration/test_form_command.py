"""The command form writes one file that needs nothing else, or one line that says why not."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from orchestration.command_line import app


def form(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["form", *(str(one) for one in arguments)])


def test_a_form_is_written_and_its_length_is_said(tmp_path: Path) -> None:
    out = tmp_path / "form.html"
    result = form("--crime-group", "burglary_residential", "--for", "victim", "--out", out)
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith(f"{out}: ")
    assert "questions, about" in result.stdout
    page = out.read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>")
    assert "How we use what you tell us" in page


@pytest.mark.parametrize(
    ("crime_group", "role", "message"),
    [
        (
            "burglary",
            "victim",
            "--crime-group: expected a known one, got 'burglary'; nearest is 'burglary_residential'",
        ),
        ("robbery_personal", "victims", "--for: expected a known role, got 'victims'; nearest is 'victim'"),
    ],
)
def test_a_name_that_is_not_known_is_bad_use_and_the_nearest_is_told(
    tmp_path: Path, crime_group: str, role: str, message: str
) -> None:
    out = tmp_path / "form.html"
    result = form("--crime-group", crime_group, "--for", role, "--out", out)
    assert result.exit_code == 2
    assert result.stderr == f"colink: {message}\n"
    assert not out.exists()


def test_a_folder_that_is_not_there_is_failed_work(tmp_path: Path) -> None:
    out = tmp_path / "none" / "form.html"
    result = form("--crime-group", "robbery_personal", "--for", "csi", "--out", out)
    assert result.exit_code == 1
    assert result.stderr == (
        f"colink: {out}: expected a file that can be written, got No such file or directory; check its folder\n"
    )


def test_the_forces_own_words_and_notice_are_used(tmp_path: Path) -> None:
    notice, out = tmp_path / "notice.md", tmp_path / "form.html"
    notice.write_text("## Our notice\nOurs.\n", encoding="utf-8")
    arguments = ("--crime-group", "robbery_personal", "--for", "victim", "--out", out)
    assert form(*arguments, "--privacy", notice).exit_code == 0
    assert "<h3>Our notice</h3>" in out.read_text(encoding="utf-8")
    result = form(*arguments, "--words", tmp_path / "none.yaml")
    assert result.exit_code == 1
    assert "none.yaml" in result.stderr
    assert len(result.stderr.splitlines()) == 1
