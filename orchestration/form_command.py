"""The command form: a form for people to record how a crime was done, as one HTML file that needs no network."""

from pathlib import Path
from typing import Annotated

import typer

from orchestration.exits import bad_use, failed

EXAMPLE = "Example: colink form --crime-group burglary_residential --for victim --out burglary_victim.html"


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command(epilog=EXAMPLE)(form)


def form(
    crime_group: Annotated[str, typer.Option(help="A crime group of the minimum standard.")],
    role: Annotated[str, typer.Option("--for", help="Who fills it in: victim, call_taker, officer or csi.")],
    out: Annotated[Path, typer.Option(help="The HTML file to write.")],
    words: Annotated[Path | None, typer.Option(help="Your own words; default quality/forms/form_words.yaml.")] = None,
    privacy: Annotated[
        Path | None, typer.Option(help="Your own privacy notice; default quality/forms/privacy_notice.md.")
    ] = None,
) -> None:
    """Write a form that asks what matters for one crime group, in order of priority, and saves a record."""
    from quality.errors import StandardError, nearest
    from quality.forms.form import PRIVACY_FILE, build_form
    from quality.forms.form_model import WORDS_FILE
    from quality.minimum_standard import load_minimum_standard

    standard = load_minimum_standard()
    if crime_group not in standard.crime_groups:
        bad_use(
            f"--crime-group: expected a known one, got {crime_group!r}; {nearest(crime_group, standard.crime_groups)}"
        )
    if role not in standard.roles:
        bad_use(f"--for: expected a known role, got {role!r}; {nearest(role, standard.roles)}")
    try:
        page = build_form(
            standard, crime_group, role, words_file=words or WORDS_FILE, privacy_file=privacy or PRIVACY_FILE
        )
        out.write_text(page, encoding="utf-8", newline="\n")
    except StandardError as error:
        failed(error)
    except OSError as error:
        failed(f"{out}: expected a file that can be written, got {error.strerror}; check its folder")
    asked = standard.asked(crime_group, role)
    seconds = sum(item.seconds for item in asked)
    typer.echo(f"{out}: {len(asked)} questions, about {seconds:.0f} seconds; open it in a browser, it needs no network")
