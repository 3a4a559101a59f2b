"""Crime groups and distance bands of pairs."""

import numpy as np
import pandas as pd

from linkage.pair_strata import MIXED, pair_strata


def test_pairs_fall_into_the_group_of_both_crimes_and_a_band_with_its_lower_edge():
    pairs = pd.DataFrame({"crime_id_1": list("abcd"), "crime_id_2": list("bcda")}, index=[7, 8, 9, 10])
    evidence = pd.DataFrame({"distance_km": [0.0, 0.5, 7.3, np.nan]})
    groups = pd.Series({"a": "robbery", "b": "robbery", "c": "burglary", "d": None})
    strata = pair_strata(pairs, evidence, groups)
    assert strata["crime_group"].iloc[:2].tolist() == ["robbery", MIXED]
    assert strata["crime_group"].iloc[2:].isna().all()
    assert strata["distance_km"].iloc[:3].tolist() == ["0-0.5", "0.5-1", "5+"]
    assert pd.isna(strata["distance_km"].iloc[3])
    assert strata.index.tolist() == [7, 8, 9, 10]


def test_without_crime_groups_there_are_only_bands():
    pairs = pd.DataFrame({"crime_id_1": ["a"], "crime_id_2": ["b"]})
    strata = pair_strata(pairs, pd.DataFrame({"distance_km": [2.0]}))
    assert strata.to_dict("list") == {"distance_km": ["2-5"]}
    assert pair_strata(pairs.iloc[:0], pd.DataFrame({"distance_km": [2.0]}).iloc[:0]).empty
