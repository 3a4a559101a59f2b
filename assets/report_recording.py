"""What the report of a refresh shows of recording: shared shares, trends, what to improve, what a change did."""

from typing import Any

import pandas as pd

from assets.recording_trend import trend_query
from assets.warehouse import Warehouse
from quality.minimum_standard import MinimumStandard, load_minimum_standard
from quality.practice.shared_improvements import shared_improvements
from quality.practice.unit_costs import load_unit_costs

QUERIES = {
    # small numbers are left out, and so is what would tell them by subtraction
    "completeness": """
        select area_code, crime_group, n_expected, n_met from quality.mo_scorecard_shared
        where refresh_id = ? and dimension = 'completeness' and item_code = 'all' and not is_suppressed
            and area_code <> 'all' and crime_group <> 'all'
        order by 1, 2
    """,
    "changes": "select * exclude (refresh_id) from quality.mo_change_effects where refresh_id = ? order by 1, 2",
    "improvements": "select * exclude (refresh_id) from quality.mo_improvements where refresh_id = ?",
    "shared": "select * exclude (refresh_id) from quality.mo_scorecard_shared where refresh_id = ?",
    "group_priorities": "select * exclude (refresh_id) from quality.mo_group_priorities where refresh_id = ?",
}
TRENDS = "select * from quality.mo_trends where refresh_id = ?"
PSEUDO_ITEMS = {"committed_time": "When it happened", "location": "Where it happened"}


def recording_parts(warehouse: Warehouse, refresh_id: str) -> dict[str, Any]:
    """Return the parts of `ReportData` that are about recording, by name."""
    standard = load_minimum_standard()
    queries = {**QUERIES, "trend": trend_query(TRENDS, standard.limits.least_shown)}
    with warehouse.connect() as connection:
        frames = {name: connection.execute(query, [refresh_id]).df() for name, query in queries.items()}
    shared = shared_improvements(frames.pop("improvements"), frames.pop("shared"))
    figures = frontiers(frames.pop("group_priorities"), standard)
    return {**frames, "improvements": _in_words(shared, standard), "frontiers": figures}


def frontiers(priorities: pd.DataFrame, standard: MinimumStandard) -> dict[str, str]:
    """Return the picture of links gained against officer seconds of the crime group that gains most, if any does."""
    from linkage.figures.frontier import frontier_figure
    from linkage.figures.saving import as_svg

    gaining = priorities[priorities["rank"].notna() & (priorities["links_per_1000_recorded"] > 0)]
    if gaining.empty:
        return {}
    group = str(gaining.groupby("crime_group")["links_per_1000_recorded"].sum().idxmax())
    name = standard.crime_groups[group].label.lower()
    labels = {code: item.label for code, item in standard.items.items()}
    figure = frontier_figure(priorities[priorities["crime_group"] == group], labels, name)
    return {f"Links gained against the seconds that asking takes: {name}": as_svg(figure)}


def _in_words(improvements: pd.DataFrame, standard: MinimumStandard) -> pd.DataFrame:
    costs = load_unit_costs()
    items = PSEUDO_ITEMS | {code: item.label for code, item in standard.items.items()}
    return improvements.assign(
        item=improvements["item_code"].map(items).fillna(improvements["item_code"]),
        cause=improvements["cause"].map({name: cause.label for name, cause in costs.causes.items()}),
        action=improvements["action"].map({name: action.label for name, action in costs.actions.items()}),
    )
