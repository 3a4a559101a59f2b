"""Evidence of pairs and the fit of a model on it, against a straightforward numpy and pandas version.

    python -m benchmarks.evidence [--quick] [--json]

100,000 invented crimes and a million random pairs of them, which is hard on a processor's caches; all seven variables:
distance, gap, time of day, day of week, three MO items. Both versions get the same pairs, and their values are compared
before anything is measured. Seconds are processor seconds of all threads; both versions use one thread.
`peak_bytes_per_pair` is the most that making the evidence holds at once, its result included, and
`fit_bytes_per_pair` what a fit holds beside the evidence. `crowding_ns_per_pair` is what the column `nearer_share`
adds, `crowding_seconds_100k` what its map takes to learn, once a model, put as for 100,000 crimes. The R package needs
0.29 processor seconds for 1,000 pairs, which is 3,400 a second.
"""

import argparse
import statistics
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from benchmarks.measuring import REPEATS, report, sayer
from benchmarks.plain_evidence import AGREE_TO, plain_evidence
from linkage.additive import AdditiveBayesFactor
from linkage.bayes_factors import HistogramBayesFactor
from linkage.evidence import EvidenceSpec, encode_crimes, encoded_evidence, fit_spec
from linkage.plain_logistic import PlainLogistic

ITEMS = ("entry_point", "entry_method", "property_class_taken")
SPECS = {
    "exact": EvidenceSpec(ITEMS),
    "reference": EvidenceSpec(ITEMS, match="binary", circular="reference"),
}
CROWDED = EvidenceSpec(ITEMS, crowding_km=1.5)
MODELS: dict[str, Callable[[], Any]] = {
    "histogram": HistogramBayesFactor,
    "additive": AdditiveBayesFactor,
    "plain_logistic": PlainLogistic,
}
"""Models whose fit is measured; the first gives `fit_seconds_million`."""

Ints = npt.NDArray[np.int64]


