"""The minimum standard's expectations on the warehouse tables, judged by Great Expectations, with their Data Docs."""

from collections.abc import Iterator
from datetime import datetime

import dagster as dg
import pandas as pd

from assets.described import made, table_key, table_spec
from assets.quality import SCORECARD
from assets.warehouse import POOL, Warehouse
from quality.expectation_engine import Run
from quality.expectations import ALL, TABLES, TableFacts, judge_recording
from quality.minimum_standard import MinimumStandard, load_minimum_standard

RESULTS = "quality.expectation_results"
PAGES = "quality.expectation_pages"
STARTED = "select started_at from ops.refreshes where refresh_id = ?"
# Where more came out than went in, a share above 1 would pass as good enough; the smaller by the larger does not.
FACTS = """
    with crimes as (
        select count(*) as n from staging.stg_crimes
    ),
    accounts as (
        select sum(rows_in) as n_in,
            sum(rows_loaded + rows_retracted + rows_superseded + rows_out_of_scope + rows_quarantined) as n_out
        from staging.stg_accounts group by table_name
    ),
    scores as (
        select count(distinct crime_id) as n, count(*) as n_rows from quality.mo_scores where refresh_id = $refresh_id
    ),
    counted as (
        select sum(n_expected) as n from quality.mo_scorecard
        where refresh_id = $refresh_id and item_code = 'location' and dimension = 'completeness'
    ),
    told as (
        select count(distinct crime_id) as n from staging.stg_mo_features
        where value_code not in (select unnest($null_codes)) and value_source in (select unnest($sources))
    )
    select
        coalesce((select min(if(n_in = n_out, 1, least(n_in, n_out) / greatest(n_in, n_out))) from accounts), 1)
            as rows_accounted,
        least(scores.n, scores.n_rows, crimes.n) / greatest(scores.n, scores.n_rows, crimes.n, 1) as crimes_scored,
        least(counted.n, crimes.n) / greatest(counted.n, crimes.n, 1) as crimes_counted,
        told.n / greatest(crimes.n, 1) as crimes_with_mo
    from crimes, scores, counted, told
"""


@dg.multi_asset(
    name="quality_expectation_results",
    specs=[
        table_spec(
            RESULTS,
            ["quality.mo_scorecard", "quality.mo_scores", "staging.stg_accounts"],
            "The minimum standard's expectations and how the tables meet them; one row per expectation.",
            "quality",
        ),
        table_spec(
            PAGES,
            ["quality.mo_scorecard", "quality.mo_scores", "staging.stg_accounts"],
            "Data Docs of the expectations, to be published beside the report; one row per page.",
            "quality",
        ),
    ],
    check_specs=[
        *(
            dg.AssetCheckSpec(
                f"minimum_standard_{group}",
                asset=table_key(RESULTS),
                description=f"Great Expectations suite of the minimum standard for {group}; reports, never stops.",
            )
            for group in load_minimum_standard().crime_groups
        ),
        dg.AssetCheckSpec(
            TABLES,
            asset=table_key(RESULTS),
            description="Great Expectations suite of the tables as wholes; reports, never stops.",
        ),
    ],
    pool=POOL,
)
def expectation_results(warehouse: Warehouse) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
    """Run the suites that the minimum standard generates; report one check per crime group, and one of the tables."""
    standard = load_minimum_standard()
    refresh_id = warehouse.refresh_id()
    scorecard = warehouse.frame(SCORECARD, [refresh_id])
    run = Run(refresh_id, _started_at(warehouse, refresh_id))
    judged = judge_recording(scorecard, _facts(warehouse, refresh_id, standard), standard, run)
    pages = pd.DataFrame(sorted(judged.pages.items()), columns=["page", "html"])
    warehouse.replace(RESULTS, judged.results)
    warehouse.replace(PAGES, pages)
    yield made(RESULTS, judged.results, n_missed=int((~judged.results["success"]).sum()))
    yield made(PAGES, pages)
    for group in standard.crime_groups:
        yield _check(f"minimum_standard_{group}", group, judged.results[judged.results["crime_group"] == group])
    yield _check(TABLES, TABLES, judged.results[judged.results["crime_group"] == ALL])


def _started_at(warehouse: Warehouse, refresh_id: str) -> datetime:
    with warehouse.connect() as connection:
        moment: datetime = connection.execute(STARTED, [refresh_id]).fetchall()[0][0]
    return moment


def _facts(warehouse: Warehouse, refresh_id: str, standard: MinimumStandard) -> TableFacts:
    bound = {
        "refresh_id": refresh_id,
        "null_codes": list(standard.null_codes),
        "sources": list(standard.structured_sources),
    }
    with warehouse.connect() as connection:
        row = connection.execute(FACTS, bound).fetchall()[0]
    return TableFacts(*(float(share) for share in row))


def _check(name: str, suite: str, results: pd.DataFrame) -> dg.AssetCheckResult:
    """Report a suite: an error where a mandatory item is missed, but never one that stops the refresh."""
    missed = results[~results["success"]]
    worst = missed.sort_values(["observed", "item_code"]).head(3)
    items = ", ".join(f"{row.item_code} {row.dimension} {row.observed:.0%}" for row in worst.itertuples())
    is_error = (missed["severity"] == "error").any()
    return dg.AssetCheckResult(
        asset_key=table_key(RESULTS),
        check_name=name,
        passed=missed.empty,
        severity=dg.AssetCheckSeverity.ERROR if is_error else dg.AssetCheckSeverity.WARN,
        metadata={"finding": f"{suite} misses {len(missed)} expectations: {items}" if len(missed) else "all met"},
    )
