"""The file of text rules as a document: its keys are known and its values have the right form.

What the words mean to each other (a frame that a rule names exists, a pattern compiles) is checked in `text_rules`.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from quality.text.errors import TextRuleError
from quality.written_yaml import Kind, keyed, of_kind, read_yaml

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
    document = read_yaml(path, TextRuleError)
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
    of_kind(node, where, list, TextRuleError)
    assert isinstance(node, list)
    if not node:
        raise TextRuleError(f"{where}: expected at least one entry, got none")
    for text in node:
        if text == "":
            raise TextRuleError(f"{where}: expected text, got an empty entry; an empty pattern matches everywhere")
        of_kind(text, where, str, TextRuleError)


def _keyed(
    node: object, where: str, required: Mapping[str, Kind], optional: Mapping[str, Kind] | None = None
) -> dict[str, Any]:
    return keyed(node, where, required, optional or {}, TextRuleError)
