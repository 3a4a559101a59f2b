"""The graph of links that co-linkage walks on: incidents as nodes, known groups as places where a walk ends."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

Ints = NDArray[np.int32]
LongInts = NDArray[np.int64]
Floats = NDArray[np.float64]


class LinkGraphError(ValueError):
    """Crimes and links do not make a graph."""


class LinkGraph(NamedTuple):
    """Links between nodes, each held in both directions; nodes of a known group stay single nodes with its number.

    Links between two known nodes are held too: a solved crime that is left out walks along them. No link joins a
    node to itself, and two nodes have one link at most.

    Attributes
    ----------
    start : int64, shape (n_nodes + 1,)
        Where the links of each node begin.
    neighbour : int32, shape (2 * n_links,)
        The node at the other end, ascending within a node.
    log_bf : float64, shape (2 * n_links,)
        Natural log of the Bayes factor.
    known_cluster : int64, shape (n_nodes,)
        Number of the known group, -1 for an unsolved node.
    n_known : int
        How many known groups there are.
    """

    start: LongInts
    neighbour: Ints
    log_bf: Floats
    known_cluster: LongInts
    n_known: int


@dataclass(frozen=True)
class CoLinkageGraph:
    """Crimes, the node of each, and the links between nodes.

    Nodes stand in the order of their first crime, groups in the order of their identifiers, so no order of rows
    matters.

    Parameters
    ----------
    crime_ids : str, shape (n_crimes,)
        Ascending.
    node_of_crime : int64, shape (n_crimes,)
    groups : tuple of str
        Identifier of each known group, ascending.
    arrays : LinkGraph
    is_solved : bool, shape (n_crimes,)
        Whether the crime itself has a known group; its node may have one though it has none.
    incident_of_crime : int64, shape (n_crimes,)
        Crimes of one incident have one number, crimes of none a number of their own.
    """

    crime_ids: NDArray[np.object_]
    node_of_crime: LongInts
    groups: tuple[str, ...]
    arrays: LinkGraph
    is_solved: NDArray[np.bool_]
    incident_of_crime: LongInts

    @property
    def n_nodes(self) -> int:
        """Number of nodes, known and unsolved."""
        return int(self.arrays.known_cluster.size)

    @property
    def unsolved_nodes(self) -> LongInts:
        """Nodes without a known group, ascending; shape (n_unsolved,)."""
        return np.flatnonzero(self.arrays.known_cluster < 0)

    @cached_property
    def known_cluster_of_crime(self) -> LongInts:
        """Number of each crime's known group, -1 where its node has none; shape (n_crimes,)."""
        return np.asarray(self.arrays.known_cluster[self.node_of_crime])

    @property
    def unsolved_ids(self) -> NDArray[np.object_]:
        """Identifiers of crimes that are not solved themselves, ascending."""
        return np.asarray(self.crime_ids[~self.is_solved])

    def node_crimes(self, node: int) -> NDArray[np.object_]:
        """Give the identifiers of the crimes of a node, ascending."""
        return np.asarray(self.crime_ids[self.node_of_crime == node])


def co_linkage_graph(
    crime_ids: Sequence[str] | NDArray[np.object_] | pd.Series,
    groups: Sequence[str | None] | NDArray[np.object_] | pd.Series,
    incidents: Sequence[str | None] | NDArray[np.object_] | pd.Series,
    links: pd.DataFrame,
) -> CoLinkageGraph:
    """Make one node of the crimes of each incident and one link of the strongest pair between two nodes.

    Unsolved crimes of an incident with one known group go with that group. An incident whose crimes are in several
    known groups gives one node to each group, and one unsolved node to its unsolved crimes: which group they go with
    is for the links to other incidents to say. Links within an incident are dropped even then: an incident's crimes
    are no evidence of one another.

    Parameters
    ----------
    crime_ids : str, shape (n_crimes,)
    groups : str or missing, shape (n_crimes,)
        Known group of each crime; missing for an unsolved one.
    incidents : str or missing, shape (n_crimes,)
        Incident of each crime; a crime without one is a node by itself.
    links : data frame
        ``crime_id_1``, ``crime_id_2`` and ``log_bf``, a row a pair; links of other crimes are refused.

    Raises
    ------
    LinkGraphError
        If lengths differ, identifiers repeat or are missing, or a link has an unknown crime or no finite log BF.
    """
    crimes = _crime_table(crime_ids, groups, incidents)
    incident = _incident_numbers(crimes)
    crimes["node"] = _nodes(crimes, incident)
    known, names = pd.factorize(crimes["group"], sort=True)
    n_nodes = int(crimes["node"].max()) + 1 if len(crimes) else 0
    known_cluster = np.full(n_nodes, -1, dtype=np.int64)
    is_known = known >= 0
    known_cluster[crimes["node"].to_numpy()[is_known]] = known[is_known]
    ids = crimes["crime_id"].to_numpy(dtype=object)
    node_of_crime = crimes["node"].to_numpy(dtype=np.int64)
    first, second, log_bf = _node_links(ids, node_of_crime, incident, links)
    arrays = link_graph(first, second, log_bf, known_cluster, len(names))
    return CoLinkageGraph(ids, node_of_crime, tuple(str(name) for name in names), arrays, is_known, incident)


