"""Text rules as checked objects: which words say which value of which MO item, and what takes it back.

The rules are data (`text_rules.yaml`); this module makes frozen objects of them and checks that every name that they
use is defined, that every pattern compiles, and that every value is one that the minimum standard knows.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from quality.errors import nearest
from quality.features import refuse_protected
from quality.minimum_standard import MinimumStandard
from quality.text.errors import TextRuleError
from quality.text.pattern_language import compiled, expression, following
from quality.text.rule_document import CUES, read_rule_document

RULES_FILE = Path(__file__).with_name("text_rules.yaml")
ST_LOUIS_RULES_FILE = Path(__file__).with_name("st_louis_rules.yaml")


@dataclass(frozen=True)
class Frame:
    """What must stand around the words of a rule: `before` at most `before_words` words ahead, or `after`.

    With `is_list` one frame holds all members of a list, over its commas: "overlooked - handbag, phone, passport"; a
    finding then spans only its own words.
    """

    before: str
    before_words: int
    after: str
    is_list: bool = False


@dataclass(frozen=True)
class Rule:
    """One rule: where `source` (an RE2 expression over plain small letters) occurs, the item has the value.

    `needs` must occur in the same sentence, `refuses` must not occur in the same clause, `refuses_in_sentence` not in
    the same sentence. A rule that `yields` is a weaker reading, which gives way to any other value of its item in the
    same text.
    """

    rule: str
    item_code: str
    value_code: str
    source: str
    frame: Frame | None
    crime_groups: tuple[str, ...] | None
    needs: tuple[str, ...]
    refuses: tuple[str, ...]
    refuses_in_sentence: tuple[str, ...]
    yields: bool
    note: str


@dataclass(frozen=True)
class ReadingLimits:
    """Numbers that reading and its use turn on; see the comments in the file."""

    longest_text_characters: int
    most_matches: int
    negation_words: int
    hedge_words: int
    least_agreement: float
    least_both: int


@dataclass(frozen=True)
class TextRules:
    """All rules, in order of preference where two read the same words, with the cues that change a reading."""

    version: str
    limits: ReadingLimits
    rules: tuple[Rule, ...]
    cues: Mapping[str, str]
    contexts: Mapping[str, str]
    further_values: Mapping[str, tuple[str, ...]]

    def __post_init__(self) -> None:
        names = [rule.rule for rule in self.rules]
        if repeated := sorted({name for name in names if names.count(name) > 1}):
            raise TextRuleError(f"rules.{repeated[0]}: the name stands twice; a finding must name one rule")
        refuse_protected({rule.item_code for rule in self.rules})
        for rule in self.rules:
            for context in (*rule.needs, *rule.refuses, *rule.refuses_in_sentence):
                _known(context, self.contexts, f"rules.{rule.rule}")

    def check_against(self, standard: MinimumStandard) -> None:
        """Check that every item, value and crime group is one that the standard (or `further_values`) knows.

        Raises
        ------
        TextRuleError
            Naming the first rule that says something unknown, and the nearest known name.
        """
        for rule in self.rules:
            where = f"rules.{rule.rule}"
            further = self.further_values.get(rule.item_code, ())
            if not further:
                _known(rule.item_code, standard.items, f"{where}.item")
            item = standard.items.get(rule.item_code)
            _known(rule.value_code, (*(item.value_labels if item else ()), *further), f"{where}.value")
            for group in rule.crime_groups or ():
                _known(group, standard.crime_groups, f"{where}.crime_groups")

    def rules_for(self, crime_group: str, standard: MinimumStandard) -> tuple[Rule, ...]:
        """Rules whose item and value the standard of the crime group knows, in the order of the file."""
        return tuple(rule for rule in self.rules if self._applies(rule, crime_group, standard))

    def _applies(self, rule: Rule, crime_group: str, standard: MinimumStandard) -> bool:
        if rule.crime_groups is not None and crime_group not in rule.crime_groups:
            return False
        if rule.value_code in self.further_values.get(rule.item_code, ()):
            return True
        item = standard.items.get(rule.item_code)
        return item is not None and crime_group in item.crime_groups and rule.value_code in item.value_labels


def load_text_rules(path: Path | None = None, standard: MinimumStandard | None = None) -> TextRules:
    """Read and check a file of text rules.

    Parameters
    ----------
    path : Path, optional
        A YAML file; the rules that ship with the software where none is given.
    standard : MinimumStandard, optional
        Where given, every item and value must be one that it knows.

    Raises
    ------
    TextRuleError
        One line: the file, the rule, what was expected, what came, the nearest valid name.
    """
    path = RULES_FILE if path is None else path
    try:
        rules = rules_from_document(read_rule_document(path))
        if standard is not None:
            rules.check_against(standard)
    except TextRuleError as error:
        raise TextRuleError(f"{path}: {error}") from error
    return rules


def rules_from_document(document: Mapping[str, Any]) -> TextRules:
    """Make the rules of a document whose form was checked (`rule_document.check_rule_document`)."""
    words = {name: "|".join([said] if isinstance(said, str) else said) for name, said in document["words"].items()}
    frames = {name: _frame(name, node, words) for name, node in document.get("frames", {}).items()}
    return TextRules(
        version=document["version"],
        limits=ReadingLimits(**document["limits"]),
        rules=tuple(_rule(node, words, frames) for node in document["rules"]),
        cues={name: _checked(document["cues"][name], words, f"cues.{name}") for name in CUES},
        contexts={
            name: _checked(patterns, words, f"contexts.{name}")
            for name, patterns in document.get("contexts", {}).items()
        },
        further_values={item: tuple(values) for item, values in document.get("further_values", {}).items()},
    )


def _frame(name: str, node: Mapping[str, Any], words: Mapping[str, str]) -> Frame:
    where = f"frames.{name}"
    after = following(node["after"], node["after_words"], words, where)
    compiled(after, where)
    return Frame(_checked(node["before"], words, where), node["before_words"], after, node.get("is_list", False))


def _rule(node: Mapping[str, Any], words: Mapping[str, str], frames: Mapping[str, Frame]) -> Rule:
    where = f"rules.{node['rule']}"
    if "frame" in node:
        _known(node["frame"], frames, f"{where}.frame")
    groups = node.get("crime_groups")
    return Rule(
        rule=node["rule"],
        item_code=node["item"],
        value_code=node["value"],
        source=_checked(node["patterns"], words, where),
        frame=frames[node["frame"]] if "frame" in node else None,
        crime_groups=None if groups is None else tuple(groups),
        needs=tuple(node.get("needs", ())),
        refuses=tuple(node.get("refuses", ())),
        refuses_in_sentence=tuple(node.get("refuses_in_sentence", ())),
        yields=node.get("yields", False),
        note=node.get("note", ""),
    )


def _checked(patterns: list[str], words: Mapping[str, str], where: str) -> str:
    source = expression(patterns, words, where)
    found = compiled(source, where).search(b"x")
    if found is not None and not found.group():
        raise TextRuleError(f"{where}: matches empty text; say at least one word")
    return source


def _known(code: str, known: Any, where: str) -> None:
    if code not in set(known):
        raise TextRuleError(f"{where}: {code!r} is not known; {nearest(code, known)}")
