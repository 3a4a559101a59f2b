"""A file of rules says at once what is wrong with it."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from quality.minimum_standard import MinimumStandard
from quality.text.errors import TextRuleError
from quality.text.rule_document import check_rule_document
from quality.text.text_rules import RULES_FILE, TextRules, load_text_rules, rules_from_document

DOCUMENT: dict[str, Any] = yaml.safe_load(RULES_FILE.read_text(encoding="utf-8"))
RULE = {"rule": "r", "item": "entry_point", "value": "rear_door", "patterns": ["rear door"]}


def with_rule(**changes: object) -> dict[str, Any]:
    document = copy.deepcopy(DOCUMENT)
    document["rules"] = [{**RULE, **changes}]
    return document


def made(document: dict[str, Any], standard: MinimumStandard) -> TextRules:
    check_rule_document(document)
    rules = rules_from_document(document)
    rules.check_against(standard)
    return rules


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"item": "entry_pont"}, "rules.r.item: 'entry_pont' is not known; nearest is 'entry_point'"),
        ({"value": "reardoor"}, "rules.r.value: 'reardoor' is not known; nearest is 'rear_door'"),
        ({"crime_groups": ["burglary"]}, "rules.r.crime_groups: 'burglary' is not known"),
        ({"needs": ["takin"]}, "rules.r: 'takin' is not known; nearest is 'taking'"),
        ({"frame": "entri"}, "rules.r.frame: 'entri' is not known; nearest is 'entry'"),
        ({"patterns": []}, "rules.r.patterns: expected at least one entry"),
        ({"patterns": ["a*"]}, "rules.r: matches empty text"),
        ({"patterns": ["{dor}"]}, r"rules.r: word \{dor\} is not known; nearest is 'door'"),
        ({"patterns": ["(door)"]}, "has a group that captures"),
        ({"patterns": ["door(?!s)"]}, "RE2 has no look-around|group that captures"),
        ({"patterns": ["doo[r"]}, "rules.r: "),
        ({"patterns": ["door~"]}, "a ~ stands where no gap can be"),
        ({"yields": "yes"}, "rules.r.yields: expected bool"),
        ({"weight": 3}, "rules.r: key 'weight' is not known"),
    ],
)
def test_a_fault_is_named_in_one_line(changes: dict[str, object], message: str, standard: MinimumStandard):
    with pytest.raises(TextRuleError, match=message) as caught:
        made(with_rule(**changes), standard)
    assert "\n" not in str(caught.value)


def test_two_rules_of_one_name_are_refused(standard: MinimumStandard):
    document = with_rule()
    document["rules"] *= 2
    with pytest.raises(TextRuleError, match=r"rules.r: the name stands twice"):
        made(document, standard)


def test_a_limit_that_is_no_limit_is_refused():
    document = copy.deepcopy(DOCUMENT)
    document["limits"]["least_agreement"] = 1.2
    with pytest.raises(TextRuleError, match=r"limits\.least_agreement"):
        check_rule_document(document)


def test_a_key_that_stands_twice_is_refused(tmp_path: Path):
    path = tmp_path / "rules.yaml"
    path.write_text('version: "1"\nversion: "2"\n')
    with pytest.raises(TextRuleError, match=r"rules.yaml: line 2: key 'version' stands twice"):
        load_text_rules(path)


def test_words_that_hold_each_other_are_refused(standard: MinimumStandard):
    document = with_rule(patterns=["{one}"])
    document["words"] |= {"one": "{two}", "two": "{one}"}
    with pytest.raises(TextRuleError, match="a word must not contain itself"):
        made(document, standard)


def test_a_new_rule_reads_its_words(standard: MinimumStandard, read: Callable[..., pd.DataFrame]):
    rules = made(with_rule(patterns=["stable door"], frame="entry"), standard)
    assert read("POE stable door", by=rules)["value_code"].tolist() == ["rear_door"]


def test_every_item_that_the_standard_asks_has_rules_or_is_known_to_have_none(
    rules: TextRules, standard: MinimumStandard
):
    read_items = {rule.item_code for rule in rules.rules}
    asked = {entry.item_code for group in standard.crime_groups for entry in standard.items_for(group)}
    assert asked <= read_items


def test_a_rule_that_reads_a_value_that_says_nothing_gives_way_to_every_other(
    rules: TextRules, standard: MinimumStandard
):
    says_nothing = [rule for rule in rules.rules if rule.value_code in standard.items[rule.item_code].unspecific]
    assert {rule.value_code for rule in says_nothing} == {"unknown_tool"}
    assert all(rule.yields for rule in says_nothing)
