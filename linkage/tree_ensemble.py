"""Boosted trees as plain arrays: what scikit-learn grew, kept so that it can be read and scored without it.

scikit-learn keeps its trees in private form and promises nothing of it from release to release; a model that is a
document needs them as numbers. Values add up in the order in which the trees were grown, so that sums agree to the
last digit.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numba
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

MOST_LEVELS = 254
"""Levels of a categorical column that a split can tell apart; scikit-learn keeps one of 255 for missing values."""


class TreeEnsemble(NamedTuple):
    """Trees whose values add up to a margin, all nodes of all trees in one row.

    Attributes
    ----------
    baseline : float
        Margin before the first tree; a natural log odds.
    root : ndarray, shape (n_trees,)
        Node at which each tree begins.
    column : ndarray, shape (n_nodes,)
        Evidence column that a node asks about; -1 at a leaf.
    threshold : ndarray, shape (n_nodes,)
        A number up to it goes left.
    left, right : ndarray, shape (n_nodes,)
        The next node; 0 at a leaf.
    missing_goes_left : ndarray, shape (n_nodes,), bool
    level_set : ndarray, shape (n_nodes,)
        Row of `level_sets` whose levels go left; -1 where numbers are compared.
    level_sets : ndarray, shape (n_sets, n_levels), bool
        Which levels go left; as wide as the column with most levels.
    value : ndarray, shape (n_nodes,)
        What a leaf adds to the margin.
    """

    baseline: float
    root: Ints
    column: Ints
    threshold: Floats
    left: Ints
    right: Ints
    missing_goes_left: Flags
    level_set: Ints
    level_sets: Flags
    value: Floats

    def margin(self, values: Floats) -> Floats:
        """Return the margin of each row.

        Parameters
        ----------
        values : ndarray, shape (n_pairs, n_columns), float64
            Numbers, or numbers of levels; NaN where missing.
        """
        margin = np.full(len(values), self.baseline)
        _add_trees(values, *self[1:], margin)
        return margin

    def fault(self, n_columns: int) -> str:
        """Return what is wrong with the nodes, in words, or nothing; the scoring loop looks at nothing twice."""
        n, here = len(self.column), np.arange(len(self.column))
        per_node = (self.threshold, self.left, self.right, self.missing_goes_left, self.level_set, self.value)
        if any(len(array) != n for array in per_node):
            return f"lists of {', '.join(str(len(array)) for array in (self.column, *per_node))} nodes"
        asks = self.column >= 0
        if (self.column >= n_columns).any() or (self.level_set >= len(self.level_sets)).any():
            return "a column or a set of levels that is not there"
        if not all(((here < to) & (to < n))[asks].all() for to in (self.left, self.right)):
            return "a node that does not lead onwards"
        return "" if ((self.root >= 0) & (self.root < n)).all() else "a root that is no node"


def exported(booster: Any, levels_seen: Mapping[int, Ints], n_levels: int) -> TreeEnsemble:
    """Return the trees of a fitted HistGradientBoostingClassifier of two classes.

    Parameters
    ----------
    booster : HistGradientBoostingClassifier
        Its categorical columns held numbers of levels.
    levels_seen : mapping of column to ndarray, int64
        The levels that it saw of each categorical column, ascending: it counts them anew from 0, and sends others
        where it sends missing values.
    n_levels : int
        Levels of the column with most of them.
    """
    trees = [grown[0] for grown in booster._predictors]
    sizes = [len(tree.nodes) for tree in trees]
    root = np.cumsum([0, *sizes])[:-1].astype(np.int64)
    nodes, first = np.concatenate([tree.nodes for tree in trees]), np.repeat(root, sizes)
    is_leaf = nodes["is_leaf"].astype(bool)
    is_level = nodes["is_categorical"].astype(bool) & ~is_leaf
    words = np.concatenate([tree.raw_left_cat_bitsets[tree.nodes["bitset_idx"][_asks_level(tree)]] for tree in trees])
    # It puts its categorical columns before the others.
    numbered = [*levels_seen, *(i for i in range(booster.n_features_in_) if i not in levels_seen)]
    column = np.array(numbered, dtype=np.int64)[nodes["feature_idx"]]
    seen = [levels_seen[i] for i in column[is_level]]
    return TreeEnsemble(
        baseline=float(booster._baseline_prediction.item()),
        root=root,
        column=np.where(is_leaf, -1, column),
        threshold=np.where(is_leaf | is_level, 0.0, nodes["num_threshold"]),
        left=np.where(is_leaf, 0, nodes["left"] + first).astype(np.int64),
        right=np.where(is_leaf, 0, nodes["right"] + first).astype(np.int64),
        missing_goes_left=nodes["missing_go_to_left"].astype(bool) & ~is_leaf,
        level_set=np.where(is_level, np.cumsum(is_level) - 1, -1).astype(np.int64),
        level_sets=_level_sets(words, seen, nodes["missing_go_to_left"][is_level].astype(bool), n_levels),
        value=np.where(is_leaf, nodes["value"], 0.0),
    )


def _asks_level(tree: Any) -> Flags:
    return np.asarray(tree.nodes["is_categorical"].astype(bool) & ~tree.nodes["is_leaf"].astype(bool))


def _level_sets(words: npt.NDArray[np.uint32], seen: list[Ints], missing_left: Flags, n_levels: int) -> Flags:
    """Return which levels go left, from sets of 32 bits a word that count only levels seen."""
    sets = np.repeat(missing_left[:, None], n_levels, axis=1)
    for row, (word, levels) in enumerate(zip(words, seen, strict=True)):
        bits = np.unpackbits(word.astype("<u4").view(np.uint8), bitorder="little")
        sets[row, levels] = bits[: len(levels)].astype(bool)
    return sets


@numba.njit(cache=True)
def _add_trees(
    values: Floats,
    root: Ints,
    column: Ints,
    threshold: Floats,
    left: Ints,
    right: Ints,
    missing_goes_left: Flags,
    level_set: Ints,
    level_sets: Flags,
    value: Floats,
    margin: Floats,
) -> None:
    for i in range(values.shape[0]):
        for first in root:
            at = first
            while column[at] >= 0:
                x = values[i, column[at]]
                if np.isnan(x):
                    goes_left = missing_goes_left[at]
                elif level_set[at] >= 0:
                    goes_left = level_sets[level_set[at], int(x)]
                else:
                    goes_left = x <= threshold[at]
                at = left[at] if goes_left else right[at]
            margin[i] += value[at]
