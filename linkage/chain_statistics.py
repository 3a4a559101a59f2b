"""R-hat and effective sample sizes of many quantities at once, from the ranks of their draws.

Vehtari, Gelman, Simpson, Carpenter and Buerkner (2021), Bayesian Analysis 16. There are thousands of pairs to judge,
hence arrays of (n_quantities, n_chains, n_draws) throughout.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.fft import irfft, next_fast_len, rfft
from scipy.special import ndtri

FloatArray = NDArray[np.float64]

TAILS = (0.05, 0.95)


class ChainStatistics(NamedTuple):
    """R-hat, and the effective draws of bulk and tails; each (n_quantities,)."""

    rhat: FloatArray
    ess_bulk: FloatArray
    ess_tail: FloatArray


def chain_statistics(draws: FloatArray) -> ChainStatistics:
    """Judge the chains of every quantity.

    Parameters
    ----------
    draws
        (n_quantities, n_chains, n_draws), at least 4 draws a chain.

    Returns
    -------
    ChainStatistics
        NaN where draws are constant or not all finite; R-hat is infinite where each half of a chain is stuck at a
        value of its own.
    """
    lowest, highest = draws.min(axis=(1, 2), keepdims=True), draws.max(axis=(1, 2), keepdims=True)
    varies = (np.isfinite(lowest) & np.isfinite(highest) & (lowest < highest)).ravel()
    is_pair = varies & ((draws == lowest) | (draws == highest)).all(axis=(1, 2))
    found = np.full((3, len(draws)), np.nan)
    for rows, judged in ((is_pair, _of_two_values), (varies & ~is_pair, _of_many_values)):
        if rows.any():
            found[:, rows] = judged(draws[rows])
    return ChainStatistics(*found)


def _of_two_values(draws: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Judge draws as of pairs, linked or not: ranks and tails are then the draws themselves in other words."""
    is_high = _halves((draws == draws.max(axis=(1, 2), keepdims=True)).astype(np.float64))
    ess = _ess(is_high)
    return _rhat(is_high), ess, ess


def _of_many_values(draws: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    halves = _halves(draws)
    place = _rank_normalised(halves)
    scatter = _rank_normalised(np.abs(halves - np.median(halves, axis=(1, 2), keepdims=True)))
    low, high = (_at_or_below(draws, share) for share in TAILS)
    # fmax passes over the scatter of draws that all lie equally far from the middle.
    return np.fmax(_rhat(place), _rhat(scatter)), _ess(place), np.fmin(_ess(low), _ess(high))


def _halves(draws: FloatArray) -> FloatArray:
    """Count halves as chains, so that a drift within a chain is disagreement between chains."""
    half = draws.shape[2] // 2
    return np.concatenate([draws[..., :half], draws[..., -half:]], axis=1)


def _at_or_below(draws: FloatArray, share: float) -> FloatArray:
    """Return the halves of 0 and 1: which draws lie at or below a quantile of their quantity."""
    limit = np.quantile(draws.reshape(len(draws), -1), share, axis=1)[:, None, None]
    largest = draws.max(axis=(1, 2), keepdims=True)
    # Where the quantile is the largest value of all, nothing lies above it: what lies below it is counted instead.
    return _halves(np.where(limit >= largest, draws < limit, draws <= limit).astype(np.float64))


def _rank_normalised(halves: FloatArray) -> FloatArray:
    """Return normal scores of the ranks of each quantity's draws, ties sharing their mean rank."""
    values = halves.reshape(len(halves), -1)
    size = values.shape[1]
    order = np.argsort(values, axis=1)
    ordered = np.take_along_axis(values, order, axis=1)
    first, last = _runs(ordered[:, 1:] == ordered[:, :-1], size)
    # Mean ranks are whole or half, so that their scores are looked up; ndtri of every draw takes as long as the rest.
    score = ndtri((1.0 + np.arange(2 * size - 1) / 2.0 - 0.375) / (size + 0.25))
    found = np.empty_like(values)
    np.put_along_axis(found, order, score[first + last], axis=1)
    return found.reshape(halves.shape)


def _runs(is_tie: NDArray[np.bool_], size: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return for each ordered draw the places of the first and the last that equal it."""
    places = np.broadcast_to(np.arange(size), (len(is_tie), size))
    if not is_tie.any():
        return places, places
    edge = np.ones((len(is_tie), 1), dtype=bool)
    first = np.where(np.hstack([edge, ~is_tie]), places, 0)
    last = np.where(np.hstack([~is_tie, edge]), places, size)
    return np.maximum.accumulate(first, axis=1), np.minimum.accumulate(last[:, ::-1], axis=1)[:, ::-1]


def _rhat(chains: FloatArray) -> FloatArray:
    n_draws = chains.shape[2]
    within = chains.var(axis=2, ddof=1).mean(axis=1)
    between = chains.mean(axis=2).var(axis=1, ddof=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.sqrt((n_draws - 1) / n_draws + between / within), dtype=np.float64)


def _ess(chains: FloatArray) -> FloatArray:
    n_draws, size = chains.shape[2], chains[:1].size
    covariance = _autocovariance(chains)
    within = covariance[:, :1] * n_draws / (n_draws - 1)
    pooled = covariance[:, :1] + chains.mean(axis=2).var(axis=1, ddof=1)[:, None]
    # Only the middle draw of an odd number, which is in neither half, may have varied.
    with np.errstate(invalid="ignore"):
        correlation = 1.0 - (within - covariance) / pooled
    correlation[:, 0] = np.where(pooled[:, 0] > 0.0, 1.0, np.nan)
    # Antithetic chains may be worth more than their length, but not beyond all measure.
    return np.asarray(size / np.maximum(_correlation_time(correlation), 1.0 / np.log10(max(size, 2))))


def _autocovariance(chains: FloatArray) -> FloatArray:
    """Return (n_quantities, n_draws): by lag, the mean over chains."""
    n_draws = chains.shape[2]
    # Padding to twice the length keeps the end of a chain from meeting its start.
    length = next_fast_len(2 * n_draws, real=True)
    spectrum = rfft(chains - chains.mean(axis=2, keepdims=True), n=length, axis=2)
    power = (spectrum.real**2 + spectrum.imag**2).mean(axis=1)
    return np.asarray(irfft(power, n=length, axis=1)[:, :n_draws] / n_draws, dtype=np.float64)


def _correlation_time(correlation: FloatArray) -> FloatArray:
    """Sum correlations by Geyer's initial monotone sequence: pairs of lags while positive, never growing."""
    n_quantities, n_lags = correlation.shape
    n_pairs = n_lags // 2
    pairs = correlation[:, : 2 * n_pairs].reshape(n_quantities, n_pairs, 2).sum(axis=2)
    is_counted = np.logical_and.accumulate(pairs > 0.0, axis=1)
    falling = np.minimum.accumulate(pairs, axis=1)
    total = np.where(is_counted, falling, 0.0).sum(axis=1)
    # The even lag after the last positive pair is kept as well: it steadies antithetic chains.
    n_counted = is_counted.sum(axis=1)
    after = np.take_along_axis(correlation, np.minimum(2 * n_counted, n_lags - 1)[:, None], axis=1)[:, 0]
    return np.asarray(-1.0 + 2.0 * total + np.where(n_counted < n_pairs, np.maximum(after, 0.0), 0.0))
