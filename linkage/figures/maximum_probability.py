"""Each unsolved crime's likeliest link, strongest first, with a line that the reader moves: what lies above is a lead.

On a saved page a slider moves the line and the words beside it; a picture shows the line where it was set.
"""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from linkage.figures.json_rows import json_rows
from linkage.figures.style import INK, PANEL_WIDTH, FigureError, model_legend, styled

if TYPE_CHECKING:
    import altair as alt

HEIGHT, LINE_HEIGHT = 230, 16
COLUMNS = ("crime_id", "candidate_kind", "candidate_id", "probability")
LINE = 0.25
STEPS = 100  # places of the line between 0 and 1
MAX_POINTS = 600  # more cannot be told apart; counts are of all crimes
MANY = 300  # crimes from which places are logarithmic: leads are few, and on a plain axis all at the left edge
KINDS = {
    "group": ("a known group", "#2f4656", "circle"),
    "offender": ("a known offender", "#4f7d63", "square"),
    "crime": ("another unsolved crime", "#a1753a", "triangle-up"),
}
OTHER = ("nobody", "#8a8378", "cross")


def maximum_probability_figure(maxima: pd.DataFrame, line: float = LINE) -> "alt.VConcatChart":
    """Return the crimes' greatest probabilities of a link in order, and how many lie above the line.

    Parameters
    ----------
    maxima : DataFrame
        One row an unsolved crime, in any order: crime_id, candidate_kind (group, offender or crime; missing where
        there is no candidate at all), candidate_id, probability (0 to 1).
    line : float
        Where the line stands at first, in whole hundredths.

    Raises
    ------
    FigureError
        A column is missing, there are no crimes, one is there twice, a probability is none, a kind is not known, or
        the line is no hundredth from 0 to 1.
    """
    import altair as alt

    ordered = _ordered(maxima)
    if not (0.0 <= line <= 1.0 and abs(line * STEPS - round(line * STEPS)) < 1e-9):
        raise FigureError(f"line: expected whole hundredths from 0 to 1, got {line}; the slider moves by hundredths")
    counts = line_counts(ordered)
    move = alt.param(
        name="line", value=line, bind=alt.binding_range(min=0, max=1, step=1 / STEPS, name="Line (probability) ")
    )
    plot = alt.layer(_rule(), _points(ordered)).add_params(move)
    told = counts[round(line * STEPS)]["words"].replace("\n", " ")
    title = alt.TitleParams(
        "Each unsolved crime's likeliest link", subtitle=["Dark marks lie on or above the line."], offset=10
    )
    chart = alt.vconcat(_count(counts), plot, spacing=8, title=title)
    return styled(chart, f"Greatest probability of a link of unsolved crimes. {told}")


def line_counts(maxima: pd.DataFrame) -> list[dict[str, Any]]:
    """Return for each place of the line, 0 to 1 by hundredths, what lies at or above it.

    Returns
    -------
    list of dict
        step (0 to 100), n_above (crimes), words.
    """
    probability = np.sort(maxima["probability"].to_numpy(dtype=np.float64))
    by_kind = {
        kind: np.sort(maxima.loc[maxima["candidate_kind"].eq(kind), "probability"].to_numpy(np.float64))
        for kind in KINDS
    }
    rows = []
    for step in range(STEPS + 1):
        n_above = _n_from(probability, step)
        parts = [f"{_n_from(of, step):,} with {KINDS[kind][0]}" for kind, of in by_kind.items() if _n_from(of, step)]
        head = f"{n_above:,} of {len(maxima):,} {'crime' if len(maxima) == 1 else 'crimes'} at {step}% or more"
        rows.append({"step": step, "n_above": n_above, "words": "\n".join([head + (":" if parts else "."), *parts])})
    return rows


def _n_from(ascending: "np.ndarray[Any, np.dtype[np.float64]]", step: int) -> int:
    return int(ascending.size - np.searchsorted(ascending, step / STEPS, side="left"))


