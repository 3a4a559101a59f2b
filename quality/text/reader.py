"""Reads one text of one crime group: which rules match, where, and what is left when its sentences contradict."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple

import re2

from quality.minimum_standard import MinimumStandard
from quality.text.actors import is_others_act
from quality.text.frames import FrameSearch
from quality.text.literal_screen import LiteralScreen
from quality.text.pattern_language import compiled
from quality.text.plain_text import plain_text, sentences
from quality.text.scope import Scope
from quality.text.scope import Sentence as ScopedSentence
from quality.text.text_rules import Rule, TextRules

_SENTENCES_KEPT = 20_000


class Finding(NamedTuple):
    """A value that a text says; a half-open span in characters, and the place of its rule in the reader's list."""

    item_code: str
    value_code: str
    span_start: int
    span_end: int
    order: int
    is_hedged: bool


class _Says(dict[str, bool]):
    """Which contexts a sentence holds, each looked for once and only where a rule asks."""

    def __init__(self, contexts: Mapping[str, re2._Regexp], text: bytes) -> None:
        self._contexts, self._text = contexts, text

    def __missing__(self, name: str) -> bool:
        self[name] = self._contexts[name].search(self._text) is not None
        return self[name]


class Reader:
    """Reads texts of one crime group.

    Equal sentences are read once: forms and officers repeat themselves, and what a sentence says rests on nothing
    outside it.

    Parameters
    ----------
    rules : TextRules
        Which words say what.
    standard : MinimumStandard
        Which items and values the crime group knows, and which of them hold several values.
    crime_group : str
        Crime group of every text that will be read.

    Attributes
    ----------
    rules : tuple of Rule
        Rules that apply to the crime group.
    n_matches : int
        Matches looked at so far; at most `limits.most_matches` for each rule and sentence.
    """

    def __init__(self, rules: TextRules, standard: MinimumStandard, crime_group: str) -> None:
        self.rules = rules.rules_for(crime_group, standard) if crime_group in standard.crime_groups else ()
        self.n_matches = 0
        self._scope = Scope(rules)
        self._limits = rules.limits
        self._searches = [compiled(rule.source, rule.rule) for rule in self.rules]
        self._frames = {rule.frame: FrameSearch(rule.frame) for rule in self.rules if rule.frame is not None}
        self._contexts = {name: compiled(source, name) for name, source in rules.contexts.items()}
        self._screen = LiteralScreen([rule.source for rule in self.rules])
        self._multi = {code: item.is_multi for code, item in standard.items.items()}
        self._exclusive = {code: item.exclusive for code, item in standard.items.items()}
        self._read = lru_cache(_SENTENCES_KEPT)(self._findings)

    def read(self, text: str) -> list[Finding]:
        """Return what a text says, one finding an item and value, in order of item and place.

        Parameters
        ----------
        text : str
            Free text; what lies beyond `limits.longest_text_characters` is not read.
        """
        if not self.rules:
            return []
        plain = plain_text(text[: self._limits.longest_text_characters])
        small = plain.lower()
        found = [
            finding._replace(span_start=finding.span_start + start, span_end=finding.span_end + start)
            for start, end in sentences(plain)
            for finding in self._read(_with_doubt(small, start, end))
        ]
        by_item: dict[str, list[Finding]] = {}
        for finding in found:
            by_item.setdefault(finding.item_code, []).append(finding)
        return [finding for item in sorted(by_item) for finding in self._settled(item, by_item[item])]

    def _findings(self, text: str) -> tuple[Finding, ...]:
        """Return every value that one sentence says; where two rules read the same words, the longer wins."""
        possible = self._screen.possible(text)
        if not possible:
            return ()
        sentence = self._scope.sentence(text.encode())
        says = _Says(self._contexts, sentence.text)
        found = [finding for number in possible for finding in self._of_rule(number, sentence, says)]
        return tuple(one for one in found if not any(_covers(other, one) for other in found))

    def _of_rule(self, number: int, sentence: ScopedSentence, says: _Says) -> Iterable[Finding]:
        """Yield the matches of a rule that nothing takes back."""
        rule = self.rules[number]
        if any(not says[name] for name in rule.needs) or any(says[name] for name in rule.refuses_in_sentence):
            return
        for start, end, is_hedged in self._matches(rule, self._searches[number], sentence):
            yield Finding(rule.item_code, rule.value_code, start, end, number, is_hedged)

    def _matches(self, rule: Rule, search: re2._Regexp, sentence: ScopedSentence) -> Iterable[tuple[int, int, bool]]:
        """Yield matches that nothing takes back, and whether they are doubted."""
        place = 0
        for _ in range(self._limits.most_matches):
            found = search.search(sentence.text, place)
            if found is None:
                return
            self.n_matches += 1
            place = found.start() + 1
            gaps = [found.span(group) for group in range(1, search.groups + 1) if found.span(group) != (-1, -1)]
            for start, end, framing in self._framed(rule, sentence, found.span()):
                around = [*gaps, *framing]
                if self._scope.is_denied(sentence, start, end, around) or self._is_refused(rule, sentence, start, end):
                    continue
                said = found.span() if rule.frame is not None and rule.frame.is_list else (start, end)
                yield *said, self._scope.is_hedged(sentence, start, end, around)
                break

    def _framed(
        self, rule: Rule, sentence: ScopedSentence, span: tuple[int, int]
    ) -> Iterable[tuple[int, int, list[tuple[int, int]]]]:
        """Yield a match with the words that its frame asks for, and the gaps between; the match itself without one."""
        if rule.frame is None:
            return [(*span, [])]
        return self._frames[rule.frame].around(sentence.text, span)

    def _is_refused(self, rule: Rule, sentence: ScopedSentence, start: int, end: int) -> bool:
        if self._scope.is_elsewhere(sentence, start) or is_others_act(rule.item_code, sentence.text, start, end):
            return True
        if not rule.refuses:
            return False
        clause = self._scope.clause(sentence, start, end)
        return any(self._contexts[name].search(sentence.text, *clause) for name in rule.refuses)

    def _settled(self, item_code: str, found: list[Finding]) -> list[Finding]:
        """Return what holds of one item: certain before doubted, and neither of two values where one can be true."""
        certain = [finding for finding in found if not finding.is_hedged] or found
        strong = [finding for finding in certain if not self.rules[finding.order].yields] or certain
        if self._multi.get(item_code, False):
            return _one_each(_without(self._exclusive[item_code], found))
        return _one_each(strong) if len({finding.value_code for finding in strong}) == 1 else []


