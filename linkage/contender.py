"""A model that is to be trained, perhaps many times: what makes it, what it reads, and what a series counts."""

from collections.abc import Callable
from typing import NamedTuple, Protocol, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from linkage.pair_scores import LinkModel


class PairModel(LinkModel, Protocol):
    """What training and evaluation ask of a model beside what scoring asks."""

    def fit(self, evidence: pd.DataFrame, is_linked: npt.ArrayLike, sample_weight: npt.ArrayLike) -> Self:
        """Learn from pairs."""


class Contender(NamedTuple):
    """How a model is trained.

    Attributes
    ----------
    make : callable
        Makes the model, unfitted.
    columns : tuple of str, optional
        Evidence columns that it reads; all where left out.
    series_power : float
        Power to which training weights are raised. They are one over the number of pairs of a series, so that with 1
        every series counts alike, as published, with 0 every pair, and with 0.5 a series counts the square root of the
        number of its pairs: pairs of one series repeat each other, but a long series does tell more than a short one.
    """

    make: Callable[[], PairModel]
    columns: tuple[str, ...] | None = None
    series_power: float = 1.0

    def seen(self, evidence: pd.DataFrame) -> pd.DataFrame:
        """Return the evidence that the model reads."""
        return evidence if self.columns is None else evidence[list(self.columns)]

    def fitted(
        self, pairs: pd.DataFrame, evidence: pd.DataFrame, chosen: npt.NDArray[np.bool_] | None = None
    ) -> PairModel:
        """Return the model fitted on the chosen pairs, on all where none are chosen.

        Parameters
        ----------
        pairs : DataFrame
            is_linked, weight; row-aligned with the evidence.
        evidence : DataFrame
        chosen : ndarray, shape (n_pairs,), bool, optional
        """
        rows = np.ones(len(pairs), dtype=np.bool_) if chosen is None else chosen
        linked = pairs["is_linked"].to_numpy(dtype=np.bool_)[rows]
        weight = pairs["weight"].to_numpy(dtype=np.float64)[rows] ** self.series_power
        return self.make().fit(self.seen(evidence)[rows], linked, weight)
