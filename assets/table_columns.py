"""Columns of the versioned tables that Python assets write; every row also carries `refresh_id` first.

One place says names, order and types: it makes the tables (also when a refresh has nothing to put in them), the
column schema that the Dagster page shows, and the check that a library returned what its table promises.
"""

import dagster as dg
import pandas as pd

_PAIR = {"crime_id_1": "VARCHAR", "crime_id_2": "VARCHAR"}
_SPACE_AND_TIME = {
    "distance_km": "DOUBLE",
    "gap_days": "DOUBLE",
    "tod_gap_hours": "DOUBLE",
    "dow_gap_days": "DOUBLE",
}

_ITEM_WORTH = {
    "n_groups": "BIGINT",
    "n_crimes": "BIGINT",
    "n_recorded": "BIGINT",
    "coverage_linked": "DOUBLE",
    "evidence_weight_lower": "DOUBLE",
    "evidence_weight_upper": "DOUBLE",
    "exoneration": "DOUBLE",
    "information_value": "DOUBLE",
    "reliable_weight": "DOUBLE",
    "place_share": "DOUBLE",
    "evidence_lost_lower": "DOUBLE",
    "evidence_lost_upper": "DOUBLE",
    "incremental_gain": "DOUBLE",
    "incremental_gain_lower": "DOUBLE",
    "incremental_gain_upper": "DOUBLE",
    "links_per_1000_recorded": "DOUBLE",
    "links_per_1000_recorded_lower": "DOUBLE",
    "links_per_1000_recorded_upper": "DOUBLE",
    "links_per_1000_lost": "DOUBLE",
    "seconds": "DOUBLE",
    "links_per_hour": "DOUBLE",
    "links_per_hour_lower": "DOUBLE",
    "links_per_hour_upper": "DOUBLE",
    "share_in_top": "DOUBLE",
    "suggested_tier": "INTEGER",
}

