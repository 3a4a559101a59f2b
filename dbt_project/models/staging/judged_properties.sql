{%- set columns = ['crime_id', 'property_class', 'quantity', 'value_pence', 'status'] -%}
{%- set statuses = "('stolen', 'damaged', 'recovered', 'not_taken')" -%}
{%- set row_rules = [
    {'when': "crime_id is null", 'column': 'crime_id',
     'reason': 'missing; expected a value in every row: check the column mapping'},
    {'when': "property_class is null", 'column': 'property_class',
     'reason': 'missing; expected a class in every row: check the column mapping'},
] -%}
{%- set value_rules = [
    {'when': "status not in " ~ statuses, 'column': 'status',
     'reason': 'unknown; expected stolen, damaged, recovered or not_taken: set missing, translate it in the profile'},
    {'when': "quantity is not null and quantity_number is null", 'column': 'quantity',
     'reason': 'not a whole number of at least 0; expected one: set missing, check the column mapping'},
    {'when': "value_pence is not null and value_pence_number is null", 'column': 'value_pence',
     'reason': 'not a whole number of pence; expected one: set missing, convert it in the profile'},
] -%}

with

landed as not materialized (
    select
        {{ landed_origin('properties') }},
        {{ landed_text(columns) }}
    from {{ source('landing', 'properties') }} as properties
),

beside_crimes as not materialized (
    {{ rows_beside_crimes(columns) }}
),

typed as not materialized (
    select
        *,
        {{ whole_number('quantity', 'integer') }} as quantity_number,
        {{ whole_number('value_pence', 'bigint') }} as value_pence_number,
        null::timestamp as as_of_at,
        {{ crime_row_finding(row_rules) }} as row_finding,
        {{ value_findings(value_rules) }} as value_findings
    from beside_crimes
),

{{ fated_ctes('typed', columns, ['crime_id', 'property_class', 'status']) }}

select
    source_file,
    source_row,
    fate,
    findings,
    crime_id,
    property_class,
    quantity_number as quantity,
    value_pence_number as value_pence,
    {{ known('status', statuses) }} as status
from fated
