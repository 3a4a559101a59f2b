"""Drift and score changes as the warehouse of two refreshes shows them."""

from pathlib import Path

import dagster as dg
import duckdb
import pandas as pd
import pytest

from assets.quality_watch import _facts
from assets.recording_watch import mo_recorded_values, recording_comparability, recording_drift_check, recording_trends
from assets.table_columns import TABLE_COLUMNS, table_ddl
from assets.warehouse import Warehouse
from quality.minimum_standard import load_minimum_standard
from quality.suppression import mo_scorecard_shared

MONTHS = pd.date_range("2023-01-01", periods=14, freq="MS")


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    """A warehouse in which r2 is running and r1 is published, with a scorecard and scores of both."""
    made = Warehouse(home=str(tmp_path))
    with made.connect() as connection:
        connection.execute("""
            create table ops.refreshes as
                select * from (values ('r1', null), ('r2', 'r1')) as t(refresh_id, previous_refresh_id);
            create table ops.current_refresh as select 'r2' as refresh_id;
            create table staging.stg_crimes as
                select printf('c%02d', i) as crime_id, 'robbery_personal' as crime_group, 'A1' as area_code
                from range(40) as t(i);
            create table staging.stg_mo_features as
                select crime_id, 'approach' as item_code,
                    if(right(crime_id, 1) = '0', 'refused', 'other') as value_code,
                    'structured' as value_source, timestamp '2024-01-01' as captured_at from staging.stg_crimes;
            insert into staging.stg_mo_features values
                ('c01', 'approach', 'confront', 'structured', timestamp '2024-02-01'),
                ('c02', 'approach', 'confront', 'text_rule', timestamp '2024-02-01'),
                ('c03', 'property_class_taken', 'cash', 'structured', null),
                ('c03', 'property_class_taken', 'phone', 'structured', null);
            create table staging.stg_accounts as
                select 'crimes' as table_name, 50 as rows_in, 40 as rows_loaded, 1 as rows_retracted,
                    2 as rows_superseded, 3 as rows_out_of_scope, 4 as rows_quarantined;
        """)
        for table in TABLE_COLUMNS:
            if table.startswith("quality."):
                connection.execute(table_ddl(table))
        for refresh_id, score in (("r1", 40.0), ("r2", 60.0)):
            _scorecard(connection, refresh_id, MONTHS[: -1 if refresh_id == "r1" else None], n_met=32)
            connection.execute(
                "insert into quality.mo_scores by name select ? as refresh_id, crime_id, crime_group, area_code, "
                "? as score from staging.stg_crimes",
                [refresh_id, score],
            )
    return made


def _scorecard(connection: duckdb.DuckDBPyConnection, refresh_id: str, months: pd.DatetimeIndex, n_met: int) -> None:
    connection.execute("delete from quality.mo_scorecard where refresh_id = ?", [refresh_id])
    for month in months:
        connection.execute(
            "insert into quality.mo_scorecard values (?, 'A1', 'robbery_personal', ?, 'officer', 'location', "
            "'completeness', 40, ?, ?)",
            [refresh_id, month.date(), n_met, n_met / 40],
        )


def _finding(result: dg.AssetCheckResult) -> str:
    return str(result.metadata["finding"].value)


def test_no_previous_refresh_passes_and_says_so(warehouse: Warehouse) -> None:
    with warehouse.connect() as connection:
        connection.execute("update ops.refreshes set previous_refresh_id = null")
    result = recording_drift_check(warehouse)
    assert result.passed
    assert _finding(result) == "no previous refresh to compare with"
    list(recording_comparability(warehouse))
    changes = warehouse.frame("from quality.mo_score_changes")
    assert (changes["n_crimes_before"] == 0).all()
    assert changes[["mean_score_before", "change_by_recording", "change_by_standard"]].isna().all(axis=None)
    assert (changes["mean_score_under_current"] == 60).all()
    assert len(warehouse.frame("from quality.mo_standards")) == 1


def test_recording_that_stays_as_it_was_raises_nothing(warehouse: Warehouse) -> None:
    assert recording_drift_check(warehouse).passed


def test_the_drift_check_says_when_the_standard_is_another_and_passes_over_what_only_it_asks(
    warehouse: Warehouse,
) -> None:
    with warehouse.connect() as connection:
        connection.execute("insert into quality.mo_standards values ('r1', '0.9', 'abcdefghij', '{}')")
        connection.execute("""
            insert into quality.mo_scorecard
                select * replace ('exit_point' as item_code, 0 as n_met, 0 as share)
                from quality.mo_scorecard where refresh_id = 'r2'
        """)
    result = recording_drift_check(warehouse)
    assert result.passed
    assert "; the standard changed from 0.9@abcdefgh to " in _finding(result)


