"""The report on recording better: one page that opens offline, for sharing within the force."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

import pandas as pd

from publication import wording
from publication.figures import inline_svg
from publication.figures_quality import Picture, control_chart, money, plain, tornado
from publication.pages import page_environment

MOST_FORCE_ROWS, MOST_AREAS, MOST_AREA_ROWS = 12, 24, 6
INPUT_WORDS = {
    "officer_hour_cost": "Cost of an officer's hour",
    "analyst_hour_cost": "Cost of an analyst's hour",
    "capture_seconds": "Seconds to ask of one crime",
    "value_per_link": "Value of a confirmed link",
    "confirmed_share": "Share of links confirmed",
    "review_minutes_per_link": "Minutes to judge a link",
    "reviews_per_link": "Links judged for each gained",
    "recovered_share": "Share of the gap filled",
    "manual_reading_minutes": "Minutes to read a record",
    "records_read_a_year": "Records read by hand a year",
    "training_hours": "Hours of training a year",
    "extraction_hours": "Hours to keep text rules",
    "set_up_hours": "Hours to set up",
    "links_per_1000_recorded": "Links for 1,000 recorded",
}
LINES = (
    ("Further links that people confirm", "benefit_links", 1),
    ("Records that nobody reads by hand any more", "benefit_reading", 1),
    ("Asking and recording", "cost_capture", -1),
    ("Judging links", "cost_review", -1),
    ("Training, set-up and text rules", "cost_fixed", -1),
)


class Words(NamedTuple):
    """Plain words for the codes of items, causes and actions."""

    items: Mapping[str, str]
    causes: Mapping[str, str]
    actions: Mapping[str, str]


class Balance(NamedTuple):
    """What recording better costs and brings in a year; amounts in the currency of the page.

    Attributes
    ----------
    title
        What is recorded better.
    amounts
        benefit_links, benefit_reading, cost_capture, cost_review, cost_fixed and net.
    nil
        Words and the value at which the balance is nil.
    sensitivity
        input, low, likely, high, net_at_low, net, net_at_high; widest first.
    note
        What a reader must know beside it.
    """

    title: str
    amounts: Mapping[str, float]
    nil: Sequence[tuple[str, str]]
    sensitivity: pd.DataFrame
    note: str


@dataclass(frozen=True)
class ImprovementPage:
    """What the page shows.

    Attributes
    ----------
    improvements
        As `shared_improvements` makes it: nothing that must not be shared.
    totals
        Words -> number, for the head of the page.
    trend
        Completeness of the whole force by crime_group and month with control limits; no rows where there is none.
    figures
        Words -> SVG of further pictures.
    wedge
        A plan of how to find out whether a change works, in a sentence or two; empty without one.
    """

    force_name: str
    refresh_id: str
    finished_at: datetime
    standard_version: str
    improvements: pd.DataFrame
    words: Words
    costs_from: str
    currency: str = "GBP"
    totals: Mapping[str, int] = field(default_factory=dict)
    trend: pd.DataFrame = field(default_factory=pd.DataFrame)
    figures: Mapping[str, str] = field(default_factory=dict)
    balance: Balance | None = None
    wedge: str = ""
    protective_marking: str = "OFFICIAL-SENSITIVE"


def build_improvement_report(page: ImprovementPage) -> str:
    """Return the report as one HTML page without any outside reference, every value escaped.

    Raises
    ------
    FigureError
        A picture is not plain, self-contained SVG.
    """
    environment = page_environment()
    environment.filters |= {"digits": digits, "money": money, "plain": plain}
    rows = _rows(page.improvements)
    force = [row for row in rows if row["scope"] == "force"]
    areas = _areas([row for row in rows if row["scope"] == "area" and row["is_above"]])
    by_group = page.trend.groupby("crime_group", sort=True) if len(page.trend) else ()
    trends = [
        (str(code), _inline(control_chart(months, f"Completeness of {wording.words(str(code)).lower()}"), f"t{n}-"))
        for n, (code, months) in enumerate(by_group)
    ]
    balance = page.balance
    return environment.get_template("improvement_report.html.j2").render(
        page=page,
        words=page.words,
        input_words=INPUT_WORDS,
        none_sign=wording.NONE,
        force_rows=force[:MOST_FORCE_ROWS],
        n_force_left_out=max(0, len(force) - MOST_FORCE_ROWS),
        is_any_ranked=any(row["is_ranked"] for row in rows),
        areas=areas[:MOST_AREAS],
        n_areas_left_out=max(0, len(areas) - MOST_AREAS),
        trends=trends,
        figures={name: inline_svg(svg, name, f"f{n}-") for n, (name, svg) in enumerate(page.figures.items())},
        balance=_balance(balance) if balance else None,
        tornado=_inline(tornado(balance.sensitivity, INPUT_WORDS, page.currency), "tornado-") if balance else None,
    )


def digits(value: float | None) -> str:
    """Return a number to two digits, as people write it."""
    if value is None or pd.isna(value):
        return wording.NONE
    return f"{value:,.0f}" if abs(value) >= 10 else f"{value:.2g}"


def _rows(improvements: pd.DataFrame) -> list[dict[Any, Any]]:
    """Return rows by rank as mappings, missing values as None."""
    ordered = improvements.sort_values(["rank", "area_code", "crime_group", "item_code"], na_position="last")
    plain = ordered.astype(object)
    return plain.where(plain.notna(), None).to_dict("records")


def _areas(rows: list[dict[Any, Any]]) -> list[dict[str, Any]]:
    """Return areas in the order of their best row, each with its first rows."""
    by_area: dict[str, list[dict[Any, Any]]] = {}
    for row in rows:
        by_area.setdefault(row["area_code"], []).append(row)
    return [
        {"area_code": code, "rows": own[:MOST_AREA_ROWS], "n_left_out": max(0, len(own) - MOST_AREA_ROWS)}
        for code, own in by_area.items()
    ]


def _balance(balance: Balance) -> dict[str, Any]:
    lines = [(name, sign * balance.amounts[part]) for name, part, sign in LINES]
    inputs = balance.sensitivity.to_dict("records")
    return balance._asdict() | {"lines": lines, "net": balance.amounts["net"], "inputs": inputs}


def _inline(picture: Picture, prefix: str) -> Picture:
    return Picture(inline_svg(picture.svg, picture.alt, prefix), picture.alt)
