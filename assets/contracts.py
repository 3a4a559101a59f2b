"""Blocking checks on what was staged: Pandera contracts, and the limits that a force's profile sets."""

from collections.abc import Hashable, Iterator
from typing import Any

import dagster as dg
import pandas as pd

from assets.described import table_key
from assets.failure import note_failure
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
OUTPUTS = (
    *("linkage.links", "linkage.series", "linkage.series_members", "linkage.co_linkage"),
    *("quality.mo_scores", "quality.mo_text_values", "quality.mo_text_precision"),
)

# A row that only follows its crime into quarantine is no fault of its own, and must not stop what the crime did not.
# Nor does what somebody saved with a form say whether profile and extract fit each other.
ABOVE_LIMIT = """
    with rows_of as (
        select table_name, sum(rows_in) as n_rows from staging.stg_accounts
        where not coalesce(regexp_matches(source_file, '(^|/)mo_records/'), false) group by table_name
    ),
    faults as (
        select *, if(action = 'value_set_missing', column_name, null) as missing_column
        from staging.stg_quarantine
        where action in ('row_quarantined', 'value_set_missing') and reason not like 'the crime is quarantined;%'
            and not coalesce(regexp_matches(source_file, '(^|/)mo_records/'), false)
    ),
    reasons as (
        select table_name, action, missing_column, column_name, reason, count(*) as n,
            min_by(source_file, (source_file, source_row)) as source_file,
            min_by(source_row, (source_file, source_row)) as source_row
        from faults group by all
    ),
    commonest as (
        select *, sum(n) over (partition by table_name, action, missing_column) as n_bad
        from reasons
        qualify row_number() over (
            partition by table_name, action, missing_column order by n desc, column_name, reason
        ) = 1
    )
    select table_name, if(action = 'row_quarantined', 'quarantined', 'set_missing') as setting,
        coalesce('values of ' || missing_column || ' set missing', 'rows quarantined') as what, n_bad, n_rows,
        if(action = 'row_quarantined', limit_quarantined, limit_set_missing) as share_allowed,
        column_name, reason, source_file, source_row
    from commonest join rows_of using (table_name) cross join ops.current_refresh
    where n_bad > share_allowed * n_rows
    order by n_bad / n_rows desc, table_name, what
"""

CRIMES_LOADED = """
    select min(source_file) as source_file, sum(rows_in) as n_rows, sum(rows_loaded) as n_loaded,
        sum(rows_out_of_scope) as n_out_of_scope, sum(rows_retracted) as n_retracted
    from staging.stg_accounts where table_name = 'crimes'
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
    asset=table_key("staging.stg_crimes"),  # all that follows is made of the crimes, so nothing runs after a refusal
    name="within_limits",
    blocking=True,
    pool=POOL,
    additional_deps=[table_key("staging.stg_quarantine"), table_key("staging.stg_accounts")],
    description="No more rows quarantined or values set missing than the force's profile tolerates.",
)
def within_limits(warehouse: Warehouse) -> dg.AssetCheckResult:
    """Stop the refresh where more input was bad than the profile tolerates, naming the commonest reason."""
    above = warehouse.frame(ABOVE_LIMIT).to_dict("records")
    crimes = warehouse.frame(CRIMES_LOADED).iloc[0]
    if not above and crimes["n_loaded"]:
        return dg.AssetCheckResult(passed=True, metadata={"finding": "all within the profile's limits"})
    finding = _above(above) if above else _none_loaded(crimes)
    note_failure(warehouse, finding)
    return dg.AssetCheckResult(passed=False, metadata={"finding": finding})


def _none_loaded(crimes: pd.Series) -> str:
    return (
        f"{crimes['source_file']}: no crime in scope, expected at least one, got {crimes['n_rows']:,.0f} rows of which "
        f"{crimes['n_out_of_scope']:,.0f} are out of scope and {crimes['n_retracted']:,.0f} retracted; "
        "check crime_groups and row filters in the profile"
    )


def _above(rows: list[dict[Hashable, Any]]) -> str:
    """Say what is worst in full, and of the rest only where else to look."""
    worst = rows[0]
    others = "; ".join(f"also {row['table_name']}: {row['n_bad']:,.0f} {row['what']}" for row in rows[1:3])
    return (
        f"{worst['source_file']} row {worst['source_row']}, {worst['column_name']}: {worst['reason']}; "
        f"in all {worst['n_bad']:,.0f} of {worst['n_rows']:,.0f} {worst['what']} "
        f"({worst['n_bad'] / max(1, worst['n_rows']):.1%}), expected at most {worst['share_allowed']:.1%}: "
        f"mend the extract, or raise limits.{worst['setting']} in the profile"
    ) + (f"; {others}" if others else "")


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
        if not result.passed:
            note_failure(warehouse, result.findings[0])
        yield dg.AssetCheckResult(
            asset_key=table_key(table),
            check_name="contract",
            passed=result.passed,
            metadata={
                "n_failures": result.n_failures,
                "finding": result.findings[0] if result.findings else "kept",
            },
        )