TABLE_COLUMNS: dict[str, dict[str, str]] = {
    "quality.mo_scores": {
        "crime_id": "VARCHAR",
        "crime_group": "VARCHAR",
        "area_code": "VARCHAR",
        "n_expected": "INTEGER",
        "n_recorded": "INTEGER",
        "score": "DOUBLE",
        "missing_items": "VARCHAR",
        "standard_version": "VARCHAR",
        "capture_role": "VARCHAR",
        "n_recoverable": "INTEGER",
        "score_recoverable": "DOUBLE",
    },
    "quality.mo_text_values": {
        "crime_id": "VARCHAR",
        "item_code": "VARCHAR",
        "value_code": "VARCHAR",
        "text_kind": "VARCHAR",
        "written_at": "TIMESTAMP",
        "span_start": "BIGINT",
        "span_end": "BIGINT",
        "rule": "VARCHAR",
        "is_hedged": "BOOLEAN",
    },
    "quality.mo_text_precision": {
        "item_code": "VARCHAR",
        "value_code": "VARCHAR",
        "n_both": "BIGINT",
        "n_agree": "BIGINT",
        "agreement": "DOUBLE",
        "agreement_lower": "DOUBLE",
        "is_evidence": "BOOLEAN",
    },
    "quality.mo_findings": {
        "crime_id": "VARCHAR",
        "area_code": "VARCHAR",
        "crime_group": "VARCHAR",
        "capture_role": "VARCHAR",
        "month": "DATE",
        "item_code": "VARCHAR",
        "dimension": "VARCHAR",
        "rule": "VARCHAR",
    },
    "quality.mo_item_profile": {
        "crime_group": "VARCHAR",
        "item_code": "VARCHAR",
        "capture_role": "VARCHAR",
        **dict.fromkeys(("n_asked", "n_value", "n_unspecific", "n_invalid", "n_not_recorded"), "BIGINT"),
        **dict.fromkeys(("n_unknown", "n_not_applicable", "n_refused", "n_absent", "n_text_only"), "BIGINT"),
        "entropy_bits": "DOUBLE",
        "n_values": "BIGINT",
        "top_value_code": "VARCHAR",
        "top_value_share": "DOUBLE",
    },
    "quality.mo_scorecard": {
        "area_code": "VARCHAR",
        "crime_group": "VARCHAR",
        "month": "DATE",
        "capture_role": "VARCHAR",
        "item_code": "VARCHAR",
        "dimension": "VARCHAR",
        "n_expected": "BIGINT",
        "n_met": "BIGINT",
        "share": "DOUBLE",
    },
    "quality.expectation_results": {
        "expectation": "VARCHAR",
        "crime_group": "VARCHAR",
        "item_code": "VARCHAR",
        "dimension": "VARCHAR",
        "expected": "DOUBLE",
        "observed": "DOUBLE",
        "success": "BOOLEAN",
        "severity": "VARCHAR",
    },
    "quality.expectation_pages": {"page": "VARCHAR", "html": "VARCHAR"},
    "quality.mo_trends": {
        **dict.fromkeys(("area_code", "crime_group", "dimension", "item_code"), "VARCHAR"),
        "month": "DATE",
        "n_expected": "BIGINT",
        "n_met": "BIGINT",
        **dict.fromkeys(("share", "centre", "lower", "upper"), "DOUBLE"),
        "signal": "VARCHAR",
    },
    "quality.mo_scorecard_shared": {
        **dict.fromkeys(("area_code", "crime_group", "item_code", "dimension"), "VARCHAR"),
        "n_expected": "BIGINT",
        "n_met": "BIGINT",
        "share": "DOUBLE",
        "is_suppressed": "BOOLEAN",
    },
    "quality.mo_standards": dict.fromkeys(("standard_version", "standard_fingerprint", "document"), "VARCHAR"),
    "quality.mo_score_changes": {
        **dict.fromkeys(("crime_group", "area_code", "standard_from", "standard_to"), "VARCHAR"),
        **dict.fromkeys(("n_crimes_before", "n_crimes"), "BIGINT"),
        **dict.fromkeys(("mean_score_before", "mean_score_under_previous", "mean_score_under_current"), "DOUBLE"),
        **dict.fromkeys(("change_by_recording", "change_by_standard"), "DOUBLE"),
    },
    "quality.mo_recorded_values": dict.fromkeys(("crime_id", "item_code", "value_code"), "VARCHAR"),
    "quality.mo_priorities": {
        "item_code": "VARCHAR",
        "evidence_weight": "DOUBLE",
        "coverage": "DOUBLE",
        "evidence_lost": "DOUBLE",
        "cost_seconds": "DOUBLE",
        "tier": "INTEGER",
        "n_linked": "BIGINT",
        "rank": "INTEGER",
        "reason": "VARCHAR",
        **_ITEM_WORTH,
    },
    "quality.mo_group_priorities": {
        "crime_group": "VARCHAR",
        "item_code": "VARCHAR",
        "tier": "INTEGER",
        "n_linked": "BIGINT",
        "evidence_weight": "DOUBLE",
        "coverage": "DOUBLE",
        "evidence_lost": "DOUBLE",
        **_ITEM_WORTH,
        "rank": "INTEGER",
        "reason": "VARCHAR",
    },
    "quality.mo_improvements": {
        **dict.fromkeys(("scope", "area_code", "crime_group", "item_code"), "VARCHAR"),
        **dict.fromkeys(("n_expected", "n_gap", "n_lost"), "BIGINT"),
        **dict.fromkeys(("share_gap", "force_share", "excess", "excess_lower", "excess_upper"), "DOUBLE"),
        "is_above": "BOOLEAN",
        "cause": "VARCHAR",
        "cause_share": "DOUBLE",
        "cause_confidence": "DOUBLE",
        "action": "VARCHAR",
        **dict.fromkeys(("n_mended", "links_gained", "officer_hours", "analyst_hours", "hours"), "DOUBLE"),
        "links_per_hour": "DOUBLE",
        "rank": "INTEGER",
        "reason": "VARCHAR",
    },
    "quality.mo_fix_list": {
        "place": "INTEGER",
        **dict.fromkeys(("crime_id", "area_code", "crime_group", "item_code", "rule", "cause"), "VARCHAR"),
        "what_to_do": "VARCHAR",
        **dict.fromkeys(("expected_links", "seconds", "seconds_per_link"), "DOUBLE"),
        "n_total": "BIGINT",
    },
    "quality.mo_change_effects": {
        "measure": "VARCHAR",
        "months_since": "INTEGER",
        **dict.fromkeys(("effect", "lower", "upper", "before", "p_value", "trend_p_value"), "DOUBLE"),
        **dict.fromkeys(("n_changed", "n_compared", "n_crimes"), "BIGINT"),
        **dict.fromkeys(("warning", "reason"), "VARCHAR"),
    },
    "linkage.series_data": {"crime_id": "VARCHAR", "person_id": "VARCHAR", "event_at": "TIMESTAMP"},
    "linkage.mo_values": dict.fromkeys(("crime_id", "item_code", "value_code", "value_source"), "VARCHAR"),
    "linkage.crime_pairs_evaluated": {
        **_PAIR,
        "weight": "DOUBLE",
        "is_linked": "BOOLEAN",
        **_SPACE_AND_TIME,
    },
    "linkage.model_versions": {
        "model_version": "VARCHAR",
        "status": "VARCHAR",
        "reason": "VARCHAR",
        "kind": "VARCHAR",
        "prior_log_odds": "DOUBLE",
        "n_pairs": "BIGINT",
        "n_linked": "BIGINT",
        "training_fingerprint": "VARCHAR",
        "document": "VARCHAR",
    },
    "linkage.item_weights": {"item_code": "VARCHAR", "kl_linked": "DOUBLE", "n_linked": "BIGINT"},
    "linkage.model_evaluation": {
        "model": "VARCHAR",
        "split": "VARCHAR",
        "metric": "VARCHAR",
        "value": "DOUBLE",
        "n_pairs": "BIGINT",
        "n_linked": "BIGINT",
        "prevalence": "DOUBLE",
        "value_low": "DOUBLE",
        "value_high": "DOUBLE",
        "difference": "DOUBLE",
        "difference_low": "DOUBLE",
        "difference_high": "DOUBLE",
    },
    "linkage.links": {
        **_PAIR,
        "log_bf": "DOUBLE",
        "posterior_probability": "DOUBLE",
        **_SPACE_AND_TIME,
        "is_same_incident": "BOOLEAN",
    },
    "linkage.link_terms": {**_PAIR, "item": "VARCHAR", "log_bf": "DOUBLE"},
    "linkage.link_edges": {**_PAIR, "log_bf": "DOUBLE"},
    "linkage.solved_partners": {**_PAIR, "log_bf": "DOUBLE"},
    "linkage.crime_rankings": {
        "crime_id": "VARCHAR",
        "rank": "INTEGER",
        "candidate_kind": "VARCHAR",
        "candidate_id": "VARCHAR",
        "log_bf": "DOUBLE",
        "posterior_probability": "DOUBLE",
        "is_strong": "BOOLEAN",
        "average": "DOUBLE",
        "single": "DOUBLE",
        "complete": "DOUBLE",
        "n_crimes": "BIGINT",
        "nearest_crime_id": "VARCHAR",
        "is_same_incident": "BOOLEAN",
    },
    "linkage.series_candidates": {
        "series_id": "VARCHAR",
        "rank": "INTEGER",
        "crime_id": "VARCHAR",
        "average": "DOUBLE",
        "single": "DOUBLE",
        "complete": "DOUBLE",
        "log_bf": "DOUBLE",
        "posterior_probability": "DOUBLE",
        "is_strong": "BOOLEAN",
        "is_solved": "BOOLEAN",
        "n_crimes": "BIGINT",
        "nearest_crime_id": "VARCHAR",
        "distance_km": "DOUBLE",
        "gap_days": "DOUBLE",
    },
    "linkage.series": {
        "series_id": "VARCHAR",
        "n_crimes": "INTEGER",
        "n_solved": "INTEGER",
        "n_incidents": "INTEGER",
        "crime_groups": "VARCHAR",
        "first_at": "TIMESTAMP",
        "last_at": "TIMESTAMP",
        "centre_easting_m": "DOUBLE",
        "centre_northing_m": "DOUBLE",
        "cohesion_log_bf": "DOUBLE",
        "status": "VARCHAR",
    },
    "linkage.series_members": {"series_id": "VARCHAR", "crime_id": "VARCHAR"},
    "linkage.series_events": {
        "series_id": "VARCHAR",
        "event": "VARCHAR",
        "n_before": "INTEGER",
        "n_after": "INTEGER",
        "related_series_id": "VARCHAR",
    },
    "linkage.cluster_merges": {
        "merge_id": "VARCHAR",
        "step": "INTEGER",
        "left_id": "VARCHAR",
        "right_id": "VARCHAR",
        "log_bf": "DOUBLE",
        "n_crimes": "INTEGER",
    },
    "linkage.co_linkage": {**_PAIR, "probability": "DOUBLE"},
    "linkage.co_linkage_diagnostics": {
        "quantity": "VARCHAR",
        "mean": "DOUBLE",
        "sd": "DOUBLE",
        "q05": "DOUBLE",
        "q95": "DOUBLE",
        "rhat": "DOUBLE",
        "ess_bulk": "DOUBLE",
        "ess_tail": "DOUBLE",
    },
    "linkage.co_linkage_candidates": {
        "crime_id": "VARCHAR",
        "candidate_kind": "VARCHAR",
        "rank": "INTEGER",
        "candidate_id": "VARCHAR",
        "probability": "DOUBLE",
    },
    "linkage.co_linkage_crimes": {
        "crime_id": "VARCHAR",
        "p_known_group": "DOUBLE",
        "p_unsolved_crimes": "DOUBLE",
        "p_alone": "DOUBLE",
        "expected_n_crimes": "DOUBLE",
        "lower_n_crimes": "INTEGER",
        "upper_n_crimes": "INTEGER",
        "entropy_bits": "DOUBLE",
        "candidate_kind": "VARCHAR",
        "candidate_id": "VARCHAR",
        "probability": "DOUBLE",
    },
    "linkage.co_linkage_series": {
        "crime_id": "VARCHAR",
        "cluster_id": "VARCHAR",
        "group_id": "VARCHAR",
        "is_solved": "BOOLEAN",
        "n_crimes": "INTEGER",
        "support": "DOUBLE",
    },
    "linkage.co_linkage_sizes": {
        "kind": "VARCHAR",
        "n_crimes": "INTEGER",
        "expected_n": "DOUBLE",
        "lower_n": "INTEGER",
        "upper_n": "INTEGER",
    },
    "linkage.co_linkage_hyperparameters": {
        "quantity": "VARCHAR",
        "meaning": "VARCHAR",
        "median": "DOUBLE",
        "q05": "DOUBLE",
        "q95": "DOUBLE",
    },
    "linkage.leads": {
        "crime_id": "VARCHAR",
        "candidate_kind": "VARCHAR",
        "candidate_id": "VARCHAR",
        "probability": "DOUBLE",
    },
}


