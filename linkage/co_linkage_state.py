"""What the co-linkage sampler works on and hands back, as tuples of arrays that compiled code reads directly."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

_ONE = np.ones(1)
_NONE, _NO_ROW, _NO_INTEGER = np.zeros(0), np.zeros((0, 0)), np.zeros(0, np.int64)
_NO_FLAG = np.zeros((0, 0), np.bool_)


class CrimeArrays(NamedTuple):
    """The crimes as the kernels read them, n rows; a kind of evidence left out has no crime that holds it.

    ``codes`` holds rows of the levels of all items stacked (-1 missing); ``known_cluster`` is -1 for an
    unsolved crime, whose row stands in ``unsolved``. An open end of a time window is infinite.
    ``features`` (n_features, n) has NaN where missing. ``values_held`` (n, n_values) says which values of the
    multi-valued items, stacked, a crime holds, ``has_values`` (n, n_multi_valued_items) whether it records any.
    ``clock`` (n,) is the share of its day that is over at ``from_days``, NaN where a crime says no time of day.
    """

    place_m: FloatArray
    has_place: BoolArray
    from_days: FloatArray
    to_days: FloatArray
    has_time: BoolArray
    codes: IntArray
    item_of_level: IntArray
    known_cluster: IntArray
    unsolved: IntArray
    n_known: int
    features: FloatArray = _NO_ROW
    values_held: BoolArray = _NO_FLAG
    has_values: BoolArray = _NO_FLAG
    item_of_value: IntArray = _NO_INTEGER
    clock: FloatArray = _NONE


class NormalPrior(NamedTuple):
    """Prior of one hierarchy of normals: centre (d,), its precision, and Gamma shape and rate of both precisions.

    ``spread_factor`` multiplies the precision within a series, one of them for each series, and ``tail_factor``
    that of a single crime; their shares are Dirichlet with ``spread_count`` and ``tail_count``.
    """

    centre: FloatArray
    centre_precision: float
    within_shape: float
    within_rate: float
    between_shape: float
    between_rate: float
    spread_factor: FloatArray = _ONE
    spread_count: FloatArray = _ONE
    tail_factor: FloatArray = _ONE
    tail_count: FloatArray = _ONE


class FeaturePriors(NamedTuple):
    """The same prior for each other continuous feature, one value each."""

    centre: FloatArray
    centre_precision: FloatArray
    within_shape: FloatArray
    within_rate: FloatArray
    between_shape: FloatArray
    between_rate: FloatArray


_NO_FEATURE_PRIOR = FeaturePriors(_NONE, _NONE, _NONE, _NONE, _NONE, _NONE)


class PriorValues(NamedTuple):
    """A prior as the kernels read it.

    ``level_share`` is pi, the levels of all items stacked; ``value_share`` how often each value of the
    multi-valued items is present; ``clock_share`` the share of each bin of the day.
    """

    n_clusters: int
    level_share: FloatArray
    place: NormalPrior
    time: NormalPrior
    log_concentration_mean: float
    log_concentration_sd: float
    log_item_concentration_mean: float
    log_item_concentration_sd: float
    features: FeaturePriors = _NO_FEATURE_PRIOR
    value_share: FloatArray = _NONE
    clock_share: FloatArray = _NONE


class Hierarchy(NamedTuple):
    """Precision of crimes about their cluster's mean, precision of the means about the centre, centre (d,).

    ``spread_share`` and ``tail_share`` are the shares of the factors that multiply the first.
    """

    within: float
    between: float
    centre: FloatArray
    spread_share: FloatArray = _ONE
    tail_share: FloatArray = _ONE


class Features(NamedTuple):
    """A hierarchy without factors for each other continuous feature."""

    within: FloatArray
    between: FloatArray
    centre: FloatArray


class State(NamedTuple):
    """What the next sweep needs: labels (n,), times in days (n,), D, nu (n_items,), place and time hierarchies.

    Then the features' hierarchies, the concentration of each multi-valued item and of the time of day, and each
    crime's tail factor in place and in time by position (n,); these two are not read where there is one factor.
    """

    labels: IntArray
    times_days: FloatArray
    concentration: float
    item_concentration: FloatArray
    place: Hierarchy
    time: Hierarchy
    features: Features = Features(_NONE, _NONE, _NONE)
    value_concentration: FloatArray = _NONE
    clock_concentration: float = 1.0
    place_tail: IntArray = _NO_INTEGER
    time_tail: IntArray = _NO_INTEGER


class SweepInfo(NamedTuple):
    """Full conditional probabilities met in a sweep, for Rao-Blackwellised averages.

    ``group_probability`` (n_unsolved, n_known): that the crime joins the known group. ``pair_probability``
    (n_unsolved, n_unsolved): that the row's crime joins the cluster where the column's crime then was.
    """

    n_clusters: int
    group_probability: FloatArray
    pair_probability: FloatArray


class NormalRows(NamedTuple):
    """Where the rows of one normal kind of evidence stand: 0 number, 1 weight, 2 square, 3 on the total of each axis.

    Weight, square and total are about the centre and count a crime by its tail factor. A value's density is a
    mixture over components, each spread factor with each tail factor: ``mean`` is the first row of means (axes of
    one spread together), ``precision`` that of the components' precisions, ``log_scale`` that of half their log for
    each axis plus the log of the component's share in the cluster.
    """

    n_axes: int
    n_spreads: int
    n_tails: int
    mean: int
    precision: int
    log_scale: int
    stop: int


class TimeWindow(NamedTuple):
    """One crime's window in days and how bins of the day cut it.

    There are ``n_pieces`` from bin ``first_bin`` on, the share ``into_bin`` of which is over at the start.
    ``n_components`` is 1 without a time.
    """

    start: float
    end: float
    has_time: bool
    n_components: int
    is_clocked: bool
    is_cut: bool
    n_pieces: int
    first_bin: int
    into_bin: float


class Clusters(NamedTuple):
    """Sufficient statistics of each slot, and the logs that weigh a crime against it: rows of one block.

    Slots run along the last axis. Few and plain arrays: compiled calls pass them one by one. ``place`` and ``time``
    hold rows as `NormalRows` says, ``place_model`` and ``time_model`` what weighs them: precision within, between,
    centre (two), then by spread factor itself, its log and log share, then by tail factor itself and log share.
    ``features`` holds those of one feature after the other's. ``items``, ``values`` and
    ``clock`` hold counts of levels, logs by level, counts by item, logs by item. The logs by level are of prior
    share plus count, of values the log odds of presence; by item of the total, of values the log probability that
    none is present.
    """

    block: FloatArray
    n: FloatArray
    log_size: FloatArray
    place_rows: NormalRows
    place_model: FloatArray
    place: FloatArray
    time_rows: NormalRows
    time_model: FloatArray
    time: FloatArray
    features: FloatArray
    items: FloatArray
    values: FloatArray
    clock: FloatArray
