"""Which MO item of a crime group to record better first: further links for each hour of recording.

`linkage` measures what an item tells and what recording it more often would bring; this module knows what it costs to
ask, refuses to rank what rests on too few linked pairs, and proposes a tier (`quality.item_tiers`; METHOD, section 9).
Nothing here changes the standard: a proposal is for people to accept.
"""

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from quality.frame_columns import require_columns
from quality.item_tiers import suggested_tier
from quality.minimum_standard import UNLISTED_TIER, MinimumStandard

LEAST_GROUPS = 5
"""Groups of connected offenders that an item's linked pairs must come from; one prolific group shows nobody else."""

TOP = 3
"""Places within a crime group that decide whether an item belongs to the most useful."""

WORTH_COLUMNS = (
    *("crime_group", "item_code", "n_linked", "n_groups", "n_crimes", "n_recorded", "coverage_linked", "coverage"),
    *("exoneration", "information_value", "reliable_weight", "place_share", "links_per_1000_lost"),
    *("evidence_weight", "evidence_weight_lower", "evidence_weight_upper"),
    *("evidence_lost", "evidence_lost_lower", "evidence_lost_upper"),
    *("incremental_gain", "incremental_gain_lower", "incremental_gain_upper"),
    *("links_per_1000_recorded", "links_per_1000_recorded_lower", "links_per_1000_recorded_upper"),
)
DRAW_COLUMNS = ("crime_group", "item_code", "draw", "links_per_1000_recorded")
COLUMNS = [
    *("crime_group", "item_code", "tier", "seconds"),
    *WORTH_COLUMNS[2:],
    *("links_per_hour", "links_per_hour_lower", "links_per_hour_upper"),
    *("share_in_top", "suggested_tier", "rank", "reason"),
]
_COUNTS = ("n_linked", "n_groups", "n_crimes", "n_recorded")


def mo_group_priorities(worth: pd.DataFrame, draws: pd.DataFrame, standard: MinimumStandard) -> pd.DataFrame:
    """Rank the items of each crime group by the links that an hour of recording brings.

    Parameters
    ----------
    worth
        One row a crime group and item that was recorded, with the columns of `WORTH_COLUMNS`: counts, weights in nats
        and links for 1,000 crimes, with the bounds of their 95% intervals; NaN where not measured.
    draws
        One row a crime group, item and resample of offenders: the columns of `DRAW_COLUMNS`.
    standard
        Seconds and tier of each item, and which items each crime group is asked for.

    Returns
    -------
    DataFrame
        The columns of `COLUMNS`, one row a crime group and item, those that the standard asks for and nobody recorded
        included. links_per_hour is links_per_1000_recorded x 3.6 / seconds; share_in_top the share of resamples in
        which an item is among the `TOP` of its crime group; rank (Int64) 1 first, missing where refused; reason why
        there is no rank, else missing. By crime group, ranked rows first, then by item.

    Raises
    ------
    FrameError
        For a missing column.
    """
    require_columns(worth, WORTH_COLUMNS, "worth")
    require_columns(draws, DRAW_COLUMNS, "draws")
    rows = _with_unrecorded(worth[list(WORTH_COLUMNS)], standard).sort_values(["crime_group", "item_code"])
    rows = rows.reset_index(drop=True)
    keys = list(zip(rows["crime_group"], rows["item_code"], strict=True))
    rows["seconds"] = [seconds_of(item, standard) for _, item in keys]
    rows["tier"] = [_tier(group, item, standard) for group, item in keys]
    for end in ("", "_lower", "_upper"):
        rows[f"links_per_hour{end}"] = links_per_hour(rows[f"links_per_1000_recorded{end}"], rows["seconds"])
    least = standard.limits.least_linked_pairs
    rows["reason"] = [_reason(row, least) for row in rows.to_dict("records")]
    rows["share_in_top"] = _share_in_top(rows, draws)
    rows["suggested_tier"] = [suggested_tier(row) for row in rows.to_dict("records")]
    gain = rows["links_per_hour"].where(rows["reason"].isna())
    # rows stand in the order of item_code, so equal gains are ranked by name
    rows["rank"] = gain.groupby(rows["crime_group"]).rank(method="first", ascending=False).astype("Int64")
    return rows.sort_values(["crime_group", "rank", "item_code"], na_position="last", ignore_index=True)[COLUMNS]


