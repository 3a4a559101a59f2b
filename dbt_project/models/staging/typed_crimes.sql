{%- set columns = [
    'crime_id', 'incident_id', 'force_code', 'offence_code', 'crime_group', 'is_attempt', 'committed_from_at',
    'committed_to_at', 'time_precision', 'reported_at', 'recorded_at', 'easting_m', 'northing_m',
    'location_precision', 'premises_type', 'area_code', 'status', 'outcome_code', 'as_of_at',
] -%}

with

landed as (
    select
        {{ landed_origin('crimes') }},
        {{ landed_text(columns) }}
    from {{ source('landing', 'crimes') }} as crimes
),

-- A bare date means the whole day; a crime with one time was committed at that time.
bounded as (
    select
        landed.*,
        hash(landed.{{ columns | join(', landed.') }}) as content_hash,
        coalesce(landed.committed_to_at, landed.committed_from_at) as last_text,
        {{ last_moment('last_text') }} as to_text,
        bounds.timezone as civil_zone,
        bounds.earliest_at,
        bounds.latest_at,
        bounds.easting_min_m,
        bounds.easting_max_m,
        bounds.northing_min_m,
        bounds.northing_max_m,
        coalesce(landed.force_code, bounds.force_code) as own_force_code
    from landed
    cross join {{ source('ops', 'current_refresh') }} as bounds
),

read as (
    select
        *,
        {{ utc_instant('committed_from_at', 'civil_zone') }} as from_at,
        {{ utc_instant('to_text', 'civil_zone') }} as to_at,
        {{ utc_instant(last_moment('recorded_at'), 'civil_zone') }} as recorded_instant,
        {{ report_instant('reported_at', 'recorded_instant', 'civil_zone') }} as reported_instant,
        {{ utc_instant('as_of_at', 'civil_zone') }} as as_of_instant,
        {{ number('easting_m') }} as easting,
        {{ number('northing_m') }} as northing,
        {{ truth('is_attempt') }} as attempted,
        case
            when lower(status) in ('deleted', 'cancelled') then 'retracted'
            when lower(status) = 'transferred' then 'out_of_scope'
        end as withdrawn_as
    from bounded
),

on_the_clock as (
    select
        *,
        {{ civil_time('from_at', 'civil_zone') }} as from_local,
        {{ civil_time('to_at', 'civil_zone') }} as to_local,
        coalesce({{ is_skipped_hour('committed_from_at', 'from_at', 'civil_zone') }}, false) as from_is_skipped,
        coalesce({{ is_skipped_hour('to_text', 'to_at', 'civil_zone') }}, false) as to_is_skipped,
        coalesce(from_at not between earliest_at and latest_at, false) as from_is_implausible,
        coalesce(to_at not between earliest_at and latest_at, false) as to_is_implausible,
        {{ place_fault() }} as place_fault
    from read
),

-- A start in the hour that the clock skipped is read an hour later, but never after the end.
settled as (
    select
        * exclude (from_at, from_local),
        if(from_is_skipped and committed_from_at <= to_text, least(from_at, to_at), from_at) as from_at,
        if(from_is_skipped and committed_from_at <= to_text, least(from_local, to_local), from_local) as from_local
    from on_the_clock
)

select
    * exclude (
        civil_zone, earliest_at, latest_at, easting_min_m, easting_max_m, northing_min_m, northing_max_m, last_text
    )
from settled
