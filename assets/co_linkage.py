"""Co-linkage: the probability that crimes share an offender, all crimes of the force judged jointly."""

import shutil
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import dagster as dg
import numpy as np
import pandas as pd

from assets.code_version import code_version
from assets.crime_frame import linkage_frames
from assets.described import made, table_spec
from assets.engines.force_run import Engine, run_force
from assets.engines.local import finish_locally
from assets.known_groups import known_groups
from assets.links import without_model
from assets.model import ModelInForce, model_in_force
from assets.warehouse import POOL, Warehouse
from linkage.co_linkage_components import ForceSettings, force_work, hyperparameters_of_draws
from linkage.co_linkage_tables import (
    crime_outcomes,
    crime_pairs,
    leads_above,
    point_series,
    ranked_candidates,
    series_by_draw,
    series_sizes,
)
from linkage.diagnostics import convergence_fault, diagnose
from linkage.forest_learning import ForestLearned, ForestSettings, learn_forest
from linkage.forest_prior import forest_prior
from linkage.link_graph import CoLinkageGraph, co_linkage_graph
from linkage.shared_offenders import shared_offenders
from publication.refreshes import record

TABLES = {
    "linkage.co_linkage": "Pairs with an unsolved crime that may share an offender; one row per pair of crimes.",
    "linkage.co_linkage_candidates": "What an unsolved crime may be linked with; one row per crime and candidate.",
    "linkage.co_linkage_crimes": "What the series of an unsolved crime may be; one row per unsolved crime.",
    "linkage.co_linkage_series": "The clustering that is nearest to all draws; one row per crime.",
    "linkage.co_linkage_sizes": "How many series of each size there may be; one row per kind and size.",
    "linkage.co_linkage_hyperparameters": "What the joint judgement learned; one row per hyperparameter.",
    "linkage.co_linkage_diagnostics": "Whether streams of draws agree; one row per quantity.",
    "linkage.leads": "Unsolved crimes with a candidate above the line; one row per crime and candidate.",
}
NEEDS = ["linkage.links", "linkage.solved_partners", "linkage.series_data", "staging.stg_crimes"]
LINKS = """
    select crime_id_1, crime_id_2, log_bf from linkage.links where refresh_id = $refresh_id
    union
    select crime_id_1, crime_id_2, log_bf from linkage.solved_partners where refresh_id = $refresh_id
    order by 1, 2
"""
SERIES_DATA = "select crime_id, person_id from linkage.series_data where refresh_id = ? order by 1, 2"
SAMPLED_PAIRS = 100
"""Undecided pairs of a force whose streams are compared; a random sample, always the same of the same crimes."""

MEANINGS = {
    "new_series_log_weight": "What a link's log Bayes factor must exceed to weigh more than a series of its own",
    "exponent": "Power of the Bayes factors: 1 takes the pair model at its word",
    "unsolved_factor": "Weight of links between two unsolved crimes beside links to solved ones",
    "known_share": "Share of unsolved crimes whose offender is in a known group",
    "n_series": "Series in the force: groups of any number of crimes that may share an offender",
}


class CoLinkageConfig(dg.Config):
    """How much is drawn, what is kept, on which engine, and from when on streams of draws are told to disagree."""

    n_draws: int = 1_000
    pair_floor: float = 0.05
    top_k: int = 20
    line: float = 0.25
    engine: str = "local"
    worst_rhat: float = 1.05
    least_ess: float = 100.0
    seed: int = 1


@dg.multi_asset(
    name="co_linkage",
    specs=[table_spec(table, NEEDS, text, "co_linkage") for table, text in TABLES.items()],
    check_specs=[
        dg.AssetCheckSpec(
            "chains_agree",
            asset=dg.AssetKey(["linkage", "co_linkage_diagnostics"]),
            blocking=True,
            description="R-hat and effective draws of every quantity are within bounds; fails where chains disagree.",
        )
    ],
    pool=POOL,
)
def co_linkage(
    context: dg.AssetExecutionContext, config: CoLinkageConfig, warehouse: Warehouse
) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
    """Judge all crimes of the force jointly: which may share an offender, known or not."""
    force = model_in_force(warehouse)
    if force is None:
        yield from without_model(warehouse, TABLES)
        yield _chains_agree(None)
        return
    with warehouse.connect() as connection:
        parameters = {"co_linkage": config.model_dump()}
        record(connection, force.refresh_id, parameters=parameters, seeds={"co_linkage": config.seed})
    frames, diagnostics = _judged(config, warehouse, force, context.log.info)
    for table, frame in zip(TABLES, frames, strict=True):
        warehouse.replace(table, frame)
        yield made(table, frame)
    yield _chains_agree(convergence_fault(diagnostics, config.worst_rhat, config.least_ess))


