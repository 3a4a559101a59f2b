"""A polynomial around a mode, and chains on it."""

import numpy as np
import pytest

from linkage.forest_surface import RADIUS, fitted_surface, surface_chains

MODE = np.array([5.0, 0.1, -0.4])
PRECISION = np.array([[4.0, 1.0, 0.0], [1.0, 9.0, 2.0], [0.0, 2.0, 3.0]])


def normal(theta: np.ndarray) -> float:
    gap = theta - MODE
    return float(-0.5 * gap @ PRECISION @ gap)


def bent(theta: np.ndarray) -> float:
    return normal(theta) + 0.2 * float((theta - MODE)[0] ** 3) - 0.3 * float(np.prod(theta - MODE))


@pytest.mark.parametrize("density", [normal, bent])
def test_a_polynomial_of_the_third_degree_is_found_again(density) -> None:  # type: ignore[no-untyped-def]
    surface = fitted_surface(density, MODE, np.random.default_rng(1))
    theta = MODE + np.random.default_rng(2).normal(0.0, 0.8, (20, 3)) @ surface.root.T
    gap = np.array([surface.log_density(one) - density(one) for one in theta])
    assert gap == pytest.approx(np.full(20, gap[0]), abs=1e-8)


@pytest.mark.parametrize("away", [np.array([1.0, 0.4, -0.5]), np.zeros(3)])
def test_the_mode_is_found_from_some_standard_deviations_off(away: np.ndarray) -> None:
    surface = fitted_surface(normal, MODE + away, np.random.default_rng(1))
    np.testing.assert_allclose(surface.mode, MODE, atol=1e-8)
    np.testing.assert_allclose(surface.root @ surface.root.T, np.linalg.inv(PRECISION), rtol=1e-8)


def test_nothing_lies_beyond_the_radius() -> None:
    surface = fitted_surface(normal, MODE, np.random.default_rng(1))
    assert surface.log_density(MODE + surface.root @ np.array([RADIUS + 0.01, 0.0, 0.0])) == -np.inf


def test_chains_have_the_mean_and_covariance_of_a_normal() -> None:
    surface = fitted_surface(normal, MODE, np.random.default_rng(1))
    draws = surface_chains(surface, 4, 300, 400, np.random.default_rng(3)).reshape(-1, 3)
    covariance = np.linalg.inv(PRECISION)
    # About 700 effective draws of 1,600: five standard errors.
    np.testing.assert_allclose(draws.mean(axis=0), MODE, atol=5.0 * np.sqrt(np.diag(covariance).max() / 700.0))
    np.testing.assert_allclose(np.cov(draws.T), covariance, atol=0.25 * np.diag(covariance).max())


def test_chains_are_exact_by_seed() -> None:
    surface = fitted_surface(normal, MODE, np.random.default_rng(1))
    one, two = (surface_chains(surface, 2, 20, 30, np.random.default_rng(7)) for _ in range(2))
    np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize("off", [0.5, 1.5])
def test_along_a_bent_ridge_no_step_leads_down(off: float) -> None:
    def ridge(theta: np.ndarray) -> float:
        along, across, third = theta - MODE
        return float(-0.5 * ((along / 0.5) ** 2 + ((across - 0.15 * along - 0.05 * along**2) / 0.05) ** 2 + third**2))

    start = MODE + np.array([off, 0.15 * off, 0.3])
    surface = fitted_surface(ridge, start, np.random.default_rng(1))
    assert ridge(surface.mode) >= max(ridge(start), -0.2)
