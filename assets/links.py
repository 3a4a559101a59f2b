"""Links: the pairs of crimes that may share an offender, and what each item of evidence adds to them."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import dagster as dg
import numpy as np
import pandas as pd

from assets.crime_frame import linkage_frames, with_items
from assets.described import made, made_of, table_key, table_spec
from assets.force_scan import FoundLinks, ScanConfig, found_links
from assets.model import ModelInForce, model_in_force
from assets.table_columns import empty_table
from assets.warehouse import POOL, Warehouse
from linkage.beyond_limits import largest_log_bf_beyond
from linkage.candidates import LinkLimits, ordered_crimes
from linkage.force_links import ScanCounts
from linkage.force_state import ForceSettings
from linkage.keep_rule import KeepRule
from linkage.link_frames import link_frames, pair_frames, term_frames
from publication.refreshes import record

NEEDS = ["staging.stg_crimes", "staging.stg_mo_features", "linkage.model_versions", "linkage.series_data"]
TABLES = {
    "linkage.links": "The strongest pairs of every crime and all above a posterior floor; one row per pair of crimes.",
    "linkage.link_terms": "What each item of evidence adds to a link; one row per link and item.",
    "linkage.link_edges": "All pairs strong enough to join a series; one row per pair of crimes.",
    "linkage.solved_partners": "The strongest solved partners of every crime; one row per pair of crimes.",
}
LACKING = ("n_without_place", "n_without_time", "n_without_both")
SOLVED = "select distinct crime_id from linkage.series_data where refresh_id = ?"


class LinkConfig(ScanConfig):
    """Which pairs are compared and which are kept; series join at `series_posterior`.

    At one point with more than `most_at_one_place` crimes a crime meets the `most_partners_at_one_place` before it in
    time and as many after it; a crime without place, or without time, meets the `most_partners_of_incomplete` nearest
    in what it has.
    """

    max_km: float = 5.0
    max_days: float = 365.0
    top_k: int = 20
    posterior_floor: float = 0.1
    series_posterior: float = 0.5
    most_at_one_place: int = LinkLimits.most_at_one_place
    most_partners_at_one_place: int = LinkLimits.most_partners_at_one_place
    most_partners_of_incomplete: int = LinkLimits.most_partners_of_incomplete

    def settings(self, force: ModelInForce) -> ForceSettings:
        """Return all that decides the scores of a force besides its crimes."""
        limits = LinkLimits(
            max_km=self.max_km,
            max_days=self.max_days,
            # A model knows nothing of pairs that it was never shown, so it says itself whether groups are crossed.
            across_groups=force.across_groups,
            most_at_one_place=self.most_at_one_place,
            most_partners_at_one_place=self.most_partners_at_one_place,
            most_partners_of_incomplete=self.most_partners_of_incomplete,
        )
        threshold = float(np.log(self.series_posterior / (1 - self.series_posterior)) - force.prior_log_odds)
        keep = KeepRule(self.top_k, self.posterior_floor, edge_log_bf=threshold)
        return ForceSettings(force.model, force.spec, force.prior_log_odds, limits, keep)


@dg.multi_asset(
    name="links",
    specs=[table_spec(table, NEEDS, text, "links") for table, text in TABLES.items()],
    check_specs=[
        dg.AssetCheckSpec(
            "limits_wide_enough",
            asset=table_key("linkage.links"),
            description="No pair beyond the limits could be strong enough to join a series; warns where one could.",
        ),
        dg.AssetCheckSpec(
            "every_pair_looked_at",
            asset=table_key("linkage.links"),
            description="Every pair within the limits was looked at; warns where crowded places or crimes without "
            "place or time had more than are compared.",
        ),
    ],
    pool=POOL,
)
def links(
    context: dg.AssetExecutionContext, config: LinkConfig, warehouse: Warehouse
) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
    """Score all pairs within the limits with the model in force, and keep the strongest."""
    force = model_in_force(warehouse)
    if force is None:
        yield from without_model(warehouse, TABLES)
        yield _limits_wide_enough(0.0, np.inf)
        yield _every_pair_looked_at(None)
        return
    settings = config.settings(force)
    crimes = ordered_crimes(with_items(linkage_frames(warehouse).crimes, force.spec.compared))
    solved = set(warehouse.frame(SOLVED, [force.refresh_id])["crime_id"])
    home, say = Path(warehouse.home), context.log.info
    found = found_links(crimes, settings, solved, home, force.refresh_id, config, say)
    _record(warehouse, force, config, settings, found)
    for table, frames in _frames(crimes, settings, found):
        n_rows = warehouse.replace_in_parts(table, frames)
        yield made_of(table, n_rows, **_told(found))
    threshold = settings.keep.edge_log_bf
    yield _limits_wide_enough(largest_log_bf_beyond(force.model, settings.limits, force.spec), threshold)
    yield _every_pair_looked_at(found.links.counts)


def _frames(
    crimes: pd.DataFrame, settings: ForceSettings, found: FoundLinks
) -> Iterator[tuple[str, Iterable[pd.DataFrame]]]:
    """Yield each table with its rows, some at a time: those of a million crimes do not fit into memory at once."""
    kept, names = found.links, list(TABLES)
    yield names[0], link_frames(crimes, settings.spec, kept, settings.prior_log_odds)
    yield names[1], term_frames(crimes, settings.model, settings.spec, kept.links)
    yield names[2], pair_frames(crimes["crime_id"], kept.edges)
    yield names[3], pair_frames(crimes["crime_id"], kept.to_solved)


def _record(
    warehouse: Warehouse, force: ModelInForce, config: LinkConfig, settings: ForceSettings, found: FoundLinks
) -> None:
    parameters = {
        **config.recorded(),
        "across_groups": settings.limits.across_groups,
        "series_log_bf": settings.keep.edge_log_bf,
    }
    with warehouse.connect() as connection:
        # What is the same however it was found: an increment looks at fewer pairs than a scan of all.
        lacking = {name: getattr(found.links.counts, name) for name in LACKING}
        counts = {"links": {"n_kept": found.links.n_kept, **lacking}}
        record(connection, force.refresh_id, parameters=parameters, counts=counts)


def _told(found: FoundLinks) -> dict[str, object]:
    """Return what is told beside each table."""
    counts = found.links.counts
    return {
        "n_pairs_considered": counts.n_considered,
        "n_pairs_left_out": counts.n_pairs_left_out,
        **{name: getattr(counts, name) for name in LACKING},
        "pairs_per_second": round(counts.n_considered / found.seconds) if found.seconds else 0,
        "scan_seconds": round(found.seconds, 1),
        "scanned": found.how,
    }


def _limits_wide_enough(largest: float, threshold: float) -> dg.AssetCheckResult:
    finding = (
        f"a pair beyond the limits, which nobody scores, could reach log BF {largest:.1f}; a posterior that joins a "
        f"series begins at {threshold:.1f}: widen max_km or max_days if such pairs matter"
    )
    return dg.AssetCheckResult(
        asset_key=table_key("linkage.links"),
        check_name="limits_wide_enough",
        passed=largest < threshold,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"finding": finding if largest >= threshold else "nothing beyond the limits could join a series"},
    )


def _every_pair_looked_at(counts: ScanCounts | None) -> dg.AssetCheckResult:
    """Warn of pairs that nobody looked at; after an increment they are those of the last scan of all pairs."""
    n_left_out, n_capped = (counts.n_pairs_left_out, counts.n_capped_crimes) if counts else (0, 0)
    parts = []
    if n_capped:
        parts.append(f"{n_capped:,} crimes share a place with more than most_at_one_place others")
    if counts and n_left_out and counts.n_without_place + counts.n_without_time:
        parts.append(
            f"{counts.n_without_place:,} crimes lack a place and {counts.n_without_time:,} a time, and each is "
            "compared with the most_partners_of_incomplete nearest in what it has"
        )
    finding = f"{n_left_out:,} pairs within the limits were not looked at: {'; '.join(parts)}"
    passed = n_left_out == 0 and n_capped == 0
    return dg.AssetCheckResult(
        asset_key=table_key("linkage.links"),
        check_name="every_pair_looked_at",
        passed=passed,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"finding": "every pair within the limits was looked at" if passed else finding},
    )


def without_model(warehouse: Warehouse, tables: dict[str, str]) -> Iterator[dg.MaterializeResult]:
    """Leave tables empty in a refresh that has no model, and say so."""
    for table in tables:
        frame = empty_table(table)
        warehouse.replace(table, frame)
        yield made(table, frame, skipped="no model in force: see linkage.model_versions")
