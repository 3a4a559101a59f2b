"""The time of a crime as forms give it: fills what the force does not say, and is compared with what it does."""

import duckdb

from intake.profile_schema import ForceProfile
from intake.sql_text import literal

_HAS_OFFSET = "regexp_matches(substr({text}, 12), '[Z+-]')"


def instant_sql(text: str, zone: str) -> str:
    """Return SQL of the instant in UTC that a landed date-time means, NULL where it is none."""
    return (
        f"timezone('UTC', case when {_HAS_OFFSET.format(text=text)} then try_cast({text} as timestamptz)"
        f" else timezone({literal(zone)}, try_cast({text} as timestamp)) end)"
    )


def civil_sql(text: str, zone: str) -> str:
    """Return SQL of a landed date-time on the civil clock, NULL where it is none."""
    return (
        f"case when {_HAS_OFFSET.format(text=text)} then timezone({literal(zone)}, try_cast({text} as timestamptz))"
        f" else try_cast({text} as timestamp) end"
    )


def leave_out_times(con: duckdb.DuckDBPyConnection, profile: ForceProfile) -> None:
    """Take out of `_matched` the times that cannot be, a fault each: a crime keeps what the force says, or nothing.

    Staging quarantines a crime whose time lies outside the profile's dates; what a form says may not do that.

    Parameters
    ----------
    con
        Connection, inside the refresh's transaction, with the tables of `record_tables`.
    profile
        Says which dates a crime may have, and which clock a form is filled in on.
    """
    zone = literal(profile.timezone)
    latest = f"timestamp '{profile.latest_at}'" if profile.latest_at else "timestamp 'infinity'"
    from_at, to_at = (instant_sql(name, profile.timezone) for name in ("from_text", "to_text"))
    con.execute(
        f"""
        create or replace temp table _impossible_times as
        select record, case
            when not coalesce({from_at} >= timestamp '{profile.earliest_at}' and {to_at} <= {latest}, false)
                then 'a form gives a time outside the dates that the profile allows; expected one within them: left out'
            when to_text::timestamp > timezone({zone}, timezone('UTC', saved_at))
                then 'a form gives a time after it was saved; expected one before: left out, set the device''s clock'
            end as reason
        from _matched where from_text is not null and reason is not null
        """
    )
    con.execute(
        """
        insert into _record_faults
        select 'crimes', source_file, source_row, extract_id, 'committed_from_at', reason,
            from_text || ' to ' || to_text, 'value_set_missing'
        from _impossible_times join _matched using (record)
        """
    )
    con.execute(
        "update _matched set from_text = null, to_text = null where record in (select record from _impossible_times)"
    )
    con.execute("drop table _impossible_times")


def settle_times(con: duckdb.DuckDBPyConnection, profile: ForceProfile) -> None:
    """Fill the time of crimes that have none from the latest record that gives one; note times that do not meet.

    Parameters
    ----------
    con
        Connection, inside the refresh's transaction, with the tables of `record_tables`.
    profile
        Says which clock the force's times are on.
    """
    con.execute(
        """
        create or replace temp table _form_times as
        select * from _matched where from_text is not null and crime_id is not null and crime_fate is null
        qualify row_number() over (partition by crime_id order by saved_at desc, source_file, source_row) = 1
        """
    )
    begin, end = (civil_sql(text, profile.timezone) for text in ("committed_from_at", "_last"))
    con.execute(
        f"""
        insert into landing.notes
        with own as (
            select crime_id, count(committed_from_at) as n_known, min({begin}) as from_at,
                max({end} + if(length(_last) = 10, interval 1 day, interval 0 day)) as to_at
            from (select *, coalesce(committed_to_at, committed_from_at) as _last from landing.crimes)
            semi join _form_times using (crime_id) group by crime_id
        )
        select 'crimes', source_file, source_row, 'committed_from_at',
            if(n_known = 0, 'value_repaired', 'value_kept'),
            if(n_known = 0, 'the force gives no time; taken from a form',
                'a form gives another time than the force; expected them to meet: the recorded one stays'),
            from_text || ' to ' || to_text
        from _form_times join own using (crime_id)
        where n_known = 0 or to_text::timestamp < from_at or from_text::timestamp > to_at
        order by source_file, source_row
        """
    )
    # a form is filled in on the civil clock, whatever the clock of the force's own times
    from_at, to_at = (
        f"strftime({instant_sql(name, profile.timezone)}, '%Y-%m-%d %H:%M:%S') || '+00:00'" if profile.is_utc else name
        for name in ("from_text", "to_text")
    )
    con.execute(
        f"""
        update landing.crimes set committed_from_at = {from_at}, committed_to_at = {to_at}
        from _form_times where landing.crimes.crime_id = _form_times.crime_id and landing.crimes.crime_id in (
            select crime_id from landing.crimes group by crime_id having count(committed_from_at) = 0)
        """
    )
    con.execute("drop table _form_times")
