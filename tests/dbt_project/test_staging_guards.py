"""What staging does when its own input is wrong: it says so, and lets the warehouse go."""

from typing import Any

import duckdb
import pytest


@pytest.fixture(scope="module")
def stage(new_stage: Any) -> Any:
    built = new_stage()
    built.land({"crimes": [{"crime_id": "c1"}]})
    return built


def test_a_row_that_landing_did_not_count_fails_the_accounts(stage: Any) -> None:
    stage.execute("update landing.accounts set rows_in = rows_in + 1")
    (line,) = stage.build("staging")
    assert line.startswith("accounts_reconcile_stg_accounts")
    stage.execute("update landing.accounts set rows_in = rows_in - 1")
    assert stage.build("staging") == []


def test_a_missing_landing_table_fails_and_the_file_is_free_for_other_settings(stage: Any) -> None:
    stage.execute("alter table landing.notes rename to elsewhere")
    (line,) = stage.build("staging")
    assert line.startswith("stg_quarantine")
    with duckdb.connect(str(stage.path), config={"threads": 1, "memory_limit": "300MB"}) as connection:
        assert connection.execute("select count(*) from staging.stg_crimes").fetchall() == [(1,)]
        connection.execute("alter table landing.elsewhere rename to notes")
    assert stage.build("staging") == []
