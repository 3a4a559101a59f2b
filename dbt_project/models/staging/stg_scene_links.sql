{{ config(materialized='view') }}

select
    crime_id_1,
    crime_id_2,
    basis,
    confirmed_at
from {{ ref('judged_scene_links') }}
where fate = 'loaded'
