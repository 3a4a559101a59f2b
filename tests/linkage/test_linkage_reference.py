"""Scores, series and trees of the reference data, from its own evidence to its own figures."""

import time

import numpy as np
import pandas as pd
import pytest

from linkage.bayes_factors import HistogramBayesFactor
from linkage.dense_tree import cut, merge_tree
from linkage.evidence import EvidenceSpec
from linkage.hierarchy import cluster_links
from linkage.identification import identify_series
from linkage.pair_scores import pair_scorer
from linkage.scoring import KeepRule, LinkLimits, score_links

SPEC = EvidenceSpec(items=("MO1", "MO2", "MO3"), match="binary", circular="reference")
# The reference's own circular differences are good to 1e-3 of a period: a pair beside an edge changes its bin.
MOST_BESIDE_AN_EDGE = 0.005


@pytest.fixture(scope="module")
def model(reference, reference_pairs, reference_evidence):
    train = pd.read_csv(reference / "train_index.csv")["train"].to_numpy() == 1
    levels = {"0": "differ", "1": "match"}
    matches = [name for name in reference_evidence if name.startswith("match_")]
    evidence = reference_evidence.assign(
        **{name: reference_evidence[name].cat.rename_categories(levels) for name in matches}
    )[train]
    return HistogramBayesFactor(15, 10.0).fit(
        evidence, reference_pairs["is_linked"][train], reference_pairs["weight"][train]
    )


@pytest.fixture(scope="module")
def score(model, reference_crimes):
    return pair_scorer(reference_crimes, model, SPEC)


@pytest.fixture(scope="module")
def row_of(reference_crimes):
    return pd.Series(range(len(reference_crimes)), reference_crimes["crime_id"])


def test_log_bf_of_unsolved_pairs_are_the_references(reference, score, row_of):
    pairs = pd.read_csv(reference / "unsolved_pairs.csv")
    ours = score(row_of[pairs["i1"]].to_numpy(), row_of[pairs["i2"]].to_numpy())
    assert (np.abs(ours - pairs["logBF"]) > 1e-9).mean() < MOST_BESIDE_AN_EDGE


@pytest.mark.parametrize(
    ("method", "file"), [(1, "series_id_methods12.csv"), (2, "series_id_methods12.csv"), (3, "series_id.csv")]
)
def test_groups_are_scored_and_ranked_as_the_reference_does(reference, score, row_of, method, file):
    theirs = pd.read_csv(reference / file).query("`group.method` == @method")
    theirs = theirs.assign(crime_row=row_of[theirs["crimeID"]].to_numpy())
    series = pd.read_csv(reference / f"groups_method{method}.csv")
    ours = identify_series(theirs["crime_row"].unique(), row_of[series["crimeID"]], series["group"], score)
    both = ours.merge(theirs, on=["crime_row", "group"], suffixes=("", "_r"), validate="one_to_one")
    assert len(both) == len(ours) == len(theirs)
    same = np.logical_and.reduce(
        [np.abs(both[name] - both[f"{name}_r"]) < 1e-9 for name in ("average", "single", "complete")]
    )
    assert (~same).mean() < MOST_BESIDE_AN_EDGE
    # Left: pairs beside no edge. Their order, ties included, is the reference's.
    left = both[same]
    ranked = left.sort_values(["crime_row", "rank"])["group"].tolist()
    assert ranked == left.sort_values(["crime_row", "rank_r"])["group"].tolist()


def test_the_groups_printed_for_the_second_unsolved_crime(reference, score, row_of):
    series = pd.read_csv(reference / "groups_method3.csv")
    found = identify_series(row_of[["C:392"]], row_of[series["crimeID"]], series["group"], score)
    top = found.head(4)
    assert top["group"].tolist() == [12, 160, 8, 9]
    assert top["average"].round(6).tolist() == [4.059641, 3.560011, 3.484413, 3.193912]


def test_all_490_crimes_cluster_as_in_the_reference_within_a_third_of_a_second(reference, score):
    theirs = pd.read_csv(reference / "hier490_average.csv")["logBF"]
    first, second = np.triu_indices(490, 1)
    matrix = np.zeros((490, 490))
    matrix[first, second] = score(first, second)
    matrix += matrix.T
    merge_tree(matrix[:3, :3])
    start = time.process_time()
    tree = merge_tree(matrix, "average")
    assert time.process_time() - start < 0.3
    # The reference has ties (478 heights of 489 merges): trees may differ, cluster counts at cuts may not.
    for threshold in (-2, -1, 0, 1, 2, 3, 4, 5):
        assert cut(tree, threshold).max() + 1 == 490 - (theirs >= threshold).sum()


@pytest.mark.parametrize("dense_up_to", [0, 3000], ids=["sparse", "dense"])
def test_clusters_along_links_are_those_of_the_dense_tree(model, score, reference_crimes, dense_up_to):
    crimes = reference_crimes.assign(incident_id=reference_crimes["crime_id"]).sort_values("crime_id")
    found = score_links(crimes, model, SPEC, -7.0, LinkLimits(np.inf, np.inf), KeepRule(5, 0.5, edge_log_bf=2.0))
    assert found.n_considered == 490 * 489 // 2
    clusters = cluster_links(crimes, model, SPEC, found.edges, 2.0, dense_up_to=dense_up_to)
    first, second = np.triu_indices(490, 1)
    matrix = np.zeros((490, 490))
    matrix[first, second] = pair_scorer(crimes.reset_index(drop=True), model, SPEC)(first, second)
    tree = merge_tree(matrix + matrix.T)
    assert len(clusters.merges) == (tree.log_bf >= 2).sum()
    np.testing.assert_allclose(np.sort(clusters.merges["log_bf"])[::-1], tree.log_bf[tree.log_bf >= 2])
    assert clusters.labels.nunique() == cut(tree, 2.0).max() + 1
