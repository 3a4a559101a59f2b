"""Compiled sweeps of the collapsed co-linkage sampler: arrays in, arrays out, nothing kept between calls.

A label is one offender or set of offenders. Each label's mean place, mean time, spread, category probabilities
and weight are integrated out, so that a sweep moves labels, censored times, tail factors and hyperparameters
only (Reich and Porter 2015, J. R. Stat. Soc. A 178; collapsing as in Neal 2000, algorithm 3).
Sufficient statistics are counted afresh at the start of each sweep and kept up within it: counting costs
microseconds, and rounding never accumulates. No compiled function here calls one of another file: numba's
cache would not notice when that file changes.
"""

import math

import numpy as np
from numba import njit

from linkage.co_linkage_hyperparameters import draw_hyperparameters
from linkage.co_linkage_state import (
    BoolArray,
    Clusters,
    CrimeArrays,
    Features,
    FloatArray,
    Hierarchy,
    IntArray,
    NormalPrior,
    NormalRows,
    PriorValues,
    State,
    SweepInfo,
    TimeWindow,
)

# A thousand clusters left out at exp(-30) each are a probability of 1e-10: one wrong draw in 1e10.
_NEGLIGIBLE = 30.0
_HALF_LOG_TAU = 0.5 * math.log(2.0 * math.pi)
_FEATURE_ROWS = 7


def sweep(rng: np.random.Generator, state: State, crimes: CrimeArrays, prior: PriorValues) -> tuple[State, SweepInfo]:
    """Draw every label with what is hidden of its crime, then that of solved crimes, then all hyperparameters."""
    labelled, info = sweep_labels(rng, state, crimes, prior)
    return draw_hyperparameters(rng, labelled, crimes, prior), info


@njit(cache=True, nogil=True)
def sweep_labels(
    rng: np.random.Generator, state: State, crimes: CrimeArrays, prior: PriorValues
) -> tuple[State, SweepInfo]:
    """Draw labels, censored times and tail factors given the hyperparameters (exact enumeration checks this part)."""
    now = _copied(state)
    labels, unsolved = now.labels, crimes.unsolved
    n_active = labels.max() + 1
    clusters = _counted(now, crimes, prior)
    weights, parts = np.empty(clusters.n.size), _empty_parts(prior)
    place_rows, time_rows = clusters.place_rows, clusters.time_rows
    by_group = np.empty((unsolved.size, crimes.n_known))
    by_pair = np.zeros((unsolved.size, unsolved.size))
    for u in range(unsolved.size):
        j, home = unsolved[u], labels[unsolved[u]]
        _move(clusters, now, crimes, prior, j, home, -1.0)
        labels[j] = -1
        if clusters.n[home] == 0.0:
            n_active -= 1
            _close_gap(clusters, labels, unsolved, home, n_active)
        candidates = weights[: n_active + 1]
        n_unused = prior.n_clusters - n_active
        clock = crimes.clock[j] if crimes.clock.size > 0 else math.nan
        has_time, n_bins = crimes.has_time[j], prior.clock_share.size
        window = _window(crimes.from_days[j], crimes.to_days[j], clock, has_time, time_rows, n_bins)
        _log_weights(candidates, parts, clusters, now, crimes, prior, window, j, n_unused)
        _normalise(candidates)
        by_group[u] = candidates[: crimes.n_known]
        for v in range(unsolved.size):
            if v != u:
                by_pair[u, v] = candidates[labels[unsolved[v]]]
        k = _drawn(rng, candidates)
        n_active = max(n_active, k + 1)
        labels[j] = k
        if place_rows.n_tails > 1 and crimes.has_place[j]:
            now.place_tail[j] = _drawn_place_tail(rng, parts, clusters.place, place_rows, crimes.place_m[j], k)
        if window.start < window.end or (time_rows.n_tails > 1 and window.has_time):
            time, tail = _drawn_time(rng, parts, clusters.time, clusters.clock, time_rows, window, k)
            now.times_days[j] = time
            if time_rows.n_tails > 1:
                now.time_tail[j] = tail
        _move(clusters, now, crimes, prior, j, k, 1.0)
    if place_rows.n_tails > 1:
        _draw_known_place_tails(rng, parts, clusters, now.place_tail, crimes)
    _draw_known_times(rng, parts, clusters, now, crimes, prior)
    return now, SweepInfo(n_active, by_group, by_pair)


@njit(cache=True, nogil=True)
def _copied(state: State) -> State:
    return State(
        state.labels.copy(),
        state.times_days.copy(),
        state.concentration,
        state.item_concentration,
        state.place,
        state.time,
        state.features,
        state.value_concentration,
        state.clock_concentration,
        state.place_tail.copy(),
        state.time_tail.copy(),
    )


