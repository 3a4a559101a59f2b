"""Figures of incidents become figures of crimes and people: worked by hand on a force of eight crimes."""

import numpy as np
import pandas as pd
import pytest

from linkage.co_linkage_components import OUTCOMES
from linkage.co_linkage_tables import (
    crime_outcomes,
    crime_pairs,
    leads_above,
    point_series,
    ranked_candidates,
    series_by_draw,
    series_sizes,
)
from linkage.link_graph import CoLinkageGraph, co_linkage_graph

# A1 and A2 are one incident; D has no link; S1, S2 are group g, T is group h, and V is T's incident, unsolved itself.
CRIMES = ["A1", "A2", "B", "D", "S1", "S2", "T", "V"]
GROUPS = [None, None, None, None, "g", "g", "h", None]
INCIDENTS = ["i", "i", None, None, None, None, "t", "t"]
PEOPLE = pd.DataFrame(
    [("P", "S1"), ("Q", "S1"), ("P", "S2"), ("Q", "S2"), ("P", "T")], columns=["person_id", "crime_id"]
)
N_DRAWS = 4


@pytest.fixture
def graph() -> CoLinkageGraph:
    links = pd.DataFrame(
        [("A1", "B", 5.0), ("A2", "S1", 4.0), ("B", "T", 3.0)], columns=["crime_id_1", "crime_id_2", "log_bf"]
    )
    return co_linkage_graph(CRIMES, GROUPS, INCIDENTS, links)


@pytest.fixture
def outcome(graph: CoLinkageGraph) -> dict[str, pd.DataFrame]:
    a, b = (int(graph.node_of_crime[CRIMES.index(crime)]) for crime in ("A1", "B"))
    # Draws: {A B} alone; {A B} in g; A in g, B in h; A alone, B in h.
    return {
        "pairs": pd.DataFrame({"node_1": [a], "node_2": [b], "probability": [0.5]}),
        "agreement": pd.DataFrame(),
        "groups": pd.DataFrame({"node": [a, b, b], "cluster": [0, 0, 1], "probability": [0.5, 0.25, 0.5]}),
        "nodes": pd.DataFrame(
            {
                "node": [a, b],
                "p_known_group": [0.5, 0.75],
                "p_unsolved_crimes": [0.25, 0.25],
                "p_alone": [0.25, 0.0],
                "expected_n_crimes": [3.75, 3.5],
                "lower_n_crimes": [2, 3],
                "upper_n_crimes": [5, 5],
                "point_cluster": [-1, -1],
                "point_first": [a, a],
                "support": [0.5, 0.5],
            }
        ),
        "sizes": pd.DataFrame({"draw": [0, 3], "n_crimes": [3, 2], "n_series": [1, 1]}),
        "joined": pd.DataFrame({"draw": [1, 2, 2, 3], "cluster": [0, 0, 1, 1], "n_crimes": [3, 2, 1, 1]}),
        "members": pd.DataFrame(),
        "elsewhere": pd.DataFrame(),
    }


def test_every_crime_of_an_incident_is_paired_and_none_with_its_own_incident(graph, outcome):
    pairs = crime_pairs(graph, outcome, floor=0.3).set_index(["crime_id_1", "crime_id_2"])["probability"]
    solved = {(a, s): 0.5 for a in ("A1", "A2") for s in ("S1", "S2")} | {("B", "T"): 0.5, ("B", "V"): 0.5}
    assert pairs.to_dict() == solved | {("A1", "B"): 0.5, ("A2", "B"): 0.5}
    assert ("B", "S1") in crime_pairs(graph, outcome, floor=0.25).set_index(["crime_id_1", "crime_id_2"]).index


def test_crimes_of_two_components_meet_in_a_known_group(graph, outcome):
    lonely = co_linkage_graph(
        ["A", "B", "S", "T"],
        [None, None, "g", "h"],
        [None] * 4,
        pd.DataFrame(
            [("A", "S", 3.0), ("B", "S", 3.0), ("A", "T", 2.0)], columns=["crime_id_1", "crime_id_2", "log_bf"]
        ),
    )
    groups = pd.DataFrame({"node": [0, 1, 0, 1], "cluster": [0, 0, 1, 1], "probability": [0.5, 0.75, 0.25, 0.25]})
    pairs = crime_pairs(lonely, {**outcome, "pairs": pd.DataFrame(), "groups": groups}, floor=0.01)
    # In g both with 0.5 x 0.75, in h both with 0.25 x 0.25.
    assert pairs.set_index(["crime_id_1", "crime_id_2"]).loc[("A", "B"), "probability"] == 0.4375


