"""A force cut into tiles: every crime is owned once, and seen by the owner of each of its candidates."""

import numpy as np
import pytest

from linkage.candidate_grid import HALF_MICROSECONDS_PER_DAY, half_microseconds
from linkage.candidates import LinkLimits
from linkage.crime_cells import PlacesAndTimes
from linkage.tiles import fitting_plan, plan_tiles, sightings

LIMITS = LinkLimits(max_km=2.0, max_days=30.0)


def places_at(x_m, y_m, midpoint) -> PlacesAndTimes:
    n = len(x_m)
    known = np.ones(n, dtype=bool)
    columns = (np.asarray(x_m, dtype=float), np.asarray(y_m, dtype=float), np.asarray(midpoint, dtype=np.int64))
    return PlacesAndTimes(*columns, known, known, np.zeros(n, dtype=np.int32))


def scattered(n=300, seed=1, side_m=15_000.0, n_days=200) -> PlacesAndTimes:
    rng = np.random.default_rng(seed)
    x_m, y_m = rng.uniform(-side_m, side_m, (2, n))
    return places_at(x_m, y_m, rng.integers(0, n_days * HALF_MICROSECONDS_PER_DAY, n))


def candidates(places, limits):
    """All ordered pairs within the limits, measured one by one."""
    apart = (places.x_m[:, None] - places.x_m) ** 2 + (places.y_m[:, None] - places.y_m) ** 2
    gap = np.abs(places.midpoint[:, None] - places.midpoint)
    near = (apart <= (limits.max_km * 1000.0) ** 2) & (gap <= half_microseconds(limits.max_days))
    return near & places.is_complete & places.is_complete[:, None]


def assert_tiles_suffice(places, limits, **cut):
    plan = plan_tiles(places, limits, **cut)
    row, tile, is_owned = sightings(plan, places)
    assert sorted(row[is_owned]) == np.flatnonzero(places.is_complete).tolist()
    assert np.bincount(tile[is_owned], minlength=len(plan.n_owned)).tolist() == plan.n_owned.tolist()
    assert len(set(zip(row.tolist(), tile.tolist(), strict=True))) == len(row)
    owner = np.full(len(places.x_m), -1)
    owner[row[is_owned]] = tile[is_owned]
    is_seen = np.zeros((len(plan.n_owned), len(places.x_m)), dtype=bool)
    is_seen[tile, row] = True
    for one, other in zip(*np.nonzero(candidates(places, limits)), strict=True):
        assert is_seen[owner[one], other]
    return plan, is_seen


@pytest.mark.parametrize("tile_km", [0.9, 2.0, 7.0, 100.0])
@pytest.mark.parametrize("most_owned", [1, 7, 10_000])
def test_however_a_force_is_cut_owners_see_all_their_candidates(tile_km, most_owned):
    assert_tiles_suffice(scattered(120), LIMITS, tile_km=tile_km, most_owned=most_owned)


def test_crimes_on_borders_of_squares_and_exactly_at_the_limits_are_seen():
    steps = np.arange(-4, 5) * 2_000.0
    x_m, y_m = (axis.ravel() for axis in np.meshgrid(steps, steps))
    days = np.arange(len(x_m)) % 3 * half_microseconds(30.0)
    assert_tiles_suffice(places_at(x_m, y_m, days), LIMITS, tile_km=2.0, most_owned=3)
    beside = np.nextafter(x_m, np.inf)
    assert_tiles_suffice(places_at(beside, y_m, days), LIMITS, tile_km=2.0, most_owned=3)


def test_a_tile_owns_no_more_than_it_should_but_crimes_of_one_time_stay_together():
    places = scattered(500, n_days=400)
    plan, _ = assert_tiles_suffice(places, LIMITS, tile_km=100.0, most_owned=30)
    assert plan.n_owned.max() <= 30
    assert plan.n_owned.min() >= 20  # 125 or so a square, in five parts
    at_one_time = places._replace(midpoint=np.zeros(500, dtype=np.int64))
    plan, _ = assert_tiles_suffice(at_one_time, LIMITS, tile_km=100.0, most_owned=30)
    assert len(plan.n_owned) == 4  # one a square around the origin


