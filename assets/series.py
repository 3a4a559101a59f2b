"""Series: crimes that may share an offender, under names that stay from one refresh to the next."""

from collections.abc import Iterator

import dagster as dg
import pandas as pd
from pydantic import field_validator

from assets.crime_frame import linkage_frames, with_items
from assets.described import made, table_spec
from assets.known_groups import known_groups
from assets.links import without_model
from assets.model import ModelInForce, model_in_force
from assets.warehouse import POOL, Warehouse
from linkage.hierarchy import LinkClusters, cluster_links
from linkage.series_summary import summarise_series
from linkage.series_trees import series_trees
from publication.refreshes import record, refresh
from publication.series_names import name_series

TABLES = {
    "linkage.series": "Groups of crimes that may share an offender; one row per series.",
    "linkage.series_members": "Which crime is in which series; one row per series and crime.",
    "linkage.series_events": "What changed since the published refresh; one row per series and event.",
    "linkage.cluster_merges": "The tree of merges within each series; one row per merge.",
}
NEEDS = ["linkage.link_edges", "linkage.series_data", "linkage.co_linkage_series", "staging.stg_crimes"]
EDGES = "select crime_id_1, crime_id_2, log_bf from linkage.link_edges where refresh_id = ? order by 1, 2"
SERIES_DATA = "select crime_id, person_id from linkage.series_data where refresh_id = ? order by 1, 2"
CLUSTERS = "select crime_id, cluster_id, group_id from linkage.co_linkage_series where refresh_id = ? order by 1"
FORMER = """
    select series_id, crime_id from linkage.series_members
    where refresh_id = (select previous_refresh_id from ops.current_refresh)
"""

SOURCES = ("co_linkage", "average_linkage")


class SeriesConfig(dg.Config):
    """Where series come from: `co_linkage` (all crimes judged jointly) or `average_linkage` (down to a posterior)."""

    source: str = "co_linkage"

    @field_validator("source")
    @classmethod
    def _check(cls, source: str) -> str:
        if source not in SOURCES:
            raise ValueError(f"source: expected {' or '.join(SOURCES)}, got {source!r}; correct the setting of series")
        return source


@dg.multi_asset(
    name="series", specs=[table_spec(table, NEEDS, text, "series") for table, text in TABLES.items()], pool=POOL
)
def series(config: SeriesConfig, warehouse: Warehouse) -> Iterator[dg.MaterializeResult]:
    """Group crimes that may share an offender, and name the groups after the published ones."""
    force = model_in_force(warehouse)
    if force is None:
        yield from without_model(warehouse, TABLES)
        return
    crimes = with_items(linkage_frames(warehouse).crimes, force.spec.compared)
    with warehouse.connect() as connection:
        record(connection, force.refresh_id, parameters={"series": config.model_dump()})
    known = warehouse.frame(SERIES_DATA, [force.refresh_id])
    clusters = _clusters(config.source, warehouse, crimes, force, known)
    frames = _named(warehouse, clusters, crimes, frozenset(known["crime_id"]), force.refresh_id)
    for table, frame in zip(TABLES, frames, strict=True):
        warehouse.replace(table, frame)
        yield made(table, frame)


def _clusters(
    source: str, warehouse: Warehouse, crimes: pd.DataFrame, force: ModelInForce, known: pd.DataFrame
) -> LinkClusters:
    """Return the groups of crimes with the tree of merges within each."""
    if source == "co_linkage":
        judged = warehouse.frame(CLUSTERS, [force.refresh_id])
        return series_trees(crimes, force.model, force.spec, _joined_by_offenders(judged, known))
    edges = warehouse.frame(EDGES, [force.refresh_id])
    with warehouse.connect() as connection:
        threshold = float(refresh(connection, force.refresh_id)["parameters"]["series_log_bf"])
    return cluster_links(crimes, force.model, force.spec, edges, threshold)


def _joined_by_offenders(judged: pd.DataFrame, known: pd.DataFrame) -> pd.DataFrame:
    """Return series, crime_id: clusters whose known groups share an offender, however remotely, are one series."""
    joined = known_groups(known, "connected").set_axis(known_groups(known, "co-offenders"))
    series_of_group = joined[~joined.index.duplicated()]
    of_group = judged["group_id"].map(series_of_group).astype(object)  # without known groups, floats that are missing
    series = of_group.where(of_group.notna(), judged["cluster_id"])
    return pd.DataFrame({"series": series, "crime_id": judged["crime_id"]})


def _named(
    warehouse: Warehouse, clusters: LinkClusters, crimes: pd.DataFrame, solved: frozenset[str], refresh_id: str
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return series, members, events and merges under the names that series keep."""
    # The warehouse makes the table at the first refresh, when nothing is there to be named after.
    warehouse.ensure("linkage.series_members")
    current = clusters.members.rename(columns={"cluster_id": "series_label"})
    names, events = name_series(warehouse.frame(FORMER), current, refresh_id)
    name_of = dict(zip(names["series_label"], names["series_id"], strict=True))
    members = pd.DataFrame({"series_id": current["series_label"].map(name_of), "crime_id": current["crime_id"]})
    cohesion = clusters.cohesion.set_axis(clusters.cohesion.index.map(name_of))
    summary = summarise_series(members, crimes, solved, cohesion)
    return summary, members, events.drop(columns="refresh_id"), clusters.merges
