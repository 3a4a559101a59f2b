"""What a form is made of: the questions for one crime group and role, the rules between them, the force's words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from quality.errors import StandardError, nearest
from quality.forms.record import SCHEMA
from quality.minimum_standard import AskedItem, MinimumStandard, Side
from quality.mo_rules import RULES
from quality.written_yaml import read_yaml

WORDS_FILE = Path(__file__).with_name("form_words.yaml")
EXCLUSIVE_RULE = "several_exclusive"
ROLE_WORDS = (
    "title",
    "reference_kind",
    "reference_label",
    "reference_hint",
    "unknown",
    "not_applicable",
    "refused",
    "uncertain",
    "read_aloud",
    "after_saving",
    "asks_time",
    "has_privacy_notice",
)
TIME_WORDS = ("crime_groups", "question", "hint", "from_label", "to_label")


@dataclass(frozen=True)
class FormWords:
    """What a form says that is not about one item: the words for the role, and those for the time of the crime."""

    force_name: str
    role: Mapping[str, Any]
    times: Mapping[str, Any]


def form_words(crime_group: str, role: str, path: Path = WORDS_FILE) -> FormWords:
    """Read the words for one crime group and role.

    Raises
    ------
    StandardError
        One line: the file, the key, what was expected, the nearest that is there.
    """
    try:
        document = read_yaml(path, StandardError)
        roles, times = _mapping(document, "roles"), _mapping(document, "times")
        if role not in roles:
            raise StandardError(f"roles: expected {role!r}, got none; {nearest(role, roles)}")
        for_role = _worded(roles[role], ROLE_WORDS, f"roles.{role}")
        for name, node in times.items():
            if crime_group in _worded(node, TIME_WORDS, f"times.{name}")["crime_groups"]:
                return FormWords(str(document.get("force_name", "")), for_role, node)
    except StandardError as error:
        raise StandardError(f"{path}: {error}") from error
    raise StandardError(f"{path}: times: no entry is for {crime_group!r}; add it to the crime_groups of one")


def form_model(standard: MinimumStandard, crime_group: str, role: str) -> dict[str, Any]:
    """Return what the form's script needs to know, as plain data that can be written as JSON.

    Parameters
    ----------
    standard
        The minimum standard.
    crime_group, role
        Which form.

    Returns
    -------
    dict
        The items in order of priority (`weight` is 0 for an item on trial), their `asking_order`, the rules of
        consistency that two asked items can break, the null codes, and what identifies the form.

    Raises
    ------
    StandardError
        For a crime group or role that the standard does not name, or of whom nothing is asked.
    """
    asked = standard.asked(crime_group, role)
    if not asked:
        raise StandardError(f"{crime_group}: expected something that {role} is asked, got nothing; see items.*.roles")
    codes = {item.item_code for item in asked}
    return {
        "schema": SCHEMA,
        "standard_version": standard.version,
        "form_key": f"{standard.version}-{standard.fingerprint[:12]}:{crime_group}:{role}",
        "crime_group": crime_group,
        "crime_group_label": standard.crime_groups[crime_group].label,
        "role": role,
        "role_label": standard.roles[role].label,
        "null_codes": list(standard.null_codes),
        "waiving_nulls": list(standard.waiving_nulls),
        "window_within_hours": standard.limits.window_within_hours,
        "seconds": sum(item.seconds for item in asked) + standard.limits.default_seconds,
        "exclusive_rule": {"rule": EXCLUSIVE_RULE, "label": RULES[EXCLUSIVE_RULE].reason.rstrip(".")},
        "items": [_item(item, standard) for item in asked],
        "asking_order": asking_order(asked),
        "rules": [
            {"rule": rule.rule, "label": rule.label, "item_code": rule.item_code}
            | {"first": _side(rule.first), "second": _side(rule.second)}
            for rule in standard.consistency
            if rule.first.field in codes and rule.second.field in codes
        ],
    }


def asking_order(asked: Iterable[AskedItem]) -> list[str]:
    """Return item codes so that each stands after the items that its conditions name.

    Of items that wait for each other, one is asked whatever the others say.
    """
    conditions = {item.item_code: [side.field for side in item.applies_when] for item in asked}
    order: dict[str, None] = {}

    def place(code: str, waiting: frozenset[str]) -> None:
        for field in conditions[code]:
            if field in conditions and field not in order and field not in waiting:
                place(field, waiting | {field})
        order.setdefault(code)

    for code in conditions:
        place(code, frozenset({code}))
    return list(order)


def weight(item: AskedItem, standard: MinimumStandard) -> float:
    """Say how much an item counts in the score of a record: as its tier, nothing while it is on trial."""
    return 0.0 if item.is_trial else standard.tiers[item.tier].weight


def _item(item: AskedItem, standard: MinimumStandard) -> dict[str, Any]:
    return {
        "item_code": item.item_code,
        "label": item.label,
        "question": item.question,
        "weight": weight(item, standard),
        "is_multi": item.is_multi,
        "value_labels": dict(item.value_labels),
        "unspecific": list(item.unspecific),
        "exclusive": list(item.exclusive),
        "applies_when": [_side(side) for side in item.applies_when],
    }


def _side(side: Side) -> dict[str, Any]:
    return {"field": side.field, "codes": list(side.codes), "is_exception": side.is_exception}


def _mapping(document: object, key: str) -> dict[str, Any]:
    node = document.get(key) if isinstance(document, dict) else None
    if not isinstance(node, dict):
        raise StandardError(f"{key}: expected a mapping, got {type(node).__name__}; see the file that ships")
    return node


def _worded(node: object, keys: Iterable[str], where: str) -> dict[str, Any]:
    if not isinstance(node, dict):
        raise StandardError(f"{where}: expected a mapping, got {type(node).__name__}; see the file that ships")
    for key in keys:
        if key not in node:
            raise StandardError(f"{where}: key {key!r} is missing; add it")
    for key in node:
        if key not in keys:
            raise StandardError(f"{where}: key {key!r} is not known; {nearest(key, keys)}")
    return node
