"""MO values as they are compared: with them a snapshot alone serves to rank any crimes and to explain any link."""

import dagster as dg

from assets.crime_frame import compared_values
from assets.described import made, table_asset
from assets.warehouse import Warehouse
from quality.features import refuse_protected_codes

TABLE = "linkage.mo_values"


@table_asset(
    TABLE, deps=["staging.stg_mo_features", "quality.mo_text_values", "quality.mo_text_precision"], group="evidence"
)
def mo_values(warehouse: Warehouse) -> dg.MaterializeResult:
    """The coded MO values that crimes are compared by; one row per crime, item and value."""
    values = compared_values(warehouse)
    # an item of the force's own that accepts any value is known only by what was recorded
    refuse_protected_codes(dict(values.groupby("item_code")["value_code"].unique()))
    warehouse.replace(TABLE, values)
    return made(TABLE, values, n_items=int(values["item_code"].nunique()))
