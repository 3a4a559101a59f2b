"""The minimum standard's file as a document: its keys are known and its values have the right form.

What the words mean to each other (an item named by a crime group exists, a rule's values are in the item's
list) is checked where they are used, in `minimum_standard`.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from quality.errors import StandardError
from quality.written_yaml import Kind, keyed, of_kind, place_of, read_yaml, yaml_of

NULL_CODES = ("not_recorded", "unknown", "not_applicable", "refused")
DIMENSIONS = (
    *("completeness", "recoverable", "specificity", "validity"),
    *("consistency", "timeliness", "precision", "uniqueness"),
)
_CODE = re.compile(r"[a-z0-9]+(_[a-z0-9]+)*")
_VERSION = re.compile(r"(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)")

_NUMBER: Kind = (int, float)
_TOP: dict[str, Kind] = {
    "version": str,
    "null_codes": dict,
    "structured_sources": list,
    "roles": dict,
    "tiers": dict,
    "targets": dict,
    "limits": dict,
    "crime_groups": dict,
    "items": dict,
    "consistency": dict,
}
_LIMITS: dict[str, Kind] = {
    "timely_within_hours": _NUMBER,
    "window_within_hours": _NUMBER,
    "least_expected": int,
    "least_shown": int,
    "least_linked_pairs": int,
    "default_place_crimes": int,
    "default_seconds": _NUMBER,
    "unresolved_time_precisions": list,
    "unresolved_location_precisions": list,
}
_ROLE: dict[str, Kind] = dict.fromkeys(("label", "captured_by", "value_source", "introduction"), str)
_ITEM: dict[str, Kind] = {
    "label": str,
    "question": str,
    "why": str,
    "seconds": _NUMBER,
    "multi": bool,
    "crime_groups": (list, str),
    "roles": (list, str),
    "describes": str,
    "unspecific": list,
    "values": dict,
}
_ITEM_OPTIONS: dict[str, Kind] = {
    "exclusive": list,
    "questions": dict,
    "hint": str,
    "applies_when": list,
    "not_offered": dict,
}
_LISTS_OF_NODES = ("items", "trial", "applies_when")
_RULE: dict[str, Kind] = {"label": str, "item": str, "first": dict, "second": dict}


def read_document(path: Path) -> dict[str, Any]:
    """Read the minimum standard's file and check its form.

    Parameters
    ----------
    path
        A YAML file in the layout of ``quality/minimum_standard.yaml``.

    Returns
    -------
    dict
        The document; every key is known, every value has its form.

    Raises
    ------
    StandardError
        In one line: the key, what was expected, what came, the nearest valid key.
    """
    document: dict[str, Any] = read_yaml(path, StandardError)
    check_document(document)
    return document


def document_from_text(text: str) -> dict[str, Any]:
    """Read the minimum standard from the text of its file and check its form; raise StandardError at a fault."""
    document: dict[str, Any] = yaml_of(text, StandardError)
    check_document(document)
    return document


def check_document(document: object) -> None:
    """Check the form of a document that was read from YAML; raise StandardError at the first fault."""
    top = _keyed(document, "the file", _TOP)
    if not _VERSION.fullmatch(top["version"]):
        raise StandardError(f"version: expected two numbers as in '1.0', got {top['version']!r}")
    _keyed(top["limits"], "limits", _LIMITS)
    for code, node in _coded(top["roles"], "roles"):
        _keyed(node, f"roles.{code}", _ROLE)
    for code, node in _keyed(top["null_codes"], "null_codes", dict.fromkeys(NULL_CODES, dict)).items():
        _keyed(node, f"null_codes.{code}", {"label": str, "expected": bool})
    if list(top["tiers"]) != [1, 2, 3]:
        raise StandardError(f"tiers: expected 1, 2, 3, got {', '.join(map(str, top['tiers']))}; 4 means drop")
    for tier, node in top["tiers"].items():
        _keyed(node, f"tiers.{tier}", {"label": str, "weight": _NUMBER, "severity": str})
    _check_targets(top["targets"])
    for code, node in _coded(top["crime_groups"], "crime_groups"):
        _check_group(node, f"crime_groups.{code}")
    for code, node in _coded(top["items"], "items"):
        _check_item(node, f"items.{code}")
    for code, node in _coded(top["consistency"], "consistency"):
        _check_rule(node, f"consistency.{code}")


def fingerprint(document: Mapping[str, Any]) -> str:
    """SHA-256 of a document's content, in hexadecimal: comments, layout and the order of keys make no difference."""
    content = json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(content.encode("utf-8")).hexdigest()


