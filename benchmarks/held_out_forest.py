"""The forest model's answers about a case."""

import numpy as np
from numpy.typing import NDArray

from benchmarks.held_out_answers import Answer
from benchmarks.held_out_cases import Case
from benchmarks.held_out_links import CaseLinks
from linkage.forest import ForestParameters, known_probabilities
from linkage.forest_learning import ForestLearned, ForestSettings, learn_forest
from linkage.forest_prior import forest_prior
from linkage.left_out_crimes import SharedOffenders
from linkage.link_graph import LinkGraph, link_graph

NO_STEPS = 1e-9
"""An unsolved factor so small that no walk passes another unsolved crime: a group's Bayes factors are summed."""


def forest_answer(case: Case, links: CaseLinks, parameters: ForestParameters) -> Answer:
    """Return the posterior of known groups and of nobody; exact, so groups below a hundred millionth are left out."""
    found = known_probabilities(links.asked_nodes, links.graph.arrays, parameters)
    asked = np.repeat(np.arange(len(case.asked)), np.diff(found.row_start))
    return Answer(asked, found.cluster, found.probability, found.probability, found.nobody)


def unlearned(links: CaseLinks, unsolved_factor: float = 1.0) -> ForestParameters:
    """Return parameters that nothing is learned for: two crimes alone have the pair model's own posterior."""
    return ForestParameters(-links.prior_log_odds + float(np.log(2.0)), 1.0, unsolved_factor)


def learned(case: Case, links: CaseLinks, seed: int = 1) -> ForestLearned:
    """Learn the parameters on solved crimes left out in turn; links of log Bayes factor below 0 are passed over."""
    shared = SharedOffenders(
        np.concatenate([[0], np.cumsum(case.shares.sum(axis=1))]).astype(np.int64),
        np.nonzero(case.shares)[1].astype(np.int64),
    )
    graph = _from(links.unseen_graph.arrays, 0.0)
    settings = ForestSettings(n_left_out=300, n_unsolved=500, n_warm_up=200, n_draws=200)
    return learn_forest(graph, shared, forest_prior(links.prior_log_odds), settings, seed)


def _from(graph: LinkGraph, least: float) -> LinkGraph:
    origin: NDArray[np.int64] = np.repeat(np.arange(graph.known_cluster.size), np.diff(graph.start))
    kept = (graph.log_bf >= least) & (origin < graph.neighbour)
    target = graph.neighbour[kept].astype(np.int64)
    return link_graph(origin[kept], target, graph.log_bf[kept], graph.known_cluster, graph.n_known)
