"""Landing of crimes: mapped, retractions matched, scoped to the crime groups, placed on the grid, accounted for."""

import duckdb

from intake.bookkeeping import record_accounts
from intake.canonical import CANONICAL_TABLES
from intake.mapping import cells_sql, column_sql, crime_group_sql, filter_sql
from intake.profile_schema import ColumnMapping, ForceProfile, TableMapping
from intake.projection import PROJECTED, project_places
from intake.readers import raw_table
from intake.retractions import match_retractions
from intake.sql_text import literal, quoted

_ROWS = "_crime_rows"
_FATES = "_row_fates"
LEFT_OUT_ROWS = "_left_out_rows"
"""Temporary table (source, _file, _row, fate) of the crimes rows that did not land."""
LEFT_OUT_CRIMES = "_left_out_crimes"
"""Temporary table (crime_id, fate) of the crimes of which no row landed."""
_NOTHING = chr(30)


def create_left_out(con: duckdb.DuckDBPyConnection) -> None:
    """Make the lists of what did not land, empty."""
    con.execute(
        f"create or replace temp table {LEFT_OUT_ROWS} (source varchar, _file varchar, _row bigint, fate varchar)"
    )
    con.execute(f"create or replace temp table {LEFT_OUT_CRIMES} (crime_id varchar, fate varchar)")


def settle_left_out(con: duckdb.DuckDBPyConnection) -> None:
    """Once all mappings of crimes have run: forget the crimes of which a row landed after all."""
    con.execute(
        f"create or replace temp table {LEFT_OUT_CRIMES} as select crime_id, min(fate) as fate"
        f" from {LEFT_OUT_CRIMES} anti join landing.crimes using (crime_id) group by crime_id"
    )


def drop_left_out(con: duckdb.DuckDBPyConnection) -> None:
    """Drop the lists of what did not land."""
    con.execute(f"drop table {LEFT_OUT_ROWS}; drop table {LEFT_OUT_CRIMES}")


def land_crimes(con: duckdb.DuckDBPyConnection, profile: ForceProfile, mapping: TableMapping, order: str) -> None:
    """Fill landing.crimes from one mapping; what does not land is noted, counted and remembered.

    Parameters
    ----------
    con
        Connection, inside the refresh's transaction.
    profile, mapping
        What the force's files hold.
    order
        SQL that gives the extract's place in time from _extract.
    """
    con.execute(f"create or replace temp table {_ROWS} as {_mapped_sql(profile, mapping)}")
    con.execute(
        f"create or replace temp table {_FATES}"
        " (_file varchar, _row bigint, fate varchar, column_name varchar, reason varchar)"
    )
    if mapping.retraction:
        match_retractions(con, _ROWS, _FATES)
    con.execute(_scope_sql(profile))
    project_places(con, profile, _ROWS)
    con.execute(_insert_sql(order))
    _note(con, mapping)
    if mapping.columns["crime_id"].is_fingerprint:
        _note_alike(con)
    record_accounts(
        con,
        "crimes",
        f"select _file, any_value(_extract) as _extract, coalesce(fate, 'landed') as fate, count(*) as n"
        f" from {_ROWS} left join {_FATES} using (_file, _row) group by all",
    )
    _remember(con, mapping)
    con.execute(f"drop table {_ROWS}; drop table {_FATES}; drop table {PROJECTED}")


def _mapped_sql(profile: ForceProfile, mapping: TableMapping) -> str:
    source = profile.sources[mapping.source]
    wanted = profile.wanted_columns(mapping.source)
    columns = [name for name in CANONICAL_TABLES["crimes"].column_names if name not in {"crime_id", "crime_group"}]
    canonical = ", ".join(f"{column_sql(mapping, name, profile)} as {name}" for name in columns)
    own = "".join(f", {quoted(name)} as {quoted('_own_' + name)}" for name in wanted)
    retraction = mapping.retraction
    retracts = (
        f"{quoted(retraction.column)} is not distinct from {literal(retraction.value)}" if retraction else "false"
    )
    match = _joined([_carried(name, mapping) for name in retraction.match]) if retraction else "null"
    return f"""
        with cells as ({cells_sql(raw_table(mapping.source), source, wanted)}),
        mapped as (
            select {canonical}{own}, _file, _row, _extract,
                {filter_sql(mapping.only)} as _is_kept, {retracts} as _retracts
            from cells
        )
        select {_crime_id_sql(profile, mapping)} as crime_id, {", ".join(columns)},
            {_group_sql(profile, mapping)} as crime_group,
            _file, _row, _extract, _is_kept, _retracts, {match} as _match
        from mapped
    """


def _carried(name: str, mapping: TableMapping) -> str:
    return name if mapping.is_normalised(name) else quoted(f"_own_{name}")


