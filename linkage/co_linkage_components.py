"""Force-wide co-linkage as units of work that any core or machine can do, with equal results.

Components of the graph of links are independent given the hyperparameters. Many small ones make one unit; a large
one is drawn in blocks, then read as a whole. A component's random numbers come from the seed and its first crime
alone, so that neither the division into units nor who does them changes a figure.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from linkage.component_draws import BlockDraws, draw_block
from linkage.component_outcome import (
    ComponentDraws,
    component_groups,
    component_members,
    component_nodes,
    component_pairs,
    component_sizes,
    stream_agreement,
)
from linkage.link_graph import CoLinkageGraph, LinkGraph, component_graph, components

LongInts = NDArray[np.int64]
Floats = NDArray[np.float64]
Keys = NDArray[np.uint64]
Tables = dict[str, pd.DataFrame]

THETA = ("new_series_log_weight", "exponent", "unsolved_factor")
OUTCOMES = {
    "pairs": "node_1 node_2 probability",
    "agreement": "node_1 node_2 key mean sd q05 q95 rhat ess_bulk ess_tail",
    "groups": "node cluster probability",
    "nodes": (
        "node p_known_group p_unsolved_crimes p_alone expected_n_crimes lower_n_crimes upper_n_crimes "
        "point_cluster point_first support"
    ),
    "sizes": "draw n_crimes n_series",
    "joined": "draw cluster n_crimes",
    "members": "node draw cluster",
    "elsewhere": "node n_crimes n_draws",
}
"""Tables of an outcome and their columns, as `component_outcome` describes them."""
FRACTIONS = {"probability", "expected_n_crimes", "support", "mean", "sd", "q05", "q95", "rhat", "ess_bulk", "ess_tail"}
BLOCK_DRAWS = 125
"""Draws of one unit of a large component: long enough to be worth a unit, short enough to lose little when killed."""

READING_COSTS = (("series", 18.0), ("pairs", 4.0), ("groups", 2.0))
"""Time that reading all draws of a large component takes for its drawing's 12; measured, and only so much as a
shown time left needs."""
COMPONENT_COST = 100.0


class ForceWorkError(ValueError):
    """Draws or settings do not fit together."""


@dataclass(frozen=True)
class ForceSettings:
    """How much is drawn, what is kept, and how work is cut.

    Parameters
    ----------
    n_draws, n_streams
        Draws, and the streams of equal length that are compared with each other.
    pair_floor, group_floor
        Least probability of a pair and of a known group that is kept.
    n_sampled_pairs
        Pairs of each component on which streams are compared.
    n_partition_draws
        Draws on which the partition that stands for all rests.
    large_nodes
        A component of as many nodes is cut into blocks of draws.
    unit_cost
        Small components make one unit until their nodes and a tenth of their links, with 100 for each, reach it.
    """

    n_draws: int = 1_000
    n_streams: int = 4
    pair_floor: float = 0.01
    group_floor: float = 0.001
    n_sampled_pairs: int = 20
    n_partition_draws: int = 250
    large_nodes: int = 500
    unit_cost: int = 2_000

    def __post_init__(self) -> None:
        if self.n_streams < 1 or self.n_draws % self.n_streams or self.n_draws // self.n_streams < 4:
            raise ForceWorkError(
                f"n_draws: expected a multiple of n_streams ({self.n_streams}), at least 4 a stream, got "
                f"{self.n_draws}; 1000 in 4 streams is usual"
            )
        for name in ("pair_floor", "group_floor"):
            if not 0.0 < getattr(self, name) <= 1.0:
                raise ForceWorkError(f"{name}: expected a probability above 0, got {getattr(self, name)}")
        for name in ("n_partition_draws", "large_nodes", "unit_cost"):
            if getattr(self, name) < 1:
                raise ForceWorkError(f"{name}: expected at least 1, got {getattr(self, name)}")


class Unit(NamedTuple):
    """A piece of work with tables as its result.

    Attributes
    ----------
    name : str
        Unique; a unit `draws-...` holds draws for a later one, the others hold outcomes.
    kind : str
        `small`, `draws`, `pairs`, `groups` or `series`.
    components : tuple of int
    block : int
        Which block of draws; 0 for other kinds.
    cost : float
        Relative time.
    """

    name: str
    kind: str
    components: tuple[int, ...]
    block: int
    cost: float


@dataclass(frozen=True)
class ForceWork:
    """Everything that decides the outcome: no identifiers, only numbers.

    Parameters
    ----------
    graph : LinkGraph
    node_weight : int64, shape (n_nodes,)
        Crimes of each node.
    node_key : uint64, shape (n_nodes,)
        A number that the node's first crime alone decides.
    theta : float64, shape (n_draws, 3)
        Hyperparameters of each draw, in the order of `THETA`, stream after stream.
    settings : ForceSettings
    seed : int
    """

    graph: LinkGraph
    node_weight: LongInts
    node_key: Keys
    theta: Floats
    settings: ForceSettings
    seed: int

    def __post_init__(self) -> None:
        if self.theta.shape != (self.settings.n_draws, len(THETA)):
            raise ForceWorkError(
                f"theta: expected shape ({self.settings.n_draws}, {len(THETA)}), got {self.theta.shape}; "
                "`hyperparameters_of_draws` makes it"
            )
        if not (np.isfinite(self.theta).all() and (self.theta[:, 1:] > 0.0).all()):
            raise ForceWorkError("theta: expected finite values, exponents and factors above 0; drop such draws")

    @cached_property
    def component_nodes(self) -> list[LongInts]:
        """Nodes of each component, ascending; components in the order of their first nodes."""
        component = components(self.graph)
        order = np.argsort(component, kind="stable")
        order = order[component[order] >= 0]
        return np.split(order, np.flatnonzero(np.diff(component[order])) + 1) if order.size else []

    @cached_property
    def group_weight(self) -> LongInts:
        """Solved crimes of each known group, those of an unsolved crime's incident among them."""
        known = self.graph.known_cluster
        crimes = np.bincount(known[known >= 0], weights=self.node_weight[known >= 0], minlength=self.graph.n_known)
        return np.asarray(crimes, dtype=np.int64)

    @cached_property
    def is_shared(self) -> NDArray[np.bool_]:
        """Tell which known groups nodes of several components are linked to."""
        component = components(self.graph)
        origin = np.repeat(np.arange(component.size), np.diff(self.graph.start))
        ends = (component[origin] >= 0) & (component[self.graph.neighbour] < 0)
        group = self.graph.known_cluster[self.graph.neighbour[ends]]
        met = np.unique(np.stack([group, component[origin[ends]]]), axis=1)[0]
        return np.asarray(np.bincount(met, minlength=self.graph.n_known) > 1)


