{#-
    The rules of a table are lists of mappings in its model. `row_rules` cost the row, `value_rules` a value:
        when    condition under which the rule is broken (null counts as kept)
        column  column that the finding names
        reason  what was expected, what came, what to do; stg_quarantine puts what the profile
                declares of the column in place of {expected}
        shows   column whose value is shown; the same column where not given
        hides   true where that value can identify somebody
        action  of a value rule: value_set_missing (where not given) or value_repaired
-#}

{#- The first row rule that is broken, so that each quarantined row has one reason. -#}
{% macro row_finding(rules) -%}
    case
        {%- for rule in rules %}
        when {{ rule.when }} then {{ finding(rule, 'row_quarantined') }}
        {%- endfor %}
    end
{%- endmacro %}

{#- Every value rule that is broken, as a list that may hold nulls; null where none is. -#}
{% macro value_findings(rules, hides=false) -%}
    case
        when {% for rule in rules %}({{ rule.when }}){{ " or " if not loop.last }}{% endfor %}
            then [
                {%- for rule in rules %}
                case when {{ rule.when }} then {{ finding(rule, 'value_set_missing', hides) }} end{{ "," if not loop.last }}
                {%- endfor %}
            ]
    end
{%- endmacro %}

{% macro finding(rule, action, hides=false) -%}
    struct_pack(
        column_name := '{{ rule.column }}',
        action := '{{ rule.action or action }}',
        reason := '{{ rule.reason | replace("'", "''") }}',
        value := {{ shown(rule.shows or rule.column, hides or rule.hides) }}
    )
{%- endmacro %}

{#- A value as the quarantine shows it: hidden, or cut short so that a cell of ten million characters stays readable. -#}
{% macro shown(column, hides=false) -%}
    {%- if hides -%}
    '<redacted, ' || length({{ column }}) || ' characters>'
    {%- else -%}
    left({{ column }}, 200) || case when length({{ column }}) > 200 then '… (' || length({{ column }}) || ' characters)' else '' end
    {%- endif -%}
{%- endmacro %}

