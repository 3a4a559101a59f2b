"""Load a published snapshot into a PostgreSQL schema, all of it in one transaction."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

import duckdb

from publication.manifest import FileEntry, Manifest
from publication.relations import literal, quoted
from publication.tables import PUBLISHED_TABLES
from publication.targets import TargetError, as_text, is_nested, published_tables

if TYPE_CHECKING:
    import psycopg

_BATCH_ROWS = 50_000
_TYPES = {
    "VARCHAR": "text",
    "BOOLEAN": "boolean",
    "TINYINT": "smallint",
    "SMALLINT": "smallint",
    "INTEGER": "integer",
    "BIGINT": "bigint",
    "UTINYINT": "smallint",
    "USMALLINT": "integer",
    "UINTEGER": "bigint",
    "FLOAT": "real",
    "DOUBLE": "double precision",
    "DATE": "date",
    "TIMESTAMP": "timestamp without time zone",
    "TIMESTAMP WITH TIME ZONE": "timestamp with time zone",
    "UBIGINT": "numeric",
    "HUGEINT": "numeric",
    "UHUGEINT": "numeric",
    "JSON": "jsonb",
}


def load_postgres(snapshot: Path, manifest: Manifest, target: str, schema: str) -> dict[str, int]:
    """Replace the published tables of a schema; return table name -> rows.

    Readers see the former tables until the transaction ends and all new ones after it. Tables keep their grants and
    the views on them: rows are exchanged, missing columns added. A table that this refresh skips is emptied.

    Raises
    ------
    TargetError
        No connection, or the database refuses; the message holds neither a password nor a value.
    """
    import psycopg

    place = _place(target)
    try:
        connection = psycopg.connect(target, connect_timeout=15)
    except psycopg.OperationalError as error:
        raise TargetError(f"{place}: expected a connection, got: {_without_secrets(str(error), target)}") from None
    except psycopg.Error:
        raise TargetError(f"{place}: expected postgresql://user@host/database, got an address it cannot read") from None
    try:
        with connection, duckdb.connect() as reader:
            return _replace_all(connection, reader, snapshot, manifest, schema)
    except psycopg.Error as error:
        # The server's message may quote a value; its code says what went wrong.
        told = error.diag.table_name or ""
        raise TargetError(
            f"{place}, schema {schema} {told}: the database refused ({type(error).__name__}, {error.sqlstate}); "
            "nothing was changed; check the rights of the user and what depends on the tables"
        ) from None


def _replace_all(
    connection: "psycopg.Connection[Any]",
    reader: duckdb.DuckDBPyConnection,
    snapshot: Path,
    manifest: Manifest,
    schema: str,
) -> dict[str, int]:
    from psycopg import sql

    connection.execute("select pg_advisory_xact_lock(hashtext(%s))", [f"colink {schema}"])
    connection.execute(sql.SQL("create schema if not exists {}").format(sql.Identifier(schema)))
    tables = published_tables(manifest)
    grains = {table.name: table.grain for table in PUBLISHED_TABLES}
    for name, entry in tables.items():
        _replace_rows(connection, reader, snapshot / f"{name}.parquet", entry, schema)
        comment = f"{grains.get(name, '')} {manifest.protective_marking}. Refresh {manifest.refresh_id}.".strip()
        connection.execute(
            sql.SQL("comment on table {} is {}").format(sql.Identifier(schema, name), sql.Literal(comment))
        )
    for name in set(grains) - set(tables):
        if _column_types(connection, schema, name):
            connection.execute(sql.SQL("delete from {}").format(sql.Identifier(schema, name)))
    return {name: entry.rows or 0 for name, entry in tables.items()}


def _replace_rows(
    connection: "psycopg.Connection[Any]",
    reader: duckdb.DuckDBPyConnection,
    source: Path,
    entry: FileEntry,
    schema: str,
) -> None:
    """Exchange a table's rows: deleted and copied, so that readers keep the old ones until the transaction ends."""
    from psycopg import sql

    table = sql.Identifier(schema, source.stem)
    columns = entry.columns or {}
    _fit_table(connection, schema, source.stem, {name: _postgres_type(kind) for name, kind in columns.items()})
    connection.execute(sql.SQL("delete from {}").format(table))
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    with connection.cursor().copy(sql.SQL("copy {} ({}) from stdin (format csv)").format(table, names)) as copy:
        for piece in _csv_pieces(reader, source, columns):
            copy.write(piece)


