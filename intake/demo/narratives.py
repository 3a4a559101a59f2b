"""Free-text MO narratives, composed from phrases by lookups, never a loop over crimes.

A narrative tells a share of the facts, some of which the coded form lacks, says what is not known, denies what
was not done, and adds details that no field asks for.
"""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from intake.demo.mo import ABSENT, N_SLOTS
from intake.demo.recorded_codes import UNKNOWN
from intake.demo.recording import ROLES, RecordedCrimes
from intake.demo.settings import CRIME_GROUPS, DemoSettings
from intake.demo.vocabulary import ITEM_INDEX, MULTI_VALUED, items_of, values_of
from intake.demo.wordings import SILENT, Pair, Wordings, fact_phrases, phrase_list, phrase_position

SAID_WHEN_MISSING = 0.3  # of facts that the form lost; the rest of them are lost for good


class Writer:
    """Puts phrases into words: which of a phrase's wordings, in which style of each crime's writer.

    Parameters
    ----------
    words : Wordings
        The words.
    style : int64 array (k,)
        0 for plain English, 1 for shorthand, one a crime.
    rng : numpy.random.Generator
        Chooses between wordings; never drawn from where each phrase has one.
    """

    def __init__(self, words: Wordings, style: np.ndarray, rng: np.random.Generator) -> None:
        self.words = words
        self.style = style
        self.rng = rng

    def say(self, phrases: pa.Array, phrase: np.ndarray, said: np.ndarray) -> pa.Array:
        """Return a phrase of a list for each crime (positions int64 (k,)), empty where nothing is said."""
        choice = np.zeros(len(self.style), dtype=np.int64)
        if self.words.n_choices > 1:
            choice = self.rng.integers(0, self.words.n_choices, len(self.style))
        position = phrase_position(phrase, self.style, choice, self.words.n_choices)
        return phrases.take(pa.array(np.where(said, position, SILENT)))


def compose_narratives(
    rows: np.ndarray,
    group: np.ndarray,
    mo: np.ndarray,
    recorded: RecordedCrimes,
    settings: DemoSettings,
    rng: np.random.Generator,
    words: Wordings,
    word_rng: np.random.Generator,
) -> pa.Array:
    """Write the narratives of some crimes.

    Parameters
    ----------
    rows : int64 array (k,)
        Crimes to write about, rows of the other arguments.
    group : int64 array (n,)
        Crime groups.
    mo : int8 array (n, items, slots)
        True MO.
    recorded : RecordedCrimes
        What the form holds; `needs_text` is always told.
    settings : DemoSettings
        Share of facts told.
    rng : numpy.random.Generator
        Source of chance.
    words : Wordings
        The words that facts are told in.
    word_rng : numpy.random.Generator
        Chooses between words, so that the same facts are told whatever the words.

    Returns
    -------
    pyarrow string array (k,)
    """
    texts, order = [], []
    for number, name in enumerate(CRIME_GROUPS):
        here = rows[group[rows] == number]
        if len(here):
            texts.append(_group_texts(name, here, mo, recorded, settings, rng, words, word_rng))
            order.append(np.flatnonzero(group[rows] == number))
    if not texts:
        return pa.array([], pa.string())
    back = np.argsort(np.concatenate(order), kind="stable")
    return pa.concat_arrays(texts).take(pa.array(back))


def _group_texts(
    group: str,
    rows: np.ndarray,
    mo: np.ndarray,
    recorded: RecordedCrimes,
    settings: DemoSettings,
    rng: np.random.Generator,
    words: Wordings,
    word_rng: np.random.Generator,
) -> pa.Array:
    """Join opening, facts, denials, a detail and a closing for crimes of one group."""
    online = recorded.role[rows] == ROLES.index("victim_online")
    style = np.where(online, 0, (rng.random(len(rows)) < 0.85).astype(np.int64))
    writer = Writer(words, style, word_rng)
    opening = _choose(words.openings, writer, np.ones(len(rows), dtype=bool), rng)
    facts = [_item_parts(item, rows, mo, recorded, settings, rng, writer) for item in items_of(group)]
    detail = _choose(words.details[group], writer, rng.random(len(rows)) < 0.45, rng)
    closing = _choose(words.closings, writer, rng.random(len(rows)) < 0.5, rng)
    text = _joined(opening, facts, [detail, closing], writer)
    shouting = (style == 1) & (rng.random(len(rows)) < 0.4)
    return pc.if_else(pa.array(shouting), pc.utf8_upper(text), text)