def test_recording_that_fell_warns_and_never_stops(warehouse: Warehouse) -> None:
    with warehouse.connect() as connection:
        _scorecard(connection, "r2", MONTHS, n_met=20)
    result = recording_drift_check(warehouse)
    assert not result.passed
    assert result.severity == dg.AssetCheckSeverity.WARN
    assert "completeness 80% to 50% in the same months" in _finding(result)
    assert not recording_drift_check.check_specs_by_output_name["result"].blocking


def test_the_standard_is_recorded_and_the_change_of_scores_taken_apart(warehouse: Warehouse) -> None:
    list(recording_comparability(warehouse))
    unknown = warehouse.frame("from quality.mo_score_changes")
    assert set(unknown["standard_from"]) == {"not_recorded"}  # r1 was made before standards were recorded
    assert unknown["change_by_recording"].isna().all()
    with warehouse.connect() as connection:
        connection.execute(
            "insert into quality.mo_standards select * replace ('r1' as refresh_id) from quality.mo_standards"
        )
    list(recording_comparability(warehouse))
    changes = warehouse.frame("from quality.mo_score_changes where crime_group = 'all'").iloc[0]
    assert (changes["mean_score_before"], changes["mean_score_under_current"]) == (40, 60)
    assert (changes["change_by_recording"], changes["change_by_standard"]) == (20, 0)
    assert changes["standard_from"] == changes["standard_to"]


def test_a_former_standard_that_cannot_be_read_any_more_leaves_the_parts_open(warehouse: Warehouse) -> None:
    with warehouse.connect() as connection:
        connection.execute(
            """insert into quality.mo_standards values ('r1', '0.1', 'abc', '{"tiers": {}, "targets": {}}')"""
        )
    list(recording_comparability(warehouse))
    changes = warehouse.frame("from quality.mo_score_changes")
    assert set(changes["standard_from"]) == {"0.1@abc"}
    assert changes[["change_by_recording", "change_by_standard"]].isna().all(axis=None)
    assert (changes["mean_score_under_current"] == 60).all()


def test_trends_and_the_shared_scorecard_are_kept(warehouse: Warehouse) -> None:
    made = {result.asset_key.to_user_string(): result for result in recording_trends(warehouse)}
    assert set(made) == {"quality/mo_trends", "quality/mo_scorecard_shared"}
    trends = warehouse.frame("select * from quality.mo_trends where area_code = 'A1' order by month")
    assert trends["n_expected"].tolist() == [40] * 14
    assert trends["centre"].notna().tolist() == [False] * 12 + [True] * 2
    shared = warehouse.frame("select * exclude (refresh_id) from quality.mo_scorecard_shared")
    assert len(shared) == len(mo_scorecard_shared(warehouse.frame("from quality.mo_scorecard where refresh_id = 'r2'")))


def test_recorded_values_are_those_of_fields_the_latest_where_one_counts(warehouse: Warehouse) -> None:
    mo_recorded_values(warehouse)
    values = warehouse.frame("from quality.mo_recorded_values order by all")
    of = values.groupby("crime_id")["value_code"].agg(list)
    assert "c00" not in of.index  # refused is no value
    assert of["c01"] == ["confront"]  # recorded later than other
    assert of["c02"] == ["other"]  # what a rule read in the text is not in a field
    assert of["c03"] == ["other", "cash", "phone"]
    assert set(values["refresh_id"]) == {"r2"}


def test_the_tables_as_wholes_are_counted_by_the_database(warehouse: Warehouse) -> None:
    facts = _facts(warehouse, "r2", load_minimum_standard())
    assert facts.rows_accounted == 1  # 50 = 40 + 1 + 2 + 3 + 4
    assert facts.crimes_scored == 1
    assert facts.crimes_counted == pytest.approx(40 / 560)  # fourteen months of forty crimes each are too many
    assert facts.crimes_with_mo == 36 / 40  # four of forty refused
    with warehouse.connect() as connection:
        connection.execute("update staging.stg_accounts set rows_loaded = 50")
        connection.execute("delete from quality.mo_scores where crime_id = 'c07'")
    facts = _facts(warehouse, "r2", load_minimum_standard())
    assert facts.rows_accounted == pytest.approx(50 / 60)  # more out than in is as wrong as less
    assert facts.crimes_scored == 39 / 40
