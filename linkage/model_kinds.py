"""The models that a refresh can score with, and the evidence that each of them reads."""

from collections.abc import Mapping
from typing import NamedTuple

from linkage.additive import AdditiveBayesFactor
from linkage.bayes_factors import HistogramBayesFactor
from linkage.contender import Contender
from linkage.estimator import LinkEstimator
from linkage.evidence_spec import SPACE_AND_TIME, EvidenceSpec, evidence_columns

TRAINABLE: Mapping[str, type[LinkEstimator]] = {"additive": AdditiveBayesFactor, "histogram": HistogramBayesFactor}
"""`histogram` is the published method; `additive` links better on held-out offenders of every data set measured."""


CROWDING_KM = 1.5
"""How far around a crime others make its place crowded; 1 to 2 km do equally well on the reference data."""

SERIES_POWER: Mapping[str, float] = {"additive": 0.5, "histogram": 1.0}
"""What a series counts in training (`linkage.contender.Contender`); the published method counts every series alike."""


class ModelKindError(ValueError):
    """A kind of model was named that there is not."""


class ModelPlan(NamedTuple):
    """How a kind of model is trained.

    Attributes
    ----------
    spec : EvidenceSpec
        The evidence that is made of a pair: what the model reads and what people are shown. Not yet fitted to crimes.
    contender : Contender
        What makes the model, and the columns that it reads.
    baseline : Contender
        The same kind on space and time alone.
    """

    spec: EvidenceSpec
    contender: Contender
    baseline: Contender


def model_plan(
    kind: str, items: tuple[str, ...], settings: Mapping[str, object], distance: str = "projected"
) -> ModelPlan:
    """Return how a kind of model is trained on crimes with these MO items.

    Parameters
    ----------
    kind : {"additive", "histogram"}
        The additive model reads distance against how crowded the place is, shared MO values by how rare they are, and
        the pair of crime groups; the histogram model reads distance and whether MO values match, as published.
    items : tuple of str
    settings : mapping
        Arguments of the model.
    distance : {"projected", "great-circle"}

    Raises
    ------
    ModelKindError
        There is no such kind.
    """
    if kind not in TRAINABLE:
        raise ModelKindError(f"kind: expected one of {', '.join(TRAINABLE)}, got {kind!r}; choose one of these")
    if kind == "histogram":
        spec = EvidenceSpec(items=items, distance=distance)
        space_and_time = SPACE_AND_TIME
    else:
        spec = EvidenceSpec(items=items, agreement=items, crime_group=True, crowding_km=CROWDING_KM, distance=distance)
        space_and_time = ("nearer_share", *SPACE_AND_TIME[1:])
    shown_only = {f"match_{item}" for item in spec.agreement} | (set(SPACE_AND_TIME) - set(space_and_time))
    read = tuple(column for column in evidence_columns(spec) if column not in shown_only)

    def make() -> LinkEstimator:
        return TRAINABLE[kind](**settings)

    power = SERIES_POWER[kind]
    return ModelPlan(spec, Contender(make, read, power), Contender(make, space_and_time, power))
