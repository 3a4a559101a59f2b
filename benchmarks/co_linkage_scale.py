"""Whether co-linkage keeps up with a force: time, memory and convergence, and whether its probabilities are true.

    python -m benchmarks.co_linkage_scale [--quick] [--json] [--crimes N] [--growth N N ...] [--folder F] [--seed N]

Demo forces of growing size, 15% solved, are written, staged and scored as a refresh does it; that is reported apart
(`scoring_s`, `scoring_peak_mb`). Then co-linkage runs in a process of its own, from links to written frames: the
posterior of the hyperparameters is learned, 1,000 forests are drawn over all cores, and tables are read out. The bar
is 100,000 crimes in 900 s on two cores and 4,096 MB, R-hat at most 1.05.

`seconds` is wall time; `peak_mb` the memory of that process and its workers together; R-hat and effective draws are
the worst of the hyperparameters, the number of series and a sample of undecided links. `growth` has the same of the
smaller forces, `groups` and `pairs` of the largest the calibration by bins of the probability.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks.co_linkage_truth import truth_figures
from benchmarks.demo_force import demo_force
from benchmarks.judged_force import judged_folder
from benchmarks.measuring import Measured, report, run_measured, sayer
from benchmarks.memory_of_tree import peak_of_descendants
from benchmarks.scored_force import SCORED, read_scored, scored_folder

GROWTH = (5_000, 20_000, 50_000)
SHOWN = ("seconds", "learning_s", "drawing_s", "reading_out_s", "cpu_s", "peak_mb", "worst_rhat", "links")


def main() -> None:
    """Measure and report."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--quick", action="store_true", help="5,000 crimes alone")
    options.add_argument("--json", action="store_true", help="only the line of JSON")
    options.add_argument("--crimes", type=int, default=100_000)
    options.add_argument("--growth", type=int, nargs="*", default=list(GROWTH), help="smaller forces measured before")
    options.add_argument("--folder", type=Path, help="keeps staged and scored forces for another run")
    options.add_argument("--seed", type=int, default=1)
    chosen = options.parse_args()
    say = sayer(chosen.json)
    n_crimes = min(GROWTH) if chosen.quick else chosen.crimes
    smaller = [] if chosen.quick else sorted(n for n in chosen.growth if n < n_crimes)
    with tempfile.TemporaryDirectory() as passing:
        folder = chosen.folder or Path(passing)
        growth = {}
        for n in (*smaller, n_crimes):
            say(f"{n:,} crimes")
            growth[n] = measured(n, chosen.seed, folder)
            say("  " + ", ".join(f"{name} {growth[n][name]:,.5g}" for name in SHOWN))
        figures = {**growth[n_crimes], **truth(n_crimes, chosen.seed, folder)}
    if not chosen.json:
        for kind in ("groups", "pairs"):
            say(f"{kind}, by the probability said\n" + pd.DataFrame(figures.pop(kind)).round(3).to_string(index=False))
    report("co_linkage_scale", figures | ({"growth": growth} if smaller and chosen.json else {}), chosen.json)


def measured(n_crimes: int, seed: int, folder: Path) -> dict[str, Any]:
    """Stage, score and judge a force; what lies in the folder from an earlier run is staged and scored no more."""
    demo_force(n_crimes, seed, folder)
    is_new = not (scored_folder(folder, n_crimes, seed) / SCORED).exists()
    scoring = _run("scored_force", n_crimes, seed, folder)
    with peak_of_descendants() as peak:
        judging = _run("judged_force", n_crimes, seed, folder)
    figures = json.loads(judging.output.splitlines()[-1])
    of_scoring = {"scoring_s": scoring.wall_s, "scoring_peak_mb": scoring.peak_mb} if is_new else {}
    # Where the system tells nothing of processes together, that of the largest is known.
    return {**figures, "cpu_s": judging.cpu_s, "peak_mb": max(peak.mb, judging.peak_mb), **of_scoring}


def truth(n_crimes: int, seed: int, folder: Path) -> dict[str, Any]:
    """Compare what was judged with the truth."""
    place = judged_folder(folder, n_crimes, seed)
    frames = (pd.read_parquet(place / f"{name}.parquet") for name in ("crimes", "candidates", "pairs"))
    return truth_figures(read_scored(scored_folder(folder, n_crimes, seed)), *frames)


def _run(program: str, n_crimes: int, seed: int, folder: Path) -> Measured:
    command = [sys.executable, "-m", f"benchmarks.{program}", "--crimes", str(n_crimes), "--seed", str(seed)]
    return run_measured([*command, "--folder", str(folder)])


if __name__ == "__main__":
    main()
