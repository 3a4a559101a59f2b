"""Versioned tables: every row carries its refresh, and a refresh is replaced whole or not at all."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TypeAlias

import duckdb
import pandas as pd
import pyarrow as pa

from publication.refreshes import create_ops
from publication.relations import column_types, is_base_table, quoted, quoted_table
from publication.tables import PublishedTable
from publication.transactions import transaction

Rows: TypeAlias = pd.DataFrame | pa.Table | duckdb.DuckDBPyRelation

_INCOMING = "colink_incoming_rows"


class VersionedTableError(ValueError):
    """Rows that do not fit the table they are meant for."""


def replace_rows(con: duckdb.DuckDBPyConnection, table: str, rows: Rows, refresh_id: str) -> int:
    """Replace a refresh's rows in a versioned table, in one transaction; return how many there are now.

    The table is made where it is absent, with `refresh_id` first and the columns in the order given. Further columns
    are added at the end; columns that the rows lack become NULL. A column keeps its type where every value fits it
    exactly, otherwise it is widened. Moments with a zone become UTC without zone; categories become text.

    Parameters
    ----------
    table
        `schema.table`; the schema exists.
    rows
        A pandas frame, an Arrow table, or a relation of the same connection.
    refresh_id
        The refresh whose rows these are. A `refresh_id` column among the rows must hold nothing else.

    Raises
    ------
    VersionedTableError
        No columns, rows of another refresh, a column of mixed types, or one that cannot share the table's type.
    """
    return replace_in_parts(con, table, [rows], refresh_id)


def replace_in_parts(con: duckdb.DuckDBPyConnection, table: str, parts: Iterable[Rows], refresh_id: str) -> int:
    """Do as `replace_rows` with rows that come in parts, so that they need not all be in memory at once.

    Parts are frames or Arrow tables, and at least one; a part that fails leaves the former rows as they were.
    """
    with transaction(con):
        for number, rows in enumerate(parts):
            with _incoming(con, table, rows) as types:
                _check_refresh(con, table, types, refresh_id)
                types.pop("refresh_id", None)
                if not types:
                    raise VersionedTableError(f"{table}: expected rows with at least one column, got none")
                _fit_table(con, table, types)
                if number == 0:
                    con.execute(f"delete from {quoted_table(table)} where refresh_id = ?", [refresh_id])
                names = ", ".join(quoted(name) for name in types)
                con.execute(
                    f"insert into {quoted_table(table)} (refresh_id, {names}) select ?, {names} from {_INCOMING}",
                    [refresh_id],
                )
        counted = con.execute(
            f"select count(*) from {quoted_table(table)} where refresh_id = ?", [refresh_id]
        ).fetchone()
    return int(counted[0]) if counted else 0


def keep_last(con: duckdb.DuckDBPyConnection, tables: Sequence[PublishedTable], n: int) -> dict[str, int]:
    """Delete old rows, keeping the last `n` published refreshes, the current one and running ones.

    Returns
    -------
    dict
        Table name -> rows deleted. Tables that are absent, and views, are passed over.

    Raises
    ------
    VersionedTableError
        `n` is below one.
    """
    if n < 1:
        raise VersionedTableError(f"retention: expected to keep at least 1 refresh, got {n}")
    create_ops(con)
    kept = [
        row[0]
        for row in con.execute(
            "(select refresh_id from ops.refreshes where status = 'published' order by refresh_id desc limit ?) "
            "union select refresh_id from ops.published "
            "union select refresh_id from ops.refreshes where status = 'running'",
            [n],
        ).fetchall()
    ]
    deleted: dict[str, int] = {}
    with transaction(con):
        for table in tables:
            if is_base_table(con, table.qualified):
                deleted[table.name] = _delete_others(con, table.qualified, kept)
    return deleted


def current_views(con: duckdb.DuckDBPyConnection, tables: Sequence[PublishedTable]) -> list[str]:
    """Create `marts.<table>_current`, which show the published refresh; return their names.

    The views follow `ops.published`, so they need no remaking when a refresh is published; tables that are absent are
    passed over.
    """
    create_ops(con)
    con.execute("create schema if not exists marts")
    made = []
    for table in tables:
        if "refresh_id" in column_types(con, table.qualified):
            view = f"marts.{table.name}_current"
            con.execute(
                f"create or replace view {quoted_table(view)} as select * from {quoted_table(table.qualified)} "
                "where refresh_id = (select refresh_id from ops.published)"
            )
            made.append(view)
    return made


@contextmanager
def _incoming(con: duckdb.DuckDBPyConnection, table: str, rows: Rows) -> Iterator[dict[str, str]]:
    """Show the rows as one temporary view in the types that tables hold; yield its column types."""
    if isinstance(rows, pd.DataFrame) and rows.columns.empty:
        raise VersionedTableError(f"{table}: expected rows with at least one column, got none")
    source = f"{_INCOMING}_source"
    # DuckDB guesses an object column's type from a sample and reads what lies outside it as NULL; Arrow looks at all.
    con.register(source, _as_arrow(table, rows) if isinstance(rows, pd.DataFrame) else rows)
    # A relation is read when asked: one over this very table would find its rows already deleted.
    held_as = "temp table" if isinstance(rows, duckdb.DuckDBPyRelation) else "temp view"
    try:
        described = con.execute(f"describe {source}").fetchall()
        chosen = ", ".join(_as_held(name, kind) for name, kind, *_ in described)
        con.execute(f"create {held_as} {_INCOMING} as select {chosen} from {source}")
        yield {name: kind for name, kind, *_ in con.execute(f"describe {_INCOMING}").fetchall()}
    finally:
        with suppress(duckdb.TransactionException):  # a transaction that is lost takes the view back itself
            con.execute(f"drop {held_as.split()[1]} if exists {_INCOMING}")
            con.unregister(source)


def _as_arrow(table: str, frame: pd.DataFrame) -> pa.Table:
    try:
        return pa.Table.from_pandas(frame, preserve_index=False)
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        mixed = ", ".join(str(name) for name in frame.columns if frame[name].dtype == object)
        # Arrow's own message quotes the value, which may identify somebody.
        raise VersionedTableError(
            f"{table}: expected one type in each column, got mixed ones among {mixed}; make each column text or numbers"
        ) from None


def _as_held(name: str, kind: str) -> str:
    """Return the SQL that gives a column the type in which tables hold it."""
    column = quoted(name)
    if kind == "TIMESTAMP WITH TIME ZONE":
        return f"{column} at time zone 'UTC' as {column}"
    if kind in ("TIMESTAMP_NS", "TIMESTAMP_MS", "TIMESTAMP_S"):
        return f"cast({column} as timestamp) as {column}"
    if kind == '"NULL"' or kind.startswith("ENUM"):
        return f"cast({column} as varchar) as {column}"
    return column


def _check_refresh(con: duckdb.DuckDBPyConnection, table: str, types: dict[str, str], refresh_id: str) -> None:
    if "refresh_id" not in types:
        return
    others = con.execute(
        f"select count(*) from {_INCOMING} where refresh_id is distinct from ?", [refresh_id]
    ).fetchone()
    if others and others[0]:
        raise VersionedTableError(
            f"{table}: expected rows of refresh {refresh_id!r} only, got {others[0]} of another; "
            "leave the column out and it is added"
        )


def _fit_table(con: duckdb.DuckDBPyConnection, table: str, types: dict[str, str]) -> None:
    """Make the table able to hold the incoming columns."""
    held = column_types(con, table)
    if not held:
        columns = ", ".join(f"{quoted(name)} {kind}" for name, kind in types.items())
        con.execute(f"create table {quoted_table(table)} (refresh_id varchar, {columns})")
        return
    for name, kind in types.items():
        if name not in held:
            con.execute(f"alter table {quoted_table(table)} add column {quoted(name)} {kind}")
        elif held[name] != kind and not _fits(con, name, kind, held[name]):
            wider = _wider_type(con, table, name, held[name], kind)
            con.execute(f"alter table {quoted_table(table)} alter column {quoted(name)} type {wider}")


def _fits(con: duckdb.DuckDBPyConnection, name: str, kind: str, held: str) -> bool:
    """Say whether every incoming value comes back unchanged from the type that the table holds."""
    if held == "VARCHAR" and (kind.endswith("]") or kind.startswith(("STRUCT", "MAP"))):
        return False
    column = quoted(name)
    lost = con.execute(
        f"select 1 from {_INCOMING} where {column} is not null and "
        f"cast(try_cast({column} as {held}) as {kind}) is distinct from {column} limit 1"
    ).fetchone()
    return lost is None


def _wider_type(con: duckdb.DuckDBPyConnection, table: str, name: str, held: str, kind: str) -> str:
    """Return the type that holds both, the incoming one where the table has no value yet."""
    column = quoted(name)
    if con.execute(f"select 1 from {quoted_table(table)} where {column} is not null limit 1").fetchone() is None:
        return kind
    try:
        found = con.execute(f"select typeof(coalesce(null::{held}, null::{kind}))").fetchone()
    except duckdb.BinderException:
        found = None
    if found is None:
        raise VersionedTableError(
            f"{table}.{name}: expected {held} as in earlier refreshes, got {kind}; give the column its former type"
        )
    return str(found[0])


def _delete_others(con: duckdb.DuckDBPyConnection, table: str, kept: Collection[str]) -> int:
    marks = ", ".join("?" for _ in kept) or "null"
    counted = con.execute(f"delete from {quoted_table(table)} where refresh_id not in ({marks})", list(kept)).fetchone()
    return int(counted[0]) if counted else 0
