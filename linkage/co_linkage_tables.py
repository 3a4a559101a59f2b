"""What force-wide co-linkage says of crimes: from nodes, which are incidents, to the crimes and people of a force.

Unsolved crimes of one incident have the same figures; crimes of one incident are never a candidate of one another. An
unsolved crime of an incident whose solved crimes are in one known group stands with that group, surely. Probabilities
are of *may be linked*.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from linkage.link_graph import CoLinkageGraph, components

Floats = npt.NDArray[np.float64]
LongInts = npt.NDArray[np.int64]
Outcome = Mapping[str, pd.DataFrame]

SIZE_COLUMNS = ("expected_n_crimes", "lower_n_crimes", "upper_n_crimes")
OUTCOME_COLUMNS = ("p_known_group", "p_unsolved_crimes", "p_alone", *SIZE_COLUMNS, "entropy_bits")
INTERVAL = (0.05, 0.95)


class _Ends(NamedTuple):
    """Both crimes of each pair as positions among the crimes, and the pair's probability."""

    first: LongInts
    second: LongInts
    probability: Floats


def crime_pairs(graph: CoLinkageGraph, outcome: Outcome, floor: float) -> pd.DataFrame:
    """List the pairs with an unsolved crime that share an offender with a probability of at least ``floor``.

    Returns
    -------
    DataFrame
        One row a pair: crime_id_1 < crime_id_2, probability; strongest first.
    """
    between, to_group = _between_unsolved(graph, outcome, floor), _to_solved(graph, outcome, floor)
    first, second = (np.concatenate([between[at], to_group[at]]) for at in (0, 1))
    table = pd.DataFrame(
        {
            "crime_id_1": graph.crime_ids[np.minimum(first, second)],
            "crime_id_2": graph.crime_ids[np.maximum(first, second)],
            "probability": np.concatenate([between.probability, to_group.probability]),
        }
    )
    return table.sort_values(
        ["probability", "crime_id_1", "crime_id_2"], ascending=[False, True, True], ignore_index=True
    )


def ranked_candidates(
    graph: CoLinkageGraph, outcome: Outcome, offender_crimes: pd.DataFrame, floor: float, top_k: int
) -> pd.DataFrame:
    """Rank for each unsolved crime known groups, their offenders, other unsolved crimes, and nobody known.

    Parameters
    ----------
    offender_crimes
        person_id, crime_id of solved crimes. An offender has the sum of the groups that he or she is in; those of
        one crime may add up to more than 1, since co-offenders come together.
    floor, top_k
        Least probability (nobody is told whatever it is), and most candidates of each kind of a crime.

    Returns
    -------
    DataFrame
        One row a candidate: crime_id, candidate_kind (group, offender, crime, nobody), rank from 1 within the kind,
        candidate_id (missing for nobody), probability. Groups and nobody add up to 1 but for what is left out.
    """
    groups = _group_rows(graph, outcome)
    between = _between_unsolved(graph, outcome, floor)
    both_ways = pd.DataFrame(
        {
            "crime": np.concatenate([between.first, between.second]),
            "candidate_id": graph.crime_ids[np.concatenate([between.second, between.first])],
            "probability": np.tile(between.probability, 2),
        }
    )
    kinds = {
        "group": groups.assign(candidate_id=np.array(graph.groups, dtype=object)[groups["cluster"]]),
        "offender": _by_offender(groups, graph, offender_crimes),
        "crime": both_ways,
        "nobody": _nobody(graph, outcome),
    }
    table = pd.concat(
        [rows[["crime", "candidate_id", "probability"]].assign(candidate_kind=kind) for kind, rows in kinds.items()],
        ignore_index=True,
    )
    kept = table[(table["probability"] >= floor) | (table["candidate_kind"] == "nobody")].sort_values(
        ["crime", "candidate_kind", "probability", "candidate_id"], ascending=[True, True, False, True]
    )
    kept["rank"] = kept.groupby(["crime", "candidate_kind"]).cumcount() + 1
    kept = kept[kept["rank"] <= top_k]
    kept.insert(0, "crime_id", graph.crime_ids[kept["crime"]])
    return kept[["crime_id", "candidate_kind", "rank", "candidate_id", "probability"]].reset_index(drop=True)


