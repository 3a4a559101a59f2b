"""Where true answers stand in ranked lists, summed up as an analyst meets them.

Ties: an answer has the mean of the places that its equals share, which is what drawing lots among them would give, so
neither the order of the rows nor luck counts. A score that says nothing has the middle place.
"""

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]

DIGITS = 9
"""Means of log Bayes factors that differ by less differ by the order in which they were added up: they are equal."""

HITS_AT = (1, 5, 10, 20, 50)
IN_TOP = 50
"""Length of the list in which the share of a series' other crimes is counted, as in Porter (2016)."""


def rows_per_list(ranks: pd.DataFrame, groups: npt.ArrayLike, asked: str = "crime_row") -> pd.DataFrame:
    """Sum up the true answers of each list: what a bootstrap over groups of offenders draws.

    Parameters
    ----------
    ranks : DataFrame
        crime_row, rank, n_candidates; one row a true answer, of one linkage.
    groups : array_like, shape (n_crimes,)
        Group of connected offenders of every crime of the force, whatever names it.
    asked : str
        Column that says whose list it is: `crime_row`, or `series` for `further_member_ranks`.

    Returns
    -------
    DataFrame
        crime_row (the first of the list), group, n_true, first_rank, median_rank (of the list's true answers),
        share_in_top (of them, in the first 50), random_first_rank: where the first would stand on average in a list in
        random order.
    """
    grouped = ranks.assign(in_top=ranks["rank"] <= IN_TOP).groupby(asked)
    table = grouped.agg(
        crime_row=("crime_row", "first"),
        n_true=("rank", "size"),
        first_rank=("rank", "min"),
        median_rank=("rank", "median"),
        share_in_top=("in_top", "mean"),
        n_candidates=("n_candidates", "first"),
    )
    # The first of k drawn from n stands at (n + 1) / (k + 1) on average.
    table["random_first_rank"] = (table["n_candidates"] + 1) / (table["n_true"] + 1)
    group = np.asarray(groups)[table["crime_row"].to_numpy(dtype=np.int64)]
    return table.drop(columns="n_candidates").assign(group=group).reset_index(drop=True)


def ranking_summary(lists: pd.DataFrame) -> dict[str, float]:
    """Return what an analyst would find, over lists.

    Parameters
    ----------
    lists : DataFrame
        Of `rows_per_list`; a list drawn twice comes twice.

    Returns
    -------
    dict of str to float
        hit_at_1 ... hit_at_50 (share of lists with a true answer so far up), median_first_rank, median_rank,
        mean_reciprocal_rank (of the first), share_in_top_50 (of a list's true answers, mean over lists),
        search_effort_reduction (1 minus the places read up to the first true answer over those in random order, both
        summed over lists), n_lists. NaN without lists.
    """
    first = lists["first_rank"]
    effort = first.sum() / lists["random_first_rank"].sum() if len(lists) else np.nan
    return {
        **{f"hit_at_{k}": float((first <= k).mean()) if len(first) else np.nan for k in HITS_AT},
        "median_first_rank": float(first.median()),
        "median_rank": float(lists["median_rank"].median()),
        "mean_reciprocal_rank": float((1.0 / first).mean()),
        f"share_in_top_{IN_TOP}": float(lists["share_in_top"].mean()),
        "search_effort_reduction": float(1.0 - effort),
        "n_lists": float(len(lists)),
    }


def mean_ranks(values: Floats, among: Floats) -> Floats:
    """Return the place of each value among all (itself included), 1 for the largest; equals share their mean place."""
    ordered, wanted = np.sort(np.round(among, DIGITS)), np.round(values, DIGITS)
    below, up_to = np.searchsorted(ordered, wanted, side="left"), np.searchsorted(ordered, wanted, side="right")
    return np.asarray((len(ordered) - up_to) + (up_to - below + 1) / 2.0, dtype=np.float64)
