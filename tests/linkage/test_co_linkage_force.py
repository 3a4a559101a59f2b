import numpy as np
import pandas as pd
import pytest

from linkage.co_linkage_components import ForceSettings, ForceWork, Tables, force_work, joined_outcomes, judge, plan
from linkage.co_linkage_force import (
    force_agreement,
    force_candidates,
    force_crimes,
    force_pairs,
    force_series,
    force_sizes,
)
from linkage.link_graph import CoLinkageGraph, co_linkage_graph

N_DRAWS = 400
SETTINGS = ForceSettings(n_draws=N_DRAWS, pair_floor=0.02)

# a and b hang together; c (two crimes of one incident) and d each have a link to group g alone; e has none.
CRIMES = pd.DataFrame(
    {
        "crime_id": ["a", "b", "c1", "c2", "d", "e", "s1", "s2", "t", "u"],
        "group": [None, None, None, None, None, None, "g", "g", "h", None],
        "incident": [None, None, "i", "i", None, None, None, None, "j", "j"],
    }
)
LINKS = pd.DataFrame(
    [("a", "b", 5.0 + np.log(3.0)), ("c2", "s1", 5.0 + np.log(4.0)), ("d", "s2", 5.0), ("d", "t", 5.0)],
    columns=["crime_id_1", "crime_id_2", "log_bf"],
)


def no_earlier(_unit: str, _table: str) -> pd.DataFrame:
    raise AssertionError("small components need no earlier unit")


def judged(crimes: pd.DataFrame = CRIMES, links: pd.DataFrame = LINKS) -> tuple[CoLinkageGraph, ForceWork, Tables]:
    graph = co_linkage_graph(crimes["crime_id"], crimes["group"], crimes["incident"], links)
    work = force_work(graph, np.tile([5.0, 1.0, 1.0], (N_DRAWS, 1)), SETTINGS, seed=1)
    return graph, work, joined_outcomes([judge(work, unit, no_earlier) for unit in plan(work)[0]])


GRAPH, WORK, OUTCOMES = judged()


def probability(one: str, two: str) -> float:
    pairs = force_pairs(GRAPH, WORK, OUTCOMES)
    return float(pairs.loc[(pairs["crime_id_1"] == one) & (pairs["crime_id_2"] == two), "probability"].iloc[0])


def test_pairs_with_a_known_groups_crimes_have_the_groups_probability() -> None:
    """c: weight 4, 4 / 5. d: weights 1 and 1, 1 / 3 each; t is of group h."""
    for crime in ("c1", "c2"):
        assert probability(crime, "s1") == probability(crime, "s2") == pytest.approx(0.8)
    assert probability("d", "s1") == probability("d", "t") == pytest.approx(1 / 3)


def test_crimes_of_different_components_meet_in_a_known_group() -> None:
    """c and d are in g independently: 4 / 5 times 1 / 3."""
    assert probability("c1", "d") == probability("c2", "d") == pytest.approx(0.8 / 3)


def test_two_unsolved_crimes_share_a_tree_with_a_forests_share_of_weight() -> None:
    """Each alone weighs 1, a link 3 with either of two as root: 6 / 7."""
    assert probability("a", "b") == pytest.approx(6 / 7, abs=0.07)


def test_pairs_of_an_incident_and_of_solved_crimes_are_no_result() -> None:
    pairs = force_pairs(GRAPH, WORK, OUTCOMES)
    listed = set(zip(pairs["crime_id_1"], pairs["crime_id_2"], strict=True))
    assert listed == {
        ("a", "b"), ("c1", "d"), ("c2", "d"), ("c1", "s1"), ("c1", "s2"), ("c2", "s1"), ("c2", "s2"),
        ("d", "s1"), ("d", "s2"), ("d", "t"), ("d", "u"),
    }  # fmt: skip


def test_candidates_are_ranked_within_their_kind() -> None:
    table = force_candidates(GRAPH, WORK, OUTCOMES)
    assert not table.duplicated(["crime_id", "candidate_kind", "rank"]).any()
    assert list(table[table["candidate_kind"] == "nobody_known"]["crime_id"]) == ["a", "b", "c1", "c2", "d", "e"]
    of_d = table[table["crime_id"] == "d"].set_index(["candidate_kind", "rank"])
    assert of_d.loc[("known_group", 1), "candidate_id"] == "g"
    assert of_d.loc[("known_group", 2), "candidate_id"] == "h"
    assert of_d.loc[("nobody_known", 1), "probability"] == pytest.approx(1 / 3)
    assert list(of_d.loc["crime", "candidate_id"]) == ["c1", "c2"]
    assert force_candidates(GRAPH, WORK, OUTCOMES, most=1)["rank"].max() == 1


