"""How every table asset presents itself: key, group, owner, kinds, columns, freshness, and what it reports."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import dagster as dg
import pandas as pd

from assets.table_columns import TABLE_COLUMNS, column_schema
from assets.warehouse import POOL

OWNERS = ["team:crime-linkage"]
KINDS = {"python", "duckdb"}
NIGHTLY = dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=36), warn_window=timedelta(hours=26))
"""A refresh runs every night; one missed night warns, a second fails."""


def table_key(table: str) -> dg.AssetKey:
    """Return the asset key of a table: its schema and its name."""
    return dg.AssetKey(table.split("."))


def table_spec(table: str, deps: Sequence[str], description: str, group: str) -> dg.AssetSpec:
    """Return the specification of one table among those that one step makes together."""
    metadata: dict[str, Any] = {"dagster/table_name": table}
    if table in TABLE_COLUMNS:
        metadata["dagster/column_schema"] = column_schema(table)
    return dg.AssetSpec(
        table_key(table),
        deps=[table_key(name) for name in deps],
        description=description,
        group_name=group,
        owners=OWNERS,
        kinds=KINDS,
        metadata=metadata,
        freshness_policy=NIGHTLY,
    )


def table_asset(table: str, deps: Sequence[str], group: str) -> Callable[[Callable[..., Any]], Any]:
    """Decorate a function that makes one table; its docstring is the description and ends with the grain."""

    def decorate(function: Callable[..., Any]) -> Any:
        spec = table_spec(table, deps, function.__doc__ or "", group)
        return dg.multi_asset(name=table.replace(".", "_"), specs=[spec], pool=POOL)(function)

    return decorate


def made(table: str, frame: pd.DataFrame, **telling: Any) -> dg.MaterializeResult:
    """Report a table: its row count and the numbers that tell most."""
    return made_of(table, len(frame), **telling)


def made_of(table: str, n_rows: int, **telling: Any) -> dg.MaterializeResult:
    """Report a table that was never whole in memory."""
    return dg.MaterializeResult(asset_key=table_key(table), metadata={"dagster/row_count": n_rows, **telling})
