"""Compiled sweeps of the collapsed co-linkage sampler: arrays in, arrays out, nothing kept between calls.

A label is one offender or set of offenders. Each label's mean place, mean time, category probabilities and
weight are integrated out, so that a sweep moves labels, censored times and hyperparameters only
(Reich and Porter 2015, J. R. Stat. Soc. A 178; collapsing as in Neal 2000, algorithm 3).
Sufficient statistics are counted afresh at the start of each sweep and kept up within it: counting costs
microseconds, and rounding never accumulates. No compiled function here calls one of another file: numba's
cache would not notice when that file changes.
"""

import math

import numpy as np
from numba import njit

from linkage.co_linkage_hyperparameters import draw_hyperparameters
from linkage.co_linkage_state import Clusters, CrimeArrays, FloatArray, IntArray, PriorValues, State, SweepInfo

# A thousand clusters left out at exp(-30) each are a probability of 1e-10: one wrong draw in 1e10.
_NEGLIGIBLE = 30.0
_HALF_LOG_TAU = 0.5 * math.log(2.0 * math.pi)


def sweep(rng: np.random.Generator, state: State, crimes: CrimeArrays, prior: PriorValues) -> tuple[State, SweepInfo]:
    """Draw every label with its censored time, then the times of solved crimes, then all hyperparameters."""
    labelled, info = sweep_labels(rng, state, crimes, prior)
    return draw_hyperparameters(rng, labelled, crimes, prior), info


@njit(cache=True, nogil=True)
def sweep_labels(
    rng: np.random.Generator, state: State, crimes: CrimeArrays, prior: PriorValues
) -> tuple[State, SweepInfo]:
    """Draw labels and censored times given the hyperparameters (the part that exact enumeration can check)."""
    labels, times = state.labels.copy(), state.times_days.copy()
    unsolved = crimes.unsolved
    n_active = labels.max() + 1
    clusters = _counted(labels, times, state, crimes, prior)
    weights = np.empty(clusters.n.size)
    by_group = np.zeros((unsolved.size, crimes.n_known))
    by_pair = np.zeros((unsolved.size, unsolved.size))
    for u in range(unsolved.size):
        j = unsolved[u]
        home = labels[j]
        _move(clusters, state, crimes, prior, j, times[j], home, -1.0)
        labels[j] = -1
        if clusters.n[home] == 0.0:
            n_active -= 1
            _close_gap(clusters, labels, unsolved, home, n_active)
        candidates = weights[: n_active + 1]
        n_unused = prior.n_clusters - n_active
        _log_weights(candidates, clusters, state, crimes, j, n_unused)
        _normalise(candidates)
        for k in range(crimes.n_known):
            by_group[u, k] = candidates[k]
        for v in range(unsolved.size):
            if v != u:
                by_pair[u, v] = candidates[labels[unsolved[v]]]
        k = _drawn(rng, candidates)
        n_active = max(n_active, k + 1)
        labels[j] = k
        times[j] = _drawn_time(rng, crimes, j, clusters.time_mean[k], clusters.time_sd[k])
        _move(clusters, state, crimes, prior, j, times[j], k, 1.0)
    _draw_known_times(rng, times, clusters, state, crimes)
    moved = State(labels, times, state.concentration, state.item_concentration, state.place, state.time)
    return moved, SweepInfo(n_active, by_group, by_pair)


@njit(cache=True, nogil=True)
def _counted(labels: IntArray, times: FloatArray, state: State, crimes: CrimeArrays, prior: PriorValues) -> Clusters:
    """Count all clusters. The last slot stays empty for ever: it is the pattern of a cluster just emptied."""
    n_slots = crimes.n_known + crimes.unsolved.size + 1
    clusters = _blank(n_slots, state, crimes, prior)
    n, n_place, place_sum = clusters.n, clusters.n_place, clusters.place_sum
    n_time, time_sum = clusters.n_time, clusters.time_sum
    level_count, item_count = clusters.level_count, clusters.item_count
    place_m, codes = crimes.place_m, crimes.codes
    for j in range(labels.size):
        k = labels[j]
        n[k] += 1.0
        if crimes.has_place[j]:
            n_place[k] += 1.0
            place_sum[0, k] += place_m[j, 0]
            place_sum[1, k] += place_m[j, 1]
        if crimes.has_time[j]:
            n_time[k] += 1.0
            time_sum[k] += times[j]
        for item in range(codes.shape[1]):
            if codes[j, item] >= 0:
                level_count[codes[j, item], k] += 1.0
                item_count[item, k] += 1.0
    for k in range(n_slots):
        clusters.log_size[k] = math.log(n[k] + state.concentration)
    _refresh_place(clusters, state, 0, n_slots)
    _refresh_time(clusters, state, 0, n_slots)
    for j in range(labels.size):
        _refresh_items(clusters, state, crimes, prior, j, labels[j])
    return clusters


