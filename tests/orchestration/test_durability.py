"""What readers get stays whole: during refreshes, and after one was killed at any moment."""

import random
from pathlib import Path

import pytest

from publication.manifest import verify_snapshot
from tests.demo_refreshes import Home, TwiceRefreshed, copy_of, digests, refresh, start_refresh, twice_refreshed

MOMENTS = 20
ALWAYS_RUN = (7, 19)
"""Of twenty equal stretches of a refresh one amid linkage, and the last, in which it publishes."""


def moments() -> list[object]:
    """Return the moments of death as shares of a refresh's time: one at random in each of twenty equal stretches."""
    drawn = random.Random(1)
    shares = [(stretch + drawn.random()) / MOMENTS for stretch in range(MOMENTS)]
    return [
        pytest.param(share, id=f"{share:.0%}", marks=() if stretch in ALWAYS_RUN else pytest.mark.long)
        for stretch, share in enumerate(shares)
    ]


@pytest.fixture(scope="session")
def twice() -> TwiceRefreshed:
    return twice_refreshed()


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


@pytest.mark.parametrize("share", moments())
def test_a_refresh_that_is_killed_leaves_the_publication_whole(
    share: float, twice: TwiceRefreshed, tmp_path: Path
) -> None:
    home = copy_of(twice.home, tmp_path / "home")
    landed = digests(home.landing)
    former = home.current

    process = start_refresh(home)
    process.join(share * twice.seconds[-1])
    process.kill()
    process.join()

    shown = home.current
    assert digests(home.landing) == landed
    assert_whole(home)
    refresh(home)
    outcome = outcome_of_the_killed(home)
    print(f"killed at {share:.0%} of {twice.seconds[-1]:.1f} s: {outcome}")  # pytest -rP tells
    assert (shown == former) == (outcome != "published")
    assert digests(home.landing) == landed
    assert_recovered(home, previous=shown)


def assert_whole(home: Home) -> None:
    """Every snapshot that a reader can open is what its manifest says."""
    assert home.current is not None
    for snapshot in home.published.iterdir():
        if "." not in snapshot.name and not snapshot.is_symlink():
            assert verify_snapshot(snapshot).refresh_id == snapshot.name
    assert verify_snapshot(home.current).refresh_id == home.current.name


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
