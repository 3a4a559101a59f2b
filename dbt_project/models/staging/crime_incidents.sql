{{ config(materialized='view') }}

with

-- What two crimes must have alike to be one incident; a night runs from noon to noon.
placed as (
    select
        typed.crime_id,
        typed.crime_group,
        typed.from_at,
        typed.to_at,
        round(typed.easting / 50) as east_cell,
        round(typed.northing / 50) as north_cell,
        (typed.from_local - interval 12 hours)::date as night
    from {{ ref('typed_crimes') }} as typed
    inner join {{ ref('judged_crimes') }} as judged on typed.landing_row = judged.landing_row
    where
        judged.fate = 'loaded' and typed.incident_id is null and typed.from_at is not null
        and typed.easting is not null and typed.place_fault is null
),

-- In order of their start, a crime that starts after all before it have ended opens a new incident.
opened as (
    select
        *,
        coalesce(from_at > max(to_at) over earlier, false) as opens_incident
    from placed
    window earlier as (
        partition by crime_group, east_cell, north_cell, night
        order by from_at, to_at, crime_id
        rows between unbounded preceding and 1 preceding
    )
),

numbered as (
    select
        *,
        count_if(opens_incident) over (
            partition by crime_group, east_cell, north_cell, night
            order by from_at, to_at, crime_id
        ) as incident_number
    from opened
)

select
    crime_id,
    'derived-' || min(crime_id) over (
        partition by crime_group, east_cell, north_cell, night, incident_number
    ) as incident_id
from numbered
