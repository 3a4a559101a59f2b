"""Ranking, calibration and agreement of clusters, against hand-worked numbers, scikit-learn and the reference."""

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from linkage.bayes_factors import HistogramBayesFactor
from linkage.evaluation import (
    METRICS,
    EvaluationError,
    auc,
    average_precision,
    brier_score,
    calibration_slope,
    cluster_agreement,
    evaluate,
    evaluate_split,
    ranking_curve,
    true_positive_rate_at,
)
from linkage.series import groups_of_crimes, series_data


def _tied_scores(seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    linked = rng.random(400) < 0.15
    return np.round(rng.normal(size=400) + linked, 1), linked


def test_the_curve_is_that_of_the_reference(reference: Path):
    scored = pd.read_csv(reference / "predictions.csv").query("set == 'test'")
    curve = ranking_curve(scored["logBF"], scored["Y"] == 1)
    truth = pd.read_csv(reference / "roc.csv")
    names = {
        "FPR": "false_positive_rate",
        "TPR": "true_positive_rate",
        "PPV": "precision",
        "Total": "n_examined",
        "TotalRate": "share_examined",
        "threshold": "threshold",
    }
    assert len(curve) == len(truth)
    for theirs, ours in names.items():
        np.testing.assert_allclose(curve[ours], truth[theirs], rtol=1e-9, atol=1e-12)


def test_ties_are_counted_together():
    curve = ranking_curve([3, 3, 2, 1, 1], [True, False, True, True, False])
    np.testing.assert_allclose(curve["threshold"], [3, 2, 1])
    np.testing.assert_allclose(curve["n_examined"], [2, 3, 5])
    np.testing.assert_allclose(curve["true_positive_rate"], [1 / 3, 2 / 3, 1])
    np.testing.assert_allclose(curve["false_positive_rate"], [1 / 2, 1 / 2, 1])
    np.testing.assert_allclose(curve["precision"], [1 / 2, 2 / 3, 3 / 5])


@pytest.mark.parametrize("seed", range(3))
def test_auc_precision_and_brier_are_those_of_scikit_learn(seed):
    from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score

    score, linked = _tied_scores(seed)
    assert auc(score, linked) == pytest.approx(roc_auc_score(linked, score), rel=1e-12)
    assert average_precision(score, linked) == pytest.approx(average_precision_score(linked, score), rel=1e-12)
    assert brier_score(score, linked) == pytest.approx(brier_score_loss(linked, 1 / (1 + np.exp(-score))), rel=1e-12)


def test_the_slope_is_that_of_an_unpenalised_logistic_regression():
    from sklearn.linear_model import LogisticRegression

    for scale in (1e-3, 1.0, 50.0):
        score, linked = _tied_scores(5)
        oracle = LogisticRegression(C=np.inf, tol=1e-12, max_iter=1000).fit(score[:, None], linked)
        got = calibration_slope(7.0 + scale * score, linked)
        assert got * scale == pytest.approx(oracle.coef_[0, 0], rel=1e-4)


def test_a_calibrated_score_has_slope_one_and_an_overconfident_one_less():
    rng = np.random.default_rng(2)
    log_odds = rng.normal(-2, 2, 60_000)
    linked = rng.random(60_000) < 1 / (1 + np.exp(-log_odds))
    assert calibration_slope(log_odds, linked) == pytest.approx(1.0, abs=0.03)
    assert calibration_slope(2 * log_odds, linked) == pytest.approx(0.5, abs=0.015)


def test_no_slope_where_the_score_separates_or_says_nothing():
    for score, linked in (
        ([1, 2, 3, 4], [0, 0, 1, 1]),
        ([1, 2, 2, 4], [0, 0, 1, 1]),
        ([1, 2, 3, 4], [1, 1, 0, 0]),
        ([2, 2, 2, 2], [0, 1, 0, 1]),
        ([1, 2, 3, 4], [0, 0, 0, 0]),
    ):
        assert math.isnan(calibration_slope(score, linked))


def test_hits_at_a_share_of_false_alarms():
    score = np.arange(200, 0, -1)
    linked = np.isin(score, [200, 199, 197, 150])  # false alarms: one above 197, then 46 above 150
    assert true_positive_rate_at(score, linked, 0.0) == 0.5
    assert true_positive_rate_at(score, linked, 1 / 196) == 0.75
    assert true_positive_rate_at(score, linked, 1.0) == 1.0
    assert true_positive_rate_at([1, 1], [True, False], 0.01) == 0.0


def test_nothing_to_rank_gives_no_number():
    for score, linked in (([], []), ([1.0, 2.0], [True, True]), ([1.0], [False])):
        assert math.isnan(auc(score, linked))
    assert math.isnan(average_precision([], []))
    assert math.isnan(average_precision([1.0], [False]))
    assert math.isnan(brier_score([], []))
    with pytest.raises(EvaluationError, match="got 1 that are not"):
        auc([1.0, np.nan], [True, False])
    with pytest.raises(EvaluationError, match="one of each a pair"):
        auc([1.0], [True, False])


@pytest.mark.parametrize(
    ("split", "file"), [("offender_group", "quality_splits_groups.csv"), ("pairs", "quality_splits_pairs.csv")]
)
@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("nb_q15_df10", {"n_bins": 15, "df": 10}),
        ("nb_width10_df5", {"n_bins": 10, "df": 5, "partition": "width"}),
        ("nb_default_q30_df20", {"n_bins": 30, "df": 20}),
    ],
)
def test_quality_on_the_stored_splits_is_that_of_the_reference(
    reference: Path, reference_pairs, reference_evidence, split, file, name, settings
):
    assignments = pd.read_csv(reference / file)
    truth = pd.read_csv(reference / "quality.csv").query("split == @split and model == @name").set_index("rep")
    assert len(truth) == 10
    for rep, row in truth.iterrows():
        assignment = assignments[f"rep{rep}"].to_numpy()
        assert ((assignment == 1).sum(), (assignment == 0).sum()) == (row["n.train"], row["n.test"])
        got = evaluate_split(HistogramBayesFactor(**settings), reference_pairs, reference_evidence, assignment)
        assert got["auc"] == pytest.approx(row["auc"], rel=1e-9)
        assert got["average_precision"] == pytest.approx(row["ap"], rel=1e-9)


