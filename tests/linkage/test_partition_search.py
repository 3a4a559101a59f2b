"""Each kind of move lowers the loss where the others are stuck."""

import numpy as np
import pytest

from linkage.label_draws import shared_clusters
from linkage.partition_search import (
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


def binder(labels: list[list[int]], n_fixed: int = 0) -> Problem:
    """Binder's loss with equal prices; the first crimes are fixed."""
    rows = np.array(labels, np.int32)
    members, start, n_draws, crime_clusters, crime_start = shared_clusters(rows)
    size = np.arange(rows.shape[1] + 1.0)
    is_fixed = np.arange(rows.shape[1]) < n_fixed
    weight, value = 2.0 * n_draws / len(rows), size * (size - 1.0) / 2.0
    return Problem(members, start, crime_clusters, crime_start, weight, value, 1.0, is_fixed)


def started(problem: Problem, cluster: list[int]) -> Partition:
    return partition_from(problem, np.array(cluster, np.int32), len(cluster))


def loss(problem: Problem, partition: Partition) -> float:
    return float(loss_of_crimes(problem, partition.cluster, partition.size.size)[0].sum())


def everybody(problem: Problem) -> np.ndarray:
    return np.flatnonzero(~problem.is_fixed)


# Two crimes that are always together, and two more; all four together in three draws of five.
TWO_PAIRS = [[0, 0, 0, 0]] * 3 + [[0, 0, 1, 1]] * 2


def test_two_pairs_that_no_single_move_joins_are_merged() -> None:
    """Moving one crime gains 2 x 0.2 and loses 1; moving both gains 4 x (2 x 0.6 - 1) = 0.8."""
    problem = binder(TWO_PAIRS)
    partition = started(problem, [0, 0, 1, 1])
    assert not move_crimes(problem, partition, everybody(problem)).any()
    before = loss(problem, partition)
    assert merge_clusters(problem, partition, everybody(problem)).sum() == 2
    assert len(set(partition.cluster.tolist())) == 1
    assert before - loss(problem, partition) == pytest.approx(0.8)


def test_two_pairs_that_are_together_in_two_draws_of_five_are_not_merged() -> None:
    """Merging would gain 4 x (2 x 0.4 - 1) = -0.8."""
    problem = binder(TWO_PAIRS[1:3] + TWO_PAIRS[3:] + [[0, 0, 1, 1]])
    partition = started(problem, [0, 0, 1, 1])
    assert not merge_clusters(problem, partition, everybody(problem)).any()
    assert partition.cluster.tolist() == [0, 0, 1, 1]


def test_a_crime_leaves_crimes_that_it_never_meets_to_be_alone() -> None:
    problem = binder([[0, 0, 1, 2]] * 2 + [[0, 0, 1, 1]])
    partition = started(problem, [0, 0, 0, 1])
    assert move_crimes(problem, partition, np.array([2])).tolist() == [False, False, True, False]
    assert partition.size[partition.cluster[2]] == 1


def test_two_pairs_that_no_single_move_parts_are_rebuilt() -> None:
    """All four are together in two draws of five only: parting them gains 4 x (1 - 2 x 0.4) = 0.8."""
    problem = binder(TWO_PAIRS[1:3] + TWO_PAIRS[3:] + [[0, 0, 1, 1]])
    partition = started(problem, [0, 0, 0, 0])
    before = loss(problem, partition)
    assert not move_crimes(problem, partition, everybody(problem)).any()
    assert not merge_clusters(problem, partition, everybody(problem)).any()
    rng = np.random.default_rng(1)
    assert any(rebuild_clusters(rng, problem, partition, everybody(problem)).any() for _ in range(20))
    first, second, third, fourth = partition.cluster
    assert first == second != third == fourth
    assert before - loss(problem, partition) == pytest.approx(0.8)


def test_rebuilding_that_is_no_better_leaves_the_partition_as_it_was() -> None:
    problem = binder(TWO_PAIRS)
    partition = started(problem, [2, 2, 2, 2])
    before = loss(problem, partition)
    for seed in range(10):
        assert not rebuild_clusters(np.random.default_rng(seed), problem, partition, everybody(problem)).any()
    assert len(set(partition.cluster.tolist())) == 1
    assert loss(problem, partition) == before


def test_crimes_without_cluster_are_placed_where_they_belong() -> None:
    problem = binder([[0, 0, 1, 1, 2]] * 3)
    partition = started(problem, [-1] * 5)
    place_all(problem, partition, np.arange(5))
    first, second, third, fourth, fifth = partition.cluster
    assert first == second != third == fourth != fifth != first


def test_fixed_crimes_stay_and_their_cluster_is_never_moved_into_another() -> None:
    problem = binder(TWO_PAIRS, n_fixed=3)
    partition = started(problem, [0, 0, 1, 1])
    order = everybody(problem)
    assert order.tolist() == [3]
    move_crimes(problem, partition, order)
    merge_clusters(problem, partition, order)
    rebuild_clusters(np.random.default_rng(1), problem, partition, order)
    assert partition.cluster[:3].tolist() == [0, 0, 1]


def test_what_the_clusters_of_draws_meet_is_kept_through_all_moves() -> None:
    rng = np.random.default_rng(8)
    rows = rng.integers(0, 6, (15, 20))
    problem = binder(rows.tolist(), n_fixed=4)
    partition = started(problem, rows[0].tolist())
    for _ in range(5):
        move_crimes(problem, partition, rng.permutation(everybody(problem)))
        merge_clusters(problem, partition, rng.permutation(everybody(problem)))
        rebuild_clusters(rng, problem, partition, rng.permutation(everybody(problem)))
    for b in range(problem.weight.size):
        at = b + 2 * int(problem.start[b])
        entries = partition.met[at + 1 : at + 1 + 2 * partition.met[at]].reshape(-1, 2)
        inside = partition.cluster[problem.members[problem.start[b] : problem.start[b + 1]]]
        label, count = np.unique(inside, return_counts=True)
        assert sorted(map(tuple, entries.tolist())) == list(zip(label.tolist(), count.tolist(), strict=True))
    assert partition.size.tolist() == np.bincount(partition.cluster, minlength=20).tolist()
    empty = partition.free[: partition.n_free[0]]
    assert sorted(empty.tolist()) == np.flatnonzero(partition.size == 0).tolist()
    assert not partition.gain.any()


def test_neighbours_are_crimes_that_share_a_cluster_in_some_draw() -> None:
    problem = binder([[0, 0, 1, 1, 2], [0, 1, 1, 2, 3]])
    chosen = np.array([True, False, False, False, False])
    assert with_neighbours(problem, chosen).tolist() == [True, True, False, False, False]
