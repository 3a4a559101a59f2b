"""A model that leaves as JSON comes back exactly, whatever its kind."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from linkage.additive import AdditiveBayesFactor
from linkage.bayes_factors import HistogramBayesFactor
from linkage.boosted import BoostedBayesFactor
from linkage.calibration import CalibratedBayesFactor, Calibration
from linkage.evidence import EvidenceSpec
from linkage.histogram_term import BayesFactorError
from linkage.model_document import (
    ModelDocumentError,
    from_document,
    model_version,
    to_document,
    training_fingerprint,
)
from linkage.plain_logistic import PlainLogistic

SPEC = EvidenceSpec(("MO1", "MO2", "MO3"), overlap=("taken",), rarity={"taken": {"cash": 0.1, "it's": 2.0}})


def _holed(evidence: pd.DataFrame) -> pd.DataFrame:
    """The reference's evidence with holes, a quote in a level, and values beyond what training saw."""
    frame = evidence.copy()
    rows = np.arange(len(frame))
    frame["gap_days"] = frame["gap_days"].where(rows % 7 != 0)
    frame["match_MO1"] = frame["match_MO1"].cat.rename_categories({"0": "o'clock", "1": "match"})
    frame["match_MO2"] = frame["match_MO2"].astype(object).where(rows % 5 != 0, "missing")
    frame["match_MO3"] = frame["match_MO3"].astype(object).where(rows % 11 != 0, None)
    return frame


@pytest.fixture(scope="module", params=["neutral", "bin"])
def fitted(request, reference_evidence, reference_pairs):
    evidence = _holed(reference_evidence)
    model = HistogramBayesFactor(n_bins={"gap_days": 7}, missing=request.param)
    return model.fit(evidence, reference_pairs["is_linked"], reference_pairs["weight"]), evidence


def _new_evidence(model: HistogramBayesFactor, evidence: pd.DataFrame) -> pd.DataFrame:
    edges = model.terms_["distance_km"].edges
    strange = pd.concat([evidence.head(len(edges) + 3).reset_index(drop=True), evidence], ignore_index=True)
    strange.loc[: len(edges) + 2, "distance_km"] = [*edges, -1.0, 1e9, np.nan]
    strange["match_MO1"] = strange["match_MO1"].astype(object).where(strange.index % 13 != 0, "never seen")
    return strange


def test_the_round_trip_through_json_is_exact(fitted, reference_pairs):
    model, evidence = fitted
    document = to_document(model, SPEC, prior_log_odds=-5.691948017009198, training_pairs=reference_pairs)
    back = json.loads(json.dumps(document, allow_nan=False))
    assert back == document
    again, spec = from_document(back)
    assert spec == SPEC
    assert again.get_params() == model.get_params()
    for name, term in model.terms_.items():
        for mine, theirs in zip(term, again.terms_[name], strict=True):
            np.testing.assert_array_equal(mine, theirs)
    new = _new_evidence(model, evidence)
    np.testing.assert_array_equal(again.decision_function(new), model.decision_function(new))
    assert to_document(again, spec, prior_log_odds=-5.691948017009198, training_pairs=reference_pairs) == document


def test_the_prior_stands_beside_the_bayes_factors_and_not_in_them(fitted):
    model, _ = fitted
    without, with_prior = to_document(model, SPEC), to_document(model, SPEC, prior_log_odds=-6.0)
    assert without["prior_log_odds"] is None
    assert with_prior["prior_log_odds"] == -6.0
    assert without["terms"] == with_prior["terms"]


def test_a_class_without_evidence_is_written_as_null_and_comes_back():
    evidence = pd.DataFrame({"gap_days": [np.nan, np.nan, 1.0, 2.0], "distance_km": [1.0, 2.0, 3.0, 4.0]})
    model = HistogramBayesFactor(n_bins=2).fit(evidence, [1, 1, 0, 0])
    document = json.loads(json.dumps(to_document(model, EvidenceSpec(())), allow_nan=False))
    assert document["terms"]["gap_days"]["p_linked"] == [None, None]
    again, _ = from_document(document)
    assert np.isnan(again.terms_["gap_days"].p_linked).all()
    assert list(again.terms_) == ["gap_days", "distance_km"]


