"""Co-linkage of a scored force, from its links to written frames, as `assets.co_linkage` goes about it.

A program of its own, so that its time and memory are its alone. The last line it prints is JSON: figures by name.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from assets.co_linkage import SAMPLED_PAIRS, CoLinkageConfig
from assets.code_version import code_version
from assets.engines.force_run import run_force
from assets.known_groups import known_groups
from benchmarks.process_time import cpu_seconds
from benchmarks.scored_force import ScoredForce, read_scored, scored_folder
from linkage.co_linkage_components import ForceSettings, force_work, hyperparameters_of_draws
from linkage.co_linkage_tables import (
    crime_outcomes,
    crime_pairs,
    leads_above,
    point_series,
    ranked_candidates,
    series_by_draw,
    series_sizes,
)
from linkage.diagnostics import diagnose
from linkage.forest_learning import ForestLearned, ForestSettings, learn_forest
from linkage.forest_prior import forest_prior
from linkage.link_graph import CoLinkageGraph, co_linkage_graph
from linkage.shared_offenders import shared_offenders

Frames = dict[str, pd.DataFrame]


class _Clock:
    """Wall and processor seconds of each part, those of processes that it started among them."""

    def __init__(self) -> None:
        self.figures: dict[str, float] = {}

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        wall, cpu = time.monotonic(), cpu_seconds()
        yield
        self.figures |= {f"{name}_s": time.monotonic() - wall, f"{name}_cpu_s": cpu_seconds() - cpu}


def main() -> None:
    """Judge a scored force and keep the frames beside it."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--crimes", type=int, required=True)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--folder", type=Path, required=True)
    chosen = options.parse_args()
    force = read_scored(scored_folder(chosen.folder, chosen.crimes, chosen.seed))
    print(json.dumps(judged(force, judged_folder(chosen.folder, chosen.crimes, chosen.seed), CoLinkageConfig())))


def judged_folder(folder: Path, n_crimes: int, seed: int) -> Path:
    """Return where the frames of a judged force are."""
    return folder / f"judged_{n_crimes}_{seed}"


def judged(force: ScoredForce, place: Path, config: CoLinkageConfig) -> dict[str, Any]:
    """Judge, write the frames below a folder, and return every figure of it."""
    clock, settings = _Clock(), ForceSettings(n_draws=config.n_draws, pair_floor=config.pair_floor)
    began = time.monotonic()
    with clock.part("graph"):
        graph = _graph(force)
    with clock.part("learning"):
        shared, prior = shared_offenders(graph, force.known), forest_prior(force.prior_log_odds)
        learned = learn_forest(graph.arrays, shared, prior, ForestSettings(), config.seed)
    with clock.part("drawing"), tempfile.TemporaryDirectory() as checkpoints:
        work = force_work(graph, hyperparameters_of_draws(learned.draws, settings), settings, config.seed)
        outcome = run_force(work, Path(checkpoints), code_version())
    with clock.part("reading_out"):
        frames = _frames(graph, outcome, force.known, learned, config, settings.n_streams)
        place.mkdir(parents=True, exist_ok=True)
        for name, frame in frames.items():
            frame.to_parquet(place / f"{name}.parquet")
    seconds = time.monotonic() - began
    sizes = [nodes.size for nodes in work.component_nodes]
    return {
        "crimes": len(force.crimes),
        "solved_share": float(force.known["crime_id"].nunique() / len(force.crimes)),
        "seconds": seconds,
        **clock.figures,
        "links": len(force.links),
        "groups": len(graph.groups),
        "components": len(sizes),
        "largest_component": max(sizes, default=0),
        "left_out": learned.n_left_out,
        "known_share": learned.known_share,
        "surface_error": learned.surface_error,
        **_convergence(frames["diagnostics"]),
    }


def _graph(force: ScoredForce) -> CoLinkageGraph:
    groups = known_groups(force.known, "co-offenders").set_axis(force.known["crime_id"]).astype(object)
    group = groups[~groups.index.duplicated()].reindex(force.crimes["crime_id"]).to_numpy(dtype=object)
    return co_linkage_graph(force.crimes["crime_id"], group, force.crimes["incident_id"], force.links)


def _frames(
    graph: CoLinkageGraph,
    outcome: Frames,
    known: pd.DataFrame,
    learned: ForestLearned,
    config: CoLinkageConfig,
    n_streams: int,
) -> Frames:
    counts = series_by_draw(graph, outcome, config.n_draws)
    candidates = ranked_candidates(graph, outcome, known, config.pair_floor, config.top_k)
    n_series = counts["all"].sum(axis=1).reshape(n_streams, -1).astype(np.float64)
    pairs = outcome["agreement"].nsmallest(SAMPLED_PAIRS, "key")
    pairs = pairs.assign(quantity="link").drop(columns=["node_1", "node_2", "key"])
    return {
        "pairs": crime_pairs(graph, outcome, config.pair_floor),
        "candidates": candidates,
        "crimes": crime_outcomes(graph, outcome, candidates),
        "series": point_series(graph, outcome),
        "sizes": series_sizes(counts),
        "diagnostics": pd.concat([learned.diagnostics, diagnose({"n_series": n_series}), pairs], ignore_index=True),
        "hyperparameters": learned.draws,
        "leads": leads_above(candidates, config.line),
    }


def _convergence(diagnostics: pd.DataFrame) -> dict[str, float]:
    of_links = diagnostics["quantity"] == "link"
    ess = diagnostics[["ess_bulk", "ess_tail"]].min(axis=1)
    return {
        "worst_rhat": float(diagnostics["rhat"].max()),
        "worst_rhat_of_links": float(diagnostics.loc[of_links, "rhat"].max()),
        "least_ess": float(ess.min()),
        "least_ess_of_links": float(ess[of_links].min()),
        "links_compared": int(of_links.sum()),
    }


if __name__ == "__main__":
    main()
