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
from linkage.co_linkage_state import CrimeArrays, FeaturePriors, Features, Hierarchy, NormalPrior, PriorValues, State

N_CRIMES, N_SOLVED, N_CLUSTERS = 14, 6, 6
SHARES = (np.array([0.5, 0.3, 0.2]), np.array([0.6, 0.4]))
PUBLISHED = PriorValues(
    N_CLUSTERS,
    np.concatenate(SHARES),
    NormalPrior(np.array([1.0, -1.0]), 1.0, 4.0, 4.0, 4.0, 16.0),
    NormalPrior(np.array([10.0]), 0.02, 4.0, 100.0, 4.0, 1600.0),
    log_concentration_mean=0.2,
    log_concentration_sd=0.8,
    log_item_concentration_mean=-0.5,
    log_item_concentration_sd=0.8,
)
MIXED = {
    "spread_factor": np.array([4.0, 1.0, 0.25]),
    "spread_count": np.array([2.0, 4.0, 2.0]),
    "tail_factor": np.array([1.0, 0.1]),
    "tail_count": np.array([6.0, 2.0]),
}
EVERYTHING = PUBLISHED._replace(
    place=PUBLISHED.place._replace(**MIXED),
    time=PUBLISHED.time._replace(**MIXED),
    features=FeaturePriors(*(np.array([value]) for value in (3.0, 1.0, 4.0, 4.0, 4.0, 16.0))),
    value_share=np.array([0.5, 0.3]),
    clock_share=np.array([0.3, 0.05, 0.05, 0.1, 0.1, 0.1, 0.1, 0.2]),
)
UNPLACED, UNTIMED, UNRECORDED = [3, 9], [4, 10], ([5, 11, 2, 13], [0, 0, 1, 1])
UNMEASURED, WITHOUT_VALUES = [0, 8], [1, 7]
GRID_DAYS, LONG_GRID_DAYS, LONG, HALF_OPEN_FROM = 0.4, 8.0, (2, 6, 8), 22.0
ONE_IN_A_THOUSAND = 1e-3


class Effort(NamedTuple):
    """How many simulations, draws of each, sweeps from draw to draw, sweeps thrown away, and bins of ranks."""

    n_simulations: int
    n_draws: int
    every: int
    n_warm_up: int
    n_bins: int


QUICK = Effort(80, 19, 3, 25, 10)
THOROUGH = Effort(1_000, 63, 6, 60, 16)


def prior_draw(rng: np.random.Generator, prior: PriorValues) -> State:
    """Draw hyperparameters and tail factors from the prior, each crime's label and time left blank."""
    of, n_items = prior.features, len(SHARES)
    n_multi_valued = int(prior.value_share.size > 0)
    within, between = (
        rng.gamma(shape, 1.0 / rate)
        for shape, rate in ((of.within_shape, of.within_rate), (of.between_shape, of.between_rate))
    )
    centre = of.centre + rng.standard_normal(of.centre.size) / np.sqrt(of.centre_precision)
    log_nu = prior.log_item_concentration_mean + prior.log_item_concentration_sd * rng.standard_normal(4)
    place, time = drawn_hierarchy(rng, prior.place), drawn_hierarchy(rng, prior.time)
    return State(
        np.zeros(N_CRIMES, np.int64),
        np.zeros(N_CRIMES),
        math.exp(prior.log_concentration_mean + prior.log_concentration_sd * rng.standard_normal()),
        np.exp(log_nu[:n_items]),
        place,
        time,
        Features(within, between, centre),
        np.exp(log_nu[2 : 2 + n_multi_valued]),
        float(math.exp(log_nu[3])),
        rng.choice(place.tail_share.size, N_CRIMES, p=place.tail_share),
        rng.choice(time.tail_share.size, N_CRIMES, p=time.tail_share),
    )


def drawn_hierarchy(rng: np.random.Generator, prior: NormalPrior) -> Hierarchy:
    return Hierarchy(
        rng.gamma(prior.within_shape, 1.0 / prior.within_rate),
        rng.gamma(prior.between_shape, 1.0 / prior.between_rate),
        prior.centre + rng.standard_normal(prior.centre.size) / math.sqrt(prior.centre_precision),
        rng.dirichlet(prior.spread_count),
        rng.dirichlet(prior.tail_count),
    )


