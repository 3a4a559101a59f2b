"""Models trained on one side and scored on the other, and the pairs that a split leaves out stood for."""

import numpy as np
import pandas as pd
import pytest

from linkage.calibration_metrics import calibration_intercept
from linkage.evaluation_inputs import EvaluationError
from linkage.held_out_scores import (
    Contender,
    PairPool,
    check_columns,
    scores_by_group,
    scores_by_time,
    scores_of_split,
)
from linkage.ranking_metrics import prevalence
from linkage.splits import before_or_after, held_out_groups, sides, time_cut


class Oracle:
    """Knows that x is N(1, 1) for linked and N(-1, 1) for unlinked pairs: its log Bayes factor is 2x."""

    def fit(self, evidence, is_linked, sample_weight):
        self.n_trained_ = len(evidence), int(np.sum(is_linked)), float(np.sum(sample_weight))
        return self

    def decision_function(self, evidence):
        return 2.0 * evidence["x"].to_numpy()


def force(n_groups: int, seed: int = 0) -> tuple[pd.DataFrame, pd.DataFrame, pd.Series, pd.Series]:
    """Return all pairs of four crimes a group, their evidence, the groups and the times."""
    rng = np.random.default_rng(seed)
    ids = [f"C{i:03d}" for i in range(4 * n_groups)]
    groups = pd.Series(np.repeat(np.arange(n_groups), 4).astype(str), index=ids)
    event_at = pd.Series(pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 365, len(ids)), "D"), index=ids)
    first, second = np.triu_indices(len(ids), 1)
    linked = groups.to_numpy()[first] == groups.to_numpy()[second]
    pairs = pd.DataFrame({"crime_id_1": np.array(ids)[first], "crime_id_2": np.array(ids)[second], "weight": 0.5})
    evidence = pd.DataFrame({"x": np.where(linked, 1.0, -1.0) + rng.normal(size=len(linked)), "other": 0.0})
    return pairs.assign(is_linked=linked), evidence, groups, event_at


def test_the_model_learns_on_one_side_and_is_asked_about_the_other():
    pairs, evidence, groups, _ = force(10)
    made = []

    def make() -> Oracle:
        made.append(Oracle())
        return made[-1]

    assignment = sides(pairs, groups, held_out_groups(pairs, groups, 0.3, np.random.default_rng(0)))
    got = scores_of_split({"oracle": Contender(make)}, pairs, evidence, assignment, prior_log_odds=-2.0)
    # Seven groups of four train: 28 crimes, 7 x 6 linked pairs; three are held out: 12 crimes.
    assert made[0].n_trained_ == (28 * 27 / 2, 42, 28 * 27 / 4)
    assert got.is_test.sum() == 12 * 11 / 2
    np.testing.assert_allclose(got.log_odds["oracle"], 2 * evidence["x"][got.is_test] - 2.0)
    assert (got.size == 1).all()


def test_without_a_prior_it_is_that_of_the_training_pairs():
    pairs, evidence, groups, event_at = force(10)
    held_out = held_out_groups(pairs, groups, 0.3, np.random.default_rng(0))
    oracle = {"oracle": Contender(Oracle, ("x",))}
    plain = scores_of_split(oracle, pairs, evidence, sides(pairs, groups, held_out))
    expected = np.log(42 / (28 * 27 / 2 - 42))
    np.testing.assert_allclose(plain.log_odds["oracle"] - 2 * evidence["x"][plain.is_test], expected)
    cut = time_cut(pairs, event_at, 0.3)
    later = scores_by_time(oracle, pairs, evidence, event_at, cut)
    early = pairs.loc[before_or_after(pairs, event_at, cut) == 1, "is_linked"]
    expected = np.log(early.sum() / (~early).sum())
    np.testing.assert_allclose(later.log_odds["oracle"] - 2 * evidence["x"][later.is_test], expected)


def test_what_straddles_a_split_is_stood_for():
    pairs, evidence, groups, _ = force(10)
    pool = PairPool(pairs, evidence, np.ones(len(pairs)))
    held_out = held_out_groups(pairs, groups, 0.3, np.random.default_rng(0))
    got = scores_by_group({"oracle": Contender(Oracle)}, pairs, evidence, groups, held_out, pool)
    truth = pairs["is_linked"].to_numpy()[got.is_test]
    assert got.size[truth].tolist() == [1.0] * 18
    # Three of ten groups keep 3 x 2 of 10 x 9 pairs of groups, but 3 of 10 groups: each counts 9 / 2 times.
    assert set(got.size[~truth]) == {9 / 2}
    assert prevalence(truth, got.size) == pytest.approx(pairs["is_linked"].mean())
    prior = got.log_odds["oracle"] - 2 * evidence["x"][got.is_test]
    odds = pairs["is_linked"].mean() / (1 - pairs["is_linked"].mean())
    np.testing.assert_allclose(prior, np.log(odds))


def test_a_right_model_is_calibrated_on_held_out_groups_at_natural_prevalence():
    shifts = {"natural": [], "as drawn": []}
    for seed in range(20):
        pairs, evidence, groups, _ = force(40, seed)
        pool = PairPool(pairs, evidence, np.ones(len(pairs)))
        oracle = {"oracle": Contender(Oracle)}
        held_out = held_out_groups(pairs, groups, 0.3, np.random.default_rng(seed))
        natural = scores_by_group(oracle, pairs, evidence, groups, held_out, pool)
        truth = pairs["is_linked"].to_numpy()[natural.is_test]
        shifts["natural"].append(calibration_intercept(natural.log_odds["oracle"], truth, natural.size))
        drawn = scores_of_split(oracle, pairs, evidence, sides(pairs, groups, held_out))
        shifts["as drawn"].append(calibration_intercept(drawn.log_odds["oracle"], truth))
    assert np.mean(shifts["natural"]) == pytest.approx(0.0, abs=0.1)
    # Without it held-out links look commoner than those trained on, by the log of 27 / 11 groups to be unlinked with.
    assert np.mean(shifts["as drawn"]) == pytest.approx(np.log(27 / 11), abs=0.1)


def test_a_model_sees_its_own_columns_alone():
    evidence = force(2)[1]
    assert list(Contender(Oracle, ("x",)).seen(evidence)) == ["x"]
    assert list(Contender(Oracle).seen(evidence)) == ["x", "other"]
    with pytest.raises(EvaluationError, match="expected evidence columns of odd, got none named y, z"):
        check_columns({"odd": Contender(Oracle, ("x", "y", "z"))}, evidence)
