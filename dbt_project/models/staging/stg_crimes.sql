with

loaded as (
    select
        typed.*,
        if(typed.place_fault is null, typed.easting, null) as place_easting_m,
        if(typed.place_fault is null, typed.northing, null) as place_northing_m,
        if(typed.from_at is null, null, typed.to_at) as end_at
    from {{ ref('typed_crimes') }} as typed
    inner join {{ ref('judged_crimes') }} as judged on typed.landing_row = judged.landing_row
    where judged.fate = 'loaded'
)

select
    loaded.crime_id,
    coalesce(loaded.incident_id, incidents.incident_id, 'derived-' || loaded.crime_id) as incident_id,
    loaded.incident_id is null as incident_is_derived,
    loaded.own_force_code as force_code,
    loaded.offence_code,
    loaded.crime_group,
    loaded.attempted as is_attempt,
    loaded.from_at as committed_from_at,
    loaded.end_at as committed_to_at,
    loaded.from_local as committed_from_local,
    loaded.from_local + (loaded.end_at - loaded.from_at) as committed_to_local,
    {{ time_precision('loaded') }} as time_precision,
    loaded.reported_instant as reported_at,
    loaded.recorded_instant as recorded_at,
    loaded.place_easting_m as easting_m,
    loaded.place_northing_m as northing_m,
    loaded.location_precision,
    loaded.premises_type,
    loaded.area_code,
    loaded.status,
    loaded.outcome_code,
    loaded.as_of_instant as as_of_at,
    loaded.source_file,
    loaded.source_row
from loaded
left join {{ ref('crime_incidents') }} as incidents on loaded.crime_id = incidents.crime_id
