"""The forest model's answers about a case."""

import numpy as np
import pandas as pd

from benchmarks.held_out_answers import Answer
from benchmarks.held_out_cases import Case
from benchmarks.held_out_links import CaseLinks
from linkage.forest import ForestParameters, known_probabilities
from linkage.forest_learning import ForestLearned, ForestSettings, learn_forest
from linkage.forest_prior import forest_prior
from linkage.left_out_crimes import SharedOffenders

NO_STEPS = 1e-9
"""An unsolved factor so small that no walk passes another unsolved crime: a group's Bayes factors are summed."""

BELOW = 1e6


def forest_answer(case: Case, links: CaseLinks, parameters: ForestParameters) -> Answer:
    """Return the posterior of known groups and of nobody.

    Groups that no walk reaches have probability 0 and stand below all others, in order of their single link.
    """
    found = known_probabilities(links.asked_nodes, links.graph.arrays, parameters)
    asked = np.repeat(np.arange(len(case.asked)), np.diff(found.row_start))
    of_node = pd.DataFrame({"node": links.asked_nodes, "asked": np.arange(len(case.asked))})
    rest = links.group_links.merge(of_node, on="node")
    n_groups = len(case.groups)
    rest = rest[~np.isin(rest["asked"] * n_groups + rest["group"], asked * n_groups + found.cluster)]
    return Answer(
        np.concatenate([asked, rest["asked"]]),
        np.concatenate([found.cluster, rest["group"]]),
        np.concatenate([found.probability, rest["single"] - BELOW]),
        np.concatenate([found.probability, np.zeros(len(rest))]),
        found.nobody,
    )


def unlearned(links: CaseLinks, unsolved_factor: float = 1.0) -> ForestParameters:
    """Return parameters that nothing is learned for: two crimes alone have the pair model's own posterior."""
    return ForestParameters(-links.prior_log_odds + float(np.log(2.0)), 1.0, unsolved_factor)


def learned(case: Case, links: CaseLinks, seed: int = 1) -> ForestLearned:
    """Learn the parameters on solved crimes left out in turn, from links that no model was trained on."""
    shared = SharedOffenders(
        np.concatenate([[0], np.cumsum(case.shares.sum(axis=1))]).astype(np.int64),
        np.nonzero(case.shares)[1].astype(np.int64),
    )
    settings = ForestSettings(n_left_out=500, n_warm_up=200, n_draws=200)
    return learn_forest(links.unseen_graph.arrays, shared, forest_prior(links.prior_log_odds), settings, seed)
