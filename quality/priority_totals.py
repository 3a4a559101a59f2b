"""The priorities of MO items over the whole force, put together from those of its crime groups."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from quality.minimum_standard import UNLISTED_TIER, MinimumStandard
from quality.priorities import links_per_hour, share_in_top

TOP = 5
"""Places over the whole force that decide whether an item belongs to the most useful."""

COUNTS = ("n_linked", "n_groups", "n_crimes", "n_recorded")
BY_LINKED = ("evidence_weight", "exoneration", "information_value", "reliable_weight", "place_share")
BY_LINKED_TOO = ("incremental_gain", "coverage_linked")
BY_CRIMES = ("coverage", "evidence_lost", "links_per_1000_lost")
WITH_INTERVAL = ("evidence_weight", "evidence_lost", "incremental_gain", "links_per_1000_recorded")
COLUMNS = [
    *(
        "item_code",
        "evidence_weight",
        "coverage",
        "evidence_lost",
        "cost_seconds",
        "tier",
        "n_linked",
        "rank",
        "reason",
    ),
    *("n_groups", "n_crimes", "n_recorded", "coverage_linked", "evidence_weight_lower", "evidence_weight_upper"),
    *("exoneration", "information_value", "reliable_weight", "place_share"),
    *("evidence_lost_lower", "evidence_lost_upper"),
    *("incremental_gain", "incremental_gain_lower", "incremental_gain_upper"),
    *("links_per_1000_recorded", "links_per_1000_recorded_lower", "links_per_1000_recorded_upper"),
    *("links_per_1000_lost", "seconds", "links_per_hour", "links_per_hour_lower", "links_per_hour_upper"),
    *("share_in_top", "suggested_tier"),
]


def mo_priorities(groups: pd.DataFrame, draws: pd.DataFrame, standard: MinimumStandard) -> pd.DataFrame:
    """Put the priorities of the crime groups together, one row an item.

    Parameters
    ----------
    groups
        As `quality.priorities.mo_group_priorities` makes it.
    draws
        The resamples that it was made from.
    standard
        Tiers of the items.

    Returns
    -------
    DataFrame
        The columns of `COLUMNS`. Counts, weights and links are those of the crime groups in which the item is ranked,
        of all where it is ranked in none. Weights are means over linked pairs, coverage and what gaps lose means over
        crimes, links_per_1000_recorded a mean over the crimes that lack the item: those are the ones to record. Bounds
        put the groups' errors together as independent. tier is the highest that the standard gives in any crime group,
        suggested_tier the highest that it would then have, groups that were refused or hold no crimes as they are.
        Ranked rows first, then by item_code.
    """
    parts = groups.groupby("item_code", sort=True)
    rows = pd.DataFrame([_total(str(item), part, standard) for item, part in parts], columns=COLUMNS)
    rows["share_in_top"] = rows["item_code"].map(_share_in_top(groups, draws)).astype("float64")
    gain = rows["links_per_hour"].where(rows["reason"].isna()).astype("float64")
    # rows stand in the order of item_code, so equal gains are ranked by name
    rows["rank"] = gain.rank(method="first", ascending=False).astype("Int64")
    rows = rows.astype(dict.fromkeys((*COUNTS, "tier", "suggested_tier"), "int64"))
    return rows.sort_values(["rank", "item_code"], na_position="last", ignore_index=True)[COLUMNS]


def _total(item: str, part: pd.DataFrame, standard: MinimumStandard) -> dict[str, object]:
    """Return the row of one item."""
    ranked = part["reason"].isna()
    used = part[ranked] if ranked.any() else part
    row: dict[str, object] = {"item_code": item, **{name: int(used[name].sum()) for name in COUNTS}}
    for names, weight in _weights(used):
        row |= {name: _mean(used[name], weight) for name in names}
        row |= {
            f"{name}{end}": _bound(used, name, end, weight)
            for name in names
            if name in WITH_INTERVAL
            for end in ("_lower", "_upper")
        }
    seconds = float(part["seconds"].iloc[0])
    for end in ("", "_lower", "_upper"):
        links = pd.Series([row[f"links_per_1000_recorded{end}"]])
        row[f"links_per_hour{end}"] = links_per_hour(links, pd.Series([seconds])).iloc[0]
    tiers = _tiers(item, standard)
    return row | {
        "cost_seconds": seconds,
        "seconds": seconds,
        "tier": min(tiers.values(), default=UNLISTED_TIER),
        "suggested_tier": _suggested(part, tiers),
        "reason": None if ranked.any() else part.sort_values("n_linked", kind="stable")["reason"].iloc[-1],
    }


def _tiers(item: str, standard: MinimumStandard) -> dict[str, int]:
    """Return the tier of an item in each crime group that lists it."""
    return {
        code: entry.tier
        for code, group in standard.crime_groups.items()
        for entry in group.entries
        if entry.item_code == item
    }


def _suggested(part: pd.DataFrame, tiers: Mapping[str, int]) -> int:
    """Return the highest tier in any crime group once the proposals are accepted."""
    suggested = dict(zip(part["crime_group"], part["suggested_tier"], strict=True))
    # a crime group that never listed the item has no tier until one is proposed
    new = {group: tier for group, tier in suggested.items() if group in tiers or tier < UNLISTED_TIER}
    return int(min({**tiers, **new}.values(), default=UNLISTED_TIER))


def _weights(used: pd.DataFrame) -> list[tuple[tuple[str, ...], pd.Series]]:
    """Return the measures with what each crime group weighs in them."""
    gaps = used["n_crimes"] - used["n_recorded"]
    to_record = gaps if gaps.sum() > 0 else used["n_crimes"]
    return [
        ((*BY_LINKED, *BY_LINKED_TOO), used["n_linked"]),
        (BY_CRIMES, used["n_crimes"]),
        (("links_per_1000_recorded",), to_record),
    ]


def _mean(values: pd.Series, weight: pd.Series) -> float:
    known = values.notna() & (weight > 0)
    return float(np.average(values[known], weights=weight[known])) if known.any() else np.nan


def _bound(used: pd.DataFrame, name: str, end: str, weight: pd.Series) -> float:
    """Return a bound of a weighted mean: errors of the crime groups add up as the root of their squares."""
    known = used[name].notna() & (weight > 0)
    if not known.any():
        return np.nan
    share = weight[known] / weight[known].sum()
    error = float(np.sqrt(((share * (used[f"{name}{end}"] - used[name])[known]) ** 2).sum()))
    return _mean(used[name], weight) + (error if end == "_upper" else -error)


def _share_in_top(groups: pd.DataFrame, draws: pd.DataFrame) -> pd.Series:
    ranked = groups.loc[groups["reason"].isna(), ["crime_group", "item_code", "seconds", "n_crimes", "n_recorded"]]
    drawn = draws.merge(ranked, on=["crime_group", "item_code"])
    if drawn.empty:
        return pd.Series(dtype="float64")
    # a group in which all crimes have the item still says what they are worth, if it is the only one
    drawn["weight"] = (drawn["n_crimes"] - drawn["n_recorded"]).clip(lower=1)
    drawn["gain"] = drawn["weight"] * links_per_hour(drawn["links_per_1000_recorded"], drawn["seconds"])
    sums = drawn.groupby(["draw", "item_code"])[["gain", "weight"]].sum()
    return share_in_top((sums["gain"] / sums["weight"]).unstack("item_code"), TOP)
