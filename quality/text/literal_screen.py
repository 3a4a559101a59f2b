"""Which of many expressions can occur in a text at all: each needs one of a few short literals.

An RE2 set of all rules would answer exactly, but its automaton outgrows any memory and RE2 then gives up without a
word; looking up pieces of the text in a dictionary is exact in the only direction that matters (it never drops a rule
that matches) and costs a fixed amount for each character.
"""

import re
from collections.abc import Sequence
from functools import cache
from itertools import product
from typing import NamedTuple

_LONGEST_PIECE = 4
_MOST_LITERALS = 256
_QUANTIFIER = re.compile(r"([?*+]|\{(\d+)(?:,(\d*))?\})\??")


class _Part(NamedTuple):
    """Part of an expression: every text that it can be, where they are few; else texts of which one must occur."""

    exact: frozenset[str] | None
    needed: frozenset[str] | None


_EMPTY = _Part(frozenset([""]), frozenset([""]))
_ANYTHING = _Part(None, None)


@cache
def needed_literals(source: str) -> frozenset[str] | None:
    """Return literals of which at least one occurs wherever an expression matches; None where none is sure.

    Parameters
    ----------
    source : str
        An RE2 expression made by `pattern_language.expression`: literals, classes, groups, alternatives, quantifiers.
    """
    part, end = _alternatives(source, 0)
    assert end == len(source), f"{source!r}: not read beyond {end}"
    literals = part.needed
    return literals if literals and min(map(len, literals)) > 1 else None


class LiteralScreen:
    """Tells which expressions can occur.

    Parameters
    ----------
    sources : sequence of str
        Expressions, as `needed_literals` reads them.
    """

    def __init__(self, sources: Sequence[str]) -> None:
        self._always, self._pieces = 0, dict[str, int]()
        for number, source in enumerate(sources):
            literals = needed_literals(source)
            if literals is None:
                self._always |= 1 << number
            for literal in literals or ():
                piece = literal[:_LONGEST_PIECE]
                self._pieces[piece] = self._pieces.get(piece, 0) | 1 << number
        self._sizes = sorted({len(piece) for piece in self._pieces})

    def possible(self, text: str) -> list[int]:
        """Return the positions of the expressions that can occur in a text, in order."""
        pieces, found = self._pieces, self._always
        for size in self._sizes:
            for start in range(len(text) - size + 1):
                found |= pieces.get(text[start : start + size], 0)
        return [number for number in range(found.bit_length()) if found >> number & 1]


def _alternatives(source: str, place: int) -> tuple[_Part, int]:
    parts = []
    while True:
        part, place = _sequence(source, place)
        parts.append(part)
        if place >= len(source) or source[place] != "|":
            return _any_of(parts), place
        place += 1


def _any_of(parts: list[_Part]) -> _Part:
    exact = _union([part.exact for part in parts])
    return _Part(exact if exact and len(exact) <= _MOST_LITERALS else None, _union([part.needed for part in parts]))


def _union(sets: Sequence[frozenset[str] | None]) -> frozenset[str] | None:
    known = [one for one in sets if one is not None]
    return frozenset().union(*known) if len(known) == len(sets) else None


def _sequence(source: str, place: int) -> tuple[_Part, int]:
    run: frozenset[str] | None = frozenset([""])
    options: list[frozenset[str] | None] = []
    is_exact = True
    while place < len(source) and source[place] not in "|)":
        part, place = _quantified(source, place)
        joined = _joined(run, part.exact)
        if joined is None:
            options += [run, part.needed]
            is_exact = False
        run = joined if joined is not None else (part.exact or frozenset([""]))
    options.append(run)
    return _Part(run if is_exact else None, _best(options)), place


def _joined(first: frozenset[str] | None, second: frozenset[str] | None) -> frozenset[str] | None:
    if first is None or second is None or len(first) * len(second) > _MOST_LITERALS:
        return None
    return frozenset("".join(pair) for pair in product(first, second))


def _best(options: list[frozenset[str] | None]) -> frozenset[str] | None:
    """Return the option whose shortest literal is longest: the one that screens most."""
    known = [option for option in options if option]
    return max(known, key=lambda option: (min(map(len, option)), -len(option)), default=None)


def _quantified(source: str, place: int) -> tuple[_Part, int]:
    part, place = _atom(source, place)
    quantifier = _QUANTIFIER.match(source, place)
    if quantifier is None:
        return part, place
    if quantifier[1] == "?" and part.exact is not None:
        return _Part(part.exact | {""}, part.exact | {""}), quantifier.end()
    is_optional = quantifier[1] in "?*" or quantifier[2] == "0"
    return (_ANYTHING if is_optional else _Part(None, part.needed)), quantifier.end()


def _atom(source: str, place: int) -> tuple[_Part, int]:
    letter = source[place]
    if letter == "(":
        inside, end = _alternatives(source, place + (3 if source.startswith("(?:", place) else 1))
        return inside, end + 1
    if letter == "[":
        end = source.index("]", place + 1)
        return (_literal(source[place + 1]) if end == place + 2 else _ANYTHING), end + 1  # "[ ]" is a blank
    if letter == "\\":
        escaped = source[place + 1]
        return (_EMPTY if escaped == "b" else _ANYTHING if escaped.isalnum() else _literal(escaped)), place + 2
    return (_EMPTY if letter in "^$" else _ANYTHING if letter == "." else _literal(letter)), place + 1


def _literal(letter: str) -> _Part:
    return _Part(frozenset([letter]), frozenset([letter]))
