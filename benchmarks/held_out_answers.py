"""What a model answers about the crimes of a case, in one shape for all models."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


class Answer(NamedTuple):
    """Scores and probabilities of known groups; a group that is not listed ties at the bottom with probability 0.

    Attributes
    ----------
    asked, group : int64, shape (n,)
        Position among the crimes asked about, number of a known group.
    score : float64, shape (n,)
        What groups are ranked by.
    probability : float64, shape (n,)
        That the crime is of the group's series.
    nobody : float64, shape (n_asked,)
        Probability of nobody known.
    """

    asked: Ints
    group: Ints
    score: Floats
    probability: Floats
    nobody: Floats


def dense_answer(probability: Floats) -> Answer:
    """Return the answer of a full table of probabilities, (n_asked, n_groups), ranked by themselves."""
    n_asked, n_groups = probability.shape
    asked, group = np.repeat(np.arange(n_asked), n_groups), np.tile(np.arange(n_groups), n_asked)
    nobody = np.clip(1.0 - probability.sum(axis=1), 0.0, 1.0)
    return Answer(asked, group, probability.ravel(), probability.ravel(), nobody)


def mean_answer(shape: tuple[int, int], answers: Sequence[Answer]) -> Answer:
    """Return the mean of several models' probabilities, (n_asked, n_groups), ranked by itself."""
    total = np.zeros(shape)
    for answer in answers:
        np.add.at(total, (answer.asked, answer.group), answer.probability / len(answers))
    return dense_answer(total)
