"""How crowded places are, against hand-worked Gaussians and a sum over all crimes."""

import json
import math

import numpy as np
import pytest

from linkage.crowding import (
    CrowdingError,
    crowding_as_data,
    crowding_from_data,
    density_grid,
    fit_crowding,
    local_density,
    mean_latitude,
    plane_km,
)

BANDWIDTH_KM = 1.5
WIDENED = 1.0 / 32.0
"""What sharing out among nodes and interpolating add at most to the variance, in squared bandwidths: half a cell wide
each, (1/4)^2 / 4 twice."""


def towns(n: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    centre = rng.uniform(0, 40, (4, 2))[rng.integers(0, 4, n)]
    return tuple((centre + rng.normal(0, 2.0, (n, 2))).T)


def summed(x_km, y_km, at_x, at_y, bandwidth_km):
    """Sum the Gaussians of all crimes at each place, one by one."""
    squares = (at_x[:, None] - x_km) ** 2 + (at_y[:, None] - y_km) ** 2
    return np.exp(-squares / (2 * bandwidth_km**2)).mean(axis=1) / (2 * math.pi * bandwidth_km**2)


def test_one_crime_has_the_density_of_a_gaussian_at_its_centre():
    crowding = fit_crowding(np.array([12.3]), np.array([45.6]), BANDWIDTH_KM)
    peak = 1 / (2 * math.pi * 1.5**2)  # 0.0707 a square kilometre
    assert local_density(crowding, np.array([12.3]), np.array([45.6])) == pytest.approx(
        peak, rel=5e-4
    )  # made whole again after the cut
    assert peak == pytest.approx(0.0707, abs=5e-5)


def test_crimes_at_one_point_have_the_density_of_all():
    for n in (2, 1000):
        here = np.full(n, 7.77)
        crowding = fit_crowding(here, -here, BANDWIDTH_KM)
        density = local_density(crowding, here, -here)
        # n crimes share it out, each a share of 1/n: the peak of one Gaussian, which is on a node here. Cut at four
        # bandwidths and made whole again it is 1.3e-4 higher, and three decimals of the depth may be lost.
        assert density[0] == pytest.approx(1 / (2 * math.pi * 1.5**2), rel=5e-4)
        np.testing.assert_array_equal(density, density[0])


def test_the_densities_of_the_plane_add_to_one():
    for n in (1, 2, 300):
        grid = density_grid(*towns(n), BANDWIDTH_KM)
        assert grid.density.sum() * grid.cell_km**2 == pytest.approx(1.0, rel=1e-12)
        assert grid.cell_km == 0.375
        assert (grid.density >= 0).all()


def adaptively_summed(x_km, y_km, bandwidth_km):
    """Sum Gaussians that are as wide as crimes are rare around each, after Abramson, at the places of the crimes."""
    pilot = summed(x_km, y_km, x_km, y_km, bandwidth_km)
    width = bandwidth_km * np.clip(np.sqrt(np.exp(np.log(pilot).mean()) / pilot), 0.5, 4.0)
    squares = (x_km[:, None] - x_km) ** 2 + (y_km[:, None] - y_km) ** 2
    return (np.exp(-squares / (2 * width**2)) / (2 * math.pi * width**2)).mean(axis=1)


def test_the_density_is_that_of_a_sum_over_all_crimes_each_as_wide_as_crimes_are_rare():
    x_km, y_km = towns(500)
    crowding = fit_crowding(x_km, y_km, BANDWIDTH_KM)
    expected = np.maximum(adaptively_summed(x_km, y_km, BANDWIDTH_KM), crowding.lowest_density)
    found = local_density(crowding, x_km, y_km)
    # Widths between two of the ladder are mixtures of both, and the finest Gaussian is two cells wide.
    np.testing.assert_allclose(found, expected, rtol=0.09)
    assert np.abs(found / expected - 1).mean() < 0.025


def test_where_crimes_are_rare_they_are_smoothed_more_widely():
    # A crowded town of 400 crimes within 200 m and a village of 20 within 200 m, 30 km apart. Under one bandwidth of
    # 1.5 km both peaks would stand 20 to 1, as their crimes do; the village's crimes are smoothed more widely.
    rng = np.random.default_rng(4)
    x_km = np.concatenate([rng.normal(0, 0.2, 400), rng.normal(30, 0.2, 20)])
    y_km = rng.normal(0, 0.2, 420)
    crowding = fit_crowding(x_km, y_km, BANDWIDTH_KM)
    town, village = local_density(crowding, np.array([0.0, 30.0]), np.zeros(2))
    assert town / village > 30


def test_a_crime_with_no_other_around_is_as_crowded_as_one_crime_smoothed_most_widely():
    x_km, y_km = towns(300)
    with_hermit = fit_crowding(np.append(x_km, 190.0), np.append(y_km, 190.0), BANDWIDTH_KM)
    at_hermit = local_density(with_hermit, np.array([190.0]), np.array([190.0]))
    alone = 1 / (2 * math.pi * 6.0**2 * 301)  # four bandwidths of 1.5 km
    assert at_hermit == pytest.approx(alone, rel=0.1)
    assert with_hermit.lowest_density == pytest.approx(alone, rel=1e-12)


def test_a_village_is_never_less_crowded_than_a_crime_alone():
    x_km, y_km = towns(3000)
    crowded = [
        local_density(fit_crowding(np.append(x_km, [90.0] * n), np.append(y_km, [90.0] * n), BANDWIDTH_KM), *at)[0]
        for n in (1, 4, 8, 16)
        for at in [(np.array([90.0]), np.array([90.0]))]
    ]
    assert (np.diff(crowded) > 0).all()


def test_outside_the_map_a_place_is_as_crowded_as_one_crime_alone():
    crowding = fit_crowding(*towns(50), BANDWIDTH_KM)
    far = local_density(crowding, np.array([-500.0, 9e6]), np.array([500.0, -9e6]))
    np.testing.assert_allclose(far, crowding.lowest_density, rtol=1e-12)


def test_moving_all_crimes_moves_the_map():
    x_km, y_km = towns(200)
    here = local_density(fit_crowding(x_km, y_km, BANDWIDTH_KM), x_km, y_km)
    moved = fit_crowding(x_km + 400.1, y_km - 33.3, BANDWIDTH_KM)
    np.testing.assert_allclose(local_density(moved, x_km + 400.1, y_km - 33.3), here, rtol=2e-3)  # three decimals


def test_the_order_of_the_crimes_does_not_matter():
    x_km, y_km = towns(400)
    shuffled = np.random.default_rng(2).permutation(400)
    assert fit_crowding(x_km[shuffled], y_km[shuffled], BANDWIDTH_KM) == fit_crowding(x_km, y_km, BANDWIDTH_KM)


def test_a_crime_without_a_place_is_left_out_and_has_no_density():
    x_km, y_km = towns(30)
    lacking = fit_crowding(np.append(x_km, [np.nan, 3.0]), np.append(y_km, [1.0, np.nan]), BANDWIDTH_KM)
    assert lacking == fit_crowding(x_km, y_km, BANDWIDTH_KM)
    assert np.isnan(local_density(lacking, np.array([np.nan, 3.0]), np.array([1.0, np.nan]))).all()


def test_without_a_place_at_all_every_place_is_as_crowded_as_one_crime():
    for none in (np.empty(0), np.full(3, np.nan)):
        crowding = fit_crowding(none, none, BANDWIDTH_KM)
        assert (crowding.n_crimes, crowding.runs) == (0, ())
        assert local_density(crowding, np.array([1.0]), np.array([2.0])) == pytest.approx(1 / (2 * math.pi * 6.0**2))
        assert len(local_density(crowding, np.empty(0), np.empty(0))) == 0


def test_a_map_comes_back_exactly_from_json():
    for n in (0, 1, 400):
        crowding = fit_crowding(*towns(n), BANDWIDTH_KM, latitude_deg=54.7)
        read = crowding_from_data(json.loads(json.dumps(crowding_as_data(crowding), allow_nan=False)))
        assert read == crowding
        assert hash(read) == hash(crowding)


def test_the_document_of_a_force_stays_small():
    x_km, y_km = (np.random.default_rng(3).uniform(0, 100, 20_000) for _ in range(2))
    crowding = fit_crowding(x_km, y_km, BANDWIDTH_KM)
    assert crowding.n_east == pytest.approx(100 / 0.375 + 2 * 64 + 2, abs=2)  # 4 of the widest on either side
    assert len(json.dumps(crowding_as_data(crowding))) < 9 * crowding.n_east * crowding.n_north


def test_degrees_are_scaled_to_true_lengths_at_the_mean_latitude():
    # At 55 degrees north a degree of longitude is 111.32 km times cos 55, 63.85 km; of latitude 111.32 km.
    x_km, y_km = plane_km(np.array([-1.0, 0.0]), np.array([55.0, 55.0]), 55.0)
    assert x_km[1] - x_km[0] == pytest.approx(63.85, abs=0.01)
    assert y_km[0] == pytest.approx(55 * 111.32, abs=0.3)
    assert mean_latitude(np.array([1.0, 2.0, np.nan]), np.array([54.0, 56.0, 10.0])) == 55.0
    assert mean_latitude(np.empty(0), np.empty(0)) == 0.0


@pytest.mark.parametrize("bandwidth_km", [0.0, -1.0, math.nan, math.inf])
def test_a_bandwidth_must_be_positive(bandwidth_km):
    with pytest.raises(CrowdingError, match=r"bandwidth_km: expected more than 0, got .*; 1.5 km suits a force"):
        fit_crowding(np.zeros(1), np.zeros(1), bandwidth_km)


def test_places_too_far_apart_for_a_grid_are_refused():
    message = r"x_km, y_km: expected places within a grid of 16,000,000 cells, got 5,\d\d\d x 5,\d\d\d; quarantine"
    with pytest.raises(CrowdingError, match=message):
        fit_crowding(np.array([0.0, 2000.0]), np.array([0.0, 2000.0]), BANDWIDTH_KM)
