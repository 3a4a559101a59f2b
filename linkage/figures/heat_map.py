"""Probabilities that pairs of crimes are linked, as a square of shades that darken with the probability."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from linkage.figures.style import FigureError, styled

if TYPE_CHECKING:
    import altair as alt

FULL_WIDTH = 330
MAX_CRIMES, MAX_LABELLED = 150, 40
MAX_LABEL, LABEL_PIXELS = 100, 5.5
# Steps, not a slide: a shade is found in the legend, and on a slide from 0 to 1 nearly all pairs would be one white.
STEPS = (0.001, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9)
WORDS = ("up to 0.1%", "0.1 to 1%", "1 to 10%", "10 to 25%", "25 to 50%", "50 to 75%", "75 to 90%", "above 90%")
KNOWN, KNOWN_SHADE = "one known group", "#7fa68f"
SHADES = ("#f5f2ed", "#e6dfd5", "#d0c7b9", "#b5aa99", "#8b9198", "#5f7484", "#37505f", "#15232c")


def heat_map_figure(
    probability: npt.ArrayLike,
    labels: Sequence[str],
    order: Sequence[int] | npt.NDArray[np.int64] | None = None,
    groups: Sequence[str | None] | None = None,
) -> "alt.LayerChart":
    """Return the square of pairs; white are the diagonal and pairs that were not judged.

    Where groups are given, pairs of one known group are green, and labels of unsolved crimes begin with a question
    mark.

    Parameters
    ----------
    probability : array_like, float, shape (n, n)
        Symmetric; NaN where a pair was not judged. The diagonal is not read.
    labels : sequence of str
        One a crime; written up to 40 crimes, told by the tooltip always.
    order : sequence of int, optional
        Row numbers in the order to draw, as `linkage.figures.tree_layout.leaf_order` gives them; else as they are.
    groups : sequence of str or None, optional
        The known group of each crime; None for an unsolved one. What the square says of pairs of solved crimes is
        then not read: it is known.

    Raises
    ------
    FigureError
        Shapes do not agree, a value is no probability, or there are more than 150 crimes.
    """
    import altair as alt

    matrix = _checked(probability, labels)
    chosen = np.arange(len(matrix)) if order is None else _checked_order(order, len(matrix))
    if groups is not None:
        labels = _marked(labels, groups)
        matrix = _without_known(matrix, groups)
    names = [labels[row] for row in chosen]
    is_labelled = len(names) <= MAX_LABELLED
    side = _side(names, is_labelled)
    base = alt.Chart(width=side, height=side)
    axis = {"scale": alt.Scale(padding=0), "sort": names, "title": None}
    shown = _labels(len(names), side) if is_labelled else None
    words, shades = (WORDS, SHADES) if groups is None else ((*WORDS, KNOWN), (*SHADES, KNOWN_SHADE))
    cells = base.mark_rect(stroke="white", strokeWidth=0.4 if is_labelled else 0).encode(
        x=alt.X("crime_1:N", axis=shown and alt.Axis(orient="top", labelAngle=-90, **shown), **axis),
        y=alt.Y("crime_2:N", axis=shown and alt.Axis(**shown), **axis),
        color=alt.Color("step:N", scale=alt.Scale(domain=list(words), range=list(shades)), legend=_legend()),
        tooltip=[alt.Tooltip("crime_1:N"), alt.Tooltip("crime_2:N"), alt.Tooltip("probability:Q", format=".2~%")],
    )
    rows = [*_cells(matrix, chosen, names), *_known_cells(groups or [], chosen, names)]
    chart = styled(cells.properties(title=_title(matrix, groups)), _description(matrix))
    chart.data = alt.Data(values=rows)  # last: every step of a chart copies its data
    return chart


def probability_matrix(pairs: pd.DataFrame, crime_ids: Sequence[str], column: str) -> npt.NDArray[np.float64]:
    """Return the square of a table of pairs: NaN where a pair is not in it, and on the diagonal.

    Parameters
    ----------
    pairs : DataFrame
        crime_id_1, crime_id_2 and the column; pairs with other crimes are left out.
    crime_ids : sequence of str
        Crimes in the order of rows and columns.
    column : str
        As `posterior_probability` of links or `probability` of co-linkage.
    """
    index = pd.Index(crime_ids)
    first, second = (index.get_indexer(pd.Index(pairs[name])) for name in ("crime_id_1", "crime_id_2"))
    known = (first >= 0) & (second >= 0)
    matrix = np.full((len(index), len(index)), np.nan)
    values = pairs[column].to_numpy(dtype=np.float64)[known]
    matrix[first[known], second[known]] = values
    matrix[second[known], first[known]] = values
    return matrix


def _cells(matrix: npt.NDArray[np.float64], order: npt.NDArray[np.int64], names: list[str]) -> list[dict[str, Any]]:
    steps = np.searchsorted(STEPS, matrix, side="left")
    return [
        {
            "crime_1": names[i],
            "crime_2": names[j],
            "probability": float(matrix[one, two]),
            "step": WORDS[int(steps[one, two])],
        }
        for i, one in enumerate(order)
        for j, two in enumerate(order)
        if i != j and not np.isnan(matrix[one, two])
    ]


def _known_cells(groups: Sequence[str | None], order: npt.NDArray[np.int64], names: list[str]) -> list[dict[str, Any]]:
    return [
        {"crime_1": names[i], "crime_2": names[j], "probability": 1.0, "step": KNOWN}
        for i, one in enumerate(order)
        for j, two in enumerate(order)
        if i != j and groups and groups[one] is not None and groups[one] == groups[two]
    ]


def _marked(labels: Sequence[str], groups: Sequence[str | None]) -> list[str]:
    if len(groups) != len(labels):
        raise FigureError(f"groups: expected one for each of {len(labels)} crimes, got {len(groups)}; None if unsolved")
    return [label if group is not None else f"? {label}" for label, group in zip(labels, groups, strict=True)]


def _without_known(matrix: npt.NDArray[np.float64], groups: Sequence[str | None]) -> npt.NDArray[np.float64]:
    is_solved = np.array([group is not None for group in groups], dtype=bool)
    return np.where(np.logical_and.outer(is_solved, is_solved), np.nan, matrix)


def _side(names: list[str], is_labelled: bool) -> int:
    room = min(MAX_LABEL, LABEL_PIXELS * max((len(name) for name in names), default=0)) if is_labelled else 0
    return int(FULL_WIDTH - room)


def _labels(n: int, side: int) -> dict[str, Any]:
    size = int(np.clip(side / max(n, 1), 5, 10))
    return {"labelFontSize": size, "labelLimit": MAX_LABEL, "labelOverlap": False, "domain": False, "ticks": False}


def _legend() -> Any:
    import altair as alt

    return alt.Legend(
        title=None,
        orient="bottom",
        columns=4,
        symbolType="square",
        symbolStrokeWidth=0.5,
        symbolStrokeColor="#999",
        symbolSize=120,
        symbolOpacity=1,
        labelFontSize=10,
        columnPadding=6,
    )


def _title(matrix: npt.NDArray[np.float64], groups: Sequence[str | None] | None) -> Any:
    import altair as alt

    n_unknown = (np.isnan(matrix).sum() - len(matrix)) // 2
    subtitle = [f"White: not judged ({n_unknown:,} of the pairs)."] if n_unknown else []
    if groups is not None:
        subtitle = ["Unsolved crimes have a question mark.", "White: of different known groups, or hardly likely."]
    return alt.TitleParams("Probability that two crimes are linked", subtitle=subtitle, offset=8)


def _description(matrix: npt.NDArray[np.float64]) -> str:
    upper = matrix[np.triu_indices(len(matrix), 1)]
    known = upper[~np.isnan(upper)]
    return (
        f"Probability of a link for {len(known)} pairs of {len(matrix)} crimes; "
        f"{int((known > 0.5).sum())} pairs are above one half"
    )


def _checked(probability: npt.ArrayLike, labels: Sequence[str]) -> npt.NDArray[np.float64]:
    matrix = np.array(probability, dtype=np.float64)
    n = len(labels)
    if matrix.shape != (n, n) or len(set(labels)) < n:
        raise FigureError(
            f"labels: expected a different one for each row of a square, got {len(set(labels))} for shape "
            f"{matrix.shape}; give the crime_ids of rows and columns"
        )
    if n > MAX_CRIMES:
        raise FigureError(f"probability: expected up to {MAX_CRIMES} crimes, got {n}; draw one series or component")
    np.fill_diagonal(matrix, np.nan)
    if not np.array_equal(matrix, matrix.T, equal_nan=True) or (matrix < 0).any() or (matrix > 1).any():
        raise FigureError("probability: expected a symmetric square of numbers from 0 to 1, got another; correct it")
    return matrix


def _checked_order(order: Sequence[int] | npt.NDArray[np.int64], n: int) -> npt.NDArray[np.int64]:
    chosen = np.asarray(order, dtype=np.int64)
    if not np.array_equal(np.sort(chosen), np.arange(n)):
        raise FigureError(
            f"order: expected each of the rows 0 to {n - 1} once, got {len(chosen)} rows; give leaf_order"
        )
    return chosen
