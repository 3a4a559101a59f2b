"""Evidence beyond match, space and time: rarity, agreement, numbers, crime groups and text, in the pair table."""

import json
import math

import numpy as np
import pandas as pd
import pytest

from linkage.bayes_factors import HistogramBayesFactor
from linkage.evidence import (
    EvidenceError,
    EvidenceSpec,
    encode_crimes,
    encoded_evidence,
    evidence_columns,
    fit_spec,
    pair_evidence,
)
from linkage.item_evidence import MOST_PAIRED_VALUES, ItemError
from linkage.model_document import from_document, to_document
from linkage.pair_scores import item_of

SPEC = EvidenceSpec(
    ("entry",),
    match="rarity",
    overlap=("taken",),
    agreement=("entry", "taken"),
    numerical=("n_offenders",),
    crime_group=True,
    text="mo_text",
)


def _crimes() -> pd.DataFrame:
    """Twenty crimes; entry is door in 12, window in 4, roof in 1 of the 17 with it recorded."""
    at = pd.Series(pd.to_datetime(["2024-01-10 12:00"] * 20)).astype("datetime64[us]")
    return pd.DataFrame(
        {
            "easting_m": 0.0,
            "northing_m": 0.0,
            "committed_from_at": at,
            "committed_to_at": at,
            "committed_from_local": at,
            "entry": pd.Series(
                ["door"] * 12 + ["window"] * 4 + ["roof", None, "unknown", "not_applicable"], dtype=object
            ),
            "taken": pd.Series([("cash",), ("cash", "car"), None, ()] * 5, dtype=object),
            "n_offenders": [1.0, 3.0, np.nan, 2.0] * 5,
            "crime_group": pd.Series(["burglary", "theft", None, "burglary"] * 5, dtype=object),
            "mo_text": pd.Series(["forced the door", "forced the roof", None, "smashed"] * 5, dtype=object),
        }
    )


def _one(crimes: pd.DataFrame, spec: EvidenceSpec, first: int, second: int) -> pd.Series:
    return pair_evidence(crimes, np.array([first]), np.array([second]), spec).iloc[0]


def test_every_form_of_evidence_of_one_pair_worked_by_hand():
    crimes = _crimes()
    got = _one(crimes, fit_spec(crimes, SPEC), 0, 1)
    assert got["match_entry"] == "match_common"
    assert got["agreement_entry"] == pytest.approx(-math.log(12 / 17))
    assert got["agreement_taken"] == 0.0  # cash is in every crime that has something recorded
    assert got["gap_n_offenders"] == 2.0
    assert got["crime_group_pair"] == "burglary:theft"
    # Only `forced` and `the` are in ten texts; both of the crimes have both.
    assert got["text_similarity"] == pytest.approx(1.0)


def test_what_is_missing_on_either_side_is_missing_in_every_form():
    crimes = _crimes()
    got = _one(crimes, fit_spec(crimes, SPEC), 18, 2)
    assert got["match_entry"] == "missing"
    assert got["crime_group_pair"] == "missing"
    numbers = ["agreement_entry", "agreement_taken", "overlap_taken", "gap_n_offenders", "text_similarity"]
    assert got[numbers].isna().all()
    got = _one(crimes, fit_spec(crimes, SPEC), 0, 19)
    assert got["match_entry"] == "not_applicable"
    assert math.isnan(got["agreement_entry"])


def test_evidence_is_the_same_with_the_pair_turned_round_and_the_crimes_in_another_order():
    crimes = _crimes()
    rng = np.random.default_rng(1)
    spec = fit_spec(crimes, SPEC)
    first, second = rng.integers(0, 20, (2, 300))
    straight = pair_evidence(crimes, first, second, spec)
    pd.testing.assert_frame_equal(straight, pair_evidence(crimes, second, first, spec), check_exact=True)
    order = rng.permutation(20)
    place = np.argsort(order)
    shuffled = pair_evidence(crimes.iloc[order], place[first], place[second], spec)
    pd.testing.assert_frame_equal(straight, shuffled, check_exact=True)


def test_other_names_for_the_values_change_nothing_but_the_names():
    crimes = _crimes()
    renamed = crimes.assign(entry=crimes["entry"].replace({"door": "z", "window": "y", "roof": "x"}))
    first, second = np.random.default_rng(2).integers(0, 20, (2, 300))
    straight = pair_evidence(crimes, first, second, fit_spec(crimes, SPEC))
    other = pair_evidence(renamed, first, second, fit_spec(renamed, SPEC))
    pd.testing.assert_frame_equal(straight, other, check_exact=True)


@pytest.mark.parametrize("match", ["match-or-missing", "binary", "levels", "rarity"])
def test_categories_do_not_depend_on_the_chunk(match):
    crimes = _crimes()
    spec = fit_spec(crimes, EvidenceSpec(("entry",), match=match, crime_group=True))
    encoded = encode_crimes(crimes, spec)
    first, second = np.random.default_rng(3).integers(0, 20, (2, 200))
    whole = encoded_evidence(encoded, first, second, spec)
    parts = [encoded_evidence(encoded, first[i : i + 7], second[i : i + 7], spec) for i in range(0, 200, 7)]
    assert all((part.dtypes == whole.dtypes).all() for part in parts)
    pd.testing.assert_frame_equal(pd.concat(parts, ignore_index=True), whole)


