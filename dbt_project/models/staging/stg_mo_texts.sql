{{ config(materialized='view') }}

select
    crime_id,
    text_kind,
    written_at,
    text
from {{ ref('judged_mo_texts') }}
where fate = 'loaded'