def test_each_unsolved_crime_has_an_outcome() -> None:
    table = force_crimes(GRAPH, WORK, OUTCOMES).set_index("crime_id")
    assert list(table.index) == ["a", "b", "c1", "c2", "d", "e"]
    assert table.loc["c1", "p_known_group"] == pytest.approx(0.8)
    assert table.loc["c1", "p_alone"] == pytest.approx(0.2)
    assert table.loc["e"].tolist() == [0.0, 0.0, 1.0, 1.0, 1, 1, 0.0]
    # A third each for g, h and nobody is as unsure as three equal cases.
    assert table.loc["d", "entropy_bits"] == pytest.approx(np.log2(3))
    # Alone an incident's two crimes; with g four.
    assert (table.loc["c1", "lower_n_crimes"], table.loc["c1", "upper_n_crimes"]) == (2, 4)


def test_the_partition_keeps_solved_crimes_in_their_groups() -> None:
    table = force_series(GRAPH, OUTCOMES).set_index("crime_id")
    assert list(table.index) == sorted(CRIMES["crime_id"])
    assert table.loc[["s1", "s2", "c1", "c2"], "group_id"].tolist() == ["g"] * 4
    assert table.loc[["s1", "c1"], "n_crimes"].tolist() == [4, 4]
    # u is unsolved, but of an incident with a solved crime.
    assert table.loc["u", "group_id"] == "h"
    assert table.loc[["a", "b"], "cluster_id"].tolist() == ["a", "a"]
    assert table.loc["e", "cluster_id"] == "e"
    assert pd.isna(table.loc["e", "group_id"])


def test_sizes_count_every_crime_once_in_each_draw() -> None:
    sizes = force_sizes(GRAPH, WORK, OUTCOMES)
    every = sizes[sizes["kind"] == "all"]
    assert (every["n_crimes"] * every["expected_n"]).sum() == pytest.approx(len(CRIMES))
    unsolved = sizes[sizes["kind"] == "unsolved_only"]
    # a and b always, c 2 / 5, d 1 / 3 and e: crimes expected in no known group.
    assert (unsolved["n_crimes"] * unsolved["expected_n"]).sum() == pytest.approx(2 + 0.4 + 1 / 3 + 1, abs=0.15)


def test_streams_are_judged_on_numbers_and_on_undecided_pairs() -> None:
    table = force_agreement(GRAPH, WORK, OUTCOMES)
    assert list(table["quantity"][3:]) == ["a | b"]
    assert table["mean"].iloc[3] == pytest.approx(probability("a", "b"))
    assert table["rhat"].max() < 1.05
    assert table["ess_bulk"].min() > 200


def test_the_order_of_rows_changes_nothing() -> None:
    graph, work, outcomes = judged(CRIMES[::-1], LINKS.sample(frac=1.0, random_state=1))
    for table in (force_pairs, force_candidates, force_crimes, force_sizes, force_agreement):
        pd.testing.assert_frame_equal(table(graph, work, outcomes), table(GRAPH, WORK, OUTCOMES), check_exact=True)
    pd.testing.assert_frame_equal(force_series(graph, outcomes), force_series(GRAPH, OUTCOMES), check_exact=True)


def test_a_force_without_links_has_crimes_alone() -> None:
    graph, work, outcomes = judged(links=LINKS.head(0))
    assert force_pairs(graph, work, outcomes).empty
    assert (force_crimes(graph, work, outcomes)["p_alone"] == 1.0).all()
    assert force_series(graph, outcomes)["n_crimes"].sum() == 1 + 1 + 2 * 2 + 1 + 1 + 2 * 2 + 2 * 2
    sizes = force_sizes(graph, work, outcomes)
    assert sizes[sizes["kind"] == "unsolved_only"]["expected_n"].tolist() == [4.0, 1.0]
    assert len(force_agreement(graph, work, outcomes)) == 3
