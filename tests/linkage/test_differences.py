"""Expected differences of uncertain times, against exact rational arithmetic, brute force and the reference."""

import itertools
import math
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkage.differences import IntervalError, expected_circular_gaps, expected_gaps


def _second_difference(potential, d: Fraction, a: Fraction, b: Fraction) -> float:
    """The expectation from a function whose second derivative is the distance; exact, and undefined for a b = 0."""
    corners = potential(d + a) - potential(d + a - b) - potential(d) + potential(d - b)
    return float(corners / (a * b))


def _cubic(u: Fraction) -> Fraction:
    return abs(u) ** 3 / 6


def _wave_potential(period: int):
    def potential(u: Fraction) -> Fraction:
        v = u % period
        v = min(v, period - v)
        return period * u * u / 8 + v**3 / 6 - period * v * v / 8

    return potential


def _random_intervals(n: int, seed: int) -> list[tuple[Fraction, Fraction, Fraction]]:
    """Lengths from microseconds to months, differences from none to years, many on the edge of overlapping."""
    rng = np.random.default_rng(seed)
    cases = []
    for _ in range(n):
        a, b = (Fraction(10 ** rng.uniform(-6, 3)) for _ in range(2))
        far = Fraction(rng.choice([-1, 1]) * 10 ** rng.uniform(-6, 4))
        inside = b * Fraction(rng.random()) - a * Fraction(rng.random())
        cases.append((rng.choice([far, inside, b, -a, Fraction(0), b - a]), a, b))
    return cases


def _arrays(cases) -> tuple[np.ndarray, ...]:
    return tuple(np.array([float(case[i]) for case in cases]) for i in range(3))


@pytest.mark.parametrize(
    ("d", "a", "b", "expected"),
    [
        (3.0, 0.0, 0.0, 3.0),
        (-3.0, 0.0, 0.0, 3.0),
        (0.0, 0.0, 0.0, 0.0),
        (0.0, 1.0, 1.0, 1 / 3),  # two independent uniforms on [0, 1]
        (-1.0, 2.0, 0.0, 0.5),  # a uniform on [-1, 1] against 0
        (1.0, 0.0, 2.0, 0.5),
        (5.0, 2.0, 4.0, 4.0),  # [5, 7] against [0, 4]: midpoints 6 and 2
        (4.0, 2.0, 4.0, 3.0),  # touching
        (1.0, 0.0, 4.0, (1 * 0.5 + 3 * 1.5) / 4),  # left part of length 1 at mean 0.5, right of 3 at 1.5
    ],
)
def test_expected_gap_equals_what_was_worked_by_hand(d, a, b, expected):
    assert expected_gaps([d], [a], [b])[0] == pytest.approx(expected, rel=1e-15)


@pytest.mark.parametrize(
    ("d", "a", "b", "expected"),
    [
        (23.0, 0.0, 0.0, 1.0),
        (12.0, 0.0, 0.0, 12.0),
        (0.0, 24.0, 0.0, 6.0),  # a whole day against any hour
        (0.0, 24.0, 13.0, 6.0),
        (-6.0, 36.0, 0.0, 5.0),  # a day gives 6 and the 12 hours left over, about the point, 3: (24 * 6 + 12 * 3) / 36
        (-18.0, 36.0, 0.0, 7.0),  # here the 12 hours left over lie about the opposite point and give 9
        (11.0, 2.0, 0.0, 11.5),
    ],
)
def test_expected_circular_gap_equals_what_was_worked_by_hand(d, a, b, expected):
    assert expected_circular_gaps([d], [a], [b], 24.0)[0] == pytest.approx(expected, rel=1e-14)


def test_expected_gap_keeps_its_digits_at_every_scale():
    cases = _random_intervals(600, seed=1)
    truth = [_second_difference(_cubic, *(Fraction(float(x)) for x in case)) for case in cases]
    np.testing.assert_allclose(expected_gaps(*_arrays(cases)), truth, rtol=1e-13)


