"""Training evidence: who offended where and when, and pairs of crimes that do or do not share an offender."""

from collections.abc import Iterator

import dagster as dg
import numpy as np
import pandas as pd
from pydantic import Field

from assets.crime_frame import linkage_frames
from assets.described import made, table_spec
from assets.warehouse import POOL, Warehouse
from linkage.evidence import EvidenceSpec, pair_evidence
from linkage.pairs import PairSampling, training_pairs
from linkage.scene_links import PERSON_BASES, held_out_pairs, scene_series
from linkage.series import series_data as list_series
from publication.refreshes import record
from quality.features import refuse_protected

TEXT = ["quality.mo_text_values", "quality.mo_text_precision"]
STAGED = [
    *("staging.stg_crimes", "staging.stg_mo_features", "staging.stg_offender_crimes", "staging.stg_scene_links"),
    *TEXT,
]
SCENE_LINKS = "select crime_id_1, crime_id_2, basis from staging.stg_scene_links order by 1, 2, 3"
TABLES = {
    "linkage.series_data": "Solved crimes with the time of the event; one row per offender and crime.",
    "linkage.crime_pairs_evaluated": "Training pairs with their evidence; one row per pair of crimes.",
}


class TrainingConfig(dg.Config):
    """Which labels and pairs train the model; links are scored across crime groups where it was trained across them.

    Without `link_bases` labels of every basis count. `scene_links` says whether forensic links between crimes are held
    out to judge the model by (`hold_out`), `train` it, or neither (`ignore`).
    """

    max_days: float = 365.0
    unlinked_per_group: int = 40
    label_strengths: list[str] = Field(default=["A", "B"])
    link_bases: list[str] | None = None
    across_groups: bool = True
    scene_links: str = "hold_out"
    scene_bases: list[str] = Field(default=list(PERSON_BASES))
    seed: int = 1

    def sampling(self) -> PairSampling:
        """Return the library's form of these settings."""
        return PairSampling(
            self.max_days,
            self.unlinked_per_group,
            strengths=tuple(self.label_strengths),
            bases=None if self.link_bases is None else tuple(self.link_bases),
            across_groups=self.across_groups,
            scene_links=self.scene_links,
        )


@dg.multi_asset(
    name="training", specs=[table_spec(table, STAGED, text, "evidence") for table, text in TABLES.items()], pool=POOL
)
def training(config: TrainingConfig, warehouse: Warehouse) -> Iterator[dg.MaterializeResult]:
    """Draw training pairs from solved crimes and measure their evidence."""
    frames = linkage_frames(warehouse)
    refuse_protected(frames.items)
    series = list_series(
        frames.offender_crimes, frames.crimes, strengths=config.label_strengths, bases=config.link_bases
    )
    scene = scene_rows(warehouse, frames.crimes, config)
    pairs = training_pairs(series, frames.crimes, config.sampling(), np.random.default_rng(config.seed), scene)
    evidence = evidence_of(frames.crimes, pairs, EvidenceSpec(items=frames.items))
    refresh_id = warehouse.refresh_id()
    with warehouse.connect() as connection:
        settings = {"training": config.model_dump()}
        record(connection, refresh_id, parameters=settings, seeds={"training": config.seed})
    evaluated = pd.concat([pairs.reset_index(drop=True), evidence.astype(_text_levels(evidence))], axis=1)
    for table, frame in zip(TABLES, (series, evaluated), strict=True):
        warehouse.replace(table, frame)
        yield made(table, frame, n_linked=int(pairs["is_linked"].sum()))


def scene_rows(warehouse: Warehouse, crimes: pd.DataFrame, config: TrainingConfig) -> pd.DataFrame:
    """Return the crimes that scene links join, as series of offenders whom nobody needs to know."""
    return scene_series(warehouse.frame(SCENE_LINKS), crimes, config.scene_bases)


def held_out_scene_links(
    warehouse: Warehouse, crimes: pd.DataFrame, series: pd.DataFrame, config: TrainingConfig
) -> pd.DataFrame:
    """Return the pairs that scene links name and that trained nothing."""
    return held_out_pairs(warehouse.frame(SCENE_LINKS), series, crimes, config.sampling(), config.scene_bases)


def evidence_of(crimes: pd.DataFrame, pairs: pd.DataFrame, spec: EvidenceSpec) -> pd.DataFrame:
    """Return the evidence of pairs that are named by their crimes."""
    position = pd.Index(crimes["crime_id"])
    first = position.get_indexer(pairs["crime_id_1"]).astype(np.int64)
    second = position.get_indexer(pairs["crime_id_2"]).astype(np.int64)
    return pair_evidence(crimes, first, second, spec).reset_index(drop=True)


def _text_levels(evidence: pd.DataFrame) -> dict[str, str]:
    """Return the categorical columns, for the warehouse holds their levels as text."""
    return {name: "str" for name in evidence.columns if isinstance(evidence[name].dtype, pd.CategoricalDtype)}
