"""Contracts of what quality makes of recording: shape and range. Keys and relations are dbt's to test."""

from quality.contract_columns import Columns, Rules, at_most, count, flag, moment, number, one_of, rule, text
from quality.mo_rules import DIMENSIONS as MEASURED_DIMENSIONS

WITH_INTERVALS = (
    *("evidence_weight", "evidence_lost", "incremental_gain"),
    *("links_per_1000_recorded", "links_per_hour"),
)
"""Measures of an item that carry bounds `_lower` and `_upper` in the tables of priorities."""


def mo_scores() -> Columns:
    """One row per crime."""
    return {
        "crime_id": text(),
        "crime_group": text(nullable=True),
        "area_code": text(nullable=True),
        "n_expected": count(),
        "n_recorded": count(),
        "score": number(0, 100, nullable=True),
        "standard_version": text(),
        "capture_role": text(),
        "n_recoverable": count(),
        "score_recoverable": number(0, 100, nullable=True),
    }


def mo_scores_rules() -> Rules:
    """Rules between the columns of one score."""
    return [
        *at_most("n_recorded", "n_expected"),
        *at_most("n_recoverable", "n_expected"),
        *at_most("score", "score_recoverable"),
    ]


def mo_findings() -> Columns:
    """One row per crime, item and broken rule."""
    return {
        "crime_id": text(),
        "area_code": text(nullable=True),
        "crime_group": text(nullable=True),
        "capture_role": text(),
        "month": moment(nullable=True),
        "item_code": text(),
        "dimension": one_of(MEASURED_DIMENSIONS),
        "rule": text(),
    }


def mo_text_values() -> Columns:
    """One row per text, item and value."""
    return {
        "crime_id": text(),
        "item_code": text(),
        "value_code": text(),
        "text_kind": text(nullable=True),
        "written_at": moment(nullable=True),
        "span_start": count(),
        "span_end": count(1),
        "rule": text(),
        "is_hedged": flag(),
    }


def mo_text_values_rules() -> Rules:
    """Rules between the columns of one value."""
    return at_most("span_start", "span_end")


def mo_text_precision() -> Columns:
    """One row per item, without a value, and one per value that text says."""
    return {
        "item_code": text(),
        "value_code": text(nullable=True),
        "n_both": count(),
        "n_agree": count(),
        "agreement": number(0, 1, nullable=True),
        "agreement_lower": number(0, 1),
        "is_evidence": flag(),
    }


def mo_text_precision_rules() -> Rules:
    """Rules between the columns of one item or value."""
    return [*at_most("n_agree", "n_both"), *at_most("agreement_lower", "agreement")]


def mo_item_profile() -> Columns:
    """One row per crime group, item and capture role."""
    gaps = ("n_not_recorded", "n_unknown", "n_not_applicable", "n_refused", "n_absent", "n_text_only")
    return {
        "crime_group": text(),
        "item_code": text(),
        "capture_role": text(),
        **{name: count() for name in ("n_asked", "n_value", "n_unspecific", "n_invalid", *gaps, "n_values")},
        "entropy_bits": number(0, nullable=True),
        "top_value_code": text(nullable=True),
        "top_value_share": number(0, 1, nullable=True),
    }


def mo_item_profile_rules() -> Rules:
    """Rules between the columns of one profile."""
    return [
        *at_most("n_value", "n_asked"),
        *at_most("n_unspecific", "n_value"),
        *at_most("n_text_only", "n_asked"),
    ]


def mo_scorecard() -> Columns:
    """One row per cell, item and dimension."""
    return {
        "area_code": text(nullable=True),
        "crime_group": text(nullable=True),
        "month": moment(nullable=True),
        "capture_role": text(),
        "item_code": text(),
        "dimension": one_of(MEASURED_DIMENSIONS),
        "n_expected": count(1),
        "n_met": count(),
        "share": number(0, 1),
    }


def mo_scorecard_rules() -> Rules:
    """Rules between the columns of one count."""
    return at_most("n_met", "n_expected")


def mo_priorities() -> Columns:
    """One row per item."""
    return {
        "item_code": text(),
        "evidence_weight": number(nullable=True),
        "coverage": number(0, 1, nullable=True),
        "evidence_lost": number(nullable=True),
        "cost_seconds": number(0),
        "tier": count(1),
        "n_linked": count(),
        "rank": count(1, nullable=True),
        **_item_worth(),
    }


def mo_group_priorities() -> Columns:
    """One row per crime group and item."""
    return {
        "crime_group": text(),
        "item_code": text(),
        "tier": count(1),
        "n_linked": count(),
        "evidence_weight": number(nullable=True),
        "coverage": number(0, 1, nullable=True),
        "evidence_lost": number(nullable=True),
        **_item_worth(),
        "rank": count(1, nullable=True),
        "reason": text(nullable=True),
    }


def mo_improvements() -> Columns:
    """One row per scope, area, crime group and item with a gap."""
    hours = ("n_mended", "officer_hours", "analyst_hours", "hours")
    return {
        "scope": one_of(("area", "force")),
        **{name: text() for name in ("area_code", "crime_group", "item_code", "cause", "action", "reason")},
        "n_expected": count(1),
        "n_gap": count(1),
        "n_lost": count(),
        "share_gap": number(0, 1),
        "force_share": number(0, 1),
        **{name: number() for name in ("excess", "excess_lower", "excess_upper")},
        "is_above": flag(),
        "cause_share": number(0, 1, nullable=True),
        "cause_confidence": number(0, 1, nullable=True),
        **{name: number(0) for name in hours},
        "links_gained": number(0, nullable=True),
        "links_per_hour": number(0, nullable=True),
        "rank": count(1, nullable=True),
    }