def link_graph(first: LongInts, second: LongInts, log_bf: Floats, known_cluster: LongInts, n_known: int) -> LinkGraph:
    """Make the graph of links between numbered nodes; of several links of two nodes the strongest counts.

    Parameters
    ----------
    first, second : int64, shape (n_links,)
        Nodes, in either order; a link of a node with itself is dropped.
    log_bf : float64, shape (n_links,)
    known_cluster : int64, shape (n_nodes,)
        -1 for an unsolved node.
    n_known : int
    """
    n_nodes = known_cluster.size
    one, other = np.minimum(first, second), np.maximum(first, second)
    pair = (one * n_nodes + other)[one != other]
    log_bf = np.asarray(log_bf, dtype=np.float64)[one != other]
    order = np.lexsort((-log_bf, pair))
    pair, log_bf = pair[order], log_bf[order]
    is_first = np.diff(pair, prepend=-1) != 0
    pair, log_bf = pair[is_first], log_bf[is_first]
    one, other = pair // max(n_nodes, 1), pair % max(n_nodes, 1)
    origin, target = np.concatenate([one, other]), np.concatenate([other, one])
    order = np.argsort(origin * n_nodes + target)
    start = np.zeros(n_nodes + 1, dtype=np.int64)
    np.cumsum(np.bincount(origin, minlength=n_nodes), out=start[1:])
    both = np.concatenate([log_bf, log_bf])[order]
    return LinkGraph(start, target[order].astype(np.int32), both, known_cluster.astype(np.int64), n_known)


def components(graph: LinkGraph) -> LongInts:
    """Tell apart the parts of the graph that hang together through unsolved nodes; known nodes separate.

    Parts are independent in the posterior given the hyperparameters.

    Returns
    -------
    int64, shape (n_nodes,)
        Component of each unsolved node, numbered in the order of first nodes; -1 for a known node.
    """
    is_unsolved = graph.known_cluster < 0
    origin = np.repeat(np.arange(is_unsolved.size), np.diff(graph.start))
    walked = is_unsolved[origin] & is_unsolved[graph.neighbour]
    shape = (is_unsolved.size, is_unsolved.size)
    matrix = csr_matrix((np.ones(walked.sum(), np.bool_), (origin[walked], graph.neighbour[walked])), shape=shape)
    found = connected_components(matrix, directed=False)[1]
    component = np.full(is_unsolved.size, -1, dtype=np.int64)
    component[is_unsolved] = pd.factorize(found[is_unsolved])[0]
    return component


def component_graph(graph: LinkGraph, nodes: LongInts) -> LinkGraph:
    """Cut out unsolved nodes with the known nodes that they are linked to.

    Groups keep their numbers. Nodes keep their order, so the new number of a node is its rank among `nodes` and
    their known neighbours.

    Parameters
    ----------
    graph : LinkGraph
    nodes : int64, shape (n,)
        Whole components, each node once, as `components` tells them.

    Raises
    ------
    LinkGraphError
        If a node is known, or a linked unsolved node is missing.
    """
    chosen = np.zeros(graph.known_cluster.size, dtype=np.bool_)
    chosen[nodes] = True
    if np.any(graph.known_cluster[chosen] >= 0):
        raise LinkGraphError("nodes: expected unsolved nodes only; their known neighbours come along by themselves")
    origin = np.repeat(np.arange(chosen.size), np.diff(graph.start))
    touched = chosen[origin]
    boundary = graph.neighbour[touched]
    if np.any((graph.known_cluster[boundary] < 0) & ~chosen[boundary]):
        raise LinkGraphError("nodes: expected whole components, got a node linked to an unsolved one outside")
    keep_node = chosen.copy()
    keep_node[boundary] = True
    number = np.cumsum(keep_node) - 1
    keep = touched & (chosen[graph.neighbour] <= (origin < graph.neighbour))
    return link_graph(
        number[origin[keep]],
        number[graph.neighbour[keep]],
        graph.log_bf[keep],
        graph.known_cluster[keep_node],
        graph.n_known,
    )


