"""Every page of the docs: links lead somewhere, prose fits a page, commands and options that are shown exist."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from orchestration.command_line import app

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(path.relative_to(ROOT).as_posix() for path in [ROOT / "CHANGELOG.md", *DOCS.rglob("*.md")])
WITH_SUBCOMMANDS = ("profile", "double-code")


def text_of(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def shown_commands() -> dict[str, set[str]]:
    """Return each command that a block of a page shows, with the options shown of it."""
    shown: dict[str, set[str]] = {}
    for page in PAGES:
        for block in re.findall(r"^```(?:console)?\n(.*?)^```", text_of(page), flags=re.M | re.S):
            for line in re.findall(r"^(?:\$ )?colink ([^#\n]+)", block, flags=re.M):
                words = [word for word in line.split() if not word.startswith("-")]
                command = " ".join(words[: 2 if words[0] in WITH_SUBCOMMANDS else 1])
                shown.setdefault(command, set()).update(re.findall(r"--[a-z-]+", line))
    return shown


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_to_files_and_headings(page: str) -> None:
    for target, heading in re.findall(r"\]\(([^)#\s]*)(?:#([^)\s]+))?\)", text_of(page)):
        if target.startswith("http"):
            continue
        path = (ROOT / page).parent / target if target else ROOT / page
        assert path.exists(), target
        if heading:
            titles = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), flags=re.M)
            anchors = {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}
            assert heading in anchors, f"{target}#{heading}"


@pytest.mark.parametrize("page", PAGES)
def test_prose_fits_a_page(page: str) -> None:
    prose = re.sub(r"^```.*?^```", "", text_of(page), flags=re.M | re.S)
    assert [line for line in prose.splitlines() if len(line) > 120 and not line.startswith("|")] == []


@pytest.mark.parametrize(("command", "options"), sorted(shown_commands().items()))
def test_commands_and_options_that_are_shown_exist(command: str, options: set[str]) -> None:
    told = CliRunner().invoke(app, [*command.split(), "--help"], env={"COLUMNS": "200"})
    assert told.exit_code == 0, told.output
    assert {option for option in options if option not in told.output} == set()


def test_every_guide_and_decision_can_be_found() -> None:
    """From the README or another page; decisions by their folder, numbered without a gap."""
    linked = {
        ((ROOT / page).parent / target).resolve()
        for page in ["README.md", *PAGES]
        for target in re.findall(r"\]\(([^)#\s]+)", text_of(page))
    }
    assert {path.resolve() for path in [*DOCS.glob("*.md"), *(DOCS / "guides").glob("*.md")]} <= linked
    numbers = [int(path.name[:4]) for path in sorted((DOCS / "decisions").glob("*.md"))]
    assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize("page", [page for page in PAGES if "/decisions/" in page])
def test_a_decision_has_its_number_and_its_date(page: str) -> None:
    title, blank, date = text_of(page).splitlines()[:3]
    assert title.startswith(f"# {int(Path(page).name[:4])}. ")
    assert blank == ""
    assert re.match(r"\*\d{4}-\d{2}-\d{2}, ", date)
