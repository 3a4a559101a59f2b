"""Co-linkage: the probability that crimes share an offender, all crimes of the force judged jointly."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Self

import dagster as dg
import numpy as np
import pandas as pd
from pydantic import model_validator

from assets.code_version import code_version
from assets.crime_frame import linkage_frames
from assets.described import made, table_spec
from assets.engines.checkpoints import remove_checkpoints
from assets.engines.force_run import Engine, run_force
from assets.engines.local import finish_locally
from assets.engines.spark import LOCAL_MASTER, finish_on_spark, spark_session
from assets.known_groups import known_groups
from assets.links import without_model
from assets.model import ModelInForce, model_in_force
from assets.warehouse import POOL, Warehouse
from linkage.co_linkage_components import ForceSettings, force_work, hyperparameters_of_draws
from linkage.diagnostics import convergence_fault, diagnose
from linkage.force_tables import force_tables
from linkage.forest_learning import ForestLearned, ForestSettings, learn_forest
from linkage.forest_prior import forest_prior
from linkage.link_graph import CoLinkageGraph, co_linkage_graph
from linkage.shared_offenders import shared_offenders
from publication.co_linkage_data import NOT_LEARNED, SURFACE_ERROR, WORST_SURFACE_ERROR
from publication.refreshes import record

TABLES = {
    "linkage.co_linkage": "Pairs with an unsolved crime that may share an offender, from 5% (`pair_floor`) on; one row "
    "per pair of crimes.",
    "linkage.co_linkage_candidates": "What an unsolved crime may be linked with, from 5% (`pair_floor`) on, and nobody "
    "known; one row per crime and candidate.",
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
ENGINES = ("local", "spark")
SAMPLED_PAIRS = 100
"""Undecided pairs of a force whose streams are compared; a random sample, always the same of the same crimes."""

MEANINGS = {
    "new_series_log_weight": "What a link's log Bayes factor must exceed to weigh more than a series of its own",
    "exponent": "Power of the Bayes factors: 1 takes the pair model at its word",
    "unsolved_factor": "Weight of links between two unsolved crimes beside links to solved ones",
    "known_share": "Share of unsolved crimes whose offender is in a known group, as the pair model's own posteriors "
    "expect; not learned from solved crimes",
    "n_series": "Series in the force: groups of any number of crimes that may share an offender",
}


class CoLinkageConfig(dg.Config):
    """How much is drawn, what is kept, on which engine, and from when on streams of draws are told to disagree.

    `pair_floor` is the least probability that tables hold of a pair, a group, an offender or a crime. `spark_master`
    is read by the engine `spark` alone. Finished units stand in `checkpoints` until a refresh is done, where it is
    empty in `co_linkage` of the home; the machines of a cluster must reach that folder under the same path.
    """

    n_draws: int = 1_000
    pair_floor: float = 0.05
    top_k: int = 20
    line: float = 0.25
    engine: str = "local"
    spark_master: str = LOCAL_MASTER
    checkpoints: str = ""
    worst_rhat: float = 1.05
    least_ess: float = 100.0
    seed: int = 1

    @model_validator(mode="after")
    def _check(self) -> Self:
        """Refuse what could only fail, or find nothing, after hours."""
        self.settings()
        expected = (
            ("engine", self.engine in ENGINES, "local or spark", self.engine),
            ("spark_master", bool(self.spark_master), "local[2] or the address of a cluster", self.spark_master),
            ("line", 0.0 < self.line <= 1.0, "a probability above 0", self.line),
            ("pair_floor", self.pair_floor <= self.line, f"at most line ({self.line:g})", self.pair_floor),
            ("top_k", self.top_k >= 1, "1 or more", self.top_k),
            ("worst_rhat", self.worst_rhat > 1.0, "above 1", self.worst_rhat),
            ("least_ess", self.least_ess > 0.0, "above 0", self.least_ess),
            ("seed", self.seed >= 0, "0 or more", self.seed),
        )
        for name, is_met, words, came in expected:
            if not is_met:
                raise ValueError(f"{name}: expected {words}, got {came!r}; correct the setting of co_linkage")
        return self

    def settings(self) -> ForceSettings:
        """Return the library's form of these settings."""
        return ForceSettings(n_draws=self.n_draws, pair_floor=self.pair_floor)

    def recorded(self) -> dict[str, object]:
        """Return what a refresh tells of its settings; where it ran changes no figure, and names machines."""
        return self.model_dump(exclude={"spark_master", "checkpoints"})


