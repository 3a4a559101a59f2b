"""Traces show every chain of every hyperparameter, thinned evenly, in words and on a scale that suits it."""

import numpy as np
import pandas as pd
import pytest

from linkage.figures.hyperparameter_words import hyperparameter
from linkage.figures.style import FigureError
from linkage.figures.trace import trace_figure

N_SWEEPS = 90


def draws() -> pd.DataFrame:
    rng = np.random.default_rng(1)
    n = 2 * N_SWEEPS
    return pd.DataFrame(
        {
            "chain": np.repeat([0, 1], N_SWEEPS),
            "sweep": np.tile(np.arange(N_SWEEPS), 2),
            "n_clusters": rng.integers(20, 30, n).astype(float),
            "place_within_sd_m": np.exp(rng.normal(7.0, 0.2, n)),
            "item_concentration_entry_point": np.exp(rng.normal(0.0, 0.2, n)),
        }
    )


def test_every_chain_of_every_hyperparameter_is_drawn_once(drawn):
    panels = drawn(trace_figure(draws()).to_dict())
    assert [len(rows) for rows in panels] == [2 * N_SWEEPS] * 3
    first = draws().iloc[0]
    assert panels[0][0] == {"sweep": 0, "chain": "1", "value": first["n_clusters"]}
    assert {row["chain"] for row in panels[1]} == {"1", "2"}


def test_long_chains_are_thinned_evenly_and_the_title_says_so(drawn):
    chart = trace_figure(draws(), max_points=30).to_dict()
    for rows in drawn(chart):
        assert [row["sweep"] for row in rows] == list(range(0, N_SWEEPS, 3)) * 2
    assert chart["title"]["subtitle"][-1] == "1 sweep in 3 is drawn."
    assert max(len(rows) for rows in drawn(trace_figure(draws(), max_points=31).to_dict())) <= 2 * 31


def test_panels_are_titled_in_words_with_units_and_scatter_is_logarithmic():
    panels = trace_figure(draws(), {"entry_point": "point of entry"}).to_dict()["concat"]
    titles = ["number of clusters", "place: scatter within a series (m)", "point of entry: variety (nu)"]
    assert [panel["title"]["text"] for panel in panels] == titles
    assert [panel["encoding"]["y"]["scale"]["type"] for panel in panels] == ["linear", "log", "log"]


def test_it_fits_a_phone_and_is_told_in_words(fits_a_phone):
    chart = trace_figure(draws())
    assert fits_a_phone(chart)
    assert chart.to_dict()["description"].startswith("Draws of 2 chains, sweep by sweep: number of clusters, place:")


def test_a_constant_hyperparameter_is_drawn(fits_a_phone):
    assert fits_a_phone(trace_figure(draws()[["chain", "sweep"]].assign(concentration=3.0)))


@pytest.mark.parametrize(
    ("name", "words", "unit"),
    [
        ("concentration", "evenness of cluster sizes (D)", ""),
        ("time_of_day_concentration", "time of day: variety (nu)", ""),
        ("time_between_sd_days", "time: scatter between series", "days"),
        ("place_centre_northing_m", "place: centre, northing", "m"),
        ("feature_within_sd_offender_height", "offender height: scatter within a series", ""),
        ("place_spread_share_0.5", "place: share of series at 0.5 x scatter", ""),
        ("something_new", "something new", ""),
    ],
)
def test_a_column_of_draws_is_known_by_its_name(name, words, unit):
    found = hyperparameter(name, {})
    assert (found.words, found.unit) == (words, unit)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda: draws().drop(columns="chain"), "got none named chain"),
        (lambda: draws()[["chain", "sweep"]], "expected chain, sweep and a column a hyperparameter"),
        (lambda: draws().iloc[:0], "got 0 rows"),
        (lambda: draws().assign(concentration=np.inf), "others in concentration"),
    ],
)
def test_draws_that_cannot_be_drawn_are_refused(wrong, words):
    with pytest.raises(FigureError, match=words):
        trace_figure(wrong())


def test_no_points_or_no_column_is_refused():
    with pytest.raises(FigureError, match="expected from 2 and 1, got 1 and 1"):
        trace_figure(draws(), max_points=1)
