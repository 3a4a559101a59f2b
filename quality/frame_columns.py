"""What the scores ask of a frame before they read it."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from quality.errors import FrameError, nearest


def require_columns(frame: pd.DataFrame, columns: Iterable[str], table: str) -> None:
    """Raise FrameError for the first column that the frame of the named table lacks."""
    for column in columns:
        if column not in frame.columns:
            found = nearest(column, map(str, frame.columns)) if len(frame.columns) else "it has no columns"
            raise FrameError(f"{table}: column {column!r} is missing; {found}")


def moments(column: pd.Series) -> np.ndarray:
    """Read a column of moments as datetime64[us] in UTC, NaT where missing, with or without a zone."""
    read = pd.to_datetime(column)
    if read.dt.tz is not None:
        read = read.dt.tz_convert("UTC").dt.tz_localize(None)
    return read.to_numpy(dtype="datetime64[us]")


def hours_between(earlier: np.ndarray, later: np.ndarray) -> np.ndarray:
    """Hours from one datetime64[us] array to the other, float64, NaN where either is missing."""
    hours = (later - earlier) / np.timedelta64(1, "h")
    return np.where(np.isnat(earlier) | np.isnat(later), np.nan, hours)
