"""How much of the true series clusters of crimes rebuild, for offenders whom the model has not seen.

    python -m benchmarks.held_out_series [--quick] [--json] [--crimes N] [--models full,space_and_time]

Groups of connected offenders are held out and a model is trained on the solved crimes of the others, as in
`benchmarks.held_out_ranking`. All crimes of the force, unsolved ones included, are clustered by average linkage. The
posterior probability at which clusters stop merging is the one that does best (F1 of B-cubed) on the solved crimes that
train; agreement is then measured on held-out solved crimes, against their groups of connected offenders. Of one
incident a single crime counts, for to find a night's other crimes is no feat.
"""

import argparse
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.demo_force import demo_force
from benchmarks.held_out_forces import (
    RANKERS,
    Ranker,
    Split,
    chosen_rankers,
    demo_split,
    fitted,
    reference_splits,
)
from benchmarks.measuring import report, sayer
from benchmarks.reference_data import reference_data
from linkage.cluster_agreement import cluster_agreement, series_rebuilt
from linkage.hierarchy import cluster_links
from linkage.pairs import PairSampling
from linkage.prior_odds import prior_log_odds
from linkage.scoring import KeepRule, LinkLimits, score_links

POSTERIORS = (0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9)
SHOWN = ("posterior", "bcubed_f1", "pairwise_f1", "adjusted_rand", "fully", "partly", "n_series")


def main() -> None:
    """Measure and report."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--quick", action="store_true", help="2 splits of the reference, 2,000 demo crimes")
    options.add_argument("--json", action="store_true", help="only the line of JSON")
    options.add_argument("--crimes", type=int, default=20_000, help="size of the demo force; 0 leaves it out")
    options.add_argument("--models", default=",".join(RANKERS), help="names, comma separated; the baseline is added")
    options.add_argument("--folder", type=Path, help="keeps the staged demo force for another run")
    chosen = options.parse_args()
    say = sayer(chosen.json)
    rankers = chosen_rankers(chosen.models)
    n_repeats, n_crimes = (2, 2_000) if chosen.quick else (10, chosen.crimes)
    figures: dict[str, Any] = {}
    reference = reference_data()
    if reference is None:
        say("reference data not found under COLINK_SHARED: left out")
    else:
        splits = reference_splits(reference, n_repeats)
        figures["reference"] = _judged("reference", splits, rankers, LinkLimits(np.inf, np.inf), say)
    if n_crimes:
        with tempfile.TemporaryDirectory() as folder:
            say(f"demo force of {n_crimes:,} crimes")
            force = demo_force(n_crimes, 1, chosen.folder or Path(folder))
        figures["demo"] = _judged("demo", [demo_split(force, np.random.default_rng(1))], rankers, LinkLimits(), say)
    if not chosen.json:
        _show(figures)
    report("held_out_series", {"crimes": n_crimes, "repeats": n_repeats, **figures}, as_json=True)


def _judged(
    title: str,
    splits: Any,
    rankers: Mapping[str, Ranker],
    limits: LinkLimits,
    say: Callable[[str], None],
) -> dict[str, dict[str, float]]:
    """Return the mean over splits of each measure, by model."""
    rows = []
    for number, split in enumerate(splits, 1):
        for model, ranker in rankers.items():
            say(f"{title}: split {number}, {model}")
            rows.append({"model": model, **_rebuilt(split, ranker, limits)})
    means = pd.DataFrame(rows).groupby("model", sort=False).mean().round(4)
    return {str(model): {str(name): float(value) for name, value in row.items()} for model, row in means.iterrows()}


def _rebuilt(split: Split, ranker: Ranker, limits: LinkLimits) -> dict[str, float]:
    crimes = split.force.crimes
    model, spec = fitted(split, ranker)
    prior = prior_log_odds(split.series, crimes, PairSampling())
    thresholds = {p: float(np.log(p) - np.log1p(-p)) - prior for p in POSTERIORS}
    keep = KeepRule(top_k=0, posterior_floor=1.0, edge_log_bf=min(thresholds.values()))
    edges = score_links(crimes, model, spec, prior, limits, keep).edges
    held_out = np.isin(np.arange(len(crimes)), split.held_out["row"])
    trained = np.isin(np.arange(len(crimes)), split.force.known["row"]) & ~held_out
    measured = {}
    for posterior, threshold in thresholds.items():
        labels = cluster_links(crimes, model, spec, edges, threshold).labels
        found = labels[crimes["crime_id"]].to_numpy()
        measured[posterior] = _agreement(split, found, trained), _agreement(split, found, held_out)
    best = max(measured, key=lambda posterior: measured[posterior][0]["bcubed_f1"])
    return {"posterior": best, **measured[best][1]}


def _agreement(split: Split, found: np.ndarray, chosen: np.ndarray) -> dict[str, float]:
    rows = np.flatnonzero(chosen)
    incident = split.force.incident[rows]
    first = ~pd.Series(np.where(incident < 0, -1 - rows, incident)).duplicated().to_numpy()
    truth, labels = split.force.groups[rows[first]], found[rows[first]]
    return {**cluster_agreement(truth, labels)._asdict(), **series_rebuilt(truth, labels)._asdict()}


def _show(figures: Mapping[str, Mapping[str, Mapping[str, float]]]) -> None:
    print(f"{'force':<12}{'model':<18}" + "".join(f"{name:>15}" for name in SHOWN))
    for force, models in figures.items():
        for model, of in models.items():
            print(f"{force:<12}{model:<18}" + "".join(f"{of[name]:>15.3f}" for name in SHOWN))


if __name__ == "__main__":
    main()
