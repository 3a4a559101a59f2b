"""Staged tables of an invented force, for benchmarks of quality: twelve MO items a crime, made in the database."""

from datetime import UTC, datetime
from pathlib import Path

import duckdb

from publication.refreshes import Opening, open_refresh
from quality.minimum_standard import MinimumStandard, load_minimum_standard

ITEMS_A_CRIME = 12
REFRESH_ID = "20260301T030000Z-invented"
_CRIMES = """
    create table staging.stg_crimes as
    with numbered as (select i, hash(i) as h, hash(i, 1) as h2 from range($crimes) as t(i)),
    timed as (
        select *, timestamp '2023-01-01' + to_minutes((h % 1576800)::bigint) as started,
            to_minutes((h2 % 1300)::bigint) as width
        from numbered
    )
    select printf('C%08d', i) as crime_id, printf('I%08d', i) as incident_id, true as incident_is_derived,
        'invented' as force_code, '28E' as offence_code, groups.crime_group, h % 11 = 0 as is_attempt,
        started as committed_from_at, started + width as committed_to_at, started as committed_from_local,
        started + width as committed_to_local, 'window' as time_precision,
        started + width + interval 4 hours as reported_at, started + width + interval 9 hours as recorded_at,
        450000.0 + (h % 60013) as easting_m, 250000.0 + (h2 % 60029) as northing_m, 'address' as location_precision,
        'premises_' || (h % 5) as premises_type, 'A' || (h2 % 150) as area_code, 'live' as status,
        null::varchar as outcome_code, timestamp '2026-03-01' as as_of_at, 'invented' as source_file, i as source_row
    from timed join groups on groups.number = timed.h % (select count(*) from groups)
"""
# Of a hundred items: 14 without a row, 3 not recorded in so many words, 6 not known, 1 waived, 1 outside the list.
_FEATURES = """
    create table staging.stg_mo_features as
    with asked as (
        select crimes.crime_id, crimes.reported_at, items.item_code, items.value_codes,
            hash(crimes.crime_id, items.item_code) as h
        from staging.stg_crimes as crimes join items using (crime_group)
    )
    select crime_id, item_code,
        case
            when h % 100 < 17 then 'not_recorded' when h % 100 < 23 then 'unknown' when h % 100 < 24 then 'refused'
            when h % 100 < 25 then null else value_codes[1 + (h // 100 % len(value_codes))::bigint]
        end as value_code,
        h % 100 != 24 as is_valid_code, 'structured' as value_source,
        ['call_taker', 'csi', 'officer', 'victim_online'][1 + (hash(crime_id) % 4)::bigint] as captured_by,
        reported_at + to_minutes((if(h % 19 = 0, 9000, 60) + h % 3000)::bigint) as captured_at, true as is_fact
    from asked where h % 100 >= 14
"""
_PROPERTIES = """
    create table staging.stg_properties as
    select crime_id, ['cash', 'phone', 'watch'][1 + (h % 3)::bigint] as property_class, 1 as quantity,
        (h % 90000)::bigint as value_pence, 'stolen' as status
    from (select crime_id, hash(crime_id, n) as h from staging.stg_crimes, range(2) as t(n) where not is_attempt)
"""
_TEXT_VALUES = """
    create table quality.mo_text_values as
    select $refresh as refresh_id, crime_id, item_code, value_codes[1] as value_code
    from staging.stg_crimes join items using (crime_group) where hash(item_code, crime_id) % 4 = 0
"""

_ACCOUNTS = """
    create table staging.stg_accounts as
    select 'crimes' as table_name, 'invented' as source_file, $crimes as rows_in, $crimes as rows_loaded,
        0 as rows_retracted, 0 as rows_superseded, 0 as rows_out_of_scope, 0 as rows_quarantined
"""


def stage_invented(crimes: int, home: Path) -> int:
    """Make the warehouse of a home with staged tables of so many crimes; return how many MO rows there are."""
    standard = load_minimum_standard()
    with duckdb.connect(str(home / "warehouse.duckdb"), config={"threads": 2}) as connection:
        connection.execute("set enable_progress_bar = false")
        for schema in ("staging", "quality", "ops"):
            connection.execute(f"create schema {schema}")
        connection.execute(
            "create temp table groups as select unnest($1) as crime_group, unnest($2) as number",
            [list(standard.crime_groups), list(range(len(standard.crime_groups)))],
        )
        connection.execute("create temp table items (crime_group varchar, item_code varchar, value_codes varchar[])")
        connection.executemany("insert into items values (?, ?, ?)", _items(standard))
        connection.execute(_CRIMES, {"crimes": crimes})
        connection.execute(_FEATURES)
        connection.execute(_PROPERTIES)
        connection.execute(_TEXT_VALUES, {"refresh": REFRESH_ID})
        connection.execute(_ACCOUNTS, {"crimes": crimes})
        connection.execute("create table ops.current_refresh as select $1 as refresh_id", [REFRESH_ID])
        open_refresh(connection, Opening(REFRESH_ID, "invented", "invented", datetime(2026, 3, 1, tzinfo=UTC)))
        return int(connection.execute("select count(*) from staging.stg_mo_features").fetchall()[0][0])


def _items(standard: MinimumStandard) -> list[tuple[str, str, list[str]]]:
    """Give each crime group its expected items, then others that may be recorded of it, twelve in all."""
    rows: list[tuple[str, str, list[str]]] = []
    for group in standard.crime_groups:
        expected = [entry.item_code for entry in standard.items_for(group)]
        others = [item for item in standard.items if item not in expected]
        fitting = sorted(others, key=lambda item: group not in standard.items[item].crime_groups)
        chosen = [*expected, *fitting][:ITEMS_A_CRIME]
        rows.extend((group, item, list(standard.items[item].value_labels)) for item in chosen)
    return rows