def _judged(
    config: CoLinkageConfig, warehouse: Warehouse, force: ModelInForce, say: Callable[[str], None]
) -> tuple[list[pd.DataFrame], pd.DataFrame]:
    """Return the frames of `TABLES` and the diagnostics."""
    known = warehouse.frame(SERIES_DATA, [force.refresh_id])
    graph = _graph(warehouse, force, known)
    settings = ForceSettings(n_draws=config.n_draws, pair_floor=config.pair_floor)
    prior = forest_prior(force.prior_log_odds)
    learned = learn_forest(graph.arrays, shared_offenders(graph, known), prior, ForestSettings(), config.seed)
    work = force_work(graph, hyperparameters_of_draws(learned.draws, settings), settings, config.seed)
    checkpoints = Path(warehouse.home) / "co_linkage"
    outcome = run_force(work, checkpoints, code_version(), _engine(config.engine), say)
    counts = series_by_draw(graph, outcome, config.n_draws)
    candidates = ranked_candidates(graph, outcome, known, config.pair_floor, config.top_k)
    diagnostics = _diagnostics(graph, learned, outcome["agreement"], counts["all"], settings.n_streams)
    frames = [
        crime_pairs(graph, outcome, config.pair_floor),
        candidates,
        crime_outcomes(graph, outcome, candidates),
        point_series(graph, outcome),
        series_sizes(counts),
        _hyperparameters(learned, counts["all"]),
        diagnostics,
        leads_above(candidates, config.line),
    ]
    shutil.rmtree(checkpoints)  # kept until here, so that a killed refresh goes on where it was
    return frames, diagnostics


def _graph(warehouse: Warehouse, force: ModelInForce, known: pd.DataFrame) -> CoLinkageGraph:
    """Return the graph of the strongest links of every crime, with the known groups of solved ones."""
    crimes = linkage_frames(warehouse).crimes
    groups = known_groups(known, "co-offenders").set_axis(known["crime_id"]).astype(object)
    group = groups[~groups.index.duplicated()].reindex(crimes["crime_id"]).to_numpy(dtype=object)
    with warehouse.connect() as connection:
        links = connection.execute(LINKS, {"refresh_id": force.refresh_id}).df()
    return co_linkage_graph(crimes["crime_id"], group, crimes["incident_id"], links)


def _engine(name: str) -> Engine:
    if name == "local":
        return finish_locally
    if name != "spark":
        raise ValueError(f"engine: expected local or spark, got {name!r}; correct the setting of co_linkage")
    from assets.engines.spark import finish_on_spark, local_session

    return partial(finish_on_spark, session=local_session())


def _hyperparameters(learned: ForestLearned, n_series: np.ndarray) -> pd.DataFrame:
    """Return quantity, meaning, median, q05, q95; the share of known offenders is one figure without interval."""
    traces = learned.draws.drop(columns=["chain", "sweep"]).assign(known_share=learned.known_share)
    quantiles = {name: np.quantile(values, (0.5, 0.05, 0.95)) for name, values in traces.items()}
    quantiles["n_series"] = np.quantile(n_series.sum(axis=1), (0.5, 0.05, 0.95), method="inverted_cdf")
    rows = [(name, MEANINGS[str(name)], *map(float, values)) for name, values in quantiles.items()]
    return pd.DataFrame(rows, columns=["quantity", "meaning", "median", "q05", "q95"])


def _diagnostics(
    graph: CoLinkageGraph, learned: ForestLearned, agreement: pd.DataFrame, n_series: np.ndarray, n_streams: int
) -> pd.DataFrame:
    """Return what streams of draws say of hyperparameters, the number of series and a sample of undecided pairs."""
    of_number = diagnose({"n_series": n_series.sum(axis=1).reshape(n_streams, -1).astype(np.float64)})
    if agreement.empty:
        return pd.concat([learned.diagnostics, of_number], ignore_index=True)
    lowest = graph.crime_ids[np.unique(graph.node_of_crime, return_index=True)[1]]
    sampled = agreement.nsmallest(SAMPLED_PAIRS, "key")
    named = "link " + pd.Series(lowest[sampled["node_1"]]) + " " + pd.Series(lowest[sampled["node_2"]])
    of_pairs = sampled.drop(columns=["node_1", "node_2", "key"]).reset_index(drop=True)
    of_pairs.insert(0, "quantity", named)
    return pd.concat([learned.diagnostics, of_number, of_pairs], ignore_index=True)


def _chains_agree(fault: str | None) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        asset_key=dg.AssetKey(["linkage", "co_linkage_diagnostics"]),
        check_name="chains_agree",
        passed=fault is None,
        severity=dg.AssetCheckSeverity.ERROR,
        metadata={"finding": fault or "all chains agree"},
    )
