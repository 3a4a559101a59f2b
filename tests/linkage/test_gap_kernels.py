"""Blocks of time differences against the plain functions, which are checked against R and integrals elsewhere."""

import numpy as np
import pytest

from linkage.differences import expected_circular_gaps, expected_gaps
from linkage.gap_kernels import fill_expected_circular_gaps, fill_expected_gaps

N = 20_000
LENGTHS = np.array([0.0, 1 / 3600, 1.0, 6.0, 8.3, 11.9, 12.0, 12.1, 15.5, 24.0, 25.0, 36.0, 168.0, 336.0])  # hours


def lengths(rng: np.random.Generator) -> np.ndarray:
    return rng.choice(LENGTHS, N) + np.where(rng.random(N) < 0.5, rng.random(N), 0.0)


def circular(d: np.ndarray, a: np.ndarray, b: np.ndarray, period: float, reference: bool) -> np.ndarray:
    out, n = np.empty(len(d)), len(d)
    fill_expected_circular_gaps(d, a, b, n, period, reference, np.empty((3, n)), np.empty((2, n), dtype=np.int32), out)
    return out


@pytest.mark.parametrize("reference", [False, True])
@pytest.mark.parametrize("period", [24.0, 7.0])
def test_circular_gaps_of_a_block_are_the_plain_ones_to_the_last_bit(period, reference):
    rng = np.random.default_rng(1)
    d, a, b = rng.integers(0, 1440, N) / 1440 * period, lengths(rng), lengths(rng)
    for unit in (1.0, 24.0):
        got = circular(d, a / unit, b / unit, period, reference)
        expected = expected_circular_gaps(d, a / unit, b / unit, period, reference)
        np.testing.assert_array_equal(got.view(np.int64), expected.view(np.int64))


def test_gaps_of_a_block_are_the_plain_ones_to_the_last_bit():
    rng = np.random.default_rng(2)
    d, a, b = np.round(rng.normal(0.0, 20.0, N), 1), lengths(rng), lengths(rng)
    got = np.empty(N)
    fill_expected_gaps(d, a, b, N, got)
    np.testing.assert_array_equal(got.view(np.int64), expected_gaps(d, a, b).view(np.int64))


@pytest.mark.parametrize("reference", [False, True])
def test_what_is_missing_on_any_side_is_missing(reference):
    for lacking in range(3):
        for other in (0.0, 5.0, 11.0, 30.0):
            given = [np.array([other]) for _ in range(3)]
            given[lacking] = np.array([np.nan])
            assert np.isnan(circular(*given, 24.0, reference)).all()
            gap = np.zeros(1)
            fill_expected_gaps(*given, 1, gap)
            assert np.isnan(gap).all()


def test_only_the_pairs_asked_for_are_filled_in():
    out = np.full(3, -1.0)
    fill_expected_gaps(np.array([2.0, 3.0, 4.0]), np.zeros(3), np.zeros(3), 2, out)
    assert out.tolist() == [2.0, 3.0, -1.0]
