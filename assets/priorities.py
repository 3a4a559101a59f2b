"""Which MO item to record better first: what an item is worth from linkage, what it costs from quality, joined here."""

from collections.abc import Iterator

import dagster as dg
import numpy as np

from assets.crime_frame import linkage_frames
from assets.described import made, table_spec
from assets.model import training_config
from assets.warehouse import POOL, Warehouse
from linkage.item_worth import WorthSettings, item_worth
from publication.refreshes import record
from quality.features import refuse_protected
from quality.minimum_standard import load_minimum_standard
from quality.priorities import mo_group_priorities
from quality.priority_totals import mo_priorities

DECIMALS = 9
SERIES = "select crime_id, person_id, event_at from linkage.series_data where refresh_id = ? order by 2, 1"
NEEDS = ["staging.stg_crimes", "staging.stg_mo_features", "staging.stg_offender_crimes", "linkage.series_data"]
TABLES = {
    "quality.mo_priorities": "What each MO item is worth to linkage and what better recording would bring; one row per "
    "MO item.",
    "quality.mo_group_priorities": "The same within each crime group; one row per crime group and MO item.",
}


class PrioritiesConfig(dg.Config):
    """How the worth of MO items is measured (`linkage.item_worth.WorthSettings`); fewer draws are cheaper."""

    n_pairs: int = 20_000
    n_candidates: int = 1_000_000
    n_resamples: int = 200
    n_shuffles: int = 20
    n_draws: int = 6
    miscoded: float = 0.05
    seed: int = 1

    def settings(self, max_days: float) -> WorthSettings:
        """Return the library's form of these settings."""
        return WorthSettings(max_days, **{name: value for name, value in self.model_dump().items() if name != "seed"})


@dg.multi_asset(
    name="quality_mo_priorities",
    specs=[table_spec(table, NEEDS, text, "priorities") for table, text in TABLES.items()],
    pool=POOL,
)
def priorities(config: PrioritiesConfig, warehouse: Warehouse) -> Iterator[dg.MaterializeResult]:
    """Measure what each item is worth and rank the items by what an hour of better recording brings."""
    refresh_id, frames, standard = warehouse.refresh_id(), linkage_frames(warehouse), load_minimum_standard()
    refuse_protected(frames.items)
    with warehouse.connect() as connection:
        settings = {"priorities": config.model_dump()}
        record(connection, refresh_id, parameters=settings, seeds={"priorities": config.seed})
    series, rng = warehouse.frame(SERIES, [refresh_id]), np.random.default_rng(config.seed)
    worth = item_worth(frames.crimes, series, frames.items, config.settings(training_config(warehouse).max_days), rng)
    by_group = mo_group_priorities(worth.items, worth.draws, standard)
    for table, exact in zip(TABLES, (mo_priorities(by_group, worth.draws, standard), by_group), strict=True):
        frame = exact.round(DECIMALS)  # the last digits are the processor's: equal input gives equal rows without them
        warehouse.replace(table, frame)
        yield made(table, frame, n_ranked=int(frame["rank"].notna().sum()))
