"""A small invented force for the engines: chains of unsolved crimes, some of them linked to known groups."""

import numpy as np

from linkage.co_linkage_components import ForceSettings, ForceWork
from linkage.link_graph import link_graph

SETTINGS = ForceSettings(n_draws=200, large_nodes=30, unit_cost=200, n_partition_draws=50)


def invented_work(seed: int = 1, sizes: tuple[int, ...] = (40, 6, 3, 2, 1, 2)) -> ForceWork:
    """Make work of two units of draws, two that read them, and some of small components."""
    first, second, n = [], [], 0
    for size in sizes:
        first += range(n + 1, n + size)
        second += range(n, n + size - 1)
        n += size
    third = np.arange(0, n, 3)
    rng = np.random.default_rng(5)
    log_bf = 2.0 + rng.gamma(2.0, 1.5, len(first) + third.size)
    ends = np.array([*first, *third]), np.array([*second, *(n + third % 2)])
    graph = link_graph(*ends, log_bf, np.array([*[-1] * n, 0, 1]), 2)
    theta = np.column_stack([rng.normal(5.0, 0.1, 200), rng.normal(0.9, 0.01, 200), np.full(200, 0.7)])
    return ForceWork(graph, np.ones(n + 2, np.int64), np.arange(n + 2, dtype=np.uint64), theta, SETTINGS, seed)
