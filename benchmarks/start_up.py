"""How much of `make run` is start-up: imports, the dbt project, Dagster; and how much is work.

    python -m benchmarks.start_up [--quick] [--json]

A refresh of the demo force runs in a process of its own. `run_s` is the wall time of that process, `overhead_s` what
is left of it when the seconds that the steps themselves took are taken away.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

from benchmarks.measuring import REPEATS, medians, report, run_measured, sayer

COLINK = str(Path(sys.executable).with_name("colink"))


def main() -> None:
    """Measure and report."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true", help="500 crimes, one run")
    options.add_argument("--json", action="store_true", help="only the line of JSON")
    options.add_argument("--crimes", type=int, default=5000)
    chosen = options.parse_args()
    crimes, repeats = (500, 1) if chosen.quick else (chosen.crimes, REPEATS)
    say = sayer(chosen.json)
    with tempfile.TemporaryDirectory() as folder:
        demo = Path(folder) / "demo"
        run_measured([COLINK, "demo", "--crimes", str(crimes), "--seed", "1", "--out", str(demo)])
        say(f"a refresh of {crimes:,} demo crimes, {repeats} times")
        figures = medians(lambda: _one(demo, Path(folder) / "home"), repeats, say)
    report("start_up", {"crimes": crimes, **figures}, chosen.json)


def _one(demo: Path, home: Path) -> dict[str, float]:
    where = ["--landing", str(demo / "landing"), "--home", str(home)]
    measured = run_measured([COLINK, "refresh", "--profile", "demo", *where, "--json"])
    outcome = json.loads(measured.output[measured.output.index("{") :])
    steps_s = sum(step["seconds"] for step in outcome["steps"])
    return {"overhead_s": measured.wall_s - steps_s, "run_s": measured.wall_s, "cpu_s": measured.cpu_s}


if __name__ == "__main__":
    main()
