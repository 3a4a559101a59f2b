"""The share of crimes expected nearer than a pair: by hand, as an oracle sums it, and as data."""

import json
import math

import numpy as np
import pandas as pd
import pytest

from linkage.crowding import fit_crowding
from linkage.evidence import EvidenceError, EvidenceSpec, encode_crimes, encoded_evidence, fit_spec, pair_evidence
from linkage.evidence_spec import evidence_columns, spec_as_data, spec_from_data

ASKED = EvidenceSpec((), crowding_km=1.5)
LONELY = 1 / (2 * math.pi * 1.5**2)  # density of a crime with no other around, of one crime


def crimes_at(x, y):
    n = len(x)
    start = pd.Timestamp("2024-03-01") + pd.to_timedelta(np.arange(n), unit="D")
    times = dict.fromkeys(("committed_from_at", "committed_to_at", "committed_from_local"), start)
    return pd.DataFrame({"easting_m": np.asarray(x, dtype=float), "northing_m": np.asarray(y, dtype=float), **times})


def town_and_villages(n=300, seed=5):
    rng = np.random.default_rng(seed)
    spread = np.where(np.arange(n) < n // 2, 1_000.0, 20_000.0)
    return crimes_at(400_000 + spread * rng.normal(size=n), 300_000 + spread * rng.normal(size=n))


def nearer(crimes, first, second, spec):
    return pair_evidence(crimes, np.array(first), np.array(second), spec)["nearer_share"].to_numpy()


def test_the_column_follows_space_and_time_where_it_is_asked_for():
    spec = EvidenceSpec(("entry",), crowding_km=1.5)
    assert evidence_columns(spec)[3:] == ("dow_gap_days", "nearer_share", "match_entry")
    assert "nearer_share" not in evidence_columns(EvidenceSpec(("entry",)))
    crimes = town_and_villages().assign(entry="door")
    evidence = pair_evidence(crimes, np.array([0]), np.array([1]), fit_spec(crimes, spec))
    assert tuple(evidence.columns) == evidence_columns(spec)


def test_two_crimes_far_apart_by_hand():
    # Each has half of all crimes around it: LONELY / 2 a square kilometre, and pi 40^2 square kilometres are nearer.
    crimes = crimes_at([400_000, 440_000], [300_000, 300_000])
    spec = fit_spec(crimes, ASKED)
    but_for_the_grid = 0.01
    assert nearer(crimes, [0], [1], spec)[0] == pytest.approx(math.pi * 40**2 * LONELY / 2, rel=but_for_the_grid)


def test_crimes_at_one_point_are_0_apart():
    crimes = crimes_at([400_000] * 3, [300_000] * 3)
    np.testing.assert_array_equal(nearer(crimes, [0, 0, 1], [1, 2, 2], fit_spec(crimes, ASKED)), 0.0)


def test_it_is_symmetric_and_grows_with_the_square_of_the_distance():
    crimes = town_and_villages()
    spec = fit_spec(crimes, ASKED)
    first, second = np.triu_indices(60, 1)
    np.testing.assert_array_equal(nearer(crimes, first, second, spec), nearer(crimes, second, first, spec))
    # Asked of the same map at places as crowded as one crime alone, 100 km from all, where only the distance counts.
    line = crimes_at(900_000 + 1_000.0 * np.arange(5), [900_000] * 5)
    steps = nearer(line, [0] * 4, [1, 2, 3, 4], spec)
    np.testing.assert_allclose(steps, steps[0] * np.arange(1, 5) ** 2, rtol=1e-12)


def test_it_is_about_the_share_of_crimes_that_are_nearer():
    rng = np.random.default_rng(7)
    crimes = crimes_at(*rng.uniform(0, 30_000, (2, 3_000)))
    x, y = crimes["easting_m"].to_numpy(), crimes["northing_m"].to_numpy()
    inside = np.flatnonzero((np.abs(x - 15_000) < 8_000) & (np.abs(y - 15_000) < 8_000))
    first, second = inside[:200], inside[200:400]
    km = np.hypot(x[first] - x[second], y[first] - y[second]) / 1000
    near = km < 6
    counted = [np.mean(np.hypot(x - x[u], y - y[u]) / 1000 < d) for u, d in zip(first[near], km[near], strict=True)]
    expected = nearer(crimes, first[near], second[near], fit_spec(crimes, ASKED))
    assert np.mean(np.abs(expected / counted - 1)) < 0.1
    assert np.mean(expected / counted) == pytest.approx(1.0, abs=0.05)


def test_a_nearness_says_less_in_a_town_than_in_a_village():
    crimes = town_and_villages()
    spec = fit_spec(crimes, ASKED)
    in_town = crimes_at([400_000, 400_500], [300_000, 300_000])
    in_village = crimes_at([430_000, 430_500], [330_000, 330_000])
    assert nearer(in_town, [0], [1], spec)[0] > 10 * nearer(in_village, [0], [1], spec)[0]


def test_two_crimes_alone_score_as_they_do_within_the_table():
    crimes = town_and_villages()
    spec = fit_spec(crimes, ASKED)
    two = crimes.iloc[[17, 230]].reset_index(drop=True)
    assert nearer(two, [0], [1], spec)[0] == nearer(crimes, [17], [230], spec)[0]


def test_places_moved_together_are_as_far_apart():
    crimes = town_and_villages()
    moved = crimes.assign(easting_m=crimes["easting_m"] + 12_345.0, northing_m=crimes["northing_m"] - 999.0)
    first, second = np.triu_indices(40, 1)
    here, there = (nearer(each, first, second, fit_spec(each, ASKED)) for each in (crimes, moved))
    np.testing.assert_allclose(there, here, rtol=2e-3)


def test_the_order_of_the_crimes_does_not_matter():
    crimes = town_and_villages()
    assert fit_spec(crimes.sample(frac=1.0, random_state=1), ASKED) == fit_spec(crimes, ASKED)


def test_without_a_place_nothing_is_said():
    crimes = town_and_villages()
    crimes.loc[0, "easting_m"] = np.nan
    crimes.loc[1, "northing_m"] = np.nan
    spec = fit_spec(crimes, ASKED)
    np.testing.assert_array_equal(np.isnan(nearer(crimes, [0, 1, 2], [5, 6, 7], spec)), [True, True, False])
    nowhere = crimes_at([np.nan] * 2, [np.nan] * 2)
    assert np.isnan(nearer(nowhere, [0], [1], fit_spec(nowhere, ASKED))[0])


def test_one_crime_and_no_pair():
    crimes = crimes_at([400_000], [300_000])
    none = np.empty(0, dtype=np.int64)
    assert len(nearer(crimes, none, none, fit_spec(crimes, ASKED))) == 0


def test_degrees_give_what_metres_give():
    # Around 55 degrees north, 1.5 degrees west; metres east and north of there on the sphere of the distance.
    metres = town_and_villages()
    degree_m = math.pi * 6_378_137 / 180
    latitude = 55 + (metres["northing_m"] - 300_000) / degree_m
    longitude = -1.5 + (metres["easting_m"] - 400_000) / (degree_m * math.cos(math.radians(55)))
    degrees = metres.assign(easting_m=longitude, northing_m=latitude)
    asked = EvidenceSpec((), distance="great-circle", crowding_km=1.5)
    first, second = np.triu_indices(150, 1)  # the town: within 5 km of the centre
    on_plane = nearer(metres, first, second, fit_spec(metres, ASKED))
    on_sphere = nearer(degrees, first, second, fit_spec(degrees, asked))
    assert fit_spec(degrees, asked).crowding.latitude_deg == pytest.approx(55.0, abs=0.05)
    # Where a crime falls in its cell moves, and with it the density, by the grid's error of up to 3 percent.
    np.testing.assert_allclose(on_sphere, on_plane, rtol=0.03)


def test_a_specification_with_its_map_comes_back_exactly_from_json():
    for spec in (ASKED, fit_spec(town_and_villages(), ASKED)):
        read = spec_from_data(json.loads(json.dumps(spec_as_data(spec), allow_nan=False)))
        assert read == spec
        assert hash(read) == hash(spec)


def test_a_specification_without_it_keeps_its_document_to_the_letter():
    assert not {"crowding", "crowding_km"} & set(spec_as_data(fit_spec(town_and_villages(), EvidenceSpec(()))))


def test_what_cannot_be_is_refused_in_words():
    crimes = town_and_villages()
    for wrong in (0.0, -1.0, math.nan, math.inf):
        with pytest.raises(EvidenceError, match=r"crowding_km: expected more than 0, got .*; 1.5 km is usual"):
            EvidenceSpec((), crowding_km=wrong)
    with pytest.raises(EvidenceError, match="crowding: expected a map of how crowded places are, got none; learn it"):
        encode_crimes(crimes, ASKED)
    other = fit_crowding(np.zeros(2), np.zeros(2), 2.0)
    with pytest.raises(EvidenceError, match=r"expected a map smoothed by crowding_km = 1.5, got one by 2.0 km; learn"):
        EvidenceSpec((), crowding_km=1.5, crowding=other)
    with pytest.raises(EvidenceError, match=r"crimes: expected columns .*, got none named northing_m; add them"):
        fit_spec(crimes.drop(columns="northing_m"), ASKED)
    with pytest.raises(EvidenceError, match="quarantine places far outside the force"):
        fit_spec(crimes_at([0, 9e7], [0, 9e7]), ASKED)
    encoded = encode_crimes(crimes, EvidenceSpec(()))
    with pytest.raises(EvidenceError, match="got none of nearer_share; call encode_crimes with it"):
        encoded_evidence(encoded, np.array([0]), np.array([1]), fit_spec(crimes, ASKED))
