"""Series among many crimes: hierarchical clustering along the graph of strong links.

Exact without a matrix of all crimes: a merge at or above the threshold needs a link at or above it between the two
clusters. Pairs beyond the limits keep their model score inside a linkage but never open a merge.
"""

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pandas as pd

from linkage.candidates import PAIRS_PER_CHUNK, ordered_crimes
from linkage.constraints import NO_CONSTRAINTS, LinkConstraints, RowConstraints, row_constraints
from linkage.dense_tree import MergeTree, PathStep, crime_path, cut, merge_tree
from linkage.evidence import EvidenceSpec
from linkage.link_clusters import LinkClusters, joined_rows, link_clusters
from linkage.linkages import LINKAGES, HierarchyError, linkage_code
from linkage.merge_forest import MergeForest, merge_forest
from linkage.pair_scores import LinkModel, PairScore, pair_scorer, row_positions

__all__ = [
    "LINKAGES",
    "HierarchyError",
    "LinkClusters",
    "LinkConstraints",
    "MergeTree",
    "PathStep",
    "cluster_links",
    "cluster_rows",
    "crime_path",
    "cut",
    "merge_tree",
]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

# 125,000 pairs, which most models score in less time than the calls that the merges of so few crimes would take.
DENSE_UP_TO = 500


def cluster_links(
    crimes: pd.DataFrame,
    model: LinkModel,
    spec: EvidenceSpec,
    edges: pd.DataFrame,
    threshold: float,
    linkage: str = "average",
    dense_up_to: int = DENSE_UP_TO,
    pairs_per_chunk: int = PAIRS_PER_CHUNK,
    constraints: LinkConstraints | None = None,
    beyond: float = math.inf,
    say: Callable[[str], None] | None = None,
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
        Where links join at most so many crimes, and nothing is decided about them, all their pairs are scored and
        merged on the full matrix; of more crimes only the pairs are scored that merges need.
    pairs_per_chunk : int
        Pairs scored at a time.
    constraints : LinkConstraints, optional
        Pairs that people decided about. Must-links are merged first; cannot-links never end in one cluster.
    beyond : float
        Largest log Bayes factor of a pair beyond the limits (`largest_log_bf_beyond`); below the threshold it spares
        scores, save to average linkage.
    say : callable, optional
        Told from time to time how far it is.

    Raises
    ------
    HierarchyError
        When the linkage is unknown, a pair has no finite score, or decisions contradict one another.
    ScoringError
        When an edge or a decision names a crime that is not in the crimes.
    """
    linkage_code(linkage)
    crimes = ordered_crimes(crimes)
    score = pair_scorer(crimes, model, spec, pairs_per_chunk)
    strong = edges[edges["log_bf"] >= threshold]
    first, second = (row_positions(crimes, strong[name]) for name in ("crime_id_1", "crime_id_2"))
    log_bf = strong["log_bf"].to_numpy(dtype=np.float64)
    decisions = NO_CONSTRAINTS if constraints is None else row_constraints(crimes, constraints)
    linked = np.unique([first, second])
    if len(linked) <= dense_up_to and decisions is NO_CONSTRAINTS:
        forest = _dense_forest(len(crimes), linked, first, second, score, threshold, linkage)
        return link_clusters(crimes["crime_id"], forest, joined_rows(len(crimes), first, second))
    ids = crimes["crime_id"]
    return cluster_rows(ids, first, second, log_bf, score, threshold, linkage, beyond, decisions, say)


def cluster_rows(
    crime_ids: pd.Series,
    first: npt.NDArray[np.integer],
    second: npt.NDArray[np.integer],
    log_bf: Floats,
    score: PairScore,
    threshold: float,
    linkage: str = "average",
    beyond: float = math.inf,
    constraints: RowConstraints = NO_CONSTRAINTS,
    say: Callable[[str], None] | None = None,
) -> LinkClusters:
    """Cluster a force whose crimes are rows and whose links are arrays: `cluster_links` at scale.

    Parameters
    ----------
    crime_ids : Series of str
        In ascending order: crime_ids[i] is row i.
    first, second, log_bf, score, threshold, linkage, beyond, constraints, say
        As `merge_forest` takes them.
    """
    n = len(crime_ids)
    forest = merge_forest(n, first, second, log_bf, score, threshold, linkage, beyond, constraints, say)
    is_kept = log_bf >= threshold
    if not is_kept.all():
        first, second = first[is_kept], second[is_kept]
    component = joined_rows(n, first, second)
    if len(constraints.must_link):
        component = component[joined_rows(n, *component[constraints.must_link].T)[component]]
    return link_clusters(crime_ids, forest, component)


def _dense_forest(
    n_crimes: int, linked: Ints, first: Ints, second: Ints, score: PairScore, threshold: float, linkage: str
) -> MergeForest:
    """Merge the linked crimes on the full matrix of their scores."""
    n = len(linked)
    one, other = np.triu_indices(n, 1)
    matrix = np.zeros((n, n))
    may_merge = np.zeros((n, n), dtype=np.bool_)
    if n:
        matrix[one, other] = score(linked[one], linked[other])
        may_merge[np.searchsorted(linked, first), np.searchsorted(linked, second)] = True
    tree = merge_tree(matrix + matrix.T, linkage, may_merge | may_merge.T)
    below = np.flatnonzero(tree.log_bf < threshold)
    kept = slice(0, int(below[0]) if len(below) else len(tree.log_bf))
    node = np.concatenate([linked, n_crimes + np.arange(len(tree.first))])
    whole = MergeTree(node[tree.first[kept]], node[tree.second[kept]], tree.log_bf[kept], tree.size[kept], n_crimes)
    return MergeForest(whole, 0, len(one))
