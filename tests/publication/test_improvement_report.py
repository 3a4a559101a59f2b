import re
from dataclasses import replace
from datetime import datetime
from html.parser import HTMLParser
from typing import Any

import pandas as pd
import pytest

from publication.figures import FigureError
from publication.improvement_report import (
    MOST_AREA_ROWS,
    MOST_AREAS,
    Balance,
    ImprovementPage,
    Words,
    build_improvement_report,
    digits,
)

NASTY = "<script>alert(1)</script>\"'&{{ 7*7 }}"
CAUSES = {"not_asked": "Not asked", "mixed": "Mixed", "recorded_late": "Recorded late", "in_text_only": "In the text"}
ACTIONS = {"training": "Train those who record it", "extraction": "Read it out of the text"}
ROW: dict[str, Any] = {
    "scope": "area",
    "area_code": "A1",
    "crime_group": "burglary_residential",
    "item_code": "entry_point",
    "rank": 1,
    "is_above": True,
    "n_expected": 60,
    "n_gap": 40,
    "share_gap": 0.67,
    "force_share": 0.2,
    "cause": "not_asked",
    "cause_share": 0.93,
    "cause_confidence": 0.99,
    "action": "training",
    "links_gained": 0.42,
    "hours": 5.1,
    "links_per_hour": 0.082,
    "is_ranked": True,
    "is_suppressed": False,
}
NUMBERS = ("n_expected", "n_gap", "share_gap", "force_share", "cause_share", "links_gained", "hours", "links_per_hour")
HIDDEN: dict[str, Any] = {**dict.fromkeys(NUMBERS), "is_suppressed": True}
SENSITIVITY = pd.DataFrame(
    {
        "input": ["value_per_link"],
        "low": [50.0],
        "likely": [250.0],
        "high": [1000.0],
        "net_at_low": [-700.0],
        "net": [300.0],
        "net_at_high": [4000.0],
    }
)
BALANCE = Balance(
    title="the 3 items that gain links",
    amounts={
        "benefit_links": 900.0,
        "benefit_reading": 100.0,
        "cost_capture": 50.0,
        "cost_review": 250.0,
        "cost_fixed": 400.0,
        "net": 300.0,
    },
    nil=[("A confirmed link is worth", "£183")],
    sensitivity=SENSITIVITY,
    note="As measured.",
)
TREND = pd.DataFrame(
    {
        "crime_group": ["burglary_residential"] * 2,
        "month": pd.to_datetime(["2025-01-01", "2025-02-01"]),
        "share": [0.7, 0.8],
        "centre": [None, 0.7],
        "lower": [None, 0.6],
        "upper": [None, 0.8],
        "signal": ["none", "above"],
    }
)


def page(*rows: dict[str, Any], **more: Any) -> str:
    told: dict[str, Any] = {
        "force_name": "demo",
        "refresh_id": "20261122T030000-000001-abcdef",
        "finished_at": datetime(2026, 11, 22, 3, 1),
        "standard_version": "1.0",
        "improvements": pd.DataFrame([ROW | row for row in rows], columns=list(ROW)),
        "words": Words({"entry_point": "Point of entry"}, CAUSES, ACTIONS),
        "costs_from": "unit_costs.yaml",
        "totals": {"crimes": 5023},
    }
    return build_improvement_report(replace(ImprovementPage(**told), **more))


