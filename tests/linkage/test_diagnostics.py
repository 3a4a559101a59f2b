"""R-hat and effective sample size against naive versions, known processes and planted faults."""

import re
import time
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from linkage.diagnostics import (
    co_linkage_traces,
    convergence_fault,
    diagnose,
    effective_sample_size,
    rhat,
    tail_effective_sample_size,
)

ARVIZ = {
    # R-hat, bulk and tail effective draws that arviz-stats (not our code) gives for `arviz_cases`.
    "independent": (1.000281, 1200.206405, 1173.857649),
    "half": (1.007629, 389.977258, 788.444800),
    "antithetic": (1.000839, 3695.017495, 1162.455462),
    "no mean": (1.000128, 2015.794493, 1914.448560),
    "rounded": (1.008891, 310.838799, 620.738094),
    "a pair": (1.005558, 898.922572, 898.922572),
    "a rare pair": (1.003476, 1699.061704, 1699.061704),
}


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
    return naive_ess(naive_ranked_halves(draws))


def naive_tail_ess(draws: np.ndarray) -> float:
    """The worse of both quantiles' indicators, section 4.3."""
    half = draws.shape[1] // 2
    found = []
    for share in (0.05, 0.95):
        below = (draws <= np.quantile(draws, share)).astype(float)
        found.append(naive_ess([part for chain in below for part in (chain[:half], chain[-half:])]))
    return min(found)


def naive_ess(chains: list[np.ndarray]) -> float:
    """Equations 10 and 11 of Vehtari et al. with Geyer's monotone pairs, lag by lag."""
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


def arviz_cases() -> dict[str, np.ndarray]:
    return {
        "independent": autoregressive(0.0, n_draws=301, seed=3),
        "half": autoregressive(0.5, n_draws=301, seed=3),
        "antithetic": autoregressive(-0.5, n_draws=301, seed=3),
        "no mean": np.random.default_rng(2).standard_cauchy((4, 500)),
        "rounded": np.round(autoregressive(0.7, n_draws=400, seed=3), 1),
        "a pair": autoregressive(0.6, n_draws=600, seed=3) > 1.0,
        "a rare pair": autoregressive(0.6, n_draws=600, seed=3) > 2.0,
    }


@pytest.mark.parametrize("rho", [0.0, 0.5, 0.9])
def test_ess_and_rhat_equal_the_naive_versions(rho: float) -> None:
    draws = np.exp(autoregressive(rho, n_draws=301, seed=3))  # skewed, and an odd length
    assert effective_sample_size(draws) == pytest.approx(naive_bulk_ess(draws), rel=1e-9)
    assert tail_effective_sample_size(draws) == pytest.approx(naive_tail_ess(draws), rel=1e-9)
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
    assert np.isnan(effective_sample_size([[0.0, 0.0, 1.0, 0.0, 0.0]]))  # a middle draw is in neither half


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


@pytest.mark.parametrize("case", ARVIZ)
def test_statistics_are_those_of_another_implementation(case: str) -> None:
    draws = arviz_cases()[case]
    found = [rhat(draws), effective_sample_size(draws), tail_effective_sample_size(draws)]
    assert found == pytest.approx(ARVIZ[case], abs=1e-6)


def test_tails_of_independent_draws_are_worth_their_number() -> None:
    draws = np.random.default_rng(4).standard_normal((4, 4000))
    assert tail_effective_sample_size(draws) == pytest.approx(16_000, rel=0.1)


def test_tails_of_an_autoregression_are_its_theory() -> None:
    # Sum over lags of P(both <= z) - P(<= z)^2, the bivariate normal, by the indicator's known autocorrelation.
    from scipy.stats import multivariate_normal, norm

    z, p, time_ = norm.ppf(0.05), 0.05, 1.0
    for lag in range(1, 40):
        both = multivariate_normal.cdf([z, z], cov=[[1.0, 0.8**lag], [0.8**lag, 1.0]])
        time_ += 2.0 * (both - p * p) / (p - p * p)
    draws = autoregressive(0.8, n_draws=20_000)
    # Of two tails the worse is taken, each known within about 4%.
    assert tail_effective_sample_size(draws) == pytest.approx(draws.size / time_, rel=0.1)
    assert effective_sample_size(draws) == pytest.approx(draws.size * 0.2 / 1.8, rel=0.1)