@njit(cache=True, nogil=True)
def _empty_parts(prior: PriorValues) -> FloatArray:
    """Room for the components of a place, or those of a time by the pieces that bins cut a window into."""
    n_place = prior.place.spread_factor.size * prior.place.tail_factor.size
    n_time = prior.time.spread_factor.size * prior.time.tail_factor.size * (prior.clock_share.size + 1)
    return np.empty(max(n_place, n_time))


@njit(cache=True, nogil=True)
def _counted(now: State, crimes: CrimeArrays, prior: PriorValues) -> Clusters:
    """Count all clusters. The last slot stays empty for ever: it is the pattern of a cluster just emptied."""
    n_slots = crimes.n_known + crimes.unsolved.size + 1
    clusters = _blank(n_slots, now, crimes, prior)
    labels, place_rows, time_rows = now.labels, clusters.place_rows, clusters.time_rows
    place_tail = prior.place.tail_factor[now.place_tail] if place_rows.n_tails > 1 else np.ones(labels.size)
    time_tail = prior.time.tail_factor[now.time_tail] if time_rows.n_tails > 1 else np.ones(labels.size)
    # Taken out once: each look into a tuple inside the loop would count references.
    n, place, time, items, place_model, time_model = (
        clusters.n,
        clusters.place,
        clusters.time,
        clusters.items,
        clusters.place_model,
        clusters.time_model,
    )
    has_place, place_m, has_time, times_days = crimes.has_place, crimes.place_m, crimes.has_time, now.times_days
    codes, n_levels = crimes.codes, prior.level_share.size
    for j in range(labels.size):
        k = labels[j]
        n[k] += 1.0
        if has_place[j]:
            east, north = place_m[j, 0] - place_model[2], place_m[j, 1] - place_model[3]
            _put_place(place, k, 1.0, place_tail[j], east, north)
        if has_time[j]:
            _put_value(time, k, 1.0, time_tail[j], times_days[j] - time_model[2])
        _put_items(items, codes, n_levels, j, k, 1.0)
    for j in range(crimes.clock.size):
        if _says_clock(crimes.clock, j):
            share_of_day = crimes.clock[j] + times_days[j] - crimes.from_days[j]
            _put_clock(clusters.clock, labels[j], 1.0, _bin(share_of_day, prior.clock_share.size))
    for j in range(labels.size if now.features.within.size > 0 else 0):
        _put_features(clusters.features, crimes.features, now.features.centre, j, labels[j], 1.0)
    for j in range(labels.size if now.value_concentration.size > 0 else 0):
        _put_values(clusters.values, crimes.values_held, crimes.has_values, j, labels[j], 1.0)
    for k in range(n_slots):
        clusters.log_size[k] = math.log(n[k] + now.concentration)
    _refresh_normal(clusters.place, place_rows, clusters.place_model, 0, n_slots)
    _refresh_normal(clusters.time, time_rows, clusters.time_model, 0, n_slots)
    for feature in range(now.features.within.size):
        _refresh_feature(clusters.features, now.features, feature, 0, n_slots)
    _refresh_values(clusters.values, now.value_concentration, crimes.item_of_value, prior.value_share, 0, n_slots)
    if crimes.clock.size > 0:
        _refresh_clock(clusters.clock, now.clock_concentration, prior.clock_share, 0, n_slots)
    item_concentration, level_share = now.item_concentration, prior.level_share
    for j in range(labels.size):
        _refresh_items(items, item_concentration, codes, level_share, j, labels[j])
    return clusters


@njit(cache=True, nogil=True)
def _blank(n_slots: int, now: State, crimes: CrimeArrays, prior: PriorValues) -> Clusters:
    n_levels, n_items = prior.level_share.size, now.item_concentration.size
    place_rows, time_rows = _rows(2, prior.place), _rows(1, prior.time)
    n_features = _FEATURE_ROWS * now.features.within.size
    n_values = 2 * (prior.value_share.size + now.value_concentration.size)
    n_clock = 2 * (prior.clock_share.size + 1)
    stops = np.cumsum(
        np.array([2, place_rows.stop, time_rows.stop, n_features, 2 * (n_levels + n_items), n_values, n_clock])
    )
    block = np.zeros((stops[-1], n_slots))
    items = block[stops[3] : stops[4]]
    for level in range(n_levels):
        nu = now.item_concentration[crimes.item_of_level[level]]
        items[n_levels + level] = math.log(nu * prior.level_share[level])
    for item in range(n_items):
        items[2 * n_levels + n_items + item] = math.log(now.item_concentration[item])
    return Clusters(
        block=block,
        n=block[0],
        log_size=block[1],
        place_rows=place_rows,
        place_model=_model(now.place, prior.place),
        place=block[stops[0] : stops[1]],
        time_rows=time_rows,
        time_model=_model(now.time, prior.time),
        time=block[stops[1] : stops[2]],
        features=block[stops[2] : stops[3]],
        items=items,
        values=block[stops[4] : stops[5]],
        clock=block[stops[5] : stops[6]],
    )


