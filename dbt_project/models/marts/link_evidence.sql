{{ config(materialized='incremental', incremental_strategy='replace_refresh', on_schema_change='append_new_columns') }}

with

-- Staging holds one refresh, so the values are kept with it: those of the published one stay when the next begins.
terms as (
    select
        link_terms.refresh_id,
        link_terms.crime_id_1,
        link_terms.crime_id_2,
        link_terms.item,
        link_terms.log_bf
    from {{ source('linkage', 'link_terms') }} as link_terms
    inner join {{ source('ops', 'current_refresh') }} as current_refresh
        on link_terms.refresh_id = current_refresh.refresh_id
),

compared as (
    select
        mo_values.crime_id,
        mo_values.item_code,
        mo_values.value_code
    from {{ source('linkage', 'mo_values') }} as mo_values
    inner join {{ source('ops', 'current_refresh') }} as current_refresh
        on mo_values.refresh_id = current_refresh.refresh_id
),

-- What was compared, be it read from a text; of an item that says nothing, what its field holds.
shown as (
    from compared
    union all by name
    select
        features.crime_id,
        features.item_code,
        features.value_code
    from {{ ref('stg_mo_features') }} as features
    anti join compared
        on features.crime_id = compared.crime_id and features.item_code = compared.item_code
),

recorded as (
    select
        crime_id,
        item_code as item,
        string_agg(distinct value_code, ', ' order by value_code) as value_codes
    from shown
    group by crime_id, item_code
)

select
    terms.refresh_id,
    terms.crime_id_1,
    terms.crime_id_2,
    terms.item,
    {{ evidence_value('terms.item', 'first_crime', 'first_recorded') }} as value_1,
    {{ evidence_value('terms.item', 'second_crime', 'second_recorded') }} as value_2,
    terms.log_bf
from terms
left join {{ ref('stg_crimes') }} as first_crime on terms.crime_id_1 = first_crime.crime_id
left join {{ ref('stg_crimes') }} as second_crime on terms.crime_id_2 = second_crime.crime_id
left join recorded as first_recorded
    on terms.crime_id_1 = first_recorded.crime_id and terms.item = first_recorded.item
left join recorded as second_recorded
    on terms.crime_id_2 = second_recorded.crime_id and terms.item = second_recorded.item
