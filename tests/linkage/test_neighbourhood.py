"""The part of a force that is judged jointly is whole, and does not depend on the order of the crimes."""

import numpy as np
import pandas as pd

from linkage.neighbourhood import busiest_neighbourhood, one_of_each_incident


def _crimes(places_km: list[tuple[float, float]], days: list[int]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "crime_id": [f"C{i}" for i in range(len(days))],
            "easting_m": [1000.0 * x for x, _ in places_km],
            "northing_m": [1000.0 * y for _, y in places_km],
            "committed_from_at": pd.Timestamp("2024-01-01") + pd.to_timedelta(days, unit="D"),
        }
    )


def test_a_force_without_places_has_no_neighbourhood():
    crimes = _crimes([(np.nan, np.nan)] * 3, [0, 1, 2])
    assert busiest_neighbourhood(crimes, max_crimes=2).tolist() == []


def test_few_crimes_are_all_taken_even_without_a_place():
    crimes = _crimes([(1, 1), (np.nan, 1)], [0, 900])
    assert busiest_neighbourhood(crimes, max_crimes=2).tolist() == [0, 1]


def test_the_busiest_square_of_the_latest_period_is_taken_whole():
    # Square (0, 0) holds four crimes, but two are more than a year older than the last crime of all.
    crimes = _crimes([(1, 1), (2, 2), (3, 3), (9, 9), (11, 1), (12, 1), (19, 9)], [0, 1, 700, 701, 702, 650, 660])
    assert busiest_neighbourhood(crimes, max_crimes=4).tolist() == [4, 5, 6]


def test_of_a_busier_square_the_latest_crimes_are_taken():
    crimes = _crimes([(1, 1)] * 4, [3, 9, 1, 9])
    assert busiest_neighbourhood(crimes, max_crimes=2).tolist() == [1, 3]


def test_the_order_of_the_rows_does_not_matter():
    rng = np.random.default_rng(0)
    crimes = _crimes(
        list(zip(rng.uniform(0, 40, 300), rng.uniform(0, 40, 300), strict=True)), list(rng.integers(0, 700, 300))
    )
    shuffled = crimes.sample(frac=1, random_state=1, ignore_index=True)
    chosen = set(crimes["crime_id"].iloc[busiest_neighbourhood(crimes, max_crimes=20)])
    assert chosen == set(shuffled["crime_id"].iloc[busiest_neighbourhood(shuffled, max_crimes=20)])


def test_an_incident_is_stood_for_by_a_solved_crime_and_a_crime_without_incident_by_itself():
    crimes = pd.DataFrame({"crime_id": ["A", "B", "C", "D", "E"], "incident_id": ["I", "I", None, "J", "J"]})
    assert one_of_each_incident(crimes, np.array([False, True, False, False, False])).tolist() == [1, 2, 3]
