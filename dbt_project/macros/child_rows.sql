{#-
    Rows of a table that hangs on crimes, from a relation `landed`, each with what became of its crime. Where the crime
    never arrived the fate is `unheard_of`, unless the table says otherwise: offenders have crimes elsewhere, which is
    no fault.
-#}
{% macro rows_beside_crimes(columns, unheard_of='unheard_of') -%}
    select
        landed.*,
        hash(landed.{{ columns | join(', landed.') }}) as content_hash,
        crime_fates.crime_group,
        if(landed.crime_id is null, null, coalesce(crime_fates.fate, '{{ unheard_of }}')) as crime_fate,
        bounds.timezone as civil_zone
    from landed
    cross join {{ source('ops', 'current_refresh') }} as bounds
    left join {{ ref('crime_fates') }} as crime_fates on landed.crime_id = crime_fates.crime_id
{%- endmacro %}

{#- The same of crime pairs, with the worse fate of the two (which the alphabet happens to give). -#}
{% macro pairs_beside_crimes(columns) -%}
    select
        landed.*,
        landed.crime_id_1 is null or landed.crime_id_2 is null as is_no_pair,
        hash(landed.{{ columns | join(', landed.') }}) as content_hash,
        list_max([
            if(landed.crime_id_1 is null, null, coalesce(first_fates.fate, 'unheard_of')),
            if(landed.crime_id_2 is null, null, coalesce(second_fates.fate, 'unheard_of'))
        ]) as crime_fate,
        bounds.timezone as civil_zone
    from landed
    cross join {{ source('ops', 'current_refresh') }} as bounds
    left join {{ ref('crime_fates') }} as first_fates on landed.crime_id_1 = first_fates.crime_id
    left join {{ ref('crime_fates') }} as second_fates on landed.crime_id_2 = second_fates.crime_id
{%- endmacro %}

{#- The row rules that every such table has. -#}
{% macro crime_row_finding(rules, column='crime_id') -%}
    {{ row_finding([
        {'when': "crime_fate = 'quarantined'", 'column': column,
         'reason': 'the crime is quarantined; expected one that loaded: mend the crime, this row follows'},
        {'when': "crime_fate = 'unheard_of'", 'column': column,
         'reason': 'no such crime; expected a crime_id that stands in crimes: check the column mapping and the extract'},
    ] + rules) }}
{%- endmacro %}

{#-
    From a relation with row_finding and value_findings to every row with its fate: what became of its crime first,
    then its own faults, then the other versions of it.
-#}
{% macro fated_ctes(relation, row_key, set_key, order='as_of_at desc nulls last', ties_are_errors=true) -%}
ruled as not materialized (
    select
        *,
        row_finding is null and (crime_fate is null or crime_fate = 'loaded') as may_load
    from {{ relation }}
),

{{ version_ctes('ruled', 'landed', row_key, 'extract_order desc, ' ~ order, set_key, ties_are_errors) }},

fated as (
    select
        ruled.*,
        case
            when ruled.crime_fate in ('retracted', 'out_of_scope') then ruled.crime_fate
            when ruled.row_finding is not null or versions.standing = 'duplicate' then 'quarantined'
            when versions.standing = 'superseded' then 'superseded'
            else 'loaded'
        end as fate,
        case
            when fate = 'loaded' then ruled.value_findings
            when fate = 'quarantined'
                then [coalesce(ruled.row_finding, {{ duplicate_finding(row_key) }})]
        end as findings
    from ruled
    left join versions on ruled.landing_row = versions.landing_row
)
{%- endmacro %}
