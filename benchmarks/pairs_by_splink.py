"""The five comparisons by Splink on DuckDB, from a Parquet file of crimes to one of links, in one process.

    python -m benchmarks.pairs_by_splink --way plain --crimes FILE --out FILE --max-km 2 --max-days 212

Two ways. `plain` gives Splink the crimes as they stand, with their own ids, times and words, finds the pairs by
blocking rules and compares nearest level first, as its guide shows. `tuned` gives it all that was found to make it
faster: ids numbered from square to square so that its joins find their rows in the cache, minutes and coded items, the
likeliest level first, and the pairs found by the fastest SQL and registered. Both leave out what need not be retained.
Ends with one line of JSON: pairs kept and the processor seconds of each step.
"""

import argparse
import json
import logging
import math
from collections.abc import Sequence
from typing import Any

import duckdb
from duckdb import DuckDBPyConnection as Connection
from splink import DuckDBAPI, Linker, SettingsCreator
from splink.blocking_rule_library import CustomRule
from splink.comparison_library import CustomComparison

from benchmarks.comparison_sql import (
    MEMORY,
    THREADS,
    crimes_query,
    edges_minutes,
    edges_squared,
    near_pairs,
    number,
)
from benchmarks.five_comparisons import (
    AGREEMENT,
    DISTANCE_KM,
    GAP_DAYS,
    ITEMS,
    PRIOR,
    Levels,
    Limits,
    least_log_bf,
    prior_log_odds,
)
from benchmarks.pair_program import StepClock, options

KILOMETRES = "1e-3 * sqrt((x_l - x_r) * (x_l - x_r) + (y_l - y_r) * (y_l - y_r))"
SECONDS = "abs(epoch(committed_at_l) - epoch(committed_at_r))"
TUNED_METRES_SQUARED = "((x_l - x_r) * (x_l - x_r) + (y_l - y_r) * (y_l - y_r))"
TUNED_MINUTES = "abs(minute_l - minute_r)"
SQUARES = ("square", "east", "north_west", "north", "north_east")


def main(arguments: Sequence[str] | None = None) -> None:
    """Score the pairs and write the links."""
    parser = options(argparse.ArgumentParser(description=__doc__))
    parser.add_argument("--way", choices=("plain", "tuned"), required=True)
    chosen = parser.parse_args(arguments)
    limits, clock, is_tuned = Limits(chosen.max_km, chosen.max_days), StepClock(), chosen.way == "tuned"
    connection = duckdb.connect(config={"threads": THREADS, "memory_limit": MEMORY})
    with clock.step("load_s"):
        crimes = crimes_query(chosen.crimes, limits) if is_tuned else plain_crimes_query(chosen.crimes, limits)
        connection.execute(f"create table crimes as {crimes}")
    database = DuckDBAPI(connection)
    settings = tuned_settings() if is_tuned else plain_settings(limits)
    linker = Linker(
        database.register("crimes"), settings, log_level=logging.ERROR
    )  # it would warn of levels for missing
    with clock.step("blocking_s"):
        found = _registered_pairs(linker, database, connection, limits) if is_tuned else _blocked_pairs(linker)
    n_pairs = connection.execute(f"select count(*) from {found}").fetchall()[0][0]
    threshold = None if chosen.every_pair else (least_log_bf() + prior_log_odds()) / math.log(2)
    scored = None
    for _ in range(1 + chosen.again):
        if scored is not None:
            scored.drop_table_from_database_and_remove_from_cache()
        with clock.step("scoring_s"):
            scored = linker.inference.predict(threshold_match_weight=threshold, warning_mode="never")
    assert scored is not None
    with clock.step("write_s"):
        connection.execute(f"copy ({_links_query(scored.physical_name, is_tuned)}) to '{chosen.out}' (format parquet)")
    weights = f"select count(*), sum({_log_bf()}) from {scored.physical_name}"
    kept, total = connection.execute(weights).fetchall()[0]
    print(json.dumps({"pairs": n_pairs, "kept": kept, "sum_log_bf": total, **clock.seconds()}))


def plain_crimes_query(path: str, limits: Limits) -> str:
    """Return a query for the crimes as they stand, with the squares in which blocking rules look for partners.

    The rules take a pair with the lower id first. Ids that begin with the square make five rules enough: with ids
    in no order it takes nine.
    """
    width = number(1000.0 * limits.max_km)
    across, along = f"floor(easting_m / {width})::integer", f"floor(northing_m / {width})::integer"
    return f"""
        select format('{{:04d}}{{:04d}}-{{}}', {along}, {across}, crime_id) as unique_id,
            easting_m as x, northing_m as y, committed_from_at as committed_at, {", ".join(ITEMS)},
            {along} * 1000 + {across} as square, square + 1 as east, square + 999 as north_west,
            square + 1000 as north, square + 1001 as north_east
        from read_parquet('{path}')
    """


