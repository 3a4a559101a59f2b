"""Columns of text from arrays of numbers: references, date-times and coded words, all by lookups."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from intake.demo.settings import EXTRACT_DAY, FIRST_DAY, MINUTES_A_DAY


def words(vocabulary: Sequence[str], position: np.ndarray) -> pa.Array:
    """Return the words at integer positions, pyarrow string array (n,)."""
    return pa.array(list(vocabulary), pa.string()).take(pa.array(position))


def stamp_text(minute: np.ndarray) -> pa.Array:
    """Write minutes from the first day as ``dd/mm/yyyy HH:MM``.

    Parameters
    ----------
    minute : int64 array (n,)
        Minutes of local civil time from FIRST_DAY, up to a year past the day of the extract.

    Returns
    -------
    pyarrow string array (n,)
    """
    dates = np.datetime_as_string(FIRST_DAY + np.arange(EXTRACT_DAY + 366))
    days = [f"{date[8:10]}/{date[5:7]}/{date[:4]} " for date in dates]
    times = [f"{m // 60:02d}:{m % 60:02d}" for m in range(MINUTES_A_DAY)]
    return pc.binary_join_element_wise(words(days, minute // MINUTES_A_DAY), words(times, minute % MINUTES_A_DAY), "")


def reference_text(prefix: str, number: np.ndarray, digits: int) -> pa.Array:
    """Return references: a prefix and a zero-padded number, pyarrow string array (n,)."""
    padded = pc.utf8_lpad(pc.cast(pa.array(number), pa.string()), digits, "0")
    return pc.binary_join_element_wise(prefix, padded, "")


def year_of(minute: np.ndarray) -> np.ndarray:
    """Return the two-digit year of minutes from the first day, int64 array."""
    years = (FIRST_DAY + np.arange(EXTRACT_DAY + 366)).astype("datetime64[Y]").astype(np.int64) - 30
    return years[minute // MINUTES_A_DAY]
