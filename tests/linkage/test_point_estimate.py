"""The partition that stands for all draws is the one of least expected loss."""

from collections.abc import Iterator

import numpy as np
import pytest
from sklearn.metrics import mutual_info_score

from linkage.label_draws import LabelDraws, LabelDrawsError
from linkage.point_estimate import (
    PartitionLoss,
    PointEstimate,
    SearchSettings,
    expected_loss,
    point_estimate,
)

VI = PartitionLoss()
BINDER = PartitionLoss("binder")
PRICED = PartitionLoss("binder", false_link=2.0, missed_link=0.5)
PRICED_VI = PartitionLoss(false_link=2.0, missed_link=0.5)
QUICK = SearchSettings(n_draw_starts=2, n_greedy_starts=2)
N = 6


def draws_of(labels: object, known: object = None, groups: tuple[str, ...] = ()) -> LabelDraws:
    labels = np.asarray(labels, np.int32)
    n = labels.shape[1]
    known_group = np.full(n, -1, np.int32) if known is None else np.asarray(known, np.int32)
    return LabelDraws(labels, np.array([f"C{i:03d}" for i in range(n)], dtype=object), known_group, groups)


def estimate(draws: LabelDraws, loss: PartitionLoss = VI, seed: int = 1) -> PointEstimate:
    return point_estimate(draws, loss, QUICK, np.random.default_rng(seed))


def growing(n: int) -> Iterator[list[int]]:
    """All partitions of n crimes, each new cluster numbered next."""
    if n == 0:
        yield []
        return
    for shorter in growing(n - 1):
        for label in range(max(shorter, default=-1) + 2):
            yield [*shorter, label]


def direct_loss(one: np.ndarray, other: np.ndarray, loss: PartitionLoss) -> float:
    """The loss of saying ``one`` where ``other`` is true, from its definition."""
    if loss.kind == "binder":
        said, true = (labels[:, None] == labels[None, :] for labels in (one, other))
        upper = np.triu(np.ones(said.shape, dtype=bool), 1)
        return loss.false_link * (said & ~true & upper).sum() + loss.missed_link * (true & ~said & upper).sum()
    h_one, h_other, shared = (mutual_info_score(*two) for two in ((one, one), (other, other), (one, other)))
    # Crimes wrongly together leave the truth open once the partition is known; wrongly apart, the other way round.
    return (loss.false_link * (h_other - shared) + loss.missed_link * (h_one - shared)) / np.log(2.0)


@pytest.fixture(scope="module")
def partitions() -> np.ndarray:
    return np.array(list(growing(N)), np.int32)


@pytest.fixture(scope="module")
def losses(partitions: np.ndarray) -> dict[PartitionLoss, np.ndarray]:
    """Loss of each partition (row) where each other (column) is true, from one-hot matrices."""
    hot = (partitions[:, :, None] == np.arange(N)).astype(float)
    joint = np.einsum("aik,bil->abkl", hot, hot) / N
    entropy = _entropy(hot.mean(axis=1)).sum(axis=1)
    both = _entropy(joint).sum(axis=(2, 3))
    pairs = (partitions[:, :, None] == partitions[:, None, :])[:, *np.triu_indices(N, 1)].astype(float)
    false, missed = pairs @ (1.0 - pairs).T, (1.0 - pairs) @ pairs.T
    return {
        VI: 2.0 * both - entropy[:, None] - entropy[None, :],
        PRICED_VI: 2.0 * (both - entropy[:, None]) + 0.5 * (both - entropy[None, :]),
        BINDER: false + missed,
        PRICED: 2.0 * false + 0.5 * missed,
    }


def _entropy(p: np.ndarray) -> np.ndarray:
    return -p * np.log2(np.where(p > 0.0, p, 1.0))


def random_draws(rng: np.random.Generator, case: int, partitions: np.ndarray) -> np.ndarray:
    """Rows of ``partitions``: any at all, or scattered around one."""
    n_draws = int(rng.integers(2, 20))
    if case % 2:
        return rng.integers(0, len(partitions), n_draws)
    base = rng.integers(0, N, N)
    noisy = np.where(rng.random((n_draws, N)) < 0.3, rng.integers(0, N, (n_draws, N)), base)
    position = {tuple(row): at for at, row in enumerate(partitions.tolist())}
    return np.array([position[_canonical(row)] for row in noisy.tolist()])


