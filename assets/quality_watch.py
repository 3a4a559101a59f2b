"""The minimum standard's expectations on the scorecard, judged by Great Expectations."""

from collections.abc import Iterator

import dagster as dg

from assets.described import made, table_spec
from assets.quality import SCORECARD
from assets.warehouse import POOL, Warehouse
from quality.expectations import run_expectations
from quality.minimum_standard import load_minimum_standard

RESULTS = "quality.expectation_results"


@dg.multi_asset(
    name="quality_expectation_results",
    specs=[
        table_spec(
            RESULTS,
            ["quality.mo_scorecard"],
            "The minimum standard's expectations and how the scorecard meets them; one row per expectation.",
            "quality",
        )
    ],
    check_specs=[
        dg.AssetCheckSpec(
            f"minimum_standard_{group}",
            asset=dg.AssetKey(RESULTS.split(".")),
            description=f"Great Expectations suite of the minimum standard for {group}; warns, never stops.",
        )
        for group in load_minimum_standard().crime_groups
    ],
    pool=POOL,
)
def expectation_results(warehouse: Warehouse) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
    """Run the suite that the minimum standard generates, and report it as one check per crime group."""
    standard = load_minimum_standard()
    scorecard = warehouse.frame(SCORECARD, [warehouse.refresh_id()])
    results = run_expectations(scorecard, standard)
    warehouse.replace(RESULTS, results)
    yield made(RESULTS, results, n_missed=int((~results["success"].astype(bool)).sum()))
    for group in standard.crime_groups:
        missed = results[(results["crime_group"] == group) & ~results["success"].astype(bool)]
        worst = missed.sort_values(["observed", "item_code"]).head(3)
        items = ", ".join(f"{row.item_code} {row.dimension} {row.observed:.0%}" for row in worst.itertuples())
        yield dg.AssetCheckResult(
            asset_key=dg.AssetKey(RESULTS.split(".")),
            check_name=f"minimum_standard_{group}",
            passed=missed.empty,
            severity=dg.AssetCheckSeverity.WARN,
            metadata={"finding": f"{group} misses {len(missed)} expectations: {items}" if len(missed) else "all met"},
        )