def simulated(rng: np.random.Generator, prior: PriorValues) -> tuple[State, CrimeArrays]:
    """Draw hyperparameters, labels, times and crimes, and hide what a force would not know."""
    truth = prior_draw(rng, prior)
    label = rng.choice(N_CLUSTERS, N_CRIMES, p=rng.dirichlet(np.full(N_CLUSTERS, truth.concentration)))
    place_m = values_of(rng, truth.place, prior.place, label, truth.place_tail)
    has_place, has_time = np.ones((2, N_CRIMES), bool)
    has_place[UNPLACED] = has_time[UNTIMED] = False
    times, start, end, clock = simulated_times(rng, truth, prior, label)
    codes = simulated_codes(rng, truth, label)
    values_held, has_values = simulated_values(rng, truth, prior, label)
    seen: dict[int, int] = {}
    known = np.array([seen.setdefault(int(each), len(seen)) for each in label[:N_SOLVED]])
    known = np.concatenate([known, np.full(N_CRIMES - N_SOLVED, -1)])
    crimes = CrimeArrays(
        np.where(has_place[:, None], place_m, np.nan), has_place,
        np.where(has_time, start, 0.0), np.where(has_time, end, 0.0), has_time, codes,
        np.repeat([0, 1], [each.size for each in SHARES]), known, np.flatnonzero(known < 0), len(seen),
        simulated_features(rng, truth, label), values_held, has_values, np.zeros(prior.value_share.size, np.int64),
        np.where(has_time, clock, np.nan) if prior.clock_share.size else np.zeros(0),
    )  # fmt: skip
    labels = np.array([seen.setdefault(int(each), len(seen)) for each in label])
    return truth._replace(labels=labels, times_days=np.where(has_time, times, 0.0)), crimes


def values_of(
    rng: np.random.Generator, now: Hierarchy, prior: NormalPrior, label: np.ndarray, tail: np.ndarray
) -> np.ndarray:
    n_axes = now.centre.size
    mean = now.centre + rng.standard_normal((N_CLUSTERS, n_axes)) / math.sqrt(now.between)
    spread = prior.spread_factor[rng.choice(now.spread_share.size, N_CLUSTERS, p=now.spread_share)]
    precision = now.within * spread[label] * prior.tail_factor[tail]
    return mean[label] + rng.standard_normal((N_CRIMES, n_axes)) / np.sqrt(precision)[:, None]


def simulated_times(rng: np.random.Generator, truth: State, prior: PriorValues, label: np.ndarray) -> tuple[
    np.ndarray, np.ndarray, np.ndarray, np.ndarray
]:  # fmt: skip
    """Draw times, thinned by their bin of the day where a crime says one, and know some within a window only."""
    start_row = np.arange(N_CRIMES)
    grid = np.where(start_row % 2 == 0, GRID_DAYS, 0.0)
    grid[list(LONG)] = LONG_GRID_DAYS
    says_clock = (grid < 1.0) & (start_row < N_CRIMES - 1) & (prior.clock_share.size > 0)
    share = prior.clock_share if prior.clock_share.size else np.ones(1)
    of_bin = rng.dirichlet(np.maximum(truth.clock_concentration * share, 1e-9), N_CLUSTERS)
    mean = truth.time.centre + rng.standard_normal(N_CLUSTERS) / math.sqrt(truth.time.between)
    spread = prior.time.spread_factor[rng.choice(truth.time.spread_share.size, N_CLUSTERS, p=truth.time.spread_share)]
    sd = 1.0 / np.sqrt(truth.time.within * spread[label] * prior.time.tail_factor[truth.time_tail])
    times = np.full(N_CRIMES, np.nan)
    while np.isnan(times).any():
        rows = np.flatnonzero(np.isnan(times))
        proposed = mean[label[rows]] + rng.standard_normal(rows.size) * sd[rows]
        kept = of_bin[label[rows], (proposed % 1.0 * share.size).astype(np.int64)] > rng.random(rows.size)
        rows_kept = rows[kept | ~says_clock[rows]]
        times[rows_kept] = proposed[kept | ~says_clock[rows]]
    with np.errstate(invalid="ignore", divide="ignore"):
        start = np.where(grid > 0.0, grid * np.floor(times / grid), times)
    end = start + grid
    start[-1], end[-1] = (HALF_OPEN_FROM, np.inf) if times[-1] > HALF_OPEN_FROM else (-np.inf, HALF_OPEN_FROM)
    return times, start, end, np.where(says_clock, np.where(says_clock, start, 0.0) % 1.0, np.nan)


