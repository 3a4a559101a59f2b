import re
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from quality.errors import StandardError
from quality.forms.form_model import asking_order
from quality.forms.guidance import main, prompt_card, write_prompt_cards
from quality.minimum_standard import STANDARD_FILE, MinimumStandard, standard_from_document

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROLES = ("victim", "call_taker", "officer", "csi")
GROUPS = (
    "burglary_residential",
    "robbery_personal",
    "theft_from_person",
    "theft_from_vehicle",
    "theft_of_vehicle",
    "vehicle_interference",
)


class _Text(HTMLParser):
    """Words of a page in order, style left out; tags that were opened and not closed."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag not in ("meta", "link", "br", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] != ["style"] and data.strip():
            self.words.append(" ".join(data.split()))


def _words(page: str) -> list[str]:
    parser = _Text()
    parser.feed(page)
    assert not parser.open, "every tag is closed"
    return parser.words


def _section(page: str, group: str) -> str:
    return page.split(f'<section class="side" id="{group}"')[1].split("</section>")[0]


@pytest.mark.parametrize("role", ROLES)
def test_a_card_asks_what_the_form_asks_in_the_same_order_and_words(standard: MinimumStandard, role: str) -> None:
    page = prompt_card(standard, role)
    _words(page)
    for group in GROUPS:
        asked = {item.item_code: item for item in standard.asked(group, role)}
        section = _section(page, group)
        assert re.findall(r'data-item="(\w+)"', section) == asking_order(asked.values())
        for block in section.split('<li class="ask" data-item="')[1:]:
            item = asked[block.split('"')[0]]
            assert unescape(re.findall(r"<h3>(.*?)</h3>", block)[0]) == item.question
            values = block.split('<ul class="values">')[1].split("</ul>")[0]
            assert [unescape(v) for v in re.findall(r"<li>(.*?)</li>", values)] == list(item.value_labels.values())
            assert ("Tick all that apply." in block) == item.is_multi
            assert ("Only if: " in block) == bool(item.applies_when)
            assert ('class="number first"' in block) == (item.tier == 1)


def test_a_victim_is_asked_for_no_traces_and_a_csi_for_nothing_that_only_a_witness_knows(
    standard: MinimumStandard,
) -> None:
    assert 'data-item="forensic_trace"' not in prompt_card(standard, "victim")
    csi = prompt_card(standard, "csi")
    assert 'data-item="forensic_trace"' in csi
    assert 'data-item="disguise"' not in csi


def test_a_condition_a_time_and_the_ways_to_say_nothing_are_told(standard: MinimumStandard) -> None:
    words = _words(prompt_card(standard, "officer", ["burglary_residential"]))
    assert 'Only if: Occupancy is "Somebody in, awake"' in words
    assert words.index("Last known secure") < words.index("How did they get in?")
    assert {"Victim does not know", "Does not apply", "Victim prefers not to say"} <= set(words)
    assert "Attending officer · 12 questions, about 106 seconds · standard 1.0" in words


def test_only_contradictions_between_questions_of_the_side_are_told(standard: MinimumStandard) -> None:
    burglary = _words(prompt_card(standard, "victim", ["burglary_residential"]))
    assert "No force needed, yet a tool was used to get in" in burglary
    assert "Keyless signal relayed, yet the vehicle is not keyless" not in burglary, "nobody asks whether it is keyless"
    assert "An attempt, yet property was taken" not in burglary, "the card does not ask about an attempt"
    robbery = _words(prompt_card(standard, "csi", ["robbery_personal"]))
    assert "Cannot both be true" not in robbery


def test_a_card_needs_nothing_from_outside_and_runs_nothing(standard: MinimumStandard) -> None:
    page = prompt_card(standard, "officer")
    assert not re.search(r"https?:|//\w|src=|@import|url\(|<script|<link|javascript:", page)
    assert "default-src 'none'" in page


def test_words_of_a_standard_cannot_become_markup() -> None:
    document = yaml.safe_load(STANDARD_FILE.read_text(encoding="utf-8"))
    document["items"]["occupied"]["hint"] = "<script>alert(1)</script> & co."
    document["items"]["occupied"]["values"]["vacant"] = '"><img src=x onerror=alert(1)>'
    page = prompt_card(standard_from_document(document), "officer", ["burglary_residential"])
    assert "<script" not in page
    assert "<img" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; co." in page


def test_a_crime_group_that_asks_a_role_nothing_has_no_side() -> None:
    document = yaml.safe_load(STANDARD_FILE.read_text(encoding="utf-8"))
    document["items"]["forensic_trace"]["roles"] = ["officer"]
    del document["items"]["forensic_trace"]["questions"]["csi"]
    page = prompt_card(standard_from_document(document), "csi")
    assert 'id="theft_from_person"' not in page
    assert 'id="theft_of_vehicle"' in page


def test_unknown_roles_and_crime_groups_are_named(standard: MinimumStandard) -> None:
    with pytest.raises(StandardError, match="nearest is 'officer'"):
        prompt_card(standard, "oficer")
    with pytest.raises(StandardError, match="nearest is 'robbery_personal'"):
        prompt_card(standard, "officer", ["robbery"])


def test_a_card_of_every_role_is_written(
    standard: MinimumStandard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    written = write_prompt_cards(standard, tmp_path / "cards")
    assert [path.name for path in written] == [f"prompt_card_{role}.html" for role in ROLES]
    monkeypatch.setattr("sys.argv", ["guidance", str(tmp_path / "again")])
    main()
    assert len(capsys.readouterr().out.splitlines()) == 4
    for path in written:
        assert (tmp_path / "again" / path.name).read_bytes() == path.read_bytes()


def _sides(browser: "Browser", page_text: str) -> int:
    page = browser.new_page()
    try:
        page.set_content(page_text)
        pdf = page.pdf(prefer_css_page_size=True)
    finally:
        page.close()
    width, height = (float(number) for number in re.findall(rb"/MediaBox\s*\[0 0 ([\d.]+) ([\d.]+)\]", pdf)[0])
    assert (round(width), round(height)) == (595, 842), "A4 in points, upright"
    return len(re.findall(rb"/Type\s*/Page\b", pdf))


@pytest.mark.parametrize("role", ROLES)
def test_each_crime_group_prints_on_two_sides_at_most(browser: "Browser", standard: MinimumStandard, role: str) -> None:
    longest = max(GROUPS, key=lambda group: sum(len(item.value_labels) for item in standard.asked(group, role)))
    assert _sides(browser, prompt_card(standard, role, [longest])) <= 2


def test_crime_groups_do_not_share_a_side(browser: "Browser", standard: MinimumStandard) -> None:
    pair = ["theft_from_person", "robbery_personal"]
    assert _sides(browser, prompt_card(standard, "csi", pair[:1])) == 1
    assert _sides(browser, prompt_card(standard, "csi", pair)) == 2


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_a_card_is_read_on_a_phone_without_scrolling_sideways(
    browser: "Browser", standard: MinimumStandard, width: int
) -> None:
    page = browser.new_page(viewport={"width": width, "height": 800})
    try:
        page.set_content(prompt_card(standard, "officer"))
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    finally:
        page.close()


@pytest.mark.parametrize("role", ["victim", "csi"])
def test_a_card_breaks_no_rule_of_accessibility(
    browser: "Browser", standard: MinimumStandard, role: str, tmp_path: Path
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
    path = tmp_path / "card.html"
    # axe is put into the page as a script, which the card's own policy rightly forbids
    path.write_text(re.sub(r"<meta http-equiv[^>]*>", "", prompt_card(standard, role)), encoding="utf-8")
    page = browser.new_page()
    try:
        page.goto(path.as_uri())
        results = axe.Axe().run(page)
    finally:
        page.close()
    assert results.violations_count == 0, results.generate_report()
