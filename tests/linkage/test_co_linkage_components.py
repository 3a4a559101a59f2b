from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from linkage.co_linkage_components import (
    ForceSettings,
    ForceWork,
    ForceWorkError,
    force_work,
    hyperparameters_of_draws,
    joined_outcomes,
    judge,
    plan,
)
from linkage.forest import ForestParameters
from linkage.link_graph import CoLinkageGraph, LinkGraph, link_graph
from tests.linkage.forest_by_hand import forests

SETTINGS = ForceSettings(n_draws=200, pair_floor=0.005, n_partition_draws=50)


def all_outcomes(work: ForceWork) -> dict[str, pd.DataFrame]:
    done: dict[str, Mapping[str, pd.DataFrame]] = {}
    for stage in plan(work):
        for unit in stage:
            done[unit.name] = judge(work, unit, lambda name, table: done[name][table])
    return joined_outcomes([tables for name, tables in done.items() if not name.startswith("draws")])


def work_of(graph: LinkGraph, settings: ForceSettings = SETTINGS) -> ForceWork:
    n = graph.known_cluster.size
    theta = np.tile([5.0, 0.9, 0.7], (settings.n_draws, 1))
    return ForceWork(graph, np.ones(n, np.int64), np.arange(n).astype(np.uint64) + 7, theta, settings, seed=1)


def blobs(sizes: tuple[int, ...]) -> LinkGraph:
    """Chains of unsolved nodes with cross links, each third node linked to one of three known groups."""
    first, second, known = [], [], []
    for size in sizes:
        start = len(known)
        known += [-1] * size
        for at in range(1, size):
            first += [start + at, start + at]
            second += [start + at - 1, start + max(at - 3, 0)]
    n = len(known)
    third = np.arange(0, n, 3)
    ends = (np.concatenate([first, third]), np.concatenate([second, n + third % 3]))
    log_bf = 2.0 + np.random.default_rng(3).gamma(2.0, 1.5, ends[0].size)
    return link_graph(*(end.astype(np.int64) for end in ends), log_bf, np.array([*known, 0, 1, 2]), 3)


def test_probabilities_of_pairs_and_groups_are_those_of_all_forests() -> None:
    graph = blobs((5,))
    work = work_of(graph, ForceSettings(n_draws=2_000))
    outcomes = all_outcomes(work)
    together, in_group, total = np.zeros((5, 5)), np.zeros((5, 3)), 0.0
    for weight, labels in forests(graph, ForestParameters(5.0, 0.9, 0.7)):
        row = np.array(labels)
        together += weight * (row[:, None] == row)
        in_group += weight * (row[:, None] == np.arange(3))
        total += weight
    pairs, groups = outcomes["pairs"], outcomes["groups"]
    # Four standard errors of a share counted in 2,000 draws: 0.045.
    assert np.abs(pairs["probability"] - (together / total)[pairs["node_1"], pairs["node_2"]]).max() < 0.045
    assert len(pairs) == (np.triu(together / total, 1) > 0.02).sum()
    assert np.abs(groups["probability"] - (in_group / total)[groups["node"], groups["cluster"]]).max() < 0.03
    nodes = outcomes["nodes"]
    assert np.abs(nodes["p_known_group"] - in_group.sum(axis=1) / total).max() < 0.03
    assert nodes[["p_known_group", "p_unsolved_crimes", "p_alone"]].sum(axis=1).to_numpy() == pytest.approx(np.ones(5))


def test_every_linked_unsolved_node_is_in_one_unit_and_lonely_ones_in_none() -> None:
    work = work_of(blobs((4, 1, 2, 6, 1, 3)), replace(SETTINGS, large_nodes=6, unit_cost=150))
    first, second = plan(work)
    covered = [number for unit in [*first, *second] if unit.kind in ("small", "series") for number in unit.components]
    linked = [at for at, nodes in enumerate(work.component_nodes) if np.diff(work.graph.start)[nodes].sum()]
    assert sorted(covered) == linked
    assert len(linked) < len(work.component_nodes)
    assert sum(unit.kind == "small" for unit in first) > 1
    assert [unit.block for unit in first if unit.kind == "draws"] == [0, 1]
    assert len({unit.name for unit in [*first, *second]}) == len(first) + len(second)


@pytest.mark.parametrize(
    "cut", [{"unit_cost": 1}, {"large_nodes": 4}, {"large_nodes": 1}], ids=["one a unit", "some large", "all large"]
)
def test_how_work_is_cut_changes_no_figure(cut: dict[str, int]) -> None:
    graph = blobs((9, 3, 2, 5))
    whole = all_outcomes(work_of(graph))
    pieces = all_outcomes(work_of(graph, replace(SETTINGS, **cut)))
    assert len(whole["pairs"]) > 20
    assert len(whole["agreement"]) > 0
    for name, table in whole.items():
        pd.testing.assert_frame_equal(pieces[name], table, check_exact=True)


