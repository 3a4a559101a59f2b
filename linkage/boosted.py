"""Boosted trees whose margin is turned into a log Bayes factor by pairs that the trees have not seen.

Trees find what variables say together, which an additive model cannot; their own probabilities are too sure of
themselves. So trees are grown without each fold in turn, their margins on it are compared with its labels, and one
slope and one intercept make the margin of all trees a log odds (Platt 1999). A log Bayes factor is that less the log
odds of the training pairs.
"""

from collections.abc import Iterator
from typing import NamedTuple, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from linkage.estimator import LinkEstimator
from linkage.histogram_term import BayesFactorError, as_floats, is_continuous, level_bins
from linkage.plain_logistic import PlainLogistic
from linkage.spline_design import FREE, RISING, levels_in_order, natural_direction
from linkage.tree_ensemble import MOST_LEVELS, TreeEnsemble, exported

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_SETTINGS = ("learning_rate", "max_iter", "max_leaf_nodes", "min_samples_leaf", "l2_regularization")


class EncodedColumn(NamedTuple):
    """How the trees see one evidence column.

    Attributes
    ----------
    levels : tuple of str
        Levels by their number; empty for a continuous column.
    is_ordered : bool
        Whether a level tells at least as much as the one before, so that it is compared like a number.
    """

    levels: tuple[str, ...]
    is_ordered: bool

    def numbers(self, values: pd.Series) -> Floats:
        """Return what the trees compare; NaN for what is missing, not applicable or was never seen."""
        if not self.levels:
            return as_floats(values) if is_continuous(values) else np.full(len(values), np.nan)
        bins = level_bins(values, self.levels)
        return np.where(bins < 0, np.nan, bins.astype(np.float64))


class BoostedBayesFactor(LinkEstimator):
    """Gradient boosting calibrated to a log Bayes factor in favour of a common offender.

    Parameters
    ----------
    learning_rate : float
        Share of what each tree would add.
    max_iter : int
        Trees.
    max_leaf_nodes : int
        Leaves of a tree; few suit a few hundred linked pairs.
    min_samples_leaf : int
        Pairs in a leaf, at least.
    l2_regularization : float
        Shrinks what a leaf adds.
    monotone : bool
        Whether nearness and likeness may only speak for a link (`linkage.spline_design.natural_direction`).
    n_folds : int
        Folds of the pairs from which the slope is learned, 2 or more; fewer where a class has fewer pairs or groups.
    random_state : int
        Decides which pairs share a fold.

    Attributes
    ----------
    columns_ : dict of str to EncodedColumn
    trees_ : TreeEnsemble
    slope_, intercept_ : float
        The log Bayes factor is intercept_ + slope_ times the margin.
    n_iter_ : int
        Trees grown.

    Notes
    -----
    It does not add up over variables: `log_bf_terms` refuses. Pairs of one offender are alike, so give `groups`;
    without them a fold has pairs whose siblings the trees have seen, and the log Bayes factors come out too strong.
    """

    def __init__(
        self,
        learning_rate: float = 0.05,
        max_iter: int = 100,
        max_leaf_nodes: int = 8,
        min_samples_leaf: int = 20,
        l2_regularization: float = 1.0,
        monotone: bool = True,
        n_folds: int = 5,
        random_state: int = 0,
    ) -> None:
        self.learning_rate = learning_rate
        self.max_iter = max_iter
        self.max_leaf_nodes = max_leaf_nodes
        self.min_samples_leaf = min_samples_leaf
        self.l2_regularization = l2_regularization
        self.monotone = monotone
        self.n_folds = n_folds
        self.random_state = random_state

    def fit(
        self,
        evidence: pd.DataFrame | npt.ArrayLike,
        y: npt.ArrayLike,
        sample_weight: npt.ArrayLike | None = None,
        groups: npt.ArrayLike | None = None,
    ) -> Self:
        """Learn from pairs of which it is known whether they are linked.

        Parameters
        ----------
        evidence, y, sample_weight
            As every model takes them (`LinkEstimator.fit`).
        groups : array_like of labels, one a pair, optional
            Pairs of one group share a fold: those of one series, or of one connected group of offenders.

        Raises
        ------
        BayesFactorError
            A setting is out of range, lengths differ, or a class has fewer than two pairs or groups.
        """
        frame, linked, weight = self._checked(evidence, y, sample_weight)
        group = _group_of_pairs(groups, len(frame))
        used = weight > 0
        self._grow(frame[used], linked[used], weight[used], group[used])
        return self

    def _grow(self, evidence: pd.DataFrame, linked: Flags, weight: Floats, group: Ints) -> None:
        n_folds = self._possible_folds(linked, group)
        self.columns_ = {str(name): _encoded(evidence[name], weight) for name in evidence.columns}
        values = self._values(evidence)
        margin = np.full(len(values), np.nan)
        for kept, held_out in _folds(linked, group, n_folds, self.random_state):
            if len(np.unique(linked[kept])) == 2:
                margin[held_out] = self._trees(values[kept], linked[kept], weight[kept]).margin(values[held_out])
        self.trees_ = self._trees(values, linked, weight)
        self.n_iter_ = len(self.trees_.root)
        judged = ~np.isnan(margin)
        self.intercept_, self.slope_ = _platt(margin[judged], linked[judged], weight[judged])

    def _log_bf(self, evidence: pd.DataFrame) -> Floats:
        return self.intercept_ + self.slope_ * self.trees_.margin(self._values(evidence))

    def _values(self, evidence: pd.DataFrame) -> Floats:
        return np.column_stack([column.numbers(evidence[name]) for name, column in self.columns_.items()])

    def _trees(self, values: Floats, linked: Flags, weight: Floats) -> TreeEnsemble:
        from sklearn.ensemble import HistGradientBoostingClassifier
        from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

        by_level = [i for i, column in enumerate(self.columns_.values()) if column.levels and not column.is_ordered]
        booster = HistGradientBoostingClassifier(
            **{name: getattr(self, name) for name in _SETTINGS},
            categorical_features=by_level or None,
            monotonic_cst=[self._direction(name, column) for name, column in self.columns_.items()],
            early_stopping=False,
            random_state=self.random_state,
        )
        # scikit-learn cannot bin a column without any value; one that is constant it never asks about.
        filled = np.where(np.isnan(values).all(axis=0), 0.0, values)
        with threadpool_limits(1, user_api="openmp"):  # several threads add up in another order on another machine
            booster.fit(filled, linked, sample_weight=weight)
        seen = {i: np.unique(values[~np.isnan(values[:, i]), i]).astype(np.int64) for i in by_level}
        return exported(booster, seen, max((len(column.levels) for column in self.columns_.values()), default=0))

    def _direction(self, name: str, column: EncodedColumn) -> int:
        if not self.monotone:
            return FREE
        if column.levels:
            return RISING if column.is_ordered else FREE
        return natural_direction(name)

    def _possible_folds(self, linked: Flags, group: Ints) -> int:
        """Return the number of folds, so that each can hold a pair of either class out."""
        if self.n_folds < 2:
            raise BayesFactorError(f"n_folds: expected 2 or more, got {self.n_folds}; 5 is usual")
        fewest = min(len(np.unique(group[linked])), len(np.unique(group[~linked])))
        if fewest < 2:
            raise BayesFactorError(
                "is_linked: expected linked and unlinked pairs of two groups or more (of each class, two pairs where "
                f"no groups are given), got {int(linked.sum())} linked of {len(linked)} pairs, of {fewest} in the "
                "rarer class; use a model that needs no folds"
            )
        return min(self.n_folds, fewest)


