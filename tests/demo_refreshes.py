"""Refreshes of one small demo force that several test modules look at; each is made once in a test session.

A refresh runs in a process of its own, forked from a server that has imported everything: it can be killed, it knows
nothing of the test, and the imports, which take as long as a small refresh, are paid once.
"""

import csv
import fcntl
import functools
import hashlib
import json
import multiprocessing
import os
import pickle
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from intake.demo.writer import write_demo
from orchestration.refresh import run_refresh

CRIMES, SEED = 200, 2
IMPORTED_ONCE = ["orchestration.definitions", "linkage.warm_up", "dbt.cli.main", "great_expectations"]
AT_MOST_S = 300.0
SECRET_WORD, SECRET_PERSON, SECRET_DECIMALS = "TELLTALE", "NOMINAL", ".7713177"
"""Before every word of a free text; before every person's reference; after every coordinate."""

ROOT = Path(__file__).parents[1]
GUARD = ROOT / "tests" / "network_guard.py"

Made = TypeVar("Made")

READER = """
import json, pathlib, sys, time
import duckdb, pyarrow.parquet as pq

published, stop = map(pathlib.Path, sys.argv[1:])
current = published / "current"

def in_database():
    with duckdb.connect(str(current / "colink.duckdb"), read_only=True) as connection:
        names = [name for (name,) in connection.execute("select table_name from duckdb_tables()").fetchall()]
        every = " union ".join(f"select distinct refresh_id from {name}" for name in names)
        return sorted(refresh_id for (refresh_id,) in connection.execute(every).fetchall())

def in_folder():
    folder = current.resolve()
    manifest = json.loads((folder / "manifest.json").read_text())
    found = {folder.name, manifest["refresh_id"]}
    for table in manifest["tables"].values():
        read = pq.read_table(folder / table["file"], columns=["refresh_id"], partitioning=None)
        assert read.num_rows == table["rows"], table
        found |= set(read["refresh_id"].to_pylist())
    assert "<html" in (folder / "report.html").read_text()
    return sorted(found)

while not stop.exists():
    for reading in (in_database, in_folder):
        is_busy = any(".partial-" in path.name or path.name.startswith(".") for path in published.iterdir())
        try:
            print(json.dumps([reading.__name__, is_busy, reading(), None]), flush=True)
        except Exception as error:
            print(json.dumps([reading.__name__, is_busy, [], repr(error)]), flush=True)
    time.sleep(0 if is_busy else 0.2)
"""


class Reading(NamedTuple):
    """What one opening of `published/current` showed: the refreshes that its rows name, or why it failed."""

    through: str
    is_busy: bool
    refresh_ids: list[str]
    error: str | None


class Home(NamedTuple):
    """A home folder with the landing folder that it was refreshed from."""

    folder: Path
    landing: Path

    @property
    def published(self) -> Path:
        """Folder of the snapshots."""
        return self.folder / "published"

    @property
    def current(self) -> Path | None:
        """The snapshot that readers get, None before the first."""
        link = self.published / "current"
        return link.resolve(strict=True) if link.is_symlink() else None

    def refreshes(self) -> list[dict[str, Any]]:
        """Return `ops.refreshes`, oldest first."""
        return self.query("select * from ops.refreshes order by refresh_id")

    def query(self, query: str) -> list[dict[str, Any]]:
        """Return rows of the warehouse as mappings."""
        with duckdb.connect(str(self.folder / "warehouse.duckdb"), read_only=True) as connection:
            cursor = connection.execute(query)
            names = [column[0] for column in cursor.description or []]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


class TwiceRefreshed(NamedTuple):
    """A home that was refreshed twice from the same input while somebody read it, and what that reader saw."""

    home: Home
    snapshots: list[Path]
    seconds: list[float]
    readings: list[Reading]


class Guarded(NamedTuple):
    """A home refreshed by the command line, under the network guard and without a network if this machine can."""

    home: Home
    outcome: dict[str, Any]
    printed: str
    attempts: list[str]
    children: list[str]
    left_in_user_home: list[str]
    without_network: bool


def made_once(factory: pytest.TempPathFactory, make: Callable[[Path], Made]) -> Made:
    """Return what `make` makes in a folder of its own, made once in a session whichever of its workers asks first."""
    base = factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    made = shared / f"{make.__name__}.pickle"
    with made.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            made.write_bytes(pickle.dumps(make(Path(tempfile.mkdtemp(prefix=f"{make.__name__}-", dir=shared)))))
        return pickle.loads(made.read_bytes())


def marked_extract(folder: Path) -> Path:
    """Write a small force in which every value that can identify somebody is tell-tale; return its landing folder."""
    write_demo(folder, CRIMES, SEED)
    landing = folder / "landing"
    _mark(landing, "mo_narratives", {"NARRATIVE": lambda text: f"{SECRET_WORD} ".join(["", *text.split(" ")])})
    _mark(landing, "named_persons", {"NOMINAL_REF": lambda person: SECRET_PERSON + person})
    _mark(landing, "recorded_crimes", dict.fromkeys(("EASTING", "NORTHING"), _with_decimals))
    return landing


