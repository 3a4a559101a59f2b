"""Every kind of evidence against the sum over all 877 partitions of seven crimes, hyperparameters fixed."""

import dataclasses
import itertools
import math
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest
from scipy.special import gammaln, ndtr
from scipy.stats import multivariate_normal

from linkage.co_linkage import CoLinkageData, CoLinkageEvidence, co_linkage_data, sweep_labels
from linkage.co_linkage_prior import ScaleMixture, prior_values, scale_free_prior
from linkage.co_linkage_start import start_state
from linkage.co_linkage_state import Features, Hierarchy, PriorValues, State

N = 7
DAY_0 = pd.Timestamp("2026-03-01")
SPREAD = ScaleMixture((0.5, 1.0, 3.0), (1.0, 2.0, 1.0))
TAILS = ScaleMixture((1.0, 4.0), (3.0, 1.0))
EVERYTHING = CoLinkageEvidence(
    features=("height_m", "age_years"), items=("tool", "entry"), multi_valued_items=("taken",), time_of_day=True
)


class Case(NamedTuple):
    evidence: CoLinkageEvidence
    mixtures: tuple[str, ...] = ()
    n_known: int = 0
    n_clusters: int = N


CASES = {
    "everything": Case(EVERYTHING, ("place_spread", "time_spread", "place_tails", "time_tails"), 2),
    "nothing but sizes": Case(CoLinkageEvidence(place=False, time=False), n_known=1, n_clusters=4),
    "place and time with a spread per series": Case(CoLinkageEvidence(), ("place_spread", "time_spread")),
    "place and time with heavy tails": Case(CoLinkageEvidence(), ("place_tails", "time_tails"), 2),
    "features and values": Case(
        CoLinkageEvidence(False, False, ("height_m",), ("tool",), ("taken", "seen")), n_known=2, n_clusters=4
    ),
    "time of day beside time": Case(CoLinkageEvidence(place=False, time_of_day=True), n_known=1),
    "time of day without time": Case(CoLinkageEvidence(time=False, time_of_day=True), ("place_spread",), 1),
}


def random_crimes(rng: np.random.Generator) -> pd.DataFrame:
    """Exact times, windows of hours and of days, open windows and none; every kind is missing now and then."""
    day = rng.choice([3.0, 9.0], N) + rng.normal(0.0, 2.0, N)
    width = rng.permutation([0.0, 0.0, 0.2, 0.45, 3.0, np.inf, np.nan])
    start, end = day.copy(), day + np.where(np.isfinite(width), width, 0.0)
    end[np.isinf(width)] = np.nan
    start[np.isnan(width)] = end[np.isnan(width)] = np.nan
    place = rng.choice([0.0, 2_000.0], (N, 1)) + rng.normal(0.0, 600.0, (N, 2))
    place[rng.random(N) < 0.2] = np.nan
    sets: list[object] = [(), ("cash",), ("cash", "phone"), ("phone", "watch"), None]
    columns = {
        "easting_m": place[:, 0],
        "northing_m": place[:, 1],
        "height_m": np.where(rng.random(N) < 0.2, np.nan, rng.normal(1.8, 0.1, N)),
        "age_years": np.where(rng.random(N) < 0.2, np.nan, rng.normal(30.0, 8.0, N)),
        "tool": rng.choice(np.array(["bar", "saw", None], object), N),
        "entry": rng.choice(np.array(["door", "window", "roof", None], object), N),
        "taken": pd.Series([sets[at] for at in rng.integers(5, size=N)], dtype=object),
        "seen": pd.Series([sets[at] for at in rng.integers(5, size=N)], dtype=object),
    }
    frame = pd.DataFrame({"crime_id": [f"C{i}" for i in range(N)], **columns})
    for name, days in (("from", start), ("to", end)):
        frame[f"committed_{name}_at"] = (DAY_0 + pd.to_timedelta(pd.Series(days), unit="D")).dt.as_unit("us")
    return frame


def fixed(rng: np.random.Generator, data: CoLinkageData, prior: PriorValues) -> State:
    """A state of round hyperparameters, in which no kind of evidence drowns the others."""
    drawn = start_state(rng, data, prior)
    has_times = data.evidence.time or data.evidence.time_of_day
    origin = (data.time_origin - DAY_0) / pd.Timedelta(days=1) if has_times else 0.0
    place = drawn.place._replace(within=1 / 700.0**2, between=1 / 1500.0**2, centre=np.array([800.0, 1_200.0]))
    time = drawn.time._replace(within=1 / 2.0**2, between=1 / 5.0**2, centre=np.array([6.0 - origin]))
    features = Features(np.array([100.0, 1 / 36.0]), np.array([50.0, 1 / 49.0]), np.array([1.8, 29.0]))
    n = len(data.evidence.features)
    return drawn._replace(
        concentration=0.7,
        place=place,
        time=time,
        item_concentration=np.array([0.8, 2.0])[: len(data.levels)],
        value_concentration=np.array([1.3, 0.6])[: len(data.value_names)],
        clock_concentration=1.1,
        features=Features(*(values[:n] for values in features)),
    )


