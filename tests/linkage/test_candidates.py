"""Candidate pairs against all pairs tested one by one."""

import numpy as np
import pandas as pd
import pytest

from linkage.candidates import (
    CrimeTableError,
    LinkLimits,
    candidate_chunks,
    candidate_pairs,
    event_points,
    ordered_crimes,
)

NOON = pd.Timestamp("2024-03-01 12:00", tz="UTC")


def crimes_at(places_m, days, hours_long=0.0):
    x_m, y_m = zip(*places_m, strict=True) if len(places_m) else ((), ())
    start = pd.Series([NOON + pd.Timedelta(days=day) for day in days], dtype="datetime64[us, UTC]")
    return pd.DataFrame(
        {
            "crime_id": [f"C{i:05d}" for i in range(len(x_m))],
            "easting_m": np.array(x_m, dtype=float),
            "northing_m": np.array(y_m, dtype=float),
            "committed_from_at": start,
            "committed_to_at": start + pd.Timedelta(hours=hours_long),
        }
    )


def random_crimes(n, seed, side_km=30.0, n_days=500):
    rng = np.random.default_rng(seed)
    crimes = crimes_at(rng.uniform(0, side_km * 1000, (n, 2)), rng.integers(0, n_days * 24, n) / 24)
    crimes["committed_to_at"] += pd.to_timedelta(rng.integers(0, 48, n), unit="h")
    return crimes


def every_pair(crimes, limits):
    middle = crimes["committed_from_at"] + (crimes["committed_to_at"] - crimes["committed_from_at"]) / 2
    days = (middle - NOON).dt.total_seconds().to_numpy() / 86400
    x_m, y_m = crimes["easting_m"].to_numpy(), crimes["northing_m"].to_numpy()
    first, second = np.triu_indices(len(crimes), 1)
    near = np.hypot(x_m[first] - x_m[second], y_m[first] - y_m[second]) <= limits.max_km * 1000
    soon = np.abs(days[first] - days[second]) <= limits.max_days
    return list(zip(first[near & soon], second[near & soon], strict=True))


def pairs_of(crimes, limits):
    return list(zip(*candidate_pairs(crimes, limits), strict=True))


def test_pairs_at_the_limits_are_in_and_just_beyond_are_out():
    # 1 is 3 km east and 4 km north of 0: 5 km; 2 is 365 days later; 3 is a centimetre, 4 a microsecond too far.
    crimes = crimes_at([(0, 0), (3000, 4000), (0, 0), (3000.01, 4000), (0, 0)], [0, 0, 365, 0, -365])
    crimes.loc[4, ["committed_from_at", "committed_to_at"]] -= pd.Timedelta(microseconds=1)
    assert pairs_of(crimes, LinkLimits(5.0, 365.0)) == [(0, 1), (0, 2), (1, 2), (1, 3)]


def test_time_is_the_middle_of_the_interval():
    # 0 lasts from noon for 48 hours (middle: day 1), 1 is at day 11: ten days, though the starts are 11 apart.
    crimes = crimes_at([(0, 0), (0, 0)], [0, 11])
    crimes.loc[0, "committed_to_at"] += pd.Timedelta(hours=48)
    assert pairs_of(crimes, LinkLimits(1.0, 10.0)) == [(0, 1)]
    assert pairs_of(crimes, LinkLimits(1.0, 9.99)) == []


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(
    "limits", [LinkLimits(5.0, 60.0), LinkLimits(0.7, 400.0), LinkLimits(40.0, 1.0), LinkLimits(0.02, 500.0)]
)
def test_pairs_are_those_of_all_pairs_that_are_within_the_limits(seed, limits):
    crimes = random_crimes(300, seed)
    crimes.loc[:9, ["easting_m", "northing_m"]] += 5.0 * np.arange(20).reshape(10, 2)
    crimes.loc[10:19, ["easting_m", "northing_m"]] = crimes.loc[:9, ["easting_m", "northing_m"]].to_numpy() + 9.0
    assert pairs_of(crimes, limits)
    assert pairs_of(crimes, limits) == every_pair(crimes, limits)


def test_no_limits_give_all_pairs():
    crimes = random_crimes(50, seed=1)
    assert len(pairs_of(crimes, LinkLimits(np.inf, np.inf))) == 50 * 49 // 2


