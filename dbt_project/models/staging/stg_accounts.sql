{%- set tables = [
    'crimes', 'mo_features', 'mo_texts', 'offender_crimes', 'properties', 'scene_links', 'link_decisions',
] -%}

with

-- What became of the rows that landed.
staged as (
    {% for table in tables %}
        select
            '{{ table }}' as table_name,
            source_file,
            fate
        from {{ ref('judged_' ~ table) }}
        {{ "union all" if not loop.last }}
    {% endfor %}
),

staged_counts as (
    select
        table_name,
        source_file,
        count_if(fate = 'loaded') as rows_loaded,
        count_if(fate = 'retracted') as rows_retracted,
        count_if(fate = 'superseded') as rows_superseded,
        count_if(fate = 'out_of_scope') as rows_out_of_scope,
        count_if(fate = 'quarantined') as rows_quarantined
    from staged
    group by table_name, source_file
),

-- What became of those that did not.
landing_counts as (
    select
        table_name,
        source_file,
        sum(rows_in)::bigint as rows_in,
        sum(rows_retracted)::bigint as rows_retracted,
        sum(rows_out_of_scope)::bigint as rows_out_of_scope,
        sum(rows_quarantined)::bigint as rows_quarantined
    from {{ source('landing', 'accounts') }}
    group by table_name, source_file
)

select
    coalesce(landing.table_name, staged.table_name) as table_name,
    coalesce(landing.source_file, staged.source_file) as source_file,
    coalesce(landing.rows_in, 0) as rows_in,
    coalesce(staged.rows_loaded, 0) as rows_loaded,
    coalesce(landing.rows_retracted, 0) + coalesce(staged.rows_retracted, 0) as rows_retracted,
    coalesce(staged.rows_superseded, 0) as rows_superseded,
    coalesce(landing.rows_out_of_scope, 0) + coalesce(staged.rows_out_of_scope, 0) as rows_out_of_scope,
    coalesce(landing.rows_quarantined, 0) + coalesce(staged.rows_quarantined, 0) as rows_quarantined
from landing_counts as landing
full outer join staged_counts as staged
    on landing.table_name = staged.table_name and landing.source_file = staged.source_file
