"""Boosting calibrated to a log Bayes factor: true on pairs it has not seen, the same every time, its edges."""

import numpy as np
import pandas as pd
import pytest

from linkage.boosted import BoostedBayesFactor
from linkage.histogram_term import BayesFactorError
from linkage.plain_logistic import PlainLogistic
from linkage.ranking_metrics import auc


def simulated(n, seed):
    """Pairs whose log Bayes factor is known and is no sum of terms.

    It is 0.6 where x and y have the same sign, else log(2 - exp 0.6): of unlinked pairs half have, and exp of it
    averages 1 over them. Neither number alone says anything.
    """
    rng = np.random.default_rng(seed)
    linked = rng.random(n) < 0.25
    x = rng.uniform(-1.0, 1.0, n)
    is_same = rng.random(n) < np.where(linked, np.exp(0.6) / 2.0, 0.5)
    y = rng.random(n) * np.sign(x) * np.where(is_same, 1.0, -1.0)
    truth = np.where(is_same, 0.6, np.log(2.0 - np.exp(0.6)))
    return pd.DataFrame({"x": x, "y": y}), linked, truth


@pytest.fixture(scope="module")
def pairs():
    rng = np.random.default_rng(4)
    linked = rng.random(1_500) < 0.25
    distance = np.where(linked, rng.exponential(2.0, 1_500), rng.uniform(0.0, 10.0, 1_500))
    distance[rng.random(1_500) < 0.1] = np.nan
    match = np.where(rng.random(1_500) < np.where(linked, 0.6, 0.3), "match", "differ").astype(object)
    match[rng.random(1_500) < 0.1] = "missing"
    group = rng.choice(["a|a", "a|b", "b|b"], 1_500)
    return pd.DataFrame({"distance_km": distance, "match_entry": match, "crime_group_pair": group}), linked


def test_what_two_variables_say_only_together_is_found_again():
    evidence, linked, _ = simulated(20_000, 1)
    new, new_linked, truth = simulated(20_000, 2)
    model = BoostedBayesFactor().fit(evidence, linked)
    log_bf = model.decision_function(new)
    for value in np.unique(truth):
        assert log_bf[truth == value].mean() == pytest.approx(value, abs=0.15)
    plain = PlainLogistic().fit(evidence, linked).decision_function(new)
    assert auc(plain, new_linked) < 0.53
    assert auc(log_bf, new_linked) > 0.98 * auc(truth, new_linked)


def test_log_bayes_factors_are_true_of_pairs_that_were_not_seen():
    # A regression of new labels on the log Bayes factor, less their log odds, has slope 1 and no intercept.
    evidence, linked, _ = simulated(20_000, 5)
    new, new_linked, _ = simulated(50_000, 6)
    log_bf = BoostedBayesFactor(max_iter=200, learning_rate=0.2).fit(evidence, linked).decision_function(new)
    line = PlainLogistic().fit(pd.DataFrame({"log_bf": log_bf}), new_linked)
    term = line.terms_["log_bf"]
    assert term.slope == pytest.approx(1.0, abs=0.15)
    assert line.base_log_bf_ - term.slope * term.mean == pytest.approx(0.0, abs=0.05)


def test_noise_says_nothing():
    rng = np.random.default_rng(7)
    evidence = pd.DataFrame(rng.normal(size=(2_000, 3)), columns=["x", "y", "z"])
    log_bf = BoostedBayesFactor().fit(evidence, rng.random(2_000) < 0.2).decision_function(evidence)
    assert np.abs(log_bf).max() < 0.5


def test_groups_keep_the_pairs_of_a_series_in_one_fold():
    # Every pair is there six times, to the letter: by pair the trees know each held-out one, by group they do not.
    rng = np.random.default_rng(8)
    evidence = pd.DataFrame(rng.normal(size=(150, 2)), columns=["x", "y"]).iloc[np.repeat(np.arange(150), 6)]
    linked = np.repeat(rng.random(150) < 0.4, 6)
    settings = {"max_iter": 150, "min_samples_leaf": 5, "learning_rate": 0.2}
    by_pair = BoostedBayesFactor(**settings).fit(evidence, linked)
    by_group = BoostedBayesFactor(**settings).fit(evidence, linked, groups=np.repeat(np.arange(150), 6).astype(str))
    assert np.abs(by_pair.decision_function(evidence)).mean() > 2.0
    assert np.abs(by_group.decision_function(evidence)).mean() < 0.5
    names = np.repeat(rng.permutation(150), 6)
    renamed = BoostedBayesFactor(**settings).fit(evidence, linked, groups=names)
    np.testing.assert_array_equal(renamed.decision_function(evidence), by_group.decision_function(evidence))


