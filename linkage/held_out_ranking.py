"""Where the truth stands in the lists that people read: partners, offenders and hidden members among all there are.

A crime of an offender whom the model has not seen is ranked against every crime of the force, unsolved ones included,
against every offender, and, as the hidden member of its series, among all unsolved crimes. Each function takes
`score(first_rows, second_rows)`, the natural log Bayes factors of pairs (`linkage.pair_scores.pair_scorer`), row
positions and labels, and returns a row a true answer; `rows_per_crime` and `ranking_summary` sum them up.

Ties: an answer has the mean of the places that its equals share, which is what drawing lots among them would give, so
neither the order of the rows nor luck counts. A score that says nothing has the middle place. Pairs of one incident are
left out on both sides: neither answer nor competitor.
"""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd

from linkage.identification import identify_series
from linkage.linkages import LINKAGES
from linkage.pair_scores import PairScore

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

DIGITS = 9
"""Means of log Bayes factors that differ by less differ by the order in which they were added up: they are equal."""

HITS_AT = (1, 5, 10, 20, 50)
IN_TOP = 50
"""Length of the list in which the share of a series' other crimes is counted, as in Porter (2016)."""


def partner_ranks(crime_rows: Ints, partners: pd.DataFrame, incident: Ints, score: PairScore) -> pd.DataFrame:
    """Rank each crime's true partners among all other crimes.

    Parameters
    ----------
    crime_rows : int64, shape (n,)
        Row positions of the crimes to rank for, each once.
    partners : DataFrame
        crime_row, partner_row: crimes that share an offender with them. Rows of other crimes are passed over.
    incident : int64, shape (n_crimes,)
        Incident of every crime of the force (`linkage.pair_scores.incident_numbers`); -1 where nobody knows it.
    score : callable
        Gives the log Bayes factors of pairs from two int64 arrays of row positions.

    Returns
    -------
    DataFrame
        crime_row, partner_row, log_bf, rank (1 is best), n_candidates: one row a crime and true partner of another
        incident, in the order of `crime_rows` and of the partner's row.
    """
    everyone = np.arange(len(incident), dtype=np.int64)
    true = {crime: np.unique(part) for crime, part in partners.groupby("crime_row")["partner_row"]}
    parts = []
    for crime in np.asarray(crime_rows, dtype=np.int64):
        others = everyone[_elsewhere(crime, everyone, incident)]
        found = np.intersect1d(true.get(crime, others[:0]), others)
        if len(found):
            log_bf = _scored(score, crime, others)
            of_found = log_bf[np.searchsorted(others, found)]
            ranks = mean_ranks(of_found, log_bf)
            parts.append((np.full(len(found), crime), found, of_found, ranks, np.full(len(found), len(others))))
    columns = [np.concatenate(part) for part in zip(*parts, strict=True)] or [everyone[:0]] * 5
    return pd.DataFrame(dict(zip(("crime_row", "partner_row", "log_bf", "rank", "n_candidates"), columns, strict=True)))


def offender_ranks(
    crime_rows: Ints,
    known_rows: Ints,
    offenders: npt.ArrayLike,
    true_offenders: pd.DataFrame,
    incident: Ints,
    score: PairScore,
) -> pd.DataFrame:
    """Rank each crime's true offenders, or series, among all that have a known crime of another incident.

    Parameters
    ----------
    crime_rows : int64, shape (n,)
        Row positions of the crimes to rank for, each once.
    known_rows : int64, shape (n_known,)
        Row positions of solved crimes; one of several offenders comes once for each.
    offenders : array_like, shape (n_known,)
        Offender, or series, of each of them.
    true_offenders : DataFrame
        crime_row, offender: the truth. An offender with no other known crime cannot be found and is passed over.
    incident : int64, shape (n_crimes,)
        See `partner_ranks`.
    score : callable

    Returns
    -------
    DataFrame
        crime_row, offender, linkage (average, single, complete), log_bf, rank, n_candidates: one row a crime, true
        offender and linkage.
    """
    rows, labels = np.asarray(known_rows, dtype=np.int64), np.asarray(offenders)
    true = true_offenders.groupby("crime_row")["offender"].agg(set)
    parts = []
    for crime in np.asarray(crime_rows, dtype=np.int64):
        known = _elsewhere(crime, rows, incident)
        wanted = true.get(crime, set())
        if not wanted.intersection(labels[known]):
            continue
        ranked = identify_series(np.array([crime]), rows[known], labels[known], score)
        is_true = ranked["group"].isin(wanted).to_numpy()
        for linkage in LINKAGES:
            log_bf = ranked[linkage].to_numpy()
            found = {"offender": ranked["group"][is_true], "linkage": linkage, "log_bf": log_bf[is_true]}
            ranks = mean_ranks(log_bf[is_true], log_bf)
            parts.append(pd.DataFrame(found).assign(crime_row=crime, rank=ranks, n_candidates=len(ranked)))
    columns = ["crime_row", "offender", "linkage", "log_bf", "rank", "n_candidates"]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def hidden_member_ranks(
    member_rows: Ints, series: npt.ArrayLike, unsolved_rows: Ints, incident: Ints, score: PairScore
) -> pd.DataFrame:
    """Hide each member of each series in turn and rank it among the unsolved crimes, the other members being known.

    Parameters
    ----------
    member_rows : int64, shape (n_members,)
        Row positions; a crime of several series comes once for each.
    series : array_like, shape (n_members,)
        Series, or offender, of each of them.
    unsolved_rows : int64, shape (n_unsolved,)
        Row positions of the crimes among which the member is hidden; members of the series do not count.
    incident : int64, shape (n_crimes,)
        See `partner_ranks`. A crime is compared with the members of other incidents alone.
    score : callable

    Returns
    -------
    DataFrame
        crime_row (the hidden one), series, linkage (average, single, complete), log_bf, rank, n_candidates (the hidden
        one included), n_known (members that it is compared with): one row a hidden member and linkage.
    """
    members = pd.DataFrame({"row": np.asarray(member_rows, dtype=np.int64), "series": np.asarray(series)})
    rows = []
    for name, part in members.drop_duplicates().groupby("series")["row"]:
        known = np.sort(part.to_numpy())
        strangers = np.setdiff1d(np.asarray(unsolved_rows, dtype=np.int64), known)
        rows += [(name, *found) for found in _hidden_in_turn(known, strangers, incident, score)]
    columns = ["series", "crime_row", "linkage", "log_bf", "rank", "n_candidates", "n_known"]
    table = pd.DataFrame(rows, columns=columns)
    return table[["crime_row", "series", *columns[2:]]]


