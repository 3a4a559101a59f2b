"""Commands that read the published refresh: rank, explain, series, quality. They never touch the warehouse."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from orchestration.exits import bad_use, failed

if TYPE_CHECKING:
    import pandas as pd

HomeOption = Annotated[Path | None, typer.Option(help="Home folder; default COLINK_HOME, else var.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the data as JSON.")]
TopOption = Annotated[int, typer.Option(min=1, help="How many rows.")]

BASE_RATE = "Candidates may be linked; a posterior judges one pair by itself, and most pairs are not linked."


def register(app: typer.Typer) -> None:
    """Add the commands of this module to the command line."""
    app.command(epilog="Example: colink rank C0000123 --top 10")(rank)
    app.command(epilog="Example: colink explain C0000123 C0000456")(explain)
    app.command(epilog="Example: colink series --json")(series)
    app.command(epilog="Example: colink quality --json")(quality)


def rank(
    crime_id: Annotated[str | None, typer.Argument(help="A crime.")] = None,
    series_id: Annotated[str | None, typer.Option("--series", help="A series: which crimes may belong to it.")] = None,
    top: TopOption = 10,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """List what a crime may be linked with, or the crimes that may belong to a series, strongest first."""
    if (crime_id is None) == (series_id is None):
        bad_use("expected one crime or --series, got both or neither; for example: colink rank C0000123")
    if series_id:
        _require(home, "series", "series_id", series_id)
        query = "select * exclude (refresh_id) from series_candidates where series_id = ? and rank <= ? order by rank"
        rows = _published(home, query, [series_id, top])
    else:
        _require(home, "crimes", "crime_id", crime_id)
        query = (
            "select * exclude (refresh_id) from crime_rankings where crime_id = ? and rank <= ? "
            "order by candidate_kind, rank"
        )
        rows = _published(home, query, [crime_id, top])
    _show(rows, f"What {crime_id or series_id} may be linked with", as_json, note=BASE_RATE)


def explain(
    crime_id_1: Annotated[str, typer.Argument(help="A crime.")],
    crime_id_2: Annotated[str, typer.Argument(help="Another crime.")],
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say why two crimes may be linked: each item's values and what it adds to the evidence."""
    first, second = sorted((crime_id_1, crime_id_2))
    for crime in (first, second):
        _require(home, "crimes", "crime_id", crime)
    pair = [first, second]
    link = _published(home, "select * from links where crime_id_1 = ? and crime_id_2 = ?", pair)
    if link.empty:
        failed(
            f"{first} and {second}: no link of this pair is published, it is not among the strongest of either; "
            f"see colink rank {first}"
        )
    terms = _published(
        home,
        "select item, value_1, value_2, log_bf, log_bf / ln(10) as log10_bf from link_evidence "
        "where crime_id_1 = ? and crime_id_2 = ? order by abs(log_bf) desc, item",
        pair,
    )
    log_bf, posterior = float(link["log_bf"].iloc[0]), float(link["posterior_probability"].iloc[0])
    sentence = (
        f"{first} and {second} may be linked: the evidence multiplies the odds by {_odds(log_bf)}, "
        f"to a posterior probability of {posterior:.1%} for this pair by itself."
    )
    _show(terms, f"{first} and {second}", as_json, note=sentence)


def series(
    series_id: Annotated[str | None, typer.Argument(help="A series; without one, the largest are listed.")] = None,
    top: TopOption = 20,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the largest series, or the crimes of one."""
    if series_id is None:
        query = "select * exclude (refresh_id) from series order by n_crimes desc, series_id limit ?"
        rows = _published(home, query, [top])
        _show(rows, "Largest series of crimes that may share an offender", as_json)
        return
    _require(home, "series", "series_id", series_id)
    query = (
        "select crime_id, crime_group, committed_from_at, committed_to_at, area_code, premises_type "
        "from series_members join crimes using (crime_id) where series_id = ? order by committed_from_at, crime_id"
    )
    _show(_published(home, query, [series_id]), f"Series {series_id}", as_json)


def quality(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """List what is recorded worst: items by crime group, over all areas."""
    query = (
        "select crime_group, item_code, dimension, sum(n_expected) as n_expected, sum(n_met) as n_met, "
        "sum(n_met) / sum(n_expected) as share from mo_scorecard group by all "
        "having sum(n_expected) > 0 order by share, crime_group, item_code, dimension"
    )
    rows = _published(home, query, [])
    _show(rows if as_json else rows.head(25), "Recording quality, worst first", as_json)


def _published(home: Path | None, query: str, parameters: Sequence[object]) -> "pd.DataFrame":
    """Run a query on the published snapshot, resolved once so that two refreshes never mix."""
    import duckdb

    from orchestration.home import home_folder

    current = home_folder(home) / "published" / "current"
    if not current.exists():
        failed(f"{current}: nothing is published yet; run colink refresh first")
    with duckdb.connect(str(current.resolve() / "colink.duckdb"), read_only=True) as connection:
        return connection.execute(query, parameters).df()


def _require(home: Path | None, table: str, column: str, wanted: str | None) -> None:
    """End with one line, naming the nearest identifiers, when the published table has no such row."""
    if not _published(home, f"select 1 from {table} where {column} = ?", [wanted]).empty:
        return
    near = _published(
        home,
        f"select {column} from {table} order by jaro_similarity({column}, ?) desc, {column} limit 3",
        [wanted],
    )
    nearest = ", ".join(near[column]) or "none at all"
    failed(f"{wanted}: expected a {column} of the published {table}, got none; the nearest are {nearest}")


def _odds(log_bf: float) -> str:
    from math import exp

    return f"{exp(log_bf):,.0f}" if log_bf > 2 else f"{exp(log_bf):.2g}"


def _show(rows: "pd.DataFrame", title: str, as_json: bool, note: str | None = None) -> None:
    if as_json:
        data = json.loads(rows.to_json(orient="records", date_format="iso"))
        typer.echo(json.dumps({"title": title, "note": note, "rows": data}, indent=2))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(title=title, caption=note)
    for name in rows.columns:
        table.add_column(name, justify="right" if rows[name].dtype.kind in "fi" else "left")
    for row in rows.itertuples(index=False):
        table.add_row(*(_cell(value) for value in row))
    Console().print(table)


def _cell(value: object) -> str:
    import pandas as pd

    if isinstance(value, float):
        return f"{value:.3g}" if value == value else ""
    if isinstance(value, pd.Timestamp):
        return value.strftime("%Y-%m-%d %H:%M")
    return "" if value is None or value is pd.NaT else str(value)
