"""What a change in practice did to completeness and to links: areas that changed, against those that had not yet."""

import hashlib
from pathlib import Path
from typing import Any

import dagster as dg
import pandas as pd

from assets.described import made, table_asset
from assets.table_columns import TABLE_COLUMNS, empty_table
from assets.warehouse import Warehouse
from publication.refreshes import record
from quality.errors import QualityError
from quality.practice.area_panel import read_changes
from quality.practice.change_evaluation import EffectOfChange, evaluate_change

TABLE = "quality.mo_change_effects"
CHANGES_FILE = "recording_changes.csv"
"""In the home folder: area_code, changed_on and perhaps what. Without it nothing is evaluated."""

COUNTS = {
    "completeness": """
        select area_code, month, sum(n_expected)::bigint as n_expected, sum(n_met)::bigint as n_met
        from quality.mo_scorecard
        where refresh_id = $refresh_id and dimension = 'completeness' and area_code is not null and month is not null
            and item_code not in ('committed_time', 'location')
        group by all order by all
    """,
    # A link counts for both of its crimes; those of one incident are known without any MO.
    "links": """
        with probable as (
            select crime_id_1, crime_id_2 from linkage.links
            where refresh_id = $refresh_id and posterior_probability >= 0.5 and not is_same_incident
        ),
        ends as (select crime_id_1 as crime_id from probable union all select crime_id_2 from probable),
        linked as (select crime_id, count(*) as n_links from ends group by crime_id)
        select area_code, date_trunc('month', coalesce(committed_from_local, reported_at)) as month,
            count(*)::bigint as n_expected, sum(coalesce(n_links, 0))::bigint as n_met
        from staging.stg_crimes left join linked using (crime_id)
        where area_code is not null and coalesce(committed_from_local, reported_at) is not null
        group by all order by all
    """,
}


class ChangesConfig(dg.Config):
    """Dates on which areas changed how they record; an empty path means `recording_changes.csv` in the home."""

    file: str = ""
    months_before: int = 12
    months_after: int = 12
    seed: int = 1


@table_asset(TABLE, deps=["quality.mo_scorecard", "linkage.links", "staging.stg_crimes"], group="priorities")
def mo_change_effects(config: ChangesConfig, warehouse: Warehouse) -> dg.MaterializeResult:
    """Effect of a change in recording on completeness and links, by month since it; one row per measure and month."""
    path = Path(config.file or Path(warehouse.home) / CHANGES_FILE)
    if not config.file and not path.is_file():
        warehouse.replace(TABLE, empty_table(TABLE))
        return made(TABLE, empty_table(TABLE), finding=f"no {CHANGES_FILE} in the home: no change to evaluate")
    _note(config, path, warehouse)
    effects = pd.concat([_effects(measure, path, config, warehouse) for measure in COUNTS], ignore_index=True)
    effects = effects.reindex(columns=list(TABLE_COLUMNS[TABLE]))
    warehouse.replace(TABLE, effects)
    reasons = effects["reason"].dropna().unique()
    return made(TABLE, effects, finding="; ".join(reasons) or "evaluated")


@dg.asset_check(
    asset=dg.AssetKey(TABLE.split(".")),
    name="changes_evaluated",
    pool="warehouse",
    description="A file of changes that is there could be evaluated; warns, never stops.",
)
def changes_evaluated(warehouse: Warehouse) -> dg.AssetCheckResult:
    """Warn where a change could not be evaluated, and say why."""
    query = f"select distinct reason from {TABLE} where refresh_id = ? and reason is not null order by 1"
    reasons = warehouse.frame(query, [warehouse.refresh_id()])["reason"].tolist()
    finding = "; ".join(reasons) or "every change that was named is evaluated"
    return dg.AssetCheckResult(passed=not reasons, severity=dg.AssetCheckSeverity.WARN, metadata={"finding": finding})


def _note(config: ChangesConfig, path: Path, warehouse: Warehouse) -> None:
    """Leave in the record of the refresh what the evaluation rests on."""
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None
    told = {**config.model_dump(), "file": str(path), "sha256": sha256}
    with warehouse.connect() as connection:
        record(connection, warehouse.refresh_id(), parameters={"changes": told}, seeds={"changes": config.seed})


def _effects(measure: str, path: Path, config: ChangesConfig, warehouse: Warehouse) -> pd.DataFrame:
    """Return the effect as a whole (no month) and by month, or one row that says why there is none."""
    with warehouse.connect() as connection:
        counts = connection.execute(COUNTS[measure], {"refresh_id": warehouse.refresh_id()}).df()
    windows = {"months_before": config.months_before, "months_after": config.months_after}
    try:
        found = evaluate_change(counts, read_changes(path), **windows, seed=config.seed)
    except QualityError as error:
        return pd.DataFrame([{"measure": measure, "reason": str(error)}])
    return pd.concat([pd.DataFrame([_whole(found)]), _by_month(found)], ignore_index=True).assign(measure=measure)


def _whole(found: EffectOfChange) -> dict[str, Any]:
    shared = ("effect", "lower", "upper", "before", "p_value", "trend_p_value", "n_changed", "n_compared", "n_crimes")
    return {name: getattr(found, name) for name in shared} | {"warning": " ".join(found.warnings) or None}


def _by_month(found: EffectOfChange) -> pd.DataFrame:
    return found.events.rename(columns={"event": "months_since"})