def _fit_table(connection: "psycopg.Connection[Any]", schema: str, name: str, wanted: dict[str, str]) -> None:
    """Make the table where it is absent, add columns, and make it anew where a column changed its type."""
    from psycopg import sql

    table = sql.Identifier(schema, name)
    held = _column_types(connection, schema, name)
    if any(held.get(column, kind) != kind for column, kind in wanted.items()):
        connection.execute(sql.SQL("drop table {}").format(table))
        held = {}
    if not held:
        columns = [sql.SQL("{} {}").format(sql.Identifier(column), sql.SQL(kind)) for column, kind in wanted.items()]
        connection.execute(sql.SQL("create table {} ({})").format(table, sql.SQL(", ").join(columns)))
        return
    for column, kind in wanted.items():
        if column not in held:
            added = sql.SQL("alter table {} add column {} {}")
            connection.execute(added.format(table, sql.Identifier(column), sql.SQL(kind)))


def _column_types(connection: "psycopg.Connection[Any]", schema: str, name: str) -> dict[str, str]:
    rows = connection.execute(
        "select attname, format_type(atttypid, atttypmod) from pg_attribute join pg_class on attrelid = pg_class.oid "
        "join pg_namespace on relnamespace = pg_namespace.oid "
        "where nspname = %s and relname = %s and attnum > 0 and not attisdropped order by attnum",
        [schema, name],
    ).fetchall()
    return dict(rows)


def _postgres_type(kind: str) -> str:
    """Return the PostgreSQL type of a DuckDB type, as PostgreSQL itself writes it; lists and structs become jsonb."""
    if is_nested(kind):
        return "jsonb"
    if kind.startswith("DECIMAL"):
        return kind.lower().replace("decimal", "numeric").replace(" ", "")
    return _TYPES.get(kind, "text")


def _csv_pieces(reader: duckdb.DuckDBPyConnection, source: Path, columns: dict[str, str]) -> Iterator[bytes]:
    """Yield a table as CSV in which text is quoted and NULL is not, the form that COPY tells apart."""
    import pyarrow.csv

    chosen = ", ".join(f"{_as_sent(name, kind)} as {quoted(name)}" for name, kind in columns.items())
    rows = reader.sql(f"select {chosen} from read_parquet({literal(str(source))})")
    for batch in rows.to_arrow_reader(_BATCH_ROWS):
        buffer = io.BytesIO()
        pyarrow.csv.write_csv(batch, buffer, pyarrow.csv.WriteOptions(include_header=False))
        yield buffer.getvalue()


def _as_sent(name: str, kind: str) -> str:
    """Return the SQL of a column as COPY reads it; PostgreSQL holds no NUL in text."""
    if is_nested(kind) or _TYPES.get(kind, "text") in ("text", "jsonb", "numeric"):
        return f"replace({as_text(name, kind)}, chr(0), '')"
    return quoted(name)


def _place(target: str) -> str:
    """Return host and database of an address, nothing else of it."""
    try:
        parts = urlsplit(target)
        host = parts.hostname or parse_qs(parts.query).get("host", ["local"])[0]
        return f"postgresql://{host}{f':{parts.port}' if parts.port else ''}{parts.path}"
    except ValueError:
        return "postgresql://"


def _without_secrets(message: str, target: str) -> str:
    """Return a message in one line without the passwords of the address, in any spelling."""
    secrets = set()
    authority = target.partition("://")[2].rpartition("@")[0]
    secrets |= {authority.partition(":")[2], unquote(authority.partition(":")[2])}
    for setting in target.partition("?")[2].split("&"):
        name, _, value = setting.partition("=")
        if "password" in name.lower():
            secrets |= {value, unquote(value)}
    text = " ".join(message.split())
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        text = text.replace(secret, "***")
    return text
