"""The five comparisons and the search for near pairs as SQL, written so that DuckDB works through them fastest.

What was tried is told in `pairs_by_sql`.
"""

from benchmarks.five_comparisons import AGREEMENT, DISTANCE_KM, GAP_DAYS, ITEMS, Levels, Limits

THREADS = 2
MEMORY = "12GB"
MINUTES_PER_DAY = 1440

CELLS_ACROSS = 1_000
PERIODS = 1_000
"""Room for squares in a row and for periods, in the whole number that stands for a square and a period together."""

METRES_SQUARED = "(l.x - r.x) * (l.x - r.x) + (l.y - r.y) * (l.y - r.y)"
MINUTES = "abs(l.minute - r.minute)"


def number(value: float) -> str:
    """Return a number that DuckDB reads as a double; without an exponent it would be a decimal."""
    return f"{float(value)!r}e0"


def metres_squared(km: float) -> float:
    """Return what a squared distance in metres is compared with."""
    return (1000.0 * km) ** 2


def edges_squared() -> list[float]:
    """Return the edges of distance in metres squared."""
    return [metres_squared(km) for km in DISTANCE_KM.edges]


def edges_minutes() -> list[int]:
    """Return the edges of the gap in minutes."""
    return [int(days * MINUTES_PER_DAY) for days in GAP_DAYS.edges]


def crimes_query(path: str, limits: Limits) -> str:
    """Return a query for the crimes as whole numbers, numbered so that crimes of one square and period stand together.

    Squares are as wide as the distance limit and periods half as long as the limit in time. An item is a number from
    1 on; 0 where it is missing.
    """
    items = ", ".join(f"(case when {item} is null then 0 else dense_rank() over (order by {item} nulls last) end)"
                      f"::utinyint as {item}" for item in ITEMS)  # fmt: skip
    width, period = number(1000.0 * limits.max_km), max(int(limits.max_days * MINUTES_PER_DAY) // 2, 1)
    return f"""
        with placed as (
            select crime_id, easting_m as x, northing_m as y, {", ".join(ITEMS)},
                (epoch(committed_from_at) // 60)::integer as minute,
                floor(northing_m / {width})::bigint * {CELLS_ACROSS} + floor(easting_m / {width})::bigint as square
            from read_parquet('{path}')
        )
        select (row_number() over (order by square, minute))::integer as id, crime_id, x, y, minute, {items},
            square * {PERIODS} + 10 + (minute - min(minute) over ()) // {period} as cell
        from placed order by id
    """


def near_pairs(limits: Limits) -> str:
    """Return the join that gives each pair of `crimes` within the limits once, as `l` and `r`.

    A crime meets the crimes of its own square and of four of the eight around it, in its own period and two either
    way; in its own square only later periods, and of its own period only crimes that come later in the table.
    """
    around = [(0, 0), (0, 1), (1, -1), (1, 0), (1, 1)]
    steps = [
        (up * CELLS_ACROSS + across) * PERIODS + period
        for up, across in around
        for period in range(-2, 3)
        if up or across or period >= 0
    ]
    values = ", ".join(f"({step})" for step in steps)
    return f"""(select crimes.*, cell + step as near, step from crimes, (values {values}) as steps (step)) as l
        inner join crimes as r on r.cell = l.near and (l.step <> 0 or l.id < r.id)
            and {METRES_SQUARED} <= {number(metres_squared(limits.max_km))}
            and {MINUTES} <= {int(limits.max_days * MINUTES_PER_DAY)}"""


def levels_case(value: str, edges: list[float] | list[int], levels: Levels) -> str:
    """Return the log Bayes factor of a number; most pairs are far apart, so that the last level is asked first."""
    log_bf = levels.log_bf()
    steps = [
        f"when {value} > {number(edge)} then {number(of_level)}"
        for edge, of_level in zip(edges[::-1], log_bf[:0:-1], strict=True)
    ]
    return f"case {' '.join(steps)} else {number(log_bf[0])} end"


def item_case(item: str) -> str:
    """Return the log Bayes factor of an item; asking first whether both agree takes half the time of `least() = 0`."""
    agree, differ = AGREEMENT[item].log_bf()
    return (
        f"case when l.{item} = r.{item} then case when l.{item} = 0 then 0e0 else {number(agree)} end "
        f"when l.{item} = 0 or r.{item} = 0 then 0e0 else {number(differ)} end"
    )
