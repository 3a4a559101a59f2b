"""Compiles the kernels once, so that the first refresh after installing does not wait for them."""

import numpy as np
import pandas as pd

from linkage.additive import AdditiveBayesFactor
from linkage.bayes_factors import HistogramBayesFactor
from linkage.co_linkage import (
    CoLinkageEvidence,
    CoLinkageSettings,
    co_linkage_data,
    sample_co_linkage,
    scale_free_prior,
)
from linkage.comparable_crimes import stored_crimes
from linkage.component_draws import draw_block
from linkage.component_outcome import ComponentDraws, component_sizes
from linkage.crime_columns import CrimeColumns
from linkage.evidence import EvidenceSpec, fit_spec, pair_evidence
from linkage.expansion import crimes_for_members
from linkage.force_refresh import score_changes, score_refresh
from linkage.force_state import ForceSettings
from linkage.forest import ForestParameters, known_probabilities, sample_forests
from linkage.hierarchy import LinkConstraints, cluster_links, merge_tree
from linkage.item_worth import WorthSettings, item_worth
from linkage.label_draws import LabelDraws
from linkage.left_out_crimes import SharedOffenders, around_left_out, left_out, left_out_probabilities
from linkage.link_graph import co_linkage_graph
from linkage.pair_population import population_sample
from linkage.pair_scores import pair_scorer
from linkage.point_estimate import PartitionLoss, SearchSettings, point_estimate
from linkage.posterior_pairs import pair_probabilities
from linkage.scoring import KeepRule, LinkLimits, score_links
from linkage.stored_columns import StoredColumns
from linkage.tile_scans import ScanTask, scan_of_tiles, scan_tile

N_CRIMES = 12
ITEMS = ("entry_point", "property_class_taken")
OTHER_FORMS = (
    EvidenceSpec(ITEMS, match="rarity", overlap=ITEMS[1:], agreement=ITEMS, crime_group=True, text="mo_text"),
    EvidenceSpec((), crowding_km=1.5),
    EvidenceSpec((), circular="reference", distance="great-circle"),
)


