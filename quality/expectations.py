"""The minimum standard as Great Expectations suites, one for each crime group and one for the tables themselves.

Each expectation says that of the crimes of a group that were expected to meet a dimension of an item, at least the
target share did; the target stands in the standard, the engine only runs it. Raw rows never reach the engine: a row of
shares for each suite does.
"""

from collections.abc import Mapping
from typing import NamedTuple

import pandas as pd

from quality.data_docs import MARKING, offline_pages
from quality.expectation_engine import Expected, Run, expect_at_least
from quality.frame_columns import require_columns
from quality.minimum_standard import MinimumStandard

SCORECARD_COLUMNS = ("crime_group", "item_code", "dimension", "n_expected", "n_met")
KEY = ["crime_group", "item_code", "dimension"]
COLUMNS = [
    "expectation",
    "crime_group",
    "item_code",
    "dimension",
    "expected",
    "observed",
    "success",
    "severity",
]
# When, where and the record itself are asked of every crime, so they are held to the highest tier.
PSEUDO_ITEMS = {"committed_time": "Time of the crime", "location": "Place of the crime", "crime": "The crime itself"}
PSEUDO_TIER = 1
DIMENSION_WORDS = {
    "completeness": "at least {share} of the crimes that should have it recorded have it",
    "recoverable": "at least {share} of the crimes that should have it recorded have it, or their text says it",
    "specificity": "at least {share} of the values say something more than other",
    "validity": "at least {share} of the values are among those allowed",
    "consistency": "at least {share} contradict nothing else that is recorded",
    "timeliness": "at least {share} were written down in time",
    "precision": "at least {share} are precise enough to compare crimes by",
    "uniqueness": "at least {share} are recorded once and not again",
}
ALL = "all"
TABLES = "tables"
TABLE_DIMENSION = "table"
TABLES_LABEL = "The tables themselves"


class TableFacts(NamedTuple):
    """What the tables as wholes are judged by, each a share from 0 to 1 that the database counts.

    `rows_accounted`: rows that arrived and whose fate is known; `crimes_scored`: staged crimes with one score;
    `crimes_counted`: staged crimes that the scorecard counts; `crimes_with_mo`: crimes with at least one MO value.
    """

    rows_accounted: float
    crimes_scored: float
    crimes_counted: float
    crimes_with_mo: float


FACT_HEADINGS = ["Rows accounted for", "Crimes scored", "Crimes counted", "Crimes with any MO"]
FACT_WORDS = (
    "Every row that arrived was loaded, replaced, retracted, left out of scope or quarantined",
    "Every crime in scope has one score",
    "Every crime in scope is counted in the scorecard once",
    "At least {share} of the crimes have any MO recorded",
)


class Judgement(NamedTuple):
    """The results (COLUMNS, a row an expectation) and the Data Docs of them: file name -> HTML."""

    results: pd.DataFrame
    pages: dict[str, str]


def run_expectations(scorecard: pd.DataFrame, standard: MinimumStandard) -> pd.DataFrame:
    """Judge the force's recording against the targets of the standard; the results of `judge_recording` alone."""
    return judge_recording(scorecard, None, standard, Run("not published", pd.Timestamp(0).to_pydatetime())).results


def judge_recording(
    scorecard: pd.DataFrame,
    facts: TableFacts | None,
    standard: MinimumStandard,
    run: Run,
    marking: str = MARKING,
) -> Judgement:
    """Judge the force's recording against the targets of the standard, and its tables as wholes.

    Parameters
    ----------
    scorecard
        As `scorecard.mo_scorecard` makes it.
    facts
        What the tables as wholes are judged by; None leaves them out.
    standard
        The minimum standard; its targets make the suites.
    run
        The refresh and its moment, for the Data Docs.
    marking
        Protective marking of the Data Docs.

    Returns
    -------
    Judgement
        One result per expectation, sorted by crime_group, item_code, dimension: expectation
        (`<crime_group>.<item_code>.<dimension>`), crime_group, item_code, dimension (str; `all`, a fact's name and
        `table` for the tables), expected and observed (share, 0 to 1), success (bool), severity (`error` or `warn`, of
        the item's tier). Shares of fewer crimes than `limits.least_expected` are not judged and have no row.

    Raises
    ------
    FrameError
        For a missing column.
    """
    require_columns(scorecard, SCORECARD_COLUMNS, "mo_scorecard")
    judged = pd.concat([_of_groups(scorecard, standard), _of_tables(facts, standard)], ignore_index=True)
    judged = judged.sort_values(KEY, ignore_index=True)
    judged["expectation"] = judged[KEY].agg(".".join, axis=1) if len(judged) else pd.Series(dtype="str")
    rows = {
        str(suite): dict(zip(of_suite["heading"], of_suite["share"], strict=True))
        for suite, of_suite in judged.groupby("suite")
    }
    columns = judged[["suite", "heading", "expected", "severity", "sentence"]]
    outcome = expect_at_least(rows, [Expected(*entry) for entry in columns.itertuples(index=False, name=None)], run)
    judged["observed"] = [found.observed for found in outcome.found]
    judged["success"] = [found.success for found in outcome.found]
    results = judged[COLUMNS].astype({"expected": "float64", "observed": "float64", "success": "bool"})
    return Judgement(results, _pages(outcome.pages, judged, standard, run, marking))


