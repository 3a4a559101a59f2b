{#- Rows of the refresh that is being made whose columns name nothing in another table of that refresh. -#}
{% test refers_to(model, columns, to) %}
select {{ columns | join(', ') }}
from {{ of_this_refresh(model) }}
where ({{ columns | join(', ') }}) not in (select ({{ columns | join(', ') }}) from {{ of_this_refresh(to) }})
{% endtest %}
