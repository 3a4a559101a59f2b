"""Signs that file and profile do not fit: a date layout or coordinate system that is not the one declared.

Single bad values are staging's to quarantine. What is looked for here is one cause behind many of them, so that a
refresh stops at once and says what to change in the profile, instead of with a thousand quarantined rows.
"""

from typing import Any

import duckdb

from intake.canonical import CANONICAL_TABLES
from intake.coordinate_systems import Misplaced, misplaced
from intake.date_layouts import layout_in_words, parses_sql, swapped_layout
from intake.errors import RefusedInputError
from intake.mapping import cells_sql, column_sql, padded_sql
from intake.profile_schema import ColumnMapping, ForceProfile, TableMapping
from intake.readers import raw_table

COMMON_LAYOUTS = (
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%d",
    "%d/%m/%Y %H:%M:%S",
    "%d/%m/%Y %H:%M",
    "%d/%m/%Y",
    "%m/%d/%Y %H:%M:%S",
    "%m/%d/%Y %H:%M",
    "%m/%d/%Y",
    "%m/%d/%Y %I:%M:%S %p",
    "%d-%b-%Y %H:%M",
    "%d-%m-%Y %H:%M",
    "%d.%m.%Y %H:%M",
    "%Y%m%d",
    "%d/%m/%y %H:%M",
    "%d/%m/%y",
)
"""Layouts that forces send, day first before month first."""

_ISO_START = "^[0-9]{4}-[0-9]{2}-[0-9]{2}"


def refuse_bad_input(con: duckdb.DuckDBPyConnection, profile: ForceProfile) -> None:
    """Stop a refresh whose landing tables show that the profile does not fit the files.

    Raises
    ------
    RefusedInputError
        Day first against month first or another layout than declared; coordinates that are swapped, in degrees, in
        another system, zero or outside the force for more rows than `limits.set_missing` allows.
    """
    for suspicion in find_suspicions(con, profile):
        raise suspicion


def find_suspicions(con: duckdb.DuckDBPyConnection, profile: ForceProfile) -> list[RefusedInputError]:
    """Return every sign that profile and landing tables do not fit, most telling first."""
    found = [
        _date_suspicion(con, profile, mapping, column, cell)
        for mapping in profile.mappings()
        for column, cell in mapping.columns.items()
        if cell.columns and CANONICAL_TABLES[mapping.table].column(column).kind == "date_time"
    ]
    found += [_place_suspicion(con, profile, mapping) for mapping in profile.tables["crimes"]]
    return [suspicion for suspicion in found if suspicion]


def _date_suspicion(
    con: duckdb.DuckDBPyConnection, profile: ForceProfile, mapping: TableMapping, column: str, cell: ColumnMapping
) -> RefusedInputError | None:
    unread = f"not regexp_matches({column}, '{_ISO_START}')"
    n_given, n_unread = con.execute(
        f"select count({column}), count(*) filter ({unread}) from landing.{mapping.table}"
    ).fetchall()[0]
    if not n_unread or n_unread <= profile.limits.quarantined * n_given:
        return None
    better = _better_layouts(con, profile, mapping, cell)
    if better is None and n_unread < n_given:
        return None
    file, row = con.execute(
        f"select source_file, min(source_row) from landing.{mapping.table} where {unread}"
        " group by source_file order by source_file limit 1"
    ).fetchall()[0]
    fits = " or ".join(layout_in_words(layout) for layout in better or ())
    return RefusedInputError(
        f"{file} row {row}, column {' + '.join(cell.columns)}",
        f"{n_unread:,} of {n_given:,} dates do not fit the declared layout",
        " or ".join(layout_in_words(layout) for layout in cell.layouts) or "yyyy-mm-dd hh:mm:ss",
        f"{fits}, which fits all" if better else "dates that fit no layout that we know",
        f"set layouts: {list(better)} at {cell.where}" if better else f"mend 'layouts' at {cell.where}",
    )


def _better_layouts(
    con: duckdb.DuckDBPyConnection, profile: ForceProfile, mapping: TableMapping, cell: ColumnMapping
) -> tuple[str, ...] | None:
    """Return layouts that read practically every cell: day and month changed over, or a common one."""
    swapped = tuple(other for layout in cell.layouts if (other := swapped_layout(layout)))
    candidates = ([swapped] if swapped else []) + [(layout,) for layout in COMMON_LAYOUTS]
    source = profile.sources[mapping.source]
    text = padded_sql(cell)
    cells = cells_sql(raw_table(mapping.source), source, dict.fromkeys(cell.columns, ""))
    counts = ", ".join(f"count(*) filter ({parses_sql('_text', layouts)})" for layouts in candidates)
    n_given, *n_read = con.execute(
        f"select count(_text), {counts} from (select {text} as _text from ({cells}))"
    ).fetchall()[0]
    enough = (1.0 - profile.limits.quarantined) * n_given
    return next((layouts for layouts, n in zip(candidates, n_read, strict=True) if n >= enough), None)


def _place_suspicion(
    con: duckdb.DuckDBPyConnection, profile: ForceProfile, mapping: TableMapping
) -> RefusedInputError | None:
    if not {"easting_m", "northing_m"} <= mapping.columns.keys():
        return None
    source = profile.sources[mapping.source]
    area = profile.area
    cells = cells_sql(raw_table(mapping.source), source, profile.wanted_columns(mapping.source))
    rows = f"""
        select l.source_file, l.source_row, c.x, c.y, coalesce(
            try_cast(l.easting_m as double) between {area.easting_min_m!r} and {area.easting_max_m!r}
            and try_cast(l.northing_m as double) between {area.northing_min_m!r} and {area.northing_max_m!r}, false
        ) as is_inside
        from landing.crimes l join (
            select _file, _row, {column_sql(mapping, "easting_m", profile)} as x,
                {column_sql(mapping, "northing_m", profile)} as y from ({cells})
        ) c on c._file = l.source_file and c._row = l.source_row
        where l.easting_m is not null and l.northing_m is not null
    """
    n_given, n_outside = con.execute(f"select count(*), count(*) filter (not is_inside) from ({rows})").fetchall()[0]
    if not n_outside or n_outside <= profile.limits.set_missing * n_given:
        return None
    sample: Any = con.sql(
        f"select source_file, source_row, try_cast(x as double) as x, try_cast(y as double) as y from ({rows})"
        " where not is_inside order by source_file, source_row limit 2000"
    ).to_arrow_table()
    cause: Misplaced = misplaced(sample["x"].to_numpy(), sample["y"].to_numpy(), profile)
    return RefusedInputError(
        f"{sample['source_file'][0]} row {sample['source_row'][0]}, {mapping.where}",
        f"{n_outside:,} of {n_given:,} coordinates lie outside the force: {cause.what}",
        f"{profile.crs} within the profile's area, for all but {profile.limits.set_missing:.0%}",
        remedy=cause.remedy,
    )
