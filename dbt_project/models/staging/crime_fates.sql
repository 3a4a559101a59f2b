select
    crime_id,
    arg_min(fate, list_position(['loaded', 'retracted', 'out_of_scope', 'quarantined'], fate)) as fate,
    arg_min(crime_group, list_position(['loaded', 'retracted', 'out_of_scope', 'quarantined'], fate)) as crime_group
from {{ ref('judged_crimes') }}
where crime_id is not null and fate <> 'superseded'
group by crime_id
