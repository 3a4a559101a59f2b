"""The five comparisons by plain SQL in DuckDB, from a Parquet file of crimes to one of links, in one process.

    python -m benchmarks.pairs_by_sql --crimes FILE --out FILE --max-km 2 --max-days 212 [--again N] [--every-pair]

Ends with one line of JSON: pairs kept and the processor seconds of each step. The fastest form that was found: squares
as wide as the limit joined with half periods of time (finer squares, whole or quarter periods and time in the condition
alone all took longer), numbers for items, and the evidence in an inner select. With the threshold beside the cases
DuckDB works it out within the join, which took four times as long; `materialized` and `offset 0` changed nothing, and
asking first whether place and time can still reach the threshold took as long as asking all.
"""

import argparse
import json
from collections.abc import Sequence

import duckdb

from benchmarks.comparison_sql import (
    MEMORY,
    METRES_SQUARED,
    MINUTES,
    THREADS,
    crimes_query,
    edges_minutes,
    edges_squared,
    item_case,
    levels_case,
    near_pairs,
    number,
)
from benchmarks.five_comparisons import DISTANCE_KM, GAP_DAYS, ITEMS, Limits, least_log_bf
from benchmarks.pair_program import StepClock, options


def main(arguments: Sequence[str] | None = None) -> None:
    """Score the pairs and write the links."""
    chosen = options(argparse.ArgumentParser(description=__doc__)).parse_args(arguments)
    limits, clock = Limits(chosen.max_km, chosen.max_days), StepClock()
    connection = duckdb.connect(config={"threads": THREADS, "memory_limit": MEMORY})
    with clock.step("load_s"):
        connection.execute(f"create table crimes as {crimes_query(chosen.crimes, limits)}")
    query = links_query(limits, None if chosen.every_pair else least_log_bf())
    for _ in range(1 + chosen.again):
        connection.execute("drop table if exists links")
        with clock.step("scoring_s"):
            connection.execute(f"create table links as {query}")
    with clock.step("write_s"):
        connection.execute(f"""
            copy (
                select least(l.crime_id, r.crime_id) as crime_id_1, greatest(l.crime_id, r.crime_id) as crime_id_2,
                    links.log_bf
                from links inner join crimes as l on l.id = links.first inner join crimes as r on r.id = links.second
            ) to '{chosen.out}' (format parquet)""")
    kept, total = connection.execute("select count(*), sum(log_bf) from links").fetchall()[0]
    print(json.dumps({"kept": kept, "sum_log_bf": total, **clock.seconds()}))


def links_query(limits: Limits, least: float | None) -> str:
    """Return a query of first, second (ids) and log_bf of the pairs of `crimes` within the limits.

    Parameters
    ----------
    limits : Limits
    least : float, optional
        Log Bayes factor from which a pair is kept; all are without one.
    """
    items = [f"{item_case(item)} as of_{item}" for item in ITEMS]
    evidence = ", ".join([f"{METRES_SQUARED} as metres_squared", f"{MINUTES} as minutes", *items])
    terms = [
        levels_case("metres_squared", edges_squared(), DISTANCE_KM),
        levels_case("minutes", edges_minutes(), GAP_DAYS),
        *(f"of_{item}" for item in ITEMS),
    ]
    kept = "" if least is None else f"where log_bf >= {number(least)}"
    return f"""
        select first, second, log_bf from (
            select first, second, {" + ".join(terms)} as log_bf
            from (select l.id as first, r.id as second, {evidence} from {near_pairs(limits)})
        ) {kept}
    """


if __name__ == "__main__":
    main()