def test_candidates_are_ranked_within_their_kind_and_groups_with_nobody_add_up_to_one(graph, outcome):
    table = ranked_candidates(graph, outcome, PEOPLE, floor=0.01, top_k=20)
    of_b = table[table["crime_id"] == "B"].set_index(["candidate_kind", "rank"])
    assert of_b.loc[("group", 1), "candidate_id"] == "h"
    assert of_b.loc[("group", 2), "probability"] == 0.25
    assert of_b.loc[("crime", 2), "candidate_id"] == "A2"
    assert of_b.loc[("nobody", 1), "probability"] == 0.25
    assert pd.isna(of_b.loc[("nobody", 1), "candidate_id"])
    # P is in both groups, Q in the first alone.
    assert of_b.loc[("offender", 1), ["candidate_id", "probability"]].tolist() == ["P", 0.75]
    assert of_b.loc[("offender", 2), ["candidate_id", "probability"]].tolist() == ["Q", 0.25]
    whole = table[table["candidate_kind"].isin(["group", "nobody"])].groupby("crime_id")["probability"].sum()
    assert whole.to_dict() == pytest.approx({"A1": 1.0, "A2": 1.0, "B": 1.0, "D": 1.0, "V": 1.0})


def test_nobody_is_told_also_where_it_is_under_the_floor(graph, outcome):
    table = ranked_candidates(graph, outcome, PEOPLE, floor=0.4, top_k=20)
    under = table[table["probability"] < 0.4]
    assert under.loc[under["crime_id"] == "B", ["candidate_kind", "probability"]].to_numpy().tolist() == [
        ["nobody", 0.25]
    ]
    assert set(under["candidate_kind"]) == {"nobody"}


def test_most_candidates_of_each_kind_are_kept_and_the_line_keeps_no_nobody(graph, outcome):
    table = ranked_candidates(graph, outcome, PEOPLE, floor=0.01, top_k=1)
    assert table.groupby(["crime_id", "candidate_kind"]).size().max() == 1
    leads = leads_above(ranked_candidates(graph, outcome, PEOPLE, floor=0.01, top_k=20), line=0.5)
    assert set(leads["candidate_kind"]) == {"group", "offender", "crime"}
    assert leads["probability"].min() == 0.5
    assert list(leads.columns) == ["crime_id", "candidate_kind", "candidate_id", "probability"]


def test_outcomes_stand_for_every_unsolved_crime_also_without_a_link(graph, outcome):
    candidates = ranked_candidates(graph, outcome, PEOPLE, floor=0.01, top_k=20)
    table = crime_outcomes(graph, outcome, candidates).set_index("crime_id")
    assert table.index.tolist() == ["A1", "A2", "B", "D", "V"]
    assert table.loc["D", ["p_alone", "expected_n_crimes", "entropy_bits"]].tolist() == [1.0, 1.0, 0.0]
    assert pd.isna(table.loc["D", "candidate_id"])
    assert table.loc["B", ["candidate_kind", "candidate_id"]].tolist() == ["group", "h"]
    # One half, and two quarters: 1.5 bits. B: 0.25, 0.5 of groups and 0.25 with unsolved crimes.
    assert table["entropy_bits"].to_dict() == pytest.approx({"A1": 1.5, "A2": 1.5, "B": 1.5, "D": 0.0, "V": 0.0})


