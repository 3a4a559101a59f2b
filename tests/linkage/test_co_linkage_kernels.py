"""The sampler against exact enumeration, closed forms and Geweke's joint test."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy.special import gammaln, log_ndtr, ndtr

from linkage.co_linkage import CoLinkageData, CoLinkageEvidence, co_linkage_data, sweep, sweep_labels
from linkage.co_linkage_hyperparameters import draw_hyperparameters
from linkage.co_linkage_state import CrimeArrays, Hierarchy, NormalPrior, PriorValues, State

DAY_0 = pd.Timestamp("2026-01-01")
PLACE = Hierarchy(within=1 / 500.0**2, between=1 / 3000.0**2, centre=np.array([400_000.0, 300_000.0]))
TIME = Hierarchy(within=1 / 5.0**2, between=1 / 20.0**2, centre=np.array([12.0]))
ANY_NORMAL = NormalPrior(np.zeros(2), 1.0, 1.0, 1.0, 1.0, 1.0)


def crimes_frame(rows: list[tuple[object, ...]]) -> pd.DataFrame:
    """Rows of (easting, northing, from day, to day, tool, entry); NaN and None are missing."""
    columns = ["easting_m", "northing_m", "from", "to", "tool", "entry"]
    frame = pd.DataFrame(rows, columns=columns)
    frame.insert(0, "crime_id", [f"C{i}" for i in range(len(rows))])
    for end in ("from", "to"):
        moments = DAY_0 + pd.to_timedelta(frame.pop(end).astype(float), unit="D")
        frame[f"committed_{end}_at"] = moments.dt.as_unit("us")
    return frame


def data_of(rows: list[tuple[object, ...]], groups: list[str | None]) -> CoLinkageData:
    return co_linkage_data(crimes_frame(rows), groups, CoLinkageEvidence(items=("tool", "entry")))


def priors(data: CoLinkageData, n_clusters: int) -> PriorValues:
    item_of_level = data.arrays.item_of_level
    counts = 1.0 + data.level_counts
    share = counts / np.bincount(item_of_level, weights=counts, minlength=2)[item_of_level]
    return PriorValues(n_clusters, share, ANY_NORMAL, ANY_NORMAL, 0.0, 1.0, 0.0, 1.0)


def fixed_state(data: CoLinkageData) -> State:
    arrays = data.arrays
    labels = arrays.known_cluster.copy()
    labels[arrays.unsolved] = arrays.n_known + np.arange(arrays.unsolved.size) % 2
    times = np.where(np.isfinite(arrays.from_days), arrays.from_days, arrays.to_days)
    return State(labels, times, 0.6, np.array([0.8, 2.0]), PLACE, TIME)


SIX = [
    (400_100.0, 300_000.0, 10.0, 10.0, "crowbar", "door"),
    (401_500.0, 300_900.0, 15.0, 19.0, "hammer", "window"),
    (400_600.0, 300_300.0, 9.0, 9.5, "crowbar", None),
    (np.nan, np.nan, 11.0, 11.0, "crowbar", "door"),
    (401_200.0, 300_500.0, np.nan, 21.0, None, "window"),
    (400_900.0, 300_400.0, np.nan, np.nan, "drill", "door"),
]


def partitions(n: int) -> list[tuple[int, ...]]:
    """All restricted growth strings of length n."""
    grown = [(0,)]
    for _ in range(n - 1):
        grown = [(*g, k) for g in grown for k in range(max(g) + 2)]
    return grown


def log_cluster(arrays: CrimeArrays, share: np.ndarray, state: State, members: list[int]) -> float:
    """Log marginal likelihood of a cluster: multivariate normal, quadrature over the mean time, Dirichlet."""
    total = 0.0
    placed = [j for j in members if arrays.has_place[j]]
    if placed:
        covariance = np.eye(len(placed)) / PLACE.within + 1.0 / PLACE.between
        for axis in (0, 1):
            gap = arrays.place_m[placed, axis] - PLACE.centre[axis]
            total -= 0.5 * (np.linalg.slogdet(covariance)[1] + gap @ np.linalg.solve(covariance, gap))
    mean, step = np.linspace(-150.0, 180.0, 20_001, retstep=True)
    log_of_mean = -0.5 * TIME.between * (mean - TIME.centre[0]) ** 2 + 0.5 * math.log(TIME.between / (2 * math.pi))
    for j in (j for j in members if arrays.has_time[j]):
        lower, upper = ((end - mean) * math.sqrt(TIME.within) for end in (arrays.from_days[j], arrays.to_days[j]))
        point = -0.5 * lower**2 + 0.5 * math.log(TIME.within)
        with np.errstate(divide="ignore"):
            log_of_mean += point if arrays.from_days[j] == arrays.to_days[j] else np.log(ndtr(upper) - ndtr(lower))
    total += math.log(np.exp(log_of_mean).sum() * step)
    for item in (0, 1):
        nu = state.item_concentration[item]
        levels = np.flatnonzero(arrays.item_of_level == item)
        codes = arrays.codes[members, item]
        counts = (codes[:, None] == levels).sum(axis=0)
        total += gammaln(nu) - gammaln(nu + counts.sum())
        total += (gammaln(nu * share[levels] + counts) - gammaln(nu * share[levels])).sum()
    return total


def exact_partitions(data: CoLinkageData, prior: PriorValues, state: State) -> dict[tuple[int, ...], float]:
    """Posterior probability of each partition that keeps the known groups as they are."""
    known = data.arrays.known_cluster
    logs = {}
    for partition in partitions(len(known)):
        n_labels = max(partition) + 1
        solved = [j for j in range(len(known)) if known[j] >= 0]
        kept = all((known[i] == known[j]) == (partition[i] == partition[j]) for i in solved for j in solved)
        if n_labels > prior.n_clusters or not kept:
            continue
        log = gammaln(prior.n_clusters + 1) - gammaln(prior.n_clusters - n_labels + 1)
        for k in range(n_labels):
            members = [j for j in range(len(known)) if partition[j] == k]
            log += gammaln(len(members) + state.concentration) - gammaln(state.concentration)
            log += log_cluster(data.arrays, prior.level_share, state, members)
        logs[partition] = log
    top = max(logs.values())
    weights = {partition: math.exp(log - top) for partition, log in logs.items()}
    return {partition: weight / sum(weights.values()) for partition, weight in weights.items()}


def canonical(labels: np.ndarray) -> tuple[int, ...]:
    seen: dict[int, int] = {}
    return tuple(seen.setdefault(int(label), len(seen)) for label in labels)


@pytest.mark.parametrize(
    ("groups", "n_clusters"),
    [
        ([None] * 6, 6),
        ([None] * 6, 3),
        (["a", "b", None, None, None, None], 6),
        (["a", "b", None, "a"] + [None] * 2, 2),
    ],
    ids=["nothing known", "only three labels", "two known groups", "no label left"],
)
def test_partitions_of_six_crimes_have_their_exact_probability(groups: list[str | None], n_clusters: int) -> None:
    data = data_of(SIX, groups)
    prior, state = priors(data, n_clusters), fixed_state(data)
    if n_clusters == 2 and data.arrays.n_known == 2:
        state.labels[data.arrays.unsolved] = 0
    exact = exact_partitions(data, prior, state)
    rng, n_sweeps = np.random.default_rng(5), 40_000
    met: dict[tuple[int, ...], int] = {}
    conditional = np.zeros((data.arrays.unsolved.size,) * 2)
    for _ in range(n_sweeps):
        state, info = sweep_labels(rng, state, data.arrays, prior)
        met[canonical(state.labels)] = met.get(canonical(state.labels), 0) + 1
        conditional += info.pair_probability / n_sweeps
    assert set(met) <= set(exact)
    distance = 0.5 * sum(abs(exact[p] - met.get(p, 0) / n_sweeps) for p in exact)
    assert distance < 0.025
    rows = data.arrays.unsolved
    together = [[sum(q for p, q in exact.items() if p[i] == p[j]) for j in rows] for i in rows]
    off_diagonal = ~np.eye(rows.size, dtype=bool)
    np.testing.assert_allclose(conditional[off_diagonal], np.array(together)[off_diagonal], atol=0.015)


@pytest.mark.parametrize(
    ("start", "end"),
    [(10.0, 10.0), (10.0, 10.00001), (10.0, 10.3), (9.0, 16.0), (-40.0, 90.0), (150.0, 150.2), (290.0, 310.0),
     (math.nan, 4.0), (30.0, math.nan), (900.0, math.nan), (math.nan, -900.0)],
)  # fmt: skip
def test_full_conditional_of_one_crime_is_the_closed_form(start: float, end: float) -> None:
    known = [(400_000.0, 300_000.0, day, day, "crowbar", "door") for day in (8.0, 11.0, 30.0)]
    data = data_of([*known, (400_100.0, 300_000.0, start, end, "crowbar", None)], ["a", "a", "b", None])
    prior, state = priors(data, 4), fixed_state(data)
    state.labels[3] = 2
    days = (pd.Timestamp(data.time_origin) - DAY_0) / pd.Timedelta(days=1)
    time = TIME._replace(centre=TIME.centre - days)
    _, info = sweep_labels(np.random.default_rng(1), state._replace(time=time), data.arrays, prior)
    expected = []
    for n, day_sum, gap in ((2, 19.0, 100.0), (1, 30.0, 100.0), (0, 0.0, 100.0)):
        log = math.log(n + 0.6) if n else math.log(2 * 0.6)
        precision = n * PLACE.within + PLACE.between
        mean, variance = (n * PLACE.within * 0.0) / precision, 1 / PLACE.within + 1 / precision
        log -= math.log(variance) + 0.5 * (gap - mean) ** 2 / variance
        share = prior.level_share[0]
        log += math.log((0.8 * share + n) / (0.8 + n))
        precision = n * TIME.within + TIME.between
        mean = (TIME.within * day_sum + TIME.between * 12.0) / precision
        sd = math.sqrt(1 / TIME.within + 1 / precision)
        expected.append(log + log_window((start - mean) / sd, (end - mean) / sd, sd))
    weights = np.exp(np.array(expected) - max(expected))
    np.testing.assert_allclose(info.group_probability[0], (weights / weights.sum())[:2], rtol=1e-7, atol=1e-11)


def log_window(lower: float, upper: float, sd: float) -> float:
    """Log density of a point, or log mass of a window, by scipy's log cdf and a 2,000-point midpoint rule."""
    if math.isnan(lower):
        return float(log_ndtr(upper))
    if math.isnan(upper):
        return float(log_ndtr(-lower))
    points = lower + (upper - lower) * (np.arange(2000) + 0.5) / 2000
    logs = -0.5 * points**2
    return float(logs.max() + np.log(np.exp(logs - logs.max()).mean()) - math.log(sd))


