"""Time of day as co-linkage reads it: bins of the local day, and which of them a window reaches into.

The model multiplies the normal density of a moment by the probability of its bin within the series. As soon as the
scatter within a series is a day or more, that product is a density but for a factor of 1 +- 3e-9 (a normal of sd s
days leaves exp(-2 pi^2 s^2) of a daily rhythm); in tighter series moment and time of day say partly the same.
"""

import numpy as np
import pandas as pd

from linkage.co_linkage_state import FloatArray

N_BINS = 8
"""Bins of three hours: finer ones are mostly empty within a series of a dozen crimes."""


def day_share(crimes: pd.DataFrame, from_days: FloatArray, to_days: FloatArray) -> FloatArray:
    """Return the share of the local day that is over at each window's start.

    Returns
    -------
    ndarray
        float64 (n,) in [0, 1); NaN for a window that is open or longer than a day, which says no time of day.
    """
    name = "committed_from_local" if "committed_from_local" in crimes.columns else "committed_from_at"
    local = crimes[name]
    since_midnight = (local - local.dt.normalize()).dt.total_seconds().to_numpy(dtype=np.float64)
    share = np.asarray(since_midnight / 86_400.0 % 1.0, dtype=np.float64)
    with np.errstate(invalid="ignore"):
        is_short = to_days - from_days <= 1.0
    return np.where(is_short, share, np.nan)


def bin_overlap(from_days: FloatArray, to_days: FloatArray, clock: FloatArray) -> FloatArray:
    """Return what share of each crime's window lies in each bin, (n, N_BINS); zeros where it says no time of day."""
    overlap = np.zeros((clock.size, N_BINS))
    known = np.flatnonzero(~np.isnan(clock))
    start = clock[known] * N_BINS
    width = (to_days - from_days)[known] * N_BINS
    first = np.floor(start).astype(np.int64)
    for piece in range(N_BINS + 1):
        left = np.maximum(start, first + piece)
        covered = np.clip(np.minimum(start + width, first + piece + 1) - left, 0.0, None)
        share = np.where(width > 0.0, covered / np.where(width > 0.0, width, 1.0), piece == 0)
        np.add.at(overlap, (known, (first + piece) % N_BINS), share)
    return overlap
