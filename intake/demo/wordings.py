"""Which words a narrative is made of: the usual ones, or others that nobody wrote rules against."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import pyarrow as pa

from intake.demo import phrases, unseen_remarks
from intake.demo.settings import DemoError
from intake.demo.unseen_phrases import UNSEEN_PHRASES
from intake.demo.vocabulary import values_of

Said = tuple[str, ...]
Pair = tuple[Said, Said]

SILENT = 0
"""Position of the empty phrase in every phrase list."""

N_STYLES = 2
"""Plain, and police shorthand."""

N_CHOICES = 6
"""Wordings of each phrase; two or three are repeated, so that each is as likely as the others."""

N_ORDERS = 4

LOOSE_ENDS = (".", ",", " -", ".", ";", "...")
"""Put after a phrase that has no stop of its own, by its number."""


@dataclass(frozen=True)
class Wordings:
    """One set of words.

    Attributes
    ----------
    name : str
        ``known`` or ``unseen``.
    facts, denials : mappings of item to value to (plain, shorthand)
    unknown : mapping of item to (plain, shorthand)
    details : mapping of crime group to sequence of (plain, shorthand)
    openings, closings : sequences of (plain, shorthand)
    n_choices, n_orders : int
        Wordings of a phrase, and orders in which facts are told.
    """

    name: str
    facts: Mapping[str, Mapping[str, Pair]]
    denials: Mapping[str, Mapping[str, Pair]]
    unknown: Mapping[str, Pair]
    details: Mapping[str, Sequence[Pair]]
    openings: Sequence[Pair]
    closings: Sequence[Pair]
    n_choices: int
    n_orders: int


@cache
def load_wordings(name: str) -> Wordings:
    """Return the words of a name.

    Parameters
    ----------
    name : str
        ``known`` for the usual words, ``unseen`` for other ones.

    Returns
    -------
    Wordings

    Raises
    ------
    DemoError
        For any other name.
    """
    if name == "known":
        return Wordings(
            name,
            {item: _single(wording) for item, wording in phrases.PHRASES.items()},
            {item: _single(wording) for item, wording in phrases.DENIALS.items()},
            _single(phrases.UNKNOWN_PHRASES),
            {group: _singles(details) for group, details in phrases.DETAILS.items()},
            _singles(phrases.OPENINGS),
            _singles(phrases.CLOSINGS),
            n_choices=1,
            n_orders=1,
        )
    if name != "unseen":
        raise DemoError(f"wording: expected known or unseen, got {name!r}; leave it out for the usual words")
    return Wordings(
        name,
        UNSEEN_PHRASES,
        unseen_remarks.UNSEEN_DENIALS,
        unseen_remarks.UNSEEN_UNKNOWN,
        {group: _singles(details) for group, details in unseen_remarks.UNSEEN_DETAILS.items()},
        _singles(unseen_remarks.UNSEEN_OPENINGS),
        _singles(unseen_remarks.UNSEEN_CLOSINGS),
        n_choices=N_CHOICES,
        n_orders=N_ORDERS,
    )


def _single(wording: Mapping[str, tuple[str, str]]) -> dict[str, Pair]:
    return {value: ((plain,), (short,)) for value, (plain, short) in wording.items()}


def _singles(pairs: Sequence[tuple[str, str]]) -> tuple[Pair, ...]:
    return tuple(((plain,), (short,)) for plain, short in pairs)


@cache
def fact_phrases(name: str, item: str) -> pa.Array:
    """Return the phrases of an item in the order of its values' numbers; see `phrase_list`."""
    words = load_wordings(name)
    return phrase_list(tuple(words.facts[item][value] for value in values_of(item)), words.n_choices)


@cache
def phrase_list(pairs: tuple[Pair, ...], n_choices: int) -> pa.Array:
    """Return the empty phrase, then every pair's plain and shorthand wordings, each with the space after it.

    Parameters
    ----------
    pairs : tuple of (plain, shorthand)
        Phrases.
    n_choices : int
        Wordings of each style.

    Returns
    -------
    pyarrow string array (1 + len(pairs) * N_STYLES * n_choices,); `phrase_position` finds a phrase in it
    """
    told = [_ended(said[k % len(said)].strip(), k) for pair in pairs for said in pair for k in range(n_choices)]
    return pa.array([""] + [f"{text} " if text else "" for text in told])


def _ended(text: str, choice: int) -> str:
    """Return a phrase with something that parts it from the next, as hurried writers put it."""
    return text if not text or text[-1] in ".,:;?!-" else text + LOOSE_ENDS[choice]


def phrase_position(phrase: np.ndarray, style: np.ndarray, choice: np.ndarray, n_choices: int) -> np.ndarray:
    """Return where a phrase stands in its list (int64 arrays of one shape)."""
    return 1 + (N_STYLES * phrase + style) * n_choices + choice
