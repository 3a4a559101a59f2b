"""Component Bayes factors: what each piece of evidence says, how far smoothing moved it, and on how many pairs.

Bars (or, of a smooth term, a line through its knots) are the Bayes factors as the model has them; ticks are the plain
ratio of the counts before smoothing; the strip below has the share of the linked pairs upwards and of the unlinked
ones downwards.
"""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from linkage.bayes_factors import BayesFactorError
from linkage.figures.component_rows import TWO, DrawnTerm, component_rows, panel_title
from linkage.figures.style import AGAINST, FOR, INK, PANEL_WIDTH, styled

if TYPE_CHECKING:
    import altair as alt

__all__ = ["component_figure", "component_panels", "component_rows", "panel_title"]

PANEL_HEIGHT, STRIP_HEIGHT = 84, 34
MAX_LEVELS = 12
SLANTED_ABOVE = 4  # levels whose names no longer fit side by side
SHOWN_FROM = 0.005  # log10 BF; less is told as 0.00
SKEWED = 0.3  # median place below this share of the axis: most bins would be slivers on a plain axis
VERY_SKEWED = 0.1  # they would be so on a square root axis too
MOST_DECADES = 5


class AdditiveModel(Protocol):
    """A fitted model that keeps a term for each evidence column."""

    @property
    def terms_(self) -> Mapping[str, DrawnTerm]:
        """The term of each evidence column."""


def component_figure(model: AdditiveModel) -> "alt.VConcatChart":
    """Return the panels of all evidence variables, one below the other; see `component_panels`."""
    import altair as alt

    panels = _panels(model)
    title = alt.TitleParams(
        "What each piece of evidence says",
        subtitle=["Bars and lines: Bayes factor after smoothing; ticks: as counted", "(triangles: beyond the scale)."],
        offset=12,
    )
    return styled(alt.vconcat(*panels.values(), spacing=18, title=title), _description(list(panels)))


def component_panels(model: AdditiveModel, most: int | None = None) -> dict[str, "alt.VConcatChart"]:
    """Return a picture for each evidence variable, by its title: log10 Bayes factors above, counts below.

    All panels share the vertical scale, so that a variable that says little looks it. Of a variable with more than
    12 levels those with the most linked weight are drawn, and its title says so.

    Parameters
    ----------
    model : AdditiveModel
        Any fitted model with `terms_`, a mapping of evidence column to histogram or smooth term.
    most : int, optional
        At most so many variables: those that give linked training pairs most evidence, the strongest first. All, in
        the model's order, where it is left out.

    Raises
    ------
    BayesFactorError
        The model is not fitted.
    """
    panels = _panels(model, most)
    return {title: styled(panel.properties(title=""), _description([title])) for title, panel in panels.items()}


def _panels(model: AdditiveModel, most: int | None = None) -> dict[str, Any]:
    terms = getattr(model, "terms_", None)
    if not terms:
        raise BayesFactorError("model: expected a fitted model, got one without terms; call fit or from_document")
    if most is not None:
        terms = dict(sorted(terms.items(), key=lambda named: -_evidence_given(named[1]))[:most])
    reach = 1.25 * max(0.1, *(float(np.abs(term.log_bf).max(initial=0.0)) / np.log(10) for term in terms.values()))
    panels = (_panel(name, term, reach) for name, term in terms.items())
    return {panel.title: panel for panel in panels}


def _evidence_given(term: DrawnTerm) -> float:
    """Return the log Bayes factors of a variable, summed over the weight of linked pairs; nothing where it lacks."""
    return float(np.sum(term.n_linked * term.log_bf))


def _description(titles: list[str]) -> str:
    return (
        f"log10 Bayes factor of {', '.join(titles)}: above 0 it speaks for a link, below 0 against; "
        "with the plain ratio of counts beside it and the shares of linked and unlinked pairs below"
    )


