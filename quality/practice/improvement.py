"""What to improve first: per area and crime group the gap, its likely cause, what mends it, and the links it gains."""

from collections.abc import Hashable
from typing import Any

import numpy as np
import pandas as pd

from quality.frame_columns import require_columns
from quality.minimum_standard import MinimumStandard
from quality.practice.causes import CauseVerdict, name_causes
from quality.practice.gaps import CELL, GapCounts, rest_of_force
from quality.practice.remedies import priced
from quality.practice.shrinkage import ShrunkShares, intra_area_correlation, shrunk_shares
from quality.practice.unit_costs import CAUSES, UnitCosts

PRIORITY_COLUMNS = ("crime_group", "item_code", "links_per_1000_recorded", "rank", "reason")
ALL_AREAS = "all_areas"
# Nine causes are tried for each gap: a tail of 0.025 each would find one by chance in every fifth area.
TAIL_OF_A_CAUSE = 0.001
LEAST_OF_A_CAUSE = 3
LOST = [f"lost_{cause}" for cause in CAUSES]
COLUMNS = [
    "scope",
    *CELL,
    "n_expected",
    "n_gap",
    "n_lost",
    "share_gap",
    "force_share",
    "excess",
    "excess_lower",
    "excess_upper",
    "is_above",
    "cause",
    "cause_share",
    "cause_confidence",
    "action",
    "n_mended",
    "links_gained",
    "officer_hours",
    "analyst_hours",
    "hours",
    "links_per_hour",
    "rank",
    "reason",
]


def mo_improvements(
    gaps: GapCounts,
    expected: pd.DataFrame,
    priorities: pd.DataFrame,
    standard: MinimumStandard,
    costs: UnitCosts,
    *,
    years: float = 1.0,
) -> pd.DataFrame:
    """Rank what could be improved by the links that an hour of work gains.

    Parameters
    ----------
    gaps
        Crimes with a gap and its causes, from `count_gaps`.
    expected
        Crimes expected to hold each item, from `expected_crimes`.
    priorities
        `mo_group_priorities`: links_per_1000_recorded by crime group and item, missing where it is not ranked.
    standard
        Seconds that an item takes to ask.
    costs
        What actions cost and recover.
    years
        How many years the counts cover; gains and hours are those of one.

    Returns
    -------
    DataFrame
        One row per scope (`area`, `force`), area (`all_areas` for the force), crime group and item with a gap.
        n_expected, n_gap (int64) and share_gap over the whole period; n_lost (int64): crimes of the gap that linkage
        can compare by no value of the item, as it can by one that is only late or that the text says; force_share: the
        share in the rest of the force, or in the whole for scope `force`; excess: crimes with a gap beyond that share,
        of an area drawn towards it so that small areas do not lead by chance, with its 95% interval; is_above: the
        interval lies above 0, or that of one of its causes does (99.8%); cause, cause_share, cause_confidence: see
        `causes`; action; n_mended, links_gained, officer_hours, analyst_hours, hours (both), links_per_hour: a year's;
        rank (Int64): 1 first, within the scope, by links_per_hour where evidence ranks the item, then by the size of
        the gap (of an area: its excess) where it does not; missing for an area that is not above the rest of the force,
        whose gap the row of the whole force mends; reason. In order of scope and rank.

    Notes
    -----
    Each item is priced as if it alone were recorded better. Two items that would show the same link both count it, so
    that a sum of links_gained over items is an upper bound.

    Raises
    ------
    FrameError
        For a missing column.
    """
    require_columns(priorities, PRIORITY_COLUMNS, "mo_group_priorities")
    cells = _cells(gaps, expected)
    by_area = _against_the_rest(cells)
    force = _whole_force(cells)
    found = pd.concat([by_area, force], ignore_index=True)
    found = priced(
        found.merge(_evidence(priorities), on=["crime_group", "item_code"], how="left"), standard, costs, years
    )
    found = found[found["n_gap"] > 0]
    return _ranked(found.assign(reason=_reasons(found, costs)))[COLUMNS]


