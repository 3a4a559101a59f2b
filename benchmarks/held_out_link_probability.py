"""Single and average link as probabilities: the fairest way to set them beside models that give probabilities.

A crime is of known group k with probability proportional to exp(lambda * link_k - c), and of nobody known with 1. The
two numbers are fitted on solved crimes, each left out in turn, twice: as they are (the groups that share an offender
are right) and with those groups taken away (nobody is right). Solved crimes have known partners far more often than
unsolved ones, so the two count by the share of unsolved crimes whose offender is known, which the unsolved crimes tell
themselves (Saerens, Latinne and Decaestecker 2002). Hidden labels are never seen.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import minimize

from benchmarks.held_out_answers import Answer
from benchmarks.held_out_cases import Case
from benchmarks.held_out_links import CaseLinks

Floats = NDArray[np.float64]
LARGEST = 500.0


class LinkProbability(NamedTuple):
    """lambda and c, and the share of unsolved crimes whose offender is in a known group."""

    exponent: float
    new_series_log_weight: float
    known_share: float


class _LeftOut(NamedTuple):
    """Links of left-out nodes: node from 0, link, and whether the group shares an offender with the node's own."""

    node: NDArray[np.int64]
    link: Floats
    is_true: NDArray[np.bool_]
    n_nodes: int


def link_answer(case: Case, links: CaseLinks, linkage: str) -> tuple[Answer, LinkProbability]:
    """Return the answer of `single` or `average` link and what was fitted for it."""
    fitted = fit_link_probability(case, links, linkage)
    table, n_nodes = links.group_links, links.graph.n_nodes
    weight = _weights(table[linkage].to_numpy(), fitted)
    nobody = 1.0 / (1.0 + np.bincount(table["node"], weight, minlength=n_nodes))
    asked_of_node = pd.DataFrame({"node": links.asked_nodes, "asked": np.arange(len(case.asked))})
    chosen = table.assign(probability=weight * nobody[table["node"]]).merge(asked_of_node, on="node")
    columns = (chosen[name].to_numpy() for name in ("asked", "group", linkage, "probability"))
    return Answer(*columns, nobody[links.asked_nodes]), fitted


def fit_link_probability(case: Case, links: CaseLinks, linkage: str) -> LinkProbability:
    """Fit lambda and c, the two cases weighed by the share of unsolved crimes whose offender is known."""
    left_out = _left_out(case, links, linkage)
    centre = LinkProbability(1.0, -links.prior_log_odds + float(np.log(2.0)), 0.5)
    unsolved = links.graph.unsolved_nodes
    weight = _weights(links.group_links[linkage].to_numpy(), centre)
    odds = np.bincount(np.searchsorted(unsolved, links.group_links["node"]), weight, minlength=len(unsolved))
    share = float((np.sum(odds / (1.0 + odds)) + 1.0) / (len(unsolved) + 2.0))
    start = np.array([0.0, centre.new_series_log_weight])
    simplex = start + np.array([[0.0, 0.0], [0.3, 0.0], [0.0, 1.0]])
    options = {"initial_simplex": simplex, "xatol": 1e-3, "fatol": 1e-6}
    log_exponent, c = minimize(_loss, start, (left_out, share), "Nelder-Mead", options=options).x
    return LinkProbability(float(np.exp(log_exponent)), float(c), share)


def _loss(parameters: Floats, left_out: _LeftOut, share: float) -> float:
    """Mean log loss of nodes as they are, if they have known partners, and with those taken away; weak prior."""
    fitted = LinkProbability(float(np.exp(parameters[0])), float(parameters[1]), share)
    true, other, has_true = _odds(left_out, fitted)
    known = np.log(true[has_true] + 1e-300) - np.log1p(true[has_true] + other[has_true])
    return float(-share * known.mean() + (1.0 - share) * np.log1p(other).mean() + 1e-3 * parameters[0] ** 2)


def _odds(left_out: _LeftOut, fitted: LinkProbability) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Return odds of the true groups and of the others against nobody, and which nodes have a true group."""
    weight, n = _weights(left_out.link, fitted), left_out.n_nodes
    true = np.bincount(left_out.node, weight * left_out.is_true, minlength=n)
    other = np.bincount(left_out.node, weight * ~left_out.is_true, minlength=n)
    return true, other, np.bincount(left_out.node, left_out.is_true, minlength=n) > 0


def _left_out(case: Case, links: CaseLinks, linkage: str) -> _LeftOut:
    table = links.left_out
    own = links.graph.arrays.known_cluster[table["node"]]
    node, names = pd.factorize(table["node"])
    return _LeftOut(node, table[linkage].to_numpy(), case.shares[own, table["group"]], len(names))


def _weights(link: Floats, fitted: LinkProbability) -> Floats:
    return np.asarray(np.exp(np.minimum(fitted.exponent * link - fitted.new_series_log_weight, LARGEST)))
