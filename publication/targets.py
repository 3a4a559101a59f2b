"""Send a published snapshot elsewhere: a folder of Parquet and CSV, or a PostgreSQL schema."""

import secrets
import shutil
from pathlib import Path

import duckdb

from publication.manifest import MANIFEST, FileEntry, Manifest, SnapshotError, read_manifest, verify_snapshot
from publication.relations import literal, quoted

MARKING = "PROTECTIVE_MARKING.txt"
_POSTGRES = ("postgresql://", "postgres://")
_NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "FLOAT", "DOUBLE", "DECIMAL", "UTINYINT")
_PLAIN = (*_NUMBERS, "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT", "BOOLEAN", "DATE", "TIME")
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""A cell that starts so is run by a spreadsheet; the last four are the full-width forms of the first four."""


class TargetError(ValueError):
    """A target that cannot be written."""


def publish_to(snapshot: Path, target: str, schema: str = "colink") -> dict[str, int]:
    """Send a snapshot to a target; return table name -> rows.

    A folder gets each table as Parquet and as CSV, in which a text cell that a spreadsheet would run as a formula
    has an apostrophe in front; each file is replaced whole, the manifest last. A database gets all tables in one
    transaction.

    Parameters
    ----------
    snapshot
        Folder of a published snapshot, resolved once; it is checked against its manifest first.
    target
        A folder, or `postgresql://user@host/database`.
    schema
        Schema of the database.

    Raises
    ------
    SnapshotError
        The snapshot is not what was published.
    TargetError
        The target cannot be written; the message never holds a password.
    """
    manifest = verify_snapshot(snapshot)
    if target.startswith(_POSTGRES):
        from publication.postgres_target import load_postgres

        return load_postgres(snapshot, manifest, target, schema)
    if "://" in target:
        kind = target.partition("://")[0]
        raise TargetError(f"target {kind}://: expected a folder or postgresql://, got another kind")
    return _write_folder(snapshot, manifest, Path(target))


def published_tables(manifest: Manifest) -> dict[str, FileEntry]:
    """Return table name -> entry of its Parquet file."""
    return {Path(name).stem: entry for name, entry in manifest.files.items() if entry.columns is not None}


def is_nested(kind: str) -> bool:
    """Say whether a DuckDB type holds several values: a list, a struct or a map."""
    return kind.endswith("]") or kind.startswith(("STRUCT", "MAP"))


def as_text(name: str, kind: str) -> str:
    """Return the SQL of a column as text, lists and structs as JSON."""
    return f"cast(to_json({quoted(name)}) as varchar)" if is_nested(kind) else f"cast({quoted(name)} as varchar)"


def _write_folder(snapshot: Path, manifest: Manifest, folder: Path) -> dict[str, int]:
    """Write Parquet, CSV, marking and manifest aside within the folder, then put each in place."""
    tables = published_tables(manifest)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        partial = folder / f".partial-{secrets.token_hex(4)}"
        partial.mkdir()
    except OSError as error:
        raise TargetError(f"{folder}: expected a folder that can be written, got {error.strerror}") from None
    try:
        _write_tables(snapshot, tables, partial)
        (partial / MARKING).write_text(_marking_text(manifest), encoding="utf-8")
        shutil.copyfile(snapshot / MANIFEST, partial / MANIFEST)
        _remove_former(folder, {path.name for path in partial.iterdir()})
        for path in sorted(partial.iterdir(), key=lambda path: path.name == MANIFEST):
            path.replace(folder / path.name)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return {name: entry.rows or 0 for name, entry in tables.items()}


def _write_tables(snapshot: Path, tables: dict[str, FileEntry], folder: Path) -> None:
    settings: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    with duckdb.connect(config=settings) as con:
        for name, entry in tables.items():
            source = snapshot / f"{name}.parquet"
            shutil.copyfile(source, folder / source.name)
            _write_csv(con, source, entry.columns or {}, folder / f"{name}.csv")


def _write_csv(con: duckdb.DuckDBPyConnection, source: Path, columns: dict[str, str], path: Path) -> None:
    """Write a table as CSV (UTF-8, comma, header), its text cells harmless to spreadsheets."""
    chosen = ", ".join(_harmless(name, kind) for name, kind in columns.items())
    con.execute(
        f"copy (select {chosen} from read_parquet({literal(str(source))})) to {literal(str(path))} "
        "(format csv, header, delimiter ',')"
    )


def _harmless(name: str, kind: str) -> str:
    """Return the SQL of a column as a spreadsheet may safely open it, under a name that is as safe."""
    safe_name = quoted("'" + name if name.startswith(_FORMULA_STARTS) else name)
    column = quoted(name)
    if kind.startswith(_PLAIN) and not is_nested(kind):
        return f"{column} as {safe_name}"
    text = as_text(name, kind)
    starts = " or ".join(f"starts_with({text}, {literal(start)})" for start in _FORMULA_STARTS)
    return f"case when {starts} then chr(39) || {text} else {text} end as {safe_name}"


def _marking_text(manifest: Manifest) -> str:
    return (
        f"{manifest.protective_marking}\n\n"
        f"Refresh {manifest.refresh_id}, published {manifest.created_at}.\n"
        "Crimes in these tables may be linked; nothing here says that they were committed by the same person.\n"
        "In the CSV files an apostrophe before = + - @ keeps a spreadsheet from running the cell as a formula.\n"
    )


def _remove_former(folder: Path, names: set[str]) -> None:
    """Remove tables that an earlier publication left here and this one no longer has; nothing else."""
    try:
        former = published_tables(read_manifest(folder))
    except SnapshotError:
        return
    for name in former:
        for path in (folder / f"{name}.parquet", folder / f"{name}.csv"):
            if path.name not in names:
                path.unlink(missing_ok=True)
