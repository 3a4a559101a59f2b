"""Jobs, schedules and the sensor: when things run. What they make stands in `assets`."""

import os
from collections.abc import Iterator
from pathlib import Path

import dagster as dg

from assets.failure import note_failure
from intake.errors import MissingInputError
from intake.extracts import complete_extracts, extracts_fingerprint
from intake.mo_records import FOLDER
from orchestration.home import home_folder

IS_SET_UP = bool(os.environ.get("COLINK_PROFILE"))
"""Nothing runs by itself until somebody has said for which force."""

ON = dg.DefaultScheduleStatus.RUNNING if IS_SET_UP else dg.DefaultScheduleStatus.STOPPED


@dg.failure_hook(required_resource_keys={"warehouse"})
def record_failure(context: dg.HookContext) -> None:
    """Leave in the record of the refresh why it stopped; what is published stays."""
    note_failure(context.resources.warehouse, context.op_exception)


REFRESH = dg.define_asset_job(
    "refresh",
    selection=dg.AssetSelection.all(),
    hooks={record_failure},
    description="From landing to publication: everything that a force reads, made anew under one refresh_id.",
)

INGEST = dg.define_asset_job(
    "ingest",
    selection=dg.AssetSelection.groups("landing", "staging"),
    hooks={record_failure},
    description="Lands and stages an extract, with its contracts and limits; publishes nothing.",
)

QUALITY_MONITOR = dg.define_asset_job(
    "quality_monitor",
    selection=dg.AssetSelection.groups("quality").without_checks()
    | dg.AssetSelection.checks_for_assets(
        dg.AssetKey(["quality", "mo_scorecard"]), dg.AssetKey(["quality", "expectation_results"])
    ),
    description="Judges the recording quality of what is staged, between two refreshes.",
)

NIGHTLY = dg.ScheduleDefinition(
    name="nightly_refresh",
    job=REFRESH,
    cron_schedule="0 3 * * *",
    execution_timezone="Europe/London",
    default_status=ON,
    description="Every night at three, when the records system is quiet.",
)

HOURLY_QUALITY = dg.ScheduleDefinition(
    name="hourly_quality",
    job=QUALITY_MONITOR,
    cron_schedule="30 * * * *",
    execution_timezone="Europe/London",
    default_status=ON,
    description="Recording quality, once an hour.",
)


def landing_folder() -> Path:
    """Return where extracts arrive: COLINK_LANDING, else `landing` in the home."""
    return Path(os.environ.get("COLINK_LANDING") or home_folder() / "landing")


@dg.sensor(
    job=REFRESH,
    minimum_interval_seconds=60,
    default_status=dg.DefaultSensorStatus.RUNNING if IS_SET_UP else dg.DefaultSensorStatus.STOPPED,
    description="Starts a refresh when an extract or a form's record lands; the same files never start two.",
)
def landed_extract(context: dg.SensorEvaluationContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
    """Ask for one refresh for each new set of complete files and of forms' records, known by its sha256."""
    folder = landing_folder()
    try:
        extracts = complete_extracts(folder) if folder.is_dir() else []
        fingerprint = extracts_fingerprint(extracts, folder / FOLDER)
    except (OSError, MissingInputError) as error:  # a share that is away or closed to us may be back in a minute
        yield dg.SkipReason(str(error))
        return
    if not extracts:
        yield dg.SkipReason(f"no complete extract in {folder}: one is complete once _COMPLETE stands in it")
        return
    if fingerprint == context.cursor:
        yield dg.SkipReason("nothing new has landed since the last refresh")
        return
    context.update_cursor(fingerprint)
    # The folder that was judged is the folder that is landed, wherever the run starts.
    landing = {"ops": {"landing": {"config": {"landing": str(folder.resolve())}}}}
    yield dg.RunRequest(run_key=fingerprint, run_config=landing, tags={"colink/extract": extracts[-1].name})
