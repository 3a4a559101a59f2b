"""How well the model of a refresh does on offenders that it has not seen, and on links that scene evidence gave."""

import dagster as dg
import numpy as np
import pandas as pd

from assets.crime_frame import linkage_frames, with_items
from assets.described import made, table_asset
from assets.evidence import evidence_of, held_out_scene_links, scene_rows
from assets.model import SERIES, ModelInForce, model_config, model_in_force, too_few, training_config, training_pairs
from assets.table_columns import empty_table
from assets.warehouse import Warehouse
from linkage.evaluation import evaluate
from linkage.held_out_scores import PairPool
from linkage.histogram_term import BayesFactorError
from linkage.model_kinds import ModelPlan, model_plan
from linkage.natural_pairs import natural_pairs
from linkage.pair_strata import pair_strata
from linkage.pairs import PairSampling, training_series
from linkage.scene_ranking import scene_ranking
from linkage.series import groups_of_crimes
from linkage.splits import SplitError


class EvaluationConfig(dg.Config):
    """How the model is judged: group splits, the share held out, pairs sampled to judge on, and the seed."""

    n_repeats: int = 10
    test_share: float = 0.3
    n_near: int = 50_000
    n_far: int = 50_000
    seed: int = 1


@table_asset(
    "linkage.model_evaluation",
    deps=["linkage.crime_pairs_evaluated", "linkage.series_data", "linkage.model_versions"],
    group="model",
)
def model_evaluation(config: EvaluationConfig, warehouse: Warehouse) -> dg.MaterializeResult:
    """How the model does on unseen offenders, space and time alone beside; one row per model, split and metric.

    Judged are ranks and posteriors among solved crimes, before the calibration on all pairs of the force, which needs
    more pairs than are held out; one row per model, split and metric.
    """
    table = "linkage.model_evaluation"
    force, pairs = model_in_force(warehouse), training_pairs(warehouse)
    # A supplied model is not refitted here: what a refit does would be said of the wrong model.
    if force is None or force.is_supplied or too_few(pairs):
        return _not_evaluated(warehouse, table, "no model trained on enough solved crimes of this refresh")
    settings = model_config(warehouse)
    plan = model_plan(settings.kind, force.spec.items, settings.parameters())
    try:
        evaluation = _on_held_out_groups(config, warehouse, force, plan, pairs)
    except (SplitError, BayesFactorError) as error:  # one known group of offenders: nothing can be held out
        return _not_evaluated(warehouse, table, str(error))
    evaluation = pd.concat([evaluation, *_on_scene_links(config, warehouse, force, plan, pairs)], ignore_index=True)
    warehouse.replace(table, evaluation)
    auc = evaluation[(evaluation["metric"] == "auc") & (evaluation["split"] == "group")]
    return made(
        table,
        evaluation,
        **{f"auc_{name}": float(value) for name, value in auc.groupby("model")["value"].mean().items()},
    )


def _on_held_out_groups(
    config: EvaluationConfig, warehouse: Warehouse, force: ModelInForce, plan: ModelPlan, pairs: pd.DataFrame
) -> pd.DataFrame:
    """Judge the model, space and time alone and the published method on pairs as common as in the force."""
    crimes, training = linkage_frames(warehouse).crimes, training_config(warehouse)
    series, scene = warehouse.frame(SERIES, [force.refresh_id]), scene_rows(warehouse, crimes, training)
    rows = training_series(series, training.sampling(), scene)
    rng = np.random.default_rng(config.seed)
    pool, strata = _pool(config, crimes, series, training.sampling(), force, rng)
    models = {"full": plan.contender, "space_and_time": plan.baseline}
    if model_config(warehouse).kind != "histogram":
        models["histogram"] = model_plan("histogram", force.spec.items, {}).contender
    return evaluate(
        pairs,
        evidence_of(crimes, pairs, force.spec),
        groups_of_crimes(rows),
        rng,
        n_repeats=config.n_repeats,
        test_share=config.test_share,
        models=models,
        event_at=rows.drop_duplicates("crime_id").set_index("crime_id")["event_at"],
        pool=pool,
        strata=strata,
    )


def _pool(
    config: EvaluationConfig,
    crimes: pd.DataFrame,
    series: pd.DataFrame,
    sampling: PairSampling,
    force: ModelInForce,
    rng: np.random.Generator,
) -> tuple[PairPool, pd.DataFrame]:
    """Return pairs of solved crimes at their natural prevalence, and the parts to judge by themselves.

    Only offenders make a true link here: links that scene evidence gave are judged apart.
    """
    natural = natural_pairs(series, crimes, sampling, rng, n_near=config.n_near, n_far=config.n_far)
    evidence = evidence_of(crimes, natural, force.spec)
    groups = crimes.set_index("crime_id")["crime_group"]
    pool = PairPool(natural, evidence, natural["stands_for"].to_numpy(dtype=np.float64))
    return pool, pair_strata(natural, evidence, groups)


def _on_scene_links(
    config: EvaluationConfig, warehouse: Warehouse, force: ModelInForce, plan: ModelPlan, pairs: pd.DataFrame
) -> list[pd.DataFrame]:
    """Rank the partners that scene links name, with the model in force and with space and time alone."""
    crimes, training = linkage_frames(warehouse).crimes, training_config(warehouse)
    truth = held_out_scene_links(warehouse, crimes, warehouse.frame(SERIES, [force.refresh_id]), training)
    if not len(truth):
        return []
    baseline = plan.baseline.fitted(pairs, evidence_of(crimes, pairs, force.spec))
    models = {"full": (force.model, force.spec), "space_and_time": (baseline, force.spec)}
    rng = np.random.default_rng(config.seed)
    return [scene_ranking(models, with_items(crimes, force.spec.compared), truth, rng, force.across_groups)]


def _not_evaluated(warehouse: Warehouse, table: str, reason: str) -> dg.MaterializeResult:
    """Leave the table empty in a refresh whose model cannot be judged, and say why; the refresh goes on."""
    warehouse.replace(table, empty_table(table))
    return made(table, empty_table(table), skipped=reason)
