"""A broken line through knots, or a number a level: against numpy's interpolation and by hand."""

import numpy as np
import pandas as pd

from linkage.smooth_term import SmoothTerm, place_between

NOTHING = np.empty(0)
LINE = SmoothTerm(np.array([1.0, 2.0, 4.0]), (), np.array([3.0, 1.0, -1.0]), 0.0, np.ones(3), np.ones(3))
LEVELS = SmoothTerm(NOTHING, ("differ", "match"), np.array([-0.5, 1.5]), 0.25, np.ones(2), np.ones(2))


def test_between_knots_it_is_a_straight_line_and_beyond_them_it_stays():
    values = pd.Series([1.0, 1.5, 2.0, 3.0, 4.0, 0.0, -np.inf, 99.0, np.inf])
    assert LINE.score(values).tolist() == [3.0, 2.0, 1.0, 0.0, -1.0, 3.0, 3.0, -1.0, -1.0]


def test_it_agrees_with_the_interpolation_of_numpy():
    rng = np.random.default_rng(1)
    for n_knots in (1, 2, 3, 12, 40):
        knots = np.sort(rng.normal(size=n_knots))
        term = SmoothTerm(knots, (), rng.normal(size=n_knots), 0.0, NOTHING, NOTHING)
        values = np.concatenate([rng.normal(size=500), knots, np.nextafter(knots, np.inf), np.nextafter(knots, -9.0)])
        expected = np.interp(values, knots, term.log_bf)
        np.testing.assert_allclose(term.score(pd.Series(values)), expected, atol=1e-9)


def test_a_missing_value_counts_what_was_learned_of_it():
    for missing in (0.0, -0.7):
        term = LINE._replace(log_bf_missing=missing)
        assert term.score(pd.Series([np.nan, 2.0])).tolist() == [missing, 1.0]
        assert term.score(pd.Series([None, 2], dtype="Int64")).tolist() == [missing, 1.0]


def test_levels_count_their_number_and_what_says_nothing_counts_nothing():
    values = ["match", "differ", None, "missing", "not_applicable", "never seen"]
    expected = [1.5, -0.5, 0.25, 0.25, 0.0, 0.0]
    for dtype in (object, "str", "category"):
        assert LEVELS.score(pd.Series(values, dtype=dtype)).tolist() == expected
    assert LEVELS.score(pd.Series([], dtype=object)).tolist() == []


def test_numbers_of_any_type_score_alike():
    numbers = [1, 2, 3, 4]
    for dtype in ("int8", "int64", "float32", "float64", "Int32", "Float64"):
        assert LINE.score(pd.Series(numbers, dtype=dtype)).tolist() == [3.0, 1.0, 0.0, -1.0]


def test_the_place_of_a_value_is_the_knot_below_and_the_share_of_the_way():
    position, share = place_between(np.array([0.0, 1.0, 1.25, 2.0, 3.5, 4.0, 9.0, np.nan]), LINE.knots)
    assert position.tolist() == [0, 0, 0, 1, 1, 1, 1, -1]
    assert share.tolist() == [0.0, 0.0, 0.25, 0.0, 0.75, 1.0, 1.0, 0.0]
    position, share = place_between(np.array([0.0, 5.0, np.nan]), np.array([2.0]))
    assert position.tolist() == [0, 0, -1]
    assert share.tolist() == [0.0, 0.0, 0.0]


def test_a_term_knows_its_kind():
    assert LINE.is_continuous
    assert not LEVELS.is_continuous
