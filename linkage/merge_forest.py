"""Hierarchical clustering of a whole force from the graph of its links, exactly, without the matrix of all pairs.

A merge at or above the threshold needs a link at or above it between the two clusters, so only clusters that a link
joins are candidates. Their similarity counts every crime pair, linked or not: what is missing when two clusters merge
is scored then, that of many merges in one call. Nothing is left to bounds: pairs beyond the limits may be as strong as
any, and bounds in place of scores spared 8% of the pairs scored (100,000 demo crimes, 4.6 million links).
"""

import math
import time
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from linkage.cluster_graph import ClusterGraph, cluster_graph, has_a_pair_twice
from linkage.constraints import NO_CONSTRAINTS, RowConstraints, check_constraints, pairs_within_groups
from linkage.dense_tree import MergeTree, lowest_crimes
from linkage.greedy_merges import (
    DONE,
    NEEDS_SCORES,
    add_blocks,
    merge_on,
    wanted_by_decisions,
    wanted_soon,
    with_more_room,
)
from linkage.linkages import AVERAGE, COMPLETE, SINGLE, HierarchyError, linkage_code
from linkage.pair_scores import PairScore

Ints = npt.NDArray[np.int64]
Rows = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]
Say = Callable[[str], None]

MOST_PAIRS = 2**30 - 1  # places of their entries are 32-bit numbers
MERGES_PER_SPELL = 100_000
SECONDS_BETWEEN_WORDS = 5.0
# One crime in so many is looked ahead to. Farther ahead, more is gone through and scored that has changed when its turn
# comes (3,000 crimes that nearly all hang together took 8 s with 2,000 ahead, 1 s with 200); nearer, there are more
# calls of the score (100,000 demo crimes: 3,100 with 500 ahead, 2,800 with 2,000).
LOOK_AHEAD = 200
LEAST_AHEAD = 50
DECISIONS_AHEAD = 10_000
PAIRS_AHEAD = 2_000_000


class MergeForest(NamedTuple):
    """The merges of a force.

    Attributes
    ----------
    tree : MergeTree
        In the order of merging: the decided ones, then the most similar first.
    n_decided : int
        How many merges at the beginning must-links made, at whatever similarity.
    n_scored : int
        Crime pairs that were scored on demand.
    """

    tree: MergeTree
    n_decided: int
    n_scored: int


def merge_forest(
    n_crimes: int,
    first: npt.NDArray[np.integer],
    second: npt.NDArray[np.integer],
    log_bf: Floats,
    score: PairScore,
    threshold: float,
    linkage: str = "average",
    beyond: float = math.inf,
    constraints: RowConstraints = NO_CONSTRAINTS,
    say: Say | None = None,
) -> MergeForest:
    """Merge linked clusters, the most similar first, until none is at or above the threshold.

    The result is that of the plain greedy on the full matrix: each merge attains the largest similarity of two
    clusters that a link joins; of equals the pair with the lowest crimes goes first. It hangs on neither the order of
    the links nor what is scored when. Average linkage keeps sums over crime pairs, so that scores that add without
    rounding give ties that are ties; others agree with another order of adding to about 1e-14 of the sum.

    Parameters
    ----------
    n_crimes : int
    first, second : int, shape (n_links,)
        Rows of **all** pairs within the limits with log_bf at or above the threshold, each pair once, in any order.
        Weaker ones are passed over.
    log_bf : float64, shape (n_links,)
    score : callable
        Gives the log Bayes factors of any pairs, of two int64 arrays of rows, the lower first.
    threshold : float
        Lowest similarity at which clusters are merged.
    linkage : str
        `average`, `single` or `complete`; the similarity counts every crime pair, linked or not.
    beyond : float
        Largest log BF that a pair that is no link could have though it is not below the threshold: what
        `largest_log_bf_beyond` gives. Below the threshold, single and complete linkage need no scores.
    constraints : RowConstraints
        Must-links are merged first, within each group the most similar first. Two clusters that hold a cannot-link
        between them never merge.
    say : callable, optional
        Told from time to time how far it is.

    Raises
    ------
    HierarchyError
        When the linkage is unknown, a link is not a pair of two crimes, given once and finite, decisions contradict
        one another, or a pair has no finite score.
    """
    code = linkage_code(linkage)
    check_constraints(n_crimes, constraints, range(n_crimes))
    ends, value = _checked_links(n_crimes, first, second, log_bf, threshold)
    decided = NO_DECISIONS
    if len(constraints.must_link):
        decided = _decided_merges(n_crimes, constraints, score, linkage)
    ends, value = _with_forbidden(n_crimes, ends, value, constraints.cannot_link)
    if n_crimes == 0:
        return MergeForest(_tree_of(None, 0), 0, 0)
    graph = cluster_graph(n_crimes, *ends, value)
    del ends, value
    if has_a_pair_twice(graph):
        raise HierarchyError("first, second: expected each pair once, got one twice; drop the duplicates")
    scorer = _Blocks(score, code, graph)
    _Merging(code, threshold, beyond < threshold, decided, graph, scorer, say).run()
    n_decided = len(decided.slots)
    return MergeForest(_tree_of(graph, n_crimes), n_decided, scorer.n_scored + decided.n_scored)


