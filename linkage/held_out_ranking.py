"""Where the truth stands in the lists that people read: partners, offenders and hidden members among all there are.

A crime of an offender whom the model has not seen is ranked against every crime of the force, unsolved ones included,
against every offender, and, as the hidden member of its series, among all unsolved crimes. Each function takes
`score(first_rows, second_rows)`, the natural log Bayes factors of pairs (`linkage.pair_scores.pair_scorer`), row
positions and labels, and returns a row a true answer; `rows_per_list` and `ranking_summary` sum them up.

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
from linkage.ranked_lists import mean_ranks

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


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
    unsolved, rows = np.asarray(unsolved_rows, dtype=np.int64), []
    for name, known in _members(member_rows, series):
        strangers = np.setdiff1d(unsolved, known)
        matrix = _compared(known, np.concatenate([strangers, known]), incident, score)
        for i, hidden in enumerate(known):
            shown = np.append(np.arange(len(strangers)), len(strangers) + i)
            others = np.delete(matrix, i, axis=0)[:, shown]
            wanted = np.arange(len(shown)) == len(strangers)
            n_known = int(np.count_nonzero(~np.isnan(others[:, -1])))
            rows += [(hidden, name, *found, n_known) for _, *found in _places(others, wanted)]
    return pd.DataFrame(rows, columns=["crime_row", "series", "linkage", "log_bf", "rank", "n_candidates", "n_known"])


def further_member_ranks(
    member_rows: Ints,
    series: npt.ArrayLike,
    true_members: pd.DataFrame,
    unsolved_rows: Ints,
    incident: Ints,
    score: PairScore,
) -> pd.DataFrame:
    """Rank the unsolved crimes that truly belong to each series among all unsolved crimes, its known members given.

    Parameters
    ----------
    member_rows : int64, shape (n_members,)
        Row positions of the known members; a crime of several series comes once for each.
    series : array_like, shape (n_members,)
        Series, or offender, of each of them.
    true_members : DataFrame
        crime_row, series: the truth, of which the unsolved part is looked for.
    unsolved_rows : int64, shape (n_unsolved,)
        Row positions of the candidates.
    incident : int64, shape (n_crimes,)
        See `partner_ranks`. A crime is compared with the members of other incidents alone.
    score : callable

    Returns
    -------
    DataFrame
        crime_row (a true further member), series, linkage (average, single, complete), log_bf, rank, n_candidates.
    """
    unsolved, rows = np.asarray(unsolved_rows, dtype=np.int64), []
    true: dict[object, Ints] = dict(true_members.groupby("series")["crime_row"].agg(np.asarray))
    for name, known in _members(member_rows, series):
        candidates = np.setdiff1d(unsolved, known)
        wanted = np.isin(candidates, true.get(name, known))
        if wanted.any():
            places = _places(_compared(known, candidates, incident, score), wanted)
            rows += [(candidates[column], name, *found) for column, *found in places]
    return pd.DataFrame(rows, columns=["crime_row", "series", "linkage", "log_bf", "rank", "n_candidates"])


def _elsewhere(crime: int, rows: Ints, incident: Ints) -> npt.NDArray[np.bool_]:
    """Tell which rows are other crimes of other incidents; -1 is an incident that nobody knows, different from any."""
    return (rows != crime) & ((incident[rows] != incident[crime]) | (incident[crime] < 0))


def _scored(score: PairScore, crime: int, others: Ints) -> Floats:
    return score(np.minimum(crime, others), np.maximum(crime, others))


def _members(rows: Ints, series: npt.ArrayLike) -> Iterator[tuple[object, Ints]]:
    """Yield each series with the rows of its members, each once and in order."""
    members = pd.DataFrame({"row": np.asarray(rows, dtype=np.int64), "series": np.asarray(series)})
    for name, part in members.groupby("series")["row"]:
        yield name, np.unique(part.to_numpy())


def _compared(members: Ints, candidates: Ints, incident: Ints, score: PairScore) -> Floats:
    """Return the log BF of each member and candidate; NaN for a crime with itself and within an incident."""
    matrix = np.full((len(members), len(candidates)), np.nan)
    for row, member in zip(matrix, members, strict=True):
        elsewhere = _elsewhere(member, candidates, incident)
        row[elsewhere] = _scored(score, member, candidates[elsewhere])
    return matrix


def _places(matrix: Floats, wanted: npt.NDArray[np.bool_]) -> Iterator[tuple[int, str, float, float, int]]:
    """Yield column, linkage, log BF, rank and number of candidates of each wanted one that any member compares with."""
    n_known = np.count_nonzero(~np.isnan(matrix), axis=0)
    comparable = n_known > 0
    columns = np.flatnonzero(comparable & wanted)
    matrix, n_known = matrix[:, comparable], n_known[comparable]
    if not len(columns):
        return
    values = (np.nansum(matrix, axis=0) / n_known, np.fmax.reduce(matrix), np.fmin.reduce(matrix))
    for linkage, log_bf in zip(LINKAGES, values, strict=True):
        found = log_bf[wanted[comparable]]
        for column, value, rank in zip(columns, found, mean_ranks(found, log_bf), strict=True):
            yield int(column), linkage, float(value), float(rank), len(log_bf)
