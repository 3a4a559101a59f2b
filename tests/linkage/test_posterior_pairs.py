"""Pairs of crimes that share a label, counted by hand and by a dense matrix."""

import time

import numpy as np
import pandas as pd
import pytest

from linkage.label_draws import LabelDraws, LabelDrawsError
from linkage.posterior_pairs import pair_probabilities

# Crime a is solved, of group g. The clusters: ab cd e; ab c d e; ad bc e; ab cd e.
FOUR = LabelDraws(
    np.array([[0, 0, 1, 1, 2], [0, 0, 1, 2, 3], [0, 1, 1, 0, 2], [0, 0, 2, 2, 5]], np.int32),
    np.array(list("abcde"), dtype=object),
    np.array([0, -1, -1, -1, -1], np.int32),
    ("g",),
)


def random_draws(n_draws: int = 60, n: int = 80) -> LabelDraws:
    """Eighty crimes, ten of them solved in five groups, so that the tables outgrow their first room."""
    rng = np.random.default_rng(2)
    labels = rng.integers(0, 30, (n_draws, n)).astype(np.int32)
    known = np.full(n, -1, np.int32)
    known[20:30] = np.repeat(np.arange(5), 2)
    labels[:, 20:30] = known[20:30]
    ids = np.array([f"C{i:02d}" for i in rng.permutation(n)], dtype=object)
    return LabelDraws(labels, ids, known, tuple("vwxyz"))


def rows(table: pd.DataFrame) -> list[list[object]]:
    return table.astype(object).where(table.notna(), None).to_numpy().tolist()


def test_pairs_are_listed_above_the_floor_only() -> None:
    assert rows(pair_probabilities(FOUR, 0.25)) == [[0, 1, 0.75], [0, 3, 0.25], [1, 2, 0.25], [2, 3, 0.5]]
    assert rows(pair_probabilities(FOUR, 0.26)) == [[0, 1, 0.75], [2, 3, 0.5]]


@pytest.mark.parametrize("floor", [1e-6, 0.05])
def test_pairs_agree_with_a_dense_matrix(floor: float) -> None:
    draws = random_draws()
    dense = (draws.labels[:, :, None] == draws.labels[:, None, :]).mean(axis=0)
    is_told = (dense >= floor) & (draws.is_unsolved[:, None] | draws.is_unsolved[None, :])
    first, second = np.nonzero(np.triu(is_told, 1))
    found = pair_probabilities(draws, floor)
    assert len(found) > 100
    np.testing.assert_array_equal(found["row_1"], first)
    np.testing.assert_array_equal(found["row_2"], second)
    np.testing.assert_array_equal(found["probability"], dense[first, second])


def test_order_of_crimes_does_not_matter() -> None:
    draws = random_draws()
    order = np.random.default_rng(5).permutation(draws.n_crimes)
    other = LabelDraws(draws.labels[:, order], draws.crime_ids[order], draws.known_group[order], draws.groups)
    ends = np.sort(order[pair_probabilities(other, 0.05)[["row_1", "row_2"]]], axis=1)
    again = pair_probabilities(other, 0.05).assign(row_1=ends[:, 0], row_2=ends[:, 1])
    one = pair_probabilities(draws, 0.05)
    again = again.sort_values(["row_1", "row_2"], ignore_index=True).astype(one.dtypes)
    pd.testing.assert_frame_equal(again, one)


def test_without_unsolved_crimes_there_is_no_pair() -> None:
    solved = LabelDraws(np.zeros((3, 2), np.int32), FOUR.crime_ids[:2], np.zeros(2, np.int32), ("g",))
    assert pair_probabilities(solved, 0.1).empty


def test_a_floor_that_is_no_probability_is_refused() -> None:
    with pytest.raises(LabelDrawsError, match="floor: expected a probability above 0 and at most 1, got 0"):
        pair_probabilities(FOUR, 0)


@pytest.mark.long
def test_pairs_of_a_hundred_thousand_crimes_are_counted_in_twenty_seconds_of_processor_time() -> None:
    """Two hundred draws of small series: each crime's offender is one of the next three crimes', or its own."""
    rng = np.random.default_rng(1)
    n, n_known = 100_000, 5_000
    known = np.full(n, -1, np.int32)
    known[: 3 * n_known] = np.repeat(np.arange(n_known), 3)
    labels = np.empty((200, n), np.int32)
    joins = rng.beta(0.4, 0.8, n)
    for row in labels:
        parent = np.maximum(np.arange(n) - np.where(rng.random(n) < joins, rng.integers(1, 4, n), 0), 0)
        for _ in range(20):
            parent = parent[parent]
        row[:] = np.where(known[parent] >= 0, known[parent], parent + n_known)
        row[: 3 * n_known] = known[: 3 * n_known]
    ids = np.array([f"C{i:06d}" for i in range(n)], dtype=object)
    began = time.process_time()
    draws = LabelDraws(labels, ids, known, tuple(f"g{i}" for i in range(n_known)))
    pair_probabilities(draws, 0.001)
    assert time.process_time() - began <= 20.0
