"""How well models link on the reference data, on offenders that they have not seen, all models in one table.

Judged on the pairs that the R package drew, unweighted, in splits by connected group of offenders: the ten that are
stored with the reference, and 200 in which 30% of all groups are drawn, by seeds 0 to 99 and by 1000 to 1099. Whatever
a model learns of labels it learns on the training side, with the library's default settings. The form of the evidence
(crowding, how widely it is smoothed, the rarity of values) was chosen with an eye on such splits, seeds 0 to 99 and the
stored ones among them; the last hundred were looked at afterwards.
"""

import argparse
from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from benchmarks.measuring import report, sayer
from benchmarks.reference_data import REFERENCE, SPEC, ReferenceData, reference_data
from linkage.boosted import BoostedBayesFactor
from linkage.bootstrap import DRAW_COLUMNS, intervals, paired_differences
from linkage.calibration_metrics import calibration_slope
from linkage.contender import Contender
from linkage.evidence import pair_evidence
from linkage.evidence_spec import SPACE_AND_TIME, fit_spec
from linkage.model_kinds import model_plan
from linkage.pair_scores import row_positions
from linkage.plain_logistic import PlainLogistic
from linkage.ranking_metrics import auc, average_precision
from linkage.series import groups_of_crimes, series_data
from linkage.splits import DROPPED, TEST, TRAIN

BEST = "additive"
PLAIN = "plain logistic"
SPACE_TIME = "space and time"
TEST_SHARE = 0.3
MEASURES: dict[str, Callable[[Any, Any], float]] = {
    "auc": auc,
    "average_precision": average_precision,
    "calibration_slope": calibration_slope,
}

Assignment = npt.NDArray[np.int8]


class Quality(NamedTuple):
    """The pairs with their evidence in every form that a model reads, and the groups that are held out."""

    pairs: pd.DataFrame
    evidence: pd.DataFrame
    groups: pd.Series


