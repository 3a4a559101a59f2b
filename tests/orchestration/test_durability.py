"""What readers get stays whole: during refreshes, and after one was killed at any moment."""

import random
import time
from pathlib import Path
from typing import NamedTuple

import dagster as dg
import pytest
from dagster._daemon.types import DaemonHeartbeat

from orchestration.home import instance
from orchestration.one_at_a_time import STARTED_HERE, HomeBusyError, alone, bury_dead_runs
from orchestration.refresh import run_refresh
from publication.manifest import verify_snapshot
from tests.demo_refreshes import (
    Home,
    TwiceRefreshed,
    copy_of,
    digests,
    made_once,
    marked_extract,
    refresh,
    start_refresh,
    twice_refreshed,
)

STARTING_S = 1.0
"""About the time from forking a process to the first record of its refresh."""
PUBLISHING_S = 0.5
"""About the time from the first file of a new snapshot to the end of its refresh."""
EARLY, LATE = 14, 6


class Moment(NamedTuple):
    """When a refresh is killed: at a share of its time from its start, or from when it begins to publish."""

    share: float
    is_publishing: bool


def moments() -> list[object]:
    """Return twenty random moments, one in each of equal stretches; one amid publishing is always tried."""
    drawn = random.Random(1)
    chosen = [
        (Moment((stretch + drawn.random()) / n, is_publishing), is_publishing and stretch == n // 2)
        for n, is_publishing in ((EARLY, False), (LATE, True))
        for stretch in range(n)
    ]
    return [
        pytest.param(
            moment,
            id=f"{moment.share:.0%} of {'publishing' if moment.is_publishing else 'its time'}",
            marks=() if is_always_tried else pytest.mark.long,
        )
        for moment, is_always_tried in chosen
    ]


@pytest.fixture(scope="session")
def twice(tmp_path_factory: pytest.TempPathFactory) -> TwiceRefreshed:
    return made_once(tmp_path_factory, twice_refreshed)


def test_a_reader_beside_a_refresh_never_fails(twice: TwiceRefreshed) -> None:
    assert [reading.error for reading in twice.readings if reading.error] == []
    assert {reading.through for reading in twice.readings} == {"in_database", "in_folder"}
    assert len(twice.readings) > 20


def test_a_reader_beside_a_refresh_never_sees_two_refreshes_mixed(twice: TwiceRefreshed) -> None:
    assert {len(reading.refresh_ids) for reading in twice.readings} == {1}


def test_a_reader_sees_the_former_refresh_until_the_switch_and_the_new_one_ever_after(twice: TwiceRefreshed) -> None:
    seen = [reading.refresh_ids[0] for reading in twice.readings]
    former, new = (snapshot.name for snapshot in twice.snapshots)
    assert set(seen) <= {former, new}
    assert seen == sorted(seen)
    assert any(reading.is_busy for reading in twice.readings), "nobody read while the second was being published"


def test_what_was_published_before_is_not_touched_by_the_next_refresh(twice: TwiceRefreshed) -> None:
    for snapshot in twice.snapshots:
        assert verify_snapshot(snapshot).refresh_id == snapshot.name


@pytest.mark.parametrize("moment", moments())
def test_a_refresh_that_is_killed_leaves_the_publication_whole(
    moment: Moment, twice: TwiceRefreshed, tmp_path: Path
) -> None:
    home = copy_of(twice.home, tmp_path / "home")
    landed = digests(home.landing)
    former = home.current

    ended_by_itself = kill_at(moment, home, min(twice.seconds))

    shown = home.current
    assert digests(home.landing) == landed
    assert_whole(home)
    refresh(home)
    outcome = outcome_of_the_killed(home)
    print(f"killed at {moment}: {outcome}{', had ended' if ended_by_itself else ''}")  # shown by pytest -rP
    assert (shown == former) == (outcome != "published")
    assert digests(home.landing) == landed
    assert_recovered(home, previous=shown)


def kill_at(moment: Moment, home: Home, usual_s: float) -> bool:
    """Start a refresh and kill it at a moment; return whether it had ended by itself."""
    process = start_refresh(home)
    if moment.is_publishing:
        while process.is_alive() and not list(home.published.glob("*.partial-*")):
            process.join(0.02)
        process.join(moment.share * PUBLISHING_S)
    else:
        process.join(moment.share * (STARTING_S + usual_s))
    process.kill()
    process.join()
    return process.exitcode == 0


def assert_whole(home: Home) -> None:
    """Every snapshot that a reader can open is what its manifest says."""
    assert home.current is not None
    for snapshot in home.published.iterdir():
        if "." not in snapshot.name and not snapshot.is_symlink():
            assert verify_snapshot(snapshot).refresh_id == snapshot.name
    assert verify_snapshot(home.current).refresh_id == home.current.name


def test_a_second_refresh_beside_one_is_refused_and_leaves_it_alone(tmp_path: Path) -> None:
    with alone(tmp_path):
        outcome = run_refresh("demo", marked_extract(tmp_path / "force"), tmp_path, quiet=True)
    assert not outcome.succeeded
    assert outcome.failure == (
        f"{tmp_path}: another refresh is running here; wait for it to end, then start this one again"
    )
    assert not (tmp_path / "warehouse.duckdb").exists()


def test_the_home_is_free_again_once_the_other_refresh_ended(tmp_path: Path) -> None:
    for _ in range(2):
        with alone(tmp_path):
            assert (tmp_path / "refresh.lock").exists()


def test_a_run_that_died_is_marked_failed_and_gives_its_place_in_the_pool_back(tmp_path: Path) -> None:
    with instance(tmp_path) as dagster_instance:
        died = started_run(dagster_instance, STARTED_HERE)
        assert claims(dagster_instance, died)
        bury_dead_runs(dagster_instance, tmp_path)
        assert dagster_instance.get_run_by_id(died).status == dg.DagsterRunStatus.FAILURE
        assert claims(dagster_instance, "another")


def test_a_run_of_a_living_daemon_is_waited_for_and_that_of_a_dead_one_is_buried(tmp_path: Path) -> None:
    with instance(tmp_path) as dagster_instance:
        run = started_run(dagster_instance, {})
        dagster_instance.add_daemon_heartbeat(DaemonHeartbeat(time.time(), "SENSOR", "a-daemon", []))
        with pytest.raises(HomeBusyError, match="another refresh is running here"):
            bury_dead_runs(dagster_instance, tmp_path)
        assert dagster_instance.get_run_by_id(run).status == dg.DagsterRunStatus.STARTED
        dagster_instance.add_daemon_heartbeat(DaemonHeartbeat(time.time() - 3600, "SENSOR", "a-daemon", []))
        bury_dead_runs(dagster_instance, tmp_path)
        assert dagster_instance.get_run_by_id(run).status == dg.DagsterRunStatus.FAILURE


def started_run(dagster_instance: dg.DagsterInstance, tags: dict[str, str]) -> str:
    """Record a run of the job as started and return its identifier."""
    run = dg.DagsterRun(job_name="refresh", tags=tags, status=dg.DagsterRunStatus.STARTED)
    return dagster_instance.add_run(run).run_id


def claims(dagster_instance: dg.DagsterInstance, run_id: str) -> bool:
    """Claim the one place in the warehouse's pool for a run; say whether it got it."""
    storage = dagster_instance.event_log_storage
    storage.initialize_concurrency_limit_to_default("warehouse")
    return storage.claim_concurrency_slot("warehouse", run_id, "landing").is_claimed


def outcome_of_the_killed(home: Home) -> str:
    """Return how the record tells the refresh between the two of before and the one after."""
    *before, last = home.refreshes()
    assert last["status"] == "published"
    assert [row["status"] for row in before[:2]] == ["published", "published"]
    assert len(before) <= 3
    return before[2]["status"] if len(before) == 3 else "not begun"


def assert_recovered(home: Home, previous: Path | None) -> None:
    """The refresh after a killed one follows what was shown, is shown itself, and clears away what was unfinished."""
    last = home.refreshes()[-1]
    assert home.current is not None
    assert previous is not None
    assert home.current.name == last["refresh_id"]
    assert last["previous_refresh_id"] == previous.name
    assert_whole(home)
    assert [path.name for path in home.published.iterdir() if "." in path.name] == []
    assert {row["status"] for row in home.refreshes()} <= {"published", "interrupted"}
