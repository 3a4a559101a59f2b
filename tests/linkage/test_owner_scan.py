"""All partners of a few crimes, and the pairs that windows let in or out, against every pair looked at by itself."""

import numpy as np
import pytest

from linkage.candidate_grid import half_microseconds
from linkage.candidates import LinkLimits
from linkage.crime_cells import PlacesAndTimes, crowded_places
from linkage.missing_evidence import incomplete_pairs
from linkage.owner_scan import pairs_of_owners, ranks_at
from linkage.shifted_windows import Stayed, shifted_pairs, shifted_without_time

N = 120
LIMITS = LinkLimits(3.0, 30.0, most_at_one_place=4, most_partners_at_one_place=2, most_partners_of_incomplete=6)
DAY = half_microseconds(1.0)
Pairs = set[tuple[int, int]]


def places_and_times(rng: np.random.Generator, n: int = N) -> PlacesAndTimes:
    """Crimes on a coarse grid, so that distances and gaps tie and some places are crowded; one in six lacks either."""
    x_m, y_m = rng.integers(0, 6, n) * 1000.0, rng.integers(0, 5, n) * 1000.0
    is_placed, is_dated = rng.random(n) < 0.85, rng.random(n) < 0.85
    x_m[~is_placed] = np.nan
    midpoint = np.where(is_dated, rng.integers(0, 70, n) * DAY, 0)
    return PlacesAndTimes(x_m, y_m, midpoint, is_placed, is_dated, rng.integers(0, 2, n).astype(np.int32))


def taken(places: PlacesAndTimes, rows: np.ndarray) -> PlacesAndTimes:
    return PlacesAndTimes(*(each[rows] for each in places))


def candidates(places: PlacesAndTimes, limits: LinkLimits = LIMITS) -> Pairs:
    """Every candidate pair, by rows: of whole crimes one by one, of others as a scan of everything has them."""
    place, rank = crowded_places(places, limits)
    found = {
        (i, j)
        for chunk in incomplete_pairs(places, limits)
        for i, j in zip(chunk.first.tolist(), chunk.second.tolist(), strict=True)
    }
    whole = np.flatnonzero(places.is_placed & places.is_dated).tolist()
    for a, i in enumerate(whole):
        for j in whole[a + 1 :]:
            km = np.hypot(places.x_m[i] - places.x_m[j], places.y_m[i] - places.y_m[j]) / 1000
            days = abs(int(places.midpoint[i]) - int(places.midpoint[j])) / DAY
            is_far = place[i] >= 0 and place[i] == place[j] and abs(rank[i] - rank[j]) > 2
            if km <= limits.max_km and days <= limits.max_days and places.block[i] == places.block[j] and not is_far:
                found.add((i, j))
    return found


@pytest.mark.parametrize("seed", range(3))
def test_owners_meet_every_candidate_once_from_their_side(seed):
    rng = np.random.default_rng(seed)
    places = places_and_times(rng)
    owners = np.sort(rng.choice(N, 25, replace=False))
    ranks = ranks_at(places, places.x_m[owners], places.y_m[owners], LIMITS)
    parts = list(pairs_of_owners(places, owners, ranks, LIMITS))
    found = [pair for part in parts for pair in zip(part.owner.tolist(), part.partner.tolist(), strict=True)]
    own = set(owners.tolist())
    every = candidates(places)
    expected = {(i, j) for pair in every for i, j in (pair, pair[::-1]) if i in own}
    assert len(found) == len(set(found))
    assert set(found) == expected
    assert {bool(places.is_placed[j]) for _, j in found} == {True, False}


def test_ranks_at_some_points_are_those_among_all_crimes():
    places = places_and_times(np.random.default_rng(8))
    place, rank = crowded_places(places, LIMITS)
    point = np.flatnonzero(place >= 0)[0]
    x_m, y_m = np.array([places.x_m[point], np.nan, 77.0]), np.array([places.y_m[point], 1.0, 1000.0])
    found = ranks_at(places, x_m, y_m, LIMITS)
    there = (places.x_m == x_m[0]) & (places.y_m == y_m[0]) & places.is_dated
    assert ((found.place >= 0) == ((place >= 0) & there)).all()
    assert ((place >= 0) & ~there).any()
    assert (found.rank[there] == rank[there]).all()


@pytest.mark.parametrize("seed", range(6))
def test_windows_let_in_and_out_what_the_candidates_differ_in(seed):
    rng = np.random.default_rng([seed, 1])
    everyone = places_and_times(rng, N + 12)
    everyone = everyone._replace(is_dated=np.ones(N + 12, dtype=bool))  # those without a time are looked at apart
    came, went = (np.sort(part) for part in np.split(rng.choice(N + 12, 6 + 6 * (seed % 2), replace=False), 2))
    old, new = np.setdiff1d(np.arange(N + 12), came), np.setdiff1d(np.arange(N + 12), went)
    stayed = np.setdiff1d(old, went)
    rows = Stayed(np.searchsorted(old, stayed), np.searchsorted(new, stayed))
    before, now = taken(everyone, old), taken(everyone, new)
    shifted = shifted_pairs(before, now, rows, taken(everyone, np.union1d(came, went)), LIMITS)
    both = set(stayed.tolist())
    was = {(old[i], old[j]) for i, j in candidates(before) if {old[i], old[j]} <= both}
    becomes = {(new[i], new[j]) for i, j in candidates(now) if {new[i], new[j]} <= both}

    def named(first: np.ndarray, second: np.ndarray) -> Pairs:
        assert (first < second).all()
        return {(new[i], new[j]) for i, j in zip(first, second, strict=True)}

    came_pairs, left_pairs = named(*shifted[:2]), named(*shifted[2:])
    assert came_pairs - was == becomes - was
    assert left_pairs - becomes == was - becomes
    # Told more than it is only where it is told both ways, or out of what never was: neither is a candidate lost.
    assert not left_pairs & becomes
    assert not came_pairs - becomes
    assert was != becomes


def test_a_crime_without_a_time_is_told_apart_where_a_change_is_near():
    # Two crimes without a time at 0 and 50 km, each with a dozen whole crimes around; one comes beside the first.
    at_km = [0.0, 50.0, *([0.5] * 12), *([50.5] * 12), 0.2]
    n = len(at_km)
    is_dated = np.arange(n) > 1
    now = PlacesAndTimes(
        1000.0 * np.array(at_km),
        np.zeros(n),
        np.where(is_dated, 5 * DAY, 0),
        np.ones(n, dtype=bool),
        is_dated,
        np.zeros(n, dtype=np.int32),
    )
    stayed = Stayed(np.arange(n - 1), np.arange(n - 1))
    newcomer = taken(now, np.array([n - 1]))
    assert shifted_without_time(now, stayed, newcomer, LIMITS).tolist() == [0]
    roomy = LinkLimits(3.0, 30.0, most_partners_of_incomplete=n + 1)
    assert shifted_without_time(now, stayed, newcomer, roomy).tolist() == []
    other_block = newcomer._replace(block=np.ones(1, dtype=np.int32))
    assert shifted_without_time(now, stayed, other_block, LIMITS).tolist() == []
