"""What a form's script is told: order, weights, conditions, the rules that two of its questions can break."""

from typing import Any

import pytest

from quality.forms.form_model import asking_order, form_model
from quality.minimum_standard import AskedItem, MinimumStandard, Side


def item(code: str, *needs: str) -> AskedItem:
    sides = tuple(Side(field, ("yes",), is_exception=False) for field in needs)
    return AskedItem(code, code, 1, "?", "", "", 5.0, False, {"yes": "Yes"}, (), (), sides, False)


@pytest.mark.parametrize(
    ("needs", "expected"),
    [
        ({"a": [], "b": [], "c": []}, ["a", "b", "c"]),
        ({"a": ["c"], "b": [], "c": []}, ["c", "a", "b"]),
        ({"a": ["b"], "b": ["c"], "c": []}, ["c", "b", "a"]),
        ({"a": ["is_attempt"], "b": []}, ["a", "b"]),
        ({"a": ["b"], "b": ["a"]}, ["b", "a"]),
        ({"a": ["b"], "b": ["c"], "c": ["a"]}, ["c", "b", "a"]),
        ({}, []),
    ],
)
def test_an_item_is_settled_after_those_that_its_conditions_name(
    needs: dict[str, list[str]], expected: list[str]
) -> None:
    assert asking_order([item(code, *fields) for code, fields in needs.items()]) == expected


def test_items_weigh_as_their_tier_does_and_those_on_trial_nothing(standard: MinimumStandard) -> None:
    model = form_model(standard, "burglary_residential", "victim")
    weights = {one["item_code"]: one["weight"] for one in model["items"]}
    for asked in standard.asked("burglary_residential", "victim"):
        assert weights[asked.item_code] == (0 if asked.is_trial else {1: 3, 2: 2, 3: 1}[asked.tier])
    assert 0 in weights.values()


def test_only_rules_between_questions_of_the_form_are_told(standard: MinimumStandard) -> None:
    for group in standard.crime_groups:
        for role in standard.roles:
            model = form_model(standard, group, role)
            codes = {one["item_code"] for one in model["items"]}
            for rule in model["rules"]:
                assert {rule["first"]["field"], rule["second"]["field"], rule["item_code"]} <= codes
    names = {rule["rule"] for rule in form_model(standard, "burglary_residential", "officer")["rules"]}
    assert "insecure_entry_with_tool" in names
    assert "attempt_with_property" not in names  # the form does not ask whether it was an attempt


def test_a_draft_of_another_standard_crime_group_or_role_has_another_key(standard: MinimumStandard) -> None:
    keys: list[Any] = [
        form_model(standard, group, role)["form_key"] for group in standard.crime_groups for role in standard.roles
    ]
    assert len(set(keys)) == len(keys) == 24
    assert all(standard.fingerprint[:12] in key and key.startswith(standard.version) for key in keys)