def _item_parts(
    item: str,
    rows: np.ndarray,
    mo: np.ndarray,
    recorded: RecordedCrimes,
    settings: DemoSettings,
    rng: np.random.Generator,
    writer: Writer,
) -> list[pa.Array]:
    """Return what is said of one item: its values, that they are not known, and what was not done."""
    index = ITEM_INDEX[item]
    told = _told(item, rows, recorded, settings, rng)
    values = mo[rows, index, : N_SLOTS if item in MULTI_VALUED else 1].astype(np.int64)
    parts = [writer.say(fact_phrases(writer.words.name, item), v, told & (v != ABSENT)) for v in values.T]
    asked = recorded.mo[rows, index, 0] == UNKNOWN
    silent = ((("",), ("",)),)
    not_known = (writer.words.unknown[item],) if item in writer.words.unknown else silent
    parts.append(writer.say(_list(writer, not_known), np.zeros(len(rows), dtype=np.int64), asked))
    if item in writer.words.denials:
        parts.append(_denial(item, mo[rows, index, 0], writer, rng))
    return parts


def _joined(opening: pa.Array, facts: list[list[pa.Array]], ending: list[pa.Array], writer: Writer) -> pa.Array:
    """Join the parts of each text, the items in one of a few orders."""
    others = [writer.rng.permutation(len(facts)) for _ in range(writer.words.n_orders - 1)]
    orders = [facts, *([facts[place] for place in order] for order in others)]
    texts = [
        pc.utf8_trim_whitespace(
            pc.binary_join_element_wise(opening, *[p for parts in order for p in parts], *ending, "")
        )
        for order in orders
    ]
    if len(texts) == 1:
        return texts[0]
    return pc.choose(pa.array(writer.rng.integers(0, len(texts), len(writer.style))), *texts)


def _told(
    item: str, rows: np.ndarray, recorded: RecordedCrimes, settings: DemoSettings, rng: np.random.Generator
) -> np.ndarray:
    """Return where the narrative tells an item: always for `text_only`, never where it was not known."""
    index = ITEM_INDEX[item]
    lost = recorded.faults["missing_item"][rows, index] | recorded.faults["poor_form"][rows, index]
    told = rng.random(len(rows)) < np.where(lost, SAID_WHEN_MISSING, settings.said_in_text)
    told &= recorded.mo[rows, index, 0] != UNKNOWN
    return told | recorded.needs_text[rows, index]


def _denial(item: str, value: np.ndarray, writer: Writer, rng: np.random.Generator) -> pa.Array:
    """Return denials of values that are not the true one, on a tenth of the crimes."""
    wording = writer.words.denials[item]
    denied = list(wording)
    which = rng.integers(0, len(denied), len(value))
    numbers = np.array([values_of(item).index(v) if v in values_of(item) else ABSENT for v in denied])
    said = (rng.random(len(value)) < 0.1) & (numbers[which] != value) & (value != ABSENT)
    return writer.say(_list(writer, tuple(wording.values())), which, said)


def _choose(pairs: Sequence[Pair], writer: Writer, said: np.ndarray, rng: np.random.Generator) -> pa.Array:
    """Return one of several phrases at random for each crime."""
    return writer.say(_list(writer, tuple(pairs)), rng.integers(0, len(pairs), len(said)), said)


def _list(writer: Writer, pairs: tuple[Pair, ...]) -> pa.Array:
    return phrase_list(pairs, writer.words.n_choices)
