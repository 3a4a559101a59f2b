"""Ranking on demand: one unsolved crime against all crimes of a force within the limits of a refresh.

    python -m benchmarks.rank [--quick] [--json] [--crimes N] [--folder DIR]

A demo force and its model are put into a home as a refresh publishes them: the tables that the command asks, and the
folder of stored columns. `cold_s` is the wall time of `colink rank CRIME_ID --among crimes` in a process of its own,
start of Python and imports included; `cold_cpu_s` its processor seconds. The files are in the page cache, as after any
earlier reading. `warm_ms` is a second call of the library in one process that keeps the columns open, for another crime
each time, `warm_cpu_ms` its processor time. `same_rows` says whether the table of crimes and its model give the very
same rows.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from benchmarks.measuring import REPEATS, medians, report, run_measured, sayer
from benchmarks.trained_force import TrainedForce, trained_force
from linkage.candidates import LinkLimits
from linkage.comparable_crimes import ComparableCrimes, comparable_crimes, stored_crimes
from linkage.crime_columns import crime_columns
from linkage.evidence import encode_crimes
from linkage.expansion import ExpansionRule, crimes_for_members
from linkage.score_tables import score_tables
from linkage.stored_columns import StoredColumns, open_columns, save_columns
from publication.tables import COMPARABLE

COLINK = str(Path(sys.executable).with_name("colink"))
EVERY_CRIME = ExpansionRule(top_k=None, with_solved=True)


def main() -> None:
    """Publish a demo force, rank crimes of it, report."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true", help="2,000 crimes, one run")
    options.add_argument("--json", action="store_true", help="only the line of JSON")
    options.add_argument("--crimes", type=int, default=1_000_000)
    options.add_argument("--folder", type=Path, help="where the demo force is kept; a temporary one by default")
    chosen = options.parse_args()
    crimes, repeats = (2_000, 1) if chosen.quick else (chosen.crimes, REPEATS)
    say = sayer(chosen.json)
    with tempfile.TemporaryDirectory() as temporary:
        say(f"{crimes:,} demo crimes and their model")
        force = trained_force(crimes, 1, chosen.folder or Path(temporary))
        snapshot = _publish(force, Path(temporary) / "home")
        stored = open_columns(snapshot / COMPARABLE)
        asked = _unsolved(stored, repeats + 1)
        say("cold: a new process each time")
        cold = medians(_cold(asked[1:], Path(temporary) / "home"), repeats, say)
        say("warm: further calls of one process")
        warm = medians(_warm(asked, stored, force.trained.prior_log_odds), repeats, say)
        same = _is_same(asked[0], stored, force)
    report("rank", {"crimes": len(force.crimes), **warm, **cold, "same_rows": same}, chosen.json)


def _publish(force: TrainedForce, home: Path) -> Path:
    """Write what `colink rank` reads of a snapshot."""
    snapshot = home / "published" / "20260101T000000-000000-bench"
    snapshot.mkdir(parents=True)
    crimes, known = force.crimes[["crime_id"]], force.known[["crime_id", "person_id", "event_at"]]
    limits = LinkLimits()
    parameters = json.dumps({"max_km": limits.max_km, "max_days": limits.max_days, "across_groups": True})
    with duckdb.connect(str(snapshot / "colink.duckdb")) as connection:
        connection.register("all_crimes", crimes)
        connection.register("all_known", known)
        connection.execute("create table crimes as from all_crimes")
        connection.execute("create table series_data as from all_known")
        connection.execute("create table refreshes as select ?::varchar as parameters", [parameters])
        connection.execute(
            "create table model_versions as select '{}' as document, ?::double as prior_log_odds, "
            "null::varchar as reason",
            [force.trained.prior_log_odds],
        )
    encoded = encode_crimes(force.crimes, force.spec)
    solved = force.known["crime_id"].unique()
    columns = crime_columns(force.crimes, force.spec, force.trained.model, solved=solved, encoded=encoded)
    tables = score_tables(force.trained.model, force.spec, encoded)
    assert tables is not None
    save_columns(snapshot / COMPARABLE, force.crimes["crime_id"], columns, tables)
    (home / "published" / "current").symlink_to(snapshot.name)
    return snapshot


def _unsolved(stored: StoredColumns, n: int) -> list[str]:
    """Return unsolved crimes with place and time from all over the force."""
    columns = stored.columns
    rows = np.flatnonzero(columns.is_placed & columns.is_dated & ~columns.is_solved)
    return stored.names(rows[(np.linspace(0.1, 0.9, n) * len(rows)).astype(np.int64)])


def _cold(asked: list[str], home: Path) -> Callable[[], dict[str, float]]:
    waiting = iter(asked)

    def measure() -> dict[str, float]:
        done = run_measured([COLINK, "rank", next(waiting), "--among", "crimes", "--home", str(home), "--json"])
        return {"cold_s": done.wall_s, "cold_cpu_s": done.cpu_s}

    return measure


def _warm(asked: list[str], stored: StoredColumns, prior_log_odds: float) -> Callable[[], dict[str, float]]:
    ready, waiting = stored_crimes(stored), iter(asked)

    def rank(crime_id: str) -> Any:
        return _ranked(ready, crime_id, prior_log_odds)

    rank(next(waiting))

    def measure() -> dict[str, float]:
        began, began_cpu = time.perf_counter(), time.process_time()
        found = rank(next(waiting))
        wall, cpu = time.perf_counter() - began, time.process_time() - began_cpu
        return {"warm_ms": 1000 * wall, "warm_cpu_ms": 1000 * cpu, "candidates": float(len(found))}

    return measure


def _ranked(ready: ComparableCrimes, crime_id: str, prior_log_odds: float) -> Any:
    return crimes_for_members(ready, [crime_id], prior_log_odds, rule=EVERY_CRIME)


def _is_same(crime_id: str, stored: StoredColumns, force: TrainedForce) -> bool:
    of_table = comparable_crimes(force.crimes, force.trained.model, force.spec)
    one, other = (_ranked(each, crime_id, force.trained.prior_log_odds) for each in (stored_crimes(stored), of_table))
    return bool(one.equals(other)) and len(one) > 0


if __name__ == "__main__":
    main()
