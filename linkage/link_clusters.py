"""Clusters of crimes and the merges that made them, by crime_id, from merges by row."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from numba import njit

from linkage.dense_tree import cut, lowest_crimes
from linkage.merge_forest import MergeForest

Ints = npt.NDArray[np.int64]
Names = npt.NDArray[np.object_]


class LinkClusters(NamedTuple):
    """Clusters of crimes at a threshold; a cluster is called by its lowest crime_id.

    Attributes
    ----------
    labels : Series of str, indexed by crime_id
        The cluster of each crime, in order of crime_id; a crime by itself is its own cluster.
    merges : DataFrame
        merge_id, component_id, step, left_id, right_id, log_bf, n_crimes: one row a merge, in order within each
        component. Left and right are a crime_id or an earlier merge_id; the left holds the lowest crime.
    members : DataFrame
        cluster_id, crime_id of the clusters of two or more crimes.
    cohesion : Series of float64, indexed by cluster_id
        Log Bayes factor of the last merge of each cluster of two or more.
    decided : Series of bool, indexed by merge_id
        Whether a must-link made the merge, at whatever log Bayes factor; in the order of the merges.
    """

    labels: pd.Series
    merges: pd.DataFrame
    members: pd.DataFrame
    cohesion: pd.Series
    decided: pd.Series


def link_clusters(crime_ids: pd.Series, forest: MergeForest, component: Ints) -> LinkClusters:
    """Name clusters, merges and components by their lowest crime.

    Parameters
    ----------
    crime_ids : Series of str
        In ascending order.
    forest : MergeForest
    component : int64, shape (n_crimes,)
        The lowest crime of what links and must-links join to each crime.
    """
    ids = crime_ids.to_numpy(dtype=object)
    tree, n = forest.tree, len(ids)
    label = cut(tree, -np.inf)
    cluster = np.unique(label, return_index=True)[1][label]
    lowest = lowest_crimes(tree)[n:]
    # Merges come in order, so what stays written for a cluster is its last.
    last = np.full(n, np.nan)
    last[cluster[lowest]] = tree.log_bf
    of_several = np.flatnonzero(np.bincount(cluster[lowest], minlength=n) > 0)
    rows = np.flatnonzero(np.isin(cluster, of_several))
    rows = rows[np.argsort(cluster[rows], kind="stable")]
    merges, order = _merge_frame(ids, forest, component[lowest])
    return LinkClusters(
        labels=pd.Series(ids[cluster], pd.Index(ids, name="crime_id", dtype="str"), "str", "cluster_id"),
        merges=merges,
        members=pd.DataFrame({"cluster_id": ids[cluster[rows]], "crime_id": ids[rows]}, dtype="str"),
        cohesion=pd.Series(
            last[of_several], index=pd.Index(ids[of_several], name="cluster_id", dtype="str"), name="log_bf"
        ),
        decided=pd.Series(order < forest.n_decided, index=pd.Index(merges["merge_id"]), name="is_decided"),
    )


def _merge_frame(ids: Names, forest: MergeForest, component: Ints) -> tuple[pd.DataFrame, Ints]:
    """Return the merges in order within each component, and which of the forest's merge each is."""
    tree = forest.tree
    order = np.argsort(component, kind="stable")
    of_component = component[order]
    step = np.arange(1, len(order) + 1)
    is_first = np.diff(of_component, prepend=-1) != 0
    step -= np.repeat(np.flatnonzero(is_first), np.diff(np.append(np.flatnonzero(is_first), len(order))))
    component_ids = ids[of_component]
    names = np.empty(len(ids) + len(order), dtype=object)
    names[: len(ids)] = ids
    names[len(ids) + order] = component_ids + "#" + step.astype(str).astype(object)
    columns = {
        "merge_id": names[len(ids) + order],
        "component_id": component_ids,
        "step": step,
        "left_id": names[tree.first[order]],
        "right_id": names[tree.second[order]],
        "log_bf": tree.log_bf[order],
        "n_crimes": tree.size[order],
    }
    texts = dict.fromkeys(("merge_id", "component_id", "left_id", "right_id"), "str")
    return pd.DataFrame(columns).astype(texts), order


def joined_rows(n_crimes: int, first: npt.NDArray[np.integer], second: npt.NDArray[np.integer]) -> Ints:
    """Return the lowest row that pairs join to each row, however remotely: int64, shape (n_crimes,)."""
    return _joined(n_crimes, first, second)


@njit(cache=True, nogil=True)
def _joined(n_crimes, first, second):  # type: ignore[no-untyped-def]  # compiled
    above = np.arange(n_crimes)
    for pair in range(len(first)):
        i, j = np.int64(first[pair]), np.int64(second[pair])
        while above[i] != i:
            above[i] = above[above[i]]
            i = above[i]
        while above[j] != j:
            above[j] = above[above[j]]
            j = above[j]
        above[max(i, j)] = min(i, j)
    for row in range(n_crimes):  # a row above is lower, so it is settled by now
        above[row] = above[above[row]]
    return above
