"""How models do on pairs that they have not seen: split again and again, measured, and compared with a baseline."""

from collections.abc import Callable, Iterator, Mapping

import numpy as np
import pandas as pd

from linkage.bayes_factors import HistogramBayesFactor
from linkage.bootstrap import DRAW_COLUMNS, Metric, bootstrap_pairs, intervals, pair_groups, paired_differences
from linkage.calibration_metrics import (
    brier_score,
    calibration_intercept,
    calibration_slope,
    expected_calibration_error,
    log_loss,
)
from linkage.contender import Contender, PairModel
from linkage.evaluation_inputs import Bools, Floats, descending
from linkage.evidence_spec import SPACE_AND_TIME
from linkage.held_out_scores import (
    HeldOutScores,
    PairPool,
    check_columns,
    scores_by_group,
    scores_by_time,
    scores_of_split,
)
from linkage.ranking_metrics import auc, average_precision, prevalence, true_positive_rate_at
from linkage.splits import Assignment, held_out_groups, sides, time_cut

METRICS: Mapping[str, Metric] = {
    "auc": auc,
    "average_precision": average_precision,
    "tpr_at_1pct_fpr": lambda odds, linked, weight: true_positive_rate_at(odds, linked, 0.01, weight),
    "tpr_at_5pct_fpr": lambda odds, linked, weight: true_positive_rate_at(odds, linked, 0.05, weight),
    "brier": brier_score,
    "log_loss": log_loss,
    "ece": expected_calibration_error,
    "calibration_slope": calibration_slope,
    "calibration_intercept": calibration_intercept,
}
BASELINE = "space_and_time"
MIN_PAIRS = 30
"""Fewer linked or unlinked test pairs than this say nothing of a crime group or a distance band."""

SIZES = ("n_pairs", "n_linked", "prevalence")
DIFFERENCES = ("difference", "difference_low", "difference_high")
EVALUATION_COLUMNS = (
    "model",
    "split",
    "metric",
    "value",
    "n_pairs",
    "n_linked",
    "value_low",
    "value_high",
    "prevalence",
    *DIFFERENCES,
)


def evaluate(
    pairs: pd.DataFrame,
    evidence: pd.DataFrame,
    groups: pd.Series,
    rng: np.random.Generator,
    *,
    n_repeats: int = 10,
    test_share: float = 0.3,
    make_model: Callable[[], PairModel] = HistogramBayesFactor,
    models: Mapping[str, Contender] | None = None,
    prior_log_odds: float | None = None,
    event_at: pd.Series | None = None,
    pool: PairPool | None = None,
    strata: pd.DataFrame | None = None,
    n_resamples: int = 200,
) -> pd.DataFrame:
    """Return how models do on pairs held out by group of connected offenders, again and again, and by time.

    Parameters
    ----------
    pairs : DataFrame
        crime_id_1, crime_id_2, weight, is_linked, row-aligned with the evidence.
    evidence : DataFrame
    groups : Series of str, indexed by crime_id
    rng : Generator
    n_repeats : int
        Group splits; every model sees the same ones.
    test_share : float
        Share of groups (of pairs, by time) held out.
    make_model : callable
        Makes the model `full` where `models` is left out, and the baseline where they hold none.
    models : mapping of name to Contender, optional
        `full`, with all evidence, when left out. `space_and_time` is always judged beside them.
    prior_log_odds : float, optional
        Prior of the posteriors that are judged; that of the training side when left out.
    event_at : Series, indexed by crime_id
        When given, one split by time is evaluated too.
    pool : PairPool, optional
        Pairs to judge on, held out by the same groups and time, at the prevalence of the force
        (`linkage.natural_pairs`). When left out models are judged on training pairs held out, as they were drawn: right
        for ranks, but there links are commoner than in any force.
    strata : DataFrame, row-aligned with the pairs that are judged, optional
        Columns of labels (`linkage.pair_strata`); each label's test pairs are measured by themselves too.
    n_resamples : int
        Resamples of groups of offenders for the interval of the split by time.

    Returns
    -------
    DataFrame
        The columns of `EVALUATION_COLUMNS`; n_pairs, n_linked and prevalence are those of the test pairs. Split `group`
        is the mean over the repeats with the 2.5 and 97.5 percentiles of the repeats; `group_01` ... are the repeats;
        `time` is the split by time with an interval over groups of offenders (`linkage.bootstrap`). Splits such as
        `crime_group:robbery_personal` are the parts that `strata` names, in the mean of the group splits; one with
        fewer than 30 linked or 30 unlinked pairs has NaN for every measure. `difference` is the gain over
        `space_and_time` in the same repeats or resamples; NaN for the baseline itself and, its bounds, for single
        repeats.

    Raises
    ------
    EvaluationError
        A model asks for evidence that is not there.
    SplitError
        Nothing can be held out.
    """
    contenders = _contenders(models, make_model, evidence)
    judged = pairs if pool is None else pool.pairs
    linked = judged["is_linked"].to_numpy(dtype=np.bool_)
    parts = []
    for repeat in range(1, n_repeats + 1):
        held_out = held_out_groups(pairs, groups, test_share, rng)
        if pool is None:
            scores = scores_of_split(contenders, pairs, evidence, sides(pairs, groups, held_out), prior_log_odds)
        else:
            scores = scores_by_group(contenders, pairs, evidence, groups, held_out, pool, prior_log_odds)
        for part, inside in _parts(strata, scores.is_test):
            parts.append(_measured(scores, part, inside, linked).assign(draw=repeat))
    if event_at is not None:
        cut = time_cut(pairs, event_at, test_share)
        scores = scores_by_time(contenders, pairs, evidence, event_at, cut, pool, prior_log_odds)
        parts.append(_resampled(scores, judged, groups, linked, n_resamples, rng))
    measured = pd.concat(parts, ignore_index=True)
    tables = [_summary(str(part), rows) for part, rows in measured.groupby("part", sort=False)]
    tables.insert(1, _single_repeats(measured[measured["part"] == "group"]))
    return pd.concat(tables, ignore_index=True)


