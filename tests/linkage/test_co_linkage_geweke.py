"""Geweke's joint test (2004) of the whole sampler with every kind of evidence, spreads and tails on.

Simulating crimes given the state and sweeping given the crimes, in turn, must leave the prior as it is: a wrong draw
of any label, time, tail factor or hyperparameter would move a marginal.
"""

import math

import numpy as np
import pytest

from linkage.co_linkage import sweep
from linkage.co_linkage_state import (
    CrimeArrays,
    FeaturePriors,
    Features,
    Hierarchy,
    NormalPrior,
    PriorValues,
    State,
)
from linkage.diagnostics import effective_sample_size

N_CRIMES, N_CLUSTERS, N_BINS = 6, 4, 8
LEVEL_SHARE = np.array([0.5, 0.3, 0.2])
VALUE_SHARE = np.array([0.3, 0.6])
MIXTURES = (np.array([4.0, 0.5]), np.array([3.0, 2.0]), np.array([1.0, 0.2]), np.array([4.0, 2.0]))
PLACE = NormalPrior(np.array([1.0, -1.0]), 1.0, 4.0, 4.0, 4.0, 16.0, *MIXTURES)
# Within a series times scatter by days, or else hour and day would say the same thing twice.
TIME = NormalPrior(np.array([2.0]), 0.01, 8.0, 128.0, 4.0, 400.0, *MIXTURES)
FEATURE = FeaturePriors(*(np.array([value]) for value in (0.5, 1.0, 4.0, 4.0, 4.0, 16.0)))
CLOCK_SHARE = np.array([3.0, 1.0, 1.0, 1.0, 2.0, 1.0, 1.0, 2.0]) / 12.0
PRIOR = PriorValues(
    N_CLUSTERS, LEVEL_SHARE, PLACE, TIME, 0.2, 0.8, 0.4, 0.8, FEATURE, VALUE_SHARE, CLOCK_SHARE
)  # fmt: skip


def drawn_values(
    rng: np.random.Generator, state: State, now: Hierarchy, tail: np.ndarray, prior: NormalPrior
) -> np.ndarray:
    n_labels, n_axes = state.labels.max() + 1, now.centre.size
    spread = prior.spread_factor[rng.choice(prior.spread_factor.size, n_labels, p=now.spread_share)]
    mean = now.centre + rng.standard_normal((n_labels, n_axes)) / math.sqrt(now.between)
    precision = now.within * spread[state.labels] * prior.tail_factor[tail]
    return mean[state.labels] + rng.standard_normal((state.labels.size, n_axes)) / np.sqrt(precision)[:, None]


def simulated(rng: np.random.Generator, state: State) -> tuple[CrimeArrays, np.ndarray]:
    """Draw crimes given the state: exact times, half days, two days (which say no time of day) and no time."""
    n, labels = N_CRIMES, state.labels
    kind = np.arange(n) % 3
    times = drawn_times(rng, state, kind < 2)
    width = np.array([0.0, 0.5, 2.0])[kind]
    start = np.where(width > 0.0, np.floor(times / np.maximum(width, 0.1)) * width, times)
    levels = rng.dirichlet(state.item_concentration[0] * LEVEL_SHARE + 1e-12, N_CLUSTERS)
    codes = np.array([rng.choice(3, p=levels[k] / levels[k].sum()) for k in labels]).reshape(-1, 1)
    codes[1] = -1
    nu = state.value_concentration[0]
    chance = rng.beta(nu * VALUE_SHARE + 1e-12, nu * (1.0 - VALUE_SHARE) + 1e-12, (N_CLUSTERS, 2))
    held = rng.random((n, 2)) < chance[labels]
    has_values = (np.arange(n) != 3).reshape(-1, 1)
    feature = np.array(
        [state.features.centre[0] + rng.standard_normal(N_CLUSTERS) / math.sqrt(state.features.between[0])]
    )[:, labels] + rng.standard_normal((1, n)) / math.sqrt(state.features.within[0])
    feature[0, 4] = np.nan
    crimes = CrimeArrays(
        place_m=drawn_values(rng, state, state.place, state.place_tail, PLACE),
        has_place=np.arange(n) != 2,
        from_days=start,
        to_days=start + width,
        has_time=np.ones(n, bool),
        codes=codes.astype(np.int64),
        item_of_level=np.zeros(3, np.int64),
        known_cluster=np.full(n, -1),
        unsolved=np.arange(n),
        n_known=0,
        features=feature,
        values_held=held & has_values,
        has_values=has_values,
        item_of_value=np.zeros(2, np.int64),
        clock=np.where(kind < 2, start % 1.0, np.nan),
    )
    return crimes, times