def _crime_table(crime_ids: object, groups: object, incidents: object) -> pd.DataFrame:
    """Set identifiers, groups and incidents side by side, a row a crime in ascending order."""
    columns = {
        name: pd.Series(np.asarray(values, dtype=object), dtype=object)
        for name, values in (("crime_id", crime_ids), ("group", groups), ("incident", incidents))
    }
    lengths = {name: len(values) for name, values in columns.items()}
    if len(set(lengths.values())) > 1:
        raise LinkGraphError(f"crime_ids, groups, incidents: expected one value a crime each, got lengths {lengths}")
    crimes = pd.DataFrame(columns)
    if crimes["crime_id"].isna().any():
        raise LinkGraphError("crime_ids: expected an identifier for every crime, got a missing one")
    if crimes["crime_id"].duplicated().any():
        repeated = crimes.loc[crimes["crime_id"].duplicated(), "crime_id"].iloc[0]
        raise LinkGraphError(f"crime_ids: expected each crime once, got {repeated!r} twice; drop the duplicates")
    return crimes.sort_values("crime_id", ignore_index=True)


def _incident_numbers(crimes: pd.DataFrame) -> LongInts:
    incident = pd.factorize(crimes["incident"])[0].astype(np.int64)
    alone = incident < 0
    incident[alone] = len(crimes) + np.flatnonzero(alone)
    return incident


def _nodes(crimes: pd.DataFrame, incident: LongInts) -> LongInts:
    """Give each crime its node; nodes stand in the order of their first crime."""
    group_number = pd.factorize(crimes["group"])[0].astype(np.int64)
    of_incident = pd.Series(group_number).where(group_number >= 0).groupby(incident)
    only = of_incident.transform("min").where(of_incident.transform("nunique") == 1, -1.0)
    group_number = np.where(group_number < 0, only.to_numpy(), group_number).astype(np.int64)
    return pd.factorize(incident * (len(crimes) + 1) + group_number + 1)[0].astype(np.int64)


def _node_links(
    ids: NDArray[np.object_], node_of_crime: LongInts, incident: LongInts, links: pd.DataFrame
) -> tuple[LongInts, LongInts, Floats]:
    """Give the nodes and the log BF of every link between two incidents."""
    missing = {"crime_id_1", "crime_id_2", "log_bf"} - set(links.columns)
    if missing:
        raise LinkGraphError(f"links: expected the columns crime_id_1, crime_id_2 and log_bf, got none {min(missing)}")
    index = pd.Index(ids)
    first, second = (index.get_indexer(pd.Index(links[name])) for name in ("crime_id_1", "crime_id_2"))
    for name, rows in (("crime_id_1", first), ("crime_id_2", second)):
        if np.any(rows < 0):
            unknown = links[name].iloc[int(np.argmax(rows < 0))]
            raise LinkGraphError(f"links: {name} holds {unknown!r}, which is not among the crimes; drop its links")
    log_bf = links["log_bf"].to_numpy(dtype=np.float64)
    wrong = np.flatnonzero(~np.isfinite(log_bf))
    if wrong.size:
        one, two = (links[name].iloc[wrong[0]] for name in ("crime_id_1", "crime_id_2"))
        raise LinkGraphError(
            f"links: expected finite log_bf, got {wrong.size} of {log_bf.size} that are not, the first {one!r} with "
            f"{two!r}: {log_bf[wrong[0]]}; drop pairs that cannot share an offender, and learn the pair model again "
            "where it gave no number"
        )
    between = incident[first] != incident[second]
    return node_of_crime[first][between], node_of_crime[second][between], log_bf[between]
