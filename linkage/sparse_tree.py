"""Hierarchical clustering of many crimes from the graph of their links, without the matrix of all pairs.

A merge at or above the threshold needs a crime pair at or above it between the two clusters, so only clusters
that a link joins are candidates; the pairs that their similarity still lacks are scored when a merge brings
them together. The merges are those of the dense tree, down to the threshold.
"""

import heapq
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from linkage.dense_tree import MergeTree
from linkage.linkages import AVERAGE, SINGLE, HierarchyError, linkage_code

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
PairScore = Callable[[Ints, Ints], Floats]

_GATHER = {AVERAGE: np.add, SINGLE: np.maximum}


def sparse_merge_tree(
    n_crimes: int,
    first: Ints,
    second: Ints,
    log_bf: Floats,
    score: PairScore,
    threshold: float,
    linkage: str = "average",
) -> MergeTree:
    """Merge linked clusters, the most similar first, until none is at or above the threshold.

    Parameters
    ----------
    n_crimes : int
    first, second : int64, shape (n_links,)
        Pairs of crimes that can open a merge, each once: all that are at or above the threshold.
    log_bf : float64, shape (n_links,)
        Their log Bayes factors.
    score : callable
        Gives the log Bayes factors of any pairs of crimes, from two int64 arrays.
    threshold : float
        Lowest similarity at which clusters are merged.
    linkage : str
        `average`, `single` or `complete`; the similarity counts every crime pair, linked or not.

    Raises
    ------
    HierarchyError
        When the linkage is unknown or a pair has no finite score.
    """
    clusters = _LinkedClusters(n_crimes, score, linkage_code(linkage), threshold)
    for i, j, value in zip(first.tolist(), second.tolist(), log_bf.tolist(), strict=True):
        clusters.connect(i, j, value)
    merges = []
    node = list(range(n_crimes))
    while (best := clusters.pop_best()) is not None:
        value, i, j = best
        clusters.merge(i, j)
        merges.append((node[i], node[j], value, len(clusters.members[i])))
        node[i] = n_crimes + len(merges) - 1
    left, right, values, sizes = zip(*merges, strict=True) if merges else ((), (), (), ())
    return MergeTree(
        np.array(left, dtype=np.int64),
        np.array(right, dtype=np.int64),
        np.array(values, dtype=np.float64),
        np.array(sizes, dtype=np.int64),
        n_crimes,
    )


class _LinkedClusters:
    """Clusters known by their lowest crime, what joins each to its neighbours, and a queue of merges.

    `total[i][k]` is the sum (average), largest (single) or smallest (complete) log BF over all crime pairs of
    two linked clusters. A queued merge is out of date once either cluster has changed: its version tells.
    """

    def __init__(self, n_crimes: int, score: PairScore, code: int, threshold: float) -> None:
        self.members: list[Ints] = [np.array([i], dtype=np.int64) for i in range(n_crimes)]
        self._total: list[dict[int, float]] = [{} for _ in range(n_crimes)]
        self._version = [0] * n_crimes
        self._queue: list[tuple[float, int, int, int, int]] = []
        self._score, self._code, self._threshold = score, code, threshold
        self._gather = _GATHER.get(code, np.minimum)

    def connect(self, i: int, j: int, total: float) -> None:
        """Set what joins two clusters and queue their merge if it is at or above the threshold."""
        self._total[i][j] = self._total[j][i] = total
        size = len(self.members[i]) * len(self.members[j])
        similarity = total / size if self._code == AVERAGE else total
        if similarity >= self._threshold:
            low, high = min(i, j), max(i, j)
            heapq.heappush(self._queue, (-similarity, low, high, self._version[low], self._version[high]))

    def pop_best(self) -> tuple[float, int, int] | None:
        """Return the similarity and clusters of the next merge, the lowest crimes of equals; None at the end."""
        while self._queue:
            negative, i, j, version_i, version_j = heapq.heappop(self._queue)
            if self._version[i] == version_i and self._version[j] == version_j:
                return -negative, i, j
        return None

    def merge(self, i: int, j: int) -> None:
        """Put cluster j into cluster i, which holds the lower crime."""
        at_i, at_j = self._total[i], self._total[j]
        del at_i[j], at_j[i]
        lacking = [(j, k) for k in at_i if k not in at_j] + [(i, k) for k in at_j if k not in at_i]
        for (end, k), total in zip(lacking, self._score_between(lacking), strict=True):
            (at_j if end == j else at_i)[k] = total
        self.members[i] = np.concatenate([self.members[i], self.members[j]])
        self.members[j] = np.empty(0, dtype=np.int64)
        self._total[i], self._total[j] = {}, {}
        self._version[i] += 1
        self._version[j] += 1
        for k in sorted(at_i):
            self._total[k].pop(j, None)
            self.connect(i, k, float(self._gather(at_i[k], at_j[k])))

    def _score_between(self, cluster_pairs: list[tuple[int, int]]) -> list[float]:
        """Gather the scores of all crime pairs of each cluster pair, in one call, for calls are dear."""
        if not cluster_pairs:
            return []
        ends = [(self.members[a], self.members[b]) for a, b in cluster_pairs]
        first = np.concatenate([np.repeat(a, len(b)) for a, b in ends])
        second = np.concatenate([np.tile(b, len(a)) for a, b in ends])
        log_bf = self._score(np.minimum(first, second), np.maximum(first, second))
        if not np.isfinite(log_bf).all():
            raise HierarchyError(
                f"score: expected finite log Bayes factors, got {(~np.isfinite(log_bf)).sum()} that are not; "
                "fit the model with shrinkage"
            )
        starts = np.cumsum([0] + [len(a) * len(b) for a, b in ends[:-1]])
        return [float(total) for total in self._gather.reduceat(log_bf, starts)]
