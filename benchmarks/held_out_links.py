"""The pair model of a case: the graph of its links, and how each crime links with each known group.

A model that judges solved crimes which it was trained on finds them too alike, so what is learned by leaving solved
crimes out is learned on log Bayes factors of models that have not seen the crime's connected group (five folds).
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.held_out_cases import Case
from linkage.link_graph import CoLinkageGraph, co_linkage_graph
from linkage.series import groups_of_crimes

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
PairScore = Callable[[Ints, Ints], Floats]


class CaseLinks(NamedTuple):
    """What one pair model says of a case.

    Attributes
    ----------
    graph : CoLinkageGraph
        Incidents as nodes, with the log Bayes factors of the model trained on all labels that are left.
    asked_nodes, group_links
        Node of each crime asked about; node, group (number), single and average of every unsolved node.
    left_out : DataFrame
        The same of every known node, seen by a model that has not been trained on it.
    unseen_graph : CoLinkageGraph
        The graph with every link's log Bayes factor from models that have not been trained on its ends' labels (the
        mean of two models between two known nodes): what a model of the whole graph learns on.
    prior_log_odds : float
    """

    graph: CoLinkageGraph
    asked_nodes: Ints
    group_links: pd.DataFrame
    left_out: pd.DataFrame
    unseen_graph: CoLinkageGraph
    prior_log_odds: float


def case_graph(case: Case, links: pd.DataFrame) -> CoLinkageGraph:
    """Make the graph of a case; groups keep the case's numbers."""
    graph = co_linkage_graph(case.crimes["crime_id"], case.known_group, case.crimes["incident_id"], links)
    if graph.groups != case.groups:
        raise ValueError(f"case: expected the groups {case.groups[:3]}..., got {graph.groups[:3]}...; order them")
    return graph


def unseen_log_bf(first: Ints, second: Ints, fold: Ints, full: PairScore, without: Sequence[PairScore]) -> Floats:
    """Score pairs by models that have not been trained on the labels of either end, by their mean where there are two.

    Parameters
    ----------
    first, second : int64, shape (n_pairs,)
        Row positions.
    fold : int64, shape (n_crimes,)
        Fold of each crime's connected group, -1 for an unsolved crime.
    full : callable
        Score of the model trained on all labels.
    without : sequence of callable
        Score of the model trained without each fold.
    """
    total, n_models = np.zeros(len(first)), np.zeros(len(first))
    for number, score in enumerate(without):
        chosen = (fold[first] == number) | (fold[second] == number)
        total[chosen] += score(first[chosen], second[chosen])
        n_models[chosen] += 1.0
    unsolved = n_models == 0.0
    total[unsolved] = full(first[unsolved], second[unsolved])
    return total / np.maximum(n_models, 1.0)


def folds(case: Case, n_folds: int, seed: int) -> Ints:
    """Deal connected groups to folds and return the fold of each crime, -1 of an unsolved one."""
    groups = groups_of_crimes(case.series)
    names = np.sort(groups.unique())
    fold = dict(zip(np.random.default_rng(seed).permutation(names), np.arange(len(names)) % n_folds, strict=True))
    return case.crimes["crime_id"].map(groups.map(fold)).fillna(-1).to_numpy(dtype=np.int64)


def all_group_tasks(nodes: Ints, n_groups: int) -> tuple[Ints, Ints]:
    """Return every node with every group."""
    return np.repeat(nodes, n_groups), np.tile(np.arange(n_groups), len(nodes))


def led_to_groups(graph: CoLinkageGraph, first: Ints, second: Ints, nodes: Ints) -> tuple[Ints, Ints]:
    """Return nodes, among those given, with the groups that pairs of crimes (rows) lead to, each pair of them once."""
    one, other = (
        graph.node_of_crime[np.concatenate([first, second])],
        graph.node_of_crime[np.concatenate([second, first])],
    )
    group = graph.arrays.known_cluster[other]
    chosen = np.zeros(graph.n_nodes, dtype=np.bool_)
    chosen[nodes] = True
    kept = chosen[one] & (group >= 0)
    joined = np.unique(one[kept] * graph.arrays.n_known + group[kept])
    return joined // graph.arrays.n_known, joined % graph.arrays.n_known


def group_links(graph: CoLinkageGraph, incident: Ints, node: Ints, group: Ints, score: PairScore) -> pd.DataFrame:
    """Score nodes against the other incidents of groups.

    Two nodes link as strongly as their strongest pair of crimes. Nodes of one incident say nothing of each other and
    are passed over, the node itself included.

    Parameters
    ----------
    graph : CoLinkageGraph
    incident : int64, shape (n_nodes,)
        Equal for nodes of one incident.
    node, group : int64, shape (n,)
        To be scored together.
    score : callable
        Gives log Bayes factors of pairs of row positions in order of crime_id.

    Returns
    -------
    DataFrame
        node, group, single (largest), average over the group's nodes; no row where no other incident is left.
    """
    members, member_start = _sorted_by(graph.arrays.known_cluster, graph.arrays.n_known)
    crimes, crime_start = _sorted_by(graph.node_of_crime, graph.n_nodes)
    task, other = _expand(group, members, member_start)
    kept = incident[node[task]] != incident[other]
    task, other = task[kept], other[kept]
    one_pair, one = _expand(node[task], crimes, crime_start)
    two_pair, two = _expand(other[one_pair], crimes, crime_start)
    pair, one = one_pair[two_pair], one[two_pair]
    log_bf = np.full(len(task), -np.inf)
    np.maximum.at(log_bf, pair, score(np.minimum(one, two), np.maximum(one, two)))
    table = pd.DataFrame({"node": node[task], "group": group[task], "log_bf": log_bf})
    grouped = table.groupby(["node", "group"])["log_bf"]
    return pd.DataFrame({"single": grouped.max(), "average": grouped.mean()}).reset_index()


def incident_of_node(case: Case, graph: CoLinkageGraph) -> Ints:
    """Return the number of each node's incident; a crime without one is an incident of its own."""
    number = pd.factorize(case.crimes["incident_id"])[0].astype(np.int64)
    number = np.where(number < 0, len(number) + np.arange(len(number)), number)
    of_node = np.empty(graph.n_nodes, dtype=np.int64)
    of_node[graph.node_of_crime] = number
    return of_node


def _sorted_by(label: Ints, n_labels: int) -> tuple[Ints, Ints]:
    """Return positions in order of their label, and where each label begins; a label below 0 is left out."""
    order = np.argsort(label, kind="stable")
    order = order[label[order] >= 0]
    return order.astype(np.int64), np.searchsorted(label[order], np.arange(n_labels + 1)).astype(np.int64)


def _expand(keys: Ints, values: Ints, start: Ints) -> tuple[Ints, Ints]:
    """Return the position of each key repeated for its values, and those values."""
    size = start[keys + 1] - start[keys]
    position = np.repeat(np.arange(len(keys)), size)
    within = np.arange(len(position)) - np.repeat(np.cumsum(size) - size, size)
    return position, values[start[keys[position]] + within]
