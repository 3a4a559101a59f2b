"""Landing of what forms saved: matched to crimes, put beside the force's own MO rows, and accounted for.

Of several records, the latest saved counts for a crime, item and role; so it does against the force's own rows of
that role, unless these were captured later or the record has no value where they have one. `extract_order` says so to
staging, which sets aside what is superseded. Where the force has no time for a crime, the form's fills it; where the
two exclude each other, the force's stays and the difference is noted. Every record that replaces rows of the force is
named with the items, for who captured something is what the record says of itself.
"""

from collections.abc import Sequence

import duckdb

from intake.bookkeeping import record_accounts
from intake.canonical import NULL_CODES
from intake.mo_records import ReadFile
from intake.profile_schema import ForceProfile
from intake.record_tables import create_record_tables, drop_record_tables
from intake.record_times import instant_sql, leave_out_times, settle_times
from intake.sql_text import literal

_OUTRANKED = -1
"""extract_order of an answer that the force's own rows replace: before every extract."""


def land_records(
    con: duckdb.DuckDBPyConnection, profile: ForceProfile, files: Sequence[ReadFile], latest_order: int
) -> None:
    """Add what records say to landing.mo_features and landing.mo_texts, within the refresh's transaction.

    Parameters
    ----------
    con
        Connection, with every table of the force's own extract filled and the crimes that were left out known.
    profile
        Says which clock the force's times are on.
    files
        Files of records as they were read.
    latest_order
        `extract_order` of the newest extract.
    """
    if not files:
        return
    create_record_tables(con, files)
    _note_unmatched(con)
    leave_out_times(con, profile)
    _settle_ties(con)
    _land_answers(con, profile, latest_order)
    _land_notes(con, latest_order)
    _note_faults(con)
    _note_replaced(con)
    settle_times(con, profile)
    con.execute("drop table _tied")
    drop_record_tables(con)


def _note_unmatched(con: duckdb.DuckDBPyConnection) -> None:
    """Note the records of which no crime, or more than one, has the reference."""
    con.execute(
        """
        insert into _record_faults
        select 'mo_features', source_file, source_row, extract_id, 'reference',
            if(n_crimes = 0, 'no crime of the extract has this ', n_crimes || ' crimes of the extract have this ')
            || reference_kind || '; expected exactly one: mend the reference, or wait for the crime to arrive',
            '<redacted, ' || length(reference) || ' characters>', 'row_quarantined'
        from _matched where crime_id is null
        """
    )


def _settle_ties(con: duckdb.DuckDBPyConnection) -> None:
    """Make _tied: answers that another record, saved at the same moment, contradicts, all but the first record's."""
    con.execute(
        """
        create or replace temp table _tied as
        with sets as (
            select m.record, m.crime_id, m.role, m.saved_at, m.record_id, m.source_file, m.source_row, a.item_code,
                list_sort(list(a.value_code)) as value_codes
            from _matched m join _answers a using (record) where m.crime_id is not null group by all
        )
        select record, item_code from sets
        qualify value_codes <> first_value(value_codes) over (
            partition by crime_id, role, item_code, saved_at order by record_id, source_file, source_row
        )
        """
    )
    con.execute(
        """
        insert into _record_faults
        select 'mo_features', source_file, source_row, extract_id, 'value_code',
            t.item_code || ': another record saved at the same moment says otherwise, and nothing says which is right; '
            || 'expected one: the first was kept, save it again', value_code, 'row_quarantined'
        from _tied t join _answers a using (record, item_code) join _matched using (record)
        """
    )


def _land_answers(con: duckdb.DuckDBPyConnection, profile: ForceProfile, latest_order: int) -> None:
    nulls = ", ".join(literal(code) for code in NULL_CODES)
    captured_at = instant_sql("f.captured_at", profile.timezone)
    con.execute(
        f"""
        create or replace temp table _landing_answers as
        with mine as (
            select m.*, a.item_code, a.value_code, a.is_fact, c.captured_by,
                if(m.role = 'csi', 'csi', 'structured') as value_source,
                {latest_order} + dense_rank() over (order by m.saved_at) as place
            from _matched m join _answers a using (record) join _captors c using (role)
            anti join _tied t on t.record = m.record and t.item_code = a.item_code
            where m.crime_id is not null
        ),
        own as (
            select f.crime_id, f.item_code, f.captured_by, f.value_source,
                max({captured_at}) as captured_at,
                bool_or(f.value_code is not null and f.value_code not in ({nulls})) as has_value
            from landing.mo_features f semi join mine using (crime_id, item_code, captured_by, value_source)
            group by all
        )
        select mine.*,
            case when own.crime_id is null then place
                when own.captured_at > mine.saved_at then {_OUTRANKED}
                when own.has_value and mine.value_code in ({nulls}) then {_OUTRANKED}
                else place end as extract_order
        from mine left join own using (crime_id, item_code, captured_by, value_source)
        """
    )
    _note_overrides(con)
    con.execute(
        """
        insert into landing.mo_features by name
        select crime_id, item_code, value_code, value_source, captured_by,
            strftime(saved_at, '%Y-%m-%d %H:%M:%S') || '+00:00' as captured_at, is_fact,
            source_file, source_row, extract_id, extract_order
        from _landing_answers where crime_fate is null order by record, item_code, value_code
        """
    )
    _account_followers(con, "mo_features", "_landing_answers")
    con.execute("drop table _landing_answers")