def test_two_values_whose_pairs_read_alike_share_a_level():
    crimes = _crimes().assign(crime_group=pd.Series(["a", "b:c", "a:b", "c"] * 5, dtype=object))
    spec = EvidenceSpec((), crime_group=True)
    assert _one(crimes, spec, 0, 1)["crime_group_pair"] == "a:b:c"
    assert _one(crimes, spec, 2, 3)["crime_group_pair"] == "a:b:c"


def test_a_model_learns_from_every_form():
    crimes = _crimes()
    spec = fit_spec(crimes, SPEC)
    first, second = np.triu_indices(20, 1)
    evidence = pair_evidence(crimes, first, second, spec)
    model = HistogramBayesFactor(n_bins=3, df=2.0).fit(evidence, (first + second) % 3 == 0)
    assert np.isfinite(model.decision_function(evidence)).all()
    # door (12 of 17) and window (4 of 17) are common; the only roof meets no other.
    assert model.terms_["match_entry"].levels == ("differ", "match_common")


def test_a_model_document_alone_makes_the_evidence_again_and_scores_alike():
    crimes = _crimes()
    spec = fit_spec(crimes, SPEC)
    first, second = np.triu_indices(20, 1)
    evidence = pair_evidence(crimes, first, second, spec)
    model = HistogramBayesFactor(n_bins=3, df=2.0).fit(evidence, (first + second) % 3 == 0)
    again, learned = from_document(json.loads(json.dumps(to_document(model, spec), allow_nan=False)))
    assert learned == spec
    # Other crimes than those that it was learned from, with a value and words that were not among them.
    other = crimes.iloc[::3].assign(
        entry=["wall", "door", "wall", "roof", "door", None, "wall"], mo_text="forced a wall"
    )
    pairs = np.triu_indices(len(other), 1)
    np.testing.assert_array_equal(
        again.decision_function(pair_evidence(other, *pairs, learned)),
        model.decision_function(pair_evidence(other, *pairs, spec)),
    )


@pytest.mark.parametrize(
    ("column", "item"),
    [
        ("match_entry", "entry"),
        ("overlap_taken", "taken"),
        ("agreement_taken", "taken"),
        ("gap_n_offenders", "n_offenders"),
        ("gap_days", "gap_days"),
        ("tod_gap_hours", "tod_gap_hours"),
        ("crime_group_pair", "crime_group"),
        ("text_similarity", "text_similarity"),
        ("match_match_head", "match_head"),
    ],
)
def test_a_column_names_the_item_it_compares(column, item):
    assert item_of(column) == item


@pytest.mark.parametrize("dtype", ["Int64", "float32", "int8", object])
def test_numbers_of_every_type_are_compared(dtype):
    crimes = _crimes().assign(n_offenders=pd.Series([1, 4] * 10).astype(dtype))
    assert _one(crimes, EvidenceSpec((), numerical=("n_offenders",)), 0, 1)["gap_n_offenders"] == 3.0


@pytest.mark.parametrize(
    ("spec", "changes", "error", "message"),
    [
        (EvidenceSpec(("entry",), match="rarity"), {}, EvidenceError, "shares: expected value shares of entry"),
        (EvidenceSpec((), agreement=("entry",)), {}, EvidenceError, "learn them with fit_spec"),
        (EvidenceSpec((), text="mo_text"), {}, EvidenceError, "text_space: expected the words of mo_text"),
        (EvidenceSpec((), numerical=("weight",)), {}, EvidenceError, "got none named weight"),
        (EvidenceSpec((), numerical=("entry",)), {}, EvidenceError, "entry: expected numbers, got could not convert"),
        (
            EvidenceSpec((), crime_group=True),
            {"crime_group": [("a", "b")] * 20},
            ItemError,
            "crime_group: expected one",
        ),
        (EvidenceSpec(()), {"easting_m": ["far"] * 20}, EvidenceError, "easting_m: expected numbers"),
        (
            EvidenceSpec(()),
            {"committed_to_at": range(20)},
            EvidenceError,
            "committed_to_at: expected times, got numbers",
        ),
    ],
)
def test_what_cannot_be_compared_is_refused_in_words(spec, changes, error, message):
    crimes = _crimes().assign(**{name: pd.Series(list(cells)) for name, cells in changes.items()})
    with pytest.raises(error, match=message):
        _one(crimes, spec, 0, 1)


def test_crimes_encoded_for_less_are_refused_and_for_more_are_fine():
    crimes = _crimes()
    spec, pair = fit_spec(crimes, SPEC), (np.array([0]), np.array([1]))
    with pytest.raises(EvidenceError, match="got none of entry, taken, n_offenders, crime_group, mo_text"):
        encoded_evidence(encode_crimes(crimes, EvidenceSpec(())), *pair, spec)
    got = encoded_evidence(encode_crimes(crimes, spec), *pair, EvidenceSpec(("entry",)))
    assert tuple(got.columns) == evidence_columns(EvidenceSpec(("entry",)))


def test_an_item_with_too_many_values_to_pair_is_refused():
    n = MOST_PAIRED_VALUES + 1
    crimes = _crimes().loc[np.zeros(n, dtype=int)].reset_index(drop=True)
    crimes["entry"] = pd.Series([f"v{i}" for i in range(n)], dtype=object)
    with pytest.raises(ItemError, match=f"entry: expected at most 1000 values to pair them, got {n}; group"):
        _one(crimes, EvidenceSpec(("entry",), match="levels"), 0, 1)
