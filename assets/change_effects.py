"""What a change in practice did to completeness and to links: areas that changed, against those that had not yet."""

import hashlib
from pathlib import Path
from typing import Any

import dagster as dg
import pandas as pd

from assets.change_counts import NOT_INDEPENDENT, Counts, Measure, Sources, change_counts
from assets.described import made, table_asset
from assets.table_columns import TABLE_COLUMNS, empty_table
from assets.warehouse import Warehouse
from publication.refreshes import record
from quality.errors import QualityError
from quality.practice.area_panel import ChangesFileError, read_changes
from quality.practice.change_evaluation import EffectOfChange, evaluate_change

TABLE = "quality.mo_change_effects"
CHANGES_FILE = "recording_changes.csv"
"""In the home folder: area_code, changed_on and perhaps what. Without it nothing is evaluated."""

MEASURES: tuple[Measure, ...] = ("completeness", "links")


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
    effects = pd.concat([_effects(measure, path, config, warehouse) for measure in MEASURES], ignore_index=True)
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
    told = {**config.model_dump(), "file": path.name, "sha256": sha256}
    with warehouse.connect() as connection:
        record(connection, warehouse.refresh_id(), parameters={"changes": told}, seeds={"changes": config.seed})


def _effects(measure: Measure, path: Path, config: ChangesConfig, warehouse: Warehouse) -> pd.DataFrame:
    """Return the effect as a whole (no month) and by month, or one row that says why there is none."""
    counts = _counts(measure, warehouse)
    windows = {"months_before": config.months_before, "months_after": config.months_after}
    try:
        found = evaluate_change(counts.rows, read_changes(path), **windows, seed=config.seed)
    except QualityError as error:
        return pd.DataFrame([{"measure": measure, "reason": _publishable(error, path)}])
    rows = [pd.DataFrame([_whole(found, counts)]), _by_month(found)]
    return pd.concat(rows, ignore_index=True).assign(measure=measure)


def _counts(measure: Measure, warehouse: Warehouse) -> Counts:
    sources = Sources(
        scorecard="(from quality.mo_scorecard where refresh_id = $refresh_id)",
        crimes="staging.stg_crimes",
        links="(from linkage.links where refresh_id = $refresh_id)",
        bound={"refresh_id": warehouse.refresh_id()},
    )
    with warehouse.connect() as connection:
        return change_counts(connection, measure, sources)


def _publishable(error: QualityError, path: Path) -> str:
    """Return why there is no effect, without what the file holds or where it lies: anybody may read the snapshot."""
    if isinstance(error, ChangesFileError):
        return f"{path.name}{error.place}: {error.expected}; run colink evaluate-change with it to see what came"
    return str(error)


def _whole(found: EffectOfChange, counts: Counts) -> dict[str, Any]:
    shared = ("effect", "lower", "upper", "before", "p_value", "trend_p_value", "n_changed", "n_compared", "n_crimes")
    warnings = [*found.warnings, *([] if counts.is_independent else [NOT_INDEPENDENT])]
    return {name: getattr(found, name) for name in shared} | {"warning": " ".join(warnings) or None}


def _by_month(found: EffectOfChange) -> pd.DataFrame:
    return found.events.rename(columns={"event": "months_since"})