def _joined(names: list[str]) -> str:
    """Return SQL of one text for several columns, NULL where all are missing, missing being equal to missing."""
    cells = ", ".join(f"coalesce({name}, {literal(_NOTHING)})" for name in names)
    return f"case when coalesce({', '.join(names)}) is not null then concat_ws({literal(chr(31))}, {cells}) end"


def _crime_id_sql(profile: ForceProfile, mapping: TableMapping) -> str:
    cell = mapping.columns["crime_id"]
    if not cell.is_fingerprint:
        return _own_column(mapping, "crime_id", profile)
    digest = f"md5({_joined([_carried(name, mapping) for name in cell.columns])})"
    # rows alike in everything loaded are interchangeable, so their number does not depend on the file's order
    rest = ", ".join(quoted("_own_" + name) for name in profile.wanted_columns(mapping.source))
    number = f"row_number() over (partition by {digest} order by {rest}, _file, _row)"
    prefix = literal(f"{cell.prefix}-" if cell.prefix else "")
    return f"{prefix} || left({digest}, 16) || case when {number} > 1 then '-' || {number} else '' end"


def _own_column(mapping: TableMapping, column: str, profile: ForceProfile) -> str:
    """Return SQL of a mapped column over the rows that carry the source's own columns under other names."""
    cell = mapping.columns[column]
    renamed = ColumnMapping(
        **{
            **cell.__dict__,
            "columns": tuple("_own_" + name for name in cell.columns),
            "pad": {"_own_" + name: width for name, width in cell.pad.items()},
        }
    )
    alone = TableMapping(mapping.table, mapping.source, {column: renamed})
    return column_sql(alone, column, profile)


def _group_sql(profile: ForceProfile, mapping: TableMapping) -> str:
    by_code = crime_group_sql(profile.crime_groups, "offence_code")
    if "crime_group" not in mapping.columns:
        return by_code
    return f"coalesce({_own_column(mapping, 'crime_group', profile)}, {by_code})"


def _scope_sql(profile: ForceProfile) -> str:
    other = "row_out_of_scope" if profile.scopes_out else "row_quarantined"
    return f"""
        insert into {_FATES}
        select _file, _row,
            case when not _is_kept then 'row_out_of_scope' when offence_code is null then 'row_quarantined'
                else '{other}' end,
            'offence_code',
            case when offence_code is null
                then 'neither offence_code nor crime_group; expected one of them: check the column mapping'
                else 'no crime group holds this code; expected it under crime_groups in the profile: add it there' end
        from {_ROWS} anti join {_FATES} using (_file, _row)
        where not _is_kept or crime_group is null
    """


def _insert_sql(order: str) -> str:
    placed = {name: f"coalesce(p.grid_{name}, r.{name}) as {name}" for name in ("easting_m", "northing_m")}
    columns = ", ".join(placed.get(name, f"r.{name}") for name in CANONICAL_TABLES["crimes"].column_names)
    return f"""
        insert into landing.crimes by name
        select {columns},
            r._file as source_file, r._row as source_row, r._extract as extract_id, {order} as extract_order
        from (select * from {_ROWS} anti join {_FATES} using (_file, _row)) r
        left join {PROJECTED} p on p.easting_m = r.easting_m and p.northing_m = r.northing_m
        order by r._extract, r._file, r._row
    """


def _note(con: duckdb.DuckDBPyConnection, mapping: TableMapping) -> None:
    retraction = mapping.retraction
    column = literal(retraction.column) if retraction else "null"
    value = f"case when _retracts then {literal(retraction.value)} end" if retraction else "cast(null as varchar)"
    con.execute(
        f"""
        insert into landing.notes
        select 'crimes', _file, _row,
            case when column_name = '_retracts' then {column} else column_name end, fate, reason,
            case when column_name = '_retracts' then {value} else offence_code end
        from {_FATES} join {_ROWS} using (_file, _row) where fate <> 'row_out_of_scope' order by _file, _row
        """
    )


def _note_alike(con: duckdb.DuckDBPyConnection) -> None:
    """Note rows that nothing tells from an earlier one; fingerprints number them."""
    con.execute(
        f"""
        insert into landing.notes
        select 'crimes', _file, _row, 'crime_id', 'value_kept',
            'alike to an earlier row in every column that is read; expected rows that differ: kept as its own crime',
            crime_id
        from {_ROWS} anti join {_FATES} using (_file, _row)
        where regexp_matches(crime_id, '(^|-)[0-9a-f]{{16}}-[0-9]+$') order by _file, _row
        """
    )


def _remember(con: duckdb.DuckDBPyConnection, mapping: TableMapping) -> None:
    con.execute(f"insert into {LEFT_OUT_ROWS} select {literal(mapping.source)}, _file, _row, fate from {_FATES}")
    con.execute(
        f"""
        insert into {LEFT_OUT_CRIMES}
        select crime_id, min(fate) from {_ROWS} join {_FATES} using (_file, _row)
        where crime_id is not null group by crime_id
        """
    )
