{%- set columns = ['person_id', 'crime_id', 'link_basis', 'label_strength', 'is_fact'] -%}
{%- set bases = "('charge', 'conviction', 'caution', 'tic', 'suspect_named', 'forensic')" -%}
{%- set row_rules = [
    {'when': "crime_id is null", 'column': 'crime_id',
     'reason': 'missing; expected a value in every row: check the column mapping'},
    {'when': "person_id is null", 'column': 'person_id', 'hides': true,
     'reason': 'missing; expected a person in every row: check the column mapping'},
] -%}
{%- set value_rules = [
    {'when': "link_basis not in " ~ bases, 'column': 'link_basis',
     'reason': 'unknown; expected charge, conviction, caution, tic, suspect_named or forensic: set missing, translate it in the profile'},
    {'when': "label_strength not in ('A', 'B', 'C', 'D')", 'column': 'label_strength',
     'reason': 'unknown; expected A, B, C or D: set missing, translate it in the profile'},
    {'when': "is_fact is not null and fact is null", 'column': 'is_fact',
     'reason': 'not true or false; expected one of them: derived from the basis, translate it in the profile'},
] -%}

with

landed as not materialized (
    select
        {{ landed_origin('offender_crimes') }},
        {{ landed_text(columns) }}
    from {{ source('landing', 'offender_crimes') }} as offender_crimes
),

beside_crimes as not materialized (
    {{ rows_beside_crimes(columns, unheard_of='out_of_scope') }}
),

typed as not materialized (
    select
        *,
        null::timestamp as as_of_at,
        if(label_strength in ('A', 'B', 'C', 'D'), label_strength, null) as known_strength,
        {{ truth('is_fact') }} as fact,
        {{ crime_row_finding(row_rules) }} as row_finding,
        {{ value_findings(value_rules) }} as value_findings
    from beside_crimes
),

-- Two bases for one person and crime are no fault: the stronger stands for both.
{{ fated_ctes(
    'typed', ['person_id', 'crime_id'], none,
    order='known_strength nulls last, link_basis nulls last', ties_are_errors=false,
) }}

select
    source_file,
    source_row,
    fate,
    findings,
    person_id,
    crime_id,
    {{ known('link_basis', bases) }} as link_basis,
    known_strength as label_strength,
    coalesce(fact, link_basis in ('conviction', 'caution', 'tic'), false) as is_fact
from fated
