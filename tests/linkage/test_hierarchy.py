"""Clusters found component by component against the dense tree of all crimes."""

import numpy as np
import pandas as pd
import pytest

from linkage.dense_tree import cut, merge_tree
from linkage.evidence import EvidenceSpec
from linkage.hierarchy import LinkConstraints, cluster_links, cluster_rows
from linkage.linkages import HierarchyError
from linkage.pair_scores import ScoringError

LINKAGES = ("average", "single", "complete")
SPEC = EvidenceSpec(items=())


class NearIsLinked:
    """4 at no distance, one less a km; `in_steps` makes whole numbers, so ties."""

    def __init__(self, in_steps=False):
        self.in_steps = in_steps

    def decision_function(self, evidence):
        km = evidence["distance_km"].to_numpy()
        return 4 - (np.floor(km) if self.in_steps else km)


def crimes_on(x_m, y_m=0.0):
    moment = pd.Timestamp("2024-02-03 04:00")
    return pd.DataFrame(
        {
            "crime_id": [f"C{i:04d}" for i in range(len(x_m))],
            "easting_m": np.asarray(x_m, dtype=float),
            "northing_m": np.broadcast_to(np.asarray(y_m, dtype=float), len(x_m)),
            "committed_from_at": pd.Series([moment.tz_localize("UTC")] * len(x_m), dtype="datetime64[us, UTC]"),
            "committed_to_at": pd.Series([moment.tz_localize("UTC")] * len(x_m), dtype="datetime64[us, UTC]"),
            "committed_from_local": pd.Series([moment] * len(x_m), dtype="datetime64[us]"),
            "committed_to_local": pd.Series([moment] * len(x_m), dtype="datetime64[us]"),
        }
    )


def scattered(n, seed=0, side_km=30.0):
    rng = np.random.default_rng(seed)
    return crimes_on(rng.uniform(0, side_km * 1000, n), rng.uniform(0, side_km * 1000, n))


def matrix_of(crimes, model):
    x, y = crimes["easting_m"].to_numpy() / 1000, crimes["northing_m"].to_numpy() / 1000
    km = np.hypot(x[:, None] - x, y[:, None] - y)
    return model.decision_function(pd.DataFrame({"distance_km": km.ravel()})).reshape(km.shape)


def edges_of(crimes, matrix, threshold, max_km=np.inf):
    first, second = np.triu_indices(len(crimes), 1)
    beyond = matrix[first, second] < 4 - max_km
    chosen = (matrix[first, second] >= threshold) & ~beyond
    ids = crimes["crime_id"].to_numpy()
    return pd.DataFrame(
        {
            "crime_id_1": ids[first[chosen]],
            "crime_id_2": ids[second[chosen]],
            "log_bf": matrix[first, second][chosen],
        }
    )


def test_two_series_and_a_lone_crime_as_worked_by_hand():
    # At 0, 1, 1.5 km; 20, 20.5 km; 50 km. log BF is 4 minus the km.
    crimes = crimes_on([0, 1000, 1500, 20_000, 20_500, 50_000])
    edges = edges_of(crimes, matrix_of(crimes, NearIsLinked()), 2.0)
    found = cluster_links(crimes, NearIsLinked(), SPEC, edges, 2.0)
    assert found.labels.tolist() == ["C0000", "C0000", "C0000", "C0003", "C0003", "C0005"]
    # 1 and 2 join at 3.5, then 0 at the mean of 3 and 2.5: 2.75; 3 and 4 at 3.5.
    assert found.merges["merge_id"].tolist() == ["C0000#1", "C0000#2", "C0003#1"]
    assert found.merges["left_id"].tolist() == ["C0001", "C0000", "C0003"]
    assert found.merges["right_id"].tolist() == ["C0002", "C0000#1", "C0004"]
    assert found.merges["component_id"].tolist() == ["C0000", "C0000", "C0003"]
    np.testing.assert_allclose(found.merges["log_bf"], [3.5, 2.75, 3.5])
    assert found.merges["n_crimes"].tolist() == [2, 3, 2]
    assert found.members["crime_id"].tolist() == ["C0000", "C0001", "C0002", "C0003", "C0004"]
    assert found.members["cluster_id"].tolist() == ["C0000"] * 3 + ["C0003"] * 2
    assert found.cohesion.to_dict() == pytest.approx({"C0000": 2.75, "C0003": 3.5})


