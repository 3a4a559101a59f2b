"""What the co-linkage sampler works on and hands back, as tuples of arrays that compiled code reads directly."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


class CrimeArrays(NamedTuple):
    """The crimes as the kernels read them, n rows.

    ``codes`` holds rows of the levels of all items stacked (-1 missing); ``known_cluster`` is -1 for an
    unsolved crime, whose row stands in ``unsolved``. An open end of a time window is infinite.
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


class NormalPrior(NamedTuple):
    """Prior of one hierarchy of normals: centre (d,), its precision, and Gamma shape and rate of both precisions."""

    centre: FloatArray
    centre_precision: float
    within_shape: float
    within_rate: float
    between_shape: float
    between_rate: float


class PriorValues(NamedTuple):
    """A prior as the kernels read it; ``level_share`` is pi, the levels of all items stacked."""

    n_clusters: int
    level_share: FloatArray
    place: NormalPrior
    time: NormalPrior
    log_concentration_mean: float
    log_concentration_sd: float
    log_item_concentration_mean: float
    log_item_concentration_sd: float


class Hierarchy(NamedTuple):
    """Precision of crimes about their cluster's mean, precision of the means about the centre, centre (d,)."""

    within: float
    between: float
    centre: FloatArray


class State(NamedTuple):
    """What the next sweep needs: labels (n,), times in days (n,), D, nu (n_items,), place and time hierarchies."""

    labels: IntArray
    times_days: FloatArray
    concentration: float
    item_concentration: FloatArray
    place: Hierarchy
    time: Hierarchy


class SweepInfo(NamedTuple):
    """Full conditional probabilities met in a sweep, for Rao-Blackwellised averages.

    ``group_probability`` (n_unsolved, n_known): that the crime joins the known group. ``pair_probability``
    (n_unsolved, n_unsolved): that the row's crime joins the cluster where the column's crime then was.
    """

    n_clusters: int
    group_probability: FloatArray
    pair_probability: FloatArray


class Clusters(NamedTuple):
    """Sufficient statistics of each slot, and the logs that weigh a crime against it: rows of one block."""

    block: FloatArray
    n: FloatArray
    n_place: FloatArray
    place_sum: FloatArray
    n_time: FloatArray
    time_sum: FloatArray
    log_size: FloatArray
    place_mean: FloatArray
    place_precision: FloatArray
    place_log_scale: FloatArray
    time_mean: FloatArray
    time_sd: FloatArray
    time_log_sd: FloatArray
    level_count: FloatArray
    log_level: FloatArray
    item_count: FloatArray
    log_item: FloatArray
