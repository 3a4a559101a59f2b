"""Points that stand for a beat, and corners of a grid."""

import numpy as np
import pandas as pd

from quality.shared_places import is_default_place, is_grid_corner

LEAST = 25
GROUPS = ["burglary_residential", "robbery_personal", "theft_of_vehicle"]
PREMISES = ["dwelling", "street", "car_park"]


def crimes_at(points: list[tuple[float, float]], groups: list[str], premises: list[str | None]) -> pd.DataFrame:
    """Crimes at points, their groups and premises dealt in turn."""
    n = len(points)
    return pd.DataFrame(
        {
            "easting_m": [point[0] for point in points],
            "northing_m": [point[1] for point in points],
            "crime_group": [groups[i % len(groups)] for i in range(n)],
            "premises_type": pd.Series([premises[i // len(groups) % len(premises)] for i in range(n)], dtype="str"),
        }
    )


def around(n: int, each: int = 1) -> list[tuple[float, float]]:
    """N points of one square kilometre, `each` times each."""
    return [(450_001.5 + 7 * i, 250_003.5 + 3 * i) for i in range(n) for _ in range(each)]


SHARED = (450_400.7, 250_300.2)


def test_a_point_with_unlike_crimes_far_above_its_neighbours_is_a_default() -> None:
    crimes = crimes_at([SHARED] * 25 + around(40), GROUPS, PREMISES)
    assert is_default_place(crimes, LEAST).tolist() == [True] * 25 + [False] * 40


def test_one_crime_fewer_is_no_default() -> None:
    assert not is_default_place(crimes_at([SHARED] * 24 + around(40), GROUPS, PREMISES), LEAST).any()


def test_crimes_of_two_kinds_may_share_a_busy_point() -> None:
    assert not is_default_place(crimes_at([SHARED] * 90 + around(40), GROUPS[:2], PREMISES), LEAST).any()
    assert not is_default_place(crimes_at([SHARED] * 90 + around(40), GROUPS, PREMISES[:2]), LEAST).any()


def test_where_premises_are_not_recorded_the_crime_groups_decide() -> None:
    crimes = crimes_at([SHARED] * 25 + around(40), GROUPS, [None])
    assert is_default_place(crimes, LEAST).sum() == 25
    assert is_default_place(crimes.drop(columns="premises_type"), LEAST).sum() == 25


def test_a_point_among_others_as_busy_is_no_default() -> None:
    # 25 crimes against 3 a neighbour: less than ten times as many
    assert not is_default_place(crimes_at([SHARED] * 25 + around(10, each=3), GROUPS, PREMISES), LEAST).any()
    assert is_default_place(crimes_at([SHARED] * 30 + around(10, each=3), GROUPS, PREMISES), LEAST).sum() == 30


def test_a_point_alone_in_its_square_is_compared_with_the_force() -> None:
    far = (470_500.5, 270_500.5)
    crimes = crimes_at([far] * 25 + around(10, each=3), GROUPS, PREMISES)
    assert not is_default_place(crimes, LEAST).any()
    assert is_default_place(crimes_at([far] * 30 + around(10, each=3), GROUPS, PREMISES), LEAST).sum() == 30


def test_missing_coordinates_are_no_shared_point() -> None:
    crimes = crimes_at([(np.nan, np.nan)] * 60, GROUPS, PREMISES)
    assert not is_default_place(crimes, LEAST).any()
    assert not is_default_place(crimes.iloc[:0], LEAST).any()


def test_the_order_of_crimes_does_not_matter() -> None:
    crimes = crimes_at([SHARED] * 25 + around(40), GROUPS, PREMISES)
    order = np.random.default_rng(1).permutation(len(crimes))
    assert (is_default_place(crimes.iloc[order], LEAST) == is_default_place(crimes, LEAST)[order]).all()


def test_coordinates_cut_to_a_hundred_metres_are_seen_by_what_chance_would_give() -> None:
    rng = np.random.default_rng(2)
    whole_metres = [tuple(xy) for xy in rng.integers(450_000, 460_000, (3_000, 2)).astype(float)]
    by_chance = crimes_at(whole_metres, GROUPS, PREMISES)
    # of 3,000 points in whole metres about 0.3 lie on a corner, whatever they were cut to
    assert not is_grid_corner(by_chance).any()
    cut = [(xy[0] // 100 * 100, xy[1] // 100 * 100) for xy in whole_metres[:40]]
    mixed = crimes_at(cut + whole_metres[40:], GROUPS, PREMISES)
    assert is_grid_corner(mixed)[:40].all()
    # cut to ten metres every hundredth point lies on a corner, and as many in the middle
    tens = crimes_at([(xy[0] // 10 * 10, xy[1] // 10 * 10) for xy in whole_metres], GROUPS, PREMISES)
    assert not is_grid_corner(tens).any()