@njit(cache=True, nogil=True)
def _rows(n_axes: int, prior: NormalPrior) -> NormalRows:
    n_spreads, n_tails = prior.spread_factor.size, prior.tail_factor.size
    precision = 3 + n_axes + n_spreads * n_axes
    log_scale = precision + n_spreads * n_tails
    return NormalRows(n_axes, n_spreads, n_tails, 3 + n_axes, precision, log_scale, log_scale + n_spreads * n_tails)


@njit(cache=True, nogil=True)
def _feature(features: FloatArray, feature: int) -> FloatArray:
    return features[_FEATURE_ROWS * feature : _FEATURE_ROWS * (feature + 1)]


@njit(cache=True, nogil=True, inline="always")
def _move(clusters: Clusters, now: State, crimes: CrimeArrays, prior: PriorValues, j: int, k: int, sign: float) -> None:
    """Put crime j into slot k (sign 1) or take it out (sign -1), refreshing only the logs that change."""
    clusters.n[k] += sign
    clusters.log_size[k] = math.log(clusters.n[k] + now.concentration)
    if crimes.has_place[j]:
        rows, model = clusters.place_rows, clusters.place_model
        _move_place(clusters.place, rows, model, now.place_tail, crimes.place_m, j, k, sign)
    if crimes.has_time[j]:
        rows, model = clusters.time_rows, clusters.time_model
        _move_time(clusters.time, rows, model, now.time_tail, now.times_days, j, k, sign)
    if _says_clock(crimes.clock, j):
        share_of_day = crimes.clock[j] + now.times_days[j] - crimes.from_days[j]
        _move_clock(clusters.clock, now.clock_concentration, prior.clock_share, share_of_day, k, sign)
    if now.features.within.size > 0:
        _put_features(clusters.features, crimes.features, now.features.centre, j, k, sign)
        for feature in range(now.features.within.size):
            _refresh_feature(clusters.features, now.features, feature, k, k + 1)
    _put_items(clusters.items, crimes.codes, prior.level_share.size, j, k, sign)
    _refresh_items(clusters.items, now.item_concentration, crimes.codes, prior.level_share, j, k)
    if now.value_concentration.size > 0:
        _put_values(clusters.values, crimes.values_held, crimes.has_values, j, k, sign)
        _refresh_values(clusters.values, now.value_concentration, crimes.item_of_value, prior.value_share, k, k + 1)


@njit(cache=True, nogil=True)
def _move_place(
    place: FloatArray,
    rows: NormalRows,
    model: FloatArray,
    tail: IntArray,
    place_m: FloatArray,
    j: int,
    k: int,
    sign: float,
) -> None:
    factor = model[4 + 3 * rows.n_spreads + tail[j]] if rows.n_tails > 1 else 1.0
    _put_place(place, k, sign, factor, place_m[j, 0] - model[2], place_m[j, 1] - model[3])
    _refresh_normal(place, rows, model, k, k + 1)


@njit(cache=True, nogil=True)
def _move_time(
    time: FloatArray,
    rows: NormalRows,
    model: FloatArray,
    tail: IntArray,
    times_days: FloatArray,
    j: int,
    k: int,
    sign: float,
) -> None:
    factor = model[4 + 3 * rows.n_spreads + tail[j]] if rows.n_tails > 1 else 1.0
    _put_value(time, k, sign, factor, times_days[j] - model[2])
    _refresh_normal(time, rows, model, k, k + 1)


@njit(cache=True, nogil=True)
def _move_clock(clock: FloatArray, nu: float, share: FloatArray, share_of_day: float, k: int, sign: float) -> None:
    _put_clock(clock, k, sign, _bin(share_of_day, share.size))
    _refresh_clock(clock, nu, share, k, k + 1)


@njit(cache=True, nogil=True)
def _put_place(place: FloatArray, k: int, sign: float, factor: float, east: float, north: float) -> None:
    place[0, k] += sign
    place[1, k] += sign * factor
    place[2, k] += sign * factor * (east * east + north * north)
    place[3, k] += sign * factor * east
    place[4, k] += sign * factor * north


@njit(cache=True, nogil=True)
def _put_value(rows: FloatArray, k: int, sign: float, factor: float, gap: float) -> None:
    rows[0, k] += sign
    rows[1, k] += sign * factor
    rows[2, k] += sign * factor * gap * gap
    rows[3, k] += sign * factor * gap


@njit(cache=True, nogil=True)
def _put_features(features: FloatArray, values: FloatArray, centre: FloatArray, j: int, k: int, sign: float) -> None:
    for feature in range(centre.size):
        gap = values[feature, j] - centre[feature]
        if not math.isnan(gap):
            _put_value(_feature(features, feature), k, sign, 1.0, gap)


