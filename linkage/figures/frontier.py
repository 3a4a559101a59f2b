"""The efficient frontier of recording: links gained against the seconds that it takes an officer to ask.

Items come in the order of links for each second, so that the line bends: the first seconds bring most. Gains are added
up item by item as if each were asked alone, so that where two items tell the same the line is too high.
"""

from collections.abc import Mapping
from textwrap import wrap
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from linkage.figures.style import FAINT, FOR, INK, PANEL_WIDTH, FigureError, styled

if TYPE_CHECKING:
    import altair as alt

HEIGHT, ROW_HEIGHT = 230, 17
MOST_DRAWN = 12
TITLE_LENGTH, LINE_LENGTH = 36, 44
"""Letters of a line of the title and below it that fit a panel in a wide font: an SVG's reader may have no other."""
COLUMNS = (
    *("item_code", "seconds", "reason"),
    *("links_per_1000_recorded", "links_per_1000_recorded_lower", "links_per_1000_recorded_upper"),
)
Row = dict[str, Any]


def frontier_figure(
    items: pd.DataFrame, names: Mapping[str, str], crime_group: str = "all crimes"
) -> "alt.VConcatChart":
    """Return the frontier of a crime group's items, or of a force's.

    Parameters
    ----------
    items : DataFrame
        One row an item: the columns of `COLUMNS`, as the tables of priorities have them. An item with a reason was not
        ranked and is named below; one that gains nothing is not on the line.
    names : mapping of item_code to str
        The items in words; a code that is not there is shown with spaces.
    crime_group : str
        In words, for the title.

    Raises
    ------
    FigureError
        A column is missing.
    """
    import altair as alt

    rows = frontier_rows(items, names)
    heading = ["Links gained against seconds:", *wrap(crime_group, TITLE_LENGTH)]
    title = alt.TitleParams(heading, subtitle=_subtitle(items, rows))
    drawn = [row for row in rows if row["place"]][:MOST_DRAWN]
    chart = alt.vconcat(_curve(drawn), _list(drawn), spacing=8).properties(title=title)
    return styled(chart, _description(drawn, crime_group))


def frontier_rows(items: pd.DataFrame, names: Mapping[str, str]) -> list[Row]:
    """Return the items of the frontier, best first, after the origin.

    Returns
    -------
    list of dict
        place (0 for the origin, then 1, 2, ...), words, seconds and links (both added up; links for 1,000 crimes), low
        and high (where the line would be if the item gained as little or as much as its interval allows), own_seconds,
        own_links, own_low, own_high.
    """
    absent = [name for name in COLUMNS if name not in items]
    if absent:
        raise FigureError(f"items: expected columns {', '.join(COLUMNS)}, got none named {', '.join(absent)}; add them")
    links = items["links_per_1000_recorded"].astype(float)
    gaining = items[items["reason"].isna() & (links > 0)]
    rate = gaining["links_per_1000_recorded"] / gaining["seconds"]
    ordered = gaining.assign(rate=rate).sort_values(["rate", "item_code"], ascending=[False, True])
    rows: list[Row] = [{"place": 0, "words": "", "seconds": 0.0, "links": 0.0, "low": 0.0, "high": 0.0}]
    for place, one in enumerate(ordered.to_dict("records"), 1):
        before, own, cost = rows[-1], float(one["links_per_1000_recorded"]), float(one["seconds"])
        low, high = (_or(one[f"links_per_1000_recorded_{end}"], own) for end in ("lower", "upper"))
        rows.append(
            {
                "place": place,
                "words": _words(str(one["item_code"]), names),
                "seconds": before["seconds"] + cost,
                "links": before["links"] + own,
                "low": before["links"] + low,
                "high": before["links"] + high,
                "own_seconds": cost,
                "own_links": own,
                "own_low": low,
                "own_high": high,
            }
        )
    return rows


def _or(bound: float, value: float) -> float:
    return value if np.isnan(bound) else float(bound)


def _words(code: str, names: Mapping[str, str]) -> str:
    return names.get(code, code.replace("_", " "))


