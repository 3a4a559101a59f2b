"""Pairs of solved crimes in nature, against all of them counted one by one."""

import itertools

import numpy as np
import pandas as pd
import pytest

from linkage.natural_pairs import natural_pairs
from linkage.pairs import PairSampling
from linkage.series import series_data

SAMPLING = PairSampling(max_days=100.0)


def force(seed: int = 0, n: int = 60) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the series data of 40 solved crimes and all 60 crimes, over a year and 20 km."""
    rng = np.random.default_rng(seed)
    at = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 365, n), "D")
    crimes = pd.DataFrame(
        {
            "crime_id": [f"C{i:02d}" for i in range(n)],
            "incident_id": [f"I{i // 2}" if i < 20 else f"J{i}" for i in range(n)],
            "crime_group": rng.choice(["robbery", "burglary"], n),
            "easting_m": rng.uniform(0, 20_000, n),
            "northing_m": rng.uniform(0, 20_000, n),
            "committed_from_at": at,
            "committed_to_at": at,
        }
    )
    labels = pd.DataFrame({"person_id": rng.integers(0, 12, 40).astype(str), "crime_id": crimes["crime_id"][:40]})
    return series_data(labels, crimes), crimes


def by_hand(series: pd.DataFrame, crimes: pd.DataFrame) -> dict[tuple[str, str], bool]:
    """Return whether each pair of solved crimes of two incidents within the time limit is linked."""
    of = crimes.set_index("crime_id")
    persons = series.groupby("crime_id")["person_id"].agg(set)
    found = {}
    for one, two in itertools.combinations(sorted(persons.index), 2):
        near = abs(of.loc[one, "committed_from_at"] - of.loc[two, "committed_from_at"]) <= pd.Timedelta(days=100)
        if near and of.loc[one, "incident_id"] != of.loc[two, "incident_id"]:
            found[one, two] = bool(persons[one] & persons[two])
    return found


def test_with_room_for_all_every_pair_is_there_once_and_stands_for_itself():
    series, crimes = force()
    got = natural_pairs(series, crimes, SAMPLING, np.random.default_rng(0), n_near=None)
    found = {(row.crime_id_1, row.crime_id_2): row.is_linked for row in got.itertuples()}
    assert found == by_hand(series, crimes)
    assert len(found) == len(got)
    assert (got["stands_for"] == 1.0).all()


def test_a_sample_stands_for_all_and_holds_every_link():
    series, crimes = force(1)
    truth = by_hand(series, crimes)
    n_unlinked = []
    for seed in range(60):
        got = natural_pairs(series, crimes, SAMPLING, np.random.default_rng(seed), n_near=30, n_far=60)
        linked = got[got["is_linked"]]
        assert {(row.crime_id_1, row.crime_id_2) for row in linked.itertuples()} == {
            pair for pair, is_linked in truth.items() if is_linked
        }
        assert len(got) - len(linked) <= 90
        n_unlinked.append(got.loc[~got["is_linked"], "stands_for"].sum())
    n = sum(not is_linked for is_linked in truth.values())
    assert np.mean(n_unlinked) == pytest.approx(n, rel=0.02)


def test_the_order_of_rows_changes_nothing():
    series, crimes = force(2)
    straight, turned = (
        natural_pairs(one, other, SAMPLING, np.random.default_rng(3), n_near=20, n_far=40)
        for one, other in (
            (series, crimes),
            (series.sample(frac=1, random_state=1), crimes.sample(frac=1, random_state=2)),
        )
    )
    pd.testing.assert_frame_equal(straight, turned)


def test_pairs_of_two_crime_groups_are_left_out_where_told():
    series, crimes = force(3)
    apart = PairSampling(max_days=100.0, across_groups=False)
    got = natural_pairs(series, crimes, apart, np.random.default_rng(0), n_near=None)
    group = crimes.set_index("crime_id")["crime_group"]
    assert (got["crime_id_1"].map(group) == got["crime_id_2"].map(group)).all()
    both = {pair for pair in by_hand(series, crimes) if group[pair[0]] == group[pair[1]]}
    assert len(got) == len(both)


def test_no_solved_crimes_make_no_pairs():
    series, crimes = force()
    got = natural_pairs(series.iloc[:0], crimes, SAMPLING, np.random.default_rng(0))
    assert got.empty
    assert list(got) == ["crime_id_1", "crime_id_2", "is_linked", "stands_for"]
