"""Counts by area and month, and the dates on which areas changed: what an evaluation of a change reads."""

import csv
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from quality.errors import nearest
from quality.frame_columns import require_columns
from quality.practice.errors import ChangesFileError, PracticeError

COUNT_COLUMNS = ("area_code", "month", "n_expected", "n_met")
CHANGE_COLUMNS = ("area_code", "changed_on", "what")
NEVER = np.iinfo(np.int64).max


class AreaPanel(NamedTuple):
    """Counts of areas (rows) and months (columns), without a gap between the first month and the last.

    Attributes
    ----------
    area_codes
        object array (areas,) of str, sorted.
    months
        datetime64[M] (months,).
    n_met, n_expected
        float64 (areas, months): what was met (or linked) and of how many crimes; 0 where there were none.
    """

    area_codes: np.ndarray
    months: np.ndarray
    n_met: np.ndarray
    n_expected: np.ndarray


def area_panel(counts: pd.DataFrame) -> AreaPanel:
    """Make the panel of long counts.

    Parameters
    ----------
    counts
        area_code, month (first day), n_expected, n_met; rows of one area and month are summed, rows without an area or
        a month are left out.

    Raises
    ------
    FrameError
        For a missing column.
    PracticeError
        There is nothing to count.
    """
    require_columns(counts, COUNT_COLUMNS, "counts")
    known = counts.dropna(subset=["area_code", "month"])
    if not known["n_expected"].sum() > 0:
        raise PracticeError("counts: expected crimes by area and month, got none; check the item and the measure")
    month = pd.to_datetime(known["month"]).to_numpy().astype("datetime64[M]")
    codes, areas = np.unique(known["area_code"].to_numpy(dtype=object), return_inverse=True)
    months = np.arange(month.min(), month.max() + 1)
    tables = {}
    for name in ("n_met", "n_expected"):
        tables[name] = np.zeros((len(codes), len(months)))
        np.add.at(tables[name], (areas, (month - months[0]).astype(np.int64)), known[name].to_numpy(dtype=np.float64))
    return AreaPanel(codes, months, **tables)


def read_changes(path: Path) -> pd.DataFrame:
    """Read the dates on which areas changed.

    Parameters
    ----------
    path
        CSV with the columns area_code, changed_on (YYYY-MM-DD) and perhaps what.

    Returns
    -------
    DataFrame
        area_code (str), changed_on (date), what (str, empty where not given); one row an area.

    Raises
    ------
    ChangesFileError
        One line: the file, the row, what was expected, what came.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = list(csv.DictReader(stream))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ChangesFileError(path, "", "expected a readable CSV file in UTF-8", f", got: {error}") from None
    if not rows:
        raise ChangesFileError(path, "", "expected a row for each area that changed, got none", "")
    for column in CHANGE_COLUMNS[:2]:
        if column not in rows[0]:
            found = nearest(column, [str(name) for name in rows[0]])
            raise ChangesFileError(path, "", f"column {column!r} is missing", f"; {found}")
    changes = [_change(path, number, row) for number, row in enumerate(rows, start=2)]
    seen: set[str] = set()
    for number, (area_code, _, _) in enumerate(changes, start=2):
        if area_code in seen:
            raise ChangesFileError(
                path,
                f" row {number}, area_code",
                "expected an area that stands in no row before; evaluate one change at a time",
                f", got {area_code!r} twice",
            )
        seen.add(area_code)
    return pd.DataFrame(changes, columns=list(CHANGE_COLUMNS))


def _change(path: Path, number: int, row: dict[str, str]) -> tuple[str, date, str]:
    area_code, written = (row.get("area_code") or "").strip(), (row.get("changed_on") or "").strip()
    if not area_code:
        raise ChangesFileError(path, f" row {number}, area_code", "expected the code of an area, got none", "")
    try:
        changed_on = date.fromisoformat(written)
    except ValueError:
        place, expected = f" row {number}, changed_on", "expected a date as 2025-03-01"
        raise ChangesFileError(path, place, expected, f", got {written!r}") from None
    return area_code, changed_on, (row.get("what") or "").strip()


class Adoption(NamedTuple):
    """When areas changed, on the months of a panel.

    Attributes
    ----------
    panel
        The panel without the months in the middle of which an area changed: they are neither before nor after.
    first
        int64 (areas,): position of the first whole month after the change, NEVER for areas that did not change within
        the panel.
    """

    panel: AreaPanel
    first: np.ndarray


def adoption(panel: AreaPanel, changes: pd.DataFrame) -> Adoption:
    """Put dates of change on the months of a panel.

    Parameters
    ----------
    panel
        Counts.
    changes
        area_code, changed_on (date), one row an area; of `read_changes`.

    Raises
    ------
    ChangesFileError
        An area is not in the panel.
    """
    position = {code: row for row, code in enumerate(panel.area_codes)}
    first = np.full(len(panel.area_codes), NEVER, dtype=np.int64)
    n_met, n_expected = panel.n_met.copy(), panel.n_expected.copy()
    rows = changes[["area_code", "changed_on"]].itertuples(index=False, name=None)
    for number, (area_code, changed_on) in enumerate(rows, start=2):
        if area_code not in position:
            raise _unknown_area(number, area_code, position)
        row, day = position[area_code], np.datetime64(changed_on, "D")
        month = int((day.astype("datetime64[M]") - panel.months[0]).astype(np.int64))
        is_whole = day == day.astype("datetime64[M]").astype("datetime64[D]")
        start = month if is_whole else month + 1
        if not is_whole and 0 <= month < len(panel.months):
            n_met[row, month] = n_expected[row, month] = 0.0
        first[row] = start if start < len(panel.months) else NEVER
    return Adoption(panel._replace(n_met=n_met, n_expected=n_expected), first)


def _unknown_area(number: int, area_code: str, known: Iterable[str]) -> ChangesFileError:
    place, expected = f" row {number}, area_code", "expected an area with crimes in what is published"
    return ChangesFileError("changes", place, expected, f", got {area_code!r}; {nearest(area_code, known)}")
