"""How much an MO item tells about a pair of crimes that both recorded it: the evidence weight of METHOD, section 9.

Of each comparison level, m is its share among linked pairs, u among pairs of any two crimes, and w = ln(m / u) the log
Bayes factor that it carries. D1 = sum m w is what a truly linked pair gains on average, D0 = -sum u w what a pair that
is not linked loses, and their sum the Jeffreys divergence (the information value of scorecards).

Counting few pairs makes any item look informative. So m is drawn towards u, and the weight that remains when values
are shuffled among solved crimes, which links nothing, is taken off.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from linkage.item_levels import N_LEVELS, NOT_APPLICABLE, Levels, pair_levels
from linkage.item_pairs import UNSOLVED, ItemPairs, PairRows

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

PRIOR_PAIRS = 2.0
"""Linked pairs that behave like any two crimes, added to those counted."""

LEVEL = 0.95


class LevelShares(NamedTuple):
    """Shares of the comparison levels, one element a level of `linkage.item_levels.LEVEL_NAMES`.

    Attributes
    ----------
    m, u : ndarray, float64
        Among linked pairs, and among pairs of any two crimes; 0 for a level that no pair has.
    w : ndarray, float64
        ln(m / u), natural.
    """

    m: Floats
    u: Floats
    w: Floats


class ItemInformation(NamedTuple):
    """What one item tells within a crime group; all weights in nats, NaN where no linked pair has it on both.

    Attributes
    ----------
    n_linked, n_groups : int
        Linked pairs with the item recorded on both, and groups of connected offenders that they come from.
    n_crimes, n_recorded : int
        Crimes that the item can be asked of, and those that have a value.
    coverage_linked, coverage : float
        Share of linked pairs, and of pairs of any two crimes, with the item on both. Counted, for gaps come together
        and the square of the completeness is not it.
    shares : LevelShares
    evidence_weight, exoneration : float
        D1 and D0, less what shuffled values give.
    chance_weight : float
        Mean D1 of shuffled values, which was taken off.
    reliable_weight : float
        D1 if a share of the pairs were compared on wrong codes.
    draws : ndarray, shape (n_resamples,), float64
        D1 of resamples of groups of offenders, moved so that their mean is the weight: resampling counts again adds
        what the shuffle took off.
    """

    n_linked: int
    n_groups: int
    n_crimes: int
    n_recorded: int
    coverage_linked: float
    coverage: float
    shares: LevelShares
    evidence_weight: float
    exoneration: float
    chance_weight: float
    reliable_weight: float
    draws: Floats

    @property
    def evidence_lost(self) -> float:
        """What an average pair loses because one of its crimes lacks the item: potential less realised weight."""
        return self.evidence_weight * (1.0 - self.coverage)


def level_shares(n_linked: Floats, n_anyone: Floats) -> LevelShares:
    """Return the shares of the levels from their counts.

    Parameters
    ----------
    n_linked, n_anyone : ndarray, shape (n_levels,), float64
        Weight of the linked pairs, and of pairs of any two crimes, at each level.
    """
    occurs = (n_linked + n_anyone) > 0
    u = np.where(occurs, n_anyone + 0.5, 0.0)
    u = u / max(u.sum(), 1.0)
    m = (n_linked + PRIOR_PAIRS * u) / (n_linked.sum() + PRIOR_PAIRS)
    w = np.log(np.divide(m, u, out=np.ones_like(m), where=occurs))
    return LevelShares(m, u, w)


def evidence_weight(shares: LevelShares) -> float:
    """Return D1, the mean log Bayes factor (natural) of a linked pair."""
    return float(shares.m @ shares.w)


def exoneration(shares: LevelShares) -> float:
    """Return D0, the mean log Bayes factor (natural) against a link of a pair that is not linked."""
    return float(-(shares.u @ shares.w))


def attenuated(shares: LevelShares, miscoded: float) -> LevelShares:
    """Return the shares if so many pairs (0 to 1) were compared on a wrong code, and so agreed only by chance."""
    m = (1.0 - miscoded) * shares.m + miscoded * shares.u
    w = np.log(np.divide(m, shares.u, out=np.ones_like(m), where=shares.u > 0))
    return LevelShares(m, shares.u, w)


def item_information(
    pairs: ItemPairs,
    item: str,
    drawn: Ints,
    rng: np.random.Generator,
    *,
    n_shuffles: int = 20,
    miscoded: float = 0.05,
) -> ItemInformation:
    """Measure what an item tells within a crime group.

    Parameters
    ----------
    pairs : ItemPairs
    item : str
    drawn : ndarray, shape (n_resamples, n_groups), int64
        How often each resample holds each group of offenders (`linkage.item_pairs.drawn_groups`).
    rng : Generator
    n_shuffles : int
        Shuffles of the values among solved crimes.
    miscoded : float
        Share of pairs, 0 to 1, compared on a wrong code, for the reliable weight.
    """
    encoded, grades = pairs.items[item], pairs.grades[item]
    linked = pair_levels(encoded, grades, pairs.linked.first, pairs.linked.second)
    anyone = pair_levels(encoded, grades, pairs.anyone.first, pairs.anyone.second)
    component, both = pairs.offenders[pairs.linked.first], linked >= 0
    by_group = _counts_by_group(linked, pairs.linked.weight, component, pairs.n_groups)
    n_anyone = np.bincount(anyone[anyone >= 0], minlength=N_LEVELS).astype(np.float64)
    shares = level_shares(by_group.sum(axis=0), n_anyone)
    null = _shuffled(pairs, item, n_anyone, n_shuffles, rng)
    asked = encoded.code != NOT_APPLICABLE
    known = bool(both.any()) and bool(n_anyone.any())
    weight = evidence_weight(shares) - null[0] if known else np.nan
    return ItemInformation(
        n_linked=int(both.sum()),
        n_groups=len(np.unique(component[both])),
        n_crimes=int(asked.sum()),
        n_recorded=int((encoded.code >= 0).sum()),
        coverage_linked=_coverage(linked, pairs.linked),
        coverage=_coverage(anyone, pairs.anyone),
        shares=shares,
        evidence_weight=weight,
        exoneration=exoneration(shares) - null[1] if known else np.nan,
        chance_weight=null[0] if known else np.nan,
        reliable_weight=evidence_weight(attenuated(shares, miscoded)) - null[0] if known else np.nan,
        draws=_draws(by_group, n_anyone, weight, drawn),
    )


def interval(draws: Floats) -> tuple[float, float]:
    """Return the bounds that 95% of the draws lie within; NaN where a draw is missing."""
    if not len(draws) or np.isnan(draws).any():
        return np.nan, np.nan
    low, high = np.quantile(draws, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def _counts_by_group(levels: Levels, weight: Floats, component: Ints, n_groups: int) -> Floats:
    both = levels >= 0
    place = component[both] * N_LEVELS + levels[both]
    counts = np.bincount(place, weights=weight[both], minlength=n_groups * N_LEVELS)
    return counts.astype(np.float64).reshape(n_groups, N_LEVELS)


def _coverage(levels: Levels, rows: PairRows) -> float:
    asked = levels != NOT_APPLICABLE
    total = rows.weight[asked].sum()
    return float(rows.weight[levels >= 0].sum() / total) if total > 0 else np.nan


def _shuffled(
    pairs: ItemPairs, item: str, n_anyone: Floats, n_shuffles: int, rng: np.random.Generator
) -> tuple[float, float]:
    """Return the mean D1 and D0 when the values of solved crimes are dealt out anew among them."""
    encoded, grades = pairs.items[item], pairs.grades[item]
    dealt = np.flatnonzero((pairs.offenders != UNSOLVED) & (encoded.code >= 0))
    found = []
    for _ in range(n_shuffles):
        code = encoded.code.copy()
        code[dealt] = encoded.code[rng.permutation(dealt)]
        levels = pair_levels(encoded, grades, pairs.linked.first, pairs.linked.second, code)
        both = levels >= 0
        n_linked = np.bincount(levels[both], weights=pairs.linked.weight[both], minlength=N_LEVELS)
        shares = level_shares(n_linked.astype(np.float64), n_anyone)
        found.append((evidence_weight(shares), exoneration(shares)))
    means = np.mean(found, axis=0) if found else (0.0, 0.0)
    return float(means[0]), float(means[1])


def _draws(by_group: Floats, n_anyone: Floats, weight: float, drawn: Ints) -> Floats:
    """Return D1 of resamples of the groups of offenders, moved to the weight."""
    if np.isnan(weight) or not len(drawn):
        return np.full(len(drawn), np.nan)
    found = np.array([evidence_weight(level_shares(counts, n_anyone)) for counts in drawn @ by_group])
    return np.asarray(found - found.mean() + weight)
