"""The same input gives the same output: in another home, another process, and again in the same home."""

import pyarrow as pa
import pytest

from publication.tables import PUBLISHED_TABLES
from tests.demo_refreshes import guarded, made_once, published_tables, twice_refreshed

OF_THE_REFRESH = {"refresh_id", "started_at", "finished_at", "durations", "previous_refresh_id", "parameters"}
"""Columns that tell one refresh from another, when it was, or where its input stood."""

Tables = dict[str, pa.Table]


@pytest.fixture(scope="session")
def first(tmp_path_factory: pytest.TempPathFactory) -> Tables:
    return published_tables(made_once(tmp_path_factory, twice_refreshed).snapshots[0])


@pytest.fixture(scope="session")
def again(tmp_path_factory: pytest.TempPathFactory) -> Tables:
    return published_tables(made_once(tmp_path_factory, twice_refreshed).snapshots[1])


@pytest.fixture(scope="session")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Tables:
    current = made_once(tmp_path_factory, guarded).home.current
    assert current is not None
    return published_tables(current)


def lasting(table: pa.Table) -> pa.Table:
    """Return a table without the columns that tell one refresh from another."""
    return table.drop_columns([name for name in table.column_names if name in OF_THE_REFRESH])


def differing(one: Tables, other: Tables) -> dict[str, list[str]]:
    """Return, for each table whose rows differ, the columns that do; `rows` where their numbers do."""
    assert one.keys() == other.keys()
    found = {}
    for name in one:
        left, right = lasting(one[name]), lasting(other[name])
        if left.schema.names != right.schema.names or left.num_rows != right.num_rows:
            found[name] = ["rows"]
        elif unequal := [column for column in left.column_names if not same(left[column], right[column])]:
            found[name] = unequal
    return found


def same(left: pa.ChunkedArray, right: pa.ChunkedArray) -> bool:
    """Say whether two columns hold the same values to the last bit, in the same order; NaN is itself."""
    one, other = left.to_pylist(), right.to_pylist()
    return left.type == right.type and list(map(repr, one)) == list(map(repr, other))


def test_there_is_something_to_compare(first: Tables) -> None:
    assert len(first) == len(PUBLISHED_TABLES)
    # no file of changes stands in that home
    assert [name for name, table in first.items() if not table.num_rows] == ["mo_change_effects"]


def test_another_home_and_process_publishes_the_same_rows_in_the_same_order(first: Tables, elsewhere: Tables) -> None:
    assert differing(first, elsewhere) == {}


def test_a_second_refresh_in_one_home_publishes_the_same_but_no_events(first: Tables, again: Tables) -> None:
    assert again["series_events"].num_rows == 0
    since_the_last = ("series_events", "mo_score_changes")
    without_events = [
        {name: table for name, table in one.items() if name not in since_the_last} for one in (first, again)
    ]
    assert differing(*without_events) == {}


def test_a_second_refresh_in_one_home_keeps_every_series(first: Tables, again: Tables) -> None:
    assert first["series"].num_rows > 1
    assert first["series"]["series_id"].to_pylist() == again["series"]["series_id"].to_pylist()
    assert lasting(first["series_members"]).to_pylist() == lasting(again["series_members"]).to_pylist()


def test_each_refresh_names_itself_and_the_one_before(first: Tables, again: Tables) -> None:
    before, after = ((table["refreshes"].to_pylist())[0] for table in (first, again))
    assert before["previous_refresh_id"] is None
    assert after["previous_refresh_id"] == before["refresh_id"] < after["refresh_id"]
    assert before["input_fingerprint"] == after["input_fingerprint"]