def _check_targets(targets: Mapping[str, Any]) -> None:
    _keyed(targets, "targets", dict.fromkeys(DIMENSIONS, (int, float, dict)))
    for dimension, node in targets.items():
        shares = node.values() if isinstance(node, dict) else [node]
        for share in shares:
            _of_kind(share, f"targets.{dimension}", _NUMBER)
            if not 0 <= share <= 1:
                raise StandardError(f"targets.{dimension}: expected a share from 0 to 1, got {share}")


def _check_group(node: object, where: str) -> None:
    group = _keyed(node, where, {"label": str, "items": list}, {"trial": list})
    if not group["items"]:
        raise StandardError(f"{where}.items: expected at least one item, got none")
    for key, keys in (("items", {"item": str, "tier": int}), ("trial", {"item": str})):
        for entry in group.get(key, []):
            _keyed(entry, f"{where}.{key}", keys, {"applies_when": list})
            _check_conditions(entry, f"{where}.{key}.{entry['item']}")


def _check_item(node: object, where: str) -> None:
    item = _keyed(node, where, _ITEM, _ITEM_OPTIONS)
    for role, question in _coded(item.get("questions", {}), f"{where}.questions"):
        _of_kind(question, f"{where}.questions.{role}", str)
    for group, codes in _coded(item.get("not_offered", {}), f"{where}.not_offered"):
        _of_kind(codes, f"{where}.not_offered.{group}", list)
        _all_text(codes, f"{where}.not_offered.{group}")
    _check_conditions(item, where)
    if not item["values"]:
        raise StandardError(f"{where}.values: expected at least one code, got none")
    for code, label in _coded(item["values"], f"{where}.values"):
        _of_kind(label, f"{where}.values.{code}", str)


def _check_rule(node: object, where: str) -> None:
    rule = _keyed(node, where, _RULE)
    for name in ("first", "second"):
        _check_side(rule[name], f"{where}.{name}")


def _check_conditions(node: Mapping[str, Any], where: str) -> None:
    for side in node.get("applies_when", []):
        _check_side(side, f"{where}.applies_when")


def _check_side(node: object, where: str) -> None:
    side = _keyed(node, where, {"field": str}, {"values": list, "except": list})
    if ("values" in side) == ("except" in side):
        raise StandardError(f"{where}: expected either values or except, got {sorted(side)}")
    if side.get("values") == []:
        raise StandardError(f"{where}.values: expected at least one code, got none; it could never be true")


def _coded(node: Mapping[Any, Any], where: str) -> list[tuple[str, Any]]:
    for code in node:
        if not isinstance(code, str):
            raise StandardError(f"{where}: code {code!r} was read as {type(code).__name__}; put it in quotes")
        if not _CODE.fullmatch(code):
            raise StandardError(f"{where}: code {code!r} is not lower_snake_case; rename it")
    return list(node.items())


def _keyed(
    node: object, where: str, required: Mapping[str, Kind], optional: Mapping[str, Kind] | None = None
) -> dict[str, Any]:
    found = keyed(node, where, required, optional or {}, StandardError)
    for key, value in found.items():
        if isinstance(value, list) and key not in _LISTS_OF_NODES:
            _all_text(value, place_of(key, where))
    return found


def _all_text(values: list[Any], where: str) -> None:
    for value in values:
        if not isinstance(value, str):
            raise StandardError(f"{where}: {value!r} was read as {type(value).__name__}; put it in quotes")


def _of_kind(value: object, where: str, kind: Kind) -> None:
    of_kind(value, where, kind, StandardError)
