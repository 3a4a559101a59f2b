"""Spans are exact, work is bounded, and what a text says does not hang on its case or on what stands beside it."""

import random
import time
from collections.abc import Callable

import pandas as pd
import pytest

from intake.demo.phrases import DENIALS, DETAILS, PHRASES
from quality.errors import FrameError
from quality.minimum_standard import MinimumStandard
from quality.text.extraction import COLUMNS, extract, read_texts
from quality.text.reader import Reader
from quality.text.text_rules import TextRules

Read = Callable[..., pd.DataFrame]
SENTENCES = [
    text
    for item in ("entry_point", "entry_method", "tool_used", "search_style", "occupied", "property_class_taken")
    for wording in PHRASES[item].values()
    for text in wording
] + [text for item in ("entry_point", "entry_method") for wording in DENIALS[item].values() for text in wording]
UNRELATED = [text for wording in DETAILS["burglary_residential"] for text in wording]


def values_of(found: pd.DataFrame) -> set[tuple[str, str, bool]]:
    return set(zip(found["item_code"], found["value_code"], found["is_hedged"], strict=True))


def test_a_span_is_half_open_and_in_characters(read: Read):
    # "POE" begins at 0; "POE rear door" is 3 + 1 + 4 + 1 + 4 = 13 characters long.
    found = read("POE rear door.")
    assert found[["span_start", "span_end", "rule"]].to_numpy().tolist() == [[0, 13, "entry_rear_door"]]


@pytest.mark.parametrize("before", ["é ", "Café \u2013 naïve: ", "\U0001f3e0 ", "日本語 ", "İ ", "ß\u200b ", "\ud800 "])
def test_a_span_counts_characters_whatever_stands_before_it(read: Read, before: str):
    text = f"{before}POE rear door."
    found = read(text)
    start, end = found["span_start"].iloc[0], found["span_end"].iloc[0]
    assert text[start:end] == "POE rear door"


def test_letters_with_accents_are_read_as_plain_ones(read: Read):
    assert values_of(read("PÖE réar dôor")) == {("entry_point", "rear_door", False)}


@pytest.mark.parametrize("text", ["", " ", "\n\n", None, float("nan"), 7, "."])
def test_a_text_that_says_nothing_has_no_rows(read: Read, text: object):
    found = read(text)
    assert found.empty
    assert list(found.columns) == list(COLUMNS)


def test_no_texts_at_all_make_an_empty_frame_with_its_types(read: Read):
    assert read().dtypes[["span_start", "is_hedged"]].astype(str).tolist() == ["int64", "bool"]


def test_a_missing_column_is_named(rules: TextRules, standard: MinimumStandard):
    with pytest.raises(FrameError, match="texts: column 'crime_group' is missing"):
        extract(pd.DataFrame({"crime_id": ["C1"], "text": ["x"]}), rules, standard)


def test_a_crime_group_that_the_standard_does_not_know_is_not_read(read: Read):
    assert read("POE rear door", crime_group="arson").empty


def test_only_items_of_the_crime_group_are_read(read: Read):
    # The point of entry is asked of burglary alone.
    assert read("POE rear door", crime_group="robbery_personal").empty


def test_texts_of_one_crime_keep_their_kind_and_moment(rules: TextRules, standard: MinimumStandard):
    texts = pd.DataFrame(
        {
            "crime_id": ["C1", "C1"],
            "crime_group": "burglary_residential",
            "text_kind": ["call", "officer"],
            "written_at": pd.to_datetime(["2024-01-01", "2024-01-03"]),
            "text": ["POE rear door", "POE front door"],
        }
    )
    found = extract(texts, rules, standard)
    assert found[["value_code", "text_kind"]].to_numpy().tolist() == [["rear_door", "call"], ["front_door", "officer"]]
    assert found["written_at"].tolist() == texts["written_at"].tolist()


def test_the_rule_that_is_named_matches_the_words_of_its_span(read: Read, rules: TextRules):
    import re2

    sources = {rule.rule: rule.source for rule in rules.rules}
    found = read(*SENTENCES)
    assert len(found) > 60
    for row in found.itertuples():
        words = SENTENCES[int(row.crime_id[1:])][row.span_start : row.span_end].lower()
        assert re2.search(sources[row.rule], words), (row.rule, words)


def test_case_makes_no_difference(read: Read):
    as_written, shouted = read(*SENTENCES), read(*[text.upper() for text in SENTENCES])
    columns = ["crime_id", "item_code", "value_code", "span_start", "span_end", "is_hedged"]
    pd.testing.assert_frame_equal(as_written[columns], shouted[columns])


def test_an_unrelated_sentence_beside_it_changes_nothing(read: Read):
    chance = random.Random(4)
    alone = read(*SENTENCES)
    beside = [f"{chance.choice(UNRELATED)} {text} {chance.choice(UNRELATED)}" for text in SENTENCES]
    together = read(*beside)
    for number in range(len(SENTENCES)):
        crime = f"C{number}"
        here = values_of(together[together["crime_id"] == crime])
        assert values_of(alone[alone["crime_id"] == crime]) <= here, beside[number]


def test_the_order_of_texts_makes_no_difference(read: Read):
    forward, backward = read(*SENTENCES), read(*SENTENCES[::-1])
    turned = backward.assign(crime_id=[f"C{len(SENTENCES) - 1 - int(crime[1:])}" for crime in backward["crime_id"]])
    assert values_of(forward) == values_of(turned)
    assert set(zip(forward["crime_id"], forward["rule"], strict=True)) == set(
        zip(turned["crime_id"], turned["rule"], strict=True)
    )


BOMBS = {
    "one word": "a" * 1_000_000,
    "one long sentence": "rear door " * 100_000,
    "denials": "no " * 333_333,
    "doubts": "poss? " * 166_666,
    "entries that go nowhere": "entry via the " * 71_428,
    "stops": "a. " * 333_333,
    "nested": "((((" * 250_000,
    "many matches": "no forced rear door smashed glass jemmied lock snapped " * 18_181,
    "line breaks": "\n" * 1_000_000,
    "outside ASCII": "é" * 1_000_000,
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_text_of_a_megabyte_is_cut_and_its_work_is_bounded(bomb: str, rules: TextRules, standard: MinimumStandard):
    texts = pd.DataFrame(
        [("C1", "burglary_residential", "mo", pd.Timestamp("2024-01-01"), BOMBS[bomb])],
        columns=["crime_id", "crime_group", "text_kind", "written_at", "text"],
    )
    reading = read_texts(texts, rules, standard)
    assert reading.n_cut == 1
    assert reading.found["span_end"].max() <= rules.limits.longest_text_characters or reading.found.empty
    # A sentence looks at most at `most_matches` matches of a rule; no bomb has more distinct sentences than two.
    n_rules = len(rules.rules_for("burglary_residential", standard))
    assert reading.n_matches <= 2 * rules.limits.most_matches * n_rules


@pytest.mark.long
@pytest.mark.parametrize("bomb", BOMBS)
def test_a_text_of_a_megabyte_takes_less_than_a_second_of_processor_time(
    bomb: str, rules: TextRules, standard: MinimumStandard
):
    reader = Reader(rules, standard, "burglary_residential")
    reader.read("warm up")
    began = time.process_time()
    reader.read(BOMBS[bomb])
    assert time.process_time() - began < 1.0
