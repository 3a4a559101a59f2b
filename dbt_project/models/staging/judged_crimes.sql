{%- set row_rules = [
    {'when': "crime_id is null", 'column': 'crime_id',
     'reason': 'missing; expected a value in every row: check the column mapping'},
    {'when': "is_live and crime_group is null", 'column': 'crime_group', 'shows': 'offence_code',
     'reason': 'offence code in no crime group; expected it under crime_groups in the profile: add it there'},
    {'when': "is_live and committed_from_at is not null and from_at is null", 'column': 'committed_from_at',
     'reason': 'not a date-time; expected {expected}: correct the layouts in the profile'},
    {'when': "is_live and committed_to_at is not null and to_at is null", 'column': 'committed_to_at',
     'reason': 'not a date-time; expected {expected}: correct the layouts in the profile'},
    {'when': "is_live and from_is_implausible", 'column': 'committed_from_at',
     'reason': 'outside the dates that the profile allows; expected a date within them: check layouts and dates'},
    {'when': "is_live and to_is_implausible", 'column': 'committed_to_at',
     'reason': 'outside the dates that the profile allows; expected a date within them: check layouts and dates'},
    {'when': "is_live and to_at < from_at", 'column': 'committed_to_at',
     'reason': 'committed_to_at is before committed_from_at; expected from <= to: check the column mapping'},
] -%}
{%- set no_instant = 'not a date-time; expected {expected}: set missing, correct the layouts in the profile' -%}
{%- set skipped = 'the civil clock skipped this hour; expected a time that it showed: read as one hour later' -%}
{%- set value_rules = [
    {'when': "committed_from_at is null and committed_to_at is not null", 'column': 'committed_to_at',
     'reason': 'an end without a start; expected both, or the start alone: set missing, check the column mapping'},
    {'when': "from_is_skipped", 'column': 'committed_from_at', 'action': 'value_repaired', 'reason': skipped},
    {'when': "to_is_skipped and committed_to_at is not null", 'column': 'committed_to_at',
     'action': 'value_repaired', 'reason': skipped},
    {'when': "reported_at is not null and reported_instant is null", 'column': 'reported_at', 'reason': no_instant},
    {'when': "reported_instant > to_at + interval 365 days", 'column': 'reported_at', 'action': 'value_kept',
     'reason': 'reported more than a year after it was committed; expected sooner: nothing changed, check both dates'},
    {'when': "recorded_at is not null and recorded_instant is null", 'column': 'recorded_at', 'reason': no_instant},
    {'when': "as_of_text is not null and as_of_at is null", 'column': 'as_of_at', 'shows': 'as_of_text',
     'reason': no_instant},
    {'when': "is_attempt is not null and attempted is null", 'column': 'is_attempt',
     'reason': 'not true or false; expected one of them: set missing, translate the value in the profile'},
    {'when': "time_precision not in ('exact', 'window', 'date_only', 'default_midnight')", 'column': 'time_precision',
     'reason': 'unknown; expected exact, window, date_only or default_midnight: derived, translate it in the profile'},
] -%}
{%- set withdrawn = {
    'column': 'status', 'reason': 'the force withdrew this crime or passed it on; expected a live one: nothing to do',
} -%}

with

ruled as not materialized (
    select
        * rename (as_of_at as as_of_text, as_of_instant as as_of_at),
        withdrawn_as is null as is_live,
        {{ row_finding(row_rules) }} as row_finding,
        row_finding is null as may_load
    from {{ ref('typed_crimes') }}
),

{{ version_ctes('ruled', ref('typed_crimes'), ['crime_id'], 'as_of_at desc nulls last, extract_order desc') }},

fated as (
    select
        ruled.*,
        versions.standing,
        case
            when ruled.row_finding is not null or versions.standing = 'duplicate' then 'quarantined'
            when versions.standing = 'superseded' then 'superseded'
            else coalesce(ruled.withdrawn_as, 'loaded')
        end as fate
    from ruled
    left join versions on ruled.landing_row = versions.landing_row
)

select
    landing_row,
    crime_id,
    crime_group,
    source_file,
    source_row,
    fate,
    case
        when row_finding is not null then [row_finding]
        when standing = 'duplicate' then [{{ duplicate_finding(['crime_id']) }}]
        when fate = 'loaded' then list_concat({{ value_findings(value_rules) }}, {{ place_findings() }})
        when fate = 'retracted' then [{{ finding(withdrawn, 'row_retracted') }}]
        when fate = 'out_of_scope' then [{{ finding(withdrawn, 'row_out_of_scope') }}]
    end as findings
from fated
