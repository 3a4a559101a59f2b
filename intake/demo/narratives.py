"""Free-text MO narratives, composed from phrases by lookups, never a loop over crimes.

A narrative tells a share of the facts, some of which the coded form lacks, says what is not known, denies what
was not done, and adds details that no field asks for.
"""

from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from intake.demo.mo import ABSENT, N_SLOTS
from intake.demo.phrases import CLOSINGS, DENIALS, DETAILS, OPENINGS, PHRASES, UNKNOWN_PHRASES
from intake.demo.recording import ROLES, UNKNOWN, RecordedCrimes
from intake.demo.settings import CRIME_GROUPS, DemoSettings
from intake.demo.vocabulary import ITEM_INDEX, MULTI_VALUED, items_of, values_of

SILENT = 0
"""Position of the empty phrase in every phrase list."""

SAID_WHEN_MISSING = 0.3  # of facts that the form lost; the rest of them are lost for good


def compose_narratives(
    rows: np.ndarray,
    group: np.ndarray,
    mo: np.ndarray,
    recorded: RecordedCrimes,
    settings: DemoSettings,
    rng: np.random.Generator,
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

    Returns
    -------
    pyarrow string array (k,)
    """
    texts, order = [], []
    for number, name in enumerate(CRIME_GROUPS):
        here = rows[group[rows] == number]
        if len(here):
            texts.append(_group_texts(name, here, mo, recorded, settings, rng))
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
) -> pa.Array:
    """Join opening, facts, denials, a detail and a closing for crimes of one group."""
    online = recorded.role[rows] == ROLES.index("victim_online")
    style = np.where(online, 0, (rng.random(len(rows)) < 0.85).astype(np.int64))
    parts = [_choose(_phrase_list(OPENINGS), len(OPENINGS), style, np.ones(len(rows), dtype=bool), rng)]
    for item in items_of(group):
        told = _told(item, rows, recorded, settings, rng)
        values = mo[rows, ITEM_INDEX[item], : N_SLOTS if item in MULTI_VALUED else 1]
        parts.extend(_fact(item, value, told, style) for value in values.T)
        parts.append(_not_known(item, recorded.mo[rows, ITEM_INDEX[item], 0] == UNKNOWN, style))
        if item in DENIALS:
            parts.append(_denial(item, mo[rows, ITEM_INDEX[item], 0], style, rng))
    parts.append(_choose(_phrase_list(DETAILS[group]), len(DETAILS[group]), style, rng.random(len(rows)) < 0.45, rng))
    parts.append(_choose(_phrase_list(CLOSINGS), len(CLOSINGS), style, rng.random(len(rows)) < 0.5, rng))
    text = pc.utf8_trim_whitespace(pc.binary_join_element_wise(*parts, ""))
    shouting = (style == 1) & (rng.random(len(rows)) < 0.4)
    return pc.if_else(pa.array(shouting), pc.utf8_upper(text), text)


def _told(
    item: str, rows: np.ndarray, recorded: RecordedCrimes, settings: DemoSettings, rng: np.random.Generator
) -> np.ndarray:
    """Return where the narrative tells an item: always for `text_only`, never where it was not known."""
    index = ITEM_INDEX[item]
    lost = recorded.faults["missing_item"][rows, index]
    told = rng.random(len(rows)) < np.where(lost, SAID_WHEN_MISSING, settings.said_in_text)
    told &= recorded.mo[rows, index, 0] != UNKNOWN
    return told | recorded.needs_text[rows, index]


def _fact(item: str, value: np.ndarray, told: np.ndarray, style: np.ndarray) -> pa.Array:
    """Return an item's phrases, empty where it is not told or has no value."""
    position = 1 + 2 * value.astype(np.int64) + style
    return _item_phrases(item).take(pa.array(np.where(told & (value != ABSENT), position, SILENT)))


def _not_known(item: str, asked: np.ndarray, style: np.ndarray) -> pa.Array:
    """Return what is said of an item that the victim did not know."""
    phrases = _phrase_list((UNKNOWN_PHRASES.get(item, ("", "")),))
    return phrases.take(pa.array(np.where(asked, 1 + style, SILENT)))


def _denial(item: str, value: np.ndarray, style: np.ndarray, rng: np.random.Generator) -> pa.Array:
    """Return denials of values that are not the true one, on a tenth of the crimes."""
    denied = list(DENIALS[item])
    which = rng.integers(0, len(denied), len(value))
    numbers = np.array([values_of(item).index(v) if v in values_of(item) else ABSENT for v in denied])
    said = (rng.random(len(value)) < 0.1) & (numbers[which] != value) & (value != ABSENT)
    phrases = _phrase_list(tuple(DENIALS[item].values()))
    return phrases.take(pa.array(np.where(said, 1 + 2 * which + style, SILENT)))


def _choose(phrases: pa.Array, n: int, style: np.ndarray, said: np.ndarray, rng: np.random.Generator) -> pa.Array:
    """Return one of n phrases at random in each row's style."""
    position = 1 + 2 * rng.integers(0, n, len(style)) + style
    return phrases.take(pa.array(np.where(said, position, SILENT)))


@cache
def _item_phrases(item: str) -> pa.Array:
    """Return an item's phrases: the empty one, then plain and shorthand of each value in the order of its numbers."""
    return _phrase_list(tuple(PHRASES[item][value] for value in values_of(item)))


@cache
def _phrase_list(pairs: tuple[tuple[str, str], ...]) -> pa.Array:
    """Return the empty phrase followed by every pair, each with the space that parts it from the next."""
    return pa.array([""] + [f"{text.strip()} " if text else "" for pair in pairs for text in pair])
