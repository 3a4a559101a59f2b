"""Cells: each crime in one, in order of time, and no pair within the limit lies in cells that are not near."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkage.candidates import LinkLimits
from linkage.crime_cells import PlacesAndTimes, crime_cells, crowded_places


def places_at(x_m, y_m, midpoint=None, block=None):
    n = len(x_m)
    x_m, y_m = np.array(x_m, dtype=float), np.array(y_m, dtype=float)
    midpoint = np.arange(n, dtype=np.int64) if midpoint is None else np.array(midpoint, dtype=np.int64)
    block = np.zeros(n, dtype=np.int32) if block is None else np.array(block, dtype=np.int32)
    return PlacesAndTimes(x_m, y_m, midpoint, np.isfinite(x_m) & np.isfinite(y_m), np.ones(n, dtype=bool), block)


def cells_of(places, max_km, **more):
    return crime_cells(places, places.is_placed, LinkLimits(max_km, **more))


def near_pairs(cells):
    """Return all pairs of rows whose cells are near each other, and how many times each."""
    counts = {}
    for cell in range(len(cells.begin) - 1):
        for at in range(cells.near_begin[cell], cells.near_begin[cell + 1]):
            other = cells.near[at]
            for i in cells.row[cells.begin[cell] : cells.begin[cell + 1]]:
                for j in cells.row[cells.begin[other] : cells.begin[other + 1]]:
                    counts[int(i), int(j)] = counts.get((int(i), int(j)), 0) + 1
    return counts


def check(places, max_km, **more):
    cells = cells_of(places, max_km, **more)
    rows = np.flatnonzero(places.is_placed)
    assert sorted(cells.row.tolist()) == rows.tolist()
    for begin, end in zip(cells.begin[:-1], cells.begin[1:], strict=True):
        members = cells.row[begin:end].tolist()
        assert members == sorted(members, key=lambda i: (places.midpoint[i], i))
        assert len({places.block[i] for i in members}) == 1
    counts = near_pairs(cells)
    assert set(counts.values()) <= {1}
    for i in rows.tolist():
        for j in rows.tolist():
            squared = (places.x_m[i] - places.x_m[j]) ** 2 + (places.y_m[i] - places.y_m[j]) ** 2
            is_within = places.block[i] == places.block[j] and squared <= (max_km * 1000.0) ** 2
            assert not is_within or (i, j) in counts
    return cells


@pytest.mark.parametrize("max_km", [0.0, 0.001, 0.4, 5.0, np.inf])
@pytest.mark.parametrize("shift", [0.0, -1e7, 2.0**40, 1e15])
def test_crimes_on_borders_negative_and_huge_coordinates_lose_no_pair(max_km, shift):
    # Multiples of the width of every square, and a hair beside them.
    step = max(max_km if np.isfinite(max_km) else 1.0, 0.001) * 250.0
    grid = np.concatenate([[0.0, step, 4 * step, 4 * step, 8 * step, -step, -4 * step], np.arange(5) * step / 2])
    x_m = shift + np.concatenate([grid, grid, np.nextafter(grid, np.inf)])
    y_m = shift + np.concatenate([grid[::-1], np.roll(grid, 3), grid])
    check(places_at(x_m, y_m), max_km)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.integers(-9, 9), st.integers(-9, 9), st.integers(0, 3), st.integers(0, 1)), max_size=25),
    st.sampled_from([0.0, 0.9, 2.0, 3.0]),
    st.integers(0, 3),
)
def test_any_crimes_are_found_where_they_are_near(crimes, max_km, most):
    x_m, y_m, when, block = np.array(crimes, dtype=float).reshape(-1, 4).T
    check(places_at(1000 * x_m, 1000 * y_m, when, block), max_km, most_at_one_place=most)


def test_near_cells_come_nearest_first_and_the_own_one_before_all():
    rng = np.random.default_rng(1)
    places = places_at(*rng.uniform(0, 9000, (2, 90_000)))
    cells = cells_of(places, 2.0)
    west = np.minimum.reduceat(places.x_m[cells.row], cells.begin[:-1])
    east = np.maximum.reduceat(places.x_m[cells.row], cells.begin[:-1])
    south = np.minimum.reduceat(places.y_m[cells.row], cells.begin[:-1])
    north = np.maximum.reduceat(places.y_m[cells.row], cells.begin[:-1])
    assert len(west) == 18 * 18  # squares of 500 m, a quarter of the limit
    for cell in (0, 100, 323):
        near = cells.near[cells.near_begin[cell] : cells.near_begin[cell + 1]]
        assert near[0] == cell
        across = np.maximum(0, np.maximum(west[near] - east[cell], west[cell] - east[near]))
        along = np.maximum(0, np.maximum(south[near] - north[cell], south[cell] - north[near]))
        apart = np.hypot(across, along)
        assert (np.diff(apart) >= -1e-9).all()
        assert apart[-1] <= 2000


def test_few_crimes_lie_in_wider_squares():
    rng = np.random.default_rng(2)
    many, few = (places_at(*rng.uniform(0, 40_000, (2, n))) for n in (60_000, 3000))
    assert len(cells_of(few, 5.0).begin) - 1 == 8 * 8
    assert len(cells_of(many, 5.0).begin) - 1 == 16 * 16


def test_a_crowded_place_is_a_cell_of_its_own():
    # Four crimes of block 0 at (5, 5), two of block 1 there, one beside them: crowded is more than three.
    places = places_at([5, 5, 5, 5, 5, 5, 6], [5] * 7, block=[0, 0, 1, 0, 1, 0, 0])
    cells = cells_of(places, 1.0, most_at_one_place=3)
    sizes = np.diff(cells.begin)
    assert sorted(zip(sizes.tolist(), cells.is_crowded.tolist(), strict=True)) == [(1, False), (2, False), (4, True)]
    place, rank = crowded_places(places, LinkLimits(most_at_one_place=3))
    assert (place >= 0).tolist() == [True, True, False, True, False, True, False]
    assert rank[[0, 1, 3, 5]].tolist() == [0, 1, 2, 3]


def test_ranks_at_a_crowded_place_follow_time_then_row():
    places = places_at([1] * 4 + [2] * 3, [0] * 7, midpoint=[5, 3, 5, 1, 9, 9, 2])
    place, rank = crowded_places(places, LinkLimits(most_at_one_place=1))
    assert rank.tolist() == [2, 1, 3, 0, 1, 2, 0]
    assert len(set(place[:4].tolist())) == len(set(place[4:].tolist())) == 1
    assert place[0] != place[4]


def test_no_crimes_make_no_cells():
    cells = cells_of(places_at([], []), 1.0)
    assert cells.begin.tolist() == [0]
    assert len(cells.near) == 0
