"""Scores, series and trees of the reference data, from its own evidence to its own figures."""

import time

import numpy as np
import pandas as pd
import pytest

from linkage.bayes_factors import HistogramBayesFactor
from linkage.dense_tree import cut, merge_tree
from linkage.evidence import EvidenceSpec, pair_evidence
from linkage.hclust import hclust_table
from linkage.hierarchy import cluster_links
from linkage.identification import identify_series
from linkage.linkages import LINKAGES
from linkage.pair_scores import pair_scorer
from linkage.scoring import KeepRule, LinkLimits, score_links
from tests.linkage.circular_of_r import fourier_gaps
from tests.linkage.conftest import EVIDENCE_NAMES

SPEC = EvidenceSpec(items=("MO1", "MO2", "MO3"), match="binary", circular="reference")
# The reference's own circular differences are good to 1e-3 of a period: a pair beside an edge changes its bin.
MOST_BESIDE_AN_EDGE = 0.005
# Of a value that stands on an edge the last digits choose the bin; the reference's days are good to 3e-12.
ROUNDING = 1e-11


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


@pytest.fixture(scope="module")
def bounds(reference, model, reference_crimes, row_of):
    """Log BF of every two crimes with the reference's own evidence, as matrices: least, as worked out, largest.

    Where its evidence is stored it is read, elsewhere its circular differences are worked out as it does. The three
    matrices are the same but where rounding decides on which side of an edge a pair stands.
    """
    one, other = np.triu_indices(len(reference_crimes), 1)
    evidence = pair_evidence(reference_crimes, one, other, SPEC)
    place = pd.Series(range(len(one)), pd.MultiIndex.from_arrays([one, other]))
    start = reference_crimes["committed_from_at"].to_numpy().astype("datetime64[s]").astype(np.float64)
    length = reference_crimes["committed_to_at"].to_numpy().astype("datetime64[s]").astype(np.float64) - start
    may_round = dict.fromkeys(("distance_km", "gap_days"), np.ones(len(one), dtype=bool))
    for name, unit_s, period in (("tod_gap_hours", 3_600, 24.0), ("dow_gap_days", 86_400, 7.0)):
        gaps = fourier_gaps(np.mod(start / unit_s, period), length / unit_s, period)
        evidence[name] = gaps[one, other]
        is_short = length < period * unit_s  # a longer one gives a quarter period, in the reference too
        may_round[name] = is_short[one] & is_short[other]
    sides = [evidence.copy() for _ in range(3)]
    for name, rounded in may_round.items():
        values, edges = evidence[name].to_numpy(), model.terms_[name].edges
        nearest = edges[np.abs(values[:, None] - edges).argmin(axis=1)]
        on_edge = rounded & (np.abs(values - nearest) < ROUNDING)
        sides[0].loc[on_edge, name] = nearest[on_edge]
        sides[2].loc[on_edge, name] = np.minimum(nearest[on_edge] + 1e-9, edges[-1])
    for file in ("evidence.csv", "unsolved_pairs.csv"):
        stored = pd.read_csv(reference / file)
        ends = np.sort([row_of[stored["i1"]], row_of[stored["i2"]]], axis=0)
        rows = place.loc[pd.MultiIndex.from_arrays(ends)].to_numpy()
        for side in sides:
            for theirs, ours in list(EVIDENCE_NAMES.items())[:4]:
                side.loc[rows, ours] = stored[theirs].to_numpy()
    below, worked_out, above = (model.decision_function(side) for side in sides)
    scores = np.array([np.minimum(below, above), worked_out, np.maximum(below, above)])
    matrices = np.zeros((3, len(reference_crimes), len(reference_crimes)))
    matrices[:, one, other] = matrices[:, other, one] = scores
    return matrices


def within(theirs, least, largest):
    """Tell whether figures lie between their bounds, to 1e-9."""
    slack = 1e-9 * np.maximum(1.0, np.abs(theirs))
    return (theirs >= least - slack) & (theirs <= largest + slack)


