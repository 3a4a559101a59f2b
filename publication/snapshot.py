"""Publish a refresh: write its tables, database, report and manifest aside, then show all of them at one instant."""

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from publication.manifest import (
    MANIFEST,
    FileEntry,
    SnapshotError,
    file_entry,
    manifest_text,
    read_manifest,
    verify_snapshot,
)
from publication.moments import as_utc
from publication.relations import column_types, literal, quoted, quoted_table
from publication.shelf import (
    check_refresh_id,
    clear_unfinished,
    partial_folder,
    prune,
    published_folder,
    shelve,
    switch_current,
    sync,
)
from publication.tables import PUBLISHED_TABLES, PublishedTable

DATABASE = "colink.duckdb"
REPORT = "report.html"
_READ_ONLY = 0o444


@dataclass(frozen=True)
class _Edition:
    """What every file of one snapshot shares."""

    refresh_id: str
    created_at: datetime
    marking: str
    skipped: Mapping[str, str]


def publish_snapshot(
    con: duckdb.DuckDBPyConnection,
    home: Path,
    refresh_id: str,
    report_html: str,
    *,
    tables: Sequence[PublishedTable] = PUBLISHED_TABLES,
    skipped: Mapping[str, str] | None = None,
    protective_marking: str = "OFFICIAL-SENSITIVE",
    created_at: datetime | None = None,
    keep: int = 5,
    pages: Mapping[str, str] | None = None,
    folders: Mapping[str, Callable[[Path], object]] | None = None,
    on_step: Callable[[str], None] = lambda step: None,
) -> Path:
    """Publish the rows of one refresh under `home/published/<refresh_id>` and make them current.

    The former publication stays whole and current until the last instant; publishing the same refresh again is
    harmless. Sorting spills to DuckDB's temporary directory, so memory stays within the connection's limit.

    Parameters
    ----------
    con
        Connection to the warehouse.
    report_html
        The page for `report.html`.
    tables
        What to publish; every table exists in the warehouse unless it is skipped.
    skipped
        Table name -> why this refresh has none (linkage without solved crimes).
    created_at
        Moment for the manifest, UTC; default now.
    keep
        How many snapshots stay.
    pages
        Path within the snapshot -> page that stands beside the report.
    folders
        Name within the snapshot -> what writes that folder.
    on_step
        Called with the name of each step before it is taken.

    Returns
    -------
    Path
        Folder of the snapshot.

    Raises
    ------
    SnapshotError
        A table is absent or has no `refresh_id`, or the identifier cannot name a folder.
    """
    check_refresh_id(refresh_id)
    published = published_folder(home)
    published.mkdir(parents=True, exist_ok=True)
    moment = as_utc(created_at or datetime.now(UTC))
    edition = _Edition(refresh_id, moment, protective_marking, skipped or {})
    on_step("clear")
    clear_unfinished(published)
    partial = partial_folder(published, refresh_id)
    partial.mkdir()
    try:
        files = _write_tables(con, partial, edition, tables, on_step)
        on_step(f"write {REPORT}")
        files[REPORT] = _write_text(partial / REPORT, report_html)
        files |= _write_pages(partial, pages or {}, on_step)
        files |= _write_folders(partial, folders or {}, on_step)
        on_step(f"write {MANIFEST}")
        _write_text(partial / MANIFEST, manifest_text(refresh_id, moment, protective_marking, files, edition.skipped))
        sync(partial)
        return _show(partial, refresh_id, keep, on_step)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _show(partial: Path, refresh_id: str, keep: int, on_step: Callable[[str], None]) -> Path:
    """Name the finished folder, switch `current` to it and prune."""
    published = partial.parent
    on_step("rename")
    final = published / refresh_id
    if not (final.exists() and _same_content(partial, final)):
        shelve(partial, refresh_id)
    on_step("switch")
    switch_current(published, refresh_id)
    on_step("prune")
    prune(published, keep)
    return final


def _same_content(partial: Path, final: Path) -> bool:
    """Say whether a snapshot of the same refresh already holds this, intact."""
    try:
        former = verify_snapshot(final)
    except SnapshotError:
        return False
    new = read_manifest(partial)
    former.files.pop(DATABASE, None)  # DuckDB's file differs from writing to writing; it repeats the Parquet
    new.files.pop(DATABASE, None)
    return replace(former, created_at="") == replace(new, created_at="")


