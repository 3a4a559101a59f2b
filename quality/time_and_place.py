"""How well when and where are known: the two pseudo-items of the scorecard, committed_time and location."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from quality.frame_columns import hours_between, moments, require_columns
from quality.minimum_standard import Limits

TIME_AND_PLACE_COLUMNS = (
    "committed_from_at",
    "committed_to_at",
    "committed_from_local",
    "committed_to_local",
    "time_precision",
    "reported_at",
    "easting_m",
    "northing_m",
    "location_precision",
)
_DAY = np.timedelta64(1, "D")
# 00:00 to 23:59 is a day written as an interval: it knows no more than the date.
_WHOLE_DAY_HOURS = 23 + 59 / 60


class Judged(NamedTuple):
    """Bool, one entry a crime: may the crime be judged, and is it as it should be."""

    is_expected: np.ndarray
    is_met: np.ndarray


def time_and_place(crimes: pd.DataFrame, limits: Limits) -> dict[tuple[str, str], Judged]:
    """Judge the time and the place of each crime.

    Parameters
    ----------
    crimes
        Staged crimes, one row each.
    limits
        Widest window in hours, and the words for a time or place that is only roughly known.

    Returns
    -------
    dict
        By pseudo-item and dimension. A default midnight and a whole day written as an interval are seen through,
        whatever `time_precision` says.
    """
    require_columns(crimes, TIME_AND_PLACE_COLUMNS, "stg_crimes")
    start, end = moments(crimes["committed_from_at"]), moments(crimes["committed_to_at"])
    reported = moments(crimes["reported_at"])
    timed = ~np.isnat(start) & ~np.isnat(end)
    placed = crimes[["easting_m", "northing_m"]].notna().all(axis=1).to_numpy()
    rough_place = crimes["location_precision"].isin(limits.unresolved_location_precisions).to_numpy()
    place_stated = crimes["location_precision"].notna().to_numpy()
    everything = np.ones(len(crimes), dtype=bool)
    # a report that has no time cannot contradict the crime's
    in_order = (start <= end) & ((end <= reported) | np.isnat(reported))
    return {
        ("committed_time", "completeness"): Judged(everything, timed),
        ("committed_time", "validity"): Judged(timed, in_order),
        ("committed_time", "precision"): Judged(timed, _is_resolved(crimes, start, end, limits)),
        ("location", "completeness"): Judged(everything, placed),
        ("location", "precision"): Judged(placed & place_stated, ~rough_place),
    }


def _is_resolved(crimes: pd.DataFrame, start: np.ndarray, end: np.ndarray, limits: Limits) -> np.ndarray:
    width_hours = hours_between(start, end)
    local = moments(crimes["committed_from_local"])
    at_midnight = local == local.astype("datetime64[D]")
    default = at_midnight & ((width_hours == 0) | (width_hours >= _WHOLE_DAY_HOURS))
    declared = crimes["time_precision"].isin(limits.unresolved_time_precisions).to_numpy()
    return (width_hours <= limits.window_within_hours) & ~default & ~declared
