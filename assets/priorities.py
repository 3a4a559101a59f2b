"""Which MO item to record better first: evidence weight from linkage, coverage from quality, joined here."""

from collections.abc import Iterator

import dagster as dg

from assets.described import made, table_spec
from assets.table_columns import TABLE_COLUMNS, empty_table
from assets.warehouse import POOL, Warehouse
from quality.minimum_standard import load_minimum_standard
from quality.priorities import mo_priorities as rank_items

WEIGHTS = "select item_code, kl_linked, n_linked from linkage.item_weights where refresh_id = ? order by item_code"
SCORECARD = "select * exclude (refresh_id) from quality.mo_scorecard where refresh_id = ?"
NEEDS = [
    *("staging.stg_crimes", "staging.stg_mo_features", "staging.stg_offender_crimes"),
    *("linkage.series_data", "linkage.item_weights", "quality.mo_scorecard"),
]
TABLES = {
    "quality.mo_priorities": "What each MO item is worth to linkage and what better recording would bring; one row per "
    "MO item.",
    "quality.mo_group_priorities": "The same within each crime group; one row per crime group and MO item.",
}


@dg.multi_asset(
    name="quality_mo_priorities",
    specs=[table_spec(table, NEEDS, text, "priorities") for table, text in TABLES.items()],
    pool=POOL,
)
def priorities(warehouse: Warehouse) -> Iterator[dg.MaterializeResult]:
    """Rank the items by what a second of better recording brings."""
    refresh_id = warehouse.refresh_id()
    weights, scorecard = warehouse.frame(WEIGHTS, [refresh_id]), warehouse.frame(SCORECARD, [refresh_id])
    ranked = rank_items(weights, scorecard, load_minimum_standard())
    counts = dict.fromkeys(("n_groups", "n_crimes", "n_recorded"), 0)
    forcewide = ranked.assign(**counts, seconds=ranked["cost_seconds"], suggested_tier=ranked["tier"])
    forcewide = forcewide.reindex(columns=list(TABLE_COLUMNS["quality.mo_priorities"]))
    by_group = empty_table("quality.mo_group_priorities")
    for table, frame in zip(TABLES, (forcewide, by_group), strict=True):
        warehouse.replace(table, frame)
        yield made(table, frame)
