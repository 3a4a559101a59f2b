"""What hangs on crimes: MO values, texts, offenders, property, scene links and decisions."""

from datetime import datetime
from typing import Any

import pytest

BAD = "not a time"

LANDED: dict[str, list[dict[str, Any]]] = {
    "crimes": [
        {"crime_id": "c1"},
        {"crime_id": "c2", "crime_group": "robbery_personal"},
        {"crime_id": "gone", "status": "deleted"},
        {"crime_id": "elsewhere", "status": "transferred"},
        {"crime_id": "bad", "committed_from_at": BAD},
    ],
    "mo_features": [
        {
            "crime_id": "c1",
            "item_code": "entry_point",
            "value_code": "front_door",
            "captured_at": "2025-07-10 10:00:00",
        },
        {"crime_id": "c1", "item_code": "entry_method", "value_code": "wrong", "captured_by": "officer"},
        {"crime_id": "c1", "item_code": "tool_used", "value_code": "unknown", "value_source": "text_rule"},
        {"crime_id": "c1", "item_code": "search_style", "value_code": None, "is_fact": "perhaps"},
        {"crime_id": "c1", "item_code": "local_item", "value_code": "anything at all", "captured_at": BAD},
        {"crime_id": "c1", "item_code": "forensic_trace", "value_code": "dna"},
        {"crime_id": "c1", "item_code": "forensic_trace", "value_code": "finger"},
        {"crime_id": "c1", "item_code": "forensic_trace", "value_code": "finger"},
        {"crime_id": "c1", "item_code": "forensic_trace", "value_code": "finger", "captured_by": "csi"},
        {"crime_id": "c1", "item_code": "no_item", "value_code": "yes"},
        {"crime_id": "c1", "item_code": None, "value_code": "yes"},
        {"crime_id": None, "item_code": "entry_point", "value_code": "front_door"},
        {"crime_id": "never_sent", "item_code": "entry_point", "value_code": "front_door"},
        {"crime_id": "gone", "item_code": "no_item", "value_code": "yes"},
        {"crime_id": "elsewhere", "item_code": "entry_point", "value_code": "front_door"},
        {"crime_id": "bad", "item_code": "entry_point", "value_code": "front_door"},
        # weapon_type holds other values for robbery; entry_point is not listed for robbery, so any group's do
        {"crime_id": "c2", "item_code": "weapon_type", "value_code": "knife"},
        {"crime_id": "c2", "item_code": "weapon_type", "value_code": "crowbar"},
        {"crime_id": "c2", "item_code": "entry_point", "value_code": "front_door"},
        {"crime_id": "c2", "item_code": "local_item", "value_code": "x", "value_source": "memory"},
        {"crime_id": "c2", "item_code": "local_item", "value_code": "y", "captured_by": "PC Smith"},
    ],
    "mo_texts": [
        {"crime_id": "c1", "text_kind": "mo", "written_at": "2025-07-10 10:00:00", "text": "=FORCED rear door"},
        {"crime_id": "c1", "text_kind": "mo", "written_at": BAD, "text": "another"},
        {"crime_id": "c1", "text_kind": "mo", "text": " "},
        {"crime_id": "never_sent", "text_kind": "mo", "text": "Mr Smith saw it"},
    ],
    "offender_crimes": [
        {"person_id": "p1", "crime_id": "c1", "link_basis": "suspect_named", "label_strength": "D"},
        {"person_id": "p1", "crime_id": "c1", "link_basis": "conviction", "label_strength": "A"},
        {"person_id": "p2", "crime_id": "c1", "link_basis": "charge", "label_strength": "E", "is_fact": "false"},
        {"person_id": "p2", "crime_id": "c1", "link_basis": "charge", "label_strength": "E", "is_fact": "false"},
        {"person_id": "p3", "crime_id": "never_sent", "link_basis": "charge", "label_strength": "A"},
        {"person_id": None, "crime_id": "c1"},
        {"person_id": "p4", "crime_id": None},
        {"person_id": "p5", "crime_id": "bad"},
        {"person_id": "p6", "crime_id": "c1", "link_basis": "hunch"},
    ],
    "properties": [
        {"crime_id": "c1", "property_class": "phone", "quantity": "2", "value_pence": "60000", "status": "stolen"},
        {"crime_id": "c1", "property_class": "phone", "quantity": "1", "value_pence": "10000", "status": "stolen"},
        {"crime_id": "c1", "property_class": "cash", "quantity": "1.5", "value_pence": "-5", "status": "stolen"},
        {"crime_id": "c1", "property_class": "laptop", "quantity": "3.0", "status": "lost"},
        {"crime_id": "c1", "property_class": None},
    ],
    "scene_links": [
        {"crime_id_1": "c2", "crime_id_2": "c1", "basis": "dna", "confirmed_at": "2025-02-01 09:00:00"},
        {"crime_id_1": "c1", "crime_id_2": "c2", "basis": "dna", "confirmed_at": "2025-02-02 09:00:00"},
        {"crime_id_1": "c1", "crime_id_2": "c1", "basis": "dna"},
        {"crime_id_1": "c1", "crime_id_2": None, "basis": "dna"},
        {"crime_id_1": "c1", "crime_id_2": "never_sent", "basis": "dna"},
        {"crime_id_1": "c1", "crime_id_2": "gone", "basis": "dna"},
        {"crime_id_1": "c1", "crime_id_2": "c2", "basis": "rumour"},
    ],
    "link_decisions": [
        {"crime_id_1": "c2", "crime_id_2": "c1", "user_id": "u1", "decision": "accept", "posterior_shown": "0.25"},
        {"series_id": "s1", "user_id": "u1", "decision": "reject", "posterior_shown": "25"},
        {"user_id": "u1", "decision": "accept"},
        {"series_id": "s1", "user_id": "u1", "decision": "perhaps"},
        {"crime_id_1": "c1", "crime_id_2": "never_sent", "user_id": "u1", "decision": "accept"},
    ],
}

