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
    Features,
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
    """Draw every concentration and precision by slice sampling on the collapsed likelihood, the rest conjugately."""
    labels = state.labels
    n_active = labels.max() + 1
    sizes = np.zeros(n_active, np.int64)
    for j in range(labels.size):
        sizes[labels[j]] += 1
    concentration = _drawn_concentration(rng, state.concentration, sizes, labels.size, prior)
    item_concentration = np.empty_like(state.item_concentration)
    for item in range(item_concentration.size):
        item_concentration[item] = _drawn_item_concentration(rng, state, crimes, prior, item, n_active)
    place = _drawn_hierarchy(
        rng, crimes.place_m, crimes.has_place, state.place_tail, labels, n_active, state.place, prior.place
    )
    times = state.times_days.reshape(-1, 1)
    time = _drawn_hierarchy(rng, times, crimes.has_time, state.time_tail, labels, n_active, state.time, prior.time)
    value_concentration = np.empty_like(state.value_concentration)
    for item in range(value_concentration.size):
        value_concentration[item] = _drawn_value_concentration(rng, state, crimes, prior, item, n_active)
    return State(
        labels,
        state.times_days,
        concentration,
        item_concentration,
        place,
        time,
        _drawn_features(rng, state, crimes, prior, n_active),
        value_concentration,
        _drawn_clock_concentration(rng, state, crimes, prior, n_active),
        state.place_tail,
        state.time_tail,
    )


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
    """Draw nu of one item."""
    levels = np.flatnonzero(crimes.item_of_level == item)
    counts = np.zeros((levels.size, n_active), np.int64)
    for j in range(state.labels.size):
        level = crimes.codes[j, item]
        if level >= 0:
            counts[level - levels[0], state.labels[j]] += 1
    return _drawn_dirichlet_concentration(rng, state.item_concentration[item], counts, prior.level_share[levels], prior)


@njit(cache=True, nogil=True)
def _drawn_clock_concentration(
    rng: np.random.Generator, state: State, crimes: CrimeArrays, prior: PriorValues, n_active: int
) -> float:
    """Draw the concentration of the time of day, whose bins follow from the times."""
    n_bins = prior.clock_share.size
    counts = np.zeros((n_bins, n_active), np.int64)
    for j in range(crimes.clock.size):
        if not math.isnan(crimes.clock[j]):
            share_of_day = crimes.clock[j] + state.times_days[j] - crimes.from_days[j]
            counts[math.floor(share_of_day * n_bins) % n_bins, state.labels[j]] += 1
    return _drawn_dirichlet_concentration(rng, state.clock_concentration, counts, prior.clock_share, prior)


@njit(cache=True, nogil=True)
def _drawn_dirichlet_concentration(
    rng: np.random.Generator, nu: float, counts: IntArray, share: FloatArray, prior: PriorValues
) -> float:
    """Draw nu given the counts of levels in clusters: prod_k prod_x (nu pi_x)_{c_kx} / (nu)_{n_k}."""
    total = counts.sum(axis=0)
    capacity = (total.max() + 1) * (counts.shape[0] + 1)
    weights, ratios = np.empty(capacity), np.empty(capacity)
    at = _put_rising(total, 1.0, -1.0, weights, ratios, 0)
    for row in range(counts.shape[0]):
        at = _put_rising(counts[row], share[row], 1.0, weights, ratios, at)
    mean, sd = prior.log_item_concentration_mean, prior.log_item_concentration_sd
    return _sliced_concentration(rng, nu, weights[:at], ratios[:at], mean, sd)