def test_crimes_of_the_same_place_and_moment_are_pairs_once_each():
    crimes = crimes_at([(10, 10)] * 5, [3] * 5)
    assert pairs_of(crimes, LinkLimits(0.0, 0.0)) == [(i, j) for i in range(5) for j in range(i + 1, 5)]


@pytest.mark.parametrize("pairs_per_chunk", [1, 7, 100, 10_000])
def test_chunks_hold_every_pair_once_and_no_more_than_asked(pairs_per_chunk):
    crimes = random_crimes(200, seed=2)
    limits = LinkLimits(8.0, 200.0)
    most_of_one_crime = 199
    chunks = list(candidate_chunks(event_points(crimes), limits, pairs_per_chunk))
    assert all(len(chunk.first) <= max(pairs_per_chunk, most_of_one_crime) for chunk in chunks)
    pairs = sorted(pair for chunk in chunks for pair in zip(*chunk, strict=True))
    assert pairs == every_pair(crimes, limits)


@pytest.mark.parametrize("column", ["easting_m", "northing_m", "committed_from_at", "committed_to_at"])
def test_a_crime_without_place_or_time_makes_no_pair(column):
    crimes = crimes_at([(0, 0)] * 3, [0, 0, 0])
    crimes.loc[1, column] = None
    assert pairs_of(crimes, LinkLimits()) == [(0, 2)]
    assert event_points(crimes).row.tolist() == [0, 2]


def test_pairs_across_crime_groups_are_left_out_where_told():
    crimes = random_crimes(120, seed=7).assign(crime_group=[*["burglary", "robbery", None] * 40])
    everywhere = pairs_of(crimes, LinkLimits(9, 90))
    group = crimes["crime_group"].tolist()
    within = [(i, j) for i, j in everywhere if group[i] is not None and group[i] == group[j]]
    assert 0 < len(within) < len(everywhere)
    assert pairs_of(crimes, LinkLimits(9, 90, across_groups=False)) == within
    with pytest.raises(CrimeTableError, match="expected a column crime_group, got none"):
        pairs_of(crimes.drop(columns="crime_group"), LinkLimits(across_groups=False))


@pytest.mark.parametrize("n", [0, 1])
def test_no_crimes_and_one_crime_make_no_pairs(n):
    assert pairs_of(crimes_at([(0, 0)] * n, [0] * n), LinkLimits()) == []


def test_nothing_known_makes_no_pairs():
    assert pairs_of(crimes_at([(np.nan, np.nan)] * 4, [0] * 4), LinkLimits()) == []


def test_clocks_without_zone_are_read_as_utc():
    crimes = random_crimes(60, seed=4)
    naive = crimes.assign(
        committed_from_at=crimes["committed_from_at"].dt.tz_localize(None),
        committed_to_at=crimes["committed_to_at"].dt.tz_localize(None),
    )
    assert pairs_of(naive, LinkLimits(9, 90)) == pairs_of(crimes, LinkLimits(9, 90))


def test_crimes_are_put_in_order_of_their_id():
    crimes = random_crimes(20, seed=5)
    pd.testing.assert_frame_equal(ordered_crimes(crimes.sample(frac=1, random_state=1)), crimes)


def test_a_crime_given_twice_is_refused_by_count_and_not_by_name():
    crimes = random_crimes(4, seed=6)
    with pytest.raises(CrimeTableError, match=r"one row a crime, got 2 repeated crime_id; keep one") as caught:
        ordered_crimes(pd.concat([crimes, crimes[:2]]))
    assert "C0000" not in str(caught.value)


def test_a_key_that_is_missing_is_refused():
    with pytest.raises(CrimeTableError, match="got 1 without"):
        ordered_crimes(pd.DataFrame({"crime_id": ["a", None]}))
    with pytest.raises(CrimeTableError, match="expected a column crime_id"):
        ordered_crimes(pd.DataFrame({"id": ["a"]}))


@pytest.mark.parametrize(("name", "value"), [("max_km", -1.0), ("max_days", float("nan"))])
def test_limits_below_zero_or_unknown_are_refused(name, value):
    with pytest.raises(ValueError, match=f"{name}: expected 0 or more, got {value}"):
        LinkLimits(**{name: value})
