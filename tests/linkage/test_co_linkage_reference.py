"""The 490 crimes of the R package's data: the same posterior as the independent exact sampler's."""

import dataclasses
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest

from linkage.co_linkage import (
    CoLinkageData,
    CoLinkageEvidence,
    CoLinkageResult,
    CoLinkageSettings,
    co_linkage_data,
    reference_prior,
    sample_co_linkage,
    scale_free_prior,
)
from linkage.diagnostics import co_linkage_traces, diagnose

SETTINGS = CoLinkageSettings(n_sweeps=900, n_warm_up=100, n_chains=2, n_clusters=490, floor=0.0)
EXACT_RUNS = ("exact_seed1", "exact_seed2")


class Distance(NamedTuple):
    """How far two sets of pair probabilities are apart."""

    most: float
    root_mean_square: float


BETWEEN_EXACT_RUNS = Distance(0.031, 0.0009)
NAMES = {
    "df1": "item_concentration_MO1",
    "df2": "item_concentration_MO2",
    "df3": "item_concentration_MO3",
    "sd1": "time_within_sd_days",
    "sd2": "time_between_sd_days",
    "sds1": "place_within_sd_m",
    "sds2": "place_between_sd_m",
}


@pytest.fixture(scope="module")
def data(reference: Path) -> CoLinkageData:
    crimes = pd.read_csv(reference / "crimes.csv", dtype={"MO1": object}).rename(
        columns={"crimeID": "crime_id", "X": "easting_m", "Y": "northing_m"}
    )
    for end in ("from", "to"):
        crimes[f"committed_{end}_at"] = pd.to_datetime(crimes[f"DT.{end.upper()}"]).dt.tz_localize(None)
    groups = pd.read_csv(reference / "groups_method2.csv").drop_duplicates("crimeID").set_index("crimeID")["group"]
    return co_linkage_data(
        crimes, [groups.get(crime) for crime in crimes["crime_id"]], CoLinkageEvidence(items=("MO1", "MO2", "MO3"))
    )


@pytest.fixture(scope="module")
def result(data: CoLinkageData) -> CoLinkageResult:
    return sample_co_linkage(data, reference_prior(), SETTINGS, seed=7)


def pair_vector(data: CoLinkageData, one: pd.Series, other: pd.Series, p: pd.Series) -> np.ndarray:
    """Probabilities of all pairs that hold an unsolved crime, 0 where the table has none."""
    position = {crime_id: row for row, crime_id in enumerate(data.crime_ids)}
    dense = np.zeros((len(position), len(position)))
    dense[one.map(position), other.map(position)] = p
    dense += dense.T
    unsolved = data.arrays.known_cluster < 0
    first, second = np.triu_indices(len(position), 1)
    return dense[first, second][unsolved[first] | unsolved[second]]


def ours(result: CoLinkageResult) -> np.ndarray:
    pairs = result.pairs
    return pair_vector(result.data, pairs["crime_id_1"], pairs["crime_id_2"], pairs["probability"])


def theirs(data: CoLinkageData, folder: Path, run: str) -> np.ndarray:
    table = pd.read_csv(folder / f"mcmc_{run}_pequal.csv")
    return pair_vector(data, table["crime_i"], table["crime_j"], table["p"])


def root_mean_square(gaps: np.ndarray) -> float:
    return float(np.sqrt(np.mean(gaps**2)))


def test_the_data_has_100_unsolved_crimes_and_312_groups(data: CoLinkageData) -> None:
    assert (len(data.crime_ids), data.arrays.unsolved.size, data.arrays.n_known) == (490, 100, 312)


@pytest.mark.parametrize("run", EXACT_RUNS)
def test_pair_probabilities_agree_with_the_exact_run(result: CoLinkageResult, reference: Path, run: str) -> None:
    mine, golden = ours(result), theirs(result.data, reference, run)
    assert mine.size == 490 * 489 // 2 - 390 * 389 // 2
    assert np.corrcoef(mine, golden)[0, 1] > 0.999  # the two exact runs: 0.9995 with each other
    assert root_mean_square(mine - golden) <= BETWEEN_EXACT_RUNS.root_mean_square
    assert np.abs(mine - golden).max() < 0.05  # two short chains are themselves within 0.03 of the truth


