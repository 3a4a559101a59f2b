"""The histogram Bayes factor model, against hand-worked numbers, the reference and simulated truth."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from linkage.bayes_factors import BayesFactorError, HistogramBayesFactor
from linkage.histogram_term import (
    BayesFactorTerm,
    bin_edges,
    continuous_bins,
    fit_continuous,
    fit_levels,
    smoothed_shares,
)

CONTINUOUS_CASES = [
    "num_plain",
    "num_NA",
    "num_NA_linked_only",
    "num_NA_unlinked_only",
    "num_breaks_inside",
    "num_noweights",
    "num_df_gt_levels",
    "num_logical_y",
    "num_ties",
    "int_as_numeric",
    "num_no_linked",
]
LEVEL_CASES = ["fac_plain", "fac_NA", "chr_NA", "fac_df_gt_levels"]


@pytest.fixture(scope="session")
def split(reference: Path) -> pd.DataFrame:
    return pd.read_csv(reference / "train_index.csv")


def _fitted(model: HistogramBayesFactor, split: pd.DataFrame, pairs: pd.DataFrame, evidence: pd.DataFrame):
    rows = (split["train"] == 1).to_numpy()
    return model.fit(evidence[rows], pairs["is_linked"][rows], pairs["weight"][rows])


def _assert_equals_table(term: BayesFactorTerm, table: pd.DataFrame) -> None:
    close = {"rtol": 1e-9, "atol": 1e-12}
    if term.is_continuous:
        in_bins = table["from"].notna()
        np.testing.assert_allclose(term.edges[:-1], table["from"][in_bins], **close)
        np.testing.assert_allclose(term.edges[1:], table["to"][in_bins], **close)
    np.testing.assert_allclose(term.n_linked, table["N.linked"], **close)
    np.testing.assert_allclose(term.n_unlinked, table["N.unlinked"], **close)
    np.testing.assert_allclose(term.p_linked, table["p.linked"], **close)
    np.testing.assert_allclose(term.p_unlinked, table["p.unlinked"], **close)
    np.testing.assert_allclose(np.exp(term.log_bf), table["BF"], **close)
    assert term.df == pytest.approx(table["df"].iloc[0], rel=1e-9)


@pytest.mark.parametrize(
    ("settings", "file", "column"),
    [
        ({"n_bins": 15, "df": 10, "partition": "quantile"}, "nb_tables.csv", "logBF"),
        ({"n_bins": 10, "df": 5, "partition": "width"}, "nb_tables_width.csv", "logBF_width"),
    ],
)
def test_the_fitted_model_is_that_of_the_reference(
    reference: Path, split, reference_pairs, reference_evidence, settings, file, column
):
    model = _fitted(HistogramBayesFactor(**settings), split, reference_pairs, reference_evidence)
    tables = pd.read_csv(reference / file, dtype={"value": str})
    names = dict(zip(tables["variable"].unique(), model.terms_, strict=True))
    assert names["tod"] == "tod_gap_hours"
    for variable, table in tables.groupby("variable"):
        term = model.terms_[names[variable]]
        _assert_equals_table(term, table)
        if not term.is_continuous:
            assert list(term.levels) == list(table["value"])
    truth = pd.read_csv(reference / "predictions.csv")
    np.testing.assert_allclose(model.decision_function(reference_evidence), truth[column], rtol=1e-9, atol=1e-12)
    if column == "logBF":
        terms = model.log_bf_terms(reference_evidence)
        for variable, name in names.items():
            np.testing.assert_allclose(terms[name], truth[variable], rtol=1e-9, atol=1e-12)


def _case(reference: Path, case: str, file: str) -> pd.DataFrame:
    table = pd.read_csv(reference / file, keep_default_na=False)
    return table[table["case"] == case]


def _numbers(column: pd.Series) -> np.ndarray:
    return np.array([np.nan if value == "NA" else float(value) for value in column])


@pytest.mark.parametrize("case", CONTINUOUS_CASES)
def test_a_continuous_variable_has_the_bayes_factors_of_the_reference(reference: Path, case: str):
    seen, table = _case(reference, case, "getbf_inputs.csv"), _case(reference, case, "getbf_cases.csv")
    edges = _case(reference, case, "getbf_breaks.csv")["breaks"].to_numpy(dtype=float)
    linked, df = seen["y"].to_numpy() == 1, float(table["df_in"].iloc[0])
    values, weight = _numbers(seen["x"]), seen["w"].to_numpy(dtype=float)
    term = fit_continuous(values, linked, weight, edges, df, with_missing=True)
    numbers = table.drop(columns=["case", "value"]).apply(_numbers)
    _assert_equals_table(term, numbers)

    asked = _case(reference, case, "getbf_predict.csv")
    new, truth = _numbers(asked["newx"]), asked["logBF"].to_numpy(dtype=float)
    # The one departure: a value outside the edges says nothing, where the reference takes the missing bin's factor.
    is_outside = (new < edges[0]) | (new > edges[-1])
    truth = np.where(is_outside, 0.0, truth)
    np.testing.assert_allclose(term.score(pd.Series(new)), truth, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("case", LEVEL_CASES)
def test_a_categorical_variable_has_the_bayes_factors_of_the_reference(reference: Path, case: str):
    seen, table = _case(reference, case, "getbf_inputs.csv"), _case(reference, case, "getbf_cases.csv")
    values = seen["x"].where(seen["x"] != "NA", None)
    levels = [value for value in table["value"] if value != "NA"]
    df = float(table["df_in"].iloc[0])
    linked, weight = seen["y"].to_numpy() == 1, seen["w"].to_numpy(dtype=float)
    term = fit_levels(values, linked, weight, df, with_missing=True, levels=levels)
    assert list(term.levels) == levels
    _assert_equals_table(term, table.drop(columns=["case", "value"]).apply(_numbers))
    asked = _case(reference, case, "getbf_predict.csv")
    new = asked["newx"].where(asked["newx"] != "NA", None)
    np.testing.assert_allclose(term.score(new), asked["logBF"].to_numpy(dtype=float), rtol=1e-9, atol=1e-12)


def test_shares_are_smoothed_as_worked_by_hand():
    # N = 6, k = 3, df = 2: a = 6/3 * (3 - 2) / (2 - 1) = 2, so (4 + 2, 2 + 2, 0 + 2) / 12.
    np.testing.assert_allclose(smoothed_shares(np.array([4.0, 2.0, 0.0]), 2.0), [0.5, 1 / 3, 1 / 6], rtol=1e-15)
    # df above the number of bins leaves the counts, but no share is 0.
    shares = smoothed_shares(np.array([4.0, 2.0, 0.0]), 9.0)
    np.testing.assert_allclose(shares, [2 / 3, 1 / 3, 0.0], atol=1e-8)
    assert shares[2] > 0


def test_bins_are_closed_on_the_right_and_the_lowest_on_both_sides():
    edges = np.array([0.0, 1.0, 2.0])
    values = np.array([0.0, 0.5, 1.0, 1.0000001, 2.0, -0.1, 2.1, np.nan])
    np.testing.assert_array_equal(continuous_bins(values, edges), [0, 0, 0, 1, 1, -1, -1, -2])


def test_equal_quantiles_fall_together():
    # Places 0, 1.8, 3.6, 5.4, 7.2, 9 of the sorted values: 7.2 lies between the last 0 and the 1.
    values = np.array([0.0] * 8 + [1.0, 2.0])
    np.testing.assert_allclose(bin_edges(values, 5, "quantile"), [0.0, 0.2, 2.0], rtol=1e-14)
    np.testing.assert_array_equal(bin_edges(values, 4, "width"), [0.0, 0.5, 1.0, 1.5, 2.0])


@pytest.mark.parametrize("values", [[3.0] * 6, [np.nan] * 6])
def test_a_variable_that_never_varies_says_nothing(values):
    evidence = pd.DataFrame({"x": values})
    model = HistogramBayesFactor().fit(evidence, [1, 1, 0, 0, 0, 0])
    np.testing.assert_array_equal(model.decision_function(evidence), np.zeros(6))


def test_missing_evidence_is_neutral_by_default_and_learned_on_request():
    evidence = pd.DataFrame({"x": [1.0, 2.0, np.nan, np.nan, np.nan, 1.0, 2.0, 2.0]})
    linked = np.array([1, 1, 1, 1, 1, 0, 0, 0])
    neutral = HistogramBayesFactor(n_bins=1, df=5).fit(evidence, linked)
    assert neutral.decision_function(evidence)[2] == 0.0
    assert neutral.terms_["x"].n_linked.tolist() == [2.0]
    learned = HistogramBayesFactor(n_bins=1, df=5, missing="bin").fit(evidence, linked)
    # Two bins, df' = 2 - 1e-8: shares 2/5, 3/5 of the linked and 1, next to 0 of the unlinked.
    assert learned.decision_function(evidence)[0] == pytest.approx(np.log(0.4), abs=1e-6)
    assert learned.decision_function(evidence)[2] > 15


@pytest.mark.parametrize("missing", ["neutral", "bin"])
def test_what_is_not_applicable_says_nothing_whatever_the_setting(missing):
    level = pd.Series(["match", "differ", "not_applicable", "missing"] * 4, dtype="category")
    linked = [1, 0, 1, 1] * 2 + [0, 1, 0, 1] * 2
    model = HistogramBayesFactor(missing=missing).fit(level.to_frame("m"), linked)
    score = model.decision_function(level.to_frame("m"))
    assert (score[2::4] == 0).all()
    assert model.terms_["m"].levels == ("differ", "match")
    assert (score[3] != 0) == (missing == "bin")


def test_an_unseen_level_and_a_value_outside_the_edges_say_nothing():
    evidence = pd.DataFrame({"x": [0.0, 1.0, 2.0, 3.0] * 5, "m": ["a", "b", "a", "b"] * 5})
    model = HistogramBayesFactor(n_bins=3).fit(evidence, [1, 0, 0, 0] * 5)
    new = pd.DataFrame({"x": [-1.0, 4.0, np.nan], "m": ["c", None, "missing"]})
    np.testing.assert_array_equal(model.decision_function(new), np.zeros(3))


def test_strings_objects_and_categories_in_any_order_score_alike():
    level = pd.Series(["match", "differ", "missing", "match", "differ", "differ"])
    linked = [1, 0, 1, 1, 0, 1]
    forms = [
        level,
        level.astype(object),
        level.astype("category"),
        level.astype(pd.CategoricalDtype(["missing", "differ", "match", "x"])),
    ]
    scores = []
    for fit_on in forms:
        model = HistogramBayesFactor().fit(fit_on.to_frame("m"), linked)
        scores += [model.decision_function(form.to_frame("m")) for form in forms]
    for score in scores:
        np.testing.assert_array_equal(score, scores[0])
    assert scores[0][0] > 0 > scores[0][1]


def test_order_of_rows_changes_nothing(reference_pairs, reference_evidence):
    order = np.random.default_rng(0).permutation(len(reference_pairs))
    straight = HistogramBayesFactor().fit(reference_evidence, reference_pairs["is_linked"], reference_pairs["weight"])
    shuffled = HistogramBayesFactor().fit(
        reference_evidence.iloc[order], reference_pairs["is_linked"].iloc[order], reference_pairs["weight"].iloc[order]
    )
    np.testing.assert_allclose(
        straight.decision_function(reference_evidence),
        shuffled.decision_function(reference_evidence),
        rtol=1e-12,
        atol=1e-13,
    )


def test_a_known_bayes_factor_is_found_again():
    # Linked x ~ exponential with mean 1, unlinked uniform on [0, 5]; matches with probability 0.7 and 0.2.
    rng = np.random.default_rng(7)
    linked = np.arange(120_000) < 60_000
    x = np.where(linked, rng.exponential(1.0, 120_000), rng.uniform(0, 5, 120_000))
    match = np.where(rng.random(120_000) < np.where(linked, 0.7, 0.2), "match", "differ")
    model = HistogramBayesFactor(n_bins=40, df=40).fit(pd.DataFrame({"x": x, "m": match}), linked)
    at = pd.DataFrame({"x": [0.3, 1.0, 2.5], "m": ["match", "differ", "match"]})
    truth = np.log(np.exp(-at["x"]) / 0.2) + np.log([0.7 / 0.2, 0.3 / 0.8, 0.7 / 0.2])
    np.testing.assert_allclose(model.decision_function(at), truth, atol=0.15)


def test_settings_can_differ_by_variable():
    rng = np.random.default_rng(1)
    evidence = pd.DataFrame({"x": rng.random(200), "y": rng.random(200)})
    model = HistogramBayesFactor(n_bins={"x": 4}, df={"y": 3.0}, partition={"x": "width"})
    model.fit(evidence, rng.random(200) < 0.3)
    assert len(model.terms_["x"].log_bf) == 4
    assert np.ptp(np.diff(model.terms_["x"].edges)) < 1e-12
    assert len(model.terms_["y"].log_bf) == 15
    assert model.terms_["y"].df == 3.0


def test_scikit_learn_can_clone_the_model():
    from sklearn.base import clone

    model = clone(HistogramBayesFactor(n_bins=7, missing="bin"))
    assert model.get_params() == {"n_bins": 7, "df": 10.0, "partition": "quantile", "missing": "bin"}
    assert model.set_params(df=4.0).df == 4.0


def test_impossible_settings_and_input_are_refused_in_words():
    evidence = pd.DataFrame({"x": [1.0, 2.0, 3.0]})
    cases = [
        ({"df": 1.0}, [1, 0, 0], None, "df: expected more than 1, got 1.0"),
        ({"n_bins": 0}, [1, 0, 0], None, "n_bins: expected 1 or more, got 0"),
        ({"partition": "even"}, [1, 0, 0], None, "partition: expected quantile or width, got 'even'"),
        ({"missing": "drop"}, [1, 0, 0], None, "missing: expected neutral or bin, got 'drop'"),
        ({}, [0, 0, 0], None, "got 0 linked of 3; one class teaches nothing: supply a model document"),
        ({}, [1, 1, 1], None, "got 3 linked of 3"),
        ({}, [1, 0, 0], [0.0, 1.0, 1.0], "pairs with weight"),
        ({}, [1, 0, 0], [1.0, -1.0, 1.0], "finite weights of 0 or more"),
        ({}, [1, 0], None, "expected 3 values"),
    ]
    for settings, linked, weight, words in cases:
        with pytest.raises(BayesFactorError, match=words):
            HistogramBayesFactor(**settings).fit(evidence, linked, weight)
    with pytest.raises(BayesFactorError, match="call fit"):
        HistogramBayesFactor().decision_function(evidence)
    model = HistogramBayesFactor().fit(evidence, [1, 0, 0])
    with pytest.raises(BayesFactorError, match="expected columns x, got none named x"):
        model.decision_function(evidence.rename(columns={"x": "y"}))
    with pytest.raises(BayesFactorError, match="got 'bins'"):
        model.set_params(bins=3)
