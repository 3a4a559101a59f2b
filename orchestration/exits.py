"""How a command ends: 0 done, 1 the work failed, 2 it was called wrongly; always with one line that says why."""

from typing import NoReturn

import typer

FAILED = 1
BAD_USE = 2


def failed(reason: object) -> NoReturn:
    """Say on one line why the work failed, and end with 1."""
    _end(reason, FAILED)


def bad_use(reason: object) -> NoReturn:
    """Say on one line what was wrong with the call, and end with 2."""
    _end(reason, BAD_USE)


def _end(reason: object, code: int) -> NoReturn:
    typer.echo(f"colink: {' '.join(str(reason).split())}", err=True)
    raise typer.Exit(code)
