"""Clusters built anew and clusters carried over make the clustering of everything."""

import numpy as np
import pandas as pd
import pytest

from linkage.evidence import EvidenceSpec
from linkage.hierarchy import cluster_links
from linkage.linkages import LINKAGES
from linkage.touched_components import touched_components, with_carried

SPEC = EvidenceSpec(items=())
FROM = 1.0


class Nearness:
    """Log BF 4 at one point, 3 less a km."""

    def decision_function(self, evidence):
        return 4 - 3 * evidence["distance_km"].to_numpy()


def crimes_at(places: dict[str, float]) -> pd.DataFrame:
    moment = pd.Series([pd.Timestamp("2024-02-03 04:00")] * len(places)).astype("datetime64[us]")
    ids = sorted(places)
    at = {"committed_from_at": moment, "committed_to_at": moment, "committed_from_local": moment}
    place = {"easting_m": [1000 * places[name] for name in ids], "northing_m": 0.0}
    return pd.DataFrame({"crime_id": pd.Series(ids, dtype="str"), "incident_id": None, **place, **at})


def edges_of(crimes: pd.DataFrame) -> pd.DataFrame:
    first, second = np.triu_indices(len(crimes), 1)
    x = crimes["easting_m"].to_numpy() / 1000
    log_bf = 4 - 3 * np.abs(x[first] - x[second])
    ids = crimes["crime_id"].to_numpy()
    edges = pd.DataFrame({"crime_id_1": ids[first], "crime_id_2": ids[second], "log_bf": log_bf})
    return edges[edges["log_bf"] >= FROM].reset_index(drop=True)


def rows_of(crimes: pd.DataFrame, edges: pd.DataFrame) -> list[np.ndarray]:
    index = pd.Index(crimes["crime_id"])
    return [index.get_indexer(edges[name]) for name in ("crime_id_1", "crime_id_2")]


def test_a_component_is_touched_with_any_of_its_crimes():
    # 0-1-2 and 3-4 hang together, 5 is alone.
    first, second = np.array([0, 1, 3], dtype=np.int32), np.array([1, 2, 4], dtype=np.int32)
    touched = np.array([False, False, True, False, False, True])
    found = touched_components(first, second, touched)
    assert found.is_touched.tolist() == [True, True, True, False, False, True]
    assert (found.n_touched, found.n_carried) == (1, 1)
    nothing = touched_components(first[:0], second[:0], np.zeros(3, dtype=bool))
    assert (nothing.is_touched.tolist(), nothing.n_touched, nothing.n_carried) == ([False] * 3, 0, 0)


@pytest.mark.parametrize("linkage", LINKAGES)
@pytest.mark.parametrize("seed", range(4))
def test_rebuilt_and_carried_merges_are_those_of_clustering_everything(linkage, seed):
    rng = np.random.default_rng(seed)
    # Twelve small neighbourhoods, places on a grid, so that there are ties.
    former = {f"C{i:03d}": 10 * rng.integers(0, 12) + rng.integers(0, 40) / 10 for i in range(0, 120, 2)}
    gone = set(rng.choice(sorted(former), 2, replace=False))
    moved = {name: former[name] + 0.3 for name in rng.choice(sorted(set(former) - gone), 2, replace=False)}
    fresh = {f"C{i:03d}": 10 * rng.integers(0, 12) + 0.5 for i in rng.choice(range(1, 120, 2), 3, replace=False)}
    before = crimes_at(former)
    now = crimes_at({name: at for name, at in former.items() if name not in gone} | moved | fresh)
    old_edges, edges = edges_of(before), edges_of(now)
    apart = pd.concat([old_edges, edges]).drop_duplicates(keep=False)
    touched_ids = set(apart["crime_id_1"]) | set(apart["crime_id_2"]) | set(moved) | set(fresh)
    touched = touched_components(*rows_of(now, edges), now["crime_id"].isin(touched_ids).to_numpy())
    assert touched.n_carried > 0
    assert touched.n_touched > 0
    inside = now["crime_id"][touched.is_touched]
    rebuilt = cluster_links(now, Nearness(), SPEC, edges[edges["crime_id_1"].isin(inside)], FROM, linkage).merges
    merges_before = cluster_links(before, Nearness(), SPEC, old_edges, FROM, linkage).merges
    everything = cluster_links(now, Nearness(), SPEC, edges, FROM, linkage).merges
    assert 0 < len(rebuilt) < len(everything)
    pd.testing.assert_frame_equal(
        with_carried(rebuilt, merges_before, now["crime_id"], touched.is_touched), everything, check_exact=True
    )


def test_all_may_be_rebuilt_or_carried():
    crimes = crimes_at({"A": 0.0, "B": 0.1, "C": 5.0, "D": 5.2})
    merges = cluster_links(crimes, Nearness(), SPEC, edges_of(crimes), FROM).merges
    for touched in (True, False):
        flags = np.full(4, touched)
        found = with_carried(merges if touched else merges[:0], merges, crimes["crime_id"], flags)
        pd.testing.assert_frame_equal(found, merges)
