"""The guide to evaluation prints what it says it prints, and names what is there."""

import re
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from orchestration.command_line import app
from publication.figures import inline_svg
from publication.figures_quality import event_study
from tests.docs.guide_blocks import blocks_of, printed

GUIDES = Path(__file__).parents[2] / "docs" / "guides"
TEXT = (GUIDES / "evaluation.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def names() -> dict[str, Any]:
    """Run the guide's Python, and return what its names stand for at the end."""
    known: dict[str, Any] = {"__name__": "guide"}
    for block in blocks_of(TEXT):
        exec(compile("\n" * (block.line - 1) + block.code, "evaluation.md", "exec"), known)  # a file of this repository
    return known


def test_every_block_prints_what_the_guide_says() -> None:
    ran = list(printed(blocks_of(TEXT), (), "evaluation.md"))
    assert len(ran) == 6
    for block, out in ran:
        assert out == block.output, f"line {block.line}"


def test_the_pictures_are_those_that_the_guide_makes(names: dict[str, Any]) -> None:
    assert (GUIDES / "figures" / "tornado.svg").read_text(encoding="utf-8") == names["picture"].svg
    drawn = (GUIDES / "figures" / "event-study.svg").read_text(encoding="utf-8")
    # pixels may differ in the last digit from one processor to the next, what is shown may not
    again = event_study(names["found"].events)
    numbers = re.compile(r"-?\d+\.\d+")
    assert numbers.sub("", drawn) == numbers.sub("", again.svg)
    pairs = zip(numbers.findall(drawn), numbers.findall(again.svg), strict=True)
    assert all(float(one) == pytest.approx(float(other), abs=0.2) for one, other in pairs)
    assert inline_svg(drawn, again.alt, "f-")


def test_figures_in_sentences_follow_from_the_blocks(names: dict[str, Any]) -> None:
    year = names["year"]
    assert year.links == pytest.approx(12_000 * 0.30 * 0.5 * 60 / 1000)
    assert year.confirmed_links == pytest.approx(0.3 * 108)
    assert "1,800; at 60 links for 1,000 that is\n108 links" in TEXT
    # 3,600 x 8 s = 28,800 s = 8 hours at the officer's hour
    assert year.cost_capture == pytest.approx(8 * names["inputs"]["officer_hour_cost"])
    assert names["crimes_needed"](names["design"], 0.08) == 25
    assert names["plan"].power < 0.8
    # "24 areas, 12 of which rise by ten points"
    assert names["found"].n_changed == 12
    assert names["found"].lower < 0.10 < names["found"].upper


def test_commands_are_there_with_the_options_that_the_guide_gives() -> None:
    for line in re.findall(r"^\$ colink (.*)$", TEXT, flags=re.M):
        name, *words = line.split()
        told = CliRunner().invoke(app, [name, "--help"], env={"COLUMNS": "200"}).stdout
        assert all(word in told for word in words if word.startswith("--")), line


def test_links_lead_to_files() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", TEXT):
        assert (GUIDES / target).exists(), target


def test_lines_fit_a_page() -> None:
    assert max(len(line) for line in TEXT.splitlines() if not line.startswith("|")) <= 120
