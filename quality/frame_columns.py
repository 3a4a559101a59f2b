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


def sorted_codes(column: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Return the texts of a column in the order of the alphabet, and each entry's number there.

    `pandas.factorize` would keep the order of a categorical column, which is that in which its values were met.

    Returns
    -------
    tuple
        int64 codes, -1 where missing; the texts (object).
    """
    code, names = pd.factorize(column)
    texts = np.asarray(names, dtype=object)
    order = np.argsort(texts.astype("str"), kind="stable")
    place = np.empty(len(texts) + 1, dtype=np.int64)
    place[order], place[-1] = np.arange(len(texts)), -1  # code -1 reads the last
    return place[code], texts[order]
