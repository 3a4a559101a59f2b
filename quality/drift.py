"""Drift of recording quality between two refreshes: the same months judged anew, and months that are new.

Two shares are compared by Fisher's exact test on effective counts: each count divided by how much more the months of
its cell scatter than a binomial would (J. N. K. Rao and A. J. Scott, "A simple method for the analysis of clustered
binary data", Biometrics 48(2), 1992, 577-585), for the items of a crime and the crimes of a month go together. The
scatter is half the mean squared difference of successive months, which a slow trend leaves alone.

An item that only one of two standards asks of a crime group stands in one scorecard only: it is passed over, for an
area over all its items would else seem to have lost what nobody asked for before.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from quality.errors import StandardError
from quality.frame_columns import require_columns

SCORECARD_COLUMNS = ("area_code", "crime_group", "month", "item_code", "dimension", "n_expected", "n_met")
CELL = ["area_code", "crime_group", "item_code", "dimension"]
COLUMNS = ["comparison", *CELL, "n_before", "share_before", "n_now", "share_now", "p_value", "is_drift"]
SAME_MONTHS, NEW_MONTHS = "same_months", "new_months"
ALL = "all"
NOT_STATED = "not_stated"
NAMED = 3


@dataclass(frozen=True)
class DriftRule:
    """What counts as drift: the one place of its thresholds.

    `false_alarms` is the chance that a refresh without drift raises the check, all cells taken together;
    `least_change` the smallest change of a share worth a word (a large force makes any change certain);
    cells of fewer than `least_expected` are passed over; new months are held against the last `baseline_months`.
    """

    false_alarms: float = 0.01
    least_change: float = 0.05
    least_expected: int = 30
    baseline_months: int = 12

    def __post_init__(self) -> None:
        if not 0 < self.false_alarms < 1:
            raise StandardError(f"drift.false_alarms: expected a chance between 0 and 1, got {self.false_alarms}")
        if not 0 <= self.least_change < 1:
            raise StandardError(f"drift.least_change: expected a share from 0 to 1, got {self.least_change}")


def recording_drift(current: pd.DataFrame, previous: pd.DataFrame, rule: DriftRule | None = None) -> pd.DataFrame:
    """Compare the scorecard of a refresh with that of the refresh before it, in the items that both ask for.

    Parameters
    ----------
    current, previous
        As `scorecard.mo_scorecard` makes them.
    rule
        The thresholds; the usual ones where none are given.

    Returns
    -------
    DataFrame
        comparison (`same_months`: months that both know; `new_months`: later ones, against the last before them),
        area_code, crime_group, item_code (str; items over the whole force, areas over all groups and items, the rest
        `all`), dimension, n_before, n_now (int64), share_before, share_now (0 to 1), p_value (of one cell by itself),
        is_drift (bool). One row per cell compared, what is least likely chance first.

    Raises
    ------
    FrameError
        For a missing column.
    """
    rule = rule or DriftRule()
    require_columns(current, SCORECARD_COLUMNS, "mo_scorecard")
    require_columns(previous, SCORECARD_COLUMNS, "mo_scorecard of the previous refresh")
    now, before = (_cells(_asked_in_both(card, current, previous)) for card in (current, previous))
    scatter = _scatter(before)
    compared = pd.concat(
        [_side_by_side(name, *sides) for name, sides in _comparisons(now, before, rule).items()], ignore_index=True
    ).merge(scatter, on=CELL)
    compared = compared[(compared[["n_before", "n_now"]] >= rule.least_expected).all(axis=1)]
    compared["share_before"] = compared["met_before"] / compared["n_before"]
    compared["share_now"] = compared["met_now"] / compared["n_now"]
    compared["p_value"] = _p_values(compared)
    change = (compared["share_now"] - compared["share_before"]).abs()
    # Bonferroni: as many cells as are compared share the chance of one false alarm.
    is_rare = compared["p_value"] < rule.false_alarms / max(1, len(compared))
    compared["is_drift"] = is_rare & (change >= rule.least_change)
    return compared.sort_values(["p_value", "comparison", *CELL], ignore_index=True)[COLUMNS]


def drift_finding(drift: pd.DataFrame, former: str = "", present: str = "") -> str:
    """Return one line that names the cells that changed most certainly, or says that none did.

    Parameters
    ----------
    drift
        From `recording_drift`.
    former, present
        Names of the two standards; the line says where they differ, for what counts as recorded may differ with them.
    """
    found = drift[drift["is_drift"]]
    changed = f"; the standard changed from {former} to {present}, compared is what both ask" * (former != present)
    if found.empty:
        return f"no drift in {len(drift)} cells compared with the previous refresh{changed}"
    worst = "; ".join(_worded(row) for row in found.head(NAMED).to_dict("records"))
    more = f"; and {len(found) - NAMED} more" if len(found) > NAMED else ""
    return f"recording changed since the previous refresh in {len(found)} of {len(drift)} cells: {worst}{more}{changed}"


def _worded(row: Mapping[Hashable, Any]) -> str:
    parts = [str(row[name]) for name in CELL if row[name] != ALL]
    months = "in the same months" if row["comparison"] == SAME_MONTHS else "in new months"
    return f"{' '.join(parts)} {row['share_before']:.0%} to {row['share_now']:.0%} {months}"


def _asked_in_both(scorecard: pd.DataFrame, *cards: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of items that every scorecard has of their crime group."""
    key = ["crime_group", "item_code"]
    kept = pd.MultiIndex.from_frame(scorecard[key].astype("object").fillna(NOT_STATED))
    is_kept = np.ones(len(kept), dtype=bool)
    for card in cards:
        # categories hold one more missing value than text does
        asked = card[key].drop_duplicates().astype("object").fillna(NOT_STATED)
        is_kept &= kept.isin(pd.MultiIndex.from_frame(asked))
    return scorecard[is_kept]


