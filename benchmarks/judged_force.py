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

import pandas as pd

from assets.co_linkage import CoLinkageConfig, diagnostics_of, force_graph
from assets.code_version import code_version
from assets.engines.force_run import run_force
from benchmarks.process_time import cpu_seconds
from benchmarks.scored_force import ScoredForce, read_scored, scored_folder
from linkage.co_linkage_components import ForceSettings, force_work, hyperparameters_of_draws
from linkage.force_tables import force_tables
from linkage.forest_learning import ForestSettings, learn_forest
from linkage.forest_prior import forest_prior
from linkage.shared_offenders import shared_offenders


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
        graph = force_graph(force.crimes, force.known, force.links)
    with clock.part("learning"):
        shared, prior = shared_offenders(graph, force.known), forest_prior(force.prior_log_odds)
        learned = learn_forest(graph.arrays, shared, prior, ForestSettings(), config.seed)
    with clock.part("drawing"), tempfile.TemporaryDirectory() as checkpoints:
        work = force_work(graph, hyperparameters_of_draws(learned.draws, settings), settings, config.seed)
        outcome = run_force(work, Path(checkpoints), code_version())
    with clock.part("reading_out"):
        tables = force_tables(graph, outcome, force.known, config.n_draws, config.pair_floor, config.top_k, config.line)
        diagnostics = diagnostics_of(graph, learned, outcome["agreement"], tables.n_series, settings.n_streams)
        frames = {name: frame for name, frame in tables._asdict().items() if isinstance(frame, pd.DataFrame)}
        place.mkdir(parents=True, exist_ok=True)
        for name, frame in (frames | {"diagnostics": diagnostics, "hyperparameters": learned.draws}).items():
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
        **_convergence(diagnostics),
    }


def _convergence(diagnostics: pd.DataFrame) -> dict[str, float]:
    of_links = diagnostics["quantity"].str.startswith("link ")
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
