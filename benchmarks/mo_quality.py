"""How long recording quality takes to assess: crimes, seconds, memory; and how well each planted fault is found.

    python -m benchmarks.mo_quality [--quick] [--json] [--crimes 1000000]
    python -m benchmarks.mo_quality --faults [--crimes 5000]

A warehouse with staged tables is invented: by default 1,000,000 crimes of 12 items each, with gaps, null codes, values
outside the list and late recording, in 150 areas over three years. The job `quality_monitor` then does what a refresh
does with them, expectations included, in a process of its own with two threads: `seconds` is the wall time of that
process, imports and start-up included, `cpu_s` its processor time, `peak_mb` its largest resident memory.

`--faults` assesses a demo force, whose faults are known, and reports precision and recall of each rule.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from benchmarks.measuring import REPEATS, medians, report, run_measured, sayer
from benchmarks.staged_quality import stage_invented

MONITOR = """
import sys
from pathlib import Path
from orchestration.definitions import build_definitions
job = build_definitions(Path(sys.argv[1])).resolve_job_def("quality_monitor")
assert job.execute_in_process().success
"""


def main() -> None:
    """Measure and report."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true", help="20,000 crimes, one run")
    options.add_argument("--json", action="store_true", help="only the line of JSON")
    options.add_argument("--crimes", type=int)
    options.add_argument("--faults", action="store_true", help="precision and recall on a demo force instead")
    chosen = options.parse_args()
    say = sayer(chosen.json)
    if chosen.faults:
        _report_faults(chosen.crimes or (2_000 if chosen.quick else 5_000), chosen.json)
        return
    crimes, repeats = (20_000, 1) if chosen.quick else (1_000_000, REPEATS)
    crimes = chosen.crimes or crimes
    with tempfile.TemporaryDirectory() as folder:
        say(f"inventing {crimes:,} staged crimes")
        rows = stage_invented(crimes, Path(folder))
        say(f"assessing them, {repeats} times")
        figures = medians(lambda: _one(Path(folder)), repeats, say)
        findings = _findings(Path(folder))
    report("mo_quality", {"crimes": crimes, "mo_rows": rows, "findings": findings, **figures}, chosen.json)


def _one(home: Path) -> dict[str, float]:
    environment = {"COLINK_THREADS": "2"}
    measured = run_measured([sys.executable, "-c", MONITOR, str(home)], environment)
    return {"seconds": measured.wall_s, "cpu_s": measured.cpu_s, "peak_mb": measured.peak_mb}


def _findings(home: Path) -> int:
    import duckdb

    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        return int(connection.execute("select count(*) from quality.mo_findings").fetchall()[0][0])


def _report_faults(crimes: int, as_json: bool) -> None:
    from benchmarks.planted_faults import fault_figures

    with tempfile.TemporaryDirectory() as folder:
        figures = fault_figures(crimes, 1, Path(folder))
    if not as_json:
        print(figures.to_string(index=False))
    rules = {row.pop("fault"): row for row in figures.to_dict("records")}
    report("mo_quality_faults", {"crimes": crimes, "faults": rules}, True)


if __name__ == "__main__":
    main()