def plain_settings(limits: Limits) -> SettingsCreator:
    """Return the model as one would write it from Splink's guide."""
    near = (
        f"(l.x - r.x) * (l.x - r.x) + (l.y - r.y) * (l.y - r.y) <= {number((1000.0 * limits.max_km) ** 2)} "
        f"and abs(epoch(l.committed_at) - epoch(r.committed_at)) <= {limits.max_days * 86_400}"
    )
    rules = [CustomRule(f"l.{square} = r.square and {near}") for square in SQUARES]
    kilometres = [f"{KILOMETRES} <= {number(km)}" for km in DISTANCE_KM.edges]
    days = [f"{SECONDS} <= {number(days * 86_400)}" for days in GAP_DAYS.edges]
    comparisons = [
        _comparison("distance", [*kilometres, "ELSE"], DISTANCE_KM),
        _comparison("gap", [*days, "ELSE"], GAP_DAYS),
        *(_item_comparison(item, f"{item}_l is null or {item}_r is null") for item in ITEMS),
    ]
    return _settings(comparisons, "unique_id", rules)


def tuned_settings() -> SettingsCreator:
    """Return the same model, asked in the order in which DuckDB is soonest done with most pairs."""
    far = [f"{TUNED_METRES_SQUARED} > {number(edge)}" for edge in edges_squared()[::-1]]
    late = [f"{TUNED_MINUTES} > {minutes}" for minutes in edges_minutes()[::-1]]
    comparisons = [
        _comparison("distance", [*far, "ELSE"], _farthest_first(DISTANCE_KM)),
        _comparison("gap", [*late, "ELSE"], _farthest_first(GAP_DAYS)),
        *(_item_comparison(item, f"{item}_l = 0 or {item}_r = 0") for item in ITEMS),
    ]
    return _settings(comparisons, "id", [])


def _settings(comparisons: list[CustomComparison], unique_id: str, rules: list[CustomRule]) -> SettingsCreator:
    return SettingsCreator(
        link_type="dedupe_only",
        comparisons=comparisons,
        blocking_rules_to_generate_predictions=rules,
        probability_two_random_records_match=PRIOR,
        retain_matching_columns=False,
        retain_intermediate_calculation_columns=False,
        unique_id_column_name=unique_id,
    )


def _farthest_first(levels: Levels) -> Levels:
    return Levels(levels.edges, levels.linked[::-1], levels.unlinked[::-1])


def _comparison(name: str, conditions: list[str], levels: Levels) -> CustomComparison:
    rows = zip(conditions, levels.linked, levels.unlinked, strict=True)
    return CustomComparison([_level(*row) for row in rows], output_column_name=name)


def _item_comparison(item: str, missing: str) -> CustomComparison:
    agreement = AGREEMENT[item]
    levels = [
        {"sql_condition": missing, "is_null_level": True},
        _level(f"{item}_l = {item}_r", agreement.linked, agreement.unlinked),
        _level("ELSE", 1 - agreement.linked, 1 - agreement.unlinked),
    ]
    return CustomComparison(levels, output_column_name=item)


def _level(condition: str, linked: float, unlinked: float) -> dict[str, Any]:
    return {"sql_condition": condition, "m_probability": linked, "u_probability": unlinked}


def _blocked_pairs(linker: Linker) -> str:
    """Let Splink find the pairs, which `predict` takes from there, and return the name of their table."""
    return str(linker.inference.compute_blocked_pairs_for_predict().physical_name)


def _registered_pairs(linker: Linker, database: DuckDBAPI, connection: Connection, limits: Limits) -> str:
    connection.execute(
        "create table near_pairs as "
        f"select '0' as match_key, l.id as join_key_l, r.id as join_key_r from {near_pairs(limits)}"
    )
    linker.table_management.register_blocked_pairs_for_predict(database.register("near_pairs"))
    return "near_pairs"


def _log_bf() -> str:
    return f"(match_weight * {number(math.log(2))} - {number(prior_log_odds())})"


def _links_query(table: str, is_tuned: bool) -> str:
    if not is_tuned:
        ends = "split_part(unique_id_l, '-', 2) as one, split_part(unique_id_r, '-', 2) as other"
        pairs = f"select {ends}, {_log_bf()} as log_bf from {table}"
    else:
        pairs = f"""select l.crime_id as one, r.crime_id as other, {_log_bf()} as log_bf
            from {table} inner join crimes as l on l.id = id_l inner join crimes as r on r.id = id_r"""
    return f"select least(one, other) as crime_id_1, greatest(one, other) as crime_id_2, log_bf from ({pairs})"


if __name__ == "__main__":
    main()
