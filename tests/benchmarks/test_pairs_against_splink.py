"""The sides that score the same pairs find the same links, also where a pair stands exactly at an edge or limit."""

import importlib
import itertools
import math

import numpy as np
import pandas as pd
import pytest

from benchmarks.five_comparisons import AGREEMENT, DISTANCE_KM, GAP_DAYS, ITEMS, Limits, least_log_bf
from benchmarks.pairs_against_splink import same_links
from benchmarks.town_crimes import town_crimes

LIMITS = Limits(2.0, 100)


@pytest.fixture(scope="module")
def crimes():
    """Crimes of three villages, and some at corners of right-angled triangles, whole days apart."""
    crimes = town_crimes(160, np.random.default_rng(5))
    for name in ("easting_m", "northing_m"):
        crimes[name] = 3_000 * (np.arange(len(crimes)) % 3) + crimes[name] % 700
    crimes.loc[:4, "easting_m"] = [50_000.0, 50_150.0, 50_300.0, 51_200.0, 50_900.0]
    crimes.loc[:4, "northing_m"] = [50_000.0, 50_200.0, 50_400.0, 51_600.0, 51_200.0]
    crimes.loc[:4, list(ITEMS)] = None
    days = np.arange(len(crimes)) * 7 % 300
    days[:5] = [0, 1, 7, 30, 90]
    at = pd.Timestamp("2024-01-01") + pd.to_timedelta(days, unit="D")
    crimes["committed_from_at"] = crimes["committed_to_at"] = at
    return crimes


@pytest.fixture(scope="module")
def expected(crimes):
    """Log BF of every pair within the limits, pair by pair in plain Python."""
    found = {}
    for one, other in itertools.combinations(crimes.sort_values("crime_id").to_dict("records"), 2):
        metres = math.dist((one["easting_m"], one["northing_m"]), (other["easting_m"], other["northing_m"]))
        days = abs(one["committed_from_at"] - other["committed_from_at"]).days
        if metres <= 1000 * LIMITS.max_km and days <= LIMITS.max_days:
            log_bf = DISTANCE_KM.log_bf()[sum(metres > 1000 * edge for edge in DISTANCE_KM.edges)]
            log_bf += GAP_DAYS.log_bf()[sum(days > edge for edge in GAP_DAYS.edges)]
            for item in ITEMS:
                if not (pd.isna(one[item]) or pd.isna(other[item])):
                    log_bf += AGREEMENT[item].log_bf()[one[item] != other[item]]
            found[one["crime_id"], other["crime_id"]] = log_bf
    return found


SIDES = {
    "sql": ("pairs_by_sql", []),
    "colink": ("pairs_by_colink", []),
    "splink plain": ("pairs_by_splink", ["--way", "plain"]),
    "splink tuned": ("pairs_by_splink", ["--way", "tuned"]),
}


@pytest.mark.parametrize("side", list(SIDES))
@pytest.mark.parametrize("every_pair", [False, True])
def test_a_side_keeps_the_pairs_that_plain_python_keeps(crimes, expected, side, every_pair, tmp_path):
    module, more = SIDES[side]
    if module == "pairs_by_splink":
        pytest.importorskip("splink", reason="splink is of the dependency group bench, which make setup leaves out")
    crimes.to_parquet(tmp_path / "crimes.parquet")
    within = ["--max-km", str(LIMITS.max_km), "--max-days", str(LIMITS.max_days)]
    files = ["--crimes", str(tmp_path / "crimes.parquet"), "--out", str(tmp_path / "links.parquet")]
    importlib.import_module(f"benchmarks.{module}").main(
        [*files, *within, *more, *(["--every-pair"] if every_pair else [])]
    )
    links = pd.read_parquet(tmp_path / "links.parquet").set_index(["crime_id_1", "crime_id_2"])["log_bf"].to_dict()
    kept = {pair: log_bf for pair, log_bf in expected.items() if every_pair or log_bf >= least_log_bf()}
    assert len(kept) > 10
    assert links == pytest.approx(kept, rel=0, abs=1e-9)


def test_a_pair_exactly_at_an_edge_belongs_to_the_level_below_it(expected, crimes):
    ids, distance, gap = crimes["crime_id"].tolist(), DISTANCE_KM.log_bf(), GAP_DAYS.log_bf()
    by_hand = {
        1: distance[0] + gap[0],  # 150 m and 200 m make 250 m; one day
        2: distance[1] + gap[1],  # 500 m; 7 days
        3: distance[4] + gap[2],  # 2 km, the limit; 30 days
        4: distance[3] + gap[3],  # 1.5 km; 90 days
    }
    for other, log_bf in by_hand.items():
        assert expected[min(ids[0], ids[other]), max(ids[0], ids[other])] == pytest.approx(log_bf, rel=1e-14)


def test_links_that_differ_in_a_pair_or_a_number_are_told_apart(tmp_path):
    links = pd.DataFrame({"crime_id_1": ["a", "b"], "crime_id_2": ["b", "c"], "log_bf": [5.0, 6.0]})
    others = {
        "same": links[::-1],
        "fewer": links[:1],
        "other pair": links.assign(crime_id_2=["b", "d"]),
        "other number": links.assign(log_bf=[5.0, 6.00001]),
    }
    links.to_parquet(tmp_path / "links.parquet")
    for name, other in others.items():
        other.to_parquet(tmp_path / f"{name}.parquet")
    told = {name: same_links(tmp_path / "links.parquet", tmp_path / f"{name}.parquet") for name in others}
    assert told == {"same": True, "fewer": False, "other pair": False, "other number": False}
