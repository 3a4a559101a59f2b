{{ config(materialized='view') }}

select
    crime_id_1,
    crime_id_2,
    series_id,
    user_id,
    decision,
    reason,
    decided_at,
    model_version,
    posterior_shown
from {{ ref('judged_link_decisions') }}
where fate = 'loaded'
