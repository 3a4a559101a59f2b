"""What to improve: gaps by area with their likely cause and remedy, and the record-level list of what to mend."""

from collections.abc import Iterator

import dagster as dg
import pandas as pd

from assets.compared_findings import compared_findings
from assets.described import made, table_spec
from assets.warehouse import POOL, Warehouse
from quality.minimum_standard import load_minimum_standard
from quality.practice.fix_list import MOST_ROWS, fix_prices, listed
from quality.practice.gaps import GapCounts, expected_crimes, rule_causes, years_covered
from quality.practice.improvement import mo_improvements
from quality.practice.unit_costs import load_unit_costs

SCORECARD = """
    select area_code, crime_group, month, item_code, dimension, sum(n_expected)::bigint as n_expected
    from quality.mo_scorecard where refresh_id = ? and dimension = 'completeness' group by all order by all
"""
PRIORITIES = "select * exclude (refresh_id) from quality.mo_group_priorities where refresh_id = ?"
FOUND = compared_findings(
    "(from quality.mo_findings where refresh_id = $refresh_id)",
    "(from linkage.mo_values where refresh_id = $refresh_id)",
)
KINDS = f"""
    select distinct crime_group, item_code, rule, dimension, is_compared from {FOUND}
    where crime_group is not null order by all
"""
CELL = "coalesce(area_code, 'not_stated') as area_code, coalesce(crime_group, 'not_stated') as crime_group, item_code"
LOST = "(count(distinct crime_id) filter (where loses_evidence and not is_compared))::bigint as n_lost"
BY_CAUSE = f"""
    select {CELL}, cause, count(distinct crime_id)::bigint as n_crimes, {LOST}
    from {FOUND} join causes using (rule, dimension) group by all order by all
"""
BY_ITEM = f"""
    select {CELL}, count(distinct crime_id)::bigint as n_gap, {LOST}
    from {FOUND} join causes using (rule, dimension) group by all order by all
"""
FIXES = f"""
    select findings.crime_id, area_code, month, prices.*, count(*) over () as n_total
    from {FOUND} as findings join prices using (crime_group, item_code, rule, dimension, is_compared)
    order by price, month desc nulls last, crime_id limit {MOST_ROWS}
"""
TABLES = {
    "quality.mo_improvements": "The gap of each area and of the whole force with its likely cause, what mends it and "
    "the links gained for an hour of work; one row per scope, area, crime group and MO item.",
    "quality.mo_fix_list": "The records to mend, the cheapest link first, at most 5,000 of them; one row per crime, "
    "MO item and broken rule.",
}


@dg.multi_asset(
    name="quality_improvements",
    specs=[
        table_spec(
            table,
            ["quality.mo_findings", "quality.mo_scorecard", "quality.mo_group_priorities", "linkage.mo_values"],
            description,
            "priorities",
        )
        for table, description in TABLES.items()
    ],
    pool=POOL,
)
def improvements(warehouse: Warehouse) -> Iterator[dg.MaterializeResult]:
    """Name the cause of every gap and rank what mends it; list the records to mend."""
    refresh_id = warehouse.refresh_id()
    standard, costs = load_minimum_standard(), load_unit_costs()
    scorecard, ranked = warehouse.frame(SCORECARD, [refresh_id]), warehouse.frame(PRIORITIES, [refresh_id])
    with warehouse.connect() as connection:
        kinds = connection.execute(KINDS, {"refresh_id": refresh_id}).df()
    gaps = gap_counts(warehouse, refresh_id, rule_causes(kinds[["rule", "dimension"]].drop_duplicates(), costs))
    found = mo_improvements(gaps, expected_crimes(scorecard), ranked, standard, costs, years=years_covered(scorecard))
    fixes = fix_list(warehouse, refresh_id, fix_prices(kinds, ranked, costs))
    telling = {"n_above": int(found["is_above"].sum())}, {"n_total": int(fixes["n_total"].max() if len(fixes) else 0)}
    for table, frame, more in zip(TABLES, (found, fixes), telling, strict=True):
        warehouse.replace(table, frame)
        yield made(table, frame, **more)


def gap_counts(warehouse: Warehouse, refresh_id: str, causes: pd.DataFrame) -> GapCounts:
    """Count crimes by cause in the database, as `quality.practice.gaps.count_gaps` does of a frame."""
    with warehouse.connect() as connection:
        connection.register("causes", causes.astype({"rule": "object", "dimension": "object", "cause": "object"}))
        bound = {"refresh_id": refresh_id}
        by_cause, by_item = (connection.execute(query, bound).df() for query in (BY_CAUSE, BY_ITEM))
    return GapCounts(by_cause, by_item)


def fix_list(warehouse: Warehouse, refresh_id: str, prices: pd.DataFrame) -> pd.DataFrame:
    """Return the cheapest records to mend, as `quality.practice.fix_list.mo_fix_list` does of a frame."""
    with warehouse.connect() as connection:
        connection.register("prices", prices)
        rows = connection.execute(FIXES, {"refresh_id": refresh_id}).df()
    return listed(rows.drop(columns="n_total"), int(rows["n_total"].max()) if len(rows) else 0)
