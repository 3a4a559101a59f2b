"""Whether Apache Spark scores the pairs of a force as the cores of one machine do: the same rows, and how fast.

    python -m benchmarks.spark [--quick] [--json] [--crimes N] [--folder F] [--seed N] [--repeats N]

The 50,000 crimes of a demo force are staged and their model is trained as a refresh does it (not counted here). Then
all pairs within 5 km and 365 days are scored in processes of their own: by this machine's cores without Spark, by
Spark with one core (`local[1]`) and by Spark with two (`local[2]`).

`same_rows` says whether links, edges and solved partners of all three are equal, byte by byte. `seconds` is wall time
on two cores, from columns to sorted links, Parquet and shuffle included, Spark and its workers started before;
`speed_up` is that of one core over that of two, and `cpu_speed_up` the same had the cores been free: processor seconds
of one core over half of those of two. `cpu_overhead` is processor seconds of Spark over those without it. Medians.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.force_columns import columns_folder
from benchmarks.measuring import REPEATS, medians, report, run_measured, sayer

ENGINES = {"local": ("local", ""), "one": ("spark", "local[1]"), "two": ("spark", "local[2]")}


def main() -> None:
    """Measure and report."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--quick", action="store_true", help="5,000 crimes, once")
    options.add_argument("--json", action="store_true", help="only the line of JSON")
    options.add_argument("--crimes", type=int, default=50_000)
    options.add_argument("--folder", type=Path, help="keeps the staged force and its model for another run")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--repeats", type=int, default=REPEATS)
    chosen = options.parse_args()
    say = sayer(chosen.json)
    n_crimes, repeats = (5_000, 1) if chosen.quick else (chosen.crimes, chosen.repeats)
    with tempfile.TemporaryDirectory() as passing:
        folder = chosen.folder or Path(passing)
        say(f"{n_crimes:,} crimes")
        _run("force_columns", "--crimes", str(n_crimes), "--seed", str(chosen.seed), "--folder", str(folder))
        columns, rows = columns_folder(folder, n_crimes, chosen.seed), set[str]()
        told = medians(lambda: measured(columns, Path(passing) / "spark", rows), repeats, say)
    report("spark", {"crimes": n_crimes, "same_rows": len(rows) == 1, **figures_of(told)}, chosen.json)


def measured(columns: Path, scratch: Path, rows: set[str]) -> dict[str, float]:
    """Let each engine score the force once; hashes of what they found are added to `rows`."""
    figures: dict[str, float] = {}
    for name, (engine, master) in ENGINES.items():
        options = ["--master", master] if master else []
        told = _run("engine_scan", "--columns", str(columns), "--engine", engine, "--scratch", str(scratch), *options)
        rows.add(told.pop("rows"))
        figures |= {f"{name}_{figure}": value for figure, value in told.items()}
    return figures


def figures_of(told: dict[str, float]) -> dict[str, Any]:
    """Return the figures of the report."""
    return {
        "pairs": int(told["local_pairs"]),
        "links": int(told["local_links"]),
        "speed_up": told["one_seconds"] / told["two_seconds"],
        "cpu_speed_up": told["one_cpu_s"] / (told["two_cpu_s"] / 2.0),
        "cpu_overhead": told["two_cpu_s"] / told["local_cpu_s"],
        "seconds": told["two_seconds"],
        "one_core_seconds": told["one_seconds"],
        "without_spark_seconds": told["local_seconds"],
        "cpu_s": told["two_cpu_s"],
        "one_core_cpu_s": told["one_cpu_s"],
        "without_spark_cpu_s": told["local_cpu_s"],
        "workers_peak_mb": told["two_workers_peak_mb"],
    }


def _run(program: str, *options: str) -> dict[str, Any]:
    printed = run_measured([sys.executable, "-m", f"benchmarks.{program}", *options]).output.splitlines()
    return json.loads(printed[-1]) if printed and printed[-1].startswith("{") else {}


if __name__ == "__main__":
    main()