def _panel(name: str, term: DrawnTerm, reach: float) -> Any:
    import altair as alt

    rows, title = component_rows(term), panel_title(name)
    n_pairs = [float(np.sum(n)) for n in (term.n_linked, term.n_unlinked)]
    if term.is_continuous:
        # Missing evidence has no place on the axis, so the title tells it.
        missing = [row["log10_bf"] for row in rows if row["low"] is None]
        title += "".join(f"; missing {log10_bf:+.2f}" for log10_bf in missing if abs(log10_bf) >= SHOWN_FROM)
        rows = [row for row in rows if row["low"] is not None]
    rows = [row for row in rows if row["n_linked"] is not None or abs(row["log10_bf"]) >= SHOWN_FROM]
    if not term.is_continuous and len(rows) > MAX_LEVELS:
        title = f"{title} ({MAX_LEVELS} of {len(rows)} levels)"
        rows = sorted(rows, key=lambda row: (-(row["n_linked"] or 0), row["label"]))[:MAX_LEVELS]
    base = alt.Chart(alt.Data(values=[_drawn(row, reach) for row in rows]), width=PANEL_WIDTH)
    factors = _factors(base, rows, reach, is_line=hasattr(term, "knots") and term.is_continuous)
    return alt.vconcat(factors, _strip(base, rows, *n_pairs), spacing=4, title=title)


def _drawn(row: dict[str, Any], reach: float) -> dict[str, Any]:
    """Return a row whose plain ratio lies on the axis, at its end where it is beyond; JSON knows no infinity."""
    raw = row["raw_log10_bf"]
    if raw is None or abs(raw) <= reach:
        return {**row, "tick": raw, "beyond": None}
    end = float(np.copysign(reach, raw))
    return {**row, "raw_log10_bf": None if np.isinf(raw) else raw, "tick": None, "beyond": end}


def _factors(base: Any, rows: list[dict[str, Any]], reach: float, *, is_line: bool) -> Any:
    import altair as alt

    domain = alt.Scale(domain=[-reach, reach])
    height = alt.Y("log10_bf:Q", title="log10 BF", scale=domain, axis=alt.Axis(tickCount=5))
    middle = _across(rows, "at", axis=None)
    zero = base.mark_rule(color="#ccc").encode(y=alt.datum(0))
    if is_line:
        line = base.mark_line(color=FOR, strokeWidth=2)
        shape = line.encode(x=middle, y=height) + base.mark_circle(color=FOR, size=26, opacity=1).encode(
            x=middle, y=height, tooltip=_tooltip()
        )
    else:
        colour = alt.condition("datum.log10_bf >= 0", alt.value(FOR), alt.value(AGAINST))
        bars = base.mark_bar(stroke="white", strokeWidth=0.5)
        shape = bars.encode(y=height, y2=alt.datum(0), color=colour, tooltip=_tooltip(), **_wide(rows, axis=None))
    counted = _as_counted(base, middle)
    layers = [*counted, shape] if is_line else [shape, *counted]  # a tick would hide a knot, and a bar a tick
    return alt.layer(zero, *layers).properties(height=PANEL_HEIGHT)


def _as_counted(base: Any, middle: Any) -> list[Any]:
    """Return the marks of the plain ratios: a tick, edged in white to stand out from its bar, or a triangle."""
    import altair as alt

    counted = base.transform_filter("isValid(datum.tick)")
    at = {"x": middle, "y": alt.Y("tick:Q", title="log10 BF")}
    ticks = [
        counted.mark_tick(color=colour, thickness=thickness, size=size, orient="horizontal").encode(**at)
        for colour, thickness, size in (("white", 4.5, 12), (INK, 2, 9))
    ]
    direction = alt.condition("datum.beyond > 0", alt.value("triangle-up"), alt.value("triangle-down"))
    beyond = base.transform_filter("isValid(datum.beyond)").mark_point(color=INK, filled=True, size=24, opacity=1)
    return [*ticks, beyond.encode(x=middle, y=alt.Y("beyond:Q", title="log10 BF"), shape=direction)]