@pytest.mark.parametrize("period", [24, 7])
def test_expected_circular_gap_keeps_its_digits_at_every_scale(period):
    cases = _random_intervals(600, seed=period)
    potential = _wave_potential(period)
    truth = [_second_difference(potential, *(Fraction(float(x)) for x in case)) for case in cases]
    got = expected_circular_gaps(*_arrays(cases), float(period))
    np.testing.assert_allclose(got, truth, rtol=0, atol=2e-12 * period)


def _expectation(distance, corners, d: Fraction, a: Fraction, b: Fraction) -> float:
    """Integrate a distance over the density of T1 - T2: both are straight between cuts, so Simpson's rule is exact."""
    if a == b == 0:
        return float(distance(d))
    low, high, slope_width, height = d - b, d + a, min(a, b), 1 / max(a, b)

    def weighted(u: Fraction) -> Fraction:
        ramp = min(u - low, high - u, slope_width) / slope_width if slope_width else 1
        return distance(u) * height * ramp

    inside = {u for u in (d, d + a - b, *corners(low, high)) if low < u < high}
    pieces = itertools.pairwise(sorted({low, high} | inside))
    return float(sum((v - u) / 6 * (weighted(u) + 4 * weighted((u + v) / 2) + weighted(v)) for u, v in pieces))


def _circular_expectation(d: float, a: float, b: float, period: int) -> float:
    half = Fraction(period, 2)
    return _expectation(
        lambda u: min(u % period, period - u % period),
        lambda low, high: [half * i for i in range(math.floor(low / half), math.ceil(high / half) + 1)],
        *(Fraction(x) for x in (d, a, b)),
    )


def _lengths(period: float) -> list[float]:
    """Nothing, microseconds to minutes, about half a period and a whole one, and incommensurate weeks."""
    about = [(np.nextafter(x, 0.0), x, np.nextafter(x, 99.0)) for x in (period / 2, period)]
    return [0.0, 4e-8, 1 / 86400, 1 / 60, period / 4, *about[0], *about[1], 1.5 * period, 2**0.5 * period, 7 * period]


@pytest.mark.parametrize("period", [24, 7])
def test_expected_circular_gap_equals_the_integral_for_every_length(period):
    rng = np.random.default_rng(period)
    cases = [
        (float(d), float(a), float(b))
        for a, b in itertools.product(_lengths(period), repeat=2)
        for d in (0.0, b, (b - a) / 2, period / 2 - 1e-7, rng.uniform(-period, period), rng.uniform(0, period))
    ]
    truth = [_circular_expectation(*case, period) for case in cases]
    got = expected_circular_gaps(*_arrays(cases), float(period))
    # 1e-9 of the period is promised; a few roundings are left.
    np.testing.assert_allclose(got, truth, rtol=0, atol=1e-14 * period)


_LENGTH = st.one_of(st.just(0.0), st.floats(1e-9, 1e-3), st.floats(1e-3, 30.0))


@given(d=st.floats(-50.0, 50.0), a=_LENGTH, b=_LENGTH, period=st.sampled_from([24, 7]))
@settings(max_examples=150, deadline=None)
def test_expected_circular_gap_equals_the_integral_wherever_it_is_looked_for(d, a, b, period):
    got = expected_circular_gaps([d], [a], [b], float(period))[0]
    assert got == pytest.approx(_circular_expectation(d, a, b, period), rel=0, abs=1e-13 * period)


@given(d=st.floats(-1e4, 1e4), a=_LENGTH, b=_LENGTH)
@settings(max_examples=150, deadline=None)
def test_expected_gap_equals_the_integral_wherever_it_is_looked_for(d, a, b):
    truth = _expectation(abs, lambda low, high: [Fraction(0)], *(Fraction(x) for x in (d, a, b)))
    assert expected_gaps([d], [a], [b])[0] == pytest.approx(truth, rel=1e-12, abs=1e-15)


