"""Contracts of what quality and linkage make: shape and range. Keys and relations are dbt's to test."""

from typing import TYPE_CHECKING

from quality.contract_columns import count, flag, moment, number, one_of, rule, text
from quality.mo_rules import DIMENSIONS as MEASURED_DIMENSIONS

if TYPE_CHECKING:
    import pandera.pandas as pa

Columns = dict[str, "pa.Column"]
Rules = list[tuple[list[str], "pa.Check"]]
# Half a day and half a week, with room for the last digit of a sum of squares.
MOST_TOD_HOURS = 12 + 1e-9
MOST_DOW_DAYS = 3.5 + 1e-9
# No two places on Earth are further apart along its surface.
MOST_KM = 20_040.0
WITH_INTERVALS = (
    *("evidence_weight", "evidence_lost", "incremental_gain"),
    *("links_per_1000_recorded", "links_per_hour"),
)
"""Measures of an item that carry bounds `_lower` and `_upper` in the tables of priorities."""


def _pair() -> Columns:
    return {"crime_id_1": text(), "crime_id_2": text()}


def _pair_rules() -> Rules:
    ordered = rule("crime_id_1 is before crime_id_2", lambda t: t["crime_id_1"] < t["crime_id_2"])
    return [(["crime_id_1", "crime_id_2"], ordered)]


def _space_and_time() -> Columns:
    return {
        "distance_km": number(0, MOST_KM, nullable=True),
        "gap_days": number(0, nullable=True),
        "tod_gap_hours": number(0, MOST_TOD_HOURS, nullable=True),
        "dow_gap_days": number(0, MOST_DOW_DAYS, nullable=True),
    }


def _at_most(smaller: str, larger: str) -> Rules:
    return [([smaller, larger], rule(f"{smaller} is at most {larger}", lambda t: ~(t[smaller] > t[larger])))]


def crime_pairs_evaluated() -> Columns:
    """One row per training pair."""
    return {**_pair(), "weight": number(0, 1), "is_linked": flag(), **_space_and_time()}


def crime_pairs_evaluated_rules() -> Rules:
    """Rules between the columns of one training pair."""
    return _pair_rules()


def links() -> Columns:
    """One row per pair of crimes that may be linked."""
    return {**_pair(), "log_bf": number(), "posterior_probability": number(0, 1), **_space_and_time()}


def links_rules() -> Rules:
    """Rules between the columns of one link."""
    return _pair_rules()


def series_data() -> Columns:
    """One row per offender and crime."""
    return {"crime_id": text(), "person_id": text(), "event_at": moment(nullable=True)}


def mo_values() -> Columns:
    """One row per crime, item and value."""
    return {"crime_id": text(), "item_code": text(), "value_code": text()}


def series() -> Columns:
    """One row per series."""
    return {
        "series_id": text(),
        "n_crimes": count(2),
        "first_at": moment(nullable=True, required=False),
        "last_at": moment(nullable=True, required=False),
        "centre_easting_m": number(nullable=True, required=False),
        "centre_northing_m": number(nullable=True, required=False),
        "cohesion_log_bf": number(nullable=True, required=False),
        "status": text(nullable=True, required=False),
    }


def series_rules() -> Rules:
    """Rules between the columns of one series."""
    return _at_most("first_at", "last_at")


def series_members() -> Columns:
    """One row per series and crime."""
    return {"series_id": text(), "crime_id": text()}


def crime_rankings() -> Columns:
    """One row per crime and candidate."""
    return {
        "crime_id": text(),
        "rank": count(1),
        "candidate_kind": one_of(("crime", "series", "offender")),
        "candidate_id": text(),
        "log_bf": number(),
        "posterior_probability": number(0, 1, nullable=True),
        "is_strong": flag(),
    }


def series_candidates() -> Columns:
    """One row per series and crime that may belong to it."""
    linkages = {name: number() for name in ("average", "single", "complete", "log_bf")}
    return {
        "series_id": text(),
        "rank": count(1),
        "crime_id": text(),
        **linkages,
        "posterior_probability": number(0, 1),
        "is_strong": flag(),
        "is_solved": flag(),
        "n_crimes": count(1),
        "nearest_crime_id": text(),
        "distance_km": number(0, MOST_KM, nullable=True),
        "gap_days": number(0, nullable=True),
    }


def co_linkage() -> Columns:
    """One row per pair of crimes, judged jointly."""
    return {**_pair(), "probability": number(0, 1)}


def co_linkage_rules() -> Rules:
    """Rules between the columns of one pair."""
    return _pair_rules()


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
        *_at_most("n_recorded", "n_expected"),
        *_at_most("n_recoverable", "n_expected"),
        *_at_most("score", "score_recoverable"),
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
    return _at_most("span_start", "span_end")


def mo_text_precision() -> Columns:
    """One row per item."""
    return {
        "item_code": text(),
        "n_both": count(),
        "n_agree": count(),
        "agreement": number(0, 1, nullable=True),
        "agreement_lower": number(0, 1),
        "is_evidence": flag(),
    }


def mo_text_precision_rules() -> Rules:
    """Rules between the columns of one item."""
    return [*_at_most("n_agree", "n_both"), *_at_most("agreement_lower", "agreement")]


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
        *_at_most("n_value", "n_asked"),
        *_at_most("n_unspecific", "n_value"),
        *_at_most("n_text_only", "n_asked"),
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
    return _at_most("n_met", "n_expected")


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
        *_at_most("n_gap", "n_expected"),
        *_at_most("n_lost", "n_gap"),
        *_at_most("excess_lower", "excess_upper"),
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
    return _at_most("lower", "upper")


def mo_group_priorities_rules() -> Rules:
    """Rules between the columns of one item of a crime group."""
    return [*_at_most("n_recorded", "n_crimes"), *_intervals_in_order()]


def mo_priorities_rules() -> Rules:
    """Rules between the columns of one item."""
    return [*_at_most("n_recorded", "n_crimes"), *_intervals_in_order()]


def _item_worth() -> Columns:
    """What the two tables of priorities share: measures with their 95% intervals, cost, and what is proposed."""
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
    return [part for name in WITH_INTERVALS for part in _at_most(f"{name}_lower", f"{name}_upper")]


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
    return _at_most("n_met", "n_expected") + _at_most("lower", "upper")


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
    """Nothing is said of a cell that is left out."""
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
