{{ config(materialized='incremental', incremental_strategy='replace_refresh', on_schema_change='append_new_columns') }}

select
    current_refresh.refresh_id,
    findings.table_name,
    findings.source_file,
    findings.source_row,
    findings.column_name,
    findings.action,
    findings.reason,
    findings.value
from {{ ref('stg_quarantine') }} as findings
cross join {{ source('ops', 'current_refresh') }} as current_refresh
