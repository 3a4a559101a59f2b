"""The picture of a model tells every bin, and renders at the width of a phone."""

import struct

import numpy as np
import pandas as pd
import pytest

from linkage.bayes_factors import BayesFactorError, HistogramBayesFactor
from linkage.figures import component_figure, component_panels, component_rows, panel_title

PHONE_WIDTH = 360


def _model(n_levels: int = 3) -> HistogramBayesFactor:
    rng = np.random.default_rng(0)
    linked = np.arange(900) < 300
    evidence = pd.DataFrame(
        {
            "distance_km": np.where(linked, rng.exponential(1, 900), rng.uniform(0, 9, 900)),
            "gap_days": np.where(rng.random(900) < 0.1, np.nan, rng.uniform(0, 365, 900)),
            "match_entry_point": rng.choice(["match", "differ", "missing"], 900),
            "match_tool_used": [f"a:{i % n_levels:02d}" for i in range(900)],
        }
    )
    return HistogramBayesFactor(n_bins=8, missing="bin").fit(evidence, linked)


def test_every_bin_is_told_with_its_bayes_factor_and_counts():
    term = _model().terms_["distance_km"]
    rows = component_rows(term)
    assert len(rows) == 8
    assert rows[0]["log10_bf"] == pytest.approx(term.log_bf[0] / np.log(10))
    assert [row["low"] for row in rows] == pytest.approx(term.edges[:-1].tolist())
    assert sum(row["n_linked"] + row["n_unlinked"] for row in rows) == pytest.approx(900)
    labels = [row["label"] for row in component_rows(_model().terms_["match_entry_point"])]
    assert labels == ["differ", "match", "missing"]


def test_a_panel_for_each_variable_shares_one_scale():
    chart = component_figure(_model(40)).to_dict()
    panels = chart["vconcat"]
    titles = [panel["title"] for panel in panels]
    assert titles[0] == "Distance (km)"
    assert titles[1].startswith("Time between (days); missing ")
    assert titles[2:] == ["Entry point", "Tool used (12 of 40 levels)"]
    assert len({tuple(panel["encoding"]["y"]["scale"]["domain"]) for panel in panels}) == 1
    assert [len(panel["data"]["values"]) for panel in panels] == [8, 8, 3, 12]
    told = {tip["field"] for tip in panels[0]["encoding"]["tooltip"]}
    assert told == {"label", "log10_bf", "n_linked", "n_unlinked"}


def test_the_picture_renders_and_fits_a_phone():
    import vl_convert

    png = vl_convert.vegalite_to_png(component_figure(_model(40)).to_json(), scale=1)
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", png[16:24])
    assert 250 < width <= PHONE_WIDTH
    assert height > 4 * 84


def test_names_are_told_in_words():
    assert panel_title("tod_gap_hours") == "Difference in time of day (hours)"
    assert panel_title("match_keys_then_car") == "Keys then car"


def test_a_model_that_learned_nothing_has_no_picture():
    with pytest.raises(BayesFactorError, match="call fit"):
        component_figure(HistogramBayesFactor())


def test_each_variable_has_a_picture_of_its_own_named_by_its_title():
    panels = component_panels(_model())
    assert [title.split(";")[0] for title in panels] == [panel_title(name) for name in _model().terms_]
    assert all(panel.to_dict()["title"] == "" for panel in panels.values())
