"""What landing writes about itself: files, accounts, notes and settings, so that every row can be accounted for."""

from collections.abc import Iterable, Mapping, Sequence

import duckdb

from intake.canonical import CANONICAL_TABLES
from intake.date_layouts import layout_in_words
from intake.profile_schema import LOCAL_GRID, ColumnMapping, ForceProfile, TableMapping
from intake.readers import RaggedRow, SurveyedFile

_TABLES = {
    "files": "source_file varchar, source varchar, extract_id varchar, sha256 varchar, bytes bigint, rows bigint, "
    "loaded_columns varchar, ignored_columns varchar",
    "accounts": "table_name varchar, source_file varchar, extract_id varchar, rows_in bigint, rows_landed bigint, "
    "rows_retracted bigint, rows_out_of_scope bigint, rows_quarantined bigint",
    "notes": "table_name varchar, source_file varchar, source_row bigint, column_name varchar, action varchar, "
    "reason varchar, value varchar",
    "settings": "table_name varchar, column_name varchar, expected varchar",
}


def create_landing(con: duckdb.DuckDBPyConnection) -> None:
    """Make schema landing with every canonical and bookkeeping table empty, and no raw table left of before."""
    con.execute("create schema if not exists landing")
    stale = con.execute(
        "select table_name from duckdb_tables() where schema_name = 'landing' and starts_with(table_name, 'raw_')"
        " and database_name = current_database()"
    ).fetchall()
    for (name,) in stale:
        con.execute(f'drop table landing."{name}"')
    for name, columns in _TABLES.items():
        con.execute(f"create or replace table landing.{name} ({columns})")
    for table in CANONICAL_TABLES.values():
        columns = ", ".join(f"{name} varchar" for name in table.column_names)
        con.execute(
            f"create or replace table landing.{table.name} ({columns}, source_file varchar, source_row bigint,"
            " extract_id varchar, extract_order integer)"
        )


def record_files(con: duckdb.DuckDBPyConnection, surveyed: Sequence[SurveyedFile]) -> None:
    """Write one row per file."""
    for one in surveyed:
        con.execute(
            "insert into landing.files values (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                one.file.label,
                one.file.source,
                one.file.extract.name,
                one.sha256,
                one.n_bytes,
                one.n_rows,
                ", ".join(one.loaded),
                ", ".join(one.ignored),
            ],
        )


def record_ragged(con: duckdb.DuckDBPyConnection, table: str, ragged: Iterable[RaggedRow]) -> None:
    """Note ragged rows; the cells are not shown, for nobody knows which column they belong to."""
    for row in ragged:
        con.execute(
            "insert into landing.notes values (?, ?, ?, null, 'row_quarantined', ?, null)",
            [table, row.file, row.row, f"ragged row: line {row.line} has {row.n_found} cells, not {row.n_expected}"],
        )


def record_accounts(con: duckdb.DuckDBPyConnection, table: str, counts: str) -> None:
    """Add to the accounts of a table.

    Parameters
    ----------
    table
        Canonical table.
    counts
        A SELECT of (_file, _extract, fate, n); fate is 'landed' or an action of landing.notes.
    """
    con.execute(
        f"""
        insert into landing.accounts
        select '{table}', _file, any_value(_extract), sum(n),
            coalesce(sum(n) filter (fate = 'landed'), 0),
            coalesce(sum(n) filter (fate = 'row_retracted'), 0),
            coalesce(sum(n) filter (fate = 'row_out_of_scope'), 0),
            coalesce(sum(n) filter (fate = 'row_quarantined'), 0)
        from ({counts}) group by _file order by _file
        """
    )


def merge_accounts(con: duckdb.DuckDBPyConnection) -> None:
    """Bring the accounts to one row per table and file, where several mappings or ragged rows added to them."""
    con.execute(
        """
        create or replace table landing.accounts as
        select table_name, source_file, any_value(extract_id) as extract_id,
            cast(sum(rows_in) as bigint) as rows_in, cast(sum(rows_landed) as bigint) as rows_landed,
            cast(sum(rows_retracted) as bigint) as rows_retracted,
            cast(sum(rows_out_of_scope) as bigint) as rows_out_of_scope,
            cast(sum(rows_quarantined) as bigint) as rows_quarantined
        from landing.accounts group by table_name, source_file order by table_name, source_file
        """
    )


def record_settings(con: duckdb.DuckDBPyConnection, profile: ForceProfile) -> None:
    """Write, in people's words, what the profile expects of each column, for messages further on."""
    expected: dict[tuple[str, str], str] = {}
    for mapping in profile.mappings():
        for column, cell in mapping.columns.items():
            text = _expected(profile, mapping, column, cell)
            if text:
                expected[mapping.table, column] = text
    for (table, column), text in expected.items():
        con.execute("insert into landing.settings values (?, ?, ?)", [table, column, text])


def _expected(profile: ForceProfile, mapping: TableMapping, column: str, cell: ColumnMapping) -> str:
    kind = CANONICAL_TABLES[mapping.table].column(column).kind
    if cell.constant is not None:
        return ""
    if kind == "date_time":
        layouts = " or ".join(layout_in_words(layout) for layout in cell.layouts) or "yyyy-mm-dd hh:mm:ss"
        return f"a date-time such as {layouts}, {profile.timezone} clock"
    if column in {"easting_m", "northing_m"}:
        system = "metres of a local grid" if profile.crs == LOCAL_GRID else profile.crs
        return f"a number in {system}"
    if kind == "boolean":
        return "yes or no"
    if cell.values and cell.unlisted == "keep":
        return "one of " + ", ".join(_shortened(cell.values))
    return "a number" if kind == "number" else ""


def _shortened(values: Mapping[str, object]) -> list[str]:
    codes = list(values)
    return codes if len(codes) <= 12 else [*codes[:12], "…"]