@njit(cache=True, nogil=True)
def _blank(n_slots: int, state: State, crimes: CrimeArrays, prior: PriorValues) -> Clusters:
    n_levels, n_items = prior.level_share.size, state.item_concentration.size
    levels, items = 14 + 2 * n_levels, 14 + 2 * n_levels + 2 * n_items
    block = np.zeros((items, n_slots))
    clusters = Clusters(
        block=block,
        n=block[0],
        n_place=block[1],
        place_sum=block[2:4],
        n_time=block[4],
        time_sum=block[5],
        log_size=block[6],
        place_mean=block[7:9],
        place_precision=block[9],
        place_log_scale=block[10],
        time_mean=block[11],
        time_sd=block[12],
        time_log_sd=block[13],
        level_count=block[14 : 14 + n_levels],
        log_level=block[14 + n_levels : levels],
        item_count=block[levels : levels + n_items],
        log_item=block[levels + n_items : items],
    )
    for level in range(n_levels):
        nu = state.item_concentration[crimes.item_of_level[level]]
        for k in range(n_slots):
            clusters.log_level[level, k] = math.log(nu * prior.level_share[level])
    for item in range(n_items):
        for k in range(n_slots):
            clusters.log_item[item, k] = math.log(state.item_concentration[item])
    return clusters


@njit(cache=True, nogil=True)
def _move(
    clusters: Clusters,
    state: State,
    crimes: CrimeArrays,
    prior: PriorValues,
    j: int,
    time: float,
    k: int,
    sign: float,
) -> None:
    """Put crime j into slot k (sign 1) or take it out (sign -1), refreshing only the logs that change."""
    clusters.n[k] += sign
    clusters.log_size[k] = math.log(clusters.n[k] + state.concentration)
    if crimes.has_place[j]:
        clusters.n_place[k] += sign
        clusters.place_sum[0, k] += sign * crimes.place_m[j, 0]
        clusters.place_sum[1, k] += sign * crimes.place_m[j, 1]
        _refresh_place(clusters, state, k, k + 1)
    if crimes.has_time[j]:
        clusters.n_time[k] += sign
        clusters.time_sum[k] += sign * time
        _refresh_time(clusters, state, k, k + 1)
    for item in range(crimes.codes.shape[1]):
        if crimes.codes[j, item] >= 0:
            clusters.level_count[crimes.codes[j, item], k] += sign
            clusters.item_count[item, k] += sign
    _refresh_items(clusters, state, crimes, prior, j, k)


@njit(cache=True, nogil=True)
def _refresh_place(clusters: Clusters, state: State, first: int, stop: int) -> None:
    within, between, centre = state.place
    n, total, mean = clusters.n_place, clusters.place_sum, clusters.place_mean
    for k in range(first, stop):
        precision = n[k] * within + between
        mean[0, k] = (within * total[0, k] + between * centre[0]) / precision
        mean[1, k] = (within * total[1, k] + between * centre[1]) / precision
        predictive = 1.0 / (1.0 / within + 1.0 / precision)
        clusters.place_precision[k] = predictive
        clusters.place_log_scale[k] = math.log(predictive)  # two coordinates, half a log each


@njit(cache=True, nogil=True)
def _refresh_time(clusters: Clusters, state: State, first: int, stop: int) -> None:
    within, between, centre = state.time
    for k in range(first, stop):
        precision = clusters.n_time[k] * within + between
        variance = 1.0 / within + 1.0 / precision
        clusters.time_mean[k] = (within * clusters.time_sum[k] + between * centre[0]) / precision
        clusters.time_sd[k] = math.sqrt(variance)
        clusters.time_log_sd[k] = 0.5 * math.log(variance)


