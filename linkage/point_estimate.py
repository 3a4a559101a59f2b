"""One partition of the crimes that stands for all draws: the one of least expected loss found.

Two losses, each with its own price for a false and for a missed link. Variation of information counts in bits what
the partition and the truth do not tell of each other; Binder's loss counts pairs misjudged. Solved crimes keep
their known group. Clusters of two known groups are never merged, as neither can move.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from linkage.label_draws import (
    Ints,
    LabelDraws,
    LabelDrawsError,
    SharedClusters,
    own_cluster_sizes,
    shared_clusters,
)
from linkage.partition_search import (
    Flags,
    Floats,
    Partition,
    Problem,
    loss_of_crimes,
    merge_clusters,
    move_crimes,
    partition_from,
    place_all,
    rebuild_clusters,
    with_neighbours,
)

VARIATION_OF_INFORMATION = "variation_of_information"
BINDER = "binder"


@dataclass(frozen=True)
class PartitionLoss:
    """What a wrong partition costs.

    Parameters
    ----------
    kind
        `variation_of_information` (bits for each crime) or `binder` (number of pairs misjudged).
    false_link, missed_link
        Price of saying together what is apart, and of saying apart what is together. Equal prices give the
        losses as usually written; a dearer false link gives smaller series.
    """

    kind: str = VARIATION_OF_INFORMATION
    false_link: float = 1.0
    missed_link: float = 1.0

    def __post_init__(self) -> None:
        if self.kind not in (VARIATION_OF_INFORMATION, BINDER):
            raise LabelDrawsError(f"kind: expected {VARIATION_OF_INFORMATION} or {BINDER}, got {self.kind!r}")
        for name, price in (("false_link", self.false_link), ("missed_link", self.missed_link)):
            if not 0.0 < price < np.inf:
                raise LabelDrawsError(f"{name}: expected a price above 0, got {price}; 1 is usual")


@dataclass(frozen=True)
class SearchSettings:
    """How hard to search.

    Parameters
    ----------
    n_draw_starts
        Searches from the draws of least expected loss, chosen for each connected part of the crimes by itself.
    n_greedy_starts
        Searches that first place the crimes one after the other, in random order.
    n_screened
        Draws, evenly spaced, of which the expected loss is taken to choose starts.
    n_rounds
        Most rounds of moves, merges and rebuilding in each search; searches end long before.
    """

    n_draw_starts: int = 3
    n_greedy_starts: int = 5
    n_screened: int = 40
    n_rounds: int = 100

    def __post_init__(self) -> None:
        for name in ("n_draw_starts", "n_screened", "n_rounds"):
            if getattr(self, name) < 1:
                raise LabelDrawsError(f"{name}: expected at least 1, got {getattr(self, name)}")
        if self.n_greedy_starts < 0:
            raise LabelDrawsError(f"n_greedy_starts: expected at least 0, got {self.n_greedy_starts}")


class PointEstimate(NamedTuple):
    """The partition found.

    Attributes
    ----------
    labels : int32, shape (n_crimes,)
        Cluster of each crime; numbers below the number of known groups are known groups, the others follow in
        the order of their first crime.
    support : float64, shape (n_crimes,)
        Mean posterior probability that the crime shares its offender with each other crime of its cluster; NaN
        for a crime alone.
    expected_loss : float
        Exact mean of the loss over all draws, in the unit of the loss.
    best_draw_loss : float
        The least expected loss among the draws looked at.
    start_losses : float64, shape (n_draw_starts + n_greedy_starts,)
        Expected loss at which each search ended; equal values say that the searches agree.
    """

    labels: Ints
    support: Floats
    expected_loss: float
    best_draw_loss: float
    start_losses: Floats


def point_estimate(
    draws: LabelDraws, loss: PartitionLoss, settings: SearchSettings, rng: np.random.Generator
) -> PointEstimate:
    """Find the partition of least expected loss by moves of crimes and of clusters from several starts.

    Searches are greedy, so that the least loss is not guaranteed; the result is at least as good as every draw
    looked at, and each connected part of the crimes has the best that any search found for it. Equal draws and
    seed give equal results, in whatever order the crimes stand, except among crimes whose clusters are of equal
    size in every draw.

    References
    ----------
    Wade and Ghahramani (2018), Bayesian Analysis 13, for the loss; Binder (1978), Biometrika 65; Rastelli and Friel
    (2018), Statistics and Computing 28, and Dahl, Johnson and Mueller (2022), Journal of Computational and Graphical
    Statistics 31, for the search and the prices.
    """
    order = _order_by_sizes(draws)
    labels = np.ascontiguousarray(draws.labels[:, order])
    known = draws.known_group[order]
    shared = shared_clusters(labels)
    problem = _problem(draws, shared, known, loss)
    unit = _unit(draws.n_crimes, loss)
    constant = _constant(draws, shared, loss)
    part = _connected_parts(shared, draws.n_crimes)

    starts, draw_losses = _draw_starts(labels, problem, part, len(draws.groups), settings)
    greedy = np.where(known >= 0, known, -1).astype(np.int32)
    starts += [greedy.copy() for _ in range(settings.n_greedy_starts)]
    found = np.stack([_searched(problem, start, len(draws.groups), settings.n_rounds, rng) for start in starts])

    by_crime = np.stack([_loss_of_crimes(problem, labels_) for labels_ in found])
    best = _best_by_part(found, by_crime, part, len(draws.groups))
    crime_loss, companions = loss_of_crimes(problem, best, len(draws.groups) + best.size)
    back = np.empty(order.size, dtype=np.int64)
    back[order] = np.arange(order.size)
    size = np.bincount(best)[best]
    share = companions / (loss.false_link + loss.missed_link)
    support = np.divide(share, size - 1, out=np.full(size.size, np.nan), where=size > 1)
    return PointEstimate(
        labels=_densely(best[back], len(draws.groups)),
        support=support[back],
        expected_loss=float((crime_loss.sum() + constant) * unit),
        best_draw_loss=float((draw_losses.min() + constant) * unit),
        start_losses=(by_crime.sum(axis=1) + constant) * unit,
    )


def expected_loss(draws: LabelDraws, labels: Ints, loss: PartitionLoss) -> float:
    """Take the exact mean over all draws of the loss of any partition of the crimes.

    Parameters
    ----------
    labels : int, shape (n_crimes,)
        Cluster of each crime, in any numbers.

    Raises
    ------
    LabelDrawsError
        If there is not one label for each crime.
    """
    if np.shape(labels) != (draws.n_crimes,):
        raise LabelDrawsError(f"labels: expected one for each of {draws.n_crimes} crimes, got shape {np.shape(labels)}")
    shared = shared_clusters(draws.labels)
    problem = _problem(draws, shared, draws.known_group, loss)
    by_crime = _loss_of_crimes(problem, pd.factorize(labels)[0].astype(np.int32))
    return float((by_crime.sum() + _constant(draws, shared, loss)) * _unit(draws.n_crimes, loss))


def _order_by_sizes(draws: LabelDraws) -> NDArray[np.int64]:
    """Order crimes by a hash of the sizes of their clusters in all draws, whatever their order here."""
    sizes = own_cluster_sizes(draws.labels).astype(np.uint64)
    factors = np.random.default_rng(20_220_101).integers(2**64, size=draws.n_draws, dtype=np.uint64)
    keys = factors @ sizes
    return np.lexsort((keys, draws.known_group))


def _problem(draws: LabelDraws, shared: SharedClusters, known: Ints, loss: PartitionLoss) -> Problem:
    weight = (loss.false_link + loss.missed_link) * shared.n_draws / draws.n_draws
    members, start, _, crime_clusters, crime_start = shared
    value = _value(draws.n_crimes, loss)
    return Problem(members, start, crime_clusters, crime_start, weight, value, loss.false_link, known >= 0)


def _value(n: int, loss: PartitionLoss) -> Floats:
    size = np.arange(n + 1, dtype=np.float64)
    if loss.kind == BINDER:
        return size * (size - 1.0) / 2.0
    return size * np.log2(np.maximum(size, 1.0))


def _unit(n: int, loss: PartitionLoss) -> float:
    return 1.0 if loss.kind == BINDER else 1.0 / n


def _constant(draws: LabelDraws, shared: SharedClusters, loss: PartitionLoss) -> float:
    """Return the mean value of the draws' own clusters: the part of the loss that no partition changes."""
    value = _value(draws.n_crimes, loss)[np.diff(shared.start)]
    return float(loss.missed_link * (value @ shared.n_draws) / draws.n_draws)


