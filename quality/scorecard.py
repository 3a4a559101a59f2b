"""The scorecard: how well MO is recorded, by area, crime group, month, capture role, item and dimension."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd

from quality.consistency import consistency
from quality.frame_columns import moments, require_columns
from quality.minimum_standard import MinimumStandard
from quality.mo_recording import mo_recording
from quality.mo_rows import MoRows, mo_rows
from quality.time_and_place import Judged, time_and_place

CRIME_COLUMNS = ("crime_id", "area_code", "crime_group", "committed_from_local", "reported_at")
CELL_COLUMNS = ["area_code", "crime_group", "month", "capture_role"]
NOT_STATED = "not_stated"


class Cells(NamedTuple):
    """The cells of the scorecard (one row each, CELL_COLUMNS) and the cell of each crime (int64)."""

    labels: pd.DataFrame
    cell: np.ndarray


def mo_scorecard(
    crimes: pd.DataFrame, features: pd.DataFrame, properties: pd.DataFrame, standard: MinimumStandard
) -> pd.DataFrame:
    """Count, for each cell, the crimes that were expected to meet a dimension of an item, and those that did.

    Parameters
    ----------
    crimes
        Staged crimes, one row each.
    features
        Staged MO features, long.
    properties
        Staged properties (crime_id, status); may be empty.
    standard
        The minimum standard.

    Returns
    -------
    DataFrame
        area_code, crime_group (str, may be missing), month (datetime64, first day of the month of
        `committed_from_local`, or of the report where that is missing), capture_role (str, who recorded most of
        the crime's MO), item_code (MO items, `committed_time`, `location`), dimension (str), n_expected, n_met
        (int64), share (n_met / n_expected). One row per cell, item and dimension with n_expected > 0, sorted.

    Raises
    ------
    FrameError
        For a missing column.
    """
    require_columns(crimes, CRIME_COLUMNS, "stg_crimes")
    rows = mo_rows(crimes, features, standard)
    cells = _cells(crimes, rows)
    counted = [
        _counted(cells, item, dimension, judged)
        for item, dimension, judged in _judgements(crimes, rows, properties, standard)
    ]
    scorecard = pd.concat(counted, ignore_index=True)
    scorecard["share"] = scorecard["n_met"] / scorecard["n_expected"]
    order = scorecard.sort_values(["cell", "item_code", "dimension"], ignore_index=True)
    labels = cells.labels.take(order.pop("cell").to_numpy()).reset_index(drop=True)
    return pd.concat([labels, order], axis=1)


def _judgements(
    crimes: pd.DataFrame, rows: MoRows, properties: pd.DataFrame, standard: MinimumStandard
) -> Iterator[tuple[str, str, Judged]]:
    recording = mo_recording(crimes, rows, standard)
    rules = consistency(crimes, rows, properties, standard)
    recorded = recording.is_expected & recording.is_recorded
    dimensions = {
        "completeness": Judged(recording.is_expected, recording.is_recorded),
        "validity": Judged(recorded, ~recording.is_invalid),
        "specificity": Judged(recorded & recording.is_usable, recording.is_specific),
        "consistency": Judged(recorded & rules.is_testable, ~rules.is_broken),
        "timeliness": Judged(recorded & recording.is_dated, recording.is_timely),
    }
    for dimension, judged in dimensions.items():
        for column, item in enumerate(rows.item_codes):
            yield item, dimension, Judged(judged.is_expected[:, column], judged.is_met[:, column])
    for (item, dimension), judged in time_and_place(crimes, standard.limits).items():
        yield item, dimension, judged


def _counted(cells: Cells, item: str, dimension: str, judged: Judged) -> pd.DataFrame:
    size = len(cells.labels)
    n_expected = np.bincount(cells.cell[judged.is_expected], minlength=size)
    n_met = np.bincount(cells.cell[judged.is_expected & judged.is_met], minlength=size)
    kept = np.flatnonzero(n_expected)
    return pd.DataFrame(
        {
            "cell": kept,
            "item_code": item,
            "dimension": dimension,
            "n_expected": n_expected[kept],
            "n_met": n_met[kept],
        }
    )


def _cells(crimes: pd.DataFrame, rows: MoRows) -> Cells:
    labels = pd.DataFrame(
        {
            "area_code": crimes["area_code"].to_numpy(),
            "crime_group": crimes["crime_group"].to_numpy(),
            "month": _month(crimes),
            "capture_role": _capture_role(rows, len(crimes)),
        }
    )
    grouped = labels.groupby(CELL_COLUMNS, sort=True, dropna=False)
    cell = grouped.ngroup().to_numpy()
    firsts = np.unique(cell, return_index=True)[1]
    return Cells(labels.take(firsts).reset_index(drop=True), cell)


def _month(crimes: pd.DataFrame) -> np.ndarray:
    committed, reported = moments(crimes["committed_from_local"]), moments(crimes["reported_at"])
    known = np.where(np.isnat(committed), reported, committed)
    return known.astype("datetime64[M]").astype("datetime64[us]")


def _capture_role(rows: MoRows, n_crimes: int) -> np.ndarray:
    # A blank has no recorder, so a crime's gaps are counted with whoever recorded most of it.
    # Ties go to the first role in the alphabet, so that the order of rows does not decide.
    role, roles = pd.factorize(rows.captured_by, sort=True)
    stated = role >= 0
    names = np.append(np.asarray(roles, dtype=object), NOT_STATED)
    counts = np.zeros((n_crimes, len(names)), dtype=np.int64)
    np.add.at(counts, (rows.crime[stated], role[stated]), 1)
    first = np.where(counts.any(axis=1), counts.argmax(axis=1), len(roles))
    return names[first]
