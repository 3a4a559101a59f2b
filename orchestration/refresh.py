"""One refresh from the command line: the job `refresh`, run in this process with its progress shown."""

import json
import time
from pathlib import Path
from typing import Any, NamedTuple

import typer
from rich.console import Console

from orchestration.home import home_folder, instance
from orchestration.one_at_a_time import STARTED_HERE, HomeBusyError, alone, bury_dead_runs
from orchestration.progress import ProgressLog, StepDone, progress_logger


class RefreshOutcome(NamedTuple):
    """How a refresh ended: where it published, or the one line that says why it did not."""

    succeeded: bool
    failure: str | None
    findings: list[str]
    steps: list[StepDone]
    start_up_s: float
    run_s: float
    published: Path | None


class RefreshOptions(NamedTuple):
    """How a refresh is run.

    Attributes
    ----------
    model
        A model document to score with instead of training one.
    keep_model
        Score with the model of the published refresh, so that only pairs of new and changed crimes are scored.
    strict
        Stop at the first row that would be quarantined.
    only_stage
        End after staging and its checks; nothing is published.
    """

    model: Path | None = None
    keep_model: bool = False
    strict: bool = False
    only_stage: bool = False


def run_refresh(
    profile: str,
    landing: Path | None,
    home: Path | None = None,
    options: RefreshOptions = RefreshOptions(),  # noqa: B008  # nothing can change it
    *,
    quiet: bool = False,
) -> RefreshOutcome:
    """Run the job `refresh` in this process, or `ingest` where staging is all that is wanted.

    Parameters
    ----------
    profile, landing
        Name or file of the force profile, and the folder of the extract (None: what the environment says).
    home
        Home folder; None for what the environment says.
    options
    quiet
        Show no progress.
    """
    began = time.monotonic()
    folder = home_folder(home)
    console = None if quiet else Console()
    progress = ProgressLog(console)
    from orchestration.definitions import build_definitions

    definitions = build_definitions(folder, loggers={"progress": progress_logger(progress)})
    job = definitions.resolve_job_def("ingest" if options.only_stage else "refresh")
    try:
        with alone(folder), instance(folder) as dagster_instance:
            bury_dead_runs(dagster_instance, folder)
            started = time.monotonic()
            result = job.execute_in_process(
                run_config=_run_config(profile, landing, options),
                tags=STARTED_HERE,
                instance=dagster_instance,
                raise_on_error=False,
            )
    except HomeBusyError as error:
        return RefreshOutcome(False, str(error), [], [], time.monotonic() - began, 0.0, None)
    progress.close()
    current = folder / "published" / "current"
    return RefreshOutcome(
        succeeded=result.success,
        failure=None if result.success else progress.failure or "the run failed; see the Dagster page (colink dev)",
        findings=progress.findings,
        steps=progress.steps,
        start_up_s=started - began,
        run_s=time.monotonic() - started,
        published=current.resolve() if result.success and not options.only_stage and current.exists() else None,
    )


def _run_config(profile: str, landing: Path | None, options: RefreshOptions) -> dict[str, Any]:
    folder = str(landing.resolve()) if landing else ""
    steps: dict[str, Any] = {"landing": {"config": {"profile": profile, "landing": folder, "strict": options.strict}}}
    model: dict[str, Any] = (
        {"document": str(options.model.resolve())} if options.model else {"keep": options.keep_model}
    )
    if any(model.values()) and not options.only_stage:
        steps["model_versions"] = {"config": model}
    return {"ops": steps, "loggers": {"progress": {}}}


def show_outcome(outcome: RefreshOutcome, *, as_json: bool) -> None:
    """Print how the refresh ended: the summary and where to look, or the reason it stopped."""
    if as_json:
        typer.echo(json.dumps(_as_data(outcome), indent=2))
    elif not outcome.succeeded:
        typer.echo(f"colink: {outcome.failure}", err=True)
        typer.echo("  nothing was published; what was published before is untouched")
    else:
        _summary(outcome)


def _summary(outcome: RefreshOutcome) -> None:
    from orchestration.snapshot_summary import print_summary

    for finding in outcome.findings:
        typer.echo(f"  noted: {finding}")
    if outcome.published:
        print_summary(outcome.published)
    typer.echo(f"  start-up {outcome.start_up_s:.1f} s, run {outcome.run_s:.1f} s")


def _as_data(outcome: RefreshOutcome) -> dict[str, Any]:
    return {
        "succeeded": outcome.succeeded,
        "failure": outcome.failure,
        "findings": outcome.findings,
        "steps": [step._asdict() for step in outcome.steps],
        "start_up_s": round(outcome.start_up_s, 2),
        "run_s": round(outcome.run_s, 2),
        "published": str(outcome.published) if outcome.published else None,
    }
