"""Compiled draws of the co-linkage model's hyperparameters given labels and times."""

import math

import numpy as np
from numba import njit

from linkage.co_linkage_state import (
    BoolArray,
    CrimeArrays,
    FloatArray,
    Hierarchy,
    IntArray,
    NormalPrior,
    PriorValues,
    State,
)

_SLICE_WIDTH = 2.0


@njit(cache=True)
def draw_hyperparameters(rng: np.random.Generator, state: State, crimes: CrimeArrays, prior: PriorValues) -> State:
    """Draw D and nu by slice sampling on the collapsed likelihood, both hierarchies by conjugate draws."""
    labels = state.labels
    n_active = labels.max() + 1
    sizes = np.zeros(n_active, np.int64)
    for j in range(labels.size):
        sizes[labels[j]] += 1
    concentration = _drawn_concentration(rng, state.concentration, sizes, labels.size, prior)
    item_concentration = np.empty_like(state.item_concentration)
    for item in range(item_concentration.size):
        item_concentration[item] = _drawn_item_concentration(rng, state, crimes, prior, item, n_active)
    place = _drawn_hierarchy(rng, crimes.place_m, crimes.has_place, labels, n_active, state.place, prior.place)
    times = state.times_days.reshape(-1, 1)
    time = _drawn_hierarchy(rng, times, crimes.has_time, labels, n_active, state.time, prior.time)
    return State(labels, state.times_days, concentration, item_concentration, place, time)


@njit(cache=True)
def _drawn_concentration(
    rng: np.random.Generator, concentration: float, sizes: IntArray, n_crimes: int, prior: PriorValues
) -> float:
    """Draw D given cluster sizes: prod_k (D)_{n_k} / (M D)_N, with (x)_n the rising factorial."""
    weights, ratios = np.empty(sizes.max() + n_crimes), np.empty(sizes.max() + n_crimes)
    at = _put_rising(sizes, 1.0, 1.0, weights, ratios, 0)
    everybody = np.array([n_crimes])
    at = _put_rising(everybody, 1.0 * prior.n_clusters, -1.0, weights, ratios, at)
    return _sliced(
        rng,
        concentration,
        weights[:at],
        ratios[:at],
        prior.log_concentration_mean,
        prior.log_concentration_sd,
    )


@njit(cache=True)
def _drawn_item_concentration(
    rng: np.random.Generator, state: State, crimes: CrimeArrays, prior: PriorValues, item: int, n_active: int
) -> float:
    """Draw nu of one item: prod_k prod_x (nu pi_x)_{c_kx} / (nu)_{n_k}."""
    levels = np.flatnonzero(crimes.item_of_level == item)
    counts = np.zeros((levels.size + 1, n_active), np.int64)
    for j in range(state.labels.size):
        level = crimes.codes[j, item]
        if level >= 0:
            counts[level - levels[0], state.labels[j]] += 1
            counts[-1, state.labels[j]] += 1
    capacity = counts.max() * counts.shape[0] if counts.size else 0
    weights, ratios = np.empty(capacity), np.empty(capacity)
    at = _put_rising(counts[-1], 1.0, -1.0, weights, ratios, 0)
    for row in range(levels.size):
        at = _put_rising(counts[row], prior.level_share[levels[row]], 1.0, weights, ratios, at)
    return _sliced(
        rng,
        state.item_concentration[item],
        weights[:at],
        ratios[:at],
        prior.log_item_concentration_mean,
        prior.log_item_concentration_sd,
    )


@njit(cache=True)
def _put_rising(counts: IntArray, scale: float, sign: float, weights: FloatArray, ratios: FloatArray, at: int) -> int:
    """Append the factors (scale c + i), i >= 1, of prod_k (scale c)_{counts_k}; return the next free row.

    The factors i = 0 cancel between numerator and denominator up to a constant in c, since both hold as many
    factors as there are crimes. What is left, log1p(i / (scale c)), keeps its digits however large c grows,
    where a difference of lgamma at 1e10 keeps none.
    """
    for i in range(1, counts.max()):
        above = 0
        for k in range(counts.size):
            above += counts[k] > i
        weights[at] = sign * above
        ratios[at] = i / scale
        at += 1
    return at


@njit(cache=True)
def _sliced(
    rng: np.random.Generator, value: float, weights: FloatArray, ratios: FloatArray, mean: float, sd: float
) -> float:
    """Slice-sample a concentration on its log scale (Neal 2003, stepping out and shrinking): nothing to tune."""
    x = math.log(value)
    level = _log_density(x, weights, ratios, mean, sd) - rng.standard_exponential()
    left = x - _SLICE_WIDTH * rng.random()
    right = left + _SLICE_WIDTH
    while _log_density(left, weights, ratios, mean, sd) > level:
        left -= _SLICE_WIDTH
    while _log_density(right, weights, ratios, mean, sd) > level:
        right += _SLICE_WIDTH
    while True:
        y = left + (right - left) * rng.random()
        if _log_density(y, weights, ratios, mean, sd) >= level:
            return math.exp(y)
        if y < x:
            left = y
        else:
            right = y


@njit(cache=True)
def _log_density(x: float, weights: FloatArray, ratios: FloatArray, mean: float, sd: float) -> float:
    inverse = math.exp(-x)
    total = -0.5 * ((x - mean) / sd) ** 2
    for row in range(weights.size):
        total += weights[row] * math.log1p(ratios[row] * inverse)
    return total


@njit(cache=True)
def _drawn_hierarchy(
    rng: np.random.Generator,
    values: FloatArray,
    present: BoolArray,
    labels: IntArray,
    n_active: int,
    now: Hierarchy,
    prior: NormalPrior,
) -> Hierarchy:
    """Draw the means of clusters that hold a value, then precisions and centre given them; forget the means."""
    n_axes = values.shape[1]
    counts, means = np.zeros(n_active), np.zeros((n_active, n_axes))
    for j in range(labels.size):
        if present[j]:
            counts[labels[j]] += 1.0
            means[labels[j]] += values[j]
    n_means, between_square, mean_sum = 0.0, 0.0, np.zeros(n_axes)
    for k in range(n_active):
        if counts[k] > 0.0:
            n_means += 1.0
            precision = counts[k] * now.within + now.between
            for axis in range(n_axes):
                expected = (now.within * means[k, axis] + now.between * now.centre[axis]) / precision
                means[k, axis] = expected + rng.standard_normal() / math.sqrt(precision)
                between_square += (means[k, axis] - now.centre[axis]) ** 2
                mean_sum[axis] += means[k, axis]
    within_square = 0.0
    for j in range(labels.size):
        if present[j]:
            for axis in range(n_axes):
                within_square += (values[j, axis] - means[labels[j], axis]) ** 2
    within_shape = prior.within_shape + 0.5 * n_axes * counts.sum()
    within = rng.standard_gamma(within_shape) / (prior.within_rate + 0.5 * within_square)
    between_shape = prior.between_shape + 0.5 * n_axes * n_means
    between = rng.standard_gamma(between_shape) / (prior.between_rate + 0.5 * between_square)
    centre_precision = prior.centre_precision + n_means * between
    centre = np.empty(n_axes)
    for axis in range(n_axes):
        pulled = prior.centre_precision * prior.centre[axis] + between * mean_sum[axis]
        centre[axis] = pulled / centre_precision + rng.standard_normal() / math.sqrt(centre_precision)
    return Hierarchy(within, between, centre)
