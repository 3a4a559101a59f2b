"""`colink profile check`: what a profile would make of an extract, for people or as JSON."""

import json
from pathlib import Path

import duckdb
import typer

from intake.checking import ProfileCheck, check_profile
from intake.profiles import ForceProfile, load_profile
from orchestration.exits import failed


def check(profile_name: str, landing: Path, *, as_json: bool) -> bool:
    """Print what would load and what would not; return whether a refresh would get past landing."""
    try:
        profile = load_profile(profile_name)
    except ValueError as error:
        failed(error)
    with duckdb.connect() as connection:
        try:
            found = check_profile(connection, profile, landing)
        except (OSError, ValueError) as error:
            failed(error)
    if as_json:
        typer.echo(json.dumps(_as_data(found), indent=2))
    else:
        _show(profile, found)
    return found.would_load


def _as_data(found: ProfileCheck) -> dict[str, object]:
    return {
        "would_load": found.would_load,
        "problems": found.problems,
        "remarks": found.remarks,
        "accounts": [account._asdict() for account in found.accounts],
        "columns": [column._asdict() for column in found.columns],
    }


def _show(profile: ForceProfile, found: ProfileCheck) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title=f"What profile {profile.profile_name} makes of it", show_edge=False)
    for name in ("table", "file", "in", "lands", "retracted", "out of scope", "quarantined"):
        table.add_column(name, justify="left" if name in ("table", "file") else "right")
    for account in found.accounts:
        table.add_row(account.table, account.file, *(f"{n:,}" for n in account[2:]))
    Console().print(table)
    for text in found.remarks:
        typer.echo(f"  would be set aside: {text}")
    for text in found.problems:
        typer.echo(f"colink: {text}", err=True)
    if found.would_load:
        typer.echo("  this extract would load; staging judges each value: colink refresh")
