{#- A code, or null where the list does not have it. -#}
{% macro known(code, codes) -%}
    if({{ code }} in {{ codes }}, {{ code }}, null)
{%- endmacro %}
