"""Places, attributes, versions, withdrawals and incidents of crimes."""

from typing import Any

import pytest

CRIMES: list[dict[str, Any]] = [
    {"crime_id": "plain", "is_attempt": "true", "easting_m": "450000.25", "northing_m": "2.5e5"},
    {"crime_id": "on_the_edge", "easting_m": "400000", "northing_m": "300000"},
    {"crime_id": "nowhere", "easting_m": None, "northing_m": None},
    {"crime_id": "half", "northing_m": None},
    {"crime_id": "words", "easting_m": "SK 5 3"},
    {"crime_id": "northing_words", "northing_m": "nan"},
    {"crime_id": "zero", "easting_m": "0", "northing_m": "0"},
    {"crime_id": "swapped", "easting_m": "250000", "northing_m": "450000"},
    {"crime_id": "degrees", "easting_m": "-1.13", "northing_m": "52.95"},
    {"crime_id": "east", "easting_m": "500000.5"},
    {"crime_id": "north", "northing_m": "300001"},
    {"crime_id": "maybe", "is_attempt": "Y"},
    {"crime_id": None},
    {"crime_id": "no_group", "crime_group": None, "offence_code": "99Z"},
    {"crime_id": "own_force", "force_code": "other"},
    {"crime_id": "cancelled", "status": "Cancelled", "committed_from_at": "no time needed"},
    {"crime_id": "transferred", "status": "transferred"},
    # one key twice in one extract: the same; newer; neither
    {"crime_id": "repeated", "area_code": "A"},
    {"crime_id": "repeated", "area_code": "A"},
    {"crime_id": "newer", "area_code": "old", "as_of_at": "2025-01-11 08:00:00"},
    {"crime_id": "newer", "area_code": "new", "as_of_at": "2025-01-11 09:00:00"},
    {"crime_id": "newer", "area_code": "undated"},
    {"crime_id": "tied", "area_code": "first"},
    {"crime_id": "tied", "area_code": "second"},
    {"crime_id": "tied", "area_code": "first"},
    # a version that cannot be read does not displace one that can
    {"crime_id": "mended", "area_code": "good", "as_of_at": "2025-01-11 08:00:00"},
    {"crime_id": "mended", "as_of_at": "2025-01-11 09:00:00", "committed_from_at": "31/12/2024"},
]

INCIDENTS: list[dict[str, Any]] = [
    # one street, one night: b overlaps a, c overlaps b only; d starts after c ended
    {"crime_id": "a", "committed_from_at": "2025-02-01 22:00:00", "committed_to_at": "2025-02-02 01:00:00"},
    {"crime_id": "b", "committed_from_at": "2025-02-02 01:00:00", "committed_to_at": "2025-02-02 03:00:00"},
    {"crime_id": "c", "committed_from_at": "2025-02-02 02:00:00", "committed_to_at": "2025-02-02 04:00:00"},
    {"crime_id": "d", "committed_from_at": "2025-02-02 04:00:01", "committed_to_at": "2025-02-02 06:00:00"},
    # a long window holds later ones although they do not touch each other
    {"crime_id": "e", "committed_from_at": "2025-03-01 20:00:00", "committed_to_at": "2025-03-02 08:00:00"},
    {"crime_id": "f", "committed_from_at": "2025-03-01 21:00:00", "committed_to_at": "2025-03-01 22:00:00"},
    {"crime_id": "g", "committed_from_at": "2025-03-02 05:00:00", "committed_to_at": "2025-03-02 06:00:00"},
    # within 25 m of the cell's middle, beyond it, another group, another night, no place, no time, told
    {"crime_id": "h", "committed_from_at": "2025-04-01 23:00:00", "easting_m": "450024"},
    {"crime_id": "i", "committed_from_at": "2025-04-01 23:00:00", "easting_m": "449976"},
    {"crime_id": "j", "committed_from_at": "2025-04-01 23:00:00", "easting_m": "450026"},
    {"crime_id": "k", "committed_from_at": "2025-04-01 23:00:00", "crime_group": "theft_from_vehicle"},
    {"crime_id": "l", "committed_from_at": "2025-05-01 11:00:00", "committed_to_at": "2025-05-01 13:00:00"},
    {"crime_id": "m", "committed_from_at": "2025-05-01 12:00:00", "committed_to_at": "2025-05-01 14:00:00"},
    {"crime_id": "n", "committed_from_at": "2025-06-01 23:00:00", "easting_m": None, "northing_m": None},
    {"crime_id": "o", "committed_from_at": "2025-06-01 23:00:00", "easting_m": None, "northing_m": None},
    {"crime_id": "p", "committed_from_at": None},
    {"crime_id": "q", "committed_from_at": None},
    {"crime_id": "r", "committed_from_at": "2025-02-01 23:00:00", "incident_id": "given"},
]


