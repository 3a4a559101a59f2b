"""The command card: what to ask and record of each kind of crime, on a page to print, one for each role."""

from pathlib import Path
from typing import Annotated

import typer

from orchestration.exits import bad_use, failed

EXAMPLE = "Example: colink card --for officer --out officer_card.html"


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command(epilog=EXAMPLE)(card)


def card(
    role: Annotated[str, typer.Option("--for", help="Whose card: victim, call_taker, officer or csi.")],
    out: Annotated[Path, typer.Option(help="The HTML file to write.")],
    crime_group: Annotated[
        list[str] | None, typer.Option(help="Only this crime group; may be given again. All by default.")
    ] = None,
    words: Annotated[Path | None, typer.Option(help="Your own words; default quality/forms/form_words.yaml.")] = None,
) -> None:
    """Write the prompt card of a role: its questions in order of priority, and what contradicts what."""
    from quality.errors import StandardError
    from quality.forms.form_model import WORDS_FILE
    from quality.forms.guidance import prompt_card
    from quality.minimum_standard import load_minimum_standard

    if words is not None and not words.is_file():
        bad_use(f"--words: expected a YAML file, got {words}; check the path")
    try:
        page = prompt_card(load_minimum_standard(), role, crime_group or None, words_file=words or WORDS_FILE)
    except StandardError as error:
        bad_use(error)
    try:
        out.write_text(page, encoding="utf-8", newline="\n")
    except OSError as error:
        failed(f"{out}: expected a file that can be written, got {error.strerror}; check its folder")
    typer.echo(f"{out}: the card to print; it needs no network")
