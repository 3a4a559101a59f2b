"""Independent draws of whole forests from the posterior of co-linkage, in blocks that any worker can draw.

Loop-erased walks draw them (Wilson, "Generating random spanning trees more quickly than the cover time", 1996).
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np

from linkage.forest_kernels import Ints, draw_tree_labels
from linkage.forest_known import KnownProbabilities, known_probabilities
from linkage.forest_walk import ForestError, ForestParameters, WalkGraph, walk_graph, weigh
from linkage.link_graph import LinkGraph

__all__ = [
    "ForestError",
    "ForestParameters",
    "KnownProbabilities",
    "WalkGraph",
    "draw_forest",
    "known_probabilities",
    "sample_forests",
    "walk_graph",
]

DRAWS_PER_BLOCK = 125
"""Draws of one generator; results do not depend on who draws which block."""

MOST_APART_DRAWN = 1e-4
"""A set of nodes is drawn as one where its probability of being apart is proven to be less: see `contract_ties`."""

HEAVY, MOST_HEAVY_APART = 1e6, 1.0
"""Where walks still go back and forth for too long, sets that links above this weight hold together are drawn as one
even if they may be apart by these links: their nodes then are one tree by way of others. Of ladders of ties, each
crime linked to all stronger ones, this changes the distribution of trees by less than 1e-5 (total variation)."""


def draw_forest(rng: np.random.Generator, graph: LinkGraph, parameters: ForestParameters) -> Ints:
    """Draw which nodes are in one tree, independently of any earlier draw.

    Nodes that are one tree with a probability of at least 0.9999 are always drawn so (`MOST_APART_DRAWN`); else
    walks would go back and forth between them for long. All else is exact, but where walks take over 5 million steps
    all the same: then `HEAVY` links are taken as certain. Default hyperparameters do not come near that.

    Returns
    -------
    int32, shape (n_unsolved,)
        For each unsolved node in ascending order, the number of its known group, or ``n_known`` plus the rank of
        its tree's root among the unsolved nodes. Equal numbers mean one tree.
    """
    walk = walk_graph(graph)
    labels = np.empty(walk.nodes.size, np.int32)
    _draw(rng, walk, parameters, graph.n_known, labels)
    return labels


def sample_forests(
    graph: LinkGraph,
    parameters: Sequence[ForestParameters],
    n_draws: int,
    seeds: np.random.SeedSequence,
    n_workers: int = 1,
) -> Ints:
    """Draw which nodes share an offender, again and again, each time with other hyperparameters.

    Parameters
    ----------
    graph : LinkGraph
    parameters : sequence of ForestParameters
        Draw d uses the d-th, starting again where there are fewer than draws.
    n_draws : int
    seeds : SeedSequence
        Equal seeds give equal draws; it is not changed.
    n_workers : int
        Threads; they change no draw.

    Returns
    -------
    int32, shape (n_draws, n_unsolved)
        As `draw_forest` gives them.
    """
    if n_draws < 1 or len(parameters) < 1:
        raise ForestError(f"n_draws, parameters: expected at least one each, got {n_draws} and {len(parameters)}")
    walk = walk_graph(graph)
    labels = np.empty((n_draws, walk.nodes.size), np.int32)
    draw = partial(_draw_block, walk, parameters, graph.n_known, labels, seeds)
    with ThreadPoolExecutor(n_workers) as pool:
        list(pool.map(draw, range(0, n_draws, DRAWS_PER_BLOCK)))
    return labels


def _draw_block(
    walk: WalkGraph,
    parameters: Sequence[ForestParameters],
    n_known: int,
    labels: Ints,
    seeds: np.random.SeedSequence,
    first: int,
) -> None:
    block = np.random.SeedSequence(seeds.entropy, spawn_key=(*seeds.spawn_key, first // DRAWS_PER_BLOCK))
    rng = np.random.default_rng(block)
    for d in range(first, min(first + DRAWS_PER_BLOCK, labels.shape[0])):
        _draw(rng, walk, parameters[d % len(parameters)], n_known, labels[d])


def _draw(rng: np.random.Generator, walk: WalkGraph, parameters: ForestParameters, n_known: int, labels: Ints) -> None:
    for most_heavy_apart in (0.0, MOST_HEAVY_APART):
        weight, known_weight, head, ring = weigh(walk, parameters, MOST_APART_DRAWN, HEAVY, most_heavy_apart)
        if draw_tree_labels(
            rng, walk.start, walk.target, weight, walk.known_start, walk.known_group, known_weight, head, ring, n_known,
            labels,
        ):  # fmt: skip
            return
    raise ForestError(
        f"graph: expected ties that walks can leave, got some so strong on several sides at exponent "
        f"{parameters.exponent:.2f} that one draw takes too long; look for one crime recorded several times, or for "
        "log_bf far above 10"
    )
