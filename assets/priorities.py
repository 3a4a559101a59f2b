"""Which MO item to record better first: evidence weight from linkage, coverage from quality, joined here."""

import dagster as dg

from assets.described import made, table_asset
from assets.quality import SCORECARD
from assets.warehouse import Warehouse
from quality.minimum_standard import load_minimum_standard
from quality.priorities import mo_priorities as rank_items

WEIGHTS = "select item_code, kl_linked, n_linked from linkage.item_weights where refresh_id = ? order by item_code"


@table_asset("quality.mo_priorities", deps=["linkage.item_weights", "quality.mo_scorecard"], group="priorities")
def mo_priorities(warehouse: Warehouse) -> dg.MaterializeResult:
    """Items by the evidence that gaps lose for each second of recording; one row per MO item."""
    refresh_id = warehouse.refresh_id()
    weights, scorecard = warehouse.frame(WEIGHTS, [refresh_id]), warehouse.frame(SCORECARD, [refresh_id])
    priorities = rank_items(weights, scorecard, load_minimum_standard())
    warehouse.replace("quality.mo_priorities", priorities)
    ranked = priorities[priorities["rank"].notna()]
    return made("quality.mo_priorities", priorities, first=str(ranked["item_code"].iloc[0]) if len(ranked) else "none")