def main() -> None:
    """Measure and report."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true", help="five splits of each kind")
    options.add_argument("--json", action="store_true", help="only the line of JSON")
    chosen = options.parse_args()
    say = sayer(chosen.json)
    data = reference_data()
    if data is None:
        report("model_quality", {"skipped": f"no reference data in {REFERENCE}; set COLINK_SHARED"}, chosen.json)
        return
    quality, n = _quality(data), 5 if chosen.quick else 100
    kinds = {
        "stored_splits": _stored()[:n],
        "random_splits": [drawn_groups(quality, seed) for seed in range(n)],
        "fresh_splits": [drawn_groups(quality, seed) for seed in range(1000, 1000 + n)],
    }
    tables = {}
    for kind, splits in kinds.items():
        say(f"{kind}: {len(splits)} splits of {len(contenders())} models")
        tables[kind] = measured(quality, splits, say)
        say(means(tables[kind]).round(4).to_string())
    report("model_quality", _figures(tables), chosen.json)


def contenders() -> dict[str, Contender]:
    """Return the models by name, the best explainable one first."""
    additive, histogram = (model_plan(kind, SPEC.items, {}) for kind in ("additive", "histogram"))
    plain = tuple(column for column in histogram.contender.columns or () if column not in SPACE_AND_TIME)
    logged = lambda: PlainLogistic(scale="log")  # noqa: E731  # a model's maker reads best in one line
    return {
        BEST: additive.contender,
        "additive, space and time": additive.baseline,
        "additive, published evidence": histogram.contender._replace(
            make=additive.contender.make, series_power=additive.contender.series_power
        ),
        "boosting": additive.contender._replace(make=BoostedBayesFactor),
        "histogram (published)": histogram.contender,
        PLAIN: Contender(PlainLogistic, (*SPACE_AND_TIME, *plain), 0.0),
        "plain logistic of logs": Contender(logged, (*SPACE_AND_TIME, *plain), 0.0),
        SPACE_TIME: Contender(PlainLogistic, SPACE_AND_TIME, 0.0),
        "space and time, logs": Contender(logged, SPACE_AND_TIME, 0.0),
    }


def measured(quality: Quality, splits: list[Assignment], say: Callable[[str], None]) -> pd.DataFrame:
    """Return model, metric, draw, value: one row a model, measure and split."""
    linked, rows = quality.pairs["is_linked"].to_numpy(dtype=np.bool_), []
    for name, contender in contenders().items():
        say(f"  {name}")
        for draw, split in enumerate(splits, start=1):
            is_train, is_test = split == TRAIN, split == TEST
            model = contender.fitted(quality.pairs, quality.evidence, is_train)
            log_bf = model.decision_function(contender.seen(quality.evidence)[is_test])
            log_odds = log_bf + np.log(linked[is_train].sum() / (~linked[is_train]).sum())
            rows += [(name, metric, draw, of(log_odds, linked[is_test])) for metric, of in MEASURES.items()]
    return pd.DataFrame(rows, columns=list(DRAW_COLUMNS))


def means(draws: pd.DataFrame) -> pd.DataFrame:
    """Return the mean of each measure over the splits; one row a model."""
    found = intervals(draws).pivot(index="model", columns="metric", values="value")
    return found.loc[draws["model"].drop_duplicates(), list(MEASURES)].rename_axis(columns=None)


def gains(draws: pd.DataFrame, baseline: str) -> dict[str, dict[str, float]]:
    """Return how far the best explainable model is above another in the same splits.

    Of each measure the mean gain, the bounds that hold the gain of 95% of the splits, and the share of splits won.
    """
    of_best = paired_differences(draws[draws["model"].isin([BEST, baseline])], baseline).set_index("metric")
    wide = draws.pivot(index=["metric", "draw"], columns="model", values="value")
    won = (wide[BEST] > wide[baseline]).groupby("metric").mean()
    columns = ["difference", "difference_low", "difference_high"]
    return {
        metric: {
            **{name: round(float(of_best.loc[metric, name]), 4) for name in columns},
            "splits_won": float(won[metric]),
        }
        for metric in ("auc", "average_precision")
    }


def drawn_groups(quality: Quality, seed: int) -> Assignment:
    """Hold out 30% of all groups, drawn alike; again where the test side then has no linked or no unlinked pair."""
    rng = np.random.default_rng(seed)
    names = np.array(sorted(set(quality.groups)))
    linked = quality.pairs["is_linked"].to_numpy(dtype=np.bool_)
    while True:
        held_out = set(rng.permutation(names)[: round(TEST_SHARE * len(names))])
        one, two = (
            quality.pairs[name].map(quality.groups).isin(held_out).to_numpy() for name in ("crime_id_1", "crime_id_2")
        )
        split = np.where(one == two, np.where(one, TEST, TRAIN), DROPPED).astype(np.int8)
        if min(linked[split == TEST].sum(), (~linked[split == TEST]).sum()) > 0:
            return split


def _quality(data: ReferenceData) -> Quality:
    plan = model_plan("additive", SPEC.items, {})
    spec = fit_spec(data.crimes, replace(plan.spec, match="binary"))
    first, second = (row_positions(data.crimes, data.pairs[name]) for name in ("crime_id_1", "crime_id_2"))
    evidence = pair_evidence(data.crimes, first, second, spec)
    return Quality(data.pairs, evidence, groups_of_crimes(series_data(data.offender_crimes, data.crimes)))


def _stored() -> list[Assignment]:
    stored = pd.read_csv(REFERENCE / "quality_splits_groups.csv")
    return [stored[f"rep{number}"].to_numpy(dtype=np.int8) for number in range(1, 11)]


def _figures(tables: dict[str, pd.DataFrame]) -> dict[str, Any]:
    figures: dict[str, Any] = {}
    for kind, draws in tables.items():
        table = means(draws)
        figures[kind] = {name: float(table.loc[BEST, name]) for name in ("auc", "average_precision")}
        figures[f"{kind}_models"] = table.round(5).to_dict("index")
        figures[f"{kind}_gain_over_plain_logistic"] = gains(draws, PLAIN)
        figures[f"{kind}_gain_over_space_and_time"] = gains(draws, SPACE_TIME)
    return {"best_explainable": {"model": BEST, **figures["stored_splits_models"][BEST]}, **figures}


if __name__ == "__main__":
    main()
