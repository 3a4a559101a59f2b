"""Which coordinate system numbers are in: told by where they fall."""

from typing import NamedTuple

import numpy as np

from intake.profile_schema import LOCAL_GRID, Area, ForceProfile
from intake.projection import transform

_MOST = 0.9
KNOWN_SYSTEMS = {
    "EPSG:4326": "degrees of longitude and latitude",
    "EPSG:27700": "British National Grid metres",
    "EPSG:29903": "Irish Grid metres",
    "EPSG:2157": "Irish Transverse Mercator metres",
    "EPSG:3857": "web map metres",
}
"""Systems that extracts come in, with what people call them."""


class Misplaced(NamedTuple):
    """Why coordinates lie outside a force, and what to change."""

    what: str
    remedy: str


def misplaced(x: np.ndarray, y: np.ndarray, profile: ForceProfile) -> Misplaced:
    """Return the likeliest reason why coordinates of the source fall outside the force.

    Parameters
    ----------
    x, y
        float64, one entry a row, in the source's units; NaN where the text is no number.
    profile
        The system that they were taken to be in, and the area where they should lie.
    """
    if np.mean(np.isnan(x) | np.isnan(y)) > _MOST:
        return Misplaced("they are no numbers", "map easting_m and northing_m to the columns that hold numbers")
    if np.mean((x == 0) | (y == 0)) > 0.5:
        return Misplaced(
            "they are zero", "ask the force for the places, or raise limits.set_missing to load without them"
        )
    if _share_inside(y, x, profile.crs, profile) > _MOST:
        return Misplaced("they are swapped", "exchange the columns of easting_m and northing_m")
    for system, words in KNOWN_SYSTEMS.items():
        if system == profile.crs or profile.grid_crs == LOCAL_GRID:
            continue
        remedy = f"set crs: {system} and grid_crs: {profile.grid_crs}"
        if _share_inside(x, y, system, profile) > _MOST:
            return Misplaced(f"they are in {words}", remedy)
        # metres of a neighbouring grid, swapped, fall on a force by chance too easily
        if system == "EPSG:4326" and _share_inside(y, x, system, profile) > _MOST:
            return Misplaced(f"they are in {words}, and swapped", f"{remedy}, and exchange the two columns")
    if np.mean((np.abs(x) <= 180) & (np.abs(y) <= 180)) > _MOST:
        return Misplaced("they are in degrees, of another area", "set crs: EPSG:4326 and check 'area'")
    return Misplaced("no system that we know places them inside", "check 'crs', or widen 'area'")


def _share_inside(x: np.ndarray, y: np.ndarray, system: str, profile: ForceProfile) -> float:
    if system != profile.grid_crs:
        x, y = transform(system, profile.grid_crs, x, y)
    return float(np.mean(is_inside(x, y, profile.area)))


def is_inside(easting_m: np.ndarray, northing_m: np.ndarray, area: Area) -> np.ndarray:
    """Say of each place whether it lies in an area; NaN and infinity do not."""
    return (
        (easting_m >= area.easting_min_m)
        & (easting_m <= area.easting_max_m)
        & (northing_m >= area.northing_min_m)
        & (northing_m <= area.northing_max_m)
    )
