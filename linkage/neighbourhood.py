"""A part of the force that is small enough to be judged jointly, and whole: its base rate is kept."""

import numpy as np
import numpy.typing as npt
import pandas as pd

Ints = npt.NDArray[np.int64]


def one_of_each_incident(crimes: pd.DataFrame, is_solved: npt.NDArray[np.bool_]) -> Ints:
    """Return one crime of every incident: a solved one where there is one, else the lowest crime_id.

    One night of break-ins is many crimes at one place and time: kept apart, they would teach the model that series are
    a few metres and hours wide.

    Parameters
    ----------
    crimes : DataFrame
        crime_id, incident_id (a crime without one stands for itself).
    is_solved : ndarray of bool, shape (n_crimes,)

    Returns
    -------
    ndarray of int64
        Row positions, ascending.
    """
    rows = pd.DataFrame({"incident": crimes["incident_id"].fillna(crimes["crime_id"]), "crime": crimes["crime_id"]})
    rows = rows.reset_index(drop=True).assign(is_unsolved=~np.asarray(is_solved, dtype=np.bool_))
    first = rows.sort_values(["incident", "is_unsolved", "crime"]).drop_duplicates("incident")
    return np.sort(first.index.to_numpy(dtype=np.int64))


def busiest_neighbourhood(
    crimes: pd.DataFrame, max_crimes: int = 600, side_km: float = 10.0, days: float = 365.0
) -> Ints:
    """Return the crimes of the latest period in the square that has most of them; all crimes where they are few.

    Choosing crimes by the strength of their links would leave out just those that speak against a series, and make
    every joint probability too high.

    Parameters
    ----------
    crimes : DataFrame
        crime_id, easting_m, northing_m (NaN missing), committed_from_at (UTC).
    max_crimes : int
        At most so many; of a busier square the latest.
    side_km : float
        Side of a square; squares lie on a grid through the origin.
    days : float
        Length of the period, which ends with the latest crime.

    Returns
    -------
    ndarray of int64
        Row positions, ascending. Every row where there are no more than `max_crimes`; otherwise crimes without place
        or time are left out.
    """
    if len(crimes) <= max_crimes:
        return np.arange(len(crimes), dtype=np.int64)
    when = crimes["committed_from_at"]
    places = crimes[["easting_m", "northing_m"]].to_numpy(dtype=np.float64)
    is_recent = (when >= when.max() - pd.Timedelta(days=days)).to_numpy() & np.isfinite(places).all(axis=1)
    rows = np.flatnonzero(is_recent)
    if not len(rows):
        return rows
    squares = np.floor(places[rows] / (1000.0 * side_km)).astype(np.int64)
    _, square, count = np.unique(squares, axis=0, return_inverse=True, return_counts=True)
    inside = rows[square.ravel() == np.argmax(count)]
    latest = (
        crimes.iloc[inside].assign(row=inside).sort_values(["committed_from_at", "crime_id"], ascending=[False, True])
    )
    return np.sort(latest["row"].to_numpy(dtype=np.int64)[:max_crimes])