@pytest.fixture(scope="module")
def stage(staged: Any) -> Any:
    built = staged({"crimes": CRIMES + INCIDENTS})
    built.crimes = {row["crime_id"]: row for row in built.rows("select * from staging.stg_crimes")}
    return built


def findings(stage: Any, crime_id: str | None) -> list[tuple[str, str, str | None]]:
    numbers = [n for n, row in enumerate(CRIMES, start=1) if row["crime_id"] == crime_id]
    query = "select * from staging.stg_quarantine where table_name = 'crimes' order by source_row, column_name"
    return [
        (row["column_name"], row["action"], row["value"])
        for row in stage.rows(query)
        if row["source_row"] in numbers and row["source_file"] == "crimes.csv"
    ]


@pytest.mark.parametrize(
    ("crime_id", "place"),
    [("plain", (450000.25, 250000.0)), ("on_the_edge", (400000.0, 300000.0)), ("nowhere", (None, None))],
)
def test_a_good_or_missing_place_is_kept_as_given(stage: Any, crime_id: str, place: tuple[Any, Any]) -> None:
    assert (stage.crimes[crime_id]["easting_m"], stage.crimes[crime_id]["northing_m"]) == place
    assert findings(stage, crime_id) == []


@pytest.mark.parametrize(
    ("crime_id", "column", "length"),
    [
        ("half", "northing_m", None),
        ("words", "easting_m", 6),
        ("northing_words", "northing_m", 3),
        ("zero", "easting_m", 1),
        ("swapped", "easting_m", 6),
        ("degrees", "easting_m", 5),
        ("east", "easting_m", 8),
        ("north", "northing_m", 6),
    ],
)
def test_a_bad_place_is_set_missing_and_its_value_hidden(
    stage: Any, crime_id: str, column: str, length: int | None
) -> None:
    assert (stage.crimes[crime_id]["easting_m"], stage.crimes[crime_id]["northing_m"]) == (None, None)
    shown = None if length is None else f"<redacted, {length} characters>"
    assert findings(stage, crime_id) == [(column, "value_set_missing", shown)]


@pytest.mark.parametrize(("crime_id", "word"), [("swapped", "swap"), ("degrees", "degrees"), ("zero", "zero")])
def test_the_reason_of_a_bad_place_names_the_remedy(stage: Any, crime_id: str, word: str) -> None:
    row_number = 1 + [row["crime_id"] for row in CRIMES].index(crime_id)
    ((reason,),) = stage.execute("select reason from staging.stg_quarantine where source_row = ?", [row_number])
    assert word in reason


def test_attempts_are_true_false_or_not_known(stage: Any) -> None:
    assert stage.crimes["plain"]["is_attempt"] is True
    assert stage.crimes["nowhere"]["is_attempt"] is None
    assert stage.crimes["maybe"]["is_attempt"] is None
    assert findings(stage, "maybe") == [("is_attempt", "value_set_missing", "Y")]


