"""Compiled draws of the co-linkage model's hyperparameters given labels and times.

Cluster means stay integrated out here too: drawing them as well would tie each precision to means that are
mostly noise, and cost the scatters within clusters three fifths of their effective sample size (measured).
"""

import math
from typing import NamedTuple

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
_MAX_STEPS = 12


class _LogTarget(NamedTuple):
    """The form that every conditional density here has in x, the log of a positive number.

    -((x - mean) / sd)^2 / 2 + slope x - rate e^x + sum_r [weight_r log(1 + u_r) - pull_r u_r / (1 + u_r)],
    with u_r = ratio_r e^x. An sd of infinity stands for no normal factor.
    """

    mean: float
    sd: float
    slope: float
    rate: float
    weight: FloatArray
    ratio: FloatArray
    pull: FloatArray


@njit(cache=True, nogil=True)
def draw_hyperparameters(rng: np.random.Generator, state: State, crimes: CrimeArrays, prior: PriorValues) -> State:
    """Draw D, nu and the precisions by slice sampling on the collapsed likelihood, the centres by conjugate draws."""
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


@njit(cache=True, nogil=True)
def _drawn_concentration(
    rng: np.random.Generator, concentration: float, sizes: IntArray, n_crimes: int, prior: PriorValues
) -> float:
    """Draw D given cluster sizes: prod_k (D)_{n_k} / (M D)_N, with (x)_n the rising factorial."""
    weights, ratios = np.empty(sizes.max() + n_crimes), np.empty(sizes.max() + n_crimes)
    at = _put_rising(sizes, 1.0, 1.0, weights, ratios, 0)
    everybody = np.array([n_crimes])
    at = _put_rising(everybody, 1.0 * prior.n_clusters, -1.0, weights, ratios, at)
    mean, sd = prior.log_concentration_mean, prior.log_concentration_sd
    return _sliced_concentration(rng, concentration, weights[:at], ratios[:at], mean, sd)


@njit(cache=True, nogil=True)
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
    capacity = counts.max() * counts.shape[0]
    weights, ratios = np.empty(capacity), np.empty(capacity)
    at = _put_rising(counts[-1], 1.0, -1.0, weights, ratios, 0)
    for row in range(levels.size):
        at = _put_rising(counts[row], prior.level_share[levels[row]], 1.0, weights, ratios, at)
    mean, sd = prior.log_item_concentration_mean, prior.log_item_concentration_sd
    return _sliced_concentration(rng, state.item_concentration[item], weights[:at], ratios[:at], mean, sd)


@njit(cache=True, nogil=True)
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


@njit(cache=True, nogil=True)
def _sliced_concentration(
    rng: np.random.Generator, value: float, weight: FloatArray, ratio: FloatArray, mean: float, sd: float
) -> float:
    """Draw a concentration c with log c ~ N(mean, sd) and likelihood prod_r (1 + ratio_r / c)^weight_r."""
    target = _LogTarget(-mean, sd, 0.0, 0.0, weight, ratio, np.zeros(weight.size))
    return 1.0 / _sliced(rng, 1.0 / value, target)


