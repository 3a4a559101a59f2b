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

_Queued = tuple[float, int, int, int, int]  # minus the similarity, two clusters, their versions

# A call of the score costs as much as thousands of pairs, so the likely next merges are scored with this one.
MERGES_AHEAD = 200
PAIRS_AHEAD = 100000

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
    """Clusters known by their lowest crime, what joins each to others, and a queue of merges.

    `_linked[i][k]` is the sum (average), largest (single) or smallest (complete) log BF over all crime pairs of
    two clusters that a link joins; `_known[i][k]` the same for two that none joins, scored ahead. A queued merge
    is out of date once either cluster has changed: its version tells.
    """

    def __init__(self, n_crimes: int, score: PairScore, code: int, threshold: float) -> None:
        self.members: list[Ints] = [np.array([i], dtype=np.int64) for i in range(n_crimes)]
        self._linked: list[dict[int, float]] = [{} for _ in range(n_crimes)]
        self._known: list[dict[int, float]] = [{} for _ in range(n_crimes)]
        self._version = [0] * n_crimes
        self._queue: list[_Queued] = []
        self._score, self._code, self._threshold = score, code, threshold
        self._gather = _GATHER.get(code, np.minimum)

    def connect(self, i: int, j: int, total: float) -> None:
        """Set what joins two linked clusters and queue their merge if it is at or above the threshold."""
        self._linked[i][j] = self._linked[j][i] = total
        size = len(self.members[i]) * len(self.members[j])
        similarity = total / size if self._code == AVERAGE else total
        if similarity >= self._threshold:
            low, high = min(i, j), max(i, j)
            heapq.heappush(self._queue, (-similarity, low, high, self._version[low], self._version[high]))

    def pop_best(self) -> tuple[float, int, int] | None:
        """Return the similarity and clusters of the next merge, the lowest crimes of equals; None at the end."""
        while self._queue:
            queued = heapq.heappop(self._queue)
            if self._is_current(queued):
                return -queued[0], queued[1], queued[2]
        return None

    def merge(self, i: int, j: int) -> None:
        """Put cluster j into cluster i, which holds the lower crime."""
        del self._linked[i][j], self._linked[j][i]
        if self._lacking(i, j):
            self._score_ahead(i, j)
        linked, known = self._joined(i, j)
        for k in self._linked[j]:
            del self._linked[k][j]
        for end in (i, j):
            for k in self._known[end]:
                del self._known[k][end]
        self.members[i] = np.concatenate([self.members[i], self.members[j]])
        self.members[j] = np.empty(0, dtype=np.int64)
        self._linked[i], self._linked[j], self._known[i], self._known[j] = {}, {}, known, {}
        self._version[i] += 1
        self._version[j] += 1
        for k, total in known.items():
            self._known[k][i] = total
        for k, total in linked.items():
            self.connect(i, k, total)

    def _joined(self, i: int, j: int) -> tuple[dict[int, float], dict[int, float]]:
        """Return what joins the two together to the clusters that a link joins to either, and to others known."""
        at_i, at_j = self._known[i] | self._linked[i], self._known[j] | self._linked[j]
        near = sorted(self._linked[i].keys() | self._linked[j].keys())
        others = sorted((at_i.keys() & at_j.keys()).difference(near, (i, j)))
        linked = {k: float(self._gather(at_i[k], at_j[k])) for k in near}
        return linked, {k: float(self._gather(at_i[k], at_j[k])) for k in others}

    def _lacking(self, i: int, j: int) -> list[tuple[int, int]]:
        """Return the cluster pairs whose scores a merge needs and nobody has."""
        at_i, at_j = self._linked[i], self._linked[j]
        lacking = [(j, k) for k in at_i if k not in at_j and k not in self._known[j] and k != j]
        return lacking + [(i, k) for k in at_j if k not in at_i and k not in self._known[i] and k != i]

    def _score_ahead(self, i: int, j: int) -> None:
        """Score what this merge lacks and, in the same call, what the next ones in the queue will."""
        wanted = set(self._lacking(i, j))
        n_pairs = sum(len(self.members[a]) * len(self.members[b]) for a, b in wanted)
        seen = {i, j}
        passed: list[_Queued] = []
        while self._queue and len(passed) < MERGES_AHEAD and n_pairs < PAIRS_AHEAD:
            queued = heapq.heappop(self._queue)
            if self._is_current(queued):
                passed.append(queued)
                if seen.isdisjoint(queued[1:3]):
                    lacking = self._lacking(queued[1], queued[2])
                    n_pairs += sum(len(self.members[a]) * len(self.members[b]) for a, b in lacking)
                    wanted.update(lacking)
                seen.update(queued[1:3])
        for queued in passed:
            heapq.heappush(self._queue, queued)
        ordered = sorted({(min(a, b), max(a, b)) for a, b in wanted})
        for (a, b), total in zip(ordered, self._score_between(ordered), strict=True):
            self._known[a][b] = self._known[b][a] = total

    def _is_current(self, queued: _Queued) -> bool:
        _, i, j, version_i, version_j = queued
        return self._version[i] == version_i and self._version[j] == version_j

    def _score_between(self, cluster_pairs: list[tuple[int, int]]) -> list[float]:
        """Gather the scores of all crime pairs of each cluster pair."""
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
