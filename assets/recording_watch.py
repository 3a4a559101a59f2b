"""Recording quality over time: trends, what may be shared, the standard of each refresh, and drift since the last."""

from collections.abc import Iterator

import dagster as dg
import pandas as pd

from assets.coded_frames import coded_frame
from assets.described import made, table_key, table_spec
from assets.quality import CRIMES, FEATURES, SCORECARD
from assets.warehouse import POOL, Warehouse
from publication.versioned import replace_rows
from quality.comparability import mo_score_changes, mo_standards, recorded_standard, rescored, standard_name
from quality.control_limits import mo_trends
from quality.drift import drift_finding, recording_drift
from quality.errors import StandardError
from quality.minimum_standard import load_minimum_standard
from quality.suppression import mo_scorecard_shared

PREVIOUS = "select previous_refresh_id from ops.refreshes where refresh_id = ?"
SCORES = "select crime_id, crime_group, area_code, score from quality.mo_scores where refresh_id = ?"
STANDARDS = "select * exclude (refresh_id) from quality.mo_standards where refresh_id = ?"
RECORDED = """
    select distinct crime_id, item_code, value_code from staging.stg_mo_features
    where value_code is not null and value_code not in (select unnest($null_codes))
        and value_source in (select unnest($sources))
    qualify item_code in (select unnest($multi)) or row_number() over (
        partition by crime_id, item_code order by captured_at desc nulls last, value_code
    ) = 1
    order by crime_id, item_code, value_code
"""
NO_RECORD = "not_recorded"
WATCHED = {
    "quality.mo_trends": "Recording quality month by month with control limits; one row per cell and month.",
    "quality.mo_scorecard_shared": "The scorecard over all months without small numbers, fit to be shared; "
    "one row per area, crime group, item and dimension, totals included.",
}
COMPARED = {
    "quality.mo_standards": "The minimum standard by which the refresh was judged; one row.",
    "quality.mo_score_changes": "The change of the mean score since the previous refresh, by recording and by the "
    "standard; one row per crime group and area.",
}


@dg.multi_asset(
    name="recording_trends",
    specs=[table_spec(table, ["quality.mo_scorecard"], words, "quality") for table, words in WATCHED.items()],
    pool=POOL,
)
def recording_trends(warehouse: Warehouse) -> Iterator[dg.MaterializeResult]:
    """Follow recording from month to month, and sum it up for sharing."""
    limits = load_minimum_standard().limits
    scorecard = warehouse.frame(SCORECARD, [warehouse.refresh_id()])
    trends = mo_trends(scorecard, limits.least_expected)
    shared = mo_scorecard_shared(scorecard, limits.least_shown)
    for table, frame in zip(WATCHED, (trends, shared), strict=True):
        warehouse.replace(table, frame)
    yield made("quality.mo_trends", trends, n_signals=int((trends["signal"] != "none").sum()))
    yield made("quality.mo_scorecard_shared", shared, n_suppressed=int(shared["is_suppressed"].sum()))


@dg.multi_asset(
    name="recording_comparability",
    specs=[
        table_spec(table, ["quality.mo_scores", "staging.stg_mo_features"], words, "quality")
        for table, words in COMPARED.items()
    ],
    pool=POOL,
)
def recording_comparability(warehouse: Warehouse) -> Iterator[dg.MaterializeResult]:
    """Record the standard, and take the change of scores apart into recording and standard."""
    standard = mo_standards()
    warehouse.replace("quality.mo_standards", standard)
    yield made("quality.mo_standards", standard, version=str(standard["standard_version"].iloc[0]))
    changes = _changes(warehouse, warehouse.refresh_id(), _name(standard))
    warehouse.replace("quality.mo_score_changes", changes)
    yield made("quality.mo_score_changes", changes)


@dg.multi_asset(
    name="quality_mo_recorded_values",
    specs=[
        table_spec(
            "quality.mo_recorded_values",
            ["staging.stg_mo_features"],
            "MO values as they stand in fields, unspecific ones too; one row per crime, item and value.",
            "quality",
        )
    ],
    pool=POOL,
)
def mo_recorded_values(warehouse: Warehouse) -> dg.MaterializeResult:
    """Keep what is recorded, for a second coder's values to be held against; one row per crime, item and value."""
    standard, table = load_minimum_standard(), "quality.mo_recorded_values"
    bound = {
        "null_codes": list(standard.null_codes),
        "sources": list(standard.structured_sources),
        "multi": [code for code, item in standard.items.items() if item.is_multi],
    }
    refresh_id = warehouse.refresh_id()
    warehouse.ensure(table)
    with warehouse.connect() as connection:
        n_rows = replace_rows(connection, table, connection.sql(RECORDED, params=bound), refresh_id)
    return dg.MaterializeResult(asset_key=table_key(table), metadata={"dagster/row_count": n_rows})


@dg.asset_check(
    asset=table_key("quality.mo_scorecard"),
    name="recording_drift",
    pool=POOL,
    description="Recording is as good as at the previous refresh, in the same months and in new ones; never stops.",
)
def recording_drift_check(warehouse: Warehouse) -> dg.AssetCheckResult:
    """Warn where recording changed since the refresh that is published, naming the worst cells."""
    refresh_id = warehouse.refresh_id()
    published = _previous(warehouse, refresh_id)
    previous = warehouse.frame(SCORECARD, [published])
    if previous.empty:
        return dg.AssetCheckResult(passed=True, metadata={"finding": "no previous refresh to compare with"})
    drift = recording_drift(warehouse.frame(SCORECARD, [refresh_id]), previous)
    warehouse.ensure("quality.mo_standards")
    former = _name(warehouse.frame(STANDARDS, [published]))
    return dg.AssetCheckResult(
        passed=not drift["is_drift"].any(),
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"finding": drift_finding(drift, former, _name(mo_standards())), "n_cells": len(drift)},
    )


def _previous(warehouse: Warehouse, refresh_id: str) -> str | None:
    with warehouse.connect() as connection:
        found = connection.execute(PREVIOUS, [refresh_id]).fetchone()
    return None if found is None or found[0] is None else str(found[0])


def _name(standards: pd.DataFrame) -> str:
    """Return the name of a recorded standard."""
    if standards.empty:  # there is none, or a release published it that did not record its standard
        return NO_RECORD
    return standard_name(standards["standard_version"].iloc[0], standards["standard_fingerprint"].iloc[0])


def _changes(warehouse: Warehouse, refresh_id: str, name: str) -> pd.DataFrame:
    """Return how scores changed since the previous refresh, of which a first one has no figures."""
    previous = _previous(warehouse, refresh_id)
    current, before = warehouse.frame(SCORES, [refresh_id]), warehouse.frame(SCORES, [previous])
    former = warehouse.frame(STANDARDS, [previous])
    if former.empty:
        return mo_score_changes(before, current.assign(score=float("nan")), current, NO_RECORD, name)
    former_name = _name(former)
    under_previous = current if former_name == name else _rescored(warehouse, current, former["document"].iloc[0])
    return mo_score_changes(before, under_previous, current, former_name, name)


def _rescored(warehouse: Warehouse, current: pd.DataFrame, document: str) -> pd.DataFrame:
    """Score this refresh's crimes under a former standard; no scores where this release cannot read it any more."""
    try:
        standard = recorded_standard(document)
    except StandardError:
        return current.assign(score=float("nan"))
    return rescored(coded_frame(warehouse, CRIMES), coded_frame(warehouse, FEATURES), standard)