def test_the_document_of_a_histogram_is_what_it_always_was():
    # Distances in the terciles [0.5, 5/3], (5/3, 16/3], (16/3, 16]: two linked, one of each, two unlinked. df 2 of 3
    # bins adds (3/3)(3-2)/(2-1) = 1 to each: 3/6, 2/6, 1/6 and the reverse, log BF ln 3, 0, -ln 3.
    evidence = pd.DataFrame({"distance_km": [0.5, 1, 2, 4, 8, 16], "match_MO1": ["a", "a", "b", "a", "b", "b"]})
    model = HistogramBayesFactor(n_bins=3, df=2.0).fit(
        evidence.replace({"a": "match", "b": "differ"}), [1] * 3 + [0] * 3
    )
    document = to_document(model, EvidenceSpec(("MO1",)), prior_log_odds=-6.0)
    assert list(document) == [
        "schema_version", "kind", "evidence", "settings", "training", "prior_log_odds", "terms",
    ]  # fmt: skip
    assert document["kind"] == "histogram-naive-bayes"
    term = document["terms"]["distance_km"]
    assert list(term) == [
        "edges", "has_missing_bin", "n_linked", "n_unlinked", "p_linked", "p_unlinked", "log_bf", "df",
    ]  # fmt: skip
    assert term["edges"] == [0.5, 1.6666666666666665, 5.333333333333332, 16.0]
    np.testing.assert_allclose(term["log_bf"], [np.log(3), 0.0, -np.log(3)], atol=1e-15)
    # The version that this document had before there were other kinds: names of models in force must not change.
    assert model_version(document) == "7fc7234bf83a"


OTHERS = {
    "additive": AdditiveBayesFactor(n_knots={"gap_days": 7}, missing="bin"),
    "plain-logistic": PlainLogistic("log"),
    "boosted": BoostedBayesFactor(max_iter=12),
}
LINE = Calibration(np.array([-3.0, 0.1, 2.0, 4.7]), np.array([-4.1, -0.3, 1.0 / 3.0, 2.9]))


@pytest.fixture(scope="module", params=OTHERS)
def other(request, reference_evidence, reference_pairs):
    evidence = _holed(reference_evidence)
    evidence["crime_group_pair"] = pd.Categorical(np.array(["a|a", "a|b", "b|b"])[np.arange(len(evidence)) % 3])
    model = clone(OTHERS[request.param]).fit(evidence, reference_pairs["is_linked"], reference_pairs["weight"])
    return request.param, model, evidence


def _strange(evidence: pd.DataFrame) -> pd.DataFrame:
    strange = evidence.head(200).reset_index(drop=True).astype({"match_MO1": object, "crime_group_pair": object})
    strange.loc[:2, "distance_km"] = [-1.0, 1e9, np.nan]
    strange.loc[5:9, "match_MO1"] = ["never seen", "missing", "not_applicable", None, "match"]
    strange.loc[3:4, "crime_group_pair"] = ["c|d", None]
    return strange


@pytest.mark.parametrize("is_calibrated", [False, True])
def test_every_kind_of_model_comes_back_exactly(other, is_calibrated, reference_pairs):
    kind, model, evidence = other
    spec = replace(SPEC, crime_group=True)
    given = CalibratedBayesFactor(model, LINE) if is_calibrated else model
    document = to_document(given, spec, prior_log_odds=-5.691948017009198, training_pairs=reference_pairs)
    back = json.loads(json.dumps(document, allow_nan=False))
    assert back == document
    assert back["kind"] == kind
    assert ("calibration" in back) is is_calibrated
    assert back["training"]["fingerprint"] == training_fingerprint(reference_pairs)
    again, its_spec = from_document(back)
    assert its_spec == spec
    assert isinstance(again, CalibratedBayesFactor) is is_calibrated
    for frame in (evidence, _strange(evidence)):
        np.testing.assert_array_equal(again.decision_function(frame), given.decision_function(frame))
        if kind != "boosted":
            pd.testing.assert_frame_equal(again.log_bf_terms(frame), given.log_bf_terms(frame), check_exact=True)
    assert to_document(again, spec, prior_log_odds=-5.691948017009198, training_pairs=reference_pairs) == document


