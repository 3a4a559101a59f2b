"""The catalogue of named rules."""

import dataclasses

import pytest

from quality.errors import StandardError
from quality.minimum_standard import MinimumStandard
from quality.mo_rules import CAUSES, DIMENSIONS, PSEUDO_ITEMS, RULES, rules_of


def test_every_rule_has_a_dimension_a_reason_in_a_sentence_and_a_known_cause(standard: MinimumStandard) -> None:
    for name, rule in rules_of(standard).items():
        assert rule.rule == name
        assert rule.dimension in DIMENSIONS
        assert rule.reason[0].isupper()
        assert rule.reason.endswith(".")
        assert rule.cause is None or rule.cause in CAUSES


def test_every_cause_has_one_rule_that_names_it() -> None:
    assert sorted(rule.cause for rule in RULES.values() if rule.cause) == sorted(CAUSES)


def test_rules_of_the_standard_come_last_under_their_own_names_and_words(standard: MinimumStandard) -> None:
    rules = rules_of(standard)
    assert list(rules)[-len(standard.consistency) :] == [rule.rule for rule in standard.consistency]
    added = rules["insecure_entry_with_tool"]
    assert (added.dimension, added.reason) == (
        "consistency",
        "No force needed, yet a tool was used to get in.",
    )


def test_a_rule_of_the_standard_cannot_take_the_name_of_another(standard: MinimumStandard) -> None:
    taken = dataclasses.replace(standard.consistency[0], rule="not_asked")
    with pytest.raises(StandardError, match=r"consistency\.not_asked: this name is taken"):
        rules_of(dataclasses.replace(standard, consistency=(taken,)))


def test_no_pseudo_item_has_the_code_of_an_item(standard: MinimumStandard) -> None:
    assert not set(PSEUDO_ITEMS) & set(standard.items)
