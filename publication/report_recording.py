"""The report's part on recording: pictures of its course and of what a change did, and what to improve first."""

from typing import Any

import pandas as pd

from publication import wording
from publication.figures import inline_svg
from publication.figures_quality import Picture, control_chart, difference, event_study
from publication.report_data import ReportData

MOST_IMPROVEMENTS = 6
_MEASURES = {
    "completeness": ("Items recorded", "share"),
    "links": ("Probable links of a crime", "probable links a crime"),
}


def recording_part(data: ReportData) -> dict[str, Any]:
    """Return what the template shows: trends, frontiers, improvements of the force and of areas, effects of a change.

    Raises
    ------
    FigureError
        A picture is not plain, self-contained SVG.
    """
    frontiers = {name: inline_svg(svg, name, f"r{n}-") for n, (name, svg) in enumerate(data.frontiers.items())}
    improvements = data.frame("improvements")
    return {
        "trends": _trends(data.frame("trend")),
        "frontiers": frontiers,
        "force": _first(improvements[improvements["scope"] == "force"]),
        "areas": _first(improvements[(improvements["scope"] == "area") & improvements["is_above"].eq(True)]),
        "changes": [_change(str(measure), rows) for measure, rows in data.frame("changes").groupby("measure")],
    }


def _trends(trend: pd.DataFrame) -> list[tuple[str, str]]:
    """Return title and picture of each crime group with at least two months."""
    found = []
    for n, (group, months) in enumerate(trend.groupby("crime_group", sort=True)):
        if len(months) > 1:
            name = wording.words(str(group))
            found.append((name, _inline(control_chart(months, f"Completeness of {name.lower()}"), f"t{n}-")))
    return found


def _first(improvements: pd.DataFrame) -> list[dict[Any, Any]]:
    shown = improvements.sort_values(["rank", "area_code", "crime_group", "item"]).head(MOST_IMPROVEMENTS)
    plain = shown.astype(object)
    return plain.where(plain.notna(), None).to_dict("records")


def _change(measure: str, rows: pd.DataFrame) -> dict[str, Any]:
    """Return the words and the picture of a change, or why there is none."""
    name, unit = _MEASURES.get(measure, (measure, measure))
    reasons = rows["reason"].dropna().tolist()
    if reasons:
        return {"name": name, "said": str(reasons[0]), "warning": "", "picture": None}
    whole = rows[rows["months_since"].isna()].iloc[0]
    effect, lower, upper = (difference(float(whole[bound]), unit) for bound in ("effect", "lower", "upper"))
    events = rows[rows["months_since"].notna()].rename(columns={"months_since": "event"})
    picture = _inline(event_study(events, unit), f"c-{measure}-")
    warning = whole.get("warning")
    return {
        "name": name,
        "said": f"{effect} (95% interval {lower} to {upper})",
        "warning": "" if warning is None or pd.isna(warning) else str(warning),
        "picture": picture,
    }


def _inline(picture: Picture, prefix: str) -> str:
    return inline_svg(picture.svg, picture.alt, prefix)
