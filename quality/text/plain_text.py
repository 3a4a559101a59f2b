"""Text as rules read it: ASCII of the same length, so that an offset in it is an offset in what somebody wrote.

Every character becomes exactly one: accents fall off, curly quotes and long dashes become plain ones, anything that
has no plain form becomes `~`, which is part of no word.
"""

import re
import unicodedata
from typing import NamedTuple

_SAME = {
    **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u00b4`", "'"),
    **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"'),
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
    **dict.fromkeys("\u2028\u2029\x85\x0b\x0c\u2022", "\n"),
    **dict.fromkeys("\t\r\x00", " "),
    "\u2026": ".",
}
# Written short in the middle of a sentence more often than at its end.
_SHORT_FORMS = frozenset(
    re.findall(
        r"\w+",
        "grd gnd flr frt approx poss prob btwn betw btn nr opp adj incl inc ext int est veh susp instr immob temp prem "
        "prems ref re sgt pc vs eg ie unk dr drs wdw st rd no nos tel",
    )
)
# A line this long was broken by the width of a page, not by the writer.
_WRAPPED_CHARACTERS = 60


class Sentence(NamedTuple):
    """Half-open span of a sentence, in characters of the whole text."""

    start: int
    end: int


class _OneForOne(dict[int, str]):
    """Translation table that fills itself: one plain character for each."""

    def __missing__(self, code: int) -> str:
        letter = chr(code)
        first = letter if code < 128 else unicodedata.normalize("NFKD", letter)[0]
        plain = _SAME.get(letter) or (" " if letter.isspace() and letter != "\n" else first)
        self[code] = plain if plain.isascii() and (plain.isprintable() or plain == "\n") else "~"
        return self[code]


_TABLE = _OneForOne()


def plain_text(text: str) -> str:
    """Return the text in ASCII, in its own case, character for character.

    Parameters
    ----------
    text : str
        Any text; lone surrogates and control characters are welcome.

    Returns
    -------
    str
        Of the same length.
    """
    return text.translate(_TABLE)


def sentences(plain: str) -> list[Sentence]:
    """Split plain text where one statement ends: at a stop, a semicolon, or a line that the writer ended.

    Parameters
    ----------
    plain : str
        What `plain_text` returned.

    Returns
    -------
    list of Sentence
        In order, without overlap; only the marks that part them lie between.
    """
    found, start = [], 0
    for place, mark in enumerate(plain):
        if mark in ".!?;\n" and _is_end(plain, place):
            if plain[start:place].strip():
                found.append(Sentence(start, place))
            start = place + 1
    if plain[start:].strip():
        found.append(Sentence(start, len(plain)))
    return found


def _is_end(plain: str, place: int) -> bool:
    """Return whether the mark at a place ends a statement."""
    mark, after = plain[place], plain[place + 1 : place + 2]
    if mark == ";":
        return True
    if mark == "\n":
        return _is_ended_line(plain, place)
    if mark == "?" and not (place and plain[place - 1].isalnum()):
        return False  # "POE ? rear door" doubts, it does not end
    if after and not after.isspace() and after not in "\"')":
        return mark == "." and after.isupper() and plain[max(0, place - 1)].islower()
    return mark != "." or not _is_short_form(plain, place)


def _is_short_form(plain: str, place: int) -> bool:
    """Return whether a stop only shortens a word: the next word carries on in small letters or is a number."""
    before = plain[max(0, place - 8) : place].replace("/", " ").replace("\n", " ").split(" ")[-1]
    if before.lower() == "p.o.e":
        return True
    if before.lower() not in _SHORT_FORMS:
        return False
    after = plain[place + 1 : place + 40].lstrip()[:1]
    return bool(after) and (after.islower() or after.isdigit() or before.lower() in ("poss", "prob", "approx", "grd"))


def _is_ended_line(plain: str, place: int) -> bool:
    """Return whether a line break was meant, for forms and screens wrap lines where they please."""
    after = plain[place + 1 : place + 40].lstrip(" ")[:1]
    if after.islower():
        return False
    began = plain.rfind("\n", max(0, place - _WRAPPED_CHARACTERS - 1), place) + 1
    return after in ("\n", "", "-", "*") or began > 0 or place < _WRAPPED_CHARACTERS
