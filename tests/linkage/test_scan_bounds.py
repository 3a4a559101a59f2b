"""Bounds: never below what a pair truly has, and their falls never too small."""

import numpy as np
import pytest

from linkage.item_bounds import item_bounds
from linkage.scan_bounds import N_CELLS, scan_bounds
from linkage.score_kernel import raw_log_bf
from tests.linkage.force_oracle import arrays, fitted, random_crimes, specification

DAY = 2 * 86_400_000_000  # half microseconds


def cell_of(bound, number):
    return np.minimum(number * bound.per_unit, N_CELLS - 1).astype(np.int64)


def by_parts(columns, tables, max_km, max_days, first, second):
    """Return how much each pair can have at most, when items are bounded by class and when they are looked up."""
    bounds, items = scan_bounds(columns, tables, max_km, max_days), item_bounds(columns, tables)
    km = np.hypot(columns.x[first] - columns.x[second], columns.y[first] - columns.y[second]) / 1000.0
    days = np.abs(columns.midpoint[first] - columns.midpoint[second]) / DAY
    root_share = km * bounds.crowding[first] * bounds.crowding[second]
    total, fall = np.full(len(first), bounds.base + bounds.late), np.full(len(first), bounds.late_fall)
    for bound, number in ((bounds.distance, km), (bounds.share, root_share), (bounds.gap, days)):
        if bound.is_used:
            total += bound.largest[cell_of(bound, number)]
            fall += bound.fall[cell_of(bound, number)]
    overlaps = days < (columns.length_days[first] + columns.length_days[second]) / 2
    most, looked_up = total.copy(), total
    for k in range(items.joined.shape[1]):
        own = items.joined[first, k].astype(np.int64)
        most += items.best[items.best_at[k] + own * items.n_classes + items.class_of[second]]
        looked_up += items.table[items.table_at[k] + own * items.n_codes[k] + items.joined[second, k]]
    return most, looked_up, np.where(overlaps, np.inf, fall)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(
    ("more", "kind"),
    [
        ({}, "additive"),
        ({}, "histogram"),
        ({"crowding_km": None}, "histogram"),
        ({"items": ("tool_used",), "match": "levels", "overlap": ("property_class_taken",)}, "histogram"),
        ({"agreement": (), "crime_group": False}, "additive"),
    ],
)
def test_no_pair_exceeds_its_bound_nor_falls_short_of_its_least(more, kind, seed):
    crimes = random_crimes(200, seed, known=1.0)
    columns, tables = arrays(crimes, *fitted(crimes, specification(**more), kind, seed), solved=crimes["crime_id"][::3])
    first, second = np.triu_indices(len(crimes), 1)
    # In either order, for an owner may be the later row.
    first, second = np.concatenate([first, second]), np.concatenate([second, first])
    exact = raw_log_bf(tables, columns, np.minimum(first, second), np.maximum(first, second))
    most, looked_up, fall = by_parts(columns, tables, 4.0, 100.0, first, second)
    near = np.hypot(columns.x[first] - columns.x[second], columns.y[first] - columns.y[second]) <= 4000
    near &= np.abs(columns.midpoint[first] - columns.midpoint[second]) <= 100 * DAY
    assert near.sum() > 500
    assert (looked_up >= exact)[near].all()
    assert (most >= looked_up - 1e-9)[near].all()
    assert (looked_up - fall <= exact)[near].all()
    assert np.isfinite(fall[near]).mean() > 0.5


def test_bounds_are_tight_where_all_is_looked_up():
    # Of an item alone nothing is left open but rounding.
    crimes = random_crimes(150, 9, known=1.0)
    columns, tables = arrays(crimes, *fitted(crimes, specification(), "additive"))
    kinds = tables.kind == 6
    only = tables._replace(
        kind=tables.kind[kinds],
        source=tables.source[kinds],
        is_lines=tables.is_lines[kinds],
        missing=tables.missing[kinds],
        n_codes=tables.n_codes[kinds],
        at_start=np.zeros(int(kinds.sum()) + 1, np.int64),
        value_start=np.append(tables.value_start[:-1][kinds], tables.value_start[-1]),
    )
    first, second = np.triu_indices(150, 1)
    _, looked_up, _ = by_parts(columns, only, 4.0, 100.0, first, second)
    exact = raw_log_bf(only, columns, first, second)
    np.testing.assert_allclose(looked_up, exact, atol=1e-4)


def test_classes_and_combinations_are_numbered_by_crimes_that_share_them():
    crimes = random_crimes(300, 3)
    columns, tables = arrays(crimes, *fitted(crimes, specification()), solved=crimes["crime_id"][:50])
    items = item_bounds(columns, tables)
    assert (items.class_of % 2 == columns.is_solved).all()
    assert items.n_classes > items.class_of.max()
    # Together the joined columns know each column of codes again: as many combinations in all.
    n_joined = len(np.unique(items.joined, axis=0))
    assert n_joined == len(np.unique(columns.codes, axis=0))
