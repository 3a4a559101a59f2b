"""From the files of a real extract to staged tables: rows, seconds, memory.

    python -m benchmarks.ingest [--quick] [--json]

The extract is St. Louis, 439,801 rows in one Parquet file, read from COLINK_SHARED (default ../shared); `--quick` takes
20,000 demo crimes instead. Landing and staging run as in a refresh, in a process of their own, with two threads;
`seconds` is the wall time of that process, imports and start-up included, `peak_mb` its largest resident memory.
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path

from benchmarks.measuring import REPEATS, medians, report, run_measured, sayer

COLINK = str(Path(sys.executable).with_name("colink"))
SHARED = Path(os.environ.get("COLINK_SHARED", "../shared"))
ROWS = """
    select sum(rows_in), sum(rows_loaded), sum(rows_in - rows_loaded) from staging.stg_accounts
    where table_name = 'crimes'
"""


def main() -> None:
    """Measure and report."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true", help="20,000 demo crimes, one run")
    options.add_argument("--json", action="store_true", help="only the line of JSON")
    chosen = options.parse_args()
    say = sayer(chosen.json)
    with tempfile.TemporaryDirectory() as folder:
        if chosen.quick:
            profile, landing = "demo", Path(folder) / "demo" / "landing"
            run_measured([COLINK, "demo", "--crimes", "20000", "--out", str(landing.parent)])
        else:
            profile, landing = "st_louis", SHARED / "data"
        home = Path(folder) / "home"
        repeats = 1 if chosen.quick else REPEATS
        say(f"{profile}: file to staged tables, {repeats} times")
        figures = medians(lambda: _one(profile, landing, home), repeats, say)
        rows, loaded, other = _rows(home)
    report("ingest", {"extract": profile, "rows": rows, "loaded": loaded, "not_loaded": other, **figures}, chosen.json)


def _one(profile: str, landing: Path, home: Path) -> dict[str, float]:
    command = [COLINK, "refresh", "--only-stage", "--profile", profile, "--landing", str(landing), "--home", str(home)]
    measured = run_measured(command, {"COLINK_THREADS": "2"})
    return {"seconds": measured.wall_s, "cpu_s": measured.cpu_s, "peak_mb": measured.peak_mb}


def _rows(home: Path) -> tuple[int, int, int]:
    import duckdb

    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        rows, loaded, other = connection.execute(ROWS).fetchall()[0]
    return int(rows), int(loaded), int(other)


if __name__ == "__main__":
    main()
