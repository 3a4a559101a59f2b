"""The command line `colink`. Each command imports what it needs when it runs, so that `--help` is quick."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from orchestration import (
    card_command,
    check_mo_command,
    double_code_command,
    evaluate_change_command,
    explain_command,
    form_command,
    quality_report_command,
    rank_command,
    reading_commands,
)
from orchestration.exits import FAILED, bad_use, failed

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Finds crimes that may share an offender, from a force's administrative records.",
)
profile_app = typer.Typer(no_args_is_help=True, help="Propose or check the profile of a force's extract.")
app.add_typer(profile_app, name="profile")
rank_command.register(app)
explain_command.register(app)
reading_commands.register(app)
quality_report_command.register(app)
evaluate_change_command.register(app)
form_command.register(app)
card_command.register(app)
check_mo_command.register(app)
double_code_command.register(app)

HomeOption = Annotated[Path | None, typer.Option(help="Home folder; default COLINK_HOME, else var.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the data as JSON.")]


@app.command(epilog="Example: colink demo --crimes 5000 --seed 1 --out var/demo")
def demo(
    crimes: Annotated[int, typer.Option(min=1, help="How many crimes.")] = 5000,
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same force.")] = 1,
    out: Annotated[Path, typer.Option(help="Folder for landing/ and truth/.")] = Path("var/demo"),
) -> None:
    """Make the extracts of a fictitious county force, and apart from them the truth."""
    from intake.demo.writer import write_demo

    try:
        summary = write_demo(out, crimes, seed)
    except (OSError, ValueError) as error:
        failed(error)
    typer.echo(f"{summary.crimes:,} crimes of a fictitious force in {out / 'landing'}; the truth in {out / 'truth'}")


@app.command(epilog="Example: colink refresh --profile demo --landing var/demo/landing")
def refresh(
    profile: Annotated[str, typer.Option(help="Name of a shipped profile, or a YAML file.")] = "demo",
    landing: Annotated[Path | None, typer.Option(help="Folder of the extract.")] = None,
    home: HomeOption = None,
    model: Annotated[Path | None, typer.Option(help="A model document made elsewhere.")] = None,
    keep_model: Annotated[
        bool, typer.Option("--keep-model", help="Score with the published model: only new and changed crimes.")
    ] = False,
    strict: Annotated[bool, typer.Option(help="Stop at the first row that cannot be used.")] = False,
    only_stage: Annotated[bool, typer.Option("--only-stage", help="End after staging; publish nothing.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Run everything from landing to publication; what is published stays untouched until all is well."""
    from orchestration.home import MachineError, home_folder
    from orchestration.refresh import RefreshOptions, run_refresh, show_outcome

    _require_profile(profile)
    if model and not model.is_file():
        bad_use(f"{model}: expected a model document, got no such file; check the path")
    if model and keep_model:
        bad_use("--keep-model: expected it without --model, got both; leave one out")
    how = RefreshOptions(model, keep_model, strict, only_stage)
    try:
        outcome = run_refresh(profile, landing, home, how, quiet=as_json)
    except MachineError as error:
        bad_use(error)
    except OSError as error:
        failed(f"{home_folder(home)}: expected a home that can be written, got {error.strerror}; check --home and disk")
    show_outcome(outcome, as_json=as_json)
    if not outcome.succeeded:
        raise typer.Exit(FAILED)


def _require_profile(profile: str) -> None:
    """End with 2 when no profile has that name; what stands in one that is there, the work itself finds out."""
    from intake.profiles import find_profile

    try:
        find_profile(profile)
    except ValueError as error:
        bad_use(error)


@profile_app.command("draft", epilog="Example: colink profile draft crimes.csv offenders.csv > forces/mine.yaml")
def profile_draft(files: Annotated[list[Path], typer.Argument(help="Files of the extract.")]) -> None:
    """Propose a profile for an extract that nobody has mapped yet."""
    from intake.drafting import draft_profile

    missing = [path for path in files if not path.is_file()]
    if missing:
        bad_use(f"{missing[0]}: expected a file, got none; check the path")
    try:
        typer.echo(draft_profile(files), nl=False)
    except (OSError, ValueError) as error:
        failed(error)


@profile_app.command("check", epilog="Example: colink profile check --profile mine.yaml --landing extract/")
def profile_check(
    profile: Annotated[str, typer.Option(help="Name of a shipped profile, or a YAML file.")],
    landing: Annotated[Path, typer.Option(help="Folder of the extract.")],
    as_json: JsonOption = False,
) -> None:
    """Say what would load and what would not, without touching the warehouse."""
    from orchestration.profile_check import check

    _require_profile(profile)
    if not check(profile, landing, as_json=as_json):
        raise typer.Exit(FAILED)


@app.command(epilog="Example: colink publish --to exports/tonight")
def publish(
    to: Annotated[str, typer.Option(help="A folder, or postgresql://user@host/database.")],
    home: HomeOption = None,
) -> None:
    """Copy the published refresh to where others read it."""
    from orchestration.home import home_folder
    from publication.targets import publish_to

    current = home_folder(home) / "published" / "current"
    if not current.exists():
        failed(f"{current}: nothing is published yet; run colink refresh first")
    try:
        written = publish_to(current.resolve(), to)
    except (OSError, ValueError) as error:
        failed(error)
    typer.echo(f"published {len(written)} tables to {to.split('://')[0] if '://' in to else to}")


@app.command(epilog="Example: colink dev --profile mine.yaml --landing extracts/")
def dev(
    home: HomeOption = None,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port of the loopback address.")] = 3000,
    profile: Annotated[str | None, typer.Option(help="Force that the schedules and the sensor run for.")] = None,
    landing: Annotated[Path | None, typer.Option(help="Folder in which extracts arrive.")] = None,
) -> None:
    """Open the Dagster page on loopback; with a profile, the nightly schedule and the landing sensor are on."""
    from orchestration.development import serve

    if profile:
        _require_profile(profile)
    sys.exit(serve(home, port, profile, landing))
