"""How long recording quality takes to assess: crimes, seconds, memory; and how well each planted fault is found.

    python -m benchmarks.mo_quality [--quick] [--json] [--crimes 1000000]
    python -m benchmarks.mo_quality --faults [--crimes 5000]

A warehouse with staged tables is invented: by default 1,000,000 crimes of 12 items each, with gaps, null codes, values
outside the list and late recording, in 150 areas over three years; what their texts say is invented as well. The steps
of the job `quality_monitor` then do with them what a refresh does, expectations included, reading of texts left out, in
a process of its own with two threads: `seconds` is the wall time of those steps, `process_s` that of the whole process,
start-up included, `cpu_s` its processor time and `peak_mb` its largest resident memory.

`--faults` assesses a demo force, whose faults are known and whose texts are read, and reports how many of each kind of
fault its rules found and how many of their findings are such faults (`benchmarks.planted_faults`).
"""

import argparse
import sys
import tempfile
from pathlib import Path

from benchmarks.measuring import REPEATS, medians, report, run_measured, sayer
from benchmarks.staged_quality import stage_invented

COLINK = str(Path(sys.executable).with_name("colink"))
SEED = 1
MONITOR = """
import sys, time
from pathlib import Path
from orchestration.definitions import build_definitions
job = build_definitions(Path(sys.argv[1])).resolve_job_def("quality_monitor")
steps = [key for key in job.asset_layer.selected_asset_keys if key.path[-1] not in sys.argv[2:]]
began = time.monotonic()
assert job.execute_in_process(asset_selection=steps).success
print(f"\\nsteps {time.monotonic() - began:.3f}")
"""
OF_TEXTS = ("mo_text_values", "mo_text_precision")


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
    measured = run_measured([sys.executable, "-c", MONITOR, str(home), *OF_TEXTS], {"COLINK_THREADS": "2"})
    steps_s = float(measured.output.rsplit("steps ", 1)[1])
    return {"seconds": steps_s, "process_s": measured.wall_s, "cpu_s": measured.cpu_s, "peak_mb": measured.peak_mb}


def _findings(home: Path) -> int:
    import duckdb

    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        return int(connection.execute("select count(*) from quality.mo_findings").fetchall()[0][0])


def _report_faults(crimes: int, as_json: bool) -> None:
    from benchmarks.planted_faults import fault_figures, found_faults

    with tempfile.TemporaryDirectory() as folder:
        demo, home = Path(folder) / "demo", Path(folder) / "home"
        run_measured([COLINK, "demo", "--crimes", str(crimes), "--seed", str(SEED), "--out", str(demo)])
        where = ["--landing", str(demo / "landing"), "--home", str(home)]
        run_measured([COLINK, "refresh", "--only-stage", "--profile", "demo", *where])
        run_measured([sys.executable, "-c", MONITOR, str(home)])
        figures = fault_figures(found_faults(home, demo / "truth"))
    if not as_json:
        print(figures.to_string(index=False, float_format="{:.3f}".format))
    by_fault = figures.drop(columns="rules").set_index("fault").round(4).to_dict("index")
    report("mo_quality_faults", {"crimes": crimes, "faults": by_fault}, as_json=True)


if __name__ == "__main__":
    main()
