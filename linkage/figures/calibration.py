"""Whether posterior probabilities are true: the share of pairs that are linked against the mean posterior, by band.

On both axes probabilities are logarithmic: nearly all pairs are unlikely, and there an error of tenfold is a hair's
breadth on a plain axis.
"""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from linkage.figures.json_rows import json_rows
from linkage.figures.style import FAINT, MODEL_COLOURS, MODEL_SHAPES, PANEL_WIDTH, FigureError, model_legend, styled

if TYPE_CHECKING:
    import altair as alt

HEIGHT = 250
COLUMNS = ("n_pairs", "mean_posterior", "observed_share", "observed_low", "observed_high", "model")
LEAST = 1e-6  # probability at which the axes end however small the data


def calibration_figure(bands: pd.DataFrame) -> "alt.LayerChart":
    """Return the calibration of one or several models, with intervals and the diagonal on which truth lies.

    Parameters
    ----------
    bands : DataFrame
        One row a model and band: band_low, band_high (bounds of the posterior), n_pairs, mean_posterior,
        observed_share, observed_low, observed_high (its interval), model. A band without pairs is left out; a share
        of 0, which a logarithm does not know, is drawn as a hollow mark at the foot.

    Raises
    ------
    FigureError
        A column is missing, or no band has pairs.
    """
    import altair as alt

    kept = _checked(bands)
    low = _foot(kept)
    rows = [_drawn(row, low) for row in json_rows(kept)]
    names = list(dict.fromkeys(kept["model"]))
    scale = alt.Scale(type="log", domain=[low, 1], nice=False, clamp=True)
    axis = alt.Axis(format="~%", values=_decades(low), labelOverlap="greedy", labelSeparation=4, labelFlush=False)
    x = alt.X("mean_posterior:Q", title="mean posterior probability", scale=scale, axis=axis)
    look = {
        "color": alt.Color("model:N", scale=alt.Scale(domain=names, range=list(MODEL_COLOURS)), legend=model_legend(60))
    }
    shapes = {
        "shape": alt.Shape("model:N", scale=alt.Scale(domain=names, range=list(MODEL_SHAPES)), legend=model_legend(60))
    }
    y = alt.Y("at:Q", title="share of pairs that are linked", scale=scale, axis=axis)
    base = alt.Chart(alt.Data(values=rows), width=PANEL_WIDTH, height=HEIGHT)
    bars = base.mark_rule(strokeWidth=1.5).encode(x=x, y=alt.Y("from:Q", scale=scale, axis=axis), y2="to:Q", **look)
    line = base.mark_line(strokeWidth=1, opacity=0.6).encode(x=x, y=y, **look)
    points = base.mark_point(size=45, strokeWidth=1.5, opacity=1)
    filled = points.transform_filter("!datum.is_foot").encode(
        x=x, y=y, fill=look["color"], tooltip=_tooltip(), **look, **shapes
    )
    foot = points.transform_filter("datum.is_foot").encode(
        x=x, y=y, tooltip=_tooltip(), fill=alt.value("white"), **look, **shapes
    )
    description = (
        f"Share of pairs linked against mean posterior of {', '.join(names)}, band by band; truth is the diagonal"
    )
    layers = alt.layer(_diagonal(low, scale, axis), line, bars, filled, foot)
    return styled(layers.properties(title="Are the probabilities true?"), description)


def _checked(bands: pd.DataFrame) -> pd.DataFrame:
    absent = [name for name in COLUMNS if name not in bands]
    if absent:
        raise FigureError(f"bands: expected columns {', '.join(COLUMNS)}, got none named {', '.join(absent)}; add them")
    kept = bands[(bands["n_pairs"] > 0) & bands["mean_posterior"].gt(0) & bands["observed_share"].notna()]
    if kept.empty:
        raise FigureError("bands: expected a band with pairs and a posterior above 0, got none; score some pairs")
    return kept


def _foot(bands: pd.DataFrame) -> float:
    """Return where the axes begin: the power of ten below all that is drawn."""
    shown = bands[["mean_posterior", "observed_share", "observed_low"]].to_numpy(dtype=np.float64)
    least = float(shown[shown > 0].min())
    return max(LEAST, float(10.0 ** np.floor(np.log10(least))))


def _decades(low: float) -> list[float]:
    return [*(float(10.0**power) for power in range(round(np.log10(low)), 0)), 1.0]


def _drawn(row: dict[str, Any], low: float) -> dict[str, Any]:
    share = float(row["observed_share"])
    start, end = (share if row[name] is None else float(row[name]) for name in ("observed_low", "observed_high"))
    return {**row, "at": max(share, low), "is_foot": share <= low, "from": max(start, low), "to": max(end, low)}


def _diagonal(low: float, scale: Any, axis: Any) -> Any:
    import altair as alt

    ends = alt.Chart(alt.Data(values=[{"p": low}, {"p": 1.0}]))
    return ends.mark_line(color=FAINT, strokeDash=[2, 3]).encode(
        x=alt.X("p:Q", scale=scale, axis=axis), y=alt.Y("p:Q", scale=scale, axis=axis)
    )


def _tooltip() -> list[Any]:
    import altair as alt

    return [
        alt.Tooltip("model:N"),
        alt.Tooltip("n_pairs:Q", title="pairs", format=","),
        alt.Tooltip("mean_posterior:Q", title="mean posterior", format=".3~g"),
        alt.Tooltip("observed_share:Q", title="share linked", format=".3~g"),
        alt.Tooltip("observed_low:Q", title="from", format=".3~g"),
        alt.Tooltip("observed_high:Q", title="to", format=".3~g"),
    ]