@njit(cache=True, nogil=True)
def _refresh_items(clusters: Clusters, state: State, crimes: CrimeArrays, prior: PriorValues, j: int, k: int) -> None:
    """Refresh in slot k the logs of the values that crime j holds."""
    for item in range(crimes.codes.shape[1]):
        level = crimes.codes[j, item]
        if level >= 0:
            nu = state.item_concentration[item]
            count = nu * prior.level_share[level] + clusters.level_count[level, k]
            clusters.log_level[level, k] = math.log(count)
            clusters.log_item[item, k] = math.log(nu + clusters.item_count[item, k])


@njit(cache=True, nogil=True)
def _close_gap(clusters: Clusters, labels: IntArray, unsolved: IntArray, k: int, last: int) -> None:
    """Let the last active slot take the place of the emptied slot k, so that active slots stay in one run."""
    block = clusters.block
    for row in range(block.shape[0]):
        block[row, k] = block[row, last]
        block[row, last] = block[row, -1]
    for j in unsolved:
        if labels[j] == last:
            labels[j] = k


@njit(cache=True, nogil=True)
def _log_weights(
    weights: FloatArray, clusters: Clusters, state: State, crimes: CrimeArrays, j: int, n_unused: int
) -> None:
    """Fill log P(g_j = k | rest) up to a constant; the last entry is a cluster that has no crime yet.

    Slots run along the last axis of every array, so that each loop here is one vectorised pass.
    """
    n_slots = weights.size
    for k in range(n_slots):
        weights[k] = clusters.log_size[k]
    weights[-1] = math.log(n_unused * state.concentration) if n_unused > 0 else -math.inf
    for item in range(crimes.codes.shape[1]):
        level = crimes.codes[j, item]
        if level >= 0:
            log_level, log_item = clusters.log_level[level], clusters.log_item[item]
            for k in range(n_slots):
                weights[k] += log_level[k] - log_item[k]
    if crimes.has_place[j]:
        easting, northing = crimes.place_m[j, 0], crimes.place_m[j, 1]
        mean_easting, mean_northing = clusters.place_mean[0], clusters.place_mean[1]
        precision, log_scale = clusters.place_precision, clusters.place_log_scale
        for k in range(n_slots):
            east, north = easting - mean_easting[k], northing - mean_northing[k]
            weights[k] += log_scale[k] - 0.5 * precision[k] * (east * east + north * north)
    if crimes.has_time[j]:
        _add_log_times(weights, clusters, crimes.from_days[j], crimes.to_days[j])


@njit(cache=True, nogil=True)
def _add_log_times(weights: FloatArray, clusters: Clusters, start: float, end: float) -> None:
    """Add the log of the mean density over a window (of the density at an exact time, of an open window's mass).

    The density at the window's point nearest to the cluster's mean bounds it, and one vectorised pass gives
    that; the few clusters that the bound does not rule out are then worked out in full.
    """
    mean, sd, log_sd = clusters.time_mean, clusters.time_sd, clusters.time_log_sd
    if math.isinf(end - start):
        for k in range(weights.size):
            weights[k] += _log_mass((start - mean[k]) / sd[k], (end - mean[k]) / sd[k])
        return
    for k in range(weights.size):
        z = max(start - mean[k], mean[k] - end, 0.0) / sd[k]
        weights[k] -= 0.5 * z * z + log_sd[k]
    if start == end:
        return
    first = int(np.argmax(weights))
    best = -math.inf
    for step in range(-1, weights.size):
        k = first if step < 0 else step
        if step != first and weights[k] > best - _NEGLIGIBLE:
            lower, upper = (start - mean[k]) / sd[k], (end - mean[k]) / sd[k]
            weights[k] += _log_mean_density_below_peak(lower, upper)
            best = max(best, weights[k])


@njit(cache=True, nogil=True)
def _log_mean_density_below_peak(lower: float, upper: float) -> float:
    """Log of the standard normal's mean density over [lower, upper], less that of its peak in the window.

    Keeps its digits for windows of a second, where the difference of two tails would keep few.
    """
    width, middle = upper - lower, abs(0.5 * (lower + upper))
    nearest = max(middle - 0.5 * width, 0.0)
    peak = -0.5 * nearest * nearest
    if width * (1.0 + middle) < 0.2:
        # Midpoint expansion in the Hermite polynomials of order 2 and 4; the next term is below 1e-9.
        square, square_width = middle * middle, width * width
        fourth = (square * square - 6.0 * square + 3.0) * square_width / 80.0
        bend = (square - 1.0 + fourth) * square_width / 24.0
        return -0.5 * square + math.log1p(bend) - peak
    return _log_mass(lower, upper) - math.log(width) + _HALF_LOG_TAU - peak


