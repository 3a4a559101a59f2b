"""What two crimes record of an item, and how rare what they share is."""

import pandas as pd
import pytest

from linkage.pair_values import alike, pair_values, rarest


@pytest.mark.parametrize(
    ("cells", "first", "second", "shared", "is_missing"),
    [
        (["a", "a"], ("a",), ("a",), ("a",), False),
        (["a", "b"], ("a",), ("b",), (), False),
        ([("b", "a"), ["b", "c"]], ("a", "b"), ("b", "c"), ("b",), False),
        (["a", None], ("a",), (), (), True),
        (["a", "unknown"], ("a",), (), (), True),
        ([None, None], (), (), (), True),
        (["not_applicable", None], (), (), (), False),
    ],
)
def test_values_of_both_what_they_share_and_whether_one_is_missing(cells, first, second, shared, is_missing):
    found = pair_values(pd.Series(cells, dtype=object))
    assert (found.first, found.second, found.shared, found.is_missing) == (first, second, shared, is_missing)


def test_the_rarest_shared_value_is_told_and_of_equals_the_first_by_name():
    column = pd.Series([("a", "b"), ("a", "b"), "a", None, "c"], dtype=object)
    assert rarest(column, ("a", "b")) == ("b", 0.5)
    assert rarest(pd.Series([("b", "a"), ("a", "b")], dtype=object), ("b", "a")) == ("a", 1.0)
    assert rarest(column, ()) == (None, None)


def test_crimes_are_alike_in_the_group_that_both_are_of():
    crimes = pd.DataFrame({"crime_id": ["1", "2", "3", "4"], "crime_group": ["x", "x", "y", None]})
    assert alike(crimes, crimes.iloc[[0, 1]])["crime_id"].tolist() == ["1", "2"]
    for rows in ([0, 2], [0, 3], [3, 3]):
        assert len(alike(crimes, crimes.iloc[rows])) == 4
    assert len(alike(crimes[["crime_id"]], crimes.iloc[[0, 1]][["crime_id"]])) == 4
