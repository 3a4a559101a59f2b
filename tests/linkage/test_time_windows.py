"""Pairs within a time limit, counted against all pairs tested one by one."""

import numpy as np
import pytest

from linkage.time_windows import count_within, window_ends


@pytest.mark.parametrize("seed", range(5))
def test_the_count_is_that_of_all_pairs_of_one_block_within_the_limit(seed):
    rng = np.random.default_rng(seed)
    block, time = rng.integers(0, 4, 200), rng.integers(-500, 500, 200)
    i, j = np.triu_indices(200, 1)
    together = (block[i] == block[j]) & (np.abs(time[i] - time[j]) <= 90)
    assert count_within(block, time, 90) == together.sum()


def test_an_event_meets_those_after_it_up_to_the_limit_and_no_other_block():
    # Block 0 at 0, 3, 5 and block 1 at 5, limit 3: 0 meets 3; 3 meets 5; the third and fourth meet nothing.
    ends = window_ends(np.array([0, 0, 0, 1]), np.array([0, 3, 5, 5]), 3)
    assert ends.tolist() == [2, 3, 3, 4]


@pytest.mark.parametrize("n", [0, 1])
def test_no_event_and_one_event_make_no_pair(n):
    assert count_within(np.zeros(n, np.int64), np.zeros(n, np.int64), 10) == 0
