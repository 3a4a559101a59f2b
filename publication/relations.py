"""Names, columns and literals of the warehouse, written so that SQL reads them as meant."""

import duckdb


def quoted(name: str) -> str:
    """Return a column's or table's name as a SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def quoted_table(table: str) -> str:
    """Return `schema.table` as SQL identifiers."""
    return ".".join(quoted(part) for part in table.split("."))


def literal(text: str) -> str:
    """Return text as a SQL string."""
    return "'" + text.replace("'", "''") + "'"


def column_types(con: duckdb.DuckDBPyConnection, table: str) -> dict[str, str]:
    """Return column name -> DuckDB type of a table or view `schema.table`, in order; empty when there is none."""
    schema, _, name = table.rpartition(".")
    rows = con.execute(
        "select column_name, data_type from duckdb_columns() "
        "where database_name = current_database() and schema_name = ? and table_name = ? order by column_index",
        [schema or "main", name],
    ).fetchall()
    return dict(rows)


def is_base_table(con: duckdb.DuckDBPyConnection, table: str) -> bool:
    """Say whether `schema.table` is a table that holds rows of its own, not a view."""
    schema, _, name = table.rpartition(".")
    found = con.execute(
        "select 1 from duckdb_tables() where database_name = current_database() and schema_name = ? and table_name = ?",
        [schema or "main", name],
    ).fetchone()
    return found is not None
