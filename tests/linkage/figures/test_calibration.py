"""Calibration is drawn band by band on logarithmic axes, zero included."""

import numpy as np
import pandas as pd
import pytest

from linkage.figures.calibration import calibration_figure
from linkage.figures.style import FigureError

BANDS = pd.DataFrame(
    {
        "band_low": [0.0, 0.001, 0.1, 0.5, 0.001],
        "band_high": [0.001, 0.1, 0.5, 1.0, 0.1],
        "n_pairs": [9000, 800, 50, 0, 700],
        "mean_posterior": [0.0004, 0.02, 0.3, np.nan, 0.03],
        "observed_share": [0.0, 0.025, 0.28, np.nan, 0.01],
        "observed_low": [0.0, 0.015, 0.15, np.nan, 0.005],
        "observed_high": [0.0004, 0.04, 0.4, np.nan, 0.02],
        "model": ["smooth", "smooth", "smooth", "smooth", "plain"],
    }
)


def points(chart, drawn):
    return next(rows for rows in drawn(chart.to_dict()) if "model" in rows[0])


def test_bands_with_pairs_are_drawn_with_their_intervals(drawn):
    rows = points(calibration_figure(BANDS), drawn)
    assert [row["mean_posterior"] for row in rows] == [0.0004, 0.02, 0.3, 0.03]
    assert [(row["from"], row["to"]) for row in rows[1:]] == [(0.015, 0.04), (0.15, 0.4), (0.005, 0.02)]


def test_a_share_of_zero_stands_at_the_foot_and_is_marked_so(found, drawn):
    chart = calibration_figure(BANDS)
    rows = points(chart, drawn)
    assert [row["is_foot"] for row in rows] == [True, False, False, False]
    # The least that is drawn is 0.0004: the axes begin at the power of ten below.
    assert rows[0]["at"] == pytest.approx(1e-4)
    scales = [scale for scale in found(chart.to_dict(), "scale") if scale.get("type") == "log"]
    assert {tuple(scale["domain"]) for scale in scales} == {(rows[0]["at"], 1)}


def test_truth_is_the_diagonal(drawn):
    ends = drawn(calibration_figure(BANDS).to_dict())[0]
    assert ends == [{"p": pytest.approx(1e-4)}, {"p": 1.0}]


def test_models_differ_in_shape_as_in_colour_and_the_picture_fits_a_phone(found, fits_a_phone):
    chart = calibration_figure(BANDS)
    shapes = [shape for shape in found(chart.to_dict(), "shape") if isinstance(shape, dict)]
    assert shapes[0]["scale"]["domain"] == ["smooth", "plain"]
    assert "smooth, plain" in chart.to_dict()["description"]
    assert fits_a_phone(chart)


def test_what_cannot_be_drawn_is_refused():
    with pytest.raises(FigureError, match="got none named observed_low; add them"):
        calibration_figure(BANDS.drop(columns="observed_low"))
    with pytest.raises(FigureError, match="expected a band with pairs"):
        calibration_figure(BANDS.assign(n_pairs=0))
