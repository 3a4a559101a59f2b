"""The marts: every refresh kept, a repeated one replaced, evidence in words, keys and relations guarded."""

from typing import Any

import pytest

FIRST, SECOND = "2026-01-05T03:00", "2026-01-06T03:00"

CRIMES: list[dict[str, Any]] = [
    {"crime_id": "c1", "committed_from_at": "2025-07-11 22:00:00", "committed_to_at": "2025-07-12 06:30:00"},
    {"crime_id": "c2", "committed_from_at": "2025-07-13 01:15:00", "easting_m": None, "northing_m": None},
    {"crime_id": "c3", "committed_from_at": None},
    {"crime_id": "bad", "committed_from_at": "soon"},
]

MO: list[dict[str, Any]] = [
    {"crime_id": "c1", "item_code": "forensic_trace", "value_code": "finger"},
    {"crime_id": "c1", "item_code": "forensic_trace", "value_code": "dna"},
    {"crime_id": "c2", "item_code": "forensic_trace", "value_code": "dna"},
]

TIMES = ("gap_days", "tod_gap_hours", "dow_gap_days")
ITEMS = ("distance_km", "nearer_share", *TIMES, "crime_group", "forensic_trace", "tool_used")


@pytest.fixture(scope="module")
def stage(new_stage: Any) -> Any:
    """Two refreshes; the second, which is current, was made twice, and the second time nothing was wrong."""
    built = new_stage()
    built.execute("insert into landing.mo_codes values ('forensic_trace', null, null, 2)")
    built.land({"crimes": CRIMES, "mo_features": MO})
    for refresh_id in (FIRST, SECOND):
        built.execute("update ops.current_refresh set refresh_id = ?", [refresh_id])
        built.execute("insert into linkage.links values (?, 'c1', 'c2', 3.5, 0.4, 1, 1, 1, 1, false)", [refresh_id])
        built.execute(
            "insert into linkage.link_terms select ?, 'c1', 'c2', unnest(?::varchar[]), 0.5", [refresh_id, list(ITEMS)]
        )
        assert built.build("staging") == []
        assert built.build("marts") == []
    built.before = built.execute("select refresh_id, count(*) from marts.quarantine group by all order by all")
    built.execute("delete from landing.crimes where crime_id in ('bad', 'c3')")
    built.execute("update landing.accounts set rows_in = 2, rows_landed = 2 where table_name = 'crimes'")
    assert built.build("staging") == []
    assert built.build("marts") == []
    return built


def test_every_refresh_keeps_its_crimes_and_a_repeated_one_replaces_its_own(stage: Any) -> None:
    assert stage.execute("select refresh_id, crime_id from marts.crimes order by all") == [
        (FIRST, "c1"),
        (FIRST, "c2"),
        (FIRST, "c3"),
        (SECOND, "c1"),
        (SECOND, "c2"),
    ]


def test_a_repeated_refresh_without_findings_leaves_none_behind(stage: Any) -> None:
    assert stage.before == [(FIRST, 1), (SECOND, 1)]
    assert stage.execute("select refresh_id, count(*) from marts.quarantine group by all") == [(FIRST, 1)]


def test_published_crimes_carry_their_refresh_first_and_no_text_or_file(stage: Any) -> None:
    columns = list(stage.rows("select * from marts.crimes")[0])
    assert columns[0] == "refresh_id"
    assert not {"text", "person_id", "source_file", "source_row"} & set(columns)


def test_refreshes_are_those_of_the_operations_table(stage: Any) -> None:
    assert stage.rows("select * from marts.refreshes") == stage.rows("select * from ops.refreshes")


def test_evidence_says_what_was_recorded_of_either_crime(stage: Any) -> None:
    rows = stage.execute(
        "select item, value_1, value_2, log_bf from marts.link_evidence where refresh_id = $1 order by item", [SECOND]
    )
    assert rows == [
        ("crime_group", "burglary_residential", "burglary_residential", 0.5),
        ("distance_km", "450000 E, 250000 N", None, 0.5),
        ("dow_gap_days", "Friday to Saturday", "Sunday", 0.5),
        ("forensic_trace", "dna, finger", "dna", 0.5),
        ("gap_days", "2025-07-11 22:00 to 2025-07-12 06:30", "2025-07-13 01:15", 0.5),
        ("nearer_share", "450000 E, 250000 N", None, 0.5),
        ("tod_gap_hours", "22:00 to 06:30", "01:15", 0.5),
        ("tool_used", None, None, 0.5),
    ]


