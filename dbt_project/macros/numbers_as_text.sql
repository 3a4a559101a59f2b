{#- A finite number, or null where the text is none. -#}
{% macro number(text) -%}
    case
        when regexp_full_match({{ text }}, '[+-]?\d+(\.\d*)?([eE][+-]?\d+)?')
            then case when isfinite(try_cast({{ text }} as double)) then try_cast({{ text }} as double) end
    end
{%- endmacro %}

{#- A whole number that is not negative, or null; try_cast by itself would round 12.5. -#}
{% macro whole_number(text, type) -%}
    case when regexp_full_match({{ text }}, '\d+(\.0*)?') then try_cast({{ text }} as {{ type }}) end
{%- endmacro %}

{#- `true` or `false`, or null. -#}
{% macro truth(text) -%}
    case lower({{ text }}) when 'true' then true when 'false' then false end
{%- endmacro %}