CODES = [
    *[("entry_point", value, "burglary_residential") for value in ("front_door", "rear_door")],
    # a value that a force added holds for every group, and takes no other away from a group that the list leaves out
    ("entry_point", "cat_flap", None),
    *[(item, "prise", None) for item in ("entry_method", "tool_used", "search_style")],
    *[("forensic_trace", value, None) for value in ("dna", "finger")],
    ("weapon_type", "knife", "robbery_personal"),
    ("weapon_type", "crowbar", "burglary_residential"),
    ("local_item", None, None),
]


@pytest.fixture(scope="module")
def stage(new_stage: Any) -> Any:
    built = new_stage()
    for code in CODES:
        built.execute("insert into landing.mo_codes values (?, ?, ?, 1)", list(code))
    built.execute("insert into landing.settings values ('mo_texts', 'written_at', 'a date-time such as 31/12/2025')")
    built.execute("insert into landing.notes values ('crimes', 'x.csv', 9, null, 'row_retracted', 'taken back', null)")
    built.execute("insert into landing.accounts values ('crimes', 'x.csv', 'one', 5, 0, 1, 3, 1)")
    built.land(LANDED)
    assert built.build("staging") == []
    return built


def findings(stage: Any, table: str) -> dict[int, tuple[str, str, str | None]]:
    rows = stage.rows(f"select * from staging.stg_quarantine where table_name = '{table}' and source_file <> 'x.csv'")
    return {row["source_row"]: (row["column_name"], row["action"], row["value"]) for row in rows}


def staged_values(stage: Any, table: str, columns: str) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = stage.execute(f"select {columns} from staging.stg_{table} order by all")
    return rows