def _with_decimals(metres: str) -> str:
    return metres + SECRET_DECIMALS if metres not in ("", "0") else metres


def _mark(landing: Path, name: str, changes: dict[str, Callable[[str], str]]) -> None:
    (path,) = landing.rglob(f"{name}.csv")
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]), quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writeheader()
        writer.writerows(row | {column: change(row[column]) for column, change in changes.items()} for row in rows)


def twice_refreshed(folder: Path) -> TwiceRefreshed:
    """Refresh the marked force twice in one home, the second time with a reader beside."""
    home = Home(folder, marked_extract(folder / "force"))
    process_that_imports_everything = _context().Process(target=time.time)
    process_that_imports_everything.start()
    process_that_imports_everything.join()
    seconds = [refresh(home)]
    snapshots = [_shown(home)]
    with _reader(home) as readings:
        seconds.append(refresh(home))
        snapshots.append(_shown(home))
    return TwiceRefreshed(home, snapshots, seconds, readings)


def guarded(folder: Path) -> Guarded:
    """Refresh the marked force in a fresh interpreter whose environment switches nothing off."""
    home = Home(folder, marked_extract(folder / "force"))
    record, user_home = home.folder / "guard.txt", home.folder / "user"
    user_home.mkdir()
    options = ["--profile", "demo", "--landing", str(home.landing), "--home", str(home.folder), "--json"]
    command = [*no_network(), sys.executable, str(GUARD), str(record), "refresh", *options]
    environment = {"PATH": os.environ["PATH"], "HOME": str(user_home), "PYTHONPATH": str(ROOT)}
    run = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=AT_MOST_S, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    noted = [line.split(" ", 1) for line in record.read_text().splitlines()]
    return Guarded(
        home,
        json.loads(run.stdout),
        run.stdout + run.stderr,
        [what for kind, what in noted if kind == "network"],
        [what for kind, what in noted if kind == "child"],
        sorted(str(path.relative_to(user_home)) for path in user_home.rglob("*") if path.is_file()),
        bool(no_network()),
    )


@functools.cache
def no_network() -> list[str]:
    """Return the command before a command that takes all networks from it; none where this machine does not let us."""
    for command in (["unshare", "--net"], ["unshare", "--map-root-user", "--net"]):
        try:
            if subprocess.run([*command, "true"], capture_output=True, check=False).returncode == 0:
                return command
        except FileNotFoundError:
            return []
    return []


def start_refresh(home: Home) -> BaseProcess:
    """Start a refresh in a process of its own."""
    arguments = ("demo", home.landing, home.folder)
    process = _context().Process(target=run_refresh, args=arguments, kwargs={"quiet": True})
    process.start()
    return process


def _context() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(IMPORTED_ONCE)
    return context


def refresh(home: Home) -> float:
    """Refresh a home to its end; return the seconds that took."""
    began = time.monotonic()
    process = start_refresh(home)
    process.join(AT_MOST_S)
    if process.is_alive():
        process.kill()
        process.join()
    assert process.exitcode == 0, f"refresh of {home.folder}: exit code {process.exitcode}"
    return time.monotonic() - began


def copy_of(home: Home, folder: Path) -> Home:
    """Copy the warehouse and what is published, without Dagster's history, to be refreshed further or killed."""
    folder.mkdir()
    shutil.copy2(home.folder / "warehouse.duckdb", folder)
    shutil.copytree(home.published, folder / "published", symlinks=True)
    shutil.copytree(home.landing, folder / "landing")
    return Home(folder, folder / "landing")


def digests(folder: Path) -> dict[str, str]:
    """Return the sha256 of every file below a folder, by path."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def published_tables(snapshot: Path) -> dict[str, pa.Table]:
    """Return the Parquet tables of a snapshot by name."""
    return {path.stem: pq.read_table(path, partitioning=None) for path in sorted(snapshot.glob("*.parquet"))}


def _shown(home: Home) -> Path:
    last = home.refreshes()[-1]
    assert last["status"] == "published", last["failure"]
    assert home.current is not None
    return home.current


@contextmanager
def _reader(home: Home) -> Iterator[list[Reading]]:
    """Read what a home publishes again and again; at the end the list holds what was seen."""
    readings: list[Reading] = []
    stop, seen = home.folder / "stop-reading", home.folder / "readings.jsonl"
    with seen.open("w") as output:
        command = [sys.executable, "-c", READER, str(home.published), str(stop)]
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
        try:
            yield readings
        finally:
            stop.touch()
            process.wait(AT_MOST_S)
    readings += [Reading(*json.loads(line)) for line in seen.read_text().splitlines()]
