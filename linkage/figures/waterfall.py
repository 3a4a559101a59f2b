"""The waterfall of a link: from the prior odds over what each item adds or takes to the posterior odds.

Below the posterior, hollow bars reach from where it would be if a missing item differed to where if it matched.
"""

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from linkage.explanation import ItemContribution, LinkExplanation
from linkage.explanation_words import factor, item_in_words, missing_in_words, of_hundred, one_in, percent
from linkage.figures.style import AGAINST, FAINT, FOR, INK, styled
from linkage.missing_items import MissingItem

if TYPE_CHECKING:
    import altair as alt

WIDTH, ROW_HEIGHT = 330, 36  # a row is a line of words with its bar below, so that words have the whole width
BAR_TOP, BAR_BOTTOM, WORDS_AT = 18, 28, 10  # pixels from the top of a row
MOST_DRAWN, MOST_MISSING = 12, 4
TOO_LITTLE_TO_DRAW = 0.05  # natural log; together with all others of its kind in one row
LINE_LENGTH = 48
ROOM_FOR_WEIGHT = {"item": 46, "missing": 92, "prior": 106, "posterior": 106}
ROUNDING = 1e-9  # a model whose terms do not quite add up to its score gets a row for what is left
TIMES = "\u00d7"
PROBABILITIES = (1e-6, 1e-5, 1e-4, 1e-3, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999, 0.9999, 0.99999)

Row = dict[str, Any]


def waterfall_figure(explanation: LinkExplanation) -> "alt.LayerChart":
    """Return the waterfall of an explanation, in log10 odds, with the probability above.

    Items come strongest first, those for a link before those against; what is beyond the twelfth, or says next to
    nothing, is one row, so that the bars lead exactly from prior to posterior.
    """
    import altair as alt

    rows = waterfall_rows(explanation)
    canvas = _Canvas(reach=_reach(rows), height=ROW_HEIGHT * len(rows))
    data = alt.Data(values=[{**row, **_pixels(row["place"])} for row in rows])
    title = alt.TitleParams(_title(explanation), subtitle=_subtitle(explanation), offset=14)
    layers = [*_rulers(canvas), *_bars(alt.Chart(data), canvas), *_words(alt.Chart(data), canvas)]
    chart = alt.layer(*layers).properties(width=WIDTH, height=canvas.height, title=title)
    return styled(chart.resolve_axis(x="independent"), explanation.sentence())


def waterfall_rows(explanation: LinkExplanation) -> list[Row]:
    """Return the rows of the picture, top down.

    Returns
    -------
    list of dict
        `kind` (prior, item, posterior or missing), `words`, `weight` (in words), `begin` and `end` in log10 odds:
        where the bar starts and ends, of a missing item where the posterior were if it differed and if it matched.
    """
    at = explanation.prior_log_odds
    rows = [_row("prior", "Before any evidence", one_in(explanation.prior_probability), at, at)]
    for words, log_bf in _steps(explanation):
        rows.append(_row("item", words, f"{TIMES} {factor(log_bf)}", at, at + log_bf))
        at += log_bf
    posterior = f"{of_hundred(explanation.posterior_probability)} of 100"
    rows.append(_row("posterior", "With all evidence", posterior, at, at))
    for one in explanation.missing[:MOST_MISSING]:
        if one.largest_change >= TOO_LITTLE_TO_DRAW:
            weight = f"{TIMES} {factor(one.change_if_differ)} or {factor(one.change_if_match)}"
            rows.append(_row("missing", _if_known(one), weight, at + one.change_if_differ, at + one.change_if_match))
    return [{**row, "place": place} for place, row in enumerate(rows)]


def _row(kind: str, words: str, weight: str, begin: float, end: float) -> Row:
    log10 = float(np.log(10))
    return {"kind": kind, "words": words, "weight": weight, "begin": begin / log10, "end": end / log10}


def _steps(explanation: LinkExplanation) -> list[tuple[str, float]]:
    """Return words and log BF of each bar; of what is drawn together the sum."""
    ordered = (*explanation.spoke_for(), *explanation.spoke_against())
    strong = [one for one in ordered if abs(one.log_bf) >= TOO_LITTLE_TO_DRAW]
    kept = sorted(strong, key=lambda one: -abs(one.log_bf))[:MOST_DRAWN]
    steps = [(_item_words(one), one.log_bf) for one in strong if one in kept]
    n_others = len(ordered) - len(steps)
    rest = explanation.log_bf - sum(log_bf for _, log_bf in steps)
    words = "one other" if n_others == 1 else f"{n_others} others together"
    return [*steps, (words, rest)] if n_others or abs(rest) > ROUNDING else steps


def _item_words(one: ItemContribution) -> str:
    if one.shared_value is not None and one.share_of_crimes is not None:
        words = f"{one.item}: {one.shared_value} in both ({percent(one.share_of_crimes)} have it)"
    elif one.value_1 and one.value_2 and isinstance(one.evidence, str):
        words = f"{one.item}: {one.value_1} / {one.value_2}"
    else:
        words = item_in_words(one)
    return words.replace("_", " ")


def _if_known(one: MissingItem) -> str:
    known = f" ({one.known_value.replace('_', ' ')})" if one.known_value else ""
    return f"If known: {missing_in_words(one.item)}{known}"


def _title(explanation: LinkExplanation) -> list[str]:
    one, two = explanation.crime_id_1, explanation.crime_id_2
    whole = f"{one} and {two} may be linked"
    return [whole] if len(whole) <= LINE_LENGTH else [f"{one} and", f"{two} may be linked"]


