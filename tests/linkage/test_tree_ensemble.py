"""Trees taken out of scikit-learn add up to its margin, to the last digit."""

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier

from linkage.tree_ensemble import TreeEnsemble, exported


def _rows(rng, n, n_levels):
    values = rng.normal(size=(n, 3))
    values[:, 1] = rng.integers(0, n_levels, n)
    values[rng.random((n, 3)) < 0.15] = np.nan
    return values


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("n_levels", [3, 40, 254])
def test_the_margin_is_that_of_scikit_learn(seed, n_levels):
    rng = np.random.default_rng(seed)
    values = _rows(rng, 3_000, n_levels)
    favour = np.nan_to_num(values[:, 0]) + (values[:, 1] % 2 == 1) - 1.0 * np.isnan(values[:, 2])
    linked = rng.random(3_000) < 1.0 / (1.0 + np.exp(2.0 - 2.0 * favour))
    booster = HistGradientBoostingClassifier(max_iter=15, categorical_features=[1], early_stopping=False)
    booster.fit(values, linked, sample_weight=rng.random(3_000))
    seen = np.unique(values[~np.isnan(values[:, 1]), 1]).astype(np.int64)
    trees = exported(booster, {1: seen}, n_levels)
    assert (trees.level_set >= 0).any()
    new = _rows(rng, 2_000, n_levels)
    new[:3, 0] = np.inf, -np.inf, 0.0
    for rows in (values, new):
        np.testing.assert_array_equal(trees.margin(rows), booster.decision_function(rows))
    assert trees.fault(3) == ""


def test_a_level_that_was_not_seen_goes_where_missing_values_go():
    # Level 1 of 0, 1, 2 is in no row: the booster knows 0 and 2 alone, which it calls 0 and 1.
    rng = np.random.default_rng(1)
    level = rng.choice([0.0, 2.0, np.nan], 600)
    linked = rng.random(600) < np.where(level == 2.0, 0.9, np.where(np.isnan(level), 0.5, 0.1))
    booster = HistGradientBoostingClassifier(max_iter=5, categorical_features=[0], early_stopping=False)
    booster.fit(level[:, None], linked)
    trees = exported(booster, {0: np.array([0, 2])}, 3)
    of_level = trees.margin(np.array([[0.0], [1.0], [2.0], [np.nan]]))
    np.testing.assert_array_equal(of_level, booster.decision_function([[0.0], [1.0], [2.0], [np.nan]]))
    assert of_level[1] == of_level[3]
    assert of_level[0] < of_level[1] < of_level[2]


def test_a_tree_written_by_hand_adds_its_leaves():
    # x <= 1 (missing too): -2, else level 1 of the second column: 3, others and missing: 0.5.
    trees = TreeEnsemble(
        baseline=10.0,
        root=np.array([0]),
        column=np.array([0, -1, 1, -1, -1]),
        threshold=np.array([1.0, 0.0, 0.0, 0.0, 0.0]),
        left=np.array([1, 0, 3, 0, 0]),
        right=np.array([2, 0, 4, 0, 0]),
        missing_goes_left=np.array([True, False, False, False, False]),
        level_set=np.array([-1, -1, 0, -1, -1]),
        level_sets=np.array([[False, True]]),
        value=np.array([0.0, -2.0, 0.0, 3.0, 0.5]),
    )
    rows = np.array([[1.0, 1.0], [np.nan, 1.0], [1.5, 1.0], [1.5, 0.0], [1.5, np.nan]])
    assert trees.margin(rows).tolist() == [8.0, 8.0, 13.0, 10.5, 10.5]
    assert trees.margin(rows[:0]).tolist() == []
    assert trees.fault(2) == ""
    assert trees.fault(1) == "a column or a set of levels that is not there"
