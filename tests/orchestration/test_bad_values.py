"""Values that cannot be believed: one bad row is set aside and named, too many stop the refresh before anything."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.orchestration.conftest import Extract, Home

Row = dict[str, str]
Plant = Callable[["Extract"], object]
DATES = ("DATE_FROM", "DATE_TO", "DATE_REPORTED", "DATE_RECORDED", "LAST_UPDATED")
DECIMALS = ".7713177"


def every_row(name: str, change: Callable[[Row], Row]) -> Plant:
    return lambda extract: extract.change(name, change)


def rows_11_to_110(name: str, cells: Row) -> Plant:
    return lambda extract: extract.change(name, lambda row: row | cells, 11, 110)


def repeat_ids(extract: "Extract") -> None:
    rows = extract.rows("recorded_crimes")
    extract.write("recorded_crimes", [*rows, *(row | {"BEAT": "elsewhere"} for row in rows[:100])])


def month_first(row: Row) -> Row:
    return row | {name: re.sub(r"^(\d\d)/(\d\d)", r"\2/\1", row[name]) for name in DATES}


def swapped(row: Row) -> Row:
    return row | {"EASTING": row["NORTHING"], "NORTHING": row["EASTING"]}


CASES: dict[str, tuple[Plant, tuple[str, ...]]] = {
    "ids that occur twice": (
        repeat_ids,
        ("recorded_crimes.csv row 608, crime_id", "occurs again", "expected one row a key", "104 of 707 rows"),
    ),
    "an end before the start": (
        rows_11_to_110("recorded_crimes", {"DATE_FROM": "03/02/2024 10:00", "DATE_TO": "02/02/2024 10:00"}),
        (
            "recorded_crimes.csv row 11, committed_to_at",
            "before committed_from_at",
            "expected from <= to",
            "104 of 607 rows",
        ),
    ),
    "dates of 1900": (
        rows_11_to_110("recorded_crimes", {"DATE_FROM": "01/01/1900 00:00"}),
        ("recorded_crimes.csv row 11, committed_from_at", "outside the dates that the profile allows", "check layouts"),
    ),
    "dates of 2099": (
        rows_11_to_110("recorded_crimes", {"DATE_TO": "31/12/2099 00:00"}),
        ("recorded_crimes.csv row 11, committed_to_at", "outside the dates that the profile allows", "check layouts"),
    ),
    "month first in a file that should be day first": (
        every_row("recorded_crimes", month_first),
        ("recorded_crimes.csv row ", "column DATE_FROM", "expected dd/mm/yyyy", "got mm/dd/yyyy", "set layouts"),
    ),
    "month first in some rows": (
        rows_11_to_110("recorded_crimes", {"DATE_FROM": "02/23/2024 10:00", "DATE_TO": "02/23/2024 11:00"}),
        ("recorded_crimes.csv row 11, committed_from_at", "not a date-time; expected a date-time such as", "layouts"),
    ),
    "coordinates swapped": (
        every_row("recorded_crimes", swapped),
        ("recorded_crimes.csv row 1, ", "lie outside the force", "swapped", "EPSG:27700"),
    ),
    "coordinates zero": (
        rows_11_to_110("recorded_crimes", {"EASTING": "0", "NORTHING": "0"}),
        ("recorded_crimes.csv row 11, ", "lie outside the force", "zero"),
    ),
    "coordinates in degrees": (
        every_row("recorded_crimes", lambda row: row | {"EASTING": f"-1{DECIMALS}", "NORTHING": f"52{DECIMALS}"}),
        ("recorded_crimes.csv row 1, ", "lie outside the force", "degrees", "EPSG:4326"),
    ),
    "coordinates outside the force": (
        rows_11_to_110("recorded_crimes", {"EASTING": f"650000{DECIMALS}"}),
        ("recorded_crimes.csv row 11, ", "102 of 603 coordinates lie outside the force", "widen 'area'"),
    ),
    "coordinates that are words": (
        rows_11_to_110("recorded_crimes", {"EASTING": "PRIVATE PLACE"}),
        ("recorded_crimes.csv row 11, ", "102 of 603 coordinates", "they are no numbers", "map easting_m"),
    ),
    "an offence that nobody listed": (
        rows_11_to_110("recorded_crimes", {"HO_CODE": "99Z"}),
        (
            "recorded_crimes.csv row 11, offence_code",
            "no crime group",
            "expected it under crime_groups",
            "add it there",
        ),
    ),
    "an MO item that nobody listed": (
        lambda extract: extract.change("mo_fields", lambda row: row | {"MO_FIELD": "COLOUR OF DOOR"}, 11, 310),
        ("mo_fields.csv row 11, item_code", "item; expected one of the minimum standard", "mo_items", "add it"),
    ),
    "MO values that nobody listed": (
        every_row("mo_fields", lambda row: row | {"MO_VALUE": f"code {len(row['MO_VALUE'])}"}),
        ("mo_fields.csv row 1, value_code", "not in the code list", "limits.set_missing in the profile", "translate"),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_too_many_bad_values_stop_the_refresh_in_one_line(
    case: str, extract: "Extract", refused: Callable[..., str]
) -> None:
    plant, expected = CASES[case]
    plant(extract)
    message = refused(extract)
    assert all(part in message for part in expected), message


SINGLE_FAULTS = {
    ("recorded_crimes", 11, "committed_to_at", "row_quarantined"),
    ("recorded_crimes", 12, "committed_from_at", "row_quarantined"),
    ("recorded_crimes", 13, "committed_to_at", "row_quarantined"),
    ("recorded_crimes", 14, "committed_from_at", "row_quarantined"),
    ("recorded_crimes", 15, "offence_code", "row_quarantined"),
    ("recorded_crimes", 16, "easting_m", "value_set_missing"),
    ("recorded_crimes", 17, "easting_m", "value_set_missing"),
    ("recorded_crimes", 18, "easting_m", "value_set_missing"),
    ("recorded_crimes", 19, "easting_m", "value_set_missing"),
    ("recorded_crimes", 20, "easting_m", "value_set_missing"),
    ("recorded_crimes", 608, "crime_id", "row_quarantined"),
    ("mo_fields", 201, "item_code", "row_quarantined"),
    ("mo_fields", 202, "value_code", "value_set_missing"),
    ("mo_fields", 203, "value_source", "value_set_missing"),
    ("mo_fields", 203, "captured_by", "value_set_missing"),
    ("named_persons", 2, "link_basis", "value_set_missing"),
    ("named_persons", 2, "label_strength", "value_set_missing"),
    ("property", 31, "status", "value_set_missing"),
    ("property", 32, "quantity", "value_set_missing"),
    ("property", 562, None, "row_quarantined"),
}


def test_one_bad_row_of_each_kind_is_set_aside_and_named_while_the_refresh_publishes(published: "Home") -> None:
    found = {
        (row["source_file"].removeprefix("2026-03-01/").removesuffix(".csv"), row["source_row"], *what(row))
        for row in published.quarantine
    }
    assert found >= SINGLE_FAULTS


def what(row: dict[str, object]) -> tuple[object, object]:
    return row["column_name"], row["action"]


def test_a_bad_row_is_published_with_its_reason_but_without_what_identifies(published: "Home") -> None:
    reasons = {(row["source_file"], row["source_row"]): row for row in published.quarantine}
    place = reasons["2026-03-01/recorded_crimes.csv", 20]
    assert place["value"] == "<redacted, 9 characters>"
    assert "expected metres of the grid" in place["reason"]
    assert "PRIVATE" not in repr(published.quarantine)
    assert DECIMALS not in repr(published.quarantine)


def test_well_formed_text_with_line_breaks_quotes_and_accents_loads_as_it_is(published: "Home") -> None:
    assert 'PRIVATE "give me that", he said,\nthen ran; naïve façade, 5 € taken' in published.texts


def test_no_text_of_a_narrative_is_published(published: "Home") -> None:
    current = published.folder / "published" / "current"
    assert not any(b"PRIVATE" in path.read_bytes() for path in current.iterdir() if path.suffix in (".html", ".json"))
