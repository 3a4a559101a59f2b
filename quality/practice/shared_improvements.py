"""Improvements as they may be shared: no small number, and none that could be worked out of what is shown."""

import numpy as np
import pandas as pd

from quality.frame_columns import require_columns
from quality.practice.gaps import CELL
from quality.practice.improvement import COLUMNS as IMPROVEMENT_COLUMNS
from quality.suppression import LEAST_SHOWN, mo_scorecard_shared

ROUNDED_TO = 5
COLUMNS = [
    *("scope", *CELL, "rank", "is_above", "n_expected", "n_gap", "share_gap", "force_share"),
    *("cause", "cause_share", "cause_confidence", "action", "links_gained", "hours", "links_per_hour"),
    *("is_ranked", "is_suppressed"),
]


def shared_improvements(
    improvements: pd.DataFrame, scorecard: pd.DataFrame, least_shown: int = LEAST_SHOWN
) -> pd.DataFrame:
    """Leave out and round what must not be shared.

    Parameters
    ----------
    improvements
        As `improvement.mo_improvements` makes it.
    scorecard
        As `scorecard.mo_scorecard` makes it: a cell that is left out of the shared scorecard is left out here too.
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
    hidden = _is_small(improvements, least_shown) | _is_left_out(improvements, scorecard, least_shown)
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
    numbers = ["n_expected", "n_gap", "share_gap", "cause_share", "cause_confidence"]
    shown.loc[hidden, [*numbers, "links_gained", "hours", "links_per_hour"]] = None
    return shown[COLUMNS]


def _is_small(improvements: pd.DataFrame, least_shown: int) -> np.ndarray:
    n_expected, n_gap = (improvements[name].to_numpy() for name in ("n_expected", "n_gap"))
    without = n_expected - n_gap
    return np.asarray((n_expected < least_shown) | (n_gap < least_shown) | ((without > 0) & (without < least_shown)))


def _is_left_out(improvements: pd.DataFrame, scorecard: pd.DataFrame, least_shown: int) -> np.ndarray:
    if scorecard.empty:
        return np.zeros(len(improvements), dtype=bool)
    cells = mo_scorecard_shared(scorecard, least_shown)
    cells = cells[cells["dimension"] == "completeness"]
    left_out = pd.MultiIndex.from_frame(cells.loc[cells["is_suppressed"], CELL])
    area = improvements["area_code"].where(improvements["scope"] == "area", "all")
    return np.asarray(pd.MultiIndex.from_frame(improvements[CELL].assign(area_code=area)).isin(left_out))


def _rounded(numbers: pd.Series) -> pd.Series:
    return ((numbers / ROUNDED_TO).round() * ROUNDED_TO).astype("Int64")


def _two_digits(numbers: pd.Series) -> pd.Series:
    values = numbers.to_numpy(dtype=np.float64, na_value=np.nan)
    return pd.Series([float(f"{value:.2g}") for value in values], index=numbers.index)
