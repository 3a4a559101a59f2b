"""Ranking curves of several models share a picture, thinned without a change to what is seen."""

import numpy as np
import pandas as pd
import pytest

from linkage.figures.ranking_curves import (
    MAX_POINTS,
    examined_figure,
    precision_recall_figure,
    ranking_figure,
    roc_figure,
    thinned,
)
from linkage.figures.style import MODEL_COLOURS, FigureError
from linkage.ranking_metrics import ranking_curve


def curve(seed, n=2000, signal=1.0):
    rng = np.random.default_rng(seed)
    linked = rng.random(n) < 0.1
    return ranking_curve(rng.normal(size=n) + signal * linked, linked)


CURVES = {"smooth": curve(1, signal=2.0), "space and time": curve(2)}


def test_a_thinned_curve_keeps_its_ends_and_lies_on_the_curve():
    whole = curve(3, n=50_000)
    few = thinned(whole)
    assert len(few) <= MAX_POINTS + 2
    for end in (0, -1):
        assert few.iloc[end].equals(whole.iloc[end])
    between = np.interp(whole["n_examined"], few["n_examined"], few["true_positive_rate"])
    assert np.abs(between - whole["true_positive_rate"]).max() < 0.005
    assert thinned(CURVES["smooth"].head(50)).equals(CURVES["smooth"].head(50))


def test_all_models_stand_on_one_picture_in_their_order(found, drawn, fits_a_phone):
    chart = ranking_figure(CURVES)
    as_dict = chart.to_dict()
    assert [part["title"] for part in as_dict["vconcat"]] == [
        "ROC",
        "Precision and recall",
        "Links found by pairs examined",
    ]
    domains = [colour["scale"]["domain"] for colour in found(as_dict, "color") if isinstance(colour, dict)]
    assert domains == [["smooth", "space and time"]] * 3
    assert all({row["model"] for row in rows} == set(CURVES) for rows in drawn(as_dict) if "model" in rows[0])
    assert fits_a_phone(chart)


def test_dashes_differ_where_colours_may_look_alike(found):
    (dash,) = found(precision_recall_figure(CURVES).to_dict(), "strokeDash")
    assert len({tuple(one) for one in dash["scale"]["range"]}) > 4
    assert len(set(MODEL_COLOURS)) > 5


def test_a_plain_roc_starts_where_nothing_is_examined_and_a_logarithmic_one_cannot(found, drawn):
    plain, logged = (roc_figure(CURVES, log_x=log_x).to_dict() for log_x in (False, True))
    first = next(row for row in drawn(plain)[1] if row["model"] == "smooth")
    assert (first["true_positive_rate"], first["false_positive_rate"]) == (0.0, 0.0)
    assert min(row["false_positive_rate"] for row in drawn(logged)[1]) > 0
    assert "log" in found(logged, "type")


def test_chance_is_the_diagonal_of_the_roc_on_either_axis(drawn):
    for log_x in (False, True):
        rows = drawn(roc_figure(CURVES, log_x=log_x).to_dict())[0]
        assert all(row["true_positive_rate"] == row["false_positive_rate"] for row in rows)


def test_weighted_pairs_are_examined_in_parts_of_one(found):
    linked = np.array([True, False, True])
    weighted = ranking_curve([3.0, 2.0, 1.0], linked, sample_weight=[0.0, 0.25, 100.0])
    (scale,) = [scale for scale in found(examined_figure({"m": weighted}).to_dict(), "scale") if scale.get("type")]
    assert scale["domain"] == [0.25, 100.25]


def test_a_rate_that_is_no_number_is_left_open(drawn):
    only_unlinked = ranking_curve([2.0, 1.0], [False, False])
    assert drawn(precision_recall_figure({"m": only_unlinked}).to_dict())[0][0]["true_positive_rate"] is None


@pytest.mark.parametrize(
    ("curves", "words"),
    [
        ({}, "at least one model's ranking curve, got none"),
        ({"m": pd.DataFrame({"precision": [1.0]})}, "got no true_positive_rate, false_positive_rate, n_examined for m"),
        ({"m": CURVES["smooth"].head(0)}, "got none for m; make them with"),
    ],
)
def test_what_is_no_curve_is_refused(curves, words):
    with pytest.raises(FigureError, match=words):
        ranking_figure(curves)