def test_the_references_evidence_gives_its_terms_and_scores(reference, model):
    pairs = pd.read_csv(reference / "unsolved_pairs.csv")
    evidence = pairs[list(EVIDENCE_NAMES)].rename(columns=EVIDENCE_NAMES)
    matches = [name for name in evidence if name.startswith("match_")]
    evidence[matches] = evidence[matches].replace({0: "differ", 1: "match"})
    terms = model.log_bf_terms(evidence)
    for theirs, ours in EVIDENCE_NAMES.items():
        np.testing.assert_allclose(terms[ours], pairs[f"lbf_{theirs}"], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(model.decision_function(evidence), pairs["logBF"], rtol=1e-9, atol=1e-12)


def test_its_circular_differences_come_out_of_its_own_method(reference, reference_crimes):
    cases = pd.read_csv(reference / "expabsdiff_circ.csv")
    for period, of_period in cases.groupby("mod"):
        sample = of_period.head(300)
        start = np.concatenate([sample["x1"], sample["y1"]])
        length = np.concatenate([sample["x2"], sample["y2"]]) - start
        ours = fourier_gaps(start, length, float(period)).diagonal(len(sample))
        np.testing.assert_allclose(ours, sample["convolution_n2000"], rtol=1e-9, atol=1e-12)


def test_log_bf_of_unsolved_pairs_are_the_references(reference, score, row_of, bounds):
    pairs = pd.read_csv(reference / "unsolved_pairs.csv")
    one, other = row_of[pairs["i1"]].to_numpy(), row_of[pairs["i2"]].to_numpy()
    assert (np.abs(score(one, other) - pairs["logBF"]) > 1e-9).mean() < MOST_BESIDE_AN_EDGE
    least, _, largest = bounds[:, one, other]
    np.testing.assert_array_equal(least, largest)
    np.testing.assert_allclose(least, pairs["logBF"], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    ("method", "file"), [(1, "series_id_methods12.csv"), (2, "series_id_methods12.csv"), (3, "series_id.csv")]
)
def test_groups_are_scored_and_ranked_as_the_reference_does(reference, row_of, bounds, method, file):
    theirs = pd.read_csv(reference / file).query("`group.method` == @method")
    theirs = theirs.assign(crime_row=row_of[theirs["crimeID"]].to_numpy())
    series = pd.read_csv(reference / f"groups_method{method}.csv")
    crimes = theirs["crime_row"].unique()
    least, ours, largest = (
        identify_series(crimes, row_of[series["crimeID"]], series["group"], lambda i, j, m=matrix: m[i, j])
        for matrix in bounds
    )
    found = theirs.set_index(["crime_row", "group"])
    assert len(found) == len(ours)
    least, ours, largest = (each.set_index(["crime_row", "group"]).loc[found.index] for each in (least, ours, largest))
    for linkage in LINKAGES:
        assert within(found[linkage], least[linkage], largest[linkage]).all()
        # how many stand beside an edge depends on the processor's last digits: 3 on one, 4 of 7,740 on another
        assert (~within(found[linkage], ours[linkage], ours[linkage])).mean() < 0.001
    # But for pairs on an edge, whose times are whole minutes, the order is the reference's, ties included.
    is_sure = (least[list(LINKAGES)] == largest[list(LINKAGES)]).all(axis=1)
    assert is_sure.mean() > 0.98
    ranks = pd.DataFrame({"ours": ours["rank"], "theirs": found["rank"]})[is_sure]
    for _, of_crime in ranks.groupby("crime_row"):
        assert (of_crime["ours"].argsort() == of_crime["theirs"].argsort()).all()


def test_the_groups_printed_for_the_second_unsolved_crime(reference, score, row_of):
    series = pd.read_csv(reference / "groups_method3.csv")
    found = identify_series(row_of[["C:392"]], row_of[series["crimeID"]], series["group"], score)
    top = found.head(4)
    assert top["group"].tolist() == [12, 160, 8, 9]
    assert top["average"].round(6).tolist() == [4.059641, 3.560011, 3.484413, 3.193912]


def test_all_490_crimes_merge_step_by_step_as_in_the_reference(reference, bounds):
    theirs = pd.read_csv(reference / "hier490_average.csv")
    ours = merge_tree(bounds[1], "average")
    columns = ["step", "merge1", "merge2"]
    # 478 heights of 489 merges: where several merges tie, the reference takes the lowest crimes first too.
    np.testing.assert_array_equal(hclust_table(ours)[columns], theirs[columns])
    assert (np.abs(ours.log_bf - theirs["logBF"]) > 1e-9).sum() <= 12
    members = [[crime] for crime in range(ours.n_crimes)]
    for one, other, log_bf in zip(ours.first, ours.second, theirs["logBF"], strict=True):
        block = np.ix_(members[one], members[other])
        assert within(log_bf, bounds[0][block].mean(), bounds[2][block].mean())
        members.append(members[one] + members[other])


def test_all_490_crimes_cluster_within_a_third_of_a_second(reference, score):
    theirs = pd.read_csv(reference / "hier490_average.csv")["logBF"]
    first, second = np.triu_indices(490, 1)
    matrix = np.zeros((490, 490))
    matrix[first, second] = score(first, second)
    matrix += matrix.T
    merge_tree(matrix[:3, :3])
    start = time.process_time()
    tree = merge_tree(matrix, "average")
    assert time.process_time() - start < 0.3
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