@njit(cache=True, nogil=True)
def _put_items(items: FloatArray, codes: IntArray, n_levels: int, j: int, k: int, sign: float) -> None:
    for item in range(codes.shape[1]):
        if codes[j, item] >= 0:
            items[codes[j, item], k] += sign
            items[2 * n_levels + item, k] += sign


@njit(cache=True, nogil=True)
def _put_values(values: FloatArray, values_held: BoolArray, has_values: BoolArray, j: int, k: int, sign: float) -> None:
    n_values = values_held.shape[1]
    for item in range(has_values.shape[1]):
        if has_values[j, item]:
            values[2 * n_values + item, k] += sign
    for value in range(n_values):
        if values_held[j, value]:
            values[value, k] += sign


@njit(cache=True, nogil=True)
def _put_clock(clock: FloatArray, k: int, sign: float, time_bin: int) -> None:
    clock[time_bin, k] += sign
    clock[-2, k] += sign


@njit(cache=True, nogil=True)
def _says_clock(clock: FloatArray, j: int) -> bool:
    return clock.size > 0 and not math.isnan(clock[j])


@njit(cache=True, nogil=True)
def _bin(share_of_day: float, n_bins: int) -> int:
    return math.floor(share_of_day * n_bins) % n_bins


@njit(cache=True, nogil=True)
def _refresh_normal(slots: FloatArray, rows: NormalRows, model: FloatArray, first: int, stop: int) -> None:
    if rows.n_spreads == 1 and rows.n_tails == 1:
        for k in range(first, stop):
            _refresh_plain(slots, rows.n_axes, model[0], model[1], model[2], model[3], k)
    else:
        for k in range(first, stop):
            _refresh_mixture(slots, rows, model, k)


@njit(cache=True, nogil=True)
def _refresh_plain(
    slots: FloatArray, n_axes: int, within: float, between: float, centre: float, second_centre: float, k: int
) -> None:
    mean = 3 + n_axes
    precision = slots[0, k] * within + between
    slots[mean, k] = centre + within * slots[3, k] / precision
    if n_axes == 2:
        slots[mean + 1, k] = second_centre + within * slots[4, k] / precision
    predictive = 1.0 / (1.0 / within + 1.0 / precision)
    slots[mean + n_axes, k] = predictive
    slots[mean + n_axes + 1, k] = 0.5 * n_axes * math.log(predictive)


@njit(cache=True, nogil=True)
def _refresh_mixture(slots: FloatArray, rows: NormalRows, model: FloatArray, k: int) -> None:
    n_axes, n_spreads, n_tails = rows.n_axes, rows.n_spreads, rows.n_tails
    spreads, tails = model[4 : 4 + 3 * n_spreads], model[4 + 3 * n_spreads :]
    top = -math.inf
    for spread in range(n_spreads):
        within = model[0] * spreads[spread]
        precision = slots[1, k] * within + model[1]
        pull = 0.0
        for axis in range(n_axes):
            shift = within * slots[3 + axis, k] / precision
            slots[rows.mean + spread * n_axes + axis, k] = model[2 + axis] + shift
            pull += within * slots[3 + axis, k] * shift
        # The log marginal likelihood of the cluster's values under this spread, up to a constant.
        log_share = n_axes * (slots[0, k] * spreads[n_spreads + spread] - math.log(precision))
        log_share = 0.5 * (log_share + pull - within * slots[2, k]) + spreads[2 * n_spreads + spread]
        top = max(top, log_share)
        for tail in range(n_tails):
            component = spread * n_tails + tail
            slots[rows.precision + component, k] = 1.0 / (1.0 / (within * tails[tail]) + 1.0 / precision)
            slots[rows.log_scale + component, k] = log_share + tails[n_tails + tail]
    total = 0.0
    for spread in range(n_spreads):
        total += math.exp(slots[rows.log_scale + spread * n_tails, k] - tails[n_tails] - top)
    rest = top + math.log(total)
    for component in range(n_spreads * n_tails):
        slots[rows.log_scale + component, k] += 0.5 * n_axes * math.log(slots[rows.precision + component, k]) - rest


@njit(cache=True, nogil=True)
def _model(now: Hierarchy, prior: NormalPrior) -> FloatArray:
    n_spreads, n_tails = prior.spread_factor.size, prior.tail_factor.size
    model = np.zeros(4 + 3 * n_spreads + 2 * n_tails)
    model[0], model[1] = now.within, now.between
    model[2 : 2 + now.centre.size] = now.centre
    spreads, tails = model[4 : 4 + 3 * n_spreads], model[4 + 3 * n_spreads :]
    spreads[:n_spreads], spreads[n_spreads : 2 * n_spreads] = prior.spread_factor, np.log(prior.spread_factor)
    spreads[2 * n_spreads :] = np.log(now.spread_share)
    tails[:n_tails], tails[n_tails:] = prior.tail_factor, np.log(now.tail_share)
    return model


