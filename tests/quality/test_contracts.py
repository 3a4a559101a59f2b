import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from quality.assessment import assess
from quality.contracts import CONTRACTS, ContractResult, check_contract
from quality.errors import FrameError
from quality.minimum_standard import MinimumStandard

Frames = Callable[..., pd.DataFrame]
AT = pd.Timestamp("2025-03-10 20:00")
PAIR = {"crime_id_1": "c1", "crime_id_2": "c2"}
GAPS = {"distance_km": 1.5, "gap_days": 3.0, "tod_gap_hours": 12.0, "dow_gap_days": 3.5}

# One row that keeps each contract; the staged crimes, MO rows and properties come from conftest.
WORTH: dict[str, Any] = {
    **dict.fromkeys(("n_groups", "n_crimes", "n_recorded"), 9),
    **dict.fromkeys(("coverage_linked", "place_share", "share_in_top"), 0.5),
    **{
        f"{name}{side}": 0.4
        for name in (
            "evidence_weight",
            "evidence_lost",
            "incremental_gain",
            "links_per_1000_recorded",
            "links_per_hour",
        )
        for side in ("_lower", "_upper")
    },
    **dict.fromkeys(("exoneration", "information_value", "reliable_weight", "incremental_gain"), 0.3),
    **dict.fromkeys(("links_per_1000_recorded", "links_per_1000_lost", "links_per_hour"), 4.0),
    "seconds": 5.0,
    "suggested_tier": 2,
}
ROWS: dict[str, dict[str, Any]] = {
    "stg_mo_texts": {"crime_id": "c1", "text_kind": "summary", "written_at": AT, "text": "Door forced."},
    "stg_offender_crimes": {
        "person_id": "p1",
        "crime_id": "c1",
        "link_basis": "charge",
        "label_strength": "A",
        "is_fact": True,
    },
    "stg_scene_links": {**PAIR, "basis": "dna", "confirmed_at": AT},
    "stg_link_decisions": {"decision": "unsure"},
    "stg_quarantine": {
        "table_name": "crimes",
        "source_file": "crimes.csv",
        "source_row": 7,
        "column_name": "crime_id",
        "action": "row_quarantined",
        "reason": "missing",
    },
    "stg_accounts": {
        "table_name": "crimes",
        "source_file": "crimes.csv",
        "rows_in": 2,
        "rows_loaded": 2,
        "rows_retracted": 0,
        "rows_superseded": 0,
        "rows_out_of_scope": 0,
        "rows_quarantined": 0,
    },
    "mo_values": {"crime_id": "c1", "item_code": "entry_point", "value_code": "garage", "value_source": "text_rule"},
    "series_data": {"crime_id": "c1", "person_id": "p1", "event_at": AT},
    "crime_pairs_evaluated": {**PAIR, "weight": 0.5, "is_linked": True, **GAPS},
    "links": {**PAIR, "log_bf": -3.2, "posterior_probability": 0.4, **GAPS},
    "series": {
        "series_id": "s1",
        "n_crimes": 2,
        "first_at": AT,
        "last_at": AT,
        "centre_easting_m": 1.0,
        "centre_northing_m": 1.0,
        "cohesion_log_bf": 4.0,
        "status": "new",
    },
    "series_members": {"series_id": "s1", "crime_id": "c1"},
    "crime_rankings": {
        "crime_id": "c1",
        "rank": 1,
        "candidate_kind": "series",
        "candidate_id": "s1",
        "log_bf": 2.0,
        "posterior_probability": 0.1,
        "is_strong": False,
    },
    "series_candidates": {
        "series_id": "s1",
        "rank": 1,
        "crime_id": "c1",
        "average": 1.0,
        "single": 2.0,
        "complete": -1.0,
        "log_bf": 2.0,
        "posterior_probability": 0.1,
        "is_strong": False,
        "is_solved": False,
        "n_crimes": 2,
        "nearest_crime_id": "c2",
        "distance_km": 0.4,
        "gap_days": None,
    },
    "co_linkage": {**PAIR, "probability": 0.2},
    "mo_scores": {
        "crime_id": "c1",
        "crime_group": "g",
        "area_code": "A1",
        "n_expected": 8,
        "n_recorded": 8,
        "score": 100.0,
        "standard_version": "1.0",
        "capture_role": "officer",
        "n_recoverable": 8,
        "score_recoverable": 100.0,
    },
    "mo_findings": {
        "crime_id": "c1",
        "area_code": "A1",
        "crime_group": "g",
        "capture_role": "officer",
        "month": pd.Timestamp("2025-03-01"),
        "item_code": "keyless",
        "dimension": "completeness",
        "rule": "not_asked",
    },
    "mo_item_profile": {
        "crime_group": "g",
        "item_code": "keyless",
        "capture_role": "officer",
        **dict.fromkeys(("n_asked", "n_value", "n_unspecific", "n_invalid", "n_not_recorded", "n_unknown"), 1),
        **dict.fromkeys(("n_not_applicable", "n_refused", "n_absent", "n_text_only", "n_values"), 1),
        "entropy_bits": 0.0,
        "top_value_code": "yes",
        "top_value_share": 1.0,
    },
    "mo_scorecard": {
        "area_code": "A1",
        "crime_group": "g",
        "month": pd.Timestamp("2025-03-01"),
        "capture_role": "officer",
        "item_code": "keyless",
        "dimension": "validity",
        "n_expected": 4,
        "n_met": 4,
        "share": 1.0,
    },
    "mo_priorities": {
        "item_code": "keyless",
        "evidence_weight": 0.4,
        "coverage": 0.5,
        "evidence_lost": 0.2,
        "cost_seconds": 5.0,
        "tier": 1,
        "n_linked": 99,
        "rank": 1,
        **WORTH,
    },
    "mo_trends": {
        "area_code": "A1",
        "crime_group": "robbery_personal",
        "item_code": "all",
        "dimension": "completeness",
        "month": AT,
        "n_expected": 40,
        "n_met": 30,
        "share": 0.75,
        "centre": 0.8,
        "lower": 0.6,
        "upper": 0.95,
        "signal": "none",
    },
    "mo_scorecard_shared": {
        "area_code": "A1",
        "crime_group": "all",
        "item_code": "all",
        "dimension": "completeness",
        "n_expected": 40,
        "n_met": 30,
        "share": 0.75,
        "is_suppressed": False,
    },
    "mo_standards": {"standard_version": "1.0", "standard_fingerprint": "abc", "document": "{}"},
    "mo_score_changes": {
        "crime_group": "all",
        "area_code": "all",
        "standard_from": "1.0@abc",
        "standard_to": "1.0@abc",
        "n_crimes_before": 40,
        "n_crimes": 41,
        "mean_score_before": 50.0,
        "mean_score_under_previous": 51.0,
        "mean_score_under_current": 51.0,
        "change_by_recording": 1.0,
        "change_by_standard": 0.0,
    },
    "mo_recorded_values": {"crime_id": "c1", "item_code": "approach", "value_code": "other"},
    "mo_group_priorities": {
        "crime_group": "g",
        "item_code": "keyless",
        "tier": 1,
        "n_linked": 99,
        "evidence_weight": 0.4,
        "coverage": 0.5,
        "evidence_lost": 0.2,
        **WORTH,
        "rank": 1,
        "reason": None,
    },
    "mo_improvements": {
        "scope": "area",
        "area_code": "A1",
        "crime_group": "g",
        "item_code": "keyless",
        "n_expected": 40,
        "n_gap": 30,
        "n_lost": 20,
        "share_gap": 0.75,
        "force_share": 0.2,
        "excess": 20.0,
        "excess_lower": 15.0,
        "excess_upper": 24.0,
        "is_above": True,
        "cause": "not_asked",
        "cause_share": 0.9,
        "cause_confidence": 0.99,
        "action": "training",
        "n_mended": 15.0,
        "links_gained": 0.1,
        "officer_hours": 3.0,
        "analyst_hours": 2.0,
        "hours": 5.0,
        "links_per_hour": 0.02,
        "rank": 1,
        "reason": "30 of 40 crimes",
    },
    "mo_fix_list": {
        "place": 1,
        "crime_id": "c1",
        "area_code": "A1",
        "crime_group": "g",
        "item_code": "keyless",
        "rule": "in_text_only",
        "cause": "in_text_only",
        "what_to_do": "Confirm the value that the text states",
        "expected_links": 0.01,
        "seconds": 20.0,
        "seconds_per_link": 2000.0,
        "n_total": 1,
    },
    "mo_change_effects": {
        "measure": "completeness",
        "months_since": 1.0,
        **dict.fromkeys(("effect", "lower", "upper", "before", "p_value", "trend_p_value"), 0.2),
        **dict.fromkeys(("n_changed", "n_compared", "n_crimes"), 12),
    },
    "mo_text_values": {
        **dict.fromkeys(("crime_id", "item_code", "value_code", "text_kind", "rule"), "a"),
        "written_at": AT,
        "span_start": 0,
        "span_end": 4,
        "is_hedged": False,
    },
    "mo_text_precision": {
        "item_code": "keyless",
        "value_code": "relay",
        "n_both": 40,
        "n_agree": 38,
        "agreement": 0.95,
        "agreement_lower": 0.83,
        "is_evidence": False,
    },
    "expectation_results": {
        "expectation": "g.keyless.validity",
        "crime_group": "g",
        "item_code": "keyless",
        "dimension": "validity",
        "expected": 0.9,
        "observed": 1.0,
        "success": True,
        "severity": "warn",
    },
}


