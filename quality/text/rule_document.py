"""The file of text rules as a document: its keys are known and its values have the right form.

What the words mean to each other (a frame that a rule names exists, a pattern compiles) is checked in `text_rules`.
"""

from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Any

import yaml

from quality.errors import nearest
from quality.text.errors import TextRuleError

Kind = type | tuple[type, ...]
_TOP: dict[str, Kind] = {"version": str, "limits": dict, "words": dict, "cues": dict, "rules": list}
_TOP_OPTIONAL: dict[str, Kind] = {"frames": dict, "contexts": dict, "further_values": dict}
LIMITS: dict[str, Kind] = {
    "longest_text_characters": int,
    "most_matches": int,
    "negation_words": int,
    "hedge_words": int,
    "least_agreement": (int, float),
    "least_both": int,
}
CUES = (
    "pseudo",
    "closed",
    "negation",
    "hedge",
    "break",
    "denied_after",
    "other_crime",
    "this_crime",
    "administration",
    "gap_stop",
)
_RULE: dict[str, Kind] = {"rule": str, "item": str, "value": str, "patterns": list}
_RULE_OPTIONAL: dict[str, Kind] = {
    "frame": str,
    "crime_groups": list,
    "needs": list,
    "refuses": list,
    "refuses_in_sentence": list,
    "yields": bool,
    "note": str,
}


_FRAME: dict[str, Kind] = {"before": list, "before_words": int, "after": list, "after_words": int}
_FRAME_OPTIONAL: dict[str, Kind] = {"is_list": bool}


class _Loader(yaml.SafeLoader):
    """YAML 1.1 without its habit of letting the last of two equal keys win."""


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[Hashable, Any]:
    seen: set[Hashable] = set()
    for key_node, _ in node.value:
        key = loader.construct_object(key_node, deep=True)
        if key in seen:
            raise TextRuleError(f"line {key_node.start_mark.line + 1}: key {key!r} stands twice; keep one")
        seen.add(key)
    return loader.construct_mapping(node, deep=True)


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def read_rule_document(path: Path) -> dict[str, Any]:
    """Read a file of text rules and check its form.

    Parameters
    ----------
    path : Path
        A YAML file in the layout of ``quality/text/text_rules.yaml``.

    Returns
    -------
    dict
        The document; every key is known, every value has its form.

    Raises
    ------
    TextRuleError
        In one line: the key, what was expected, what came, the nearest valid key.
    """
    try:
        document = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)
    except OSError as error:
        raise TextRuleError(f"cannot be read ({error.strerror}); give the path of a YAML file") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise TextRuleError(f"is not YAML in UTF-8: {' '.join(str(error).split())}") from error
    check_rule_document(document)
    return document


def check_rule_document(document: object) -> None:
    """Check the form of a document that was read from YAML; raise TextRuleError at the first fault."""
    top = _keyed(document, "the file", _TOP, _TOP_OPTIONAL)
    limits = _keyed(top["limits"], "limits", LIMITS)
    for name, value in limits.items():
        if value <= 0 or (name == "least_agreement" and value > 1):
            raise TextRuleError(f"limits.{name}: expected more than 0 (a share at most 1), got {value}")
    for name, patterns in _keyed(top["cues"], "cues", dict.fromkeys(CUES, list)).items():
        _texts(patterns, f"cues.{name}")
    for section in ("contexts", "further_values"):
        for name, texts in top.get(section, {}).items():
            _texts(texts, f"{section}.{name}")
    for name, node in top.get("frames", {}).items():
        frame = _keyed(node, f"frames.{name}", _FRAME, _FRAME_OPTIONAL)
        for key in ("before", "after"):
            _texts(frame[key], f"frames.{name}.{key}")
    for name, pattern in top["words"].items():
        _texts(pattern if isinstance(pattern, list) else [pattern], f"words.{name}")
    for number, rule in enumerate(top["rules"], 1):
        _check_rule(rule, number)


def _check_rule(rule: object, number: int) -> None:
    where = f"rules[{number}]"
    if isinstance(rule, dict) and isinstance(rule.get("rule"), str):
        where = f"rules.{rule['rule']}"
    node = _keyed(rule, where, _RULE, _RULE_OPTIONAL)
    for key in ("patterns", "crime_groups", "needs", "refuses", "refuses_in_sentence"):
        _texts(node.get(key, ["-"]), f"{where}.{key}")


def _texts(node: object, where: str) -> None:
    _of_kind(node, where, list)
    assert isinstance(node, list)
    if not node:
        raise TextRuleError(f"{where}: expected at least one entry, got none")
    for text in node:
        _of_kind(text, where, str)
        if not text:
            raise TextRuleError(f"{where}: expected text, got an empty entry; an empty pattern matches everywhere")


def _keyed(
    node: object, where: str, required: Mapping[str, Kind], optional: Mapping[str, Kind] | None = None
) -> dict[str, Any]:
    _of_kind(node, where, dict)
    assert isinstance(node, dict)
    known = {**required, **(optional or {})}
    for key in node:
        if key not in known:
            raise TextRuleError(f"{where}: key {key!r} is not known; {nearest(key, known)}")
    for key in required:
        if key not in node:
            raise TextRuleError(f"{where}: key {key!r} is missing; add it")
    for key, value in node.items():
        _of_kind(value, f"{where}.{key}" if where != "the file" else str(key), known[key])
    return node


def _of_kind(value: object, where: str, kind: Kind) -> None:
    kinds = kind if isinstance(kind, tuple) else (kind,)
    if isinstance(value, kinds) and (bool in kinds or not isinstance(value, bool)):
        return
    expected = " or ".join(kind.__name__ for kind in kinds)
    raise TextRuleError(f"{where}: expected {expected}, got {type(value).__name__} {value!r}")
