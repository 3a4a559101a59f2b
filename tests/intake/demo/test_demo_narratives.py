"""Narratives say what the form lacks, in words that a reader of negations must weigh."""

import re

import pytest

from intake.demo.phrases import DENIALS, PHRASES, UNKNOWN_PHRASES
from intake.demo.record_system import ITEM_NAMES
from intake.demo.vocabulary import CONDITIONAL, ITEMS, values_of


@pytest.fixture(scope="module")
def text_of(extract):
    return extract["mo_narratives"].set_index("CRIME_REF")["NARRATIVE"]


def says(text: str, item: str, value: str) -> bool:
    return any(phrase.strip().lower() in text.lower() for phrase in PHRASES[item][value])


def test_every_value_of_every_item_has_words():
    for item in ITEMS:
        missing = set(values_of(item)) - set(PHRASES[item])
        assert not missing, item


def test_phrases_of_an_item_tell_its_values_apart():
    for item, wording in PHRASES.items():
        told = [phrase for value, pair in wording.items() if value != "other" for phrase in pair]
        assert len(set(told)) == len(told), item


def test_what_the_form_left_out_as_text_only_is_always_told(truth, text_of):
    lost = truth["recording_faults"].query("fault == 'text_only'")
    true = truth["mo"].set_index("crime_id")
    checked = 0
    for row in lost.itertuples():
        column = row.item_code if row.item_code in true else f"{row.item_code}_1"
        assert says(text_of[row.crime_id], row.item_code, str(true.loc[row.crime_id, column])), row
        checked += 1
    assert checked > 300


def test_text_tells_more_than_the_form_and_not_everything(truth, text_of, extract):
    mo = extract["mo_fields"]
    coded = set(mo.loc[mo["MO_FIELD"] == ITEM_NAMES["entry_method"], "CRIME_REF"])
    true = truth["mo"].set_index("crime_id")["entry_method"].dropna().astype(str)
    told = {ref for ref, value in true.items() if ref in text_of.index and says(text_of[ref], "entry_method", value)}
    assert len(told - coded) > 30
    assert len(coded - told) > 300


def test_denials_never_deny_what_was_done(truth, text_of):
    true = truth["mo"].set_index("crime_id")
    denied = 0
    for item, wording in DENIALS.items():
        for value, pair in wording.items():
            done = true.index[true[item] == value]
            for ref in done.intersection(text_of.index):
                assert not any(phrase.lower() in text_of[ref].lower() for phrase in pair), (ref, value)
            denied += sum(text_of.str.lower().str.contains(re.escape(phrase.lower())).sum() for phrase in pair)
    assert denied > 100


def test_the_not_known_of_the_form_is_the_not_known_of_the_text(extract, text_of):
    mo = extract["mo_fields"]
    asked = mo[(mo["MO_FIELD"] == ITEM_NAMES["entry_point"]) & (mo["MO_VALUE"] == "NK")]["CRIME_REF"]
    for ref in set(asked) & set(text_of.index):
        assert any(phrase.lower() in text_of[ref].lower() for phrase in UNKNOWN_PHRASES["entry_point"])


def test_text_has_shorthand_plain_words_commas_and_quotes_that_a_reader_of_csv_must_keep(text_of):
    assert text_of.str.contains("POE").any()
    assert text_of.str.contains("They came in through the back door").any()
    assert text_of.str.contains('"part of our wall"', regex=False).any()
    assert text_of.str.isupper().mean() > 0.1
    assert not text_of.str.contains("  ").any()
    assert (text_of.str.len() > 0).mean() > 0.98


def test_items_that_depend_on_another_come_after_it():
    for item, (parent, tables) in CONDITIONAL.items():
        assert set(tables) <= set(values_of(parent)), item
