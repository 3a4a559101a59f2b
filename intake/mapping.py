"""From a column mapping to SQL: what one canonical column, or one MO item, makes of a source row's cells.

What a mapping does not recognise passes through unchanged, so that staging refuses it with the value at hand; wording
that no pattern matches is missing, since wording is not a code.
"""

from collections.abc import Mapping

from intake.canonical import CANONICAL_TABLES, Kind
from intake.date_layouts import date_sql
from intake.profile_schema import ColumnMapping, ForceProfile, RowFilter, Source, TableMapping
from intake.sql_text import literal, quoted

_PART = chr(31)
"""Unit separator: joins the several values of one cell within SQL, and occurs in no code."""


def cells_sql(raw: str, source: Source, columns: Mapping[str, str]) -> str:
    """Return a SELECT of the raw rows with blank text, and the source's words for nothing, as NULL."""
    cells = ", ".join(f"{_present(quoted(name), source)} as {quoted(name)}" for name in columns)
    return f"select {cells}{', ' if cells else ''}_file, _row, _extract from {raw}"


def _present(name: str, source: Source) -> str:
    present = f"nullif(trim({name}), '')"
    for word in source.missing:
        present = f"nullif({present}, {literal(word.strip())})"
    return present


def column_sql(mapping: TableMapping, column: str, profile: ForceProfile) -> str:
    """Return SQL for one canonical column of a table mapping; a constant or NULL where the profile has none."""
    cell = mapping.columns.get(column)
    if cell is None:
        return _unmapped(mapping, column, profile)
    kind: Kind = CANONICAL_TABLES[mapping.table].column(column).kind
    return value_sql(cell, kind, profile.is_utc)


def _unmapped(mapping: TableMapping, column: str, profile: ForceProfile) -> str:
    if column == "force_code":
        return literal(profile.force_code)
    if column == "value_source":
        return "'structured'"
    return "cast(null as varchar)"


def value_sql(cell: ColumnMapping, kind: Kind, is_utc: bool) -> str:
    """Return SQL for the one value that a mapping gives."""
    if cell.constant is not None:
        return f"nullif({literal(cell.constant)}, '')"
    text = padded_sql(cell)
    if cell.matches:
        return _first_match(text, cell)
    if cell.values is not None:
        return _translated(text, cell)
    if kind == "date_time":
        return date_sql(text, cell.layouts, is_utc)
    return _boolean(text) if kind == "boolean" else text


def padded_sql(cell: ColumnMapping) -> str:
    """Return SQL for the joined text of the columns, numbers padded to their width."""
    if cell.separator:
        return quoted(cell.columns[0])
    parts = [_padded(quoted(name), cell.pad.get(name)) for name in cell.columns]
    return parts[0] if len(parts) == 1 else f"nullif(concat_ws(' ', {', '.join(parts)}), '')"


def _padded(text: str, width: int | None) -> str:
    if width is None:
        return text
    return f"case when {needs_padding_sql(text, width)} then lpad({text}, {width}, '0') else {text} end"


def needs_padding_sql(text: str, width: int) -> str:
    """Return SQL that says whether a number has lost its leading zeros."""
    return f"length({text}) < {width} and regexp_full_match({text}, '[0-9]+')"


def _first_match(text: str, cell: ColumnMapping) -> str:
    whens = " ".join(
        f"when regexp_matches({text}, {literal(match.pattern)}) then {literal(match.value)}" for match in cell.matches
    )
    return f"nullif(case {whens} end, '')"


def _translated(text: str, cell: ColumnMapping) -> str:
    values = cell.values or {}
    whens = " ".join(f"when {literal(code)} then {literal(_PART.join(values[code]))}" for code in values)
    otherwise = text if cell.unlisted == "keep" else "null"
    return f"nullif(case {text} {whens} else {otherwise} end, '')" if whens else otherwise


def _boolean(text: str) -> str:
    return (
        f"case when lower({text}) in ('true', 't', 'yes', 'y', '1') then 'true'"
        f" when lower({text}) in ('false', 'f', 'no', 'n', '0') then 'false' else {text} end"
    )


def item_sql(cell: ColumnMapping, cells: str, kept: str) -> str:
    """Return a SELECT of one row per value of an MO item, as column value_code; the other columns are `kept`.

    Parameters
    ----------
    cell
        How the item is filled.
    cells
        Name of the relation with the source's cells.
    kept
        SQL of the columns that every value's row carries.
    """
    if cell.every_match:
        cases = ", ".join(
            f"case when regexp_matches({padded_sql(cell)}, {literal(match.pattern)}) then {literal(match.value)} end"
            for match in cell.matches
        )
        values = f"unnest(list_distinct([{cases}]))"
    elif cell.separator:
        values = f"unnest(string_split({padded_sql(cell)}, {literal(cell.separator)}))"
    else:
        values = value_sql(cell, "text", is_utc=False)
    rows = f"select {kept}, {values} as value_code from {cells}"
    if cell.separator:
        part = ColumnMapping(columns=("value_code",), values=cell.values, unlisted=cell.unlisted, matches=cell.matches)
        width = cell.pad.get(cell.columns[0])
        rows = (
            f"select * replace ({value_sql(part, 'text', is_utc=False)} as value_code) from (select * replace ("
            f"{_padded('value_code', width)} as value_code) from (select * replace (nullif(trim(value_code), '')"
            f" as value_code) from ({rows})))"
        )
    if cell.values and any(len(values) > 1 for values in cell.values.values()):
        rows = f"select * replace (unnest(string_split(value_code, {literal(_PART)})) as value_code) from ({rows})"
    return f"select * from ({rows}) where value_code is not null"


def filter_sql(filters: tuple[RowFilter, ...]) -> str:
    """Return SQL that says whether a source row belongs to the table; blank text counts as ''."""
    return " and ".join(f"({_condition(row_filter)})" for row_filter in filters) or "true"


def _condition(row_filter: RowFilter) -> str:
    text = f"coalesce({quoted(row_filter.column)}, '')"
    if row_filter.pattern is not None:
        return f"regexp_matches({text}, {literal(row_filter.pattern)})"
    words = row_filter.equals if row_filter.equals is not None else row_filter.differs or ()
    negated = "" if row_filter.equals is not None else "not "
    return f"{text} {negated}in ({', '.join(literal(word) for word in words)})"


def crime_group_sql(groups: Mapping[str, str], offence_code: str) -> str:
    """Return SQL for the crime group of an offence code: an exact code first, then the longest prefix."""
    exact = [code for code in groups if not code.endswith("*")]
    prefixes = sorted((code[:-1] for code in groups if code.endswith("*")), key=len, reverse=True)
    whens = [f"when {offence_code} = {literal(code)} then {literal(groups[code])}" for code in exact]
    whens += [
        f"when starts_with({offence_code}, {literal(prefix)}) then {literal(groups[prefix + '*'])}"
        for prefix in prefixes
    ]
    return f"case {' '.join(whens)} end" if whens else "cast(null as varchar)"