def _canonical(labels: list[int]) -> tuple[int, ...]:
    order = list(dict.fromkeys(labels))
    return tuple(order.index(label) for label in labels)


@pytest.mark.parametrize("loss", [VI, PRICED_VI, BINDER, PRICED], ids=["vi", "priced vi", "binder", "priced binder"])
def test_the_search_finds_the_best_of_all_partitions(
    loss: PartitionLoss, partitions: np.ndarray, losses: dict[PartitionLoss, np.ndarray]
) -> None:
    rng = np.random.default_rng(5)
    for case in range(25):
        chosen = random_draws(rng, case, partitions)
        every = losses[loss][:, chosen].mean(axis=1)
        found = estimate(draws_of(partitions[chosen]), loss)
        at = int(np.flatnonzero((partitions == _canonical(found.labels.tolist())).all(axis=1))[0])
        assert found.expected_loss == pytest.approx(every[at], abs=1e-12)
        assert found.expected_loss == pytest.approx(every.min(), abs=1e-9)
        assert found.best_draw_loss == pytest.approx(every[chosen].min(), abs=1e-12)


@pytest.mark.parametrize("loss", [VI, BINDER], ids=["vi", "binder"])
def test_with_solved_crimes_it_finds_the_best_of_the_partitions_that_keep_their_groups(
    loss: PartitionLoss, partitions: np.ndarray, losses: dict[PartitionLoss, np.ndarray]
) -> None:
    """Crimes 0 and 1 are solved in one group, crime 2 in another."""
    keeps = (partitions[:, 0] == partitions[:, 1]) & (partitions[:, 0] != partitions[:, 2])
    rng = np.random.default_rng(6)
    for _ in range(25):
        chosen = rng.choice(np.flatnonzero(keeps), int(rng.integers(2, 12)))
        # In every partition that keeps them, group 0 is label 0 and the label of crime 2 is 1: known groups.
        found = estimate(draws_of(partitions[chosen], [0, 0, 1, -1, -1, -1], ("g", "h")), loss)
        assert found.labels[:3].tolist() == [0, 0, 1]
        assert found.expected_loss == pytest.approx(losses[loss][keeps][:, chosen].mean(axis=1).min(), abs=1e-9)


@pytest.mark.parametrize("loss", [VI, PRICED_VI, BINDER, PRICED], ids=["vi", "priced vi", "binder", "priced binder"])
def test_the_loss_reported_is_its_definition_averaged_over_all_draws(loss: PartitionLoss) -> None:
    rng = np.random.default_rng(7)
    labels = rng.integers(0, 9, (12, 30))
    draws = draws_of(labels)
    found = estimate(draws, loss)
    direct = np.mean([direct_loss(found.labels, row, loss) for row in labels])
    assert found.expected_loss == pytest.approx(direct, rel=1e-12)
    anything = rng.integers(0, 5, 30)
    direct = np.mean([direct_loss(anything, row, loss) for row in labels])
    assert expected_loss(draws, anything, loss) == pytest.approx(direct, rel=1e-12)


def test_two_crimes_are_joined_when_they_share_three_draws_of_four() -> None:
    """Saying together is wrong in one draw of four, by 1 bit or 1 pair: 0.25; saying apart costs 0.75."""
    draws = draws_of([[0, 0], [1, 1], [4, 4], [0, 1]])
    for loss in (VI, BINDER):
        found = estimate(draws, loss)
        assert found.labels.tolist() == [0, 0]
        assert found.expected_loss == 0.25
        assert found.support.tolist() == [0.75, 0.75]


def test_a_dearer_false_link_keeps_them_apart() -> None:
    """Together now costs 4 x 0.25 = 1, apart 0.75."""
    found = estimate(draws_of([[0, 0], [1, 1], [4, 4], [0, 1]]), PartitionLoss("binder", false_link=4.0))
    assert found.labels.tolist() == [0, 1]
    assert found.expected_loss == 0.75
    assert np.isnan(found.support).all()