def _subtitle(items: pd.DataFrame, rows: list[Row]) -> list[str]:
    """Return what the line does not say: how many were not drawn, and why."""
    refused = int(items["reason"].notna().sum())
    idle = len(items) - refused - (len(rows) - 1)
    more = max(0, len(rows) - 1 - MOST_DRAWN)
    told = ["Further links in the top ten for 1,000 more crimes with the item, added up; bars: 95% interval of each."]
    if idle:
        told.append(f"{idle} more showed no gain.")
    if refused:
        told.append(f"{refused} not ranked: too few linked pairs.")
    if more:
        told.append(f"{more} more would gain less than those drawn.")
    return [line for sentence in told for line in wrap(sentence, LINE_LENGTH)]


def _description(drawn: list[Row], crime_group: str) -> str:
    if not drawn:
        return f"No item of {crime_group} could be shown to gain links"
    told = "; ".join(
        f"{row['words']}, {row['own_links']:.0f} links for {row['own_seconds']:g} seconds" for row in drawn
    )
    return f"Links gained for 1,000 more recorded crimes against seconds of asking, {crime_group}, best first: {told}"


def _curve(drawn: list[Row]) -> Any:
    import altair as alt

    origin = {"place": 0, "words": "", "seconds": 0.0, "links": 0.0, "low": 0.0, "high": 0.0}
    base = alt.Chart(alt.Data(values=[origin, *drawn]), width=PANEL_WIDTH, height=HEIGHT)
    x = alt.X("seconds:Q", title="seconds to ask, added up", scale=alt.Scale(zero=True))
    y = alt.Y("links:Q", title="links for 1,000 crimes, added up")
    items = base.transform_filter("datum.place > 0")
    line = base.mark_line(color=FOR, strokeWidth=2).encode(x=x, y=y)
    bars = items.mark_rule(color=FAINT, strokeWidth=2).encode(x=x, y=alt.Y("low:Q"), y2="high:Q")
    points = items.mark_circle(color="white", stroke=INK, strokeWidth=1.5, size=230, opacity=1)
    numbers = items.mark_text(color=INK, fontSize=11, fontWeight="bold").encode(x=x, y=y, text="place:Q")
    return alt.layer(bars, line, points.encode(x=x, y=y, tooltip=_tooltip()), numbers)


def _list(drawn: list[Row]) -> Any:
    """Return the items in words below the line, for beside its points there is no room on a phone."""
    import altair as alt

    rows = [
        {
            "line": place + 0.5,
            "words": f"{row['place']}  {row['words']}",
            "figures": _figures(row),
        }
        for place, row in enumerate(drawn)
    ]
    height = ROW_HEIGHT * max(len(rows), 1)
    base = alt.Chart(alt.Data(values=rows), width=PANEL_WIDTH, height=height)
    y = alt.Y("line:Q", axis=None, scale=alt.Scale(domain=[max(len(rows), 1), 0], nice=False, zero=False))
    look = {"fontSize": 11, "color": INK, "baseline": "middle"}
    words = base.mark_text(align="left", limit=PANEL_WIDTH - 118, **look).encode(x=alt.value(-30), y=y, text="words:N")
    figures = base.mark_text(align="right", **look).encode(x=alt.value(PANEL_WIDTH), y=y, text="figures:N")
    return alt.layer(words, figures)


def _figures(row: Row) -> str:
    links, low, high = (round(row[name]) for name in ("own_links", "own_low", "own_high"))
    return f"{links} ({low} to {high}), {row['own_seconds']:g} s"


def _tooltip() -> list[Any]:
    import altair as alt

    return [
        alt.Tooltip("words:N", title="item"),
        alt.Tooltip("own_links:Q", title="links for 1,000 crimes", format=".0f"),
        alt.Tooltip("own_low:Q", title="from", format=".0f"),
        alt.Tooltip("own_high:Q", title="to", format=".0f"),
        alt.Tooltip("own_seconds:Q", title="seconds to ask"),
    ]
