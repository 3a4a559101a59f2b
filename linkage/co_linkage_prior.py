"""Priors of the co-linkage model, in the units of the data: metres and days."""

from dataclasses import dataclass

import numpy as np

from linkage.co_linkage_data import CoLinkageData, CoLinkageError
from linkage.co_linkage_state import BoolArray, FeaturePriors, FloatArray, NormalPrior, PriorValues


@dataclass(frozen=True)
class FeaturePrior:
    """Prior of one other continuous feature, in its own unit: centre, its precision, Gamma priors of precisions."""

    centre: float
    centre_precision: float
    within_shape: float
    within_rate: float
    between_shape: float
    between_rate: float

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if name != "centre" and not 0.0 < value < np.inf:
                raise CoLinkageError(f"{name}: expected a positive finite number, got {value}; correct the prior")


@dataclass(frozen=True)
class ScaleMixture:
    """Factors of a standard deviation, of which each series (or each crime) has one, and how usual they are.

    Parameters
    ----------
    sd_factors
        Multiply the standard deviation within a series.
    counts
        Dirichlet prior of the factors' shares, as if that many had been seen of each; large counts fix the shares.
    """

    sd_factors: tuple[float, ...]
    counts: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.sd_factors) == 0 or len(self.sd_factors) != len(self.counts):
            raise CoLinkageError(
                f"counts: expected one for each of {len(self.sd_factors)} sd_factors, got {len(self.counts)}"
            )
        for name in ("sd_factors", "counts"):
            if not all(0.0 < value < np.inf for value in getattr(self, name)):
                raise CoLinkageError(f"{name}: expected positive finite numbers, got {getattr(self, name)}")


ONE_SCALE = ScaleMixture((1.0,), (1.0,))
"""Every series, or every crime, alike: the published model."""

SERIES_SPREAD = ScaleMixture((0.25, 0.5, 1.0, 2.0, 4.0), (1.0, 2.0, 4.0, 2.0, 1.0))
"""A spread per series over a factor of 16, worth ten series; also heavier tails, for a small series hides its own."""

HEAVY_TAILS = ScaleMixture((1.0, 3.0, 9.0), (8.0, 1.5, 0.5))
"""One crime in five scatters three times as wide or more, worth ten crimes: about the tails of Student's t with 2."""


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
        each label keeps to one value, far above the size of a series the item says nothing. The same for the
        Beta weight of a multi-valued item's values and for the bins of the day.
    count_missing_as_first_value
        Whether a missing value raises the overall share of an item's first value (a fault kept for comparison).
    features
        Priors of the other continuous features in the order of the evidence; a single one holds for all.
    place_spread, time_spread
        A spread per series, summed out: `SERIES_SPREAD`, or the published model's `ONE_SCALE`.
    place_tails, time_tails
        Heavier tails within a series by a factor for each crime, drawn with its label: `HEAVY_TAILS` or `ONE_SCALE`.
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
    features: tuple[FeaturePrior, ...] = ()
    place_spread: ScaleMixture = ONE_SCALE
    time_spread: ScaleMixture = ONE_SCALE
    place_tails: ScaleMixture = ONE_SCALE
    time_tails: ScaleMixture = ONE_SCALE

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if name.endswith(("_precision", "_shape", "_m2", "_days2", "_sd")) and not 0.0 < value < np.inf:
                raise CoLinkageError(f"{name}: expected a positive finite number, got {value}; correct the prior")


def reference_prior() -> CoLinkagePrior:
    """Return the prior that the R package crimelinkage hard-codes, faults included, to compare with its figures.

    Its centre (-76.6, 39.3) is a place in degrees, held within about 100 units whatever the units of the data;
    a missing value counts as the first; log D and log nu have sd 10, under which D wanders beyond 1e10. Other
    continuous features have the prior of its time, whatever their unit.
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
        features=(FeaturePrior(0.0, 1e-4, 0.1, 0.1, 0.1, 0.1),),
    )


def scale_free_prior(data: CoLinkageData) -> CoLinkagePrior:
    """Return a weak prior that follows the data's own scale, so that metres or feet give the same links.

    The centre is the data's mean, known to about the data's spread s. The precisions have shape 1/2, worth one
    observation: between labels at scatter s, within a label at s/10 (a wide prior: the data of twenty crimes
    outweigh it). log D ~ N(0, 2) keeps D between 0.02 and 50 with 95%. It has to be bounded from above because
    the likelihood is flat there: once D is far beyond the largest series, all labels are equally likely and more
    D changes nothing, so an sd of 10 lets D wander beyond 1e10 without moving one pair probability. For log nu
    the same: at nu = 50 a series of ten moves a value's probability by a sixth at most. The time of day and the
    values of multi-valued items have nu's prior for the same reason, and every feature the prior of place and
    time in its own unit.
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
        features=tuple(_scale_free_feature(row) for row in data.arrays.features),
    )


def _scale_free_feature(values: FloatArray) -> FeaturePrior:
    centre, spread = _centre_and_spread(values[~np.isnan(values)].reshape(-1, 1))
    return FeaturePrior(
        centre=float(centre[0]),
        centre_precision=spread**-2,
        within_shape=0.5,
        within_rate=0.5 * (spread / 10.0) ** 2,
        between_shape=0.5,
        between_rate=0.5 * spread**2,
    )


def prior_values(prior: CoLinkagePrior, data: CoLinkageData, n_clusters: int) -> PriorValues:
    """Return the prior as the kernels read it, with the overall share of each item's values in the data.

    Raises
    ------
    CoLinkageError
        If the prior does not hold one feature prior for each feature, or a single one for all.
    """
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
            *_precision_factors(prior.place_spread),
            *_precision_factors(prior.place_tails),
        ),
        time=NormalPrior(
            np.array([prior.time_centre_days], dtype=np.float64),
            prior.time_centre_precision,
            prior.time_within_shape,
            prior.time_within_rate_days2,
            prior.time_between_shape,
            prior.time_between_rate_days2,
            *_precision_factors(prior.time_spread),
            *_precision_factors(prior.time_tails),
        ),
        log_concentration_mean=prior.log_concentration_mean,
        log_concentration_sd=prior.log_concentration_sd,
        log_item_concentration_mean=prior.log_item_concentration_mean,
        log_item_concentration_sd=prior.log_item_concentration_sd,
        features=_feature_priors(prior.features, len(data.evidence.features)),
        value_share=(1.0 + data.value_counts) / (2.0 + data.recorded_counts[data.arrays.item_of_value]),
        clock_share=(1.0 + data.clock_counts) / (1.0 + data.clock_counts).sum(),
    )


def _precision_factors(mixture: ScaleMixture) -> tuple[FloatArray, FloatArray]:
    return np.array(mixture.sd_factors, dtype=np.float64) ** -2.0, np.array(mixture.counts, dtype=np.float64)


def _feature_priors(priors: tuple[FeaturePrior, ...], n_features: int) -> FeaturePriors:
    chosen = priors * n_features if len(priors) == 1 else priors
    if len(chosen) != n_features:
        raise CoLinkageError(
            f"features: expected a prior for each of {n_features} features or one for all, got {len(priors)}; "
            "correct the prior"
        )
    names = FeaturePriors._fields
    return FeaturePriors(*(np.array([getattr(each, name) for each in chosen], dtype=np.float64) for name in names))


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
