"""Draws of labels are checked once, and each distinct cluster is held once."""

import numpy as np
import pytest

from linkage.label_draws import LabelDraws, LabelDrawsError, own_cluster_sizes, shared_clusters

IDS = np.array(["a", "b", "c", "d"], dtype=object)
SOLVED_A = np.array([0, -1, -1, -1], np.int32)
LABELS = np.array([[0, 0, 1, 1], [0, 2, 3, 3], [0, 0, 7, 7], [0, 1, 1, 1]], np.int32)


def test_a_cluster_that_several_draws_have_is_held_once_with_their_number() -> None:
    shared = shared_clusters(LABELS)
    found = np.split(shared.members, shared.start[1:-1])
    assert [each.tolist() for each in found] == [[0, 1], [2, 3], [1, 2, 3]]
    assert shared.n_draws.tolist() == [2, 3, 1]


def test_each_crime_lists_the_clusters_that_hold_it() -> None:
    shared = shared_clusters(LABELS)
    of_crime = np.split(shared.crime_clusters, shared.crime_start[1:-1])
    assert [each.tolist() for each in of_crime] == [[0], [0, 2], [1, 2], [1, 2]]


@pytest.mark.parametrize("labels", [[[4]], [[0, 1, 2]], [[2_000_000_000, 5, 9]]])
def test_crimes_alone_make_no_shared_cluster(labels: list[list[int]]) -> None:
    shared = shared_clusters(np.array(labels, np.int32))
    assert shared.members.size == 0
    assert shared.crime_start.tolist() == [0] * (len(labels[0]) + 1)


def test_counting_by_draw_gives_back_the_clusters_of_random_labels() -> None:
    labels = np.random.default_rng(1).integers(0, 12, (40, 30)).astype(np.int32)
    shared = shared_clusters(labels)
    held = {
        frozenset(each.tolist()): n
        for each, n in zip(np.split(shared.members, shared.start[1:-1]), shared.n_draws.tolist(), strict=True)
    }
    by_hand: dict[frozenset[int], int] = {}
    for row in labels:
        for label in np.unique(row):
            members = frozenset(np.flatnonzero(row == label).tolist())
            if len(members) > 1:
                by_hand[members] = by_hand.get(members, 0) + 1
    assert held == by_hand


@pytest.mark.parametrize("factor", [1, 150_000_000])
def test_sizes_count_the_crime_itself_whatever_the_numbers(factor: int) -> None:
    sizes = own_cluster_sizes(LABELS * np.int32(factor))
    assert sizes.tolist() == [[2, 2, 2, 2], [1, 1, 2, 2], [2, 2, 2, 2], [1, 3, 3, 3]]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"labels": LABELS[0]}, "labels: expected whole numbers of shape"),
        ({"labels": LABELS.astype(float)}, "labels: expected whole numbers of shape"),
        ({"labels": LABELS - 1}, "labels: expected numbers from 0, got -1"),
        ({"crime_ids": IDS[:3]}, "crime_ids: expected one for each of 4 crimes, got 3"),
        ({"crime_ids": IDS[[0, 1, 1, 2]]}, "crime_ids: expected each crime once, got 'b' again"),
        ({"known_group": SOLVED_A[:2]}, "known_group: expected one for each of 4 crimes, got 2"),
        ({"known_group": SOLVED_A + 1}, "known_group: expected -1 to 0, got 0 to 1"),
        ({"known_group": SOLVED_A[[1, 0, 1, 1]]}, "labels: expected crime 'b' in its known group in every draw"),
        ({"known_group": SOLVED_A[[1, 1, 1, 1]]}, "labels: expected a solved crime of known group 'g'"),
    ],
)
def test_labels_that_do_not_fit_are_refused(change: dict[str, np.ndarray], message: str) -> None:
    arguments = {"labels": LABELS, "crime_ids": IDS, "known_group": SOLVED_A} | change
    with pytest.raises(LabelDrawsError, match=message):
        LabelDraws(**arguments, groups=("g",))
