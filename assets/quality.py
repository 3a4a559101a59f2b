"""Recording quality: the minimum-standard score of every crime, the scorecard, and the expectations judged on it."""

from collections.abc import Iterator

import dagster as dg

from assets.described import made, table_asset, table_spec
from assets.warehouse import POOL, Warehouse
from quality.expectations import run_expectations
from quality.minimum_standard import load_minimum_standard
from quality.mo_scores import mo_scores as score_crimes
from quality.scorecard import mo_scorecard as count_scorecard

STAGED = ["staging.stg_crimes", "staging.stg_mo_features"]
CRIMES = "from staging.stg_crimes order by crime_id"
FEATURES = "from staging.stg_mo_features order by crime_id, item_code, value_code"
PROPERTIES = "from staging.stg_properties order by crime_id, property_class"
SCORECARD = "select * exclude (refresh_id) from quality.mo_scorecard where refresh_id = ?"
RESULTS = "quality.expectation_results"


@table_asset("quality.mo_scores", deps=STAGED, group="quality")
def mo_scores(warehouse: Warehouse) -> dg.MaterializeResult:
    """How much of the minimum standard was recorded, 0 to 100, and what is missing; one row per crime."""
    scores = score_crimes(warehouse.frame(CRIMES), warehouse.frame(FEATURES), load_minimum_standard())
    warehouse.replace("quality.mo_scores", scores)
    return made("quality.mo_scores", scores, mean_score=float(scores["score"].mean()) if len(scores) else 0.0)


@table_asset("quality.mo_scorecard", deps=[*STAGED, "staging.stg_properties"], group="quality")
def mo_scorecard(warehouse: Warehouse) -> dg.MaterializeResult:
    """Quality by area, crime group, month, capture role, item and dimension; one row per such cell."""
    scorecard = count_scorecard(
        warehouse.frame(CRIMES), warehouse.frame(FEATURES), warehouse.frame(PROPERTIES), load_minimum_standard()
    )
    warehouse.replace("quality.mo_scorecard", scorecard)
    met = scorecard["n_met"].sum() / max(1, scorecard["n_expected"].sum())
    return made("quality.mo_scorecard", scorecard, share_met=float(met))


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
