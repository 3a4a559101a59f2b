"""The demo force as a case: all its unsolved crimes are asked about, and the truth of each is known.

A crime counts once for each recorded incident, and not at all where a crime of the same true incident is solved: to
find a night's other crimes is no feat. A known group is right if somebody who truly took part in its solved crimes
took part in the crime, wrong suspects or not.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from benchmarks.demo_force import DemoForce
from benchmarks.held_out_cases import Case, known_groups
from benchmarks.held_out_links import (
    CaseLinks,
    PairScore,
    case_graph,
    folds,
    group_links,
    incident_of_node,
    led_to_groups,
    unseen_log_bf,
)
from linkage.candidates import LinkLimits, candidate_chunks, event_points
from linkage.evidence import pair_evidence
from linkage.evidence_spec import fit_spec
from linkage.link_graph import CoLinkageGraph
from linkage.model_kinds import model_plan
from linkage.neighbourhood import busiest_neighbourhood, one_of_each_incident
from linkage.pair_population import population_sample
from linkage.pair_scores import pair_scorer, row_positions
from linkage.pairs import PairSampling, training_pairs
from linkage.prior_odds import prior_for_all_crimes, prior_log_odds
from linkage.series import groups_of_crimes, series_data
from linkage.training import train

N_FOLDS = 3
LEAST_LOG_BF = 0.0
"""Links of the graph speak for a common offender; single and average link see weaker ones too."""

SAMPLING, LIMITS = PairSampling(), LinkLimits()


class DemoScores(NamedTuple):
    """A pair model of the force: scores by row, with all labels and without each fold; fold of each crime."""

    full: PairScore
    without: list[PairScore]
    fold: np.ndarray
    prior_log_odds: float


def demo_case(demo: DemoForce) -> Case:
    """Ask about every unsolved incident of the force."""
    crimes = demo.crimes.sort_values("crime_id", ignore_index=True)
    return _case("demo", crimes, series_data(demo.offender_crimes, crimes, strengths=("A", "B")), demo.truth)


def neighbourhood_case(demo: DemoForce, most: int = 600) -> tuple[Case, np.ndarray]:
    """Ask about the unsolved crimes of the busiest part of the force; return its rows in the whole one too."""
    crimes = demo.crimes.sort_values("crime_id", ignore_index=True)
    series = series_data(demo.offender_crimes, crimes, strengths=("A", "B"))
    solved = crimes["crime_id"].isin(series["crime_id"]).to_numpy()
    alone = one_of_each_incident(crimes, solved)
    rows = alone[busiest_neighbourhood(crimes.iloc[alone].reset_index(drop=True), most)]
    chosen = crimes.iloc[rows].reset_index(drop=True)
    part = series[series["crime_id"].isin(chosen["crime_id"])]
    return _case("demo neighbourhood", chosen, part, demo.truth), rows


def demo_scores(case: Case, items: tuple[str, ...], kind: str, seed: int = 1) -> DemoScores:
    """Train a kind of pair model as a refresh does, calibrated, and once more without each fold of known groups."""
    crimes, rng = case.crimes, np.random.default_rng(seed)
    plan = model_plan(kind, items, {})
    spec = fit_spec(crimes, plan.spec)
    pairs = training_pairs(case.series, crimes, SAMPLING, rng)
    first, second = (row_positions(crimes, pairs[name]) for name in ("crime_id_1", "crime_id_2"))
    evidence = pair_evidence(crimes, first, second, spec)
    prior = prior_for_all_crimes(
        prior_log_odds(case.series, crimes, SAMPLING), case.series["crime_id"].nunique() / len(crimes)
    )
    population = population_sample(crimes, SAMPLING.max_days, LIMITS.max_km, rng, 100_000, 400_000)
    of_population = pair_evidence(crimes, population["first"].to_numpy(), population["second"].to_numpy(), spec)
    weight = population["weight"].to_numpy()

    def score(chosen: np.ndarray) -> tuple[PairScore, float]:
        part, groups = pairs[chosen].reset_index(drop=True), groups_of_crimes(case.series)
        of_part = evidence[chosen].reset_index(drop=True)
        trained = train(
            plan.contender, part, of_part, groups, of_population, weight, prior, np.random.default_rng(seed)
        )
        return pair_scorer(crimes, trained.model, spec), trained.prior_log_odds

    fold = folds(case, N_FOLDS, seed)
    without = [score((fold[first] != number) & (fold[second] != number))[0] for number in range(N_FOLDS)]
    full, used_prior = score(np.ones(len(pairs), dtype=np.bool_))
    return DemoScores(full, without, fold, used_prior)


def demo_links(case: Case, scores: DemoScores, rows: np.ndarray | None = None) -> CaseLinks:
    """Score the pairs of a case within the usual limits; of a part of the force, all its pairs (``rows``)."""
    if rows is None:
        first, second = _candidates(case)
        by, fold = scores, scores.fold
    else:
        first, second = np.triu_indices(len(rows), 1)
        by = scores._replace(full=_of_part(scores.full, rows), without=[_of_part(one, rows) for one in scores.without])
        fold = np.where([group is None for group in case.known_group], -1, scores.fold[rows])
    ids = case.crimes["crime_id"].to_numpy()

    def graph_of(log_bf: np.ndarray) -> CoLinkageGraph:
        kept = log_bf >= (LEAST_LOG_BF if rows is None else -np.inf)
        pairs = {"crime_id_1": ids[first[kept]], "crime_id_2": ids[second[kept]], "log_bf": log_bf[kept]}
        return case_graph(case, pd.DataFrame(pairs))

    graph = graph_of(by.full(first, second))
    unseen = graph_of(unseen_log_bf(first, second, fold, by.full, by.without))
    incident = incident_of_node(case, graph)
    fold_of_node = np.full(graph.n_nodes, -1, dtype=np.int64)
    np.maximum.at(fold_of_node, graph.node_of_crime, fold)

    def linked(nodes: np.ndarray, score: PairScore) -> pd.DataFrame:
        return group_links(graph, incident, *led_to_groups(graph, first, second, nodes), score)

    left_out = [linked(np.flatnonzero(fold_of_node == number), one) for number, one in enumerate(by.without)]
    return CaseLinks(
        graph,
        graph.node_of_crime[case.asked],
        linked(graph.unsolved_nodes, by.full),
        pd.concat(left_out, ignore_index=True),
        unseen,
        scores.prior_log_odds,
    )


def _case(name: str, crimes: pd.DataFrame, series: pd.DataFrame, truth: pd.DataFrame) -> Case:
    known = known_groups(crimes, series)
    truth = truth[truth["crime_id"].isin(crimes["crime_id"])]
    row = pd.Series(np.arange(len(crimes)), index=crimes["crime_id"])
    solved = np.array([group is not None for group in known.of_crime])
    true_incident = truth.drop_duplicates("crime_id").set_index("crime_id")["incident_id"]
    true_incident = crimes["crime_id"].map(true_incident)
    is_told = true_incident.isin(set(true_incident[solved])).to_numpy() | solved
    recorded = crimes["incident_id"].fillna(crimes["crime_id"])
    is_told |= recorded.isin(set(recorded[is_told])).to_numpy()
    asked = np.flatnonzero(~is_told & ~recorded.duplicated().to_numpy())
    position = pd.Series(np.arange(len(asked)), index=recorded.iloc[asked])
    person, names = pd.factorize(truth["person_id"])
    at = row[truth["crime_id"]].to_numpy()
    group = pd.Index(known.names).get_indexer(pd.Index(known.of_crime[at]))
    in_group, in_asked = group >= 0, recorded.iloc[at].isin(position.index).to_numpy()
    of_asked = position[recorded.iloc[at][in_asked]].to_numpy()
    groups = _ones(group[in_group], person[in_group], (len(known.names), len(names)))
    theirs = _ones(of_asked, person[in_asked], (len(asked), len(names)))
    unit = np.full(len(asked), -1, dtype=np.int64)
    unit[of_asked[::-1]] = person[in_asked][::-1]
    unit[unit < 0] = len(names) + np.flatnonzero(unit < 0)
    is_true = (theirs @ groups.T).toarray() > 0
    return Case(name, crimes, series, known.of_crime, known.names, known.shares, asked, is_true, unit)


def _candidates(case: Case) -> tuple[np.ndarray, np.ndarray]:
    """Return the pairs within the usual limits."""
    chunks = list(candidate_chunks(event_points(case.crimes, LIMITS.across_groups), LIMITS))
    return np.concatenate([one.first for one in chunks]), np.concatenate([one.second for one in chunks])


def _of_part(score: PairScore, rows: np.ndarray) -> PairScore:
    return lambda first, second: score(rows[first], rows[second])


def _ones(row: np.ndarray, column: np.ndarray, shape: tuple[int, int]) -> csr_array:
    return csr_array((np.ones(len(row), dtype=np.int32), (row, column)), shape=shape)