@pytest.fixture(scope="session")
def kept(crimes_of: Frames, features_of: Frames, properties_of: Frames) -> Callable[[str], pd.DataFrame]:
    """Three rows that keep the contract of a table."""
    staged = {
        "stg_crimes": crimes_of({}, {}, {}),
        "stg_mo_features": features_of(*[("c1", "entry_point", "garage")] * 3),
        "stg_properties": properties_of(*[("c1", "stolen")] * 3),
    }
    return lambda table: staged[table].copy() if table in staged else pd.DataFrame([ROWS[table]] * 3)


@pytest.mark.parametrize("table", CONTRACTS)
def test_rows_as_promised_keep_the_contract_with_or_without_the_schema(
    kept: Callable[[str], pd.DataFrame], table: str
) -> None:
    assert check_contract(table, kept(table)) == ContractResult(True, 0, ())
    assert check_contract(f"staging.{table}", kept(table).assign(refresh_id="r1")).passed


@pytest.mark.parametrize("table", CONTRACTS)
def test_an_empty_table_keeps_its_contract(kept: Callable[[str], pd.DataFrame], table: str) -> None:
    assert check_contract(table, kept(table).iloc[:0]).passed
    assert check_contract(table, pd.DataFrame(columns=kept(table).columns)).passed


@pytest.mark.parametrize("table", CONTRACTS)
def test_each_required_column_is_missed_by_name(kept: Callable[[str], pd.DataFrame], table: str) -> None:
    columns = getattr(CONTRACTS[table], table)()
    for name, column in columns.items():
        result = check_contract(table, kept(table).drop(columns=name))
        assert result.passed is not column.required
        if column.required:
            assert f"{table}.{name}: column is missing; add it to the table" in result.findings


