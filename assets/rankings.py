"""Ranked lists: what an unsolved crime may be linked with, and which crimes may belong to a series."""

from collections.abc import Iterator

import dagster as dg
import pandas as pd

from assets.crime_frame import linkage_frames, with_items
from assets.described import made, table_spec
from assets.known_groups import known_groups
from assets.links import without_model
from assets.model import model_in_force
from assets.warehouse import POOL, Warehouse
from linkage.expansion import ExpansionRule
from linkage.expansion import series_candidates as rank_for_series
from linkage.identification import rank_candidates
from linkage.strength import STRONG_POSTERIOR
from publication.refreshes import record

TABLES = {
    "linkage.crime_rankings": "Candidates of every unsolved crime, strongest first; one row per crime and candidate.",
    "linkage.series_candidates": "Crimes that may belong to a series; one row per series and crime.",
}
NEEDS = ["linkage.links", "linkage.solved_partners", "linkage.series_members", "linkage.series_data"]
LINKS = """
    select crime_id_1, crime_id_2, log_bf, is_same_incident from linkage.links where refresh_id = ? order by 1, 2
"""
SOLVED_PARTNERS = (
    "select crime_id_1, crime_id_2, log_bf from linkage.solved_partners where refresh_id = ? order by 1, 2"
)
SERIES_DATA = "select crime_id, person_id, event_at from linkage.series_data where refresh_id = ? order by 2, 1"
MEMBERS = "select series_id, crime_id from linkage.series_members where refresh_id = ? order by 1, 2"


class RankingConfig(dg.Config):
    """How many candidates of each kind are listed, by which linkage, and from which posterior one is strong."""

    top_k: int = 20
    linkage: str = "single"
    strong_posterior: float = STRONG_POSTERIOR
    with_solved: bool = False


@dg.multi_asset(
    name="rankings", specs=[table_spec(table, NEEDS, text, "rankings") for table, text in TABLES.items()], pool=POOL
)
def rankings(config: RankingConfig, warehouse: Warehouse) -> Iterator[dg.MaterializeResult]:
    """List the candidates of crimes and of series."""
    force = model_in_force(warehouse)
    if force is None:
        yield from without_model(warehouse, TABLES)
        return
    crimes = with_items(linkage_frames(warehouse).crimes, force.spec.compared)
    queries = (LINKS, SOLVED_PARTNERS, SERIES_DATA, MEMBERS)
    links, to_solved, series, members = (warehouse.frame(query, [force.refresh_id]) for query in queries)
    with warehouse.connect() as connection:
        record(connection, force.refresh_id, parameters={"rankings": config.model_dump()})
    apply = (crimes, force.model, force.spec, force.prior_log_odds)
    how = (config.top_k, config.linkage, config.strong_posterior)
    ranked = rank_candidates(*apply, links, _solved_groups(series), series, to_solved, *how)
    rule = ExpansionRule(config.linkage, config.top_k, config.strong_posterior, config.with_solved)
    candidates = rank_for_series(*apply, links, members, set(series["crime_id"]), rule)
    for table, frame in zip(TABLES, (ranked, candidates), strict=True):
        warehouse.replace(table, frame)
        yield made(table, frame, n_strong=int(frame["is_strong"].sum()))


def _solved_groups(series: pd.DataFrame) -> pd.DataFrame:
    """Return the crimes of each connected group of offenders, which stand for the known series."""
    groups = known_groups(series, "connected")
    return pd.DataFrame({"crime_id": series["crime_id"], "group_id": groups}).drop_duplicates(ignore_index=True)
