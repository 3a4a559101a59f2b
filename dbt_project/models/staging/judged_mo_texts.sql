{%- set columns = ['crime_id', 'text_kind', 'written_at', 'text'] -%}
{%- set row_rules = [
    {'when': "crime_id is null", 'column': 'crime_id',
     'reason': 'missing; expected a value in every row: check the column mapping'},
    {'when': "text is null", 'column': 'text',
     'reason': 'missing; expected a text in every row: leave rows without one out of the extract'},
] -%}
{%- set value_rules = [
    {'when': "written_at is not null and written_instant is null", 'column': 'written_at',
     'reason': 'not a date-time; expected {expected}: set missing, correct the layouts in the profile'},
] -%}

with

landed as not materialized (
    select
        {{ landed_origin('mo_texts') }},
        {{ landed_text(columns) }}
    from {{ source('landing', 'mo_texts') }} as mo_texts
),

beside_crimes as not materialized (
    {{ rows_beside_crimes(columns) }}
),

typed as not materialized (
    select
        *,
        {{ utc_instant('written_at', 'civil_zone') }} as written_instant,
        written_instant as as_of_at
    from beside_crimes
),

found as not materialized (
    select
        *,
        {{ crime_row_finding(row_rules) }} as row_finding,
        {{ value_findings(value_rules) }} as value_findings
    from typed
),

{{ fated_ctes('found', columns, ['crime_id', 'text_kind', 'written_at']) }}

select
    source_file,
    source_row,
    fate,
    findings,
    crime_id,
    text_kind,
    written_instant as written_at,
    text
from fated