def test_values_are_checked_against_the_code_list_of_the_crimes_group(stage: Any) -> None:
    assert staged_values(stage, "mo_features", "crime_id, item_code, value_code, is_valid_code, captured_by") == [
        ("c1", "entry_method", None, False, "officer"),
        ("c1", "entry_point", "front_door", True, None),
        ("c1", "forensic_trace", "dna", True, None),
        ("c1", "forensic_trace", "finger", True, "csi"),
        ("c1", "forensic_trace", "finger", True, None),
        ("c1", "local_item", "anything at all", True, None),
        ("c1", "search_style", "not_recorded", True, None),
        ("c1", "tool_used", "unknown", True, None),
        ("c2", "entry_point", "front_door", True, None),
        ("c2", "local_item", "x", True, None),
        ("c2", "local_item", "y", True, None),
        ("c2", "weapon_type", "knife", True, None),
        ("c2", "weapon_type", None, False, None),
    ]


def test_source_moment_and_fact_are_filled_where_they_are_not_given(stage: Any) -> None:
    rows = staged_values(stage, "mo_features", "item_code, value_source, captured_at, is_fact")
    assert ("entry_point", "structured", datetime(2025, 7, 10, 9), True) in rows
    assert ("tool_used", "text_rule", None, False) in rows
    assert ("search_style", "structured", None, True) in rows
    # a source that nobody knows is not taken for a field
    assert ("local_item", None, None, False) in rows


def test_every_bad_mo_row_has_its_finding(stage: Any) -> None:
    assert findings(stage, "mo_features") == {
        2: ("value_code", "value_set_missing", "wrong"),
        4: ("is_fact", "value_set_missing", "perhaps"),
        5: ("captured_at", "value_set_missing", BAD),
        10: ("item_code", "row_quarantined", "no_item"),
        11: ("item_code", "row_quarantined", None),
        12: ("crime_id", "row_quarantined", None),
        13: ("crime_id", "row_quarantined", "never_sent"),
        16: ("crime_id", "row_quarantined", "bad"),
        18: ("value_code", "value_set_missing", "crowbar"),
        20: ("value_source", "value_set_missing", "memory"),
        21: ("captured_by", "value_set_missing", "<redacted, 8 characters>"),
    }


def test_texts_keep_their_words_and_quarantine_never_shows_them(stage: Any) -> None:
    assert staged_values(stage, "mo_texts", "text, written_at") == [
        ("=FORCED rear door", datetime(2025, 7, 10, 9)),
        ("another", None),
    ]
    assert findings(stage, "mo_texts") == {
        2: ("written_at", "value_set_missing", BAD),
        3: ("text", "row_quarantined", None),
        4: ("crime_id", "row_quarantined", "never_sent"),
    }


def test_a_reason_says_what_the_profile_declares(stage: Any) -> None:
    query = "select reason from staging.stg_quarantine where table_name = ? and column_name = ?"
    ((text_reason,),) = stage.execute(query, ["mo_texts", "written_at"])
    assert "expected a date-time such as 31/12/2025:" in text_reason
    ((mo_reason,),) = stage.execute(query, ["mo_features", "captured_at"])
    assert "expected a date-time in ISO form:" in mo_reason


def test_one_person_and_crime_is_one_row_with_the_stronger_basis(stage: Any) -> None:
    assert staged_values(stage, "offender_crimes", "person_id, crime_id, link_basis, label_strength, is_fact") == [
        ("p1", "c1", "conviction", "A", True),
        ("p2", "c1", "charge", None, False),
        ("p6", "c1", None, None, False),
    ]


def test_offenders_of_crimes_that_nobody_sent_are_out_of_scope(stage: Any) -> None:
    assert findings(stage, "offender_crimes") == {
        3: ("label_strength", "value_set_missing", "E"),
        6: ("person_id", "row_quarantined", None),
        7: ("crime_id", "row_quarantined", None),
        8: ("crime_id", "row_quarantined", "bad"),
        9: ("link_basis", "value_set_missing", "hunch"),
    }


