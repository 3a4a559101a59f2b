"""The heat map shades every judged pair by its probability, in an order that is asked for."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from linkage.figures.heat_map import KNOWN, MAX_CRIMES, SHADES, STEPS, WORDS, heat_map_figure, probability_matrix
from linkage.figures.style import FigureError

PAIRS = pd.DataFrame(
    {"crime_id_1": ["A", "A", "B"], "crime_id_2": ["B", "C", "Z"], "posterior_probability": [0.95, 0.004, 0.5]}
)
NAMES = ["C", "A", "B"]


def test_a_table_of_pairs_becomes_a_square_with_what_is_absent_unknown():
    matrix = probability_matrix(PAIRS, NAMES, "posterior_probability")
    expected = [[np.nan, 0.004, np.nan], [0.004, np.nan, 0.95], [np.nan, 0.95, np.nan]]
    np.testing.assert_array_equal(matrix, expected)


def test_each_judged_pair_is_drawn_twice_and_the_diagonal_never(drawn):
    chart = heat_map_figure(probability_matrix(PAIRS, NAMES, "posterior_probability"), NAMES).to_dict()
    (rows,) = drawn(chart)
    found = {(row["crime_1"], row["crime_2"]): (row["probability"], row["step"]) for row in rows}
    assert found == {
        ("A", "C"): (0.004, "0.1 to 1%"),
        ("C", "A"): (0.004, "0.1 to 1%"),
        ("A", "B"): (0.95, "above 90%"),
        ("B", "A"): (0.95, "above 90%"),
    }
    assert chart["title"]["subtitle"] == ["White: not judged (1 of the pairs)."]
    assert chart["description"].startswith("Probability of a link for 2 pairs of 3 crimes; 1 pairs are above one half")


def test_crimes_stand_in_the_order_asked_for(found):
    chart = heat_map_figure(np.full((3, 3), 0.2), NAMES, order=[2, 0, 1]).to_dict()
    assert found(chart, "sort") == [["B", "C", "A"]] * 2


def test_a_probability_on_a_step_counts_to_the_step_below(drawn):
    matrix = np.full((2, 2), 0.5)
    assert drawn(heat_map_figure(matrix, ["A", "B"]).to_dict())[0][0]["step"] == "25 to 50%"
    assert len(WORDS) == len(SHADES) == len(STEPS) + 1


def test_shades_darken_step_by_step_so_that_grey_tells_as_much():
    def luminance(shade):
        red, green, blue = (int(shade[place : place + 2], 16) / 255 for place in (1, 3, 5))
        return 0.2126 * red**2.2 + 0.7152 * green**2.2 + 0.0722 * blue**2.2

    levels = [luminance(shade) for shade in SHADES]
    assert all(lighter > 1.15 * darker for lighter, darker in pairwise(levels))


def test_it_fits_a_phone_with_names_and_leaves_them_out_where_they_are_too_many(found, fits_a_phone):
    few = heat_map_figure(np.full((12, 12), 0.3), [f"DM/24/{row:07d}" for row in range(12)])
    assert fits_a_phone(few)
    many = heat_map_figure(np.full((60, 60), 0.3), [str(row) for row in range(60)]).to_dict()
    assert found(many["encoding"], "axis") == [None, None]


@pytest.mark.parametrize(
    ("matrix", "names", "order", "words"),
    [
        (np.zeros((2, 3)), ["A", "B"], None, "a different one for each row of a square"),
        (np.zeros((2, 2)), ["A", "A"], None, "a different one for each row of a square, got 1"),
        ([[0, 0.2], [0.3, 0]], ["A", "B"], None, "expected a symmetric square of numbers from 0 to 1"),
        ([[0, 1.2], [1.2, 0]], ["A", "B"], None, "expected a symmetric square of numbers from 0 to 1"),
        (np.zeros((2, 2)), ["A", "B"], [0, 0], "expected each of the rows 0 to 1 once"),
        (np.zeros((MAX_CRIMES + 1,) * 2), [str(n) for n in range(MAX_CRIMES + 1)], None, "up to 150 crimes, got 151"),
    ],
)
def test_what_is_no_square_of_probabilities_is_refused(matrix, names, order, words):
    with pytest.raises(FigureError, match=words):
        heat_map_figure(matrix, names, order)


def test_pairs_of_a_known_group_are_known_and_unsolved_crimes_are_marked(drawn, fits_a_phone):
    matrix = np.full((4, 4), 0.3)
    chart = heat_map_figure(matrix, ["A", "B", "C", "D"], groups=["g", "g", "h", None])
    (rows,) = drawn(chart.to_dict())
    steps = {(row["crime_1"], row["crime_2"]): row["step"] for row in rows}
    # A and B are of one group; A and C are known to differ, so that 0.3 is not read there.
    pairs_of_unsolved = {(a, b) for a in ["A", "B", "C"] for b in ["? D"]}
    both_ways = pairs_of_unsolved | {(b, a) for a, b in pairs_of_unsolved}
    assert steps == {("A", "B"): KNOWN, ("B", "A"): KNOWN} | dict.fromkeys(both_ways, "25 to 50%")
    assert chart.to_dict()["title"]["subtitle"][0] == "Unsolved crimes have a question mark."
    assert fits_a_phone(chart)


def test_groups_of_another_number_are_refused():
    with pytest.raises(FigureError, match="expected one for each of 2 crimes, got 1"):
        heat_map_figure(np.zeros((2, 2)), ["A", "B"], groups=["g"])
