"""Evidence weight of an item: by hand, recovered from simulated pairs, nothing where there is nothing."""

import numpy as np
import pytest

from linkage.item_information import (
    PRIOR_PAIRS,
    attenuated,
    evidence_weight,
    exoneration,
    interval,
    item_information,
    level_shares,
)
from linkage.item_pairs import drawn_groups
from tests.linkage.item_force import EVEN, invented_force, invented_pairs, lose, pairs_of, weight_of


def measured(pairs, item, seed=0, n_resamples=100):
    rng = np.random.default_rng(seed)
    return item_information(pairs, item, drawn_groups(pairs, n_resamples, rng), rng)


def test_weights_by_hand():
    # 80 of 100 linked pairs agree, 20 of 100 others; two pairs that behave like others are added to the linked.
    n_linked, n_anyone = np.array([20.0, 0, 80.0, 0, 0]), np.array([80.0, 0, 20.0, 0, 0])
    shares = level_shares(n_linked, n_anyone)
    u = np.array([80.5, 20.5]) / 101  # half a pair is added at each level that occurs
    m = (np.array([20.0, 80.0]) + PRIOR_PAIRS * u) / (100 + PRIOR_PAIRS)
    assert shares.u[[0, 2]] == pytest.approx(u)
    assert shares.m[[0, 2]] == pytest.approx(m)
    assert shares.w[[1, 3, 4]].tolist() == [0, 0, 0]
    assert evidence_weight(shares) == pytest.approx(m @ np.log(m / u))
    assert exoneration(shares) == pytest.approx(u @ np.log(u / m))
    # Jeffreys: sum (m - u) ln(m / u)
    assert evidence_weight(shares) + exoneration(shares) == pytest.approx((m - u) @ np.log(m / u))


def test_wrong_codes_take_weight_away_until_nothing_is_left():
    shares = level_shares(np.array([20.0, 0, 80.0, 0, 0]), np.array([80.0, 0, 20.0, 0, 0]))
    weights = [evidence_weight(attenuated(shares, wrong)) for wrong in (0.0, 0.1, 0.5, 1.0)]
    assert weights[0] == evidence_weight(shares)
    assert weights == sorted(weights, reverse=True)
    assert weights[-1] == pytest.approx(0.0, abs=1e-12)


def test_a_known_weight_is_recovered_within_its_interval():
    pairs = invented_pairs({"item_a": (EVEN, 0.8)}, seed=1, n_series=150, n_unsolved=600)
    found = measured(pairs, "item_a")
    low, high = interval(found.draws)
    assert found.n_linked == 150 * 10  # five crimes make ten pairs
    assert found.n_groups == 150
    assert low < weight_of(EVEN, 0.8) < high
    assert found.evidence_weight == pytest.approx(weight_of(EVEN, 0.8), abs=0.12)


def test_intervals_hold_the_truth_about_as_often_as_they_say():
    truth, held = weight_of(EVEN, 0.7), 0
    for seed in range(60):
        pairs = invented_pairs({"item_a": (EVEN, 0.7)}, seed, n_series=30, n_unsolved=100)
        low, high = interval(measured(pairs, "item_a", n_resamples=200).draws)
        held += low <= truth <= high
    # Of 60 intervals of 95%, 57 are expected; percentile intervals of thirty groups hold a little less.
    assert held >= 50


def test_an_item_that_says_nothing_weighs_nothing_on_average():
    force = {"n_series": 10, "n_unsolved": 100}
    found = [
        measured(invented_pairs({"item_a": ((0.6, 0.3, 0.1), 0.0)}, seed, **force), "item_a", n_resamples=1)
        for seed in range(60)
    ]
    weights, chance = np.array([one.evidence_weight for one in found]), np.array([one.chance_weight for one in found])
    assert (chance > 0).all()  # without taking it off every item would look informative
    assert abs(weights.mean()) < 0.5 * chance.mean()


def test_coverage_is_counted_and_is_not_the_square_of_completeness():
    crimes, series = invented_force({"item_a": (EVEN, 0.5)}, seed=2)
    whole_series_lost = crimes["crime_id"].isin(series["crime_id"][series["person_id"].isin(["p0", "p1", "p2", "p3"])])
    crimes["item_a"] = crimes["item_a"].mask(whole_series_lost, None)
    found = measured(pairs_of(crimes, series), "item_a")
    # 4 of 40 offenders lost all, so 36 of 40 linked pairs have it; 20 of 500 crimes lack it.
    assert found.coverage_linked == pytest.approx(0.9)
    assert (found.n_crimes, found.n_recorded) == (500, 480)
    assert found.coverage == pytest.approx(0.96**2, abs=0.01)
    assert found.evidence_lost == pytest.approx(found.evidence_weight * (1 - found.coverage))


def test_an_item_that_nobody_recorded_has_no_weight():
    crimes, series = invented_force({"item_a": (EVEN, 0.5)}, seed=2)
    found = measured(pairs_of(crimes.assign(item_a=None), series), "item_a")
    assert (found.n_linked, found.n_recorded, found.coverage) == (0, 0, 0.0)
    assert np.isnan([found.evidence_weight, found.reliable_weight, *interval(found.draws)]).all()


def test_crimes_that_are_never_asked_are_no_gap():
    crimes, series = invented_force({"item_a": (EVEN, 0.5)}, seed=2)
    crimes.loc[:99, "item_a"] = "not_applicable"
    found = measured(pairs_of(crimes, series), "item_a")
    assert (found.n_crimes, found.n_recorded, found.coverage, found.coverage_linked) == (400, 400, 1.0, 1.0)


def test_the_order_of_crimes_makes_no_difference():
    crimes, series = invented_force({"item_a": (EVEN, 0.6)}, seed=3)
    crimes["item_a"] = lose(crimes["item_a"], 0.3, 1)
    one = measured(pairs_of(crimes, series), "item_a")
    other = measured(pairs_of(crimes.sample(frac=1, random_state=1), series.sample(frac=1, random_state=2)), "item_a")
    assert one.evidence_weight == other.evidence_weight
    assert one.draws.tolist() == other.draws.tolist()
