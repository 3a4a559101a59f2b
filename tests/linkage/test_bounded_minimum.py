"""The lowest point within bounds: by hand, against scipy, and where pivoting all at once runs in circles."""

import numpy as np
import pytest
from scipy.optimize import lsq_linear

from linkage.bounded_minimum import bounded_minimum

NO_BOUND = np.inf


def test_a_parameter_beyond_its_bound_stands_at_it_and_the_others_follow():
    # H x = slope has (1, -1); with x2 = 0 the first solves 2 x1 = 1.
    hessian, slope = np.array([[2.0, 1.0], [1.0, 2.0]]), np.array([1.0, -1.0])
    low, high = np.array([-NO_BOUND, 0.0]), np.full(2, NO_BOUND)
    assert bounded_minimum(hessian, slope, low, high) == pytest.approx([0.5, 0.0])
    assert bounded_minimum(hessian, slope, np.full(2, -NO_BOUND), high) == pytest.approx([1.0, -1.0])


def test_it_may_stand_at_an_upper_bound_or_between_both():
    hessian = np.eye(3)
    found = bounded_minimum(hessian, np.array([5.0, -5.0, 0.25]), np.full(3, -1.0), np.full(3, 2.0))
    assert found == pytest.approx([2.0, -1.0, 0.25])


@pytest.mark.parametrize("n", [1, 5, 40, 150])
@pytest.mark.parametrize("seed", range(4))
def test_it_is_the_bounded_least_squares_solution_of_scipy(n, seed):
    rng = np.random.default_rng(seed)
    root = np.triu(rng.normal(size=(n, n))) + 3.0 * np.eye(n)
    target = 3.0 * rng.normal(size=n)
    low = np.where(rng.random(n) < 0.6, -rng.random(n), -NO_BOUND)
    high = np.where(rng.random(n) < 0.6, rng.random(n), NO_BOUND)
    found = bounded_minimum(root.T @ root, root.T @ target, low, high)
    expected = lsq_linear(root, target, bounds=(low, high), method="bvls", tol=1e-14).x
    assert found == pytest.approx(expected, abs=1e-8)
    assert ((low <= found) & (found <= high)).all()


@pytest.mark.parametrize("seed", range(30))
def test_nearly_singular_matrices_end_too_and_no_small_move_does_better(seed):
    rng = np.random.default_rng(seed)
    n = 30
    root = rng.normal(size=(3, n))
    hessian, slope = root.T @ root + 1e-6 * np.eye(n), rng.normal(size=n)
    low, high = np.full(n, -0.5), np.full(n, 1.0)
    found = bounded_minimum(hessian, slope, low, high)
    downhill = slope - hessian @ found
    inside = (found > low) & (found < high)
    assert np.abs(downhill[inside]).max(initial=0.0) < 1e-6
    assert (downhill[found == low] <= 1e-6).all()
    assert (downhill[found == high] >= -1e-6).all()


def test_what_everything_is_bound_to_is_returned():
    assert bounded_minimum(np.eye(2), np.array([-1.0, -2.0]), np.zeros(2), np.full(2, NO_BOUND)).tolist() == [0.0, 0.0]
