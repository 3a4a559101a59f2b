from datetime import UTC, datetime, timedelta, timezone

import duckdb
import pytest

from publication.refreshes import (
    Opening,
    RefreshError,
    close_refresh,
    fail_refresh,
    input_fingerprint,
    interrupt_stale,
    new_refresh_id,
    open_refresh,
    published_refresh_id,
    record,
    refresh,
)

START = datetime(2026, 11, 22, 3, 0)
END = START + timedelta(minutes=1)
FILES = [{"file": "a.csv", "sha256": "aa", "rows": 3}, {"file": "b.csv", "sha256": "bb", "rows": 4}]


@pytest.fixture
def con():
    with duckdb.connect() as connection:
        yield connection


def opening(refresh_id: str, **more) -> Opening:
    return Opening(refresh_id, "demo", "demo", START, **more)


def statuses(con) -> dict[str, str]:
    return dict(con.execute("select refresh_id, status from ops.refreshes").fetchall())


def test_identifiers_sort_by_time_across_zones():
    later = datetime(2026, 11, 22, 5, 0, tzinfo=timezone(timedelta(hours=1)))
    earlier = datetime(2026, 11, 22, 3, 59, 59, tzinfo=UTC)
    assert new_refresh_id(earlier) < new_refresh_id(later)


def test_identifiers_of_one_moment_differ_and_are_fit_for_a_folder_name():
    # Six random hexadecimal digits: of 20 two are alike once in 90,000 runs; of 500 it would be once in 130.
    made = {new_refresh_id(START) for _ in range(20)}
    assert len(made) == 20
    assert all(name.replace("-", "").isalnum() for name in made)


def test_the_fingerprint_ignores_the_order_of_files_and_sees_every_change():
    assert input_fingerprint(FILES) == input_fingerprint(FILES[::-1])
    assert input_fingerprint(FILES) != input_fingerprint([FILES[0], FILES[1] | {"rows": 5}])
    assert input_fingerprint(FILES) != input_fingerprint([FILES[0], FILES[1] | {"sha256": "bc"}])


def test_a_refresh_goes_from_running_to_published_and_the_next_one_follows_it(con):
    assert open_refresh(con, opening("r1", inputs=FILES, seeds={"pairs": 1})) is None
    assert statuses(con) == {"r1": "running"}
    assert published_refresh_id(con) is None
    close_refresh(con, "r1", END)
    assert published_refresh_id(con) == "r1"
    assert open_refresh(con, opening("r2")) == "r1"
    row = refresh(con, "r1")
    assert (row["status"], row["finished_at"], row["seeds"], row["inputs"]) == ("published", END, {"pairs": 1}, FILES)
    assert refresh(con, "r2")["previous_refresh_id"] == "r1"


def test_moments_with_a_zone_are_held_in_utc_without_one(con):
    summer = datetime(2026, 7, 1, 4, 0, tzinfo=timezone(timedelta(hours=1)))
    open_refresh(con, Opening("r1", "demo", "demo", summer))
    assert refresh(con, "r1")["started_at"] == datetime(2026, 7, 1, 3, 0)


def test_steps_add_to_the_record_without_losing_what_others_wrote(con):
    open_refresh(con, opening("r1"))
    record(con, "r1", durations={"landing": 1.5}, counts={"crimes": {"in": 5}})
    record(con, "r1", durations={"staging": 2.0}, inputs=FILES, model_version="m1")
    row = refresh(con, "r1")
    assert row["durations"] == {"landing": 1.5, "staging": 2.0}
    assert row["counts"] == {"crimes": {"in": 5}}
    assert row["input_fingerprint"] == input_fingerprint(FILES)
    assert row["model_version"] == "m1"


def test_opening_the_same_refresh_again_leaves_one_record(con):
    open_refresh(con, opening("r1"))
    record(con, "r1", durations={"landing": 1.5})
    open_refresh(con, opening("r1"))
    assert statuses(con) == {"r1": "running"}
    assert refresh(con, "r1")["durations"] is None


def test_a_failed_refresh_leaves_the_publication_and_its_reason_in_one_line(con):
    open_refresh(con, opening("r1"))
    close_refresh(con, "r1", END)
    open_refresh(con, opening("r2"))
    fail_refresh(con, "r2", END, "crimes.csv: no column\n  crime_id")
    assert published_refresh_id(con) == "r1"
    assert refresh(con, "r2")["failure"] == "crimes.csv: no column crime_id"
    with pytest.raises(RefreshError, match="'r2' is failed, expected running; start a new refresh"):
        close_refresh(con, "r2", END)
    assert published_refresh_id(con) == "r1"


def test_a_published_refresh_cannot_fail_any_more(con):
    open_refresh(con, opening("r1"))
    close_refresh(con, "r1", END)
    with pytest.raises(RefreshError, match="is published, expected running"):
        fail_refresh(con, "r1", END, "late")
    assert statuses(con) == {"r1": "published"}


def test_stale_refreshes_become_interrupted_except_live_ones(con):
    for name in ("r1", "r2", "r3"):
        open_refresh(con, opening(name))
    close_refresh(con, "r1", END)
    open_refresh(con, opening("r4"))
    assert interrupt_stale(con, END, alive=["r4"]) == ["r2", "r3"]
    assert statuses(con) == {"r1": "published", "r2": "interrupted", "r3": "interrupted", "r4": "running"}


def test_a_refresh_killed_after_the_switch_is_settled_as_published(con):
    open_refresh(con, opening("r1"))
    close_refresh(con, "r1", END)
    open_refresh(con, opening("r2"))
    assert interrupt_stale(con, END, shown="r2") == []
    assert published_refresh_id(con) == "r2"
    assert statuses(con) == {"r1": "published", "r2": "published"}


def test_an_unknown_refresh_and_an_unknown_record_are_named(con):
    with pytest.raises(RefreshError, match=r"refresh 'r9' is not in ops\.refreshes; open it"):
        close_refresh(con, "r9", END)
    open_refresh(con, opening("r1"))
    with pytest.raises(RefreshError, match="expected one of counts, parameters, seeds, durations, got 'colour'"):
        record(con, "r1", colour={"a": 1})
