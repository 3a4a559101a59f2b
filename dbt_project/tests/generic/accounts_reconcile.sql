{#- Files of which more or fewer rows came out than went in. -#}
{% test accounts_reconcile(model) %}
select *
from {{ model }}
where rows_in <> rows_loaded + rows_retracted + rows_superseded + rows_out_of_scope + rows_quarantined
{% endtest %}