@pytest.mark.long
def test_twenty_thousand_sweeps_are_as_near_to_each_exact_run_as_these_to_each_other(
    data: CoLinkageData, reference: Path
) -> None:
    """Where the exact runs differ, ours lies between them, and their errors beside ours have nothing in common.

    That is what two noisy estimates of the same truth do; a fault of ours would move both errors alike.
    """
    settings = dataclasses.replace(SETTINGS, n_sweeps=5_000, n_chains=4)
    mine = ours(sample_co_linkage(data, reference_prior(), settings, seed=11))
    one, other = (theirs(data, reference, run) for run in EXACT_RUNS)
    assert np.abs(one - other).max() == pytest.approx(BETWEEN_EXACT_RUNS.most, abs=5e-4)
    assert root_mean_square(one - other) == pytest.approx(BETWEEN_EXACT_RUNS.root_mean_square, abs=5e-5)
    for golden in (one, other):
        assert np.abs(mine - golden).max() <= BETWEEN_EXACT_RUNS.most
        assert root_mean_square(mine - golden) <= BETWEEN_EXACT_RUNS.root_mean_square
    assert root_mean_square(mine - (one + other) / 2) < 0.0006  # noise of theirs alone: 0.0009 / 2 = 0.00045
    assert abs(np.corrcoef(one - mine, other - mine)[0, 1]) < 0.2
    farthest = np.argsort(-np.abs(one - other))[:8]
    assert (((one < mine) & (mine < other)) | ((other < mine) & (mine < one)))[farthest].sum() >= 6


def test_hyperparameters_agree_within_monte_carlo_error(result: CoLinkageResult, reference: Path) -> None:
    found = diagnose(result, n_pairs=0).set_index("quantity")
    golden = pd.read_csv(reference / "mcmc_posterior_summary.csv").query("run == 'exact_seed1'").set_index("param")
    for theirs_name, name in NAMES.items():
        mine, their = found.loc[name], golden.loc[theirs_name]
        error = np.hypot(mine["sd"] / np.sqrt(mine["ess_bulk"]), their["sd"] / np.sqrt(their["ess"]))
        assert abs(mine["mean"] - their["mean"]) < 4.0 * error, name
        assert mine["sd"] == pytest.approx(their["sd"], rel=0.2), name


def test_quantiles_of_the_heavy_tailed_concentration_agree(result: CoLinkageResult, reference: Path) -> None:
    trace = pd.read_csv(reference / "mcmc_exact_seed1_trace.csv")["D"].iloc[2000:]
    for share in (0.1, 0.25, 0.5, 0.75, 0.9):
        assert (result.draws["concentration"] < trace.quantile(share)).mean() == pytest.approx(share, abs=0.08)


def test_two_short_chains_have_nearly_met(result: CoLinkageResult) -> None:
    found = diagnose({**co_linkage_traces(result, n_pairs=0), **result.link_traces()})
    assert 12 + 1_500 < len(found) < 12 + 1_700
    assert found["rhat"].max() < 1.03
    assert found["ess_bulk"].min() > 250


@pytest.mark.long
def test_four_chains_converge_within_ten_seconds_of_two_cores(data: CoLinkageData) -> None:
    sample_co_linkage(data, reference_prior(), CoLinkageSettings(1, 0, 1), seed=1)  # reads the compiled code
    settings = CoLinkageSettings(n_sweeps=1_500, n_chains=4, n_clusters=490)
    start = time.process_time()
    found = sample_co_linkage(data, reference_prior(), settings, seed=2)
    cpu_s = time.process_time() - start
    assert cpu_s < 20.0  # 7.4 measured
    judged = diagnose({**co_linkage_traces(found, n_pairs=0), **found.link_traces()})
    assert judged["rhat"].max() <= 1.01
    assert judged["ess_bulk"].min() >= 400
    package = 3.2 / (10_000 * 0.12)
    assert judged["ess_bulk"].iloc[:12].min() / cpu_s / package >= 15_000  # 60,000 and more measured


@pytest.mark.long
def test_bounding_the_concentration_hardly_moves_a_pair(data: CoLinkageData, result: CoLinkageResult) -> None:
    bounded = dataclasses.replace(reference_prior(), log_concentration_sd=2.0)
    found = sample_co_linkage(data, bounded, SETTINGS, seed=8)
    assert found.draws["concentration"].max() < 1e4 < result.draws["concentration"].max()
    assert np.corrcoef(ours(found), ours(result))[0, 1] > 0.999
    assert root_mean_square(ours(found) - ours(result)) < 0.001


def test_the_scale_free_prior_finds_what_a_data_centred_prior_finds(data: CoLinkageData, reference: Path) -> None:
    found = sample_co_linkage(data, scale_free_prior(data), SETTINGS, seed=9)
    assert np.corrcoef(ours(found), theirs(data, reference, "exact_flat_seed1"))[0, 1] > 0.99
    assert 3_600 < found.draws["place_between_sd_m"].mean() < 4_200  # exact_flat: 3,904
