"""A model of pairs that is fitted in milliseconds, so that items can be put in and taken out hundreds of times.

Every variable, space and time included, is cut into bins; each bin has a log Bayes factor counted on training pairs
(as in `linkage.histogram_term`), and a penalised logistic regression says how much of each variable's log Bayes factor
counts beside the others, which naive Bayes would count in full. It is no model to score a force with.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from linkage.evidence import SPACE_AND_TIME, EvidenceSpec, encode_crimes, encoded_evidence
from linkage.item_levels import N_LEVELS, pair_levels
from linkage.item_pairs import ItemPairs, PairRows

Bins = npt.NDArray[np.int8]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

N_BINS = 12
"""Bins of distance and of each gap, at equal shares of the linked pairs: where links are, they are narrow."""

PRIOR_PAIRS = 2.0
SPREAD = 0.5
"""Standard deviation around 1 of how much a variable counts, before the pairs are seen; 1 is naive Bayes."""

MOST_STEPS, SMALL_STEP = 25, 1e-6


class BinnedPairs(NamedTuple):
    """Solved pairs with the bin of each variable.

    Attributes
    ----------
    bins : ndarray, shape (n_variables, n_pairs), int8
        Space and time first, then the items in their order; negative where a variable says nothing.
    linked : ndarray, shape (n_pairs,), bool
    weight : ndarray, shape (n_pairs,), float64
    first, second : ndarray, shape (n_pairs,), int64
        Groups of connected offenders of the two crimes.
    """

    bins: Bins
    linked: Flags
    weight: Floats
    first: Ints
    second: Ints


def space_time_edges(values: Floats) -> Floats:
    """Return the inner edges of `N_BINS` bins with equal shares of these values, NaN aside."""
    known = values[~np.isnan(values)]
    return np.unique(np.quantile(known, np.linspace(0, 1, N_BINS + 1)[1:-1])) if len(known) else np.empty(0)


def space_time(pairs: ItemPairs, first: Ints, second: Ints) -> pd.DataFrame:
    """Return distance and gaps of pairs of the group's crimes."""
    spec = EvidenceSpec(items=())
    return encoded_evidence(encode_crimes(pairs.crimes, spec), first, second, spec)


def binned_space_time(evidence: pd.DataFrame, edges: list[Floats]) -> Bins:
    """Return the bins of distance and gaps, shape (4, n_pairs); -1 where one is missing."""
    return np.stack([_bins(evidence[name].to_numpy(), at) for name, at in zip(SPACE_AND_TIME, edges, strict=True)])


def binned_pairs(pairs: ItemPairs, items: list[str]) -> tuple[BinnedPairs, list[Floats]]:
    """Return the linked pairs and those of different offenders, binned, and the edges of space and time."""
    rows = [pairs.linked, pairs.apart]
    first, second, weight = (np.concatenate([getattr(one, name) for one in rows]) for name in PairRows._fields)
    linked = np.arange(len(first)) < len(pairs.linked.first)
    evidence = space_time(pairs, first, second)
    edges = [space_time_edges(evidence[name].to_numpy()[linked]) for name in SPACE_AND_TIME]
    levels = [pair_levels(pairs.items[item], pairs.grades[item], first, second) for item in items]
    bins = np.concatenate([binned_space_time(evidence, edges), np.stack(levels)]) if levels else None
    bins = binned_space_time(evidence, edges) if bins is None else bins
    return BinnedPairs(bins, linked, weight, pairs.offenders[first], pairs.offenders[second]), edges


def bin_tables(pairs: BinnedPairs, used: Flags) -> Floats:
    """Return the log Bayes factor of each variable's bins, learned on the pairs used.

    Returns
    -------
    ndarray, shape (n_variables, n_bins + 1), float64
        The last column is 0: what a bin of -1, nothing known, stands for.
    """
    n_bins = max(N_BINS, N_LEVELS)
    tables = np.zeros((len(pairs.bins), n_bins + 1))
    for table, bins in zip(tables, pairs.bins, strict=True):
        counts = [
            np.bincount(bins[rows], weights=pairs.weight[rows], minlength=n_bins).astype(np.float64)
            for rows in (used & pairs.linked & (bins >= 0), used & ~pairs.linked & (bins >= 0))
        ]
        table[:n_bins] = _log_bf(*counts)
    return tables


