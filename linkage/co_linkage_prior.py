"""Priors of the co-linkage model, in the units of the data: metres and days."""

from dataclasses import dataclass

import numpy as np

from linkage.co_linkage_data import CoLinkageData, CoLinkageError
from linkage.co_linkage_state import BoolArray, FloatArray, NormalPrior, PriorValues


@dataclass(frozen=True)
class CoLinkagePrior:
    """Every prior of the model in one place.

    A precision is one over a variance: per square metre for place, per square day for time. Its prior is
    Gamma(shape, rate), the rate being in square metres or square days. *Within* is the scatter of one label's
    crimes about its mean, *between* the scatter of those means about the centre.

    Parameters
    ----------
    place_centre_m, place_centre_precision
        Normal prior of the centre: easting and northing, one precision for both.
    place_within_shape, place_within_rate_m2, place_between_shape, place_between_rate_m2
        Gamma priors of the place precisions.
    time_centre_days, time_centre_precision
        Normal prior of the centre in time, in days since the data's origin.
    time_within_shape, time_within_rate_days2, time_between_shape, time_between_rate_days2
        Gamma priors of the time precisions.
    log_concentration_mean, log_concentration_sd
        Normal prior of log D, D being the Dirichlet weight of each label.
    log_item_concentration_mean, log_item_concentration_sd
        Normal prior of log nu, nu being the Dirichlet weight of the overall shares of an item's values: near 0
        each label keeps to one value, far above the size of a series the item says nothing.
    count_missing_as_first_value
        Whether a missing value raises the overall share of an item's first value (a fault kept for comparison).
    """

    place_centre_m: tuple[float, float]
    place_centre_precision: float
    place_within_shape: float
    place_within_rate_m2: float
    place_between_shape: float
    place_between_rate_m2: float
    time_centre_days: float
    time_centre_precision: float
    time_within_shape: float
    time_within_rate_days2: float
    time_between_shape: float
    time_between_rate_days2: float
    log_concentration_mean: float = 0.0
    log_concentration_sd: float = 2.0
    log_item_concentration_mean: float = 0.0
    log_item_concentration_sd: float = 2.0
    count_missing_as_first_value: bool = False

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if name.endswith(("_precision", "_shape", "_m2", "_days2", "_sd")) and not 0.0 < value < np.inf:
                raise CoLinkageError(f"{name}: expected a positive finite number, got {value}; correct the prior")


def reference_prior() -> CoLinkagePrior:
    """Return the prior that the R package crimelinkage hard-codes, faults included, to compare with its figures.

    Its centre (-76.6, 39.3) is a place in degrees, held within about 100 units whatever the units of the data;
    a missing value counts as the first; log D and log nu have sd 10, under which D wanders beyond 1e10.
    """
    return CoLinkagePrior(
        place_centre_m=(-76.6, 39.3),
        place_centre_precision=1e-4,
        place_within_shape=0.1,
        place_within_rate_m2=0.1,
        place_between_shape=0.1,
        place_between_rate_m2=0.1,
        time_centre_days=0.0,
        time_centre_precision=1e-4,
        time_within_shape=0.1,
        time_within_rate_days2=0.1,
        time_between_shape=0.1,
        time_between_rate_days2=0.1,
        log_concentration_sd=10.0,
        log_item_concentration_sd=10.0,
        count_missing_as_first_value=True,
    )


def scale_free_prior(data: CoLinkageData) -> CoLinkagePrior:
    """Return a weak prior that follows the data's own scale, so that metres or feet give the same links.

    The centre is the data's mean, known to about the data's spread s. The precisions have shape 1/2, worth one
    observation: between labels at scatter s, within a label at s/10 (a wide prior: the data of twenty crimes
    outweigh it). log D ~ N(0, 2) keeps D between 0.02 and 50 with 95%. It has to be bounded from above because
    the likelihood is flat there: once D is far beyond the largest series, all labels are equally likely and more
    D changes nothing, so an sd of 10 lets D wander beyond 1e10 without moving one pair probability. For log nu
    the same: at nu = 50 a series of ten moves a value's probability by a sixth at most.
    """
    centre_m, spread_m = _centre_and_spread(data.arrays.place_m[data.arrays.has_place])
    middle, has_middle = time_middles(data)
    centre_days, spread_days = _centre_and_spread(middle[has_middle].reshape(-1, 1))
    return CoLinkagePrior(
        place_centre_m=(float(centre_m[0]), float(centre_m[1])),
        place_centre_precision=spread_m**-2,
        place_within_shape=0.5,
        place_within_rate_m2=0.5 * (spread_m / 10.0) ** 2,
        place_between_shape=0.5,
        place_between_rate_m2=0.5 * spread_m**2,
        time_centre_days=float(centre_days[0]),
        time_centre_precision=spread_days**-2,
        time_within_shape=0.5,
        time_within_rate_days2=0.5 * (spread_days / 10.0) ** 2,
        time_between_shape=0.5,
        time_between_rate_days2=0.5 * spread_days**2,
    )


def prior_values(prior: CoLinkagePrior, data: CoLinkageData, n_clusters: int) -> PriorValues:
    """Return the prior as the kernels read it, with the overall share of each item's values in the data."""
    return PriorValues(
        n_clusters=n_clusters,
        level_share=_level_share(data, prior.count_missing_as_first_value),
        place=NormalPrior(
            np.array(prior.place_centre_m, dtype=np.float64),
            prior.place_centre_precision,
            prior.place_within_shape,
            prior.place_within_rate_m2,
            prior.place_between_shape,
            prior.place_between_rate_m2,
        ),
        time=NormalPrior(
            np.array([prior.time_centre_days], dtype=np.float64),
            prior.time_centre_precision,
            prior.time_within_shape,
            prior.time_within_rate_days2,
            prior.time_between_shape,
            prior.time_between_rate_days2,
        ),
        log_concentration_mean=prior.log_concentration_mean,
        log_concentration_sd=prior.log_concentration_sd,
        log_item_concentration_mean=prior.log_item_concentration_mean,
        log_item_concentration_sd=prior.log_item_concentration_sd,
    )


def time_middles(data: CoLinkageData) -> tuple[FloatArray, BoolArray]:
    """Return a time inside each crime's window (its middle, or its only end), in days, and where there is one."""
    starts, ends = data.arrays.from_days, data.arrays.to_days
    starts_or_ends = np.where(np.isfinite(starts), starts, ends)
    ends_or_starts = np.where(np.isfinite(ends), ends, starts)
    return 0.5 * (starts_or_ends + ends_or_starts), data.arrays.has_time


def _level_share(data: CoLinkageData, count_missing_as_first_value: bool) -> FloatArray:
    counts = 1.0 + data.level_counts
    item_of_level = data.arrays.item_of_level
    if count_missing_as_first_value:
        recorded, first = np.unique(item_of_level, return_index=True)
        counts[first] += data.missing_counts[recorded]
    totals = np.bincount(item_of_level, weights=counts, minlength=len(data.items))
    return np.asarray(counts / totals[item_of_level], dtype=np.float64)


def _centre_and_spread(values: FloatArray) -> tuple[FloatArray, float]:
    """Mean of each column and root mean variance over columns; spread 1 where values do not differ."""
    if len(values) == 0:
        return np.zeros(values.shape[1]), 1.0
    spread = float(np.sqrt(values.var(axis=0).mean()))
    return values.mean(axis=0), spread if spread > 0.0 else 1.0