def leads_above(candidates: pd.DataFrame, line: float) -> pd.DataFrame:
    """Return the candidates that are somebody or something and not below the line, as they are ranked."""
    chosen = (candidates["candidate_kind"] != "nobody") & (candidates["probability"] >= line)
    return candidates.loc[chosen].drop(columns="rank").reset_index(drop=True)


def crime_outcomes(graph: CoLinkageGraph, outcome: Outcome, candidates: pd.DataFrame) -> pd.DataFrame:
    """Say of each unsolved crime what its series may be, how large, and with what it may be linked most probably.

    Parameters
    ----------
    candidates
        As `ranked_candidates` gives them.

    Returns
    -------
    DataFrame
        One row an unsolved crime: crime_id; p_known_group, p_unsolved_crimes, p_alone, which sum to 1;
        expected_n_crimes of its series, itself among them, with its 90% interval lower_n_crimes, upper_n_crimes;
        entropy_bits over each known group, other unsolved crimes, and alone; candidate_kind (group or crime),
        candidate_id, probability of the strongest candidate, missing where there is none.
    """
    of_nodes = _all_nodes(graph, outcome)
    node = graph.node_of_crime[~graph.is_solved]
    table = of_nodes.iloc[np.searchsorted(of_nodes["node"], node)][list(OUTCOME_COLUMNS)].reset_index(drop=True)
    table.insert(0, "crime_id", graph.unsolved_ids)
    best = candidates[candidates["candidate_kind"].isin(("group", "crime")) & (candidates["rank"] == 1)]
    best = best.sort_values(["probability", "candidate_kind"], ascending=[False, False]).drop_duplicates("crime_id")
    return table.merge(best.drop(columns="rank"), on="crime_id", how="left", validate="one_to_one")


def point_series(graph: CoLinkageGraph, outcome: Outcome) -> pd.DataFrame:
    """Say for every crime in which series it is by the partition that is nearest to all draws.

    Returns
    -------
    DataFrame
        One row a crime: crime_id; cluster_id, the known group or the lowest crime of the series; group_id, missing
        where no group is known; is_solved, whether the crime itself was; n_crimes of the series; support,
        the mean probability that it shares its offender with the others of it (missing for known crimes and ones
        alone).
    """
    cluster, first = graph.arrays.known_cluster.copy(), np.arange(graph.n_nodes)
    support = np.full(graph.n_nodes, np.nan)
    nodes = outcome["nodes"]
    if len(nodes):
        at = nodes["node"].to_numpy()
        cluster[at], first[at], support[at] = (nodes[name] for name in ("point_cluster", "point_first", "support"))
    lowest = graph.crime_ids[np.unique(graph.node_of_crime, return_index=True)[1]]
    group = np.array([*graph.groups, None], dtype=object)[cluster]
    name = np.where(cluster >= 0, group, lowest[first])[graph.node_of_crime]
    return pd.DataFrame(
        {
            "crime_id": graph.crime_ids,
            "cluster_id": name,
            "group_id": group[graph.node_of_crime],
            "is_solved": graph.is_solved,
            "n_crimes": pd.Series(name).groupby(name).transform("size").to_numpy(),
            "support": support[graph.node_of_crime],
        }
    )


