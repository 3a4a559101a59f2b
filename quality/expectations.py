"""The minimum standard as one Great Expectations suite, run on the scorecard summed over the force.

Each expectation says that of the crimes of a group that were expected to meet a dimension of an item, at least
the target share did. Raw rows never reach the engine: one row of some 300 shares does.
"""

import pandas as pd

from quality.expectation_engine import Expected, expect_at_least
from quality.frame_columns import require_columns
from quality.minimum_standard import MinimumStandard
from quality.standard_document import DIMENSIONS

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
# When and where are asked of every crime, so they are held to the highest tier.
PSEUDO_ITEMS = ("committed_time", "location")
PSEUDO_TIER = 1


def run_expectations(scorecard: pd.DataFrame, standard: MinimumStandard) -> pd.DataFrame:
    """Judge the force's recording against the targets of the standard.

    Parameters
    ----------
    scorecard
        As `scorecard.mo_scorecard` makes it.
    standard
        The minimum standard; its targets make the suite.

    Returns
    -------
    DataFrame
        One row per expectation, sorted by crime_group, item_code, dimension: expectation
        (`<crime_group>.<item_code>.<dimension>`), crime_group, item_code, dimension (str), expected and observed
        (share, 0 to 1), success (bool), severity (`error` or `warn`, of the item's tier). Shares of fewer crimes
        than `limits.least_expected` are not judged and have no row.

    Raises
    ------
    FrameError
        For a missing column.
    """
    require_columns(scorecard, SCORECARD_COLUMNS, "mo_scorecard")
    judged = _aggregate(scorecard, standard)
    names = judged["expectation"].tolist()
    observed = dict(zip(names, judged["share"].tolist(), strict=True))
    suite = [Expected(name, name, least) for name, least in zip(names, judged["expected"].tolist(), strict=True)]
    found = expect_at_least(observed, suite)
    judged["observed"] = [result.observed for result in found]
    judged["success"] = [result.success for result in found]
    return judged[COLUMNS].astype({"expected": "float64", "observed": "float64", "success": "bool"})


def _aggregate(scorecard: pd.DataFrame, standard: MinimumStandard) -> pd.DataFrame:
    # the standard sets no target for some dimensions that the scorecard measures
    held_to_target = scorecard[scorecard["dimension"].isin(DIMENSIONS)]
    summed = held_to_target.groupby(KEY, as_index=False)[["n_expected", "n_met"]].sum()
    tiers = _tiers(standard)
    summed = summed.merge(tiers, on=["crime_group", "item_code"])
    summed = summed[summed["n_expected"] >= standard.limits.least_expected]
    summed = summed.sort_values(KEY, ignore_index=True)
    summed["share"] = summed["n_met"] / summed["n_expected"]
    summed["expectation"] = summed[KEY].agg(".".join, axis=1) if len(summed) else pd.Series(dtype="str")
    levels = list(zip(summed["dimension"], summed["tier"], strict=True))
    summed["expected"] = [standard.target(dimension, tier) for dimension, tier in levels]
    summed["severity"] = [standard.tiers[tier].severity for _, tier in levels]
    return summed


def _tiers(standard: MinimumStandard) -> pd.DataFrame:
    rows = [
        (group, item, tier)
        for group in standard.crime_groups
        for item, tier in (
            *((entry.item_code, entry.tier) for entry in standard.items_for(group)),
            *((item, PSEUDO_TIER) for item in PSEUDO_ITEMS),
        )
    ]
    return pd.DataFrame(rows, columns=["crime_group", "item_code", "tier"])
