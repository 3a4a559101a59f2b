"""Training for a force: what is calibrated, on what, and which prior counts."""

import numpy as np
import pandas as pd
import pytest

from linkage.calibration import CalibratedBayesFactor
from linkage.calibration_metrics import calibration_slope
from linkage.contender import Contender
from linkage.evidence_spec import evidence_columns
from linkage.model_kinds import ModelKindError, model_plan
from linkage.pair_scores import posterior_probability
from linkage.training import train

TRUE_LOG_ODDS = -6.0


def drawn(is_linked: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
    """Two variables that say the same: naive Bayes counts it twice. Their log BF is 3 x, with x ~ N(+-1.5, 1)."""
    x = rng.normal(np.where(is_linked, 1.5, -1.5), 1.0)
    return pd.DataFrame({"distance_km": -x, "gap_days": -x})


def solved(n_series: int, rng: np.random.Generator, n_crimes: int = 3):
    """Series of a few crimes with all their linked pairs, and twice as many unlinked pairs between neighbours."""
    groups, rows = {}, []
    for series in range(n_series):
        crimes = [f"C{series:04d}{crime}" for crime in range(n_crimes)]
        groups |= dict.fromkeys(crimes, str(series))
        inside = [(crimes[i], crimes[j], True) for i in range(n_crimes) for j in range(i + 1, n_crimes)]
        other = [(crime, f"C{(series + 1) % n_series:04d}{k}", False) for crime in crimes for k in range(2)]
        rows += [(*pair, 1.0 / len(inside)) for pair in inside] + [(*pair, 1.0) for pair in other]
    pairs = pd.DataFrame(rows, columns=["crime_id_1", "crime_id_2", "is_linked", "weight"])
    return pairs, drawn(pairs["is_linked"].to_numpy(), rng), pd.Series(groups)


def population(n: int, rng: np.random.Generator) -> tuple[np.ndarray, pd.DataFrame]:
    is_linked = rng.random(n) < posterior_probability(0.0, TRUE_LOG_ODDS)
    return is_linked, drawn(is_linked, rng)


@pytest.mark.parametrize("kind", ["histogram", "additive"])
def test_what_is_counted_twice_is_calibrated_on_pairs_that_nobody_labelled(kind):
    rng = np.random.default_rng(1)
    pairs, evidence, groups = solved(600, rng)
    _, sample = population(200_000, rng)
    contender = Contender(model_plan(kind, (), {}).contender.make)
    trained = train(contender, pairs, evidence, groups, sample, np.ones(len(sample)), TRUE_LOG_ODDS, rng)
    truth, new = population(400_000, rng)
    log_odds = trained.model.decision_function(new) + trained.prior_log_odds
    assert calibration_slope(log_odds, truth) == pytest.approx(1.0, abs=0.12)
    if kind == "additive":  # the steps of a histogram stand elsewhere in every fold: its slope is mended, not its steps
        p = posterior_probability(log_odds, 0.0)
        for low, high in ((0.005, 0.1), (0.1, 0.2), (0.2, 0.9)):
            band = (p >= low) & (p < high)
            assert truth[band].mean() / p[band].mean() == pytest.approx(1.0, abs=0.25)


def test_a_prior_that_the_sample_contradicts_is_lowered_and_one_below_it_is_kept():
    rng = np.random.default_rng(2)
    pairs, evidence, groups = solved(600, rng)
    _, sample = population(200_000, rng)
    contender, ones = Contender(model_plan("additive", (), {}).contender.make), np.ones(len(sample))
    too_high = train(contender, pairs, evidence, groups, sample, ones, -3.0, np.random.default_rng(3))
    low = train(contender, pairs, evidence, groups, sample, ones, -8.0, np.random.default_rng(3))
    assert too_high.prior_log_odds == pytest.approx(TRUE_LOG_ODDS, abs=0.5)
    assert low.prior_log_odds == -8.0


def test_one_known_series_is_learned_from_and_left_uncalibrated():
    rng = np.random.default_rng(4)
    pairs, evidence, groups = solved(40, rng)
    keep = ~pairs["is_linked"] | (pairs["crime_id_1"].str[:5] == "C0000")
    _, sample = population(1_000, rng)
    contender = Contender(model_plan("histogram", (), {}).contender.make)
    trained = train(contender, pairs[keep], evidence[keep], groups, sample, np.ones(len(sample)), -6.0, rng)
    assert not isinstance(trained.model, CalibratedBayesFactor)
    assert trained.prior_log_odds == -6.0


def test_the_same_generator_state_trains_the_same_model():
    pairs, evidence, groups = solved(60, np.random.default_rng(5))
    _, sample = population(5_000, np.random.default_rng(6))
    contender = Contender(model_plan("additive", (), {}).contender.make)
    one, two = (
        train(contender, pairs, evidence, groups, sample, np.ones(len(sample)), -6.0, np.random.default_rng(7))
        for _ in range(2)
    )
    np.testing.assert_array_equal(one.model.decision_function(evidence), two.model.decision_function(evidence))


def test_a_kind_that_there_is_not_is_refused_in_words():
    with pytest.raises(ModelKindError, match="kind: expected one of additive, histogram, got 'forest'"):
        model_plan("forest", (), {})


def test_the_additive_model_reads_crowding_and_rarity_and_people_still_see_distance_and_matches():
    plan = model_plan("additive", ("entry_point",), {})
    read = {"nearer_share", "gap_days", "tod_gap_hours", "dow_gap_days", "agreement_entry_point", "crime_group_pair"}
    assert set(plan.contender.columns) == read
    assert {"distance_km", "match_entry_point"} <= set(evidence_columns(plan.spec))
    assert plan.spec.items == ("entry_point",)