def compile_kernels() -> None:
    """Run every compiled kernel on a dozen invented crimes; numba keeps the result beside the source."""
    crimes = _crimes()
    spec = EvidenceSpec(items=ITEMS)
    first, second = (rows.astype(np.int64) for rows in np.triu_indices(N_CRIMES, 1))
    evidence = pair_evidence(crimes, first, second, spec)
    for other in OTHER_FORMS:
        pair_evidence(crimes, first, second, fit_spec(crimes, other))
    is_linked = (first + second) % 3 == 0
    AdditiveBayesFactor(n_knots=3).fit(evidence, is_linked).decision_function(evidence)
    model = HistogramBayesFactor(n_bins=3, df=2.0).fit(evidence, is_linked)
    pair_scorer(crimes, model, spec)(first, second)
    scored = score_links(crimes, model, spec, -1.0, LinkLimits(), KeepRule(edge_log_bf=-np.inf))
    score_links(crimes, model, spec, -1.0, LinkLimits(), KeepRule(top_k=0))
    pairs = scored.edges[["crime_id_1", "crime_id_2"]]
    for decided in (None, LinkConstraints(must_link=pairs[:2], cannot_link=pairs[-1:])):
        for linkage in ("average", "complete"):
            cluster_links(crimes, model, spec, scored.edges[::2], -np.inf, linkage, 0, constraints=decided)
    merge_tree(np.zeros((2, 2)), "average")
    population_sample(crimes, 365.0, 1.0, np.random.default_rng(1), n_far=N_CRIMES**2)
    worth = WorthSettings(n_pairs=N_CRIMES, n_resamples=1, n_shuffles=1, n_draws=1)
    item_worth(crimes, _series(crimes), ITEMS, worth, np.random.default_rng(1))
    data = co_linkage_data(crimes, [None, "a", "a"] * (N_CRIMES // 3), CoLinkageEvidence(items=ITEMS))
    sample_co_linkage(data, scale_free_prior(data), CoLinkageSettings(n_sweeps=4, n_warm_up=1, n_chains=1), seed=1)
    _summarise_labels(crimes)
    _walk_links(crimes, scored.edges)
    _go_on(crimes, ForceSettings(model, spec, -1.0, LinkLimits(), KeepRule(2, edge_log_bf=-np.inf)))


def _summarise_labels(crimes: pd.DataFrame) -> None:
    rng = np.random.default_rng(1)
    labels = rng.integers(0, 4, (3, N_CRIMES)).astype(np.int32)
    unsolved = np.full(N_CRIMES, -1, dtype=np.int32)
    draws = LabelDraws(labels, crimes["crime_id"].to_numpy(dtype=object), unsolved, ())
    point_estimate(draws, PartitionLoss(), SearchSettings(), rng)
    pair_probabilities(draws, 0.1)


def _walk_links(crimes: pd.DataFrame, links: pd.DataFrame) -> None:
    graph = co_linkage_graph(crimes["crime_id"], [None, "a"] * (N_CRIMES // 2), crimes["incident_id"], links).arrays
    parameters = ForestParameters(0.0)
    sample_forests(graph, [parameters], 1, np.random.SeedSequence(1))
    unsolved = np.flatnonzero(graph.known_cluster < 0)
    block = draw_block(graph, np.ones((2, 3)), np.random.SeedSequence(1), 0.0)
    weight, group_weight = np.ones(unsolved.size, np.int64), np.ones(graph.n_known, np.int64)
    component_sizes(ComponentDraws(unsolved, block.labels, graph.n_known, weight, group_weight))
    known_probabilities(np.arange(2), graph, parameters)
    nobody_shares = SharedOffenders(np.zeros(graph.n_known + 1, np.int64), np.zeros(0, np.int64))
    left = left_out(graph, nobody_shares, N_CRIMES, np.random.default_rng(1))
    around = around_left_out(left, graph, parameters, 4)
    left_out_probabilities(left, around, graph, parameters, np.ones(graph.known_cluster.size))


def _go_on(crimes: pd.DataFrame, settings: ForceSettings) -> None:
    """Score what one more crime changes, and rank from columns."""
    state = score_refresh(None, crimes[1:], settings, crimes["crime_id"][:3]).state
    state = score_changes(state, crimes[:1], (), settings).state
    stored = StoredColumns(state.ids, state.columns, state.tables, {}, "")
    crimes_for_members(stored_crimes(stored), crimes["crime_id"][:1], settings.prior_log_odds)
    _scan_tile(state.columns, ScanTask(state.tables, settings.limits, settings.keep, settings.prior_log_odds))


def _scan_tile(columns: CrimeColumns, task: ScanTask) -> None:
    """Scan all crimes but one, which has no place, as a tile of their own."""
    complete = np.arange(len(columns.x)) > 0
    seen = columns._replace(**{name: values[complete] for name, values in columns._asdict().items() if len(values)})
    found = scan_tile(np.flatnonzero(complete), seen, complete[complete], task)
    scan_of_tiles([found], columns._replace(is_placed=complete), task)


def _series(crimes: pd.DataFrame) -> pd.DataFrame:
    person = np.array(list("abcdef"))[np.arange(N_CRIMES) % 6]
    return pd.DataFrame({"crime_id": crimes["crime_id"], "person_id": person, "event_at": crimes["committed_from_at"]})


def _crimes() -> pd.DataFrame:
    row = np.arange(N_CRIMES)
    start = pd.Timestamp("2024-01-01") + pd.to_timedelta(row, unit="D")
    return pd.DataFrame(
        {
            "crime_id": [f"C{i:02d}" for i in row],
            "incident_id": [f"I{i:02d}" for i in row],
            "easting_m": 100.0 * row,
            "northing_m": 50.0 * row**2,
            "committed_from_at": start,
            "committed_to_at": start + pd.to_timedelta(row % 4, unit="h"),
            "committed_from_local": start,
            "committed_to_local": start + pd.to_timedelta(row % 4, unit="h"),
            "entry_point": np.where(row % 2, "front_door", "rear_door").astype(object),
            "property_class_taken": [("cash", "phone")[: 1 + i % 2] for i in row],
            "crime_group": "burglary",
            "mo_text": "forced the front door",
        }
    )
