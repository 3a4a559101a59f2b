import numpy as np
import pytest

from quality.practice.area_panel import NEVER, AreaPanel
from quality.practice.staggered_effect import averaged, group_time_effects, slope_before

ONE = np.ones((1, 3))


def panel(n_met: list[list[float]], n_expected: float | np.ndarray = 10.0) -> AreaPanel:
    met = np.array(n_met, dtype=float)
    codes = np.array([f"A{row}" for row in range(len(met))], dtype=object)
    months = np.arange(met.shape[1]).astype("datetime64[M]")
    return AreaPanel(codes, months, met, np.broadcast_to(n_expected, met.shape).astype(float))


def test_two_months_before_and_one_after_by_hand() -> None:
    # of 10 crimes each. Changed: 4 and 6 before, mean 0.5, then 9: +0.4. The others: 3, 5 then 6, and 7, 7 then 9:
    # +0.2 each. The effect is 0.4 - 0.2.
    found = group_time_effects(panel([[4, 6, 9], [3, 5, 6], [7, 7, 9]]), np.array([2, NEVER, NEVER]), ONE, 12, 12)
    assert found.event.tolist() == [-2, -1, 0]
    # before: -0.1 against -0.05, and 0.1 against 0.05
    assert found.effect[0].tolist() == pytest.approx([-0.05, 0.05, 0.2])
    assert found.weight[0].tolist() == [10, 10, 10]
    assert averaged(found, found.event >= 0) == pytest.approx([0.2])
    # from -0.05 to 0.05 in a month
    assert slope_before(found) == pytest.approx([0.1])


def test_areas_count_by_their_crimes_and_each_against_its_own_level() -> None:
    # changed areas of 10 and 30 crimes a month rise by 0.4 and 0.2: (4 + 6) / 40 = 0.25; the third stays
    crimes = np.array([[10.0], [30.0], [20.0]])
    found = group_time_effects(panel([[2, 6], [15, 21], [8, 8]], crimes), np.array([1, 1, NEVER]), ONE, 12, 12)
    assert averaged(found, found.event >= 0) == pytest.approx([0.25])


def test_an_area_that_changes_later_is_compared_with_until_then_and_no_longer() -> None:
    # the first changes in month 1, the second in month 2: in month 1 it is untouched (+0.1), in month 2 only the third
    found = group_time_effects(panel([[2, 6, 6], [3, 4, 9], [5, 5, 6]]), np.array([1, 2, NEVER]), ONE, 12, 12)
    first = dict(zip(found.event[:3].tolist(), found.effect[0, :3].tolist(), strict=True))
    # month 1: 0.4 - (0.1 + 0.0) / 2; month 2: 0.4 - 0.1
    assert (first[0], first[1]) == pytest.approx((0.35, 0.3))


def test_with_nobody_left_to_compare_with_there_is_no_effect() -> None:
    found = group_time_effects(panel([[2, 6], [3, 7], [4, 8]]), np.array([1, 1, 1]), ONE, 12, 12)
    assert np.isnan(averaged(found, found.event >= 0)).all()


def test_nobody_who_changes_makes_no_cells() -> None:
    found = group_time_effects(panel([[2, 6], [3, 7], [4, 8]]), np.array([NEVER, NEVER, 9]), ONE, 12, 12)
    assert found.effect.shape == (1, 0)
    assert np.isnan(averaged(found, found.event >= 0)).all()


def test_a_month_without_crimes_and_an_area_without_months_before_count_nothing() -> None:
    crimes = np.array([[10.0, 10, 0, 10], [10, 10, 10, 10], [0, 0, 10, 10]])
    met = [[4.0, 4, 0, 8], [5, 5, 5, 5], [0, 0, 9, 9]]
    found = group_time_effects(panel(met, crimes), np.array([2, NEVER, NEVER]), ONE, 12, 12)
    # month 2 of the changed area is empty; in month 3 it stands 0.4 above, the second area where it was
    assert found.weight[0].tolist() == [10, 10, 0, 10]
    assert averaged(found, found.event >= 0) == pytest.approx([0.4])


def test_weights_of_two_are_an_area_twice() -> None:
    met, first = [[2, 6, 7], [3, 5, 6], [5, 5, 9]], np.array([1, NEVER, NEVER])
    twice = group_time_effects(panel(met), first, np.array([[1.0, 2.0, 1.0]]), 12, 12)
    listed = group_time_effects(panel([*met, met[1]]), np.append(first, NEVER), np.ones((1, 4)), 12, 12)
    assert twice.effect.tolist() == listed.effect.tolist()


def test_windows_are_no_longer_than_asked() -> None:
    found = group_time_effects(
        panel(np.random.default_rng(1).uniform(1, 9, (3, 20)).tolist()), np.array([10, NEVER, NEVER]), ONE, 4, 3
    )
    assert found.event.tolist() == [-4, -3, -2, -1, 0, 1, 2]