def _cells(gaps: GapCounts, expected: pd.DataFrame) -> pd.DataFrame:
    """Return one row a cell that expects the item: n_expected, n_gap, and a column of counts for each cause."""
    cells = expected.merge(gaps.by_item, on=CELL, how="left")
    if len(gaps.by_cause):
        lost = gaps.by_cause.assign(cause="lost_" + gaps.by_cause["cause"].astype(str))
        for rows, values in ((gaps.by_cause, "n_crimes"), (lost, "n_lost")):
            wide = rows.pivot(index=CELL, columns="cause", values=values).reset_index()
            cells = cells.merge(wide, on=CELL, how="left")
    counts = {name: cells[name].fillna(0.0) if name in cells else 0.0 for name in (*CAUSES, *LOST)}
    # What is recorded late may be waived, so that more crimes can be found wanting than were expected.
    n_gap = np.minimum(cells["n_gap"].fillna(0), cells["n_expected"]).astype("int64")
    n_lost = np.minimum(cells["n_lost"].fillna(0), n_gap).astype("int64")
    return cells[[*CELL, "n_expected"]].assign(n_gap=n_gap, n_lost=n_lost, **counts)


def _against_the_rest(cells: pd.DataFrame) -> pd.DataFrame:
    group = cells.groupby(["crime_group", "item_code"]).ngroup().to_numpy()
    n_of, n_with = (cells[name].to_numpy(dtype=np.float64) for name in ("n_expected", "n_gap"))
    others = rest_of_force(n_of, group)
    centre = _share(rest_of_force(n_with, group), others, n_with / n_of)
    shares = _shrunk(n_with, n_of, centre, group)
    counts = cells[list(CAUSES)].to_numpy(dtype=np.float64)
    background = np.column_stack([_share(rest_of_force(column, group), others, column / n_of) for column in counts.T])
    excess = counts - background * n_of[:, None]
    is_above = (shares.lower > centre) | _has_a_cause_above(counts, n_of, background, group)
    verdict = _with_other_groups(name_causes(excess, counts), excess, counts, cells)
    verdict = _as_the_force(verdict, is_above, counts, group)
    told = cells.assign(
        scope="area",
        share_gap=n_with / n_of,
        force_share=centre,
        excess=(shares.mean - centre) * n_of,
        excess_lower=(shares.lower - centre) * n_of,
        excess_upper=(shares.upper - centre) * n_of,
        is_above=is_above,
        share_shrunk=shares.mean,
        share_of_force=n_of / (n_of + others),
    )
    return _judged(told, verdict)


def _whole_force(cells: pd.DataFrame) -> pd.DataFrame:
    added = ["n_expected", "n_gap", "n_lost", *CAUSES, *LOST]
    summed = cells.groupby(["crime_group", "item_code"])[added].sum().reset_index()
    counts = summed[list(CAUSES)].to_numpy(dtype=np.float64)
    share = summed["n_gap"] / summed["n_expected"]
    told = summed.assign(
        scope="force",
        area_code=ALL_AREAS,
        share_gap=share,
        force_share=share,
        **dict.fromkeys(("excess", "excess_lower", "excess_upper"), 0.0),
        is_above=False,
        share_shrunk=share,
        share_of_force=1.0,
    )
    return _judged(told, name_causes(counts, counts))


def _judged(told: pd.DataFrame, verdict: CauseVerdict) -> pd.DataFrame:
    leading = np.array(CAUSES, dtype=object)[verdict.leading]
    return told.assign(
        cause=verdict.cause, leading=leading, cause_share=verdict.share, cause_confidence=verdict.confidence
    )


def _share(n_with: np.ndarray, n_of: np.ndarray, otherwise: np.ndarray) -> np.ndarray:
    """Divide, with a share of its own for a force of one area."""
    return np.divide(n_with, n_of, out=otherwise.copy(), where=n_of > 0)


def _shrunk(
    n_with: np.ndarray, n_of: np.ndarray, centre: np.ndarray, group: np.ndarray, tail: float = 0.025
) -> ShrunkShares:
    correlation = np.empty(len(n_of))
    for one in np.unique(group):
        rows = group == one
        correlation[rows] = intra_area_correlation(n_with[rows], n_of[rows])
    return shrunk_shares(n_with, n_of, centre, correlation, tail)


def _has_a_cause_above(counts: np.ndarray, n_of: np.ndarray, background: np.ndarray, group: np.ndarray) -> np.ndarray:
    """Say where one cause alone stands above the force, which others that happen to be rare can hide."""
    above = np.zeros(len(counts), dtype=bool)
    # A cause that nobody else has may still have half a crime among them.
    least_level = 0.5 / np.maximum(rest_of_force(n_of, group), 1.0)
    for column, level in zip(counts.T, background.T, strict=True):
        # Two causes may come together, as what is late and not in the list, so that a count may pass the crimes.
        with_cause = np.minimum(column, n_of)
        shares = _shrunk(with_cause, n_of, level, group, TAIL_OF_A_CAUSE)
        above |= (with_cause >= LEAST_OF_A_CAUSE) & (shares.lower > np.maximum(level, least_level))
    return above


