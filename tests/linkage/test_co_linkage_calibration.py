"""Simulation-based calibration: crimes simulated from the prior, sampled, and the truth ranked among the draws.

If the sampler draws from the posterior, the rank of the truth among thinned draws is uniform over simulations,
for hyperparameters and for anything worked out of labels, times and crimes (Talts et al. 2018; Modrak et al.
2023 on why such things of the data must be among them: a sampler that never looks at the crimes keeps every
other rank uniform). Ties are broken at random. Uniformity is judged by a chi-square test of equal bins for each
quantity, at one in a thousand over all quantities together.
"""

import math
from typing import NamedTuple

import numpy as np
import pytest
from scipy.stats import chisquare

from linkage.co_linkage import sweep
from linkage.co_linkage_state import CrimeArrays, Hierarchy, NormalPrior, PriorValues, State

N_CRIMES, N_SOLVED, N_CLUSTERS = 14, 6, 6
SHARES = (np.array([0.5, 0.3, 0.2]), np.array([0.6, 0.4]))
PRIOR = PriorValues(
    N_CLUSTERS,
    np.concatenate(SHARES),
    NormalPrior(np.array([1.0, -1.0]), 1.0, 4.0, 4.0, 4.0, 16.0),
    NormalPrior(np.array([2.0]), 0.5, 4.0, 4.0, 4.0, 64.0),
    log_concentration_mean=0.2,
    log_concentration_sd=0.8,
    log_item_concentration_mean=0.4,
    log_item_concentration_sd=0.8,
)
UNPLACED, UNTIMED, UNRECORDED = (3, 9), (4, 10), ((5, 0), (11, 0), (2, 1), (13, 1))
WINDOW_DAYS, HALF_OPEN_FROM = 2.0, 5.0
ONE_IN_A_THOUSAND = 1e-3
NAMES = (
    *("D", "nu of item 1", "nu of item 2", "place within", "place between", "easting of centre"),
    *("northing of centre", "time within", "time between", "centre of time"),
    *("clusters", "pairs together", "time of a solved crime", "time of an unsolved crime"),
    *("scatter of place", "scatter of time", "agreement of items"),
)


class Effort(NamedTuple):
    """How many simulations, draws of each, sweeps from draw to draw, sweeps thrown away, and bins of ranks."""

    n_simulations: int
    n_draws: int
    every: int
    n_warm_up: int
    n_bins: int


QUICK = Effort(120, 19, 4, 30, 10)
THOROUGH = Effort(1_000, 63, 6, 60, 16)


def prior_draw(rng: np.random.Generator) -> State:
    """Draw hyperparameters from the prior, each crime's label and time left blank."""
    hierarchies = [
        Hierarchy(
            rng.gamma(prior.within_shape, 1.0 / prior.within_rate),
            rng.gamma(prior.between_shape, 1.0 / prior.between_rate),
            prior.centre + rng.standard_normal(prior.centre.size) / math.sqrt(prior.centre_precision),
        )
        for prior in (PRIOR.place, PRIOR.time)
    ]
    concentration = math.exp(PRIOR.log_concentration_mean + PRIOR.log_concentration_sd * rng.standard_normal())
    nu = np.exp(PRIOR.log_item_concentration_mean + PRIOR.log_item_concentration_sd * rng.standard_normal(2))
    return State(np.zeros(N_CRIMES, np.int64), np.zeros(N_CRIMES), concentration, nu, *hierarchies)


def simulated(rng: np.random.Generator) -> tuple[State, CrimeArrays]:
    """Draw hyperparameters, labels, times and crimes, and hide what a force would not know."""
    truth = prior_draw(rng)
    weights = rng.dirichlet(np.full(N_CLUSTERS, truth.concentration))
    label = rng.choice(N_CLUSTERS, N_CRIMES, p=weights)
    place_m = normal_of(rng, truth.place, label)
    times = normal_of(rng, truth.time, label)[:, 0]
    codes = np.empty((N_CRIMES, 2), np.int64)
    for item, (nu, share) in enumerate(zip(truth.item_concentration, SHARES, strict=True)):
        of_label = rng.dirichlet(np.maximum(nu * share, 1e-9), N_CLUSTERS)
        codes[:, item] = [rng.choice(share.size, p=of_label[each]) for each in label]
    codes[:, 1] += SHARES[0].size
    for row, item in UNRECORDED:
        codes[row, item] = -1
    has_place, has_time = np.ones((2, N_CRIMES), bool)
    has_place[list(UNPLACED)] = has_time[list(UNTIMED)] = False
    start, end = windows(times, has_time)
    seen: dict[int, int] = {}
    known = np.array([seen.setdefault(int(each), len(seen)) for each in label[:N_SOLVED]])
    known = np.concatenate([known, np.full(N_CRIMES - N_SOLVED, -1)])
    crimes = CrimeArrays(
        np.where(has_place[:, None], place_m, np.nan), has_place, start, end, has_time, codes,
        np.repeat([0, 1], [each.size for each in SHARES]), known, np.flatnonzero(known < 0), len(seen),
    )  # fmt: skip
    labels = np.array([seen.setdefault(int(each), len(seen)) for each in label])
    return truth._replace(labels=labels, times_days=np.where(has_time, times, 0.0)), crimes