def simulated_codes(rng: np.random.Generator, truth: State, label: np.ndarray) -> np.ndarray:
    codes = np.empty((N_CRIMES, 2), np.int64)
    for item, (nu, share) in enumerate(zip(truth.item_concentration, SHARES, strict=True)):
        of_label = rng.dirichlet(np.maximum(nu * share, 1e-9), N_CLUSTERS)
        codes[:, item] = [rng.choice(share.size, p=of_label[each]) for each in label]
    codes[:, 1] += SHARES[0].size
    codes[UNRECORDED] = -1
    return codes


def simulated_features(rng: np.random.Generator, truth: State, label: np.ndarray) -> np.ndarray:
    n = truth.features.within.size
    mean = (
        truth.features.centre[:, None] + rng.standard_normal((n, N_CLUSTERS)) / np.sqrt(truth.features.between)[:, None]
    )
    values = mean[:, label] + rng.standard_normal((n, N_CRIMES)) / np.sqrt(truth.features.within)[:, None]
    values[:, UNMEASURED] = np.nan
    return values


def simulated_values(
    rng: np.random.Generator, truth: State, prior: PriorValues, label: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    share, n_items = prior.value_share, truth.value_concentration.size
    has_values = np.ones((N_CRIMES, n_items), bool)
    has_values[WITHOUT_VALUES] = False
    if n_items == 0:
        return np.zeros((N_CRIMES, 0), bool), has_values
    nu = truth.value_concentration[0]
    of_label = rng.beta(nu * share, nu * (1.0 - share), size=(N_CLUSTERS, share.size))
    return (rng.random((N_CRIMES, share.size)) < of_label[label]) & has_values, has_values


def start_of(rng: np.random.Generator, prior: PriorValues, crimes: CrimeArrays) -> State:
    """Start from another draw of the prior, every unsolved crime in any known group."""
    labels = crimes.known_cluster.copy()
    labels[crimes.unsolved] = rng.integers(crimes.n_known, size=crimes.unsolved.size)
    start, end = crimes.from_days, crimes.to_days
    inside = np.where(np.isinf(start), end - 1.0, np.where(np.isinf(end), start + 1.0, (start + end) / 2.0))
    return prior_draw(rng, prior)._replace(labels=labels, times_days=inside)


def quantities(state: State, crimes: CrimeArrays) -> dict[str, float]:
    """Work out what is ranked: every hyperparameter in use, hidden things, and what labels make of the crimes."""
    together = np.triu(state.labels[:, None] == state.labels, 1)
    place, times = np.nan_to_num(crimes.place_m), state.times_days
    agree = (crimes.codes[:, None] == crimes.codes) & (crimes.codes >= 0)
    found = {
        "D": state.concentration,
        "clusters": state.labels.max() + 1.0,
        "pairs together": float(together.sum()),
        "time of a solved crime": times[0],
        "time of an unsolved crime": times[8],
        "scatter of place": apart(place, together & np.outer(crimes.has_place, crimes.has_place)),
        "scatter of time": apart(times[:, None], together & np.outer(crimes.has_time, crimes.has_time)),
    }
    for name, now, tail, is_there in (
        ("place", state.place, state.place_tail, crimes.has_place),
        ("time", state.time, state.time_tail, crimes.has_time),
    ):
        found |= {f"{name} within": now.within, f"{name} between": now.between}
        found |= {f"{name} centre {axis}": float(value) for axis, value in enumerate(now.centre)}
        if now.spread_share.size > 1:
            found |= {f"{name} narrow share": now.spread_share[0], f"{name} wide share": now.spread_share[-1]}
            found |= {f"{name} tail share": now.tail_share[1], f"{name} in the tail": float(tail[is_there].sum())}
    for item, nu in enumerate(state.item_concentration):
        found |= {f"nu of item {item}": nu, f"agreement on item {item}": float(agree[together][:, item].sum())}
    for row, values in enumerate(crimes.features):
        measured = ~np.isnan(values)
        scatter = apart(np.nan_to_num(values)[:, None], together & np.outer(measured, measured))
        now = (each[row] for each in state.features)
        found |= dict(zip(("feature within", "feature between", "feature centre"), now, strict=True))
        found["scatter of feature"] = scatter
    if state.value_concentration.size:
        found["nu of values"] = state.value_concentration[0]
        found["values in common"] = float((crimes.values_held[:, None] & crimes.values_held)[together].sum())
    if crimes.clock.size:
        hour = (crimes.clock + times - crimes.from_days) % 1.0
        says = ~np.isnan(hour)
        time_bin = np.floor(np.nan_to_num(hour) * 8)
        found["nu of time of day"] = state.clock_concentration
        found["bins in common"] = float(((time_bin[:, None] == time_bin) & np.outer(says, says))[together].sum())
    return found


def apart(values: np.ndarray, pairs: np.ndarray) -> float:
    return float(((values[:, None] - values) ** 2).sum(axis=2)[pairs].sum())


def p_values(rng: np.random.Generator, prior: PriorValues, effort: Effort) -> dict[str, float]:
    """Return for each quantity how usual its ranks over all simulations are."""
    ranks: dict[str, list[int]] = {}
    for _ in range(effort.n_simulations):
        truth, crimes = simulated(rng, prior)
        state, draws = start_of(rng, prior, crimes), []
        for at in range(effort.n_warm_up + effort.n_draws * effort.every):
            state, _info = sweep(rng, state, crimes, prior)
            if at >= effort.n_warm_up and (at - effort.n_warm_up) % effort.every == 0:
                draws.append(quantities(state, crimes))
        rank_all(rng, ranks, quantities(truth, crimes), draws)
    return uniformity(ranks, effort)


def rank_all(
    rng: np.random.Generator, ranks: dict[str, list[int]], truth: dict[str, float], draws: list[dict[str, float]]
) -> None:
    for name, true in truth.items():
        gaps = np.array([draw[name] for draw in draws]) - true
        ties = abs(gaps) <= 1e-9 * (1.0 + abs(true))
        ranks.setdefault(name, []).append(int((gaps[~ties] < 0.0).sum() + rng.integers(0, ties.sum() + 1)))


def uniformity(ranks: dict[str, list[int]], effort: Effort) -> dict[str, float]:
    width = (effort.n_draws + 1) // effort.n_bins
    counts = {name: np.bincount(np.array(of) // width, minlength=effort.n_bins) for name, of in ranks.items()}
    return {name: float(chisquare(count).pvalue) for name, count in counts.items()}


def assert_usual(p: dict[str, float]) -> None:
    assert min(p.values()) > ONE_IN_A_THOUSAND / len(p), p


def test_the_truth_ranks_uniformly_among_the_draws() -> None:
    assert_usual(p_values(np.random.default_rng(1), PUBLISHED, QUICK))


@pytest.mark.long
@pytest.mark.parametrize("prior", [PUBLISHED, EVERYTHING], ids=["published model", "every kind of evidence"])
def test_the_truth_ranks_uniformly_over_a_thousand_simulations(prior: PriorValues) -> None:
    assert_usual(p_values(np.random.default_rng(2), prior, THOROUGH))


def test_draws_that_ignore_the_crimes_are_found_out() -> None:
    """Draws of the prior rank uniformly for every hyperparameter, by far not for what labels make of places."""
    rng, effort, ranks = np.random.default_rng(3), Effort(60, 9, 0, 0, 5), {}
    for _ in range(effort.n_simulations):
        truth, crimes = simulated(rng, PUBLISHED)
        draws = [quantities(simulated(rng, PUBLISHED)[0], crimes) for _ in range(effort.n_draws)]
        rank_all(rng, ranks, quantities(truth, crimes), draws)
    p = uniformity(ranks, effort)
    assert p["scatter of place"] < ONE_IN_A_THOUSAND / len(p)
    assert_usual({name: value for name, value in p.items() if name.startswith(("D", "nu", "place"))})
