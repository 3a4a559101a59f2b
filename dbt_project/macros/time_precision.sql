{#- How exact a committed time is: what the force says, else what the civil times give away. -#}
{% macro time_precision(crimes) -%}
    case
        when {{ crimes }}.time_precision in ('exact', 'window', 'date_only', 'default_midnight')
            then {{ crimes }}.time_precision
        when {{ crimes }}.from_at is null then null
        when {{ crimes }}.from_at = {{ crimes }}.to_at
            then if({{ crimes }}.from_local::time = time '00:00', 'default_midnight', 'exact')
        when
            {{ crimes }}.from_local::time = time '00:00' and {{ crimes }}.from_local::date = {{ crimes }}.to_local::date
            and {{ crimes }}.to_local::time >= time '23:59'
            then 'date_only'
        else 'window'
    end
{%- endmacro %}