class Text(HTMLParser):
    """Words of a page in order, without styles."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self.inside and self.inside.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if "style" not in self.inside and data.strip():
            self.words.append(" ".join(data.split()))


def text(html: str) -> str:
    parser = Text()
    parser.feed(html)
    return " ".join(parser.words)


def test_an_area_shows_gap_cause_action_and_links() -> None:
    told = text(page({}))
    assert "A1 " in told
    assert (
        "Point of entry Residential burglary 67% Not asked 93% of the excess Train those who record it "
        "0.082 0.42 links, 5.1 h a year" in told
    )


def test_what_is_suppressed_shows_its_cause_and_no_number() -> None:
    told = text(page(HIDDEN))
    assert "too few to show Not asked Train those who record it" in told
    assert "%" not in told.split("Area by area")[1].split("How to read")[0]


def test_items_without_evidence_say_so() -> None:
    told = text(page({"is_ranked": False, "links_gained": None, "links_per_hour": None}))
    assert "not ranked by evidence" in told
    assert "Too few linked crimes show what an item is worth" in told


def test_what_linkage_reads_in_the_text_saves_reading_and_gains_no_link() -> None:
    told = text(page({"cause": "in_text_only", "action": "extraction", "links_gained": 0.0, "links_per_hour": 0.0}))
    assert "Read it out of the text no link saves reading, 5.1 h a year" in told
    late = text(page({"cause": "recorded_late", "links_gained": 0.0, "links_per_hour": 0.0}))
    assert "Train those who record it no link a better record, 5.1 h a year" in late


def test_a_late_value_is_a_gap_and_not_said_to_lack() -> None:
    html = page({"cause": "recorded_late"})
    assert "Crimes with the gap" in html
    assert "lack" not in text(html).split("How to read")[0]


def test_areas_stand_by_their_best_row_and_long_lists_say_what_is_left_out() -> None:
    rows = [{"area_code": f"A{n:03}", "rank": n + 1} for n in range(MOST_AREAS + 3)]
    rows += [{"area_code": "A001", "rank": 100 + n} for n in range(MOST_AREA_ROWS + 1)]
    told = text(page(*rows))
    assert told.index("A000 ") < told.index("A001 ") < told.index("A002 ")
    assert "2 further gaps of this area are in improvements.csv" in told
    assert "3 further areas are above the rest of the force" in told


def test_an_area_that_is_not_above_the_force_is_not_listed() -> None:
    told = text(page({"is_above": False, "rank": None}))
    assert "No area has more of a gap than the others." in told
    assert "A1" not in told


def test_the_force_has_its_own_list() -> None:
    told = text(page({"scope": "force", "area_code": "all_areas", "is_above": False, "cause_share": 0.6}))
    assert "67% Not asked 60% of the gap" in told


def test_the_balance_adds_up_on_the_page() -> None:
    told = text(page({}, balance=BALANCE))
    minus = "\N{MINUS SIGN}"
    # 900 + 100 - 50 - 250 - 400
    for line in ("confirm £900", "any more £100", f"recording {minus}£50", f"links {minus}£250", "of a year £300"):
        assert line in told
    assert "Value of a confirmed link 250 50 1,000" in told
    assert "A confirmed link is worth £183" in told


def test_trend_plan_and_figures_are_there_when_given_and_else_not() -> None:
    svg = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="5" height="5"/></svg>'
    full = page({}, trend=TREND, wedge="With 24 areas in 5 steps.", figures={"Frontier": svg})
    assert "Where it is going" in full
    assert 'aria-label="Completeness of residential burglary by month' in full
    assert "With 24 areas in 5 steps." in full
    assert "<figcaption>Frontier</figcaption>" in full
    bare = page({})
    assert not any(part in bare for part in ("Where it is going", "What it costs", "How to find out"))


def test_nothing_found_makes_a_page_that_says_so() -> None:
    told = text(page())
    assert "No gap was found." in told


def test_every_value_is_escaped_and_nothing_comes_from_outside() -> None:
    words = Words({"entry_point": NASTY}, dict.fromkeys(CAUSES, NASTY), {"training": NASTY})
    html = page(
        {"area_code": NASTY, "crime_group": NASTY}, words=words, wedge=NASTY, force_name=NASTY, costs_from=NASTY,
        balance=BALANCE._replace(title=NASTY, note=NASTY), protective_marking=NASTY, totals={NASTY: 1},
    )  # fmt: skip
    assert "<script" not in html
    assert "49" not in text(html).replace("{{ 7*7 }}", "")
    assert not re.search(r"(?:src|href)=|url\(|@import|https?://(?!www\.w3\.org)", html)
    assert "default-src 'none'" in html


def test_a_picture_that_runs_is_refused() -> None:
    with pytest.raises(FigureError, match="figure 'Frontier'"):
        page({}, figures={"Frontier": "<svg><script/></svg>"})


def test_the_marking_stands_at_head_and_foot_and_on_print() -> None:
    html = page({}, protective_marking="OFFICIAL")
    for place in ("head", "foot"):
        assert f'<aside class="marking" aria-label="Protective marking, {place}">OFFICIAL</aside>' in html
    assert html.count('content: "OFFICIAL"') == 2


@pytest.mark.parametrize(
    ("value", "told"),
    [(0.0824, "0.082"), (12.4, "12"), (4321.0, "4,321"), (0.0, "0"), (None, "\N{EN DASH}"), (2.0, "2")],
)
def test_numbers_have_two_digits(value: float | None, told: str) -> None:
    assert digits(value) == told