def drawn_times(rng: np.random.Generator, state: State, says_clock: np.ndarray) -> np.ndarray:
    """Draw times from the normal, kept with the probability of their bin of the day."""
    n_labels = state.labels.max() + 1
    bins = rng.dirichlet(state.clock_concentration * CLOCK_SHARE + 1e-12, n_labels)
    spread = TIME.spread_factor[rng.choice(2, n_labels, p=state.time.spread_share)]
    mean = state.time.centre[0] + rng.standard_normal(n_labels) / math.sqrt(state.time.between)
    sd = (state.time.within * spread[state.labels] * TIME.tail_factor[state.time_tail]) ** -0.5
    times = np.empty(N_CRIMES)
    for j, k in enumerate(state.labels):
        proposed = mean[k] + sd[j] * rng.standard_normal(500)
        chance = bins[k][np.floor(proposed * N_BINS).astype(int) % N_BINS] / bins[k].max()
        kept = proposed[(rng.random(500) < chance) | ~says_clock[j]]
        times[j] = kept[0] if kept.size else proposed[0]
    return times


def row(state: State) -> list[float]:
    place, time = state.place, state.time
    return [
        math.log(state.concentration), math.log(state.item_concentration[0]), math.log(state.value_concentration[0]),
        math.log(state.clock_concentration),
        place.within, place.between, place.centre[0], time.within, time.between, time.centre[0],
        state.features.within[0], state.features.between[0], state.features.centre[0],
        place.spread_share[0], place.tail_share[0], time.spread_share[0], time.tail_share[0],
        float(state.place_tail[0] == 0), float(state.time_tail[0] == 0), float(state.labels[0] == state.labels[1]),
    ]  # fmt: skip


def gamma_moments(shape: float, rate: float) -> tuple[float, float]:
    return shape / rate, math.sqrt(shape) / rate


def expected_moments() -> tuple[np.ndarray, np.ndarray]:
    """Mean and sd of each column of `row` under the prior."""
    logs = np.random.default_rng(0).normal(0.2, 0.8, 1_000_000)
    together = float(np.mean((np.exp(logs) + 1.0) / (N_CLUSTERS * np.exp(logs) + 1.0)))
    share, tail = 3.0 / 5.0, 4.0 / 6.0
    share_sd, tail_sd = math.sqrt(share * (1 - share) / 6.0), math.sqrt(tail * (1 - tail) / 7.0)
    moments = [
        (0.2, 0.8), (0.4, 0.8), (0.4, 0.8), (0.4, 0.8),
        gamma_moments(4.0, 4.0), gamma_moments(4.0, 16.0), (1.0, 1.0),
        gamma_moments(8.0, 128.0), gamma_moments(4.0, 400.0), (2.0, 10.0),
        gamma_moments(4.0, 4.0), gamma_moments(4.0, 16.0), (0.5, 1.0),
        (share, share_sd), (tail, tail_sd), (share, share_sd), (tail, tail_sd),
        *((p, math.sqrt(p * (1 - p))) for p in (tail, tail, together)),
    ]  # fmt: skip
    mean, sd = np.array(moments).T
    return mean, sd


def largest_z(n_rounds: int, seed: int) -> tuple[float, list[float]]:
    rng = np.random.default_rng(seed)
    two = np.array([0.5, 0.5])
    state = State(
        np.zeros(N_CRIMES, np.int64), np.zeros(N_CRIMES), 1.0, np.ones(1),
        Hierarchy(1.0, 0.25, np.zeros(2), two, two), Hierarchy(0.1, 0.01, np.zeros(1), two, two),
        Features(np.ones(1), np.full(1, 0.25), np.zeros(1)), np.ones(1), 1.0,
        np.zeros(N_CRIMES, np.int64), np.zeros(N_CRIMES, np.int64),
    )  # fmt: skip
    kept = np.empty((n_rounds, 20))
    for at in range(n_rounds):
        crimes, times = simulated(rng, state)
        state, _info = sweep(rng, state._replace(times_days=times), crimes, PRIOR)
        kept[at] = row(state)
    mean, sd = expected_moments()
    z_scores = (kept - mean) / sd
    found = []
    for column in z_scores.T:
        for moment, truth in ((column, 0.0), (column**2, 1.0)):
            error = moment.std() / math.sqrt(effective_sample_size(moment[None]))
            found.append(float((moment.mean() - truth) / error))
    return max(map(abs, found)), found


def test_simulating_and_sweeping_in_turn_keeps_the_prior_of_the_whole_model() -> None:
    largest, found = largest_z(1_500, seed=5)
    assert largest < 4.5, found


@pytest.mark.long
def test_simulating_and_sweeping_for_long_keeps_the_prior_of_the_whole_model() -> None:
    largest, found = largest_z(100_000, seed=6)
    assert largest < 4.0, found
