"""What a profile would make of an extract: what loads, what does not and why; nothing is kept."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import duckdb

from intake.canonical import CANONICAL_TABLES, CRIME_GROUPS, CanonicalColumn, redacted_sql
from intake.errors import InputError
from intake.extracts import Extract, find_extracts, find_files
from intake.landing import Account, fill_landing, read_records
from intake.profile_schema import ForceProfile
from intake.readers import SurveyedFile, survey
from intake.suspicions import find_suspicions


class ColumnCheck(NamedTuple):
    """What one canonical column would hold; `example` is the first value that cannot be typed, redacted where due."""

    table: str
    column: str
    n_rows: int
    n_missing: int
    n_untyped: int
    example: str | None
    example_at: str | None


class ProfileCheck(NamedTuple):
    """What a profile would make of an extract.

    `problems` stop a refresh; `remarks` are rows or values that would be set aside, within the profile's limits.
    """

    problems: tuple[str, ...]
    remarks: tuple[str, ...]
    accounts: tuple[Account, ...]
    columns: tuple[ColumnCheck, ...]

    @property
    def would_load(self) -> bool:
        """Say whether a refresh would get past landing."""
        return not self.problems


def check_profile(con: duckdb.DuckDBPyConnection, profile: ForceProfile, landing_dir: Path) -> ProfileCheck:
    """Try a profile on an extract and report, leaving the database as it was.

    Parameters
    ----------
    con
        Any connection, in memory or a warehouse, not inside a transaction.
    profile
        The mapping to try.
    landing_dir
        Folder of the extract, as for `intake.landing.land`.
    """
    problems: list[str] = []
    extracts, surveyed = _survey_all(con, profile, landing_dir, problems)
    if problems:
        return ProfileCheck(tuple(problems), (), (), ())
    con.begin()
    try:
        fill_landing(con, profile, extracts, surveyed, read_records(extracts, landing_dir))
        problems += [str(suspicion) for suspicion in find_suspicions(con, profile)]
        accounts = tuple(
            Account(*row) for row in con.execute("select * exclude (extract_id) from landing.accounts").fetchall()
        )
        columns = tuple(_column_checks(con, profile))
        remarks = [*_remarks(columns), *_plausibility(con, profile), *_notes(con)]
    finally:
        con.rollback()
    problems += _over_limit(profile, columns)
    return ProfileCheck(tuple(problems), tuple(remarks), accounts, columns)


def _survey_all(
    con: duckdb.DuckDBPyConnection, profile: ForceProfile, landing_dir: Path, problems: list[str]
) -> tuple[list[Extract], list[SurveyedFile]]:
    """Survey every file, gathering all complaints instead of stopping at the first."""
    surveyed: list[SurveyedFile] = []
    extracts: list[Extract] = []
    try:
        extracts = find_extracts(profile, landing_dir)
        files = find_files(profile, extracts, landing_dir)
    except InputError as error:
        problems.append(str(error))
        return extracts, surveyed
    for file in files:
        try:
            surveyed.append(survey(con, profile, file))
        except InputError as error:
            problems.append(str(error))
    return extracts, surveyed


def _column_checks(con: duckdb.DuckDBPyConnection, profile: ForceProfile) -> Iterator[ColumnCheck]:
    identifying = _identifying_columns(profile)
    for table, mappings in profile.tables.items():
        for column in CANONICAL_TABLES[table].columns:
            cells = [mapping.columns[column.name] for mapping in mappings if column.name in mapping.columns]
            if cells or (table, column.name) == ("crimes", "crime_group"):
                is_shown = not column.is_identifying and identifying.isdisjoint(
                    name for cell in cells for name in cell.columns
                )
                yield _column_check(con, table, column, is_shown)


def _identifying_columns(profile: ForceProfile) -> set[str]:
    """Return the source columns that fill a column which can identify somebody: not to be shown elsewhere either."""
    return {
        name
        for mapping in profile.mappings()
        for column, cell in mapping.columns.items()
        if CANONICAL_TABLES[mapping.table].column(column).is_identifying
        for name in cell.columns
    }


def _column_check(con: duckdb.DuckDBPyConnection, table: str, column: CanonicalColumn, is_shown: bool) -> ColumnCheck:
    name = column.name
    shown = name if is_shown else redacted_sql(name)
    place = "source_file || ' row ' || source_row"
    untyped = _untyped_sql(column)
    row = con.execute(
        f"""
        select count(*), count(*) - count({name}), count(*) filter ({untyped}),
            arg_min({shown}, source_row) filter ({untyped}), arg_min({place}, source_row) filter ({untyped})
        from landing.{table}
        """
    ).fetchall()[0]
    return ColumnCheck(table, name, *row)


def _untyped_sql(column: CanonicalColumn) -> str:
    name = column.name
    if column.kind == "date_time":
        return f"{name} is not null and try_cast({name} as timestamptz) is null"
    if column.kind == "number":
        return f"{name} is not null and not coalesce(isfinite(try_cast({name} as double)), false)"
    if column.kind == "boolean":
        return f"{name} is not null and {name} not in ('true', 'false')"
    if name == "crime_group":
        return f"{name} is not null and {name} not in {CRIME_GROUPS}"
    return "false"


def _remarks(columns: tuple[ColumnCheck, ...]) -> list[str]:
    return [
        f"{check.table}.{check.column}: {check.n_untyped:,} of {check.n_rows:,} values cannot be typed,"
        f" the first at {check.example_at}: {check.example}"
        for check in columns
        if check.n_untyped
    ]


def _plausibility(con: duckdb.DuckDBPyConnection, profile: ForceProfile) -> list[str]:
    latest = f"timestamp '{profile.latest_at}'" if profile.latest_at else "now()::timestamp"
    area = profile.area
    early, inverted, outside, zero = con.execute(
        f"""
        with typed as (
            select try_cast(committed_from_at as timestamp) as from_at, try_cast(committed_to_at as timestamp) as to_at,
                try_cast(easting_m as double) as e, try_cast(northing_m as double) as n
            from landing.crimes
        )
        select count(*) filter (not from_at between timestamp '{profile.earliest_at}' and {latest}),
            count(*) filter (to_at < from_at),
            count(*) filter (not (e between {area.easting_min_m!r} and {area.easting_max_m!r}
                and n between {area.northing_min_m!r} and {area.northing_max_m!r})),
            count(*) filter (e = 0 and n = 0)
        from typed
        """
    ).fetchall()[0]
    found = (
        (early, "committed_from_at is implausible: the row is quarantined"),
        (inverted, "committed_to_at lies before committed_from_at: the row is quarantined"),
        (outside, f"coordinates lie outside the force ({zero:,} are zero): set missing"),
    )
    return [f"crimes: {n:,} rows where {what}" for n, what in found if n]


def _notes(con: duckdb.DuckDBPyConnection) -> list[str]:
    rows = con.execute(
        "select table_name, action, regexp_replace(reason, '[0-9]+', 'n', 'g'), count(*) from landing.notes"
        " group by all order by all"
    ).fetchall()
    return [f"{table}: {n:,} rows, {action.replace('_', ' ')}: {reason}" for table, action, reason, n in rows]


def _over_limit(profile: ForceProfile, columns: tuple[ColumnCheck, ...]) -> list[str]:
    """Say which columns alone would break the limits: an untypable first date quarantines its row."""
    problems = []
    for check in columns:
        is_row = check.column == "committed_from_at"
        limit = profile.limits.quarantined if is_row else profile.limits.set_missing
        if check.n_rows and check.n_untyped > limit * check.n_rows:
            problems.append(
                f"{check.example_at}: {check.n_untyped:,} of {check.n_rows:,} values of {check.table}.{check.column}"
                f" cannot be typed, above the limit of {limit:.0%}; mend its mapping in {profile.path.name}"
            )
    return problems
