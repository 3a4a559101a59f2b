"""Cells of mixed codes in SQL: split, padded, and each code turned into the MO values that the profile gives it."""

from intake.mapping import cells_sql, needs_padding_sql
from intake.profile_schema import CodedCells, ForceProfile, TableMapping
from intake.readers import raw_table
from intake.sql_text import literal, quoted


def coded_sql(codes: CodedCells, cells: str, kept: str) -> str:
    """Return a SELECT of one row per source row, item and value, as columns item_code and value_code.

    Parameters
    ----------
    codes
        The list.
    cells
        Name of the relation with the source's cells.
    kept
        SQL of the columns that every value's row carries, among them what tells source rows apart.
    """
    given = ", ".join(
        f"({literal(code)}, {literal(item)}, {literal(value)})"
        for code, values in codes.values.items()
        for item, value in values
    )
    # two codes of one cell may say the same
    return (
        f"select distinct {kept}, _given_item as item_code, _given_value as value_code"
        f" from (select *, {_parts_sql(codes)} as _part from {cells})"
        f" join (values {given}) as given (_given_code, _given_item, _given_value)"
        f" on _given_code = {_code_sql(codes)}"
    )


def noting_sql(profile: ForceProfile, mapping: TableMapping, codes: CodedCells) -> str:
    """Return an INSERT into landing.notes of every code that was padded or that the list lacks, and of blank cells."""
    cells = cells_sql(raw_table(mapping.source), profile.sources[mapping.source], {codes.column: ""})
    code = _code_sql(codes)
    needs = needs_padding_sql("_part", codes.pad) if codes.pad else "false"
    listed = " or ".join(
        f"(length({code}) = {len(first)} and {code} between {literal(first)} and {literal(last)})"
        for first, last in codes.listed
    )
    return f"""
        insert into landing.notes
        with parts as (select {_parts_sql(codes)} as _part, _file, _row from ({cells})),
        found as (
            select _file, _row, 'value_repaired' as action, 'leading zeros restored: ' || {code} as reason, _part
            from parts where {needs}
            union all
            select _file, _row, 'value_set_missing',
                'no code of the force''s list; expected one of codes.listed in the profile: left out, ask for it',
                _part
            from parts where _part <> '' and not ({listed or "true"})
            union all
            select _file, _row, 'value_absent', 'no code at all; expected at least one: nobody recorded any MO', null
            from ({cells}) where {quoted(codes.column)} is null
        )
        select '{mapping.table}', _file, _row, 'value_code', action, reason, _part from found
        order by _file, _row, action, _part
    """


def _parts_sql(codes: CodedCells) -> str:
    cell = quoted(codes.column)
    if codes.separator is None:
        return cell
    return f"trim(unnest(string_split({cell}, {literal(codes.separator)})))"


def _code_sql(codes: CodedCells) -> str:
    if codes.pad is None:
        return "_part"
    return f"case when {needs_padding_sql('_part', codes.pad)} then lpad(_part, {codes.pad}, '0') else _part end"
