"""Models on held-out groups and later pairs: the reference's figures, and the table of an evaluation."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from linkage.bayes_factors import HistogramBayesFactor
from linkage.evaluation import (
    BASELINE,
    EVALUATION_COLUMNS,
    METRICS,
    evaluate,
    evaluate_split,
)
from linkage.evaluation_inputs import EvaluationError
from linkage.evidence_spec import SPACE_AND_TIME
from linkage.held_out_scores import Contender, PairPool, scores_of_split
from linkage.ranking_metrics import auc
from linkage.series import groups_of_crimes, series_data
from linkage.splits import group_split


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
def series(reference_crimes, reference_offenders) -> pd.DataFrame:
    return series_data(reference_offenders, reference_crimes)


@pytest.fixture(scope="module")
def table(series, reference_pairs, reference_evidence) -> pd.DataFrame:
    return evaluate(
        reference_pairs,
        reference_evidence,
        groups_of_crimes(series),
        np.random.default_rng(1),
        n_repeats=4,
        event_at=series.set_index("crime_id")["event_at"],
        n_resamples=40,
    )


def test_evaluation_is_a_long_table_of_models_splits_and_metrics(table):
    assert tuple(table.columns) == EVALUATION_COLUMNS
    assert set(table["model"]) == {"full", "space_and_time"}
    assert list(dict.fromkeys(table["split"])) == ["group", "group_01", "group_02", "group_03", "group_04", "time"]
    assert len(table) == 2 * 6 * len(METRICS)
    assert not table.duplicated(["model", "split", "metric"]).any()
    assert table[["value", "prevalence"]].notna().all(axis=None)
    single = table[table["split"] != "group"]
    np.testing.assert_allclose(single["prevalence"], single["n_linked"] / single["n_pairs"])


def test_the_summary_is_the_mean_of_the_repeats_within_its_interval(table):
    full = table.query("model == 'full' and metric == 'auc'").set_index("split")
    repeats = full.loc[["group_01", "group_02", "group_03", "group_04"], "value"]
    assert full.loc["group", "value"] == pytest.approx(repeats.mean())
    assert repeats.min() <= full.loc["group", "value_low"] < full.loc["group", "value"]
    assert full.loc["group", "value"] < full.loc["group", "value_high"] <= repeats.max()
    assert full.loc["group_01":"group_04", "value_low"].isna().all()
    # Held-out groups of the reference give 0.868 on average, single splits from 0.73 to 0.95.
    assert 0.7 < full.loc["group", "value"] < 0.97


def test_the_split_by_time_has_an_interval_over_groups_of_offenders(table):
    of_time = table.query("split == 'time' and metric in ('auc', 'average_precision')")
    assert (of_time["value_low"] < of_time["value"]).all()
    assert (of_time["value"] < of_time["value_high"]).all()


def test_the_gain_is_that_over_space_and_time_in_the_same_repeats(table):
    wide = table.query("metric == 'auc'").pivot(index="split", columns="model", values="value")
    gains = table.query("metric == 'auc' and model == 'full'").set_index("split")
    np.testing.assert_allclose(gains["difference"], (wide["full"] - wide["space_and_time"])[gains.index], atol=1e-12)
    repeats = gains.loc[["group_01", "group_02", "group_03", "group_04"], "difference"]
    assert repeats.min() <= gains.loc["group", "difference_low"] <= gains.loc["group", "difference_high"]
    assert gains.loc["group", "difference_high"] <= repeats.max()
    assert gains.loc["time", ["difference_low", "difference_high"]].notna().all()
    assert table.loc[table["model"] == BASELINE, ["difference", "difference_low"]].isna().all(axis=None)


def test_the_baseline_sees_the_same_test_pairs_and_only_space_and_time(
    table, series, reference_pairs, reference_evidence
):
    sizes = table.groupby(["split", "model"])[["n_pairs", "n_linked"]].first().unstack()
    assert (sizes["n_pairs", "full"] == sizes["n_pairs", "space_and_time"]).all()
    scrambled = reference_evidence.assign(match_MO1="1", match_MO2="1", match_MO3="1")
    again = evaluate(reference_pairs, scrambled, groups_of_crimes(series), np.random.default_rng(1), n_repeats=4)
    chosen = "model == 'space_and_time' and split != 'time'"
    pd.testing.assert_frame_equal(
        again.query(chosen).reset_index(drop=True), table.query(chosen).reset_index(drop=True)
    )
    assert not again.query("model == 'full'").equals(table.query("model == 'full' and split != 'time'"))


class Constant:
    """A model that has nothing to say."""

    def fit(self, evidence, is_linked, sample_weight):
        return self

    def decision_function(self, evidence):
        return np.zeros(len(evidence))


def test_any_models_are_judged_side_by_side_with_the_baseline(series, reference_pairs, reference_evidence):
    models = {
        "nothing": Contender(Constant),
        "near": Contender(HistogramBayesFactor, ("distance_km",)),
        "wide": Contender(lambda: HistogramBayesFactor(partition="width")),
    }
    groups = groups_of_crimes(series)
    got = evaluate(reference_pairs, reference_evidence, groups, np.random.default_rng(1), n_repeats=2, models=models)
    assert list(dict.fromkeys(got["model"])) == ["nothing", "near", "wide", "space_and_time"]
    nothing = got.query("model == 'nothing' and split == 'group_01'").set_index("metric")
    assert nothing.loc["auc", "value"] == 0.5
    assert nothing.loc["average_precision", "value"] == pytest.approx(nothing.loc["auc", "prevalence"])
    rng = np.random.default_rng(1)
    first = scores_of_split(models, reference_pairs, reference_evidence, group_split(reference_pairs, groups, 0.3, rng))
    truth = reference_pairs["is_linked"].to_numpy()[first.is_test]
    expected = auc(first.log_odds["near"], truth)
    assert got.query("model == 'near' and split == 'group_01' and metric == 'auc'")["value"].item() == pytest.approx(
        expected
    )
    own = {"space_and_time": Contender(lambda: HistogramBayesFactor(n_bins=5), SPACE_AND_TIME)}
    alone = evaluate(reference_pairs, reference_evidence, groups, np.random.default_rng(1), n_repeats=1, models=own)
    assert set(alone["model"]) == {"space_and_time"}


def test_the_prior_moves_calibration_but_no_rank(series, reference_pairs, reference_evidence):
    def at(prior: float) -> pd.Series:
        got = evaluate(
            reference_pairs,
            reference_evidence,
            groups_of_crimes(series),
            np.random.default_rng(1),
            n_repeats=1,
            prior_log_odds=prior,
        )
        return got.query("model == 'full' and split == 'group_01'").set_index("metric")["value"]

    low, high = at(-6.0), at(-3.0)
    assert low["auc"] == high["auc"]
    assert low["calibration_slope"] == pytest.approx(high["calibration_slope"])
    assert low["calibration_intercept"] == pytest.approx(high["calibration_intercept"] + 3.0)


def test_pairs_of_a_pool_bring_the_natural_prevalence(series, reference_pairs, reference_evidence):
    stands_for = np.where(reference_pairs["is_linked"], 1.0, 100.0)
    pool = PairPool(reference_pairs, reference_evidence, stands_for)
    groups = groups_of_crimes(series)
    event_at = series.set_index("crime_id")["event_at"]
    plain, natural = (
        evaluate(
            reference_pairs,
            reference_evidence,
            groups,
            np.random.default_rng(1),
            n_repeats=1,
            pool=given,
            event_at=event_at,
            n_resamples=5,
        ).set_index(["model", "split", "metric"])
        for given in (None, pool)
    )
    for split in ("group_01", "time"):
        key = ("full", split, "auc")
        assert natural.loc[key, "n_pairs"] == plain.loc[key, "n_pairs"]
        key = ("full", split, "average_precision")
        assert natural.loc[key, "value"] < plain.loc[key, "value"]
    # Ranks do not change by time, where every unlinked pair weighs alike.
    key = ("full", "time", "auc")
    assert natural.loc[key, "value"] == pytest.approx(plain.loc[key, "value"])
    n_linked, n_unlinked = plain.loc[key, "n_linked"], plain.loc[key, "n_pairs"] - plain.loc[key, "n_linked"]
    assert natural.loc[key, "prevalence"] == pytest.approx(n_linked / (n_linked + 100 * n_unlinked))


def test_parts_of_the_pairs_are_measured_where_they_hold_enough_links(series, reference_pairs, reference_evidence):
    near = reference_evidence["distance_km"] < 4
    strata = pd.DataFrame({"reach": np.where(near, "near", "far"), "all": "yes"})
    got = evaluate(
        reference_pairs,
        reference_evidence,
        groups_of_crimes(series),
        np.random.default_rng(1),
        n_repeats=3,
        strata=strata,
    )
    of_auc = got.query("metric == 'auc' and model == 'full'").set_index("split")
    assert list(of_auc.index) == ["group", "group_01", "group_02", "group_03", "reach:far", "reach:near", "all:yes"]
    assert of_auc.loc["reach:far", "n_linked"] < 30 <= of_auc.loc["reach:near", "n_linked"]
    assert of_auc.loc["reach:far", ["value", "value_low", "difference"]].isna().all()
    pd.testing.assert_series_equal(of_auc.loc["all:yes"], of_auc.loc["group"], check_names=False)
    values, rng = [], np.random.default_rng(1)
    for _ in range(3):
        assignment = group_split(reference_pairs, groups_of_crimes(series), 0.3, rng)
        scores = scores_of_split(
            {"full": Contender(HistogramBayesFactor)}, reference_pairs, reference_evidence, assignment
        )
        inside = near.to_numpy()[scores.is_test]
        truth = reference_pairs["is_linked"].to_numpy()[scores.is_test][inside]
        values.append(auc(scores.log_odds["full"][inside], truth))
    assert of_auc.loc["reach:near", "value"] == pytest.approx(np.mean(values))


def test_evidence_that_is_not_there_is_refused_in_words(series, reference_pairs, reference_evidence):
    with pytest.raises(EvaluationError, match="expected evidence columns of odd, got none named nonsense"):
        evaluate(
            reference_pairs,
            reference_evidence,
            groups_of_crimes(series),
            np.random.default_rng(1),
            models={"odd": Contender(HistogramBayesFactor, ("nonsense",))},
        )
