{{ config(materialized='view') }}

select
    person_id,
    crime_id,
    link_basis,
    label_strength,
    is_fact
from {{ ref('judged_offender_crimes') }}
where fate = 'loaded'