def series_by_draw(graph: CoLinkageGraph, outcome: Outcome, n_draws: int) -> dict[str, LongInts]:
    """Count in each draw the series of each size.

    Returns
    -------
    dict of int64, shape (n_draws, n_sizes)
        `all` and `unsolved_only` (without a known group): series of as many crimes as the column's number.
    """
    weight = np.bincount(graph.node_of_crime, minlength=graph.n_nodes)
    known = graph.arrays.known_cluster
    of_groups = _group_sizes(graph, outcome, n_draws)
    # A node without a link is in no outcome: its crimes are a series in every draw.
    nodes = outcome["nodes"]
    is_linked = np.isin(np.arange(graph.n_nodes), nodes["node"] if len(nodes) else [])
    alone = np.bincount(weight[(known < 0) & ~is_linked])
    drawn = outcome["sizes"]["n_crimes"].max() if len(outcome["sizes"]) else 0
    largest = max(int(of_groups.max(initial=0)), alone.size - 1, int(drawn))
    unsolved_only = np.zeros((n_draws, largest + 1), dtype=np.int64)
    unsolved_only[:, : alone.size] += alone
    _add(unsolved_only, outcome["sizes"], "n_crimes", "n_series")
    every = unsolved_only.copy()
    np.add.at(every, (np.repeat(np.arange(n_draws), of_groups.shape[1]), of_groups.ravel()), 1)
    return {"all": every, "unsolved_only": unsolved_only}


def series_sizes(counts: Mapping[str, LongInts]) -> pd.DataFrame:
    """Give the expected number of series of each size with its interval of 90%.

    Parameters
    ----------
    counts
        As `series_by_draw` gives them.

    Returns
    -------
    DataFrame
        One row a kind and size that some draw has: kind, n_crimes, expected_n, lower_n, upper_n (series).
    """
    tables = []
    for kind, per_draw in counts.items():
        met = np.flatnonzero(per_draw.any(axis=0))
        lower, upper = np.quantile(per_draw[:, met], INTERVAL, axis=0, method="inverted_cdf")
        numbers = {"expected_n": per_draw[:, met].mean(axis=0), "lower_n": lower, "upper_n": upper}
        tables.append(pd.DataFrame({"kind": kind, "n_crimes": met, **numbers}))
    return pd.concat(tables, ignore_index=True).astype({"lower_n": np.int64, "upper_n": np.int64})


def _group_sizes(graph: CoLinkageGraph, outcome: Outcome, n_draws: int) -> LongInts:
    """Count the crimes of each known group in each draw, those of all components: (n_draws, n_groups)."""
    known = graph.known_cluster_of_crime
    joined = np.zeros((n_draws, len(graph.groups)), dtype=np.int64)
    _add(joined, outcome["joined"], "cluster", "n_crimes")
    return joined + np.bincount(known[known >= 0], minlength=len(graph.groups))


def _between_unsolved(graph: CoLinkageGraph, outcome: Outcome, floor: float) -> _Ends:
    """Pair unsolved crimes: as drawn within a component; of two components, which meet in known groups only."""
    parts = [part for part in (outcome["pairs"], _across_components(graph, outcome["groups"], floor)) if len(part)]
    if not parts:
        return _Ends(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))
    pairs = pd.concat(parts, ignore_index=True)
    chosen = pairs[pairs["probability"] >= floor]
    first = _crimes_of(graph, chosen["node_1"].to_numpy())
    second = _crimes_of(graph, chosen["node_2"].to_numpy()[first[0]])
    row = first[0][second[0]]
    return _Ends(first[1][second[0]], second[1], chosen["probability"].to_numpy()[row])


def _across_components(graph: CoLinkageGraph, groups: pd.DataFrame, floor: float) -> pd.DataFrame:
    """Pair nodes of different components that may be in one known group, each independently of the other."""
    likely = groups[groups["probability"] >= floor] if len(groups) else groups
    if not len(likely):
        return pd.DataFrame()
    likely = likely.assign(component=components(graph.arrays)[likely["node"]])
    several = likely[likely.groupby("cluster")["component"].transform("nunique") > 1]
    both = several.merge(several, on="cluster", suffixes=("_1", "_2"))
    both = both[(both["node_1"] < both["node_2"]) & (both["component_1"] != both["component_2"])]
    both = both.assign(probability=both["probability_1"] * both["probability_2"])
    return pd.DataFrame(both.groupby(["node_1", "node_2"], as_index=False)[["probability"]].sum())


