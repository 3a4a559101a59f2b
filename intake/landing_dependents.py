"""Landing of what hangs on crimes: MO, texts, offenders, property, scene links, decisions.

A row whose crime did not land shares its fate, and is counted with it. A row whose crime nobody sent is staging's.
"""

import duckdb

from intake.bookkeeping import record_accounts
from intake.canonical import CANONICAL_TABLES
from intake.coded_cells import coded_sql
from intake.landing_crimes import LEFT_OUT_CRIMES, LEFT_OUT_ROWS
from intake.mapping import cells_sql, column_sql, filter_sql, item_sql
from intake.profile_schema import ForceProfile, TableMapping
from intake.readers import raw_table
from intake.sql_text import literal


def land_dependents(con: duckdb.DuckDBPyConnection, profile: ForceProfile, mapping: TableMapping, order: str) -> None:
    """Fill one landing table from one mapping.

    Parameters
    ----------
    con
        Connection, inside the refresh's transaction, with landing.crimes filled.
    profile, mapping
        What the force's files hold. Rows without a crime_id of their own take that of their source row's crime.
    order
        SQL that gives the extract's place in time from _extract.
    """
    if "crime_id" in CANONICAL_TABLES[mapping.table].required and "crime_id" not in mapping.columns:
        beside = (
            "select crime_id as _crime_id, cast(null as varchar) as _fate, source_file as _file, source_row as _row"
        )
        landed = f"{beside} from landing.crimes"
        left_out = f"select null, fate, _file, _row from {LEFT_OUT_ROWS} where source = {literal(mapping.source)}"
        rows = _rows_sql(profile, mapping, f" join ({landed} union all {left_out}) using (_file, _row)")
    else:
        rows = _fated_sql(_rows_sql(profile, mapping, ""), mapping)
    columns = ", ".join(CANONICAL_TABLES[mapping.table].column_names)
    con.execute(
        f"insert into landing.{mapping.table} by name select {columns}, _file as source_file, _row as source_row,"
        f" _extract as extract_id, {order} as extract_order from ({rows}) where _fate is null"
    )
    if mapping.only or con.execute(f"select count(*) from {LEFT_OUT_ROWS}").fetchall()[0][0]:
        _account_left_out(con, mapping, rows)


def account_landed(con: duckdb.DuckDBPyConnection, table: str) -> None:
    """Add what landed to a table's accounts, once all its mappings have run."""
    record_accounts(
        con,
        table,
        f"select source_file as _file, any_value(extract_id) as _extract, 'landed' as fate, count(*) as n"
        f" from landing.{table} group by source_file",
    )


def _rows_sql(profile: ForceProfile, mapping: TableMapping, beside: str) -> str:
    source = profile.sources[mapping.source]
    cells = cells_sql(raw_table(mapping.source), source, profile.wanted_columns(mapping.source))
    kept = [
        f"{'_crime_id' if beside and name == 'crime_id' else column_sql(mapping, name, profile)} as {name}"
        for name in CANONICAL_TABLES[mapping.table].column_names
        if not ((mapping.items or mapping.codes) and name in {"item_code", "value_code"})
    ]
    fate = "_fate" if beside else "cast(null as varchar)"
    kept.append(f"case when {filter_sql(mapping.only)} then {fate} else 'row_out_of_scope' end as _fate")
    kept += ["_file", "_row", "_extract"]
    selects = [
        item_sql(cell, "cells", ", ".join([*kept, f"{literal(item)} as item_code"]))
        for item, cell in mapping.items.items()
    ]
    if mapping.codes:
        selects.append(coded_sql(mapping.codes, "cells", ", ".join(kept)))
    selects = selects or [f"select {', '.join(kept)} from cells"]
    return f"with cells as (select * from ({cells}){beside}) {' union all by name '.join(selects)}"


def _fated_sql(rows: str, mapping: TableMapping) -> str:
    """Give rows that name their crime the fate of that crime, where it did not land."""
    keys = [name for name in CANONICAL_TABLES[mapping.table].required if name.startswith("crime_id")]
    joins = " ".join(f"left join {LEFT_OUT_CRIMES} l{n} on l{n}.crime_id = r.{key}" for n, key in enumerate(keys))
    fates = ", ".join(["r._fate", *(f"l{n}.fate" for n in range(len(keys)))])
    return f"select r.* replace (coalesce({fates}) as _fate) from ({rows}) r {joins}" if keys else rows


def _account_left_out(con: duckdb.DuckDBPyConnection, mapping: TableMapping, rows: str) -> None:
    left_out = f"select _file, _row, _extract, _fate from ({rows}) where _fate is not null"
    con.execute(f"create or replace temp table _left_out as {left_out}")
    counts = "select _file, any_value(_extract) as _extract, _fate as fate, count(*) as n from _left_out"
    record_accounts(con, mapping.table, f"{counts} group by _file, _fate")
    con.execute(
        f"""
        insert into landing.notes
        select '{mapping.table}', _file, _row, 'crime_id', _fate, case when _fate = 'row_retracted'
            then 'the crime is retracted; this row follows'
            else 'the crime is quarantined; expected one that loaded: mend the crime, this row follows' end, null
        from _left_out where _fate <> 'row_out_of_scope' order by _file, _row
        """
    )
    con.execute("drop table _left_out")
