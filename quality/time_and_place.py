"""How well when and where are known: the two pseudo-items of the scorecard, committed_time and location."""

import numpy as np
import pandas as pd

from quality.frame_columns import hours_between, moments, require_columns
from quality.judged import Judged
from quality.minimum_standard import Limits
from quality.mo_rules import COMMITTED_TIME, LOCATION
from quality.shared_places import is_default_place, is_grid_corner

TIME_AND_PLACE_COLUMNS = (
    "crime_group",
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
# 00:00 to 23:59 is a day written as an interval: it knows no more than the date.
_WHOLE_DAY_HOURS = 23 + 59 / 60


def time_and_place(crimes: pd.DataFrame, limits: Limits) -> dict[tuple[str, str], Judged]:
    """Judge the time and the place of each crime.

    Parameters
    ----------
    crimes
        Staged crimes of the whole force, one row each.
    limits
        Widest window in hours, crimes at a default place, and the words for a time or place only roughly known.

    Returns
    -------
    dict
        By pseudo-item and dimension. A default midnight, a whole day written as an interval, a point that stands
        for a beat and the corner of a grid are seen through, whatever the record says of its precision.
    """
    require_columns(crimes, TIME_AND_PLACE_COLUMNS, "stg_crimes")
    return _time(crimes, limits) | _place(crimes, limits)


def _time(crimes: pd.DataFrame, limits: Limits) -> dict[tuple[str, str], Judged]:
    start, end = moments(crimes["committed_from_at"]), moments(crimes["committed_to_at"])
    reported = moments(crimes["reported_at"])
    timed = ~np.isnat(start) & ~np.isnat(end)
    # a report that has no time cannot contradict the crime's
    out_of_order = (start > end) | (end > reported)
    return {
        (COMMITTED_TIME, "completeness"): Judged(np.ones(len(crimes), dtype=bool), {"no_time": ~timed}),
        (COMMITTED_TIME, "validity"): Judged(timed, {"out_of_order": out_of_order}),
        (COMMITTED_TIME, "precision"): Judged(timed, _unresolved(crimes, hours_between(start, end), limits)),
    }


def _unresolved(crimes: pd.DataFrame, width_hours: np.ndarray, limits: Limits) -> dict[str, np.ndarray]:
    """Say by rule what is wrong with an interval; one rule at most is broken."""
    local = moments(crimes["committed_from_local"])
    at_midnight = local == local.astype("datetime64[D]")
    declared = crimes["time_precision"]
    is_declared = declared.isin(limits.unresolved_time_precisions).to_numpy()
    midnight = (at_midnight & (width_hours == 0)) | (is_declared & (declared == "default_midnight").to_numpy())
    is_whole_day = at_midnight & (width_hours >= _WHOLE_DAY_HOURS) & (width_hours <= limits.window_within_hours)
    date_only = (is_whole_day | is_declared) & ~midnight
    too_wide = (width_hours > limits.window_within_hours) & ~midnight & ~date_only
    return {"default_midnight": midnight, "date_only": date_only, "wide_window": too_wide}


def _place(crimes: pd.DataFrame, limits: Limits) -> dict[tuple[str, str], Judged]:
    placed = crimes[["easting_m", "northing_m"]].notna().all(axis=1).to_numpy()
    stated = crimes["location_precision"].notna().to_numpy()
    rough = crimes["location_precision"].isin(limits.unresolved_location_precisions).to_numpy()
    default = is_default_place(crimes, limits.default_place_crimes)
    corner = is_grid_corner(crimes)
    seen_through = {"default_place": default, "rough_place": (rough | corner) & ~default}
    return {
        (LOCATION, "completeness"): Judged(np.ones(len(crimes), dtype=bool), {"no_place": ~placed}),
        # a place of which nobody says how exact it is can be seen through, but not vouched for
        (LOCATION, "precision"): Judged(placed & (stated | default | corner), seen_through),
    }