def test_property_keeps_rows_that_differ_and_whole_numbers_only(stage: Any) -> None:
    assert staged_values(stage, "properties", "property_class, quantity, value_pence, status") == [
        ("cash", None, None, "stolen"),
        ("laptop", 3, None, None),
        ("phone", 1, 10000, "stolen"),
        ("phone", 2, 60000, "stolen"),
    ]
    actions = stage.execute(
        "select source_row, column_name from staging.stg_quarantine where table_name = 'properties' order by all"
    )
    assert actions == [(3, "quantity"), (3, "value_pence"), (4, "status"), (5, "property_class")]


def test_scene_links_are_ordered_pairs_of_crimes_that_loaded(stage: Any) -> None:
    assert staged_values(stage, "scene_links", "crime_id_1, crime_id_2, basis, confirmed_at") == [
        ("c1", "c2", "dna", datetime(2025, 2, 2, 9)),
        ("c1", "c2", None, None),
    ]
    assert {row: (column, action) for row, (column, action, _) in findings(stage, "scene_links").items()} == {
        3: ("crime_id_2", "row_quarantined"),
        4: ("crime_id_2", "row_quarantined"),
        5: ("crime_id_1", "row_quarantined"),
        7: ("basis", "value_set_missing"),
    }


def test_decisions_name_a_pair_or_a_series(stage: Any) -> None:
    columns = "crime_id_1, crime_id_2, series_id, decision, posterior_shown"
    assert staged_values(stage, "link_decisions", columns) == [
        ("c1", "c2", None, "accept", 0.25),
        (None, None, "s1", "reject", None),
    ]
    assert findings(stage, "link_decisions") == {
        2: ("posterior_shown", "value_set_missing", "25"),
        3: ("crime_id_1", "row_quarantined", None),
        4: ("decision", "row_quarantined", "perhaps"),
        5: ("crime_id_1", "row_quarantined", "c1"),
    }


def test_accounts_follow_the_fate_of_the_crime_and_add_what_landing_decided(stage: Any) -> None:
    columns = (
        "table_name, source_file, rows_in, rows_loaded, rows_retracted, rows_superseded, rows_out_of_scope,"
        " rows_quarantined"
    )
    assert staged_values(stage, "accounts", columns) == [
        ("crimes", "crimes.csv", 5, 2, 1, 0, 1, 1),
        ("crimes", "x.csv", 5, 0, 1, 0, 3, 1),
        ("link_decisions", "link_decisions.csv", 5, 2, 0, 0, 0, 3),
        ("mo_features", "mo_features.csv", 21, 13, 1, 1, 1, 5),
        ("mo_texts", "mo_texts.csv", 4, 2, 0, 0, 0, 2),
        ("offender_crimes", "offender_crimes.csv", 9, 3, 0, 2, 1, 3),
        ("properties", "properties.csv", 5, 4, 0, 0, 0, 1),
        ("scene_links", "scene_links.csv", 7, 2, 1, 1, 0, 3),
    ]


def test_each_quarantined_row_has_exactly_one_reason_of_its_own(stage: Any) -> None:
    noted = stage.execute(
        "select table_name, source_file, count(*) from staging.stg_quarantine where action = 'row_quarantined'"
        " group by all order by all"
    )
    counted = stage.execute(
        "select table_name, source_file, rows_quarantined from staging.stg_accounts"
        " where rows_quarantined > 0 and source_file <> 'x.csv' order by all"
    )
    assert noted == counted


def test_what_landing_noted_stands_beside_what_staging_found(stage: Any) -> None:
    (row,) = stage.rows("select * from staging.stg_quarantine where source_file = 'x.csv'")
    assert (row["table_name"], row["source_row"], row["action"], row["reason"]) == (
        "crimes",
        9,
        "row_retracted",
        "taken back",
    )