def _of_groups(scorecard: pd.DataFrame, standard: MinimumStandard) -> pd.DataFrame:
    """Return the shares that are judged, with target, severity and words."""
    summed = scorecard.astype(dict.fromkeys(KEY, "object")).groupby(KEY, as_index=False)[["n_expected", "n_met"]].sum()
    summed = summed.merge(_tiers(standard), on=["crime_group", "item_code"])
    levels = list(zip(summed["dimension"], summed["tier"], strict=True))
    summed["expected"] = [standard.targets.get(level, float("nan")) for level in levels]
    # A dimension for which the standard sets no target is measured and not judged.
    summed = summed[summed["expected"].notna() & (summed["n_expected"] >= standard.limits.least_expected)]
    summed["share"] = summed["n_met"] / summed["n_expected"]
    summed["suite"] = summed["crime_group"]
    summed["severity"] = [standard.tiers[tier].severity for tier in summed["tier"]]
    summed["heading"] = [
        f"{label}: {dimension}" for label, dimension in zip(summed["label"], summed["dimension"], strict=True)
    ]
    summed["sentence"] = [
        f"{standard.tiers[tier].label}: {DIMENSION_WORDS[dimension].format(share=f'{expected:.0%}')}."
        for tier, dimension, expected in zip(summed["tier"], summed["dimension"], summed["expected"], strict=True)
    ]
    return summed


def _of_tables(facts: TableFacts | None, standard: MinimumStandard) -> pd.DataFrame:
    """Return what the tables as wholes are judged by; crimes without any MO fail every mandatory item."""
    if facts is None:
        return pd.DataFrame()
    least = TableFacts(1.0, 1.0, 1.0, standard.target("completeness", PSEUDO_TIER))
    words = [f"{sentence.format(share=f'{share:.0%}')}." for sentence, share in zip(FACT_WORDS, least, strict=True)]
    frame = pd.DataFrame({"item_code": TableFacts._fields, "share": facts, "expected": least, "sentence": words})
    return frame.assign(
        suite=TABLES,
        crime_group=ALL,
        dimension=TABLE_DIMENSION,
        severity=standard.tiers[PSEUDO_TIER].severity,
        heading=FACT_HEADINGS,
    )


def _tiers(standard: MinimumStandard) -> pd.DataFrame:
    rows = [
        (group, item, label, tier)
        for group in standard.crime_groups
        for item, label, tier in (
            *((item, standard.items[item].label, tier) for item, tier in _expected_items(standard, group)),
            *((item, label, PSEUDO_TIER) for item, label in PSEUDO_ITEMS.items()),
        )
    ]
    return pd.DataFrame(rows, columns=["crime_group", "item_code", "label", "tier"])


def _expected_items(standard: MinimumStandard, crime_group: str) -> list[tuple[str, int]]:
    return [(entry.item_code, entry.tier) for entry in standard.items_for(crime_group)]


def _pages(
    pages: Mapping[str, str], judged: pd.DataFrame, standard: MinimumStandard, run: Run, marking: str
) -> dict[str, str]:
    labels = {code: group.label for code, group in standard.crime_groups.items()} | {TABLES: TABLES_LABEL}
    counts = {
        str(suite): f"{int(success.sum())} of {len(success)}" for suite, success in judged.groupby("suite")["success"]
    }
    return offline_pages(pages, labels, counts, run.name, marking)