@njit(cache=True, nogil=True)
def _log_mass(lower: float, upper: float) -> float:
    """Log of the standard normal mass between lower < upper, with full digits in both tails."""
    if lower + upper < 0.0:
        lower, upper = -upper, -lower
    if lower > 25.0:  # erfc underflows from 37 on
        below, beyond = _log_far_tail(lower), _log_far_tail(upper)
        return below + math.log1p(-math.exp(beyond - below))
    root = math.sqrt(0.5)
    return math.log(0.5 * (math.erfc(lower * root) - math.erfc(upper * root)))


@njit(cache=True, nogil=True)
def _log_far_tail(z: float) -> float:
    """Log of the normal tail beyond z > 25, asymptotic series (Abramowitz and Stegun 26.2.12)."""
    square = z * z
    series = -(1.0 - (3.0 - 15.0 / square) / square) / square
    return -0.5 * square - _HALF_LOG_TAU - math.log(z) + math.log1p(series)


@njit(cache=True, nogil=True)
def _normalise(weights: FloatArray) -> None:
    top = weights.max()
    total = 0.0
    for k in range(weights.size):
        gap = weights[k] - top
        weights[k] = math.exp(gap) if gap > -_NEGLIGIBLE else 0.0
        total += weights[k]
    for k in range(weights.size):
        weights[k] /= total


@njit(cache=True, nogil=True)
def _drawn(rng: np.random.Generator, probabilities: FloatArray) -> int:
    left = rng.random()
    chosen = 0
    for k in range(probabilities.size):
        if probabilities[k] > 0.0:
            chosen = k  # rounding may leave a crumb of `left` at the end: the last possible slot then
            left -= probabilities[k]
            if left < 0.0:
                break
    return chosen


@njit(cache=True, nogil=True)
def _drawn_time(rng: np.random.Generator, crimes: CrimeArrays, j: int, mean: float, sd: float) -> float:
    start, end = crimes.from_days[j], crimes.to_days[j]
    if start == end or not crimes.has_time[j]:
        return start
    lower, upper = (start - mean) / sd, (end - mean) / sd
    if lower + upper < 0.0:
        return mean - sd * _drawn_right_of_centre(-upper, -lower, rng)
    return mean + sd * _drawn_right_of_centre(lower, upper, rng)


@njit(cache=True, nogil=True)
def _drawn_right_of_centre(lower: float, upper: float, rng: np.random.Generator) -> float:
    """Draw a standard normal in a window whose middle is not negative, by the proposal that fits (Robert 1995).

    Every branch accepts at least about one draw in five.
    """
    width = upper - lower
    if lower < 0.5 and width > 2.0:
        while True:
            z = rng.standard_normal()
            if lower <= z <= upper:
                return z
    if lower <= 0.0:
        while True:
            z = lower + width * rng.random()
            if rng.standard_exponential() > 0.5 * z * z:
                return z
    while True:
        step = -math.log1p(rng.random() * math.expm1(-lower * width)) / lower
        if rng.standard_exponential() > 0.5 * step * step:
            return min(lower + step, upper)


@njit(cache=True, nogil=True)
def _draw_known_times(
    rng: np.random.Generator, times: FloatArray, clusters: Clusters, state: State, crimes: CrimeArrays
) -> None:
    """Redraw the censored times of solved crimes in place, each given the rest of its cluster."""
    for j in range(times.size):
        k = crimes.known_cluster[j]
        if k < 0 or not crimes.has_time[j] or crimes.from_days[j] == crimes.to_days[j]:
            continue
        clusters.n_time[k] -= 1.0
        clusters.time_sum[k] -= times[j]
        _refresh_time(clusters, state, k, k + 1)
        times[j] = _drawn_time(rng, crimes, j, clusters.time_mean[k], clusters.time_sd[k])
        clusters.n_time[k] += 1.0
        clusters.time_sum[k] += times[j]
