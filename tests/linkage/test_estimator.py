"""What holds of every model: scikit-learn's own checks, labels of any kind, weights, and errors in words."""

import pickle
import subprocess
import sys
import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import DataConversionWarning, NotFittedError
from sklearn.model_selection import cross_val_score
from sklearn.utils.estimator_checks import parametrize_with_checks

from linkage.additive import AdditiveBayesFactor
from linkage.bayes_factors import HistogramBayesFactor
from linkage.boosted import BoostedBayesFactor
from linkage.histogram_term import BayesFactorError
from linkage.plain_logistic import PlainLogistic

MODELS = (
    HistogramBayesFactor(n_bins=6, df=4.0),
    AdditiveBayesFactor(n_knots=5),
    PlainLogistic(),
    BoostedBayesFactor(max_iter=6, learning_rate=0.3, n_folds=3),
)
NAMED = [pytest.param(model, id=type(model).__name__) for model in MODELS]
DO_NOT_APPLY = {
    "HistogramBayesFactor": {
        "check_sample_weight_equivalence_on_dense_data": "edges are quantiles of pairs whatever they weigh, as in R"
    },
    "BoostedBayesFactor": {
        "check_sample_weight_equivalence_on_dense_data": "a pair that is there twice is in two folds and two leaves"
    },
}


def _checks():
    with warnings.catch_warnings():  # on purpose: the base class of scikit-learn costs seconds to import
        warnings.filterwarnings("ignore", ".* does not inherit from `sklearn.base.BaseEstimator`", UserWarning)
        return parametrize_with_checks(
            list(MODELS), expected_failed_checks=lambda model: DO_NOT_APPLY.get(type(model).__name__, {})
        )


@_checks()
def test_every_model_passes_the_checks_of_scikit_learn(estimator, check):
    check(estimator)


@pytest.fixture(scope="module")
def pairs():
    rng = np.random.default_rng(3)
    linked = rng.random(600) < 0.3
    distance = np.where(linked, rng.exponential(1.0, 600), rng.uniform(0.0, 8.0, 600))
    match = np.where(rng.random(600) < np.where(linked, 0.7, 0.3), "match", "differ")
    evidence = pd.DataFrame({"distance_km": distance, "match_entry": pd.Categorical(match)})
    evidence.loc[::9, "distance_km"] = np.nan
    evidence.loc[::11, "match_entry"] = None
    return evidence, linked


@pytest.mark.parametrize("model", NAMED)
def test_labels_of_any_kind_teach_the_same_and_come_back(model, pairs):
    evidence, linked = pairs
    plain = clone(model).fit(evidence, linked)
    assert plain.predict(evidence).dtype == bool
    for labels in (linked.astype(int), np.where(linked, "linked", "apart"), pd.Series(linked, dtype=object)):
        other = clone(model).fit(evidence, labels)
        np.testing.assert_array_equal(other.decision_function(evidence), plain.decision_function(evidence))
        np.testing.assert_array_equal(other.predict(evidence) == other.classes_[1], plain.predict(evidence))


@pytest.mark.parametrize("model", NAMED)
def test_columns_are_found_by_name_and_others_are_left_alone(model, pairs):
    evidence, linked = pairs
    fitted = clone(model).fit(evidence, linked)
    turned = evidence[["match_entry", "distance_km"]].assign(note="x")
    np.testing.assert_array_equal(fitted.decision_function(turned), fitted.decision_function(evidence))
    assert fitted.feature_names_in_.tolist() == ["distance_km", "match_entry"]
    numbered = clone(model).fit(evidence.set_axis([0, 1], axis=1), linked)
    assert numbered.feature_names_in_.tolist() == ["0", "1"]


@pytest.mark.parametrize("model", NAMED)
def test_each_model_survives_pickling_and_a_second_fit(model, pairs):
    evidence, linked = pairs
    fitted = clone(model).fit(evidence, linked)
    log_bf = fitted.decision_function(evidence)
    again = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(again.decision_function(evidence), log_bf)
    np.testing.assert_array_equal(again.fit(evidence, linked).decision_function(evidence), log_bf)


