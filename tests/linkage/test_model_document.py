"""A model that leaves as JSON comes back exactly, and scores alike as SQL."""

import json

import duckdb
import numpy as np
import pandas as pd
import pytest

from linkage.bayes_factors import HistogramBayesFactor
from linkage.evidence import EvidenceSpec
from linkage.model_document import (
    ModelDocumentError,
    from_document,
    model_version,
    to_document,
    training_fingerprint,
)
from linkage.model_sql import document_as_sql

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


def test_the_query_scores_exactly_as_the_model(fitted):
    model, evidence = fitted
    pairs = _new_evidence(model, evidence)
    query = document_as_sql(to_document(model, SPEC), "pairs")
    with duckdb.connect() as connection:
        connection.register("pairs", pairs.assign(row=range(len(pairs))))
        scored = connection.execute(f"select * from ({query}) order by row").df()
    np.testing.assert_array_equal(scored["log_bf"], model.decision_function(pairs))
    for name, term in model.log_bf_terms(pairs).items():
        np.testing.assert_array_equal(scored[f"log_bf_{name}"], term)


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