def test_chains_whose_spread_moves_slowly_are_seen_in_the_tails_and_not_in_the_bulk() -> None:
    # Wide for 250 draws, narrow for 250, again and again: signs are independent, so that the middle is well placed.
    # A tenth of the wide draws are in the lower twentieth and none of the narrow: correlation 0.05^2 / 0.0475 = 0.053,
    # falling to 0 within 125 lags, makes a time of 1 + 2 x 0.053 x 62 = 7.5 or 0.13 of the draws.
    draws = np.random.default_rng(5).standard_normal((4, 2000)) * np.where(np.arange(2000) // 250 % 2, 4.0, 1.0)
    assert effective_sample_size(draws) > 0.8 * draws.size
    assert tail_effective_sample_size(draws) < 0.25 * draws.size


@pytest.mark.parametrize("share", [0.01, 0.5, 0.97])
def test_a_pair_and_its_contrary_are_worth_the_same(share: float) -> None:
    pair = np.random.default_rng(6).random((4, 1000)) < share
    for statistic in (rhat, effective_sample_size, tail_effective_sample_size):
        assert statistic(pair) == pytest.approx(statistic(~pair))
    assert tail_effective_sample_size(pair) == pytest.approx(effective_sample_size(pair))


def traces() -> dict[str, np.ndarray]:
    good = autoregressive(0.0, n_draws=1000)
    return {
        "good": good,
        "moved": good + np.array([[0.0], [0.0], [0.0], [1.5]]),
        "slow": autoregressive(0.97, n_draws=3000),
        "pair": good > 1.0,
        "settled": np.full((4, 1000), 0.1),
        "stuck": np.repeat(np.arange(4.0), 1000).reshape(4, 1000),
        "runaway": np.where(good > 3.0, np.inf, good),
    }


def test_each_quantity_of_whatever_shape_is_judged_as_if_alone() -> None:
    found = diagnose(traces())
    assert list(found) == ["quantity", "mean", "sd", "q05", "q95", "rhat", "ess_bulk", "ess_tail"]
    assert list(found["quantity"]) == list(traces())
    for row, draws in zip(found.itertuples(), traces().values(), strict=True):
        alone = [rhat(draws), effective_sample_size(draws), tail_effective_sample_size(draws)]
        assert [row.rhat, row.ess_bulk, row.ess_tail] == pytest.approx(alone, nan_ok=True)
    moved = traces()["moved"]
    by_hand = [moved.mean(), moved.std(ddof=1), *np.quantile(moved, [0.05, 0.95])]
    assert list(found.iloc[1, 1:5]) == pytest.approx(by_hand)


def test_no_traces_give_a_table_without_rows() -> None:
    assert diagnose({}).shape == (0, 8)
    assert convergence_fault(diagnose({})) is None


def test_what_has_not_converged_is_named_worst_first_with_what_to_do() -> None:
    found = diagnose(traces())
    fault = convergence_fault(found)
    assert fault is not None
    assert fault.startswith("4 of 7 quantities have not converged: stuck: R-hat inf (at most 1.01)")
    assert "; runaway has draws that are not finite; moved: R-hat 1." in fault
    assert fault.endswith("; 1 more. Correct the prior or the data that let it run away")
    apart = convergence_fault(found[found["quantity"].isin(["good", "moved"])])
    assert apart is not None
    assert apart.endswith("look at the traces, lengthen the warm-up and sample longer")
    assert convergence_fault(found[found["quantity"].isin(["good", "pair", "settled"])]) is None


def test_a_run_that_is_too_short_is_told_by_how_much() -> None:
    row = {"quantity": "D", "mean": 1.0, "sd": 1.0, "q05": 0.0, "q95": 2.0}
    short = pd.DataFrame([{**row, "rhat": 1.008, "ess_bulk": 500.0, "ess_tail": 150.0}])
    # 400 / 150 = 2.7, and R-hat is below its bound.
    assert convergence_fault(short) == (
        "1 of 1 quantities have not converged: D: 150 effective draws in the tails (at least 400). "
        "Sample about 3 times as long"
    )
    # (1.03^2 - 1) / (1.01^2 - 1) = 0.0609 / 0.0201 = 3.03
    apart = pd.DataFrame([{**row, "rhat": 1.03, "ess_bulk": 500.0, "ess_tail": 500.0}])
    assert convergence_fault(apart) == (
        "1 of 1 quantities have not converged: D: R-hat 1.030 (at most 1.01). Sample about 4 times as long"
    )
    assert convergence_fault(apart, worst_rhat=1.05) is None


def test_bounds_that_no_chain_could_keep_are_refused() -> None:
    with pytest.raises(ValueError, match=re.escape("expected above 1 and above 0, got 1 and 400")):
        convergence_fault(diagnose(traces()), worst_rhat=1.0)


def test_a_trace_of_another_shape_is_named() -> None:
    with pytest.raises(ValueError, match="pair a b: expected shape"):
        diagnose({"pair a b": np.zeros(5)})


@pytest.mark.long
def test_three_thousand_pairs_are_judged_in_seconds() -> None:
    rng = np.random.default_rng(7)
    pairs = {f"pair {row}": rng.random((4, 2000)) < share for row, share in enumerate(rng.random(3000))}
    before = time.process_time()
    found = diagnose(pairs)
    assert time.process_time() - before < 8.0  # 2 on an idle machine
    assert found["rhat"].between(0.99, 1.01).all()


def test_co_linkage_is_judged_by_its_hyperparameters_and_most_undecided_links() -> None:
    rng = np.random.default_rng(8)
    draws = pd.DataFrame({"chain": np.repeat([0, 1], 50), "sweep": np.tile(np.arange(50), 2), "D": rng.random(100)})
    links = {f"link {share}": np.full((2, 50), share) for share in (0.9, 0.45, 0.02)}
    result = SimpleNamespace(draws=draws, labels=np.zeros((2, 50, 3), np.int32), link_traces=lambda: links)
    traces = co_linkage_traces(result, n_pairs=2)  # type: ignore[arg-type]
    assert list(traces) == ["D", "link 0.45", "link 0.9"]
    np.testing.assert_array_equal(traces["D"], [draws["D"][:50], draws["D"][50:]])
    assert list(diagnose(result, n_pairs=0)["quantity"]) == ["D"]  # type: ignore[arg-type]
    assert len(diagnose(result, n_pairs=None)) == 4  # type: ignore[arg-type]
