"""How often two crimes share a label, counted in label draws without a matrix of all pairs."""

import numpy as np
import pandas as pd
from numba import njit
from numpy.typing import NDArray

from linkage.label_draws import Ints, LabelDraws, LabelDrawsError, LongInts, shared_clusters

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
