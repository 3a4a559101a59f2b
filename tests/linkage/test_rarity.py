"""A shared value counts by how many crimes have it, worked by hand."""

import math

import numpy as np
import pandas as pd
import pytest

from linkage.item_evidence import encode_item
from linkage.rarity import GRADED_LEVELS, agreements, graded_levels, value_shares

# Ten crimes with the item recorded: door 6, window 3, skylight 1; two more say nothing.
ENTRY = pd.Series(["door"] * 6 + ["window"] * 3 + ["skylight", None, "unknown"], dtype=object)
SHARES = {"door": 0.6, "window": 0.3, "skylight": 0.1}


def _grade(cells: list, shares: dict, common_from: float = 0.5, rare_below: float = 0.2) -> list[str]:
    """Grade the first cell against each of the others."""
    item = encode_item(pd.Series(cells, dtype=object))
    first = np.zeros(len(cells) - 1, dtype=np.int64)
    second = np.arange(1, len(cells))
    levels = graded_levels(item, first, second, shares, common_from, rare_below)
    assert levels.dtype == GRADED_LEVELS
    return list(levels)


def _agree(cells: list, shares: dict) -> np.ndarray:
    item = encode_item(pd.Series(cells, dtype=object))
    return agreements(item, np.zeros(len(cells) - 1, dtype=np.int64), np.arange(1, len(cells)), shares)


def test_the_share_of_a_value_is_of_the_crimes_with_the_item_recorded():
    assert value_shares(ENTRY) == pytest.approx(SHARES, rel=1e-15)


def test_a_crime_with_several_values_counts_once_for_each():
    taken = pd.Series([("cash", "phone"), ("cash",), ["phone", "cash", "phone"], "car", None, ()], dtype=object)
    assert value_shares(taken) == {"car": 1 / 4, "cash": 3 / 4, "phone": 2 / 4}


def test_an_item_that_nobody_recorded_has_no_shares():
    assert value_shares(pd.Series([None, "not_recorded", "not_applicable"], dtype=object)) == {}


@pytest.mark.parametrize(
    ("value", "level"), [("door", "match_common"), ("window", "match_uncommon"), ("skylight", "match_rare")]
)
def test_a_match_is_graded_by_the_share_of_its_value(value, level):
    assert _grade([value, value], SHARES) == [level]


def test_a_share_at_a_cut_off_is_common_there_and_not_yet_rare():
    shares = {"a": 0.5, "b": 0.2, "c": np.nextafter(0.2, 0), "d": np.nextafter(0.5, 0)}
    grades = [_grade([value, value], shares)[0] for value in "abcd"]
    assert grades == ["match_common", "match_uncommon", "match_rare", "match_uncommon"]


def test_what_differs_or_is_missing_has_no_grade():
    cells = ["door", "window", None, "refused", "not_applicable"]
    assert _grade(cells, SHARES) == ["differ", "missing", "missing", "not_applicable"]
    assert _grade([None, None, "not_applicable"], SHARES) == ["missing", "not_applicable"]


def test_the_rarest_shared_value_of_two_sets_decides():
    cells = [("door", "skylight", "window"), ("door", "window"), ("door",), ("skylight", "door"), ("roof",)]
    assert _grade(cells, SHARES) == ["match_uncommon", "match_common", "match_rare", "differ"]
    got = _agree(cells, SHARES)
    np.testing.assert_allclose(got, [-math.log(0.3), -math.log(0.6), -math.log(0.1), 0.0], rtol=1e-15)


def test_a_value_never_seen_counts_as_the_rarest_that_was():
    assert _grade(["roof", "roof"], SHARES) == ["match_rare"]
    assert _agree(["roof", "roof"], SHARES)[0] == pytest.approx(-math.log(0.1))


def test_without_any_share_a_match_says_nothing():
    assert _grade(["roof", "roof"], {}) == ["match_common"]
    assert _agree(["roof", "roof"], {})[0] == 0.0


def test_agreement_is_missing_where_a_value_is():
    got = _agree(["door", "door", "window", None, "unknown", "not_applicable"], SHARES)
    np.testing.assert_allclose(got, [-math.log(0.6), 0.0, np.nan, np.nan, np.nan], rtol=1e-15)


def test_agreement_equals_a_plain_loop_over_sets():
    rng = np.random.default_rng(4)
    values = np.array(list("abcdefgh"))
    cells = [tuple(rng.choice(values, rng.integers(0, 4), replace=False)) for _ in range(80)]
    column = pd.Series(cells, dtype=object)
    shares = value_shares(column)
    first, second = rng.integers(0, 80, (2, 2000))
    got = agreements(encode_item(column), first, second, shares)
    for i, j, one in zip(first, second, got, strict=True):
        if not cells[i] or not cells[j]:
            assert math.isnan(one)
            continue
        shared = set(cells[i]) & set(cells[j])
        assert one == pytest.approx(max((-math.log(shares[value]) for value in shared), default=0.0), rel=1e-15)
