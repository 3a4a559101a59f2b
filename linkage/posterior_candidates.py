"""With whom each unsolved crime may share an offender: candidates and pairs counted in label draws."""

import numpy as np
import pandas as pd
from numba import njit
from numpy.typing import NDArray

from linkage.label_draws import Ints, LabelDraws, LabelDrawsError, LongInts, own_cluster_sizes, shared_clusters

Flags = NDArray[np.bool_]


def pair_probabilities(draws: LabelDraws, floor: float) -> pd.DataFrame:
    """List the pairs that share a label in at least a share of draws, without a matrix of all pairs.

    Pairs of two solved crimes are left out: what is known of them is no result. Time grows with the squares of the
    sizes of the distinct clusters.

    Parameters
    ----------
    floor : float
        Least probability listed, above 0.

    Returns
    -------
    DataFrame
        One row a pair, ordered by rows: row_1 < row_2 (int32, rows of ``draws``), probability.
    """
    if not 0.0 < floor <= 1.0:
        raise LabelDrawsError(f"floor: expected a probability above 0 and at most 1, got {floor}; 0.001 is usual")
    members, start, n_draws, crime_clusters, crime_start = shared_clusters(draws.labels)
    least = max(int(np.ceil(floor * draws.n_draws - 1e-9)), 1)
    first, second, count = _pair_counts(members, start, n_draws, crime_clusters, crime_start, draws.is_unsolved, least)
    order = np.lexsort((second, first))
    return pd.DataFrame({"row_1": first[order], "row_2": second[order], "probability": count[order] / draws.n_draws})


def known_group_probabilities(draws: LabelDraws) -> pd.DataFrame:
    """List for each unsolved crime the known groups that some draw gives it.

    Returns
    -------
    DataFrame
        One row a crime and group, crimes in the order of ``draws`` and groups in theirs: crime_id, group_id,
        probability.
    """
    crime, group, count = _group_counts(draws)
    return pd.DataFrame(
        {
            "crime_id": draws.crime_ids[draws.unsolved[crime]],
            "group_id": np.array(draws.groups, dtype=object)[group],
            "probability": count / draws.n_draws,
        }
    )


def credible_sets(draws: LabelDraws, level: float = 0.9) -> pd.DataFrame:
    """Give for each unsolved crime the fewest known groups, or somebody not yet known, that hold the probability.

    Returns
    -------
    DataFrame
        One row a crime and candidate, strongest first within a crime (ties: groups in their order, then somebody
        not yet known), crimes in the order of ``draws``: crime_id, rank, group_id (missing: somebody not yet known),
        probability, cumulative_probability.
    """
    if not 0.0 < level <= 1.0:
        raise LabelDrawsError(f"level: expected a share above 0 and at most 1, got {level}; 0.9 is usual")
    n_unsolved, n_known = draws.unsolved.size, len(draws.groups)
    crime, group, count = _group_counts(draws)
    unknown = draws.n_draws - np.bincount(crime, weights=count, minlength=n_unsolved).astype(np.int64)
    table = pd.DataFrame(
        {
            "crime": np.concatenate([crime, np.arange(n_unsolved)]),
            "group": np.concatenate([group, np.full(n_unsolved, n_known)]),
            "count": np.concatenate([count, unknown]),
        }
    ).sort_values(["crime", "count", "group"], ascending=[True, False, True], ignore_index=True)
    by_crime = table.groupby("crime")
    cumulative, rank = by_crime["count"].cumsum(), by_crime.cumcount() + 1
    # Counts are whole, so that 0.9 of the draws is 0.9 of the draws.
    is_needed = cumulative - table["count"] < np.ceil(level * draws.n_draws - 1e-9)
    needed = table[is_needed]
    return pd.DataFrame(
        {
            "crime_id": draws.crime_ids[draws.unsolved[needed["crime"]]],
            "rank": rank[is_needed].to_numpy(),
            "group_id": np.array([*draws.groups, None], dtype=object)[needed["group"]],
            "probability": needed["count"].to_numpy() / draws.n_draws,
            "cumulative_probability": cumulative[is_needed].to_numpy() / draws.n_draws,
        }
    )


