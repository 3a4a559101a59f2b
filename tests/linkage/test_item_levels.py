"""Levels at which two crimes compare on an item."""

import itertools

import numpy as np
import pandas as pd

from linkage.item_evidence import encode_item
from linkage.item_levels import (
    AGREE_COMMON,
    AGREE_RARE,
    AGREE_UNCOMMON,
    DIFFER,
    NOT_APPLICABLE,
    PARTIAL,
    UNCOMPARED,
    pair_levels,
    value_grades,
)

SHARES = {"door": 0.5, "window": 0.1, "roof": 0.02}


def levels_of(cells):
    """Return the level of every pair of cells, as a square."""
    item = encode_item(pd.Series(cells, dtype=object))
    n = len(cells)
    first, second = (np.repeat(np.arange(n), n), np.tile(np.arange(n), n))
    return pair_levels(item, value_grades(item, SHARES), first, second).reshape(n, n)


def test_an_agreement_is_graded_by_how_common_the_value_is():
    levels = levels_of(["door", "window", "roof", "unheard_of"])
    assert np.diag(levels).tolist() == [AGREE_COMMON, AGREE_UNCOMMON, AGREE_RARE, AGREE_RARE]
    assert (levels[~np.eye(4, dtype=bool)] == DIFFER).all()


def test_shares_at_a_bound_are_common_and_uncommon():
    item = encode_item(pd.Series(["a", "b", "c"]))
    assert value_grades(item, {"a": 0.20, "b": 0.05, "c": 0.049}).tolist() == [
        AGREE_COMMON,
        AGREE_UNCOMMON,
        AGREE_RARE,
    ]


def test_sets_agree_when_equal_and_partly_when_they_share_a_value():
    levels = levels_of([("door", "roof"), ("roof", "door"), ("door",), ("window",)])
    assert levels[0].tolist() == [AGREE_RARE, AGREE_RARE, PARTIAL, DIFFER]


def test_missing_says_nothing_and_what_does_not_apply_wins():
    levels = levels_of(["door", None, "not_recorded", "unknown", "not_applicable"])
    assert levels[0].tolist() == [AGREE_COMMON, UNCOMPARED, UNCOMPARED, UNCOMPARED, NOT_APPLICABLE]
    assert levels[1].tolist() == [UNCOMPARED, UNCOMPARED, UNCOMPARED, UNCOMPARED, NOT_APPLICABLE]


def test_sets_are_compared_as_plain_python_does_it():
    rng = np.random.default_rng(1)
    names = [f"v{i}" for i in range(6)]
    cells = [tuple(sorted(rng.choice(names, rng.integers(1, 4), replace=False))) for _ in range(40)]
    item = encode_item(pd.Series(cells, dtype=object))
    grades = value_grades(item, {"v0": 0.5, "v1": 0.3, "v2": 0.1, "v3": 0.1, "v4": 0.01, "v5": 0.01})
    grade = dict(zip(item.names, grades, strict=True))
    pairs = list(itertools.combinations(range(40), 2))
    found = pair_levels(item, grades, *(np.array(side) for side in zip(*pairs, strict=True)))
    for (i, j), level in zip(pairs, found, strict=True):
        shared = set(cells[i]) & set(cells[j])
        rarest = max((grade[value] for value in shared), default=DIFFER)
        assert level == (rarest if set(cells[i]) == set(cells[j]) else PARTIAL if shared else DIFFER)


def test_codes_given_stand_in_place_of_those_recorded():
    item = encode_item(pd.Series(["door", "door", "window"]))
    grades = value_grades(item, SHARES)
    code = item.code.copy()
    code[1] = UNCOMPARED
    both = np.array([0, 0]), np.array([1, 2])
    assert pair_levels(item, grades, *both).tolist() == [AGREE_COMMON, DIFFER]
    assert pair_levels(item, grades, *both, code).tolist() == [UNCOMPARED, DIFFER]
