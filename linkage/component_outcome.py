"""What the draws of one component say: pairs, known groups, each node's series, sizes, and whether streams agree.

Tables hold numbers of nodes, not of crimes, so that they are small; crimes come in when all components are joined.
"""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import pandas as pd
from numba import njit
from numpy.typing import NDArray
from scipy.sparse import csr_array

from linkage.diagnostics import diagnose
from linkage.label_draws import Ints, LabelDraws, LongInts
from linkage.point_estimate import PartitionLoss, SearchSettings, point_estimate
from linkage.posterior_pairs import pair_probabilities

Floats = NDArray[np.float64]

SEARCH = SearchSettings(n_draw_starts=1, n_greedy_starts=1, n_screened=20)
INTERVAL = (0.05, 0.95)
ROWS_AT_ONCE, COLUMNS_AT_ONCE = 25, 2_000


class ComponentDraws(NamedTuple):
    """Draws of a component with what is needed to read them.

    Attributes
    ----------
    nodes : int64, shape (n_nodes,)
        Numbers of the component's nodes in the whole graph, ascending.
    labels : int32, shape (n_draws, n_nodes)
        Number of a known group, or ``n_known`` or more; equal numbers in a row are one series.
    n_known : int
    node_weight : int64, shape (n_nodes,)
        Crimes of each node.
    group_weight : int64, shape (n_known,)
        Solved crimes of each known group.
    """

    nodes: LongInts
    labels: Ints
    n_known: int
    node_weight: LongInts
    group_weight: LongInts


def component_pairs(draws: ComponentDraws, floor: float) -> pd.DataFrame:
    """List pairs of nodes in one series in at least a share ``floor`` of draws.

    Returns
    -------
    DataFrame
        One row a pair, ordered: node_1 < node_2 (int32), probability.
    """
    pairs = pair_probabilities(_label_draws(draws.labels), floor)
    ends = {name: draws.nodes[pairs[row]].astype(np.int32) for name, row in (("node_1", "row_1"), ("node_2", "row_2"))}
    return pd.DataFrame({**ends, "probability": pairs["probability"].to_numpy()})


def stream_agreement(draws: ComponentDraws, pairs: pd.DataFrame, n_streams: int, n_sampled: int) -> pd.DataFrame:
    """Judge the streams of draws on a sample of the component's undecided pairs.

    Returns
    -------
    DataFrame
        One row a pair: node_1, node_2 (int32), key (uint64; those with the lowest keys of a force are a random
        sample of its pairs), and the columns of `diagnose` after its first.
    """
    undecided = pairs[pairs["probability"].between(0.1, 0.9)]
    keys = pd.util.hash_pandas_object(undecided[["node_1", "node_2"]], index=False).to_numpy()
    sampled = undecided.iloc[np.argsort(keys, kind="stable")[:n_sampled]]
    rows = [np.searchsorted(draws.nodes, sampled[name]) for name in ("node_1", "node_2")]
    traces = {
        str(at): (draws.labels[:, one] == draws.labels[:, two]).reshape(n_streams, -1)
        for at, (one, two) in enumerate(zip(*rows, strict=True))
    }
    judged = diagnose(traces).drop(columns="quantity")
    found = sampled[["node_1", "node_2"]].reset_index(drop=True).assign(key=np.sort(keys)[: len(sampled)])
    return pd.concat([found, judged], axis=1)


def component_groups(
    nodes: LongInts, n_known: int, sums: Iterable[pd.DataFrame], n_draws: int, floor: float
) -> pd.DataFrame:
    """Average the blocks' probabilities of known groups.

    Parameters
    ----------
    sums
        For each block row, cluster and total, as in `BlockDraws`.

    Returns
    -------
    DataFrame
        One row a node and known group with at least ``floor``, ordered: node, cluster (int32), probability.
    """
    shape = (nodes.size, n_known)
    summed = csr_array(shape)
    for block in sums:
        # Sums of sparse matrices walk through both: little memory, however many blocks.
        summed = summed + csr_array((block["total"], (block["row"], block["cluster"])), shape=shape)
    found = summed.tocoo()
    kept = found.data >= floor * n_draws
    columns = {"node": nodes[found.row[kept]].astype(np.int32), "cluster": found.col[kept].astype(np.int32)}
    return pd.DataFrame({**columns, "probability": found.data[kept] / n_draws})


