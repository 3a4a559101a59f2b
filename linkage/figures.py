"""Pictures of a fitted model, as Altair charts that open offline."""

from typing import TYPE_CHECKING, Any

import numpy as np

from linkage.bayes_factors import BayesFactorError, BayesFactorTerm, HistogramBayesFactor

if TYPE_CHECKING:
    import altair as alt

FOR, AGAINST = "#4a6375", "#b5aa99"  # slate and sand: neither reads as good or bad, and they differ in grey too
PANEL_WIDTH, PANEL_HEIGHT = 270, 84  # with its axis a panel fits a phone of 360 pixels
MAX_LEVELS = 12

TITLES = {
    "distance_km": "Distance (km)",
    "gap_days": "Time between (days)",
    "tod_gap_hours": "Difference in time of day (hours)",
    "dow_gap_days": "Difference in day of week (days)",
}


def component_figure(model: HistogramBayesFactor) -> "alt.VConcatChart":
    """Return the panels of all evidence variables, one below the other; see `component_panels`."""
    import altair as alt

    return _styled(alt.vconcat(*_panels(model).values(), spacing=14))


def component_panels(model: HistogramBayesFactor) -> dict[str, "alt.Chart"]:
    """Return a picture for each evidence variable, by its title: log10 Bayes factor of each bin, counts in the tooltip.

    All panels share the vertical scale, so that a variable that says little looks it. Of a variable with more than
    12 levels those with the most linked weight are drawn, and its title says so.

    Raises
    ------
    BayesFactorError
        The model is not fitted.
    """
    return {str(panel.title): _styled(panel.properties(title="")) for panel in _panels(model).values()}


def _panels(model: HistogramBayesFactor) -> dict[str, "alt.Chart"]:
    terms = getattr(model, "terms_", None)
    if not terms:
        raise BayesFactorError("model: expected a fitted model, got one without terms; call fit or from_document")
    reach = 1.1 * max(0.1, *(float(np.abs(term.log_bf).max(initial=0.0)) / np.log(10) for term in terms.values()))
    return {panel_title(name): _panel(name, term, reach) for name, term in terms.items()}


def _styled(chart: Any) -> Any:
    return (
        chart.configure_view(stroke=None)
        .configure_axis(labelFontSize=11, titleFontSize=11, grid=False, domainColor="#999", tickColor="#999")
        .configure_title(fontSize=13, anchor="start", fontWeight="normal")
    )


def component_rows(term: BayesFactorTerm) -> list[dict[str, Any]]:
    """Return what is drawn of a variable: one dict a bin with its label, bounds, log10_bf and counts."""
    labels: list[str] = []
    bounds: list[tuple[float | None, float | None]] = []
    if term.is_continuous:
        bounds += [(float(low), float(high)) for low, high in zip(term.edges, term.edges[1:], strict=False)]
        labels += [f"{low:.3g} to {high:.3g}" for low, high in bounds]
    else:
        labels += [level.replace("_", " ") for level in term.levels]
        bounds += [(None, None)] * len(labels)
    if term.has_missing_bin:
        labels.append("missing")
        bounds.append((None, None))
    return [
        {
            "label": label,
            "low": low,
            "high": high,
            "log10_bf": float(log_bf / np.log(10)),
            "n_linked": round(float(n_linked), 1),
            "n_unlinked": round(float(n_unlinked), 1),
        }
        for label, (low, high), log_bf, n_linked, n_unlinked in zip(
            labels, bounds, term.log_bf, term.n_linked, term.n_unlinked, strict=True
        )
    ]


def panel_title(name: str) -> str:
    """Return a variable's name in words."""
    words = name.removeprefix("match_").replace("_", " ")
    return TITLES.get(name, words[:1].upper() + words[1:])


def _panel(name: str, term: BayesFactorTerm, reach: float) -> "alt.Chart":
    import altair as alt

    rows, title = component_rows(term), panel_title(name)
    if term.is_continuous:
        # The missing bin has no place on the axis, so the title tells it.
        title += "".join(f"; missing {row['log10_bf']:+.2f}" for row in rows if row["low"] is None)
        rows = [row for row in rows if row["low"] is not None]
        across: dict[str, Any] = {
            "x": alt.X("low:Q", title=None, scale=alt.Scale(nice=False), axis=alt.Axis(tickCount=6)),
            "x2": alt.X2("high:Q"),
        }
    else:
        if len(rows) > MAX_LEVELS:
            title = f"{title} ({MAX_LEVELS} of {len(rows)} levels)"
            rows = sorted(rows, key=lambda row: (-row["n_linked"], row["label"]))[:MAX_LEVELS]
        across = {"x": alt.X("label:N", title=None, sort=None, axis=alt.Axis(labelAngle=0, labelLimit=80))}
        if len(rows) > 4:
            across = {"x": alt.X("label:N", title=None, sort=None, axis=alt.Axis(labelAngle=-40, labelLimit=80))}
    height = alt.Y("log10_bf:Q", title="log10 BF", scale=alt.Scale(domain=[-reach, reach]), axis=alt.Axis(tickCount=5))
    counts = [
        alt.Tooltip("label:N", title="bin"),
        alt.Tooltip("log10_bf:Q", title="log10 Bayes factor", format=".2f"),
        alt.Tooltip("n_linked:Q", title="linked pairs (weight)"),
        alt.Tooltip("n_unlinked:Q", title="unlinked pairs (weight)"),
    ]
    colour = alt.condition("datum.log10_bf >= 0", alt.value(FOR), alt.value(AGAINST))
    return (
        alt.Chart(alt.Data(values=rows), title=title, width=PANEL_WIDTH, height=PANEL_HEIGHT)
        .mark_bar(stroke="white", strokeWidth=0.5)
        .encode(y=height, y2=alt.datum(0), tooltip=counts, color=colour, **across)
    )
