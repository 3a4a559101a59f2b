"""Recording quality: scores, scorecard, findings and item profile, all of one assessment."""

from collections.abc import Iterator

import dagster as dg
import pandas as pd

from assets.coded_frames import coded_frame
from assets.described import made, table_spec
from assets.warehouse import POOL, Warehouse
from quality.assessment import assess
from quality.minimum_standard import load_minimum_standard

# Summed over capture roles, which nobody who reads it tells apart: a quarter of the rows.
SCORECARD = """
    select area_code, crime_group, month, item_code, dimension, sum(n_expected)::bigint as n_expected,
        sum(n_met)::bigint as n_met
    from quality.mo_scorecard where refresh_id = ? group by all order by all
"""
STAGED = ("staging.stg_crimes", "staging.stg_mo_features", "staging.stg_properties", "quality.mo_text_values")
CRIMES = """
    select crime_id, crime_group, offence_code, is_attempt, committed_from_at, committed_to_at, committed_from_local,
        committed_to_local, time_precision, reported_at, recorded_at, easting_m, northing_m, location_precision,
        premises_type, area_code
    from staging.stg_crimes
"""
FEATURES = """
    select crime_id, item_code, value_code, is_valid_code, value_source, captured_by, captured_at
    from staging.stg_mo_features
"""
PROPERTIES = "select crime_id, property_class, quantity, value_pence, status from staging.stg_properties"
TEXT_VALUES = "select crime_id, item_code, value_code from quality.mo_text_values where refresh_id = ?"
TABLES = {
    "quality.mo_scores": "How much of the minimum standard was recorded, 0 to 100, and what is missing; "
    "one row per crime.",
    "quality.mo_scorecard": "Quality by area, crime group, month, capture role, item and dimension; "
    "one row per such cell.",
    "quality.mo_findings": "What is wrong with each record and by which rule; one row per crime, item and rule.",
    "quality.mo_item_profile": "Which values, null codes and gaps each item holds and how well it tells crimes "
    "apart; one row per crime group, item and capture role.",
}


@dg.multi_asset(
    name="quality_assessment",
    specs=[table_spec(table, STAGED, description, "quality") for table, description in TABLES.items()],
    pool=POOL,
)
def assessment(warehouse: Warehouse) -> Iterator[dg.MaterializeResult]:
    """Judge every crime and item once, and keep what was found as four tables."""
    found = assess(
        coded_frame(warehouse, CRIMES),
        coded_frame(warehouse, FEATURES),
        coded_frame(warehouse, PROPERTIES),
        text_values(warehouse),
        load_minimum_standard(),
    )
    for table, frame in zip(TABLES, found, strict=True):
        warehouse.replace(table, frame)
        yield made(table, frame, **_telling(table, frame))


def _telling(table: str, frame: pd.DataFrame) -> dict[str, float]:
    if table == "quality.mo_scores":
        return {"mean_score": float(frame["score"].mean()) if frame["score"].notna().any() else 0.0}
    if table == "quality.mo_scorecard":
        return {"share_met": float(frame["n_met"].sum() / max(1, frame["n_expected"].sum()))}
    if table == "quality.mo_findings":
        return {"n_crimes": int(frame["crime_id"].nunique())}
    return {"n_items": int(frame["item_code"].nunique())}


def text_values(warehouse: Warehouse) -> pd.DataFrame:
    """Return what the texts of this refresh say, no rows where nobody has read them."""
    found = warehouse.frame(
        "select count(*) from duckdb_tables() where schema_name = 'quality' and table_name = 'mo_text_values'"
    )
    if not found.iloc[0, 0]:
        return pd.DataFrame({name: pd.Series(dtype="str") for name in ("crime_id", "item_code", "value_code")})
    return coded_frame(warehouse, TEXT_VALUES, [warehouse.refresh_id()])
