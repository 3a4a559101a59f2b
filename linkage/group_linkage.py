"""Groups of crimes: which crimes links join to them, and how strongly, by the mean, largest and smallest log BF."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from linkage.candidates import PAIRS_PER_CHUNK
from linkage.linkages import LINKAGES
from linkage.pair_scores import PairScore, row_positions

Ints = npt.NDArray[np.int64]


class CrimeGroups(NamedTuple):
    """Groups of crimes, numbered in order of their name.

    Attributes
    ----------
    name : Index, length n_groups
    rows : int64, shape (n_members,)
        Row positions of the members, ascending within each group, each crime once in a group.
    start : int64, shape (n_groups + 1,)
        Where each group begins in `rows`.
    """

    name: pd.Index
    rows: Ints
    start: Ints


def crime_groups_of(rows: Ints, labels: pd.Index | pd.Series) -> CrimeGroups:
    """Gather the crimes of each label; a crime that comes twice in a group counts once."""
    number, name = pd.factorize(pd.Index(labels), sort=True)
    members = pd.DataFrame({"group": number, "row": rows}).drop_duplicates().sort_values(["group", "row"])
    start = np.searchsorted(members["group"], np.arange(len(name) + 1))
    return CrimeGroups(name, members["row"].to_numpy(dtype=np.int64), start.astype(np.int64))


def link_to_groups(
    crime: Ints, group: Ints, groups: CrimeGroups, score: PairScore, pairs_per_chunk: int = PAIRS_PER_CHUNK
) -> pd.DataFrame:
    """Score crimes against groups.

    Parameters
    ----------
    crime, group : int64, shape (n,)
        Row position of a crime and number of a group, to be scored together.
    groups : CrimeGroups
    score : callable
        Gives the log Bayes factors of pairs from two int64 arrays of row positions.
    pairs_per_chunk : int
        Pairs held in memory at a time, as far as single groups allow.

    Returns
    -------
    DataFrame
        crime, group, average, single, complete (natural log), n_crimes scored, nearest (row of the member with the
        largest log BF, the first of equals). A crime is not scored against itself, and a group in which nothing
        else is left has no row.
    """
    size = np.diff(groups.start)[group]
    total = np.cumsum(size)
    parts = [_linked(crime[:0], group[:0], groups, score)]
    begin = 0
    while begin < len(crime):
        done = total[begin - 1] if begin else 0
        end = max(int(np.searchsorted(total, done + pairs_per_chunk, side="right")), begin + 1)
        parts.append(_linked(crime[begin:end], group[begin:end], groups, score))
        begin = end
    return pd.concat(parts, ignore_index=True)


def rank_within(frame: pd.DataFrame, of: str, linkage: str, ties: str) -> pd.DataFrame:
    """Add `rank` from 1 within each value of `of`, the largest first and ties in order of `ties`; sort by both."""
    ordered = frame.sort_values([of, linkage, ties], ascending=[True, False, True], kind="stable", ignore_index=True)
    return ordered.assign(rank=ordered.groupby(of, sort=False).cumcount() + 1)


def known_crime_groups(crimes: pd.DataFrame, membership: pd.DataFrame, column: str) -> CrimeGroups:
    """Gather the crimes of each value of a column beside crime_id; crimes not in the table are passed over."""
    known = membership[membership["crime_id"].isin(crimes["crime_id"])]
    return crime_groups_of(row_positions(crimes, known["crime_id"]), known[column])


def both_ways(crimes: pd.DataFrame, links: pd.DataFrame, may_start: npt.NDArray[np.bool_]) -> pd.DataFrame:
    """Return crime and partner, rows, of each link (crime_id_1, crime_id_2) from each of its ends that may start."""
    one, two = (row_positions(crimes, links[name]) for name in ("crime_id_1", "crime_id_2"))
    crime, partner = np.concatenate([one, two]), np.concatenate([two, one])
    return pd.DataFrame({"crime": crime[may_start[crime]], "partner": partner[may_start[crime]]})


def led_to(starts: pd.DataFrame, groups: CrimeGroups) -> pd.DataFrame:
    """Return the crimes and groups that a link joins (`both_ways`), without the groups that a crime is in."""
    group = _group_of_each(groups)
    membership = pd.DataFrame({"partner": groups.rows, "group": group})
    found = starts.merge(membership, on="partner")[["crime", "group"]].drop_duplicates()
    n_groups = max(len(groups.name), 1)
    inside = np.isin(found["crime"] * n_groups + found["group"], groups.rows * n_groups + group)
    return found[~inside].sort_values(["crime", "group"], ignore_index=True)


def shares_incident(pairs: pd.DataFrame, groups: CrimeGroups, incident: Ints) -> npt.NDArray[np.bool_]:
    """Tell which crimes share an incident with a member of their group (columns crime and group); -1 is unknown."""
    n_incidents = int(incident.max(initial=0)) + 1
    known = incident[groups.rows] >= 0
    of_groups = (_group_of_each(groups) * n_incidents + incident[groups.rows])[known]
    mine = incident[pairs["crime"]]
    return (mine >= 0) & np.isin(pairs["group"] * n_incidents + mine, of_groups)


def _group_of_each(groups: CrimeGroups) -> Ints:
    return np.repeat(np.arange(len(groups.name)), np.diff(groups.start))


def _linked(crime: Ints, group: Ints, groups: CrimeGroups, score: PairScore) -> pd.DataFrame:
    size = np.diff(groups.start)[group]
    task = np.repeat(np.arange(len(crime)), size)
    within = np.arange(len(task)) - np.repeat(np.cumsum(size) - size, size)
    member = groups.rows[groups.start[group[task]] + within]
    other = member != crime[task]
    task, member = task[other], member[other]
    log_bf = score(np.minimum(crime[task], member), np.maximum(crime[task], member))
    begin = np.flatnonzero(np.diff(task, prepend=-1))
    n_crimes = np.diff(np.append(begin, len(task)))
    # reduceat wants at least one segment.
    sums, largest, smallest = (
        gather.reduceat(log_bf, begin) if len(begin) else np.empty(0) for gather in (np.add, np.maximum, np.minimum)
    )
    at_largest = np.flatnonzero(log_bf == np.repeat(largest, n_crimes))
    nearest = at_largest[np.searchsorted(at_largest, begin)]
    columns = dict(zip(LINKAGES, (sums / n_crimes, largest, smallest), strict=True))
    return pd.DataFrame(
        {
            "crime": crime[task[begin]],
            "group": group[task[begin]],
            **columns,
            "n_crimes": n_crimes,
            "nearest": member[nearest],
        }
    )