def empty_table(table: str) -> pd.DataFrame:
    """Return a table without rows."""
    return pd.DataFrame({name: pd.Series(dtype=object) for name in TABLE_COLUMNS[table]})


def table_ddl(table: str) -> str:
    """Return the statement that makes a versioned table where it is absent."""
    columns = ", ".join(f'"{name}" {kind}' for name, kind in TABLE_COLUMNS[table].items())
    return f"create table if not exists {table} (refresh_id VARCHAR, {columns})"


def conform(table: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with its table's columns in order, any further columns after them.

    Raises
    ------
    ValueError
        A column that the table promises is missing.
    """
    promised = list(TABLE_COLUMNS[table])
    missing = [name for name in promised if name not in frame.columns]
    if missing:
        raise ValueError(
            f"{table}: expected columns {', '.join(promised)}, got none named {', '.join(missing)}; "
            "mend the library function that makes this table"
        )
    further = [name for name in frame.columns if name not in promised]
    return frame[[*promised, *further]]


def column_schema(table: str) -> dg.TableSchema:
    """Return the columns as the Dagster page shows them."""
    columns = {"refresh_id": "VARCHAR", **TABLE_COLUMNS[table]}
    return dg.TableSchema(columns=[dg.TableColumn(name, kind.lower()) for name, kind in columns.items()])
