"""Unsolved crimes stand in the order of their likeliest link, and the count follows the line."""

import re

import numpy as np
import pandas as pd
import pytest
import vl_convert

from linkage.figures.maximum_probability import MAX_POINTS, line_counts, maximum_probability_figure
from linkage.figures.style import FigureError

MAXIMA = pd.DataFrame(
    {
        "crime_id": ["A", "B", "C", "D", "E"],
        "candidate_kind": ["group", "crime", "group", "crime", None],
        "candidate_id": ["g1", "D", "g2", "B", None],
        "probability": [0.1, 0.25, 0.9, 0.25, 0.0],
    }
)


def test_crimes_stand_strongest_first_and_ties_by_name(drawn):
    rows = next(rows for rows in drawn(maximum_probability_figure(MAXIMA).to_dict()) if "crime_id" in rows[0])
    assert [(row["place"], row["crime_id"], row["kind"]) for row in rows] == [
        (1, "C", "a known group"),
        (2, "B", "another unsolved crime"),
        (3, "D", "another unsolved crime"),
        (4, "A", "a known group"),
        (5, "E", "nobody"),
    ]


def test_crimes_on_the_line_count_as_above_it():
    counts = line_counts(MAXIMA)
    assert [counts[step]["n_above"] for step in (0, 10, 11, 25, 26, 90, 91, 100)] == [5, 4, 3, 3, 1, 1, 0, 0]
    assert counts[25]["words"] == "3 of 5 crimes at 25% or more:\n1 with a known group\n2 with another unsolved crime"
    assert counts[100]["words"] == "0 of 5 crimes at 100% or more."


def test_a_probability_that_is_a_hundredth_is_on_that_place_of_the_line():
    hundredths = np.arange(101) / 100  # 0.29 and others are not exact in binary
    maxima = pd.DataFrame({"candidate_kind": "group", "probability": hundredths})
    assert [row["n_above"] for row in line_counts(maxima)] == list(range(101, 0, -1))


def test_a_slider_moves_the_line_from_where_it_was_set():
    chart = maximum_probability_figure(MAXIMA, line=0.4).to_dict()
    (param,) = [each for each in chart["params"] if each["name"] == "line"]
    assert param["value"] == 0.4
    assert {name: param["bind"][name] for name in ("input", "min", "max", "step")} == {
        "input": "range",
        "min": 0,
        "max": 1,
        "step": 0.01,
    }
    assert chart["description"].endswith("1 of 5 crimes at 40% or more: 1 with a known group")


def test_a_whole_force_is_thinned_but_counted_whole(drawn, fits_a_phone):
    n = 50_000
    probability = np.random.default_rng(1).beta(0.3, 6.0, n)
    ids = [f"C{row:05d}" for row in range(n)]
    force = pd.DataFrame(
        {"crime_id": ids, "candidate_kind": "crime", "candidate_id": "C00000", "probability": probability}
    )
    chart = maximum_probability_figure(force)
    points = next(rows for rows in drawn(chart.to_dict()) if "crime_id" in rows[0])
    assert len(points) <= MAX_POINTS
    assert (points[0]["place"], points[-1]["place"]) == (1, n)
    assert points[0]["probability"] == probability.max()
    assert line_counts(force)[25]["n_above"] == (probability >= 0.25).sum()
    assert fits_a_phone(chart)


def test_it_fits_a_phone_with_one_crime_or_a_few(fits_a_phone):
    assert fits_a_phone(maximum_probability_figure(MAXIMA))
    assert fits_a_phone(maximum_probability_figure(MAXIMA.iloc[:1]))


def test_candidates_differ_in_shape_as_well_as_colour(found):
    chart = maximum_probability_figure(MAXIMA).to_dict()
    (shape,) = found(chart, "shape")
    assert len(set(shape["scale"]["range"])) == len(shape["scale"]["domain"]) == 3


@pytest.mark.parametrize(
    ("wrong", "line", "words"),
    [
        (MAXIMA.drop(columns="candidate_id"), 0.25, "got none named candidate_id"),
        (MAXIMA.iloc[:0], 0.25, "got 0 rows"),
        (pd.concat([MAXIMA, MAXIMA]), 0.25, "got 10 rows, 5 again"),
        (MAXIMA.assign(probability=1.5), 0.25, "probabilities from 0 to 1"),
        (MAXIMA.assign(candidate_kind="person"), 0.25, "got person; rename it"),
        (MAXIMA, 0.255, "whole hundredths from 0 to 1, got 0.255"),
        (MAXIMA, 1.2, "whole hundredths from 0 to 1, got 1.2"),
    ],
)
def test_what_cannot_be_drawn_is_refused(wrong, line, words):
    with pytest.raises(FigureError, match=words):
        maximum_probability_figure(wrong, line)


@pytest.mark.parametrize(("place", "words"), [(0.25, "3 of 5 crimes at 25%"), (0.29, "1 of 5 crimes at 29%")])
def test_the_words_follow_the_line_wherever_the_slider_stands(place, words):
    chart = maximum_probability_figure(MAXIMA, line=0.1).to_dict()
    next(each for each in chart["params"] if each["name"] == "line")["value"] = place
    drawing = vl_convert.vegalite_to_svg(chart)
    assert words in drawing
    assert "crimes at 10%" not in re.sub(r'aria-label="[^"]*"', "", drawing)