def factor_products(hierarchy: Hierarchy, factors: np.ndarray, n: int) -> Iterator[tuple[np.ndarray, float]]:
    """Every way to give n crimes their tail factors, with its probability."""
    for chosen in itertools.product(range(factors.size), repeat=n):
        rows = list(chosen)
        yield factors[rows], float(hierarchy.tail_share[rows].prod())


def place_marginal(data: CoLinkageData, prior: PriorValues, state: State, members: tuple[int, ...]) -> float:
    values = data.arrays.place_m[[j for j in members if data.arrays.has_place[j]]]
    total = 0.0
    for spread, share in zip(prior.place.spread_factor, state.place.spread_share, strict=True):
        for tails, probability in factor_products(state.place, prior.place.tail_factor, len(values)):
            density = np.exp(
                normal_log(values, state.place.within * spread * tails, state.place.between, state.place.centre)
            )
            total += share * probability * density
    return math.log(total)


def normal_log(values: np.ndarray, within: np.ndarray, between: float, centre: np.ndarray) -> float:
    """Log density of values whose mean has been integrated out, by the full covariance matrix."""
    if len(values) == 0:
        return 0.0
    covariance = np.diag(1.0 / within) + 1.0 / between
    return sum(
        float(multivariate_normal(np.full(len(values), at), covariance).logpdf(column))
        for at, column in zip(centre, values.T, strict=True)
    )


def pieces_of(data: CoLinkageData, j: int) -> list[tuple[float, float, int]]:
    """Cut crime j's window at 0, 3, 6, ... o'clock: start, end and bin of each piece, in days since the origin."""
    midnight = (data.time_origin - DAY_0) / pd.Timedelta(days=1)
    start, end = data.arrays.from_days[j], data.arrays.to_days[j]
    edges = np.arange(-40 * 8, 40 * 8) / 8.0 - midnight
    cuts = [start, *edges[(edges > start) & (edges < end)], end]
    return [(a, b, math.floor(((a + b) / 2 + midnight) * 8) % 8) for a, b in itertools.pairwise(cuts)]


def time_marginal(data: CoLinkageData, prior: PriorValues, state: State, members: tuple[int, ...]) -> float:
    """Sum over spreads and bins, quadrature over the mean, sum over each crime's tail factors inside."""
    arrays, now = data.arrays, state.time
    mean, step = np.linspace(-40.0, 60.0, 801, retstep=True)
    weight = np.exp(-0.5 * now.between * (mean - now.centre[0]) ** 2) * math.sqrt(now.between / (2 * math.pi)) * step
    clocked = [j for j in members if not np.isnan(arrays.clock[j])]
    others = [j for j in members if np.isnan(arrays.clock[j]) and arrays.has_time[j]]
    total = 0.0
    for spread, share in zip(prior.time.spread_factor, now.spread_share, strict=True):

        def seen(j: int, start: float, end: float, spread: float = spread) -> np.ndarray:
            if not arrays.has_time[j]:
                width = arrays.to_days[j] - arrays.from_days[j]
                return np.full(mean.size, (end - start) / width if width > 0 else 1.0)
            density = np.zeros(mean.size)
            for tail, probability in zip(prior.time.tail_factor, now.tail_share, strict=True):
                root = math.sqrt(now.within * spread * tail)
                if start == end:
                    point = root / math.sqrt(2 * math.pi) * np.exp(-0.5 * (root * (start - mean)) ** 2)
                else:
                    point = ndtr(root * (end - mean)) - ndtr(root * (start - mean))
                density += probability * point
            return density

        base = weight * math.prod((seen(j, arrays.from_days[j], arrays.to_days[j]) for j in others), start=np.ones(1))
        by_piece = {j: [(seen(j, a, b), in_bin) for a, b, in_bin in pieces_of(data, j)] for j in clocked}
        for chosen in itertools.product(*by_piece.values()):
            counts = np.bincount(np.array([in_bin for _, in_bin in chosen], dtype=int), minlength=8)
            density = base * math.prod((values for values, _ in chosen), start=np.ones(1))
            bins = dirichlet_log(counts, state.clock_concentration * prior.clock_share)
            total += share * math.exp(bins) * density.sum()
    return math.log(total)


def dirichlet_log(counts: np.ndarray, alpha: np.ndarray) -> float:
    log = gammaln(alpha.sum()) - gammaln(alpha.sum() + counts.sum())
    return float(log + (gammaln(alpha + counts) - gammaln(alpha)).sum())


