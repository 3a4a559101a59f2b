"""What the sampler learned of series in general: how much each feature matters, and every hyperparameter's interval."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from linkage.figures.hyperparameter_words import Hyperparameter, drawn_hyperparameters
from linkage.figures.json_rows import json_rows
from linkage.figures.style import FAINT, FOR, INK, PANEL_WIDTH, styled

if TYPE_CHECKING:
    import altair as alt

ROW_HEIGHT = 19
LABEL_WIDTH = 116  # pixels of the features' names, left of the panel
WIDTH = PANEL_WIDTH + 44 - LABEL_WIDTH
INTERVAL = (0.05, 0.5, 0.95)
KILOMETRES_FROM = 1_000.0
Floats = npt.NDArray[np.float64]


def hyperparameters_figure(draws: pd.DataFrame, names: Mapping[str, str] | None = None) -> "alt.VConcatChart":
    """Return how alike two crimes of a series are in each feature, and below it every hyperparameter in figures.

    Parameters
    ----------
    draws : DataFrame
        One row a kept sweep: chain, sweep and one column a hyperparameter, as `CoLinkageResult.draws`.
    names : mapping of code to str, optional
        Items and other features in words; a code that is not there is shown with spaces.

    Raises
    ------
    FigureError
        A column is missing, there are no draws, or they are not finite.
    """
    import altair as alt

    table = hyperparameter_table(draws, names)
    likeness = feature_likeness(draws, names)
    parts = [*([_likeness(likeness)] if len(likeness) else []), _list(table)]
    chart = alt.vconcat(*parts, spacing=18).properties(
        title=alt.TitleParams("What series have in common", subtitle=["Median and 90% interval."], offset=10)
    )
    told = "; ".join(
        f"{row.feature} {row.median:.0%} ({row.q05:.0%} to {row.q95:.0%})" for row in likeness.itertuples()
    )
    return styled(chart, f"How alike two crimes of one series are: {told or 'no feature was used'}")


def hyperparameter_table(draws: pd.DataFrame, names: Mapping[str, str] | None = None) -> pd.DataFrame:
    """Return every hyperparameter's median and 90% interval.

    Returns
    -------
    DataFrame
        One row a hyperparameter in the order of the draws: quantity (the column's name), words, unit, median, q05,
        q95 (in the unit) and text (all three, rounded, with kilometres where metres run to thousands).
    """
    rows = []
    for each in drawn_hyperparameters(draws, names):
        low, middle, high = np.quantile(draws[each.name].to_numpy(dtype=np.float64), INTERVAL)
        rows.append(
            {
                "quantity": each.name,
                "words": each.words,
                "unit": each.unit,
                "median": middle,
                "q05": low,
                "q95": high,
                "text": _text(each, low, middle, high),
            }
        )
    return pd.DataFrame(rows)


def feature_likeness(draws: pd.DataFrame, names: Mapping[str, str] | None = None) -> pd.DataFrame:
    """Return how alike two crimes of one series are in each feature, which is how much the feature matters.

    The correlation of two of its crimes, on one scale for all kinds of evidence: 0 where they are as alike as any two
    crimes, 1 where they are the same. For a place or a time it is the share of the variance that lies between series,
    b^2 / (b^2 + w^2) with the scatters b between and w within; for an item 1 / (1 + nu), the probability that a
    second crime repeats the first one's value out of habit instead of drawing from all crimes' values.

    Returns
    -------
    DataFrame
        One row a feature, the most alike first: feature, median, q05, q95 (shares).
    """
    shown = {each.name: each for each in drawn_hyperparameters(draws, names)}
    rows = []
    for name, each in shown.items():
        likeness = _of_feature(draws, name)
        if likeness is not None:
            low, middle, high = np.quantile(likeness, INTERVAL)
            rows.append({"feature": each.words.split(":")[0], "median": middle, "q05": low, "q95": high})
    table = pd.DataFrame(rows, columns=["feature", "median", "q05", "q95"])
    return table.sort_values(["median", "feature"], ascending=[False, True], ignore_index=True)


def _of_feature(draws: pd.DataFrame, name: str) -> Floats | None:
    """Return the draws of a feature's likeness; None for a hyperparameter that is not the first of a feature's."""
    other = name.replace("_within_sd_", "_between_sd_")
    if other != name and other in draws:
        within, between = (draws[each].to_numpy(dtype=np.float64) for each in (name, other))
        return np.asarray(1.0 / (1.0 + (within / between) ** 2), dtype=np.float64)
    if name.startswith("item_concentration_") or name == "time_of_day_concentration":
        return np.asarray(1.0 / (1.0 + draws[name].to_numpy(dtype=np.float64)), dtype=np.float64)
    return None


def _text(each: Hyperparameter, low: float, middle: float, high: float) -> str:
    is_far = each.unit == "m" and max(abs(low), abs(high)) >= KILOMETRES_FROM
    unit, scale = ("km", 1e-3) if is_far else (each.unit, 1.0)
    told = [_rounded(value * scale, (high - low) * scale) for value in (middle, low, high)]
    return f"{told[0]} ({told[1]} to {told[2]}){' ' * bool(unit)}{unit}"


def _rounded(value: float, width: float) -> str:
    """Round to what the interval bears: a tenth of its width or so."""
    if not width > 0.0:
        return f"{value:.3g}"
    digits = int(np.clip(np.ceil(-np.log10(width)) + 1, 0, 6))
    return f"{value + 0.0:,.{digits}f}"


def _likeness(table: pd.DataFrame) -> Any:
    import altair as alt

    rows = json_rows(table.assign(told=[f"{row.median:.0%}" for row in table.itertuples()]))
    base = alt.Chart(alt.Data(values=rows), width=WIDTH, height=max(2, len(rows)) * ROW_HEIGHT)
    y = alt.Y(
        "feature:N",
        sort=None,
        title=None,
        axis=alt.Axis(labelLimit=LABEL_WIDTH - 6, ticks=False, minExtent=LABEL_WIDTH),
    )
    axis = alt.Axis(format="%", values=[0, 0.25, 0.5, 0.75, 1], grid=True, gridColor="#e6e6e6")
    scale = alt.Scale(domain=[0, 1])
    rules = base.mark_rule(color=FAINT, strokeWidth=3).encode(
        x=alt.X("q05:Q", title="0%: as any two crimes, 100%: the same", scale=scale, axis=axis), x2="q95:Q", y=y
    )
    points = base.mark_circle(color=FOR, size=70, opacity=1).encode(
        x=alt.X("median:Q", scale=scale, axis=axis),
        y=y,
        tooltip=[
            alt.Tooltip("feature:N"),
            *(
                alt.Tooltip(f"{name}:Q", title=title, format=".0%")
                for name, title in (("median", "median"), ("q05", "from"), ("q95", "to"))
            ),
        ],
    )
    title = alt.TitleParams(["How alike two crimes of a series are,", "so how much each feature matters"], fontSize=11)
    return alt.layer(rules, points).properties(title=title)


def _list(table: pd.DataFrame) -> Any:
    """Return the hyperparameters as lines of words; centres are places on no scale that says anything, so left out."""
    import altair as alt

    kept = table[~table["quantity"].str.contains("_centre_")]
    rows = [{"line": at + 0.5, **row} for at, row in enumerate(json_rows(kept[["words", "text"]]))]
    base = alt.Chart(alt.Data(values=rows), width=WIDTH, height=max(len(rows), 1) * ROW_HEIGHT)
    y = alt.Y("line:Q", axis=None, scale=alt.Scale(domain=[max(len(rows), 1), 0], nice=False, zero=False))
    look = {"fontSize": 11, "baseline": "middle", "color": INK}
    limit = WIDTH + LABEL_WIDTH - 128
    words = base.mark_text(align="left", limit=limit, **look).encode(x=alt.value(-LABEL_WIDTH), y=y, text="words:N")
    figures = base.mark_text(align="right", **look).encode(x=alt.value(WIDTH), y=y, text="text:N")
    return alt.layer(words, figures)
