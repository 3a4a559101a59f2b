"""What a database makes of a model document is what Python makes of it."""

import duckdb
import numpy as np
import pandas as pd
import pytest

from linkage.additive import AdditiveBayesFactor
from linkage.bayes_factors import HistogramBayesFactor
from linkage.boosted import BoostedBayesFactor
from linkage.calibration import CalibratedBayesFactor, Calibration
from linkage.evidence_spec import EvidenceSpec
from linkage.model_document import ModelDocumentError, to_document
from linkage.model_sql import document_as_sql
from linkage.plain_logistic import PlainLogistic

SPEC = EvidenceSpec(("MO1", "MO2"), numerical=("age",))
MODELS = {
    "histogram": HistogramBayesFactor(n_bins={"gap_days": 7}),
    "histogram with a missing bin": HistogramBayesFactor(missing="bin"),
    "additive": AdditiveBayesFactor(n_knots={"gap_days": 4}),
    "additive that learns what is missing": AdditiveBayesFactor(missing="bin"),
    "additive of free terms": AdditiveBayesFactor(monotone=False),
    "plain": PlainLogistic(),
    "plain of logarithms": PlainLogistic("log"),
}
LINE = Calibration(np.array([-0.6, 0.1, 0.7]), np.array([-1.1, -0.3, 2.0 / 3.0]))


def invented_evidence(rng, n):
    evidence = pd.DataFrame(
        {
            "distance_km": rng.exponential(4.0, n),
            "gap_days": rng.integers(0, 30, n).astype(float),
            "match_MO1": rng.choice(["o'clock", "match", "differ"], n),
            "match_MO2": rng.choice(["differ", "match", "missing", "not_applicable"], n),
            "gap_age": rng.integers(0, 2, n).astype(float),
        }
    )
    for name in evidence.columns[:3]:
        evidence[name] = evidence[name].where(rng.random(n) > 0.1)
    return evidence


@pytest.fixture(scope="module", params=MODELS)
def fitted(request):
    rng = np.random.default_rng(5)
    evidence = invented_evidence(rng, 4_000)
    favour = 1.0 - evidence["distance_km"].fillna(4.0) / 4.0 + (evidence["match_MO1"] == "match")
    return MODELS[request.param].fit(evidence, rng.random(4_000) < 1.0 / (1.0 + np.exp(-favour)))


def _new_evidence(model):
    """Other pairs, with every knot or edge of the model, values beyond them and levels that it has not seen."""
    evidence = invented_evidence(np.random.default_rng(6), 1_000)
    for name in ("distance_km", "gap_days"):
        term = model.terms_[name]
        places = getattr(term, "edges", getattr(term, "knots", np.empty(0)))
        strange = [*places, *np.nextafter(places, -np.inf), 0.0, -1.0, 1e9, np.nan]
        evidence.loc[: len(strange) - 1, name] = strange
    evidence.loc[::17, "match_MO1"] = "never seen"
    return evidence


def _scored(document, pairs):
    with duckdb.connect() as connection:
        connection.register("pairs", pairs.assign(row=range(len(pairs))))
        return connection.execute(f"select * from ({document_as_sql(document, 'pairs')}) order by row").df()


def test_the_query_scores_as_the_model_does(fitted):
    pairs = _new_evidence(fitted)
    scored = _scored(to_document(fitted, SPEC), pairs)
    # The logarithm of another library may differ in its last digit; all else is the same arithmetic.
    atol = 1e-12 if isinstance(fitted, PlainLogistic) else 0.0
    np.testing.assert_allclose(scored["log_bf"], fitted.decision_function(pairs), rtol=0, atol=atol)
    for name, term in fitted.log_bf_terms(pairs).items():
        np.testing.assert_allclose(scored[f"log_bf_{name}"], term, rtol=0, atol=atol, err_msg=str(name))
    assert list(scored)[:6] == [*pairs.columns, "row"]


def test_a_calibrated_model_scores_in_a_database_as_in_python(fitted):
    model, pairs = CalibratedBayesFactor(fitted, LINE), _new_evidence(fitted)
    raw = fitted.decision_function(pairs)
    assert (raw < LINE.knots[0]).any()
    assert (raw > LINE.knots[-1]).any()
    scored = _scored(to_document(model, SPEC), pairs)
    np.testing.assert_allclose(scored["log_bf"], model.decision_function(pairs), rtol=0, atol=1e-12)
    terms = model.log_bf_terms(pairs)
    for name, term in terms.items():
        np.testing.assert_allclose(scored[f"log_bf_{name}"], term, rtol=0, atol=1e-12, err_msg=str(name))
    of_terms = [name for name in scored if name.startswith("log_bf_")]
    assert set(of_terms) == {f"log_bf_{name}" for name in terms}
    np.testing.assert_allclose(scored[of_terms].sum(axis=1), scored["log_bf"], atol=1e-12)
    assert "uncalibrated_log_bf" not in scored


def test_the_query_of_an_additive_model_follows_its_line():
    # Half way from a knot at 2 with log BF 1 to one at 6 with log BF -1 it is 0; beyond the ends it stays.
    model = AdditiveBayesFactor(n_knots=2).fit(pd.DataFrame({"distance_km": [2.0, 6.0, 2.0, 6.0]}), [1, 0, 1, 1])
    term = model.terms_["distance_km"]._replace(knots=np.array([2.0, 6.0]), log_bf=np.array([1.0, -1.0]))
    model.terms_, model.base_log_bf_ = {"distance_km": term}, 0.25
    scored = _scored(
        to_document(model, EvidenceSpec(())), pd.DataFrame({"distance_km": [2.0, 3.0, 4.0, 6.0, 0.0, 99.0, np.nan]})
    )
    assert scored["log_bf_distance_km"].tolist() == [1.0, 0.5, 0.0, -1.0, 1.0, -1.0, 0.0]
    assert scored["log_bf"].tolist() == [1.25, 0.75, 0.25, -0.75, 1.25, -0.75, 0.25]


def test_columns_that_hold_nothing_score_nothing():
    evidence = pd.DataFrame({"distance_km": np.full(8, np.nan), "match_MO1": pd.Series([None] * 8, dtype=object)})
    for model in (AdditiveBayesFactor(), PlainLogistic(), HistogramBayesFactor()):
        model.fit(evidence, [0, 1] * 4)
        new = pd.DataFrame({"distance_km": [1.0, np.nan], "match_MO1": ["match", None]})
        scored = _scored(to_document(model, SPEC), new)
        np.testing.assert_allclose(scored["log_bf"], model.decision_function(new), atol=1e-12)
        np.testing.assert_allclose(scored["log_bf"], 0.0, atol=1e-9)


def test_a_model_that_does_not_add_up_has_no_query():
    evidence = invented_evidence(np.random.default_rng(1), 200)
    model = BoostedBayesFactor(max_iter=2).fit(evidence, np.arange(200) % 3 == 0)
    with pytest.raises(ModelDocumentError, match="expected a model that adds up over variables, got boosted; score it"):
        document_as_sql(to_document(model, SPEC))
