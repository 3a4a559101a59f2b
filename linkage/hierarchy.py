"""Series among many crimes: hierarchical clustering within the components of the graph of strong links.

Exact without a matrix of all crimes: a merge at or above the threshold needs a link at or above it between the
two clusters, so no merge joins two components. Pairs beyond the limits keep their model score inside a linkage
but never open a merge.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from linkage.candidates import PAIRS_PER_CHUNK, ordered_crimes
from linkage.dense_tree import MergeTree, PathStep, crime_path, cut, merge_tree
from linkage.evidence import EvidenceSpec
from linkage.linkages import LINKAGES, HierarchyError, linkage_code
from linkage.pair_scores import LinkModel, PairScore, pair_scorer, row_positions
from linkage.sparse_tree import sparse_merge_tree

__all__ = [
    "LINKAGES",
    "HierarchyError",
    "LinkClusters",
    "MergeTree",
    "PathStep",
    "cluster_links",
    "crime_path",
    "cut",
    "merge_tree",
]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

# About 4.5 million pairs and 300 MB at the peak; larger components score only the pairs that merges need.
DENSE_UP_TO = 3_000


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
    """

    labels: pd.Series
    merges: pd.DataFrame
    members: pd.DataFrame
    cohesion: pd.Series


class _Component(NamedTuple):
    """Crimes of one component as ascending rows, and its links as positions in them."""

    rows: Ints
    first: Ints
    second: Ints
    log_bf: Floats

    @property
    def n_pairs(self) -> int:
        return len(self.rows) * (len(self.rows) - 1) // 2


def cluster_links(
    crimes: pd.DataFrame,
    model: LinkModel,
    spec: EvidenceSpec,
    edges: pd.DataFrame,
    threshold: float,
    linkage: str = "average",
    dense_up_to: int = DENSE_UP_TO,
    pairs_per_chunk: int = PAIRS_PER_CHUNK,
) -> LinkClusters:
    """Cluster crimes by average, single or complete linkage, exactly, down to a threshold.

    Parameters
    ----------
    crimes : DataFrame
        One row a crime, in any order.
    model : LinkModel
    spec : EvidenceSpec
    edges : DataFrame
        crime_id_1, crime_id_2, log_bf of **all** pairs within the limits with log_bf at or above the threshold;
        weaker ones are passed over, missing ones make merges be missed.
    threshold : float
        Lowest log Bayes factor at which clusters are merged.
    linkage : str
        `average`, `single` or `complete`.
    dense_up_to : int
        Components of at most so many crimes have all their pairs scored; larger ones only the pairs that their
        merges need, which takes no matrix but more time where links are dense.
    pairs_per_chunk : int
        Pairs scored at a time.

    Raises
    ------
    HierarchyError
        When the linkage is unknown or a pair has no finite score.
    ScoringError
        When an edge names a crime that is not in the crimes.
    """
    linkage_code(linkage)
    crimes = ordered_crimes(crimes)
    score = pair_scorer(crimes, model, spec, pairs_per_chunk)
    components = _components(crimes, edges[edges["log_bf"] >= threshold])
    small = [component for component in components if len(component.rows) <= dense_up_to]
    trees = dict(_dense_trees(small, score, threshold, linkage, pairs_per_chunk))
    for component in components:
        if len(component.rows) > dense_up_to:
            trees[component.rows[0]] = _sparse_tree(component, score, threshold, linkage)
    return _described(crimes["crime_id"], [(component.rows, trees[component.rows[0]]) for component in components])


def _components(crimes: pd.DataFrame, edges: pd.DataFrame) -> list[_Component]:
    """Return the components of two or more crimes, in order of their lowest crime."""
    ends = np.stack([row_positions(crimes, edges[name]) for name in ("crime_id_1", "crime_id_2")])
    log_bf = edges["log_bf"].to_numpy(dtype=np.float64)
    graph = coo_array((np.ones(len(edges), dtype=np.int8), (ends[0], ends[1])), shape=(len(crimes), len(crimes)))
    label = connected_components(graph, directed=False)[1]
    rows_of, edges_of = _groups(label), _groups(label[ends[0]])
    components = []
    for name, rows in rows_of.items():
        if len(rows) > 1:
            inside = edges_of[name]
            local = np.searchsorted(rows, ends[:, inside])
            components.append(_Component(rows, local.min(axis=0), local.max(axis=0), log_bf[inside]))
    return sorted(components, key=lambda component: int(component.rows[0]))


def _groups(label: npt.NDArray[np.int32]) -> dict[int, Ints]:
    """Return the ascending positions of each label."""
    order = np.argsort(label, kind="stable")
    starts = np.flatnonzero(np.diff(label[order], prepend=-1))
    return {int(label[part[0]]): part for part in np.split(order, starts[1:]) if len(part)}