def links_per_hour(links_per_1000: pd.Series, seconds: pd.Series) -> pd.Series:
    """Return the links that an hour of asking brings: 3,600 seconds over 1,000 crimes of so many seconds each."""
    return links_per_1000 * 3.6 / seconds


def seconds_of(item_code: str, standard: MinimumStandard) -> float:
    """Return what it takes to ask and record an item, in seconds."""
    item = standard.items.get(item_code)
    return float(standard.limits.default_seconds if item is None else item.seconds)


def share_in_top(links_per_hour_drawn: pd.DataFrame, top: int) -> pd.Series:
    """Return in which share of resamples each item is among the first.

    Parameters
    ----------
    links_per_hour_drawn
        One row a resample, one column an item.
    top
        How many places count; equal items share their mean place.
    """
    places = links_per_hour_drawn.rank(axis=1, ascending=False)
    return (places <= top).mean()


def _with_unrecorded(worth: pd.DataFrame, standard: MinimumStandard) -> pd.DataFrame:
    """Add the items that the standard expects of a crime group and that no crime of it has."""
    known = set(zip(worth["crime_group"], worth["item_code"], strict=True))
    rows = [
        {"crime_group": group, "item_code": entry.item_code, **dict.fromkeys(_COUNTS, 0)}
        for group in sorted(set(worth["crime_group"]) & set(standard.crime_groups))
        for entry in standard.items_for(group)
        if (group, entry.item_code) not in known
    ]
    if not rows:
        return worth.copy()
    added = pd.DataFrame(rows).reindex(columns=list(WORTH_COLUMNS))
    return pd.concat([worth, added.astype(worth.dtypes.to_dict())], ignore_index=True)


def _tier(crime_group: str, item_code: str, standard: MinimumStandard) -> int:
    entries = standard.crime_groups[crime_group].entries if crime_group in standard.crime_groups else ()
    return next((entry.tier for entry in entries if entry.item_code == item_code), UNLISTED_TIER)


def _reason(row: Mapping[Hashable, Any], least: int) -> str | None:
    if not row["n_recorded"]:
        return "no crime of the group has it recorded"
    if row["n_linked"] < least:
        return f"{row['n_linked']} linked pairs, at least {least} are needed"
    if row["n_groups"] < LEAST_GROUPS:
        return f"linked pairs of {row['n_groups']} groups of offenders, at least {LEAST_GROUPS} are needed"
    return "its links could not be measured" if pd.isna(row["links_per_1000_recorded"]) else None


def _share_in_top(rows: pd.DataFrame, draws: pd.DataFrame) -> pd.Series:
    ranked = rows.loc[rows["reason"].isna(), ["crime_group", "item_code", "seconds"]]
    drawn = draws.merge(ranked, on=["crime_group", "item_code"])
    drawn["links_per_hour"] = links_per_hour(drawn["links_per_1000_recorded"], drawn["seconds"])
    shares = [
        share_in_top(part.pivot(index="draw", columns="item_code", values="links_per_hour"), TOP)
        .rename("share")
        .reset_index()
        .assign(crime_group=group)
        for group, part in drawn.groupby("crime_group")
    ]
    if not shares:
        return pd.Series(np.nan, index=rows.index)
    merged = rows[["crime_group", "item_code"]].merge(pd.concat(shares), on=["crime_group", "item_code"], how="left")
    return merged["share"].set_axis(rows.index).astype("float64")
