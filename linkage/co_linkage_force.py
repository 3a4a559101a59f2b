"""Force-wide co-linkage as tables of crimes, from the joined outcomes of all components."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from linkage.co_linkage_components import ForceWork
from linkage.diagnostics import COLUMNS, diagnose
from linkage.link_graph import CoLinkageGraph

LongInts = NDArray[np.int64]
Outcomes = Mapping[str, pd.DataFrame]

INTERVAL = (0.05, 0.95)


def force_pairs(graph: CoLinkageGraph, work: ForceWork, outcomes: Outcomes) -> pd.DataFrame:
    """List the pairs of crimes, one of them unsolved at least, that may share an offender.

    Two unsolved crimes count in the draws in which they are in one series. Those of different components meet only
    in a known group: each is in it independently of the other. An unsolved and a solved crime count with the
    probability of the group. Crimes of one incident are no result: they were taken together from the start.

    Returns
    -------
    DataFrame
        One row a pair from ``pair_floor`` on, ordered: crime_id_1 < crime_id_2, probability.
    """
    floor = work.settings.pair_floor
    groups = _known(outcomes, floor)
    known = graph.arrays.known_cluster
    solved = pd.DataFrame({"node_2": np.flatnonzero(known >= 0), "cluster": known[known >= 0]})
    of_groups = groups.rename(columns={"node": "node_1"}).merge(solved, on="cluster")
    parts = [outcomes["pairs"], _across_components(work, groups, floor), of_groups]
    columns = ["node_1", "node_2", "probability"]
    nodes = pd.concat([part[columns] for part in parts if len(part)] or [pd.DataFrame(columns=columns)])
    return _as_crimes(graph, nodes)


def force_candidates(graph: CoLinkageGraph, work: ForceWork, outcomes: Outcomes, most: int = 20) -> pd.DataFrame:
    """Rank for each unsolved crime the known groups, the other unsolved crimes, and somebody not yet known.

    Returns
    -------
    DataFrame
        One row a crime, kind and rank, ordered: crime_id, candidate_kind (`crime`, `known_group`, `nobody_known`),
        rank (within the kind), candidate_id (missing for nobody known), probability. At most ``most`` of a kind.
    """
    unsolved = _unsolved_crimes(graph)
    groups = unsolved.merge(_known(outcomes, work.settings.group_floor), on="node")
    groups = groups.assign(candidate_kind="known_group", candidate_id=_group_ids(graph)[groups["cluster"]])
    nobody = unsolved.merge(_nodes(graph, outcomes), on="node")
    nobody = nobody.assign(candidate_kind="nobody_known", candidate_id=None, probability=1.0 - nobody["p_known_group"])
    pairs = force_pairs(graph, work, outcomes)
    ends = ["crime_id_1", "crime_id_2"]
    both = [pairs.set_axis(["crime_id", "candidate_id", "probability"], axis=1)]
    both.append(pairs[[*ends[::-1], "probability"]].set_axis(["crime_id", "candidate_id", "probability"], axis=1))
    crimes = pd.concat(both).assign(candidate_kind="crime")
    is_between_unsolved = crimes[["crime_id", "candidate_id"]].isin(set(unsolved["crime_id"])).all(axis=1)
    columns = ["crime_id", "candidate_kind", "candidate_id", "probability"]
    table = pd.concat([part[columns] for part in (groups, nobody, crimes[is_between_unsolved])], ignore_index=True)
    table = table.sort_values(
        ["crime_id", "candidate_kind", "probability", "candidate_id"], ascending=[True, True, False, True]
    )
    rank = table.groupby(["crime_id", "candidate_kind"], sort=False).cumcount() + 1
    table.insert(2, "rank", rank.astype(np.int32))
    return table[table["rank"] <= most].reset_index(drop=True)


def force_crimes(graph: CoLinkageGraph, work: ForceWork, outcomes: Outcomes) -> pd.DataFrame:
    """Say of each unsolved crime what its series may be, how large, and how sure that is.

    Returns
    -------
    DataFrame
        One row an unsolved crime, ordered: crime_id; p_known_group, p_unsolved_crimes, p_alone (of its incident's
        crimes, if it has any), which sum to 1; expected_n_crimes, lower_n_crimes, upper_n_crimes (of its series;
        of a known group its solved crimes and those of the crime's component); entropy_bits over each known group,
        other unsolved crimes, and alone: 0 is certainty.
    """
    table = _unsolved_crimes(graph).merge(_nodes(graph, outcomes), on="node")
    groups = _known(outcomes, work.settings.group_floor)
    of_groups = np.bincount(
        groups["node"], weights=_surprise(groups["probability"].to_numpy()), minlength=graph.n_nodes
    )
    of_rest = [_surprise(table[name].to_numpy(np.float64)) for name in ("p_unsolved_crimes", "p_alone")]
    kept = ["crime_id", "p_known_group", "p_unsolved_crimes", "p_alone"]
    sizes = ["expected_n_crimes", "lower_n_crimes", "upper_n_crimes"]
    return table[[*kept, *sizes]].assign(entropy_bits=of_groups[table["node"]] + sum(of_rest))


def force_series(graph: CoLinkageGraph, outcomes: Outcomes) -> pd.DataFrame:
    """Give the partition that stands for all draws.

    Returns
    -------
    DataFrame
        One row a crime, ordered: crime_id, cluster_id (lowest crime_id of its series), group_id (known group, or
        missing), is_solved, n_crimes (in the series), support (mean probability of sharing the offender with each
        other node of its series in its component, a known group counting as one; missing for a node alone).
    """
    known = graph.arrays.known_cluster
    cluster, first, support = known.copy(), np.arange(graph.n_nodes), np.full(graph.n_nodes, np.nan)
    nodes = outcomes["nodes"]
    at = nodes["node"].to_numpy()
    cluster[at], first[at], support[at] = nodes["point_cluster"], nodes["point_first"], nodes["support"]
    label = np.where(cluster >= 0, cluster, graph.arrays.n_known + first)
    node = graph.node_of_crime
    table = pd.DataFrame({"crime_id": graph.crime_ids, "label": label[node]})
    by_label = table.groupby("label")["crime_id"]
    return pd.DataFrame(
        {
            "crime_id": table["crime_id"],
            "cluster_id": by_label.transform("min"),
            "group_id": _group_ids(graph)[np.minimum(label[node], graph.arrays.n_known)],
            "is_solved": known[node] >= 0,
            "n_crimes": by_label.transform("size").astype(np.int32),
            "support": support[node],
        }
    )


def force_sizes(graph: CoLinkageGraph, work: ForceWork, outcomes: Outcomes) -> pd.DataFrame:
    """Give the expected number of series of each size with its interval of 90%.

    Returns
    -------
    DataFrame
        One row a kind (`all`, `unsolved_only`) and size, ordered: kind, n_crimes, expected_n, lower_n, upper_n.
    """
    unsolved_only = _series_by_size(graph, work, outcomes)
    known = np.tile(work.group_weight, (work.settings.n_draws, 1))
    joined = outcomes["joined"]
    np.add.at(known, (joined["draw"], joined["cluster"]), joined["n_crimes"])
    width = max(unsolved_only.shape[1], int(known.max(initial=0)) + 1)
    every = np.zeros((work.settings.n_draws, width), dtype=np.int64)
    every[:, : unsolved_only.shape[1]] = unsolved_only
    np.add.at(every, (np.repeat(np.arange(len(known)), known.shape[1]), known.ravel()), 1)
    tables = []
    for kind, per_draw in (("all", every), ("unsolved_only", unsolved_only)):
        sizes = np.flatnonzero(per_draw[:, 1:].any(axis=0)) + 1
        lower, upper = np.quantile(per_draw[:, sizes], INTERVAL, axis=0, method="inverted_cdf")
        columns = {"n_crimes": sizes, "expected_n": per_draw[:, sizes].mean(axis=0), "lower_n": lower, "upper_n": upper}
        tables.append(pd.DataFrame({"kind": kind, **columns}))
    whole = {"n_crimes": np.int32, "lower_n": np.int32, "upper_n": np.int32}
    return pd.concat(tables, ignore_index=True).astype(whole)


def force_agreement(graph: CoLinkageGraph, work: ForceWork, outcomes: Outcomes, n_pairs: int = 20) -> pd.DataFrame:
    """Judge whether streams of draws agree on the number of series and on a sample of undecided pairs.

    Returns
    -------
    DataFrame
        As `diagnose` gives it: number of unsolved series, of those with two crimes or more, of crimes in known
        groups, then pairs, named as ``crime_id_1 | crime_id_2`` by their nodes' first crimes.
    """
    by_size = _series_by_size(graph, work, outcomes)
    joined = outcomes["joined"]
    in_groups = np.bincount(joined["draw"], weights=joined["n_crimes"], minlength=work.settings.n_draws)
    numbers = {
        "n_unsolved_series": by_size.sum(axis=1),
        "n_unsolved_series_of_two_or_more": by_size[:, 2:].sum(axis=1),
        "n_crimes_in_known_groups": in_groups,
    }
    judged = diagnose({name: trace.reshape(work.settings.n_streams, -1) for name, trace in numbers.items()})
    pairs = outcomes["agreement"].head(n_pairs)
    if pairs.empty:
        return judged
    first = np.unique(graph.node_of_crime, return_index=True)[1]
    names = [graph.crime_ids[first[pairs[end]]] for end in ("node_1", "node_2")]
    named = pairs.assign(quantity=[f"{one} | {two}" for one, two in zip(*names, strict=True)])
    return pd.concat([judged, named[list(COLUMNS)]], ignore_index=True)


def _known(outcomes: Outcomes, floor: float) -> pd.DataFrame:
    groups = outcomes["groups"]
    return groups[groups["probability"] >= floor]


def _across_components(work: ForceWork, groups: pd.DataFrame, floor: float) -> pd.DataFrame:
    """Pair nodes of different components that may both be in one known group; hyperparameters at their mean."""
    component = np.full(work.graph.known_cluster.size, -1)
    for number, nodes in enumerate(work.component_nodes):
        component[nodes] = number
    several = groups.assign(component=component[groups["node"]])
    several = several[several.groupby("cluster")["component"].transform("nunique") > 1]
    pairs = several.merge(several, on="cluster", suffixes=("_1", "_2"))
    pairs = pairs[(pairs["node_1"] < pairs["node_2"]) & (pairs["component_1"] != pairs["component_2"])]
    pairs = pairs.assign(probability=pairs["probability_1"] * pairs["probability_2"])
    summed = pairs.groupby(["node_1", "node_2"], as_index=False)["probability"].sum()
    return summed[summed["probability"] >= floor]


def _as_crimes(graph: CoLinkageGraph, nodes: pd.DataFrame) -> pd.DataFrame:
    """Take every crime of one node with every crime of the other."""
    crimes = pd.DataFrame({"node": graph.node_of_crime, "row": np.arange(graph.crime_ids.size)})
    pairs = nodes.astype({"node_1": np.int64, "node_2": np.int64, "probability": np.float64})
    for end in ("1", "2"):
        pairs = pairs.merge(crimes.rename(columns={"node": f"node_{end}", "row": f"row_{end}"}), on=f"node_{end}")
    rows = np.sort(pairs[["row_1", "row_2"]].to_numpy(), axis=1)
    order = np.lexsort((rows[:, 1], rows[:, 0]))
    ids = graph.crime_ids[rows[order]]
    probability = pairs["probability"].to_numpy()[order]
    return pd.DataFrame({"crime_id_1": ids[:, 0], "crime_id_2": ids[:, 1], "probability": probability})


def _nodes(graph: CoLinkageGraph, outcomes: Outcomes) -> pd.DataFrame:
    """Add the unsolved nodes without a link to those that were judged."""
    weight = np.bincount(graph.node_of_crime, minlength=graph.n_nodes)
    judged = outcomes["nodes"]
    without = np.setdiff1d(graph.unsolved_nodes, judged["node"])
    alone = pd.DataFrame(
        {
            "node": without,
            "p_known_group": 0.0,
            "p_unsolved_crimes": 0.0,
            "p_alone": 1.0,
            "expected_n_crimes": weight[without].astype(np.float64),
            "lower_n_crimes": weight[without],
            "upper_n_crimes": weight[without],
        }
    )
    table = pd.concat([part for part in (judged, alone) if len(part)] or [alone]).sort_values("node")
    return table.astype({"node": np.int64, "lower_n_crimes": np.int32, "upper_n_crimes": np.int32})


def _series_by_size(graph: CoLinkageGraph, work: ForceWork, outcomes: Outcomes) -> LongInts:
    """Count series without a known group: (n_draws, largest size + 1)."""
    sizes = outcomes["sizes"]
    lonely = work.node_weight[(np.diff(work.graph.start) == 0) & (work.graph.known_cluster < 0)]
    width = max(int(sizes["n_crimes"].to_numpy().max(initial=0)), int(lonely.max(initial=0))) + 1
    count = np.zeros((work.settings.n_draws, width), dtype=np.int64)
    count[sizes["draw"], sizes["n_crimes"]] = sizes["n_series"]
    return np.asarray(count + np.bincount(lonely, minlength=width))


def _unsolved_crimes(graph: CoLinkageGraph) -> pd.DataFrame:
    is_unsolved = graph.known_cluster_of_crime < 0
    return pd.DataFrame({"crime_id": graph.crime_ids[is_unsolved], "node": graph.node_of_crime[is_unsolved]})


def _group_ids(graph: CoLinkageGraph) -> NDArray[np.object_]:
    """Give identifiers by number of the group, and None after the last."""
    return np.array([*graph.groups, None], dtype=object)


def _surprise(probability: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(-probability * np.log2(np.where(probability > 0.0, probability, 1.0)))
