{{ config(materialized='view') }}

with

crime_groups as (
    select distinct crime_group
    from {{ ref('crime_fates') }}
),

-- For each item and crime group the values that it may hold. An item that the list does not give to a group may
-- hold there what it may hold anywhere.
codes as (
    select
        crime_groups.crime_group,
        codes.item_code,
        codes.value_code
    from {{ source('landing', 'mo_codes') }} as codes
    cross join crime_groups
    qualify
        codes.crime_group is null or codes.crime_group = crime_groups.crime_group
        or not bool_or(coalesce(codes.crime_group = crime_groups.crime_group, false)) over (
            partition by codes.item_code, crime_groups.crime_group
        )
)

select
    crime_group as listed_group,
    item_code as listed_item,
    list(distinct value_code) filter (where value_code is not null) as value_codes,
    bool_or(value_code is null) as takes_any_value
from codes
group by crime_group, item_code
