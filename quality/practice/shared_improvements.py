"""Improvements as they may be shared: no small number, and none that could be worked out of what is shown."""

import numpy as np
import pandas as pd

from quality.frame_columns import require_columns
from quality.practice.gaps import CELL
from quality.practice.improvement import COLUMNS as IMPROVEMENT_COLUMNS
from quality.suppression import ALL, LEAST_SHOWN

ROUNDED_TO = 5
COLUMNS = [
    *("scope", *CELL, "rank", "is_above", "n_expected", "n_gap", "share_gap", "force_share"),
    *("cause", "cause_share", "cause_confidence", "action", "links_gained", "hours", "links_per_hour"),
    *("is_ranked", "is_suppressed"),
]


def shared_improvements(
    improvements: pd.DataFrame, scorecard_shared: pd.DataFrame, least_shown: int = LEAST_SHOWN
) -> pd.DataFrame:
    """Leave out and round what must not be shared.

    Parameters
    ----------
    improvements
        As `improvement.mo_improvements` makes it.
    scorecard_shared
        As `suppression.mo_scorecard_shared` makes it: a cell whose completeness is left out there is left out here too.
    least_shown
        Smallest count above 0 that may be shown: of the crimes expected, of those with the gap and of those without.

    Returns
    -------
    DataFrame
        The columns that name a row and its cause and action as they are; n_expected and n_gap (Int64) rounded to 5,
        share_gap of the rounded numbers, force_share, cause_share and cause_confidence to a hundredth, links and hours
        to two digits; all of them missing where is_suppressed (bool). is_ranked says whether evidence ranks the item.

    Raises
    ------
    FrameError
        For a missing column.
    """
    require_columns(improvements, IMPROVEMENT_COLUMNS, "mo_improvements")
    require_columns(scorecard_shared, (*CELL, "dimension", "is_suppressed"), "mo_scorecard_shared")
    hidden = _is_small(improvements, least_shown) | _is_left_out(improvements, scorecard_shared)
    shown = improvements.assign(
        n_expected=_rounded(improvements["n_expected"]),
        n_gap=_rounded(improvements["n_gap"]),
        is_ranked=improvements["links_gained"].notna(),
        is_suppressed=hidden,
    )
    shown["share_gap"] = (shown["n_gap"] / shown["n_expected"]).astype("float64").clip(upper=1)
    for name in ("force_share", "cause_share", "cause_confidence"):
        shown[name] = shown[name].astype("float64").round(2)
    for name in ("links_gained", "hours", "links_per_hour"):
        shown[name] = _two_digits(shown[name])
    # Of the whole force, force_share is the very share that is left out.
    numbers = ["n_expected", "n_gap", "share_gap", "force_share", "cause_share", "cause_confidence"]
    shown.loc[hidden, [*numbers, "links_gained", "hours", "links_per_hour"]] = None
    return shown[COLUMNS]


def _is_small(improvements: pd.DataFrame, least_shown: int) -> np.ndarray:
    n_expected, n_gap = (improvements[name].to_numpy() for name in ("n_expected", "n_gap"))
    without = n_expected - n_gap
    return np.asarray((n_expected < least_shown) | (n_gap < least_shown) | ((without > 0) & (without < least_shown)))


def _is_left_out(improvements: pd.DataFrame, scorecard_shared: pd.DataFrame) -> np.ndarray:
    is_left_out = scorecard_shared["is_suppressed"].astype(bool) & (scorecard_shared["dimension"] == "completeness")
    cells = pd.MultiIndex.from_frame(scorecard_shared.loc[is_left_out, CELL])
    area = improvements["area_code"].where(improvements["scope"] == "area", ALL)
    return np.asarray(pd.MultiIndex.from_frame(improvements[CELL].assign(area_code=area)).isin(cells))


def _rounded(numbers: pd.Series) -> pd.Series:
    return ((numbers / ROUNDED_TO).round() * ROUNDED_TO).astype("Int64")


def _two_digits(numbers: pd.Series) -> pd.Series:
    values = numbers.to_numpy(dtype=np.float64, na_value=np.nan)
    return pd.Series([float(f"{value:.2g}") for value in values], index=numbers.index)
