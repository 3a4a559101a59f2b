"""Whether co-linkage converges on the reference data, how fast, and whether it finds what an exact sampler found.

    python -m benchmarks.co_linkage_convergence [--quick] [--json] [--sweeps N]

Four chains under the prior that the R package hard-codes, in threads on the cores there are, compiled code cached. For
each of five seeds: wall and processor seconds of sampling, wall seconds of diagnosing; the largest R-hat and the least
bulk effective sample size over every hyperparameter, the number of clusters and every link of 0.01 or more (the draws
of its conditional probability, whose mean is published); and pair probabilities beside both runs of the independent
exact sampler, which differ from each other by 0.031 at most and by 0.0009 in root mean square.

`ess_ratio_to_package` divides effective draws per processor second: ours of the worst hyperparameter or number of
clusters, the package's of the worst of its own in its published run. Needs COLINK_SHARED/reference (default ../shared).
"""

import argparse
import statistics
import time
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from benchmarks.measuring import REPEATS, report, sayer
from benchmarks.reference_data import REFERENCE, SPEC, reference_data
from linkage.co_linkage import (
    CoLinkageData,
    CoLinkageEvidence,
    CoLinkageResult,
    CoLinkageSettings,
    co_linkage_data,
    reference_prior,
    sample_co_linkage,
)
from linkage.diagnostics import co_linkage_traces, diagnose

WORST_RHAT, LEAST_ESS = 1.01, 400.0
PACKAGE_ITERATIONS, PACKAGE_CPU_S_PER_ITERATION = 10_000, 0.12
EXACT_RUNS = ("exact_seed1", "exact_seed2")
N_CHAINS, N_WARM_UP = 4, 150


def main() -> None:
    """Measure and report."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--quick", action="store_true", help="one seed, 300 sweeps")
    options.add_argument("--json", action="store_true", help="only the line of JSON")
    options.add_argument("--sweeps", type=int, default=1500, help="sweeps kept in each of four chains")
    chosen = options.parse_args()
    say = sayer(chosen.json)
    data = reference_crimes(REFERENCE)
    n_seeds, n_sweeps = (1, 300) if chosen.quick else (REPEATS, chosen.sweeps)
    settings = CoLinkageSettings(n_sweeps, N_WARM_UP, N_CHAINS, n_clusters=len(data.crime_ids), floor=0.0)
    _sampled(data, CoLinkageSettings(n_sweeps=1, n_warm_up=1, n_chains=1), 0)  # reads the compiled code
    runs = []
    for seed in range(1, n_seeds + 1):
        runs.append(measured(data, settings, seed))
        say(f"  seed {seed}: " + ", ".join(f"{name} {value:.4g}" for name, value in runs[-1].items()))
    median = {name: statistics.median(run[name] for run in runs) for name in runs[0]}
    converged = sum(run["worst_rhat"] <= WORST_RHAT and run["least_ess"] >= LEAST_ESS for run in runs)
    figures = {"sweeps": n_sweeps, **median, "seeds": n_seeds, "seeds_converged": converged}
    report("co_linkage_convergence", figures | ({"by_seed": runs} if chosen.json else {}), chosen.json)


def measured(data: CoLinkageData, settings: CoLinkageSettings, seed: int) -> dict[str, float]:
    """Sample once and return every figure of it."""
    wall, cpu = time.monotonic(), time.process_time()
    result = _sampled(data, settings, seed)
    seconds, cpu_s = time.monotonic() - wall, time.process_time() - cpu
    wall = time.monotonic()
    found = diagnose({**co_linkage_traces(result, n_pairs=0), **result.link_traces()})
    diagnosis_s = time.monotonic() - wall
    is_link = found["quantity"].str.startswith("link ")
    least_of_hyperparameters = float(found.loc[~is_link, "ess_bulk"].min())
    return {
        "seconds": seconds,
        "cpu_s": cpu_s,
        "diagnosis_s": diagnosis_s,
        "links": float(is_link.sum()),
        "worst_rhat": float(found["rhat"].max()),
        "worst_rhat_of_links": float(found.loc[is_link, "rhat"].max()),
        "least_ess": float(found["ess_bulk"].min()),
        "least_ess_of_hyperparameters": least_of_hyperparameters,
        "ess_ratio_to_package": least_of_hyperparameters / cpu_s / package_ess_per_cpu_s(REFERENCE),
        **agreement(result, REFERENCE),
    }


def reference_crimes(folder: Path) -> CoLinkageData:
    """Read the 490 crimes with the co-offender groups that the package was given; end where they are absent."""
    reference = reference_data(folder)
    if reference is None:
        raise SystemExit(f"reference data not found in {folder}: set COLINK_SHARED to the folder that holds it")
    groups = pd.read_csv(folder / "groups_method2.csv").drop_duplicates("crimeID").set_index("crimeID")["group"]
    known = [groups.get(crime_id) for crime_id in reference.crimes["crime_id"]]
    return co_linkage_data(reference.crimes, known, CoLinkageEvidence(items=SPEC.items))


def package_ess_per_cpu_s(folder: Path) -> float:
    """Effective draws per processor second of the package's worst hyperparameter, over its published run."""
    summary = pd.read_csv(folder / "mcmc_posterior_summary.csv")
    least = float(summary.loc[summary["run"] == "published", "ess"].min())
    return least / (PACKAGE_ITERATIONS * PACKAGE_CPU_S_PER_ITERATION)


def agreement(result: CoLinkageResult, folder: Path) -> dict[str, float]:
    """Largest and root mean square difference from each exact run, over all pairs with an unsolved crime."""
    pairs, figures = result.pairs, {}
    ours = _of_all_pairs(result.data, pairs["crime_id_1"], pairs["crime_id_2"], pairs["probability"])
    for run in EXACT_RUNS:
        table = pd.read_csv(folder / f"mcmc_{run}_pequal.csv")
        gap = ours - _of_all_pairs(result.data, table["crime_i"], table["crime_j"], table["p"])
        figures[f"most_from_{run}"] = float(np.abs(gap).max())
        figures[f"rmse_from_{run}"] = float(np.sqrt(np.mean(gap**2)))
    return figures


def _sampled(data: CoLinkageData, settings: CoLinkageSettings, seed: int) -> CoLinkageResult:
    return sample_co_linkage(data, reference_prior(), settings, seed)


def _of_all_pairs(data: CoLinkageData, one: pd.Series, other: pd.Series, p: pd.Series) -> npt.NDArray[np.float64]:
    position = pd.Series(np.arange(len(data.crime_ids)), index=data.crime_ids)
    dense = np.zeros((position.size, position.size))
    dense[one.map(position), other.map(position)] = p
    first, second = np.triu_indices(position.size, 1)
    is_unsolved = data.arrays.known_cluster < 0
    return np.asarray((dense + dense.T)[first, second][is_unsolved[first] | is_unsolved[second]])


if __name__ == "__main__":
    main()
