import numpy as np
import pytest
from scipy.stats import beta

from quality.practice.shrinkage import LEAST_CORRELATION, intra_area_correlation, shrunk_shares


def test_correlation_by_hand() -> None:
    # Two areas of 10 with 8 and 2: p = 0.5, S = 10 x 0.09 + 10 x 0.09 = 1.8, over p(1-p) = 7.2.
    # (7.2 - 1) / (20 - 200/20 - 1) = 6.2 / 9
    assert intra_area_correlation(np.array([8, 2]), np.array([10, 10])) == pytest.approx(6.2 / 9)


def test_correlation_is_recovered_from_simulated_areas() -> None:
    rng = np.random.default_rng(5)
    n_of = rng.integers(20, 60, 3000)
    # correlation 0.1 is a prior of 9 crimes: Beta(9 x 0.3, 9 x 0.7)
    found = intra_area_correlation(rng.binomial(n_of, rng.beta(2.7, 6.3, 3000)), n_of)
    assert found == pytest.approx(0.1, abs=0.01)


def test_areas_that_differ_by_chance_only_have_hardly_any() -> None:
    rng = np.random.default_rng(6)
    n_of = np.full(2000, 40)
    assert intra_area_correlation(rng.binomial(n_of, 0.3), n_of) < 0.005


@pytest.mark.parametrize("n_with", [[0, 0], [5, 5]])
def test_areas_without_any_variance_are_drawn_fully_together(n_with: list[int]) -> None:
    assert intra_area_correlation(np.array(n_with), np.array([5, 5])) == LEAST_CORRELATION


def test_one_area_has_none() -> None:
    assert intra_area_correlation(np.array([3]), np.array([5])) == LEAST_CORRELATION


def test_shares_are_the_posterior_of_a_beta_distribution() -> None:
    # correlation 0.1: nine crimes of prior, 0.2 of them with a gap; 6 of 11 observed: Beta(7.8, 12.2)
    shares = shrunk_shares(np.array([6.0]), np.array([11.0]), np.array([0.2]), np.array([0.1]))
    assert shares.mean[0] == pytest.approx(7.8 / 20)
    assert shares.lower[0] == pytest.approx(beta.ppf(0.025, 7.8, 12.2))
    assert shares.upper[0] == pytest.approx(beta.ppf(0.975, 7.8, 12.2))


def test_the_smaller_an_area_the_nearer_it_is_drawn_to_the_force() -> None:
    n_of = np.array([5.0, 50.0, 500.0])
    shares = shrunk_shares(0.8 * n_of, n_of, np.full(3, 0.2), np.full(3, 0.05))
    assert (np.diff(shares.mean) > 0).all()
    assert shares.mean[0] < 0.35
    assert shares.mean[2] > 0.75


@pytest.mark.parametrize("level", [0.0, 1.0])
def test_a_force_that_always_or_never_records_it_still_has_an_interval(level: float) -> None:
    shares = shrunk_shares(np.array([3.0]), np.array([9.0]), np.array([level]), np.array([LEAST_CORRELATION]))
    assert 0 <= shares.lower[0] < shares.mean[0] < shares.upper[0] <= 1


def test_small_areas_do_not_lead_by_chance() -> None:
    # 400 areas of 3 to 200 crimes that all lack 20%: hardly any stands above the others
    rng = np.random.default_rng(7)
    n_of = rng.integers(3, 200, 400)
    n_with = rng.binomial(n_of, 0.2)
    correlation = np.full(400, intra_area_correlation(n_with, n_of))
    shares = shrunk_shares(n_with.astype(float), n_of.astype(float), np.full(400, 0.2), correlation)
    assert (shares.lower > 0.2).sum() <= 2
