{#-
    Incremental strategy of the marts that keep every refresh: the rows of the running refresh are deleted and
    inserted anew, in the model's one transaction. dbt's own delete+insert finds what to delete in the new rows,
    and so would leave old rows standing when a repeated refresh finds none.
-#}
{% macro get_incremental_replace_refresh_sql(arg_dict) -%}
    {%- set columns = get_quoted_csv(arg_dict["dest_columns"] | map(attribute="name")) -%}
    delete from {{ arg_dict["target_relation"] }}
    where refresh_id in (select refresh_id from {{ source('ops', 'current_refresh') }});

    insert into {{ arg_dict["target_relation"] }} ({{ columns }})
    select {{ columns }}
    from {{ arg_dict["temp_relation"] }}
{%- endmacro %}