def test_censored_times_of_solved_crimes_follow_the_truncated_normal() -> None:
    from scipy.stats import kstest, truncnorm

    windows = [(0.0, 12.3), (-60.0, 90.0), (12.0, 13.0), (30.0, 34.0), (80.0, 200.0), (140.0, 140.5), (0.0, 100.0)]
    rows = [(math.nan, math.nan, start, end, None, None) for start, end in windows]
    rows += [(math.nan, math.nan, 25.0, math.nan, None, None), (math.nan, math.nan, math.nan, -30.0, None, None)]
    data = data_of(rows, [f"g{i}" for i in range(len(rows))])
    prior, state = priors(data, len(rows)), fixed_state(data)
    rng = np.random.default_rng(8)
    times = np.empty((3000, len(rows)))
    for at in range(len(times)):
        state, _ = sweep_labels(rng, state, data.arrays, prior)
        times[at] = state.times_days
    sd = math.sqrt(5.0**2 + 20.0**2)  # each crime is alone in its group: the prior predictive
    for column in range(len(rows)):
        lower, upper = ((end[column] - 12.0) / sd for end in (data.arrays.from_days, data.arrays.to_days))
        truth = truncnorm(lower, upper, loc=12.0, scale=sd)
        assert kstest(times[:, column], truth.cdf).pvalue > 1e-3


