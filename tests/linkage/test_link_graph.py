"""Incidents are nodes, groups end walks, and no order of rows matters."""

import numpy as np
import pandas as pd
import pytest

from linkage.link_graph import (
    CoLinkageGraph,
    LinkGraphError,
    co_linkage_graph,
    component_graph,
    components,
    link_graph,
)

IDS = ["a", "b", "c", "d", "e", "f"]
GROUPS = [None, "g2", None, "g1", None, None]
INCIDENTS = ["i1", "i1", "i2", "i3", None, None]
LINKS = pd.DataFrame(
    {
        "crime_id_1": ["a", "b", "c", "a", "e", "a"],
        "crime_id_2": ["c", "c", "d", "b", "f", "d"],
        "log_bf": [3.0, 5.0, 4.0, 9.0, -1.0, 2.0],
    }
)


def graph() -> CoLinkageGraph:
    return co_linkage_graph(IDS, GROUPS, INCIDENTS, LINKS)


def test_an_incident_with_a_solved_crime_is_a_known_node() -> None:
    made = graph()
    assert made.node_of_crime.tolist() == [0, 0, 1, 2, 3, 4]
    assert made.groups == ("g1", "g2")
    assert made.arrays.known_cluster.tolist() == [1, -1, 0, -1, -1]
    assert made.unsolved_ids.tolist() == ["a", "c", "e", "f"]  # a goes with b's group and is unsolved all the same
    assert made.is_solved.tolist() == [False, True, False, True, False, False]
    assert made.node_crimes(0).tolist() == ["a", "b"]


def test_the_strongest_pair_of_two_incidents_is_their_link_in_both_directions() -> None:
    arrays = graph().arrays
    assert arrays.start.tolist() == [0, 2, 4, 6, 7, 8]
    assert arrays.neighbour.tolist() == [1, 2, 0, 2, 0, 1, 4, 3]
    assert arrays.log_bf.tolist() == [5.0, 2.0, 5.0, 4.0, 2.0, 4.0, -1.0, -1.0]


def test_unsolved_crimes_of_an_incident_of_several_groups_are_a_node_of_their_own() -> None:
    """Whichever group's name comes first, the alphabet says nothing of who else was there."""
    links = pd.DataFrame([("a", "b", 9.0), ("b", "c", 9.0), ("b", "e", 2.0)], columns=LINKS.columns)
    for first, second in (("g1", "g9"), ("g9", "g1")):
        made = co_linkage_graph(
            ["a", "b", "c", "d", "e"], [first, None, second, None, None], ["i", "i", "i", "i", None], links
        )
        assert made.node_of_crime.tolist() == [0, 1, 2, 1, 3]
        assert (made.arrays.known_cluster < 0).tolist() == [False, True, False, True]
        assert made.arrays.neighbour.tolist() == [3, 1]  # links within the incident are dropped
        assert (made.incident_of_crime == made.incident_of_crime[0]).tolist() == [True] * 4 + [False]


def test_neither_the_order_of_crimes_nor_of_links_nor_of_a_pair_matters() -> None:
    order = [4, 2, 0, 5, 1, 3]
    links = LINKS.iloc[::-1].rename(columns={"crime_id_1": "crime_id_2", "crime_id_2": "crime_id_1"})
    moved = co_linkage_graph([IDS[i] for i in order], [GROUPS[i] for i in order], [INCIDENTS[i] for i in order], links)
    for mine, theirs in zip(moved.arrays, graph().arrays, strict=True):
        np.testing.assert_array_equal(mine, theirs)
    assert moved.node_of_crime.tolist() == graph().node_of_crime.tolist()


def test_known_nodes_separate_components() -> None:
    assert components(graph().arrays).tolist() == [-1, 0, -1, 1, 1]


def test_components_hold_the_links_of_their_nodes_and_no_other() -> None:
    cut = component_graph(graph().arrays, np.array([1]))
    assert cut.known_cluster.tolist() == [1, -1, 0]
    assert cut.neighbour.tolist() == [1, 0, 2, 1]
    assert cut.log_bf.tolist() == [5.0, 5.0, 4.0, 4.0]
    assert cut.n_known == 2


def test_a_part_of_a_component_is_refused() -> None:
    with pytest.raises(LinkGraphError, match="whole components"):
        component_graph(graph().arrays, np.array([3]))
    with pytest.raises(LinkGraphError, match="unsolved nodes only"):
        component_graph(graph().arrays, np.array([0]))


def test_no_crimes_and_no_links_make_an_empty_graph() -> None:
    empty = co_linkage_graph([], [], [], LINKS.iloc[:0])
    assert empty.n_nodes == 0
    assert components(empty.arrays).size == 0
    assert link_graph(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0), np.array([-1]), 0).start.size == 2


@pytest.mark.parametrize(
    ("ids", "links", "message"),
    [
        (["a", "a", "c", "d", "e", "f"], LINKS, "got 'a' twice"),
        (["a", "b", None, "d", "e", "f"], LINKS, "got a missing one"),
        (IDS[:5], LINKS, "one value a crime each"),
        (IDS, LINKS.drop(columns="log_bf"), "columns crime_id_1, crime_id_2 and log_bf"),
        (
            IDS,
            LINKS.assign(log_bf=[3.0, -np.inf, 4.0, np.nan, 1.0, 2.0]),
            r"expected finite log_bf, got 2 of 6 that are not, the first 'b' with 'c': -inf; drop pairs",
        ),
        (IDS, LINKS.assign(crime_id_2="z"), "crime_id_2 holds 'z'"),
    ],
)
def test_what_makes_no_graph_is_told(ids: list[str], links: pd.DataFrame, message: str) -> None:
    with pytest.raises(LinkGraphError, match=message):
        co_linkage_graph(ids, GROUPS, INCIDENTS, links)
