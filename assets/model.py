"""The Bayes-factor model of a refresh: trained and calibrated on its pairs, or supplied."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import dagster as dg
import numpy as np
import pandas as pd

from assets.crime_frame import linkage_frames, with_items
from assets.described import made, table_spec
from assets.evidence import TrainingConfig, evidence_of, scene_rows
from assets.table_columns import empty_table
from assets.warehouse import POOL, Warehouse
from linkage.bayes_factors import HistogramBayesFactor
from linkage.evidence import pair_evidence
from linkage.evidence_spec import EvidenceSpec, fit_spec, spec_as_data
from linkage.information import item_weights
from linkage.model_document import from_document, model_version, to_document
from linkage.model_kinds import model_plan
from linkage.pair_population import population_sample
from linkage.pair_scores import LinkModel
from linkage.pairs import PairSampling, training_series
from linkage.prior_odds import prior_for_all_crimes, prior_log_odds
from linkage.series import groups_of_crimes
from linkage.training import train
from publication.refreshes import record, refresh
from quality.features import refuse_protected

MIN_PAIRS = 30
"""Fewer linked or unlinked pairs than this teach no model; the refresh then links nothing and says so."""

NEAR_KM = 5.0
"""Pairs nearer than this are sampled apart from the others when posteriors are calibrated: links are among them."""

PAIRS = "select * exclude (refresh_id) from linkage.crime_pairs_evaluated where refresh_id = ? order by 1, 2"
SERIES = "select * exclude (refresh_id) from linkage.series_data where refresh_id = ? order by person_id, crime_id"
PUBLISHED = """
    select document from linkage.model_versions as models join ops.refreshes as made using (refresh_id)
    where refresh_id = (select refresh_id from ops.published) and document is not null and force_code = (
        select force_code from ops.refreshes where refresh_id = (select refresh_id from ops.current_refresh)
    )
"""
"""The model that is published, if it is of the force that is refreshed now."""

DOCUMENT = """
    select refresh_id, status, prior_log_odds, document from linkage.model_versions
    where refresh_id = (select refresh_id from ops.current_refresh) and document is not null
