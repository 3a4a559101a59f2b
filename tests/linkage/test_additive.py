"""The additive model: simulated truth found again, what it is invariant to, and its edges."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from linkage.additive import BASE, AdditiveBayesFactor
from linkage.bayes_factors import HistogramBayesFactor
from linkage.histogram_term import BayesFactorError


def simulated(n, seed):
    """Pairs whose log Bayes factor is known.

    distance: linked exponential of mean 2 km, unlinked uniform on [0, 10] (linked ones beyond are drawn again);
    match: 0.6 against 0.2. Given the class they are independent, so the log Bayes factor is a sum of two.
    """
    rng = np.random.default_rng(seed)
    linked = rng.random(n) < 0.2
    distance = rng.uniform(0.0, 10.0, n)
    near = -2.0 * np.log1p(-rng.random(n) * (1.0 - np.exp(-5.0)))
    match = np.where(rng.random(n) < np.where(linked, 0.6, 0.2), "match", "differ")
    return pd.DataFrame({"distance_km": np.where(linked, near, distance), "match_entry": match}), linked


def true_terms(evidence):
    of_distance = np.log(0.5 * np.exp(-evidence["distance_km"] / 2.0) / (1.0 - np.exp(-5.0)) / 0.1)
    return of_distance, np.where(evidence["match_entry"] == "match", np.log(3.0), np.log(0.5))


@pytest.fixture(scope="module")
def pairs():
    return simulated(3_000, 11)


def holed(evidence):
    frame = evidence.copy()
    frame["distance_km"] = frame["distance_km"].where(np.arange(len(frame)) % 7 > 0)
    frame["match_entry"] = frame["match_entry"].astype(object).where(np.arange(len(frame)) % 5 > 0, "missing")
    return frame


def test_a_known_bayes_factor_is_found_again():
    evidence, linked = simulated(200_000, 3)
    model = AdditiveBayesFactor(n_knots=20).fit(evidence, linked)
    at = pd.DataFrame({"distance_km": [0.2, 1.0, 3.0, 6.0, 8.0], "match_entry": ["match", "differ"] * 2 + ["match"]})
    # 40,000 linked pairs: a level is known to 0.02; where few linked pairs are, beyond 6 km, to 0.1.
    of_distance, of_match = true_terms(at)
    terms = model.log_bf_terms(at)
    np.testing.assert_allclose(terms["match_entry"], of_match, atol=0.03)
    np.testing.assert_allclose(terms["distance_km"], of_distance, atol=0.15)
    np.testing.assert_allclose(model.decision_function(at), of_distance + of_match, atol=0.15)
    assert abs(model.base_log_bf_) < 0.03  # independent given the class: nothing is said twice
    assert (np.diff(model.terms_["distance_km"].log_bf) <= 0).all()


def test_evidence_that_is_there_twice_counts_once():
    evidence, linked = simulated(20_000, 4)
    twice = evidence.assign(match_again=evidence["match_entry"])
    once = AdditiveBayesFactor().fit(evidence, linked).decision_function(evidence)
    both = AdditiveBayesFactor().fit(twice, linked).decision_function(twice)
    naive = [HistogramBayesFactor().fit(each, linked).decision_function(each) for each in (evidence, twice)]
    # The penalty halves of a coefficient shared by two, no more.
    np.testing.assert_allclose(both, once, atol=0.02)
    matches = evidence["match_entry"] == "match"
    np.testing.assert_allclose((naive[1] - naive[0])[matches], np.log(3.0), atol=0.1)


def test_a_term_averages_one_over_unlinked_pairs_and_so_do_all_together():
    evidence, linked = simulated(50_000, 5)
    frame = holed(evidence)
    model = AdditiveBayesFactor().fit(frame, linked)
    terms = model.log_bf_terms(frame)[~linked]
    for name in frame.columns:
        has = frame[name][~linked].notna() & (frame[name][~linked] != "missing")
        assert np.exp(terms.loc[has, name]).mean() == pytest.approx(1.0, abs=1e-9)
    # E[exp(log BF)] over unlinked pairs is 1 for the true one: 40,000 of them tell it to a few per cent.
    assert np.exp(model.decision_function(frame)[~linked]).mean() == pytest.approx(1.0, abs=0.05)


def test_terms_add_up_and_the_base_is_the_same_for_every_pair(pairs):
    evidence, linked = pairs
    model = AdditiveBayesFactor().fit(holed(evidence), linked)
    terms = model.log_bf_terms(holed(evidence))
    assert list(terms) == ["distance_km", "match_entry", BASE]
    assert (terms[BASE] == model.base_log_bf_).all()
    np.testing.assert_allclose(terms.sum(axis=1), model.decision_function(holed(evidence)), rtol=1e-13, atol=1e-13)
    assert terms.index.equals(evidence.index)


def test_the_unit_of_a_number_changes_nothing(pairs):
    evidence, linked = pairs
    km = AdditiveBayesFactor().fit(evidence, linked).decision_function(evidence)
    metres = evidence.assign(distance_km=evidence["distance_km"] * 1000.0)
    np.testing.assert_allclose(AdditiveBayesFactor().fit(metres, linked).decision_function(metres), km, atol=1e-9)
    # Knots fall on the same pairs on a scale of logarithms; between them the line bends a little.
    logs = evidence.assign(distance_km=np.log(evidence["distance_km"]))
    many = AdditiveBayesFactor(n_knots=60)
    straight, bent = (clone(many).fit(each, linked).decision_function(each) for each in (evidence, logs))
    assert np.abs(straight - bent).max() < 0.1
    assert np.abs(straight - bent).mean() < 0.005


def test_order_of_rows_and_columns_and_names_of_levels_change_nothing(pairs):
    evidence, linked = pairs
    frame = evidence.assign(crime_group_pair=np.random.default_rng(0).choice(["a|a", "a|b", "b|b"], len(evidence)))
    straight = AdditiveBayesFactor().fit(frame, linked).decision_function(frame)
    order = np.random.default_rng(1).permutation(len(frame))
    shuffled = AdditiveBayesFactor().fit(frame.iloc[order], linked[order])
    np.testing.assert_allclose(shuffled.decision_function(frame), straight, atol=1e-8)
    turned = frame[frame.columns[::-1]]
    np.testing.assert_allclose(AdditiveBayesFactor().fit(turned, linked).decision_function(turned), straight, atol=1e-6)
    renamed = frame.replace({"crime_group_pair": {"a|a": "z", "a|b": "y", "b|b": "x"}})
    np.testing.assert_allclose(
        AdditiveBayesFactor().fit(renamed, linked).decision_function(renamed), straight, atol=1e-6
    )


def test_types_of_columns_change_nothing(pairs):
    evidence, linked = pairs
    frame = evidence.assign(gap_days=np.round(evidence["distance_km"] * 3.0))
    expected = AdditiveBayesFactor().fit(frame, linked).decision_function(frame)
    for numbers, words in (("int16", "category"), ("Int64", "str"), ("float32", object)):
        other = frame.astype({"gap_days": numbers, "match_entry": words})
        np.testing.assert_array_equal(AdditiveBayesFactor().fit(other, linked).decision_function(other), expected)


def test_weights_count_as_repeated_rows_do(pairs):
    evidence, linked = holed(pairs[0])[:400], pairs[1][:400]
    times = np.random.default_rng(2).integers(0, 4, 400)
    rows = np.repeat(np.arange(400), times)
    weighted = AdditiveBayesFactor().fit(evidence, linked, times)
    repeated = AdditiveBayesFactor().fit(evidence.iloc[rows], linked[rows])
    np.testing.assert_allclose(weighted.decision_function(evidence), repeated.decision_function(evidence), atol=1e-7)
    scaled = AdditiveBayesFactor(shrinkage=0.2, smoothness=0.6).fit(evidence, linked, 2.0 * times)
    np.testing.assert_allclose(scaled.decision_function(evidence), weighted.decision_function(evidence), atol=1e-6)


def test_missing_evidence_says_nothing_unless_it_is_learned(pairs):
    evidence, linked = pairs
    # Linked pairs lack the item more often: 0.5 against 0.2, a log Bayes factor of ln 2.5.
    lacks = np.random.default_rng(8).random(len(evidence)) < np.where(linked, 0.5, 0.2)
    frame = evidence.assign(match_entry=evidence["match_entry"].astype(object).where(~lacks, "missing"))
    frame["distance_km"] = frame["distance_km"].where(~lacks)
    new = pd.DataFrame(
        {"distance_km": [np.nan, 1.0, 1.0, 1.0], "match_entry": [None, "missing", "not_applicable", "never seen"]}
    )
    neutral = AdditiveBayesFactor().fit(frame, linked).log_bf_terms(new)
    assert neutral["distance_km"].iloc[0] == 0.0
    assert neutral["match_entry"].tolist() == [0.0, 0.0, 0.0, 0.0]
    learned = AdditiveBayesFactor(missing="bin").fit(frame.drop(columns="distance_km"), linked)
    of_item = learned.log_bf_terms(new)["match_entry"]
    assert of_item.iloc[0] == of_item.iloc[1] == pytest.approx(np.log(2.5), abs=0.15)
    assert of_item.tolist()[2:] == [0.0, 0.0]
    by_number = AdditiveBayesFactor(missing="bin").fit(frame.drop(columns="match_entry"), linked)
    assert by_number.log_bf_terms(new)["distance_km"].iloc[0] == pytest.approx(np.log(2.5), abs=0.15)


def test_an_item_that_does_not_apply_teaches_nothing(pairs):
    evidence, linked = pairs
    frame = evidence.assign(match_entry=np.where(linked, "not_applicable", evidence["match_entry"]))
    frame.loc[frame.index[linked][:200], "match_entry"] = evidence["match_entry"]
    for missing in ("neutral", "bin"):
        model = AdditiveBayesFactor(missing=missing).fit(frame, linked)
        of_item = model.log_bf_terms(frame)["match_entry"]
        assert (of_item[frame["match_entry"] == "not_applicable"] == 0.0).all()


def test_columns_without_variety_or_without_values_say_nothing(pairs):
    evidence, linked = pairs
    plain = AdditiveBayesFactor().fit(evidence, linked)
    nothing = pd.Series([None] * len(evidence), dtype=object)
    frame = evidence.assign(gap_days=3.0, tod_gap_hours=np.nan, match_same="match", match_none=nothing)
    for missing in ("neutral", "bin"):
        model = AdditiveBayesFactor(missing=missing).fit(frame, linked)
        np.testing.assert_allclose(model.decision_function(frame), plain.decision_function(evidence), atol=1e-5)
        terms = model.log_bf_terms(frame)[["gap_days", "tod_gap_hours", "match_same", "match_none"]]
        np.testing.assert_allclose(terms, 0.0, atol=1e-6)


def test_stronger_shrinkage_swings_less_and_more_smoothness_bends_less(pairs):
    evidence, linked = pairs
    swings, bends = [], []
    for strength in (0.01, 0.1, 1.0, 10.0, 100.0, 1e4):
        shrunk = AdditiveBayesFactor(shrinkage=strength).fit(evidence[["distance_km"]], linked)
        swings.append(np.ptp(shrunk.terms_["distance_km"].log_bf))
        smooth = AdditiveBayesFactor(smoothness=strength, shrinkage=1e-3, monotone=False).fit(evidence, linked)
        of_distance = smooth.terms_["distance_km"]
        bends.append(np.abs(np.diff(np.diff(of_distance.log_bf))).sum())
    assert (np.diff(swings) < 0).all()
    assert swings[-1] < 0.2
    assert (np.diff(bends) < 0).all()


def test_nearness_may_not_speak_against_a_link_unless_it_is_free_to(pairs):
    evidence, linked = pairs
    turned = evidence.assign(distance_km=-evidence["distance_km"])  # now the far are linked
    bound = AdditiveBayesFactor().fit(turned, linked).terms_["distance_km"].log_bf
    np.testing.assert_allclose(bound, 0.0, atol=1e-9)
    free = AdditiveBayesFactor(monotone=False).fit(turned, linked).terms_["distance_km"].log_bf
    assert free[-1] - free[0] > 2.0
    unlike = evidence.assign(match_entry=np.where(evidence["match_entry"] == "match", "differ", "match"))
    np.testing.assert_allclose(AdditiveBayesFactor().fit(unlike, linked).terms_["match_entry"].log_bf, 0.0, atol=1e-9)


def test_separated_classes_and_ties_stay_finite():
    evidence = pd.DataFrame({"distance_km": [0.0] * 30 + [5.0] * 30, "match_entry": ["match"] * 30 + ["differ"] * 30})
    linked = np.arange(60) < 30
    log_bf = AdditiveBayesFactor().fit(evidence, linked).decision_function(evidence)
    assert np.isfinite(log_bf).all()
    assert log_bf[0] > 2.0 > -2.0 > log_bf[-1]
    one_each = AdditiveBayesFactor().fit(evidence.iloc[[0, -1]], [True, False]).decision_function(evidence)
    assert np.isfinite(one_each).all()


def test_knots_are_as_many_as_asked_for_and_pairs_are_counted(pairs):
    evidence, linked = pairs
    frame = holed(evidence).assign(gap_days=evidence["distance_km"])
    model = AdditiveBayesFactor(n_knots={"gap_days": 4}).fit(frame, linked)
    assert len(model.terms_["gap_days"].knots) == 4
    assert len(model.terms_["distance_km"].knots) == 12
    for name, term in model.terms_.items():
        has = frame[name].notna() & (frame[name] != "missing")
        assert term.n_linked.sum() == pytest.approx((has & linked).sum())
        assert term.n_unlinked.sum() == pytest.approx((has & ~linked).sum())
    assert model.terms_["match_entry"].levels == ("differ", "match")
    matches = frame["match_entry"] == "match"
    assert model.terms_["match_entry"].n_linked[1] == (matches & linked).sum()


def test_no_pairs_to_score_give_no_scores(pairs):
    evidence, linked = pairs
    model = AdditiveBayesFactor().fit(evidence, linked)
    assert model.decision_function(evidence.head(0)).shape == (0,)
    assert model.log_bf_terms(evidence.head(0)).shape == (0, 3)


def test_impossible_settings_are_refused_in_words(pairs):
    evidence, linked = pairs
    cases = [
        ({"missing": "drop"}, "missing: expected neutral or bin, got 'drop'; choose one of these"),
        ({"shrinkage": 0.0}, "shrinkage: expected more than 0, got 0.0; 0.1 is usual"),
        ({"smoothness": -1.0}, "smoothness: expected more than 0, got -1.0"),
        ({"shrinkage": float("nan")}, "shrinkage: expected more than 0, got nan"),
        ({"n_knots": 1}, "n_knots: expected 2 or more, got 1 for distance_km; 12 is usual"),
        ({"n_knots": {"distance_km": 0}}, "n_knots: expected 2 or more, got 0 for distance_km"),
    ]
    for settings, words in cases:
        with pytest.raises(BayesFactorError, match=words):
            AdditiveBayesFactor(**settings).fit(evidence, linked)
