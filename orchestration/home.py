"""The home of an installation: its folder, the Dagster instance in it, and what the environment says of the machine."""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import dagster as dg

INSTANCE = """\
# Written by Colink where absent; yours to change. Everything stays on this machine.
telemetry:
  enabled: false
nux:
  enabled: false
concurrency:
  pools:
    default_limit: 1
  runs:
    max_concurrent_runs: 1
# A run that dies gives its place in the pool back, and one that is still there after half a day has died.
run_monitoring:
  enabled: true
  free_slots_after_run_end_seconds: 60
  max_runtime_seconds: 43200
storage:
  sqlite:
    base_dir: {storage}
# Nothing that a step prints is kept: it costs two processes for each run, and could be police data.
compute_logs:
  module: dagster._core.storage.noop_compute_log_manager
  class: NoOpComputeLogManager
"""


def home_folder(home: Path | None = None) -> Path:
    """Return the absolute home: the argument, else COLINK_HOME, else `var` here."""
    return Path(home or os.environ.get("COLINK_HOME") or "var").resolve()


class MachineError(ValueError):
    """The environment says something of this machine that cannot be."""


class Machine(NamedTuple):
    """How much of this machine the warehouse may use."""

    memory_limit: str
    threads: int


def machine_settings() -> Machine:
    """Return the limits that COLINK_MEMORY_LIMIT and COLINK_THREADS set, else 4 GB and two threads.

    Raises
    ------
    MachineError
        COLINK_THREADS is no number.
    """
    threads = os.environ.get("COLINK_THREADS") or str(min(2, os.cpu_count() or 1))
    if not threads.isdecimal() or not int(threads):
        raise MachineError(f"COLINK_THREADS: expected a whole number from 1, got {threads!r}; set it or leave it out")
    return Machine(os.environ.get("COLINK_MEMORY_LIMIT", "4GB"), int(threads))


def instance_folder(home: Path) -> Path:
    """Return the Dagster folder of a home, with an instance file in it."""
    folder = home / "dagster"
    folder.mkdir(parents=True, exist_ok=True)
    settings = folder / "dagster.yaml"
    if not settings.exists():
        settings.write_text(INSTANCE.format(storage=json.dumps(str(folder / "storage"))))
    return folder


def instance(home: Path) -> "dg.DagsterInstance":
    """Open the Dagster instance of a home; a context manager."""
    import dagster as dg  # takes a second, which commands that only read should not wait for

    return dg.DagsterInstance.from_config(str(instance_folder(home)))
