"""The plain baseline is the logistic regression of R and of scikit-learn."""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from linkage.additive import BASE
from linkage.histogram_term import BayesFactorError
from linkage.plain_logistic import LOG_OFFSETS, PlainLogistic


@pytest.fixture(scope="module")
def training(reference, reference_evidence, reference_pairs):
    train = pd.read_csv(reference / "train_index.csv")["train"].to_numpy() == 1
    pairs = reference_pairs[train]
    return reference_evidence[train], pairs["is_linked"].to_numpy(), pairs["weight"].to_numpy()


def test_the_coefficients_and_predictions_are_those_of_r(reference, training, reference_evidence):
    evidence, linked, weight = training
    model = PlainLogistic().fit(evidence, linked, weight)
    table = pd.read_csv(reference / "logistic_coef.csv").query("model == 'full'")["estimate"].to_numpy()
    slopes = [term.slope if term.is_continuous else term.log_bf[1] for term in model.terms_.values()]
    np.testing.assert_allclose(slopes, table[1:], rtol=1e-6, atol=0)
    prior = np.log(weight[linked].sum() / weight[~linked].sum())
    theirs = pd.read_csv(reference / "predictions_other_models.csv")["logistic_full"]
    np.testing.assert_allclose(model.decision_function(reference_evidence) + prior, theirs, rtol=0, atol=1e-6)


def test_it_is_the_logistic_regression_of_scikit_learn(training):
    evidence, linked, weight = training
    x = evidence.astype(float)
    theirs = LogisticRegression(C=np.inf, tol=1e-12, solver="newton-cholesky").fit(x, linked, sample_weight=weight)
    prior = np.log(weight[linked].sum() / weight[~linked].sum())
    mine = PlainLogistic().fit(evidence, linked, weight).decision_function(evidence) + prior
    np.testing.assert_allclose(mine, theirs.decision_function(x), rtol=0, atol=1e-6)


def test_logarithms_of_distance_and_gap_are_those_numbers_given_to_the_plain_one(training):
    evidence, linked, weight = training
    by_hand = evidence.assign(**{name: np.log(evidence[name] + offset) for name, offset in LOG_OFFSETS.items()})
    expected = PlainLogistic().fit(by_hand, linked, weight).decision_function(by_hand)
    model = PlainLogistic("log").fit(evidence, linked, weight)
    np.testing.assert_allclose(model.decision_function(evidence), expected, atol=1e-9)
    assert [not np.isnan(term.log_offset) for term in model.terms_.values()] == [True, True] + [False] * 5


def test_terms_add_up_and_a_known_slope_is_found_again():
    # Linked x ~ N(1, 1), unlinked N(0, 1): the log Bayes factor is x - 1/2. Matches 0.5 against 0.25: ln 2 and
    # ln(2/3), ln 3 apart. 30,000 linked pairs tell a slope to 0.01.
    rng = np.random.default_rng(1)
    linked = rng.random(100_000) < 0.3
    match = rng.random(100_000) < np.where(linked, 0.5, 0.25)
    evidence = pd.DataFrame({"x": rng.normal(size=100_000) + linked, "m": np.where(match, "match", "differ")})
    model = PlainLogistic().fit(evidence, linked)
    assert model.terms_["x"].slope == pytest.approx(1.0, abs=0.04)
    assert model.terms_["m"].levels == ("differ", "match")
    np.testing.assert_allclose(model.terms_["m"].log_bf, [0.0, np.log(3.0)], atol=0.06)
    terms = model.log_bf_terms(evidence)
    assert list(terms) == ["x", "m", BASE]
    np.testing.assert_allclose(terms.sum(axis=1), model.decision_function(evidence), atol=1e-12)
    truth = evidence["x"] - 0.5 + np.where(match, np.log(2.0), np.log(2.0 / 3.0))
    np.testing.assert_allclose(model.decision_function(evidence), truth, atol=0.15)


def test_what_is_missing_stands_at_the_mean_and_says_nothing():
    rng = np.random.default_rng(2)
    linked = rng.random(500) < 0.4
    evidence = pd.DataFrame({"x": rng.normal(size=500) + linked, "m": rng.choice(["a", "b", "c"], 500).astype(object)})
    evidence.loc[::4, ["x", "m"]] = None
    evidence["x"] = evidence["x"].astype(float)
    model = PlainLogistic().fit(evidence, linked)
    new = pd.DataFrame({"x": [np.nan, evidence["x"].mean(), 0.0], "m": ["never seen", "a", "not_applicable"]})
    terms = model.log_bf_terms(new)
    np.testing.assert_allclose(terms["x"].iloc[:2], 0.0, atol=1e-12)
    assert terms["m"].tolist() == [0.0, 0.0, 0.0]
    filled = evidence.assign(x=evidence["x"].fillna(evidence["x"].mean()))
    np.testing.assert_allclose(
        PlainLogistic().fit(filled, linked).decision_function(filled), model.decision_function(evidence), atol=1e-9
    )


def test_units_and_order_change_nothing():
    rng = np.random.default_rng(3)
    linked = rng.random(300) < 0.4
    evidence = pd.DataFrame({"x": rng.normal(size=300) + linked, "y": rng.random(300)})
    expected = PlainLogistic().fit(evidence, linked).decision_function(evidence)
    other = evidence.assign(x=evidence["x"] * 1e6 + 7.0, y=evidence["y"] * 1e-6)[["y", "x"]]
    order = rng.permutation(300)
    model = PlainLogistic().fit(other.iloc[order], linked[order])
    np.testing.assert_allclose(model.decision_function(other), expected, atol=1e-7)


def test_separated_classes_constant_and_doubled_columns_stay_finite():
    linked = np.arange(40) < 15
    evidence = pd.DataFrame({"x": np.arange(40.0), "same": 1e9 + 0.1, "none": np.nan, "m": np.where(linked, "a", "b")})
    evidence["x_again"] = evidence["x"]
    model = PlainLogistic().fit(evidence, linked)
    log_bf = model.decision_function(evidence)
    assert np.isfinite(log_bf).all()
    assert (log_bf[linked] > 5).all()
    assert (log_bf[~linked] < -5).all()
    terms = model.log_bf_terms(evidence)
    np.testing.assert_allclose(terms[["same", "none"]], 0.0, atol=1e-9)
    assert model.terms_["x"].slope == pytest.approx(model.terms_["x_again"].slope)


def test_an_unknown_scale_is_refused_in_words():
    with pytest.raises(BayesFactorError, match="scale: expected linear or log, got 'root'; choose one of these"):
        PlainLogistic("root").fit(pd.DataFrame({"x": [1.0, 2.0]}), [True, False])