def features(pairs: BinnedPairs, tables: Floats) -> Floats:
    """Return each pair's log Bayes factors, shape (n_pairs, n_variables)."""
    known = np.maximum(pairs.bins, -1)
    return np.stack([table[bins] for table, bins in zip(tables, known, strict=True)], axis=1)


def stacked(evidence: Floats, linked: Flags, weight: Floats) -> Floats:
    """Fit a logistic regression that says how much each log Bayes factor counts.

    Parameters
    ----------
    evidence : ndarray, shape (n_pairs, n_variables), float64
        Log Bayes factors.
    linked, weight : ndarray, shape (n_pairs,)

    Returns
    -------
    ndarray, shape (1 + n_variables,), float64
        Intercept, and coefficients at or above 0: likeness never speaks against a link.
    """
    design = np.column_stack([np.ones(len(evidence)), evidence])
    free = np.ones(design.shape[1], dtype=np.bool_)
    while True:
        found = _newton(design[:, free], linked, weight)
        negative = np.flatnonzero(free)[1:][found[1:] < 0]
        if not len(negative):
            out = np.zeros(design.shape[1])
            out[free] = found
            return out
        free[negative] = False


def log_loss(log_odds: Floats, linked: Flags) -> Floats:
    """Return the log loss of each pair, in nats."""
    return np.logaddexp(0.0, np.where(linked, -log_odds, log_odds))


def _bins(values: Floats, edges: Floats) -> Bins:
    return np.where(np.isnan(values), -1, np.searchsorted(edges, values, side="left")).astype(np.int8)


def _log_bf(n_linked: Floats, n_apart: Floats) -> Floats:
    occurs = (n_linked + n_apart) > 0
    if not n_linked.sum() > 0 or not n_apart.sum() > 0:
        return np.zeros(len(occurs))
    # An unlinked pair stands for many; half a pair as drawn, not as it stands, keeps an empty bin from infinity.
    u = np.where(occurs, n_apart + 1e-4 * n_apart.sum(), 0.0)
    u = u / u.sum()
    m = (n_linked + PRIOR_PAIRS * u) / (n_linked.sum() + PRIOR_PAIRS)
    return np.log(np.divide(m, u, out=np.ones_like(m), where=occurs))


def _newton(design: Floats, linked: Flags, weight: Floats) -> Floats:
    """Return the penalised maximum likelihood coefficients; each is drawn towards 1, the intercept is free."""
    pull = np.full(design.shape[1], SPREAD**-2)
    pull[0] = 0.0
    found = np.ones(design.shape[1])
    n_linked, n_apart = weight[linked].sum(), weight[~linked].sum()
    found[0] = np.log(max(n_linked, 1e-9) / max(n_apart, 1e-9))
    objective = _penalised(design, found, linked, weight, pull)
    for _ in range(MOST_STEPS):
        p = 1.0 / (1.0 + np.exp(-np.clip(design @ found, -500, 500)))
        slope = design.T @ (weight * (linked - p)) - pull * (found - 1.0)
        curvature = (design * (weight * p * (1 - p))[:, None]).T @ design + np.diag(pull + 1e-9)
        step = np.linalg.solve(curvature, slope)
        scale, moved = 1.0, objective - 1.0
        while scale > SMALL_STEP:
            moved = _penalised(design, found + scale * step, linked, weight, pull)
            if moved >= objective:
                break
            scale /= 2
        if moved - objective < SMALL_STEP:
            break
        found, objective = found + scale * step, moved
    return found


def _penalised(design: Floats, found: Floats, linked: Flags, weight: Floats, pull: Floats) -> float:
    return float(-weight @ log_loss(design @ found, linked) - 0.5 * pull @ (found - 1.0) ** 2)
