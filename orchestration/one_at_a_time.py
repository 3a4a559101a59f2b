"""One refresh at a time in a home, and what a refresh that died leaves in Dagster's storage cleared away.

A killed run stays "started" for ever and keeps its slot in the pool of the warehouse, for which every later run would
wait. The file lock tells the dead from the living: the system releases it when its process ends, however it ends.
"""

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg

LOCK = "refresh.lock"
STARTED_HERE = {"colink/started_by": "command line"}
"""Tag of runs that hold the lock while they live; others belong to Dagster's daemon."""
DAEMON_SILENT_S = 300.0
"""A daemon reports every half minute; one that has been silent for so long has ended, and its runs with it."""

UNFINISHED = [
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]


class HomeBusyError(RuntimeError):
    """Another refresh is running in this home."""


@contextmanager
def alone(home: Path) -> Iterator[None]:
    """Keep every other refresh of the command line out of a home.

    Raises
    ------
    HomeBusyError
        One is running already.
    """
    home.mkdir(parents=True, exist_ok=True)
    with (home / LOCK).open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise _busy(home) from None
        yield


def bury_dead_runs(instance: dg.DagsterInstance, home: Path) -> None:
    """Mark runs whose process died as failed, and free their slots in the pool; called where `alone`.

    Raises
    ------
    HomeBusyError
        The daemon is running a job: any of them would share the warehouse with this refresh.
    """
    is_daemon_alive = any(
        time.time() - heartbeat.timestamp < DAEMON_SILENT_S for heartbeat in instance.get_daemon_heartbeats().values()
    )
    for run in instance.get_runs(dg.RunsFilter(statuses=UNFINISHED)):
        if is_daemon_alive and not STARTED_HERE.items() <= run.tags.items():
            raise _busy(home)
        instance.report_run_failed(run, "The process of this run ended without a word.")
        instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)


def _busy(home: Path) -> HomeBusyError:
    return HomeBusyError(f"{home}: another refresh is running here; wait for it to end, then start this one again")