def test_a_calibrated_model_has_another_version_than_the_model_inside(fitted):
    model, _ = fitted
    plain, calibrated = to_document(model, SPEC), to_document(CalibratedBayesFactor(model, LINE), SPEC)
    assert calibrated.pop("calibration") == {"knots": LINE.knots.tolist(), "log_bf": LINE.log_bf.tolist()}
    assert calibrated == plain
    assert model_version(plain) != model_version(to_document(CalibratedBayesFactor(model, LINE), SPEC))


def test_columns_that_do_not_match_are_refused_by_every_kind(other):
    _, model, evidence = other
    with pytest.raises(
        ModelDocumentError, match=r"expected evidence columns among distance_km, .*, got crime_group_pair"
    ):
        to_document(model, SPEC)
    document = to_document(CalibratedBayesFactor(model, LINE), replace(SPEC, crime_group=True))
    without = {**document["evidence"], "items": ["MO1", "MO3"]}
    with pytest.raises(
        ModelDocumentError, match=r"expected evidence columns among distance_km, .*, got match_MO2; give"
    ):
        from_document({**document, "evidence": without})
    again, _ = from_document(document)
    words = "expected columns distance_km, .*, crime_group_pair, got none named gap_days, match_MO1; make the evidence"
    with pytest.raises(BayesFactorError, match=words):
        again.decision_function(evidence.drop(columns=["gap_days", "match_MO1"]))


def test_faulty_documents_of_other_kinds_are_refused_in_words(other):
    kind, model, _ = other
    spec = replace(SPEC, crime_group=True)
    with pytest.raises(ModelDocumentError, match="call fit first"):
        to_document(clone(model), spec)
    document = to_document(CalibratedBayesFactor(model, LINE), spec)
    needed = {"additive": "base_log_bf", "plain-logistic": "base_log_bf", "boosted": "trees"}[kind]
    with pytest.raises(ModelDocumentError, match=f"fault at '{needed}'"):
        from_document({name: value for name, value in document.items() if name != needed})
    with pytest.raises(ModelDocumentError, match=r"fault at .*unexpected keyword argument 'colour'"):
        from_document({**document, "settings": {"colour": 3}})
    for line in (
        {"knots": [0.0, 1.0], "log_bf": [0.0]},
        {"knots": [0.0, 0.0], "log_bf": [0.0, 1.0]},
        {"knots": [0.0, 1.0], "log_bf": [1.0, 0.0]},
        {"knots": [], "log_bf": []},
        {"knots": [0.0, None], "log_bf": [0.0, 1.0]},
    ):
        with pytest.raises(ModelDocumentError, match="calibration: expected as many log_bf as knots, both ascending"):
            from_document({**document, "calibration": line})
    if kind == "additive":
        gap = document["terms"]["gap_days"]
        for broken in ({"log_bf": gap["log_bf"][1:]}, {"knots": gap["knots"][::-1]}):
            with pytest.raises(ModelDocumentError, match="gap_days: expected ascending knots and 7 numbers"):
                from_document({**document, "terms": {**document["terms"], "gap_days": {**gap, **broken}}})


