"""Distances and gaps of encoded crimes, against numpy and the array functions of `linkage.differences`."""

import numpy as np
import pytest

from linkage.differences import expected_circular_gaps, expected_gaps
from linkage.space_time import DAY, EARTH_RADIUS_KM, HOUR, NOT_A_TIME, WEEK, distances_and_gaps, events

N = 300


@pytest.fixture(scope="module")
def arrays() -> tuple[np.ndarray, ...]:
    """Places in metres and times in microseconds, before and after 1970, a third of the times exact."""
    rng = np.random.default_rng(3)
    x, y = rng.uniform(0, 50_000, (2, N))
    start = rng.integers(-(10**15), 2 * 10**15, N)
    end = start + np.where(rng.random(N) < 1 / 3, 0, (10 ** rng.uniform(0, 12.5, N)).astype(np.int64))
    return x, y, start, end, start + HOUR * rng.integers(0, 2, N)


@pytest.fixture(scope="module")
def pairs() -> tuple[np.ndarray, np.ndarray]:
    first, second = np.random.default_rng(4).integers(0, N, (2, 5000))
    return first, second


@pytest.mark.parametrize("circular", ["exact", "reference"])
def test_gaps_are_those_of_whole_microseconds(arrays, pairs, circular):
    (x, y, start, end, local), (u, v) = arrays, pairs
    got = distances_and_gaps(events(*arrays), u, v, "projected", circular)
    length = (end - start).astype(np.float64)
    np.testing.assert_allclose(got[0], np.hypot(x[u] - x[v], y[u] - y[v]) / 1000, rtol=1e-15, atol=0)
    days = expected_gaps((start[u] - start[v]) / DAY, length[u] / DAY, length[v] / DAY)
    np.testing.assert_array_equal(got[1], days)
    apart, reference = local[u] - local[v], circular == "reference"
    tod = expected_circular_gaps((apart % DAY) / HOUR, length[u] / HOUR, length[v] / HOUR, 24.0, reference)
    dow = expected_circular_gaps((apart % WEEK) / DAY, length[u] / DAY, length[v] / DAY, 7.0, reference)
    np.testing.assert_array_equal(got[2:], [tod, dow])


def test_great_circle_equals_the_angle_between_vectors(arrays, pairs):
    rng, (u, v) = np.random.default_rng(5), pairs
    longitude, latitude = rng.uniform(-np.pi, np.pi, N), np.arcsin(rng.uniform(-1, 1, N))
    got = distances_and_gaps(events(longitude, latitude, *arrays[2:]), u, v, "great-circle", "exact")[0]
    point = np.stack([np.cos(latitude) * np.cos(longitude), np.cos(latitude) * np.sin(longitude), np.sin(latitude)], 1)
    across = np.linalg.norm(np.cross(point[u], point[v]), axis=1)
    angle = np.arctan2(across, (point[u] * point[v]).sum(axis=1))
    np.testing.assert_allclose(got, EARTH_RADIUS_KM * angle, rtol=1e-7, atol=1e-8)


@pytest.mark.parametrize(("part", "lost"), [(0, [0]), (1, [0]), (2, [1, 2, 3]), (3, [1, 2, 3]), (4, [2, 3])])
def test_what_is_missing_takes_with_it_what_needs_it_and_no_more(arrays, part, lost):
    holed = [column[:2].copy() for column in arrays]
    holed[part][0] = np.nan if part < 2 else NOT_A_TIME
    for u, v in ((0, 1), (1, 0), (0, 0)):
        for circular in ("exact", "reference"):
            got = distances_and_gaps(events(*holed), np.array([u]), np.array([v]), "projected", circular)[:, 0]
            np.testing.assert_array_equal(np.flatnonzero(np.isnan(got)), lost)


def test_no_pairs_have_no_gaps(arrays):
    nobody = np.empty(0, dtype=np.int64)
    assert distances_and_gaps(events(*arrays), nobody, nobody, "great-circle", "exact").shape == (4, 0)