def _connected_parts(shared: SharedClusters, n_crimes: int) -> Ints:
    """Tell apart the sets of crimes that no draw's cluster joins: the loss is a sum over them."""
    n_shared = shared.n_draws.size
    cluster = np.repeat(np.arange(n_shared), np.diff(shared.start)) + n_crimes
    links = coo_array(
        (np.ones(cluster.size, dtype=np.int8), (shared.members, cluster)), shape=(n_crimes + n_shared,) * 2
    )
    return np.asarray(connected_components(links, directed=False)[1][:n_crimes])


def _draw_starts(
    labels: Ints, problem: Problem, part: Ints, n_known: int, settings: SearchSettings
) -> tuple[list[Ints], Floats]:
    """Make starts of the best draw of each part, the second best, and so on; also return each draw's loss."""
    at = np.unique(np.linspace(0, len(labels) - 1, min(settings.n_screened, len(labels))).round().astype(np.int64))
    screened = np.stack([_densely(row, n_known) for row in labels[at]])
    by_crime = np.stack([_loss_of_crimes(problem, row) for row in screened])
    by_part = np.stack([np.bincount(part, weights=row) for row in by_crime])
    rank = np.argsort(by_part, axis=0, kind="stable")
    chosen = [rank[min(s, len(at) - 1)] for s in range(settings.n_draw_starts)]
    return [_composed(screened, draw, part, n_known) for draw in chosen], by_crime.sum(axis=1)


