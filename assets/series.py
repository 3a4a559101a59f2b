"""Series: crimes that may share an offender, under names that stay from one refresh to the next."""

from collections.abc import Iterator

import dagster as dg
import pandas as pd

from assets.crime_frame import linkage_frames, with_items
from assets.described import made, table_spec
from assets.links import without_model
from assets.model import model_in_force
from assets.warehouse import POOL, Warehouse
from linkage.hierarchy import LinkClusters, cluster_links
from linkage.series_summary import summarise_series
from publication.refreshes import refresh
from publication.series_names import name_series

TABLES = {
    "linkage.series": "Groups of crimes that may share an offender; one row per series.",
    "linkage.series_members": "Which crime is in which series; one row per series and crime.",
    "linkage.series_events": "What changed since the published refresh; one row per series and event.",
    "linkage.cluster_merges": "The tree of merges down to the threshold; one row per merge.",
}
EDGES = "select crime_id_1, crime_id_2, log_bf from linkage.link_edges where refresh_id = ? order by 1, 2"
SOLVED = "select distinct crime_id from linkage.series_data where refresh_id = ?"
FORMER = """
    select series_id, crime_id from linkage.series_members
    where refresh_id = (select previous_refresh_id from ops.current_refresh)
"""


@dg.multi_asset(
    name="series",
    specs=[
        table_spec(table, ["linkage.link_edges", "linkage.series_data", "staging.stg_crimes"], text, "series")
        for table, text in TABLES.items()
    ],
    pool=POOL,
)
def series(warehouse: Warehouse) -> Iterator[dg.MaterializeResult]:
    """Cluster crimes by average linkage along their strong links, and name the clusters after the published ones."""
    force = model_in_force(warehouse)
    if force is None:
        yield from without_model(warehouse, TABLES)
        return
    crimes = with_items(linkage_frames(warehouse).crimes, force.spec.compared)
    edges = warehouse.frame(EDGES, [force.refresh_id])
    with warehouse.connect() as connection:
        threshold = float(refresh(connection, force.refresh_id)["parameters"]["series_log_bf"])
    clusters = cluster_links(crimes, force.model, force.spec, edges, threshold)
    solved = frozenset(warehouse.frame(SOLVED, [force.refresh_id])["crime_id"])
    frames = _named(warehouse, clusters, crimes, solved, force.refresh_id)
    for table, frame in zip(TABLES, frames, strict=True):
        warehouse.replace(table, frame)
        yield made(table, frame)


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