def component_nodes(draws: ComponentDraws, nobody: Floats, seed: np.random.SeedSequence, n_used: int) -> pd.DataFrame:
    """Say of each node what its series may be, and which it is in the partition that stands for all draws.

    Parameters
    ----------
    nobody : float64, shape (n_nodes,)
        Probability of no known group.
    seed : SeedSequence
        Of the search for the partition.
    n_used : int
        Draws, evenly spaced, on which the partition rests.

    Returns
    -------
    DataFrame
        One row a node: node (int32); p_known_group, p_unsolved_crimes, p_alone, which sum to 1; expected_n_crimes,
        lower_n_crimes, upper_n_crimes (of its series, in crimes; of a known group those of this component and the
        solved ones: where other components join it too, `component_members` has what is wanted); point_cluster
        (int32: the known group, or -1), point_first (int32: first node of its series),
        support (as in `PointEstimate`).
    """
    nobody = np.clip(nobody, 0.0, 1.0)  # a mean of many sums may leave it by the last digit
    n_crimes = np.empty_like(draws.labels)
    n_alone, n_unknown = np.zeros(draws.nodes.size, np.int64), np.zeros(draws.nodes.size, np.int64)
    for rows in _slices(len(draws.labels), ROWS_AT_ONCE):
        labels = draws.labels[rows]
        n_nodes, n_crimes[rows] = _series_of_nodes(labels, draws.node_weight, draws.group_weight)
        n_unknown += (labels >= draws.n_known).sum(axis=0)
        n_alone += ((labels >= draws.n_known) & (n_nodes == 1)).sum(axis=0)
    # Where no draw leaves a node without a group, nothing is known of whom else it would be with: alone.
    share_alone = np.divide(n_alone, n_unknown, out=np.ones(n_unknown.size), where=n_unknown > 0)
    columns = _slices(draws.nodes.size, COLUMNS_AT_ONCE)
    quantiles = [np.quantile(n_crimes[:, at], INTERVAL, axis=0, method="inverted_cdf") for at in columns]
    lower, upper = np.hstack(quantiles)
    cluster, first, support = _point_partition(draws, seed, n_used)
    return pd.DataFrame(
        {
            "node": draws.nodes.astype(np.int32),
            "p_known_group": 1.0 - nobody,
            "p_unsolved_crimes": nobody * (1.0 - share_alone),
            "p_alone": nobody * share_alone,
            "expected_n_crimes": n_crimes.mean(axis=0),
            "lower_n_crimes": lower.astype(np.int32),
            "upper_n_crimes": upper.astype(np.int32),
            "point_cluster": cluster,
            "point_first": first,
            "support": support,
        }
    )


