"""What every measure of scored pairs takes: a score, a label and, where pairs stand for others, a weight a pair."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


class EvaluationError(ValueError):
    """Scores cannot be evaluated as given."""


class LabelledScores(NamedTuple):
    """Pairs with the score that a model gave, the truth, and how many pairs each one stands for."""

    score: Floats
    is_linked: Bools
    weight: Floats | None

    @property
    def size(self) -> Floats:
        """How many pairs each one stands for; 1 without weights."""
        return np.ones(len(self.score)) if self.weight is None else self.weight


def labelled_scores(
    score: npt.ArrayLike, is_linked: npt.ArrayLike, sample_weight: npt.ArrayLike | None = None
) -> LabelledScores:
    """Return the arguments as checked arrays of one length.

    Raises
    ------
    EvaluationError
        Lengths differ, a score is not a number, or a weight is not a finite number of 0 or more.
    """
    scores, linked = np.asarray(score, dtype=np.float64), np.asarray(is_linked).astype(np.bool_)
    if scores.shape != linked.shape or scores.ndim != 1:
        raise EvaluationError(
            f"score, is_linked: expected one of each a pair, got shapes {scores.shape} and {linked.shape}; align them"
        )
    if np.isnan(scores).any():
        raise EvaluationError(
            f"score: expected numbers, got {np.isnan(scores).sum()} that are not; missing evidence should contribute 0"
        )
    return LabelledScores(scores, linked, None if sample_weight is None else _weights(sample_weight, scores.shape))


def descending(score: Floats) -> npt.NDArray[np.int64]:
    """Return the order that puts the largest score first; what is already in order is not sorted again."""
    return np.argsort(-score, kind="stable").astype(np.int64, copy=False)


def last_of_ties(ranked: Floats) -> npt.NDArray[np.int64]:
    """Return the place of the last of each run of equal values."""
    is_last = np.ones(len(ranked), dtype=np.bool_)
    is_last[:-1] = ranked[1:] != ranked[:-1]
    return np.flatnonzero(is_last).astype(np.int64, copy=False)


def with_weight(pairs: LabelledScores) -> LabelledScores:
    """Leave out pairs that stand for none."""
    if pairs.weight is None or pairs.weight.all():
        return pairs
    kept = pairs.weight > 0
    return LabelledScores(pairs.score[kept], pairs.is_linked[kept], pairs.weight[kept])


def _weights(sample_weight: npt.ArrayLike, shape: tuple[int, ...]) -> Floats:
    weight = np.asarray(sample_weight, dtype=np.float64)
    if weight.shape != shape:
        raise EvaluationError(f"sample_weight: expected one a pair, {shape}, got shape {weight.shape}; align them")
    if not (np.isfinite(weight).all() and (weight >= 0).all()):
        raise EvaluationError("sample_weight: expected finite numbers of 0 or more, got others; correct them")
    return weight
