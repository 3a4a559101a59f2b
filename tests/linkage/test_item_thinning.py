"""A list that is too long keeps its partners, its best, and some of the rest that stand for all of it."""

import numpy as np
import pytest

from linkage.item_thinning import thinned


def test_a_list_that_is_short_enough_is_kept_whole():
    kept, stands_for = thinned(np.array([3.0, 1.0, 2.0]), np.array([False, True, False]), 2, np.random.default_rng(0))
    assert kept.tolist() == [0, 1, 2]
    assert stands_for.tolist() == [1.0, 1.0, 1.0]


def test_partners_and_the_better_half_stay_and_the_rest_stands_for_all():
    log_bf, is_partner = np.arange(12.0), np.arange(12) < 2
    kept, stands_for = thinned(log_bf, is_partner, 4, np.random.default_rng(0))
    # of ten others two are sure, 10 and 11; of the other eight two are drawn, and each stands for four
    assert kept[:2].tolist() == [0, 1]
    assert kept[-2:].tolist() == [10, 11]
    assert stands_for.tolist() == [1.0, 1.0, 4.0, 4.0, 1.0, 1.0]
    assert (np.diff(kept) > 0).all()


@pytest.mark.parametrize("n", [6, 7, 40, 501])
@pytest.mark.parametrize("most", [2, 5, 6, 100])
def test_what_is_kept_stands_for_the_whole_list(n, most):
    rng = np.random.default_rng(n)
    is_partner = rng.random(n) < 0.2
    kept, stands_for = thinned(rng.normal(size=n), is_partner, most, rng)
    assert stands_for.sum() == pytest.approx(n)
    assert len(kept) <= most + is_partner.sum()
    assert is_partner[kept].sum() == is_partner.sum()
    assert (stands_for[is_partner[kept]] == 1.0).all()


def test_equal_scores_are_kept_at_random():
    nobody = np.zeros(1_000, dtype=bool)
    rng = np.random.default_rng(1)
    kept = np.concatenate([thinned(np.zeros(1_000), nobody, 100, rng)[0] for _ in range(100)])
    # 10,000 of 0 to 999 drawn at random: the mean is 499.5, its standard error 2.9 at most
    assert abs(kept.mean() - 499.5) < 4 * 2.9


def test_candidates_above_are_counted_without_bias_whatever_is_changed_later():
    rng = np.random.default_rng(2)
    scores, is_partner = rng.normal(size=400), np.zeros(400, dtype=bool)
    changed = rng.permutation(scores)  # the worst may have become the best
    n_above = int((changed > 0.5).sum())
    found = []
    for _ in range(2_000):
        kept, stands_for = thinned(scores, is_partner, 40, rng)
        found.append(stands_for[changed[kept] > 0.5].sum())
    assert abs(np.mean(found) - n_above) < 4 * np.std(found) / np.sqrt(2_000)
    assert np.std(found) > 0
