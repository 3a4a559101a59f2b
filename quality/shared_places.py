"""Coordinates that are no scene: a point that stands for a whole beat, and the corners of a grid.

A default place is a point that many crimes share which cannot all have happened there. One that is merely busy (a
shopping centre, a block of flats) has crimes of one or two kinds on one or two kinds of premises, or neighbours that
are busy as well. So a point is a default only where at least `limits.default_place_crimes` crimes share it, of at
least three crime groups, on at least three kinds of premises where premises are recorded, and where it has at least
ten times as many as the other points of its square kilometre have on average (of the force, where it stands alone).
It stays a suspicion: a large estate under one address looks the same.
"""

import numpy as np
import pandas as pd

from quality.mo_rows import distinct

LEAST_KINDS = 3
FAR_ABOVE = 10
SQUARE_M = 1_000
GRID_M = 100
LEAST_CORNERS = 10


def is_default_place(crimes: pd.DataFrame, least_crimes: int) -> np.ndarray:
    """Mark the crimes at a point that seems to stand for an area.

    Parameters
    ----------
    crimes
        Staged crimes (easting_m, northing_m, crime_group; premises_type where the force records it): the whole
        force, for a point is judged by everything around it.
    least_crimes
        So many crimes must share the point.

    Returns
    -------
    bool array (n,)
    """
    found = np.zeros(len(crimes), dtype=bool)
    place = _place(crimes)
    placed = np.flatnonzero(~np.isnan(place.real) & ~np.isnan(place.imag))
    points, point = np.unique(place[placed], return_inverse=True)
    n_crimes = np.bincount(point, minlength=len(points))
    suspect = n_crimes >= least_crimes
    if suspect.any():
        groups = _n_kinds(point, crimes["crime_group"].iloc[placed], len(points))
        premises = crimes.get("premises_type", pd.Series(np.nan, index=crimes.index)).iloc[placed]
        kinds = _n_kinds(point, premises, len(points))
        suspect &= (groups >= LEAST_KINDS) & ((kinds == 0) | (kinds >= LEAST_KINDS))
        suspect &= n_crimes >= FAR_ABOVE * _mean_of_neighbours(points, n_crimes)
        found[placed] = suspect[point]
    return found


def is_grid_corner(crimes: pd.DataFrame) -> np.ndarray:
    """Mark the crimes whose coordinates were cut off to whole hundreds of metres.

    By chance as many lie on the corners of the grid as in the middle of its squares, so the corners are suspected
    only where they hold at least ten crimes and ten times what the middles hold.

    Parameters
    ----------
    crimes
        Staged crimes of the whole force (easting_m, northing_m).

    Returns
    -------
    bool array (n,)
    """
    place = _place(crimes)
    corner = (np.mod(place.real, GRID_M) == 0) & (np.mod(place.imag, GRID_M) == 0)
    middle = (np.mod(place.real, GRID_M) == GRID_M / 2) & (np.mod(place.imag, GRID_M) == GRID_M / 2)
    is_rounded = corner.sum() >= max(LEAST_CORNERS, FAR_ABOVE * middle.sum())
    return corner if is_rounded else np.zeros(len(crimes), dtype=bool)


def _place(crimes: pd.DataFrame) -> np.ndarray:
    easting = crimes["easting_m"].to_numpy(dtype="float64", na_value=np.nan)
    return easting + 1j * crimes["northing_m"].to_numpy(dtype="float64", na_value=np.nan)


def _n_kinds(point: np.ndarray, kind: pd.Series, n_points: int) -> np.ndarray:
    code, kinds = pd.factorize(kind)
    known = code >= 0
    seen = distinct(point[known] * max(1, len(kinds)) + code[known])
    return np.bincount(seen // max(1, len(kinds)), minlength=n_points)


def _mean_of_neighbours(points: np.ndarray, n_crimes: np.ndarray) -> np.ndarray:
    squares = np.floor(points.real / SQUARE_M) + 1j * np.floor(points.imag / SQUARE_M)
    _, square = np.unique(squares, return_inverse=True)
    crimes_of, points_of = np.bincount(square, weights=n_crimes), np.bincount(square)
    others, crimes_of_others = points_of[square] - 1, crimes_of[square] - n_crimes
    # alone in its square, a point is compared with all the others of the force
    alone = others == 0
    others = np.where(alone, len(points) - 1, others)
    crimes_of_others = np.where(alone, n_crimes.sum() - n_crimes, crimes_of_others)
    return np.divide(crimes_of_others, others, out=np.zeros(len(points)), where=others > 0)
