"""Pairs of unsolved crimes on the demo force, by the forest's draws and by the pair model's own posterior.

Judged are the pairs of unsolved incidents that a link of the graph joins, those of one true incident left out; two
crimes are linked if somebody took part in both.
"""

from typing import Any

import numpy as np
import pandas as pd

from benchmarks.demo_force import DemoForce
from benchmarks.held_out_cases import Case
from benchmarks.held_out_links import CaseLinks
from benchmarks.held_out_measures import LEAST_PROBABILITY, calibration
from linkage.calibration_metrics import brier_score, log_loss
from linkage.forest import ForestParameters, sample_forests
from linkage.pair_scores import posterior_probability
from linkage.ranking_metrics import average_precision

N_DRAWS = 400


def pairs_of_unsolved(
    demo: DemoForce, case: Case, links: CaseLinks, forests: dict[str, ForestParameters], seed: int = 1
) -> dict[str, Any]:
    """Return for the pair model and each forest average precision, log loss, Brier score and calibration."""
    arrays = links.graph.arrays
    one = np.repeat(np.arange(links.graph.n_nodes), np.diff(arrays.start))
    is_unsolved = arrays.known_cluster < 0
    kept = (one < arrays.neighbour) & is_unsolved[one] & is_unsolved[arrays.neighbour]
    one, other, log_bf = one[kept], arrays.neighbour[kept].astype(np.int64), arrays.log_bf[kept]
    linked, told = _truth(demo, case, links, one, other)
    rank = np.cumsum(is_unsolved) - 1
    stated = {"pair model": posterior_probability(log_bf, links.prior_log_odds)}
    for name, parameters in forests.items():
        labels = sample_forests(arrays, [parameters], N_DRAWS, np.random.SeedSequence(seed), n_workers=2)
        together = np.zeros(len(one))
        for draw in labels:
            together += draw[rank[one]] == draw[rank[other]]
        # A draw more of each kind, so that no pair is certain for want of draws.
        stated[name] = (together + 1e-2) / (N_DRAWS + 2e-2)
    return {
        "pairs": int((~told).sum()),
        "linked": int(linked[~told].sum()),
        **{name: _judged(p[~told], linked[~told]) for name, p in stated.items()},
    }


def show_pairs(figures: dict[str, Any]) -> None:
    """Print a row for each model."""
    print(f"\npairs of unsolved crimes: {figures['pairs']}, of which linked {figures['linked']}")
    for name, of in figures.items():
        if isinstance(of, dict):
            numbers = "  ".join(f"{key} {of[key]:.4f}" for key in ("average_precision", "log_loss", "brier"))
            bins = "; ".join(f"{low:g}: {n}, {p:.2f}, {true:.2f}" for low, n, p, true in of["calibration"]["bins"])
            print(f"{name:<34}{numbers}  slope {of['calibration']['slope']:.2f}\n{'':<34}{bins}")


def _judged(p: np.ndarray, linked: np.ndarray) -> dict[str, Any]:
    p = np.clip(p, LEAST_PROBABILITY, 1.0 - LEAST_PROBABILITY)
    log_odds = np.log(p) - np.log1p(-p)
    stated = pd.DataFrame({"probability": p, "is_true": linked})
    return {
        "average_precision": round(average_precision(log_odds, linked), 4),
        "log_loss": round(log_loss(log_odds, linked), 5),
        "brier": round(brier_score(log_odds, linked), 5),
        "calibration": calibration(stated[stated["probability"] >= 0.01]),
    }


def _truth(
    demo: DemoForce, case: Case, links: CaseLinks, one: np.ndarray, other: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return which pairs of nodes share a person, and which share a true incident."""
    truth = demo.truth[demo.truth["crime_id"].isin(case.crimes["crime_id"])]
    row = pd.Index(case.crimes["crime_id"]).get_indexer(pd.Index(truth["crime_id"]))
    of_node = truth.assign(node=links.graph.node_of_crime[row]).groupby("node")
    found = []
    for column in ("person_id", "incident_id"):
        sets = of_node[column].agg(frozenset).to_dict()
        none: frozenset[str] = frozenset()
        pairs = zip(one, other, strict=True)
        found.append(np.array([not sets.get(a, none).isdisjoint(sets.get(b, none)) for a, b in pairs], dtype=np.bool_))
    return found[0], found[1]
