"""The record-level list of what to mend: each crime and item with a gap, what to do, and what that is worth."""

import pandas as pd

from quality.frame_columns import require_columns
from quality.practice.gaps import rule_causes
from quality.practice.unit_costs import UnitCosts

MOST_ROWS = 5_000
KIND = ["crime_group", "item_code", "rule"]
KEYS = [*KIND, "dimension", "is_compared"]
COLUMNS = [
    "place",
    "crime_id",
    "area_code",
    "crime_group",
    "item_code",
    "rule",
    "cause",
    "what_to_do",
    "expected_links",
    "seconds",
    "seconds_per_link",
    "n_total",
]
FINDING_COLUMNS = ("crime_id", "area_code", "crime_group", "month", "item_code", "dimension", "rule", "is_compared")


def fix_prices(kinds: pd.DataFrame, priorities: pd.DataFrame, costs: UnitCosts) -> pd.DataFrame:
    """Return what it takes and brings to mend a record, by kind of gap, cheapest link first.

    Parameters
    ----------
    kinds
        crime_group, item_code, rule, dimension, is_compared (bool): the kinds of gap that were found, one row each.
    priorities
        `mo_group_priorities`: links_per_1000_recorded by crime group and item.
    costs
        Seconds, chance of recovery and words by cause.

    Returns
    -------
    DataFrame
        The columns of kinds, cause, what_to_do (str), expected_links (of mending one crime; missing where evidence does
        not rank the item), seconds (expected officer time), seconds_per_link, price (int64: 0 the cheapest link; kinds
        without evidence after those with, by seconds). No link comes of a cause that loses no evidence, nor of a value
        that linkage compares already (is_compared), such as one of the text that only has to be confirmed.
    """
    known = kinds.merge(rule_causes(kinds[["rule", "dimension"]].drop_duplicates(), costs), on=["rule", "dimension"])
    columns = ["crime_group", "item_code", "links_per_1000_recorded"]
    known = known.merge(priorities[columns], on=["crime_group", "item_code"], how="left")
    fixes = [costs.fixes[cause] for cause in known["cause"]]
    is_lost = known.pop("loses_evidence").astype(bool) & ~known["is_compared"].astype(bool)
    recovered = pd.Series([fix.recovers for fix in fixes], dtype="float64").where(is_lost, 0.0)
    links = known.pop("links_per_1000_recorded").astype("float64").clip(lower=0) / 1000 * recovered
    seconds = pd.Series([fix.seconds for fix in fixes], dtype="float64")
    priced = known.assign(
        what_to_do=[fix.do for fix in fixes],
        expected_links=links,
        seconds=seconds,
        seconds_per_link=(seconds / links).where(links > 0),
    )
    priced = priced.sort_values(
        ["seconds_per_link", "expected_links", "seconds", *KIND, "is_compared"], na_position="last"
    )
    return priced.assign(price=range(len(priced))).reset_index(drop=True)


def mo_fix_list(
    findings: pd.DataFrame, priorities: pd.DataFrame, costs: UnitCosts, *, most_rows: int = MOST_ROWS
) -> pd.DataFrame:
    """List the records to mend, the cheapest link first, among equals the latest crime.

    Parameters
    ----------
    findings
        `mo_findings`: one row per crime, item and rule; is_compared as for `gaps.count_gaps`.
    priorities
        `mo_group_priorities`.
    costs
        Assumptions.
    most_rows
        How many rows to keep.

    Returns
    -------
    DataFrame
        place (int64, 1 first), crime_id, area_code, crime_group, item_code, rule, cause, what_to_do (str),
        expected_links, seconds, seconds_per_link (float64), n_total (int64: rows before the cut, the same in each).

    Raises
    ------
    FrameError
        For a missing column.
    """
    require_columns(findings, FINDING_COLUMNS, "mo_findings")
    require_columns(priorities, ("crime_group", "item_code", "links_per_1000_recorded"), "mo_group_priorities")
    kinds = findings[KEYS].drop_duplicates(ignore_index=True)
    rows = findings.merge(fix_prices(kinds, priorities, costs), on=KEYS)
    return listed(rows, len(rows), most_rows)


def listed(rows: pd.DataFrame, n_total: int, most_rows: int = MOST_ROWS) -> pd.DataFrame:
    """Return priced findings in the form and order of the list, cut to its length."""
    order = rows.sort_values(
        ["price", "month", "crime_id"], ascending=[True, False, True], na_position="last", ignore_index=True
    ).head(most_rows)
    return order.assign(place=range(1, len(order) + 1), n_total=n_total)[COLUMNS]
