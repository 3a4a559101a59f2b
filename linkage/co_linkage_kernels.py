"""Compiled sweeps of the collapsed co-linkage sampler: arrays in, arrays out, nothing kept between calls.

A label is one offender or set of offenders. Each label's mean place, mean time, category probabilities and
weight are integrated out, so that a sweep moves labels, censored times and hyperparameters only
(Reich and Porter 2015, J. R. Stat. Soc. A 178; collapsing as in Neal 2000, algorithm 3).
Sufficient statistics are counted afresh at the start of each sweep and kept up within it: counting costs
microseconds, and rounding never accumulates.
"""

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from linkage.co_linkage_hyperparameters import draw_hyperparameters
from linkage.co_linkage_state import CrimeArrays, FloatArray, IntArray, PriorValues, State, SweepInfo
from linkage.co_linkage_windows import drawn_truncated, log_mass

# exp(-36) is below the rounding error of a sum of probabilities, so such clusters are never drawn in practice.
_NEGLIGIBLE = 36.0


class _Clusters(NamedTuple):
    """Sufficient statistics of each slot, and the logs that weigh a crime against it."""

    n: FloatArray
    n_place: FloatArray
    place_sum: FloatArray
    n_time: FloatArray
    time_sum: FloatArray
    level_count: FloatArray
    item_count: FloatArray
    log_size: FloatArray
    place_mean: FloatArray
    place_precision: FloatArray
    place_log_scale: FloatArray
    time_mean: FloatArray
    time_sd: FloatArray
    log_level: FloatArray
    log_item: FloatArray


@njit(cache=True)
def sweep(rng: np.random.Generator, state: State, crimes: CrimeArrays, prior: PriorValues) -> tuple[State, SweepInfo]:
    """Draw every label with its censored time, then the times of solved crimes, then all hyperparameters."""
    labelled, info = sweep_labels(rng, state, crimes, prior)
    return draw_hyperparameters(rng, labelled, crimes, prior), info


@njit(cache=True)
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
        by_group[u] = candidates[: crimes.n_known]
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


@njit(cache=True)
def _counted(labels: IntArray, times: FloatArray, state: State, crimes: CrimeArrays, prior: PriorValues) -> _Clusters:
    """Count all clusters. The last slot stays empty for ever: it is the pattern of a cluster just emptied."""
    n_slots = crimes.n_known + crimes.unsolved.size + 1
    n_levels, n_items = prior.level_share.size, state.item_concentration.size
    clusters = _Clusters(
        np.zeros(n_slots),
        np.zeros(n_slots),
        np.zeros((2, n_slots)),
        np.zeros(n_slots),
        np.zeros(n_slots),
        np.zeros((n_levels, n_slots)),
        np.zeros((n_items, n_slots)),
        np.full(n_slots, math.log(state.concentration)),
        np.empty((2, n_slots)),
        np.empty(n_slots),
        np.empty(n_slots),
        np.empty(n_slots),
        np.empty(n_slots),
        np.empty((n_levels, n_slots)),
        np.empty((n_items, n_slots)),
    )
    for level in range(n_levels):
        nu = state.item_concentration[crimes.item_of_level[level]]
        clusters.log_level[level] = math.log(nu * prior.level_share[level])
    for item in range(n_items):
        clusters.log_item[item] = math.log(state.item_concentration[item])
    for k in range(n_slots):
        _refresh_place(clusters, state, k)
        _refresh_time(clusters, state, k)
    for j in range(labels.size):
        _move(clusters, state, crimes, prior, j, times[j], labels[j], 1.0)
    return clusters


