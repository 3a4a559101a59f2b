"""The minimum standard's file as a document: its keys are known and its values have the right form.

What the words mean to each other (an item named by a crime group exists, a rule's values are in the item's
list) is checked where they are used, in `minimum_standard`.
"""

import hashlib
import json
import re
from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Any

import yaml

from quality.errors import StandardError, nearest

NULL_CODES = ("not_recorded", "unknown", "not_applicable", "refused")
DIMENSIONS = (
    *("completeness", "recoverable", "specificity", "validity"),
    *("consistency", "timeliness", "precision", "uniqueness"),
)
_CODE = re.compile(r"[a-z0-9]+(_[a-z0-9]+)*")
_VERSION = re.compile(r"(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)")

Kind = type | tuple[type, ...]
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


class _Loader(yaml.SafeLoader):
    """YAML 1.1 without its habit of letting the last of two equal keys win."""


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[Hashable, Any]:
    seen: set[Hashable] = set()
    for key_node, _ in node.value:
        key = loader.construct_object(key_node, deep=True)
        if key in seen:
            line = key_node.start_mark.line + 1
            raise StandardError(f"line {line}: key {key!r} stands twice; keep one")
        seen.add(key)
    return loader.construct_mapping(node, deep=True)


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


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
    try:
        return document_from_text(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise StandardError(f"cannot be read ({error.strerror}); give the path of a YAML file") from error
    except UnicodeDecodeError as error:
        raise StandardError(f"is not YAML in UTF-8: {error}") from error


def document_from_text(text: str) -> dict[str, Any]:
    """Read the minimum standard from the text of its file and check its form; raise StandardError at a fault."""
    try:
        document = yaml.load(text, Loader=_Loader)
    except yaml.YAMLError as error:
        raise StandardError(f"is not YAML in UTF-8: {' '.join(str(error).split())}") from error
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
    _of_kind(node, where, dict)
    assert isinstance(node, dict)
    known = {**required, **(optional or {})}
    for key in node:
        if key not in known:
            raise StandardError(f"{where}: key {key!r} is not known; {nearest(key, known)}")
    for key in required:
        if key not in node:
            raise StandardError(f"{where}: key {key!r} is missing; add it")
    for key, value in node.items():
        place = f"{where}.{key}" if where != "the file" else str(key)
        _of_kind(value, place, known[key])
        if isinstance(value, list) and key not in _LISTS_OF_NODES:
            _all_text(value, place)
    return node


def _all_text(values: list[Any], where: str) -> None:
    for value in values:
        if not isinstance(value, str):
            raise StandardError(f"{where}: {value!r} was read as {type(value).__name__}; put it in quotes")


def _of_kind(value: object, where: str, kind: Kind) -> None:
    kinds = kind if isinstance(kind, tuple) else (kind,)
    # bool is an int to Python, but `seconds: true` is a slip of the pen
    if isinstance(value, kinds) and (bool in kinds or not isinstance(value, bool)):
        if isinstance(value, str) and not value.strip():
            raise StandardError(f"{where}: expected words, got {value!r}; write them")
        return
    expected = " or ".join(kind.__name__ for kind in kinds)
    raise StandardError(f"{where}: expected {expected}, got {type(value).__name__} {value!r}")
