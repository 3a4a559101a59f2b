"""Counts by area and month that a change in recording is judged by: the same of a refresh and of a snapshot."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

Measure = Literal["completeness", "links"]
NOT_INDEPENDENT = (
    "these are probable links, and what makes a link probable is the very recording that changed: a rise says that "
    "linkage finds more, not that more crimes are linked; decisions of people would tell"
)
"""What must stand beside an effect on links that no person has decided."""

COMPLETENESS = """
    select area_code, month, sum(n_expected)::bigint as n_expected, sum(n_met)::bigint as n_met from {scorecard}
    where dimension = 'completeness' and area_code is not null and month is not null
        and if($item is null, item_code not in ('committed_time', 'location'), item_code = $item)
        and ($crime_group is null or crime_group = $crime_group)
    group by all order by all
"""
# A link counts for both of its crimes; those of one incident are known without any MO.
LINKS = """
    with pairs as ({pairs}),
    ends as (select crime_id_1 as crime_id from pairs union all select crime_id_2 from pairs),
    linked as (select crime_id, count(*) as n_links from ends group by crime_id)
    select area_code, date_trunc('month', coalesce(committed_from_local, reported_at)) as month,
        count(*)::bigint as n_expected, sum(coalesce(n_links, 0))::bigint as n_met
    from {crimes} left join linked using (crime_id)
    where area_code is not null and coalesce(committed_from_local, reported_at) is not null
        and ($crime_group is null or crime_group = $crime_group)
    group by all order by all
"""
PROBABLE = "select crime_id_1, crime_id_2 from {links} where posterior_probability >= 0.5 and not is_same_incident"
ACCEPTED = """
    select distinct crime_id_1, crime_id_2 from {decisions}
    where decision = 'accept' and crime_id_1 is not null and crime_id_2 is not null
"""


class Sources(NamedTuple):
    """Where the rows of one refresh stand: a table, or a query in brackets.

    Attributes
    ----------
    scorecard, crimes, links
        `mo_scorecard`, crimes (crime_id, area_code, crime_group, committed_from_local, reported_at), `links`.
    decisions
        `decisions`: what people decided of links (crime_id_1, crime_id_2, decision); None where there is none.
    bound
        Parameters that the sources name.
    """

    scorecard: str
    crimes: str
    links: str
    decisions: str | None = None
    bound: Mapping[str, object] = {}


class Counts(NamedTuple):
    """What is judged.

    Attributes
    ----------
    rows
        area_code, month, n_expected, n_met (int64).
    counted
        What n_met counts, in words.
    unit
        Of n_met for one of n_expected: `share`, or words.
    is_independent
        Whether it is counted without the model that reads the recording itself.
    """

    rows: "pd.DataFrame"
    counted: str
    unit: str
    is_independent: bool


def change_counts(
    connection: "duckdb.DuckDBPyConnection",
    measure: Measure,
    sources: Sources,
    *,
    item: str | None = None,
    crime_group: str | None = None,
) -> Counts:
    """Count what is recorded, or the links of crimes, by area and month.

    Parameters
    ----------
    connection
        To the database that holds the sources.
    measure
        `completeness`: of items expected, those recorded. `links`: of crimes, their links: those that people accepted
        where any decision is there, else the probable ones, of a posterior of 50% or more between different incidents.
    sources
        Where the rows stand.
    item, crime_group
        Only these; an item goes with completeness.
    """
    if measure == "completeness":
        query = COMPLETENESS.format(scorecard=sources.scorecard)
        rows = connection.execute(query, {**sources.bound, "item": item, "crime_group": crime_group}).df()
        return Counts(rows, f"crimes with {item} recorded" if item else "items recorded", "share", is_independent=True)
    accepted = ACCEPTED.format(decisions=sources.decisions) if sources.decisions else None
    is_decided = accepted is not None and connection.execute(accepted).fetchone() is not None
    pairs = accepted if is_decided else PROBABLE.format(links=sources.links)
    query = LINKS.format(pairs=pairs, crimes=sources.crimes)
    rows = connection.execute(query, {**sources.bound, "crime_group": crime_group}).df()
    if is_decided:
        return Counts(rows, "accepted links of a crime", "accepted links a crime", is_independent=True)
    counted = "probable links of a crime (a posterior of 50% or more)"
    return Counts(rows, counted, "probable links a crime", is_independent=False)
