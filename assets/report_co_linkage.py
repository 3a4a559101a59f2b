"""What report and page show of crimes judged jointly, read from the warehouse."""

import json
from typing import Any

import duckdb
import pandas as pd

from assets.warehouse import Warehouse
from publication.co_linkage_data import LINE, CoLinkage
from publication.co_linkage_page import MOST_CRIMES

MOST_PAIRS = 200
LIMITS = ("line", "worst_rhat", "least_ess")
QUERIES = {
    # An offender of several groups can be likelier than each of them, so the likeliest link is looked for in both.
    "crimes": """
        with found as (
            select crime_id, candidate_kind, candidate_id, probability from linkage.co_linkage_candidates
            where refresh_id = $refresh_id and rank = 1 and candidate_kind <> 'nobody'
            union select crime_id, candidate_kind, candidate_id, probability from linkage.co_linkage_crimes
            where refresh_id = $refresh_id and candidate_kind is not null
        ),
        likeliest as (
            from found qualify 1 = row_number() over (
                partition by crime_id
                order by probability desc, list_position(['group', 'offender', 'crime'], candidate_kind), candidate_id
            )
        )
        select crimes.* exclude (refresh_id, candidate_kind, candidate_id, probability),
            likeliest.candidate_kind, likeliest.probability,
            if(likeliest.candidate_kind = 'offender', null, likeliest.candidate_id) as candidate_id
        from linkage.co_linkage_crimes as crimes left join likeliest using (crime_id)
        where crimes.refresh_id = $refresh_id order by crime_id
    """,
    "sizes": "select * exclude (refresh_id) from linkage.co_linkage_sizes where refresh_id = $refresh_id order by 1, 2",
    "hyperparameters": """
        select * exclude (refresh_id) from linkage.co_linkage_hyperparameters where refresh_id = $refresh_id order by 1
    """,
    "diagnostics": """
        select * exclude (refresh_id) from linkage.co_linkage_diagnostics where refresh_id = $refresh_id order by 1
    """,
}
# Of a force of any size only the strongest crimes are listed; counts are of all. No page names a person.
STRONGEST = """
    with strongest as (
        select crime_id, max(probability) as highest from linkage.{table}
        where refresh_id = $refresh_id and candidate_kind <> 'nobody'
        group by crime_id order by highest desc, crime_id limit $most
    )
    select crime_id, candidate_kind, if(candidate_kind = 'offender', null, candidate_id) as candidate_id, probability
    from linkage.{table} semi join strongest using (crime_id)
    where refresh_id = $refresh_id and candidate_kind <> 'nobody'
    order by probability desc, crime_id, candidate_kind, candidate_id
"""
# The crimes of the strongest pairs with all crimes of the known groups among them: what the square of families shows.
DRAWN = """
    create or replace temp table drawn as
    with strongest as (
        select crime_id_1, crime_id_2 from linkage.co_linkage where refresh_id = $refresh_id and probability >= $line
        order by probability desc, crime_id_1, crime_id_2 limit $most
    ),
    named as (select crime_id_1 as crime_id from strongest union select crime_id_2 from strongest),
    solved as (
        select crime_id, group_id from linkage.co_linkage_series where refresh_id = $refresh_id and is_solved
    ),
    joined as (select distinct group_id from solved semi join named using (crime_id))
    select crime_id, group_id from named left join solved using (crime_id)
    union select crime_id, group_id from solved semi join joined using (group_id)
"""
PAIRS = """
    select crime_id_1, crime_id_2, probability from linkage.co_linkage
    where refresh_id = $refresh_id
        and crime_id_1 in (select crime_id from drawn) and crime_id_2 in (select crime_id from drawn)
    order by 1, 2
"""


def co_linkage_part(warehouse: Warehouse, refresh_id: str, most: int = MOST_CRIMES) -> CoLinkage | None:
    """Return what is shown of a refresh; None where no unsolved crime was judged jointly."""
    bound: dict[str, Any] = {"refresh_id": refresh_id}
    with warehouse.connect() as connection:
        frames = {name: connection.execute(query, bound).df() for name, query in QUERIES.items()}
        if frames["crimes"].empty:
            return None
        for name, table in (("candidates", "co_linkage_candidates"), ("leads", "leads")):
            query = STRONGEST.format(table=table)
            frames[name] = connection.execute(query, {**bound, "most": most}).df()
        limits = _limits(connection, refresh_id)
        line = limits.get("line", LINE)
        connection.execute(DRAWN, {**bound, "line": line, "most": MOST_PAIRS})
        pairs, drawn = connection.execute(PAIRS, bound).df(), connection.table("drawn").df()
    told: dict[str, Any] = {**frames, **limits}
    return CoLinkage(**told, family_figure=_family_figure(pairs, drawn, line))


def _limits(connection: duckdb.DuckDBPyConnection, refresh_id: str) -> dict[str, float]:
    """Return the line, and the bounds of agreement, as far as the refresh recorded them."""
    found = connection.execute("select parameters from ops.refreshes where refresh_id = ?", [refresh_id]).fetchone()
    recorded = json.loads(found[0]).get("co_linkage", {}) if found and found[0] else {}
    return {name: float(recorded[name]) for name in LIMITS if name in recorded}


def _family_figure(pairs: pd.DataFrame, drawn: pd.DataFrame, line: float) -> str:
    """Return the square of the strongest families; empty where no pair reaches the line."""
    from linkage.figures.co_linkage_map import co_linkage_map_figure
    from linkage.figures.saving import as_svg

    if not (pairs["probability"] >= line).any():
        return ""
    solved = drawn.dropna(subset=["group_id"])
    groups = dict(zip(solved["crime_id"], solved["group_id"], strict=True))
    return as_svg(co_linkage_map_figure(pairs, groups, line))