def test_the_evidence_of_the_refresh_before_stays_as_it_was_published(stage: Any) -> None:
    both = stage.execute("select distinct refresh_id from marts.link_evidence order by 1")
    assert both == [(FIRST,), (SECOND,)]


FAULTS = {
    "sound_pairs_linkage_links": [
        "insert into linkage.links by name select $refresh as refresh_id, 'c2' as crime_id_1, 'c1' as crime_id_2,"
        " 0.5 as posterior_probability",
        "insert into linkage.links by name select $refresh as refresh_id, 'c1' as crime_id_1, 'gone' as crime_id_2,"
        " 0.5 as posterior_probability",
        "insert into linkage.links by name select $refresh as refresh_id, 'c1' as crime_id_1, 'c2' as crime_id_2,"
        " 1.5 as posterior_probability",
    ],
    "sound_pairs_linkage_co_linkage": ["insert into linkage.co_linkage values ($refresh, 'c1', 'c2', null)"],
    "sound_pairs_linkage_crime_pairs_evaluated": [
        "insert into linkage.crime_pairs_evaluated values ($refresh, 'c1', 'c1')"
    ],
    "refers_to_linkage_link_terms": ["insert into linkage.link_terms values ($refresh, 'c1', 'c9', 'gap_days', 0)"],
    "unique_in_refresh_linkage_link_terms": [
        "insert into linkage.link_terms values ($refresh, 'c1', 'c2', 'gap_days', 0)"
    ],
    "unique_in_refresh_linkage_series_series_id": [
        "insert into linkage.series values ($refresh, 's', 2), ($refresh, 's', 2)"
    ],
    "refers_to_linkage_series_members_series_id": ["insert into linkage.series_members values ($refresh, 't', 'c1')"],
    "refers_to_linkage_series_members_crime_id": ["insert into linkage.series_members values ($refresh, 's', 'c9')"],
    "unique_in_refresh_linkage_series_members": [
        "insert into linkage.series_members values ($refresh, 's', 'c1'), ($refresh, 's', 'c1')"
    ],
    "unique_in_refresh_linkage_series_data": [
        "insert into linkage.series_data values ($refresh, 'c1', 'p', null), ($refresh, 'c1', 'p', null)"
    ],
    "refers_to_linkage_series_data": ["insert into linkage.series_data values ($refresh, 'c9', 'p', null)"],
    "unique_in_refresh_linkage_mo_values": [
        "insert into linkage.mo_values values ($refresh, 'c1', 'escape', 'foot'), ($refresh, 'c1', 'escape', 'foot')"
    ],
    "refers_to_linkage_mo_values": ["insert into linkage.mo_values values ($refresh, 'c9', 'tool_used', 'saw')"],
    "unique_in_refresh_quality_mo_scores": ["insert into quality.mo_scores values ($refresh, 'c1'), ($refresh, 'c1')"],
    "refers_to_quality_mo_scores": ["insert into quality.mo_scores values ($refresh, 'c9')"],
    "unique_in_refresh_quality_mo_findings": [
        "insert into quality.mo_findings values ($refresh, 'c1', 'escape', 'r'), ($refresh, 'c1', 'escape', 'r')"
    ],
    "refers_to_quality_mo_findings": ["insert into quality.mo_findings values ($refresh, 'c9', 'escape', 'r')"],
    "unique_in_refresh_quality_mo_item_profile": [
        "insert into quality.mo_item_profile values ($refresh, 'g', 'escape', 'csi'), ($refresh, 'g', 'escape', 'csi')"
    ],
    "unique_in_refresh_quality_mo_group_priorities": [
        "insert into quality.mo_group_priorities values ($refresh, 'g', 'escape'), ($refresh, 'g', 'escape')"
    ],
}


def _plant(stage: Any, refresh_id: str) -> None:
    planted = "; ".join(statement for statements in FAULTS.values() for statement in statements)
    stage.execute(planted.replace("$refresh", f"'{refresh_id}'"))


def test_broken_keys_and_relations_fail_the_marts_but_only_those_of_the_current_refresh(stage: Any) -> None:
    _plant(stage, FIRST)
    assert stage.build("marts") == []
    _plant(stage, SECOND)
    failed = stage.build("marts")
    for name in FAULTS:
        assert any(line.startswith(f"source_{name}") for line in failed), name
    # and the evidence is not made anew from broken links
    assert [line.split(":")[0] for line in failed if not line.startswith("source_")] == ["link_evidence"]
    assert len(failed) == len(FAULTS) + 1
    (links,) = (line for line in failed if line.startswith("source_sound_pairs_linkage_links"))
    # the pair out of order, the pair with an unknown crime, the pair twice, and the probability of 1.5
    assert "Got 4 results" in links