def test_a_concentration_beyond_1e10_keeps_a_smooth_posterior() -> None:
    data = data_of(SIX, [None] * 6)
    prior = priors(data, 6)._replace(log_concentration_mean=30.0, log_concentration_sd=2.0)
    state = fixed_state(data)._replace(concentration=1e14)
    rng, logs = np.random.default_rng(2), np.empty(6000)
    for at in range(logs.size):
        state = draw_hyperparameters(rng, state, data.arrays, prior)
        logs[at] = math.log(state.concentration)
    # The likelihood is flat out there, so what is left is the prior N(30, 2).
    assert abs(logs.mean() - 30.0) < 0.2
    assert abs(logs.std() - 2.0) < 0.15


def simulated(rng: np.random.Generator, state: State, share: np.ndarray) -> tuple[CrimeArrays, np.ndarray]:
    """Draw crimes given labels and hyperparameters; times are seen rounded down to whole windows of 2 days."""
    n, n_labels = state.labels.size, state.labels.max() + 1
    mean = state.place.centre + rng.standard_normal((n_labels, 2)) / math.sqrt(state.place.between)
    place = mean[state.labels] + rng.standard_normal((n, 2)) / math.sqrt(state.place.within)
    middle = state.time.centre[0] + rng.standard_normal(n_labels) / math.sqrt(state.time.between)
    times = middle[state.labels] + rng.standard_normal(n) / math.sqrt(state.time.within)
    windowed = np.arange(n) % 2 == 0
    start = np.where(windowed, 2.0 * np.floor(times / 2.0), times)
    values = rng.dirichlet(np.maximum(state.item_concentration[0] * share, 1e-12), size=n_labels)
    cumulative = values.cumsum(axis=1)[state.labels]
    codes = (rng.random(n)[:, None] > cumulative).sum(axis=1).clip(max=share.size - 1)[:, None]
    codes[1] = -1
    has_place = np.arange(n) != 2
    crimes = CrimeArrays(
        place, has_place, start, np.where(windowed, start + 2.0, times), np.ones(n, bool), codes.astype(np.int64),
        np.zeros(share.size, np.int64), np.full(n, -1), np.arange(n), 0,
    )  # fmt: skip
    return crimes, times


