"""Recording quality: scores, scorecard, findings and item profile, all of one assessment."""

from collections.abc import Iterator

import dagster as dg
import pandas as pd

from assets.described import made, table_spec
from assets.warehouse import POOL, Warehouse
from quality.assessment import assess
from quality.minimum_standard import load_minimum_standard

SCORECARD = "select * exclude (refresh_id) from quality.mo_scorecard where refresh_id = ?"
STAGED = ("staging.stg_crimes", "staging.stg_mo_features", "staging.stg_properties")
CRIMES = "from staging.stg_crimes order by crime_id"
FEATURES = "from staging.stg_mo_features order by crime_id, item_code, value_code"
PROPERTIES = "from staging.stg_properties order by crime_id, property_class"
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
        warehouse.frame(CRIMES),
        warehouse.frame(FEATURES),
        warehouse.frame(PROPERTIES),
        text_values(warehouse),
        load_minimum_standard(),
    )
    scores, scorecard = found.scores, found.scorecard
    telling = {
        "quality.mo_scores": {"mean_score": float(scores["score"].mean()) if scores["score"].notna().any() else 0.0},
        "quality.mo_scorecard": {"share_met": float(scorecard["n_met"].sum() / max(1, scorecard["n_expected"].sum()))},
        "quality.mo_findings": {"n_crimes": int(found.findings["crime_id"].nunique())},
        "quality.mo_item_profile": {"n_items": int(found.item_profile["item_code"].nunique())},
    }
    for table, frame in zip(TABLES, found, strict=True):
        warehouse.replace(table, frame)
        yield made(table, frame, **telling[table])


def text_values(warehouse: Warehouse) -> pd.DataFrame:
    """Return what the texts of this refresh say, no rows where nobody has read them."""
    found = warehouse.frame(
        "select count(*) from duckdb_tables() where schema_name = 'quality' and table_name = 'mo_text_values'"
    )
    if not found.iloc[0, 0]:
        return pd.DataFrame({name: pd.Series(dtype="str") for name in ("crime_id", "item_code", "value_code")})
    return warehouse.frame(TEXT_VALUES, [warehouse.refresh_id()])
