"""What the report on recording better shows, read from a published snapshot."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from assets.recording_trend import trend_query
from orchestration.snapshot_reading import published

if TYPE_CHECKING:
    import pandas as pd

    from publication.improvement_report import Balance, ImprovementPage, Words
    from quality.minimum_standard import MinimumStandard
    from quality.practice.unit_costs import UnitCosts

TABLES = (
    *("mo_findings", "mo_scorecard", "mo_scorecard_shared", "mo_trends", "mo_group_priorities"),
    *("mo_improvements", "mo_fix_list", "mo_values"),
)
SCORECARD = """
    select area_code, crime_group, month, item_code, dimension, sum(n_expected)::bigint as n_expected
    from mo_scorecard where dimension = 'completeness' group by all order by all
"""
MOST_FRONTIERS = 3
HEAD = "select refresh_id, force_code, started_at, finished_at from refreshes"
AREAS_AND_CRIMES = "select count(distinct area_code) as n_areas, count(*) as n_crimes from crimes"
MONTHS_A_STEP, MOST_STEPS = 2, 5


class Practice(NamedTuple):
    """Tables of one snapshot that are about practice, exact and not for sharing."""

    improvements: "pd.DataFrame"
    fixes: "pd.DataFrame"
    scorecard: "pd.DataFrame"
    priorities: "pd.DataFrame"


def published_practice(snapshot: Path, costs_file: Path | None) -> Practice:
    """Return what was published; with a file of other unit costs, made anew with these.

    Raises
    ------
    PracticeError
        The file says something that it may not say, or the snapshot is of a time before these tables.
    """
    from assets.compared_findings import compared_findings
    from quality.minimum_standard import load_minimum_standard
    from quality.practice.errors import PracticeError
    from quality.practice.fix_list import mo_fix_list
    from quality.practice.gaps import count_gaps, expected_crimes, years_covered
    from quality.practice.improvement import mo_improvements
    from quality.practice.unit_costs import load_unit_costs

    held = set(published(snapshot, "select table_name from duckdb_tables()", [])["table_name"])
    if absent := [name for name in TABLES if name not in held]:
        raise PracticeError(f"{snapshot.name}: expected a table {absent[0]}, got none; run colink refresh once more")
    scorecard, priorities = published(snapshot, SCORECARD, []), _table(snapshot, "mo_group_priorities")
    if costs_file is None:
        fixes = _table(snapshot, "mo_fix_list").sort_values("place", ignore_index=True)
        return Practice(_table(snapshot, "mo_improvements"), fixes, scorecard, priorities)
    costs, findings = load_unit_costs(costs_file), _table(snapshot, compared_findings("mo_findings", "mo_values"))
    improvements = mo_improvements(
        count_gaps(findings, costs),
        expected_crimes(scorecard),
        priorities,
        load_minimum_standard(),
        costs,
        years=years_covered(scorecard),
    )
    return Practice(improvements, mo_fix_list(findings, priorities, costs), scorecard, priorities)


def improvement_page(snapshot: Path, practice: Practice, costs_file: Path | None) -> "ImprovementPage":
    """Return what the page shows of a snapshot; nothing in it needs to be kept from sharing within the force."""
    from publication.improvement_report import ImprovementPage
    from quality.minimum_standard import load_minimum_standard
    from quality.practice.shared_improvements import shared_improvements
    from quality.practice.unit_costs import load_unit_costs

    standard, costs = load_minimum_standard(), load_unit_costs(costs_file)
    head, counted = published(snapshot, HEAD, []).iloc[0], published(snapshot, AREAS_AND_CRIMES, []).iloc[0]
    found = practice.improvements
    n_fixes = int(practice.fixes["n_total"].max()) if len(practice.fixes) else 0
    finished_at = head["finished_at"] if head["finished_at"] == head["finished_at"] else head["started_at"]
    return ImprovementPage(
        force_name=str(head["force_code"]),
        refresh_id=str(head["refresh_id"]),
        finished_at=finished_at.to_pydatetime(),
        standard_version=standard.version,
        improvements=shared_improvements(found, _table(snapshot, "mo_scorecard_shared")),
        words=_words(standard, costs),
        costs_from="unit_costs.yaml of the software" if costs_file is None else costs_file.name,
        currency=costs.currency,
        totals={
            "crimes": int(counted["n_crimes"]),
            "areas": int(counted["n_areas"]),
            "gaps above the rest of the force": int(found["is_above"].sum()),
            "gaps of single records": n_fixes,
        },
        trend=published(snapshot, trend_query("from mo_trends", standard.limits.least_shown), []),
        figures=_frontiers(practice.priorities, standard),
        balance=_balance(practice, standard, costs),
        wedge=_wedge(practice),
        protective_marking=_marking(snapshot),
    )


def _table(snapshot: Path, name: str) -> "pd.DataFrame":
    return published(snapshot, f"select * exclude (refresh_id) from {name}", [])


def _marking(snapshot: Path) -> str:
    manifest: dict[str, Any] = json.loads((snapshot / "manifest.json").read_text(encoding="utf-8"))
    return str(manifest["protective_marking"])


def _words(standard: "MinimumStandard", costs: "UnitCosts") -> "Words":
    from publication.improvement_report import Words

    items = {code: item.label for code, item in standard.items.items()}
    return Words(
        items={"committed_time": "When it happened", "location": "Where it happened", **items},
        causes={name: cause.label for name, cause in costs.causes.items()},
        actions={name: action.label for name, action in costs.actions.items()},
    )


def _items_of_force(practice: Practice) -> "pd.DataFrame":
    """Return the gaps of the whole force in MO items with what they are worth, what repays work most first."""
    found = practice.improvements
    force = found[(found["scope"] == "force") & ~found["item_code"].isin(["committed_time", "location"])]
    names = ["links_per_1000_recorded", "links_per_1000_recorded_lower", "links_per_1000_recorded_upper"]
    worth = practice.priorities[["crime_group", "item_code", *names]]
    return force.merge(worth, on=["crime_group", "item_code"], how="left").sort_values("rank", ignore_index=True)


def _balance(practice: Practice, standard: "MinimumStandard", costs: "UnitCosts") -> "Balance | None":
    """Return the balance of all items that evidence says are worth it; of all items where it ranks none."""
    from publication.improvement_report import Balance
    from quality.practice.cost_benefit import break_even, cost_benefit, likely_inputs, sensitivity, summed_volumes
    from quality.practice.gaps import years_covered

    items = _items_of_force(practice)
    if items.empty:
        return None
    worth = items[items["links_gained"] > 0]
    chosen = worth if len(worth) else items
    volumes = summed_volumes(chosen, years_covered(practice.scorecard))
    asked = chosen["item_code"].map({code: item.seconds for code, item in standard.items.items()})
    n_lost = float(chosen["n_lost"].sum())
    seconds = {"capture_seconds": round(float((asked * chosen["n_lost"]).sum() / n_lost), 1)} if n_lost else {}
    inputs = likely_inputs(costs, **seconds)
    nil = break_even(volumes, inputs)
    told = (
        ("A confirmed link is worth", _amount(nil.value_per_link, costs.currency)),
        ("Asking takes, of one crime", _number(nil.capture_seconds, "seconds")),
        ("Recording 1,000 more crimes gains", _number(nil.links_per_1000_recorded, "links")),
    )
    return Balance(
        title=f"the {len(chosen)} items that gain links" if len(worth) else "every item of the standard",
        amounts=cost_benefit(volumes, inputs)._asdict(),
        nil=told,
        sensitivity=sensitivity(volumes, costs, **seconds),
        note=f"{volumes.links_per_1000_recorded:,.0f} links for 1,000 more crimes recorded, as measured on the force. "
        "Only crimes count that linkage can compare by no value of the item. The links of the items are added as if "
        "each item showed its own: an upper bound."
        if len(worth)
        else "No linked pairs show yet what an item gains: it counts as nothing; what would be needed is known.",
    )


def _amount(value: float, currency: str) -> str:
    from publication.figures_quality import money

    return money(value, currency) if value == value else "no value makes it so"


def _number(value: float, unit: str) -> str:
    from publication.figures_quality import plain

    return f"{plain(value)} {unit}" if value == value else "no number makes it so"


def _wedge(practice: Practice) -> str:
    """Return a plan for the first gap of the force: what a stepped wedge over its areas could show."""
    from quality.practice.gaps import years_covered
    from quality.practice.shrinkage import intra_area_correlation
    from quality.practice.stepped_wedge import WedgeDesign, wedge_power

    items = _items_of_force(practice)
    first = items.iloc[0] if len(items) else None
    if first is None or not 0 < first["share_gap"] < 1:
        return ""
    found = practice.improvements
    own = found[
        (found["scope"] == "area")
        & (found["item_code"] == first["item_code"])
        & (found["crime_group"] == first["crime_group"])
    ]
    n_areas = len(own)
    if n_areas < 4:
        return ""
    correlation = intra_area_correlation(own["n_gap"].to_numpy(float), own["n_expected"].to_numpy(float))
    a_year = float(first["n_expected"]) / years_covered(practice.scorecard)
    crimes = a_year / n_areas / 12 * MONTHS_A_STEP
    n_steps = min(MOST_STEPS, n_areas)
    design = WedgeDesign(n_areas, n_steps, crimes, 1 - float(first["share_gap"]), correlation)
    least = wedge_power(design, 0.1).least_difference
    return (
        f"With {n_areas} areas in {n_steps} steps of {MONTHS_A_STEP} months and about {crimes:.0f} crimes of an "
        f"area in each, a rise of {100 * least:.0f} points from {design.share_before:.0%} would be found four times in "
        "five."
    )


def _frontiers(priorities: "pd.DataFrame", standard: "MinimumStandard") -> dict[str, str]:
    """Return pictures of links gained against officer seconds, of the crime groups that gain most by recording."""
    from linkage.figures.frontier import frontier_figure
    from linkage.figures.saving import as_svg
    from publication.wording import words

    gaining = priorities[priorities["rank"].notna() & (priorities["links_per_1000_recorded"] > 0)]
    most = gaining.groupby("crime_group")["links_per_1000_recorded"].sum().sort_values(ascending=False)
    names = {code: item.label for code, item in standard.items.items()}
    figures = {}
    for group in most.index[:MOST_FRONTIERS]:
        title = f"Links gained against the seconds that asking takes: {words(group).lower()}"
        own = priorities[priorities["crime_group"] == group]
        figures[title] = as_svg(frontier_figure(own, names, words(group).lower()))
    return figures
