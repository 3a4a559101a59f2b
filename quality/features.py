"""What may never be evidence.

A link may rest on what was done, never on who somebody is or which officer wrote it down. Beat, officer,
outcome and suspect fields leak the answer or stand for a place; protected characteristics (Equality Act 2010,
section 4) and what betrays them (name, language, accent, nationality, dress) are refused whatever they would add:
by the name of an item or column, by the wording of its label, question and values, and by its declared meaning.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import product
from typing import NamedTuple

from quality.errors import ProtectedFeature
from quality.protected_words import (
    EVERYDAY,
    GROUND_OF_TOPIC,
    GROUND_OF_VALUE,
    IDENTITY,
    OF_THINGS,
    PLACE_OR_RECORDING,
    PROTECTED,
    PROXY,
    STEMS,
    THINGS,
)

MEANINGS = ("act", "target", "means", "traces")
"""What an item may declare to describe: what was done, to what, with what, what it left behind."""
REFUSED_MEANINGS = {"person": IDENTITY, "place": PLACE_OR_RECORDING, "recording": PLACE_OR_RECORDING}
"""What an item may declare and is then kept out of the evidence for, with the ground."""

_GROUND = GROUND_OF_TOPIC | GROUND_OF_VALUE
_IN_PROSE = {word: ground for word, ground in _GROUND.items() if ground in (PROTECTED, PROXY) and word not in EVERYDAY}
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_FILLERS = {"a", "an", "and", "any", "its", "of", "on", "or", "the", "their", "was", "were", "is"}
# Letters of other scripts that look like Latin ones; compatibility forms (full width, ligatures) are Unicode's own.
_LOOK_ALIKES = str.maketrans(
    "абвгеіїјклмнорсѕтухѡԁԛԝһӏАВЕЅІЈКМНОРСТХҮ" + "αεικνορτυχϲϳΑΒΕΖΗΙΚΜΝΟΡΤΥΧ" + "ıɑɡƅοօսո",
    "abbreiijklmhopcstyxwdqwhlABESIJKMHOPCTXY" + "aeiknoptuxcjABEZHIKMNOPTYX" + "iagbooun",
)


class Wording(NamedTuple):
    """What is said of an item beside its code; what is not said is empty."""

    label: str = ""
    question: str = ""
    value_labels: Mapping[str, str] = {}
    describes: str = ""


def refuse_protected(items: Iterable[str]) -> None:
    """Let through the names of MO items and evidence columns that describe behaviour; refuse the others.

    Parameters
    ----------
    items
        Item codes or column names; ``match_`` in front, capitals, hyphens, plurals and letters that look like
        Latin ones make no difference.

    Raises
    ------
    ProtectedFeature
        Naming every refused item and why, in one line.
    """
    _raise({item: f"{item!r} is {ground}" for item in items if (ground := _ground_of_name(str(item))) is not None})


def refuse_protected_items(items: Mapping[str, Wording | tuple[str, str, Mapping[str, str], str]]) -> None:
    """Let through items that describe behaviour by name, wording and declared meaning; refuse the others.

    Parameters
    ----------
    items
        Item code to its label, question, values (code to label) and declared meaning.

    Raises
    ------
    ProtectedFeature
        Naming every refused item, what of it betrays it and why, in one line.
    """
    _raise({code: fault for code, wording in items.items() if (fault := _fault_of(str(code), Wording(*wording)))})


def refuse_protected_codes(items: Mapping[str, Iterable[str] | None]) -> None:
    """Let through items of which only the codes are known, as a force's profile lists them (`mo_items`).

    Parameters
    ----------
    items
        Item code to its value codes; None where any value is accepted.

    Raises
    ------
    ProtectedFeature
        Naming every refused item, the value that betrays it and why, in one line.
    """
    wordings = {code: Wording(value_labels=dict.fromkeys(values or (), "")) for code, values in items.items()}
    refuse_protected_items(wordings)


def _raise(refused: Mapping[str, str]) -> None:
    if refused:
        listed = "; ".join(refused[item] for item in sorted(refused))
        raise ProtectedFeature(f"not allowed as evidence: {listed}; use it for reporting only")


def _fault_of(code: str, wording: Wording) -> str | None:
    """Say what of an item betrays it, or None."""
    if wording.describes in REFUSED_MEANINGS:
        ground = REFUSED_MEANINGS[wording.describes]
        return f"{code!r} declares that it describes {wording.describes!r}: {ground}"
    if name_ground := _ground_of_name(code):
        return f"{code!r} is {name_ground}"
    is_of_a_thing = not THINGS.isdisjoint(_words(code))
    for where, text, ground_of in _texts(wording):
        if text_ground := ground_of(text, is_of_a_thing):
            return f"{code!r} is {text_ground} by its {where} {text!r}"
    return None


def _texts(wording: Wording) -> Iterator[tuple[str, str, Callable[[str, bool], str | None]]]:
    yield "label", wording.label, lambda text, is_of_a_thing: _ground(_words(text), _GROUND, is_of_a_thing)
    yield "question", wording.question, _ground_in_prose
    for code, label in wording.value_labels.items():
        yield "value", str(code), _ground_in_prose
        yield "value", label, _ground_in_prose


def _ground_of_name(name: str) -> str | None:
    if any(letter.isalpha() and not letter.isascii() for letter in _in_latin_letters(name)):
        return "written in letters that are not Latin"
    return _ground(_words(name), _GROUND)


def _ground_in_prose(text: str, is_of_a_thing: bool) -> str | None:
    return _ground(_words(text), _IN_PROSE, is_of_a_thing)


def _ground(words: Sequence[str], ground_of: Mapping[str, str], is_of_a_thing: bool = False) -> str | None:
    """Ground of the first word, or two together, that is refused and not said of a thing."""
    for size, start in product((1, 2), range(len(words))):
        spellings = product(*(_singulars(word) for word in words[start : start + size]))
        for word in map("_".join, spellings):
            if word in ground_of and not _is_said_of_a_thing(word, words, start, is_of_a_thing):
                return ground_of[word]
    return None


def _is_said_of_a_thing(word: str, words: Sequence[str], place: int, is_of_a_thing: bool) -> bool:
    if word not in OF_THINGS:
        return False
    # `vehicle_colour` may hold `black`; `vehicle_driver` may not be labelled "Age"
    return (is_of_a_thing and word in GROUND_OF_VALUE) or _beside_a_thing(words, place)


def _beside_a_thing(words: Sequence[str], place: int) -> bool:
    """Say whether the next word on either side, fillers left out, is a thing."""
    before = [word for word in words[:place] if word not in _FILLERS][-1:]
    after = [word for word in words[place + 1 :] if word not in _FILLERS][:1]
    return any(not THINGS.isdisjoint(_singulars(word)) for word in before + after)


def _words(text: str) -> list[str]:
    """Words of a name or a sentence in lower case, letters as they look, a stem cut off what it is written with."""
    plain = _in_latin_letters(text)
    words = re.findall(r"[a-z0-9]+", _CAMEL.sub(" ", plain).lower())
    return [part for word in words for part in _parts(word)]


def _in_latin_letters(text: str) -> str:
    apart = unicodedata.normalize("NFKD", text.translate(_LOOK_ALIKES))
    seen = (letter for letter in apart if unicodedata.category(letter) not in ("Mn", "Me", "Cf"))
    return "".join(seen).translate(_LOOK_ALIKES)


def _parts(word: str) -> list[str]:
    for stem in STEMS:
        rest = word.removeprefix(stem)
        if rest != word and not {*_singulars(rest)}.isdisjoint(_GROUND):
            return [stem, rest]
    return [word]


def _singulars(word: str) -> list[str]:
    """Return the word and what it may be the plural of, a number at its end left out: `races`, `age2`."""
    bare = word.rstrip("0123456789") or word
    forms = [word, bare]
    if bare.endswith("s"):
        forms.append(bare[:-1])
    if bare.endswith("es"):
        forms.append(bare[:-2])
    if bare.endswith("ies"):
        forms.append(f"{bare[:-3]}y")
    return list(dict.fromkeys(forms))
