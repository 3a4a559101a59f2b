{{ config(materialized='incremental', incremental_strategy='replace_refresh', on_schema_change='append_new_columns') }}

select
    current_refresh.refresh_id,
    crimes.crime_id,
    crimes.incident_id,
    crimes.incident_is_derived,
    crimes.force_code,
    crimes.offence_code,
    crimes.crime_group,
    crimes.is_attempt,
    crimes.committed_from_at,
    crimes.committed_to_at,
    crimes.committed_from_local,
    crimes.committed_to_local,
    crimes.time_precision,
    crimes.reported_at,
    crimes.recorded_at,
    crimes.easting_m,
    crimes.northing_m,
    crimes.location_precision,
    crimes.premises_type,
    crimes.area_code,
    crimes.status,
    crimes.outcome_code,
    crimes.as_of_at
from {{ ref('stg_crimes') }} as crimes
cross join {{ source('ops', 'current_refresh') }} as current_refresh
