"""MO items as numbers, and pairs of them, against plain loops over sets."""

import numpy as np
import pandas as pd
import pytest

from linkage.item_evidence import (
    LEVELS,
    EncodedItem,
    crimes_per_value,
    encode_item,
    match_levels,
    overlaps,
    rarest_shared,
    rarity_weights,
    value_pair_levels,
)

SILENT = [None, np.nan, pd.NA, pd.NaT, "unknown", "refused", "not_recorded"]


@pytest.fixture(scope="module")
def cells() -> list:
    """Two hundred cells of up to three values each, a few silent, a few not applicable."""
    rng = np.random.default_rng(7)
    drawn = [tuple(rng.choice(list("abcdef"), rng.integers(1, 4), replace=False)) for _ in range(180)]
    return drawn + [None, "unknown", (), "not_applicable", ("not_applicable", "a")] * 4


def _sets(cells: list) -> list[set | str]:
    """Say in plain words what each cell records: a set of values, or why there is none."""
    out: list[set | str] = []
    for cell in cells:
        values = {cell} if isinstance(cell, str) else set(cell or ())
        recorded = values - {"unknown", "not_applicable"}
        out.append(recorded or ("not_applicable" if "not_applicable" in values else "missing"))
    return out


def _pairs(n: int) -> tuple[np.ndarray, np.ndarray]:
    first, second = np.random.default_rng(8).integers(0, n, (2, 3000))
    return first, second


def _members(item: EncodedItem, row: int) -> list[str]:
    number = item.code[row]
    return [item.names[i] for i in item.members[item.bounds[number] : item.bounds[number + 1]]]


def test_encoding_keeps_every_value_of_every_crime(cells):
    item = encode_item(pd.Series(cells, dtype=object))
    for row, one in enumerate(_sets(cells)):
        if isinstance(one, set):
            assert _members(item, row) == sorted(one)
        else:
            assert item.code[row] == {"missing": -1, "not_applicable": -2}[one]
    assert not item.is_single


@pytest.mark.parametrize("kind", [tuple, list, set, np.array])
def test_a_cell_may_be_any_collection_in_any_order_with_repeats(kind):
    cells = pd.Series([kind(["b", "a"]), kind(["a", "b"]), kind(["a"]), "a"], dtype=object)
    item = encode_item(cells)
    np.testing.assert_array_equal(item.code, [1, 1, 0, 0])
    assert item.names == ("a", "b")


@pytest.mark.parametrize("cell", SILENT, ids=str)
def test_what_says_nothing_is_missing(cell):
    assert encode_item(pd.Series([cell, "a"], dtype=object)).code[0] == -1
    assert encode_item(pd.Series([(cell,), "a"], dtype=object)).code[0] == -1


def test_an_item_of_one_value_a_crime_is_single():
    assert encode_item(pd.Series(["a", ("b",), None], dtype=object)).is_single
    assert encode_item(pd.Series([], dtype=object)).is_single


def test_crimes_are_counted_once_for_each_value(cells):
    item = encode_item(pd.Series(cells, dtype=object))
    counts, n_recorded = crimes_per_value(item)
    recorded = [one for one in _sets(cells) if isinstance(one, set)]
    assert n_recorded == len(recorded)
    assert list(counts) == [sum(value in one for one in recorded) for value in item.names]


@pytest.mark.parametrize("missing_may_match", [False, True])
def test_sets_match_when_they_share_a_value(cells, missing_may_match):
    first, second = _pairs(len(cells))
    got = match_levels(encode_item(pd.Series(cells, dtype=object)), first, second, missing_may_match)
    assert tuple(got.categories) == LEVELS
    sets = _sets(cells)
    for i, j, level in zip(first, second, got, strict=True):
        one, other = sets[i], sets[j]
        if "not_applicable" in (one, other):
            assert level == "not_applicable"
        elif "missing" in (one, other):
            as_package = "match" if one == other else "differ"
            assert level == (as_package if missing_may_match else "missing")
        else:
            assert level == ("match" if one & other else "differ")


def test_overlap_is_shared_weight_over_united_weight(cells):
    column = pd.Series(cells, dtype=object)
    weights = rarity_weights(column)
    first, second = _pairs(len(cells))
    got, sets = overlaps(encode_item(column), first, second, weights), _sets(cells)
    for i, j, share in zip(first, second, got, strict=True):
        if isinstance(sets[i], str) or isinstance(sets[j], str):
            assert np.isnan(share)
            continue
        shared, united = (sum(weights[value] for value in part) for part in (sets[i] & sets[j], sets[i] | sets[j]))
        assert share == pytest.approx(shared / united, rel=1e-12)


def test_levels_name_both_values_in_order():
    cells = ["b", "a", None, "not_applicable", "b"]
    item = encode_item(pd.Series(cells, dtype=object))
    got = value_pair_levels(item, np.array([0, 1, 0, 0, 2, 2]), np.array([1, 0, 4, 2, 3, 2]), "entry")
    assert list(got) == ["a:b", "a:b", "b:b", "missing", "not_applicable", "missing"]
    assert list(got.categories) == ["a:a", "a:b", "b:b", "missing", "not_applicable"]


def test_levels_of_an_item_that_nobody_recorded():
    item = encode_item(pd.Series([None, "not_applicable"], dtype=object))
    assert list(value_pair_levels(item, np.array([0, 0]), np.array([0, 1]), "entry")) == ["missing", "not_applicable"]


def test_the_rarest_shared_value_of_two_sets():
    item = encode_item(pd.Series([("a", "b", "c"), ("b", "c", "d"), ("d",)], dtype=object))
    share = np.array([0.1, 0.3, 0.2, 0.4])
    u, v, w = item.code
    assert rarest_shared(item.members, item.bounds, share, u, v) == 0.2
    assert rarest_shared(item.members, item.bounds, share, u, w) == np.inf