@pytest.mark.parametrize("model", NAMED)
def test_pairs_of_weight_zero_teach_nothing(model, pairs):
    evidence, linked = pairs
    kept = np.arange(len(evidence)) % 4 > 0
    some, odd = evidence[kept].reset_index(drop=True), evidence.copy()
    odd.loc[~kept, "distance_km"] = evidence["distance_km"].median()  # of the quantiles' own, which count every pair
    odd["match_entry"] = odd["match_entry"].astype(object).where(kept, "strange")
    weighted = clone(model).fit(odd, linked, kept.astype(float))
    if not isinstance(model, HistogramBayesFactor):
        alone = clone(model).fit(some, linked[kept])
        np.testing.assert_allclose(weighted.decision_function(some), alone.decision_function(some), atol=1e-9)
    strange = pd.DataFrame({"distance_km": [1.0, 1.0], "match_entry": ["strange", None]})
    np.testing.assert_allclose(*weighted.decision_function(strange), atol=1e-9)


@pytest.mark.parametrize("model", NAMED)
def test_scikit_learn_can_judge_a_model_by_its_log_bayes_factors(model, pairs):
    evidence, linked = pairs
    assert cross_val_score(clone(model), evidence, linked, scoring="roc_auc", cv=3).mean() > 0.8


@pytest.mark.parametrize("model", NAMED)
def test_what_cannot_be_learned_from_is_refused_in_words(model, pairs):
    evidence, linked = pairs
    unfitted = clone(model)
    with pytest.raises(NotFittedError, match=f"got a {type(model).__name__} without terms; call fit"):
        unfitted.decision_function(evidence)
    cases = [
        (None, None, "is_linked: expected a label for each pair, got none"),
        (linked[:-1], None, "expected 600 values, got shapes"),
        (np.zeros(600, dtype=bool), None, "got 0 linked of 600; one class teaches nothing"),
        (np.arange(600) % 3, None, "got 3 labels; compare one with the rest"),
        (np.linspace(0, 1, 600), None, "Unknown label type: continuous; say of each pair whether it is linked"),
        (linked, np.zeros(600), "sample_weight: expected a weight above zero"),
        (linked, np.full(600, -1.0), "sample_weight: expected finite weights of 0 or more"),
        (linked, np.full(600, np.nan), "sample_weight: expected finite weights of 0 or more"),
    ]
    for labels, weight, words in cases:
        with pytest.raises(BayesFactorError, match=words):
            unfitted.fit(evidence, labels, weight)
    with pytest.raises(BayesFactorError, match="got infinite in distance_km; make what is not known missing"):
        unfitted.fit(evidence.assign(distance_km=np.where(linked, np.inf, 1.0)), linked)
    with pytest.raises(BayesFactorError, match="expected each column once, got match_entry again; name it once"):
        unfitted.fit(evidence[["match_entry", "match_entry"]], linked)
    with pytest.warns(DataConversionWarning, match="1d array was expected"):
        fitted = clone(model).fit(evidence, linked[:, None])
    with pytest.raises(BayesFactorError, match="expected columns distance_km, match_entry, got none named match_entry"):
        fitted.decision_function(evidence[["distance_km"]])
    with pytest.raises(BayesFactorError, match="expected 2 columns, got another number"):
        fitted.decision_function(np.zeros((3, 5)))
    with pytest.raises(BayesFactorError, match=r"parameter: expected one of .*, got 'colour'"):
        fitted.set_params(colour="red")


def test_a_model_that_does_not_add_up_says_so(pairs):
    evidence, linked = pairs
    with pytest.raises(BayesFactorError, match="one whose variables act together; explain links with the additive"):
        BoostedBayesFactor(max_iter=3).fit(evidence, linked).log_bf_terms(evidence)


def test_reading_the_models_does_not_import_scikit_learn():
    modules = "linkage.additive, linkage.bayes_factors, linkage.boosted, linkage.plain_logistic, linkage.model_document"
    words = f"import sys, {modules}; print('sklearn' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "False"
