"""How well a score ranks and how true its probabilities are, on pairs that the model has not seen."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from linkage.bayes_factors import HistogramBayesFactor
from linkage.evidence import SPACE_AND_TIME
from linkage.splits import TEST, TRAIN, Assignment, group_split, time_split

Floats = npt.NDArray[np.float64]

METRICS = ("auc", "average_precision", "calibration_slope", "brier", "tpr_at_1pct_fpr", "tpr_at_5pct_fpr")
MAX_NEWTON_STEPS = 50


class EvaluationError(ValueError):
    """Scores cannot be evaluated as given."""


class ClusterAgreement(NamedTuple):
    """How far found clusters agree with true ones; shares in [0, 1], NaN where there is nothing to share."""

    bcubed_precision: float
    bcubed_recall: float
    bcubed_f1: float
    pairwise_precision: float
    pairwise_recall: float
    pairwise_f1: float
    adjusted_rand: float


def ranking_curve(score: npt.ArrayLike, is_linked: npt.ArrayLike) -> pd.DataFrame:
    """Return what examining all pairs down to each distinct score finds.

    Returns
    -------
    DataFrame
        threshold (descending), true_positive_rate, false_positive_rate, precision, n_examined, share_examined; one
        row a distinct score, ties counted together. A rate is NaN when its class is empty.

    Raises
    ------
    EvaluationError
        Lengths differ or a score is not a number.
    """
    scores, linked = _checked(score, is_linked)
    order = np.argsort(-scores, kind="stable")
    ranked = scores[order]
    is_last_of_tie = np.ones(len(ranked), dtype=np.bool_)
    is_last_of_tie[:-1] = ranked[1:] != ranked[:-1]
    n_examined = np.flatnonzero(is_last_of_tie).astype(np.int64) + 1
    n_found = np.cumsum(linked[order], dtype=np.int64)[n_examined - 1]
    n_linked, n = int(linked.sum()), len(linked)
    return pd.DataFrame(
        {
            "threshold": ranked[n_examined - 1],
            "true_positive_rate": _share(n_found, n_linked),
            "false_positive_rate": _share(n_examined - n_found, n - n_linked),
            "precision": _share(n_found, n_examined),
            "n_examined": n_examined,
            "share_examined": _share(n_examined, n),
        }
    )


def auc(score: npt.ArrayLike, is_linked: npt.ArrayLike) -> float:
    """Return the probability that a linked pair scores above an unlinked one, ties counted half; NaN without both."""
    curve = ranking_curve(score, is_linked)
    tpr = np.concatenate([[0.0], curve["true_positive_rate"]])
    fpr = np.concatenate([[0.0], curve["false_positive_rate"]])
    return float(np.sum(np.diff(fpr) * (tpr[1:] + tpr[:-1]) / 2.0)) if len(curve) else float("nan")


def average_precision(score: npt.ArrayLike, is_linked: npt.ArrayLike) -> float:
    """Return the precision averaged over the linked pairs, ties counted together; NaN without linked pairs."""
    curve = ranking_curve(score, is_linked)
    gained = np.diff(np.concatenate([[0.0], curve["true_positive_rate"]]))
    return float(np.sum(gained * curve["precision"].to_numpy())) if len(curve) else float("nan")


def true_positive_rate_at(score: npt.ArrayLike, is_linked: npt.ArrayLike, false_positive_rate: float) -> float:
    """Return the largest share of linked pairs found at no more than a share of false alarms."""
    curve = ranking_curve(score, is_linked)
    allowed = curve.loc[curve["false_positive_rate"] <= false_positive_rate, "true_positive_rate"]
    return float(allowed.max()) if len(allowed) else 0.0


def brier_score(log_odds: npt.ArrayLike, is_linked: npt.ArrayLike) -> float:
    """Return the mean squared error of the posterior probability."""
    odds, linked = _checked(log_odds, is_linked)
    return float(np.mean((np.exp(-np.logaddexp(0.0, -odds)) - linked) ** 2)) if len(odds) else float("nan")


def calibration_slope(log_odds: npt.ArrayLike, is_linked: npt.ArrayLike) -> float:
    """Return the slope of a logistic regression of the label on the log odds.

    1 is calibrated, below 1 overconfident. NaN where the regression has no finite solution: one class, one distinct
    score, or classes that the score separates.
    """
    odds, linked = _checked(log_odds, is_linked)
    if len(np.unique(odds)) < 2 or linked.all() or not linked.any() or _separates(odds, linked):
        return float("nan")
    # Plain sums, not matrix products: those differ in the last bit from one processor's BLAS kernel to another's.
    spread = float(odds.std())
    z = (odds - odds.mean()) / spread
    intercept = slope = 0.0
    for _ in range(MAX_NEWTON_STEPS):
        p = np.exp(-np.logaddexp(0.0, -(intercept + slope * z)))
        weight, lack = p * (1.0 - p), linked - p
        a, b, c = float(weight.sum()), float((weight * z).sum()), float((weight * z * z).sum())
        g, h = float(lack.sum()), float((lack * z).sum())
        determinant = a * c - b * b
        if determinant <= 0.0:
            return float("nan")
        step = (c * g - b * h) / determinant, (a * h - b * g) / determinant
        largest = max(map(abs, step))
        # A long first step would carry every p to 0 or 1, where the information matrix is singular.
        shortened = min(1.0, 4.0 / (largest + 1e-300))
        intercept, slope = intercept + shortened * step[0], slope + shortened * step[1]
        if largest < 1e-10:
            break
    return slope / spread


def evaluate_split(
    model: HistogramBayesFactor,
    pairs: pd.DataFrame,
    evidence: pd.DataFrame,
    assignment: Assignment,
    prior_log_odds: float | None = None,
) -> dict[str, float]:
    """Fit on the training pairs of a split and return each of `METRICS` on its test pairs.

    Without `prior_log_odds` the odds of the training pairs are the prior: right for test pairs sampled as they were.
    """
    is_train, is_test = assignment == TRAIN, assignment == TEST
    linked = pairs["is_linked"].to_numpy(dtype=bool)
    model.fit(evidence[is_train], linked[is_train], pairs["weight"].to_numpy()[is_train])
    if prior_log_odds is None:
        prior_log_odds = float(np.log(linked[is_train].sum() / (~linked[is_train]).sum()))
    log_odds, truth = model.decision_function(evidence[is_test]) + prior_log_odds, linked[is_test]
    values = (
        auc(log_odds, truth),
        average_precision(log_odds, truth),
        calibration_slope(log_odds, truth),
        brier_score(log_odds, truth),
        true_positive_rate_at(log_odds, truth, 0.01),
        true_positive_rate_at(log_odds, truth, 0.05),
    )
    return dict(zip(METRICS, values, strict=True))


def evaluate(
    pairs: pd.DataFrame,
    evidence: pd.DataFrame,
    groups: pd.Series,
    rng: np.random.Generator,
    *,
    n_repeats: int = 10,
    test_share: float = 0.3,
    make_model: Callable[[], HistogramBayesFactor] = HistogramBayesFactor,
    models: Mapping[str, Sequence[str]] | None = None,
    prior_log_odds: float | None = None,
    event_at: pd.Series | None = None,
) -> pd.DataFrame:
    """Return how models do on pairs held out by group of connected offenders, again and again.

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
        Gives an unfitted model.
    models : mapping of name to evidence columns
        `full` and `space_and_time` when left out.
    prior_log_odds : float, optional
        See `evaluate_split`.
    event_at : Series, indexed by crime_id
        When given, one split by time is evaluated too.

    Returns
    -------
    DataFrame
        model, split, metric, value, n_pairs, n_linked (of the test pairs), value_low, value_high. Split `group` is
        the mean over the repeats with the 2.5 and 97.5 percentiles of the repeats; `group_01` ... are the repeats,
        `time` the split by time.
    """
    if models is None:
        models = {"full": list(evidence.columns), "space_and_time": list(SPACE_AND_TIME)}
    rows = []
    for split, assignment in _splits(pairs, groups, rng, n_repeats, test_share, event_at):
        n_pairs = int((assignment == TEST).sum())
        n_linked = int(pairs["is_linked"].to_numpy(dtype=bool)[assignment == TEST].sum())
        for name, columns in models.items():
            values = evaluate_split(make_model(), pairs, evidence[list(columns)], assignment, prior_log_odds)
            rows += [(name, split, metric, value, n_pairs, n_linked) for metric, value in values.items()]
    table = pd.DataFrame(rows, columns=["model", "split", "metric", "value", "n_pairs", "n_linked"])
    return pd.concat([_mean_of_repeats(table), table], ignore_index=True)


def cluster_agreement(truth: Sequence[object] | pd.Series, found: Sequence[object] | pd.Series) -> ClusterAgreement:
    """Compare found clusters with true ones, both given as a label of each crime.

    References
    ----------
    Bagga and Baldwin (1998) for B-cubed; Hubert and Arabie (1985) for the adjusted Rand index.
    """
    if len(truth) != len(found) or not len(truth):
        raise EvaluationError(
            f"truth, found: expected a label of each crime in both, got {len(truth)} and {len(found)}; align them"
        )
    true_code, found_code = pd.factorize(np.asarray(truth))[0], pd.factorize(np.asarray(found))[0]
    cells = (
        pd.DataFrame({"true": true_code, "found": found_code}).groupby(["true", "found"]).size().reset_index(name="n")
    )
    n, n_true, n_found = cells["n"].to_numpy(), np.bincount(true_code), np.bincount(found_code)
    precision = float(np.sum(n * n / n_found[cells["found"]]) / len(true_code))
    recall = float(np.sum(n * n / n_true[cells["true"]]) / len(true_code))
    both, true_pairs, found_pairs = (float(np.sum(size * (size - 1) / 2)) for size in (n, n_true, n_found))
    all_pairs = len(true_code) * (len(true_code) - 1) / 2
    pairwise = _ratio(both, found_pairs), _ratio(both, true_pairs)
    return ClusterAgreement(
        precision,
        recall,
        _f1(precision, recall),
        *pairwise,
        _f1(*pairwise),
        _rand(both, true_pairs, found_pairs, all_pairs),
    )


def _splits(
    pairs: pd.DataFrame,
    groups: pd.Series,
    rng: np.random.Generator,
    n_repeats: int,
    test_share: float,
    event_at: pd.Series | None,
) -> Iterator[tuple[str, Assignment]]:
    for repeat in range(1, n_repeats + 1):
        yield f"group_{repeat:02d}", group_split(pairs, groups, test_share, rng)
    if event_at is not None:
        yield "time", time_split(pairs, event_at, test_share)


def _mean_of_repeats(table: pd.DataFrame) -> pd.DataFrame:
    repeats = table[table["split"].str.startswith("group_")]
    grouped = repeats.groupby(["model", "metric"], sort=False)
    mean = grouped[["value", "n_pairs", "n_linked"]].mean().round({"n_pairs": 0, "n_linked": 0})
    mean = mean.astype({"n_pairs": "int64", "n_linked": "int64"})
    bounds = {"value_low": grouped["value"].quantile(0.025), "value_high": grouped["value"].quantile(0.975)}
    return mean.assign(split="group", **bounds).reset_index()[[*table.columns, *bounds]]


def _checked(score: npt.ArrayLike, is_linked: npt.ArrayLike) -> tuple[Floats, npt.NDArray[np.bool_]]:
    scores, linked = np.asarray(score, dtype=np.float64), np.asarray(is_linked).astype(np.bool_)
    if scores.shape != linked.shape or scores.ndim != 1:
        raise EvaluationError(
            f"score, is_linked: expected one of each a pair, got shapes {scores.shape} and {linked.shape}; align them"
        )
    if np.isnan(scores).any():
        raise EvaluationError(
            f"score: expected numbers, got {np.isnan(scores).sum()} that are not; missing evidence should contribute 0"
        )
    return scores, linked


def _separates(odds: Floats, linked: npt.NDArray[np.bool_]) -> bool:
    above = odds[linked].min() >= odds[~linked].max()
    below = odds[linked].max() <= odds[~linked].min()
    return bool(above or below)


def _share(part: npt.NDArray[np.int64], whole: npt.ArrayLike) -> Floats:
    size = np.broadcast_to(np.asarray(whole, dtype=np.float64), np.shape(part))
    return np.divide(part, size, out=np.full(np.shape(part), np.nan), where=size > 0)


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else float("nan")


def _f1(precision: float, recall: float) -> float:
    return 0.0 if precision + recall == 0 else 2 * precision * recall / (precision + recall)


def _rand(both: float, true_pairs: float, found_pairs: float, all_pairs: float) -> float:
    """Return the adjusted Rand index; 1 when both sides have all crimes together or all apart."""
    expected = _ratio(true_pairs * found_pairs, all_pairs) if all_pairs else 0.0
    largest = (true_pairs + found_pairs) / 2
    return 1.0 if largest == expected else (both - expected) / (largest - expected)
