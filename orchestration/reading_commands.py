"""Commands that read the published refresh: series. They never touch the warehouse."""

from pathlib import Path
from typing import Annotated

import typer

from orchestration.snapshot_reading import current_snapshot, published, require, show

HomeOption = Annotated[Path | None, typer.Option(help="Home folder; default COLINK_HOME, else var.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the data as JSON.")]
TopOption = Annotated[int, typer.Option(min=1, help="How many rows.")]

SERIES = {
    "series_id": "series",
    "n_crimes": "crimes",
    "n_incidents": "incidents",
    "n_solved": "solved",
    "crime_groups": "crime groups",
    "first_at": "first",
    "last_at": "last",
}
MEMBERS = {
    "crime_id": "crime",
    "crime_group": "crime group",
    "committed_from_at": "from",
    "committed_to_at": "to",
    "area_code": "area",
}


def register(app: typer.Typer) -> None:
    """Add the commands of this module to the command line."""
    app.command(epilog="Example: colink series --json")(series)


def series(
    series_id: Annotated[str | None, typer.Argument(help="A series; without one, the largest are listed.")] = None,
    top: TopOption = 20,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the largest series, or the crimes of one."""
    snapshot = current_snapshot(home)
    if series_id is None:
        query = "select * exclude (refresh_id) from series order by n_crimes desc, series_id limit ?"
        rows = published(snapshot, query, [top])
        show(rows, "Largest series of crimes that may share an offender", SERIES, as_json=as_json)
        return
    require(snapshot, "series", "series_id", series_id)
    query = (
        "select crime_id, crime_group, committed_from_at, committed_to_at, area_code, premises_type "
        "from series_members join crimes using (crime_id) where series_id = ? order by committed_from_at, crime_id"
    )
    show(published(snapshot, query, [series_id]), f"Series {series_id}", MEMBERS, as_json=as_json)
