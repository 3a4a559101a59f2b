"""Independent draws of whole forests from the posterior of co-linkage, in blocks that any worker can draw."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np

from linkage.forest_kernels import (
    ForestError,
    ForestParameters,
    Ints,
    WalkGraph,
    _draw_forest,
    draw_forest,
    known_probabilities,
    walk_graph,
    walk_weights,
)
from linkage.link_graph import LinkGraph

__all__ = ["ForestError", "ForestParameters", "draw_forest", "known_probabilities", "sample_forests"]

DRAWS_PER_BLOCK = 125
"""Draws of one generator; results do not depend on who draws which block."""


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
    if n_draws < 1 or not parameters:
        raise ForestError(f"n_draws, parameters: expected at least one each, got {n_draws} and {len(parameters)}")
    walk = walk_graph(graph)
    labels = np.empty((n_draws, walk.start.size - 1), np.int32)
    starts = range(0, n_draws, DRAWS_PER_BLOCK)
    draw = partial(_draw_block, walk, parameters, graph.n_known, labels, seeds)
    with ThreadPoolExecutor(n_workers) as pool:
        list(pool.map(draw, starts))
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
        weight = walk_weights(walk, parameters[d % len(parameters)])
        _draw_forest(rng, walk.start, walk.target, weight, n_known, labels[d])