def force_work(graph: CoLinkageGraph, theta: Floats, settings: ForceSettings, seed: int) -> ForceWork:
    """Take from the graph of crimes what the outcome rests on."""
    weight = np.bincount(graph.node_of_crime, minlength=graph.n_nodes).astype(np.int64)
    first = np.unique(graph.node_of_crime, return_index=True)[1]
    key = pd.util.hash_array(graph.crime_ids[first].astype(object), categorize=False)
    return ForceWork(graph.arrays, weight, key, theta, settings, seed)


def hyperparameters_of_draws(learned: pd.DataFrame, settings: ForceSettings) -> Floats:
    """Spread learned hyperparameters over the draws: each stream takes evenly from chains of its own.

    Parameters
    ----------
    learned
        ``chain``, ``sweep`` and the columns of `THETA`, a row a draw.

    Returns
    -------
    float64, shape (n_draws, 3)
    """
    missing = {"chain", "sweep", *THETA} - set(learned.columns)
    if missing or learned.empty:
        raise ForceWorkError(f"learned: expected rows with chain, sweep and {', '.join(THETA)}, got none of {missing}")
    ordered = learned.sort_values(["chain", "sweep"], kind="stable")[list(THETA)].to_numpy(np.float64)
    n = settings.n_draws
    return np.ascontiguousarray(ordered[(2 * np.arange(n) + 1) * len(ordered) // (2 * n)])


def plan(work: ForceWork) -> list[list[Unit]]:
    """Cut the work into units: those of the second list read what those of the first have drawn.

    Nodes without any link are no unit's: nobody is the only thing they can be with.
    """
    degree = np.diff(work.graph.start)
    small: list[list[int]] = [[]]
    costs = [0.0]
    first, second = [], []
    for number, nodes in enumerate(work.component_nodes):
        n_links = int(degree[nodes].sum())
        # Links take time, nodes more; and each component some of its own, however small it is.
        cost = nodes.size + n_links / 10.0 + COMPONENT_COST
        if nodes.size >= work.settings.large_nodes:
            n_blocks = len(_blocks(work.settings))
            first += [Unit(f"draws-{number}-{b}", "draws", (number,), b, 12 * cost / n_blocks) for b in range(n_blocks)]
            second += [Unit(f"{k}-{number}", k, (number,), 0, times * cost) for k, times in READING_COSTS]
        elif n_links:
            if costs[-1] >= work.settings.unit_cost:
                small.append([])
                costs.append(0.0)
            small[-1].append(number)
            costs[-1] += cost
    batches = zip(small, costs, strict=True)
    units = [Unit(f"small-{at}", "small", tuple(b), 0, 32 * cost) for at, (b, cost) in enumerate(batches) if b]
    return [first + units, second]


def judge(work: ForceWork, unit: Unit, earlier: Callable[[str, str], pd.DataFrame]) -> Tables:
    """Do one unit.

    Parameters
    ----------
    earlier
        Returns a table of a finished unit by the names of both; asked only by units of the second list.

    Returns
    -------
    dict of DataFrame
        For `draws` what later units read, for others some of `OUTCOMES`.
    """
    if unit.kind == "small":
        return _judge_small(work, unit.components)
    (number,) = unit.components
    nodes = work.component_nodes[number]
    if unit.kind == "draws":
        return _as_tables(_drawn(work, component_graph(work.graph, nodes), nodes, unit.block))
    names = [f"draws-{number}-{block}" for block in range(len(_blocks(work.settings)))]
    if unit.kind == "groups":
        return {"groups": _groups(work, nodes, (earlier(name, "sums") for name in names))}
    labels = np.empty((work.settings.n_draws, nodes.size), dtype=np.int32)
    for name, rows in zip(names, _blocks(work.settings), strict=True):
        labels[rows] = earlier(name, "labels").to_numpy().T
    draws = _component_draws(work, nodes, labels)
    if unit.kind == "pairs":
        return _pair_tables(work, draws)
    return _series_tables(work, draws, [earlier(name, "nobody")["nobody"].to_numpy() for name in names])


def joined_outcomes(outcomes: Sequence[Mapping[str, pd.DataFrame]]) -> Tables:
    """Put the outcomes of all units together, in an order that no division into units changes."""
    order = {"pairs": ["node_1", "node_2"], "agreement": ["key"], "groups": ["node", "cluster"], "nodes": ["node"]}
    order |= {"members": ["node", "draw"], "elsewhere": ["node", "n_crimes"]}
    tables = {}
    for name in OUTCOMES:
        parts = [tables[name] for tables in outcomes if name in tables]
        whole = pd.concat(parts, ignore_index=True) if parts else _no_rows(OUTCOMES[name].split())
        if name in order and len(whole):
            whole = whole.sort_values(order[name], ignore_index=True)
        elif len(whole):
            keys = list(whole.columns[:2])
            whole = whole.groupby(keys, as_index=False)[[whole.columns[2]]].sum()
        tables[name] = whole
    return tables


def _no_rows(columns: list[str]) -> pd.DataFrame:
    is_fraction = [name in FRACTIONS or name.startswith("p_") for name in columns]
    kinds = zip(columns, is_fraction, strict=True)
    return pd.DataFrame({name: np.zeros(0, np.float64 if fraction else np.int32) for name, fraction in kinds})


def _judge_small(work: ForceWork, numbers: tuple[int, ...]) -> Tables:
    together = np.sort(np.concatenate([work.component_nodes[number] for number in numbers]))
    # Cutting one component out takes time with the size of what it is cut from: first cut out the unit.
    around = component_graph(work.graph, together)
    place = np.flatnonzero(around.known_cluster < 0)
    outcomes = []
    for number in numbers:
        nodes = work.component_nodes[number]
        graph = component_graph(around, place[np.searchsorted(together, nodes)])
        blocks = [_drawn(work, graph, nodes, block) for block in range(len(_blocks(work.settings)))]
        draws = _component_draws(work, nodes, np.concatenate([block.labels for block in blocks]))
        groups = {"groups": _groups(work, nodes, (_as_tables(block)["sums"] for block in blocks))}
        series = _series_tables(work, draws, [block.nobody for block in blocks])
        outcomes.append({**groups, **_pair_tables(work, draws), **series})
    return joined_outcomes(outcomes)


def _blocks(settings: ForceSettings) -> list[slice]:
    return [slice(at, min(at + BLOCK_DRAWS, settings.n_draws)) for at in range(0, settings.n_draws, BLOCK_DRAWS)]


def _drawn(work: ForceWork, graph: LinkGraph, nodes: LongInts, block: int) -> BlockDraws:
    theta = work.theta[_blocks(work.settings)[block]]
    # Sums of blocks are added up: what each leaves out must stay small beside what is kept in the end.
    return draw_block(graph, theta, _seed(work, nodes, block), work.settings.group_floor / 10.0)


def _seed(work: ForceWork, nodes: LongInts, part: int) -> np.random.SeedSequence:
    return np.random.SeedSequence([work.seed, int(work.node_key[nodes[0]])], spawn_key=(part,))


def _component_draws(work: ForceWork, nodes: LongInts, labels: NDArray[np.int32]) -> ComponentDraws:
    return ComponentDraws(nodes, labels, work.graph.n_known, work.node_weight[nodes], work.group_weight)


def _pair_tables(work: ForceWork, draws: ComponentDraws) -> Tables:
    settings = work.settings
    if draws.nodes.size == 1:
        return {}
    pairs = component_pairs(draws, settings.pair_floor)
    return {"pairs": pairs, "agreement": stream_agreement(draws, pairs, settings.n_streams, settings.n_sampled_pairs)}


def _groups(work: ForceWork, nodes: LongInts, sums: Iterable[pd.DataFrame]) -> pd.DataFrame:
    settings = work.settings
    return component_groups(nodes, work.graph.n_known, sums, settings.n_draws, settings.group_floor)


def _series_tables(work: ForceWork, draws: ComponentDraws, nobody: Sequence[Floats]) -> Tables:
    settings = work.settings
    sizes, joined = component_sizes(draws)
    seed = _seed(work, draws.nodes, len(nobody))
    share = np.sum(nobody, axis=0) / settings.n_draws
    nodes = component_nodes(draws, share, seed, settings.n_partition_draws)
    members, elsewhere = component_members(draws, work.is_shared)
    return {"nodes": nodes, "sizes": sizes, "joined": joined, "members": members, "elsewhere": elsewhere}


def _as_tables(block: BlockDraws) -> Tables:
    return {
        "labels": pd.DataFrame(block.labels.T, columns=[str(draw) for draw in range(len(block.labels))]),
        "sums": pd.DataFrame({"row": block.row, "cluster": block.cluster, "total": block.total}),
        "nobody": pd.DataFrame({"nobody": block.nobody}),
    }