def cluster_log(data: CoLinkageData, prior: PriorValues, state: State, members: tuple[int, ...]) -> float:
    arrays, rows = data.arrays, list(members)
    total = place_marginal(data, prior, state, members) + time_marginal(data, prior, state, members)
    for at, values in enumerate(arrays.features[:, rows]):
        known = values[~np.isnan(values)].reshape(-1, 1)
        within = np.full(len(known), state.features.within[at])
        total += normal_log(known, within, state.features.between[at], state.features.centre[at : at + 1])
    for item, nu in enumerate(state.item_concentration):
        levels = np.flatnonzero(arrays.item_of_level == item)
        counts = (arrays.codes[rows, item][:, None] == levels).sum(axis=0)
        total += dirichlet_log(counts, nu * prior.level_share[levels])
    for value, share in enumerate(prior.value_share):
        item = arrays.item_of_value[value]
        nu = state.value_concentration[item]
        held = arrays.values_held[rows, value][arrays.has_values[rows, item]]
        total += dirichlet_log(np.array([held.sum(), (~held).sum()]), nu * np.array([share, 1.0 - share]))
    return total


def partitions(n: int) -> list[tuple[int, ...]]:
    grown: list[tuple[int, ...]] = [(0,)]
    for _ in range(n - 1):
        grown = [(*g, k) for g in grown for k in range(max(g) + 2)]
    return grown


def exact_partitions(data: CoLinkageData, prior: PriorValues, state: State) -> dict[tuple[int, ...], float]:
    known = data.arrays.known_cluster
    solved = np.flatnonzero(known >= 0)

    @cache
    def log_of(members: tuple[int, ...]) -> float:
        size = gammaln(len(members) + state.concentration) - gammaln(state.concentration)
        return float(size) + cluster_log(data, prior, state, members)

    logs = {}
    for partition in partitions(N):
        n_labels = max(partition) + 1
        kept = all((known[i] == known[j]) == (partition[i] == partition[j]) for i in solved for j in solved)
        if n_labels > prior.n_clusters or not kept:
            continue
        ways = gammaln(prior.n_clusters + 1) - gammaln(prior.n_clusters - n_labels + 1)
        clusters = [tuple(j for j in range(N) if partition[j] == k) for k in range(n_labels)]
        logs[partition] = float(ways) + sum(log_of(members) for members in clusters)
    top = max(logs.values())
    total = sum(math.exp(log - top) for log in logs.values())
    return {partition: math.exp(log - top) / total for partition, log in logs.items()}


def canonical(labels: np.ndarray) -> tuple[int, ...]:
    seen: dict[int, int] = {}
    return tuple(seen.setdefault(label, len(seen)) for label in labels.tolist())


def compare(case: Case, seed: int, n_sweeps: int) -> tuple[float, float, float]:
    """Return total variation distance of partitions, largest error of a pair, and the spread of pairs."""
    rng = np.random.default_rng(seed)
    groups = [*(f"g{i}" for i in range(case.n_known)), *[None] * (N - case.n_known)]
    data = co_linkage_data(random_crimes(rng), groups, case.evidence)
    mixtures: dict[str, Any] = {name: SPREAD if name.endswith("spread") else TAILS for name in case.mixtures}
    prior = prior_values(dataclasses.replace(scale_free_prior(data), **mixtures), data, case.n_clusters)
    state = fixed(rng, data, prior)
    state.labels[data.arrays.unsolved] = case.n_known
    exact = exact_partitions(data, prior, state)
    met: dict[tuple[int, ...], int] = {}
    conditional = np.zeros((data.arrays.unsolved.size,) * 2)
    for _ in range(n_sweeps):
        state, info = sweep_labels(rng, state, data.arrays, prior)
        partition = canonical(state.labels)
        met[partition] = met.get(partition, 0) + 1
        conditional += info.pair_probability / n_sweeps
    assert set(met) <= set(exact)
    distance = 0.5 * sum(abs(p - met.get(partition, 0) / n_sweeps) for partition, p in exact.items())
    rows = data.arrays.unsolved
    together = np.array([[sum(p for g, p in exact.items() if g[i] == g[j]) for j in rows] for i in rows])
    pairs = np.triu_indices(rows.size, 1)
    mine = 0.5 * (conditional + conditional.T)[pairs]
    return distance, float(np.abs(mine - together[pairs]).max()), float(np.ptp(together[pairs]))


@pytest.mark.parametrize("name", CASES)
def test_pair_probabilities_of_seven_crimes_are_those_of_all_partitions(name: str) -> None:
    _distance, error, _range = compare(CASES[name], seed=3, n_sweeps=2_500)
    assert error < 0.03


@pytest.mark.long
@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("seed", range(10, 13))
def test_every_partition_of_seven_crimes_has_its_exact_probability(name: str, seed: int) -> None:
    distance, error, _range = compare(CASES[name], seed, n_sweeps=80_000)
    assert error < 0.006
    assert distance < 0.045  # 877 equally likely partitions would be 0.042 away by chance alone