def _best_by_part(found: Ints, by_crime: Floats, part: Ints, n_known: int) -> Ints:
    by_part = np.stack([np.bincount(part, weights=row) for row in by_crime])
    return _composed(found, np.argmin(by_part, axis=0), part, n_known)


def _composed(partitions: Ints, chosen: NDArray[np.int64], part: Ints, n_known: int) -> Ints:
    """Put together a partition that has in each part the clusters of the partition chosen for it."""
    labels = partitions[chosen[part], np.arange(part.size)].astype(np.int64)
    # Numbers of two partitions clash, those of known groups agree.
    labels = np.where(labels < n_known, labels, labels + chosen[part] * (n_known + part.size + 1))
    return _densely(labels, n_known)


def _densely(labels: NDArray[np.int64] | Ints, n_known: int) -> Ints:
    """Renumber clusters without a known group from ``n_known`` on, in the order of their first crime."""
    is_new = labels >= n_known
    dense = np.array(labels, dtype=np.int64)
    dense[is_new] = n_known + pd.factorize(dense[is_new])[0]
    return dense.astype(np.int32)


def _loss_of_crimes(problem: Problem, cluster: Ints) -> Floats:
    return np.asarray(loss_of_crimes(problem, cluster, int(cluster.max()) + 1)[0])


def _searched(problem: Problem, start: Ints, n_known: int, n_rounds: int, rng: np.random.Generator) -> Ints:
    """Search from one start: moves until none helps, merges and rebuilding, again around what these changed."""
    partition = partition_from(problem, start, n_known + start.size)
    # A crime that shares a cluster in no draw is best alone.
    may_move = ~problem.is_fixed & ((np.diff(problem.crime_start) > 0) | (start < 0))
    place_all(problem, partition, rng.permutation(np.flatnonzero(start < 0)))
    active = may_move
    for _ in range(n_rounds):
        _settle(problem, partition, active, may_move, rng)
        order = rng.permutation(np.flatnonzero(active))
        is_moved = merge_clusters(problem, partition, order)
        is_moved |= rebuild_clusters(rng, problem, partition, order)
        if not is_moved.any():
            break
        active = with_neighbours(problem, is_moved) & may_move
    while _settle(problem, partition, may_move, may_move, rng):
        pass
    return partition.cluster


def _settle(problem: Problem, partition: Partition, active: Flags, may_move: Flags, rng: np.random.Generator) -> bool:
    """Move single crimes, then those near to what moved, until nothing moves; return whether anything did."""
    has_moved = False
    while active.any():
        is_moved = move_crimes(problem, partition, rng.permutation(np.flatnonzero(active)))
        has_moved |= bool(is_moved.any())
        active = with_neighbours(problem, is_moved) & may_move if is_moved.any() else is_moved
    return has_moved
