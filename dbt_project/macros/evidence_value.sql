{#- What a person reads of a crime beside one item of evidence: a place, a window on the civil clock, or MO values. -#}
{% macro evidence_value(item, crime, recorded) -%}
    case
        when {{ item }} in ('distance_km', 'nearer_share')
            then {{ crime }}.easting_m::bigint || ' E, ' || {{ crime }}.northing_m::bigint || ' N'
        when {{ item }} = 'gap_days' then {{ civil_window(crime, '%Y-%m-%d %H:%M') }}
        when {{ item }} = 'tod_gap_hours' then {{ civil_window(crime, '%H:%M') }}
        when {{ item }} = 'dow_gap_days' then {{ civil_window(crime, '%A') }}
        when {{ item }} = 'crime_group' then {{ crime }}.crime_group
        else {{ recorded }}.value_codes
    end
{%- endmacro %}

{% macro civil_window(crime, layout) -%}
    strftime({{ crime }}.committed_from_local, '{{ layout }}')
    || if(
        strftime({{ crime }}.committed_from_local, '{{ layout }}')
        = strftime({{ crime }}.committed_to_local, '{{ layout }}'),
        '', ' to ' || strftime({{ crime }}.committed_to_local, '{{ layout }}')
    )
{%- endmacro %}
