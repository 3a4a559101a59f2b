"""How many crimes lack an item, by area and crime group, and for which causes: counted from the findings."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from quality.frame_columns import require_columns
from quality.practice.unit_costs import UnitCosts

CELL = ["area_code", "crime_group", "item_code"]
NOT_STATED = "not_stated"
FINDING_COLUMNS = ("crime_id", "area_code", "crime_group", "item_code", "dimension", "rule", "is_compared")
SCORECARD_COLUMNS = ("area_code", "crime_group", "month", "item_code", "dimension", "n_expected")
RULE_CAUSES = {
    "not_asked": "not_asked",
    "not_known": "not_known",
    "coded_as_other": "coded_as_other",
    "recorded_late": "recorded_late",
    "in_text_only": "in_text_only",
    "not_in_list": "not_in_list",
    "default_midnight": "default_time",
    "date_only": "default_time",
    "wide_window": "default_time",
    "no_time": "default_time",
    "rough_place": "default_place",
    "default_place": "default_place",
    "no_place": "default_place",
    "out_of_order": "contradicted",
}
"""Cause of a gap by the rule that found it; rules of consistency make `contradicted`, others are no gap of an item."""


class GapCounts(NamedTuple):
    """What the findings say, counted.

    Attributes
    ----------
    by_cause
        area_code, crime_group, item_code, cause (str), n_crimes (int64): distinct crimes with the cause; n_lost
        (int64): those of them whose evidence is lost by it, for linkage compares no value of theirs.
    by_item
        area_code, crime_group, item_code (str), n_gap, n_lost (int64): the same for any cause.
    """

    by_cause: pd.DataFrame
    by_item: pd.DataFrame


def rule_causes(rules: pd.DataFrame, costs: UnitCosts) -> pd.DataFrame:
    """Return the causes of rules.

    Parameters
    ----------
    rules
        rule and dimension (str), one row each; the rules that found something.
    costs
        Which causes lose evidence.

    Returns
    -------
    DataFrame
        rule, dimension, cause, loses_evidence (bool); without rules that are no gap of an item, such as a crime
        recorded twice.
    """
    causes = [
        RULE_CAUSES.get(rule, "contradicted" if dimension == "consistency" else None)
        for rule, dimension in zip(rules["rule"], rules["dimension"], strict=True)
    ]
    known = rules[["rule", "dimension"]].assign(cause=pd.array(causes, dtype="object"))
    known = known[known["cause"].notna()].drop_duplicates(ignore_index=True)
    loses = pd.Series([costs.causes[cause].loses_evidence for cause in known["cause"]], dtype="bool")
    return known.assign(loses_evidence=loses)


def count_gaps(findings: pd.DataFrame, costs: UnitCosts) -> GapCounts:
    """Count the crimes with a gap, those with each cause of one, and of both those whose evidence is lost.

    Parameters
    ----------
    findings
        `mo_findings`: one row per crime, item and rule. An area or crime group that is missing counts as
        `not_stated`. is_compared (bool): linkage compares the crime by a value of the item all the same, such as one
        that is read out of the text, so that no evidence is lost.
    costs
        Which causes lose evidence.

    Raises
    ------
    FrameError
        For a missing column.
    """
    require_columns(findings, FINDING_COLUMNS, "mo_findings")
    causes = rule_causes(findings[["rule", "dimension"]].drop_duplicates(), costs)
    caused = findings[list(FINDING_COLUMNS)].merge(causes, on=["rule", "dimension"])
    caused = caused.assign(**{name: caused[name].fillna(NOT_STATED) for name in ("area_code", "crime_group")})
    by_cause = _crimes(caused, [*CELL, "cause"], "n_crimes")
    return GapCounts(by_cause, _crimes(caused, CELL, "n_gap"))


def _crimes(caused: pd.DataFrame, by: list[str], name: str) -> pd.DataFrame:
    """Return distinct crimes under a name, and those whose evidence is lost as n_lost."""
    is_lost = caused["loses_evidence"].astype(bool) & ~caused["is_compared"].astype(bool)
    counted = caused.groupby(by)["crime_id"].nunique().rename(name).reset_index()
    lost = caused[is_lost].groupby(by)["crime_id"].nunique().rename("n_lost").reset_index()
    counted = counted.merge(lost, on=by, how="left")
    return counted.assign(n_lost=counted["n_lost"].fillna(0).astype("int64"))


def expected_crimes(scorecard: pd.DataFrame) -> pd.DataFrame:
    """Return how many crimes were expected to hold each item: the scorecard's counts of completeness, summed.

    Returns
    -------
    DataFrame
        area_code, crime_group, item_code (str), n_expected (int64).
    """
    require_columns(scorecard, SCORECARD_COLUMNS, "mo_scorecard")
    rows = scorecard.loc[scorecard["dimension"] == "completeness", [*CELL, "n_expected"]]
    rows = rows.assign(**{name: rows[name].fillna(NOT_STATED) for name in ("area_code", "crime_group")})
    return rows.groupby(CELL)["n_expected"].sum().reset_index()


def years_covered(scorecard: pd.DataFrame) -> float:
    """Return how many years the scorecard's months span, at least a month; what a year brings is counted over it."""
    months = pd.to_datetime(scorecard["month"]).dropna()
    if months.empty:
        return 1.0
    first, last = months.min(), months.max()
    return float((last.year - first.year) * 12 + last.month - first.month + 1) / 12


def rest_of_force(counts: np.ndarray, group: np.ndarray) -> np.ndarray:
    """Return, for each row, the sum over its group without the row itself (float64)."""
    totals = np.bincount(group, weights=counts)
    return np.asarray(totals[group] - counts)
