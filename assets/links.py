"""Links: the pairs of crimes that may share an offender, and what each item of evidence adds to them."""

from collections.abc import Iterator

import dagster as dg
import numpy as np

from assets.crime_frame import linkage_frames, with_items
from assets.described import made, table_key, table_spec
from assets.model import model_in_force
from assets.table_columns import empty_table
from assets.warehouse import POOL, Warehouse
from linkage.beyond_limits import largest_log_bf_beyond
from linkage.scoring import KeepRule, LinkLimits, link_terms, score_links
from publication.refreshes import record

NEEDS = ["staging.stg_crimes", "staging.stg_mo_features", "linkage.model_versions", "linkage.series_data"]
TABLES = {
    "linkage.links": "The strongest pairs of every crime and all above a posterior floor; one row per pair of crimes.",
    "linkage.link_terms": "What each item of evidence adds to a link; one row per link and item.",
    "linkage.link_edges": "All pairs strong enough to join a series; one row per pair of crimes.",
    "linkage.solved_partners": "The strongest solved partners of every crime; one row per pair of crimes.",
}
SOLVED = "select distinct crime_id from linkage.series_data where refresh_id = ?"


class LinkConfig(dg.Config):
    """Which pairs are compared and which are kept; series join at `series_posterior`."""

    max_km: float = 5.0
    max_days: float = 365.0
    top_k: int = 20
    posterior_floor: float = 0.1
    series_posterior: float = 0.5


@dg.multi_asset(
    name="links",
    specs=[table_spec(table, NEEDS, text, "links") for table, text in TABLES.items()],
    check_specs=[
        dg.AssetCheckSpec(
            "limits_wide_enough",
            asset=table_key("linkage.links"),
            description="No pair beyond the limits could be strong enough to join a series; warns where one could.",
        )
    ],
    pool=POOL,
)
def links(config: LinkConfig, warehouse: Warehouse) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
    """Score all pairs within the limits with the model in force, and keep the strongest."""
    force = model_in_force(warehouse)
    if force is None:
        yield from without_model(warehouse, TABLES)
        yield _limits_wide_enough(0.0, np.inf)
        return
    crimes = with_items(linkage_frames(warehouse).crimes, force.spec.compared)
    solved = warehouse.frame(SOLVED, [force.refresh_id])
    threshold = float(np.log(config.series_posterior / (1 - config.series_posterior)) - force.prior_log_odds)
    keep = KeepRule(config.top_k, config.posterior_floor, edge_log_bf=threshold)
    # A model knows nothing of pairs that it was never shown, so it says itself whether groups are crossed.
    limits = LinkLimits(max_km=config.max_km, max_days=config.max_days, across_groups=force.across_groups)
    scored = score_links(crimes, force.model, force.spec, force.prior_log_odds, limits, keep, set(solved["crime_id"]))
    terms = link_terms(scored.links, crimes, force.model, force.spec)
    terms = terms[terms["log_bf"] != 0]  # what two crime groups are never asked is most of the rows, and says nothing
    with warehouse.connect() as connection:
        settings = {**config.model_dump(), "across_groups": force.across_groups, "series_log_bf": threshold}
        record(connection, force.refresh_id, parameters=settings)
    for table, frame in zip(TABLES, (scored.links, terms, scored.edges, scored.to_solved), strict=True):
        warehouse.replace(table, frame)
        yield made(table, frame, n_pairs_considered=scored.n_considered, n_without=scored.n_without_place_or_time)
    yield _limits_wide_enough(largest_log_bf_beyond(force.model, limits, force.spec), threshold)


def _limits_wide_enough(largest: float, threshold: float) -> dg.AssetCheckResult:
    finding = (
        f"a pair beyond the limits could reach log BF {largest:.1f}, series join from {threshold:.1f}: "
        "widen max_km or max_days if such series matter"
    )
    return dg.AssetCheckResult(
        asset_key=table_key("linkage.links"),
        check_name="limits_wide_enough",
        passed=largest < threshold,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"finding": finding if largest >= threshold else "nothing beyond the limits could join a series"},
    )


def without_model(warehouse: Warehouse, tables: dict[str, str]) -> Iterator[dg.MaterializeResult]:
    """Leave tables empty in a refresh that has no model, and say so."""
    for table in tables:
        frame = empty_table(table)
        warehouse.replace(table, frame)
        yield made(table, frame, skipped="no model in force: see linkage.model_versions")
