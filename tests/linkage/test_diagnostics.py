"""R-hat and effective sample size against naive versions, known processes and planted faults."""

import numpy as np
import pytest

from linkage.diagnostics import effective_sample_size, rhat


def autoregressive(rho: float, n_chains: int = 4, n_draws: int = 4000, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    draws = np.empty((n_chains, n_draws))
    draws[:, 0] = rng.standard_normal(n_chains)
    for at in range(1, n_draws):
        draws[:, at] = rho * draws[:, at - 1] + np.sqrt(1 - rho**2) * rng.standard_normal(n_chains)
    return draws


def naive_ranked_halves(draws: np.ndarray) -> list[np.ndarray]:
    from scipy.stats import norm, rankdata

    half = draws.shape[1] // 2
    halves = [part for chain in draws for part in (chain[:half], chain[-half:])]
    ranks = rankdata(np.concatenate(halves))
    return np.split(norm.ppf((ranks - 0.375) / (ranks.size + 0.25)), len(halves))


def naive_rhat(chains: list[np.ndarray]) -> float:
    n = len(chains[0])
    within = np.mean([np.var(chain, ddof=1) for chain in chains])
    between = n * np.var([np.mean(chain) for chain in chains], ddof=1)
    return float(np.sqrt(((n - 1) / n * within + between / n) / within))


def naive_bulk_ess(draws: np.ndarray) -> float:
    """Equations 10 and 11 of Vehtari et al. with Geyer's monotone pairs, lag by lag."""
    chains = naive_ranked_halves(draws)
    n, m = len(chains[0]), len(chains)
    within = np.mean([np.var(chain, ddof=1) for chain in chains])
    pooled = (n - 1) / n * within + np.var([np.mean(chain) for chain in chains], ddof=1)

    def correlation(lag: int) -> float:
        products = [np.sum((c[: n - lag] - c.mean()) * (c[lag:] - c.mean())) / n for c in chains]
        return 1.0 if lag == 0 else 1.0 - (within - np.mean(products)) / pooled

    total, last, lag = -1.0, np.inf, 0
    while lag + 1 < n and correlation(lag) + correlation(lag + 1) > 0:
        last = min(last, correlation(lag) + correlation(lag + 1))
        total, lag = total + 2 * last, lag + 2
    if lag + 1 < n:
        total += max(correlation(lag), 0.0)
    return n * m / total


@pytest.mark.parametrize("rho", [0.0, 0.5, 0.9])
def test_ess_and_rhat_equal_the_naive_versions(rho: float) -> None:
    draws = np.exp(autoregressive(rho, n_draws=301, seed=3))  # skewed, and an odd length
    assert effective_sample_size(draws) == pytest.approx(naive_bulk_ess(draws), rel=1e-9)
    half = draws.shape[1] // 2
    split = np.concatenate([draws[:, :half], draws[:, -half:]])
    folded = np.abs(split - np.median(split))
    by_hand = max(
        naive_rhat(naive_ranked_halves(draws)),
        naive_rhat(naive_ranked_halves(np.hstack([folded[:4], folded[4:]]))),
    )
    assert rhat(draws) == pytest.approx(by_hand, rel=1e-9)


@pytest.mark.parametrize(("rho", "share"), [(0.0, 1.0), (0.6, 0.25), (0.9, 1 / 19)])
def test_ess_of_an_autoregression_is_its_theory(rho: float, share: float) -> None:
    draws = autoregressive(rho)
    assert effective_sample_size(draws) == pytest.approx(draws.size * share, rel=0.15)
    assert rhat(draws) < 1.01


def test_antithetic_chains_are_worth_more_than_their_length() -> None:
    draws = autoregressive(-0.5)
    assert effective_sample_size(draws) == pytest.approx(3 * draws.size, rel=0.15)


@pytest.mark.parametrize("fault", ["shifted", "wider", "drifting"])
def test_rhat_sees_chains_that_disagree(fault: str) -> None:
    draws = autoregressive(0.0)
    if fault == "shifted":
        draws[0] += 2.0
    if fault == "wider":
        draws[0] *= 5.0
    if fault == "drifting":
        draws += np.linspace(-2.0, 2.0, draws.shape[1])
    assert rhat(draws) > 1.1


def test_draws_without_mean_are_judged_by_their_ranks() -> None:
    draws = np.random.default_rng(1).standard_cauchy((4, 2000))
    assert rhat(draws) < 1.01
    assert effective_sample_size(draws) == pytest.approx(8000, rel=0.15)
    assert rhat(draws**3) == pytest.approx(rhat(draws), abs=2e-3)


def test_constant_and_infinite_draws_have_no_diagnosis() -> None:
    assert np.isnan(rhat(np.ones((2, 100))))
    assert np.isnan(effective_sample_size(np.ones((2, 100))))
    assert np.isnan(rhat([[1.0, 2.0, np.inf, 3.0], [1.0, 2.0, 3.0, 4.0]]))


def test_chains_stuck_at_different_values_have_infinite_rhat() -> None:
    assert rhat([[0.0] * 10, [1.0] * 10]) == np.inf


def test_the_order_of_chains_does_not_matter() -> None:
    draws = autoregressive(0.7, n_draws=200)
    assert rhat(draws) == pytest.approx(rhat(draws[::-1]))
    assert effective_sample_size(draws) == pytest.approx(effective_sample_size(draws[::-1]))


@pytest.mark.parametrize("shape", [(10,), (2, 3), (2, 2, 8)])
def test_another_shape_is_named(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="expected shape"):
        rhat(np.zeros(shape))
