"""Measures of hidden offenders by hand, and the comparison run small as a user would."""

import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from benchmarks.held_out_answers import Answer
from benchmarks.held_out_cases import Case
from benchmarks.held_out_measures import BEST_RATE, at_best_rate, calibration, differences, per_crime, statements


def a_case() -> Case:
    """Return three crimes and four groups: the first crime is of 0 and 1, the second of 2, the third of nobody."""
    truth = np.array([[1, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 0]], dtype=bool)
    nothing = np.zeros(0, dtype=object)
    unit = np.array([7, 7, 8])
    shares = np.eye(4, dtype=bool)
    return Case("small", pd.DataFrame(), pd.DataFrame(), nothing, tuple("abcd"), shares, np.arange(3), truth, unit)


def an_answer() -> Answer:
    """Group 3 stands above group 0 for the first crime; the second crime's true group is not listed."""
    asked, group = np.array([0, 0, 1, 2]), np.array([3, 0, 0, 1])
    probability = np.array([0.5, 0.2, 0.6, 0.1])
    return Answer(asked, group, probability, probability, np.array([0.3, 0.4, 0.9]))


def test_a_true_group_is_ranked_among_all_and_ties_share_their_places():
    judged = per_crime(a_case(), an_answer())
    # First crime: one group above. Second: one above, and three unlisted tie for places 2, 3, 4: their middle is 3.
    assert judged["reciprocal_rank"].to_numpy()[:2] == pytest.approx([1 / 2, 1 / 3])
    assert np.isnan(judged["reciprocal_rank"][2])
    assert judged["hit_at_1"].to_numpy()[:2].tolist() == [0.0, 0.0]
    assert judged["hit_at_5"].to_numpy()[:2].tolist() == [1.0, 1.0]


def test_of_tied_groups_the_first_true_one_is_expected_further_up_the_more_of_them_are_true():
    answer = Answer(np.zeros(4, int), np.arange(4), np.full(4, 0.2), np.full(4, 0.2), np.array([0.2, 1.0, 1.0]))
    # Two true of four tied: pairs of places are equally likely, and the mean of the smaller one is 5 / 3.
    assert per_crime(a_case(), answer)["reciprocal_rank"][0] == pytest.approx(3 / 5)


def test_scores_take_the_true_groups_as_one_outcome_and_nobody_as_another():
    judged = per_crime(a_case(), an_answer())
    assert judged["p_true"].tolist() == pytest.approx([0.2, 0.0, 0.9])
    assert judged["log_score"].tolist() == pytest.approx([np.log(0.2), np.log(1e-6), np.log(0.9)])
    # (1 - p of the truth) squared, and the squares of all other outcomes.
    assert judged["brier"].tolist() == pytest.approx([0.64 + 0.25 + 0.09, 1.0 + 0.36 + 0.16, 0.01 + 0.01])


def test_the_best_rate_shifts_all_crimes_alike_and_never_scores_worse():
    judged = at_best_rate(per_crime(a_case(), an_answer()))
    assert judged[BEST_RATE].mean() >= judged["log_score"].mean()
    # Whatever the shift s, the first crime's truth is 0.2 s / (0.7 s + 0.3) and the third's 0.9 / (0.1 s + 0.9).
    first, third = np.exp(judged[BEST_RATE].to_numpy()[[0, 2]])
    shift = 0.3 * first / (0.2 - 0.7 * first)
    assert third == pytest.approx(0.9 / (0.1 * shift + 0.9))


def test_calibration_counts_what_was_stated_and_how_much_of_it_was_true():
    found = calibration(statements(a_case(), an_answer()))
    by_bin = {low: (n, stated, true) for low, n, stated, true in found["bins"]}
    assert by_bin[0.1] == (2, 0.15, 0.5)  # 0.2 of a true group, 0.1 of a wrong one
    assert by_bin[0.25] == (2, 0.35, 0.0)  # nobody, said of two crimes of known offenders
    assert by_bin[0.9] == (1, 0.9, 1.0)


def test_differences_are_over_units_that_both_models_judged():
    one = pd.DataFrame({"unit": [1, 1, 2], "hit_at_1": [1.0, 0.0, 1.0]})
    other = pd.DataFrame({"unit": [1, 1], "hit_at_1": [1.0, 1.0]})
    value, low, high, won = differences({"one": one, "other": other}, "one", ("hit_at_1",))["other"]["hit_at_1"]
    assert (value, low, high, won) == (0.5, 0.5, 0.5, 1.0)


@pytest.mark.long
def test_the_benchmark_ends_with_one_line_of_json():
    command = [sys.executable, "-m", "benchmarks.held_out_co_linkage", "--quick", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    figures = json.loads(done.stdout)
    assert figures["benchmark"] == "held_out_co_linkage"
    for of in figures["demo"]["models"].values():
        assert 0 < of["hit_at_1"] <= of["hit_at_5"] <= 1
        assert of["log_score"] <= of["log_score_at_best_rate"] + 1e-9
    assert set(figures["demo_pairs"]) == {"additive", "histogram"}
