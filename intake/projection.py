"""Coordinates from the force's system to its grid of projected metres."""

from typing import Any

import duckdb
import numpy as np

from intake.profile_schema import ForceProfile

PROJECTED = "_projected"
"""Temporary table (easting_m, northing_m, grid_easting_m, grid_northing_m), all text; one row per distinct place."""

# one millimetre: far below any recording, and short enough to read
_DECIMALS = 3


def project_places(con: duckdb.DuckDBPyConnection, profile: ForceProfile, rows: str) -> None:
    """Convert the distinct coordinate pairs of some rows, and leave them in `PROJECTED`.

    Parameters
    ----------
    con
        Connection.
    profile
        Says from which system (x or longitude in easting_m, y or latitude in northing_m) to which grid.
    rows
        Table with easting_m and northing_m as text. Pairs that are no numbers, or have no place on the grid, are left
        out, and so are two zeros, which stand for nothing known: their text passes through for staging to refuse.
    """
    con.execute(
        f"create or replace temp table {PROJECTED} (easting_m varchar, northing_m varchar,"
        " grid_easting_m varchar, grid_northing_m varchar)"
    )
    if not profile.is_converted:
        return
    places: Any = con.sql(
        f"""
        select * from (
            select easting_m, northing_m, try_cast(easting_m as double) as x, try_cast(northing_m as double) as y
            from (select distinct easting_m, northing_m from {rows})
        ) where isfinite(x) and isfinite(y) and not (x = 0 and y = 0)
        """
    ).to_arrow_table()
    grid_x, grid_y = transform(profile.crs, profile.grid_crs, places["x"].to_numpy(), places["y"].to_numpy())
    con.register("_places", places.append_column("grid_x", [grid_x]).append_column("grid_y", [grid_y]))
    con.execute(
        f"""
        insert into {PROJECTED}
        select easting_m, northing_m, format('{{:.{_DECIMALS}f}}', grid_x), format('{{:.{_DECIMALS}f}}', grid_y)
        from _places where isfinite(grid_x) and isfinite(grid_y)
        """
    )
    con.unregister("_places")


def transform(crs: str, grid_crs: str, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return coordinates in another system; infinity where they have no place in it.

    Parameters
    ----------
    crs, grid_crs
        Systems from and to, as pyproj names them; always x (longitude) before y (latitude).
    x, y
        float64, one entry a place, in the units of `crs`.
    """
    from pyproj import Transformer

    return Transformer.from_crs(crs, grid_crs, always_xy=True).transform(x, y)
