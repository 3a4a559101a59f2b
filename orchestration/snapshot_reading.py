"""Reading the published snapshot and showing rows of it, for people or as JSON."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import typer

from orchestration.exits import failed

if TYPE_CHECKING:
    import pandas as pd


def current_snapshot(home: Path | None) -> Path:
    """Return the folder of the published snapshot; a command asks once, so that it never mixes two refreshes."""
    from orchestration.home import home_folder

    current = home_folder(home) / "published" / "current"
    if not current.exists():
        failed(f"{current}: nothing is published yet; run colink refresh first")
    return current.resolve()


def protective_marking(snapshot: Path) -> str:
    """Return the marking that the snapshot was published with, which whatever is made of it carries too."""
    manifest = json.loads((snapshot / "manifest.json").read_text(encoding="utf-8"))
    return str(manifest["protective_marking"])


def published(snapshot: Path, query: str, parameters: Sequence[object]) -> "pd.DataFrame":
    """Run a query on a published snapshot."""
    import duckdb

    with duckdb.connect(str(snapshot / "colink.duckdb"), read_only=True) as connection:
        return connection.execute(query, parameters).df()


def require(
    snapshot: Path, table: str, column: str, wanted: str | None, *, end: Callable[[object], NoReturn] = failed
) -> None:
    """End with one line, naming the nearest identifiers, when the published table has no such row."""
    if not published(snapshot, f"select 1 from {table} where {column} = ?", [wanted]).empty:
        return
    near = published(
        snapshot,
        f"select distinct {column} from {table} order by jaro_similarity({column}, ?) desc, {column} limit 3",
        [wanted],
    )
    nearest = ", ".join(near[column]) or "none at all"
    article = "an" if column[:1] in "aeiou" else "a"
    end(f"{wanted}: expected {article} {column} of the published {table}, got none; the nearest are {nearest}")


def show(
    rows: "pd.DataFrame", title: str, columns: Mapping[str, str], *, as_json: bool, note: str = "", **more: object
) -> None:
    """Print rows: as JSON with every column and `more` beside, for people the chosen ones under plain headings."""
    if as_json:
        data = json.loads(rows.to_json(orient="records", date_format="iso"))
        typer.echo(json.dumps({"title": title, "note": note, **more, "rows": data}, indent=2, allow_nan=False))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(title=title, caption=note or None, show_edge=False)
    for name, heading in columns.items():
        is_number = rows[name].dtype.kind in "fiu"
        # On a narrow screen names fold, numbers and flags do not.
        is_short = is_number or name.startswith("is_")
        table.add_column(heading, justify="right" if is_number else "left", overflow="fold", no_wrap=is_short)
    for row in rows[list(columns)].itertuples(index=False):
        table.add_row(*(_cell(value) for value in row))
    Console().print(table)


def _cell(value: object) -> str:
    import pandas as pd

    if isinstance(value, float):
        return f"{value:.3g}" if value == value else ""
    if isinstance(value, pd.Timestamp):
        return value.strftime("%Y-%m-%d %H:%M")
    return "" if value is None or value is pd.NaT else str(value)