def main() -> None:
    """Measure and report."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true", help="100,000 pairs, one run")
    options.add_argument("--json", action="store_true", help="only the line of JSON")
    options.add_argument("--crimes", type=int, default=100_000)
    options.add_argument("--pairs", type=int, default=1_000_000)
    chosen = options.parse_args()
    n_pairs, repeats = (100_000, 1) if chosen.quick else (chosen.pairs, REPEATS)
    say = sayer(chosen.json)
    rng = np.random.default_rng(1)
    crimes = invented_crimes(chosen.crimes, rng)
    first, second = (rng.integers(0, chosen.crimes, n_pairs) for _ in range(2))
    figures = {"crimes": chosen.crimes, "pairs": n_pairs}
    for mode in SPECS:
        say(f"{mode} mode: {n_pairs:,} pairs, {repeats} times each")
        figures |= _evidence_figures(crimes, first, second, mode, repeats)
    figures |= _crowding_figures(crimes, first, second, repeats)
    say(f"fitting {', '.join(MODELS)} on {n_pairs:,} pairs, {repeats} times each")
    figures |= _fit_figures(crimes, first, second, rng, repeats)
    report("evidence", figures, chosen.json)


def invented_crimes(n: int, rng: np.random.Generator) -> pd.DataFrame:
    """Return crimes over three years: four in ten at a known minute, the others within hours; a fifth lack an item."""
    start = pd.Timestamp("2022-01-01") + pd.to_timedelta(rng.integers(0, 3 * 365 * 24 * 60, n), unit="min")
    minutes = np.where(rng.random(n) < 0.4, 0, rng.exponential(600, n)).astype(np.int64)
    crimes = pd.DataFrame(
        {
            "easting_m": rng.uniform(400_000, 440_000, n),
            "northing_m": rng.uniform(300_000, 340_000, n),
            "committed_from_at": start,
            "committed_to_at": start + pd.to_timedelta(minutes, unit="min"),
            "committed_from_local": start,
        }
    )
    for item in ITEMS:
        values = np.array([f"{item}_{i}" for i in range(12)], dtype=object)[rng.integers(0, 12, n)]
        values[rng.random(n) < 0.2] = None
        crimes[item] = values
    return crimes


def _evidence_figures(crimes: pd.DataFrame, first: Ints, second: Ints, mode: str, repeats: int) -> dict[str, float]:
    spec = SPECS[mode]
    encoded = encode_crimes(crimes, spec)

    def ours() -> pd.DataFrame:
        return encoded_evidence(encoded, first, second, spec)

    def plain() -> pd.DataFrame:
        return plain_evidence(crimes, first, second, ITEMS, reference=mode == "reference")

    _check_equal(ours(), plain())
    fast, slow = _cpu_seconds(ours, repeats), _cpu_seconds(plain, repeats)
    suffix = "" if mode == "exact" else f"_{mode}"
    return {
        f"pairs_per_cpu_s{suffix}": len(first) / fast,
        f"numpy_pairs_per_cpu_s{suffix}": len(first) / slow,
        f"ratio{suffix}": slow / fast,
        f"peak_bytes_per_pair{suffix}": _peak_bytes(ours) / len(first),
    }


def _crowding_figures(crimes: pd.DataFrame, first: Ints, second: Ints, repeats: int) -> dict[str, float]:
    def seconds(spec: EvidenceSpec) -> float:
        encoded = encode_crimes(crimes, spec)
        return _cpu_seconds(lambda: encoded_evidence(encoded, first, second, spec), repeats)

    with_it, without = seconds(fit_spec(crimes, CROWDED)), seconds(SPECS["exact"])
    return {
        "crowding_ns_per_pair": (with_it - without) * 1e9 / len(first),
        "crowding_seconds_100k": _cpu_seconds(lambda: fit_spec(crimes, CROWDED), repeats) * 1e5 / len(crimes),
    }


def _fit_figures(
    crimes: pd.DataFrame, first: Ints, second: Ints, rng: np.random.Generator, repeats: int
) -> dict[str, float]:
    evidence = encoded_evidence(encode_crimes(crimes, SPECS["exact"]), first, second, SPECS["exact"])
    is_linked = rng.random(len(evidence)) < 1 / (1 + evidence["distance_km"].to_numpy() ** 2)
    figures: dict[str, float] = {}
    for name, make in MODELS.items():
        suffix = "" if name == next(iter(MODELS)) else f"_{name}"
        of_model = _model_figures(make, evidence, is_linked, repeats)
        figures |= {f"{figure}{suffix}": value for figure, value in of_model.items()}
    return figures


def _model_figures(
    make: Callable[[], Any], evidence: pd.DataFrame, is_linked: npt.NDArray[np.bool_], repeats: int
) -> dict[str, float]:
    def fit() -> Any:
        return make().fit(evidence, is_linked)

    fitted, n = fit(), len(evidence)
    return {
        "fit_seconds_million": _cpu_seconds(fit, repeats) * 1e6 / n,
        "fit_bytes_per_pair": _peak_bytes(fit) / n,
        "log_bf_seconds_million": _cpu_seconds(lambda: fitted.decision_function(evidence), repeats) * 1e6 / n,
    }


def _check_equal(ours: pd.DataFrame, plain: pd.DataFrame) -> None:
    for name in ours.columns:
        if ours[name].dtype == np.float64:
            np.testing.assert_allclose(ours[name], plain[name], rtol=0, atol=AGREE_TO, err_msg=str(name))
        else:
            np.testing.assert_array_equal(ours[name].astype(str), plain[name].astype(str), err_msg=str(name))


def _cpu_seconds(work: Callable[[], object], repeats: int) -> float:
    """Return the median processor seconds of all threads."""
    seconds = []
    for _ in range(repeats):
        began = time.process_time()
        work()
        seconds.append(time.process_time() - began)
    return statistics.median(seconds)


def _peak_bytes(work: Callable[[], object]) -> int:
    """Return the most memory that a call holds at once beyond what was there, as numpy reports it."""
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    work()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak - before


if __name__ == "__main__":
    main()
