"""Whether posteriors are true of a whole demo force: of the pairs that are given 20% a fifth should be linked.

Trained as a refresh does, on the solved crimes of 70% of the known groups of offenders, and calibrated without a label
of anybody else. Judged by the truth on all pairs within 365 days of the crimes of everybody else, unsolved ones
included, at any distance and at their natural prevalence: all that a refresh would publish. Pairs are a weighted sample
of the billions there are.
"""

import argparse
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import csr_array

from benchmarks.demo_force import DemoForce, demo_force
from benchmarks.measuring import report, sayer
from linkage.calibration_bands import calibration_bands
from linkage.calibration_metrics import calibration_slope, log_loss
from linkage.contender import Contender
from linkage.evidence import pair_evidence
from linkage.evidence_spec import EvidenceSpec, fit_spec
from linkage.model_kinds import model_plan
from linkage.pair_population import population_sample
from linkage.pair_scores import pair_scorer, row_positions
from linkage.pairs import PairSampling, training_pairs
from linkage.prior_odds import prior_for_all_crimes, prior_log_odds
from linkage.ranking_metrics import auc, average_precision, prevalence
from linkage.series import groups_of_crimes, series_data
from linkage.training import TrainedModel, train

TEST_SHARE = 0.3
NEAR_KM = 5.0
BANDS = (0.0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.95, 1.0)
CALIBRATED_FROM = 0.01


class Judged(NamedTuple):
    """Pairs to judge on: rows of both crimes, how many pairs each stands for, and whether they are linked."""

    first: npt.NDArray[np.int64]
    second: npt.NDArray[np.int64]
    stands_for: npt.NDArray[np.float64]
    is_linked: npt.NDArray[np.bool_]


