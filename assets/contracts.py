"""Blocking checks on what was staged: Pandera contracts, and the limits that a force's profile sets."""

from collections.abc import Hashable, Iterator
from typing import Any

import dagster as dg

from assets.described import table_key
from assets.warehouse import POOL, Warehouse
from quality.contracts import check_contract

STAGED = (
    "staging.stg_crimes",
    "staging.stg_mo_features",
    "staging.stg_mo_texts",
    "staging.stg_offender_crimes",
    "staging.stg_properties",
    "staging.stg_accounts",
)
OUTPUTS = ("linkage.links", "linkage.series", "linkage.series_members", "linkage.co_linkage", "quality.mo_scores")

ABOVE_LIMIT = """
    with bounds as (select * from ops.current_refresh),
    rows_of as (
        select table_name, sum(rows_in) as n_rows, sum(rows_quarantined) as n_bad from staging.stg_accounts group by all
    ),
    reasons as (
        select table_name, action, column_name, reason, count(*) as n,
            min_by(source_file, (source_file, source_row)) as source_file,
            min_by(source_row, (source_file, source_row)) as source_row
        from staging.stg_quarantine where action in ('row_quarantined', 'value_set_missing') group by all
    ),
    worst as (
        from reasons qualify row_number() over (
            partition by table_name, action, case when action = 'value_set_missing' then column_name end
            order by n desc, column_name, reason
        ) = 1
    ),
    missing as (
        select table_name, column_name, count(*) as n_bad
        from staging.stg_quarantine where action = 'value_set_missing' group by all
    )
    select table_name, 'rows quarantined' as what, n_bad, n_rows, limit_quarantined as share_allowed,
        worst.column_name, worst.reason, worst.source_file, worst.source_row, 'quarantined' as setting
    from rows_of cross join bounds left join worst using (table_name)
    where n_bad > limit_quarantined * n_rows and worst.action = 'row_quarantined'
    union all
    select table_name, 'values of ' || missing.column_name || ' set missing', missing.n_bad, n_rows, limit_set_missing,
        worst.column_name, worst.reason, worst.source_file, worst.source_row, 'set_missing'
    from missing join rows_of using (table_name) cross join bounds
    join worst on worst.table_name = missing.table_name and worst.action = 'value_set_missing'
        and worst.column_name is not distinct from missing.column_name
    where missing.n_bad > limit_set_missing * n_rows
    order by 1, 2
"""


@dg.multi_asset_check(
    name="staging_contracts",
    specs=[
        dg.AssetCheckSpec("contract", asset=table_key(table), blocking=True, description="Shape and range (Pandera).")
        for table in STAGED
    ],
    pool=POOL,
)
def staging_contracts(warehouse: Warehouse) -> Iterator[dg.AssetCheckResult]:
    """Judge every staged table against its contract; a broken one stops the refresh."""
    yield from _contracts(warehouse, STAGED)


@dg.asset_check(
    asset=table_key("staging.stg_quarantine"),
    name="within_limits",
    blocking=True,
    pool=POOL,
    additional_deps=[table_key("staging.stg_accounts")],
    description="No more rows quarantined or values set missing than the force's profile tolerates.",
)
def within_limits(warehouse: Warehouse) -> dg.AssetCheckResult:
    """Stop the refresh where more input was bad than the profile tolerates, naming the commonest reason."""
    above = warehouse.frame(ABOVE_LIMIT)
    loaded = warehouse.frame("select count(*) as n from staging.stg_crimes")["n"].iloc[0]
    finding = "; ".join(_above(row) for row in above.head(3).to_dict("records")) or "all within the profile's limits"
    if not loaded:
        finding = f"no crime could be loaded, nothing to refresh; {finding}"
    return dg.AssetCheckResult(passed=above.empty and bool(loaded), metadata={"finding": finding})


def _above(row: dict[Hashable, Any]) -> str:
    return (
        f"{row['table_name']}: {row['n_bad']:,.0f} of {row['n_rows']:,.0f} {row['what']} "
        f"({row['n_bad'] / max(1, row['n_rows']):.1%}), expected at most {row['share_allowed']:.1%}; "
        f"mostly {row['column_name']}: {row['reason']}, first in {row['source_file']} row {row['source_row']}; "
        f"mend the extract, or raise limits.{row['setting']} in the profile"
    )


def _output_contract(table: str) -> dg.AssetChecksDefinition:
    """Return the check of one output; each its own step, for what links made is needed before series are."""

    @dg.asset_check(
        asset=table_key(table), name="contract", blocking=True, pool=POOL, description="Shape and range (Pandera)."
    )
    def contract(warehouse: Warehouse) -> dg.AssetCheckResult:
        return next(_contracts(warehouse, (table,)))

    return contract


output_contracts = [_output_contract(table) for table in OUTPUTS]


def _contracts(warehouse: Warehouse, tables: tuple[str, ...]) -> Iterator[dg.AssetCheckResult]:
    refresh_id = warehouse.refresh_id()
    for table in tables:
        if table.startswith("staging."):
            frame = warehouse.frame(f"from {table}")
        else:
            frame = warehouse.frame(f"select * exclude (refresh_id) from {table} where refresh_id = ?", [refresh_id])
        result = check_contract(table, frame)
        yield dg.AssetCheckResult(
            asset_key=table_key(table),
            check_name="contract",
            passed=result.passed,
            metadata={
                "n_failures": result.n_failures,
                "finding": result.findings[0] if result.findings else "kept",
            },
        )
