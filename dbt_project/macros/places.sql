{#- Whether a pair of coordinates lies in the force's area; an area that the profile does not give excludes nothing. -#}
{% macro is_in_area(easting, northing) -%}
    coalesce({{ easting }} between easting_min_m and easting_max_m, true)
    and coalesce({{ northing }} between northing_min_m and northing_max_m, true)
{%- endmacro %}

{#- What is wrong with a pair of coordinates, or null. -#}
{% macro place_fault() -%}
    case
        when easting_m is null and northing_m is null then null
        when easting_m is null then 'no_easting'
        when northing_m is null then 'no_northing'
        when easting is null then 'easting_no_number'
        when northing is null then 'northing_no_number'
        when easting = 0 or northing = 0 then 'zero'
        when {{ is_in_area('easting', 'northing') }} then null
        when {{ is_in_area('northing', 'easting') }} then 'swapped'
        when abs(easting) <= 180 and abs(northing) <= 180 then 'degrees'
        when coalesce(easting between easting_min_m and easting_max_m, true) then 'northing_outside'
        else 'easting_outside'
    end
{%- endmacro %}

{#- The rules of places: the pair is set missing, and the finding stands with the column that is at fault. -#}
{% macro place_findings() -%}
    {%- set missing = 'one coordinate without the other; expected both or neither: place set missing, check the mapping' -%}
    {%- set no_number = 'not a number; expected metres of the grid: place set missing, check mapping and crs' -%}
    {%- set outside = 'outside the force area; expected a place within it: place set missing, check crs and area' -%}
    {%- set rules = [
        {'when': "place_fault = 'no_easting'", 'column': 'easting_m', 'reason': missing},
        {'when': "place_fault = 'no_northing'", 'column': 'northing_m', 'reason': missing},
        {'when': "place_fault = 'easting_no_number'", 'column': 'easting_m', 'reason': no_number},
        {'when': "place_fault = 'northing_no_number'", 'column': 'northing_m', 'reason': no_number},
        {'when': "place_fault = 'zero'", 'column': 'easting_m',
         'reason': 'a coordinate is zero; expected metres of the grid: place set missing, send blank where unknown'},
        {'when': "place_fault = 'swapped'", 'column': 'easting_m',
         'reason': 'in the force area only when swapped; expected easting, then northing: place set missing, swap the columns in the profile'},
        {'when': "place_fault = 'degrees'", 'column': 'easting_m',
         'reason': 'looks like degrees; expected metres of the grid: place set missing, set crs in the profile'},
        {'when': "place_fault = 'easting_outside'", 'column': 'easting_m', 'reason': outside},
        {'when': "place_fault = 'northing_outside'", 'column': 'northing_m', 'reason': outside},
    ] -%}
    {{ value_findings(rules, hides=true) }}
{%- endmacro %}