def component_sizes(draws: ComponentDraws) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Count in each draw the series without a known group by size, and the crimes that join each known group.

    Returns
    -------
    DataFrame, DataFrame
        One row a draw and size: draw, n_crimes, n_series; one row a draw and known group: draw, cluster, n_crimes.
        All int32, ordered.
    """
    sizes, joined = [], []
    for rows in _slices(len(draws.labels), ROWS_AT_ONCE):
        labels = draws.labels[rows]
        is_known = labels < draws.n_known
        n_nodes, n_crimes = _series_of_nodes(labels, draws.node_weight, draws.group_weight)
        draw, _ = np.nonzero(~is_known)
        # A series is met once for each of its nodes.
        once = _summed(draw + rows.start, n_crimes[~is_known], 1.0 / n_nodes[~is_known], "n_crimes", "n_series")
        sizes.append(once)
        draw, rank = np.nonzero(is_known)
        weight = draws.node_weight[rank]
        joined.append(_summed(draw + rows.start, labels[is_known], weight, "cluster", "n_crimes"))
    return pd.concat(sizes, ignore_index=True), pd.concat(joined, ignore_index=True)


def component_members(draws: ComponentDraws, is_shared: NDArray[np.bool_]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """List in which draws nodes are in known groups that nodes of other components may join too.

    How large the series is then, only all components together tell.

    Parameters
    ----------
    is_shared : bool, shape (n_known,)

    Returns
    -------
    DataFrame, DataFrame
        One row a node and such a draw: node, draw, cluster; for the same nodes' other draws one row a node and size:
        node, n_crimes of its series, n_draws. All int32, ordered.
    """
    shared = np.append(is_shared, False)
    members, elsewhere = [], []
    for at in _slices(draws.nodes.size, COLUMNS_AT_ONCE):
        label = draws.labels[:, at].T
        is_member = shared[np.minimum(label, draws.n_known)]
        rank, draw = np.nonzero(is_member)
        columns = {"node": draws.nodes[at][rank], "draw": draw, "cluster": label[is_member]}
        members.append(pd.DataFrame({name: values.astype(np.int32) for name, values in columns.items()}))
    found = pd.concat(members, ignore_index=True)
    met = np.isin(draws.nodes, found["node"].unique())
    for rows in _slices(len(draws.labels), ROWS_AT_ONCE):
        labels = draws.labels[rows]
        n_crimes = _series_of_nodes(labels, draws.node_weight, draws.group_weight)[1]
        draw, rank = np.nonzero(met & ~shared[np.minimum(labels, draws.n_known)])
        elsewhere.append(_summed(rank, n_crimes[draw, rank], np.ones(rank.size), "n_crimes", "n_draws", "rank"))
    counted = pd.concat(elsewhere, ignore_index=True).groupby(["rank", "n_crimes"], as_index=False)[["n_draws"]].sum()
    counted.insert(0, "node", draws.nodes[counted.pop("rank")].astype(np.int32))
    return found, counted.astype(np.int32)


def _slices(n: int, length: int) -> list[slice]:
    """Cut so that what is computed on the way stays small."""
    return [slice(at, min(at + length, n)) for at in range(0, n, length)]


def _summed(
    draw: LongInts, key: Ints, weight: NDArray[np.generic], key_name: str, sum_name: str, draw_name: str = "draw"
) -> pd.DataFrame:
    width = int(key.max(initial=0)) + 1
    cell, at = np.unique(draw * width + key, return_inverse=True)
    total = np.rint(np.bincount(at, weights=weight, minlength=cell.size))
    columns = {draw_name: cell // width, key_name: cell % width, sum_name: total}
    return pd.DataFrame({name: values.astype(np.int32) for name, values in columns.items()})


@njit(cache=True, nogil=True)
def _series_of_nodes(labels: Ints, node_weight: LongInts, group_weight: LongInts) -> tuple[Ints, Ints]:
    """Count the nodes and the crimes of each node's series, itself among them: (n_draws, n_nodes) each."""
    n_draws, n = labels.shape
    n_nodes, n_crimes = np.empty((n_draws, n), np.int32), np.empty((n_draws, n), np.int32)
    n_known = group_weight.size
    nodes, crimes = np.zeros(n_known + n, np.int32), np.zeros(n_known + n, np.int32)
    crimes[:n_known] = group_weight
    for t in range(n_draws):
        for i in range(n):
            nodes[labels[t, i]] += 1
            crimes[labels[t, i]] += node_weight[i]
        for i in range(n):
            n_nodes[t, i], n_crimes[t, i] = nodes[labels[t, i]], crimes[labels[t, i]]
        for i in range(n):
            k = labels[t, i]
            nodes[k], crimes[k] = 0, group_weight[k] if k < n_known else 0
    return n_nodes, n_crimes


def _point_partition(draws: ComponentDraws, seed: np.random.SeedSequence, n_used: int) -> tuple[Ints, Ints, Floats]:
    """Find the partition; every known group that some draw has stands in it as one crime that never moves."""
    every = max(len(draws.labels) // n_used, 1)
    labels = draws.labels[::every]
    met = np.unique(labels[labels < draws.n_known])
    number = np.zeros(max(draws.n_known, 1), dtype=np.int32)  # a force without any known group asks for number 0
    number[met] = np.arange(met.size)
    is_known = labels < draws.n_known
    short = np.where(is_known, number[np.where(is_known, labels, 0)], labels - draws.n_known + met.size)
    solved = np.broadcast_to(np.arange(met.size), (len(labels), met.size))
    known = np.concatenate([np.full(draws.nodes.size, -1), np.arange(met.size)]).astype(np.int32)
    given = _label_draws(np.hstack([short, solved]).astype(np.int32), known)
    found = point_estimate(given, PartitionLoss(), SEARCH, np.random.default_rng(seed))
    label = found.labels[: draws.nodes.size]
    cluster = np.where(label < met.size, np.append(met, -1)[np.minimum(label, met.size)], -1).astype(np.int32)
    first = pd.Series(draws.nodes).groupby(label).transform("min").to_numpy(np.int32)
    return cluster, first, found.support[: draws.nodes.size]


def _label_draws(labels: Ints, known: Ints | None = None) -> LabelDraws:
    known = np.full(labels.shape[1], -1, dtype=np.int32) if known is None else known
    groups = tuple(str(k) for k in range(int(known.max(initial=-1)) + 1))
    return LabelDraws(labels, np.arange(labels.shape[1]).astype(object), known, groups)