def rows_per_crime(ranks: pd.DataFrame, groups: npt.ArrayLike) -> pd.DataFrame:
    """Sum up the true answers of each crime: what a bootstrap over groups of offenders draws.

    Parameters
    ----------
    ranks : DataFrame
        crime_row, rank, n_candidates; one row a true answer, of one linkage.
    groups : array_like, shape (n_crimes,)
        Group of connected offenders of every crime of the force, whatever names it.

    Returns
    -------
    DataFrame
        crime_row, group, n_true, first_rank, median_rank (of the crime's true answers), share_in_top (of them, in the
        first 50), random_first_rank: where the first would stand on average in a list in random order.
    """
    grouped = ranks.groupby("crime_row")
    table = grouped.agg(n_true=("rank", "size"), first_rank=("rank", "min"), median_rank=("rank", "median"))
    table["share_in_top"] = (ranks["rank"] <= IN_TOP).groupby(ranks["crime_row"]).mean()
    # The first of k drawn from n stands at (n + 1) / (k + 1) on average.
    table["random_first_rank"] = (grouped["n_candidates"].first() + 1) / (table["n_true"] + 1)
    table = table.reset_index()
    return table.assign(group=np.asarray(groups)[table["crime_row"].to_numpy(dtype=np.int64)])


def ranking_summary(per_crime: pd.DataFrame) -> dict[str, float]:
    """Return what an analyst would find, over crimes.

    Parameters
    ----------
    per_crime : DataFrame
        Of `rows_per_crime`; a crime drawn twice comes twice.

    Returns
    -------
    dict of str to float
        hit_at_1 ... hit_at_50 (share of crimes with a true answer so far up), median_first_rank, median_rank,
        mean_reciprocal_rank (of the first), share_in_top_50 (of a crime's true answers, mean over crimes),
        search_effort_reduction (1 minus the places read up to the first true answer over those in random order, both
        summed over crimes), n_crimes. NaN without crimes.
    """
    first = per_crime["first_rank"]
    effort = first.sum() / per_crime["random_first_rank"].sum() if len(per_crime) else np.nan
    return {
        **{f"hit_at_{k}": float((first <= k).mean()) if len(first) else np.nan for k in HITS_AT},
        "median_first_rank": float(first.median()),
        "median_rank": float(per_crime["median_rank"].median()),
        "mean_reciprocal_rank": float((1.0 / first).mean()),
        f"share_in_top_{IN_TOP}": float(per_crime["share_in_top"].mean()),
        "search_effort_reduction": float(1.0 - effort),
        "n_crimes": float(len(per_crime)),
    }


def mean_ranks(values: Floats, among: Floats) -> Floats:
    """Return the place of each value among all (itself included), 1 for the largest; equals share their mean place."""
    ordered, wanted = np.sort(np.round(among, DIGITS)), np.round(values, DIGITS)
    below, up_to = np.searchsorted(ordered, wanted, side="left"), np.searchsorted(ordered, wanted, side="right")
    return np.asarray((len(ordered) - up_to) + (up_to - below + 1) / 2.0, dtype=np.float64)


def _elsewhere(crime: int, rows: Ints, incident: Ints) -> npt.NDArray[np.bool_]:
    """Tell which rows are other crimes of other incidents; -1 is an incident that nobody knows, different from any."""
    return (rows != crime) & ((incident[rows] != incident[crime]) | (incident[crime] < 0))


def _scored(score: PairScore, crime: int, others: Ints) -> Floats:
    return score(np.minimum(crime, others), np.maximum(crime, others))


def _hidden_in_turn(
    members: Ints, strangers: Ints, incident: Ints, score: PairScore
) -> Iterator[tuple[int, str, float, float, int, int]]:
    """Yield hidden member, linkage, its log BF and rank, and how many candidates and known members there were."""
    candidates = np.concatenate([strangers, members])
    matrix = np.full((len(members), len(candidates)), np.nan)  # each pair is scored once, for every member hidden
    for row, member in zip(matrix, members, strict=True):
        compared = _elsewhere(member, candidates, incident)
        row[compared] = _scored(score, member, candidates[compared])
    for i, hidden in enumerate(members):
        shown = np.append(np.arange(len(strangers)), len(strangers) + i)
        others = np.delete(matrix, i, axis=0)[:, shown]
        n_known = np.count_nonzero(~np.isnan(others), axis=0)
        if not n_known[-1]:
            continue
        others, n_known = others[:, n_known > 0], n_known[n_known > 0]
        values = (np.nansum(others, axis=0) / n_known, np.fmax.reduce(others), np.fmin.reduce(others))
        for linkage, log_bf in zip(LINKAGES, values, strict=True):
            rank = float(mean_ranks(log_bf[-1:], log_bf)[0])
            yield int(hidden), linkage, float(log_bf[-1]), rank, len(log_bf), int(n_known[-1])
