from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from quality.consistency import Consistency, consistency
from quality.minimum_standard import MinimumStandard
from quality.mo_rows import mo_rows

Frames = Callable[..., pd.DataFrame]
Said = list[tuple[str, str]]
Tried = Callable[..., tuple[bool, set[str]]]


@pytest.fixture(scope="session")
def tried(standard: MinimumStandard, crimes_of: Frames, features_of: Frames, properties_of: Frames) -> Tried:
    """Say whether a rule on the item could be tried on one crime, and which ones were broken."""

    def one(item: str, said: Said, crime: dict[str, Any] | None = None, stolen: bool = False) -> tuple[bool, set[str]]:
        crimes = crimes_of(crime or {})
        rows = mo_rows(crimes, features_of(*[("c1", *pair) for pair in said]), standard)
        properties = properties_of(("c1", "stolen")) if stolen else properties_of()
        found = consistency(crimes, rows, properties, standard)
        column = rows.item_codes.index(item)
        return bool(found.is_testable[0, column]), {rule for rule, b in found.of_item(item).items() if b[0]}

    return one


BROKEN: dict[str, tuple[str, Said, dict[str, Any], bool]] = {
    "attempt_with_property": (
        "property_class_taken",
        [("property_class_taken", "cash")],
        {"is_attempt": True},
        False,
    ),
    "attempt_with_stolen_row": ("property_class_taken", [], {"is_attempt": True}, True),
    "nothing_taken_with_stolen_row": (
        "property_class_taken",
        [("property_class_taken", "none")],
        {"is_attempt": None},
        True,
    ),
    "insecure_entry_with_tool": (
        "tool_used",
        [("tool_used", "screwdriver"), ("entry_method", "insecure")],
        {},
        False,
    ),
    "forced_entry_without_tool": ("tool_used", [("tool_used", "none"), ("entry_method", "drill_cut")], {}, False),
    "insecure_entry_with_damage": (
        "damage_level",
        [("damage_level", "major"), ("entry_method", "key_found")],
        {},
        False,
    ),
    "relay_without_keyless": ("keyless", [("keyless", "no"), ("entry_method", "relay_keyless")], {}, False),
    "weapon_used_without_weapon": (
        "weapon_type",
        [("weapon_type", "none"), ("control_method", "show_weapon")],
        {},
        False,
    ),
    "car_keys_with_nothing_taken": (
        "keys_then_car",
        [("keys_then_car", "yes"), ("property_class_taken", "none")],
        {},
        False,
    ),
    "drove_off_without_vehicle": (
        "offender_vehicle",
        [("offender_vehicle", "none_seen"), ("escape", "car")],
        {},
        False,
    ),
}
KEPT: dict[str, tuple[str, Said, dict[str, Any], bool]] = {
    "an attempt that took nothing": (
        "property_class_taken",
        [("property_class_taken", "none")],
        {"is_attempt": True},
        False,
    ),
    "property taken from a full offence": (
        "property_class_taken",
        [("property_class_taken", "cash")],
        {"is_attempt": False},
        True,
    ),
    "no tool at an insecure door": ("tool_used", [("tool_used", "none"), ("entry_method", "insecure")], {}, False),
    "a tool at a forced door": (
        "tool_used",
        [("tool_used", "screwdriver"), ("entry_method", "lever_prise")],
        {},
        False,
    ),
    "a keyless car by relay": ("keyless", [("keyless", "yes"), ("entry_method", "relay_keyless")], {}, False),
    "one trace alone": ("forensic_trace", [("forensic_trace", "none_found")], {}, False),
    "two traces": ("forensic_trace", [("forensic_trace", "dna"), ("forensic_trace", "cctv")], {}, False),
}
UNTRIED: dict[str, tuple[str, Said, dict[str, Any], bool]] = {
    "the method is not recorded": (
        "tool_used",
        [("tool_used", "screwdriver"), ("entry_method", "not_recorded")],
        {},
        False,
    ),
    "the method is not known": ("tool_used", [("tool_used", "screwdriver"), ("entry_method", "unknown")], {}, False),
    "the tool is blank": ("tool_used", [("entry_method", "insecure")], {}, False),
    "nothing is known of the attempt": ("property_class_taken", [], {"is_attempt": None}, True),
}


def test_every_rule_of_the_standard_has_a_row_that_breaks_it(standard: MinimumStandard) -> None:
    assert {rule.rule for rule in standard.consistency} == set(BROKEN)


@pytest.mark.parametrize("rule", BROKEN)
def test_a_rule_is_broken_by_its_row_and_charged_to_its_item(
    standard: MinimumStandard, tried: Tried, rule: str
) -> None:
    item, said, crime, stolen = BROKEN[rule]
    assert next(entry.item_code for entry in standard.consistency if entry.rule == rule) == item
    assert tried(item, said, crime, stolen) == (True, {rule})


@pytest.mark.parametrize("case", KEPT)
def test_values_that_agree_are_tried_and_pass(tried: Tried, case: str) -> None:
    assert tried(*KEPT[case]) == (True, set())


@pytest.mark.parametrize("case", UNTRIED)
def test_a_rule_with_a_gap_on_one_side_is_not_tried(tried: Tried, case: str) -> None:
    assert tried(*UNTRIED[case]) == (False, set())


@pytest.mark.parametrize(
    "values",
    [("none_found", "dna"), ("none_found", "not_examined"), ("not_examined", "cctv", "dna")],
)
def test_an_exclusive_value_contradicts_every_other(tried: Tried, values: tuple[str, ...]) -> None:
    said = [("forensic_trace", value) for value in values]
    assert tried("forensic_trace", said) == (True, {"several_exclusive"})


def test_the_same_exclusive_value_twice_is_no_contradiction(tried: Tried) -> None:
    assert tried("forensic_trace", [("forensic_trace", "none_found")] * 2) == (True, set())


def test_invalid_values_break_no_rule(
    standard: MinimumStandard, crimes_of: Frames, features_of: Frames, properties_of: Frames
) -> None:
    crimes = crimes_of({})
    features = features_of(("c1", "tool_used", None, {"is_valid_code": False}), ("c1", "entry_method", "insecure"))
    found = consistency(crimes, mo_rows(crimes, features, standard), properties_of(), standard)
    assert not found.is_testable.any()


def test_no_crimes_break_no_rule(
    standard: MinimumStandard, crimes_of: Frames, features_of: Frames, properties_of: Frames
) -> None:
    crimes = crimes_of()
    found = consistency(crimes, mo_rows(crimes, features_of(), standard), properties_of(), standard)
    assert isinstance(found, Consistency)
    assert found.is_testable.shape == (0, len(standard.items))
    assert all(broken.shape == (0,) and broken.dtype == np.bool_ for broken in found.broken.values())
