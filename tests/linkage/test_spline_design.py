"""Where knots stand, which order levels have, what a step and a bend cost: by hand."""

import numpy as np
import pandas as pd
import pytest

from linkage.spline_design import (
    FALLING,
    FREE,
    RISING,
    bounds,
    levels_in_order,
    make_variable,
    natural_direction,
    penalty_matrix,
    step_matrix,
)


def _continuous(values, linked, weight=None, n_knots=3, direction=FREE, learns_missing=False):
    weight = np.ones(len(values)) if weight is None else np.asarray(weight, dtype=float)
    series = pd.Series(values, dtype=float, name="x")
    return make_variable(series, np.asarray(linked, dtype=bool), weight, n_knots, direction, learns_missing)


def _levels(values, learns_missing=False, direction=FREE):
    series = pd.Series(values, dtype=object, name="match_x")
    linked = np.arange(len(values)) % 2 == 0
    return make_variable(series, linked, np.ones(len(values)), 5, direction, learns_missing)


@pytest.mark.parametrize(
    ("column", "direction"),
    [
        ("distance_km", FALLING),
        ("nearer_share", FALLING),
        ("gap_days", FALLING),
        ("tod_gap_hours", FALLING),
        ("dow_gap_days", FALLING),
        ("gap_victim_age", FALLING),
        ("overlap_property", RISING),
        ("agreement_entry_point", RISING),
        ("text_similarity", RISING),
        ("match_entry_point", FREE),
        ("crime_group_pair", FREE),
    ],
)
def test_nearness_and_likeness_have_a_direction_and_other_columns_none(column, direction):
    assert natural_direction(column) == direction


def test_knots_stand_at_equal_shares_with_both_classes_counted_alike():
    # One linked pair at 0 counts as much as three unlinked at 1, 2, 3. Shares up to the middle of each value:
    # 1/2, 1 + 1/6, 1 + 3/6, 1 + 5/6, of 2. Half of all is (1 - 1/2) / (7/6 - 1/2) = 3/4 of the way from 0 to 1.
    variable = _continuous([2.0, 0.0, 3.0, 1.0], [0, 1, 0, 0])
    np.testing.assert_allclose(variable.knots, [0.0, 0.75, 3.0], rtol=1e-15)
    np.testing.assert_allclose(variable.width, [1 / 4, 11 / 12 - 1 / 2], rtol=1e-15)
    assert variable.position.tolist() == [1, 0, 1, 0 + 1]
    np.testing.assert_allclose(variable.share, [1.25 / 2.25, 0.0, 1.0, 0.25 / 2.25])
    # A heavier unlinked pair draws the knots towards it, by its share of the unlinked weight alone: 8/10 at 3 make the
    # middles 1/2, 1.05, 1.15 and 1.6 of 2, so that half of all is 10/11 of the way from 0 to 1.
    heavy = _continuous([2.0, 0.0, 3.0, 1.0], [0, 1, 0, 0], [1.0, 7.0, 8.0, 1.0])
    np.testing.assert_allclose(heavy.knots, [0.0, 10 / 11, 3.0])


def test_weight_and_repetition_place_the_same_knots():
    rng = np.random.default_rng(0)
    for _ in range(50):
        values, linked, times = rng.integers(0, 8, 15) / 7.0, np.arange(15) % 3 == 0, rng.integers(1, 5, 15)
        weighted = _continuous(values, linked, times, n_knots=5)
        repeated = _continuous(np.repeat(values, times), np.repeat(linked, times), n_knots=5)
        assert len(weighted.knots) == len(repeated.knots)
        np.testing.assert_allclose(weighted.knots, repeated.knots, atol=1e-12)
        np.testing.assert_allclose(weighted.width, repeated.width, atol=1e-12)


def test_few_values_give_few_knots_and_none_gives_one_that_says_nothing():
    assert _continuous([5.0, 5.0, 5.0], [1, 0, 0]).knots.tolist() == [5.0]
    assert len(_continuous([5.0, 5.0, 5.0], [1, 0, 0]).width) == 0
    nothing = _continuous([np.nan, np.nan, np.nan], [1, 0, 0])
    assert nothing.knots.tolist() == [0.0]
    assert nothing.position.tolist() == [-1, -1, -1]
    assert nothing.n_places == 1


