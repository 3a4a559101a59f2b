"""How crowded a place is: the density of all crimes around it, smoothed with Gaussians.

A nearness of 500 m says little in a town centre and much in a village. The density of all crimes, no label looked at,
tells which it is. Where crimes are rare a crime is smoothed more widely, after Abramson (1982), Annals of Statistics
10, 1217-1223: with the square root of how rare. The smoothing is done on a grid, so that it costs a few passes over the
crimes and the cells.

What is kept is a map of densities, an aggregate. Where a few crimes lie apart from all others it does show about where
they were, so that it belongs where the crimes belong: a model that goes elsewhere learns the map of its new place.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

CELLS_PER_BANDWIDTH = 4
WIDTHS = tuple(0.5 * 2.0 ** (step / 2) for step in range(7))
"""Widths of the Gaussians, in bandwidths: from a half, where crimes stand densest, to four, where they are rare."""

REACH_CELLS = 4 * CELLS_PER_BANDWIDTH * round(WIDTHS[-1])
"""How far the widest Gaussian reaches: four of its standard deviations, beyond which it holds 3 in 10,000."""

MOST_CELLS = 16_000_000
"""Largest grid that is made, 1,500 x 1,500 km at a bandwidth of 1.5 km: 128 MB."""

KM_PER_DEGREE = math.pi * 6378.137 / 180.0  # of latitude, with the radius that the great-circle distance has
_DECIMALS = 3  # of the depth that is kept, which is 1 or more: at most 0.05 percent beside the truth


class CrowdingError(ValueError):
    """A density was asked of crimes that cannot give it."""


class DensityGrid(NamedTuple):
    """Density of the crimes at the nodes of a square grid.

    Attributes
    ----------
    density : ndarray, shape (n_north, n_east), float64
        Share of all crimes per square kilometre; times the cell's area it adds to 1.
    west_km, south_km : float
        Place of the first node.
    cell_km : float
        Distance of neighbouring nodes.
    """

    density: Floats
    west_km: float
    south_km: float
    cell_km: float


@dataclass(frozen=True)
class Crowding:
    """How crowded each place of a force is.

    Parameters
    ----------
    bandwidth_km : float
        Standard deviation of the Gaussian that stands for a crime in a place of middling density.
    n_crimes : int
        Crimes with a place.
    west_km, south_km : float
        Place of the first node of the grid, whose cells are a quarter bandwidth wide.
    n_north, n_east : int
        Nodes of the grid.
    runs : tuple of (int, tuple of float)
        Where the density is above that of one crime alone: the number of the first node of a run, west to east and
        then northwards, and how many times that density each node has, to three decimals.
    latitude_deg : float, optional
        Mean latitude of the crimes where places are longitude and latitude in degrees.
    """

    bandwidth_km: float
    n_crimes: int
    west_km: float
    south_km: float
    n_north: int
    n_east: int
    runs: tuple[tuple[int, tuple[float, ...]], ...] = field(hash=False, repr=False)
    latitude_deg: float | None = None

    @property
    def lowest_density(self) -> float:
        """Share of all crimes per square kilometre at the place of a crime with no other far around it."""
        return 1.0 / (2.0 * math.pi * (WIDTHS[-1] * self.bandwidth_km) ** 2 * max(self.n_crimes, 1))


def fit_crowding(x_km: Floats, y_km: Floats, bandwidth_km: float, latitude_deg: float | None = None) -> Crowding:
    """Learn how crowded places are from where all crimes were.

    Parameters
    ----------
    x_km, y_km : ndarray, shape (n_crimes,), float64
        East and north; NaN where nobody knows, and such a crime is left out.
    bandwidth_km : float
        Standard deviation of the Gaussian, in km.
    latitude_deg : float, optional
        Kept for `plane_km`, where the places came from degrees.

    Raises
    ------
    CrowdingError
        The bandwidth is not positive, or the places lie too far apart for a grid of its cells.
    """
    grid = density_grid(x_km, y_km, bandwidth_km)
    n_crimes = int(np.sum(_is_known(x_km, y_km)))
    n_north, n_east = grid.density.shape
    empty = Crowding(bandwidth_km, n_crimes, grid.west_km, grid.south_km, n_north, n_east, (), latitude_deg)
    depth = np.round(grid.density.ravel() / empty.lowest_density, _DECIMALS)
    return replace(empty, runs=_runs(depth, depth > 1.0))


def local_density(crowding: Crowding, x_km: Floats, y_km: Floats) -> Floats:
    """Return the density of all crimes around each place.

    Parameters
    ----------
    crowding : Crowding
    x_km, y_km : ndarray, shape (n_places,), float64
        East and north, in the plane of the crimes it was learned from.

    Returns
    -------
    ndarray, shape (n_places,), float64
        Share of all crimes per square kilometre; NaN without a place. Nowhere, and so not outside the map, is it
        below `Crowding.lowest_density`: whoever asks has a crime there.

    Notes
    -----
    Between nodes it is interpolated linearly, which with the crimes' own share among the nodes makes the Gaussian up
    to 1.6 percent wider and a peak up to 3 percent lower.
    """
    from scipy.ndimage import map_coordinates

    cell_km = crowding.bandwidth_km / CELLS_PER_BANDWIDTH
    is_known = _is_known(x_km, y_km)
    place = [(y_km[is_known] - crowding.south_km) / cell_km, (x_km[is_known] - crowding.west_km) / cell_km]
    density = np.full(len(x_km), np.nan)
    depth = map_coordinates(_depths(crowding), place, order=1, mode="constant", cval=1.0)
    density[is_known] = depth * crowding.lowest_density
    return density


def density_grid(x_km: Floats, y_km: Floats, bandwidth_km: float) -> DensityGrid:
    """Return the smoothed density of crimes on a grid; parameters and errors as in `fit_crowding`."""
    if not 0 < bandwidth_km < math.inf:
        raise CrowdingError(f"bandwidth_km: expected more than 0, got {bandwidth_km}; 1.5 km suits a force")
    is_known = _is_known(x_km, y_km)
    x_km, y_km, cell_km = x_km[is_known], y_km[is_known], bandwidth_km / CELLS_PER_BANDWIDTH
    if not len(x_km):
        return DensityGrid(np.zeros((0, 0)), 0.0, 0.0, cell_km)
    # Sums of floats depend on their order, and what is learned should not depend on that of the crimes.
    order = np.lexsort((x_km, y_km))
    west_km, south_km = (float(values.min()) - REACH_CELLS * cell_km for values in (x_km, y_km))
    east, north = (x_km[order] - west_km) / cell_km, (y_km[order] - south_km) / cell_km
    smoothed = _adaptively_smoothed(north, east)
    return DensityGrid(smoothed / (len(x_km) * cell_km**2), west_km, south_km, cell_km)


def plane_km(x: Floats, y: Floats, latitude_deg: float | None = None) -> tuple[Floats, Floats]:
    """Return places in km on a plane.

    Parameters
    ----------
    x, y : ndarray, float64
        Easting and northing in metres; or, with a latitude, longitude and latitude in degrees.
    latitude_deg : float, optional
        At which a degree of longitude has its true length; a degree farther north or south at 55 degrees an area is
        2.5 percent too large or too small.
    """
    if latitude_deg is None:
        return x / 1000.0, y / 1000.0
    return x * (KM_PER_DEGREE * math.cos(math.radians(latitude_deg))), y * KM_PER_DEGREE


def mean_latitude(x: Floats, y: Floats) -> float:
    """Return the mean latitude of the places that are known, in degrees, whatever their order; 0 of none."""
    known = y[_is_known(x, y)]
    return math.fsum(known) / max(len(known), 1)


def crowding_as_data(crowding: Crowding) -> dict[str, Any]:
    """Return it as a dict that JSON holds exactly; `crowding_from_data` reads it."""
    return {**asdict(crowding), "runs": [[start, list(depths)] for start, depths in crowding.runs]}


def crowding_from_data(data: Mapping[str, Any]) -> Crowding:
    """Return what `crowding_as_data` wrote, exactly.

    Raises
    ------
    KeyError, TypeError, ValueError
        A part is missing, unknown, or of another kind.
    """
    return Crowding(**{**data, "runs": tuple((int(start), tuple(depths)) for start, depths in data["runs"])})


def _is_known(x: Floats, y: Floats) -> Flags:
    return np.isfinite(x) & np.isfinite(y)


def _adaptively_smoothed(north: Floats, east: Floats) -> Floats:
    """Return the crimes at each node, each smoothed as widely as befits how rare crimes are around it.

    A width between two of `WIDTHS` is a mixture of both, so that a few passes serve every crime.
    """
    from scipy.ndimage import gaussian_filter, map_coordinates

    ones = np.ones(len(north))
    pilot = gaussian_filter(_deposit(north, east, ones), CELLS_PER_BANDWIDTH, mode="constant", truncate=4.0)
    log_density = np.log(map_coordinates(pilot, [north, east], order=1))
    log_width = np.clip(0.5 * (log_density.mean() - log_density), *np.log([WIDTHS[0], WIDTHS[-1]]))
    rung = (log_width - math.log(WIDTHS[0])) / math.log(WIDTHS[1] / WIDTHS[0])
    smoothed = np.zeros_like(pilot)
    for number, width in enumerate(WIDTHS):
        mass = np.maximum(1.0 - np.abs(rung - number), 0.0)
        if mass.any():
            deposited = _deposit(north, east, mass)
            smoothed += gaussian_filter(deposited, CELLS_PER_BANDWIDTH * width, mode="constant", truncate=4.0)
    return smoothed


def _deposit(north: Floats, east: Floats, mass: Floats) -> Floats:
    """Share each crime's mass out among the four nodes around it, on a grid that holds all that is smoothed."""
    n_north, n_east = (math.floor(float(places.max())) + REACH_CELLS + 2 for places in (north, east))
    if n_north * n_east > MOST_CELLS:
        raise CrowdingError(
            f"x_km, y_km: expected places within a grid of {MOST_CELLS:,} cells, got {n_north:,} x {n_east:,}; "
            "quarantine places far outside the force, or smooth more"
        )
    row, column = np.floor(north).astype(np.int64), np.floor(east).astype(np.int64)
    up, right = north - row, east - column
    total = np.zeros(n_north * n_east)
    for rows, share in ((row, 1.0 - up), (row + 1, up)):
        for columns, part in ((column, 1.0 - right), (column + 1, right)):
            total += np.bincount(rows * n_east + columns, weights=mass * share * part, minlength=len(total))
    return total.reshape(n_north, n_east)


def _runs(depth: Floats, is_kept: Flags) -> tuple[tuple[int, tuple[float, ...]], ...]:
    bounds = np.flatnonzero(np.diff(np.concatenate([[False], is_kept, [False]]).astype(np.int8)))
    pairs = zip(bounds[::2].tolist(), bounds[1::2].tolist(), strict=True)
    return tuple((start, tuple(depth[start:end].tolist())) for start, end in pairs)


def _depths(crowding: Crowding) -> Floats:
    # A grid without nodes has nothing to interpolate; one node that says nothing serves as well.
    shape = (max(crowding.n_north, 1), max(crowding.n_east, 1))
    depth = np.ones(shape[0] * shape[1])
    for start, depths in crowding.runs:
        depth[start : start + len(depths)] = depths
    return depth.reshape(shape)
