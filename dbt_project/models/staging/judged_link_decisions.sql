{%- set columns = [
    'crime_id_1', 'crime_id_2', 'series_id', 'user_id', 'decision', 'reason', 'decided_at', 'model_version',
    'posterior_shown',
] -%}
{%- set row_rules = [
    {'when': "is_no_pair and series_id is null", 'column': 'crime_id_1',
     'reason': 'neither two crimes nor a series; expected one of them in every row: check the column mapping'},
    {'when': "crime_id_1 = crime_id_2", 'column': 'crime_id_2',
     'reason': 'a crime with itself; expected two different crime_ids: check the column mapping'},
    {'when': "decision is null or decision not in ('accept', 'reject', 'unsure')", 'column': 'decision',
     'reason': 'unknown; expected accept, reject or unsure: translate it in the profile'},
] -%}
{%- set value_rules = [
    {'when': "decided_at is not null and decided_instant is null", 'column': 'decided_at',
     'reason': 'not a date-time; expected {expected}: set missing, correct the layouts in the profile'},
    {'when': "posterior_shown is not null and posterior is null", 'column': 'posterior_shown',
     'reason': 'not a probability; expected a number from 0 to 1: set missing, check the column mapping'},
] -%}

with

given as not materialized (
    select
        {{ landed_origin('link_decisions') }},
        {{ landed_text(columns) }}
    from {{ source('landing', 'link_decisions') }} as link_decisions
),

landed as not materialized (
    select * replace (least(crime_id_1, crime_id_2) as crime_id_1, greatest(crime_id_1, crime_id_2) as crime_id_2)
    from given
),

beside_crimes as not materialized (
    {{ pairs_beside_crimes(columns) }}
),

typed as not materialized (
    select
        *,
        {{ utc_instant('decided_at', 'civil_zone') }} as decided_instant,
        decided_instant as as_of_at,
        {{ number('posterior_shown') }} as posterior_number,
        if(posterior_number between 0 and 1, posterior_number, null) as posterior
    from beside_crimes
),

found as not materialized (
    select
        *,
        {{ crime_row_finding(row_rules, 'crime_id_1') }} as row_finding,
        {{ value_findings(value_rules) }} as value_findings
    from typed
),

{{ fated_ctes('found', ['crime_id_1', 'crime_id_2', 'series_id', 'user_id', 'decided_at'], none) }}

select
    source_file,
    source_row,
    fate,
    findings,
    crime_id_1,
    crime_id_2,
    series_id,
    user_id,
    decision,
    reason,
    decided_instant as decided_at,
    model_version,
    posterior as posterior_shown
from fated
