"""The chains of a sampler, sweep by sweep: chains that have met lie upon each other and drift nowhere."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from linkage.figures.hyperparameter_words import Hyperparameter, drawn_hyperparameters
from linkage.figures.style import MODEL_COLOURS, PANEL_WIDTH, FigureError, styled

if TYPE_CHECKING:
    import altair as alt

HEIGHT = 58
MAX_POINTS = 500
DIGITS = 6


def trace_figure(
    draws: pd.DataFrame, names: Mapping[str, str] | None = None, *, max_points: int = MAX_POINTS, columns: int = 1
) -> "alt.ConcatChart":
    """Return one small panel a hyperparameter with all chains in it.

    Parameters
    ----------
    draws : DataFrame
        One row a kept sweep: chain, sweep and one column a hyperparameter, as `CoLinkageResult.draws`.
    names : mapping of code to str, optional
        Items and other features in words; a code that is not there is shown with spaces.
    max_points : int
        Sweeps drawn of each chain, evenly spaced; the title says which.
    columns : int
        Panels beside each other: 1 fits a phone, 3 a desk.

    Raises
    ------
    FigureError
        A column is missing, there are no draws, draws are not finite, or a number is below 1.
    """
    import altair as alt

    shown = drawn_hyperparameters(draws, names)
    if max_points < 2 or columns < 1:
        raise FigureError(f"max_points, columns: expected from 2 and 1, got {max_points} and {columns}; 500 and 1 do")
    every = -(-draws.groupby("chain").size().max() // max_points)
    kept = draws[draws.groupby("chain").cumcount() % every == 0]
    chains = [str(chain + 1) for chain in sorted(draws["chain"].unique())]
    parts = [_panel(kept, each, chains, at >= len(shown) - columns) for at, each in enumerate(shown)]
    title = alt.TitleParams("Do the chains agree?", subtitle=_subtitle(every), offset=10)
    chart = alt.concat(*parts, columns=columns, spacing=12, title=title).resolve_scale(color="shared")
    return styled(chart, f"Draws of {len(chains)} chains, sweep by sweep: {', '.join(each.words for each in shown)}")


def _subtitle(every: int) -> list[str]:
    drawn = {1: "Every sweep is drawn.", 2: "Every second sweep is drawn."}.get(every, f"1 sweep in {every} is drawn.")
    return ["Good chains cover each other and drift nowhere.", drawn]


def _panel(kept: pd.DataFrame, shown: Hyperparameter, chains: list[str], is_last: bool) -> Any:
    import altair as alt

    values = kept[shown.name].to_numpy(dtype=np.float64)
    is_log = shown.is_log and values.min() > 0.0
    rows = [
        {"sweep": int(sweep), "chain": str(chain + 1), "value": float(f"{value:.{DIGITS}g}")}
        for sweep, chain, value in zip(kept["sweep"], kept["chain"], values, strict=True)
    ]
    scale = alt.Scale(type="log" if is_log else "linear", zero=False, nice=False)
    unit = f" ({shown.unit})" if shown.unit else ""
    ticks = alt.Axis(labelExpr="format(datum.value, ',.4~r')", **_ticks(values, is_log))
    sweeps = alt.Axis(tickCount=4, labels=is_last, ticks=is_last)
    return (
        alt.Chart(alt.Data(values=rows), width=PANEL_WIDTH, height=HEIGHT)
        .mark_line(strokeWidth=0.7, opacity=0.75, clip=True, aria=False)
        .encode(
            x=alt.X("sweep:Q", title="sweep" if is_last else None, scale=alt.Scale(nice=False), axis=sweeps),
            y=alt.Y("value:Q", title=None, scale=scale, axis=ticks),
            color=alt.Color("chain:N", scale=_colours(chains), legend=_legend()),
        )
        .properties(title=alt.TitleParams(shown.words + unit, fontSize=11, offset=4, frame="group"))
    )


def _ticks(values: np.ndarray[Any, np.dtype[np.float64]], is_log: bool) -> dict[str, Any]:
    """Return round ticks: over less than a decade a logarithmic axis has too many, or none."""
    low, high = values.min(), values.max()
    if not is_log or low == high:
        return {"tickCount": 3}
    decades = np.floor(np.log10(low)), np.ceil(np.log10(high))
    steps = (1,) if high / low > 50 else (1, 2, 5) if high / low > 4 else tuple(range(1, 10))
    every = [float(f"{step * 10.0**power:.6g}") for power in np.arange(*decades) for step in steps]
    inside = [tick for tick in [*every, float(10.0 ** decades[1])] if low <= tick <= high]
    return {"values": inside[:: max(1, len(inside) // 3)]} if len(inside) > 1 else {"tickCount": 3}


def _colours(chains: list[str]) -> Any:
    import altair as alt

    return alt.Scale(domain=chains, range=[MODEL_COLOURS[at % len(MODEL_COLOURS)] for at in range(len(chains))])


def _legend() -> Any:
    import altair as alt

    return alt.Legend(orient="bottom", direction="horizontal", symbolType="stroke", symbolOpacity=1, offset=8)
