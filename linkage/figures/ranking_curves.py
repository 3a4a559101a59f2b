"""How well models rank pairs: ROC, precision and recall, and links found against pairs examined, on one picture."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from linkage.figures.json_rows import json_rows
from linkage.figures.style import (
    FAINT,
    MODEL_COLOURS,
    MODEL_DASHES,
    PANEL_WIDTH,
    FigureError,
    model_legend,
    styled,
)

if TYPE_CHECKING:
    import altair as alt

HEIGHT = 200
MAX_POINTS = 400  # of a curve; more cannot be told apart on the picture and make its file large
COLUMNS = ("true_positive_rate", "false_positive_rate", "precision", "n_examined")

Curves = Mapping[str, pd.DataFrame]


def ranking_figure(curves: Curves, *, log_x: bool = True) -> "alt.VConcatChart":
    """Return ROC, precision-recall and links found against pairs examined, one below the other.

    Parameters
    ----------
    curves : mapping of model name to DataFrame
        What `linkage.ranking_metrics.ranking_curve` gives for each model; the legend keeps the order.
    log_x : bool
        Draw the ROC over the logarithm of the false positive rate: of ten thousand pairs only the first hundred are
        ever looked at, which on a plain axis is the left edge.

    Raises
    ------
    FigureError
        There is no curve, or one lacks a column or rows.
    """
    import altair as alt

    points = _points(curves)
    parts = [_roc(points, log_x), _precision_recall(points), _examined(points)]
    description = f"Ranking of pairs by {', '.join(curves)}: ROC, precision and recall, links found by pairs examined"
    return styled(alt.vconcat(*parts, spacing=22).resolve_scale(color="shared", strokeDash="shared"), description)


def roc_figure(curves: Curves, *, log_x: bool = False) -> "alt.LayerChart":
    """Return the share of linked pairs found against the share of unlinked ones taken for linked."""
    return styled(_roc(_points(curves), log_x), f"ROC of {', '.join(curves)}")


def precision_recall_figure(curves: Curves) -> "alt.Chart":
    """Return the share of pairs examined that are linked against the share of linked pairs found."""
    return styled(_precision_recall(_points(curves)), f"Precision and recall of {', '.join(curves)}")


def examined_figure(curves: Curves) -> "alt.Chart":
    """Return the share of linked pairs found against the number of pairs examined, strongest first."""
    return styled(_examined(_points(curves)), f"Linked pairs found by pairs examined, of {', '.join(curves)}")


def thinned(curve: pd.DataFrame, max_points: int = MAX_POINTS) -> pd.DataFrame:
    """Return rows of a ranking curve that draw like all of them: even on a plain and on a logarithmic axis.

    The first and the last row always stay.
    """
    n = len(curve)
    if n <= max_points:
        return curve
    half = max_points // 2
    examined = curve["n_examined"].to_numpy(dtype=np.float64)
    wanted = np.concatenate(
        [np.linspace(examined[0], examined[-1], half), np.geomspace(examined[0], examined[-1], max_points - half)]
    )
    rows: npt.NDArray[np.int64] = np.unique(np.clip(np.searchsorted(examined, wanted), 0, n - 1)).astype(np.int64)
    return curve.iloc[np.union1d(rows, [0, n - 1])]


def _points(curves: Curves) -> pd.DataFrame:
    if not curves:
        raise FigureError("curves: expected at least one model's ranking curve, got none; name a model and its curve")
    for name, curve in curves.items():
        absent = [column for column in COLUMNS if column not in curve]
        if absent or curve.empty:
            raise FigureError(
                f"curves: expected columns {', '.join(COLUMNS)} with rows, got {'none' if curve.empty else 'no '}"
                f"{', '.join(absent)} for {name}; make them with linkage.ranking_metrics.ranking_curve"
            )
    kept = [
        thinned(curve[curve["n_examined"] > 0])[list(COLUMNS)].assign(model=name, rank=number)
        for number, (name, curve) in enumerate(curves.items())
    ]
    return pd.concat(kept, ignore_index=True)


def _roc(points: pd.DataFrame, log_x: bool) -> Any:
    import altair as alt

    # Every ROC starts where nothing is examined; a logarithm has no such place.
    start = (
        points.groupby(["model", "rank"], sort=False).head(1).assign(true_positive_rate=0.0, false_positive_rate=0.0)
    )
    drawn = pd.concat([start, points], ignore_index=True)
    scale: dict[str, Any] = {"domain": [0, 1]}
    axis = alt.Axis(format=".0%", tickCount=5)
    if log_x:
        drawn = points[points["false_positive_rate"] > 0]
        low = float(drawn["false_positive_rate"].min()) if len(drawn) else 0.001
        scale, axis = {"type": "log", "domain": [min(low, 0.1), 1]}, alt.Axis(format="~%", tickCount=5)
    x = alt.X("false_positive_rate:Q", title="unlinked pairs examined", scale=alt.Scale(**scale), axis=axis)
    chance = np.geomspace(scale["domain"][0], 1, 60) if log_x else np.array([0.0, 1.0])
    diagonal = _chart([{"false_positive_rate": p, "true_positive_rate": p} for p in chance.tolist()])
    diagonal = diagonal.mark_line(color=FAINT, strokeWidth=1).encode(x=x, y=_found())
    return alt.layer(diagonal, _curve(drawn, x, _found())).properties(title="ROC")


def _precision_recall(points: pd.DataFrame) -> Any:
    import altair as alt

    x = alt.X("true_positive_rate:Q", title="linked pairs found", axis=alt.Axis(format=".0%", tickCount=5))
    y = alt.Y(
        "precision:Q",
        title="linked among examined",
        scale=alt.Scale(domain=[0, 1]),
        axis=alt.Axis(format=".0%", tickCount=5),
    )
    return _curve(points, x, y).properties(title="Precision and recall")


def _examined(points: pd.DataFrame) -> Any:
    import altair as alt

    # Weighted pairs may be less than one, or start at thousands.
    first, last = (float(bound) for bound in (points["n_examined"].min(), points["n_examined"].max()))
    scale = alt.Scale(type="log", domain=[first, max(last, 2 * first)], nice=False)
    x = alt.X("n_examined:Q", title="pairs examined", scale=scale, axis=alt.Axis(format="~s", tickCount=5))
    return _curve(points, x, _found()).properties(title="Links found by pairs examined")


def _found() -> Any:
    import altair as alt

    axis = alt.Axis(format=".0%", tickCount=5)
    return alt.Y("true_positive_rate:Q", title="linked pairs found", scale=alt.Scale(domain=[0, 1]), axis=axis)


def _curve(points: pd.DataFrame, x: Any, y: Any) -> Any:
    import altair as alt

    names = list(points.sort_values("rank")["model"].unique())
    colour = alt.Color("model:N", scale=alt.Scale(domain=names, range=list(MODEL_COLOURS)), legend=model_legend())
    dash = alt.StrokeDash(
        "model:N", scale=alt.Scale(domain=names, range=[list(dash) for dash in MODEL_DASHES]), legend=model_legend()
    )
    tooltip = [
        alt.Tooltip("model:N"),
        alt.Tooltip("n_examined:Q", title="pairs examined", format=","),
        alt.Tooltip("true_positive_rate:Q", title="linked found", format=".1%"),
        alt.Tooltip("precision:Q", title="linked among examined", format=".1%"),
        alt.Tooltip("false_positive_rate:Q", title="unlinked examined", format=".2%"),
    ]
    line = _chart(json_rows(points)).mark_line(strokeWidth=2, interpolate="linear")
    return line.encode(x=x, y=y, color=colour, strokeDash=dash, order="n_examined:Q", tooltip=tooltip)


def _chart(rows: list[dict[str, Any]]) -> Any:
    import altair as alt

    return alt.Chart(alt.Data(values=rows), width=PANEL_WIDTH, height=HEIGHT)
