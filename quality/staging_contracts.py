"""Contracts of the staged tables: shape and range. Keys and relations between tables are dbt's to test."""

from typing import TYPE_CHECKING

from quality.contract_columns import count, flag, moment, number, one_of, rule, text

if TYPE_CHECKING:
    import pandera.pandas as pa

TIME_PRECISIONS = ("exact", "window", "date_only", "default_midnight")
VALUE_SOURCES = ("structured", "text_rule", "analyst", "csi")
CAPTURE_ROLES = ("victim_online", "call_taker", "officer", "csi", "investigator")
LINK_BASES = ("charge", "conviction", "caution", "tic", "suspect_named", "forensic")
PROPERTY_STATUSES = ("stolen", "damaged", "recovered", "not_taken")
SCENE_BASES = ("dna", "finger", "footwear", "toolmark")
DECISIONS = ("accept", "reject", "unsure")


def stg_crimes() -> dict[str, "pa.Column"]:
    """One row per crime."""
    return {
        "crime_id": text(),
        "incident_id": text(),
        "incident_is_derived": flag(),
        "force_code": text(),
        "offence_code": text(nullable=True),
        "crime_group": text(),
        "is_attempt": flag(nullable=True),
        "committed_from_at": moment(nullable=True),
        "committed_to_at": moment(nullable=True),
        "committed_from_local": moment(nullable=True),
        "committed_to_local": moment(nullable=True),
        "time_precision": one_of(TIME_PRECISIONS, nullable=True),
        "reported_at": moment(nullable=True),
        "recorded_at": moment(nullable=True),
        "easting_m": number(nullable=True),
        "northing_m": number(nullable=True),
        "location_precision": text(nullable=True),
        "area_code": text(nullable=True),
        "as_of_at": moment(nullable=True),
    }


def stg_crimes_rules() -> list[tuple[list[str], "pa.Check"]]:
    """Rules between the columns of one crime."""
    return [
        (
            ["committed_from_at", "committed_to_at"],
            rule(
                "committed_from_at is not after committed_to_at",
                lambda t: ~(t["committed_from_at"] > t["committed_to_at"]),
            ),
        ),
        (
            ["easting_m", "northing_m"],
            rule("both coordinates or none", lambda t: t["easting_m"].isna() == t["northing_m"].isna()),
        ),
    ]


def stg_mo_features() -> dict[str, "pa.Column"]:
    """One row per crime, item and value."""
    return {
        "crime_id": text(),
        "item_code": text(),
        "value_code": text(nullable=True),
        "is_valid_code": flag(),
        "value_source": one_of(VALUE_SOURCES, nullable=True),
        "captured_by": one_of(CAPTURE_ROLES, nullable=True),
        "captured_at": moment(nullable=True),
        "is_fact": flag(nullable=True),
    }


def stg_mo_features_rules() -> list[tuple[list[str], "pa.Check"]]:
    """Rules between the columns of one MO value."""
    return [
        (
            ["value_code", "is_valid_code"],
            rule(
                "value_code stands where is_valid_code is true, and only there",
                lambda t: t["value_code"].notna() == t["is_valid_code"].fillna(False).astype(bool),
            ),
        )
    ]


def stg_mo_texts() -> dict[str, "pa.Column"]:
    """One row per narrative."""
    return {
        "crime_id": text(),
        "text_kind": text(nullable=True),
        "written_at": moment(nullable=True),
        "text": text(nullable=True),
    }


def stg_offender_crimes() -> dict[str, "pa.Column"]:
    """One row per offender and crime."""
    return {
        "person_id": text(),
        "crime_id": text(),
        "link_basis": one_of(LINK_BASES, nullable=True),
        "label_strength": one_of("ABCD", nullable=True),
        "is_fact": flag(nullable=True),
    }


def stg_properties() -> dict[str, "pa.Column"]:
    """One row per property of a crime."""
    return {
        "crime_id": text(),
        "property_class": text(nullable=True),
        "quantity": count(nullable=True),
        "value_pence": count(nullable=True),
        "status": one_of(PROPERTY_STATUSES, nullable=True),
    }


def stg_scene_links() -> dict[str, "pa.Column"]:
    """One row per pair of crimes that a laboratory linked."""
    return {
        "crime_id_1": text(),
        "crime_id_2": text(),
        "basis": one_of(SCENE_BASES, nullable=True),
        "confirmed_at": moment(nullable=True),
    }


def stg_link_decisions() -> dict[str, "pa.Column"]:
    """One row per recorded decision of an analyst."""
    return {"decision": one_of(DECISIONS)}


def stg_quarantine() -> dict[str, "pa.Column"]:
    """One row per finding: a row or a value that could not be taken as it came."""
    return {
        "table_name": text(),
        "source_file": text(nullable=True),
        "source_row": count(nullable=True),
        "column_name": text(nullable=True),
        "action": text(),
        "reason": text(),
    }


def stg_accounts() -> dict[str, "pa.Column"]:
    """One row per table and source file: where its rows went."""
    counts = ("in", "loaded", "retracted", "superseded", "out_of_scope", "quarantined")
    return {
        "table_name": text(),
        "source_file": text(nullable=True),
        **{f"rows_{name}": count() for name in counts},
    }