def test_a_row_without_key_or_group_is_quarantined(stage: Any) -> None:
    assert findings(stage, None) == [("crime_id", "row_quarantined", None)]
    assert findings(stage, "no_group") == [("crime_group", "row_quarantined", "99Z")]
    assert "no_group" not in stage.crimes


def test_the_force_is_the_profiles_where_the_row_names_none(stage: Any) -> None:
    assert stage.crimes["plain"]["force_code"] == "demo"
    assert stage.crimes["own_force"]["force_code"] == "other"


def test_withdrawn_crimes_are_kept_aside_whatever_else_is_wrong(stage: Any) -> None:
    assert not {"cancelled", "transferred"} & set(stage.crimes)
    assert findings(stage, "cancelled") == [("status", "row_retracted", "Cancelled")]
    assert findings(stage, "transferred") == [("status", "row_out_of_scope", "transferred")]


def test_identical_rows_are_one_crime(stage: Any) -> None:
    assert stage.crimes["repeated"]["area_code"] == "A"
    assert findings(stage, "repeated") == []


def test_the_newest_of_several_versions_stands(stage: Any) -> None:
    assert stage.crimes["newer"]["area_code"] == "new"
    assert findings(stage, "newer") == []


def test_of_versions_that_differ_without_a_date_the_first_is_kept_and_the_others_quarantined(stage: Any) -> None:
    assert stage.crimes["tied"]["area_code"] == "first"
    # the third row says what the first does, so only the second is set aside
    assert findings(stage, "tied") == [("crime_id", "row_quarantined", "tied")]


def test_a_version_that_cannot_be_read_does_not_displace_one_that_can(stage: Any) -> None:
    assert stage.crimes["mended"]["area_code"] == "good"
    assert findings(stage, "mended") == [("committed_from_at", "row_quarantined", "31/12/2024")]


def test_every_row_is_in_the_accounts(stage: Any) -> None:
    # quarantined: no key, no group, tied, mended; superseded: repeated, newer twice, tied
    total = len(CRIMES) + len(INCIDENTS)
    assert stage.rows("select * from staging.stg_accounts") == [
        {
            "table_name": "crimes",
            "source_file": "crimes.csv",
            "rows_in": total,
            "rows_loaded": total - 10,
            "rows_retracted": 1,
            "rows_superseded": 4,
            "rows_out_of_scope": 1,
            "rows_quarantined": 4,
        }
    ]


@pytest.mark.parametrize(
    ("incident_id", "members"),
    [
        ("derived-a", {"a", "b", "c"}),
        ("derived-d", {"d"}),
        ("derived-e", {"e", "f", "g"}),
        ("derived-h", {"h", "i"}),
        ("derived-j", {"j"}),
        ("derived-k", {"k"}),
        ("derived-l", {"l"}),  # before noon: the night before
        ("derived-m", {"m"}),
        ("derived-n", {"n"}),
        ("derived-o", {"o"}),
        ("derived-p", {"p"}),
        ("given", {"r"}),
    ],
)
def test_crimes_of_one_group_place_and_night_whose_times_overlap_are_one_incident(
    stage: Any, incident_id: str, members: set[str]
) -> None:
    found = {crime_id for crime_id, row in stage.crimes.items() if row["incident_id"] == incident_id}
    assert found == members
    assert {stage.crimes[crime_id]["incident_is_derived"] for crime_id in found} == {incident_id != "given"}


def test_staging_does_not_depend_on_the_order_of_rows(stage: Any, staged: Any) -> None:
    # rows keep their place in the file, only their place in the landing table changes
    numbered = [row | {"source_row": n} for n, row in enumerate(CRIMES + INCIDENTS, start=1)]
    reversed_stage = staged({"crimes": numbered[::-1]})
    for table, order in [("stg_crimes", "crime_id"), ("stg_quarantine", "source_row, column_name, reason")]:
        query = f"select * from staging.{table} order by {order}"
        assert reversed_stage.rows(query) == stage.rows(query)
