"""Times in records of forms: when they were saved, and when the crime was."""

import json

import pytest

from intake.landing import land
from tests.intake.conftest import HEADER
from tests.intake.landed_records import ROWS, WITH_REPORTS, answer, record


def test_moments_of_saving_are_compared_across_offsets(landed):
    early = record(1, answers=answer("occupied", "vacant"), saved_at="2026-02-20T12:00:00+02:00")  # 10:00 UTC
    late = record(2, answers=answer("occupied", "occupied_awake"), saved_at="2026-02-20T10:30:00+00:00")
    assert landed(a__json=[late, early]).winners("C/1", "occupied", "victim_online") == {"occupied_awake"}


def test_a_form_fills_the_time_of_a_crime_that_has_none(landed):
    times = {"committed_from": "2026-02-04T08:00", "committed_to": "2026-02-04T17:30"}
    found = landed(a__json=record(1, role="csi", reference="C/4", reference_kind="crime_id", **times))
    rows = found.con.execute("select committed_from_at, committed_to_at from landing.crimes where crime_id = 'C/4'")
    assert rows.fetchall() == [("2026-02-04 08:00:00", "2026-02-04 17:30:00")]
    ((_, _, column, action, reason, _),) = found.notes()
    assert (column, action) == ("committed_from_at", "value_repaired")
    assert "taken from a form" in reason


@pytest.mark.parametrize(
    ("begin", "end", "is_noted"),
    [
        ("2026-01-31T10:00", "2026-02-01T09:59", True),  # ends a minute before 1 February 10:00
        ("2026-01-31T10:00", "2026-02-01T10:00", False),
        ("2026-02-01T10:01", None, True),
    ],
)
def test_a_time_that_does_not_meet_the_forces_is_noted_and_changes_nothing(landed, begin, end, is_noted):
    found = landed(a__json=record(1, committed_from=begin, committed_to=end))
    (rows,) = found.con.execute("select committed_from_at from landing.crimes where crime_id = 'C/1'").fetchall()
    assert rows == ("2026-02-01 10:00:00",)
    assert [note[3] for note in found.notes()] == (["value_kept"] if is_noted else [])


@pytest.mark.parametrize(
    ("begin", "end", "said"),
    [
        ("0001-01-01T00:00", None, "outside the dates that the profile allows"),
        ("1999-12-31T23:59", "2026-02-04T17:30", "outside the dates that the profile allows"),  # from 2000-01-01
        ("2026-02-20T10:01", None, "after it was saved"),  # saved at 10:00
        ("2026-02-04T08:00", "2026-02-20T10:01", "after it was saved"),
        ("2099-01-01T00:00", None, "committed_from: expected not after the record was saved"),
        ("9999-12-31T23:59", None, "committed_from: expected not after the record was saved"),
    ],
)
def test_a_time_that_cannot_be_is_a_fault_of_the_record_and_leaves_the_crime_as_it_was(landed, begin, end, said):
    bad = record(2, role="csi", reference="C/4", reference_kind="crime_id", committed_from=begin, committed_to=end)
    found = landed(a__json=bad)
    rows = found.con.execute("select committed_from_at, committed_to_at from landing.crimes where crime_id = 'C/4'")
    assert rows.fetchall() == [(None, None)]
    ((file, row, column, action, reason, _),) = found.notes()
    assert (file, row, column, action) == ("mo_records/a.json", 1, "committed_from_at", "value_set_missing")
    assert said in reason
    assert len(found.features()) == 1  # its answers are used


def test_an_earlier_record_with_a_time_that_can_be_gives_it_where_the_latest_cannot(landed):
    told = {"role": "csi", "reference": "C/4", "reference_kind": "crime_id"}
    good = record(1, **told, committed_from="2026-02-04T08:00", saved_at="2026-02-19T10:00:00+00:00")
    found = landed(a__json=[good, record(2, **told, committed_from="1970-01-01T00:00")])
    rows = found.con.execute("select committed_from_at, committed_to_at from landing.crimes where crime_id = 'C/4'")
    assert rows.fetchall() == [("2026-02-04 08:00:00", "2026-02-04 08:00:00")]


def test_the_moment_of_saving_is_compared_on_the_civil_clock(landed):
    # 10:30 in London in June is half an hour after 10:00 of London, which is 09:00 UTC, and half an hour before 11:00
    told = {"role": "csi", "reference": "C/4", "reference_kind": "crime_id", "committed_from": "2025-06-01T10:30"}
    saved = {"early": "2025-06-01T09:00:00+00:00", "late": "2025-06-01T10:00:00+00:00"}
    assert landed(a__json=record(1, **told, saved_at=saved["early"])).notes()[0][3] == "value_set_missing"
    assert landed(a__json=record(1, **told, saved_at=saved["late"])).notes()[0][3] == "value_repaired"


def test_the_last_date_of_the_profile_holds_for_forms_too(con, profile_of, extract):
    folder = extract(crimes__csv=HEADER + ROWS)
    (folder / "mo_records").mkdir()
    late = record(1, role="csi", reference="C/4", reference_kind="crime_id", committed_from="2026-02-10T12:00")
    (folder / "mo_records" / "a.json").write_text(json.dumps(late))
    land(con, profile_of(("latest: 2027-01-01", "latest: 2026-02-10"), text=WITH_REPORTS), folder)
    assert con.execute("select committed_from_at from landing.crimes where crime_id = 'C/4'").fetchall() == [(None,)]