class _Decided(NamedTuple):
    """Merges that must-links make: slots, shape (n, 2), their similarity, and what it took to know it."""

    slots: Ints
    log_bf: Floats
    n_scored: int


NO_DECISIONS = _Decided(np.empty((0, 2), dtype=np.int64), np.empty(0), 0)


def _decided_merges(n_crimes: int, constraints: RowConstraints, score: PairScore, linkage: str) -> _Decided:
    first, second = pairs_within_groups(n_crimes, constraints)
    log_bf = _finite(score(first, second))
    tree = merge_forest(n_crimes, first, second, log_bf, score, -math.inf, linkage).tree
    lowest = lowest_crimes(tree)
    return _Decided(np.stack([lowest[tree.first], lowest[tree.second]], axis=1), tree.log_bf, len(first))


class _Merging:
    """Lets compiled merging run, scores what it asks for, and says how far it is."""

    def __init__(
        self,
        code: int,
        threshold: float,
        missing_is_weak: bool,
        decided: _Decided,
        graph: ClusterGraph,
        blocks: "_Blocks",
        say: Say | None,
    ) -> None:
        self._rule = (code, float(threshold), missing_is_weak)
        self._decided, self._graph, self._blocks = decided, graph, blocks
        self._say, self._said_at = say, time.monotonic()
        self._floor = math.inf
        self._wanted = np.empty((2**16, 2), dtype=np.int64)

    def run(self) -> None:
        """Merge until nothing is left to merge."""
        decided = (self._decided.slots, self._decided.log_bf)
        status = NEEDS_SCORES
        while status != DONE:
            status = merge_on(*self._rule, MERGES_PER_SPELL, *decided, self._graph, *self._blocks.table)
            if status == NEEDS_SCORES:
                self._blocks.score(self._next_wanted())
            self._tell()

    def _next_wanted(self) -> Ints:
        n_wanted = self._ask()
        if n_wanted > len(self._wanted):
            self._wanted = np.empty((2 * n_wanted, 2), dtype=np.int64)
            self._graph.is_asked[:] = False
            n_wanted = self._ask()
        return self._wanted[:n_wanted]

    def _ask(self) -> int:
        graph, keys = self._graph, self._blocks.table[0]
        if graph.n_merges[0] < len(self._decided.slots):
            return int(wanted_by_decisions(self._decided.slots, DECISIONS_AHEAD, graph, keys, self._wanted))
        if graph.best_log_bf[graph.winner[1]] < self._floor:
            self._floor = self._next_floor()
            keys = self._blocks.forget()
            graph.is_asked[:] = False
        return int(wanted_soon(self._rule[0], self._floor, PAIRS_AHEAD, graph, keys, self._wanted))

    def _next_floor(self) -> float:
        """Return how low the merges are that are looked ahead to now."""
        threshold = self._rule[1]
        levels = self._graph.best_log_bf[self._graph.best_log_bf >= threshold]
        n_ahead = max(LEAST_AHEAD, len(self._graph.size) // LOOK_AHEAD)
        place = len(levels) - n_ahead
        return float(np.partition(levels, place)[place]) if place > 0 else threshold

    def _tell(self) -> None:
        if self._say is not None and time.monotonic() - self._said_at > SECONDS_BETWEEN_WORDS:
            self._said_at = time.monotonic()
            n_merges = int(self._graph.n_merges[0])
            level = self._graph.log_bf[n_merges - 1] if n_merges else math.nan
            self._say(f"{n_merges:,} merges, down to log BF {level:.2f}; {self._blocks.n_scored:,} pairs scored")


class _Blocks:
    """What joins pairs of clusters that no link joins, scored on demand: an open table by their nodes."""

    def __init__(self, score: PairScore, code: int, graph: ClusterGraph) -> None:
        self._score, self._code, self._graph = score, code, graph
        self.n_scored = 0
        self.table = _empty_table(2**16)
        self._n_blocks = 0

    def forget(self) -> Ints:
        """Empty the table; return its keys."""
        self._n_blocks = 0
        self.table = _empty_table(len(self.table[0]))
        return self.table[0]

    def score(self, slots: Ints) -> None:
        """Score pairs of slots, shape (n, 2), and put what joins each into the table.

        Of 400 one comes twice, which costs less than to look for it.
        """
        totals = self._totals(slots)
        self._n_blocks += len(slots)
        while 2 * self._n_blocks > len(self.table[0]):
            self.table = with_more_room(*self.table)
        add_blocks(*self.table, slots, totals, self._graph.node)

    def _totals(self, slots: Ints) -> Floats:
        size = self._graph.size
        ends = np.concatenate([[0], np.cumsum(size[slots[:, 0]] * size[slots[:, 1]])])
        totals = np.full(len(slots), {AVERAGE: 0.0, SINGLE: -math.inf, COMPLETE: math.inf}[self._code])
        for begin in range(0, int(ends[-1]), PAIRS_AHEAD):
            end = min(begin + PAIRS_AHEAD, int(ends[-1]))
            first, second = _pairs_of_blocks(slots, ends, begin, end, size, self._graph.next_segment)
            _gather(_finite(self._score(first, second)), ends, begin, self._code, totals)
        self.n_scored += int(ends[-1])
        return totals


def _empty_table(room: int) -> tuple[Ints, Floats]:
    return np.full(room, -1, dtype=np.int64), np.empty(room)


def _finite(log_bf: Floats) -> Floats:
    if not np.isfinite(log_bf).all():
        raise HierarchyError(
            f"score: expected finite log Bayes factors, got {(~np.isfinite(log_bf)).sum()} that are not; "
            "fit the model with shrinkage"
        )
    return log_bf


def _checked_links(
    n_crimes: int,
    first: npt.NDArray[np.integer],
    second: npt.NDArray[np.integer],
    log_bf: Floats,
    threshold: float,
) -> tuple[tuple[Rows, Rows], Floats]:
    """Return the links at or above the threshold, without copying where all are."""
    if len(first):
        lowest, highest = min(first.min(), second.min()), max(first.max(), second.max())
        if lowest < 0 or highest >= n_crimes or (first == second).any():
            raise HierarchyError(
                f"first, second: expected pairs of two rows from 0 to {n_crimes - 1}, got rows {lowest} to {highest}, "
                f"{(first == second).sum()} of them with themselves; use the row numbers of the crimes"
            )
    value = np.asarray(log_bf, dtype=np.float64)
    if not np.isfinite(value).all():
        raise HierarchyError(
            f"log_bf: expected finite log Bayes factors of links, got {(~np.isfinite(value)).sum()} that are not; "
            "fit the model with shrinkage"
        )
    is_kept = value >= threshold
    if not is_kept.all():
        first, second, value = first[is_kept], second[is_kept], value[is_kept]
    if len(first) > MOST_PAIRS:
        raise HierarchyError(
            f"first, second: expected at most {MOST_PAIRS:,} links, got {len(first):,}; raise the threshold"
        )
    return (first.astype(np.int32, copy=False), second.astype(np.int32, copy=False)), value


def _with_forbidden(
    n_crimes: int, ends: tuple[Rows, Rows], value: Floats, forbidden: Ints
) -> tuple[tuple[Rows, Rows], Floats]:
    """Put minus infinity in place of the links that must not be, and where there was none."""
    if not len(forbidden):
        return ends, value
    first, second = ends
    is_named = np.zeros(n_crimes, dtype=np.bool_)
    is_named[forbidden] = True
    doubtful = np.flatnonzero(is_named[first] & is_named[second])
    low, high = np.minimum(first[doubtful], second[doubtful]), np.maximum(first[doubtful], second[doubtful])
    is_dropped = np.zeros(len(value), dtype=np.bool_)
    is_dropped[doubtful] = np.isin(low * np.int64(n_crimes) + high, forbidden[:, 0] * n_crimes + forbidden[:, 1])
    new_first, new_second = forbidden.astype(np.int32).T
    return (
        np.concatenate([first[~is_dropped], new_first]),
        np.concatenate([second[~is_dropped], new_second]),
    ), np.concatenate([value[~is_dropped], np.full(len(forbidden), -np.inf)])


def _tree_of(graph: ClusterGraph | None, n_crimes: int) -> MergeTree:
    if graph is None:
        none = np.empty(0, dtype=np.int64)
        return MergeTree(none, none, np.empty(0), none, n_crimes)
    n = int(graph.n_merges[0])
    return MergeTree(graph.first[:n], graph.second[:n], graph.log_bf[:n], graph.merged_size[:n], n_crimes)


@njit(cache=True, nogil=True)
def _pairs_of_blocks(slots, ends, begin, end, size, next_crime):  # type: ignore[no-untyped-def]  # compiled
    """Return the rows of a stretch of the crime pairs of blocks, the lower first."""
    first = np.empty(end - begin, dtype=np.int64)
    second = np.empty(end - begin, dtype=np.int64)
    k = np.searchsorted(ends, begin, side="right") - 1
    skipped = begin - ends[k]
    pair = 0
    while pair < len(first):
        start = slots[k, 1]
        i, j = slots[k, 0], start
        for _ in range(skipped // size[start]):
            i = np.int64(next_crime[i])
        for _ in range(skipped % size[start]):
            j = np.int64(next_crime[j])
        skipped = 0
        while i >= 0 and pair < len(first):
            first[pair], second[pair] = min(i, j), max(i, j)
            pair += 1
            j = np.int64(next_crime[j])
            if j < 0:
                i, j = np.int64(next_crime[i]), start
        k += 1
    return first, second


@njit(cache=True, nogil=True)
def _gather(log_bf, ends, begin, code, totals):  # type: ignore[no-untyped-def]  # compiled
    """Add a stretch of scores to the totals of their blocks, one after the other."""
    k = np.searchsorted(ends, begin, side="right") - 1
    for pair in range(len(log_bf)):
        while begin + pair >= ends[k + 1]:
            k += 1
        if code == AVERAGE:
            totals[k] += log_bf[pair]
        elif code == SINGLE:
            totals[k] = max(totals[k], log_bf[pair])
        else:
            totals[k] = min(totals[k], log_bf[pair])