@njit(cache=True)
def _move(
    clusters: _Clusters,
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
        _refresh_place(clusters, state, k)
    if crimes.has_time[j]:
        clusters.n_time[k] += sign
        clusters.time_sum[k] += sign * time
        _refresh_time(clusters, state, k)
    for item in range(crimes.codes.shape[1]):
        level = crimes.codes[j, item]
        if level >= 0:
            nu = state.item_concentration[item]
            clusters.level_count[level, k] += sign
            clusters.item_count[item, k] += sign
            count = nu * prior.level_share[level] + clusters.level_count[level, k]
            clusters.log_level[level, k] = math.log(count)
            clusters.log_item[item, k] = math.log(nu + clusters.item_count[item, k])


@njit(cache=True)
def _refresh_place(clusters: _Clusters, state: State, k: int) -> None:
    within, between, centre = state.place
    precision = clusters.n_place[k] * within + between
    clusters.place_mean[0, k] = (within * clusters.place_sum[0, k] + between * centre[0]) / precision
    clusters.place_mean[1, k] = (within * clusters.place_sum[1, k] + between * centre[1]) / precision
    predictive = 1.0 / (1.0 / within + 1.0 / precision)
    clusters.place_precision[k] = predictive
    clusters.place_log_scale[k] = math.log(predictive)  # two coordinates, half a log each


@njit(cache=True)
def _refresh_time(clusters: _Clusters, state: State, k: int) -> None:
    within, between, centre = state.time
    precision = clusters.n_time[k] * within + between
    clusters.time_mean[k] = (within * clusters.time_sum[k] + between * centre[0]) / precision
    clusters.time_sd[k] = math.sqrt(1.0 / within + 1.0 / precision)


@njit(cache=True)
def _close_gap(clusters: _Clusters, labels: IntArray, unsolved: IntArray, k: int, last: int) -> None:
    """Let the last active slot take the place of the emptied slot k, so that active slots stay in one run."""
    blank = clusters.n.size - 1
    _copy_slot(clusters, last, k)
    _copy_slot(clusters, blank, last)
    for j in unsolved:
        if labels[j] == last:
            labels[j] = k


@njit(cache=True)
def _copy_slot(clusters: _Clusters, source: int, target: int) -> None:
    clusters.n[target] = clusters.n[source]
    clusters.n_place[target] = clusters.n_place[source]
    clusters.place_sum[:, target] = clusters.place_sum[:, source]
    clusters.n_time[target] = clusters.n_time[source]
    clusters.time_sum[target] = clusters.time_sum[source]
    clusters.level_count[:, target] = clusters.level_count[:, source]
    clusters.item_count[:, target] = clusters.item_count[:, source]
    clusters.log_size[target] = clusters.log_size[source]
    clusters.place_mean[:, target] = clusters.place_mean[:, source]
    clusters.place_precision[target] = clusters.place_precision[source]
    clusters.place_log_scale[target] = clusters.place_log_scale[source]
    clusters.time_mean[target] = clusters.time_mean[source]
    clusters.time_sd[target] = clusters.time_sd[source]
    clusters.log_level[:, target] = clusters.log_level[:, source]
    clusters.log_item[:, target] = clusters.log_item[:, source]


@njit(cache=True)
def _log_weights(
    weights: FloatArray, clusters: _Clusters, state: State, crimes: CrimeArrays, j: int, n_unused: int
) -> None:
    """Fill log P(g_j = k | rest) up to a constant; the last entry is a cluster that has no crime yet.

    Slots run along the last axis of every array, so that each loop here is one vectorised pass.
    """
    n_slots = weights.size
    weights[:] = clusters.log_size[:n_slots]
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


@njit(cache=True)
def _add_log_times(weights: FloatArray, clusters: _Clusters, start: float, end: float) -> None:
    """Add the log density of an exact time, or the log mass that each cluster gives to a window."""
    if start == end:
        for k in range(weights.size):
            z = (start - clusters.time_mean[k]) / clusters.time_sd[k]
            weights[k] -= 0.5 * z * z + math.log(clusters.time_sd[k])
        return
    # A mass is at most 1, so a cluster that is negligible without it stays so: most need no error function.
    order_first = np.argmax(weights)
    best = -math.inf
    for step in range(-1, weights.size):
        k = order_first if step < 0 else step
        if step == order_first:
            continue
        if weights[k] < best - _NEGLIGIBLE:
            weights[k] = -math.inf
            continue
        mean, sd = clusters.time_mean[k], clusters.time_sd[k]
        weights[k] += log_mass((start - mean) / sd, (end - mean) / sd)
        best = max(best, weights[k])


@njit(cache=True)
def _normalise(weights: FloatArray) -> None:
    top = weights.max()
    total = 0.0
    for k in range(weights.size):
        gap = weights[k] - top
        weights[k] = math.exp(gap) if gap > -_NEGLIGIBLE else 0.0
        total += weights[k]
    weights /= total


@njit(cache=True)
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


@njit(cache=True)
def _drawn_time(rng: np.random.Generator, crimes: CrimeArrays, j: int, mean: float, sd: float) -> float:
    start, end = crimes.from_days[j], crimes.to_days[j]
    if start == end or not crimes.has_time[j]:
        return start
    return mean + sd * drawn_truncated((start - mean) / sd, (end - mean) / sd, rng)


@njit(cache=True)
def _draw_known_times(
    rng: np.random.Generator, times: FloatArray, clusters: _Clusters, state: State, crimes: CrimeArrays
) -> None:
    """Redraw the censored times of solved crimes in place, each given the rest of its cluster."""
    for j in range(times.size):
        k = crimes.known_cluster[j]
        if k < 0 or not crimes.has_time[j] or crimes.from_days[j] == crimes.to_days[j]:
            continue
        clusters.n_time[k] -= 1.0
        clusters.time_sum[k] -= times[j]
        _refresh_time(clusters, state, k)
        times[j] = _drawn_time(rng, crimes, j, clusters.time_mean[k], clusters.time_sd[k])
        clusters.n_time[k] += 1.0
        clusters.time_sum[k] += times[j]
