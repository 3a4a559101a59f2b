"""The reference's lists of crimes, pairs and levels: what the other comparisons start from."""

import itertools

import numpy as np
import pandas as pd
import pytest

from linkage.evidence import EvidenceSpec, pair_evidence
from linkage.pairs import PairSampling, linked_pairs
from linkage.series import groups_of_crimes, series_data

ITEMS = ("MO1", "MO2", "MO3")


@pytest.fixture(scope="module")
def series(reference_crimes, reference_offenders):
    return series_data(reference_offenders, reference_crimes)


def test_a_crime_is_solved_when_an_offender_is_named(reference, reference_crimes, series):
    is_solved = reference_crimes["crime_id"].isin(series["crime_id"]).to_numpy()
    for name, chosen in (("solved", is_solved), ("unsolved", ~is_solved)):
        theirs = pd.read_csv(reference / f"{name}.csv")
        assert theirs["index"].tolist() == list(range(1, chosen.sum() + 1))
        assert theirs["crimeID"].tolist() == reference_crimes["crime_id"][chosen].tolist()


def test_each_crime_has_the_connected_group_of_the_reference(reference, reference_crimes, series):
    theirs = pd.read_csv(reference / "crime_group1.csv").set_index("crimeID")["group1"]
    ours = groups_of_crimes(series).reindex(theirs.index)
    assert theirs.index.tolist() == reference_crimes["crime_id"].tolist()
    assert ours.dropna().astype(int).to_dict() == theirs.dropna().astype(int).to_dict()
    assert (ours.isna() == theirs.isna()).all()


def test_series_data_points_at_rows_of_the_crimes_and_numbers_the_offenders(reference, reference_crimes):
    theirs = pd.read_csv(reference / "series_data.csv")
    assert reference_crimes["crime_id"][theirs["Index"] - 1].tolist() == theirs["crimeID"].tolist()
    in_order = theirs.sort_values(["offenderID", "crimeID"], ignore_index=True)
    assert (pd.factorize(in_order["offenderID"])[0] + 1 == in_order["CS"]).all()


def test_another_sort_order_of_strings_moves_linked_rows_and_no_pair(reference, reference_crimes, series):
    bytewise, icu = (pd.read_csv(reference / name) for name in ("pairs.csv", "pairs_icu_collation.csv"))
    key = ["i1", "i2"]
    pd.testing.assert_frame_equal(*(each.sort_values(key, ignore_index=True) for each in (bytewise, icu)))
    linked = icu[icu["type"] == "linked"].sort_values(key, ignore_index=True)
    sampling = PairSampling(keep_same_incident=True)
    ours = linked_pairs(series, reference_crimes, sampling)
    assert (ours["crime_id_1"] + ours["crime_id_2"]).tolist() == (linked["i1"] + linked["i2"]).tolist()
    np.testing.assert_allclose(ours["weight"], linked["weight"], rtol=1e-9)
    turned = linked_pairs(series.iloc[::-1], reference_crimes.iloc[::-1], sampling)
    pd.testing.assert_frame_equal(ours, turned)


def test_the_training_rows_are_of_the_stored_pairs(reference, reference_pairs):
    rows = pd.read_csv(reference / "train_index.csv")
    assert (rows["row"] == np.arange(1, len(reference_pairs) + 1)).all()
    assert (rows["Y"] == reference_pairs["is_linked"]).all()
    assert rows["train"].value_counts().to_dict() == {1: 7901, 0: 3286}


def test_levels_of_value_pairs_are_those_of_the_reference_where_both_are_recorded(
    reference, reference_crimes, reference_pairs
):
    levels = pd.read_csv(reference / "evidence_nonbinary_levels.csv", keep_default_na=False)
    spec = EvidenceSpec(ITEMS, match="levels")
    row = pd.Series(range(len(reference_crimes)), reference_crimes["crime_id"])
    one, other = (row[reference_pairs[name]].to_numpy() for name in ("crime_id_1", "crime_id_2"))
    ours = pair_evidence(reference_crimes, one, other, spec)
    for item in ITEMS:
        theirs = levels.loc[levels["variable"] == item, "value"]
        values = sorted(reference_crimes[item].take(one).dropna().unique())
        possible = {f"{a}:{b}" for a, b in itertools.combinations_with_replacement(values, 2)}
        # R lists every pair of values that could be and counts missing as a value.
        assert len(theirs) == len(set(theirs))
        assert set(theirs) == possible | {f"{value}:NA" for value in (*values, "NA")}
        assert set(ours[f"match_{item}"].astype(str)) - {"missing"} <= possible


def test_the_other_columns_do_not_depend_on_how_categories_are_compared(reference):
    binary, merged = (pd.read_csv(reference / f"{name}.csv") for name in ("evidence", "evidence_nonbinary"))
    same = ["i1", "i2", "weight", "type", "spatial", "temporal", "tod", "dow"]
    pd.testing.assert_frame_equal(binary[same], merged[same])
