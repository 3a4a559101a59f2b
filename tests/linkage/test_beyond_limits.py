"""The largest log BF beyond the limits, on a model small enough to read."""

from types import SimpleNamespace

import numpy as np
import pytest

from linkage.bayes_factors import BayesFactorTerm
from linkage.beyond_limits import largest_log_bf_beyond
from linkage.candidates import LinkLimits


def term(log_bf, edges=(), levels=(), has_missing_bin=False):
    log_bf = np.array(log_bf)
    ones = np.ones(len(log_bf))
    return BayesFactorTerm(np.array(edges, dtype=float), levels, has_missing_bin, ones, ones, ones, ones, log_bf, 2.0)


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
