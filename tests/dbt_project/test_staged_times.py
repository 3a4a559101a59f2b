"""Committed times: the civil clock, its changes, offsets, precision, and times that cannot be."""

from datetime import datetime
from typing import Any

import pytest

CRIMES: list[dict[str, Any]] = [
    # Britain's clocks are an hour ahead of UTC from the last Sunday of March to the last of October.
    {"crime_id": "winter", "committed_from_at": "2025-01-10 22:00:00", "committed_to_at": "2025-01-11 06:30:00"},
    {"crime_id": "summer", "committed_from_at": "2025-07-10 22:00:00", "committed_to_at": "2025-07-11 06:30:00"},
    {"crime_id": "march_night", "committed_from_at": "2025-03-29 23:00:00", "committed_to_at": "2025-03-30 07:00:00"},
    {"crime_id": "skipped", "committed_from_at": "2025-03-30 01:30:00", "committed_to_at": "2025-03-30 03:00:00"},
    {"crime_id": "skipped_close", "committed_from_at": "2025-03-30 01:30:00", "committed_to_at": "2025-03-30 02:10:00"},
    {"crime_id": "october_night", "committed_from_at": "2025-10-25 23:00:00", "committed_to_at": "2025-10-26 07:00:00"},
    {"crime_id": "twice", "committed_from_at": "2025-10-26 01:30:00"},
    {"crime_id": "zulu", "committed_from_at": "2025-07-10T22:00:00Z", "committed_to_at": "2025-07-10T22:00:00Z"},
    {"crime_id": "offset", "committed_from_at": "2025-01-10 22:00:00+05:30"},
    {"crime_id": "midnight", "committed_from_at": "2025-07-10 00:00:00", "committed_to_at": "2025-07-10 00:00:00"},
    {"crime_id": "midnight_utc", "committed_from_at": "2025-07-10T00:00:00Z"},
    {"crime_id": "whole_day", "committed_from_at": "2025-07-10 00:00:00", "committed_to_at": "2025-07-10 23:59:00"},
    {"crime_id": "bare_date", "committed_from_at": "2025-07-10"},
    {"crime_id": "two_days", "committed_from_at": "2025-07-10 00:00:00", "committed_to_at": "2025-07-11 23:59:00"},
    {"crime_id": "told", "committed_from_at": "2025-07-10 12:00:00", "time_precision": "date_only"},
    {"crime_id": "mistold", "committed_from_at": "2025-07-10 12:00:00", "time_precision": "roughly"},
    {"crime_id": "no_time", "committed_from_at": None},
    {"crime_id": "blank_time", "committed_from_at": "  "},
    {"crime_id": "no_start", "committed_from_at": None, "committed_to_at": "2025-07-10 12:00:00"},
    {"crime_id": "reversed", "committed_from_at": "2025-07-10 12:00:00", "committed_to_at": "2025-07-10 11:59:59"},
    {"crime_id": "year_1900", "committed_from_at": "1900-01-01 00:00:00"},
    {"crime_id": "year_2099", "committed_from_at": "2025-07-10 12:00:00", "committed_to_at": "2099-07-10 12:00:00"},
    {"crime_id": "day_first", "committed_from_at": "13/07/2025 12:00"},
    {"crime_id": "no_day", "committed_from_at": "2025-02-30 12:00:00"},
    {"crime_id": "word", "committed_from_at": "epoch"},
    {"crime_id": "bad_end", "committed_from_at": "2025-07-10 12:00:00", "committed_to_at": "later"},
    {"crime_id": "bad_report", "reported_at": "yesterday", "recorded_at": "2025-01-11 09:00:00", "as_of_at": "?"},
    {"crime_id": "report_day", "reported_at": "2025-01-10", "recorded_at": "2025-01-11"},
    {"crime_id": "summer_day", "reported_at": "2025-07-10"},
    {"crime_id": "recorded_that_day", "reported_at": "2025-01-10", "recorded_at": "2025-01-10 12:00:00"},
    {"crime_id": "recorded_before", "reported_at": "2025-01-10", "recorded_at": "2025-01-09 12:00:00"},
    {"crime_id": "year_later", "reported_at": "2026-01-10 10:00:00"},  # 365 days after 2025-01-10 10:00
    {"crime_id": "years_later", "reported_at": "2026-01-10 10:00:01"},
]


