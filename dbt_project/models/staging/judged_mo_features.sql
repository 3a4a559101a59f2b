{%- set columns = ['crime_id', 'item_code', 'value_code', 'value_source', 'captured_by', 'captured_at', 'is_fact'] -%}
{%- set keys = ['crime_id', 'item_code', 'value_source', 'captured_by'] -%}
{%- set sources = "('structured', 'text_rule', 'analyst', 'csi')" -%}
{%- set captors = "('victim_online', 'call_taker', 'officer', 'csi', 'investigator')" -%}
{%- set row_rules = [
    {'when': "crime_id is null", 'column': 'crime_id',
     'reason': 'missing; expected a value in every row: check the column mapping'},
    {'when': "crime_fate = 'loaded' and not is_known_item", 'column': 'item_code',
     'reason': 'no known item; expected one of the minimum standard or of mo_items in the profile: add it there'},
] -%}
{%- set value_rules = [
    {'when': "not is_known_value", 'column': 'value_code',
     'reason': 'not in the code list of this item; expected a listed value: translate it in the profile or list it'},
    {'when': "source_text not in " ~ sources, 'column': 'value_source', 'shows': 'source_text',
     'reason': 'unknown; expected structured, text_rule, analyst or csi: set missing, translate it in the profile'},
    {'when': "captor_text not in " ~ captors, 'column': 'captured_by', 'shows': 'captor_text', 'hides': true,
     'reason': 'unknown; expected a capturer such as officer: set missing, translate it in the profile'},
    {'when': "captured_at is not null and captured_instant is null", 'column': 'captured_at',
     'reason': 'not a date-time; expected {expected}: set missing, correct the layouts in the profile'},
    {'when': "is_fact is not null and fact is null", 'column': 'is_fact',
     'reason': 'not true or false; expected one of them: derived from the source, translate it in the profile'},
] -%}

with

given as not materialized (
    select
        {{ landed_origin('mo_features') }},
        {{ landed_text(columns) }}
    from {{ source('landing', 'mo_features') }} as mo_features
),

landed as not materialized (
    select
        * replace (
            coalesce(value_code, 'not_recorded') as value_code,
            {{ known("coalesce(value_source, 'structured')", sources) }} as value_source,
            {{ known('captured_by', captors) }} as captured_by
        ),
        value_source as source_text,
        captured_by as captor_text
    from given
),

beside_crimes as not materialized (
    {{ rows_beside_crimes(columns) }}
),

typed as not materialized (
    select
        recorded.*,
        items.listed_item is not null as is_known_item,
        items.takes_any_value or list_contains(items.value_codes, recorded.value_code)
        or recorded.value_code in ('not_recorded', 'unknown', 'not_applicable', 'refused') as is_known_value,
        {{ utc_instant('recorded.captured_at', 'recorded.civil_zone') }} as captured_instant,
        captured_instant as as_of_at,
        {{ truth('recorded.is_fact') }} as fact,
        {{ crime_row_finding(row_rules) }} as row_finding,
        {{ value_findings(value_rules) }} as value_findings
    from beside_crimes as recorded
    left join {{ ref('item_values') }} as items
        on recorded.item_code = items.listed_item and recorded.crime_group = items.listed_group
),

{{ fated_ctes('typed', row_key=keys + ['value_code'], set_key=keys) }}

select
    source_file,
    source_row,
    fate,
    findings,
    crime_id,
    item_code,
    if(is_known_value, value_code, null) as value_code,
    is_known_value as is_valid_code,
    value_source,
    captured_by,
    captured_instant as captured_at,
    coalesce(fact, value_source in ('structured', 'csi'), false) as is_fact
from fated