def evaluate_split(
    model: PairModel,
    pairs: pd.DataFrame,
    evidence: pd.DataFrame,
    assignment: Assignment,
    prior_log_odds: float | None = None,
) -> dict[str, float]:
    """Fit on the training pairs of a split and return each of `METRICS` on its test pairs; see `scores_of_split`."""
    scores = scores_of_split({"model": Contender(lambda: model)}, pairs, evidence, assignment, prior_log_odds)
    truth = pairs["is_linked"].to_numpy(dtype=np.bool_)[scores.is_test]
    return {name: metric(scores.log_odds["model"], truth, None) for name, metric in METRICS.items()}


def _contenders(
    models: Mapping[str, Contender] | None, make_model: Callable[[], PairModel], evidence: pd.DataFrame
) -> dict[str, Contender]:
    contenders = {"full": Contender(make_model)} if models is None else dict(models)
    contenders.setdefault(BASELINE, Contender(make_model, SPACE_AND_TIME))
    check_columns(contenders, evidence)
    return contenders


def _parts(strata: pd.DataFrame | None, is_test: Bools) -> Iterator[tuple[str, Bools]]:
    """Yield the parts of the test pairs to be measured, each as a mask over the test pairs."""
    yield "group", np.ones(int(is_test.sum()), dtype=np.bool_)
    for kind, labels in () if strata is None else strata.items():
        for label in sorted(labels.dropna().unique()):
            yield f"{kind}:{label}", (labels == label).to_numpy(dtype=np.bool_)[is_test]


def _measured(scores: HeldOutScores, part: str, inside: Bools, linked: Bools) -> pd.DataFrame:
    truth, weight = linked[scores.is_test][inside], scores.size[inside]
    rows = []
    for model, log_odds in scores.log_odds.items():
        order = descending(log_odds[inside])  # once, for measures do not sort again what is in order
        ranked = log_odds[inside][order], truth[order], weight[order]
        rows += [(model, metric, measure(*ranked)) for metric, measure in METRICS.items()]
    return pd.DataFrame(rows, columns=["model", "metric", "value"]).assign(part=part, **_sizes(truth, weight))


def _resampled(
    scores: HeldOutScores,
    pairs: pd.DataFrame,
    groups: pd.Series,
    linked: Bools,
    n_resamples: int,
    rng: np.random.Generator,
) -> pd.DataFrame:
    truth, weight = linked[scores.is_test], scores.size
    of_pairs = pair_groups(pairs[scores.is_test], groups)
    draws = bootstrap_pairs(
        scores.log_odds, truth, of_pairs, METRICS, rng, n_resamples=n_resamples, sample_weight=weight
    )
    return draws.assign(part="time", **_sizes(truth, weight))


def _sizes(truth: Bools, weight: Floats) -> dict[str, float]:
    return dict(zip(SIZES, (len(truth), int(truth.sum()), prevalence(truth, weight)), strict=True))


def _summary(part: str, measured: pd.DataFrame) -> pd.DataFrame:
    """Return one row a model and measure: the mean of the repeats, or the value and its resamples."""
    sizes = measured.groupby("draw")[list(SIZES)].first().mean()
    draws = measured[list(DRAW_COLUMNS)]
    table = intervals(draws).merge(paired_differences(draws, BASELINE), on=["model", "metric"], how="left")
    fewest = min(sizes["n_linked"], sizes["n_pairs"] - sizes["n_linked"])
    if part not in ("group", "time") and fewest < MIN_PAIRS:
        table[["value", "value_low", "value_high", *DIFFERENCES]] = np.nan
    counts = {name: round(sizes[name]) for name in ("n_pairs", "n_linked")}
    return table.assign(split=part, **counts, prevalence=sizes["prevalence"])[list(EVALUATION_COLUMNS)]


def _single_repeats(measured: pd.DataFrame) -> pd.DataFrame:
    baseline = measured.loc[measured["model"] == BASELINE, ["metric", "draw", "value"]]
    table = measured.merge(baseline, on=["metric", "draw"], suffixes=("", "_baseline"))
    # Repeats after one another, models as they were named, as they were measured.
    table = table.sort_values("draw", kind="stable")
    gained = (table["value"] - table["value_baseline"]).where(table["model"] != BASELINE)
    split = table["draw"].map("group_{:02d}".format)
    return table.assign(split=split, difference=gained).reindex(columns=list(EVALUATION_COLUMNS))