BAD: list[tuple[str, str, Any, str]] = [
    ("stg_crimes", "crime_id", None, "is present"),
    ("stg_crimes", "crime_id", "", "is not empty"),
    ("stg_crimes", "crime_group", None, "is present"),
    ("stg_crimes", "time_precision", "roughly", "is one of exact, window"),
    ("stg_crimes", "easting_m", np.inf, "is finite"),
    ("stg_mo_features", "value_source", "rumour", "is one of structured"),
    ("stg_mo_features", "captured_by", "neighbour", "is one of victim_online"),
    ("stg_offender_crimes", "label_strength", "E", "is one of A, B, C, D"),
    ("stg_offender_crimes", "person_id", None, "is present"),
    ("stg_properties", "quantity", -1, "is at least 0"),
    ("stg_properties", "quantity", 1.5, "is whole"),
    ("stg_properties", "status", "lost", "is one of stolen"),
    ("stg_scene_links", "basis", "hunch", "is one of dna"),
    ("stg_link_decisions", "decision", "maybe", "is one of accept, reject, unsure"),
    ("stg_accounts", "rows_loaded", -1, "is at least 0"),
    ("crime_pairs_evaluated", "weight", 1.01, "is from 0 to 1"),
    ("crime_pairs_evaluated", "tod_gap_hours", 12.1, "is from 0 to 12"),
    ("crime_pairs_evaluated", "is_linked", None, "is present"),
    ("links", "log_bf", np.nan, "is present"),
    ("links", "log_bf", -np.inf, "is finite"),
    ("links", "posterior_probability", 1.2, "is from 0 to 1"),
    ("links", "distance_km", -0.1, "is from 0 to 20040"),
    ("links", "dow_gap_days", 3.6, "is from 0 to 3.5"),
    ("links", "gap_days", -1.0, "is at least 0"),
    ("series", "n_crimes", 1, "is at least 2"),
    ("crime_rankings", "rank", 0, "is at least 1"),
    ("crime_rankings", "candidate_kind", "person", "is one of crime, series, offender"),
    ("series_candidates", "complete", -np.inf, "is finite"),
    ("series_candidates", "n_crimes", 0, "is at least 1"),
    ("co_linkage", "probability", -0.1, "is from 0 to 1"),
    ("mo_scores", "score", 100.5, "is from 0 to 100"),
    ("mo_scorecard", "dimension", "beauty", "is one of applicability"),
    ("mo_scorecard", "n_expected", 0, "is at least 1"),
    ("mo_trends", "signal", "up", "is one of none, above, below, run"),
    ("mo_scorecard_shared", "dimension", "beauty", "is one of applicability"),
    ("mo_score_changes", "change_by_standard", -101.0, "is from -100 to 100"),
    ("mo_priorities", "coverage", 1.5, "is from 0 to 1"),
    ("expectation_results", "severity", "fatal", "is one of error, warn"),
]


