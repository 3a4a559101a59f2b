"""How good answers about hidden offenders are: ranks, probabilities of the truth, calibration, paired differences."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import minimize_scalar

from benchmarks.held_out_answers import Answer
from benchmarks.held_out_cases import Case
from linkage.calibration_metrics import calibration_slope

LEAST_PROBABILITY = 1e-6
"""The log score takes no probability for less: one crime thought impossible shall not decide a comparison."""

BINS = (0.02, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0)
BEST_RATE = "log_score_at_best_rate"
MEASURES = ("hit_at_1", "hit_at_5", "reciprocal_rank", "p_true_known", "p_true", "log_score", BEST_RATE, "brier")


def per_crime(case: Case, answer: Answer) -> pd.DataFrame:
    """Judge each crime asked about.

    Returns
    -------
    DataFrame
        unit, is_known; hit_at_1, hit_at_5, reciprocal_rank of the best true group among all known groups (ties by
        mid-rank) and p_true_known, NaN where nobody is known; log_score (natural, clipped) and brier (0 to 2) over the
        true groups together, each other group, and nobody.
    """
    n_asked = len(case.asked)
    is_true = case.truth[answer.asked, answer.group]
    rank = _ranks(case, answer, is_true)
    p_known = np.bincount(answer.asked, answer.probability * is_true, minlength=n_asked)
    p_true = np.where(case.is_known, p_known, answer.nobody)
    squares = np.bincount(answer.asked, answer.probability**2 * ~is_true, minlength=n_asked)
    squares += np.where(case.is_known, answer.nobody**2, 0.0)
    known_only = np.where(case.is_known, 1.0, np.nan)
    return pd.DataFrame(
        {
            "unit": case.unit,
            "is_known": case.is_known,
            "hit_at_1": (rank <= 1) * known_only,
            "hit_at_5": (rank <= 5) * known_only,
            "reciprocal_rank": known_only / rank,
            "p_true_known": p_known * known_only,
            "nobody": answer.nobody,
            "p_true": p_true,
            "log_score": np.log(np.clip(p_true, LEAST_PROBABILITY, 1.0)),
            "brier": (1.0 - p_true) ** 2 + squares,
        }
    )


def at_best_rate(judged: pd.DataFrame) -> pd.DataFrame:
    """Add the log score under the one shift of the log odds of being known that suits a model best.

    Hidden crimes are chosen, so how many of them are of somebody known is not what it is among all unsolved crimes.
    A model that is right about those loses by it here; this score sets the rate aside and leaves what a model tells of
    one crime against another.
    """

    def scores(shift: float) -> np.ndarray:
        some, nobody = np.exp(shift) * (1.0 - judged["nobody"]), judged["nobody"]
        factor = np.where(judged["is_known"], np.exp(shift), 1.0) / np.maximum(some + nobody, 1e-300)
        return np.log(np.clip(judged["p_true"] * factor, LEAST_PROBABILITY, 1.0))

    best = minimize_scalar(lambda shift: -float(scores(shift).mean()), bounds=(-10.0, 10.0), method="bounded").x
    return judged.assign(**{BEST_RATE: scores(best)})


def statements(case: Case, answer: Answer, least: float = 0.01) -> pd.DataFrame:
    """Return probability and is_true of each group, and of nobody, that an answer gives at least ``least``."""
    groups = pd.DataFrame({"probability": answer.probability, "is_true": case.truth[answer.asked, answer.group]})
    nobody = pd.DataFrame({"probability": answer.nobody, "is_true": ~case.is_known})
    both = pd.concat([groups.assign(of="group"), nobody.assign(of="nobody")], ignore_index=True)
    return both[both["probability"] >= least]


def calibration(stated: pd.DataFrame) -> dict[str, Any]:
    """Return the calibration slope (1 is calibrated, below 1 overconfident) and, by bin, n, mean stated, share true."""
    p = np.clip(stated["probability"].to_numpy(), LEAST_PROBABILITY, 1.0 - LEAST_PROBABILITY)
    is_true = stated["is_true"].to_numpy()
    slope = calibration_slope(np.log(p) - np.log1p(-p), is_true)
    number = np.digitize(p, BINS[:-1])
    rows = [
        [low, int(of.sum()), round(float(p[of].mean()), 4), round(float(is_true[of].mean()), 4)]
        for at, low in enumerate(BINS[:-1], 1)
        if (of := number == at).any()
    ]
    return {"slope": round(slope, 3), "bins": rows}


def differences(
    judged: Mapping[str, pd.DataFrame], baseline: str, measures: tuple[str, ...] = MEASURES, n_resamples: int = 2_000
) -> dict[str, dict[str, list[float]]]:
    """Return for each model and measure the mean over a baseline, its 95% interval, and the share of units won.

    Models need not have judged all units; a difference is over those that both have. Units (masks, or crimes of one
    offender) are drawn with replacement; a tie is half won.
    """
    found: dict[str, dict[str, list[float]]] = {}
    for model, table in judged.items():
        if model == baseline:
            continue
        theirs = judged[baseline][judged[baseline]["unit"].isin(table["unit"])].reset_index(drop=True)
        gap = (table[list(measures)].reset_index(drop=True) - theirs[list(measures)]).groupby(theirs["unit"])
        sums, counts = gap.sum().to_numpy(), gap.count().to_numpy()
        draws = np.random.default_rng(1).multinomial(len(sums), np.full(len(sums), 1 / len(sums)), n_resamples)
        with np.errstate(invalid="ignore"):
            low, high = np.nanquantile((draws @ sums) / (draws @ counts), [0.025, 0.975], axis=0)
        won = np.where(counts > 0, (np.sign(sums) + 1) / 2, np.nan)
        value = sums.sum(axis=0) / counts.sum(axis=0)
        rows = zip(value, low, high, np.nanmean(won, axis=0), strict=True)
        found[model] = {name: [round(float(x), 4) for x in row] for name, row in zip(measures, rows, strict=True)}
    return found


def _ranks(case: Case, answer: Answer, is_true: np.ndarray) -> np.ndarray:
    """Return the expected rank of the best true group; of t tied, m of them true, it is place (t + 1) / (m + 1)."""
    n_asked, n_groups = case.truth.shape
    best = np.full(n_asked, -np.inf)
    np.maximum.at(best, answer.asked[is_true], answer.score[is_true])
    theirs = best[answer.asked]
    above = np.bincount(answer.asked, answer.score > theirs, minlength=n_asked)
    equal = (answer.score == theirs) & np.isfinite(theirs)
    tied = np.bincount(answer.asked, equal, minlength=n_asked)
    tied_true = np.bincount(answer.asked, equal & is_true, minlength=n_asked)
    unlisted = np.isneginf(best)
    tied = np.where(unlisted, n_groups - np.bincount(answer.asked, minlength=n_asked), tied)
    tied_true = np.where(unlisted, case.truth.sum(axis=1), tied_true)
    return np.asarray(above + (tied + 1.0) / (tied_true + 1.0))
