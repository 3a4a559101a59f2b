"""The reference's CPU times beside ours on the same work, with room for a busy machine; benchmarks measure closely."""

import time

import numpy as np
import pandas as pd
import pytest

from linkage.bayes_factors import HistogramBayesFactor
from linkage.dense_tree import merge_tree
from linkage.evidence import EvidenceSpec, pair_evidence
from linkage.identification import identify_series
from linkage.pair_scores import pair_scorer
from linkage.pairs import PairSampling, training_pairs
from linkage.series import series_data

SPEC = EvidenceSpec(("MO1", "MO2", "MO3"), match="binary", circular="reference")
NEITHER_TAKES_A_BLINK = {  # milliseconds in R and here: nothing that a test on a busy machine could tell apart
    "makeSeriesData",
    "makeGroups_method1",
    "makeGroups_method2",
    "naiveBayes_fit_7901",
    "predict_per_1000_pairs",
    "getROC_11187",
    "clusterPath_only_n100",
}
ELSEWHERE = {  # 2,000 sweeps of 490 crimes in seconds: test_co_linkage_reference
    "crimeClust_bayes_per_iteration_n490_maxcriminals490",
    "crimeClust_bayes_per_iteration_n490_maxcriminals1000",
}


@pytest.fixture(scope="module")
def rows(reference_crimes, reference_pairs):
    row = pd.Series(range(len(reference_crimes)), reference_crimes["crime_id"])
    return [row[reference_pairs[name]].to_numpy() for name in ("crime_id_1", "crime_id_2")]


@pytest.fixture(scope="module")
def work(reference_crimes, reference_offenders, reference_pairs, rows):
    """Each step of the reference as a call without arguments, with the number of units that it does."""
    crimes, n_thousands = reference_crimes, len(rows[0]) / 1000
    numbers = EvidenceSpec((), numerical=("easting_m", "northing_m"))
    linked, weight = reference_pairs["is_linked"], reference_pairs["weight"]
    model = HistogramBayesFactor(15, 10.0).fit(pair_evidence(crimes, *rows, SPEC), linked, weight)
    score = pair_scorer(crimes, model, SPEC)
    series = series_data(reference_offenders, crimes)
    unsolved = np.flatnonzero(~crimes["crime_id"].isin(series["crime_id"]).to_numpy())
    of_series = crimes.reset_index().set_index("crime_id").loc[series["crime_id"], "index"].to_numpy()

    def clustered(chosen):
        one, other = np.triu_indices(len(chosen), 1)
        matrix = np.zeros((len(chosen), len(chosen)))
        matrix[one, other] = score(chosen[one], chosen[other])
        return merge_tree(matrix + matrix.T)

    sampling = PairSampling(keep_same_incident=True)
    levels = EvidenceSpec(SPEC.items, match="levels")
    return {
        "makePairs_total_11187": (1, lambda: training_pairs(series, crimes, sampling, np.random.default_rng(1))),
        "compareCrimes_per_1000_pairs": (n_thousands, lambda: pair_evidence(crimes, *rows, SPEC)),
        "compareCrimes_nonbinary_per_1000_pairs": (n_thousands, lambda: pair_evidence(crimes, *rows, levels)),
        "compareCrimes_numerical_method_per_1000_pairs": (n_thousands, lambda: pair_evidence(crimes, *rows, numbers)),
        "crimeClust_hier_n100": (1, lambda: clustered(unsolved)),
        "crimeClust_hier_n490": (1, lambda: clustered(np.arange(len(crimes)))),
        "seriesID_per_crime_vs_390_solved": (
            20,
            lambda: identify_series(unsolved[:20], of_series, series["person_id"], score),
        ),
    }


@pytest.mark.parametrize(
    ("step", "times_faster"),
    [
        ("makePairs_total_11187", 2),
        ("compareCrimes_per_1000_pairs", 50),
        ("compareCrimes_nonbinary_per_1000_pairs", 50),
        ("compareCrimes_numerical_method_per_1000_pairs", 50),
        ("crimeClust_hier_n100", 50),
        ("crimeClust_hier_n490", 50),
        ("seriesID_per_crime_vs_390_solved", 10),
    ],
)
def test_the_same_work_takes_a_fraction_of_the_cpu_time(reference, work, step, times_faster):
    theirs = pd.read_csv(reference / "timings.csv").set_index("step").loc[step, "cpu_median"]
    n_units, do = work[step]
    do()  # compiles
    start = time.process_time()
    do()
    assert theirs / ((time.process_time() - start) / n_units) > times_faster


def test_every_timed_step_is_compared_or_its_reason_told(reference, work):
    steps = set(pd.read_csv(reference / "timings.csv")["step"])
    assert steps == set(work) | NEITHER_TAKES_A_BLINK | ELSEWHERE
