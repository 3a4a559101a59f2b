{{ config(materialized='view') }}

select
    crime_id,
    item_code,
    value_code,
    is_valid_code,
    value_source,
    captured_by,
    captured_at,
    is_fact
from {{ ref('judged_mo_features') }}
where fate = 'loaded'
