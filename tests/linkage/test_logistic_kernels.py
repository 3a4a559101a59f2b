"""The loops over pairs against dense matrices of numpy."""

import numpy as np
import pytest

from linkage.logistic_kernels import add_derivatives, log_loss, log_odds, tilted_mass, weight_of_places

N_PLACES = 5 + 3 + 1


@pytest.fixture
def pairs():
    """200 pairs of three variables: five knots, three levels, one level; some say nothing."""
    rng = np.random.default_rng(2)
    position = np.stack([rng.integers(-1, 4, 200), rng.integers(4, 8, 200), np.full(200, 8)]).astype(np.int32)
    position[1][position[1] == 4] = -1
    share = np.zeros((3, 200))
    share[0] = np.where(position[0] >= 0, rng.choice([0.0, 0.3, 1.0], 200), 0.0)
    return position, share, rng.random(200) < 0.3, rng.choice([0.0, 0.5, 2.0], 200)


def _dense(position, share):
    rows = np.zeros((position.shape[1], N_PLACES))
    for at, t in zip(position, share, strict=True):
        for i in np.flatnonzero(at >= 0):
            rows[i, at[i]] += 1.0 - t[i]
            if t[i] > 0:
                rows[i, at[i] + 1] += t[i]
    return rows


def test_log_odds_are_the_intercept_and_all_values(pairs):
    position, share, _, _ = pairs
    values = np.random.default_rng(3).normal(size=N_PLACES)
    expected = 0.7 + _dense(position, share) @ values
    np.testing.assert_allclose(log_odds(position, share, values, 0.7), expected, rtol=1e-13, atol=1e-13)


def test_the_loss_is_minus_the_log_likelihood_however_sure(pairs):
    _, _, linked, weight = pairs
    eta = np.random.default_rng(4).normal(size=200) * 400.0
    expected = weight @ np.where(linked, np.logaddexp(0.0, -eta), np.logaddexp(0.0, eta))
    assert log_loss(eta, linked, weight) == pytest.approx(expected, rel=1e-13)
    assert log_loss(np.array([0.0]), np.array([True]), np.array([2.0])) == pytest.approx(2.0 * np.log(2.0))


def test_derivatives_are_those_of_the_dense_design(pairs):
    position, share, linked, weight = pairs
    eta = np.random.default_rng(5).normal(size=200) * 3.0
    eta[:2] = 800.0, -800.0
    gradient, information = np.zeros(N_PLACES + 1), np.zeros((N_PLACES + 1, N_PLACES + 1))
    add_derivatives(position, share, eta, linked, weight, gradient, information)
    x = np.column_stack([np.ones(200), _dense(position, share)])
    p = np.exp(-np.logaddexp(0.0, -eta))
    np.testing.assert_allclose(gradient, x.T @ (weight * (linked - p)), atol=1e-12)
    expected = x.T @ (x * (weight * p * (1.0 - p))[:, None])
    np.testing.assert_allclose(np.triu(information), np.triu(expected), atol=1e-12)


def test_tilted_mass_is_the_sum_of_weight_and_exp(pairs):
    position, share, _, weight = pairs
    values, tilt = np.random.default_rng(6).normal(size=N_PLACES), np.zeros(N_PLACES)
    mass = tilted_mass(position, share, values, weight, tilt)
    for v, places in enumerate((slice(0, 5), slice(5, 8), slice(8, 9))):
        present = position[v] >= 0
        rows = _dense(position[[v]], share[[v]])
        assert mass[v] == pytest.approx(weight[present].sum())
        np.testing.assert_allclose(
            tilt[places], (rows * (weight * present * np.exp(rows @ values))[:, None]).sum(axis=0)[places], atol=1e-12
        )


def test_places_weigh_what_their_pairs_do(pairs):
    position, share, linked, weight = pairs
    found = weight_of_places(position, share, linked, weight, N_PLACES)
    rows = _dense(position, share)
    np.testing.assert_allclose(found, [rows[side].T @ weight[side] for side in (~linked, linked)], atol=1e-12)


def test_no_pairs_give_nothing():
    position, share = np.zeros((2, 0), dtype=np.int32), np.zeros((2, 0))
    assert len(log_odds(position, share, np.zeros(3), 1.0)) == 0
    assert log_loss(np.empty(0), np.empty(0, dtype=bool), np.empty(0)) == 0.0
    assert not weight_of_places(position, share, np.empty(0, dtype=bool), np.empty(0), 3).any()
