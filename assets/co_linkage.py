"""Co-linkage: the probability that crimes share an offender, all of them judged jointly."""

from collections.abc import Iterator

import dagster as dg
import pandas as pd

from assets.crime_frame import LinkageFrames, linkage_frames, without_not_applicable
from assets.described import made, table_spec
from assets.known_groups import known_groups
from assets.links import without_model
from assets.model import model_in_force
from assets.warehouse import POOL, Warehouse
from linkage.co_linkage import (
    CoLinkageData,
    CoLinkageEvidence,
    CoLinkageResult,
    CoLinkageSettings,
    co_linkage_data,
    sample_co_linkage,
    scale_free_prior,
)
from linkage.co_linkage import leads as list_leads
from linkage.co_linkage_offenders import offender_probabilities
from linkage.diagnostics import diagnose
from linkage.neighbourhood import busiest_neighbourhood, one_of_each_incident
from publication.refreshes import record

TABLES = {
    "linkage.co_linkage": "Pairs with an unsolved crime that may share an offender; one row per pair of crimes.",
    "linkage.co_linkage_diagnostics": "Whether the sampler's chains agree; one row per quantity.",
    "linkage.leads": "Unsolved crimes with a candidate above the line; one row per crime and candidate.",
}
NEEDS = ["linkage.series_data", "linkage.item_weights", "staging.stg_mo_features"]
SERIES_DATA = "select crime_id, person_id, event_at from linkage.series_data where refresh_id = ? order by 1, 2"
# Items that say most are enough here: each further one costs time in every sweep and is partly told already.
ITEMS = """
    select item_code from linkage.item_weights
    where refresh_id = ? and kl_linked is not null order by kl_linked desc, item_code limit ?
"""


class CoLinkageConfig(dg.Config):
    """How many crimes are judged jointly, and for how long the sampler runs."""

    max_crimes: int = 600
    side_km: float = 10.0
    days: float = 365.0
    max_items: int = 5
    n_sweeps: int = 800
    n_warm_up: int = 200
    n_chains: int = 2
    line: float = 0.25
    worst_rhat: float = 1.1
    seed: int = 1


@dg.multi_asset(
    name="co_linkage",
    specs=[table_spec(table, NEEDS, text, "co_linkage") for table, text in TABLES.items()],
    check_specs=[
        dg.AssetCheckSpec(
            "chains_agree",
            asset=dg.AssetKey(["linkage", "co_linkage_diagnostics"]),
            description="R-hat of every quantity is below the bound; warns when chains have not met.",
        )
    ],
    pool=POOL,
)
def co_linkage(config: CoLinkageConfig, warehouse: Warehouse) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
    """Judge the crimes of the busiest neighbourhood jointly: which may share an offender, known or not."""
    force = model_in_force(warehouse)
    data = _selected(config, warehouse, force.refresh_id) if force else None
    if force is None or data is None:
        yield from without_model(warehouse, TABLES)
        yield _chains_agree(pd.DataFrame({"quantity": [], "rhat": []}), config)
        return
    with warehouse.connect() as connection:
        parameters = {"co_linkage": config.model_dump()}
        record(connection, force.refresh_id, parameters=parameters, seeds={"co_linkage": config.seed})
    settings = CoLinkageSettings(config.n_sweeps, config.n_warm_up, config.n_chains)
    result = sample_co_linkage(data, scale_free_prior(data), settings, config.seed)
    diagnostics = diagnose(result)
    series = warehouse.frame(SERIES_DATA, [force.refresh_id])
    for table, frame in zip(TABLES, (result.pairs, diagnostics, _leads(result, series, config.line)), strict=True):
        warehouse.replace(table, frame)
        yield made(table, frame, n_crimes=len(data.crime_ids), n_unsolved=len(data.unsolved_ids))
    yield _chains_agree(diagnostics, config)


def _selected(config: CoLinkageConfig, warehouse: Warehouse, refresh_id: str) -> CoLinkageData | None:
    """Return the crimes that are judged jointly, one of each incident; None where none of them is unsolved."""
    frames = linkage_frames(warehouse)
    groups = _known_groups(frames, warehouse.frame(SERIES_DATA, [refresh_id]))
    incidents = one_of_each_incident(frames.crimes, groups.notna().to_numpy())
    inside = busiest_neighbourhood(frames.crimes.iloc[incidents], config.max_crimes, config.side_km, config.days)
    rows = incidents[inside]
    if groups.iloc[rows].notna().all():
        return None
    items = tuple(warehouse.frame(ITEMS, [refresh_id, config.max_items])["item_code"])
    chosen = without_not_applicable(frames.crimes.iloc[rows].reset_index(drop=True), items)
    return co_linkage_data(chosen, list(groups.iloc[rows]), CoLinkageEvidence(items=items))


def _known_groups(frames: LinkageFrames, series: pd.DataFrame) -> pd.Series:
    """Return for each crime the group of crimes with just the same offenders; None where nobody is known."""
    groups = known_groups(series, "co-offenders").set_axis(series["crime_id"]).astype(object)
    groups = groups[~groups.index.duplicated()]
    known = groups.reindex(frames.crimes["crime_id"])
    return known.where(known.notna(), None).reset_index(drop=True)


def _leads(result: CoLinkageResult, series: pd.DataFrame, line: float) -> pd.DataFrame:
    """Return groups, unsolved crimes and offenders above the line; co-offenders' groups that share somebody add up."""
    offenders = offender_probabilities(result, series, line).rename(columns={"person_id": "candidate_id"})
    return pd.concat([list_leads(result, line), offenders.assign(candidate_kind="offender")], ignore_index=True)


def _chains_agree(diagnostics: pd.DataFrame, config: CoLinkageConfig) -> dg.AssetCheckResult:
    apart = diagnostics[diagnostics["rhat"].astype(float) > config.worst_rhat]
    named = ", ".join(f"{row.quantity} {row.rhat:.2f}" for row in apart.head(3).itertuples())
    finding = f"R-hat above {config.worst_rhat} for {len(apart)} quantities ({named}); sample longer (n_sweeps)"
    return dg.AssetCheckResult(
        asset_key=dg.AssetKey(["linkage", "co_linkage_diagnostics"]),
        check_name="chains_agree",
        passed=apart.empty,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"finding": finding if len(apart) else "all chains agree"},
    )