@pytest.mark.parametrize("length", [0.0, 1e-9, 3.0, 12.0, 23.9, 24.0, 36.0, 250.0])
@pytest.mark.parametrize("other", [0.0, 5.0, 12.0, 24.0, 40.0])
def test_expected_circular_gap_equals_brute_force(length, other):
    u = (np.arange(300) + 0.5) / 300
    for d in (0.0, 1.7, 11.9, 12.0, 20.0):
        t = np.mod(d + length * u[:, None] - other * u[None, :], 24.0)
        brute = np.minimum(t, 24.0 - t).mean()
        assert expected_circular_gaps([d], [length], [other], 24.0)[0] == pytest.approx(brute, abs=5e-3)


def test_turning_the_pair_round_and_shifting_by_a_period_change_nothing():
    d, a, b = _arrays(_random_intervals(300, seed=5))
    np.testing.assert_allclose(expected_gaps(d, a, b), expected_gaps(-d, b, a), rtol=1e-14, atol=1e-300)
    wave = expected_circular_gaps(d, a, b, 7.0)
    np.testing.assert_allclose(expected_circular_gaps(-d, b, a, 7.0), wave, rtol=0, atol=1e-11)
    np.testing.assert_allclose(expected_circular_gaps(d + 14.0, a, b, 7.0), wave, rtol=0, atol=1e-11)
    assert ((wave >= 0) & (wave <= 3.5)).all()


def test_expected_gap_equals_the_reference(reference: Path):
    cases = pd.read_csv(reference / "expabsdiff.csv")
    got = expected_gaps(cases["x1"] - cases["y1"], cases["x2"] - cases["x1"], cases["y2"] - cases["y1"])
    np.testing.assert_allclose(got, cases["expAbsDiff"], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("period", [24, 7])
def test_circular_gap_equals_the_reference(reference: Path, period: int):
    cases = pd.read_csv(reference / "expabsdiff_circ.csv").query("mod == @period")
    columns = cases["x1"] - cases["y1"], cases["x2"] - cases["x1"], cases["y2"] - cases["y1"]
    got = expected_circular_gaps(*columns, float(period), reference=True)
    # The reference's own closed form loses digits to cancellation where both intervals last minutes.
    is_short = cases["kind"] == "minute"
    np.testing.assert_allclose(got[~is_short], cases["exact"][~is_short], rtol=1e-9, atol=1e-10)
    np.testing.assert_allclose(got[is_short], cases["exact"][is_short], rtol=0, atol=1e-8 * period)
    np.testing.assert_allclose(got, cases["convolution_n2000"], rtol=0, atol=1e-3 * period)
    exact = expected_circular_gaps(*columns, float(period))
    under_a_period = (columns[1] < period) & (columns[2] < period)
    np.testing.assert_array_equal(exact[under_a_period], got[under_a_period])


def test_reference_mode_gives_a_quarter_from_exactly_one_period_on():
    lengths = [np.nextafter(24.0, 0.0), 24.0, 36.0]
    got = expected_circular_gaps([0.0] * 3, lengths, [0.0] * 3, 24.0, reference=True)
    np.testing.assert_array_equal(got[1:], [6.0, 6.0])
    assert expected_circular_gaps([-6.0], [36.0], [0.0], 24.0)[0] == pytest.approx(5.0)


@pytest.mark.parametrize("place", [0, 1, 2])
def test_what_is_missing_stays_missing(place):
    columns = [np.array([1.0]), np.array([2.0]), np.array([3.0])]
    columns[place] = np.array([np.nan])
    assert np.isnan(expected_gaps(*columns)[0])
    assert np.isnan(expected_circular_gaps(*columns, 24.0)[0])


def test_no_pairs_give_no_gaps():
    assert expected_gaps([], [], []).shape == (0,)


def test_impossible_intervals_are_refused():
    with pytest.raises(IntervalError, match="got 1 pairs with a negative one; quarantine"):
        expected_gaps([0.0], [-1.0], [0.0])
    with pytest.raises(IntervalError, match="one length"):
        expected_gaps([0.0, 1.0], [1.0], [0.0])
    with pytest.raises(IntervalError, match="period: expected a positive number, got 0"):
        expected_circular_gaps([0.0], [1.0], [0.0], 0)
