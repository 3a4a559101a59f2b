"""The largest log BF beyond the limits, on a model small enough to read."""

import math
from types import SimpleNamespace

import numpy as np
import pytest

from linkage.bayes_factors import BayesFactorTerm
from linkage.beyond_limits import largest_log_bf_beyond
from linkage.candidates import LinkLimits
from linkage.crowding import fit_crowding
from linkage.evidence import EvidenceSpec
from linkage.smooth_term import SmoothTerm


def term(log_bf, edges=(), levels=(), has_missing_bin=False):
    log_bf = np.array(log_bf)
    ones = np.ones(len(log_bf))
    return BayesFactorTerm(np.array(edges, dtype=float), levels, has_missing_bin, ones, ones, ones, ones, log_bf, 2.0)


def smooth(log_bf, knots=(), levels=(), missing=0.0):
    ones = np.ones(len(log_bf))
    return SmoothTerm(np.array(knots, dtype=float), levels, np.array(log_bf), missing, ones, ones)


def model_of(**terms):
    return SimpleNamespace(terms_=terms)


PLACE = {"distance_km": term([3.0, 1.0, -2.0], edges=[0, 2, 6, 20])}
TIME = {"gap_days": term([2.0, 0.5, -1.0], edges=[0, 30, 180, 365])}
ITEM = {"match_entry_point": term([1.5, -0.5], levels=("match", "differ"))}


@pytest.mark.parametrize(
    ("max_km", "max_days", "expected"),
    [
        (5.0, 365.0, 4.5),  # far: the bin to 6 km gives 1, with 2 and 1.5; long: nothing above 365, so 3 + 0 + 1.5
        (6.0, 365.0, 4.5),  # far: no bin above 6 km is positive, so 0 + 2 + 1.5; long: 4.5 as before
        (6.0, 180.0, 4.5),
        (6.0, 179.0, 5.0),  # long: the bin to 180 days gives 0.5, with 3 and 1.5
        (1.0, 365.0, 6.5),  # far: the bin to 2 km gives 3, with 2 and 1.5
    ],
)
def test_the_best_pair_beyond_one_limit_is_as_good_as_can_be_in_all_else(max_km, max_days, expected):
    model = model_of(**PLACE, **TIME, **ITEM)
    assert largest_log_bf_beyond(model, LinkLimits(max_km, max_days)) == pytest.approx(expected)


def test_a_missing_place_counts_as_beyond():
    place = {"distance_km": term([3.0, -2.0, 0.7], edges=[0, 2, 20], has_missing_bin=True)}
    time = {"gap_days": term([-1.0], edges=[0, 365])}
    assert largest_log_bf_beyond(model_of(**place, **time), LinkLimits(25.0, 365.0)) == pytest.approx(3.0)
    time = {"gap_days": term([-1.0, -3.0], edges=[0, 365], has_missing_bin=True)}
    nowhere = {"distance_km": term([-1.0, 0.7], edges=[0, 20], has_missing_bin=True)}
    assert largest_log_bf_beyond(model_of(**nowhere, **time), LinkLimits(25.0, 365.0)) == pytest.approx(0.7)


def test_a_model_without_place_bounds_nothing_by_distance():
    assert largest_log_bf_beyond(model_of(**ITEM), LinkLimits()) == pytest.approx(1.5)


SMOOTH_PLACE = {"distance_km": smooth([3.0, 1.0, -2.0], knots=[0, 2, 6])}
SMOOTH_ITEM = {"match_entry_point": smooth([1.5, -0.5], levels=("match", "differ"))}


@pytest.mark.parametrize(
    ("max_km", "expected"),
    [
        (1.0, 3.5),  # half way from 3 to 1 the line is at 2, with 1.5
        (2.0, 2.5),
        (4.0, 1.0),  # half way from 1 to -2 it is at -0.5
        (50.0, -0.5),  # beyond the last knot it stays at -2
    ],
)
def test_a_smooth_term_counts_from_the_limit_on(max_km, expected):
    place = {"distance_km": smooth([3.0, 1.0, -2.0], knots=[0, 2, 6], missing=-5.0)}
    time = {"gap_days": smooth([0.0, -20.0], knots=[0, 300], missing=-20.0)}  # so that the place decides
    found = largest_log_bf_beyond(model_of(**place, **time, **SMOOTH_ITEM), LinkLimits(max_km, 365.0))
    assert found == pytest.approx(expected)


def test_a_smooth_term_that_rises_again_counts_at_its_highest_knot():
    place = {"distance_km": smooth([3.0, -2.0, 2.5, -3.0], knots=[0, 2, 6, 9], missing=-5.0)}
    time = {"gap_days": smooth([0.0, -20.0], knots=[0, 300], missing=-20.0)}
    assert largest_log_bf_beyond(model_of(**place, **time), LinkLimits(3.0, 365.0)) == pytest.approx(2.5)


def test_a_smooth_terms_missing_evidence_counts_as_beyond():
    place = {"distance_km": smooth([3.0, -2.0], knots=[0, 2], missing=0.7)}
    time = {"gap_days": smooth([0.0, -20.0], knots=[0, 300], missing=-20.0)}
    assert largest_log_bf_beyond(model_of(**place, **time), LinkLimits(5.0, 365.0)) == pytest.approx(0.7)


def test_what_a_model_adds_to_every_pair_is_added():
    model = SimpleNamespace(terms_={**SMOOTH_PLACE, **SMOOTH_ITEM}, base_log_bf_=-1.25)
    assert largest_log_bf_beyond(model, LinkLimits()) == pytest.approx(3.0 + 1.5 - 1.25)


def test_crowding_bounds_the_place_by_the_loneliest_pair_beyond_the_limit():
    # Ten crimes: one alone has 1 / (2 pi 6^2 10) = 0.000442 of them a square kilometre, so that beyond 2 km
    # pi 4 0.000442 = 0.0056 of all crimes or more are nearer; the knots are placed for a log BF of 2 there.
    spread = 10.0 * np.arange(10)
    spec = EvidenceSpec((), crowding_km=1.5, crowding=fit_crowding(spread, spread, 1.5))
    least = math.pi * 4 / (2 * math.pi * 6.0**2 * 10)
    assert least == pytest.approx(0.0056, abs=5e-5)
    place = {"nearer_share": smooth([3.0, 1.0], knots=[0, 2 * least], missing=-5.0)}
    time = {"gap_days": smooth([0.0, -20.0], knots=[0, 300], missing=-20.0)}
    model, limits = model_of(**place, **time), LinkLimits(2.0, 365.0)
    assert largest_log_bf_beyond(model, limits, spec) == pytest.approx(2.0)
    assert largest_log_bf_beyond(model, limits) == pytest.approx(3.0)  # without the map it bounds nothing
    both = model_of(**place, **time, distance_km=smooth([1.0, 0.0], knots=[0, 4], missing=-5.0))
    assert largest_log_bf_beyond(both, limits, spec) == pytest.approx(2.0 + 0.5)
    histogram = model_of(nearer_share=term([3.0, -1.0], edges=[0, least / 2, 1]), **time)
    assert largest_log_bf_beyond(histogram, limits, spec) == pytest.approx(0.0)
