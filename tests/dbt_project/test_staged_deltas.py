"""Delta extracts: the latest version of a row stands, and what an extract sends together is replaced together."""

from typing import Any

import pytest

MO = {"crime_id": "kept", "item_code": "forensic_trace"}

LANDED: dict[str, list[dict[str, Any]]] = {
    "crimes": [
        {"crime_id": "kept", "area_code": "old", "extract_order": 1},
        {"crime_id": "kept", "area_code": "new", "extract_order": 2},
        {"crime_id": "late_news", "area_code": "newer", "as_of_at": "2025-03-02 00:00:00", "extract_order": 1},
        {"crime_id": "late_news", "area_code": "older", "as_of_at": "2025-03-01 00:00:00", "extract_order": 2},
        {"crime_id": "same_moment", "area_code": "old", "as_of_at": "2025-03-01 00:00:00", "extract_order": 1},
        {"crime_id": "same_moment", "area_code": "new", "as_of_at": "2025-03-01 00:00:00", "extract_order": 2},
        {"crime_id": "deleted", "extract_order": 1},
        {"crime_id": "deleted", "status": "deleted", "committed_from_at": None, "extract_order": 2},
        {"crime_id": "revived", "status": "deleted", "extract_order": 1},
        {"crime_id": "revived", "status": "open", "extract_order": 2},
    ],
    "mo_features": [
        {**MO, "value_code": "dna", "extract_order": 1, "captured_at": "2025-05-01 00:00:00"},
        {**MO, "value_code": "finger", "extract_order": 1, "captured_at": "2025-05-01 00:00:00"},
        {**MO, "value_code": "finger", "extract_order": 2, "captured_at": "2025-04-01 00:00:00"},
        {**MO, "value_code": "cctv", "extract_order": 2, "captured_at": "2025-04-01 00:00:00"},
        {**MO, "value_code": "dna", "captured_by": "csi", "extract_order": 1},
        {**MO, "crime_id": "deleted", "value_code": "dna", "extract_order": 1},
        # twice in one extract: the later capture stands; of a tie the first
        {**MO, "crime_id": "revived", "value_code": "dna", "captured_at": "2025-04-02 00:00:00", "is_fact": "true"},
        {**MO, "crime_id": "revived", "value_code": "dna", "captured_at": "2025-04-03 00:00:00", "is_fact": "false"},
        {**MO, "crime_id": "late_news", "value_code": "dna", "is_fact": "true"},
        {**MO, "crime_id": "late_news", "value_code": "dna", "is_fact": "false"},
    ],
    "mo_texts": [
        {"crime_id": "kept", "text_kind": "mo", "written_at": "2025-03-01 00:00:00", "text": "one", "extract_order": 1},
        {"crime_id": "kept", "text_kind": "mo", "written_at": "2025-03-01 00:00:00", "text": "two", "extract_order": 2},
        {"crime_id": "kept", "text_kind": "mo", "written_at": "2025-03-09 00:00:00", "text": "six", "extract_order": 1},
    ],
    "offender_crimes": [
        {"person_id": "p1", "crime_id": "kept", "label_strength": "A", "extract_order": 1},
        {"person_id": "p1", "crime_id": "kept", "label_strength": "D", "extract_order": 2},
        {"person_id": "p2", "crime_id": "deleted", "label_strength": "A", "extract_order": 1},
    ],
    "properties": [
        {"crime_id": "kept", "property_class": "phone", "status": "stolen", "quantity": "1", "extract_order": 1},
        {"crime_id": "kept", "property_class": "phone", "status": "stolen", "quantity": "4", "extract_order": 1},
        {"crime_id": "kept", "property_class": "phone", "status": "stolen", "quantity": "2", "extract_order": 2},
        {"crime_id": "kept", "property_class": "cash", "status": "stolen", "quantity": "9", "extract_order": 1},
    ],
}


@pytest.fixture(scope="module")
def stage(new_stage: Any) -> Any:
    built = new_stage()
    built.execute("insert into landing.mo_codes values ('forensic_trace', null, null, 2)")
    built.land(LANDED)
    assert built.build("staging") == []
    return built


def test_the_latest_as_of_stands_and_then_the_latest_extract(stage: Any) -> None:
    assert dict(stage.execute("select crime_id, area_code from staging.stg_crimes")) == {
        "kept": "new",
        "late_news": "newer",
        "same_moment": "new",
        "revived": None,
    }


def test_a_deletion_retracts_the_crime_and_what_hangs_on_it(stage: Any) -> None:
    fates = stage.execute(
        "select table_name, rows_retracted from staging.stg_accounts where rows_retracted > 0 order by all"
    )
    assert fates == [("crimes", 1), ("mo_features", 1), ("offender_crimes", 1)]


def test_a_later_extract_replaces_all_values_of_an_item(stage: Any) -> None:
    # although the older extract was captured later; what another person captured stays
    rows = stage.execute("select value_code, captured_by from staging.stg_mo_features where crime_id = 'kept'")
    assert sorted(rows, key=str) == [("cctv", None), ("dna", "csi"), ("finger", None)]


def test_of_one_value_twice_in_one_extract_the_later_capture_stands(stage: Any) -> None:
    assert stage.execute("select is_fact from staging.stg_mo_features where crime_id = 'revived'") == [(False,)]


def test_of_a_tie_the_first_is_kept_and_the_rest_quarantined(stage: Any) -> None:
    assert stage.execute("select is_fact from staging.stg_mo_features where crime_id = 'late_news'") == [(True,)]
    rows = stage.execute("select table_name, source_row, action from staging.stg_quarantine where source_row = 10")
    assert rows == [("mo_features", 10, "row_quarantined")]


def test_texts_are_replaced_by_kind_and_moment(stage: Any) -> None:
    assert stage.execute("select text from staging.stg_mo_texts order by text") == [("six",), ("two",)]


def test_labels_follow_the_latest_extract_even_where_they_weaken(stage: Any) -> None:
    assert stage.execute("select label_strength from staging.stg_offender_crimes") == [("D",)]


def test_property_is_replaced_by_class_and_status(stage: Any) -> None:
    rows = stage.execute("select property_class, quantity from staging.stg_properties order by all")
    assert rows == [("cash", 9), ("phone", 2)]


def test_superseded_rows_are_counted(stage: Any) -> None:
    superseded = dict(stage.execute("select table_name, rows_superseded from staging.stg_accounts"))
    assert superseded == {"crimes": 5, "mo_features": 3, "mo_texts": 1, "offender_crimes": 1, "properties": 2}
