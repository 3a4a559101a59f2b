"""The same facts in other words: what rules written against the usual words have never seen."""

import re
from pathlib import Path

import pandas as pd
import pytest

from intake.demo.phrases import DENIALS, DETAILS, PHRASES, UNKNOWN_PHRASES
from intake.demo.settings import DemoError
from intake.demo.vocabulary import ITEMS, values_of
from intake.demo.wordings import load_wordings
from intake.demo.writer import write_demo


@pytest.fixture(scope="module")
def unseen(tmp_path_factory) -> Path:
    """Write the force of `summary` in other words."""
    return Path(write_demo(tmp_path_factory.mktemp("unseen"), 5_000, 1, wording="unseen").landing)


def test_everything_but_the_words_is_the_same(unseen, summary):
    for path in Path(summary.landing).glob("*.csv"):
        if path.name != "mo_narratives.csv":
            assert path.read_bytes() == (unseen / path.name).read_bytes()
    known, other = (pd.read_csv(folder / "mo_narratives.csv", dtype=str) for folder in (Path(summary.landing), unseen))
    assert known[["CRIME_REF", "WRITTEN"]].equals(other[["CRIME_REF", "WRITTEN"]])


def test_every_value_is_worded_two_or_three_times_in_each_style():
    words = load_wordings("unseen")
    for item in ITEMS:
        assert set(words.facts[item]) == set(PHRASES[item])
        assert set(values_of(item)) <= set(words.facts[item])
        for value, pair in words.facts[item].items():
            assert all(2 <= len(said) <= 3 for said in pair), (item, value)
            assert all(len(set(said)) == len(said) for said in pair)
    assert {item: set(wording) for item, wording in words.denials.items()} == {i: set(w) for i, w in DENIALS.items()}
    assert set(words.unknown) == set(UNKNOWN_PHRASES)
    assert {group: len(pairs) for group, pairs in words.details.items()} == {g: len(p) for g, p in DETAILS.items()}


def test_no_unseen_wording_is_one_of_the_usual_ones():
    usual = {phrase.strip(" .").lower() for wording in PHRASES.values() for pair in wording.values() for phrase in pair}
    told = {
        phrase.strip(" .").lower()
        for wording in load_wordings("unseen").facts.values()
        for pair in wording.values()
        for said in pair
        for phrase in said
    }
    assert len(told) > 500
    assert told & usual <= {"other"}


def test_wordings_of_an_item_tell_its_values_apart():
    for item, wording in load_wordings("unseen").facts.items():
        told = [phrase for pair in wording.values() for said in pair for phrase in said]
        assert len(set(told)) == len(told), item


def test_a_text_in_other_words_tells_what_the_form_left_out(unseen, truth):
    text = pd.read_csv(unseen / "mo_narratives.csv", dtype=str).set_index("CRIME_REF")["NARRATIVE"].str.lower()
    lost = truth["recording_faults"].query("fault == 'text_only' and item_code == 'search_style'")["crime_id"]
    style = truth["mo"].set_index("crime_id")["search_style"].astype(str)
    facts = load_wordings("unseen").facts["search_style"]
    for crime in lost:
        said = [phrase.lower() for wordings in facts[style[crime]] for phrase in wordings]
        assert any(phrase in text[crime] for phrase in said), (crime, text[crime])
    assert len(lost) > 100


def test_sentences_are_parted_and_stand_in_more_than_one_order(unseen):
    text = pd.read_csv(unseen / "mo_narratives.csv", dtype=str)["NARRATIVE"].str.lower()
    assert not text.str.contains("  ").any()
    parked = text.str.find("driveway")
    alarm = text.str.find("alarm")
    both = (parked >= 0) & (alarm >= 0)
    assert 0.1 < (parked < alarm)[both].mean() < 0.9
    assert text.map(lambda t: len(re.findall(r"[.,;:-]", t)) > 0).mean() > 0.99


def test_an_unknown_wording_is_refused(tmp_path):
    with pytest.raises(DemoError, match="wording: expected known or unseen, got 'new'"):
        write_demo(tmp_path, 10, 1, wording="new")
    assert not list(tmp_path.iterdir())
