"""A series over time: its crimes on a map without a background, numbered in order of time, and a strip of their times.

No name of a place is written and no map is loaded from anywhere.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from linkage.figures.json_rows import json_rows
from linkage.figures.style import FAINT, INK, FigureError, styled

if TYPE_CHECKING:
    import altair as alt

Floats = npt.NDArray[np.float64]

SIDE, LEAST_HEIGHT = 280, 140  # pixels
LEFT_OF_MAP = 45  # pixels that the map's axis takes; the strip's labels may use them and more
ROW_HEIGHT, MAX_LABEL, LABEL_PIXELS = 15, 150, 5.8
MAX_CRIMES = 60
MARK = 15  # pixels across a numbered mark; crimes nearer than that share one
LEAST_KM = 0.2  # across, so that crimes at one address do not fill the map with metres
RAMP = ("#d8cfc1", "#a8a79f", "#6f8798", "#3c566a", "#1b2b36")  # early sand to late slate, darker in grey too
DARK_FROM = 0.45  # of the way along the ramp; numbers are white on what is darker
COLUMNS = ("crime_id", "easting_m", "northing_m", "committed_from_at", "committed_to_at")
DAY_MS = 86_400_000
TIME_WORDS = {100: "%b %Y", 4: "%-d %b", 0: "%-d %b %H:%M"}  # on the axis of time, by days that the series lasts
ROOM_BESIDE = 60  # pixels


def series_map_figure(crimes: pd.DataFrame, title: str = "Series over time") -> "alt.VConcatChart":
    """Return the map of a series with the strip of its times below.

    Parameters
    ----------
    crimes : DataFrame
        The crimes of one series in any order: crime_id, easting_m, northing_m (m), committed_from_at,
        committed_to_at (UTC); committed_from_local and committed_to_local (civil clock) are shown instead where they
        are there. A crime without a time comes last, one without a place is in the strip only.
    title : str

    Raises
    ------
    FigureError
        A column is missing, there are no crimes or more than 60, or none has a place or a time.
    """
    import altair as alt

    ordered = _ordered(crimes)
    parts = [part for part in (_map(ordered), _strip(ordered)) if part is not None]
    if not parts:
        raise FigureError("crimes: expected crimes with a place or a time, got none with either; choose another series")
    chart = alt.vconcat(*parts, spacing=14, title=alt.TitleParams(title, subtitle=_subtitle(ordered), offset=10))
    return styled(chart.resolve_scale(color="shared"), f"{title}: {' '.join(_subtitle(ordered))}")


def _ordered(crimes: pd.DataFrame) -> pd.DataFrame:
    absent = [name for name in COLUMNS if name not in crimes]
    if absent:
        raise FigureError(
            f"crimes: expected columns {', '.join(COLUMNS)}, got none named {', '.join(absent)}; add them"
        )
    if not 0 < len(crimes) <= MAX_CRIMES:
        raise FigureError(f"crimes: expected 1 to {MAX_CRIMES} of one series, got {len(crimes)}; draw a part of it")
    begin, end = (_milliseconds(crimes, name) for name in ("committed_from", "committed_to"))
    rows = crimes.assign(begin=begin, end=np.fmax(begin, end), middle=(begin + np.fmax(begin, end)) / 2)
    rows = rows.sort_values(["middle", "crime_id"], na_position="last", ignore_index=True)
    return rows.assign(
        number=np.arange(1, len(rows) + 1),
        easting_km=rows["easting_m"] / 1000.0,
        northing_km=rows["northing_m"] / 1000.0,
    )


def _milliseconds(crimes: pd.DataFrame, name: str) -> Floats:
    """Return times in milliseconds since 1970 on the civil clock where the crimes have it, else in UTC."""
    times = pd.to_datetime(crimes[f"{name}_local"] if f"{name}_local" in crimes else crimes[f"{name}_at"])
    if times.dt.tz is not None:
        times = times.dt.tz_localize(None)
    micros = times.to_numpy(dtype="datetime64[us]")
    return np.where(np.isnat(micros), np.nan, micros.astype(np.int64) / 1000.0)


def _subtitle(ordered: pd.DataFrame) -> list[str]:
    timed = ordered[ordered["middle"].notna()]
    lines = [f"{len(ordered)} crimes, numbered in order of time." if len(ordered) > 1 else "One crime."]
    if len(timed):
        ends = (pd.Timestamp(at, unit="ms") for at in (timed["begin"].min(), timed["end"].max()))
        days = dict.fromkeys(f"{end.day} {end:%B %Y}" for end in ends)
        lines.append(f"{' to '.join(days)}.")
    n_placeless, n_timeless = int(ordered["easting_km"].isna().sum()), len(ordered) - len(timed)
    lacking = [f"{n_placeless} without a place"] * (n_placeless > 0) + [f"{n_timeless} without a time"] * (
        n_timeless > 0
    )
    return [*lines, f"{', '.join(lacking)}.".capitalize()] if lacking else lines


def _map(ordered: pd.DataFrame) -> Any:
    import altair as alt

    placed = ordered[ordered["easting_km"].notna() & ordered["northing_km"].notna()]
    if placed.empty:
        return None
    frame = equal_frame(
        placed["easting_km"].to_numpy(dtype=np.float64), placed["northing_km"].to_numpy(dtype=np.float64)
    )
    x, y = (
        kind(
            f"{name}_km:Q", title=f"{name} (km)", scale=alt.Scale(domain=list(span), nice=False, zero=False), axis=axis
        )
        for kind, name, span, axis in (
            (alt.X, "easting", frame.easting_km, alt.Axis(tickCount=5, labelFlush=False)),
            (alt.Y, "northing", frame.northing_km, alt.Axis(tickCount=4)),
        )
    )
    marks = alt.Chart(alt.Data(values=shared_marks(placed, frame.km_per_pixel)))
    path = alt.Chart(alt.Data(values=json_rows(placed[["number", "easting_km", "northing_km"]])))
    dots = marks.mark_circle(size=MARK**2, opacity=1, stroke="white")
    layers = [
        path.mark_line(color=FAINT, strokeWidth=1).encode(x=x, y=y, order="number:Q"),
        *(mark.encode(x=x, y=y, text="others:N") for mark in _beside(marks)),
        dots.encode(x=x, y=y, color=_colour(len(ordered)), tooltip=_tooltip()),
        marks.mark_text(fontSize=9).encode(x=x, y=y, text="number:N", color=_number_colour(len(ordered))),
    ]
    return alt.layer(*layers).properties(width=SIDE, height=frame.height)


def _beside(marks: Any) -> list[Any]:
    """Return the numbers beside the marks, edged in white to stand out from the path."""
    layers = []
    for side, align, away in (("right", "left", 1), ("left", "right", -1)):
        chosen = marks.transform_filter(f"datum.side === '{side}'")
        look = {"fontSize": 9, "align": align, "dx": away * (MARK / 2 + 1), "color": INK}
        layers += [chosen.mark_text(stroke="white", strokeWidth=3, **look), chosen.mark_text(**look)]
    return layers


class MapFrame(NamedTuple):
    """The bounds of a map, in km, on which a kilometre is as long upwards as across."""

    easting_km: tuple[float, float]
    northing_km: tuple[float, float]
    km_per_pixel: float
    height: int


def equal_frame(easting_km: Floats, northing_km: Floats) -> MapFrame:
    """Return the bounds of a map of given points, as wide as the picture and only as high as it need be."""
    drawn = SIDE - 2 * MARK  # a mark at the edge is not cut
    ranges = [float(np.ptp(axis)) for axis in (easting_km, northing_km)]
    km_per_pixel = max(*ranges, LEAST_KM) / drawn
    height = int(np.clip(np.ceil(ranges[1] / km_per_pixel) + 2 * MARK, LEAST_HEIGHT, SIDE))
    spans = []
    for axis, pixels in ((easting_km, SIDE), (northing_km, height)):
        middle, half = float(axis.max() + axis.min()) / 2, km_per_pixel * pixels / 2
        spans.append((middle - half, middle + half))
    return MapFrame(spans[0], spans[1], km_per_pixel, height)


def shared_marks(placed: pd.DataFrame, km_per_pixel: float) -> list[dict[str, Any]]:
    """Return a mark for each crime that stands apart from earlier marks; nearer ones are told beside the mark.

    Returns
    -------
    list of dict
        number, crime_id (of all that share the mark), easting_km, northing_km, `others` (numbers of the others) and
        `side` on which they are written: left where another mark is in the way on the right.
    """
    marks: list[dict[str, Any]] = []
    for crime in json_rows(placed[["number", "crime_id", "easting_km", "northing_km"]]):
        near = [mark for mark in marks if np.hypot(*_apart(crime, mark)) < MARK * km_per_pixel]
        if near:
            near[0]["others"].append(str(crime["number"]))
            near[0]["crime_id"] += f", {crime['crime_id']}"
        else:
            marks.append({**crime, "others": []})
    return [{**mark, "others": ", ".join(mark["others"]), "side": _side(mark, marks, km_per_pixel)} for mark in marks]


def _apart(one: dict[str, Any], other: dict[str, Any]) -> tuple[float, float]:
    return other["easting_km"] - one["easting_km"], other["northing_km"] - one["northing_km"]


def _side(mark: dict[str, Any], marks: list[dict[str, Any]], km_per_pixel: float) -> str:
    for other in marks:
        east, north = (apart / km_per_pixel for apart in _apart(mark, other))
        if 0 < east < ROOM_BESIDE and abs(north) < MARK:
            return "left"
    return "right"


def _strip(ordered: pd.DataFrame) -> Any:
    import altair as alt

    timed = ordered[ordered["middle"].notna()]
    if timed.empty:
        return None
    rows = json_rows(timed[["number", "crime_id", "begin", "end", "middle"]])
    names = [f"{row['number']}  {row['crime_id']}" for row in rows]
    room = int(min(MAX_LABEL, LABEL_PIXELS * max(len(name) for name in names)))
    from_pixel = max(0, room - LEFT_OF_MAP)
    x = _time_scale(timed, from_pixel)
    y = alt.Y("place:O", axis=None)
    places = [{**row, "name": name, "place": place} for place, (row, name) in enumerate(zip(rows, names, strict=True))]
    base = alt.Chart(alt.Data(values=places))
    look = {"color": _colour(len(ordered)), "tooltip": _tooltip(), "y": y}
    layers = [
        base.mark_rule(color="#e6e2db").encode(x=alt.value(from_pixel), x2=alt.value(SIDE), y=y),
        # The labels hang out to the left, beside the axis of the map: an axis of their own would push the map aside.
        base.mark_text(align="left", fontSize=10, limit=MAX_LABEL).encode(
            x=alt.value(-LEFT_OF_MAP), y=y, text="name:N"
        ),
        base.mark_bar(size=5).encode(x=x("begin"), x2="end:T", **look),
        base.mark_circle(size=45, opacity=1).encode(x=x("middle"), **look),
    ]
    return alt.layer(*layers).properties(width=SIDE, height=ROW_HEIGHT * len(timed))


def _time_scale(timed: pd.DataFrame, from_pixel: int) -> Callable[[str], Any]:
    """Return a function that puts a column on the axis of time, which begins right of the labels."""
    import altair as alt

    length = timed["end"].max() - timed["begin"].min()
    margin = max(0.03 * length, DAY_MS / 24)
    span = [float(timed["begin"].min() - margin), float(timed["end"].max() + margin)]
    scale = alt.Scale(type="utc", domain=span, range=[from_pixel, SIDE], nice=False)
    words = next(words for days, words in TIME_WORDS.items() if length >= days * DAY_MS)
    axis = alt.Axis(format=words, tickCount=3, labelFlush=False, labelSeparation=6, labelOverlap="greedy", domain=False)
    return lambda field: alt.X(f"{field}:T", title=None, scale=scale, axis=axis)


def _colour(n_crimes: int) -> Any:
    import altair as alt

    scale = alt.Scale(domain=[1, max(n_crimes, 2)], range=list(RAMP), interpolate="rgb")
    return alt.Color("number:Q", scale=scale, legend=None)


def _number_colour(n_crimes: int) -> Any:
    import altair as alt

    is_dark = f"datum.number > {1 + DARK_FROM * (n_crimes - 1)}"
    return alt.condition(is_dark, alt.value("white"), alt.value(INK))


def _tooltip() -> list[Any]:
    import altair as alt

    return [alt.Tooltip("number:Q", title="in order of time"), alt.Tooltip("crime_id:N", title="crime")]
