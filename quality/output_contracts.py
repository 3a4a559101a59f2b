"""Contracts of what linkage makes: shape and range. Keys and relations are dbt's to test."""

from quality.contract_columns import Columns, Rules, at_most, count, flag, moment, number, one_of, rule, text
from quality.staging_contracts import VALUE_SOURCES

# Half a day and half a week, with room for the last digit of a sum of squares.
MOST_TOD_HOURS = 12 + 1e-9
MOST_DOW_DAYS = 3.5 + 1e-9
# No two places on Earth are further apart along its surface.
MOST_KM = 20_040.0


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
    source = one_of(VALUE_SOURCES, nullable=True)
    return {"crime_id": text(), "item_code": text(), "value_code": text(), "value_source": source}


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
    return at_most("first_at", "last_at")


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
