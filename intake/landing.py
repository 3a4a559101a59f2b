"""Landing: a force's files become text tables under canonical names, with every row accounted for.

Files are looked at first, while nothing has been touched; then one transaction replaces schema landing, so that a
refresh which is killed or refused leaves the landing tables of the one before.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import duckdb

from intake.bookkeeping import (
    create_landing,
    merge_accounts,
    record_accounts,
    record_files,
    record_ragged,
    record_settings,
)
from intake.canonical import CANONICAL_TABLES
from intake.extracts import Extract, find_extracts, find_files, fingerprint
from intake.landing_crimes import create_left_out, drop_left_out, land_crimes, settle_left_out
from intake.landing_dependents import account_landed, land_dependents
from intake.landing_records import land_records
from intake.mo_records import ReadFile, find_record_files, read_record_file
from intake.profile_schema import ForceProfile
from intake.readers import SurveyedFile, create_raw, load, survey
from intake.repairs import note_repairs
from intake.sql_text import literal
from intake.suspicions import refuse_bad_input


class LandedFile(NamedTuple):
    """One file that landed."""

    label: str
    source: str
    extract_id: str
    sha256: str
    n_bytes: int
    n_rows: int
    ignored_columns: tuple[str, ...]


class Account(NamedTuple):
    """What became of the rows that one file held for one table; n_in is the sum of the other counts."""

    table: str
    file: str
    n_in: int
    n_landed: int
    n_retracted: int
    n_out_of_scope: int
    n_quarantined: int


class LandingReport(NamedTuple):
    """What a landing did."""

    extracts: tuple[str, ...]
    files: tuple[LandedFile, ...]
    accounts: tuple[Account, ...]
    fingerprint: str

    def n_landed(self, table: str) -> int:
        """Return the number of rows that landed in a canonical table."""
        return sum(account.n_landed for account in self.accounts if account.table == table)


def land(con: duckdb.DuckDBPyConnection, profile: ForceProfile, landing_dir: Path) -> LandingReport:
    """Replace schema landing by what the extracts in a folder hold.

    Parameters
    ----------
    con
        Connection to the warehouse, not inside a transaction.
    profile
        The force's mapping.
    landing_dir
        Folder of the extract, or of several. It is never written to.

    Returns
    -------
    LandingReport
        Files, accounts and the fingerprint of the input.

    Raises
    ------
    InputError
        The input cannot be used: one line that names file, row or key and the remedy. Schema landing is as before.
    """
    extracts, surveyed = survey_input(con, profile, landing_dir)
    records = read_records(extracts, landing_dir)
    with _transaction(con):
        fill_landing(con, profile, extracts, surveyed, records)
        refuse_bad_input(con, profile)
    return _report(con, extracts)


def survey_input(
    con: duckdb.DuckDBPyConnection, profile: ForceProfile, landing_dir: Path
) -> tuple[list[Extract], list[SurveyedFile]]:
    """Look at every file that a refresh would read, changing nothing; raises as `land` does."""
    extracts = find_extracts(profile, landing_dir)
    files = find_files(profile, extracts, landing_dir)
    return extracts, [survey(con, profile, file) for file in files]


def read_records(extracts: Sequence[Extract], landing_dir: Path) -> list[ReadFile]:
    """Read what forms saved, beside the extracts and in the landing folder; nothing in it stops a refresh."""
    return [read_record_file(file) for file in find_record_files(extracts, landing_dir)]


def fill_landing(
    con: duckdb.DuckDBPyConnection,
    profile: ForceProfile,
    extracts: Sequence[Extract],
    surveyed: Sequence[SurveyedFile],
    records: Sequence[ReadFile] = (),
) -> None:
    """Fill every table of schema landing from surveyed files and records of forms, within the caller's transaction."""
    create_landing(con)
    for source in profile.sources.values():
        create_raw(con, profile, source)
    for one in surveyed:
        load(con, one, profile.sources[one.file.source])
    record_files(con, surveyed)
    record_settings(con, profile)
    _account_ragged(con, profile, surveyed)
    _fill_tables(con, profile, extracts, records)
    merge_accounts(con)


def _fill_tables(
    con: duckdb.DuckDBPyConnection, profile: ForceProfile, extracts: Sequence[Extract], records: Sequence[ReadFile]
) -> None:
    order = _order_sql(extracts)
    create_left_out(con)
    for table, mappings in profile.tables.items():
        for mapping in mappings:
            note_repairs(con, profile, mapping)
            if table == "crimes":
                land_crimes(con, profile, mapping, order)
            else:
                land_dependents(con, profile, mapping, order)
        if table == "crimes":
            settle_left_out(con)
    land_records(con, profile, records, extracts[-1].order)
    for table in CANONICAL_TABLES:
        if table != "crimes":
            account_landed(con, table)
    drop_left_out(con)


def _order_sql(extracts: Sequence[Extract]) -> str:
    whens = " ".join(f"when {literal(extract.name)} then {extract.order}" for extract in extracts)
    return f"case _extract {whens} end"


def _account_ragged(con: duckdb.DuckDBPyConnection, profile: ForceProfile, surveyed: Sequence[SurveyedFile]) -> None:
    """Count ragged rows once, for the first table that their file feeds."""
    first_table = {mapping.source: mapping.table for mapping in reversed(profile.mappings())}
    for one in surveyed:
        table = first_table.get(one.file.source)
        if one.ragged and table:
            record_ragged(con, table, one.ragged)
            record_accounts(
                con,
                table,
                f"select {literal(one.file.label)} as _file, {literal(one.file.extract.name)} as _extract,"
                f" 'row_quarantined' as fate, {len(one.ragged)} as n",
            )


@contextmanager
def _transaction(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    con.begin()
    try:
        yield
    except BaseException:
        con.rollback()
        raise
    con.commit()


def _names(joined: str) -> tuple[str, ...]:
    return tuple(joined.split(", ")) if joined else ()


def _report(con: duckdb.DuckDBPyConnection, extracts: Sequence[Extract]) -> LandingReport:
    accounts = con.execute(
        "select table_name, source_file, rows_in, rows_landed, rows_retracted, rows_out_of_scope, rows_quarantined"
        " from landing.accounts order by table_name, source_file"
    ).fetchall()
    listed = con.execute(
        "select source_file, source, extract_id, coalesce(sha256, ''), bytes, rows, ignored_columns"
        " from landing.files order by rowid"
    ).fetchall()
    files = tuple(LandedFile(*row)._replace(ignored_columns=_names(row[-1])) for row in listed)
    return LandingReport(
        tuple(extract.name for extract in extracts),
        files,
        tuple(Account(*row) for row in accounts),
        fingerprint((file.label, file.sha256) for file in files),
    )