def mo_improvements_rules() -> Rules:
    """Rules between the columns of one gap."""
    return [
        *at_most("n_gap", "n_expected"),
        *at_most("n_lost", "n_gap"),
        *at_most("excess_lower", "excess_upper"),
    ]


def mo_fix_list() -> Columns:
    """One row per record to mend."""
    return {
        "place": count(1),
        **{name: text() for name in ("crime_id", "crime_group", "item_code", "rule", "cause", "what_to_do")},
        "area_code": text(nullable=True),
        "expected_links": number(0, nullable=True),
        "seconds": number(0),
        "seconds_per_link": number(0, nullable=True),
        "n_total": count(1),
    }


def mo_change_effects() -> Columns:
    """One row per measure and month since the change, and one for all months together."""
    bounds = ("effect", "lower", "upper", "before")
    return {
        "measure": one_of(("completeness", "links")),
        "months_since": number(nullable=True),
        **{name: number(nullable=True) for name in bounds},
        **{name: number(0, 1, nullable=True) for name in ("p_value", "trend_p_value")},
        **{name: count(nullable=True) for name in ("n_changed", "n_compared", "n_crimes")},
    }


def mo_change_effects_rules() -> Rules:
    """Rules between the columns of one effect."""
    return at_most("lower", "upper")


def mo_group_priorities_rules() -> Rules:
    """Rules between the columns of one item of a crime group."""
    return [*at_most("n_recorded", "n_crimes"), *_intervals_in_order()]


def mo_priorities_rules() -> Rules:
    """Rules between the columns of one item."""
    return [*at_most("n_recorded", "n_crimes"), *_intervals_in_order()]


def _item_worth() -> Columns:
    """Give what the two tables of priorities share: measures with their 95% intervals, cost, and what is proposed."""
    bounds = [f"{name}_{side}" for name in WITH_INTERVALS for side in ("lower", "upper")]
    measures = ("exoneration", "information_value", "reliable_weight", "incremental_gain", "links_per_1000_lost")
    free = (*bounds, *measures, "links_per_1000_recorded", "links_per_hour")
    return {
        **{name: count() for name in ("n_groups", "n_crimes", "n_recorded")},
        "coverage_linked": number(0, 1, nullable=True),
        "place_share": number(0, nullable=True),
        **{name: number(nullable=True) for name in free},
        "seconds": number(0),
        "share_in_top": number(0, 1, nullable=True),
        "suggested_tier": count(1),
    }


def _intervals_in_order() -> Rules:
    return [part for name in WITH_INTERVALS for part in at_most(f"{name}_lower", f"{name}_upper")]


def expectation_results() -> Columns:
    """One row per expectation."""
    return {
        "expectation": text(),
        "crime_group": text(),
        "item_code": text(),
        "dimension": one_of((*MEASURED_DIMENSIONS, "table")),
        "expected": number(0, 1),
        "observed": number(0, 1),
        "success": flag(),
        "severity": one_of(("error", "warn")),
    }


def mo_trends() -> Columns:
    """One row per cell and month."""
    return {
        **{name: text() for name in ("area_code", "crime_group", "item_code")},
        "dimension": one_of(MEASURED_DIMENSIONS),
        "month": moment(),
        "n_expected": count(1),
        "n_met": count(),
        "share": number(0, 1),
        **{name: number(0, 1, nullable=True) for name in ("centre", "lower", "upper")},
        "signal": one_of(("none", "above", "below", "run")),
    }


def mo_trends_rules() -> Rules:
    """Rules between the columns of one month."""
    return at_most("n_met", "n_expected") + at_most("lower", "upper")


def mo_scorecard_shared() -> Columns:
    """One row per area, crime group, item and dimension."""
    return {
        **{name: text() for name in ("area_code", "crime_group", "item_code")},
        "dimension": one_of(MEASURED_DIMENSIONS),
        "n_expected": count(1, nullable=True),
        "n_met": count(nullable=True),
        "share": number(0, 1, nullable=True),
        "is_suppressed": flag(),
    }


def mo_scorecard_shared_rules() -> Rules:
    """Rules of the columns of one cell: nothing is told of one that is left out."""
    names = ["n_expected", "n_met", "share"]
    silent = rule(
        "no count or share where is_suppressed, and all elsewhere",
        lambda t: t[names].isna().all(axis=1).where(t["is_suppressed"].astype(bool), t[names].notna().all(axis=1)),
    )
    return [([*names, "is_suppressed"], silent)]


def mo_standards() -> Columns:
    """One row: the standard in force."""
    return {name: text() for name in ("standard_version", "standard_fingerprint", "document")}


def mo_score_changes() -> Columns:
    """One row per crime group and area."""
    means = ("mean_score_before", "mean_score_under_previous", "mean_score_under_current")
    return {
        **{name: text() for name in ("crime_group", "area_code", "standard_from", "standard_to")},
        "n_crimes_before": count(),
        "n_crimes": count(),
        **{name: number(0, 100, nullable=True) for name in means},
        **{name: number(-100, 100, nullable=True) for name in ("change_by_recording", "change_by_standard")},
    }


def mo_recorded_values() -> Columns:
    """One row per crime, item and value."""
    return {"crime_id": text(), "item_code": text(), "value_code": text()}
