"""Look-ups around a crime, an offender or a series, and lists of pairs, strongest first.

Nothing is estimated here: offenders and crimes are read from the labels, scores from a score or a table of pairs.
"""

from collections.abc import Collection, Iterable

import numpy as np
import numpy.typing as npt
import pandas as pd

from linkage.group_linkage import crime_groups_of, link_to_groups, rank_within
from linkage.linkages import LINKAGES, linkage_code
from linkage.pair_scores import PairScore, row_positions
from linkage.series import crime_groups

Ints = npt.NDArray[np.int64]


class LookUpError(ValueError):
    """Something was looked up that is not there, or a list was asked of data that cannot give it."""


def crimes_of_offender(person_id: str, crimes: pd.DataFrame, offender_crimes: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the crime table that are put down to an offender, in the order of the table.

    Parameters
    ----------
    person_id : str
    crimes : DataFrame
        crime_id and whatever else.
    offender_crimes : DataFrame
        person_id, crime_id.

    Raises
    ------
    LookUpError
        The offender is not among the labels.

    References
    ----------
    Porter (2015), crimelinkage 0.0.4, function getCrimes.
    """
    return crimes[crimes["crime_id"].isin(series_of_offenders([person_id], offender_crimes)[person_id])]


def series_of_offenders(
    person_ids: Iterable[str], offender_crimes: pd.DataFrame, within: Collection[str] | None = None
) -> dict[str, tuple[str, ...]]:
    """Return the crimes of each offender, ascending and each once.

    Parameters
    ----------
    person_ids : iterable of str
    offender_crimes : DataFrame
        person_id, crime_id.
    within : collection of str, optional
        Crimes to which the series are restricted; an offender who has none of them keeps an empty series.

    Raises
    ------
    LookUpError
        An offender is not among the labels.

    References
    ----------
    Porter (2015), crimelinkage 0.0.4, function getCrimeSeries.
    """
    asked = list(dict.fromkeys(person_ids))
    absent = sorted(set(asked) - set(offender_crimes["person_id"]))
    if absent:
        raise LookUpError(
            f"person_ids: expected offenders with a crime put down to them, got {', '.join(absent)}; "
            "look for the pseudonym in offender_crimes"
        )
    labels = offender_crimes[offender_crimes["person_id"].isin(asked)]
    if within is not None:
        labels = labels[labels["crime_id"].isin(list(within))]
    found = {one: tuple(sorted(set(crimes))) for one, crimes in labels.groupby("person_id")["crime_id"]}
    return {one: found.get(one, ()) for one in asked}


def offenders_of_crimes(crime_ids: Iterable[str], offender_crimes: pd.DataFrame) -> tuple[str, ...]:
    """Return everybody to whom one of the crimes is put down, ascending; nobody for unsolved crimes.

    References
    ----------
    Porter (2015), crimelinkage 0.0.4, function getCriminals.
    """
    of_crimes = offender_crimes[offender_crimes["crime_id"].isin(list(crime_ids))]
    return tuple(sorted(set(of_crimes["person_id"])))


def series_with_crimes(crime_ids: Iterable[str], series: pd.DataFrame, method: str = "offender") -> pd.DataFrame:
    """Return every row of the groups that hold one of the crimes.

    Parameters
    ----------
    crime_ids : iterable of str
    series : DataFrame
        crime_id, person_id and whatever else (`linkage.series.series_data`).
    method : {"offender", "connected", "co-offenders"}
        How crimes are grouped (`linkage.series.crime_groups`).

    Returns
    -------
    DataFrame
        `group` and the columns of the series data, in order of the group's number, then of the rows given; none for
        unsolved crimes.
    """
    grouped = series.assign(group=crime_groups(series, method).to_numpy())
    wanted = set(grouped.loc[grouped["crime_id"].isin(list(crime_ids)), "group"])
    found = grouped[grouped["group"].isin(wanted)]
    found = found.sort_values("group", key=lambda group: group.astype("int64"), kind="stable", ignore_index=True)
    return found[["group", *series.columns]]


def group_scores(log_bf: npt.ArrayLike, groups: npt.ArrayLike, linkage: str = "average") -> pd.DataFrame:
    """Gather the log Bayes factors of one crime against many into a score of each group.

    Parameters
    ----------
    log_bf : array_like, shape (n,), float64
        Natural logs.
    groups : array_like, shape (n,)
        The group of the other crime; a crime in several groups comes once for each.
    linkage : {"average", "single", "complete"}
        What the rank goes by, the group's label deciding between equals.

    Returns
    -------
    DataFrame
        rank (from 1), group, average, single, complete, n_crimes; one row a group, in order of rank.

    Raises
    ------
    LookUpError
        Lengths differ, or a log Bayes factor is not a number.
    HierarchyError
        The linkage is unknown.

    References
    ----------
    Porter (2015), crimelinkage 0.0.4, function linkage.
    """
    linkage_code(linkage)
    values, labels = np.asarray(log_bf, dtype=np.float64), pd.Index(np.asarray(groups))
    if values.shape != (len(labels),) or np.isnan(values).any():
        raise LookUpError(
            f"log_bf, groups: expected a number and a group of each crime, got shapes {values.shape} and "
            f"{labels.shape} with {int(np.isnan(values).sum())} that are not numbers; missing evidence contributes 0"
        )
    # The crime asked about stands before the others, at row 0.
    grouped = crime_groups_of(np.arange(1, len(values) + 1), labels)
    number = np.arange(len(grouped.name))
    scored = link_to_groups(np.zeros_like(number), number, grouped, lambda _, other: values[other - 1])
    ranked = rank_within(scored, "crime", linkage, "group")
    ranked["group"] = grouped.name.take(ranked["group"].to_numpy())
    return ranked[["rank", "group", *LINKAGES, "n_crimes"]]


def score_against(crime_id: str, others: Iterable[str], crimes: pd.DataFrame, score: PairScore) -> pd.DataFrame:
    """List the pairs of one crime with others, strongest first.

    Parameters
    ----------
    crime_id : str
    others : iterable of str
        Crimes to compare it with; itself and repetitions are passed over.
    crimes : DataFrame
        The crimes, in the order of rows that the score was made for.
    score : callable
        Gives the log Bayes factors of pairs from two int64 arrays of row positions (`pair_scorer` makes one).

    Returns
    -------
    DataFrame
        crime_id, other_id, log_bf (natural); equals in order of the crime table.

    Raises
    ------
    ScoringError
        A crime is not in the table.
    """
    mine = row_positions(crimes, pd.Series([crime_id]))[0]
    rows = np.unique(row_positions(crimes, pd.Series(list(others), dtype="str")))
    rows = rows[rows != mine]
    log_bf = score(np.minimum(mine, rows), np.maximum(mine, rows))
    table = pd.DataFrame({"crime_id": crime_id, "other_id": crimes["crime_id"].to_numpy()[rows], "log_bf": log_bf})
    return table.sort_values("log_bf", ascending=False, kind="stable", ignore_index=True)


def strongest_pairs(pairs: pd.DataFrame, by: str = "log_bf", above: float = -np.inf) -> pd.DataFrame:
    """Return the pairs whose value exceeds a line, strongest first, equals in order of the ids.

    Parameters
    ----------
    pairs : DataFrame
        crime_id_1, crime_id_2 and the value: links, or the pairs of a co-linkage result.
    by : str
        Column of the value, `log_bf` or `probability`.
    above : float

    Raises
    ------
    LookUpError
        There is no such column.

    References
    ----------
    Porter (2015), crimelinkage 0.0.4, function bayesPairs.
    """
    _require_pairs(pairs, by)
    return pairs[pairs[by] > above].sort_values(
        [by, "crime_id_1", "crime_id_2"], ascending=[False, True, True], ignore_index=True
    )


def pairs_of_crime(crime_id: str, pairs: pd.DataFrame, by: str = "log_bf", above: float = -np.inf) -> pd.DataFrame:
    """Return whom one crime is paired with, strongest first.

    Parameters
    ----------
    crime_id : str
    pairs, by, above
        As in `strongest_pairs`; the crime may stand on either side.

    Returns
    -------
    DataFrame
        other_id and the value; equals in order of the id, no row for a crime without pair.

    References
    ----------
    Porter (2015), crimelinkage 0.0.4, function bayesProb.
    """
    _require_pairs(pairs, by)
    sides = (("crime_id_1", "crime_id_2"), ("crime_id_2", "crime_id_1"))
    parts = [
        pairs.loc[pairs[mine] == crime_id, [other, by]].set_axis(["other_id", by], axis=1) for mine, other in sides
    ]
    found = pd.concat(parts)
    return found[found[by] > above].sort_values([by, "other_id"], ascending=[False, True], ignore_index=True)


def _require_pairs(pairs: pd.DataFrame, by: str) -> None:
    absent = [name for name in ("crime_id_1", "crime_id_2", by) if name not in pairs.columns]
    if absent:
        raise LookUpError(
            f"pairs: expected columns crime_id_1, crime_id_2, {by}, got none named {', '.join(absent)}; "
            "name the column of the value in `by`"
        )
