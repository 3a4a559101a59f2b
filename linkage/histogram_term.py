"""What a histogram learns about one evidence variable: counts, then smoothing, then logs, each kept for audit.

Source: Porter (2015), crimelinkage 0.0.4, functions getBF, make.breaks and predictBF; departures are named where they
are made.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numba
import numpy as np
import numpy.typing as npt
import pandas as pd

from linkage.item_evidence import MISSING, NOT_APPLICABLE

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_OUTSIDE, _MISSING, _NOT_APPLICABLE = -1, -2, -3
SHRINKAGE_MARGIN = 1e-8  # keeps the pseudo-counts positive where df reaches the number of bins


class BayesFactorError(ValueError):
    """A Bayes factor model cannot be fitted or applied as asked."""


class BayesFactorTerm(NamedTuple):
    """What the model learned about one evidence variable; arrays have one element a bin.

    Attributes
    ----------
    edges : ndarray, shape (n_bins + 1,)
        Ascending; bins are closed on the right, the lowest on both sides. Empty for a categorical variable.
    levels : tuple of str
        Level of each bin of a categorical variable. Empty for a continuous one.
    has_missing_bin : bool
        Whether a last bin stands for missing evidence.
    n_linked, n_unlinked : ndarray
        Weight of the training pairs.
    p_linked, p_unlinked : ndarray
        Smoothed shares; NaN for a class without pairs.
    log_bf : ndarray
        log(p_linked / p_unlinked), natural; 0 where a class has no pairs.
    df : float
        Effective degrees of freedom after smoothing.
    """

    edges: Floats
    levels: tuple[str, ...]
    has_missing_bin: bool
    n_linked: Floats
    n_unlinked: Floats
    p_linked: Floats
    p_unlinked: Floats
    log_bf: Floats
    df: float

    @property
    def is_continuous(self) -> bool:
        """Whether the bins are intervals."""
        return len(self.edges) > 0

    def bin_of(self, values: pd.Series) -> Ints:
        """Return each value's bin; negative where the model says nothing of it."""
        if self.is_continuous:
            return continuous_bins(as_floats(values), self.edges)
        return level_bins(values, self.levels)

    def score(self, values: pd.Series) -> Floats:
        """Return the log Bayes factor of each value; 0 outside the edges, for an unseen level and if not applicable.

        The published package gives an outside value the missing bin's factor where there is one; that would let
        poor recording speak for great distance.
        """
        missing = self.log_bf[-1] if self.has_missing_bin else 0.0
        beyond = np.array([0.0, missing, 0.0])  # reached by the negative bins -3, -2, -1
        bins = self.bin_of(values)
        return np.concatenate([self.log_bf, beyond])[bins]


def bin_edges(values: Floats, n_bins: int, partition: str) -> Floats:
    """Return ascending bin edges over the values that are present.

    Parameters
    ----------
    values : ndarray, float64
        NaN is left out; no value at all gives one bin of no width, in which nothing is learned.
    n_bins : int
        Bins asked for; equal quantiles fall together and leave fewer.
    partition : {"quantile", "width"}

    Raises
    ------
    BayesFactorError
        n_bins is not positive or the partition unknown.
    """
    if n_bins < 1:
        raise BayesFactorError(f"n_bins: expected 1 or more, got {n_bins}; 15 suits a few hundred linked pairs")
    if partition not in ("quantile", "width"):
        raise BayesFactorError(f"partition: expected quantile or width, got {partition!r}; choose one of these")
    present = values[~np.isnan(values)]
    if not len(present):
        return np.zeros(2)
    if partition == "quantile":
        edges = np.unique(_quantiles(np.sort(present), np.linspace(0.0, 1.0, n_bins + 1)))
    else:
        edges = np.unique(np.linspace(present.min(), present.max(), n_bins + 1))
    return np.repeat(edges, 2) if len(edges) == 1 else edges


def _quantiles(ordered: Floats, shares: Floats) -> Floats:
    """Return type-7 quantiles in the form that R computes.

    numpy's `linear` is the same number but rounds otherwise, and a last digit puts a value that stands exactly on an
    edge into another bin: on one of the twenty stored splits of the reference it moves the AUC by 3e-5.
    """
    place = (len(ordered) - 1) * shares
    low = np.floor(place).astype(np.int64)
    below, above, h = ordered[low], ordered[np.ceil(place).astype(np.int64)], place - low
    return np.where((h > 0) & (below != above), (1.0 - h) * below + h * above, below)


def continuous_bins(values: Floats, edges: Floats) -> Ints:
    """Return the bin of each value: right-closed, the lowest closed on both sides; -1 outside, -2 missing."""
    bins = np.empty(len(values), dtype=np.int64)
    _fill_bins(values, edges, bins)
    return bins