def _to_solved(graph: CoLinkageGraph, outcome: Outcome, floor: float) -> _Ends:
    """Pair each unsolved crime with every crime of the known groups that it may be in, but for its own incident's."""
    rows = _group_rows(graph, outcome)
    rows = rows[rows["probability"] >= floor]
    members = np.argsort(graph.known_cluster_of_crime, kind="stable")
    members = members[graph.known_cluster_of_crime[members] >= 0]
    starts = np.searchsorted(graph.known_cluster_of_crime[members], np.arange(len(graph.groups) + 1))
    row, other = _expanded(rows["cluster"].to_numpy(), starts, members)
    crime = rows["crime"].to_numpy()[row]
    # Two unsolved crimes that stand with one group meet twice.
    is_twice = (graph.known_cluster_of_crime[crime] >= 0) & ~graph.is_solved[other] & (crime > other)
    kept = (graph.incident_of_crime[crime] != graph.incident_of_crime[other]) & ~is_twice
    return _Ends(crime[kept], other[kept], rows["probability"].to_numpy()[row[kept]])


def _crimes_of(graph: CoLinkageGraph, nodes: LongInts) -> tuple[LongInts, LongInts]:
    """Return for each crime of the nodes, in turn, the position of its node among them and its own position."""
    members = np.argsort(graph.node_of_crime, kind="stable")
    starts = np.searchsorted(graph.node_of_crime[members], np.arange(graph.n_nodes + 1))
    return _expanded(nodes, starts, members)


def _expanded(keys: LongInts, starts: LongInts, members: LongInts) -> tuple[LongInts, LongInts]:
    count = starts[keys + 1] - starts[keys]
    row = np.repeat(np.arange(keys.size), count)
    within = np.arange(row.size) - np.repeat(np.cumsum(count) - count, count)
    return row, members[starts[keys[row]] + within]


def _group_rows(graph: CoLinkageGraph, outcome: Outcome) -> pd.DataFrame:
    """Return crime (position), cluster, probability: one row an unsolved crime and known group."""
    given = np.flatnonzero(~graph.is_solved & (graph.known_cluster_of_crime >= 0))
    sure = pd.DataFrame({"crime": given, "cluster": graph.known_cluster_of_crime[given], "probability": 1.0})
    groups = outcome["groups"]
    if not len(groups):
        return sure
    row, crime = _crimes_of(graph, groups["node"].to_numpy())
    chosen = groups[["cluster", "probability"]].iloc[row].reset_index(drop=True).assign(crime=crime)
    return pd.concat([chosen.astype({"cluster": np.int64}), sure], ignore_index=True) if len(sure) else chosen


def _by_offender(groups: pd.DataFrame, graph: CoLinkageGraph, offender_crimes: pd.DataFrame) -> pd.DataFrame:
    position = pd.Index(graph.crime_ids).get_indexer(pd.Index(offender_crimes["crime_id"]))
    cluster = np.where(position >= 0, graph.known_cluster_of_crime[position], -1)
    people = pd.DataFrame({"cluster": cluster, "candidate_id": offender_crimes["person_id"].to_numpy(dtype=object)})
    members = people[cluster >= 0].drop_duplicates()
    joined = groups.merge(members, on="cluster")
    return pd.DataFrame(joined.groupby(["crime", "candidate_id"], as_index=False)[["probability"]].sum())


def _nobody(graph: CoLinkageGraph, outcome: Outcome) -> pd.DataFrame:
    known = (graph.arrays.known_cluster >= 0).astype(np.float64)
    nodes = outcome["nodes"]
    if len(nodes):
        known[nodes["node"]] = nodes["p_known_group"]
    rows = np.flatnonzero(~graph.is_solved)
    return pd.DataFrame({"crime": rows, "candidate_id": None, "probability": 1.0 - known[graph.node_of_crime[rows]]})