def test_the_same_pairs_give_the_same_model_and_the_seed_moves_only_the_folds(pairs):
    evidence, linked = pairs
    one, again, other = (BoostedBayesFactor(random_state=seed).fit(evidence, linked) for seed in (0, 0, 1))
    np.testing.assert_array_equal(one.decision_function(evidence), again.decision_function(evidence))
    np.testing.assert_array_equal(one.trees_.value, other.trees_.value)
    assert one.slope_ != other.slope_


def test_nearness_and_likeness_only_speak_for_a_link(pairs):
    evidence, linked = pairs
    model = BoostedBayesFactor().fit(evidence, linked)
    distances = np.linspace(0.0, 12.0, 200)
    along = pd.DataFrame({"distance_km": distances, "match_entry": "match", "crime_group_pair": "a|b"})
    log_bf = model.decision_function(along)
    assert (np.diff(log_bf) <= 0).all()
    assert log_bf[0] > 1.0 > -1.0 > log_bf[-1]
    assert (model.decision_function(along.assign(match_entry="differ")) <= log_bf).all()
    assert model.columns_["match_entry"].is_ordered
    assert model.columns_["crime_group_pair"] == (("a|a", "a|b", "b|b"), False)
    wild = evidence.assign(distance_km=np.where(evidence["distance_km"] < 1.0, 9.0, evidence["distance_km"]))
    free = BoostedBayesFactor(monotone=False, min_samples_leaf=5).fit(wild, linked)
    assert (np.diff(free.decision_function(along)) > 0).any()


def test_missing_not_applicable_and_unseen_values_are_alike(pairs):
    evidence, linked = pairs
    model = BoostedBayesFactor().fit(evidence, linked)
    strange = ["missing", "not_applicable", "never seen", None]
    new = pd.DataFrame({"distance_km": [np.nan] * 4, "match_entry": strange, "crime_group_pair": strange})
    log_bf = model.decision_function(new)
    assert np.isfinite(log_bf).all()
    assert (log_bf == log_bf[0]).all()


def test_columns_without_values_and_with_many_levels_are_taken(pairs):
    evidence, linked = pairs
    many = np.array([f"v{i:03d}" for i in range(400)])[np.arange(1_500) % 400]
    nothing = pd.Series([None] * 1_500, dtype=object)
    frame = evidence.assign(gap_days=np.nan, match_none=nothing, gap_same=4.0, many=many)
    model = BoostedBayesFactor(max_iter=10).fit(frame, linked)
    assert len(model.columns_["many"].levels) == 254
    assert model.columns_["many"].levels[:2] == ("v000", "v001")  # those of four pairs; v300 and on are of three
    assert np.isfinite(model.decision_function(frame)).all()


def test_order_of_rows_and_types_of_columns_do_not_reach_the_trees(pairs):
    evidence, linked = pairs
    order = np.random.default_rng(1).permutation(len(evidence))
    straight = BoostedBayesFactor().fit(evidence, linked)
    shuffled = BoostedBayesFactor().fit(evidence.iloc[order], linked[order])
    margins = [(m.decision_function(evidence) - m.intercept_) / m.slope_ for m in (straight, shuffled)]
    np.testing.assert_allclose(*margins, atol=1e-6)  # only the folds differ
    typed = evidence.astype({"match_entry": "category", "crime_group_pair": "str"})
    np.testing.assert_array_equal(
        BoostedBayesFactor().fit(typed, linked).decision_function(typed), straight.decision_function(evidence)
    )


def test_few_pairs_make_fewer_folds_and_too_few_are_refused_in_words(pairs):
    evidence, linked = pairs
    few = np.concatenate([np.flatnonzero(linked)[:2], np.flatnonzero(~linked)[:30]])
    model = BoostedBayesFactor(min_samples_leaf=1).fit(evidence.iloc[few], linked[few])
    assert np.isfinite(model.decision_function(evidence)).all()
    with pytest.raises(
        BayesFactorError, match=r"of two groups or more .*, got 1 linked of 31 pairs, of 1 in the rarer"
    ):
        BoostedBayesFactor().fit(evidence.iloc[few[1:]], linked[few[1:]])
    with pytest.raises(BayesFactorError, match="got 2 linked of 32 pairs, of 1 in the rarer class; use a model"):
        BoostedBayesFactor().fit(evidence.iloc[few], linked[few], groups=np.zeros(32))
    with pytest.raises(BayesFactorError, match="n_folds: expected 2 or more, got 1; 5 is usual"):
        BoostedBayesFactor(n_folds=1).fit(evidence, linked)
    with pytest.raises(BayesFactorError, match=r"groups: expected 1500 labels, got shape \(3,\); give one a pair"):
        BoostedBayesFactor().fit(evidence, linked, groups=[1, 2, 3])
    with pytest.raises(ValueError, match=r"'learning_rate' parameter .* must be a float"):
        BoostedBayesFactor(learning_rate=-1.0).fit(evidence, linked)