@njit(cache=True, nogil=True)
def _refresh_feature(slots: FloatArray, now: Features, feature: int, first: int, stop: int) -> None:
    rows = _feature(slots, feature)
    for k in range(first, stop):
        _refresh_plain(rows, 1, now.within[feature], now.between[feature], now.centre[feature], 0.0, k)


@njit(cache=True, nogil=True)
def _refresh_items(
    items: FloatArray, concentration: FloatArray, codes: IntArray, level_share: FloatArray, j: int, k: int
) -> None:
    """Refresh in slot k the logs of the values that crime j holds."""
    n_levels, n_items = level_share.size, codes.shape[1]
    for item in range(n_items):
        level, nu = codes[j, item], concentration[item]
        if level >= 0:
            items[n_levels + level, k] = math.log(nu * level_share[level] + items[level, k])
            items[2 * n_levels + n_items + item, k] = math.log(nu + items[2 * n_levels + item, k])


@njit(cache=True, nogil=True)
def _refresh_values(
    values: FloatArray,
    concentration: FloatArray,
    item_of_value: IntArray,
    value_share: FloatArray,
    first: int,
    stop: int,
) -> None:
    """Refresh for each slot the log odds of every value, and by item the log probability of none of them."""
    n_values, n_items = value_share.size, concentration.size
    for k in range(first, stop):
        values[2 * n_values + n_items :, k] = 0.0
        for value in range(n_values):
            item = item_of_value[value]
            nu, share, count = concentration[item], value_share[value], values[value, k]
            present = nu * share + count
            absent = nu * (1.0 - share) + values[2 * n_values + item, k] - count
            values[n_values + value, k] = math.log(present / absent)
            values[2 * n_values + n_items + item, k] += math.log(absent / (present + absent))


@njit(cache=True, nogil=True)
def _refresh_clock(clock: FloatArray, nu: float, clock_share: FloatArray, first: int, stop: int) -> None:
    n_bins = clock_share.size
    for k in range(first, stop):
        clock[-1, k] = math.log(nu + clock[-2, k])
        for time_bin in range(n_bins):
            clock[n_bins + time_bin, k] = math.log(nu * clock_share[time_bin] + clock[time_bin, k])


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


@njit(cache=True, nogil=True, inline="always")
def _log_weights(
    weights: FloatArray,
    parts: FloatArray,
    clusters: Clusters,
    now: State,
    crimes: CrimeArrays,
    prior: PriorValues,
    window: TimeWindow,
    j: int,
    n_unused: int,
) -> None:
    """Fill log P(g_j = k | rest) up to a constant; the last entry is a cluster that has no crime yet.

    Slots run along the last axis of every array, so that each loop here is one vectorised pass. A mixture or a
    window is first bounded, by its likeliest component at the point nearest to the mean; the few clusters that
    the bound does not rule out are then worked out in full.
    """
    weights[:] = clusters.log_size[: weights.size]
    weights[-1] = math.log(n_unused * now.concentration) if n_unused > 0 else -math.inf
    _add_items(weights, clusters.items, crimes.codes, prior.level_share.size, j)
    _add_values(weights, clusters.values, crimes.values_held, crimes.has_values, j)
    for feature in range(now.features.within.size):
        value = crimes.features[feature, j]
        if not math.isnan(value):
            slots = _feature(clusters.features, feature)
            _add_point_or_bound(weights, slots[4], slots[5], slots[6], value, value)
    if crimes.has_place[j]:
        easting, northing = crimes.place_m[j, 0], crimes.place_m[j, 1]
        rows = clusters.place_rows
        if rows.n_spreads * rows.n_tails == 1:
            _add_place(weights, clusters.place, easting, northing)
        else:
            _add_place_mixture(weights, clusters.place, rows, easting, northing)
    rows = clusters.time_rows
    if window.is_clocked and not window.is_cut:
        time_bin = _bin(crimes.clock[j], prior.clock_share.size)
        log_bin, log_all = clusters.clock[prior.clock_share.size + time_bin], clusters.clock[-1]
        for k in range(weights.size):
            weights[k] += log_bin[k] - log_all[k]
    if window.n_components > 1 or window.is_cut:
        _add_time_mixture(weights, parts, clusters.time, clusters.clock, rows, window)
    elif window.has_time:
        mean, precision, log_scale = clusters.time[4], clusters.time[5], clusters.time[6]
        if math.isinf(window.end - window.start):
            _add_open_window(weights, mean, precision, window.start, window.end)
        else:
            _add_point_or_bound(weights, mean, precision, log_scale, window.start, window.end)
            if window.start < window.end:
                _add_window(weights, mean, precision, window.start, window.end)


