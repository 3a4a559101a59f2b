"""How far a denial, a doubt or the mention of another crime reaches within one sentence.

A cue reaches forward to the end of its clause, at most so many words; a doubt also reaches back where it closes the
clause ("rear door poss"); a denial reaches back only in a closed form ("rear door not used", "DNA neg").
"""

from typing import NamedTuple

import re2

from quality.text.text_rules import TextRules

_KINDS = ("pseudo", "closed", "negation", "hedge", "break")
_LISTED = re2.compile(rb"\b(?:or|nor)\b")
_VERB = re2.compile(
    rb"\b(?:is|was|were|are|has|had|have|been|did|does|used|taken|stolen|seen|gained|entered|left|via)\b"
)
_WORDS = re2.compile(rb"[a-z0-9][a-z0-9'/]*")
_WINDOW = 120


class Cue(NamedTuple):
    """Something that changes how what stands near it is read; a half-open span in the sentence."""

    start: int
    end: int
    kind: str


class Sentence(NamedTuple):
    """One sentence in plain small letters, its cues, and the parts that speak of another crime or of the enquiry."""

    text: bytes
    cues: tuple[Cue, ...]
    elsewhere: tuple[tuple[int, int], ...]


class Scope:
    """Finds cues and answers whether they reach a span.

    Parameters
    ----------
    rules : TextRules
        Holds the cues and how many words they reach.
    """

    def __init__(self, rules: TextRules) -> None:
        self._limits = rules.limits
        groups = "|".join(f"(?P<{kind}>{rules.cues[kind]})" for kind in _KINDS)
        # Leftmost-first: where "no doubt" and "no" begin together, the first kind listed takes it.
        self._cue = re2.compile(groups.encode() + rb"|(?P<comma>[,:()]| - )|(?P<ask>\?)")
        self._names = {number: name.decode() for name, number in self._cue.groupindex.items()}
        self._other_crime = re2.compile(rules.cues["other_crime"].encode())
        self._this_crime = re2.compile(rules.cues["this_crime"].encode())
        self._administration = re2.compile(rules.cues["administration"].encode())
        self._denied_after = re2.compile(rules.cues["denied_after"].encode())
        self._gap_stop = re2.compile(rules.cues["gap_stop"].encode())

    def sentence(self, text: bytes) -> Sentence:
        """Return the sentence with its cues.

        Parameters
        ----------
        text : bytes
            One sentence, plain ASCII in small letters.
        """
        cues = tuple(self._cue_of(found) for found in self._cue.finditer(text))
        spans = (self._other(text, cues), self._administered(text, cues))
        return Sentence(text, cues, tuple(span for span in spans if span is not None))

    def _cue_of(self, found: re2._Match) -> Cue:
        kind = next(self._names[n] for n in self._names if found.span(n) != (-1, -1))
        start, end = found.span()
        return Cue(start, end, {"comma": "break", "ask": "hedge"}.get(kind, kind))

    def _other(self, text: bytes, cues: tuple[Cue, ...]) -> tuple[int, int] | None:
        """Return the span that tells of another crime: from its clause on, until this crime is named again."""
        found = self._other_crime.search(text)
        if found is None:
            return None
        back = self._this_crime.search(text, found.end())
        return _clause_start(cues, found.start()), back.start() if back else len(text)

    def _administered(self, text: bytes, cues: tuple[Cue, ...]) -> tuple[int, int] | None:
        """Return the span that tells what was done about the crime, or what is usual: its clause, over "and"."""
        found = self._administration.search(text)
        if found is None:
            return None
        stops = (cue.start for cue in cues if cue.kind == "break" and cue.start >= found.end())
        ends = (place for place in stops if text[place : place + 3].strip() != b"and")
        return _clause_start(cues, found.start()), next(ends, len(text))

    def is_denied(self, sentence: Sentence, start: int, end: int, gaps: list[tuple[int, int]]) -> bool:
        """Return whether a span is taken back by what stands before it, after it, or in one of its gaps."""
        if any(self._gap_stop.search(sentence.text, *gap) for gap in gaps):
            return True
        for cue in sentence.cues:
            if cue.kind == "closed" and self._is_closed_over(sentence, cue, start, gaps):
                return True
            if cue.kind == "negation" and (_within(cue, gaps) or self._reaches(sentence, cue, start)):
                return True
        after = self._denied_after.match(sentence.text, end, min(len(sentence.text), end + _WINDOW))
        return after is not None

    def _is_closed_over(self, sentence: Sentence, cue: Cue, start: int, gaps: list[tuple[int, int]]) -> bool:
        """Return whether a complete denial holds a span, or goes on to it: "no damage or forced window"."""
        if cue.start < start < cue.end or any(first <= cue.start < last for first, last in gaps):
            return True
        goes_on = _LISTED.match(sentence.text[cue.end : cue.end + _WINDOW].lstrip(b" ,"))
        return goes_on is not None and self._reaches(sentence, cue._replace(kind="negation"), start)

    def is_hedged(self, sentence: Sentence, start: int, end: int, gaps: list[tuple[int, int]]) -> bool:
        """Return whether a span is doubted."""
        return any(
            _within(cue, gaps)
            or self._reaches(sentence, cue, start)
            or (cue.start >= end and self._closes(sentence, cue, end))
            for cue in sentence.cues
            if cue.kind == "hedge"
        )

    def is_elsewhere(self, sentence: Sentence, start: int) -> bool:
        """Return whether what starts here is told of another crime, or of the enquiry into this one."""
        return any(first <= start < last for first, last in sentence.elsewhere)

    def clause(self, sentence: Sentence, start: int, end: int) -> tuple[int, int]:
        """Return the span of the clause around a span."""
        breaks = [cue for cue in sentence.cues if cue.kind == "break"]
        first = max((cue.end for cue in breaks if cue.end <= start), default=0)
        last = min((cue.start for cue in breaks if cue.start >= end), default=len(sentence.text))
        return first, last

    def _reaches(self, sentence: Sentence, cue: Cue, start: int) -> bool:
        """Return whether a cue stands before a span, near enough, with no clause between."""
        if not cue.end <= start <= cue.end + _WINDOW:
            return False
        between = sentence.text[cue.end : start]
        most = self._limits.negation_words if cue.kind == "negation" else self._limits.hedge_words
        if len(_WORDS.findall(between)) > most:
            return False
        stops = [other for other in sentence.cues if other.kind == "break" and cue.end <= other.start < start]
        return not stops or (cue.kind == "negation" and _is_list(sentence.text, between, stops, start))

    def _closes(self, sentence: Sentence, cue: Cue, end: int) -> bool:
        """Return whether a doubt follows a span closely and ends its clause."""
        between = sentence.text[end : cue.start]
        if b"," in between or len(_WORDS.findall(between)) > 2:
            return False
        rest = sentence.text[cue.end : cue.end + _WINDOW].lstrip(b" .\"'")
        return not rest or any(
            other.kind == "break" and other.start <= cue.end + 1 for other in sentence.cues if other.start >= cue.end
        )


def _clause_start(cues: tuple[Cue, ...], place: int) -> int:
    return max((cue.end for cue in cues if cue.kind == "break" and cue.end <= place), default=0)


def _within(cue: Cue, gaps: list[tuple[int, int]]) -> bool:
    return any(start <= cue.start and cue.end <= end for start, end in gaps)


def _is_list(text: bytes, between: bytes, stops: list[Cue], start: int) -> bool:
    """Return whether a denial carries over commas: "no marks, damage or broken glass"."""
    if any(text[stop.start : stop.end].strip() != b"," for stop in stops) or _VERB.search(between):
        return False
    return _LISTED.search(text, stops[0].end, min(len(text), start + _WINDOW)) is not None
