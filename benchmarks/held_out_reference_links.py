"""The pair models of a case of the reference data: all 119,805 pairs scored, trained anew without the hidden labels."""

import numpy as np
import pandas as pd

from benchmarks.held_out_cases import Case
from benchmarks.held_out_links import (
    CaseLinks,
    PairScore,
    all_group_tasks,
    case_graph,
    folds,
    group_links,
    incident_of_node,
    unseen_log_bf,
)
from benchmarks.reference_data import SPEC
from linkage.evidence import pair_evidence
from linkage.evidence_spec import fit_spec
from linkage.link_graph import CoLinkageGraph
from linkage.model_kinds import model_plan
from linkage.pair_scores import pair_scorer, row_positions
from linkage.pairs import PairSampling, training_pairs
from linkage.prior_odds import prior_log_odds

KINDS = ("histogram", "additive")
N_FOLDS = 5
# No incident is recorded, so the package's sampling, which keeps pairs of one incident, is all there is.
SAMPLING = PairSampling(keep_same_incident=True)


def reference_links(case: Case, kind: str, seed: int = 1) -> CaseLinks:
    """Train a kind of pair model on the labels that are left, and score the case with it."""
    crimes = case.crimes
    plan = model_plan(kind, SPEC.items, {})
    spec = fit_spec(crimes, plan.spec)
    pairs = training_pairs(case.series, crimes, SAMPLING, np.random.default_rng(seed))
    first, second = (row_positions(crimes, pairs[name]) for name in ("crime_id_1", "crime_id_2"))
    evidence = pair_evidence(crimes, first, second, spec)

    def score(chosen: np.ndarray | None) -> PairScore:
        return pair_scorer(crimes, plan.contender.fitted(pairs, evidence, chosen), spec)

    fold = folds(case, N_FOLDS, seed)
    of_pair = fold[first], fold[second]
    full = score(None)
    without = [score((of_pair[0] != number) & (of_pair[1] != number)) for number in range(N_FOLDS)]
    one, two = np.triu_indices(len(crimes), 1)
    ids = crimes["crime_id"].to_numpy()

    def graph_of(log_bf: np.ndarray) -> CoLinkageGraph:
        return case_graph(case, pd.DataFrame({"crime_id_1": ids[one], "crime_id_2": ids[two], "log_bf": log_bf}))

    graph = graph_of(full(one, two))
    incident = incident_of_node(case, graph)

    def linked(nodes: np.ndarray, by: PairScore) -> pd.DataFrame:
        return group_links(graph, incident, *all_group_tasks(nodes, len(case.groups)), by)

    fold_of_node = np.full(graph.n_nodes, -1, dtype=np.int64)
    fold_of_node[graph.node_of_crime] = fold
    return CaseLinks(
        graph,
        graph.node_of_crime[case.asked],
        linked(graph.unsolved_nodes, full),
        pd.concat([linked(np.flatnonzero(fold_of_node == number), by) for number, by in enumerate(without)]),
        graph_of(unseen_log_bf(one, two, fold, full, without)),
        prior_log_odds(case.series, crimes, SAMPLING),
    )