def test_an_unsolved_crime_of_a_solved_ones_incident_stands_with_its_group_surely(graph, outcome):
    candidates = ranked_candidates(graph, outcome, PEOPLE, floor=0.01, top_k=20)
    of_v = candidates[candidates["crime_id"] == "V"].set_index("candidate_kind")
    assert of_v.loc[["group", "offender"], "candidate_id"].tolist() == ["h", "P"]
    assert of_v.loc[["group", "offender", "nobody"], "probability"].tolist() == [1.0, 1.0, 0.0]
    row = crime_outcomes(graph, outcome, candidates).set_index("crime_id").loc["V"]
    assert row[["p_known_group", "p_unsolved_crimes", "p_alone", "candidate_id"]].tolist() == [1.0, 0.0, 0.0, "h"]
    # T and V, joined by one crime in the last two of four draws.
    assert row[["expected_n_crimes", "lower_n_crimes", "upper_n_crimes"]].tolist() == [2.5, 2, 3]
    assert leads_above(candidates, 0.9)["crime_id"].unique().tolist() == ["V"]
    series = point_series(graph, outcome).set_index("crime_id")
    assert series["is_solved"].to_dict() == {crime: crime in ("S1", "S2", "T") for crime in CRIMES}


def test_it_is_paired_with_its_groups_other_crimes_and_not_with_its_own_incident(outcome):
    """T and V are one incident, U and W another, all of group h; X is h's too. V and W are unsolved."""
    made = co_linkage_graph(
        ["T", "U", "V", "W", "X"], ["h", "h", None, None, "h"], ["t", "u", "t", "u", None],
        pd.DataFrame({"crime_id_1": [], "crime_id_2": [], "log_bf": []}),
    )  # fmt: skip
    nothing = dict.fromkeys(outcome, pd.DataFrame())
    pairs = crime_pairs(made, nothing, 0.01)
    found = list(zip(pairs["crime_id_1"], pairs["crime_id_2"], strict=True))
    assert found == [("T", "W"), ("U", "V"), ("V", "W"), ("V", "X"), ("W", "X")]
    assert (pairs["probability"] == 1.0).all()


def test_every_crime_is_in_one_series_named_by_its_group_or_its_lowest_crime(graph, outcome):
    table = point_series(graph, outcome).set_index("crime_id")
    assert table["cluster_id"].to_dict() == {
        **dict.fromkeys(["A1", "A2", "B"], "A1"), "D": "D", "S1": "g", "S2": "g", "T": "h", "V": "h",
    }  # fmt: skip
    assert table["n_crimes"].to_dict() == {"A1": 3, "A2": 3, "B": 3, "D": 1, "S1": 2, "S2": 2, "T": 2, "V": 2}
    assert table["group_id"].dropna().unique().tolist() == ["g", "h"]


def test_series_of_each_size_are_counted_in_each_draw(graph, outcome):
    counts = series_by_draw(graph, outcome, N_DRAWS)
    # D alone in all draws; A and B make three in the first, A is two in the last.
    np.testing.assert_array_equal(counts["unsolved_only"][:, 1:4], [[1, 0, 1], [1, 0, 0], [1, 0, 0], [1, 1, 0]])
    # g has two solved crimes, h two with V: 2+2, 5+2, 4+3, 2+3.
    assert [np.flatnonzero(row).tolist() for row in counts["all"]] == [[1, 2, 3], [1, 2, 5], [1, 3, 4], [1, 2, 3]]
    assert (counts["all"].sum(axis=1) == [4, 3, 3, 4]).all()
    sizes = series_sizes(counts).set_index(["kind", "n_crimes"])
    assert sizes.loc[("all", 2)].tolist() == [1.25, 0, 2]
    assert sizes.loc[("unsolved_only", 1)].tolist() == [1.0, 1, 1]


def test_a_force_without_links_is_alone(graph):
    nothing = {name: pd.DataFrame() for name in OUTCOMES}
    assert len(crime_pairs(graph, nothing, 0.01)) == 0
    candidates = ranked_candidates(graph, nothing, PEOPLE, 0.01, 20)
    linked = candidates[candidates["crime_id"] != "V"]  # V stands with h by its incident
    assert set(linked["candidate_kind"]) == {"nobody"}
    assert crime_outcomes(graph, nothing, candidates)["p_alone"].tolist() == [1.0, 1.0, 1.0, 1.0, 0.0]
    assert series_by_draw(graph, nothing, 2)["unsolved_only"].tolist() == [[0, 2, 1], [0, 2, 1]]