def labels_of(clusters, crimes):
    return clusters.labels.loc[crimes["crime_id"]].to_numpy()


def named_by_lowest(labels, crimes):
    ids = crimes["crime_id"].to_numpy()
    return [ids[np.flatnonzero(labels == label)[0]] for label in labels]


@pytest.mark.parametrize("dense_up_to", [0, 10_000], ids=["sparse", "dense"])
@pytest.mark.parametrize("linkage", LINKAGES)
@pytest.mark.parametrize("in_steps", [False, True], ids=["no ties", "ties"])
def test_without_limits_clusters_are_those_of_the_dense_tree_cut(linkage, dense_up_to, in_steps):
    crimes = scattered(250, seed=4)
    model = NearIsLinked(in_steps)
    matrix = matrix_of(crimes, model)
    tree = merge_tree(matrix, linkage)
    for threshold in (0.0, 2.0, 3.0):
        edges = edges_of(crimes, matrix, threshold)
        found = cluster_links(crimes, model, SPEC, edges, threshold, linkage, dense_up_to, pairs_per_chunk=500)
        assert labels_of(found, crimes).tolist() == named_by_lowest(cut(tree, threshold), crimes)
        np.testing.assert_allclose(np.sort(found.merges["log_bf"]), np.sort(tree.log_bf[tree.log_bf >= threshold]))


def test_pairs_beyond_the_limits_count_in_a_linkage_but_open_no_merge():
    # Three crimes 1 km apart in a row: the outer two are 2 km apart. Only neighbours are within limits, then none.
    crimes = crimes_on([0, 1000, 2000])
    neighbours = edges_of(crimes, matrix_of(crimes, NearIsLinked()), 1.0, max_km=1.5)
    assert len(neighbours) == 2
    found = cluster_links(crimes, NearIsLinked(), SPEC, neighbours, 1.0)
    # 0 and 1 join at 3; crime 2 is then at the mean of 3 (with 1) and 2 (with 0, beyond the limits).
    assert found.merges["log_bf"].tolist() == [3.0, 2.5]
    assert cluster_links(crimes, NearIsLinked(), SPEC, neighbours[:0], 1.0).merges.empty


def test_row_order_and_chunks_change_nothing():
    crimes = scattered(120, seed=6)
    matrix = matrix_of(crimes, NearIsLinked())
    edges = edges_of(crimes, matrix, 1.0)
    swapped = edges.rename(columns={"crime_id_1": "crime_id_2", "crime_id_2": "crime_id_1"})
    one = cluster_links(crimes, NearIsLinked(), SPEC, edges, 1.0)
    two = cluster_links(
        crimes.sample(frac=1, random_state=2), NearIsLinked(), SPEC, swapped.sample(frac=1, random_state=3), 1.0,
        pairs_per_chunk=13,
    )  # fmt: skip
    pd.testing.assert_series_equal(one.labels, two.labels)
    pd.testing.assert_frame_equal(one.merges, two.merges)
    pd.testing.assert_frame_equal(one.members, two.members)
    pd.testing.assert_series_equal(one.cohesion, two.cohesion)


def test_edges_below_the_threshold_are_passed_over():
    crimes = scattered(100, seed=7)
    matrix = matrix_of(crimes, NearIsLinked())
    strict = cluster_links(crimes, NearIsLinked(), SPEC, edges_of(crimes, matrix, 2.0), 2.0)
    loose = cluster_links(crimes, NearIsLinked(), SPEC, edges_of(crimes, matrix, -1.0), 2.0)
    pd.testing.assert_frame_equal(strict.merges, loose.merges)


