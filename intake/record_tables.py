"""Records of forms as temporary tables: what each says, what is wrong, and which crime it is about."""

from collections.abc import Sequence

import duckdb

from intake.landing_crimes import LEFT_OUT_CRIMES
from intake.mo_record_parts import Fault
from intake.mo_record_shape import CAPTORS
from intake.mo_records import ReadFile

SOURCE = "mo_records"
TABLES = ("_records", "_answers", "_record_faults", "_captors", "_matched")

_CREATE = f"""
    create or replace temp table _records (
        record bigint, source_file varchar, source_row bigint, extract_id varchar, record_id varchar, role varchar,
        reference varchar, reference_kind varchar, saved_at timestamp, note varchar, from_text varchar, to_text varchar
    );
    create or replace temp table _answers (record bigint, item_code varchar, value_code varchar, is_fact varchar);
    create or replace temp table _record_faults (
        table_name varchar, source_file varchar, source_row bigint, extract_id varchar, column_name varchar,
        reason varchar, value varchar, action varchar
    );
    create or replace temp table _captors as select * from (
        values {", ".join(f"('{role}', '{captor}')" for role, captor in CAPTORS.items())}) as c (role, captured_by)
"""
_KEY = "upper(regexp_replace({}, '[^0-9A-Za-z]', '', 'g'))"
"""A reference as people type it: capitals, blanks, strokes and hyphens make no difference."""


def create_record_tables(con: duckdb.DuckDBPyConnection, files: Sequence[ReadFile]) -> None:
    """Make the temporary tables of some files, list the files in landing.files, and match records to crimes.

    `_records` has one row a record that can be used, `_answers` one a value, `_record_faults` one a thing that is
    wrong with what became of it (`action`), `_matched` the records with crime_id (missing where none or several fit),
    n_crimes and crime_fate (missing where the crime landed), `_captors` who captured what each role says.
    """
    con.execute(_CREATE)
    for file in files:
        _list_file(con, file)
    _match(con)


def drop_record_tables(con: duckdb.DuckDBPyConnection) -> None:
    """Drop the temporary tables."""
    for name in TABLES:
        con.execute(f"drop table {name}")


def _list_file(con: duckdb.DuckDBPyConnection, read: ReadFile) -> None:
    """Write a file into landing.files, its records and their answers into tables, and what is wrong beside."""
    file = read.file
    con.execute(
        "insert into landing.files values (?, ?, ?, ?, ?, ?, '', '')",
        [file.label, SOURCE, file.extract_id, read.sha256 or None, read.n_bytes, len(read.entries)],
    )
    first = con.execute("select count(*) from _records").fetchall()[0][0]
    records: list[tuple[object, ...]] = []
    answers: list[tuple[object, ...]] = []
    faults: list[tuple[object, ...]] = []
    for entry in read.entries:
        place = (file.label, entry.row, file.extract_id)
        faults += [(_table_of(fault), *place, *fault[:3], _action_of(fault)) for fault in entry.faults]
        one = entry.record
        if one is None:
            continue
        number = first + len(records)
        saved_at = one.saved_at.replace(tzinfo=None)
        times = [moment.isoformat(" ") if moment else None for moment in (one.committed_from, one.committed_to)]
        told = (one.record_id, one.role, one.reference, one.reference_kind, saved_at, one.note or None)
        records.append((number, *place, *told, *times))
        facts = {None: None, True: "true", False: "false"}
        answers += [(number, a.item_code, a.value_code, facts[a.is_fact]) for a in one.answers]
    for name, rows in (("_records", records), ("_answers", answers), ("_record_faults", faults)):
        _append(con, name, rows)


def _table_of(fault: Fault) -> str:
    """Return the table to which the thing at fault would have belonged."""
    return {"text": "mo_texts", "committed_from_at": "crimes", "committed_to_at": "crimes"}.get(
        fault.key, "mo_features"
    )


def _action_of(fault: Fault) -> str:
    """Return what became of the thing at fault, as notes name it."""
    if not fault.is_lost:
        return "value_kept"
    return "value_set_missing" if _table_of(fault) == "crimes" else "row_quarantined"


def _append(con: duckdb.DuckDBPyConnection, table: str, rows: Sequence[tuple[object, ...]]) -> None:
    """Append rows in one statement; one statement a row takes a millisecond each."""
    import pyarrow as pa

    if not rows:
        return
    names = [name for name, *_ in con.execute(f"describe {table}").fetchall()]
    columns = {name: pa.array(list(cells)) for name, cells in zip(names, zip(*rows, strict=True), strict=True)}
    con.register("_incoming", pa.table(columns))
    con.execute(f"insert into {table} select * from _incoming")
    con.unregister("_incoming")


def _match(con: duckdb.DuckDBPyConnection) -> None:
    """Make _matched: every record with its crime and that crime's fate, or with the number of crimes that it fits."""
    con.execute(
        f"""
        create or replace temp table _matched as
        with known as (
            select distinct crime_id, {_KEY.format("crime_id")} as key from landing.crimes
            union select crime_id, {_KEY.format("crime_id")} from {LEFT_OUT_CRIMES}
        ),
        reported as (
            select distinct crime_id, {_KEY.format("report_reference")} as key from landing.crimes
            where report_reference is not null
        ),
        named as (
            select 'crime_id' as reference_kind, key, min(crime_id) as crime_id, count(*) as n_crimes
            from known where key <> '' group by key
            union all
            select 'report_reference', key, min(crime_id), count(*) from reported where key <> '' group by key
        )
        select r.*, coalesce(exact.crime_id, if(named.n_crimes = 1, named.crime_id, null)) as crime_id,
            if(exact.crime_id is null, coalesce(named.n_crimes, 0), 1) as n_crimes, left_out.fate as crime_fate
        from _records r
        left join (select distinct crime_id from known) exact
            on r.reference_kind = 'crime_id' and exact.crime_id = r.reference
        left join named on named.reference_kind = r.reference_kind and named.key = {_KEY.format("r.reference")}
        left join {LEFT_OUT_CRIMES} left_out
            on left_out.crime_id = coalesce(exact.crime_id, if(named.n_crimes = 1, named.crime_id, null))
        """
    )