def level_bins(values: pd.Series, levels: Sequence[str]) -> Ints:
    """Return the bin of each value among the levels; -1 for an unseen one, -2 missing, -3 not applicable."""
    code, names = _codes(values)
    place = {level: i for i, level in enumerate(levels)} | {MISSING: _MISSING, NOT_APPLICABLE: _NOT_APPLICABLE}
    bins = np.array([*(place.get(name, _OUTSIDE) for name in names), _MISSING], dtype=np.int64)
    return bins[code]


def fit_continuous(
    values: Floats, linked: npt.NDArray[np.bool_], weight: Floats, edges: Floats, df: float, with_missing: bool
) -> BayesFactorTerm:
    """Fit one continuous variable on given edges; training values outside them count as missing."""
    bins = continuous_bins(values, edges)
    bins[bins == _OUTSIDE] = _MISSING
    return _fit_bins(bins, len(edges) - 1, linked, weight, df, with_missing)._replace(edges=edges)


def fit_levels(
    values: pd.Series,
    linked: npt.NDArray[np.bool_],
    weight: Floats,
    df: float,
    with_missing: bool,
    levels: Sequence[str] | None = None,
) -> BayesFactorTerm:
    """Fit one categorical variable on the levels given, or else on those that occur, in alphabetical order."""
    if levels is None:
        code, names = _codes(values)
        present = {names[i] for i in np.flatnonzero(np.bincount(code[code >= 0], minlength=1))}
        levels = sorted(present - {MISSING, NOT_APPLICABLE})
    bins = level_bins(values, levels)
    return _fit_bins(bins, len(levels), linked, weight, df, with_missing)._replace(levels=tuple(levels))


def smoothed_shares(counts: Floats, df: float) -> Floats:
    """Return the share of each bin after adding the pseudo-count that leaves `df` degrees of freedom.

    With N the total and k bins, df' = min(df, k - 1e-8) and every bin gets a = (N / k) (k - df') / (df' - 1).

    Raises
    ------
    BayesFactorError
        df is not above 1.
    """
    if not df > 1:
        raise BayesFactorError(f"df: expected more than 1, got {df}; 10 suits a few hundred linked pairs")
    total, k = counts.sum(), len(counts)
    if k == 1 or total == 0:
        return np.full(k, 1.0 if total > 0 else np.nan)
    effective = effective_df(df, k)
    smoothed = counts + total / k * (k - effective) / (effective - 1.0)
    return np.asarray(smoothed / smoothed.sum(), dtype=np.float64)


def effective_df(df: float, n_bins: int) -> float:
    """Return the degrees of freedom that a histogram of so many bins can have."""
    return min(df, n_bins - SHRINKAGE_MARGIN)


def _fit_bins(
    bins: Ints, k: int, linked: npt.NDArray[np.bool_], weight: Floats, df: float, with_missing: bool
) -> BayesFactorTerm:
    has_missing_bin = with_missing and bool((bins == _MISSING).any())
    if has_missing_bin:
        bins = np.where(bins == _MISSING, k, bins)
        k += 1
    n_linked, n_unlinked = (_weights_per_bin(bins[rows], weight[rows], k) for rows in (linked, ~linked))
    p_linked, p_unlinked = smoothed_shares(n_linked, df), smoothed_shares(n_unlinked, df)
    return BayesFactorTerm(
        edges=np.empty(0),
        levels=(),
        has_missing_bin=has_missing_bin,
        n_linked=n_linked,
        n_unlinked=n_unlinked,
        p_linked=p_linked,
        p_unlinked=p_unlinked,
        log_bf=np.nan_to_num(np.log(p_linked / p_unlinked), nan=0.0),
        df=effective_df(df, k),
    )


def _weights_per_bin(bins: Ints, weight: Floats, k: int) -> Floats:
    known = bins >= 0
    return np.bincount(bins[known], weights=weight[known], minlength=k).astype(np.float64)


def _codes(values: pd.Series) -> tuple[Ints, list[str]]:
    """Return a number for each value, -1 where missing, and the names of the numbers."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        return np.asarray(values.cat.codes, dtype=np.int64), [str(name) for name in values.cat.categories]
    code, names = pd.factorize(values)
    return np.asarray(code, dtype=np.int64), [str(name) for name in names]


def as_floats(values: pd.Series) -> Floats:
    """Return a numeric column as float64, NaN where it is missing."""
    return values.to_numpy(dtype=np.float64, na_value=np.nan)


@numba.njit(cache=True)
def _fill_bins(values: Floats, edges: Floats, out: Ints) -> None:
    for i in range(values.size):
        value = values[i]
        if math.isnan(value):
            out[i] = _MISSING
        elif value < edges[0] or value > edges[-1]:
            out[i] = _OUTSIDE
        else:
            # Counting the edges below beats a search: the processor compares several at once and guesses nothing.
            n_below = 0
            for j in range(1, edges.size - 1):
                n_below += value > edges[j]
            out[i] = n_below


def is_continuous(values: pd.Series) -> bool:
    """Whether a column is a number on a scale; flags and texts are categories."""
    return pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)
