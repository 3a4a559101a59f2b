"""Look-ups by crime, offender and series, against hand-made labels and the reference data."""

import numpy as np
import pandas as pd
import pytest

from linkage.look_up import (
    LookUpError,
    crimes_of_offender,
    group_scores,
    offenders_of_crimes,
    pairs_of_crime,
    score_against,
    series_of_offenders,
    series_with_crimes,
    strongest_pairs,
)
from linkage.pair_scores import ScoringError
from linkage.series import SeriesError

# p did a and b, q did b and c, r did d; e is unsolved and z is not in the crime table.
LABELS = pd.DataFrame(
    [("p", "b"), ("p", "a"), ("p", "a"), ("q", "c"), ("q", "b"), ("r", "d"), ("r", "z")],
    columns=["person_id", "crime_id"],
)
CRIMES = pd.DataFrame({"crime_id": list("edcba"), "x": [0.0, 1.0, 3.0, 6.0, 10.0]})
PAIRS = pd.DataFrame(
    [("a", "b", 0.5), ("b", "d", 2.0), ("a", "c", 2.0), ("c", "d", -1.0)],
    columns=["crime_id_1", "crime_id_2", "log_bf"],
)


def near(first, second):
    return -np.abs(CRIMES["x"].to_numpy()[first] - CRIMES["x"].to_numpy()[second])


def test_the_crimes_of_an_offender_are_rows_of_the_crime_table_in_its_order():
    assert crimes_of_offender("p", CRIMES, LABELS)["crime_id"].tolist() == ["b", "a"]
    assert crimes_of_offender("r", CRIMES, LABELS)["x"].tolist() == [1.0]


def test_series_of_several_offenders_hold_each_crime_once():
    assert series_of_offenders(["q", "p", "q"], LABELS) == {"q": ("b", "c"), "p": ("a", "b")}
    assert series_of_offenders(["r", "p"], LABELS, within=CRIMES["crime_id"]) == {"r": ("d",), "p": ("a", "b")}
    assert series_of_offenders(["q"], LABELS, within=["a"]) == {"q": ()}
    assert series_of_offenders([], LABELS) == {}


def test_an_offender_without_a_crime_is_no_offender():
    with pytest.raises(LookUpError, match="got s, t; look for the pseudonym"):
        series_of_offenders(["t", "p", "s"], LABELS)


def test_everybody_who_took_part_is_found_and_nobody_for_an_unsolved_crime():
    assert offenders_of_crimes(["b"], LABELS) == ("p", "q")
    assert offenders_of_crimes(["a", "d", "e"], LABELS) == ("p", "r")
    assert offenders_of_crimes(["e"], LABELS) == offenders_of_crimes([], LABELS) == ()


def test_look_ups_of_the_reference_are_its_series_data(reference, reference_crimes, reference_offenders):
    series = pd.read_csv(reference / "series_data.csv")
    people = reference_offenders["person_id"].unique()
    ours = series_of_offenders(people, reference_offenders, within=reference_crimes["crime_id"])
    theirs = {person: tuple(sorted(crimes)) for person, crimes in series.groupby("offenderID")["crimeID"]}
    assert len(theirs) == 387
    assert {person: crimes for person, crimes in ours.items() if crimes} == theirs
    for crime, offenders in series.groupby("crimeID")["offenderID"]:
        assert offenders_of_crimes([crime], reference_offenders) == tuple(sorted(offenders))
    rows = crimes_of_offender("O:106", reference_crimes, reference_offenders)
    assert tuple(sorted(rows["crime_id"])) == theirs["O:106"]


@pytest.mark.parametrize(
    ("method", "rows"),
    [
        ("offender", [("1", "p", "a"), ("1", "p", "b"), ("2", "q", "b"), ("2", "q", "c")]),
        ("connected", [("1", "p", "a"), ("1", "p", "b"), ("1", "q", "b"), ("1", "q", "c")]),
        ("co-offenders", [("2", "p", "b"), ("2", "q", "b")]),
    ],
)
def test_every_series_that_holds_a_crime_is_shown_whole(method, rows):
    series = LABELS.drop_duplicates().sort_values(["person_id", "crime_id"], ignore_index=True)
    found = series_with_crimes(["b"], series, method)
    assert [tuple(row) for row in found[["group", "person_id", "crime_id"]].itertuples(index=False)] == rows
    turned = series_with_crimes(["b"], series.iloc[::-1], method)
    assert sorted(turned.itertuples(index=False)) == sorted(found.itertuples(index=False))
    assert series_with_crimes(["e"], series, method).empty


def test_an_unknown_grouping_is_refused():
    with pytest.raises(SeriesError, match="got 'both'"):
        series_with_crimes(["a"], LABELS, "both")


def test_groups_are_scored_by_mean_largest_and_smallest():
    # x: 4, 2 and 0; y: 3 and 1; z: 2. By average x = y = z = 2, so labels decide.
    log_bf, groups = [4, 3, 2, 2, 1, 0], ["x", "y", "x", "z", "y", "x"]
    found = group_scores(log_bf, groups)
    assert [tuple(row) for row in found.itertuples(index=False)] == [
        (1, "x", 2.0, 4.0, 0.0, 3),
        (2, "y", 2.0, 3.0, 1.0, 2),
        (3, "z", 2.0, 2.0, 2.0, 1),
    ]
    assert group_scores(log_bf, groups, "single")["group"].tolist() == ["x", "y", "z"]
    assert group_scores(log_bf, groups, "complete")["group"].tolist() == ["z", "y", "x"]
    assert group_scores([], []).empty


def test_scores_without_a_group_or_a_number_are_refused():
    with pytest.raises(LookUpError, match=r"got shapes \(2,\) and \(1,\)"):
        group_scores([1.0, 2.0], ["a"])
    with pytest.raises(LookUpError, match="with 1 that are not numbers"):
        group_scores([1.0, np.nan], ["a", "b"])


def test_a_crime_is_listed_against_others_strongest_first_and_never_against_itself():
    found = score_against("c", ["a", "c", "e", "d", "b", "b"], CRIMES, near)
    assert found.to_dict("list") == {
        "crime_id": ["c"] * 4,
        "other_id": ["d", "e", "b", "a"],  # 2, 3, 3 and 7 away: e stands before b in the table
        "log_bf": [-2.0, -3.0, -3.0, -7.0],
    }
    assert score_against("c", ["c"], CRIMES, near).empty
    with pytest.raises(ScoringError, match="got 1 that are not in it"):
        score_against("c", ["z"], CRIMES, near)


def test_pairs_are_ordered_by_any_value_above_a_line():
    assert strongest_pairs(PAIRS)["log_bf"].tolist() == [2.0, 2.0, 0.5, -1.0]
    assert strongest_pairs(PAIRS)["crime_id_1"].tolist() == ["a", "b", "a", "c"]
    assert len(strongest_pairs(PAIRS, above=0.5)) == 2  # above the line, not on it
    renamed = PAIRS.rename(columns={"log_bf": "probability"})
    assert strongest_pairs(renamed, by="probability")["probability"].tolist() == [2.0, 2.0, 0.5, -1.0]


def test_a_crimes_pairs_are_found_on_both_sides():
    assert pairs_of_crime("b", PAIRS).to_dict("list") == {"other_id": ["d", "a"], "log_bf": [2.0, 0.5]}
    assert pairs_of_crime("d", PAIRS, above=0.0)["other_id"].tolist() == ["b"]
    assert pairs_of_crime("e", PAIRS).empty
    with pytest.raises(LookUpError, match="got none named probability; name the column"):
        pairs_of_crime("b", PAIRS, by="probability")
