{#- The rows of the refresh that is being made: those of earlier ones were tested when they were made. -#}
{% macro of_this_refresh(relation) -%}
    (
        select *
        from {{ relation }}
        where refresh_id = (select current_refresh.refresh_id from {{ source('ops', 'current_refresh') }} as current_refresh)
    )
{%- endmacro %}