def normal_of(rng: np.random.Generator, hierarchy: Hierarchy, label: np.ndarray) -> np.ndarray:
    n_axes = hierarchy.centre.size
    mean = hierarchy.centre + rng.standard_normal((N_CLUSTERS, n_axes)) / math.sqrt(hierarchy.between)
    return mean[label] + rng.standard_normal((label.size, n_axes)) / math.sqrt(hierarchy.within)


def windows(times: np.ndarray, has_time: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Know every other time to two days, the last crime's only as before or after a day, and the rest exactly."""
    start, end = times.copy(), times.copy()
    start[::2] = WINDOW_DAYS * np.floor(times[::2] / WINDOW_DAYS)
    end[::2] = start[::2] + WINDOW_DAYS
    is_late = times[-1] > HALF_OPEN_FROM
    start[-1], end[-1] = (HALF_OPEN_FROM, np.inf) if is_late else (-np.inf, HALF_OPEN_FROM)
    return np.where(has_time, start, 0.0), np.where(has_time, end, 0.0)


def start_of(rng: np.random.Generator, crimes: CrimeArrays) -> State:
    """Start from another draw of the prior, every unsolved crime in any known group."""
    labels = crimes.known_cluster.copy()
    labels[crimes.unsolved] = rng.integers(crimes.n_known, size=crimes.unsolved.size)
    start, end = crimes.from_days, crimes.to_days
    inside = np.where(np.isinf(start), end - 1.0, np.where(np.isinf(end), start + 1.0, (start + end) / 2.0))
    return prior_draw(rng)._replace(labels=labels, times_days=inside)


def quantities(state: State, crimes: CrimeArrays) -> list[float]:
    """Work out what is ranked, in the order of `NAMES`."""
    together = np.triu(state.labels[:, None] == state.labels, 1)
    placed, timed = np.outer(crimes.has_place, crimes.has_place), np.outer(crimes.has_time, crimes.has_time)
    place, times = np.nan_to_num(crimes.place_m), state.times_days
    apart = ((place[:, None] - place) ** 2).sum(axis=2)
    agree = (crimes.codes[:, None] == crimes.codes) & (crimes.codes >= 0)
    return [
        state.concentration, *state.item_concentration, state.place.within, state.place.between,
        *state.place.centre, state.time.within, state.time.between, *state.time.centre,
        state.labels.max() + 1, together.sum(), times[0], times[-2],
        apart[together & placed].sum(), ((times[:, None] - times) ** 2)[together & timed].sum(),
        agree[together].sum(),
    ]  # fmt: skip


def ranks(rng: np.random.Generator, effort: Effort) -> np.ndarray:
    """Rank the truth of each simulation among its draws: (n_simulations, n_quantities) from 0 to n_draws."""
    found = np.empty((effort.n_simulations, len(NAMES)), np.int64)
    for simulation in range(effort.n_simulations):
        truth, crimes = simulated(rng)
        state = start_of(rng, crimes)
        draws = np.empty((effort.n_draws, len(NAMES)))
        for _ in range(effort.n_warm_up):
            state, _info = sweep(rng, state, crimes, PRIOR)
        for at in range(effort.n_draws):
            for _ in range(effort.every):
                state, _info = sweep(rng, state, crimes, PRIOR)
            draws[at] = quantities(state, crimes)
        true = np.array(quantities(truth, crimes))
        below, equal = (draws < true - 1e-9).sum(axis=0), (abs(draws - true) <= 1e-9).sum(axis=0)
        found[simulation] = below + rng.integers(0, equal + 1)
    return found


def p_values(found: np.ndarray, effort: Effort) -> dict[str, float]:
    width = (effort.n_draws + 1) // effort.n_bins
    counts = [np.bincount(of_one // width, minlength=effort.n_bins) for of_one in found.T]
    return {name: float(chisquare(count).pvalue) for name, count in zip(NAMES, counts, strict=True)}


def assert_uniform(effort: Effort, seed: int) -> None:
    found = p_values(ranks(np.random.default_rng(seed), effort), effort)
    assert min(found.values()) > ONE_IN_A_THOUSAND / len(NAMES), found


def test_the_truth_ranks_uniformly_among_the_draws() -> None:
    assert_uniform(QUICK, 1)


@pytest.mark.long
def test_the_truth_ranks_uniformly_over_a_thousand_simulations() -> None:
    assert_uniform(THOROUGH, 2)


def test_draws_that_ignore_the_crimes_are_found_out() -> None:
    """Draws of the prior rank uniformly for every hyperparameter, by far not for what labels make of places."""
    rng, effort = np.random.default_rng(3), Effort(60, 9, 0, 0, 5)
    found = np.empty((effort.n_simulations, len(NAMES)), np.int64)
    for simulation in range(effort.n_simulations):
        truth, crimes = simulated(rng)
        draws = np.array([quantities(simulated(rng)[0], crimes) for _ in range(effort.n_draws)])
        found[simulation] = (draws < np.array(quantities(truth, crimes))).sum(axis=0)
    p = p_values(found, effort)
    assert min(p[name] for name in NAMES[:10]) > ONE_IN_A_THOUSAND / len(NAMES)
    assert p["scatter of place"] < ONE_IN_A_THOUSAND / len(NAMES)
