"""Which MO item to record better first: the evidence that gaps lose, for each second that recording costs.

`linkage` measures how much an item tells about linked crimes; the scorecard says how often it is there; this
module puts the two together (METHOD, section 9) and refuses to rank what rests on too few linked pairs.
"""

import numpy as np
import pandas as pd

from quality.frame_columns import require_columns
from quality.minimum_standard import UNLISTED_TIER, MinimumStandard

WEIGHT_COLUMNS = ("item_code", "kl_linked", "n_linked")
SCORECARD_COLUMNS = ("item_code", "dimension", "n_expected", "n_met")
COLUMNS = [
    "item_code",
    "evidence_weight",
    "coverage",
    "evidence_lost",
    "cost_seconds",
    "tier",
    "n_linked",
    "rank",
    "reason",
]


def mo_priorities(term_weights: pd.DataFrame, scorecard: pd.DataFrame, standard: MinimumStandard) -> pd.DataFrame:
    """Rank items by the evidence that a second of better recording would bring.

    Parameters
    ----------
    term_weights
        One row an item: item_code, kl_linked (mean log Bayes factor, natural, that a linked pair gains where both
        crimes recorded the item), n_linked (linked pairs that it was learned on).
    scorecard
        As `scorecard.mo_scorecard` makes it.
    standard
        Seconds and tier of each item.

    Returns
    -------
    DataFrame
        item_code, evidence_weight (kl_linked), coverage (share of pairs of crimes with the item on both: the
        completeness squared, as if gaps fell at random), evidence_lost (evidence_weight x (1 - coverage)),
        cost_seconds, tier (highest in any crime group), n_linked (int64), rank (Int64, 1 first, missing where
        refused), reason (why there is no rank, else missing). Ranked rows first, then by item_code.

    Raises
    ------
    FrameError
        For a missing column.
    """
    require_columns(term_weights, WEIGHT_COLUMNS, "term_weights")
    require_columns(scorecard, SCORECARD_COLUMNS, "mo_scorecard")
    items = term_weights[list(WEIGHT_COLUMNS)].rename(columns={"kl_linked": "evidence_weight"})
    items = items.sort_values("item_code", ignore_index=True)
    items["coverage"] = items["item_code"].map(_completeness(scorecard)).astype("float64") ** 2
    items["evidence_lost"] = items["evidence_weight"] * (1 - items["coverage"])
    items["cost_seconds"] = [_seconds(code, standard) for code in items["item_code"]]
    items["tier"] = [_tier(code, standard) for code in items["item_code"]]
    least = standard.limits.least_linked_pairs
    measured = zip(items["n_linked"], items["evidence_weight"], items["coverage"], strict=True)
    items["reason"] = [_reason(n, weight, coverage, least) for n, weight, coverage in measured]
    items["rank"] = _ranks(items)
    return items.sort_values(["rank", "item_code"], na_position="last", ignore_index=True)[COLUMNS]


def _completeness(scorecard: pd.DataFrame) -> pd.Series:
    rows = scorecard[scorecard["dimension"] == "completeness"]
    summed = rows.groupby("item_code")[["n_expected", "n_met"]].sum()
    return summed["n_met"] / summed["n_expected"]


def _seconds(item_code: str, standard: MinimumStandard) -> float:
    item = standard.items.get(item_code)
    return float(standard.limits.default_seconds if item is None else item.seconds)


def _tier(item_code: str, standard: MinimumStandard) -> int:
    entries = (entry for group in standard.crime_groups for entry in standard.items_for(group))
    return min((entry.tier for entry in entries if entry.item_code == item_code), default=UNLISTED_TIER)


def _reason(n_linked: int, weight: float, coverage: float, least: int) -> str | None:
    if n_linked < least:
        return f"{n_linked} linked pairs, at least {least} are needed"
    if np.isnan(weight):
        return "no evidence weight was supplied"
    return "the scorecard does not expect this item" if np.isnan(coverage) else None


def _ranks(items: pd.DataFrame) -> pd.Series:
    gain = (items["evidence_lost"] / items["cost_seconds"]).where(items["reason"].isna())
    # rows stand in the order of item_code, so equal gains are ranked by name
    return gain.rank(method="first", ascending=False).astype("Int64")