def _strip(base: Any, rows: list[dict[str, Any]], n_linked: float, n_unlinked: float) -> Any:
    import altair as alt

    most = max([0.01, *(row[name] or 0.0 for row in rows for name in ("share_linked", "share_unlinked"))])
    axis = alt.Axis(values=[-most, 0, most], labelExpr="format(abs(datum.value), '.0%')", labelOverlap=False)
    scale, title = alt.Scale(domain=[-most, most], nice=False), f"▲ {n_linked:,.0f} linked ▼ {n_unlinked:,.0f} unlinked"
    wide = _wide(rows, axis=_bottom_axis(rows, title))
    up = base.mark_bar(color=FOR, stroke="white", strokeWidth=0.5).encode(
        y=alt.Y("share_linked:Q", title="pairs", scale=scale, axis=axis), y2=alt.datum(0), tooltip=_tooltip(), **wide
    )
    down = base.transform_calculate(down="-datum.share_unlinked").mark_bar(
        color=AGAINST, stroke="white", strokeWidth=0.5
    )
    return alt.layer(
        up, down.encode(y=alt.Y("down:Q", title="pairs"), y2=alt.datum(0), tooltip=_tooltip(), **wide)
    ).properties(height=STRIP_HEIGHT)


def _wide(rows: list[dict[str, Any]], axis: Any) -> dict[str, Any]:
    """Return the channels of a bar that fills its bin."""
    import altair as alt

    return {"x": _across(rows, "low", axis)} | ({} if rows and rows[0]["low"] is None else {"x2": alt.X2("high:Q")})


def _across(rows: list[dict[str, Any]], name: str, axis: Any) -> Any:
    import altair as alt

    if rows and rows[0]["low"] is None:
        return alt.X("label:N", title=None, sort=None, axis=axis)
    return alt.X(f"{name}:Q", title=None, scale=_scale(rows), axis=axis)


def _scale(rows: list[dict[str, Any]]) -> Any:
    import altair as alt

    decades = _decades(rows)
    if decades:
        # A plain logarithm has no place for 0, where pairs of one address are.
        return alt.Scale(type="symlog", constant=decades[1], nice=False, zero=False)
    return alt.Scale(type="sqrt" if _middle(rows) < SKEWED else "linear", nice=False, zero=False)


def _middle(rows: list[dict[str, Any]]) -> float:
    """Return the median place as a share of the axis; 1 where the variable has negative values."""
    highest = max((row["high"] for row in rows), default=1.0)
    if min((row["low"] for row in rows), default=0.0) < 0 or highest <= 0:
        return 1.0
    return float(np.median([row["at"] for row in rows] or [1.0])) / highest


def _decades(rows: list[dict[str, Any]]) -> list[float]:
    """Return 0 and the powers of ten that a logarithmic axis reaches; none where another axis serves."""
    if _middle(rows) >= VERY_SKEWED:
        return []
    highest = max(row["high"] for row in rows)
    lowest = min((row["at"] for row in rows if row["at"] > 0), default=highest)
    last = math.floor(math.log10(highest))
    first = max(math.ceil(math.log10(lowest)), last - MOST_DECADES + 1)
    return [0.0, *(10.0**power for power in range(min(first, last), last + 1))]


def _bottom_axis(rows: list[dict[str, Any]], title: str) -> Any:
    import altair as alt

    look = {"title": title, "titleColor": "#555", "titleFontSize": 10}
    if rows and rows[0]["low"] is None:
        if any(TWO in row["label"] for row in rows):  # two names a level stand side by side when they are upright
            upright = {
                "labelAngle": -90,
                "labelExpr": f"split(datum.label, '{TWO}')",
                "labelLineHeight": 10,
                "titlePadding": 14,
            }
            return alt.Axis(labelLimit=120, labelFontSize=9, labelOverlap=False, **upright, **look)
        return alt.Axis(labelAngle=-40 if len(rows) > SLANTED_ABOVE else 0, labelLimit=110, labelOverlap=False, **look)
    decades = _decades(rows)
    if decades:
        # The first power stands so near 0 that the two would be printed over each other.
        return alt.Axis(values=[0.0, *decades[2:]], format="~g", labelOverlap=False, **look)
    return alt.Axis(tickCount=6, **look)


def _tooltip() -> list[Any]:
    import altair as alt

    return [
        alt.Tooltip("label:N", title="value"),
        alt.Tooltip("log10_bf:Q", title="log10 Bayes factor", format=".2f"),
        alt.Tooltip("raw_log10_bf:Q", title="as counted", format=".2f"),
        alt.Tooltip("n_linked:Q", title="linked pairs (weight)"),
        alt.Tooltip("n_unlinked:Q", title="unlinked pairs (weight)"),
    ]