def test_missing_values_are_a_place_of_their_own_only_where_asked_and_seen():
    values, linked = [1.0, np.nan, 2.0, 3.0], [1, 0, 1, 0]
    assert _continuous(values, linked).position[1] == -1
    learning = _continuous(values, linked, learns_missing=True)
    assert learning.learns_missing
    assert learning.position[1] == len(learning.knots) == learning.n_places - 1
    assert not _continuous([1.0, 2.0, 2.5, 3.0], linked, learns_missing=True).learns_missing


def test_levels_of_a_comparison_rise_and_others_stand_in_the_order_of_the_alphabet():
    found = levels_in_order(pd.Series(["match", "differ", "match_rare", "missing", None, "match_common"]))
    assert found == (("differ", "match_common", "match_rare", "match"), True)
    assert levels_in_order(pd.Series(["b|b", "a|b", None])) == (("a|b", "b|b"), False)
    assert levels_in_order(pd.Series(["match", "missing"])) == (("match",), False)
    assert levels_in_order(pd.Series([None, None], dtype=object)) == ((), False)
    graded = _levels(["differ", "match_rare", "match_common", "missing", "not_applicable", None])
    assert graded.direction == RISING
    assert graded.position.tolist() == [0, 2, 1, -1, -2, -1]
    np.testing.assert_allclose(graded.width, [0.5, 0.5])
    learning = _levels(["differ", "match", "missing", "not_applicable", None], learns_missing=True)
    assert learning.position.tolist() == [0, 1, 2, -2, 2]
    assert learning.n_places == 3


def test_steps_add_up_to_the_values_at_the_knots():
    variable = _continuous([1.0, 2.0, 3.0, 4.0, np.nan], [1, 0, 1, 0, 0], n_knots=4, learns_missing=True)
    np.testing.assert_allclose(step_matrix(variable) @ [0.5, 2.0, -1.0, 7.0], [0.0, 0.5, 2.5, 1.5, 7.0])
    np.testing.assert_array_equal(step_matrix(_levels(["u", "v", "w"])), np.eye(3))
    np.testing.assert_allclose(step_matrix(_levels(["differ", "match"])) @ [2.0], [0.0, 2.0])


def test_a_steady_slope_costs_its_swing_and_no_bend():
    variable = _continuous(np.linspace(0, 1, 40) ** 3, np.arange(40) % 2 == 0, n_knots=6)
    widths = variable.width
    penalty = penalty_matrix(variable, shrinkage=0.7, smoothness=50.0)
    steady = 1.5 * widths  # a slope of 1.5 over the share of pairs
    assert steady @ penalty @ steady == pytest.approx(0.7 * 1.5**2 * widths.sum())
    # Slopes 1 and 3 of the last two pieces bend by 2 over half the sum of their widths, and from 0 to 1 before.
    bent = np.concatenate([np.zeros(len(widths) - 2), widths[-2:] * [1.0, 3.0]])
    slopes = 0.7 * (widths[-2] * 1.0 + widths[-1] * 9.0)
    bends = 50.0 * (1.0 / (0.5 * (widths[-3] + widths[-2])) + 4.0 / (0.5 * (widths[-2] + widths[-1])))
    assert bent @ penalty @ bent == pytest.approx(slopes + bends)
    np.testing.assert_allclose(penalty_matrix(_levels(["u", "v"]), 0.7, 50.0), 0.7 * np.eye(2))


def test_the_sign_of_a_step_is_bounded_and_missing_evidence_is_free():
    values, linked = [1.0, 2.0, 3.0, np.nan], [1, 0, 1, 0]
    falling = _continuous(values, linked, direction=FALLING, learns_missing=True)
    rising, free = _continuous(values, linked, direction=RISING), _levels(["u", "v", "w"])
    low, high = bounds([falling, rising, free])
    inf = np.inf
    assert low.tolist() == [-inf, -inf, -inf, 0.0, 0.0, -inf, -inf, -inf]
    assert high.tolist() == [0.0, 0.0, inf, inf, inf, inf, inf, inf]
