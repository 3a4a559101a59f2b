select *
from {{ source('ops', 'refreshes') }}