@njit(cache=True, nogil=True)
def _window(start: float, end: float, clock: float, has_time: bool, rows: NormalRows, n_bins: int) -> TimeWindow:
    """Return a crime's window and into how many pieces bins of the day cut it; a crumb of rounding is none."""
    n_components = rows.n_spreads * rows.n_tails if has_time else 1
    is_clocked = not math.isnan(clock)
    if not is_clocked or start == end:
        return TimeWindow(start, end, has_time, n_components, is_clocked, False, 1, 0, 0.0)
    first_bin = math.floor(clock * n_bins)
    into_bin = clock * n_bins - first_bin
    n_pieces = min(max(math.ceil(into_bin + (end - start) * n_bins - 1e-9), 1), n_bins + 1)
    return TimeWindow(start, end, has_time, n_components, True, True, n_pieces, first_bin, into_bin)


@njit(cache=True, nogil=True)
def _add_items(weights: FloatArray, items: FloatArray, codes: IntArray, n_levels: int, j: int) -> None:
    n_items = codes.shape[1]
    for item in range(n_items):
        level = codes[j, item]
        if level >= 0:
            log_level, log_item = items[n_levels + level], items[2 * n_levels + n_items + item]
            for k in range(weights.size):
                weights[k] += log_level[k] - log_item[k]


@njit(cache=True, nogil=True)
def _add_values(weights: FloatArray, values: FloatArray, values_held: BoolArray, has_values: BoolArray, j: int) -> None:
    n_values, n_items = values_held.shape[1], has_values.shape[1]
    for item in range(n_items):
        if has_values[j, item]:
            log_none = values[2 * n_values + n_items + item]
            for k in range(weights.size):
                weights[k] += log_none[k]
    for value in range(n_values):
        if values_held[j, value]:
            log_odds = values[n_values + value]
            for k in range(weights.size):
                weights[k] += log_odds[k]


@njit(cache=True, nogil=True)
def _add_place(weights: FloatArray, place: FloatArray, easting: float, northing: float) -> None:
    mean_easting, mean_northing, precision, log_scale = place[5], place[6], place[7], place[8]
    for k in range(weights.size):
        east, north = easting - mean_easting[k], northing - mean_northing[k]
        weights[k] += log_scale[k] - 0.5 * precision[k] * (east * east + north * north)