def test_a_component_keeps_its_figures_whatever_other_components_there_are() -> None:
    graph = blobs((6, 4))
    same_links = link_graph(*_links(graph, 6), np.array([-1] * 6 + [0, 1, 2]), 3)
    nodes = all_outcomes(work_of(same_links))["nodes"]
    pd.testing.assert_frame_equal(all_outcomes(work_of(graph))["nodes"].head(6), nodes, check_exact=True)


def _links(graph: LinkGraph, n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Links of the first n nodes, known nodes renumbered to follow them."""
    origin = np.repeat(np.arange(graph.known_cluster.size), np.diff(graph.start))
    kept = (origin < n) & ((graph.neighbour > origin) | (graph.known_cluster[graph.neighbour] >= 0))
    target = graph.neighbour[kept].astype(np.int64)
    return origin[kept], np.where(target < n, target, n + graph.known_cluster[target]), graph.log_bf[kept]


def test_units_of_a_node_count_its_crimes() -> None:
    """One node of 3 crimes, whose only link leads to a group of 2 crimes: alone 3 crimes, in the group 5."""
    graph = link_graph(np.array([0]), np.array([1]), np.array([5.0]), np.array([-1, 0]), 1)
    theta = np.tile([5.0, 1.0, 1.0], (200, 1))
    outcomes = all_outcomes(ForceWork(graph, np.array([3, 2]), np.array([1, 2], np.uint64), theta, SETTINGS, 1))
    n_joined, n_alone = len(outcomes["joined"]), len(outcomes["sizes"])
    assert set(outcomes["joined"]["n_crimes"]) == set(outcomes["sizes"]["n_crimes"]) == {3}
    assert n_joined + n_alone == 200
    node = outcomes["nodes"].iloc[0]
    assert node["expected_n_crimes"] == pytest.approx((5 * n_joined + 3 * n_alone) / 200)
    assert (node["lower_n_crimes"], node["upper_n_crimes"]) == (3, 5)
    assert node["p_known_group"] == pytest.approx(0.5)


def test_random_numbers_come_from_the_first_crime_not_from_its_row() -> None:
    ids = np.array(["a", "b", "c"], dtype=object)
    arrays = link_graph(np.array([0]), np.array([1]), np.array([5.0]), np.array([-1, -1]), 0)
    graph = CoLinkageGraph(ids, np.array([0, 1, 1]), (), arrays, np.zeros(3, np.bool_), np.array([0, 1, 1]))
    work = force_work(graph, np.tile([5.0, 1.0, 1.0], (200, 1)), SETTINGS, 1)
    node = np.array([0, 1, 2, 2])
    moved = np.array(["0", *ids], dtype=object)
    later = CoLinkageGraph(moved, node, (), _shifted(arrays), np.zeros(4, np.bool_), node)
    assert work.node_weight.tolist() == [1, 2]
    assert force_work(later, work.theta, SETTINGS, 1).node_key[1:].tolist() == work.node_key.tolist()


def _shifted(graph: LinkGraph) -> LinkGraph:
    known = np.concatenate([[-1], graph.known_cluster])
    return LinkGraph(np.concatenate([[0], graph.start]), graph.neighbour + np.int32(1), graph.log_bf, known, 0)


def test_hyperparameters_are_taken_evenly_and_streams_have_chains_of_their_own() -> None:
    learned = pd.DataFrame(
        {
            "chain": np.repeat([1, 0], 50),
            "sweep": np.tile(np.arange(50), 2),
            "new_series_log_weight": np.arange(100.0),
            "exponent": 1.0,
            "unsolved_factor": 0.5,
        }
    )
    theta = hyperparameters_of_draws(learned, ForceSettings(n_draws=20, n_streams=2))
    # Chain 0 stands in the last rows: 50 draws for 10, every fifth from the middle of the first five.
    assert theta[:, 0].tolist() == [*range(52, 100, 5), *range(2, 50, 5)]
    with pytest.raises(ForceWorkError, match="learned: expected rows with chain, sweep"):
        hyperparameters_of_draws(learned.drop(columns="chain"), SETTINGS)


def test_draws_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ForceWorkError, match=r"n_draws: expected a multiple of n_streams \(4\)"):
        ForceSettings(n_draws=1_001)
    with pytest.raises(ForceWorkError, match=r"theta: expected shape \(200, 3\), got \(5, 3\)"):
        replace(work_of(blobs((3,))), theta=np.ones((5, 3)))
    with pytest.raises(ForceWorkError, match="pair_floor: expected a probability above 0"):
        ForceSettings(pair_floor=0.0)


def test_a_force_without_links_gives_empty_outcomes() -> None:
    nothing = np.zeros(0, np.int64)
    work = work_of(link_graph(nothing, nothing, np.zeros(0), np.array([-1, -1, 0]), 1))
    assert plan(work) == [[], []]
    assert all(table.empty for table in all_outcomes(work).values())
