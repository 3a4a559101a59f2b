"""By what crimes are counted: area, crime group, month and capture role, as whole numbers with their names."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from quality.frame_columns import moments, sorted_codes
from quality.mo_rows import MoRows

NOT_STATED = "not_stated"


class CrimeLabels(NamedTuple):
    """Labels of crimes: int64 arrays, one entry a crime, and the names that they stand for.

    `area` and `group` are positions in their names, which are in the order of the alphabet, and one past the last
    where a crime has none; `month` counts months from January 1970, NO_MONTH where there is none; `role` is a
    position in `role_names`.
    """

    area_names: np.ndarray
    group_names: np.ndarray
    role_names: np.ndarray
    area: np.ndarray
    group: np.ndarray
    month: np.ndarray
    role: np.ndarray

    def of(self, crimes: np.ndarray) -> "CrimeLabels":
        """Return the labels of some crimes, given by position."""
        return self._replace(**{name: getattr(self, name)[crimes] for name in self._fields[3:]})

    def frame(self) -> pd.DataFrame:
        """Return the labels as columns: categories, and a datetime64[us] month; missing where a crime has none."""
        return pd.DataFrame(
            {
                "area_code": named(self.area, self.area_names),
                "crime_group": named(self.group, self.group_names),
                "month": month_starts(self.month),
                "capture_role": named(self.role, self.role_names),
            }
        )


NO_MONTH = np.iinfo(np.int32).max
"""Stands after every month, as crimes without one do in a sorted table."""


def named(code: np.ndarray, names: Sequence[str] | np.ndarray | pd.Series) -> pd.Categorical:
    """Return codes as categories of text; a code that is one past the last is missing."""
    return pd.Categorical.from_codes(np.where(code < len(names), code, -1), pd.Index(np.asarray(names), dtype="str"))


def month_starts(month: np.ndarray) -> np.ndarray:
    """Return the first day of each month, datetime64[us], NaT for NO_MONTH."""
    starts = np.where(month == NO_MONTH, 0, month).astype("datetime64[M]").astype("datetime64[us]")
    return np.where(month == NO_MONTH, np.datetime64("NaT", "us"), starts)


def crime_labels(crimes: pd.DataFrame, rows: MoRows) -> CrimeLabels:
    """Label crimes.

    Parameters
    ----------
    crimes
        Staged crimes (area_code, crime_group, committed_from_local, reported_at). A crime without a time stands in
        the month of its report.
    rows
        The crimes' MO rows; a crime's role is who recorded most of them.
    """
    committed, reported = moments(crimes["committed_from_local"]), moments(crimes["reported_at"])
    known = np.where(np.isnat(committed), reported, committed)
    month = known.astype("datetime64[M]").astype(np.int64)
    area, area_names = _coded(crimes["area_code"])
    group, group_names = _coded(crimes["crime_group"])
    return CrimeLabels(
        area_names=area_names,
        group_names=group_names,
        role_names=np.append(rows.role_codes, NOT_STATED),
        area=area,
        group=group,
        month=np.where(np.isnat(known), NO_MONTH, month),
        role=_capture_role(rows, len(crimes)),
    )


def _coded(column: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    code, names = sorted_codes(column)
    return np.where(code < 0, len(names), code), names


def _capture_role(rows: MoRows, n_crimes: int) -> np.ndarray:
    # A blank has no recorder, so a crime's gaps are counted with whoever recorded most of it.
    # Ties go to the first role in the alphabet, so that the order of rows does not decide.
    n_roles = len(rows.role_codes)
    stated = rows.captured_by >= 0
    place = rows.crime[stated] * (n_roles + 1) + rows.captured_by[stated]
    counts = np.bincount(place, minlength=n_crimes * (n_roles + 1)).reshape(n_crimes, n_roles + 1)
    return np.where(counts.any(axis=1), counts.argmax(axis=1), n_roles)