def main() -> None:
    """Measure and report."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true", help="5,000 crimes")
    options.add_argument("--json", action="store_true", help="only the line of JSON")
    options.add_argument("--crimes", type=int, default=100_000)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--folder", type=Path, help="where demo forces are kept; a temporary one when left out")
    chosen = options.parse_args()
    say = sayer(chosen.json)
    n_crimes = 5_000 if chosen.quick else chosen.crimes
    with tempfile.TemporaryDirectory() as temporary:
        say(f"a demo force of {n_crimes:,} crimes, seed {chosen.seed}")
        demo = demo_force(n_crimes, chosen.seed, chosen.folder or Path(temporary))
    figures: dict[str, Any] = {"crimes": n_crimes, "seed": chosen.seed}
    series = series_data(demo.offender_crimes, demo.crimes, strengths=("A", "B"))
    held_out = _held_out(series)
    judged = _judged(demo, _trains(demo, series, held_out), 10_000 if chosen.quick else 2_000_000)
    for name, kind in (("full", "additive"), ("space_and_time", "additive"), ("histogram", "histogram")):
        plan = model_plan(kind, demo.items, {})
        contender = plan.baseline if name == "space_and_time" else plan.contender
        trained, spec = _trained(demo, series, held_out, contender, plan.spec)
        say(f"  {name}: log prior odds {trained.prior_log_odds:.2f}")
        log_bf = pair_scorer(demo.crimes, trained.model, spec)(judged.first, judged.second)
        figures[name], bands = measured(log_bf, trained.prior_log_odds, judged)
        say(bands.to_string(index=False))
    report("natural_calibration", figures, chosen.json)


def measured(log_bf: npt.NDArray[np.float64], prior: float, judged: Judged) -> tuple[dict[str, Any], pd.DataFrame]:
    """Return the figures of one model, and its bands of posterior probability."""
    log_odds, (linked, weight) = log_bf + prior, (judged.is_linked, judged.stands_for)
    bands = calibration_bands(log_odds, linked, weight, BANDS)
    judged_bands = bands[(bands["band_low"] >= CALIBRATED_FROM) & (bands["n_stood_for"] * bands["mean_posterior"] > 50)]
    of_truth = float(prevalence(linked, weight))
    return {
        "prior_log_odds": prior,
        "true_log_odds": float(np.log(of_truth / (1 - of_truth))),
        "calibration_slope": calibration_slope(log_odds, linked, weight),
        "least_observed_over_expected": float(judged_bands["observed_over_expected"].min()),
        "most_observed_over_expected": float(judged_bands["observed_over_expected"].max()),
        "bands": {
            f"{low:g}-{high:g}": round(float(ratio), 3)
            for low, high, ratio in judged_bands[["band_low", "band_high", "observed_over_expected"]].itertuples(
                index=False
            )
        },
        "log_loss_per_million": 1e6 * log_loss(log_odds, linked, weight),
        "auc": auc(log_bf, linked, weight),
        "average_precision": average_precision(log_bf, linked, weight),
    }, bands


def _held_out(series: pd.DataFrame) -> set[str]:
    names = np.sort(groups_of_crimes(series).unique())
    rng = np.random.default_rng(5)
    return set(rng.permutation(names)[: round(TEST_SHARE * len(names))])


def _trains(demo: DemoForce, series: pd.DataFrame, held_out: set[str]) -> npt.NDArray[np.bool_]:
    """Tell which crimes are solved ones of groups that train."""
    group = demo.crimes["crime_id"].map(groups_of_crimes(series))
    return (group.notna() & ~group.isin(held_out)).to_numpy()


def _trained(
    demo: DemoForce, series: pd.DataFrame, held_out: set[str], contender: Contender, asked: EvidenceSpec
) -> tuple[TrainedModel, EvidenceSpec]:
    """Train and calibrate as a refresh does, with the held-out groups' labels unknown."""
    rng, sampling, crimes = np.random.default_rng(1), PairSampling(), demo.crimes
    spec = fit_spec(crimes, asked)
    known = series[~series["crime_id"].map(groups_of_crimes(series)).isin(held_out)]
    pairs = training_pairs(known, crimes, sampling, rng)
    evidence = pair_evidence(
        crimes, *(row_positions(crimes, pairs[name]) for name in ("crime_id_1", "crime_id_2")), spec
    )
    sample = population_sample(crimes, sampling.max_days, NEAR_KM, rng, n_far=200_000, n_near=1_000_000)
    population = pair_evidence(crimes, sample["first"].to_numpy(), sample["second"].to_numpy(), spec)
    bound = prior_for_all_crimes(
        prior_log_odds(known, crimes, sampling), known["crime_id"].nunique() / (len(crimes) * (1 - TEST_SHARE))
    )
    weight = sample["weight"].to_numpy()
    return train(contender, pairs, evidence, groups_of_crimes(known), population, weight, bound, rng), spec


def _judged(demo: DemoForce, trains: npt.NDArray[np.bool_], n: int) -> Judged:
    """Sample the pairs of all crimes that train nothing; pairs of one true incident are left out."""
    crimes = demo.crimes
    sample = population_sample(crimes, 365.0, NEAR_KM, np.random.default_rng(2), n_far=n, n_near=3 * n, keep=~trains)
    first, second = sample["first"].to_numpy(), sample["second"].to_numpy()
    incident = crimes["crime_id"].map(demo.truth.drop_duplicates("crime_id").set_index("crime_id")["incident_id"])
    number = pd.factorize(incident)[0]
    apart = number[first] != number[second]
    first, second = first[apart], second[apart]
    took_part = csr_array(
        (
            np.ones(len(demo.truth), dtype=np.int8),
            (row_positions(crimes, demo.truth["crime_id"]), pd.factorize(demo.truth["person_id"])[0]),
        )
    )
    share = np.asarray(took_part[first].multiply(took_part[second]).sum(axis=1)).ravel() > 0
    return Judged(first, second, sample["weight"].to_numpy()[apart], share)


if __name__ == "__main__":
    main()
