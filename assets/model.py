"""The Bayes-factor model of a refresh: trained on its pairs or supplied, and how well it does on held-out groups."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import dagster as dg
import numpy as np
import pandas as pd

from assets.crime_frame import linkage_frames, with_items
from assets.described import made, table_asset, table_spec
from assets.evidence import TrainingConfig, evidence_of, held_out_scene_links, scene_rows
from assets.table_columns import empty_table
from assets.warehouse import POOL, Warehouse
from linkage.bayes_factors import HistogramBayesFactor
from linkage.evaluation import evaluate
from linkage.evidence import EvidenceSpec
from linkage.evidence_spec import SPACE_AND_TIME
from linkage.histogram_term import BayesFactorError
from linkage.information import item_weights
from linkage.model_document import from_document, model_version, to_document
from linkage.pairs import training_series
from linkage.prior_odds import prior_for_all_crimes, prior_log_odds
from linkage.scene_ranking import scene_ranking
from linkage.series import groups_of_crimes
from linkage.splits import SplitError
from publication.refreshes import record, refresh

MIN_PAIRS = 30
"""Fewer linked or unlinked pairs than this fill no histogram; the refresh then links nothing and says so."""

PAIRS = "select * exclude (refresh_id) from linkage.crime_pairs_evaluated where refresh_id = ? order by 1, 2"
SERIES = "select * exclude (refresh_id) from linkage.series_data where refresh_id = ? order by person_id, crime_id"
DOCUMENT = """
    select refresh_id, status, prior_log_odds, document from linkage.model_versions
    where refresh_id = (select refresh_id from ops.current_refresh) and document is not null