@njit(cache=True, nogil=True)
def _drawn_value_concentration(
    rng: np.random.Generator, state: State, crimes: CrimeArrays, prior: PriorValues, item: int, n_active: int
) -> float:
    """Draw nu of one multi-valued item: prod_k prod_x (nu pi_x)_{c_kx} (nu (1 - pi_x))_{n_k - c_kx} / (nu)_{n_k}."""
    values = np.flatnonzero(crimes.item_of_value == item)
    total, counts = np.zeros(n_active, np.int64), np.zeros((values.size, n_active), np.int64)
    for j in range(state.labels.size):
        if crimes.has_values[j, item]:
            total[state.labels[j]] += 1
            for row in range(values.size):
                counts[row, state.labels[j]] += crimes.values_held[j, values[row]]
    capacity = (total.max() + 1) * (2 * values.size + 1)
    weights, ratios = np.empty(capacity), np.empty(capacity)
    at = _put_rising(total, 1.0, -1.0 * values.size, weights, ratios, 0)
    for row in range(values.size):
        share = prior.value_share[values[row]]
        at = _put_rising(counts[row], share, 1.0, weights, ratios, at)
        at = _put_rising(total - counts[row], 1.0 - share, 1.0, weights, ratios, at)
    mean, sd = prior.log_item_concentration_mean, prior.log_item_concentration_sd
    return _sliced_concentration(rng, state.value_concentration[item], weights[:at], ratios[:at], mean, sd)


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
def _drawn_features(
    rng: np.random.Generator, state: State, crimes: CrimeArrays, prior: PriorValues, n_active: int
) -> Features:
    old, of = state.features, prior.features
    new = Features(np.empty_like(old.within), np.empty_like(old.between), np.empty_like(old.centre))
    one = np.ones(1)
    for row in range(old.within.size):
        values = crimes.features[row].copy().reshape((-1, 1))
        now = Hierarchy(old.within[row], old.between[row], old.centre[row : row + 1], one, one)
        plain = NormalPrior(
            of.centre[row : row + 1],
            of.centre_precision[row],
            of.within_shape[row],
            of.within_rate[row],
            of.between_shape[row],
            of.between_rate[row],
            one,
            one,
            one,
            one,
        )
        present = ~np.isnan(crimes.features[row])
        drawn = _drawn_hierarchy(rng, values, present, state.place_tail, state.labels, n_active, now, plain)
        new.within[row], new.between[row], new.centre[row] = drawn.within, drawn.between, drawn.centre[0]
    return new


@njit(cache=True, nogil=True)
def _drawn_hierarchy(
    rng: np.random.Generator,
    values: FloatArray,
    present: BoolArray,
    tail: IntArray,
    labels: IntArray,
    n_active: int,
    now: Hierarchy,
    prior: NormalPrior,
) -> Hierarchy:
    """Draw both precisions, the centre and the shares of factors, given each cluster's spread, drawn just before.

    A mean of n crimes scatters by v_n = 1/(n within) + 1/between, where each crime counts by its factors. Few
    different n occur, so clusters are summed by it and a density costs as many terms as there are n.
    """
    n_axes = values.shape[1]
    counts, weights, means, squares = _cluster_means(values, present, tail, labels, n_active, prior.tail_factor)
    spread_share = _put_spreads(rng, counts, weights, means, squares, now, prior)
    tail_share = _drawn_tail_share(rng, present, tail, now, prior)
    row_of, size = _rows_by_size(weights, prior.spread_factor.size * prior.tail_factor.size == 1)
    n_sizes = size.size
    n_of_size, square, total = np.zeros(n_sizes), np.zeros(n_sizes), np.zeros((n_sizes, n_axes))
    for k in range(n_active):
        row = row_of[k]
        if row >= 0:
            n_of_size[row] += 1.0
            for axis in range(n_axes):
                total[row, axis] += means[k, axis]
                square[row] += (means[k, axis] - now.centre[axis]) ** 2
    weight, ratio, pull = np.empty(n_sizes), np.empty(n_sizes), np.empty(n_sizes)
    for row in range(n_sizes):
        weight[row] = -0.5 * n_axes * n_of_size[row]
        ratio[row] = size[row] / now.between
        pull[row] = 0.5 * square[row] * now.between
    slope = prior.within_shape + 0.5 * n_axes * counts.sum()
    rate = prior.within_rate + 0.5 * squares.sum()
    within = _sliced(rng, now.within, _LogTarget(0.0, math.inf, slope, rate, weight, ratio, pull))
    for row in range(n_sizes):
        ratio[row] = 1.0 / (size[row] * within)
        pull[row] = 0.5 * square[row] * size[row] * within
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
    return Hierarchy(within, between, centre, spread_share, tail_share)