def test_simulating_and_sweeping_in_turn_keeps_the_prior() -> None:
    """Geweke (2004): wrong draws of any label, time or hyperparameter would move these marginals."""
    n, n_clusters, share = 5, 4, np.array([0.5, 0.3, 0.2])
    place = NormalPrior(np.array([1.0, -1.0]), 1.0, 4.0, 4.0, 4.0, 16.0)
    time = NormalPrior(np.array([2.0]), 0.5, 4.0, 4.0, 4.0, 16.0)
    prior = PriorValues(n_clusters, share, place, time, 0.2, 0.8, 0.4, 0.8)
    rng = np.random.default_rng(11)
    hierarchy = Hierarchy(1.0, 0.25, np.zeros(2))
    state = State(
        np.zeros(n, np.int64), np.zeros(n), 1.0, np.ones(1), hierarchy, hierarchy._replace(centre=np.zeros(1))
    )
    kept = []
    for _ in range(40_000):
        crimes, times = simulated(rng, state, share)
        state, _info = sweep(rng, state._replace(times_days=times), crimes, prior)
        kept.append(
            [math.log(state.concentration), math.log(state.item_concentration[0]), state.place.within,
             state.place.between, state.place.centre[0], state.time.within, state.time.between, state.time.centre[0]]
        )  # fmt: skip
    draws = np.array(kept)
    expected = np.array([0.2, 0.4, 1.0, 0.25, 1.0, 1.0, 0.25, 2.0])
    sds = np.array([0.8, 0.8, 0.5, 0.125, 1.0, 0.5, 0.125, math.sqrt(2.0)])
    from linkage.diagnostics import effective_sample_size

    for column in range(draws.shape[1]):
        z_scores = (draws[:, column] - expected[column]) / sds[column]
        for moment, truth in ((z_scores, 0.0), (z_scores**2, 1.0)):
            error = moment.std() / math.sqrt(effective_sample_size(moment[None]))
            assert abs(moment.mean() - truth) < 4.0 * error, (column, moment.mean(), truth, error)