def _note_overrides(con: duckdb.DuckDBPyConnection) -> None:
    """Name every record that replaces other values which the force itself has of that role, with the items."""
    con.execute(
        """
        insert into landing.notes
        with own as (
            select crime_id, item_code, captured_by, value_source, list_sort(list(distinct value_code)) as value_codes
            from (
                select * from landing.mo_features
                qualify extract_order = max(extract_order) over (
                    partition by crime_id, item_code, captured_by, value_source)
            ) group by all
        ),
        mine as (
            select record, source_file, source_row, role, crime_id, item_code, captured_by, value_source,
                list_sort(list(distinct value_code)) as value_codes
            from (
                select * from _landing_answers where crime_fate is null
                qualify extract_order = max(extract_order) over (
                    partition by crime_id, item_code, captured_by, value_source)
            ) where extract_order >= 0 group by all
        )
        select 'mo_features', source_file, source_row, 'role', 'value_kept',
            'replaces what the force recorded as ' || role
            || '; expected a record that is what it says it is: check where it came from',
            string_agg(item_code, ', ' order by item_code)
        from mine join own using (crime_id, item_code, captured_by, value_source)
        where mine.value_codes is distinct from own.value_codes
        group by record, source_file, source_row, role order by record
        """
    )


def _land_notes(con: duckdb.DuckDBPyConnection, latest_order: int) -> None:
    """Land the notes, each a text of its own: a later one adds to what an earlier one tells."""
    con.execute(
        f"""
        insert into landing.mo_texts by name
        select crime_id, 'form_note_' || role as text_kind,
            strftime(saved_at, '%Y-%m-%d %H:%M:%S') || '+00:00' as written_at, note as text,
            source_file, source_row, extract_id, {latest_order} as extract_order
        from _matched where note is not null and crime_id is not null and crime_fate is null order by record
        """
    )
    _account_followers(con, "mo_texts", "(select * from _matched where note is not null)")


def _account_followers(con: duckdb.DuckDBPyConnection, table: str, rows: str) -> None:
    """Count what follows a crime that did not land, and say so where it is not merely out of scope."""
    followers = f"from {rows} as rows where crime_fate is not null"
    record_accounts(
        con,
        table,
        f"select source_file as _file, any_value(extract_id) as _extract, crime_fate as fate, count(*) as n {followers}"
        " group by source_file, crime_fate",
    )
    con.execute(
        f"""
        insert into landing.notes
        select '{table}', source_file, source_row, 'crime_id', crime_fate, case when crime_fate = 'row_retracted'
            then 'the crime is retracted; this row follows'
            else 'the crime is quarantined; expected one that loaded: mend the crime, this row follows' end, null
        {followers} and crime_fate <> 'row_out_of_scope' order by record
        """
    )


def _note_faults(con: duckdb.DuckDBPyConnection) -> None:
    """Note every fault, and count what is not used: a record is one row, so is an answer or a note."""
    con.execute(
        """
        insert into landing.notes
        select table_name, source_file, source_row, column_name, action, reason, value
        from _record_faults order by source_file, source_row, column_name, reason
        """
    )
    for table in ("mo_features", "mo_texts"):
        record_accounts(
            con,
            table,
            "select source_file as _file, any_value(extract_id) as _extract, 'row_quarantined' as fate, count(*) as n"
            f" from _record_faults where table_name = '{table}' and action = 'row_quarantined' group by source_file",
        )


def _note_replaced(con: duckdb.DuckDBPyConnection) -> None:
    """Note records that stand twice, and answers that a later record of the same role contradicts."""
    con.execute(
        """
        insert into landing.notes
        select 'mo_features', source_file, source_row, 'record_id', 'row_superseded',
            'this record_id stands ' || n || ' times; expected once: the latest saved counts', record_id
        from (
            select *, count(*) over (partition by record_id) as n,
                row_number() over (partition by record_id order by saved_at desc, source_file, source_row) as place
            from _matched
        ) where place > 1 order by source_file, source_row
        """
    )
    con.execute(
        """
        insert into landing.notes
        with sets as (
            select m.record, m.crime_id, m.role, m.saved_at, m.source_file, m.source_row, a.item_code,
                list_sort(list(a.value_code)) as value_codes
            from _matched m join _answers a using (record)
            anti join _tied t on t.record = m.record and t.item_code = a.item_code
            where m.crime_id is not null and m.crime_fate is null group by all
        )
        select 'mo_features', source_file, source_row, 'value_code', 'row_superseded',
            item_code || ': a later record of the same role says otherwise; expected one: the latest saved counts',
            array_to_string(value_codes, ', ')
        from sets
        qualify value_codes <> first_value(value_codes) over (
            partition by crime_id, role, item_code order by saved_at desc, source_file, source_row
        )
        order by source_file, source_row, item_code
        """
    )