def fuzzy(seed: int, n: int = 40, n_draws: int = 30) -> np.ndarray:
    """Clusters of a few crimes of which each wanders off to the neighbouring cluster or alone in some draws."""
    rng = np.random.default_rng(seed)
    base = np.sort(rng.integers(0, n // 4, n))
    strays = rng.beta(0.5, 1.0, n)
    step = np.where(rng.random((n_draws, n)) < 0.5, base + 1, 100 + np.arange(n))
    return np.where(rng.random((n_draws, n)) < strays, step, base).astype(np.int32)


@pytest.mark.parametrize("loss", [VI, BINDER], ids=["vi", "binder"])
def test_no_draw_is_better(loss: PartitionLoss) -> None:
    for seed in range(3):
        draws = draws_of(fuzzy(seed))
        least = min(expected_loss(draws, row, loss) for row in draws.labels)
        assert estimate(draws, loss).expected_loss <= least + 1e-12


def test_each_part_that_no_draw_connects_has_the_best_that_any_search_found_for_it() -> None:
    """Ten parts of twelve crimes in random clusters, on which searches end at different losses."""
    rng = np.random.default_rng(13)
    labels = np.concatenate([rng.integers(0, 4, (6, 12)) + 4 * part for part in range(10)], axis=1)
    draws = draws_of(labels)
    found = estimate(draws)
    assert found.expected_loss < found.start_losses.min() - 1e-6
    assert found.expected_loss == pytest.approx(expected_loss(draws, found.labels, VI), rel=1e-12)
    part = np.repeat(np.arange(10), 12)
    assert len(set(zip(part.tolist(), found.labels.tolist(), strict=True))) == len(set(found.labels.tolist()))


@pytest.mark.parametrize("loss", [VI, BINDER], ids=["vi", "binder"])
def test_neither_the_order_of_crimes_nor_the_names_of_labels_matter(loss: PartitionLoss) -> None:
    labels = fuzzy(11)
    found = estimate(draws_of(labels), loss)
    order = np.random.default_rng(3).permutation(labels.shape[1])
    renamed = (labels[:, order] * 7 + np.arange(len(labels))[:, None]).astype(np.int32)
    again = estimate(draws_of(renamed), loss)
    assert _canonical(again.labels.tolist()) == _canonical(found.labels[order].tolist())
    assert again.expected_loss == found.expected_loss
    np.testing.assert_array_equal(again.support, found.support[order])


def test_equal_seeds_give_equal_results() -> None:
    draws = draws_of(fuzzy(12))
    one, other = estimate(draws, seed=4), estimate(draws, seed=4)
    np.testing.assert_array_equal(one.labels, other.labels)
    np.testing.assert_array_equal(one.start_losses, other.start_losses)


def test_crimes_that_never_meet_stay_alone_and_one_crime_is_enough() -> None:
    assert estimate(draws_of([[0, 1, 2], [4, 0, 1]])).labels.tolist() == [0, 1, 2]
    found = estimate(draws_of([[3]]))
    assert (found.labels.tolist(), found.expected_loss) == ([0], 0.0)


def test_when_every_crime_is_solved_the_groups_come_back() -> None:
    found = estimate(draws_of([[1, 0, 1]], [1, 0, 1], ("g", "h")))
    assert (found.labels.tolist(), found.expected_loss) == ([1, 0, 1], 0.0)


def test_support_is_the_mean_probability_of_sharing_the_offender() -> None:
    """Crime 0 is solved; crime 1 shares its group in three draws of four, crimes 2 and 3 always each other's label."""
    found = estimate(draws_of([[0, 0, 1, 1], [0, 0, 2, 2], [0, 0, 1, 1], [0, 1, 2, 2]], [0, -1, -1, -1], ("g",)))
    assert found.labels.tolist() == [0, 0, 1, 1]
    assert found.support.tolist() == [0.75, 0.75, 1.0, 1.0]


def test_what_cannot_be_asked_is_said() -> None:
    with pytest.raises(LabelDrawsError, match="kind: expected variation_of_information or binder, got 'rand'"):
        PartitionLoss("rand")
    with pytest.raises(LabelDrawsError, match=r"false_link: expected a price above 0, got 0\.0"):
        PartitionLoss(false_link=0.0)
    with pytest.raises(LabelDrawsError, match="n_screened: expected at least 1, got 0"):
        SearchSettings(n_screened=0)
    with pytest.raises(LabelDrawsError, match="n_greedy_starts: expected at least 0, got -1"):
        SearchSettings(n_greedy_starts=-1)
    with pytest.raises(LabelDrawsError, match="labels: expected one for each of 2 crimes"):
        expected_loss(draws_of([[0, 0]]), np.zeros(3, np.int32), VI)
