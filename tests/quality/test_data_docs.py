import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from quality.data_docs import offline_pages
from quality.expectation_engine import Expected, Outcome, Run, expect_at_least
from quality.expectations import TableFacts, judge_recording
from quality.minimum_standard import MinimumStandard

RUN = Run("20261127T030000-000000-abc123", datetime(2026, 11, 27, 3, 0))
TOOL = "Tool & <i>more</i>: completeness"
CHROMIUM = Path("/usr/bin/chromium")


@pytest.fixture(scope="module")
def outcome() -> Outcome:
    """One suite that is met and one that is not, as the engine's own site builder shows them."""
    return expect_at_least(
        {
            "burglary": {"Point: completeness": 0.89996, "Tool & <i>more</i>: completeness": 0.5},
            "tables": {"Rows": 1.0},
        },
        [
            Expected("burglary", "Point: completeness", 0.9, "error", "Mandatory: <b>at least</b> 90%."),
            Expected("burglary", TOOL, 0.5, "warn", "Conditional: at least 50%."),
            Expected("tables", "Rows", 1.0, "error", "Every row."),
        ],
        RUN,
    )


@pytest.fixture(scope="module")
def pages(outcome: Outcome) -> dict[str, str]:
    labels = {"burglary": "Residential burglary & more", "tables": "The tables"}
    return offline_pages(outcome.pages, labels, {"burglary": "1 of 2", "tables": "1 of 1"}, RUN.name)


def test_pages_as_they_come_would_fetch_from_others(outcome: Outcome) -> None:
    # Were this no longer so, the pages need no mending and this module no reason to be.
    assert all(re.search(r"<script src=.https://", page) for page in outcome.pages.values())


def test_offline_pages_hold_no_address_script_or_picture(pages: dict[str, str]) -> None:
    assert sorted(pages) == ["burglary.html", "index.html", "tables.html"]
    for page in pages.values():
        assert not re.search(r"https?:|//[a-z]|<script|<link|<img|<iframe|@import|url\(|\bsrc=|\bon[a-z]+=", page)
        assert "default-src 'none'" in page


def test_the_index_lists_every_suite_with_its_result_in_the_order_of_the_labels(pages: dict[str, str]) -> None:
    rows = re.findall(
        r"<a href='([^']+)'>([^<]+)</a></th><td><span class='(\w+)'>\w+</span></td><td>([^<]+)<", pages["index.html"]
    )
    assert rows == [
        ("burglary.html", "Residential burglary &amp; more", "missed", "1 of 2"),
        ("tables.html", "The tables", "met", "1 of 1"),
    ]


def test_a_suite_shows_each_expectation_and_what_was_seen(pages: dict[str, str]) -> None:
    page = pages["burglary.html"]
    assert "Conditional: at least 50%." in page
    assert "50%</" in page
    # 0.89996 misses 0.9, so it must not read as 90%
    assert "89.9%</" in page
    assert page.count("class='missed'") == 2  # the suite and one expectation
    assert page.count("class='met'") == 1


def test_words_of_the_standard_cannot_become_markup(pages: dict[str, str]) -> None:
    page = pages["burglary.html"]
    assert "Mandatory: &lt;b&gt;at least&lt;/b&gt; 90%." in page
    assert page.count("Tool &amp; &lt;i&gt;more&lt;/i&gt;: completeness") == 2  # in the contents and as a heading


def test_links_within_the_pages_lead_somewhere(pages: dict[str, str]) -> None:
    for page in pages.values():
        identifiers = set(re.findall(r"\bid=['\"]([^'\"]+)", page))
        for target in re.findall(r"href=['\"]([^'\"]+)", page):
            assert target in pages or target.removeprefix("#") in identifiers, target


def test_the_same_results_make_the_same_pages(outcome: Outcome, pages: dict[str, str]) -> None:
    assert pages["tables.html"].count(RUN.name) == 1
    assert not re.search(r"ge_load_time|fingerprint", pages["tables.html"])


def test_marking_and_refresh_stand_on_every_page(outcome: Outcome) -> None:
    marked = offline_pages(outcome.pages, {}, {}, RUN.name, "OFFICIAL <x>")
    for page in marked.values():
        assert "OFFICIAL &lt;x&gt;" in page
        assert f"Refresh {RUN.name}." in page


def test_data_docs_of_a_force_hold_sums_and_no_crime(
    standard: MinimumStandard, crimes_of: Callable[..., pd.DataFrame]
) -> None:
    rows = [(group, "location", "completeness", 100, 90) for group in standard.crime_groups]
    card = pd.DataFrame(rows, columns=["crime_group", "item_code", "dimension", "n_expected", "n_met"])
    made = judge_recording(card.assign(area_code="E05001234"), TableFacts(1, 1, 1, 1), standard, RUN)
    assert set(made.pages) == {"index.html", "tables.html", *(f"{group}.html" for group in standard.crime_groups)}
    assert not any("E05001234" in page for page in made.pages.values())


@pytest.mark.skipif(not CHROMIUM.exists(), reason="chromium not installed")
def test_a_browser_asks_for_nothing_but_the_page_and_hides_what_is_met(pages: dict[str, str], tmp_path: Path) -> None:
    playwright = pytest.importorskip("playwright.sync_api")
    for name, page in pages.items():
        (tmp_path / name).write_text(page, encoding="utf-8")
    asked: list[str] = []
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu"])
        shown = browser.new_page(viewport={"width": 390, "height": 844})
        shown.on("request", lambda request: asked.append(request.url))
        shown.goto((tmp_path / "index.html").as_uri())
        shown.click("text=Residential burglary")
        assert _visible(shown, TOOL)
        shown.check("#only-missed")
        assert not _visible(shown, TOOL)
        assert _visible(shown, "Point: completeness")
        assert shown.evaluate("document.documentElement.scrollWidth") <= 390
        browser.close()
    assert asked == [(tmp_path / name).as_uri() for name in ("index.html", "burglary.html")]


def _visible(page: Any, heading: str) -> bool:
    return bool(page.locator("h5", has_text=heading).is_visible())
