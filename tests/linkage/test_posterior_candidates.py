"""Candidates and pairs of unsolved crimes, counted by hand and by a dense matrix."""

import time

import numpy as np
import pandas as pd
import pytest

from linkage.label_draws import LabelDraws, LabelDrawsError
from linkage.posterior_candidates import (
    credible_sets,
    known_group_probabilities,
    pair_probabilities,
    strongest_candidates,
)
from linkage.posterior_summary import cluster_number_intervals, crime_outcomes, series_sizes

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


def test_known_groups_are_told_for_each_unsolved_crime() -> None:
    assert rows(known_group_probabilities(FOUR)) == [["b", "g", 0.75], ["d", "g", 0.25]]


def test_the_credible_set_is_the_smallest_that_holds_the_probability() -> None:
    nine_tenths = [
        ["b", 1, "g", 0.75, 0.75],
        ["b", 2, None, 0.25, 1.0],
        ["c", 1, None, 1.0, 1.0],
        ["d", 1, None, 0.75, 0.75],
        ["d", 2, "g", 0.25, 1.0],
        ["e", 1, None, 1.0, 1.0],
    ]
    assert rows(credible_sets(FOUR)) == nine_tenths
    # Three quarters exactly are enough for three quarters.
    assert rows(credible_sets(FOUR, level=0.75)) == [row for row in nine_tenths if row[1] == 1]


def test_the_strongest_candidate_is_a_group_a_crime_or_nobody() -> None:
    assert rows(strongest_candidates(FOUR)) == [
        ["b", "known_group", "g", 0.75],
        ["c", "crime", "d", 0.5],
        ["d", "crime", "c", 0.5],
        ["e", "nobody", None, 1.0],
    ]


def test_equal_candidates_are_taken_in_a_named_order() -> None:
    """Crime b is with g, with c, with d and alone, once each; c is once with b and thrice alone."""
    labels = np.array([[0, 0, 1, 2], [0, 1, 1, 2], [0, 2, 1, 2], [0, 3, 1, 2]], np.int32)
    draws = LabelDraws(labels, FOUR.crime_ids[:4], FOUR.known_group[:4], ("g",))
    assert rows(strongest_candidates(draws))[0] == ["b", "known_group", "g", 0.25]
    assert rows(strongest_candidates(draws))[1] == ["c", "nobody", None, 0.75]


def test_plain_loops_find_the_same_strongest_candidates() -> None:
    draws = random_draws()
    found = strongest_candidates(draws).set_index("crime_id")
    for row in draws.unsolved:
        labels = draws.labels[:, row]
        together = (draws.labels == labels[:, None]).sum(axis=0)
        options = [(-(labels == g).sum(), 0, name) for g, name in enumerate(draws.groups)]
        others = [other for other in draws.unsolved if other != row]
        options += [(-together[other], 1, draws.crime_ids[other]) for other in others]
        is_alone = ((draws.labels == labels[:, None]).sum(axis=1) == 1) & (labels >= 5)
        best = min([*options, (-is_alone.sum(), 2, "")])
        told = found.loc[draws.crime_ids[row]]
        assert told["probability"] == -best[0] / draws.n_draws
        assert told["candidate_kind"] == ("known_group", "crime", "nobody")[best[1]]
        assert best[1] == 2 or told["candidate_id"] == best[2]


def test_order_of_crimes_and_groups_does_not_matter() -> None:
    draws = random_draws()
    order = np.random.default_rng(5).permutation(draws.n_crimes)
    renumbered = np.array([4, 3, 2, 1, 0, *range(5, 30)], np.int32)
    known = np.where(draws.known_group < 0, -1, 4 - draws.known_group)[order].astype(np.int32)
    other = LabelDraws(renumbered[draws.labels][:, order], draws.crime_ids[order], known, draws.groups[::-1])
    one, again = (strongest_candidates(each).sort_values("crime_id", ignore_index=True) for each in (draws, other))
    pd.testing.assert_frame_equal(again, one)


def test_without_unsolved_crimes_or_known_groups_tables_are_empty_or_plain() -> None:
    solved = LabelDraws(np.zeros((3, 2), np.int32), FOUR.crime_ids[:2], np.zeros(2, np.int32), ("g",))
    assert pair_probabilities(solved, 0.1).empty
    assert credible_sets(solved).empty
    assert strongest_candidates(solved).empty
    unsolved = LabelDraws(np.array([[0, 0, 1]], np.int32), FOUR.crime_ids[:3], np.full(3, -1, np.int32), ())
    assert known_group_probabilities(unsolved).empty
    assert strongest_candidates(unsolved)["candidate_kind"].tolist() == ["crime", "crime", "nobody"]
    assert credible_sets(unsolved)["probability"].tolist() == [1.0, 1.0, 1.0]


def test_bounds_that_are_no_probability_are_refused() -> None:
    with pytest.raises(LabelDrawsError, match="floor: expected a probability above 0 and at most 1, got 0"):
        pair_probabilities(FOUR, 0)
    with pytest.raises(LabelDrawsError, match="level: expected a share above 0 and at most 1, got 90"):
        credible_sets(FOUR, level=90)


@pytest.mark.long
def test_a_hundred_thousand_crimes_are_summarised_in_twenty_seconds_of_processor_time() -> None:
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
    for summary in (cluster_number_intervals, series_sizes, crime_outcomes, credible_sets, strongest_candidates):
        summary(draws)
    pair_probabilities(draws, 0.001)
    assert time.process_time() - began <= 20.0