@pytest.fixture(scope="module")
def table(reference_crimes, reference_offenders, reference_pairs, reference_evidence) -> pd.DataFrame:
    series = series_data(reference_offenders, reference_crimes)
    return evaluate(
        reference_pairs,
        reference_evidence,
        groups_of_crimes(series),
        np.random.default_rng(1),
        n_repeats=4,
        event_at=series.set_index("crime_id")["event_at"],
    )


def test_evaluation_is_a_long_table_of_models_splits_and_metrics(table):
    assert list(table.columns)[:6] == ["model", "split", "metric", "value", "n_pairs", "n_linked"]
    assert set(table["model"]) == {"full", "space_and_time"}
    assert list(dict.fromkeys(table["split"])) == ["group", "group_01", "group_02", "group_03", "group_04", "time"]
    assert len(table) == 2 * 6 * len(METRICS)
    assert not table.duplicated(["model", "split", "metric"]).any()
    assert table["value"].notna().all()


def test_the_summary_is_the_mean_of_the_repeats_within_its_interval(table):
    full = table.query("model == 'full' and metric == 'auc'").set_index("split")
    repeats = full.loc[["group_01", "group_02", "group_03", "group_04"], "value"]
    assert full.loc["group", "value"] == pytest.approx(repeats.mean())
    assert repeats.min() <= full.loc["group", "value_low"] < full.loc["group", "value"]
    assert full.loc["group", "value"] < full.loc["group", "value_high"] <= repeats.max()
    assert full.loc["group_01":, "value_low"].isna().all()
    # Held-out groups of the reference give 0.868 on average, single splits from 0.73 to 0.95.
    assert 0.7 < full.loc["group", "value"] < 0.97


def test_the_baseline_sees_the_same_test_pairs_and_only_space_and_time(
    table, reference_crimes, reference_offenders, reference_pairs, reference_evidence
):
    sizes = table.groupby(["split", "model"])[["n_pairs", "n_linked"]].first().unstack()
    assert (sizes["n_pairs", "full"] == sizes["n_pairs", "space_and_time"]).all()
    groups = groups_of_crimes(series_data(reference_offenders, reference_crimes))
    scrambled = reference_evidence.assign(match_MO1="1", match_MO2="1", match_MO3="1")
    again = evaluate(reference_pairs, scrambled, groups, np.random.default_rng(1), n_repeats=4)
    chosen = "model == 'space_and_time' and split != 'time'"
    pd.testing.assert_frame_equal(
        again.query(chosen).reset_index(drop=True), table.query(chosen).reset_index(drop=True)
    )
    assert not again.query("model == 'full'").equals(table.query("model == 'full' and split != 'time'"))


def test_cluster_agreement_as_worked_by_hand():
    # Truth {a b c} {d e}, found {a b} {c d} {e}: of 4 true and 2 found pairs, 1 (a b) in common.
    got = cluster_agreement([1, 1, 1, 2, 2], [7, 7, 8, 8, 9])
    assert got.pairwise_precision == 1 / 2
    assert got.pairwise_recall == 1 / 4
    assert got.pairwise_f1 == pytest.approx(1 / 3)
    assert got.bcubed_precision == pytest.approx((1 + 1 + 1 / 2 + 1 / 2 + 1) / 5)
    assert got.bcubed_recall == pytest.approx((2 / 3 + 2 / 3 + 1 / 3 + 1 / 2 + 1 / 2) / 5)
    assert got.bcubed_f1 == pytest.approx(2 * (4 / 5) * (8 / 15) / (4 / 5 + 8 / 15))
    assert got.adjusted_rand == pytest.approx((1 - 4 * 2 / 10) / ((4 + 2) / 2 - 4 * 2 / 10))


def test_cluster_agreement_is_that_of_scikit_learn_and_of_naive_loops():
    from sklearn.metrics import adjusted_rand_score

    rng = np.random.default_rng(3)
    truth, found = rng.integers(0, 12, 150), rng.integers(0, 15, 150)
    got = cluster_agreement(truth, found)
    assert got.adjusted_rand == pytest.approx(adjusted_rand_score(truth, found), abs=1e-14)
    same_true, same_found = truth[:, None] == truth, found[:, None] == found
    both = (same_true & same_found).sum(axis=1)
    assert got.bcubed_precision == pytest.approx((both / same_found.sum(axis=1)).mean())
    assert got.bcubed_recall == pytest.approx((both / same_true.sum(axis=1)).mean())
    names = pd.Series(found).map(lambda label: f"s{99 - label}")
    assert cluster_agreement(truth, names) == pytest.approx(got)


def test_perfect_and_empty_agreement():
    assert cluster_agreement([1, 1, 2], ["x", "x", "y"]) == (1, 1, 1, 1, 1, 1, 1)
    apart = cluster_agreement([1, 2, 3], [1, 2, 3])
    assert apart.bcubed_f1 == apart.adjusted_rand == 1
    assert math.isnan(apart.pairwise_f1)
    assert cluster_agreement([1], [1]).adjusted_rand == 1
    with pytest.raises(EvaluationError, match="got 0 and 0"):
        cluster_agreement([], [])
