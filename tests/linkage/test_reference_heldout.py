"""One crime hidden from each of 40 series: how high its true series comes, ours beside the reference's."""

import numpy as np
import pandas as pd
import pytest

from linkage.bayes_factors import HistogramBayesFactor
from linkage.evidence import EvidenceSpec, pair_evidence
from linkage.identification import identify_series
from linkage.linkages import LINKAGES
from linkage.pair_scores import pair_scorer
from linkage.pairs import PairSampling, training_pairs
from linkage.series import series_data

SPEC = EvidenceSpec(("MO1", "MO2", "MO3"), match="binary", circular="reference")
N_DRAWS = 8
RECOVERY = ["top1", "top5", "top10", "top50", "mrr", "median_rank"]


@pytest.fixture(scope="module")
def mask(reference):
    return pd.read_csv(reference / "heldout_mask.csv")


@pytest.fixture(scope="module")
def co_offenders(reference):
    """The co-offender group of each solved crime, numbered as in the reference."""
    return pd.read_csv(reference / "groups_method2.csv").drop_duplicates("crimeID").set_index("crimeID")["group"]


@pytest.fixture(scope="module")
def recovered(mask, co_offenders, reference_crimes, reference_offenders):
    """Recovery by each linkage with each of several draws of unlinked pairs."""
    row = pd.Series(range(len(reference_crimes)), reference_crimes["crime_id"])
    series = series_data(reference_offenders, reference_crimes)
    left = series[~series["crime_id"].isin(mask["crimeID"])]
    known = co_offenders.drop(mask["crimeID"])
    rows = []
    for seed in range(N_DRAWS):
        score = _trained_without(left, reference_crimes, row, seed)
        for linkage in LINKAGES:
            found = identify_series(row[mask["crimeID"]], row[known.index], known.to_numpy(), score, linkage)
            true = mask.assign(crime_row=row[mask["crimeID"]].to_numpy(), group=mask["true_CG"])
            rank = true.merge(found, on=["crime_row", "group"], validate="one_to_one")["rank"]
            hits = [(rank <= k).mean() for k in (1, 5, 10, 50)]
            rows.append((linkage, seed, found["group"].nunique(), *hits, (1 / rank).mean(), rank.median()))
    return pd.DataFrame(rows, columns=["linkage", "seed", "groups", *RECOVERY])


def _trained_without(series, crimes, row, seed):
    pairs = training_pairs(series, crimes, PairSampling(keep_same_incident=True), np.random.default_rng(seed))
    one, other = (row[pairs[name]].to_numpy() for name in ("crime_id_1", "crime_id_2"))
    model = HistogramBayesFactor(15, 10.0).fit(
        pair_evidence(crimes, one, other, SPEC), pairs["is_linked"], pairs["weight"]
    )
    return pair_scorer(crimes, model, SPEC)


def test_one_crime_of_every_series_of_several_is_hidden(mask, co_offenders):
    sizes = co_offenders.value_counts()
    assert sorted(mask["true_CG"]) == sorted(sizes[sizes > 1].index)
    assert (mask["crimeID"].map(co_offenders) == mask["true_CG"]).all()
    assert (mask["true_CG"].map(sizes) == mask["group_size"]).all()


@pytest.mark.parametrize("linkage", LINKAGES)
def test_recovery_agrees_with_the_reference_within_the_draw_of_unlinked_pairs(reference, recovered, linkage):
    # Which unlinked pairs the reference drew without the hidden crimes was not stored: one draw against eight of ours.
    theirs = pd.read_csv(reference / "heldout_series.csv").set_index("method").loc[f"nb_{linkage}"]
    ours = recovered[recovered["linkage"] == linkage]
    assert (theirs["n"], theirs["groups"]) == (40, 312)
    assert (ours["groups"] == 312).all()
    for name in RECOVERY:
        spread = max(ours[name].std(ddof=1), 1.0 if name == "median_rank" else 1 / 40)
        assert abs(ours[name].mean() - theirs[name]) < 3 * spread, name


def test_a_single_close_crime_tells_more_than_the_mean_as_in_the_reference(reference, recovered):
    theirs = pd.read_csv(reference / "heldout_series.csv").set_index("method")["mrr"]
    ours = recovered.groupby("linkage")["mrr"].mean()
    assert theirs["nb_single"] > theirs["nb_average"] > theirs["nb_complete"]
    assert ours["single"] > ours["average"] > ours["complete"]
