"""A force cut into tiles: each owns some crimes and sees all that may be candidates of these, so that it stands alone.

A tile is a square of the plane, and where many crimes lie a stretch of time in it, so that no tile owns many more than
another. Around what it owns lies a halo as wide as the limits, in place and in time. Since owners know nothing of each
other (`linkage.scan_kernel`), what the tiles find together is what a scan of the force finds, row by row, however it
is cut. Crimes that lack a place or a time lie in no tile.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from linkage.candidate_grid import half_microseconds
from linkage.candidates import LinkLimits
from linkage.crime_cells import PlacesAndTimes, crowded_places

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

LEAST_TILE_KM = 20.0
"""Side of a square. At limits of 5 km a crime is seen by 2.25 squares in the mean; narrower ones repeat it more."""

TILES_TOO_MANY = 2.0
"""As many times as many tiles as crimes ask for: then squares hold few crimes each, and wider ones are taken."""

MOST_OWNED = 50_000
"""Crimes that a tile owns at most (more only where they have one and the same time)."""

EVER_BEFORE, EVER_AFTER = -(2**62), 2**62


class TilePlan(NamedTuple):
    """Tiles in order of square, then time; arrays of shape (n_tiles,) where nothing else is said.

    Attributes
    ----------
    across, along : ndarray, float64
        Number of the square, whole; coordinates divided by its side, rounded down.
    since, until : ndarray, int64
        Midpoints of the first and the last crime that the tile owns, in half microseconds since 1970 (UTC).
    sees_since, sees_until : ndarray, int64
        Midpoints from and up to which it sees crimes.
    n_owned : ndarray, int64
    side_m, halo_m : float
        Of a square, and of what it sees around itself; `inf` where there is no limit of distance.
    """

    across: Floats
    along: Floats
    since: Ints
    until: Ints
    sees_since: Ints
    sees_until: Ints
    n_owned: Ints
    side_m: float
    halo_m: float


class Sightings(NamedTuple):
    """Which tile sees which crime, one element each time; in no order.

    Attributes
    ----------
    row, tile : ndarray, int64
        Row among the crimes that were asked for, and number of the tile in the plan.
    is_owned : ndarray, bool
        Whether the tile owns the crime; each crime with place and time is owned by one.
    """

    row: Ints
    tile: Ints
    is_owned: Flags


def plan_tiles(
    places: PlacesAndTimes, limits: LinkLimits, tile_km: float = LEAST_TILE_KM, most_owned: int = MOST_OWNED
) -> TilePlan:
    """Cut the crimes of a force that have a place and a time into tiles.

    Parameters
    ----------
    places : PlacesAndTimes
        Of all crimes of the force.
    limits : LinkLimits
    tile_km : float
        Side of a square; without a limit of distance there is one square.
    most_owned : int
        Crimes that a tile owns at most, but for those of one time.

    Raises
    ------
    ValueError
        `tile_km` or `most_owned` is not above 0.
    """
    if not tile_km > 0:
        raise ValueError(f"tile_km: expected a width above 0 km, got {tile_km}; twice to four times max_km is usual")
    if most_owned < 1:
        raise ValueError(f"most_owned: expected 1 or more crimes, got {most_owned}; 50,000 is usual")
    side_m, halo_m = tile_km * 1000.0, limits.max_km * 1000.0
    row = np.flatnonzero(places.is_complete)
    across, along = _squares(places.x_m[row], side_m, halo_m), _squares(places.y_m[row], side_m, halo_m)
    order = np.lexsort((places.midpoint[row], along, across))
    across, along, midpoint = across[order], along[order], places.midpoint[row][order]
    begin = _begins(across, along, midpoint, most_owned)
    end = np.append(begin[1:], len(row)).astype(np.int64)[: len(begin)]
    since, until, longest = midpoint[begin], midpoint[end - 1], half_microseconds(limits.max_days)
    plan = TilePlan(
        across=across[begin],
        along=along[begin],
        since=since,
        until=until,
        sees_since=since - longest,
        sees_until=until + longest,
        n_owned=end - begin,
        side_m=side_m,
        halo_m=halo_m,
    )
    return _whole_at_crowded_places(plan, places, limits)


def fitting_plan(places: PlacesAndTimes, limits: LinkLimits, most_owned: int = MOST_OWNED) -> TilePlan:
    """Cut a force as `plan_tiles` does, into squares wide enough that few tiles own much less than `most_owned`.

    A tile costs a third of a second before its first pair (`linkage.scan_bounds`): the crimes of a small force are
    better cut by time than by place.
    """
    tile_km, n_wanted = LEAST_TILE_KM, -(-int(places.is_complete.sum()) // most_owned)
    plan = plan_tiles(places, limits, tile_km, most_owned)
    while len(plan.n_owned) > TILES_TOO_MANY * n_wanted and max(np.ptp(plan.across), np.ptp(plan.along)) > 1:
        tile_km *= 2.0
        plan = plan_tiles(places, limits, tile_km, most_owned)
    return plan


def sightings(plan: TilePlan, places: PlacesAndTimes) -> Sightings:
    """Return which tiles see which of some crimes.

    Parameters
    ----------
    plan : TilePlan
        Of all crimes of the force.
    places : PlacesAndTimes
        Any crimes of it.
    """
    row = np.flatnonzero(places.is_complete)
    x_m, y_m, midpoint = places.x_m[row], places.y_m[row], places.midpoint[row]
    seen, tile, is_own_square = _near_tiles(plan, x_m, y_m)
    when = midpoint[seen]
    is_owned = is_own_square & (plan.since[tile] <= when) & (when <= plan.until[tile])
    is_seen = (plan.sees_since[tile] <= when) & (when <= plan.sees_until[tile])
    return Sightings(row[seen[is_seen]], tile[is_seen], is_owned[is_seen])


def _squares(metres: Floats, side_m: float, halo_m: float) -> Floats:
    """Return the number of the square along one axis; a whole number that is a float, as coordinates may be huge."""
    return np.floor(metres / side_m) if np.isfinite(halo_m) else np.zeros(len(metres))


def _begins(across: Floats, along: Floats, midpoint: Ints, most_owned: int) -> Ints:
    """Return where tiles begin among crimes in order of square and time; crimes of one time stay together."""
    n = len(midpoint)
    is_new_square = np.ones(n, dtype=np.bool_)
    is_new_square[1:] = (across[1:] != across[:-1]) | (along[1:] != along[:-1])
    squares = np.flatnonzero(is_new_square)
    sizes = np.diff(np.append(squares, n))
    n_parts = -(-sizes // most_owned)
    square = np.repeat(np.arange(len(squares)), n_parts)
    part = np.arange(len(square)) - np.repeat(np.cumsum(n_parts) - n_parts, n_parts)
    wanted = squares[square] + part * sizes[square] // n_parts[square]
    # A part begins with the first crime of its time, which may be the part before it: then they are one.
    is_new_time = is_new_square.copy()
    is_new_time[1:] |= midpoint[1:] != midpoint[:-1]
    times = np.flatnonzero(is_new_time)
    return np.unique(times[np.searchsorted(times, wanted, side="right") - 1])


def _whole_at_crowded_places(plan: TilePlan, places: PlacesAndTimes, limits: LinkLimits) -> TilePlan:
    """Let tiles near a crowded place see all times: how crowded it is, and ranks in it, take all of its crimes."""
    crowded = np.flatnonzero(crowded_places(places, limits)[0] >= 0)
    points = np.unique(np.column_stack([places.x_m[crowded], places.y_m[crowded]]), axis=0)
    _, near, _ = _near_tiles(plan, points[:, 0], points[:, 1])
    plan.sees_since[near], plan.sees_until[near] = EVER_BEFORE, EVER_AFTER
    return plan


def _near_tiles(plan: TilePlan, x_m: Floats, y_m: Floats) -> tuple[Ints, Ints, Flags]:
    """Return point, tile and whether its square is the point's own, for each tile within a halo of each point."""
    columns, lines = np.unique(plan.across), np.unique(plan.along)
    name = np.searchsorted(columns, plan.across) * len(lines) + np.searchsorted(lines, plan.along)
    point, column, line = _near_squares(_reach(x_m, plan, columns), _reach(y_m, plan, lines))
    wanted = column * len(lines) + line
    begin, end = np.searchsorted(name, wanted, side="left"), np.searchsorted(name, wanted, side="right")
    is_own = columns[column] == _squares(x_m, plan.side_m, plan.halo_m)[point]
    is_own &= lines[line] == _squares(y_m, plan.side_m, plan.halo_m)[point]
    n_tiles = end - begin
    before = np.cumsum(n_tiles) - n_tiles
    tile = np.arange(n_tiles.sum()) + np.repeat(begin - before, n_tiles)
    return np.repeat(point, n_tiles), tile, np.repeat(is_own, n_tiles)


def _reach(metres: Floats, plan: TilePlan, squares: Floats) -> tuple[Ints, Ints]:
    """Return which of the squares along one axis, from and up to but not including, lie within a halo.

    Halos are wider than the limit by more than rounding may move a coordinate: the scan measures, and a crime too many
    in a tile changes nothing.
    """
    halo_m = plan.halo_m + 1e-9 * (plan.halo_m + np.abs(metres))
    low, high = (_squares(metres + side * halo_m, plan.side_m, plan.halo_m) for side in (-1.0, 1.0))
    return np.searchsorted(squares, low, side="left"), np.searchsorted(squares, high, side="right")


def _near_squares(columns: tuple[Ints, Ints], lines: tuple[Ints, Ints]) -> tuple[Ints, Ints, Ints]:
    """Return point, column and line of every square in the reach of each point."""
    n_columns, n_lines = columns[1] - columns[0], lines[1] - lines[0]
    n_squares = n_columns * n_lines
    point = np.repeat(np.arange(len(n_squares)), n_squares)
    number = np.arange(len(point)) - np.repeat(np.cumsum(n_squares) - n_squares, n_squares)
    return point, columns[0][point] + number // n_lines[point], lines[0][point] + number % n_lines[point]