def _with_other_groups(
    verdict: CauseVerdict, excess: np.ndarray, counts: np.ndarray, cells: pd.DataFrame
) -> CauseVerdict:
    """Settle a cause that few crimes leave unclear by the area's other crime groups, where they agree with it."""
    place = cells.groupby(["area_code", "item_code"]).ngroup().to_numpy()
    summed_excess = np.zeros((place.max(initial=-1) + 1, len(CAUSES)))
    summed_counts = np.zeros_like(summed_excess)
    np.add.at(summed_excess, place, excess)
    np.add.at(summed_counts, place, counts)
    wide = name_causes(summed_excess, summed_counts)
    leading = wide.leading[place]
    own = excess[np.arange(len(excess)), leading]
    is_settled = (verdict.cause == "mixed") & (wide.cause[place] != "mixed") & (own > 0)
    return CauseVerdict(
        np.where(is_settled, wide.cause[place], verdict.cause),
        np.where(is_settled, leading, verdict.leading),
        np.where(is_settled, wide.share[place], verdict.share),
        np.where(is_settled, wide.confidence[place], verdict.confidence),
    )


def _as_the_force(verdict: CauseVerdict, is_above: np.ndarray, counts: np.ndarray, group: np.ndarray) -> CauseVerdict:
    """Give areas that are not above the force the cause of the force's own gap: there is no excess to explain."""
    summed = np.zeros((group.max(initial=-1) + 1, len(CAUSES)))
    np.add.at(summed, group, counts)
    force = name_causes(summed, summed)
    return CauseVerdict(*(np.where(is_above, own, whole[group]) for own, whole in zip(verdict, force, strict=True)))


def _evidence(priorities: pd.DataFrame) -> pd.DataFrame:
    known = priorities[list(PRIORITY_COLUMNS)].rename(columns={"reason": "why_unranked"})
    is_ranked = known.pop("rank").notna() & known["links_per_1000_recorded"].notna()
    return known.assign(links_per_1000_recorded=known["links_per_1000_recorded"].astype("float64").where(is_ranked))


def _ranked(found: pd.DataFrame) -> pd.DataFrame:
    is_area = found["scope"] == "area"
    keys = found.assign(
        is_left_to_force=is_area & ~found["is_above"],
        is_unranked=found["links_per_1000_recorded"].isna(),
        size=np.where(is_area, found["excess"], found["n_gap"]),
    )
    by = ["scope", "is_left_to_force", "is_unranked", "links_per_hour", "size", *CELL]
    ascending = [True, True, True, False, False, True, True, True]
    keys = keys.sort_values(by, ascending=ascending, ignore_index=True)
    rank = (keys.groupby("scope").cumcount() + 1).astype("Int64")
    return keys.assign(rank=rank.mask(keys["is_left_to_force"]))


def _reasons(found: pd.DataFrame, costs: UnitCosts) -> list[str]:
    return [_reason(row, costs) for row in found.to_dict("records")]


def _reason(row: dict[Hashable, Any], costs: UnitCosts) -> str:
    cause = costs.causes[str(row["cause"])].label.lower()
    told = f"{row['n_gap']:,} of {row['n_expected']:,} crimes ({row['share_gap']:.0%}"
    told += f"; rest of the force {row['force_share']:.0%})" if row["scope"] == "area" else " of the whole force)"
    told += _cause_words(row, cause, costs)
    if row["links_per_1000_recorded"] != row["links_per_1000_recorded"]:
        why = row["why_unranked"]
        why = why if isinstance(why, str) and why else "no linked pairs show what it is worth"
        told += f"; not ranked by evidence ({why}), so placed by the size of the gap"
    elif row["cause"] == "in_text_only" and row["n_lost"] < row["n_gap"]:
        told += (
            f"; linkage compares {row['n_gap'] - row['n_lost']:,} of them already, by what the text says or by another "
        )
        told += "value, so that mending these saves reading time and gains no link"
    elif not costs.causes[str(row["cause"])].loses_evidence:
        told += "; the value is there to be compared already, so that mending it gains no link"
    return told


def _cause_words(row: dict[Hashable, Any], cause: str, costs: UnitCosts) -> str:
    if row["cause_share"] != row["cause_share"]:
        return "; no more than in the rest of the force"
    of_what = "excess" if row["is_above"] else "force's gap"
    if row["cause"] == "mixed":
        leading = costs.causes[str(row["leading"])].label.lower()
        return f"; no one cause stands out (most of the {of_what}: {leading}, {row['cause_share']:.0%})"
    return f"; {row['cause_share']:.0%} of the {of_what} is {cause}"
