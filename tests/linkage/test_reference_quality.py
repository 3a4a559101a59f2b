"""Every model of the reference on every stored split: ours, R's logistic regressions, and its summary of them."""

import numpy as np
import pandas as pd
import pytest

from linkage.bayes_factors import HistogramBayesFactor
from linkage.ranking_metrics import auc, average_precision
from linkage.series import crime_groups, series_data
from linkage.splits import DROPPED, TEST, TRAIN
from tests.linkage.glm_of_r import fit_glm, step_backward

HISTOGRAMS = {
    "nb_q15_df10": {"n_bins": 15, "df": 10},
    "nb_width10_df5": {"n_bins": 10, "df": 5, "partition": "width"},
    "nb_default_q30_df20": {"n_bins": 30, "df": 20},
}
VARIABLES = ["spatial", "temporal", "tod", "dow", "MO1", "MO2", "MO3"]
# Boosting rests on R's gbm 2.1.8.1 and its random numbers: no other program gives those figures.
NOT_REPRODUCIBLE = "gbm"
FOUND = ["auc", "ap", "linked.top50", "linked.top100", "linked.top500"]


@pytest.fixture(scope="module")
def design(reference):
    """R's model matrix: intercept, four numbers, three indicators of a match."""
    evidence = pd.read_csv(reference / "evidence.csv")
    return np.column_stack([np.ones(len(evidence)), evidence[VARIABLES].to_numpy(dtype=float)])


@pytest.fixture(scope="module")
def assignments(reference):
    """One column a split, 1 training, 0 test, -1 dropped."""
    found = {("vignette", 0): pd.read_csv(reference / "train_index.csv")["train"].to_numpy()}
    for split, part in (("pairs", "pairs"), ("offender_group", "groups")):
        table = pd.read_csv(reference / f"quality_splits_{part}.csv")
        assert (table["row"] == np.arange(1, len(table) + 1)).all()
        found |= {(split, rep): table[f"rep{rep}"].to_numpy() for rep in range(1, 11)}
    return found


@pytest.fixture(scope="module")
def ours(design, assignments, reference_pairs, reference_evidence):
    """The table quality.csv as these programs give it, without boosting."""
    linked, weight = reference_pairs["is_linked"].to_numpy(), reference_pairs["weight"].to_numpy()
    rows = []
    for (split, rep), side in assignments.items():
        train, test = side == TRAIN, side == TEST
        scores = {
            name: HistogramBayesFactor(**settings)
            .fit(reference_evidence[train], linked[train], weight[train])
            .decision_function(reference_evidence[test])
            for name, settings in HISTOGRAMS.items()
        }
        seen = design[train], linked[train].astype(float), weight[train]
        for name, kept in (("logistic_full", list(range(8))), ("logistic_step", step_backward(*seen))):
            scores[name] = design[test][:, kept] @ fit_glm(seen[0][:, kept], *seen[1:]).estimate
        sizes = train.sum(), linked[train].sum(), test.sum(), linked[test].sum()
        rows += [(split, rep, name, *sizes, *_found(score, linked[test])) for name, score in scores.items()]
    names = ["split", "rep", "model", "n.train", "n.train.linked", "n.test", "n.test.linked", *FOUND]
    return pd.DataFrame(rows, columns=names)


def _found(score, linked):
    in_order = linked[np.argsort(-score, kind="stable")]
    return auc(score, linked), average_precision(score, linked), *(int(in_order[:n].sum()) for n in (50, 100, 500))


def test_every_figure_of_quality_but_boosting_comes_out(reference, ours):
    theirs = pd.read_csv(reference / "quality.csv")
    assert len(theirs) == 21 * 6
    both = theirs[theirs["model"] != NOT_REPRODUCIBLE].merge(ours, on=["split", "rep", "model"], suffixes=("", "_ours"))
    assert len(both) == 21 * 5
    for name in ("n.train", "n.train.linked", "n.test", "n.test.linked", *FOUND):
        np.testing.assert_allclose(both[f"{name}_ours"], both[name], rtol=1e-9, err_msg=name)


