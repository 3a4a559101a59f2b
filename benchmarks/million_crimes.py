"""A million crimes of one force: every pair within 5 km and 365 days scored, links kept, series found.

    python -m benchmarks.million_crimes [--quick] [--json] [--crimes N] [--growth N N ...] [--folder F] [--picture FILE]

Demo forces of growing size are written, staged and their models trained as a refresh does it (not counted here).
Then, in a process of its own each: all pairs are scored and the links written as Parquet (`seconds`, `peak_mb`, from
mapped columns to the finished file; the 20 strongest of each crime and of its solved partners, and every pair from a
posterior of 10% on); all pairs from the lowest threshold on are scored for clustering (`edges_s`); and average-linkage
series are found down to the log BF whose posterior is 0.5 and down to the one whose posterior is 0.05 (`clustering_s`
is the longer of the two). The bars are 600 s and 4,096 MB for eight billion pairs, 120 s for clustering.

How strong log BF 4 is depends on the force: a Bayes factor tells against all pairs of it, and the larger the force, the
more of them there are. Among a million crimes about half a billion pairs reach it, more than a machine of this size
holds, so that series down to log BF 4 are found for forces of up to 100,000 crimes alone (`clusters_at_4`).

`growth` has the same of the smaller forces, and `pairs_per_s` how many pairs a second each one scored.
"""

import argparse
import json
import math
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.force_columns import columns_folder
from benchmarks.growth_picture import draw_growth
from benchmarks.measuring import Measured, report, run_measured, sayer

GROWTH = (10_000, 30_000, 100_000, 300_000)
LOW_LOG_BF, MOST_AT_LOW = 4.0, 150_000
LOG_ODDS_OF_FIVE_PERCENT = math.log(0.05 / 0.95)
SHOWN = ("pairs", "links", "seconds", "cpu_s", "pairs_per_s", "pairs_per_cpu_s", "peak_mb", "clustering_s")


def main() -> None:
    """Measure and report."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--quick", action="store_true", help="10,000 crimes alone")
    options.add_argument("--json", action="store_true", help="only the line of JSON")
    options.add_argument("--crimes", type=int, default=1_000_000)
    options.add_argument("--growth", type=int, nargs="*", default=list(GROWTH), help="smaller forces measured before")
    options.add_argument("--folder", type=Path, help="keeps staged forces and their models for another run")
    options.add_argument("--picture", type=Path, help="draws how time grows, as PNG")
    options.add_argument("--seed", type=int, default=1)
    chosen = options.parse_args()
    say = sayer(chosen.json)
    n_crimes = min(GROWTH) if chosen.quick else chosen.crimes
    smaller = [] if chosen.quick else sorted(n for n in chosen.growth if n < n_crimes)
    growth: dict[int, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory() as passing:
        for n in (*smaller, n_crimes):
            say(f"{n:,} crimes")
            growth[n] = measured(n, chosen.seed, chosen.folder or Path(passing))
            say("  " + ", ".join(f"{name} {growth[n][name]:,.6g}" for name in SHOWN))
    if chosen.picture:
        draw_growth(growth, chosen.picture)
    report("million_crimes", growth[n_crimes] | ({"growth": growth} if smaller and chosen.json else {}), chosen.json)


def measured(n_crimes: int, seed: int, folder: Path) -> dict[str, Any]:
    """Score and cluster one force; what lies in the folder from an earlier run is neither staged nor trained again."""
    _run("force_columns", crimes=n_crimes, seed=seed, folder=folder)
    columns, made = columns_folder(folder, n_crimes, seed), folder / f"scanned_{n_crimes}_{seed}"
    scoring, scored = _told("force_scan", columns=columns, out=made)
    even = -json.loads((columns / "arrays.json").read_text())["about"]["about"]["prior_log_odds"]
    thresholds = {"even": even, "5_percent": even + LOG_ODDS_OF_FIVE_PERCENT}
    if n_crimes <= MOST_AT_LOW:
        thresholds["4"] = LOW_LOG_BF
    edging, edged = _told("force_scan", columns=columns, out=made, edges_from=min(thresholds.values()))
    clustered = {
        name: _told("force_clusters", columns=columns, edges=made, threshold=threshold)
        for name, threshold in thresholds.items()
    }
    likely = [clustered[name][0] for name in ("even", "5_percent")]
    return {
        "crimes": n_crimes,
        **{name: scored[name] for name in ("pairs", "pairs_left_out", "links", "to_solved")},
        "seconds": scoring.wall_s,
        "cpu_s": scoring.cpu_s,
        "peak_mb": scoring.peak_mb,
        "scan_s": scored["scan_s"],
        "pairs_per_s": scored["pairs"] / scored["scan_s"],
        "pairs_per_cpu_s": scored["pairs"] / scored["scan_cpu_s"],
        "edges_s": edging.wall_s,
        "edges_peak_mb": edging.peak_mb,
        "edges": edged["edges"],
        "clustering_s": max(one.wall_s for one in likely),
        "clustering_peak_mb": max(one.peak_mb for one in likely),
        "even_log_bf": even,
        **{
            f"clusters_at_{name}": {**told, "wall_s": ran.wall_s, "peak_mb": ran.peak_mb}
            for name, (ran, told) in clustered.items()
        },
    }


def _told(program: str, **options: object) -> tuple[Measured, dict[str, Any]]:
    """Run a program and return what it took and what it printed at its end."""
    ran = _run(program, **options)
    return ran, json.loads(ran.output.splitlines()[-1])


def _run(program: str, **options: object) -> Measured:
    given = [word for name, value in options.items() for word in (f"--{name.replace('_', '-')}", str(value))]
    return run_measured([sys.executable, "-m", f"benchmarks.{program}", *given])


if __name__ == "__main__":
    main()
