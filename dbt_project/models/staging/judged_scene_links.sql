{%- set columns = ['crime_id_1', 'crime_id_2', 'basis', 'confirmed_at'] -%}
{%- set bases = "('dna', 'finger', 'footwear', 'toolmark')" -%}
{%- set row_rules = [
    {'when': "is_no_pair or crime_id_1 = crime_id_2", 'column': 'crime_id_2',
     'reason': 'not two crimes; expected two different crime_ids in every row: check the column mapping'},
] -%}
{%- set value_rules = [
    {'when': "basis not in " ~ bases, 'column': 'basis',
     'reason': 'unknown; expected dna, finger, footwear or toolmark: set missing, translate it in the profile'},
    {'when': "confirmed_at is not null and confirmed_instant is null", 'column': 'confirmed_at',
     'reason': 'not a date-time; expected {expected}: set missing, correct the layouts in the profile'},
] -%}

with

given as not materialized (
    select
        {{ landed_origin('scene_links') }},
        {{ landed_text(columns) }}
    from {{ source('landing', 'scene_links') }} as scene_links
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
        {{ utc_instant('confirmed_at', 'civil_zone') }} as confirmed_instant,
        confirmed_instant as as_of_at
    from beside_crimes
),

found as not materialized (
    select
        *,
        {{ crime_row_finding(row_rules, 'crime_id_1') }} as row_finding,
        {{ value_findings(value_rules) }} as value_findings
    from typed
),

{{ fated_ctes('found', ['crime_id_1', 'crime_id_2', 'basis'], none) }}

select
    source_file,
    source_row,
    fate,
    findings,
    crime_id_1,
    crime_id_2,
    {{ known('basis', bases) }} as basis,
    confirmed_instant as confirmed_at
from fated
