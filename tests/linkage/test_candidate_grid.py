"""Picking single pairs from the grid, against the list of all of them."""

import numpy as np

from linkage.candidate_grid import EventPoints, count_partners, fill_pairs, half_microseconds, on_grid, pick_pairs


def points_of(n: int) -> EventPoints:
    rng = np.random.default_rng(3)
    x_m, y_m = rng.uniform(0, 9000, (2, n))
    midpoint = rng.integers(0, half_microseconds(100), n)
    return EventPoints(np.arange(n), x_m, y_m, midpoint, rng.integers(0, 3, n), rng.integers(0, n // 2, n))


def test_picked_pairs_are_those_at_their_place_in_the_list_of_all():
    grid = on_grid(points_of(80), max_km=3.0, max_days=40.0)
    counts = count_partners(grid)
    everything = np.column_stack(fill_pairs(grid, counts, 0, len(counts)))
    assert len(everything) == counts.sum() > 100
    chosen = np.sort(np.random.default_rng(0).permutation(len(everything))[:37])
    np.testing.assert_array_equal(np.column_stack(pick_pairs(grid, counts, chosen)), everything[chosen])
    assert len(pick_pairs(grid, counts, chosen[:0])[0]) == 0


def test_only_crimes_of_one_block_and_of_different_incidents_make_pairs():
    points = points_of(80)
    grid = on_grid(points, max_km=3.0, max_days=40.0)
    pairs = set(zip(*fill_pairs(grid, count_partners(grid), 0, 80), strict=True))
    i, j = np.triu_indices(80, 1)
    is_pair = (
        (np.hypot(points.x_m[i] - points.x_m[j], points.y_m[i] - points.y_m[j]) <= 3000)
        & (np.abs(points.midpoint[i] - points.midpoint[j]) <= half_microseconds(40))
        & (points.block[i] == points.block[j])
        & (points.incident[i] != points.incident[j])
    )
    assert pairs == set(zip(i[is_pair], j[is_pair], strict=True))