def _write_tables(
    con: duckdb.DuckDBPyConnection,
    folder: Path,
    edition: _Edition,
    tables: Sequence[PublishedTable],
    on_step: Callable[[str], None],
) -> dict[str, FileEntry]:
    """Write each table as Parquet and all of them as one database; return their manifest entries."""
    wanted = [table for table in tables if table.name not in edition.skipped]
    files = {}
    for table in wanted:
        path = folder / f"{table.name}.parquet"
        on_step(f"write {path.name}")
        rows = _write_parquet(con, path, table, edition)
        files[path.name] = file_entry(path, rows, _parquet_columns(con, path))
    on_step(f"write {DATABASE}")
    _write_database(con, folder, wanted, edition.marking)
    return files | {DATABASE: file_entry(folder / DATABASE)}


def _write_parquet(con: duckdb.DuckDBPyConnection, path: Path, table: PublishedTable, edition: _Edition) -> int:
    """Write a table's rows of one refresh, sorted by key; return how many."""
    columns = column_types(con, table.qualified)
    if "refresh_id" not in columns:
        found = "a table without refresh_id" if columns else "no such table"
        raise SnapshotError(
            f"{table.qualified}: expected a table with refresh_id to publish, got {found}; "
            "make it in this refresh or name it as skipped"
        )
    order = ", ".join(quoted(name) for name in table.key if name in columns)
    chosen = (
        f"select {_settled(columns, edition.created_at)} from {quoted_table(table.qualified)} "
        f"where refresh_id = {literal(edition.refresh_id)} order by {order or 'all'}"
    )
    written = con.execute(
        f"copy ({chosen}) to {literal(str(path))} "
        f"(format parquet, compression zstd, kv_metadata {{protective_marking: {literal(edition.marking)}}})"
    ).fetchone()
    _finish(path)
    return int(written[0]) if written else 0


def _settled(columns: Mapping[str, str], moment: datetime) -> str:
    """Select all columns as readers get them.

    A record of the refresh itself says what is true once it is read: published. Sums come from DuckDB as HUGEINT,
    which Parquet would turn into floating point.
    """
    replaced = {name: f"cast({quoted(name)} as bigint)" for name, kind in columns.items() if kind == "HUGEINT"}
    if {"status", "started_at", "finished_at", "input_fingerprint"} <= set(columns):
        finished = f"coalesce(finished_at, timestamp '{moment:%Y-%m-%d %H:%M:%S}')"
        replaced |= {"status": "'published'", "finished_at": finished}
    replacing = ", ".join(f"{value} as {quoted(name)}" for name, value in replaced.items())
    return f"* replace ({replacing})" if replaced else "*"


def _parquet_columns(con: duckdb.DuckDBPyConnection, path: Path) -> dict[str, str]:
    described = con.execute(f"describe select * from read_parquet({literal(str(path))})").fetchall()
    return {name: kind for name, kind, *_ in described}


def _write_database(
    con: duckdb.DuckDBPyConnection, folder: Path, tables: Sequence[PublishedTable], marking: str
) -> None:
    """Write the Parquet files as tables of one DuckDB file, each with its grain and marking as comment."""
    path = folder / DATABASE
    con.execute(f"attach {literal(str(path))} as colink_snapshot")
    try:
        for table in tables:
            name = f"colink_snapshot.{quoted(table.name)}"
            source = literal(str(folder / f"{table.name}.parquet"))
            con.execute(f"create table {name} as select * from read_parquet({source})")
            con.execute(f"comment on table {name} is {literal(f'{table.grain} {marking}')}")
    finally:
        con.execute("detach colink_snapshot")
    _finish(path)


def _write_pages(folder: Path, pages: Mapping[str, str], on_step: Callable[[str], None]) -> dict[str, FileEntry]:
    """Write further pages, each below the folder; return their manifest entries."""
    files = {}
    for name, text in sorted(pages.items()):
        path = folder / name
        if not path.resolve().is_relative_to(folder.resolve()):
            raise SnapshotError(f"page {name!r}: expected a path within the snapshot, got one outside; rename it")
        on_step(f"write {name}")
        path.parent.mkdir(parents=True, exist_ok=True)
        files[name] = _write_text(path, text)
    for subfolder in {(folder / name).parent for name in pages}:
        sync(subfolder)
    return files


def _write_folders(
    folder: Path, folders: Mapping[str, Callable[[Path], object]], on_step: Callable[[str], None]
) -> dict[str, FileEntry]:
    """Let others write whole folders; return the manifest entries of what they wrote."""
    files = {}
    for name, write in sorted(folders.items()):
        on_step(f"write {name}")
        write(folder / name)
        for path in sorted(each for each in (folder / name).rglob("*") if each.is_file()):
            _finish(path)
            files[path.relative_to(folder).as_posix()] = file_entry(path)
        sync(folder / name)
    return files


def _write_text(path: Path, text: str) -> FileEntry:
    path.write_text(text, encoding="utf-8")
    _finish(path)
    return file_entry(path)


def _finish(path: Path) -> None:
    """Leave a file read-only and on disk."""
    path.chmod(_READ_ONLY)
    sync(path)
