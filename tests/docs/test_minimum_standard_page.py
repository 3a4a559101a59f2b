"""The page of the minimum standard is in step with the file, and says all of it."""

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from quality.minimum_standard import MinimumStandard, load_minimum_standard
from quality.standard_page import standard_page

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "minimum-standard.md"


@pytest.fixture(scope="module")
def standard() -> MinimumStandard:
    return load_minimum_standard()


@pytest.fixture(scope="module")
def page() -> str:
    return PAGE.read_text(encoding="utf-8")


def test_the_page_is_in_step_with_the_file(standard: MinimumStandard, page: str) -> None:
    assert page == standard_page(standard), "python -m quality.standard_page > docs/minimum-standard.md"


def test_the_command_that_the_page_names_writes_it(page: str) -> None:
    assert "`python -m quality.standard_page > docs/minimum-standard.md`" in page.replace("\n", " ")
    written = subprocess.run(
        [sys.executable, "-m", "quality.standard_page"], cwd=ROOT, capture_output=True, check=True, encoding="utf-8"
    )
    assert written.stdout == page


def test_another_version_gives_another_page(standard: MinimumStandard, page: str) -> None:
    assert standard_page(replace(standard, version="2.7")) == page.replace("*Version 1.0,", "*Version 2.7,")


def test_every_code_label_question_and_rule_is_told(standard: MinimumStandard, page: str) -> None:
    told = page.replace("\n", " ")
    for item in standard.items.values():
        for code, label in item.value_labels.items():
            assert f"| `{code}` | *{label}* |" in page if code in item.unspecific else f"| `{code}` | {label} |" in page
        for text in (item.question_for("officer"), *item.questions.values(), item.why, item.hint):
            assert text in told
    assert all(f"| {rule.label} |" in page for rule in standard.consistency)
    assert all(f"`{code}`" in page for code in (*standard.null_codes, *standard.roles))


def test_each_crime_group_has_a_table_with_its_items_in_order(standard: MinimumStandard, page: str) -> None:
    for group in standard.crime_groups.values():
        section = page.split(f"### {group.label}\n")[1].split("\n### ")[0]
        rows = re.findall(r"^\| (\d+) \| \[.*?\]\(.*?\) `(\w+)` \|", section, flags=re.M)
        assert rows == [(str(rank), entry.item_code) for rank, entry in enumerate(group.asked, start=1)]


def test_every_link_leads_to_a_heading_of_the_page(page: str) -> None:
    headings = {re.sub(r"[^a-z0-9 -]", "", line.lstrip("# ").lower()).replace(" ", "-") for line in _headings(page)}
    links = set(re.findall(r"\]\(#(.*?)\)", page))
    assert links
    assert links <= headings
    assert len(_headings(page)) == len(set(_headings(page))), "two equal headings would share an address"


def test_prose_fits_a_page_and_tables_are_whole(page: str) -> None:
    for line in page.splitlines():
        assert line.startswith("|") or len(line) <= 120
    for table in re.findall(r"(?:^\|.*\n)+", page, flags=re.M):
        assert len({line.count("|") for line in table.splitlines()}) == 1


def _headings(page: str) -> list[str]:
    return [line for line in page.splitlines() if line.startswith("#")]