@njit(cache=True, nogil=True)
def _rows_by_size(weights: FloatArray, is_plain: bool) -> tuple[IntArray, FloatArray]:
    """Return which row each cluster stands in (-1 if empty) and the weight that all clusters of a row have."""
    row_of = np.empty(weights.size, np.int64)
    if is_plain:  # weights are numbers of crimes
        for k in range(weights.size):
            row_of[k] = int(weights[k]) - 1
        return row_of, np.arange(1.0, weights.max() + 1.0)
    size, row = np.empty(weights.size), -1
    for k in np.argsort(weights):
        if weights[k] > 0.0 and (row < 0 or weights[k] > size[row]):
            row += 1
            size[row] = weights[k]
        row_of[k] = row
    return row_of, size[: row + 1].copy()


@njit(cache=True, nogil=True)
def _cluster_means(
    values: FloatArray, present: BoolArray, tail: IntArray, labels: IntArray, n_active: int, tail_factor: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Return each cluster's number of values, their summed factors, its mean and its sum of squares about the mean."""
    counts, weights, squares = np.zeros(n_active), np.zeros(n_active), np.zeros(n_active)
    means = np.zeros((n_active, values.shape[1]))
    for j in range(labels.size):
        if present[j]:
            factor = tail_factor[tail[j]] if tail_factor.size > 1 else 1.0
            counts[labels[j]] += 1.0
            weights[labels[j]] += factor
            for axis in range(values.shape[1]):
                means[labels[j], axis] += factor * values[j, axis]
    for k in range(n_active):
        if counts[k] > 0.0:
            for axis in range(values.shape[1]):
                means[k, axis] /= weights[k]
    for j in range(labels.size):
        if present[j]:
            factor = tail_factor[tail[j]] if tail_factor.size > 1 else 1.0
            for axis in range(values.shape[1]):
                squares[labels[j]] += factor * (values[j, axis] - means[labels[j], axis]) ** 2
    return counts, weights, means, squares


@njit(cache=True, nogil=True)
def _put_spreads(
    rng: np.random.Generator,
    counts: FloatArray,
    weights: FloatArray,
    means: FloatArray,
    squares: FloatArray,
    now: Hierarchy,
    prior: NormalPrior,
) -> FloatArray:
    """Draw each cluster's spread factor, multiply its weight and squares by it, and draw the factors' shares."""
    n_spreads, n_axes = prior.spread_factor.size, means.shape[1]
    if n_spreads == 1:
        return now.spread_share
    drawn, logs = prior.spread_count.copy(), np.empty(n_spreads)
    for k in range(counts.size):
        if counts[k] == 0.0:
            continue
        gap = 0.0
        for axis in range(n_axes):
            gap += (means[k, axis] - now.centre[axis]) ** 2
        for spread in range(n_spreads):
            factor = prior.spread_factor[spread]
            within = now.within * factor
            variance = 1.0 / (weights[k] * within) + 1.0 / now.between
            log = counts[k] * math.log(factor) - math.log(variance * within)
            log = 0.5 * (n_axes * log - within * squares[k] - gap / variance)
            logs[spread] = log + math.log(now.spread_share[spread])
        spread = _drawn_from_logs(rng, logs)
        drawn[spread] += 1.0
        weights[k] *= prior.spread_factor[spread]
        squares[k] *= prior.spread_factor[spread]
    return _drawn_shares(rng, drawn)


@njit(cache=True, nogil=True)
def _drawn_tail_share(
    rng: np.random.Generator, present: BoolArray, tail: IntArray, now: Hierarchy, prior: NormalPrior
) -> FloatArray:
    if prior.tail_factor.size == 1:
        return now.tail_share
    drawn = prior.tail_count.copy()
    for j in range(present.size):
        if present[j]:
            drawn[tail[j]] += 1.0
    return _drawn_shares(rng, drawn)


@njit(cache=True, nogil=True)
def _drawn_from_logs(rng: np.random.Generator, logs: FloatArray) -> int:
    """Draw a position in proportion to exp(logs), by the largest of logs plus Gumbel noise."""
    best, chosen = -math.inf, 0
    for at in range(logs.size):
        noisy = logs[at] - math.log(max(rng.standard_exponential(), 1e-300))
        if noisy > best:
            best, chosen = noisy, at
    return chosen


@njit(cache=True, nogil=True)
def _drawn_shares(rng: np.random.Generator, counts: FloatArray) -> FloatArray:
    shares = np.empty(counts.size)
    for at in range(counts.size):
        shares[at] = max(rng.standard_gamma(counts[at]), 1e-300)
    return shares / shares.sum()


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