def test_mean_and_spread_over_the_splits_are_those_of_the_summary(reference, ours):
    theirs = pd.read_csv(reference / "quality_summary.csv")
    theirs = theirs[theirs["model"] != NOT_REPRODUCIBLE].set_index(["split", "model"])
    by_model = ours.groupby(["split", "model"])
    assert len(theirs) == len(by_model) == 3 * 5
    for name in ("auc", "ap", "linked.top100"):
        for part, of_splits in (("mean", by_model[name].mean()), ("sd", by_model[name].std())):
            expected = theirs[f"{name}.{part}"]
            np.testing.assert_allclose(of_splits.loc[expected.index], expected, rtol=1e-9, err_msg=name)


def test_boosting_is_recorded_and_never_the_best(reference):
    summary = pd.read_csv(reference / "quality_summary.csv").set_index(["split", "model"])["ap.mean"]
    for split in ("vignette", "pairs", "offender_group"):
        assert summary[split, "gbm"] < summary[split, "logistic_full"]
    influence = pd.read_csv(reference / "gbm_influence.csv").set_index("variable")["relative_influence"]
    assert list(influence.index) == VARIABLES
    assert influence.nlargest(2).index.tolist() == ["spatial", "temporal"]


def test_group_splits_follow_from_the_sides_of_the_groups(
    reference, assignments, reference_pairs, reference_crimes, reference_offenders
):
    series = series_data(reference_offenders, reference_crimes)
    group = pd.Series(crime_groups(series, "connected").to_numpy(), series["crime_id"])
    group = group[~group.index.duplicated()]
    sides = pd.read_csv(reference / "quality_group_assignment.csv", dtype={"group1": str}).set_index("group1")
    assert set(sides.index) == set(group)
    for rep in range(1, 11):
        one, other = (reference_pairs[f"crime_id_{i}"].map(group).map(sides[f"rep{rep}"]) for i in (1, 2))
        expected = np.where(one == other, one, DROPPED)
        np.testing.assert_array_equal(assignments["offender_group", rep], expected)


def test_the_logistic_regressions_are_those_of_r(reference, design, assignments, reference_pairs):
    train = assignments["vignette", 0] == TRAIN
    seen = (
        design[train],
        reference_pairs["is_linked"][train].to_numpy(float),
        reference_pairs["weight"][train].to_numpy(),
    )
    terms = ["(Intercept)", "spatial", "temporal", "tod", "dow", "MO11", "MO21", "MO31"]
    table = pd.read_csv(reference / "logistic_coef.csv")
    fits = pd.read_csv(reference / "logistic_fit.csv").set_index("model")
    for name, kept in (("full", list(range(8))), ("step", step_backward(*seen))):
        fit, theirs = fit_glm(seen[0][:, kept], *seen[1:]), table[table["model"] == name]
        assert theirs["term"].tolist() == [terms[i] for i in kept]
        np.testing.assert_allclose(fit.estimate, theirs["estimate"], rtol=1e-9)
        np.testing.assert_allclose(fit.se, theirs["se"], rtol=1e-9)
        np.testing.assert_allclose(fit.estimate / fit.se, theirs["z"], rtol=1e-9)
        assert fit.deviance == pytest.approx(fits.loc[name, "deviance"], rel=1e-9)
        assert fit.aic == pytest.approx(fits.loc[name, "aic"], rel=1e-9)
        assert (fit.n_steps, train.sum() - len(kept)) == tuple(fits.loc[name, ["iter", "df.residual"]])
        assert fit_glm(seen[0][:, :1], *seen[1:]).deviance == pytest.approx(fits.loc[name, "null.deviance"], rel=1e-9)
        assert train.sum() - 1 == fits.loc[name, "df.null"]
        links = pd.read_csv(reference / "predictions_other_models.csv")[f"logistic_{name}"]
        np.testing.assert_allclose(design[:, kept] @ fit.estimate, links, rtol=1e-9)


def test_r_tells_the_probability_of_each_estimate_from_the_normal_law(reference):
    from scipy.stats import norm

    table = pd.read_csv(reference / "logistic_coef.csv")
    np.testing.assert_allclose(table["estimate"] / table["se"], table["z"], rtol=1e-9)
    np.testing.assert_allclose(2.0 * norm.sf(table["z"].abs()), table["p"], rtol=1e-9)