@pytest.mark.parametrize("n", [0, 1])
def test_no_crimes_and_one_crime_make_no_series(n):
    crimes = crimes_on([0.0] * n)
    edges = edges_of(crimes, np.zeros((n, n)), 0.0)
    found = cluster_links(crimes, NearIsLinked(), SPEC, edges, 0.0)
    assert found.labels.tolist() == ["C0000"] * n
    assert found.merges.empty
    assert list(found.merges) == ["merge_id", "component_id", "step", "left_id", "right_id", "log_bf", "n_crimes"]
    assert found.members.empty
    assert list(found.members) == ["cluster_id", "crime_id"]
    assert found.cohesion.empty


def test_crimes_without_a_link_are_clusters_of_their_own():
    crimes = scattered(5)
    found = cluster_links(crimes, NearIsLinked(), SPEC, edges_of(crimes, np.zeros((5, 5)), 1.0), 1.0)
    assert found.labels.tolist() == crimes["crime_id"].tolist()


def test_duplicates_of_one_crime_form_one_series():
    crimes = crimes_on([100.0] * 6)
    edges = edges_of(crimes, matrix_of(crimes, NearIsLinked()), 4.0)
    found = cluster_links(crimes, NearIsLinked(), SPEC, edges, 4.0)
    assert set(found.labels) == {"C0000"}
    assert found.merges["log_bf"].tolist() == [4.0] * 5


def test_an_edge_of_a_crime_that_is_not_there_is_refused():
    crimes = crimes_on([0, 100])
    edges = pd.DataFrame({"crime_id_1": ["C0000"], "crime_id_2": ["C0099"], "log_bf": [5.0]})
    with pytest.raises(ScoringError, match="got 1 that are not in it"):
        cluster_links(crimes, NearIsLinked(), SPEC, edges, 1.0)


def test_an_unknown_linkage_is_refused():
    crimes = crimes_on([0, 100])
    with pytest.raises(HierarchyError, match="got 'centroid'"):
        cluster_links(crimes, NearIsLinked(), SPEC, edges_of(crimes, np.zeros((2, 2)), 1), 1.0, "centroid")


def decisions(must=(), cannot=()):
    frames = [pd.DataFrame(list(pairs), columns=["crime_id_1", "crime_id_2"], dtype="str") for pairs in (must, cannot)]
    return LinkConstraints(*frames)


@pytest.mark.parametrize("dense_up_to", [0, 10_000], ids=["sparse", "dense"])
def test_decisions_join_and_part_clusters_and_their_merges_are_flagged(dense_up_to):
    # At 0, 1, 1.5 km; 20, 20.5 km; 50 km. log BF is 4 minus the km.
    crimes = crimes_on([0, 1000, 1500, 20_000, 20_500, 50_000])
    edges = edges_of(crimes, matrix_of(crimes, NearIsLinked()), 2.0)
    decided = decisions(must=[("C0005", "C0003")], cannot=[("C0002", "C0000")])
    found = cluster_links(crimes, NearIsLinked(), SPEC, edges, 2.0, dense_up_to=dense_up_to, constraints=decided)
    # 3 and 5 are one cluster at 4 - 30; 4 would join it at the mean of 3.5 and -25.5, which is too weak.
    # 1 and 2 join at 3.5; 0 may be with neither then.
    assert found.labels.tolist() == ["C0000", "C0001", "C0001", "C0003", "C0004", "C0003"]
    assert found.merges["merge_id"].tolist() == ["C0000#1", "C0003#1"]
    assert found.merges["log_bf"].tolist() == [3.5, -26.0]
    assert found.decided.to_dict() == {"C0000#1": False, "C0003#1": True}
    assert found.cohesion.to_dict() == {"C0001": 3.5, "C0003": -26.0}


