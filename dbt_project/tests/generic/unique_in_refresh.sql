{#- Keys that occur more than once in the refresh that is being made. -#}
{% test unique_in_refresh(model, columns) %}
select {{ columns | join(', ') }}, count(*) as n_rows
from {{ of_this_refresh(model) }}
group by all
having count(*) > 1
{% endtest %}