def test_a_tile_sees_little_beyond_its_halo():
    places = scattered(2_000, side_m=50_000.0, n_days=1_000)
    plan, is_seen = assert_tiles_suffice(places, LIMITS, tile_km=10.0, most_owned=5)
    for tile, seen in enumerate(is_seen):
        west, south = plan.across[tile] * 10_000.0, plan.along[tile] * 10_000.0
        for metres, low in ((places.x_m, west), (places.y_m, south)):
            assert metres[seen].min() >= low - 2_000.001
            assert metres[seen].max() <= low + 12_000.001
        longest = half_microseconds(30.0)
        assert places.midpoint[seen].min() >= plan.since[tile] - longest
        assert places.midpoint[seen].max() <= plan.until[tile] + longest


def test_without_limits_there_is_one_square_and_every_tile_sees_all():
    places = scattered(50)
    plan, is_seen = assert_tiles_suffice(places, LinkLimits(np.inf, np.inf), most_owned=20)
    assert len(plan.n_owned) == 3
    assert is_seen.all()


def test_places_far_beyond_the_earth_are_seen_once():
    places = places_at([1e100, 1e100, -1e100, 3.0], [0.0, 1.0, 1e18, 4.0], [0, 1, 2, 3])
    assert_tiles_suffice(places, LIMITS, tile_km=1.0)


def test_tiles_near_a_crowded_place_see_it_at_all_times_and_others_do_not():
    rng = np.random.default_rng(3)
    x_m = np.append(np.full(40, 1_000.0), np.full(40, 90_000.0) + rng.uniform(0, 100, 40))
    places = places_at(x_m, np.zeros(80), np.tile(np.arange(40) * half_microseconds(20.0), 2))
    limits = LinkLimits(2.0, 30.0, most_at_one_place=39, most_partners_at_one_place=5)
    plan, is_seen = assert_tiles_suffice(places, limits, tile_km=20.0, most_owned=10)
    assert is_seen[plan.across == 0][:, :40].all()
    assert (is_seen[plan.across == 4][:, 40:].sum(axis=1) < 15).all()


def test_crimes_that_lack_a_place_or_a_time_lie_in_no_tile():
    places = scattered(60)
    lacking = places._replace(is_placed=np.arange(60) % 3 > 0, is_dated=np.arange(60) % 4 > 0)
    places = lacking._replace(x_m=np.where(lacking.is_placed, lacking.x_m, np.nan))
    assert_tiles_suffice(places, LIMITS, tile_km=5.0, most_owned=4)
    nobody = places._replace(is_placed=np.zeros(60, dtype=bool))
    plan = plan_tiles(nobody, LIMITS)
    assert len(plan.n_owned) == len(sightings(plan, nobody).row) == 0


def test_squares_widen_until_few_tiles_own_much_less_than_they_may():
    wide = scattered(400, side_m=200_000.0)  # 400 squares of 20 km
    assert fitting_plan(wide, LIMITS, most_owned=1).side_m == 20_000.0
    by_place = fitting_plan(wide, LIMITS, most_owned=40)
    assert by_place.side_m > 20_000.0
    assert 10 <= len(by_place.n_owned) <= 20
    one = fitting_plan(wide, LIMITS, most_owned=400)
    assert len(one.n_owned) == 4  # around the origin, however wide
    dense = scattered(400, side_m=5_000.0)
    assert fitting_plan(dense, LIMITS, most_owned=40).side_m == 20_000.0


@pytest.mark.parametrize(
    ("cut", "message"),
    [
        ({"tile_km": 0.0}, "tile_km: expected a width above 0 km, got 0.0; twice to four times max_km is usual"),
        ({"most_owned": 0}, "most_owned: expected 1 or more crimes, got 0; 50,000 is usual"),
    ],
)
def test_a_cut_that_cannot_be_is_refused(cut, message):
    with pytest.raises(ValueError, match=message):
        plan_tiles(scattered(5), LIMITS, **cut)
