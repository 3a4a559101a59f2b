"""Every table of crimes that force-wide co-linkage gives, read out of one outcome together."""

from typing import NamedTuple

import pandas as pd

from linkage.co_linkage_tables import (
    LongInts,
    Outcome,
    crime_outcomes,
    crime_pairs,
    leads_above,
    point_series,
    ranked_candidates,
    series_by_draw,
    series_sizes,
)
from linkage.link_graph import CoLinkageGraph


class ForceTables(NamedTuple):
    """Tables as the functions of `linkage.co_linkage_tables` give them.

    Attributes
    ----------
    pairs, candidates, crimes, series, sizes, leads : DataFrame
    n_series : int64, shape (n_draws,)
        Series in each draw, of any number of crimes.
    """

    pairs: pd.DataFrame
    candidates: pd.DataFrame
    crimes: pd.DataFrame
    series: pd.DataFrame
    sizes: pd.DataFrame
    leads: pd.DataFrame
    n_series: LongInts


def force_tables(
    graph: CoLinkageGraph,
    outcome: Outcome,
    offender_crimes: pd.DataFrame,
    n_draws: int,
    floor: float,
    top_k: int,
    line: float,
) -> ForceTables:
    """Read all tables out of an outcome.

    Parameters
    ----------
    graph
    outcome
        Joined tables of all components.
    offender_crimes
        person_id, crime_id of solved crimes.
    n_draws
        Draws that the outcome rests on.
    floor, top_k
        Least probability of a pair or candidate, and most candidates of each kind of a crime.
    line
        Least probability of a lead.
    """
    counts = series_by_draw(graph, outcome, n_draws)
    candidates = ranked_candidates(graph, outcome, offender_crimes, floor, top_k)
    return ForceTables(
        pairs=crime_pairs(graph, outcome, floor),
        candidates=candidates,
        crimes=crime_outcomes(graph, outcome, candidates),
        series=point_series(graph, outcome),
        sizes=series_sizes(counts),
        leads=leads_above(candidates, line),
        n_series=counts["all"].sum(axis=1),
    )
