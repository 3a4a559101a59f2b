"""Decisions about pairs: read by crime_id, joined into groups, refused where they contradict one another."""

import numpy as np
import pandas as pd
import pytest

from linkage.constraints import LinkConstraints, pairs_within_groups, row_constraints
from linkage.linkages import HierarchyError
from linkage.pair_scores import ScoringError

CRIMES = pd.DataFrame({"crime_id": [f"C{i}" for i in range(8)]})


def decisions(must=(), cannot=()):
    frames = [pd.DataFrame(list(pairs), columns=["crime_id_1", "crime_id_2"], dtype="str") for pairs in (must, cannot)]
    return LinkConstraints(*frames)


def test_pairs_are_rows_in_order_each_once():
    found = row_constraints(CRIMES, decisions([("C3", "C1"), ("C1", "C3"), ("C0", "C1")], [("C7", "C2")]))
    assert found.must_link.tolist() == [[0, 1], [1, 3]]
    assert found.cannot_link.tolist() == [[2, 7]]


def test_groups_hold_all_pairs_that_must_links_reach():
    found = row_constraints(CRIMES, decisions([("C5", "C1"), ("C5", "C6"), ("C2", "C3")]))
    first, second = pairs_within_groups(8, found)
    assert sorted(zip(first.tolist(), second.tolist(), strict=True)) == [(1, 5), (1, 6), (2, 3), (5, 6)]


def test_a_contradiction_names_the_crimes_and_the_way_between_them():
    chain = [("C0", "C1"), ("C1", "C2"), ("C2", "C3"), ("C0", "C4"), ("C4", "C3")]
    message = r"got C0 and C3 that cannot be linked but must be by C0 - C4 - C3 \(1 such in all\); withdraw one"
    with pytest.raises(HierarchyError, match=message):
        row_constraints(CRIMES, decisions(chain, [("C3", "C0"), ("C6", "C7")]))


def test_one_pair_decided_both_ways_is_a_contradiction():
    with pytest.raises(HierarchyError, match="got C1 and C2 that cannot be linked but must be by C1 - C2"):
        row_constraints(CRIMES, decisions([("C2", "C1")], [("C1", "C2")]))


def test_a_crime_with_itself_is_refused():
    with pytest.raises(HierarchyError, match="cannot_link: expected pairs of two crimes, got C1 with itself"):
        row_constraints(CRIMES, decisions((), [("C1", "C1")]))


def test_a_crime_that_is_not_there_is_refused():
    with pytest.raises(ScoringError, match="got 1 that are not in it"):
        row_constraints(CRIMES, decisions([("C1", "X")]))


def test_no_decisions_are_no_rows():
    found = row_constraints(CRIMES, decisions())
    assert found.must_link.shape == found.cannot_link.shape == (0, 2)
    assert found.must_link.dtype == np.int64
