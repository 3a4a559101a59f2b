"""Forces with offenders held out, and the models to judge on them: what benchmarks of lists and series share."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from benchmarks.demo_force import DemoForce
from benchmarks.reference_data import SPEC, ReferenceData
from linkage.contender import Contender
from linkage.evaluation import BASELINE
from linkage.evidence import EvidenceSpec, pair_evidence
from linkage.evidence_spec import fit_spec
from linkage.model_kinds import ModelPlan, model_plan
from linkage.pair_scores import incident_numbers, row_positions
from linkage.pairs import PairSampling, training_pairs
from linkage.series import groups_of_crimes, series_data
from linkage.splits import TRAIN, held_out_groups, sides

TEST_SHARE = 0.3
SOLVED = ("A", "B")


class Ranker(NamedTuple):
    """A model to judge: how it is trained, and the evidence that it reads, made for a force's MO items."""

    contender: Callable[[ModelPlan], Contender]
    kind: str = "additive"


RANKERS: dict[str, Ranker] = {
    "full": Ranker(lambda plan: plan.contender),
    BASELINE: Ranker(lambda plan: plan.baseline),
    "histogram": Ranker(lambda plan: plan.contender, "histogram"),
}
"""Models by name; one more is one more line."""


class Force(NamedTuple):
    """A force as a model sees it, and what evaluation knows beside.

    Attributes
    ----------
    crimes : DataFrame
    spec : EvidenceSpec
        All evidence, in its plainest form.
    known : DataFrame
        row, offender of solved crimes, in training and held out.
    incident : ndarray
        True incident of every crime; -1 where nobody knows it.
    groups : ndarray
        Group of connected offenders of every crime; of an unsolved one that of its true offender where it has one with
        solved crimes, else "".
    """

    crimes: pd.DataFrame
    spec: EvidenceSpec
    known: pd.DataFrame
    incident: np.ndarray
    groups: np.ndarray


class Split(NamedTuple):
    """A force, the training pairs of the groups that train, their series data, and row, offender of those held out."""

    force: Force
    train: pd.DataFrame
    series: pd.DataFrame
    held_out: pd.DataFrame


def chosen_rankers(names: str) -> dict[str, Ranker]:
    """Return the models named, comma separated, and the baseline.

    Raises
    ------
    SystemExit
        A name is not known.
    """
    wanted = dict.fromkeys([*names.split(","), BASELINE])
    unknown = [name for name in wanted if name not in RANKERS]
    if unknown:
        raise SystemExit(f"--models: expected some of {', '.join(RANKERS)}, got {', '.join(unknown)}; correct them")
    return {name: RANKERS[name] for name in wanted}


def fitted(split: Split, ranker: Ranker) -> tuple[Any, EvidenceSpec]:
    """Return the model trained on the training pairs, and its evidence."""
    crimes = split.force.crimes
    plan = model_plan(ranker.kind, split.force.spec.items, {})
    first, second = (row_positions(crimes, split.train[name]) for name in ("crime_id_1", "crime_id_2"))
    spec = fit_spec(crimes, plan.spec)
    return ranker.contender(plan).fitted(split.train, pair_evidence(crimes, first, second, spec)), spec


def reference_splits(data: ReferenceData, n_repeats: int) -> Iterator[Split]:
    """Yield splits of the reference data by group of connected offenders, always the same ones."""
    series = series_data(data.offender_crimes, data.crimes)
    groups = groups_of_crimes(series)
    incident, labels = incident_numbers(data.crimes), _group_labels(data.crimes, groups)
    force = Force(data.crimes, SPEC, labels_of(data.crimes, series), incident, labels)
    rng = np.random.default_rng(1)
    for _ in range(n_repeats):
        held_out = held_out_groups(data.pairs, groups, TEST_SHARE, rng)
        is_held = series["crime_id"].map(groups).isin(held_out).to_numpy()
        train = data.pairs[sides(data.pairs, groups, held_out) == TRAIN]
        yield Split(force, train, series[~is_held], labels_of(data.crimes, series[is_held]))


def demo_split(demo: DemoForce, rng: np.random.Generator) -> Split:
    """Hold out groups of connected offenders of the demo force, by the labels that the extract gives."""
    series = series_data(demo.offender_crimes, demo.crimes, strengths=SOLVED)
    groups = groups_of_crimes(series)
    names = np.sort(groups.unique())
    held_out = rng.permutation(names)[: round(TEST_SHARE * len(names))]
    is_held = series["crime_id"].map(groups).isin(held_out).to_numpy()
    train = training_pairs(series[~is_held], demo.crimes, PairSampling(), rng)
    held = labels_of(demo.crimes, series[is_held])
    return Split(_demo_force(demo, series, groups), train, series[~is_held], held)


def labels_of(crimes: pd.DataFrame, labels: pd.DataFrame) -> pd.DataFrame:
    """Return row, offender of crime_id, person_id, each once."""
    known = pd.DataFrame({"row": row_positions(crimes, labels["crime_id"]), "offender": labels["person_id"].to_numpy()})
    return known.drop_duplicates(ignore_index=True)


def _demo_force(demo: DemoForce, series: pd.DataFrame, groups: pd.Series) -> Force:
    true_incident = demo.truth.drop_duplicates("crime_id").set_index("crime_id")["incident_id"]
    incident = pd.factorize(demo.crimes["crime_id"].map(true_incident))[0].astype(np.int64)
    # Nobody is known to have done an unsolved crime; for intervals it goes with its true offender's known crimes.
    of_person = series.assign(group=series["crime_id"].map(groups)).groupby("person_id")["group"].first()
    truth = demo.truth.assign(group=demo.truth["person_id"].map(of_person)).dropna(subset="group")
    labels = truth.groupby("crime_id")["group"].first()
    labels = pd.concat([groups, labels[~labels.index.isin(groups.index)]])
    spec = EvidenceSpec(items=demo.items)
    return Force(demo.crimes, spec, labels_of(demo.crimes, series), incident, _group_labels(demo.crimes, labels))


def _group_labels(crimes: pd.DataFrame, groups: pd.Series) -> np.ndarray:
    return crimes["crime_id"].map(groups).fillna("").to_numpy(dtype=object)