@dg.multi_asset(
    name="co_linkage",
    specs=[table_spec(table, NEEDS, text, "co_linkage") for table, text in TABLES.items()],
    check_specs=[
        dg.AssetCheckSpec(
            "chains_agree",
            asset=dg.AssetKey(["linkage", "co_linkage_diagnostics"]),
            blocking=True,
            description="R-hat and effective draws of every quantity are within bounds; fails where chains disagree, "
            "warns where the surface that they walked on is off.",
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
        yield _chains_agree(None, None)
        return
    with warehouse.connect() as connection:
        parameters = {"co_linkage": config.recorded()}
        record(connection, force.refresh_id, parameters=parameters, seeds={"co_linkage": config.seed})
    frames, diagnostics = _judged(config, warehouse, force, context.log.info)
    for table, frame in zip(TABLES, frames, strict=True):
        warehouse.replace(table, frame)
        yield made(table, frame)
    yield _chains_agree(convergence_fault(diagnostics, config.worst_rhat, config.least_ess), diagnostics)


def _judged(
    config: CoLinkageConfig, warehouse: Warehouse, force: ModelInForce, say: Callable[[str], None]
) -> tuple[list[pd.DataFrame], pd.DataFrame]:
    """Return the frames of `TABLES` and the diagnostics."""
    known = warehouse.frame(SERIES_DATA, [force.refresh_id])
    with warehouse.connect() as connection:
        links = connection.execute(LINKS, {"refresh_id": force.refresh_id}).df()
    graph = force_graph(linkage_frames(warehouse).crimes, known, links)
    settings = config.settings()
    prior = forest_prior(force.prior_log_odds)
    learned = learn_forest(graph.arrays, shared_offenders(graph, known), prior, ForestSettings(), config.seed)
    work = force_work(graph, hyperparameters_of_draws(learned.draws, settings), settings, config.seed)
    checkpoints = Path(config.checkpoints or Path(warehouse.home) / "co_linkage")
    with _engine(config) as engine:
        outcome = run_force(work, checkpoints, code_version(), engine, say)
    tables = force_tables(graph, outcome, known, config.n_draws, config.pair_floor, config.top_k, config.line)
    diagnostics = diagnostics_of(graph, learned, outcome["agreement"], tables.n_series, settings.n_streams)
    frames = [
        tables.pairs,
        tables.candidates,
        tables.crimes,
        tables.series,
        tables.sizes,
        _hyperparameters(learned, tables.n_series),
        diagnostics,
        tables.leads,
    ]
    remove_checkpoints(checkpoints)  # kept until here, so that a killed refresh goes on where it was
    return frames, diagnostics


def force_graph(crimes: pd.DataFrame, known: pd.DataFrame, links: pd.DataFrame) -> CoLinkageGraph:
    """Return the graph of the links of a force, with the known groups of solved crimes.

    Parameters
    ----------
    crimes
        crime_id, incident_id.
    known
        crime_id, person_id of solved crimes.
    links
        crime_id_1, crime_id_2, log_bf.
    """
    groups = known_groups(known, "co-offenders").set_axis(known["crime_id"]).astype(object)
    group = groups[~groups.index.duplicated()].reindex(crimes["crime_id"]).to_numpy(dtype=object)
    return co_linkage_graph(crimes["crime_id"], group, crimes["incident_id"], links)


@contextmanager
def _engine(config: CoLinkageConfig) -> Iterator[Engine]:
    """Give who does the units, as long as it is needed."""
    if config.engine == "local":
        yield finish_locally
        return
    with spark_session(config.spark_master) as session:
        yield partial(finish_on_spark, session=session)


def _hyperparameters(learned: ForestLearned, n_series: np.ndarray) -> pd.DataFrame:
    """Return quantity, meaning, median, q05, q95; the share of known offenders is one figure without interval.

    Where nothing was learned, that share is unknown and a row without figures says why.
    """
    traces = learned.draws.drop(columns=["chain", "sweep"])
    if learned.reason is None:
        traces = traces.assign(known_share=learned.known_share)
    quantiles = {name: np.quantile(values, (0.5, 0.05, 0.95)) for name, values in traces.items()}
    quantiles["n_series"] = np.quantile(n_series, (0.5, 0.05, 0.95), method="inverted_cdf")
    rows = [(name, MEANINGS[str(name)], *map(float, values)) for name, values in quantiles.items()]
    if learned.reason is not None:
        rows.append((NOT_LEARNED, learned.reason, *[float("nan")] * 3))
    return pd.DataFrame(rows, columns=["quantity", "meaning", "median", "q05", "q95"])


def diagnostics_of(
    graph: CoLinkageGraph, learned: ForestLearned, agreement: pd.DataFrame, n_series: np.ndarray, n_streams: int
) -> pd.DataFrame:
    """Return what streams of draws say of hyperparameters, the number of series and a sample of undecided pairs.

    With the surface that the chains walked on, of which only the error (nats) is known, as its mean.
    """
    of_number = diagnose({"n_series": n_series.reshape(n_streams, -1).astype(np.float64)})
    tables = [learned.diagnostics, of_number]
    if learned.reason is None:
        of_surface = pd.DataFrame({"quantity": [SURFACE_ERROR], "mean": [learned.surface_error]})
        tables.append(of_surface.reindex(columns=of_number.columns).astype(of_number.dtypes))
    if agreement.empty:
        return pd.concat(tables, ignore_index=True)
    lowest = graph.crime_ids[np.unique(graph.node_of_crime, return_index=True)[1]]
    sampled = agreement.nsmallest(SAMPLED_PAIRS, "key")
    named = "link " + pd.Series(lowest[sampled["node_1"]]) + " " + pd.Series(lowest[sampled["node_2"]])
    of_pairs = sampled.drop(columns=["node_1", "node_2", "key"]).reset_index(drop=True)
    of_pairs.insert(0, "quantity", named)
    return pd.concat([*tables, of_pairs], ignore_index=True)


def _chains_agree(fault: str | None, diagnostics: pd.DataFrame | None) -> dg.AssetCheckResult:
    """Fail where chains disagree; warn where they agree on a surface that is off."""
    told = pd.Series(dtype=np.float64) if diagnostics is None else diagnostics.set_index("quantity")["mean"]
    errors = told[told.index == SURFACE_ERROR].tolist()
    warnings = [_surface_warning(error) for error in errors if error > WORST_SURFACE_ERROR]
    return dg.AssetCheckResult(
        asset_key=dg.AssetKey(["linkage", "co_linkage_diagnostics"]),
        check_name="chains_agree",
        passed=fault is None and not warnings,
        severity=dg.AssetCheckSeverity.ERROR if fault else dg.AssetCheckSeverity.WARN,
        metadata={"finding": "; ".join([fault or "all chains agree", *warnings])},
    )


def _surface_warning(error: float) -> str:
    return (
        f"the surface on which chains of hyperparameters walked is off by {error:.1f} nats (at most "
        f"{WORST_SURFACE_ERROR:g}): take their intervals as rough"
    )
