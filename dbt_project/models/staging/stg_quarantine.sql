{%- set tables = [
    'crimes', 'mo_features', 'mo_texts', 'offender_crimes', 'properties', 'scene_links', 'link_decisions',
] -%}

with

found as (
    {% for table in tables %}
        select
            '{{ table }}' as table_name,
            source_file,
            source_row,
            unnest(findings) as finding
        from {{ ref('judged_' ~ table) }}
        where findings is not null
        {{ "union all" if not loop.last }}
    {% endfor %}
),

findings as (
    select
        table_name,
        source_file,
        source_row,
        finding.column_name,
        finding.action,
        finding.reason,
        finding.value
    from found
    where finding is not null
),

declared as (
    select
        table_name,
        column_name,
        string_agg(distinct expected, ' or ' order by expected) as expected
    from {{ source('landing', 'settings') }}
    group by table_name, column_name
)

select
    findings.table_name,
    findings.source_file,
    findings.source_row,
    findings.column_name,
    findings.action,
    replace(findings.reason, '{expected}', coalesce(declared.expected, 'a date-time in ISO form')) as reason,
    findings.value
from findings
left join declared
    on findings.table_name = declared.table_name and findings.column_name = declared.column_name

union all

select
    table_name,
    source_file,
    source_row,
    column_name,
    action,
    reason,
    value
from {{ source('landing', 'notes') }}