"""


class ModelConfig(dg.Config):
    """Which kind of model is fitted and how; a path in `document` supplies a model made elsewhere instead.

    With `keep` the model of the published refresh scores again, just as it is, and with the same limits only pairs of
    crimes that are new or changed are scored; where no model of this force is published one is fitted.
    `prior_log_odds` is the most that is believed before the sample of all pairs is seen; what the solved crimes allow
    where it is left out.
    """

    document: str = ""
    keep: bool = False
    kind: str = "additive"
    n_knots: int = 12
    shrinkage: float = 0.1
    smoothness: float = 0.3
    n_bins: int = 15
    df: float = 10.0
    prior_log_odds: float | None = None
    n_near: int = 1_000_000
    n_far: int = 200_000
    seed: int = 1

    def parameters(self) -> dict[str, object]:
        """Return the arguments of the kind of model."""
        if self.kind == "histogram":
            return {"n_bins": self.n_bins, "df": self.df}
        return {"n_knots": self.n_knots, "shrinkage": self.shrinkage, "smoothness": self.smoothness}


class ModelInForce(NamedTuple):
    """The model of a refresh with what it needs to be applied."""

    refresh_id: str
    model: LinkModel
    spec: EvidenceSpec
    prior_log_odds: float
    is_supplied: bool
    """Whether it came from elsewhere or from an earlier refresh, and was not fitted in this one."""
    across_groups: bool
    """Whether it was trained on pairs across crime groups too; only such pairs may it score."""


def model_in_force(warehouse: Warehouse) -> ModelInForce | None:
    """Return the model of the running refresh, or None where linkage is skipped."""
    rows = warehouse.frame(DOCUMENT)
    if rows.empty:
        return None
    row = rows.iloc[0]
    document = json.loads(row["document"])
    model, spec = from_document(document)
    is_supplied = row["status"] != "trained"
    across_groups = bool(document["training"].get("across_groups", True))
    return ModelInForce(str(row["refresh_id"]), model, spec, float(row["prior_log_odds"]), is_supplied, across_groups)


@dg.multi_asset(
    name="model_versions",
    specs=[
        table_spec(
            "linkage.model_versions",
            ["linkage.crime_pairs_evaluated", "linkage.series_data"],
            "The model that this refresh scores with, or why there is none; one row per model.",
            "model",
        ),
        table_spec(
            "linkage.item_weights",
            ["linkage.crime_pairs_evaluated"],
            "Mean log Bayes factor that a linked pair gains from an item recorded on both; one row per MO item.",
            "model",
        ),
    ],
    pool=POOL,
)
def model_versions(config: ModelConfig, warehouse: Warehouse) -> Iterator[dg.MaterializeResult]:
    """Fit the model on the training pairs and calibrate it, or read a supplied one."""
    refresh_id, pairs = warehouse.refresh_id(), training_pairs(warehouse)
    with warehouse.connect() as connection:
        record(connection, refresh_id, parameters={"model": config.model_dump()}, seeds={"model": config.seed})
    document, status = _document(config, warehouse, pairs)
    versions = pd.DataFrame([_row(document, len(pairs), int(pairs["is_linked"].sum()), status)])
    weights = empty_table("linkage.item_weights") if too_few(pairs) else _item_weights(pairs)
    for table, frame in (("linkage.model_versions", versions), ("linkage.item_weights", weights)):
        warehouse.replace(table, frame)
        yield made(table, frame, status=str(versions["status"].iloc[0]))
    with warehouse.connect() as connection:
        record(connection, refresh_id, model_version=versions["model_version"].iloc[0])


def training_pairs(warehouse: Warehouse) -> pd.DataFrame:
    """Return the training pairs of the running refresh with the evidence that was published of them."""
    return warehouse.frame(PAIRS, [warehouse.refresh_id()])


def _item_weights(pairs: pd.DataFrame) -> pd.DataFrame:
    """Weigh items by whether their values match, whichever model is in force, so that weights can be compared."""
    matches = [name for name in pairs.columns if name.startswith("match_")]
    model = HistogramBayesFactor().fit(pairs[matches], pairs["is_linked"], pairs["weight"])
    return item_weights(model, pairs)


def _document(config: ModelConfig, warehouse: Warehouse, pairs: pd.DataFrame) -> tuple[dict[str, Any] | None, str]:
    """Return the document of the model that scores, or None, and whether it was supplied, kept or trained."""
    if config.document:
        return _supplied(Path(config.document), warehouse), "supplied"
    if config.keep:
        warehouse.ensure("linkage.model_versions")
        kept = warehouse.frame(PUBLISHED)["document"]
        if len(kept):
            return json.loads(kept.iloc[0]), "kept"
    return _trained(config, warehouse, pairs), "trained"


def _supplied(path: Path, warehouse: Warehouse) -> dict[str, Any]:
    """Return a model document from a file, checked, with what it must know of crimes learned from those of this force.

    How crowded places are, and how rare a value is, are facts of a force: those of the one that trained the model would
    make every pair of another look near. No label is looked at.

    Raises
    ------
    ValueError
        The file is no model document, or one that this force's records cannot feed.
    """
    try:
        document = json.loads(path.read_text())
    except (OSError, json.JSONDecodeError) as error:
        raise ValueError(
            f"{path}: expected a model document in JSON, got {error}; export one from model_versions"
        ) from None
    _, spec = from_document(document)
    prior = document.get("prior_log_odds")
    if isinstance(prior, bool) or not isinstance(prior, int | float) or not np.isfinite(prior):
        raise ValueError(f"{path}: expected prior_log_odds in the model document, a number, got {prior!r}; add it")
    if spec.text or spec.numerical or spec.distance != "projected":
        raise ValueError(
            f"{path}: expected evidence of projected places, times and coded MO items, got text, numbers or degrees; "
            "train the model on what a refresh has"
        )
    refuse_protected(spec.compared)
    crimes = with_items(linkage_frames(warehouse).crimes, spec.compared)
    training = {"n_pairs": None, "n_linked": None, "fingerprint": None} | dict(document.get("training") or {})
    return {**document, "evidence": spec_as_data(fit_spec(crimes, spec)), "training": training}


def _trained(config: ModelConfig, warehouse: Warehouse, pairs: pd.DataFrame) -> dict[str, Any] | None:
    """Return the document of a model trained on the training pairs, or None where they are too few."""
    if too_few(pairs):
        return None
    frames, training = linkage_frames(warehouse), training_config(warehouse)
    plan = model_plan(config.kind, frames.items, config.parameters())
    spec = fit_spec(frames.crimes, plan.spec)
    series = warehouse.frame(SERIES, [warehouse.refresh_id()])
    prior = _prior(config, series, frames.crimes, training.sampling())
    scene = scene_rows(warehouse, frames.crimes, training)
    groups = groups_of_crimes(training_series(series, training.sampling(), scene))
    evidence, rng = evidence_of(frames.crimes, pairs, spec), np.random.default_rng(config.seed)
    population = _population(config, frames.crimes, spec, training.sampling(), rng)
    trained = train(plan.contender, pairs, evidence, groups, *population, prior, rng)
    document = to_document(trained.model, spec, prior_log_odds=trained.prior_log_odds, training_pairs=pairs)
    document["training"]["across_groups"] = training.across_groups
    return document


def _prior(config: ModelConfig, series: pd.DataFrame, crimes: pd.DataFrame, sampling: PairSampling) -> float:
    """Return the log prior odds that were set, else the largest that the solved crimes allow."""
    if config.prior_log_odds is not None:
        return config.prior_log_odds
    of_solved = prior_log_odds(series, crimes, sampling)
    return prior_for_all_crimes(of_solved, series["crime_id"].nunique() / len(crimes))


def _population(
    config: ModelConfig, crimes: pd.DataFrame, spec: EvidenceSpec, sampling: PairSampling, rng: np.random.Generator
) -> tuple[pd.DataFrame, np.ndarray]:
    """Return the evidence of a sample of all pairs of the force, and how many pairs each one stands for."""
    sample = population_sample(
        crimes, sampling.max_days, NEAR_KM, rng, config.n_far, config.n_near, across_groups=sampling.across_groups
    )
    evidence = pair_evidence(crimes, sample["first"].to_numpy(), sample["second"].to_numpy(), spec)
    return evidence, sample["weight"].to_numpy()


def too_few(pairs: pd.DataFrame) -> bool:
    """Tell whether pairs are too few to learn from."""
    n_linked = int(pairs["is_linked"].sum())
    return min(n_linked, len(pairs) - n_linked) < MIN_PAIRS


def training_config(warehouse: Warehouse) -> TrainingConfig:
    """Return the settings that this refresh drew its training pairs with."""
    with warehouse.connect() as connection:
        return TrainingConfig(**refresh(connection, warehouse.refresh_id())["parameters"]["training"])


def model_config(warehouse: Warehouse) -> ModelConfig:
    """Return the settings that this refresh trained its model with."""
    with warehouse.connect() as connection:
        return ModelConfig(**refresh(connection, warehouse.refresh_id())["parameters"]["model"])


def _row(document: dict[str, Any] | None, n_pairs: int, n_linked: int, status: str) -> dict[str, Any]:
    """Return the row of model_versions; without a model it says why."""
    if document is None:
        reason = (
            f"{n_linked} linked and {n_pairs - n_linked} unlinked training pairs, "
            f"at least {MIN_PAIRS} of each are needed: "
            "send offenders of solved crimes, or supply a model (colink refresh --model)"
        )
        empty = dict.fromkeys(("kind", "prior_log_odds", "training_fingerprint", "document"))
        return {
            "model_version": "none",
            "status": "skipped",
            "reason": reason,
            "n_pairs": n_pairs,
            "n_linked": n_linked,
        } | empty
    return {
        "model_version": model_version(document),
        "status": status,
        "reason": None,
        "kind": document["kind"],
        "prior_log_odds": document["prior_log_odds"],
        "n_pairs": document["training"]["n_pairs"],
        "n_linked": document["training"]["n_linked"],
        "training_fingerprint": document["training"]["fingerprint"],
        "document": json.dumps(document),
    }
