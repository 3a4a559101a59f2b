{#-
    Pairs of the refresh that is being made that are out of order, twice there, of a crime that is not published, or
    whose probability, where the table has one, is none.
-#}
{% test sound_pairs(model, crimes, probability=none) %}
with pairs as {{ of_this_refresh(model) }},

published as {{ of_this_refresh(crimes) }}

select crime_id_1, crime_id_2, 'expected crime_id_1 < crime_id_2' as fault
from pairs
where not coalesce(crime_id_1 < crime_id_2, false)
union all
select crime_id_1, crime_id_2, 'expected one row a pair' as fault
from pairs
group by crime_id_1, crime_id_2
having count(*) > 1
union all
select crime_id_1, crime_id_2, 'expected two published crimes' as fault
from pairs
where crime_id_1 not in (select crime_id from published) or crime_id_2 not in (select crime_id from published)
{% if probability -%}
union all
select crime_id_1, crime_id_2, 'expected a probability from 0 to 1' as fault
from pairs
where not coalesce({{ probability }} between 0 and 1, false)
{%- endif %}
{% endtest %}
