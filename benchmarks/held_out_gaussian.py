"""The published co-linkage model's answers about a case, and those of its named extensions."""

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pandas as pd

from benchmarks.held_out_answers import Answer, dense_answer
from benchmarks.held_out_cases import Case
from linkage.co_linkage import (
    CoLinkageData,
    CoLinkageEvidence,
    CoLinkagePrior,
    CoLinkageSettings,
    co_linkage_data,
    reference_prior,
    sample_co_linkage,
    scale_free_prior,
)
from linkage.co_linkage_prior import HEAVY_TAILS, SERIES_SPREAD


class Gaussian(NamedTuple):
    """A form of the published model: its prior, and whether it judges the time of day."""

    prior: Callable[[CoLinkageData], CoLinkagePrior]
    time_of_day: bool = False


def _spread(data: CoLinkageData) -> CoLinkagePrior:
    return replace(scale_free_prior(data), place_spread=SERIES_SPREAD, time_spread=SERIES_SPREAD)


def _tails(data: CoLinkageData) -> CoLinkagePrior:
    return replace(scale_free_prior(data), place_tails=HEAVY_TAILS, time_tails=HEAVY_TAILS)


def _both(data: CoLinkageData) -> CoLinkagePrior:
    return replace(_spread(data), place_tails=HEAVY_TAILS, time_tails=HEAVY_TAILS)


SPREAD = "published + spread per series"

PUBLISHED = {
    "published, its own prior": Gaussian(lambda _data: reference_prior()),
    "published, scale-free prior": Gaussian(scale_free_prior),
    SPREAD: Gaussian(_spread),
}
"""The published model without its faults, under two priors, and the extension that gains most."""

EXTENDED = {
    "published + time of day": Gaussian(scale_free_prior, time_of_day=True),
    "published + heavier tails": Gaussian(_tails),
    "published + all three": Gaussian(_both, time_of_day=True),
}
"""Other extensions, each alone and all together, under the scale-free prior."""


def gaussian_answer(
    case: Case,
    form: Gaussian,
    settings: CoLinkageSettings,
    seed: int,
    items: tuple[str, ...],
    multi_valued_items: tuple[str, ...] = (),
) -> Answer:
    """Sample the crimes of a case jointly and return the groups' probabilities."""
    evidence = CoLinkageEvidence(items=items, multi_valued_items=multi_valued_items, time_of_day=form.time_of_day)
    data = co_linkage_data(case.crimes, list(case.known_group), evidence)
    result = sample_co_linkage(data, form.prior(data), settings, seed)
    rows = pd.Index(data.unsolved_ids).get_indexer(pd.Index(case.crimes["crime_id"].iloc[case.asked]))
    columns = pd.Index(data.groups).get_indexer(pd.Index(case.groups))
    return dense_answer(np.ascontiguousarray(result.group_probability.mean(axis=0)[np.ix_(rows, columns)]))
