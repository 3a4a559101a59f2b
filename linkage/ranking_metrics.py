"""How well a score ranks pairs: the curve of what examining them finds, and the numbers drawn from it.

All measures take `sample_weight`: how many pairs of the population each pair stands for, so that a sample of the
unlinked pairs gives the figures of the natural prevalence. Ties are counted together throughout: the order of the rows
never matters. Pairs that are given in descending order of score are not sorted again, which resampling relies on.
"""

import numpy as np
import numpy.typing as npt
import pandas as pd

from linkage.evaluation_inputs import Floats, LabelledScores, descending, labelled_scores, last_of_ties

Counts = npt.NDArray[np.int64] | Floats


def ranking_curve(
    score: npt.ArrayLike, is_linked: npt.ArrayLike, sample_weight: npt.ArrayLike | None = None
) -> pd.DataFrame:
    """Return what examining all pairs down to each distinct score finds.

    Parameters
    ----------
    score : array_like, float, shape (n_pairs,)
    is_linked : array_like, bool, shape (n_pairs,)
    sample_weight : array_like, float, shape (n_pairs,), optional
        1 when left out.

    Returns
    -------
    DataFrame
        threshold (descending), true_positive_rate, false_positive_rate, precision, n_examined (whole without weights),
        share_examined; one row a distinct score, ties counted together. A rate is NaN when its class is empty.

    Raises
    ------
    EvaluationError
        Lengths differ, a score is not a number or a weight is negative.
    """
    pairs = labelled_scores(score, is_linked, sample_weight)
    order = descending(pairs.score)
    ranked = pairs.score[order]
    last = last_of_ties(ranked)
    n_found, n_examined = _cumulated(pairs, order, last)
    n_linked, n = (float(counts[-1]) if len(counts) else 0.0 for counts in (n_found, n_examined))
    return pd.DataFrame(
        {
            "threshold": ranked[last],
            "true_positive_rate": _share(n_found, n_linked),
            "false_positive_rate": _share(n_examined - n_found, n - n_linked),
            "precision": _share(n_found, n_examined),
            "n_examined": n_examined,
            "share_examined": _share(n_examined, n),
        }
    )


def auc(score: npt.ArrayLike, is_linked: npt.ArrayLike, sample_weight: npt.ArrayLike | None = None) -> float:
    """Return the probability that a linked pair scores above an unlinked one, ties counted half; NaN without both."""
    curve = ranking_curve(score, is_linked, sample_weight)
    tpr = np.concatenate([[0.0], curve["true_positive_rate"]])
    fpr = np.concatenate([[0.0], curve["false_positive_rate"]])
    return float(np.sum(np.diff(fpr) * (tpr[1:] + tpr[:-1]) / 2.0)) if len(curve) else float("nan")


def average_precision(
    score: npt.ArrayLike, is_linked: npt.ArrayLike, sample_weight: npt.ArrayLike | None = None
) -> float:
    """Return the precision averaged over the linked pairs, ties counted together; NaN without linked pairs.

    A score that says nothing gives the prevalence: give both.
    """
    curve = ranking_curve(score, is_linked, sample_weight)
    gained = np.diff(np.concatenate([[0.0], curve["true_positive_rate"]]))
    precision = curve["precision"].to_numpy()
    # Pairs of weight 0 at the top have no precision; they gain nothing either.
    return float(np.sum(gained * np.where(gained == 0, 0.0, precision))) if len(curve) else float("nan")


def true_positive_rate_at(
    score: npt.ArrayLike,
    is_linked: npt.ArrayLike,
    false_positive_rate: float,
    sample_weight: npt.ArrayLike | None = None,
) -> float:
    """Return the largest share of linked pairs found at no more than a share of false alarms."""
    curve = ranking_curve(score, is_linked, sample_weight)
    allowed = curve.loc[curve["false_positive_rate"] <= false_positive_rate, "true_positive_rate"]
    return float(allowed.max()) if len(allowed) else 0.0


def prevalence(is_linked: npt.ArrayLike, sample_weight: npt.ArrayLike | None = None) -> float:
    """Return the share of pairs that are linked; NaN where there is none."""
    linked = np.asarray(is_linked).astype(np.bool_)
    pairs = labelled_scores(np.zeros(linked.shape), linked, sample_weight)
    total = float(pairs.size.sum())
    return float(pairs.size[linked].sum()) / total if total else float("nan")


def _cumulated(
    pairs: LabelledScores, order: npt.NDArray[np.int64], last: npt.NDArray[np.int64]
) -> tuple[Counts, Counts]:
    """Return how many linked pairs, and pairs, are found down to the end of each tie."""
    linked = pairs.is_linked[order]
    if pairs.weight is None:
        return np.cumsum(linked, dtype=np.int64)[last], (last + 1).astype(np.int64)
    weight = pairs.weight[order]
    # Summed apart, so that linked and unlinked never exceed all by a rounding.
    n_found, n_false = np.cumsum(weight * linked)[last], np.cumsum(weight * ~linked)[last]
    return n_found, n_found + n_false


def _share(part: npt.ArrayLike, whole: npt.ArrayLike) -> Floats:
    size = np.broadcast_to(np.asarray(whole, dtype=np.float64), np.shape(part))
    return np.divide(part, size, out=np.full(np.shape(part), np.nan), where=size > 0)