@pytest.fixture(scope="module")
def stage(staged: Any) -> Any:
    built = staged({"crimes": CRIMES})
    built.crimes = {row["crime_id"]: row for row in built.rows("select * from staging.stg_crimes")}
    built.findings = {}
    for row in built.rows("select * from staging.stg_quarantine order by source_row, column_name"):
        built.findings.setdefault(CRIMES[row["source_row"] - 1]["crime_id"], []).append(row)
    return built


def times(stage: Any, crime_id: str) -> tuple[datetime, datetime, datetime, datetime]:
    row = stage.crimes[crime_id]
    return (
        row["committed_from_at"],
        row["committed_to_at"],
        row["committed_from_local"],
        row["committed_to_local"],
    )


@pytest.mark.parametrize(
    ("crime_id", "from_at", "to_at", "from_local", "to_local"),
    [
        ("winter", "2025-01-10 22:00", "2025-01-11 06:30", "2025-01-10 22:00", "2025-01-11 06:30"),
        ("summer", "2025-07-10 21:00", "2025-07-11 05:30", "2025-07-10 22:00", "2025-07-11 06:30"),
        # 23:00 GMT to 07:00 BST are seven hours, not eight: the end on the clock keeps the true length
        ("march_night", "2025-03-29 23:00", "2025-03-30 06:00", "2025-03-29 23:00", "2025-03-30 06:00"),
        # 01:30 did not happen: it is read as 02:30 BST = 01:30 UTC
        ("skipped", "2025-03-30 01:30", "2025-03-30 02:00", "2025-03-30 02:30", "2025-03-30 03:00"),
        # ... but never after the end, 02:10 BST = 01:10 UTC
        ("skipped_close", "2025-03-30 01:10", "2025-03-30 01:10", "2025-03-30 02:10", "2025-03-30 02:10"),
        # 23:00 BST to 07:00 GMT are nine hours
        ("october_night", "2025-10-25 22:00", "2025-10-26 07:00", "2025-10-25 23:00", "2025-10-26 08:00"),
        # 01:30 happened twice; the second, in GMT, is taken
        ("twice", "2025-10-26 01:30", "2025-10-26 01:30", "2025-10-26 01:30", "2025-10-26 01:30"),
        ("zulu", "2025-07-10 22:00", "2025-07-10 22:00", "2025-07-10 23:00", "2025-07-10 23:00"),
        ("offset", "2025-01-10 16:30", "2025-01-10 16:30", "2025-01-10 16:30", "2025-01-10 16:30"),
        ("bare_date", "2025-07-09 23:00", "2025-07-10 22:59:59", "2025-07-10 00:00", "2025-07-10 23:59:59"),
    ],
)
def test_times_are_utc_and_on_the_civil_clock(
    stage: Any, crime_id: str, from_at: str, to_at: str, from_local: str, to_local: str
) -> None:
    expected = tuple(datetime.fromisoformat(text) for text in (from_at, to_at, from_local, to_local))
    assert times(stage, crime_id) == expected


@pytest.mark.parametrize(
    ("crime_id", "precision"),
    [
        ("winter", "window"),
        ("twice", "exact"),
        ("zulu", "exact"),
        ("midnight", "default_midnight"),
        ("midnight_utc", "exact"),  # 01:00 on the clock
        ("whole_day", "date_only"),
        ("bare_date", "date_only"),
        ("two_days", "window"),
        ("told", "date_only"),
        ("mistold", "exact"),
        ("no_time", None),
    ],
)
def test_precision_is_derived_where_the_force_does_not_say(stage: Any, crime_id: str, precision: str | None) -> None:
    assert stage.crimes[crime_id]["time_precision"] == precision