def _cells(scorecard: pd.DataFrame) -> pd.DataFrame:
    """Return counts by month of each item over the force, and of each area over groups and items."""
    stated = scorecard.assign(
        area_code=scorecard["area_code"].fillna(NOT_STATED), crime_group=scorecard["crime_group"].fillna(NOT_STATED)
    )
    views = (stated.assign(area_code=ALL), stated.assign(crime_group=ALL, item_code=ALL))
    key = [*CELL, "month"]
    return pd.concat([view.groupby(key, as_index=False)[["n_expected", "n_met"]].sum() for view in views])


def _comparisons(
    now: pd.DataFrame, before: pd.DataFrame, rule: DriftRule
) -> dict[str, tuple[pd.DataFrame, pd.DataFrame]]:
    known = np.sort(before["month"].unique())
    last = known[-rule.baseline_months :]
    is_new = now["month"] > known.max() if len(known) else pd.Series(data=True, index=now.index)
    return {
        SAME_MONTHS: (now[now["month"].isin(known)], before[before["month"].isin(now["month"].unique())]),
        NEW_MONTHS: (now[is_new], before[before["month"].isin(last)]),
    }


def _side_by_side(comparison: str, now: pd.DataFrame, before: pd.DataFrame) -> pd.DataFrame:
    sides = [
        months.groupby(CELL)[["n_expected", "n_met"]].sum().set_axis([f"n_{side}", f"met_{side}"], axis=1)
        for months, side in ((before, "before"), (now, "now"))
    ]
    return sides[0].join(sides[1], how="inner").reset_index().assign(comparison=comparison)


def _scatter(before: pd.DataFrame) -> pd.DataFrame:
    """Return for each cell how many times more than a binomial its months scatter, at least 1.

    Few months tell little of one cell, so it is drawn half way to that of its kind (items, areas) and dimension, and is
    never less than that.
    """
    months = before.sort_values([*CELL, "month"])
    totals = months.groupby(CELL)[["n_expected", "n_met"]].transform("sum")
    centre = totals["n_met"] / totals["n_expected"]
    variance = months["n_expected"] * centre * (1 - centre)
    z = ((months["n_met"] - months["n_expected"] * centre) / variance.where(variance > 0) ** 0.5).fillna(0.0)
    squared = z.groupby([months[name] for name in CELL]).diff() ** 2 / 2
    kind = months["item_code"] == ALL
    of_kind = squared.groupby([kind, months["dimension"]]).transform("mean")
    of_cell = squared.groupby([months[name] for name in CELL]).transform("mean")
    half_way = (of_kind + of_cell.fillna(of_kind)) / 2
    scatter = pd.concat([of_kind, half_way], axis=1).max(axis=1).fillna(1.0).clip(lower=1.0)
    return months.assign(scatter=scatter)[[*CELL, "scatter"]].drop_duplicates(CELL)


def _p_values(compared: pd.DataFrame) -> np.ndarray:
    """Two-sided Fisher's exact test on effective counts; twice the smaller tail."""
    from scipy import stats

    scatter = compared["scatter"].to_numpy()
    met_before, met_now, missed_before, missed_now = (
        np.round(count.to_numpy() / scatter).astype(np.int64)
        for count in (
            compared["met_before"],
            compared["met_now"],
            compared["n_before"] - compared["met_before"],
            compared["n_now"] - compared["met_now"],
        )
    )
    n_before, n_now = met_before + missed_before, met_now + missed_now
    urn = stats.hypergeom(n_before + n_now, met_before + met_now, n_now)
    tails = np.minimum(urn.cdf(met_now), urn.sf(met_now - 1))
    return np.asarray(np.minimum(1.0, 2 * tails))
