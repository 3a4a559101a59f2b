{{ config(materialized='view') }}

select
    crime_id,
    property_class,
    quantity,
    value_pence,
    status
from {{ ref('judged_properties') }}
where fate = 'loaded'
