"""A specification of evidence: what it asks for, what it learns, and that it is data."""

import json

import numpy as np
import pandas as pd
import pytest

from linkage.evidence_spec import (
    EvidenceError,
    EvidenceSpec,
    check_fitted,
    evidence_columns,
    fit_spec,
    spec_as_data,
    spec_from_data,
)
from linkage.item_evidence import rarity_weights
from linkage.rarity import value_shares
from linkage.text_evidence import TextSpace, fit_text_space

FULL = EvidenceSpec(
    ("entry", "tool"),
    match="rarity",
    overlap=("taken",),
    agreement=("taken", "entry"),
    numerical=("n_offenders",),
    crime_group=True,
    text="mo_text",
)
FIRST_FORM = {
    "items": ["MO1", "MO2"],
    "match": "levels",
    "circular": "reference",
    "distance": "great-circle",
    "overlap": ["taken"],
    "rarity": {"taken": {"cash": 0.1, "it's": 2.0}},
}


def _crimes() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "entry": ["door", "door", "roof", None] * 5,
            "tool": ["bar"] * 20,
            "taken": [("cash", "car"), ("cash",), None, "car"] * 5,
            "mo_text": ["forced the door with a bar", "broke the roof"] * 10,
        }
    )


def test_each_form_of_evidence_has_its_columns():
    assert evidence_columns(FULL)[4:] == (
        "match_entry",
        "match_tool",
        "overlap_taken",
        "agreement_taken",
        "agreement_entry",
        "gap_n_offenders",
        "crime_group_pair",
        "text_similarity",
    )


def test_fitting_learns_shares_weights_and_words_of_what_is_asked_for():
    crimes = _crimes()
    spec = fit_spec(crimes, FULL)
    assert spec.shares == {item: value_shares(crimes[item]) for item in ("entry", "tool", "taken")}
    assert spec.rarity == {"taken": rarity_weights(crimes["taken"])}
    assert spec.text_space == fit_text_space(crimes["mo_text"])
    assert "door" in spec.text_space.idf
    assert fit_spec(crimes, EvidenceSpec(("entry",))) == EvidenceSpec(("entry",))


def test_fitting_does_not_depend_on_the_order_of_the_crimes():
    crimes = _crimes()
    shuffled = crimes.iloc[np.random.default_rng(1).permutation(20)]
    assert fit_spec(shuffled, FULL) == fit_spec(crimes, FULL)


@pytest.mark.parametrize("spec", [EvidenceSpec(()), EvidenceSpec(("a",), match="binary"), FULL])
def test_a_specification_comes_back_exactly_from_json(spec):
    for one in (spec, fit_spec(_crimes(), spec) if spec is FULL else spec):
        text = json.dumps(spec_as_data(one), allow_nan=False)
        assert spec_from_data(json.loads(text)) == one


def test_a_document_of_the_first_form_is_read_and_written_to_the_letter():
    spec = spec_from_data(FIRST_FORM)
    assert spec == EvidenceSpec(
        ("MO1", "MO2"),
        match="levels",
        circular="reference",
        distance="great-circle",
        overlap=("taken",),
        rarity={"taken": {"cash": 0.1, "it's": 2.0}},
    )
    assert json.dumps(spec_as_data(spec)) == json.dumps(FIRST_FORM)


def test_data_of_another_shape_is_refused():
    with pytest.raises(KeyError, match="rarity"):
        spec_from_data({name: value for name, value in FIRST_FORM.items() if name != "rarity"})
    with pytest.raises(TypeError, match="colour"):
        spec_from_data({**FIRST_FORM, "colour": 1})
    with pytest.raises(TypeError, match="words"):
        spec_from_data({**FIRST_FORM, "text": "mo_text", "text_space": {"words": {}}})


def test_a_specification_can_be_a_key():
    assert len({FULL, fit_spec(_crimes(), FULL), EvidenceSpec(())}) == 3


def test_what_was_not_learned_is_asked_for_by_name():
    with pytest.raises(
        EvidenceError, match=r"shares of entry, tool, taken, got none of entry, tool, taken; learn them"
    ):
        check_fitted(FULL)
    with pytest.raises(EvidenceError, match="text_space: expected the words of mo_text, got none; learn them"):
        check_fitted(EvidenceSpec((), text="mo_text"))
    check_fitted(EvidenceSpec((), text="mo_text", text_space=TextSpace({})))
    check_fitted(EvidenceSpec(("a",)))
    with pytest.raises(EvidenceError, match=r"crimes: expected columns .*, got none named taken; add them"):
        fit_spec(_crimes().drop(columns="taken"), FULL)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"match": "fuzzy"}, "match: expected one of match-or-missing, binary, levels, rarity, got 'fuzzy'; choose"),
        ({"circular": "fft"}, "circular: expected one of exact, reference, got 'fft'"),
        ({"distance": "taxi"}, "distance: expected one of projected, great-circle, got 'taxi'"),
        ({"items": "entry"}, "items: expected a tuple of names, got 'entry'; put even one name in a tuple"),
        ({"agreement": (1,)}, r"agreement: expected a tuple of names, got \(1,\)"),
        ({"items": ("a", "a")}, "expected each item once, got one repeated"),
        ({"agreement": ("a", "a")}, "expected each item once, got one repeated"),
        ({"numerical": ("days",)}, "expected each item once, got one repeated"),  # it would be a second gap_days
        ({"common_from": 0.1, "rare_below": 0.2}, "got 0.2 and 0.1; 0.05 and 0.20 suit"),
        ({"rare_below": float("nan")}, "expected shares with 0 <= rare_below <= common_from <= 1"),
        ({"shares": {"a": {"x": 0.0}}}, "shares: expected numbers above 0 and up to 1, got others for a; learn"),
    ],
)
def test_an_impossible_specification_is_refused_in_words(arguments, message):
    with pytest.raises(EvidenceError, match=message):
        EvidenceSpec(**{"items": (), **arguments})