def test_trees_that_lead_nowhere_are_refused_before_they_score(reference_evidence, reference_pairs):
    model = BoostedBayesFactor(max_iter=3).fit(reference_evidence, reference_pairs["is_linked"])
    document = to_document(model, EvidenceSpec(("MO1", "MO2", "MO3")))
    trees = document["trees"]
    n = len(trees["column"])
    cases = [
        ({"value": trees["value"][1:]}, f"lists of {n}, {n}, {n}, {n}, {n}, {n}, {n - 1} nodes"),
        ({"column": [99, *trees["column"][1:]]}, "a column or a set of levels that is not there"),
        ({"left": [0] * n}, "a node that does not lead onwards"),
        ({"right": [n] * n}, "a node that does not lead onwards"),
        ({"root": [0, n]}, "a root that is no node"),
    ]
    for broken, words in cases:
        with pytest.raises(ModelDocumentError, match=f"trees: expected nodes .*, got {words}"):
            from_document({**document, "trees": {**trees, **broken}})


def test_a_model_of_no_kind_has_no_document():
    class Guess:
        def decision_function(self, evidence):
            return np.zeros(len(evidence))

    with pytest.raises(ModelDocumentError, match=r"expected one of HistogramBayesFactor, .*, got a Guess; only these"):
        to_document(Guess(), SPEC)


def test_the_fingerprint_knows_the_pairs_and_not_their_order(reference_pairs):
    fingerprint = training_fingerprint(reference_pairs)
    assert len(fingerprint) == 64
    assert training_fingerprint(reference_pairs.sample(frac=1, random_state=1)) == fingerprint
    turned = reference_pairs.assign(is_linked=~reference_pairs["is_linked"])
    assert training_fingerprint(turned) != fingerprint
    assert training_fingerprint(reference_pairs.iloc[1:]) != fingerprint
    # An id that holds a separator must not make two sets of pairs look alike.
    one = pd.DataFrame({"crime_id_1": ["a,b"], "crime_id_2": ["c"], "is_linked": [True]})
    assert training_fingerprint(one) != training_fingerprint(one.assign(crime_id_1="a", crime_id_2="b,c"))


def test_the_version_follows_the_content(fitted, reference_pairs):
    model, _ = fitted
    document = to_document(model, SPEC, training_pairs=reference_pairs)
    assert document["training"] == {
        "n_pairs": 11187,
        "n_linked": 255,
        "fingerprint": training_fingerprint(reference_pairs),
    }
    assert model_version(document) == model_version(json.loads(json.dumps(document)))
    assert model_version(document) != model_version({**document, "prior_log_odds": 0.0})


def test_documents_that_do_not_fit_are_refused_in_words(fitted):
    model, _ = fitted
    document = to_document(model, SPEC)
    with pytest.raises(ModelDocumentError, match="call fit first"):
        to_document(HistogramBayesFactor(), SPEC)
    with pytest.raises(ModelDocumentError, match="got match_MO3; give the specification"):
        to_document(model, EvidenceSpec(("MO1", "MO2")))
    with pytest.raises(ModelDocumentError, match="got match_MO1, match_MO2, match_MO3"):
        from_document({**document, "evidence": {**document["evidence"], "items": []}})
    with pytest.raises(ModelDocumentError, match="schema version 1, got histogram-naive-bayes of 9"):
        from_document({**document, "schema_version": 9})
    with pytest.raises(ModelDocumentError, match="got None of None"):
        from_document({})
    with pytest.raises(ModelDocumentError, match="fault at 'terms'"):
        from_document({key: value for key, value in document.items() if key != "terms"})
    with pytest.raises(ModelDocumentError, match="expected a JSON object, got a list"):
        from_document([document])
    gap = document["terms"]["gap_days"]
    with pytest.raises(ModelDocumentError, match="fault at could not convert"):
        from_document({**document, "terms": {"gap_days": {**gap, "edges": ["a", "b"]}}})
    with pytest.raises(ValueError, match="match: expected one of"):
        from_document({**document, "evidence": {**document["evidence"], "match": "fuzzy"}})
    for broken in ({"log_bf": gap["log_bf"][1:]}, {"edges": gap["edges"][::-1]}):
        terms = {**document["terms"], "gap_days": {**gap, **broken}}
        with pytest.raises(ModelDocumentError, match="gap_days: expected ascending edges"):
            from_document({**document, "terms": terms})
