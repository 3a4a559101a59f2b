{#- The columns of a landed table as text, blank taken as missing. -#}
{% macro landed_text(columns) -%}
    {% for column in columns -%}
    nullif(trim({{ column }}), '') as {{ column }}{{ "," if not loop.last }}
    {% endfor %}
{%- endmacro %}

{#- Where a landed row came from, and its place in the table, which no two rows share. -#}
{% macro landed_origin(alias) -%}
    {{ alias }}.rowid as landing_row,
    {{ alias }}.source_file,
    {{ alias }}.source_row,
    {{ alias }}.extract_order
{%- endmacro %}