"""


class ModelConfig(dg.Config):
    """How the histogram model is fitted; a path in `document` supplies a model made elsewhere instead."""

    document: str = ""
    n_bins: int = 15
    df: float = 10.0


class ModelInForce(NamedTuple):
    """The model of a refresh with what it needs to be applied."""

    refresh_id: str
    model: HistogramBayesFactor
    spec: EvidenceSpec
    prior_log_odds: float
    is_supplied: bool
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
    is_supplied = row["status"] == "supplied"
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
    """Fit the histogram model on the training pairs, or read a supplied one."""
    refresh_id = warehouse.refresh_id()
    pairs = _pairs(warehouse, refresh_id)
    document = _supplied(Path(config.document)) if config.document else _trained(config, warehouse, pairs, refresh_id)
    versions = pd.DataFrame([_row(document, len(pairs), int(pairs["is_linked"].sum()), bool(config.document))])
    weights = item_weights(from_document(document)[0], pairs) if document else empty_table("linkage.item_weights")
    for table, frame in (("linkage.model_versions", versions), ("linkage.item_weights", weights)):
        warehouse.replace(table, frame)
        yield made(table, frame, status=str(versions["status"].iloc[0]))
    with warehouse.connect() as connection:
        record(connection, refresh_id, model_version=versions["model_version"].iloc[0])


def _pairs(warehouse: Warehouse, refresh_id: str) -> pd.DataFrame:
    return warehouse.frame(PAIRS, [refresh_id])


def _supplied(path: Path) -> dict[str, Any]:
    """Return a model document from a file, checked.

    Raises
    ------
    ValueError
        The file is no model document.
    """
    try:
        document = json.loads(path.read_text())
    except (OSError, json.JSONDecodeError) as error:
        raise ValueError(
            f"{path}: expected a model document in JSON, got {error}; export one from model_versions"
        ) from None
    from_document(document)
    if document.get("prior_log_odds") is None:
        raise ValueError(f"{path}: expected prior_log_odds in the model document, got none; add it")
    return dict(document)


def _trained(config: ModelConfig, warehouse: Warehouse, pairs: pd.DataFrame, refresh_id: str) -> dict[str, Any] | None:
    """Return the document of a model fitted on the training pairs, or None where they are too few."""
    if _too_few(pairs):
        return None
    frames = linkage_frames(warehouse)
    spec = EvidenceSpec(items=frames.items)
    model = HistogramBayesFactor(n_bins=config.n_bins, df=config.df)
    model.fit(evidence_of(frames.crimes, pairs, spec), pairs["is_linked"], pairs["weight"])
    series = warehouse.frame(SERIES, [refresh_id])
    sampling = _training(warehouse, refresh_id).sampling()
    of_solved = prior_log_odds(series, frames.crimes, sampling)
    prior = prior_for_all_crimes(of_solved, series["crime_id"].nunique() / len(frames.crimes))
    document = to_document(model, spec, prior_log_odds=prior, training_pairs=pairs)
    document["training"]["across_groups"] = sampling.across_groups
    return document


def _too_few(pairs: pd.DataFrame) -> bool:
    n_linked = int(pairs["is_linked"].sum())
    return min(n_linked, len(pairs) - n_linked) < MIN_PAIRS


def _training(warehouse: Warehouse, refresh_id: str) -> TrainingConfig:
    """Return the settings that this refresh drew its training pairs with."""
    with warehouse.connect() as connection:
        return TrainingConfig(**refresh(connection, refresh_id)["parameters"]["training"])


def _row(document: dict[str, Any] | None, n_pairs: int, n_linked: int, is_supplied: bool) -> dict[str, Any]:
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
        "status": "supplied" if is_supplied else "trained",
        "reason": None,
        "kind": document["kind"],
        "prior_log_odds": document["prior_log_odds"],
        "n_pairs": document["training"]["n_pairs"],
        "n_linked": document["training"]["n_linked"],
        "training_fingerprint": document["training"]["fingerprint"],
        "document": json.dumps(document),
    }


class EvaluationConfig(dg.Config):
    """How the model is judged: group splits, the share held out, and the seed."""

    n_repeats: int = 10
    test_share: float = 0.3
    seed: int = 1


@table_asset(
    "linkage.model_evaluation",
    deps=["linkage.crime_pairs_evaluated", "linkage.series_data", "linkage.model_versions"],
    group="model",
)
def model_evaluation(config: EvaluationConfig, warehouse: Warehouse) -> dg.MaterializeResult:
    """How the model does on unseen offenders, space and time alone beside; one row per model, split and metric."""
    table = "linkage.model_evaluation"
    refresh_id = warehouse.refresh_id()
    pairs = _pairs(warehouse, refresh_id)
    force = model_in_force(warehouse)
    # A supplied model is not refitted here: what a refit does would be said of the wrong model.
    if force is None or force.is_supplied or _too_few(pairs):
        return _not_evaluated(warehouse, table, "no model trained on enough solved crimes of this refresh")
    crimes, training = linkage_frames(warehouse).crimes, _training(warehouse, refresh_id)
    series, scene = warehouse.frame(SERIES, [refresh_id]), scene_rows(warehouse, crimes, training)
    rows = training_series(series, training.sampling(), scene)
    try:
        evaluation = evaluate(
            pairs,
            evidence_of(crimes, pairs, force.spec),
            groups_of_crimes(rows),
            np.random.default_rng(config.seed),
            n_repeats=config.n_repeats,
            test_share=config.test_share,
            make_model=lambda: HistogramBayesFactor(**force.model.get_params()),
            event_at=rows.drop_duplicates("crime_id").set_index("crime_id")["event_at"],
        )
    except (SplitError, BayesFactorError) as error:  # one known group of offenders: nothing can be held out
        return _not_evaluated(warehouse, table, str(error))
    truth = held_out_scene_links(warehouse, crimes, series, training)
    if len(truth):
        scene_links = _on_scene_links(force, crimes, pairs, truth, np.random.default_rng(config.seed))
        evaluation = pd.concat([evaluation, scene_links], ignore_index=True)
    warehouse.replace(table, evaluation)
    auc = evaluation[(evaluation["metric"] == "auc") & evaluation["split"].str.startswith("group")]
    return made(
        table,
        evaluation,
        **{f"auc_{name}": float(value) for name, value in auc.groupby("model")["value"].mean().items()},
    )


def _on_scene_links(
    force: ModelInForce, crimes: pd.DataFrame, pairs: pd.DataFrame, truth: pd.DataFrame, rng: np.random.Generator
) -> pd.DataFrame:
    """Rank the partners that scene links name, with the model in force and with space and time alone."""
    baseline = HistogramBayesFactor(**force.model.get_params())
    baseline.fit(pairs[list(SPACE_AND_TIME)], pairs["is_linked"], pairs["weight"])
    models = {"full": (force.model, force.spec), "space_and_time": (baseline, EvidenceSpec(items=()))}
    return scene_ranking(models, with_items(crimes, force.spec.items), truth, rng, force.across_groups)


def _not_evaluated(warehouse: Warehouse, table: str, reason: str) -> dg.MaterializeResult:
    """Leave the table empty in a refresh whose model cannot be judged, and say why; the refresh goes on."""
    warehouse.replace(table, empty_table(table))
    return made(table, empty_table(table), skipped=reason)