@njit(cache=True, nogil=True)
def _drawn_hierarchy(
    rng: np.random.Generator,
    values: FloatArray,
    present: BoolArray,
    labels: IntArray,
    n_active: int,
    now: Hierarchy,
    prior: NormalPrior,
) -> Hierarchy:
    """Draw both precisions and the centre. A mean of n crimes scatters by v_n = 1/(n within) + 1/between.

    v_n depends on n only, so clusters are summed by their size and a density costs as many terms as there are
    sizes, not clusters.
    """
    n_axes = values.shape[1]
    counts, means, within_square = _cluster_means(values, present, labels, n_active)
    n_sizes = int(counts.max())
    n_of_size, square, total = np.zeros(n_sizes), np.zeros(n_sizes), np.zeros((n_sizes, n_axes))
    for k in range(n_active):
        if counts[k] > 0.0:
            row = int(counts[k]) - 1
            n_of_size[row] += 1.0
            for axis in range(n_axes):
                total[row, axis] += means[k, axis]
                square[row] += (means[k, axis] - now.centre[axis]) ** 2
    weight, ratio, pull = np.empty(n_sizes), np.empty(n_sizes), np.empty(n_sizes)
    for row in range(n_sizes):
        weight[row] = -0.5 * n_axes * n_of_size[row]
        ratio[row] = (row + 1.0) / now.between
        pull[row] = 0.5 * square[row] * now.between
    slope = prior.within_shape + 0.5 * n_axes * counts.sum()
    rate = prior.within_rate + 0.5 * within_square
    within = _sliced(rng, now.within, _LogTarget(0.0, math.inf, slope, rate, weight, ratio, pull))
    for row in range(n_sizes):
        ratio[row] = 1.0 / ((row + 1.0) * within)
        pull[row] = 0.5 * square[row] * (row + 1.0) * within
    slope = prior.between_shape + 0.5 * n_axes * n_of_size.sum()
    target = _LogTarget(0.0, math.inf, slope, prior.between_rate, weight, ratio, pull)
    between = _sliced(rng, now.between, target)
    precision, pulled = prior.centre_precision, prior.centre_precision * prior.centre
    for row in range(n_sizes):
        of_mean = 1.0 / (ratio[row] + 1.0 / between)
        precision += n_of_size[row] * of_mean
        for axis in range(n_axes):
            pulled[axis] += total[row, axis] * of_mean
    centre = np.empty(n_axes)
    for axis in range(n_axes):
        centre[axis] = pulled[axis] / precision + rng.standard_normal() / math.sqrt(precision)
    return Hierarchy(within, between, centre)


@njit(cache=True, nogil=True)
def _cluster_means(
    values: FloatArray, present: BoolArray, labels: IntArray, n_active: int
) -> tuple[FloatArray, FloatArray, float]:
    """Return each cluster's number of values, its mean, and the sum of squares about the means."""
    counts, means = np.zeros(n_active), np.zeros((n_active, values.shape[1]))
    for j in range(labels.size):
        if present[j]:
            counts[labels[j]] += 1.0
            for axis in range(values.shape[1]):
                means[labels[j], axis] += values[j, axis]
    for k in range(n_active):
        for axis in range(values.shape[1]):
            means[k, axis] /= max(counts[k], 1.0)
    within_square = 0.0
    for j in range(labels.size):
        if present[j]:
            for axis in range(values.shape[1]):
                within_square += (values[j, axis] - means[labels[j], axis]) ** 2
    return counts, means, within_square


@njit(cache=True, nogil=True)
def _sliced(rng: np.random.Generator, value: float, target: _LogTarget) -> float:
    """Slice-sample a positive number on its log scale (Neal 2003, stepping out and shrinking): nothing to tune.

    Steps out are limited: from a start that is a million nats too low, the linear tail of a log density would
    let one step leap to where e^x is 0. The limit is shared out at random between the sides, as balance needs.
    """
    x = math.log(value)
    level = _log_density(x, target) - rng.standard_exponential()
    left = x - _SLICE_WIDTH * rng.random()
    right = left + _SLICE_WIDTH
    n_left = int(_MAX_STEPS * rng.random())
    n_right = _MAX_STEPS - 1 - n_left
    while n_left > 0 and _log_density(left, target) > level:
        left -= _SLICE_WIDTH
        n_left -= 1
    while n_right > 0 and _log_density(right, target) > level:
        right += _SLICE_WIDTH
        n_right -= 1
    while True:
        y = left + (right - left) * rng.random()
        if _log_density(y, target) >= level:
            return math.exp(y)
        if y < x:
            left = y
        else:
            right = y


@njit(cache=True, nogil=True)
def _log_density(x: float, target: _LogTarget) -> float:
    scale = math.exp(x)
    total = -0.5 * ((x - target.mean) / target.sd) ** 2 + target.slope * x - target.rate * scale
    for row in range(target.weight.size):
        u = target.ratio[row] * scale
        total += target.weight[row] * math.log1p(u) - target.pull[row] * (u / (1.0 + u))
    return total