def _with_doubt(small: str, start: int, end: int) -> str:
    """Return a sentence, with the question mark that ended it: "rear door?" doubts."""
    return small[start : end + 1] if small[end : end + 1] == "?" else small[start:end]


def _covers(other: Finding, one: Finding) -> bool:
    """Return whether another finding of the same item reads the same words and more, or stands first in the file."""
    if other is one or other.item_code != one.item_code or other.value_code == one.value_code:
        return False
    if not (other.span_start <= one.span_start and one.span_end <= other.span_end):
        return False
    same = (other.span_start, other.span_end) == (one.span_start, one.span_end)
    return other.order < one.order if same else True


def _without(exclusive: tuple[str, ...], found: list[Finding]) -> list[Finding]:
    """Return several values without one that excludes the others: "no marks" gives way to a mark that was found."""
    certain = {finding.value_code for finding in found if not finding.is_hedged}
    others = certain - set(exclusive)
    if not others and len(certain) > 1:
        return []
    return [finding for finding in found if finding.value_code not in exclusive or not others]


def _one_each(found: list[Finding]) -> list[Finding]:
    """Return the first finding of each value, a certain one before a doubted one."""
    first: dict[str, Finding] = {}
    for finding in sorted(found, key=lambda one: (one.is_hedged, one.span_start)):
        first.setdefault(finding.value_code, finding)
    return sorted(first.values(), key=lambda one: one.span_start)