def _ordered(maxima: pd.DataFrame) -> pd.DataFrame:
    absent = [name for name in COLUMNS if name not in maxima]
    if absent:
        raise FigureError(
            f"maxima: expected columns {', '.join(COLUMNS)}, got none named {', '.join(absent)}; add them"
        )
    if maxima.empty or maxima["crime_id"].duplicated().any():
        n_twice = int(maxima["crime_id"].duplicated().sum())
        raise FigureError(
            f"maxima: expected one row an unsolved crime, got {len(maxima)} rows, {n_twice} again; keep one"
        )
    if not maxima["probability"].astype(float).between(0.0, 1.0).all():
        raise FigureError("maxima: expected probabilities from 0 to 1, got others; correct them")
    unknown = sorted(set(maxima["candidate_kind"].dropna()) - set(KINDS))
    if unknown:
        raise FigureError(f"maxima: expected candidate_kind {', '.join(KINDS)}, got {', '.join(unknown)}; rename it")
    ordered = maxima.sort_values(["probability", "crime_id"], ascending=[False, True], ignore_index=True)
    return ordered.assign(place=np.arange(1, len(ordered) + 1))


def _thinned(ordered: pd.DataFrame) -> pd.DataFrame:
    """Return rows that draw like all of them, even on a plain and on a logarithmic axis; the ends always stay."""
    n = len(ordered)
    if n <= MAX_POINTS:
        return ordered
    half = MAX_POINTS // 2
    wanted = np.concatenate([np.linspace(0, n - 1, half), np.geomspace(1, n, MAX_POINTS - half) - 1])
    return ordered.iloc[np.unique(wanted.round().astype(np.int64))]


def _look(kind: object) -> tuple[str, str, str]:
    return KINDS.get(str(kind), OTHER)


def _points(ordered: pd.DataFrame) -> Any:
    import altair as alt

    kept = _thinned(ordered)
    rows = [{**row, "kind": _look(row["candidate_kind"])[0]} for row in json_rows(kept[[*COLUMNS, "place"]])]
    present = [look for look in (*KINDS.values(), OTHER) if look[0] in {row["kind"] for row in rows}]
    words, colours, shapes = (list(each) for each in zip(*present, strict=True))
    legend = model_legend(70)
    faint = 0.35 if len(ordered) <= MANY else 0.12  # many marks lie upon each other
    return (
        alt.Chart(alt.Data(values=rows), width=PANEL_WIDTH, height=HEIGHT)
        .mark_point(filled=True, size=28)
        .encode(
            x=_across(len(ordered)),
            y=_up(),
            color=alt.Color("kind:N", scale=alt.Scale(domain=words, range=colours), legend=legend),
            shape=alt.Shape("kind:N", scale=alt.Scale(domain=words, range=shapes), legend=legend),
            opacity=alt.condition("datum.probability >= line - 1e-9", alt.value(0.95), alt.value(faint)),
            tooltip=[
                alt.Tooltip("crime_id:N", title="crime"),
                alt.Tooltip("kind:N", title="likeliest with"),
                alt.Tooltip("candidate_id:N", title="which"),
                alt.Tooltip("probability:Q", format=".1%"),
                alt.Tooltip("place:Q", title="place"),
            ],
        )
    )


def _across(n: int) -> Any:
    import altair as alt

    scale = (
        alt.Scale(type="log", domain=[1, n], nice=False)
        if n > MANY
        else alt.Scale(domain=[0, n + 1], nice=False, zero=True)
    )
    ticks = [float(10**power) for power in range(len(str(n)))]
    axis = alt.Axis(values=ticks, format=",") if n > MANY else alt.Axis(tickCount=5, format=",d", tickMinStep=1)
    return alt.X("place:Q", title="unsolved crimes, strongest first", scale=scale, axis=axis)


def _up() -> Any:
    import altair as alt

    return alt.Y(
        "probability:Q",
        title="probability of the likeliest link",
        scale=alt.Scale(domain=[0, 1]),
        axis=alt.Axis(format="%", values=[0, 0.25, 0.5, 0.75, 1]),
    )


def _rule() -> Any:
    import altair as alt

    return (
        alt.Chart(alt.Data(values=[{}]))
        .transform_calculate(probability="line")
        .mark_rule(color=INK, strokeDash=[5, 3], strokeWidth=1.2)
        .encode(y=_up())
    )


def _count(counts: list[dict[str, Any]]) -> Any:
    """Return the words that follow the line; above the plot, where no mark can lie behind them."""
    import altair as alt

    n_lines = max(row["words"].count("\n") for row in counts) + 1
    return (
        alt.Chart(alt.Data(values=counts), width=PANEL_WIDTH, height=n_lines * LINE_HEIGHT)
        .transform_filter(f"datum.step === round(line * {STEPS})")
        .mark_text(
            align="left", baseline="top", lineBreak="\n", fontSize=12, lineHeight=LINE_HEIGHT, color=INK, aria=False
        )
        .encode(x=alt.value(0), y=alt.value(0), text="words:N")
    )
