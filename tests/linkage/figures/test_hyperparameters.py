"""Features are compared on one scale, and every hyperparameter is told with its interval in a unit people use."""

import numpy as np
import pandas as pd
import pytest

from linkage.figures.hyperparameters import feature_likeness, hyperparameter_table, hyperparameters_figure
from linkage.figures.style import FigureError


def draws(**columns: object) -> pd.DataFrame:
    return pd.DataFrame({"chain": 0, "sweep": np.arange(101), **columns})


SPREAD = np.linspace(900.0, 1100.0, 101)  # median 1000, 5% 910, 95% 1090
FULL = draws(
    n_clusters=20.0,
    place_within_sd_m=SPREAD,
    place_between_sd_m=3.0 * SPREAD,
    place_centre_easting_m=400_000.0 + SPREAD,
    time_within_sd_days=10.0,
    time_between_sd_days=10.0,
    item_concentration_entry_point=SPREAD / 1000.0,
    time_of_day_concentration=9.0,
)


def test_likeness_is_the_correlation_of_two_crimes_of_a_series():
    table = feature_likeness(FULL, {"entry_point": "point of entry"}).set_index("feature")
    # 9 / (9 + 1) for place; equal scatters leave a half; 1 / (1 + 1) and 1 / (1 + 9) for items.
    expected = {"place": 0.9, "point of entry": 0.5, "time": 0.5, "time of day": 0.1}
    assert table["median"].to_dict() == pytest.approx(expected)
    assert list(table.index) == ["place", "point of entry", "time", "time of day"]
    entry = table.loc["point of entry"]
    assert [entry["q05"], entry["q95"]] == pytest.approx([1 / 2.09, 1 / 1.91])


def test_likeness_is_what_simulated_series_show():
    rng = np.random.default_rng(1)
    within, between, nu, share = 2.0, 3.0, 1.5, np.array([0.2, 0.8])
    mean = between * rng.standard_normal(40_000)
    places = mean[:, None] + within * rng.standard_normal((40_000, 2))
    is_first = rng.random((40_000, 2)) < rng.beta(*(nu * share), 40_000)[:, None]
    table = feature_likeness(
        draws(place_within_sd_m=within, place_between_sd_m=between, item_concentration_x=nu)
    ).set_index("feature")
    assert table.loc["place", "median"] == pytest.approx(np.corrcoef(places.T)[0, 1], abs=0.02)
    assert table.loc["x", "median"] == pytest.approx(np.corrcoef(is_first.T)[0, 1], abs=0.02)


def test_the_table_gives_median_and_90_percent_interval_in_readable_units():
    table = hyperparameter_table(FULL).set_index("quantity")
    place = table.loc["place_within_sd_m"]
    assert [place["median"], place["q05"], place["q95"]] == pytest.approx([1000.0, 910.0, 1090.0])
    assert (place["words"], place["unit"]) == ("place: scatter within a series", "m")
    assert place["text"] == "1.00 (0.91 to 1.09) km"
    assert table.loc["item_concentration_entry_point", "text"] == "1.00 (0.91 to 1.09)"
    assert table.loc["time_within_sd_days", "text"] == "10 (10 to 10) days"
    near = hyperparameter_table(draws(place_within_sd_m=SPREAD / 10.0))
    assert near["text"].iloc[0] == "100 (91 to 109) m"


def test_the_picture_lists_all_but_centres_and_fits_a_phone(drawn, fits_a_phone):
    chart = hyperparameters_figure(FULL, {"entry_point": "point of entry"})
    listed = next(rows for rows in drawn(chart.to_dict()) if "text" in rows[0])
    assert [row["words"] for row in listed] == [
        "number of clusters",
        "place: scatter within a series",
        "place: scatter between series",
        "time: scatter within a series",
        "time: scatter between series",
        "point of entry: variety (nu)",
        "time of day: variety (nu)",
    ]
    assert fits_a_phone(chart)
    assert "place 90% (90% to 90%); point of entry 50% (48% to 52%)" in chart.to_dict()["description"]


def test_without_a_feature_only_the_list_is_drawn(fits_a_phone):
    chart = hyperparameters_figure(draws(n_clusters=20.0, concentration=SPREAD, one=1.0, two=2.0))
    assert chart.to_dict()["description"].endswith("no feature was used")
    assert len(chart.to_dict()["vconcat"]) == 1
    assert fits_a_phone(chart)


def test_draws_without_sweeps_are_refused():
    with pytest.raises(FigureError, match="none named sweep"):
        hyperparameters_figure(FULL.drop(columns="sweep"))