def _all_nodes(graph: CoLinkageGraph, outcome: Outcome) -> pd.DataFrame:
    """Return node and the columns of `OUTCOME_COLUMNS` of every node with an unsolved crime, linked or not."""
    weight = np.bincount(graph.node_of_crime, minlength=graph.n_nodes)
    table = pd.DataFrame(0.0, index=np.unique(graph.node_of_crime[~graph.is_solved]), columns=list(OUTCOME_COLUMNS))
    cluster = graph.arrays.known_cluster[table.index]
    table["p_known_group"], table["p_alone"] = (cluster >= 0) * 1.0, (cluster < 0) * 1.0
    for name in SIZE_COLUMNS:
        table[name] = weight[table.index].astype(np.float64)
    nodes = outcome["nodes"]
    if len(nodes):
        given = nodes.set_index("node")
        with_entropy = given.assign(entropy_bits=_entropy_bits(given, outcome["groups"]))
        table.loc[given.index] = with_entropy[list(OUTCOME_COLUMNS)].astype(np.float64)
    of_groups = _group_sizes(graph, outcome, _n_draws(outcome))
    of_given = of_groups[:, cluster[cluster >= 0]]
    ends = np.quantile(of_given, INTERVAL, axis=0, method="inverted_cdf")
    table.loc[cluster >= 0, list(SIZE_COLUMNS)] = np.column_stack([of_given.mean(axis=0), *ends])
    joined = _sizes_of_members(outcome, of_groups)
    table.loc[joined.index, list(SIZE_COLUMNS)] = joined
    whole = dict.fromkeys(SIZE_COLUMNS[1:], np.int64)
    return pd.DataFrame(table.astype(whole)).rename_axis("node").reset_index()


def _n_draws(outcome: Outcome) -> int:
    """Count the draws: every draw of a component leaves a series without a known group, or crimes that join one."""
    return max([1 + int(outcome[name]["draw"].max()) for name in ("sizes", "joined") if len(outcome[name])], default=1)


def _sizes_of_members(outcome: Outcome, of_groups: LongInts) -> pd.DataFrame:
    """Return `SIZE_COLUMNS` of nodes that are in groups which other components join too, by node."""
    members, elsewhere = outcome["members"], outcome["elsewhere"]
    if not len(members):
        return pd.DataFrame(columns=list(SIZE_COLUMNS), dtype=np.float64)
    size = of_groups[members["draw"].to_numpy(), members["cluster"].to_numpy()]
    node = np.concatenate([members["node"], elsewhere["node"]])
    n_crimes = np.concatenate([size, elsewhere["n_crimes"]])
    n_draws = np.concatenate([np.ones(size.size, np.int64), elsewhere["n_draws"]])
    order = np.lexsort((n_crimes, node))
    node, n_crimes, n_draws = node[order], n_crimes[order], n_draws[order]
    found, first = np.unique(node, return_index=True)
    reached = np.cumsum(n_draws)
    before = reached[first] - n_draws[first]
    total = np.add.reduceat(n_draws, first)
    # The smallest size that at least a share of the node's draws do not exceed; 1e-9 forgives 0.05 its last bit.
    ends = [n_crimes[np.searchsorted(reached, before + np.ceil(share * total - 1e-9))] for share in INTERVAL]
    mean = np.add.reduceat(n_crimes * n_draws, first) / total
    return pd.DataFrame(np.column_stack([mean, *ends]), index=found, columns=list(SIZE_COLUMNS))


def _entropy_bits(nodes: pd.DataFrame, groups: pd.DataFrame) -> pd.Series:
    of_groups = pd.Series(0.0, index=nodes.index)
    if len(groups):
        surprise = pd.Series(_surprise(groups["probability"].to_numpy()), index=groups["node"]).groupby(level=0).sum()
        of_groups = of_groups.add(surprise, fill_value=0.0).reindex(nodes.index)
    rest = _surprise(nodes["p_unsolved_crimes"].to_numpy()) + _surprise(nodes["p_alone"].to_numpy())
    return of_groups + rest


def _surprise(probability: Floats) -> Floats:
    return np.asarray(-probability * np.log2(np.where(probability > 0.0, probability, 1.0)))


def _add(counts: LongInts, rows: pd.DataFrame, column: str, amount: str) -> None:
    if len(rows):
        np.add.at(counts, (rows["draw"].to_numpy(), rows[column].to_numpy()), rows[amount].to_numpy())
