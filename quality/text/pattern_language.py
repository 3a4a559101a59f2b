"""The notation of text rules, and what it becomes: an RE2 expression, whose search time grows only with the text.

A pattern is a regular expression over small letters in which

- a space stands for what parts two words of one phrase: blanks, line breaks, full stops of short forms, slashes,
  hyphens, quotes, brackets, but no comma;
- ``~`` between two spaces stands for up to three words more, ``~5`` for up to five, ``(?:~5 )?`` for the same before a
  word; each gap is a group, so that the engine can look into it for a denial;
- ``{name}`` stands for an entry of `words`.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache

import re2

from quality.errors import nearest
from quality.text.errors import TextRuleError

_PART = r"""(?:[ \n."'()/-]+)"""
_WORD = r"[a-z0-9&#'/.%-]+"
_GAP = re.compile(r" ~([1-9]?) ")
_OPTIONAL_GAP = re.compile(r"\(\?:~([1-9]?) \)\?")
_NAME = re.compile(r"\{([a-z][a-z_0-9]*)\}")
_CLASS = re.compile(r"\[[^]]*\]")
_MOST_WORDS_IN_GAP = 3
_DEEPEST = 6


def expanded(pattern: str, words: Mapping[str, str], where: str) -> str:
    """Return the pattern with every ``{name}`` replaced, names within names too.

    Raises
    ------
    TextRuleError
        A name that `words` lacks, or names that contain each other.
    """
    for _ in range(_DEEPEST):
        if not _NAME.search(pattern):
            return pattern
        pattern = _NAME.sub(lambda found: f"(?:{_word(found[1], words, where)})", pattern)
    raise TextRuleError(f"{where}: words nested more than {_DEEPEST} deep; a word must not contain itself")


def _word(name: str, words: Mapping[str, str], where: str) -> str:
    if name not in words:
        raise TextRuleError(f"{where}: word {{{name}}} is not known; {nearest(name, words)}")
    return words[name]


def expression(patterns: Sequence[str], words: Mapping[str, str], where: str) -> str:
    """Return one RE2 expression that finds any of the patterns as whole words, the first listed first."""
    return r"\b(?:" + "|".join(_spaced(expanded(pattern, words, where), where) for pattern in patterns) + r")\b"


def following(patterns: Sequence[str], most_words: int, words: Mapping[str, str], where: str) -> str:
    """Return one RE2 expression that finds any of the patterns directly after a place, at most so many words on."""
    return _gap(most_words) + r"(?:" + expression(patterns, words, where) + ")"


def _spaced(pattern: str, where: str) -> str:
    if re.search(r"\((?!\?:)", pattern.replace(r"\(", "")):
        raise TextRuleError(f"{where}: {pattern!r} has a group that captures; write (?: ) since only gaps capture")
    pattern = _GAP.sub(lambda found: _gap(_most(found)), pattern)
    pattern = _OPTIONAL_GAP.sub(lambda found: _words(_most(found)), pattern)
    if "~" in pattern:
        near = pattern[max(0, pattern.index("~") - 15) :][:30]
        raise TextRuleError(f"{where}: a ~ stands where no gap can be, near {near!r}; write ' ~ ' between two words")
    pieces, end = [], 0
    for inside in _CLASS.finditer(pattern):  # a blank in a character class is a blank
        pieces += [pattern[end : inside.start()].replace(" ", _PART), inside[0]]
        end = inside.end()
    return "".join([*pieces, pattern[end:].replace(" ", _PART)])


def _most(found: re.Match[str]) -> int:
    return int(found[1] or _MOST_WORDS_IN_GAP)


def _gap(most_words: int) -> str:
    """Return what parts two words, and up to so many words between them."""
    return _PART.replace(" ", r"\x20") + _words(most_words)


def _words(most_words: int) -> str:
    """Return up to so many words, each with what parts it from the next; without blanks, which `_spaced` replaces."""
    part = _PART.replace(" ", r"\x20")
    return f"((?:{_WORD}{part}){{0,{most_words}}}?)"


@cache
def compiled(source: str, where: str) -> re2._Regexp:
    """Compile an expression.

    Raises
    ------
    TextRuleError
        In one line, with RE2's reason.
    """
    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(source.encode(), options)
    except re2.error as error:
        reason = error.args[0].decode() if isinstance(error.args[0], bytes) else error.args[0]
        raise TextRuleError(f"{where}: {reason}; RE2 has no look-around and no back-references") from error
