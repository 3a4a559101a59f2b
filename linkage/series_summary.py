"""What each series looks like at a glance."""

import numpy as np
import pandas as pd

SUMMARY_COLUMNS = (
    "series_id",
    "n_crimes",
    "n_solved",
    "n_incidents",
    "crime_groups",
    "first_at",
    "last_at",
    "centre_easting_m",
    "centre_northing_m",
    "cohesion_log_bf",
    "status",
)


def summarise_series(
    members: pd.DataFrame, crimes: pd.DataFrame, solved: frozenset[str], cohesion: pd.Series
) -> pd.DataFrame:
    """Describe series by their crimes.

    Parameters
    ----------
    members : DataFrame with series_id and crime_id, one row per series and crime.
    crimes : the crimes frame (crime_id, incident_id, crime_group, place in metres, committed_from_at in UTC).
    solved : crime_ids with a known offender.
    cohesion : for each series_id, the log Bayes factor of its last merge (natural log).

    Returns
    -------
    DataFrame with the columns of `SUMMARY_COLUMNS`, one row per series in order of series_id. `status` is
    `solved`, `part_solved` or `unsolved`; a centre is missing where no crime of the series has a place.
    """
    joined = members.merge(crimes, on="crime_id", validate="many_to_one")
    joined["is_solved"] = joined["crime_id"].isin(solved)
    grouped = joined.groupby("series_id", sort=True)
    summary = grouped.agg(
        n_crimes=("crime_id", "size"),
        n_solved=("is_solved", "sum"),
        n_incidents=("incident_id", "nunique"),
        crime_groups=("crime_group", _mix),
        first_at=("committed_from_at", "min"),
        last_at=("committed_from_at", "max"),
        centre_easting_m=("easting_m", "mean"),
        centre_northing_m=("northing_m", "mean"),
    ).reset_index()
    summary["cohesion_log_bf"] = summary["series_id"].map(cohesion).astype(float)
    share = summary["n_solved"] / summary["n_crimes"]
    summary["status"] = np.select([share == 0, share == 1], ["unsolved", "solved"], "part_solved")
    return summary[list(SUMMARY_COLUMNS)]


def _mix(groups: pd.Series) -> str:
    """Return the crime groups of a series with their counts, the commonest first."""
    counts = groups.value_counts()
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], str(pair[0])))
    return ", ".join(f"{name} {count}" for name, count in ordered)
