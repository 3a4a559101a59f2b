"""Whether the chains have met, and how much their draws are worth.

Rank-normalised split R-hat and bulk effective sample size (Vehtari, Gelman, Simpson, Carpenter and Buerkner
2021, Bayesian Analysis 16), which stay meaningful for the heavy tails of a concentration.
"""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from linkage.co_linkage import CoLinkageResult

FloatArray = NDArray[np.float64]


def rhat(draws: ArrayLike) -> float:
    """Compare the chains' halves with each other, in place and in scatter; below about 1.01 they agree.

    Parameters
    ----------
    draws
        (n_chains, n_draws), at least 4 draws a chain.

    Returns
    -------
    float
        NaN where draws are constant or not all finite.

    Raises
    ------
    ValueError
        If ``draws`` has another shape.
    """
    halves = _halves(draws)
    if not _varies(halves):
        return float("nan")
    scatter = np.abs(halves - np.median(halves))
    place = _plain_rhat(_rank_normalised(halves))
    return max(place, _plain_rhat(_rank_normalised(scatter)) if _varies(scatter) else place)


def effective_sample_size(draws: ArrayLike) -> float:
    """Count the independent draws that would locate the bulk of the distribution as well as these.

    Parameters
    ----------
    draws
        (n_chains, n_draws), at least 4 draws a chain.

    Returns
    -------
    float
        NaN where draws are constant or not all finite.

    Raises
    ------
    ValueError
        If ``draws`` has another shape.
    """
    halves = _halves(draws)
    if not _varies(halves):
        return float("nan")
    ranked = _rank_normalised(halves)
    n_draws = ranked.shape[1]
    covariance = _autocovariance(ranked).mean(axis=0)
    within = covariance[0] * n_draws / (n_draws - 1)
    pooled = covariance[0] + ranked.mean(axis=1).var(ddof=1)
    correlation = 1.0 - (within - covariance) / pooled
    correlation[0] = 1.0
    # Antithetic chains may be worth more than their length, but not beyond all measure.
    correlation_time = max(_correlation_time(correlation), 1.0 / np.log10(ranked.size))
    return float(ranked.size / correlation_time)


def diagnose(result: CoLinkageResult, n_pairs: int = 20) -> pd.DataFrame:
    """Summarise and check every hyperparameter and the ``n_pairs`` pairs that are the most undecided.

    Returns
    -------
    DataFrame
        One row a quantity: quantity, mean, sd, q05, q95, rhat, ess_bulk. A pair's draws are 0 or 1: whether the
        two crimes shared a label in that sweep.
    """
    n_chains = result.labels.shape[0]
    traces = {
        str(name): result.draws[name].to_numpy().reshape(n_chains, -1)
        for name in result.draws.columns.drop(["chain", "sweep"])
    }
    undecided = (result.pairs["probability"] - 0.5).abs().sort_values(kind="stable").index[:n_pairs]
    for one, other in result.pairs.loc[undecided, ["crime_id_1", "crime_id_2"]].itertuples(index=False):
        traces[f"pair {one} {other}"] = _shared_label(result, one, other)
    rows = [
        {
            "quantity": name,
            "mean": trace.mean(),
            "sd": trace.std(ddof=1) if trace.size > 1 else float("nan"),
            "q05": np.quantile(trace, 0.05),
            "q95": np.quantile(trace, 0.95),
            "rhat": rhat(trace),
            "ess_bulk": effective_sample_size(trace),
        }
        for name, trace in traces.items()
    ]
    return pd.DataFrame(rows)


def _shared_label(result: CoLinkageResult, one: str, other: str) -> FloatArray:
    return (_label_trace(result, one) == _label_trace(result, other)).astype(np.float64)


def _label_trace(result: CoLinkageResult, crime_id: str) -> NDArray[np.int64]:
    arrays = result.data.arrays
    row = int(np.searchsorted(result.data.crime_ids, crime_id))
    if arrays.known_cluster[row] >= 0:
        return np.full(result.labels.shape[:2], arrays.known_cluster[row])
    return result.labels[:, :, np.searchsorted(arrays.unsolved, row)].astype(np.int64)


def _halves(draws: ArrayLike) -> FloatArray:
    """Split each chain in two, so that a drift within a chain counts as disagreement between chains."""
    chains = np.asarray(draws, dtype=np.float64)
    if chains.ndim != 2 or chains.shape[1] < 4:
        raise ValueError(
            f"draws: expected shape (n_chains, n_draws) with at least 4 draws, got {chains.shape}; sample longer"
        )
    half = chains.shape[1] // 2
    return np.concatenate([chains[:, :half], chains[:, -half:]])


def _varies(chains: FloatArray) -> bool:
    return bool(np.isfinite(chains).all() and np.ptp(chains) > 0.0)


def _rank_normalised(chains: FloatArray) -> FloatArray:
    _, where, counts = np.unique(chains, return_inverse=True, return_counts=True)
    mean_rank = np.cumsum(counts) - 0.5 * (counts - 1)
    ranks = mean_rank[where].reshape(chains.shape)
    return np.asarray(ndtri((ranks - 0.375) / (chains.size + 0.25)), dtype=np.float64)


def _plain_rhat(chains: FloatArray) -> float:
    n_draws = chains.shape[1]
    within = chains.var(axis=1, ddof=1).mean()
    between = chains.mean(axis=1).var(ddof=1)
    if within == 0.0:
        return float("inf")
    return float(np.sqrt((n_draws - 1) / n_draws + between / within))


def _autocovariance(chains: FloatArray) -> FloatArray:
    n_draws = chains.shape[1]
    centred = chains - chains.mean(axis=1, keepdims=True)
    # Padding to twice the length keeps the end of a chain from meeting its start.
    spectrum = np.fft.rfft(centred, n=2 * n_draws, axis=1)
    return np.fft.irfft(np.abs(spectrum) ** 2, n=2 * n_draws, axis=1)[:, :n_draws] / n_draws


def _correlation_time(correlation: FloatArray) -> float:
    """Sum correlations by Geyer's initial monotone sequence: pairs of lags while positive, never growing."""
    n_pairs = correlation.size // 2
    pairs = correlation[: 2 * n_pairs].reshape(n_pairs, 2).sum(axis=1)
    n_positive = int(np.argmax(pairs <= 0.0)) if (pairs <= 0.0).any() else n_pairs
    # The even lag after the last positive pair is kept as well: it steadies antithetic chains.
    tail = max(correlation[2 * n_positive], 0.0) if n_positive < n_pairs else 0.0
    return float(-1.0 + 2.0 * np.minimum.accumulate(pairs[:n_positive]).sum() + tail)
