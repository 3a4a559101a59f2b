"""A series is drawn in order of time on a map with equal scales, and names no place."""

import numpy as np
import pandas as pd
import pytest

from linkage.figures.series_map import MARK, SIDE, equal_frame, series_map_figure, shared_marks
from linkage.figures.style import FigureError


def series(n=4, **more):
    begin = pd.date_range("2024-03-01 22:00", periods=n, freq="9D", tz="UTC")
    crimes = pd.DataFrame(
        {
            "crime_id": [f"C{number}" for number in range(n)],
            "easting_m": 430_000.0 + 1500.0 * np.arange(n),
            "northing_m": 260_000.0 + 400.0 * np.arange(n),
            "committed_from_at": begin,
            "committed_to_at": begin + pd.Timedelta(hours=3),
            "area_code": "Nowhere Ward",
        }
    )
    return crimes.assign(**more)


def rows_with(chart, column, drawn):
    return next(rows for rows in drawn(chart.to_dict()) if column in rows[0])


def test_crimes_are_numbered_in_order_of_time_whatever_their_order_in_the_table(drawn):
    shuffled = series().iloc[[2, 0, 3, 1]]
    marks = rows_with(series_map_figure(shuffled), "others", drawn)
    assert [(mark["number"], mark["crime_id"]) for mark in marks] == [(1, "C0"), (2, "C1"), (3, "C2"), (4, "C3")]
    assert series_map_figure(shuffled).to_dict() == series_map_figure(series()).to_dict()


def test_a_kilometre_is_as_long_upwards_as_across():
    frame = equal_frame(np.array([430.0, 434.0]), np.array([260.0, 261.0]))
    across, up = (np.diff(span)[0] for span in (frame.easting_km, frame.northing_km))
    assert across / SIDE == pytest.approx(up / frame.height) == pytest.approx(frame.km_per_pixel)
    assert frame.easting_km[0] < 430 < 434 < frame.easting_km[1]
    # 4 km on what is left of 280 pixels beside a mark at each edge.
    assert frame.km_per_pixel == pytest.approx(4 / (SIDE - 2 * MARK))


def test_crimes_at_one_place_share_a_mark_and_are_told_beside_it():
    crimes = series().assign(number=[1, 2, 3, 4], easting_km=[0.0, 0.01, 1.0, 0.0], northing_km=[0.0, 0.0, 0.0, 0.0])
    marks = shared_marks(crimes, km_per_pixel=0.01)
    assert [(mark["number"], mark["others"]) for mark in marks] == [(1, "2, 4"), (3, "")]
    assert marks[0]["crime_id"] == "C0, C1, C3"


def test_numbers_stand_on_the_left_where_another_mark_is_in_the_way():
    crimes = series(3).assign(number=[1, 2, 3], easting_km=[0.0, 0.3, 9.0], northing_km=[0.0, 0.0, 0.0])
    assert [mark["side"] for mark in shared_marks(crimes, km_per_pixel=0.01)] == ["left", "right", "right"]


def test_times_are_told_on_the_civil_clock_where_it_is_known(drawn):
    local = {f"committed_{end}_local": pd.Timestamp("2024-07-01 23:30") for end in ("from", "to")}
    crimes = series(1, **{name: [moment] for name, moment in local.items()})
    (row,) = rows_with(series_map_figure(crimes), "begin", drawn)
    assert pd.Timestamp(row["begin"], unit="ms") == pd.Timestamp("2024-07-01 23:30")
    (row,) = rows_with(series_map_figure(series(1)), "begin", drawn)
    assert pd.Timestamp(row["begin"], unit="ms") == pd.Timestamp("2024-03-01 22:00")
    assert row["end"] - row["begin"] == 3 * 3_600_000


def test_a_crime_without_a_place_is_in_the_strip_and_one_without_a_time_on_the_map(drawn):
    crimes = series()
    crimes.loc[0, "easting_m"] = np.nan
    crimes.loc[1, ["committed_from_at", "committed_to_at"]] = pd.NaT
    chart = series_map_figure(crimes)
    assert [mark["crime_id"] for mark in rows_with(chart, "others", drawn)] == ["C2", "C3", "C1"]
    assert [row["crime_id"] for row in rows_with(chart, "begin", drawn)] == ["C0", "C2", "C3"]
    assert chart.to_dict()["title"]["subtitle"][-1] == "1 without a place, 1 without a time."


def test_a_series_without_any_place_or_any_time_is_drawn_as_far_as_it_is_known():
    placeless, timeless = series(easting_m=np.nan), series(committed_from_at=pd.NaT, committed_to_at=pd.NaT)
    for crimes in (placeless, timeless):
        assert len(series_map_figure(crimes).to_dict()["vconcat"]) == 1


def test_no_place_is_named_and_no_map_loaded_and_it_fits_a_phone(fits_a_phone):
    chart = series_map_figure(series(12))
    assert "Nowhere" not in chart.to_json()
    assert "url" not in chart.to_json()
    assert "12 crimes, numbered in order of time" in chart.to_dict()["description"]
    assert fits_a_phone(chart)


def test_what_is_no_series_is_refused():
    with pytest.raises(FigureError, match="got none named northing_m; add them"):
        series_map_figure(series().drop(columns="northing_m"))
    for n in (0, 61):
        with pytest.raises(FigureError, match=f"expected 1 to 60 of one series, got {n}"):
            series_map_figure(series(n))
    with pytest.raises(FigureError, match="expected crimes with a place or a time"):
        series_map_figure(series(easting_m=np.nan, committed_from_at=pd.NaT, committed_to_at=pd.NaT))
