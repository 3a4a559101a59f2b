"""MO values read out of free text, each with the span that says it."""

from collections.abc import Sequence
from typing import NamedTuple

import pandas as pd

from quality.frame_columns import require_columns
from quality.minimum_standard import MinimumStandard
from quality.text.reader import Reader
from quality.text.text_rules import TextRules

COLUMNS = (
    "crime_id",
    "item_code",
    "value_code",
    "text_kind",
    "written_at",
    "span_start",
    "span_end",
    "rule",
    "is_hedged",
)
NEEDED = ("crime_id", "crime_group", "text_kind", "written_at", "text")


class TextReading(NamedTuple):
    """What texts say, and how much was read.

    Attributes
    ----------
    found : DataFrame
        As `extract` returns it.
    n_texts : int
        Texts that were read; empty ones are not counted.
    n_cut : int
        Texts longer than `limits.longest_text_characters`, of which only the beginning was read.
    n_matches : int
        Matches looked at, which bounds the work.
    """

    found: pd.DataFrame
    n_texts: int
    n_cut: int
    n_matches: int


def extract(texts: pd.DataFrame, rules: TextRules, standard: MinimumStandard) -> pd.DataFrame:
    """Read MO values out of free text.

    Parameters
    ----------
    texts : DataFrame
        crime_id (str), crime_group (str), text_kind (str), written_at (datetime), text (str); one row a text.
    rules : TextRules
        Which words say what.
    standard : MinimumStandard
        Which items and values each crime group knows.

    Returns
    -------
    DataFrame
        crime_id, item_code, value_code, text_kind, written_at, span_start, span_end (int64; characters of the text,
        half open), rule (str), is_hedged (bool; doubted by its writer, so never evidence); one row per text, item and
        value. A single-valued item has one value or none: a text that says two says neither.

    Raises
    ------
    FrameError
        A column is missing.
    """
    return read_texts(texts, rules, standard).found


def read_texts(texts: pd.DataFrame, rules: TextRules, standard: MinimumStandard) -> TextReading:
    """Read texts as `extract` does, and count what was read and cut."""
    require_columns(texts, NEEDED, "texts")
    known = texts[texts["text"].map(lambda text: isinstance(text, str) and bool(text)).astype(bool)]
    groups = known["crime_group"].dropna().unique()
    readers = {group: Reader(rules, standard, group) for group in groups}
    rows = [
        (crime_id, found.item_code, found.value_code, kind, written_at, found.span_start, found.span_end,
         readers[group].rules[found.order].rule, found.is_hedged)
        for crime_id, group, kind, written_at, text in known[list(NEEDED)].itertuples(index=False)
        if group in readers
        for found in readers[group].read(text)
    ]  # fmt: skip
    n_cut = int((known["text"].str.len() > rules.limits.longest_text_characters).sum())
    return TextReading(_frame(rows, texts), len(known), n_cut, sum(reader.n_matches for reader in readers.values()))


def _frame(rows: Sequence[tuple[object, ...]], texts: pd.DataFrame) -> pd.DataFrame:
    values = pd.DataFrame(rows, columns=list(COLUMNS))
    kinds = dict.fromkeys(("span_start", "span_end"), "int64") | {"is_hedged": "bool"}
    kinds |= dict.fromkeys(("crime_id", "item_code", "value_code", "text_kind", "rule"), "str")
    return values.astype({**kinds, "written_at": texts["written_at"].dtype})