@pytest.mark.parametrize(("table", "column", "value", "rule"), BAD)
def test_one_value_out_of_range_is_found_in_its_row(
    kept: Callable[[str], pd.DataFrame], table: str, column: str, value: Any, rule: str
) -> None:
    frame = kept(table)
    frame[column] = [frame[column].iloc[0], value, frame[column].iloc[2]]
    result = check_contract(table, frame)
    lines = [line for line in result.findings if line.startswith(f"{table}.{column}: ")]
    assert not result.passed
    assert len(lines) == 1
    assert f"1 of 3 values break the rule that it {rule}" in lines[0]
    assert "row 1" in lines[0]


@pytest.mark.parametrize(
    ("table", "column", "value", "kind"),
    [
        ("stg_crimes", "committed_from_at", "2025-03-10", "a date-time"),
        ("stg_crimes", "easting_m", "450000", "a number"),
        ("stg_crimes", "is_attempt", "yes", "true or false"),
        ("stg_crimes", "crime_id", 7, "text"),
        ("stg_properties", "quantity", "3", "a number"),
        ("links", "log_bf", True, "a number"),
        ("links", "crime_id_1", 1.0, "text"),
    ],
)
def test_a_column_of_the_wrong_kind_is_named_once_with_its_dtype(
    kept: Callable[[str], pd.DataFrame], table: str, column: str, value: Any, kind: str
) -> None:
    frame = kept(table).assign(**{column: value})
    lines = [line for line in check_contract(table, frame).findings if line.startswith(f"{table}.{column}: ")]
    assert lines == [f"{table}.{column}: expected a column that is {kind}, got dtype {frame[column].dtype}"]


RULES: list[tuple[str, dict[str, Any], str]] = [
    ("stg_crimes", {"committed_to_at": pd.Timestamp("2025-03-10 19:59")}, "committed_from_at is not after"),
    ("stg_crimes", {"northing_m": np.nan}, "both coordinates or none"),
    ("stg_mo_features", {"is_valid_code": False}, "value_code stands where is_valid_code is true"),
    ("stg_mo_features", {"value_code": None}, "value_code stands where is_valid_code is true"),
    ("links", {"crime_id_1": "c3"}, "crime_id_1 is before crime_id_2"),
    ("links", {"crime_id_1": "c2"}, "crime_id_1 is before crime_id_2"),
    ("co_linkage", {"crime_id_1": "c3"}, "crime_id_1 is before crime_id_2"),
    ("crime_pairs_evaluated", {"crime_id_1": "c3"}, "crime_id_1 is before crime_id_2"),
    ("series", {"last_at": pd.Timestamp("2025-01-01")}, "first_at is at most last_at"),
    ("mo_scores", {"n_recorded": 9}, "n_recorded is at most n_expected"),
    ("mo_scorecard", {"n_met": 5}, "n_met is at most n_expected"),
    ("mo_trends", {"lower": 0.96}, "lower is at most upper"),
    ("mo_scorecard_shared", {"is_suppressed": True}, "no count or share where is_suppressed"),
]


@pytest.mark.parametrize(("table", "values", "rule"), RULES)
def test_a_rule_between_columns_is_broken_by_one_row(
    kept: Callable[[str], pd.DataFrame], table: str, values: dict[str, Any], rule: str
) -> None:
    frame = kept(table)
    for column, value in values.items():
        frame[column] = [frame[column].iloc[0], value, frame[column].iloc[2]]
    result = check_contract(table, frame)
    assert result.n_failures == 1
    assert len(result.findings) == 1
    assert result.findings[0].startswith(f"{table}: 1 of 3 rows break the rule that {rule}")
    assert result.findings[0].endswith("first is row 1")


def test_gaps_are_allowed_where_the_contract_allows_them(kept: Callable[[str], pd.DataFrame]) -> None:
    frame = kept("stg_crimes")
    for column in ("is_attempt", "committed_to_at", "time_precision", "area_code", "offence_code"):
        frame[column] = [frame[column].iloc[0], None, frame[column].iloc[2]]
    frame[["easting_m", "northing_m"]] = np.nan
    assert check_contract("stg_crimes", frame) == ContractResult(True, 0, ())


