{#-
    Rows that came more than once, of a relation with landing_row, extract_order, as_of_at, content_hash, may_load.
    `row_key` names what one row is; `set_key`, where given, names the rows that an extract sends together, so that
    a later extract replaces all of them (three values of a multi-valued item by two). Within a row key the first in
    `order` is kept. Another is superseded where it says the same or is older; it is a duplicate where it differs
    and nothing says which is right, unless `ties_are_errors` is false.

    Only keys that occur twice in `keys`, the relation of all rows before anything was looked up, pass through the
    window functions: hashing finds them in a fraction of the time, and two keys with one hash, or two rows of which
    one may not load, are merely compared in vain.
-#}
{% macro version_ctes(relation, keys, row_key, order, set_key=none, ties_are_errors=true) -%}
{%- set key = (set_key or row_key) | join(', ') -%}
repeated as (
    select hash({{ key }}) as key_hash
    from {{ keys }}
    group by key_hash
    having count(*) > 1
),

compared as (
    select
        landing_row,
        row_number() over same_row as place,
        content_hash = first_value(content_hash) over same_row as is_same,
        coalesce(as_of_at, timestamp '0001-01-01') = first_value(coalesce(as_of_at, timestamp '0001-01-01')) over same_row
        and extract_order = first_value(extract_order) over same_row as is_tie,
        {% if set_key -%}
        extract_order < max(extract_order) over (partition by {{ key }}) as is_replaced
        {%- else -%}
        false as is_replaced
        {%- endif %}
    from {{ relation }}
    where may_load and hash({{ key }}) in (select repeated.key_hash from repeated)
    window same_row as (
        partition by {{ row_key | join(', ') }}
        order by {{ order }}, source_file, source_row, landing_row
    )
),

versions as (
    select
        landing_row,
        case
            when is_replaced then 'superseded'
            when place = 1 then 'kept'
            {% if ties_are_errors -%}
            when is_tie and not is_same then 'duplicate'
            {% endif -%}
            else 'superseded'
        end as standing
    from compared
)
{%- endmacro %}

{#- The finding on a duplicate. -#}
{% macro duplicate_finding(row_key) -%}
    {{ finding({
        'column': row_key[0],
        'reason': 'key occurs again in this extract with other content and nothing says which is newer; expected one row a key (' ~ row_key | join(', ') ~ '): the first was kept, send one row or map as_of_at',
    }, 'row_quarantined', hides=row_key[0] == 'person_id') }}
{%- endmacro %}
