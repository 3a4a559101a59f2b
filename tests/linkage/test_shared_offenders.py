"""Known groups that have somebody in common."""

import pandas as pd

from linkage.link_graph import co_linkage_graph
from linkage.shared_offenders import shared_offenders

NO_LINKS = pd.DataFrame({"crime_id_1": [], "crime_id_2": [], "log_bf": []})


def test_groups_share_whoever_is_in_both_and_always_themselves():
    graph = co_linkage_graph(["A", "B", "C", "D", "E"], ["g", "h", "i", "j", None], [None] * 5, NO_LINKS)
    people = pd.DataFrame(
        [("P", "A"), ("Q", "A"), ("Q", "B"), ("R", "C"), ("P", "elsewhere"), ("R", "E")],
        columns=["person_id", "crime_id"],
    )
    shared = shared_offenders(graph, people)
    groups = [shared.cluster[a:b].tolist() for a, b in zip(shared.start[:-1], shared.start[1:], strict=True)]
    assert groups == [[0, 1], [0, 1], [2], [3]]


def test_a_force_without_known_groups_shares_nobody():
    graph = co_linkage_graph(["A"], [None], [None], NO_LINKS)
    shared = shared_offenders(graph, pd.DataFrame({"person_id": [], "crime_id": []}))
    assert shared.start.tolist() == [0]
    assert len(shared.cluster) == 0