def test_findings_are_one_line_and_show_nothing_that_identifies(kept: Callable[[str], pd.DataFrame]) -> None:
    crimes = kept("stg_crimes").assign(
        easting_m=np.inf, time_precision="Smith of 4 High Street\nYork", crime_id="", northing_m="250123"
    )
    offenders = kept("stg_offender_crimes").assign(person_id="", label_strength="Jones")
    findings = check_contract("stg_crimes", crimes).findings + check_contract("stg_offender_crimes", offenders).findings
    text = "".join(findings)
    assert not any("\n" in line for line in findings)
    for secret in ("Smith", "Jones", "inf", "250123", "High"):
        assert secret not in text
    assert "value not shown" in text
    assert "text not shown" in text


def test_codes_and_plain_numbers_are_shown(kept: Callable[[str], pd.DataFrame]) -> None:
    links = kept("links").assign(posterior_probability=[0.1, 1.25, 0.1])
    assert check_contract("links", links).findings[0].endswith("first in row 1: 1.25")
    features = kept("stg_mo_features").assign(value_source=["csi", "csi", "witness"])
    assert check_contract("stg_mo_features", features).findings[0].endswith("first in row 2: witness")


def test_rows_are_counted_from_zero_whatever_the_index(kept: Callable[[str], pd.DataFrame]) -> None:
    links = kept("links").assign(log_bf=[1.0, 1.0, np.inf]).set_index(pd.Index([40, 40, 7]))
    assert "row 2" in check_contract("links", links).findings[0]


def test_failures_are_counted_in_values_over_all_rules(kept: Callable[[str], pd.DataFrame]) -> None:
    links = kept("links").assign(posterior_probability=2.0, log_bf=np.nan, crime_id_1="c9").drop(columns="gap_days")
    result = check_contract("links", links)
    assert len(result.findings) == 4
    assert result.n_failures == 3 + 3 + 3 + 1


def test_a_table_without_a_contract_is_answered_with_the_nearest(kept: Callable[[str], pd.DataFrame]) -> None:
    with pytest.raises(FrameError, match=r"no contract for table 'staging.stg_crime'; nearest is 'stg_crimes'"):
        check_contract("staging.stg_crime", kept("stg_crimes"))


def test_scores_and_scorecards_keep_their_contracts(
    standard: MinimumStandard, crimes_of: Frames, features_of: Frames, properties_of: Frames
) -> None:
    crimes = crimes_of({}, {"crime_id": "c2", "area_code": None, "crime_group": "theft_of_vehicle"})
    features = features_of(("c1", "entry_point", "garage"), ("c2", "keyless", "yes"))
    no_texts = pd.DataFrame(columns=["crime_id", "item_code", "value_code"])
    found = assess(crimes, features, properties_of(), no_texts, standard)
    assert check_contract("mo_scores", found.scores) == ContractResult(True, 0, ())
    assert check_contract("mo_scorecard", found.scorecard) == ContractResult(True, 0, ())
    assert check_contract("mo_findings", found.findings) == ContractResult(True, 0, ())
    assert check_contract("mo_item_profile", found.item_profile) == ContractResult(True, 0, ())


def test_four_hundred_and_forty_thousand_rows_are_checked_within_seconds(
    kept: Callable[[str], pd.DataFrame],
) -> None:
    n = 440_000
    crimes = kept("stg_crimes").loc[np.zeros(n, dtype=int)]
    crimes["easting_m"] = np.where(np.arange(n) % 4 == 0, np.inf, 1.0)
    check_contract("stg_crimes", crimes.iloc[:1])
    started = time.process_time()
    result = check_contract("stg_crimes", crimes)
    assert time.process_time() - started < 5
    assert result.n_failures == n // 4


def test_dtypes_that_hold_gaps_keep_the_contract(kept: Callable[[str], pd.DataFrame]) -> None:
    crimes = kept("stg_crimes").astype({"is_attempt": "boolean", "easting_m": "Float64"})
    crimes.loc[1, "is_attempt"] = pd.NA
    assert check_contract("stg_crimes", crimes).passed
    accounts = kept("stg_accounts").astype({"rows_in": "Int32", "rows_loaded": "Int64"})
    assert check_contract("stg_accounts", accounts).passed
    accounts.loc[1, "rows_in"] = pd.NA
    assert "1 of 3 values break the rule that it is present" in check_contract("stg_accounts", accounts).findings[0]
    features = kept("stg_mo_features").astype({"is_valid_code": "boolean"})
    assert check_contract("stg_mo_features", features).passed
