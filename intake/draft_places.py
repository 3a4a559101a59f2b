"""Which coordinate system an unknown extract's places are in, and the area that they span."""

import math
from typing import NamedTuple

import numpy as np

from intake.profile_schema import LOCAL_GRID, Area
from intake.projection import transform

_UK_DEGREES = ((-9.0, 2.5), (49.0, 61.5))
_UK_METRES = ((0.0, 700_000.0), (0.0, 1_300_000.0))
_MARGIN_M = 5_000.0


class PlaceGuess(NamedTuple):
    """Coordinate systems, the area that nearly all places span, and what to look at."""

    crs: str
    grid_crs: str
    area: Area
    is_swapped: bool
    remarks: tuple[str, ...]


def guess_places(x: np.ndarray, y: np.ndarray) -> PlaceGuess:
    """Return the likeliest system of some coordinates.

    Parameters
    ----------
    x, y
        float64, one entry a row with both; zeros stand for missing and are left aside.
    """
    is_given = (x != 0) & (y != 0)
    remarks = []
    if np.any(~is_given):
        remarks.append(f"{np.mean(~is_given):.1%} of the coordinates are zero: they will be set missing")
    x, y = x[is_given], y[is_given]
    if not len(x):
        return PlaceGuess(LOCAL_GRID, LOCAL_GRID, Area(0, 1, 0, 1), False, ("no coordinates: check crs and area",))
    is_degrees = bool(np.max(np.abs(x)) <= 180 and np.max(np.abs(y)) <= 180)
    is_swapped = _is_swapped(x, y, is_degrees)
    if is_swapped:
        x, y = y, x
        remarks.append("the two columns seem swapped: easting_m takes the one named like a northing")
    crs, grid_crs = _systems(x, y, is_degrees)
    if grid_crs == LOCAL_GRID:
        remarks.append("not degrees nor British grid metres: name the real system, or keep 'local' if it is metres")
    if crs != grid_crs:
        x, y = transform(crs, grid_crs, x, y)
    return PlaceGuess(crs, grid_crs, _area(x, y), is_swapped, tuple(remarks))


def _is_swapped(x: np.ndarray, y: np.ndarray, is_degrees: bool) -> bool:
    if is_degrees:
        ranges = _UK_DEGREES
        return bool(np.max(np.abs(y)) > 90) or (_share(y, x, ranges) > 0.9 > _share(x, y, ranges))
    # a northing beyond the grid's width can only be a northing
    return bool(np.median(x) > _UK_METRES[0][1] >= np.median(y) and _share(y, x, _UK_METRES) > 0.9)


def _share(x: np.ndarray, y: np.ndarray, ranges: tuple[tuple[float, float], tuple[float, float]]) -> float:
    (west, east), (south, north) = ranges
    return float(np.mean((x >= west) & (x <= east) & (y >= south) & (y <= north)))


def _systems(x: np.ndarray, y: np.ndarray, is_degrees: bool) -> tuple[str, str]:
    if is_degrees:
        if _share(x, y, _UK_DEGREES) > 0.9:
            return "EPSG:4326", "EPSG:27700"
        zone = min(60, math.floor((float(np.median(x)) + 180.0) / 6.0) + 1)
        return "EPSG:4326", f"EPSG:{32600 if np.median(y) >= 0 else 32700}".removesuffix("00") + f"{zone:02d}"
    if _share(x, y, _UK_METRES) > 0.9:
        return "EPSG:27700", "EPSG:27700"
    return LOCAL_GRID, LOCAL_GRID


def _area(x: np.ndarray, y: np.ndarray) -> Area:
    west, east = np.quantile(x, [0.005, 0.995])
    south, north = np.quantile(y, [0.005, 0.995])
    return Area(*(_rounded(v, sign) for v, sign in ((west, -1), (east, 1), (south, -1), (north, 1))))


def _rounded(value: float, sign: int) -> float:
    return 1000.0 * round((value + sign * _MARGIN_M) / 1000.0)