@njit(cache=True, nogil=True)
def _add_place_mixture(
    weights: FloatArray, place: FloatArray, rows: NormalRows, easting: float, northing: float
) -> None:
    """Add the log density of the likeliest component, then, where that matters, what the others weigh beside it."""
    n, n_slots = rows.n_spreads * rows.n_tails, weights.size
    logs, tops = np.empty((n, n_slots)), np.full(n_slots, -math.inf)
    for component in range(n):
        mean = rows.mean + 2 * (component // rows.n_tails)
        mean_easting, mean_northing = place[mean], place[mean + 1]
        precision, log_scale = place[rows.precision + component], place[rows.log_scale + component]
        of_component = logs[component]
        for k in range(n_slots):
            east, north = easting - mean_easting[k], northing - mean_northing[k]
            of_component[k] = log_scale[k] - 0.5 * precision[k] * (east * east + north * north)
            tops[k] = max(tops[k], of_component[k])
    for k in range(n_slots):
        weights[k] += tops[k]
    least = weights.max() - _NEGLIGIBLE - math.log(n)
    for k in range(n_slots):
        if weights[k] > least:
            total = 0.0
            for component in range(n):
                gap = logs[component, k] - tops[k]
                total += math.exp(gap) if gap > -_NEGLIGIBLE else 0.0
            weights[k] += math.log(total)


@njit(cache=True, nogil=True)
def _put_places(
    parts: FloatArray, place: FloatArray, rows: NormalRows, easting: float, northing: float, k: int
) -> float:
    """Put the log density of a place under each component of slot k, and return the largest."""
    top = -math.inf
    for spread in range(rows.n_spreads):
        east = easting - place[rows.mean + 2 * spread, k]
        north = northing - place[rows.mean + 2 * spread + 1, k]
        for component in range(spread * rows.n_tails, (spread + 1) * rows.n_tails):
            log = place[rows.log_scale + component, k]
            log -= 0.5 * place[rows.precision + component, k] * (east * east + north * north)
            parts[component] = log
            top = max(top, log)
    return top


@njit(cache=True, nogil=True)
def _add_point_or_bound(
    weights: FloatArray, mean: FloatArray, precision: FloatArray, log_scale: FloatArray, start: float, end: float
) -> None:
    """Add the log density at a window's point nearest to the mean, which bounds its mean density."""
    for k in range(weights.size):
        gap = max(start - mean[k], mean[k] - end, 0.0)
        weights[k] += log_scale[k] - 0.5 * precision[k] * gap * gap


@njit(cache=True, nogil=True)
def _add_open_window(weights: FloatArray, mean: FloatArray, precision: FloatArray, start: float, end: float) -> None:
    for k in range(weights.size):
        root = math.sqrt(precision[k])
        weights[k] += _log_mass(root * (start - mean[k]), root * (end - mean[k]))


@njit(cache=True, nogil=True)
def _add_window(weights: FloatArray, mean: FloatArray, precision: FloatArray, start: float, end: float) -> None:
    """Turn the bounds of a window into its log mean density."""
    first = np.argmax(weights)
    least = weights[first] + _window_gain(mean[first], precision[first], start, end) - _NEGLIGIBLE
    for k in range(weights.size):
        if weights[k] > least:
            weights[k] += _window_gain(mean[k], precision[k], start, end)


@njit(cache=True, nogil=True)
def _window_gain(mean: float, precision: float, start: float, end: float) -> float:
    """Log of a window's mean density over that at the point nearest to the mean."""
    root = math.sqrt(precision)
    lower, upper = root * (start - mean), root * (end - mean)
    nearest = max(lower, -upper, 0.0)
    return _log_mean_density(lower, upper) + 0.5 * nearest * nearest


@njit(cache=True, nogil=True)
def _add_time_mixture(
    weights: FloatArray, parts: FloatArray, time: FloatArray, clock: FloatArray, rows: NormalRows, window: TimeWindow
) -> None:
    """Add the bounds of a time's components, then, where that matters, the log of the sum over all pieces instead.

    A component's mean density is bounded by that at the nearest point, an open window's mass by Chernoff's bound.
    """
    n, bounds = window.n_components * window.n_pieces, np.zeros(weights.size)
    if window.has_time:
        is_open = math.isinf(window.end - window.start)
        bounds[:] = -math.inf
        for component in range(window.n_components):
            mean, precision = time[rows.mean + component // rows.n_tails], time[rows.precision + component]
            log_scale = time[rows.log_scale + component]
            for k in range(weights.size):
                gap = max(window.start - mean[k], mean[k] - window.end, 0.0)
                bounds[k] = max(bounds[k], (0.0 if is_open else log_scale[k]) - 0.5 * precision[k] * gap * gap)
        for k in range(weights.size):
            weights[k] += bounds[k]
    negligible = _NEGLIGIBLE + math.log(window.n_components)
    first = int(np.argmax(weights))
    best = -math.inf
    for step in range(-1, weights.size):
        k = first if step < 0 else step
        if step != first and weights[k] > best - negligible:
            top, total = _put_times(parts, time, clock, rows, window, k), 0.0
            for part in range(n):
                gap = parts[part] - top
                total += math.exp(gap) if gap > -_NEGLIGIBLE else 0.0
            weights[k] += top + math.log(total) - bounds[k]
            best = max(best, weights[k])


@njit(cache=True, nogil=True)
def _put_times(
    parts: FloatArray, time: FloatArray, clock: FloatArray, rows: NormalRows, window: TimeWindow, k: int
) -> float:
    """Put the log weight of each component of slot k in each piece of a window, and return the largest.

    Pieces of one component stand together. At an exact time the bin of the day is the same for every component
    and stands in the weights already.
    """
    n_bins, top = clock.shape[0] // 2 - 1, -math.inf
    for piece in range(window.n_pieces):
        left, right = _piece(window, n_bins, piece)
        log_bin = 0.0
        if window.is_cut:
            log_bin = clock[n_bins + (window.first_bin + piece) % n_bins, k] - clock[-1, k]
            log_bin += math.log(max(right - left, 1e-300) / (window.end - window.start))
        for component in range(window.n_components):
            log = log_bin
            if window.has_time:
                mean, precision = time[rows.mean + component // rows.n_tails, k], time[rows.precision + component, k]
                log += time[rows.log_scale + component, k]
                nearest = max(left - mean, mean - right, 0.0)
                is_open = math.isinf(right - left)
                if not is_open and log - 0.5 * precision * nearest * nearest < top - 2.0 * _NEGLIGIBLE:
                    parts[component * window.n_pieces + piece] = -math.inf
                    continue
                root = math.sqrt(precision)
                lower, upper = root * (left - mean), root * (right - mean)
                if left == right:
                    log -= 0.5 * lower * lower
                elif is_open:
                    log += _log_mass(lower, upper) - math.log(root)
                else:
                    log += _log_mean_density(lower, upper)
            parts[component * window.n_pieces + piece] = log
            top = max(top, log)
    return top


@njit(cache=True, nogil=True)
def _piece(window: TimeWindow, n_bins: int, piece: int) -> tuple[float, float]:
    left = window.start if piece == 0 else window.start + (piece - window.into_bin) / n_bins
    last = window.n_pieces - 1
    right = window.end if piece == last else window.start + (piece + 1 - window.into_bin) / n_bins
    return left, right


@njit(cache=True, nogil=True)
def _log_mean_density(lower: float, upper: float) -> float:
    """Log of the standard normal's mean density over [lower, upper], without its constant.

    Keeps its digits for windows of a second, where the difference of two tails would keep few.
    """
    width, middle = upper - lower, abs(0.5 * (lower + upper))
    if width * (1.0 + middle) < 0.2:
        # Midpoint expansion in the Hermite polynomials of order 2 and 4; the next term is below 1e-9.
        square, square_width = middle * middle, width * width
        fourth = (square * square - 6.0 * square + 3.0) * square_width / 80.0
        bend = (square - 1.0 + fourth) * square_width / 24.0
        return -0.5 * square + bend * (1.0 - bend * (0.5 - bend / 3.0))  # log1p: bend is below 0.002
    return _log_mass(lower, upper) - math.log(width) + _HALF_LOG_TAU


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
def _drawn_place_tail(
    rng: np.random.Generator, parts: FloatArray, place: FloatArray, rows: NormalRows, place_m: FloatArray, k: int
) -> int:
    """Draw the tail factor of a place, given slot k without the crime."""
    shares = parts[: rows.n_spreads * rows.n_tails]
    _put_places(shares, place, rows, place_m[0], place_m[1], k)
    _normalise(shares)
    return _drawn(rng, shares) % rows.n_tails


@njit(cache=True, nogil=True)
def _drawn_time(
    rng: np.random.Generator,
    parts: FloatArray,
    time: FloatArray,
    clock: FloatArray,
    rows: NormalRows,
    window: TimeWindow,
    k: int,
) -> tuple[float, int]:
    """Draw a time inside a window and its tail factor, given slot k without the crime."""
    chosen, n_parts = 0, window.n_components * window.n_pieces
    if n_parts > 1:
        _put_times(parts, time, clock, rows, window, k)
        _normalise(parts[:n_parts])
        chosen = _drawn(rng, parts[:n_parts])
    component = chosen // window.n_pieces
    tail = component % rows.n_tails
    left, right = _piece(window, clock.shape[0] // 2 - 1, chosen % window.n_pieces)
    if left == right:
        return left, tail
    if not window.has_time:
        return left + (right - left) * rng.random(), tail
    mean = time[rows.mean + component // rows.n_tails, k]
    sd = 1.0 / math.sqrt(time[rows.precision + component, k])
    return _drawn_between(rng, left, right, mean, sd), tail


@njit(cache=True, nogil=True)
def _drawn_between(rng: np.random.Generator, start: float, end: float, mean: float, sd: float) -> float:
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
def _draw_known_place_tails(
    rng: np.random.Generator, parts: FloatArray, clusters: Clusters, tail: IntArray, crimes: CrimeArrays
) -> None:
    """Redraw in place the tail factors of solved crimes, each given the rest of its cluster."""
    place, rows, model = clusters.place, clusters.place_rows, clusters.place_model
    place_m, has_place, known_cluster = crimes.place_m, crimes.has_place, crimes.known_cluster
    for j in range(tail.size):
        k = known_cluster[j]
        if k >= 0 and has_place[j]:
            _move_place(place, rows, model, tail, place_m, j, k, -1.0)
            tail[j] = _drawn_place_tail(rng, parts, place, rows, place_m[j], k)
            _move_place(place, rows, model, tail, place_m, j, k, 1.0)


@njit(cache=True, nogil=True)
def _draw_known_times(
    rng: np.random.Generator, parts: FloatArray, clusters: Clusters, now: State, crimes: CrimeArrays, prior: PriorValues
) -> None:
    """Redraw in place censored times and tail factors of solved crimes, each given the rest of its cluster."""
    time, rows, model, clock_rows = clusters.time, clusters.time_rows, clusters.time_model, clusters.clock
    tail, times_days, nu, share = now.time_tail, now.times_days, now.clock_concentration, prior.clock_share
    has_time, clock, known_cluster = crimes.has_time, crimes.clock, crimes.known_cluster
    from_days, to_days = crimes.from_days, crimes.to_days
    for j in range(times_days.size):
        k = known_cluster[j]
        if k < 0 or (from_days[j] == to_days[j] and not (rows.n_tails > 1 and has_time[j])):
            continue
        share_of_day = clock[j] if clock.size > 0 else math.nan
        window = _window(from_days[j], to_days[j], share_of_day, has_time[j], rows, share.size)
        if has_time[j]:
            _move_time(time, rows, model, tail, times_days, j, k, -1.0)
        if window.is_clocked:
            _move_clock(clock_rows, nu, share, share_of_day + times_days[j] - from_days[j], k, -1.0)
        times_days[j], chosen = _drawn_time(rng, parts, time, clock_rows, rows, window, k)
        if rows.n_tails > 1:
            tail[j] = chosen
        if has_time[j]:
            _move_time(time, rows, model, tail, times_days, j, k, 1.0)
        if window.is_clocked:
            _move_clock(clock_rows, nu, share, share_of_day + times_days[j] - from_days[j], k, 1.0)