def strongest_candidates(draws: LabelDraws) -> pd.DataFrame:
    """Tell what each unsolved crime most probably belongs to: a known group, another unsolved crime, or nobody.

    A crime may share its offender with several others at once, so these probabilities do not add up to 1.

    Returns
    -------
    DataFrame
        One row an unsolved crime, in the order of ``draws``: crime_id, candidate_kind (`known_group`, `crime` or
        `nobody`; of equal ones the first of these), candidate_id (group or unsolved crime, of equal ones the
        lowest; missing for nobody), probability.
    """
    unsolved = draws.unsolved
    crime, group, group_count = _group_counts(draws)
    rank_of_group = np.argsort(np.argsort(np.array(draws.groups, dtype=object), kind="stable"))
    of_group, at_group = _most_by_crime(crime, group, group_count, rank_of_group, unsolved.size)
    rank_of_crime = np.argsort(np.argsort(draws.crime_ids, kind="stable")).astype(np.int64)
    of_crime, at_crime = _best_partner(*shared_clusters(draws.labels), draws.is_unsolved, rank_of_crime)
    sizes = own_cluster_sizes(draws.labels)[:, unsolved]
    alone = ((sizes == 1) & (draws.labels[:, unsolved] >= len(draws.groups))).sum(axis=0)
    counts = np.stack([of_group, of_crime[unsolved], alone])
    kind = counts.argmax(axis=0)
    group_id = np.array([*draws.groups, None], dtype=object)[at_group]
    crime_id = np.array([*draws.crime_ids, None], dtype=object)[at_crime[unsolved]]
    return pd.DataFrame(
        {
            "crime_id": draws.crime_ids[unsolved],
            "candidate_kind": np.array(["known_group", "crime", "nobody"], dtype=object)[kind],
            "candidate_id": np.where(kind == 0, group_id, np.where(kind == 1, crime_id, None)),
            "probability": counts.max(axis=0) / draws.n_draws,
        }
    )


def _group_counts(draws: LabelDraws) -> tuple[LongInts, LongInts, LongInts]:
    """Count in how many draws an unsolved crime (by position among them) has a known group."""
    n_known = max(len(draws.groups), 1)
    labels = draws.labels[:, draws.unsolved]
    _, crime = np.nonzero(labels < len(draws.groups))
    group = labels[labels < len(draws.groups)]
    key, count = np.unique(crime * n_known + group, return_counts=True)
    return key // n_known, key % n_known, count


def _most_by_crime(
    crime: LongInts, group: LongInts, count: LongInts, rank_of_group: LongInts, n_unsolved: int
) -> tuple[LongInts, LongInts]:
    """Return each crime's largest count and its group, -1 where it has none."""
    order = np.lexsort((rank_of_group[group], -count, crime))
    holder, at = np.unique(crime[order], return_index=True)
    most, which = np.zeros(n_unsolved, dtype=np.int64), np.full(n_unsolved, -1, dtype=np.int64)
    most[holder], which[holder] = count[order][at], group[order][at]
    return most, which


@njit(cache=True)
def _pair_counts(
    members: Ints,
    start: LongInts,
    n_draws: LongInts,
    crime_clusters: LongInts,
    crime_start: LongInts,
    is_unsolved: Flags,
    least: int,
) -> tuple[Ints, Ints, LongInts]:
    """Count the draws that pairs with an unsolved crime share, where these are at least ``least``."""
    n = is_unsolved.size
    count, touched = np.zeros(n, np.int64), np.empty(n, np.int32)
    room, found = 1024, 0
    first, second, shared = np.empty(room, np.int32), np.empty(room, np.int32), np.empty(room, np.int64)
    for i in range(n):
        if not is_unsolved[i]:
            continue
        n_touched = 0
        for c in crime_clusters[crime_start[i] : crime_start[i + 1]]:
            for j in members[start[c] : start[c + 1]]:
                # A pair of unsolved crimes is counted at the first of the two.
                if j > i or not is_unsolved[j]:
                    if count[j] == 0:
                        touched[n_touched] = j
                        n_touched += 1
                    count[j] += n_draws[c]
        if found + n_touched > room:
            room = 2 * (found + n_touched)
            first, second, shared = _wider(first, room), _wider(second, room), _wider(shared, room)
        for m in range(n_touched):
            j = touched[m]
            if count[j] >= least:
                first[found], second[found], shared[found] = min(i, j), max(i, j), count[j]
                found += 1
            count[j] = 0
    return first[:found].copy(), second[:found].copy(), shared[:found].copy()


@njit(cache=True)
def _wider(array: NDArray[np.integer], room: int) -> NDArray[np.integer]:
    wide = np.empty(room, array.dtype)
    wide[: array.size] = array
    return wide


@njit(cache=True)
def _best_partner(
    members: Ints,
    start: LongInts,
    n_draws: LongInts,
    crime_clusters: LongInts,
    crime_start: LongInts,
    is_unsolved: Flags,
    rank: LongInts,
) -> tuple[LongInts, LongInts]:
    """Find the unsolved crime that shares most draws with each unsolved one: how many, and which (-1: none)."""
    n = is_unsolved.size
    count, touched = np.zeros(n, np.int64), np.empty(n, np.int32)
    most, which = np.zeros(n, np.int64), np.full(n, -1, np.int64)
    for i in range(n):
        if not is_unsolved[i]:
            continue
        n_touched = 0
        for c in crime_clusters[crime_start[i] : crime_start[i + 1]]:
            for j in members[start[c] : start[c + 1]]:
                if j != i and is_unsolved[j]:
                    if count[j] == 0:
                        touched[n_touched] = j
                        n_touched += 1
                    count[j] += n_draws[c]
        for m in range(n_touched):
            j = touched[m]
            if count[j] > most[i] or (count[j] == most[i] and rank[j] < rank[which[i]]):
                most[i], which[i] = count[j], j
            count[j] = 0
    return most, which
