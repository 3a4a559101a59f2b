{#- Schemas bear exactly the names that the models ask for: readers know `staging` and `marts`, not a prefix. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ (custom_schema_name or target.schema) | trim }}
{%- endmacro %}
