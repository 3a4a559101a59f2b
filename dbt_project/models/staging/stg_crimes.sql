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
),

-- What two crimes must have alike to be one incident; a night runs from noon to noon.
placed as (
    select
        crime_id,
        crime_group,
        from_at,
        end_at,
        round(place_easting_m / 50) as east_cell,
        round(place_northing_m / 50) as north_cell,
        (from_local - interval 12 hours)::date as night
    from loaded
    where incident_id is null and place_easting_m is not null and from_at is not null
),

-- In order of their start, a crime that starts after all before it have ended opens a new incident.
opened as (
    select
        *,
        coalesce(from_at > max(end_at) over earlier, false) as opens_incident
    from placed
    window earlier as (
        partition by crime_group, east_cell, north_cell, night
        order by from_at, end_at, crime_id
        rows between unbounded preceding and 1 preceding
    )
),

numbered as (
    select
        *,
        count_if(opens_incident) over (
            partition by crime_group, east_cell, north_cell, night
            order by from_at, end_at, crime_id
        ) as incident_number
    from opened
),

incidents as (
    select
        crime_id,
        'derived-' || min(crime_id) over (
            partition by crime_group, east_cell, north_cell, night, incident_number
        ) as incident_id
    from numbered
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
left join incidents on loaded.crime_id = incidents.crime_id