def _group_of_pairs(groups: npt.ArrayLike | None, n: int) -> Ints:
    """Return the number of each pair's group; each is its own where no groups are given."""
    if groups is None:
        return np.arange(n)
    numbers = pd.factorize(np.asarray(groups), use_na_sentinel=False)[0]
    if numbers.shape != (n,):
        raise BayesFactorError(f"groups: expected {n} labels, got shape {numbers.shape}; give one a pair")
    return numbers.astype(np.int64)


def _encoded(values: pd.Series, weight: Floats) -> EncodedColumn:
    if is_continuous(values):
        return EncodedColumn((), False)
    levels, is_ordered = levels_in_order(values)
    if len(levels) > MOST_LEVELS:
        bins = level_bins(values, levels)
        mass = np.bincount(bins[bins >= 0], weights=weight[bins >= 0], minlength=len(levels))
        heaviest = np.sort(np.argsort(-mass, kind="stable")[:MOST_LEVELS])
        levels = tuple(levels[i] for i in heaviest)
    return EncodedColumn(levels, is_ordered)


def _folds(linked: Flags, group: Ints, n_folds: int, random_state: int) -> Iterator[tuple[Ints, Ints]]:
    """Return for each fold the rows that trees are grown on and those held out; each row is held out once."""
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

    rows = np.zeros((len(linked), 1))
    if len(np.unique(group)) == len(group):
        return StratifiedKFold(n_folds, shuffle=True, random_state=random_state).split(rows, linked)
    return StratifiedGroupKFold(n_folds, shuffle=True, random_state=random_state).split(rows, linked, group)


def _platt(margin: Floats, linked: Flags, weight: Floats) -> tuple[float, float]:
    """Return intercept and slope of the log Bayes factor along the margin; both 0 where the margin tells nothing.

    Each pair counts a little as of the other class, as one more pair in each class would make it (Platt 1999), which
    keeps the slope finite where held-out margins separate the classes.
    """
    n_linked, n_unlinked = weight[linked].sum(), weight[~linked].sum()
    other = np.where(linked, 1.0 / (n_linked + 2.0), 1.0 / (n_unlinked + 2.0))
    both = pd.DataFrame({"margin": np.tile(margin, 2)})
    counted = np.concatenate([weight * (1.0 - other), weight * other])
    fitted = PlainLogistic().fit(both, np.concatenate([linked, ~linked]), counted)
    line = fitted.terms_["margin"]
    if not line.slope > 0:
        return 0.0, 0.0
    return fitted.base_log_bf_ - line.slope * line.mean, line.slope