def _subtitle(explanation: LinkExplanation) -> list[str]:
    wrong = of_hundred(1.0 - explanation.posterior_probability)
    lines = [f"Of 100 such pairs {of_hundred(explanation.posterior_probability)} would be linked, {wrong} not."]
    if explanation.is_same_incident:
        lines.append("Both are recorded as one incident.")
    shown = [one for one in explanation.missing if one.largest_change >= TOO_LITTLE_TO_DRAW]
    if len(shown) > MOST_MISSING:
        lines.append(f"{len(shown) - MOST_MISSING} more missing items could change it less.")
    return lines


def _reach(rows: list[Row]) -> tuple[float, float]:
    ends = [row[name] for row in rows for name in ("begin", "end")]
    margin = 0.04 * (max(ends) - min(ends)) + 0.1
    return min(ends) - margin, max(ends) + margin


def _pixels(place: int) -> dict[str, float]:
    top = float(ROW_HEIGHT * place)
    middle = top + (BAR_TOP + BAR_BOTTOM) / 2
    below = top + ROW_HEIGHT + (BAR_TOP + BAR_BOTTOM) / 2
    return {"top": top + BAR_TOP, "bottom": top + BAR_BOTTOM, "middle": middle, "below": below, "line": top + WORDS_AT}


class _Canvas(NamedTuple):
    """The scales that all layers share: log10 odds across, pixels down."""

    reach: tuple[float, float]
    height: int

    def x(self, field: str, axis: Any = None) -> Any:
        import altair as alt

        return alt.X(f"{field}:Q", axis=axis, scale=alt.Scale(domain=list(self.reach), nice=False, zero=False))

    def y(self, field: str) -> Any:
        import altair as alt

        return alt.Y(f"{field}:Q", axis=None, scale=alt.Scale(domain=[self.height, 0], nice=False, zero=False))


def _rulers(canvas: _Canvas) -> list[Any]:
    """Return the axis of log10 odds below and that of probability above, with a dotted line at even odds."""
    import altair as alt

    rule = alt.Chart(alt.Data(values=[{"odds": 0}])).mark_rule(color=FAINT, strokeDash=[2, 3], clip=True)
    places = {_log10_odds(p): f"{100 * p:.6g}%" for p in PROBABILITIES}
    named = " : ".join(f"abs(datum.value - ({at})) < 1e-6 ? '{words}'" for at, words in places.items())
    below = alt.Axis(title="log10 odds", tickCount=8, orient="bottom")
    above = alt.Axis(
        title="probability",
        orient="top",
        values=list(places),
        labelExpr=f"{named} : ''",
        labelOverlap="greedy",
    )
    return [rule.encode(x=canvas.x("odds", axis)) for axis in (below, above)]


def _log10_odds(probability: float) -> float:
    return float(np.log10(probability) - np.log10(1.0 - probability))


def _bars(base: Any, canvas: _Canvas) -> list[Any]:
    import altair as alt

    across = {"x": canvas.x("begin"), "x2": alt.X2("end:Q")}
    down = {"y": canvas.y("top"), "y2": alt.Y2("bottom:Q")}
    colour = alt.condition("datum.end >= datum.begin", alt.value(FOR), alt.value(AGAINST))
    step = base.transform_filter("datum.kind === 'item' || datum.kind === 'prior'")
    thread = step.mark_rule(color=FAINT).encode(x=canvas.x("end"), y=canvas.y("top"), y2=alt.Y2("below:Q"))
    bars = (
        base.transform_filter("datum.kind === 'item'")
        .mark_bar()
        .encode(color=colour, tooltip=_tooltip(), **across, **down)
    )
    ends = base.transform_filter("datum.kind === 'prior' || datum.kind === 'posterior'")
    dots = ends.mark_circle(color=INK, size=80, opacity=1).encode(x=canvas.x("end"), y=canvas.y("middle"))
    open_bars = base.transform_filter("datum.kind === 'missing'").mark_bar(
        fill="white", stroke=INK, strokeWidth=1, strokeDash=[3, 2]
    )
    return [thread, bars, dots, open_bars.encode(tooltip=_tooltip(), **across, **down)]


def _words(base: Any, canvas: _Canvas) -> list[Any]:
    import altair as alt

    layers = []
    halo = {"stroke": "white", "strokeWidth": 3, "strokeJoin": "round"}  # words stay legible where a line runs
    for kind, room in ROOM_FOR_WEIGHT.items():
        rows = base.transform_filter(f"datum.kind === '{kind}'")
        weight = "bold" if kind in ("prior", "posterior") else "normal"
        for edge in (halo, {}):
            look = {"fontSize": 11, "baseline": "middle", "color": INK, "fontWeight": weight, **edge}
            left, right = (
                rows.mark_text(align="left", limit=WIDTH - room, **look),
                rows.mark_text(align="right", **look),
            )
            layers += [
                left.encode(x=alt.value(0), y=canvas.y("line"), text="words:N"),
                right.encode(x=alt.value(WIDTH), y=canvas.y("line"), text="weight:N"),
            ]
    return layers


def _tooltip() -> list[Any]:
    import altair as alt

    return [
        alt.Tooltip("words:N", title="item"),
        alt.Tooltip("weight:N", title="odds"),
        alt.Tooltip("begin:Q", title="from log10 odds", format=".2f"),
        alt.Tooltip("end:Q", title="to log10 odds", format=".2f"),
    ]
