"""Repairs that are certain, each of them noted: codes that a spreadsheet robbed of their leading zeros."""

import duckdb

from intake.coded_cells import noting_sql
from intake.mapping import cells_sql, needs_padding_sql
from intake.profile_schema import ColumnMapping, ForceProfile, TableMapping
from intake.readers import raw_table
from intake.sql_text import literal, quoted


def note_repairs(con: duckdb.DuckDBPyConnection, profile: ForceProfile, mapping: TableMapping) -> None:
    """Note every code that was padded to its width and is known once padded, and what cells of mixed codes lack.

    Times of day that are written without leading zeros are a layout that the profile declares, no repair.
    """
    cells = [(name, cell) for name, cell in mapping.columns.items() if cell.values is not None]
    cells += [("value_code", cell) for cell in mapping.items.values()]
    for column, cell in cells:
        for name, width in cell.pad.items():
            con.execute(_noting_sql(profile, mapping, column, cell, name, width))
    if mapping.codes:
        con.execute(noting_sql(profile, mapping, mapping.codes))


def _noting_sql(
    profile: ForceProfile, mapping: TableMapping, column: str, cell: ColumnMapping, name: str, width: int
) -> str:
    source = profile.sources[mapping.source]
    cells = cells_sql(raw_table(mapping.source), source, {name: ""})
    part = f"trim(unnest(string_split({quoted(name)}, {literal(cell.separator)})))" if cell.separator else quoted(name)
    known = ", ".join(literal(code) for code in cell.values or ())
    is_known = f"lpad(_part, {width}, '0') in ({known})" if known else "true"
    return f"""
        insert into landing.notes
        select '{mapping.table}', _file, _row, '{column}', 'value_repaired',
            'leading zeros restored: ' || lpad(_part, {width}, '0'), _part
        from (select {part} as _part, _file, _row from ({cells}))
        where {needs_padding_sql("_part", width)} and {is_known} order by _file, _row
    """
