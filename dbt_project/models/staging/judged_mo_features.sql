{%- set columns = [
    'crime_id', 'item_code', 'value_code', 'value_source', 'captured_by', 'captured_at', 'is_fact',
] -%}
{%- set row_rules = [
    {'when': "crime_id is null", 'column': 'crime_id',
     'reason': 'missing; expected a value in every row: check the column mapping'},
    {'when': "item_code is null", 'column': 'item_code',
     'reason': 'missing; expected an MO item in every row: check the column mapping'},
    {'when': "crime_fate = 'loaded' and not is_known_item", 'column': 'item_code',
     'reason': 'unknown item; expected one of the minimum standard or of mo_items in the profile: add it there'},
] -%}
{%- set value_rules = [
    {'when': "not is_known_value", 'column': 'value_code',
     'reason': 'not in the code list of this item; expected a listed value: translate it in the profile or list it'},
    {'when': "captured_at is not null and captured_instant is null", 'column': 'captured_at',
     'reason': 'not a date-time; expected {expected}: set missing, correct the layouts in the profile'},
    {'when': "is_fact is not null and fact is null", 'column': 'is_fact',
     'reason': 'not true or false; expected one of them: derived from the source, translate it in the profile'},
] -%}

with

landed as not materialized (
    {{ landed_children('mo_features', columns) }}
),

typed as not materialized (
    select
        landed.* exclude (value_code),
        coalesce(landed.value_code, 'not_recorded') as value_code,
        items.item_code is not null as is_known_item,
        landed.value_code is null or items.takes_any_value or list_contains(items.value_codes, landed.value_code)
        or landed.value_code in ('not_recorded', 'unknown', 'not_applicable', 'refused') as is_known_value,
        coalesce(landed.value_source, 'structured') as known_source,
        {{ utc_instant('landed.captured_at', 'landed.civil_zone') }} as captured_instant,
        {{ truth('landed.is_fact') }} as fact
    from landed
    left join {{ ref('item_values') }} as items
        on landed.item_code = items.item_code and landed.crime_group = items.crime_group
),

found as not materialized (
    select
        *,
        captured_instant as as_of_at,
        {{ crime_row_finding(row_rules) }} as row_finding,
        {{ value_findings(value_rules) }} as value_findings
    from typed
),

{{ fated_ctes(
    'found',
    row_key=['crime_id', 'item_code', 'known_source', 'captured_by', 'value_code'],
    set_key=['crime_id', 'item_code', 'known_source', 'captured_by'],
) }}

select
    source_file,
    source_row,
    fate,
    findings,
    crime_id,
    item_code,
    if(is_known_value, value_code, null) as value_code,
    is_known_value as is_valid_code,
    known_source as value_source,
    captured_by,
    captured_instant as captured_at,
    coalesce(fact, known_source in ('structured', 'csi')) as is_fact
from fated