def test_a_must_link_joins_components_that_no_link_joins():
    crimes = crimes_on([0, 1000, 20_000, 20_500])
    edges = edges_of(crimes, matrix_of(crimes, NearIsLinked()), 2.0)
    found = cluster_links(
        crimes, NearIsLinked(), SPEC, edges, 2.0, "single", constraints=decisions([("C0001", "C0002")])
    )
    # 1 and 2 at 4 - 19, then 3 at 3.5 and 0 at 3: all within one component.
    assert found.merges["component_id"].tolist() == ["C0000"] * 3
    assert found.merges["step"].tolist() == [1, 2, 3]
    assert found.merges["left_id"].tolist() == ["C0001", "C0000#1", "C0000"]
    assert found.merges["right_id"].tolist() == ["C0002", "C0003", "C0000#2"]
    assert found.merges["log_bf"].tolist() == [-15.0, 3.5, 3.0]


def test_decisions_that_contradict_one_another_are_refused_by_the_names_of_the_crimes():
    crimes = crimes_on([0, 1000, 2000])
    edges = edges_of(crimes, matrix_of(crimes, NearIsLinked()), 2.0)
    with pytest.raises(HierarchyError, match="got C0000 and C0002 that cannot be linked but must be by C0000 - C0001"):
        cluster_links(
            crimes, NearIsLinked(), SPEC, edges, 2.0,
            constraints=decisions([("C0000", "C0001"), ("C0001", "C0002")], [("C0000", "C0002")]),
        )  # fmt: skip


def test_merges_are_told_by_component_and_step_as_a_plain_loop_tells_them():
    rng = np.random.default_rng(8)
    n = 300
    upper = np.triu(rng.normal(0, 2, (n, n)), 1)
    matrix = upper + upper.T
    first, second = np.nonzero((rng.random((n, n)) < 0.02) & (upper >= 1.5))
    ids = pd.Series([f"C{i:04d}" for i in range(n)])
    found = cluster_rows(ids, first, second, matrix[first, second], lambda i, j: matrix[i, j], 1.5)
    component = {crime: {crime} for crime in ids}
    for i, j in zip(ids[first], ids[second], strict=True):
        whole = component[i] | component[j]
        component.update(dict.fromkeys(whole, whole))
    below, last, n_steps = {crime: [crime] for crime in ids}, {}, {}
    for row in found.merges.itertuples():
        crimes = below[row.left_id] + below[row.right_id]
        assert row.component_id == min(component[crimes[0]])
        n_steps[row.component_id] = n_steps.get(row.component_id, 0) + 1
        assert row.merge_id == f"{row.component_id}#{n_steps[row.component_id]}"
        assert row.step == n_steps[row.component_id]
        assert min(below[row.left_id]) < min(below[row.right_id])
        assert row.n_crimes == len(crimes)
        ends = np.ix_(*([int(crime[1:]) for crime in below[end]] for end in (row.left_id, row.right_id)))
        assert row.log_bf == pytest.approx(matrix[ends].mean(), abs=1e-12)
        below[row.merge_id] = crimes
        last[min(crimes)] = row
    assert found.merges["component_id"].is_monotonic_increasing
    clusters = {name: row for name, row in last.items() if found.labels[name] == name}
    assert found.cohesion.to_dict() == {name: row.log_bf for name, row in sorted(clusters.items())}
    members = {name: sorted(below[row.merge_id]) for name, row in clusters.items()}
    assert found.members.groupby("cluster_id")["crime_id"].agg(list).to_dict() == members
    assert all(found.labels[crime] == name for name, crimes in members.items() for crime in crimes)
    assert (found.labels[~found.labels.index.isin(found.members["crime_id"])].to_dict().items()) == {
        (crime, crime) for crime in set(ids) - set(found.members["crime_id"])
    }
