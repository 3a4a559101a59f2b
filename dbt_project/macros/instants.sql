{#-
    Date-times as text. A value is an ISO date, or date and time of the force's civil clock; with Z or an offset it
    is an instant whatever that clock says. Anything else is no date-time: DuckDB alone would also read words such
    as `epoch` and `infinity`. DuckDB's timezone() turns a civil time into an instant and back again.
-#}
{% macro is_iso(text) -%}
    regexp_full_match(
        {{ text }}, '\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}(:?\d{2})?)?)?'
    )
{%- endmacro %}

{#- Of a text that is ISO: whether it ends in Z or an offset, which stand behind the date and the hour. -#}
{% macro has_offset(text) -%}
    regexp_matches(substr({{ text }}, 12), '[Z+-]')
{%- endmacro %}

{#- The instant in UTC; null where the text is no date-time. An hour that comes twice in October is its second. -#}
{% macro utc_instant(text, zone) -%}
    case
        when not {{ is_iso(text) }} then null
        when {{ has_offset(text) }} then timezone('UTC', try_cast({{ text }} as timestamptz))
        else timezone('UTC', timezone({{ zone }}, try_cast({{ text }} as timestamp)))
    end
{%- endmacro %}

{#- An instant in UTC on the civil clock. -#}
{% macro civil_time(instant, zone) -%}
    timezone({{ zone }}, timezone('UTC', {{ instant }}))
{%- endmacro %}

{#- Whether a civil time was skipped when the clocks went forward: there and back it comes out an hour later. -#}
{% macro is_skipped_hour(text, instant, zone) -%}
    not {{ has_offset(text) }} and {{ civil_time(instant, zone) }} <> try_cast({{ text }} as timestamp)
{%- endmacro %}

{#- The text of the last moment that a text allows: a bare date means the whole day. -#}
{% macro last_moment(text) -%}
    if(length({{ text }}) = 10, {{ text }} || ' 23:59:59', {{ text }})
{%- endmacro %}

{#- The instant of a report: of a bare date its last moment, but none after a recording on that day. -#}
{% macro report_instant(text, recorded, zone) -%}
    if(
        length({{ text }}) = 10 and {{ recorded }} >= {{ utc_instant(text, zone) }},
        least({{ utc_instant(last_moment(text), zone) }}, {{ recorded }}),
        {{ utc_instant(last_moment(text), zone) }}
    )
{%- endmacro %}
