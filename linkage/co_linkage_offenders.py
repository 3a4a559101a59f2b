"""Co-linkage by offender: two known groups are two labels even where they share somebody, so add that up."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from linkage.co_linkage import CoLinkageResult
from linkage.co_linkage_data import CoLinkageData
from linkage.co_linkage_state import FloatArray


def offender_probabilities(
    result: CoLinkageResult, offender_crimes: pd.DataFrame, floor: float = 0.001
) -> pd.DataFrame:
    """Add up for each unsolved crime the probability of every known group that an offender belongs to.

    Parameters
    ----------
    result
        What sampling found.
    offender_crimes
        person_id and crime_id; rows of crimes that were not sampled as solved are ignored.
    floor
        Least probability to list.

    Returns
    -------
    DataFrame
        crime_id, rank, person_id, probability; strongest first within a crime. Probabilities of one crime may add
        up to more than 1, since co-offenders come together.
    """
    people, in_group = _members(result.data, offender_crimes)
    probability = result.group_probability.mean(axis=0) @ in_group
    u, p = np.nonzero(probability >= floor)
    table = pd.DataFrame(
        {
            "crime_id": result.data.unsolved_ids[u],
            "person_id": people[p],
            "probability": probability[u, p],
        }
    ).sort_values(["crime_id", "probability", "person_id"], ascending=[True, False, True], ignore_index=True)
    table.insert(1, "rank", table.groupby("crime_id").cumcount() + 1)
    return table


def add_offender_probability(
    result: CoLinkageResult, offender_crimes: pd.DataFrame, floor: float = 0.001
) -> pd.DataFrame:
    """Put beside each pair's probability of one label that of at least one common offender.

    Returns
    -------
    DataFrame
        crime_id_1, crime_id_2, probability, offender_probability: every pair with an unsolved crime where the
        latter is at least ``floor``, strongest first. Offenders not yet known are one person a label.
    """
    data = result.data
    arrays = data.arrays
    _, in_group = _members(data, offender_crimes)
    shares = (in_group @ in_group.T > 0) | np.eye(arrays.n_known, dtype=bool)
    by_group = result.group_probability.mean(axis=0)
    by_pair = result.pair_probability.mean(axis=0)
    solved = np.flatnonzero(arrays.known_cluster >= 0)
    cluster = arrays.known_cluster[solved]
    one_label = np.hstack([by_group[:, cluster], by_pair])
    one_offender = np.hstack([(by_group @ shares)[:, cluster], by_pair + _met_through_groups(result, shares)])
    is_first = np.hstack([np.ones_like(by_group[:, cluster], bool), np.triu(np.ones_like(by_pair, bool), 1)])
    u, v = np.nonzero((one_offender >= floor) & is_first)
    rows, others = arrays.unsolved[u], np.concatenate([solved, arrays.unsolved])[v]
    table = pd.DataFrame(
        {
            "crime_id_1": data.crime_ids[np.minimum(rows, others)],
            "crime_id_2": data.crime_ids[np.maximum(rows, others)],
            "probability": one_label[u, v],
            "offender_probability": np.minimum(one_offender[u, v], 1.0),
        }
    )
    return table.sort_values(
        ["offender_probability", "crime_id_1", "crime_id_2"], ascending=[False, True, True], ignore_index=True
    )


def _members(data: CoLinkageData, offender_crimes: pd.DataFrame) -> tuple[NDArray[np.object_], FloatArray]:
    """Return the people of the known groups, ascending, and who is in which group (n_known, n_people)."""
    cluster_of = {
        crime_id: cluster
        for crime_id, cluster in zip(data.crime_ids, data.arrays.known_cluster, strict=True)
        if cluster >= 0
    }
    rows = offender_crimes[offender_crimes["crime_id"].isin(cluster_of)]
    person, people = pd.factorize(rows["person_id"].to_numpy(dtype=object), sort=True)
    in_group = np.zeros((data.arrays.n_known, len(people)))
    in_group[[cluster_of[crime_id] for crime_id in rows["crime_id"]], person] = 1.0
    return np.asarray(people, dtype=object), in_group


def _met_through_groups(result: CoLinkageResult, shares: NDArray[np.bool_]) -> FloatArray:
    """Probability that two unsolved crimes are in two different known groups which share an offender."""
    n_known = shares.shape[0]
    elsewhere = np.zeros((n_known + 1, n_known + 1))
    elsewhere[:n_known, :n_known] = shares & ~np.eye(n_known, dtype=bool)
    sweeps = np.minimum(result.labels, n_known).reshape(-1, result.labels.shape[2])
    total = np.zeros((sweeps.shape[1], sweeps.shape[1]))
    for labels in sweeps:
        total += elsewhere[np.ix_(labels, labels)]
    return total / len(sweeps)