def _dense_trees(
    components: list[_Component], score: PairScore, threshold: float, linkage: str, pairs_per_chunk: int
) -> Iterator[tuple[int, MergeTree]]:
    """Score all pairs of many small components together, since one call costs as much as thousands of pairs."""
    for batch in _batches(components, pairs_per_chunk):
        corners = [np.triu_indices(len(component.rows), 1) for component in batch]
        first = np.concatenate([c.rows[upper[0]] for c, upper in zip(batch, corners, strict=True)])
        second = np.concatenate([c.rows[upper[1]] for c, upper in zip(batch, corners, strict=True)])
        ends = np.cumsum([component.n_pairs for component in batch])[:-1]
        for component, upper, log_bf in zip(batch, corners, np.split(score(first, second), ends), strict=True):
            tree = _dense_tree(component, upper, log_bf, linkage)
            yield int(component.rows[0]), _down_to(tree, threshold)


def _batches(components: list[_Component], pairs_per_chunk: int) -> Iterator[list[_Component]]:
    batch: list[_Component] = []
    n_pairs = 0
    for component in components:
        if batch and n_pairs + component.n_pairs > pairs_per_chunk:
            yield batch
            batch, n_pairs = [], 0
        batch.append(component)
        n_pairs += component.n_pairs
    if batch:
        yield batch


def _dense_tree(component: _Component, upper: tuple[Ints, Ints], log_bf: Floats, linkage: str) -> MergeTree:
    n = len(component.rows)
    matrix = np.zeros((n, n))
    matrix[upper] = log_bf
    may_merge = np.zeros((n, n), dtype=np.bool_)
    may_merge[component.first, component.second] = True
    return merge_tree(matrix + matrix.T, linkage, may_merge | may_merge.T)


def _sparse_tree(component: _Component, score: PairScore, threshold: float, linkage: str) -> MergeTree:
    rows, first, second, log_bf = component
    return sparse_merge_tree(len(rows), first, second, log_bf, lambda i, j: score(rows[i], rows[j]), threshold, linkage)


def _down_to(tree: MergeTree, threshold: float) -> MergeTree:
    below = np.flatnonzero(tree.log_bf < threshold)
    n_kept = int(below[0]) if len(below) else len(tree.log_bf)
    return MergeTree(tree.first[:n_kept], tree.second[:n_kept], tree.log_bf[:n_kept], tree.size[:n_kept], tree.n_crimes)


def _described(crime_ids: pd.Series, trees: list[tuple[Ints, MergeTree]]) -> LinkClusters:
    ids = crime_ids.to_numpy()
    lowest = np.arange(len(ids))
    last_merge: dict[str, float] = {}
    for rows, tree in trees:
        label = cut(tree, -np.inf)
        lowest[rows] = rows[np.unique(label, return_index=True)[1]][label]
        # Merges come in order, so what stays written for a cluster is its last.
        for crime, log_bf in zip(rows[_lowest_crimes(tree)], tree.log_bf, strict=True):
            last_merge[ids[lowest[crime]]] = float(log_bf)
    labels = pd.Series(ids[lowest], index=pd.Index(ids, name="crime_id", dtype="str"), name="cluster_id", dtype="str")
    members = labels[labels.isin(last_merge.keys())].reset_index()[["cluster_id", "crime_id"]]
    return LinkClusters(
        labels=labels,
        merges=_merge_frame(ids, trees),
        members=members.sort_values(["cluster_id", "crime_id"], ignore_index=True),
        cohesion=pd.Series(last_merge, name="log_bf", dtype="float64").rename_axis("cluster_id").sort_index(),
    )


def _lowest_crimes(tree: MergeTree) -> Ints:
    """Return the lowest crime of each merge."""
    lowest = np.concatenate([np.arange(tree.n_crimes), np.zeros(len(tree.first), dtype=np.int64)])
    for merge, node in enumerate(tree.first):
        lowest[tree.n_crimes + merge] = lowest[node]
    return lowest[tree.n_crimes :]


def _merge_frame(ids: npt.NDArray[np.object_], trees: list[tuple[Ints, MergeTree]]) -> pd.DataFrame:
    records = []
    for rows, tree in trees:
        component_id = str(ids[rows[0]])
        names = [str(crime_id) for crime_id in ids[rows]]
        names += [f"{component_id}#{step}" for step in range(1, len(tree.first) + 1)]
        for step, (first, second, log_bf, size) in enumerate(zip(*tree[:4], strict=True), start=1):
            merge_id = names[tree.n_crimes + step - 1]
            records.append((merge_id, component_id, step, names[first], names[second], log_bf, size))
    columns = {
        "merge_id": "str",
        "component_id": "str",
        "step": "int64",
        "left_id": "str",
        "right_id": "str",
        "log_bf": "float64",
        "n_crimes": "int64",
    }
    return pd.DataFrame(records, columns=list(columns)).astype(columns)