@pytest.mark.parametrize("crime_id", ["no_time", "blank_time"])
def test_a_crime_without_a_time_is_kept_without_a_finding(stage: Any, crime_id: str) -> None:
    assert times(stage, crime_id) == (None, None, None, None)
    assert crime_id not in stage.findings


def test_an_end_without_a_start_is_set_missing(stage: Any) -> None:
    assert times(stage, "no_start") == (None, None, None, None)
    (finding,) = stage.findings["no_start"]
    assert (finding["column_name"], finding["action"]) == ("committed_to_at", "value_set_missing")
    assert finding["value"] == "2025-07-10 12:00:00"


@pytest.mark.parametrize(
    ("crime_id", "column", "value", "reason"),
    [
        ("reversed", "committed_to_at", "2025-07-10 11:59:59", "expected from <= to: check the column mapping"),
        ("year_1900", "committed_from_at", "1900-01-01 00:00:00", "outside the dates that the profile allows"),
        ("year_2099", "committed_to_at", "2099-07-10 12:00:00", "outside the dates that the profile allows"),
        ("day_first", "committed_from_at", "13/07/2025 12:00", "not a date-time"),
        ("no_day", "committed_from_at", "2025-02-30 12:00:00", "not a date-time"),
        ("word", "committed_from_at", "epoch", "not a date-time"),
        ("bad_end", "committed_to_at", "later", "not a date-time"),
    ],
)
def test_a_time_that_cannot_be_quarantines_the_row(
    stage: Any, crime_id: str, column: str, value: str, reason: str
) -> None:
    assert crime_id not in stage.crimes
    (finding,) = stage.findings[crime_id]
    assert (finding["column_name"], finding["action"], finding["value"]) == (column, "row_quarantined", value)
    assert reason in finding["reason"]
    assert "{" not in finding["reason"]


@pytest.mark.parametrize("crime_id", ["skipped", "skipped_close"])
def test_a_time_that_the_clock_skipped_is_repaired_and_told(stage: Any, crime_id: str) -> None:
    (finding,) = stage.findings[crime_id]
    assert (finding["column_name"], finding["action"]) == ("committed_from_at", "value_repaired")


def test_times_of_reporting_cost_only_themselves(stage: Any) -> None:
    row = stage.crimes["bad_report"]
    assert row["reported_at"] is None
    assert row["as_of_at"] is None
    assert row["recorded_at"] == datetime(2025, 1, 11, 9)
    assert [(f["column_name"], f["action"], f["value"]) for f in stage.findings["bad_report"]] == [
        ("as_of_at", "value_set_missing", "?"),
        ("reported_at", "value_set_missing", "yesterday"),
    ]


@pytest.mark.parametrize(
    ("crime_id", "expected"),
    [
        ("report_day", datetime(2025, 1, 10, 23, 59, 59)),
        ("summer_day", datetime(2025, 7, 10, 22, 59, 59)),  # an hour ahead of UTC
        ("recorded_that_day", datetime(2025, 1, 10, 12)),
        ("recorded_before", datetime(2025, 1, 10, 23, 59, 59)),  # a fault of order stays one
    ],
)
def test_a_bare_day_of_reporting_is_its_last_moment_but_not_after_the_recording(
    stage: Any, crime_id: str, expected: datetime
) -> None:
    assert stage.crimes[crime_id]["reported_at"] == expected
    assert crime_id not in stage.findings


def test_a_report_more_than_a_year_after_the_crime_is_told_and_kept(stage: Any) -> None:
    assert "year_later" not in stage.findings
    (finding,) = stage.findings["years_later"]
    assert (finding["column_name"], finding["action"], finding["value"]) == (
        "reported_at",
        "value_kept",
        "2026-01-10 10:00:01",
    )
    assert stage.crimes["years_later"]["reported_at"] == datetime(2026, 1, 10, 10, 0, 1)


def test_an_unknown_precision_is_derived_and_told(stage: Any) -> None:
    (finding,) = stage.findings["mistold"]
    assert (finding["column_name"], finding["action"], finding["value"]) == (
        "time_precision",
        "value_set_missing",
        "roughly",
    )
