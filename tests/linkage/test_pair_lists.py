"""Pairs put together: each once, in order."""

import numpy as np

from linkage.pair_lists import PairArrays, joined, sorted_distinct
from linkage.scan_kernel import partner_lists


def pairs_of(first, second):
    first, second = np.array(first, dtype=np.int32), np.array(second, dtype=np.int32)
    return PairArrays(first, second, first + second / 1000.0)


def as_list(pairs):
    return list(zip(pairs.first.tolist(), pairs.second.tolist(), pairs.log_bf.tolist(), strict=True))


def test_pairs_found_many_times_come_once_and_sorted():
    rng = np.random.default_rng(0)
    drawn = np.sort(rng.integers(0, 40, (2, 3000)), axis=0)
    drawn = drawn[:, drawn[0] < drawn[1]]
    expected = sorted(set(zip(*drawn.tolist(), strict=True)))
    assert as_list(sorted_distinct(40, pairs_of(*drawn))) == [(i, j, i + j / 1000.0) for i, j in expected]


def test_lists_of_partners_and_pairs_are_put_together():
    # 0 keeps 2, 2 keeps 0 and 1, 3 keeps nobody; the pair (1, 2) was found besides.
    lists = partner_lists(4, 2)
    lists.partner[0, 0], lists.partner[2] = 2, [1, 0]
    lists.log_bf[0, 0], lists.log_bf[2] = 0.002, [1.002, 0.002]
    found = sorted_distinct(4, pairs_of([1, 0], [2, 3]), lists)
    assert as_list(found) == [(0, 2, 0.002), (0, 3, 0.003), (1, 2, 1.002)]


def test_nothing_and_nobody_make_an_empty_list():
    for n in (0, 3):
        assert as_list(sorted_distinct(n, joined([]), partner_lists(n, 2))) == []
    assert len(joined([]).first) == 0


def test_joined_parts_follow_one_another():
    both = joined([pairs_of([0], [1]), pairs_of([0, 1], [2, 2])])
    assert both.second.tolist() == [1, 2, 2]
    assert both.where(both.first == 0).second.tolist() == [1, 2]
