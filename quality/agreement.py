"""Agreement of two people who coded the same crimes: Cohen's kappa with its interval.

Values may be sets (an item that takes several). Two sets agree in part, by MASI (R. Passonneau, "Measuring agreement on
set-valued items (MASI) for semantic and pragmatic annotation", LREC 2006): Jaccard's share of common values, times 1
for equal sets, 2/3 where one holds the other, 1/3 where they overlap. Of single values MASI is 1 or 0, and the weighted
kappa is Cohen's own.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

Values = frozenset[str]
# Standard normal quantile of a 95% interval.
Z = 1.959963984540054
# Crimes added to the table before the interval is drawn, spread as chance alone would: as Agresti and Coull add z^2
# successes and failures to a share. Without them forty crimes without one disagreement would prove perfection.
ADDED = 2.0


class Agreement(NamedTuple):
    """Cohen's kappa with its 95% interval, shares of agreement in whole and adjusted for prevalence and bias.

    `kappa` is NaN where chance alone would agree always (both used one value throughout); `agreement` is the share of
    crimes coded exactly alike; `adjusted` is the kappa that the agreement would have if all values were equally
    common and both coders used them alike (PABAK; T. Byrt, J. Bishop, J. B. Carlin, "Bias, prevalence and kappa",
    Journal of Clinical Epidemiology 46(5), 1993, 423-429), of sets the mean over the values, each there or not.
    """

    n: int
    kappa: float
    lower: float
    upper: float
    agreement: float
    adjusted: float


def agreement(first: Sequence[Values], second: Sequence[Values], n_values: int, *, is_multi: bool = False) -> Agreement:
    """Return how well two codings of the same crimes agree.

    Parameters
    ----------
    first, second
        What each coder said of each crime: a set of values, not empty.
    n_values
        How many values the item can take, at least 2.
    is_multi
        Whether it can take several at once.
    """
    table, weights = _table(first, second)
    n = len(first)
    kappa = weighted_kappa(table, weights)
    exact = float(np.trace(table)) / n
    if is_multi:
        differing = sum(len(a ^ b) for a, b in zip(first, second, strict=True))
        adjusted = 1 - 2 * differing / (n * n_values)
    else:
        adjusted = (n_values * exact - 1) / (n_values - 1)
    return Agreement(n, kappa, *_interval(table, weights, kappa), exact, adjusted)


def weighted_kappa(table: np.ndarray, weights: np.ndarray) -> float:
    """Return kappa of a table of counts (first coder x second coder) with weights of agreement from 0 to 1."""
    observed, expected = _observed_and_expected(table / table.sum(), weights)
    return float((observed - expected) / (1 - expected)) if expected < 1 else float("nan")


def kappa_variance(table: np.ndarray, weights: np.ndarray) -> float:
    """Return the large-sample variance of a weighted kappa.

    J. L. Fleiss, J. Cohen, B. S. Everitt, "Large sample standard errors of kappa and weighted kappa", Psychological
    Bulletin 72(5), 1969, 323-327, equation 14.
    """
    n = table.sum()
    p = table / n
    observed, expected = _observed_and_expected(p, weights)
    rows, columns = weights @ p.sum(axis=0), p.sum(axis=1) @ weights
    inner = weights * (1 - expected) - (rows[:, None] + columns[None, :]) * (1 - observed)
    spread = (p * inner**2).sum() - (observed * expected - 2 * expected + observed) ** 2
    return float(max(0.0, spread) / (n * (1 - expected) ** 4))


def masi(first: Values, second: Values) -> float:
    """Return how alike two sets are, from 0 to 1."""
    common = len(first & second)
    if first == second:
        return 1.0
    share = common / len(first | second)
    return share * 2 / 3 if first <= second or second <= first else share / 3


def _table(first: Sequence[Values], second: Sequence[Values]) -> tuple[np.ndarray, np.ndarray]:
    sets = sorted({*first, *second}, key=sorted)
    place = {value: at for at, value in enumerate(sets)}
    table = np.zeros((len(sets), len(sets)))
    np.add.at(table, ([place[value] for value in first], [place[value] for value in second]), 1)
    return table, np.array([[masi(a, b) for b in sets] for a in sets])


def _observed_and_expected(p: np.ndarray, weights: np.ndarray) -> tuple[float, float]:
    return float((weights * p).sum()), float(p.sum(axis=1) @ weights @ p.sum(axis=0))


def _interval(table: np.ndarray, weights: np.ndarray, kappa: float) -> tuple[float, float]:
    if np.isnan(kappa):
        return float("nan"), float("nan")
    chance = np.outer(table.sum(axis=1), table.sum(axis=0)) / table.sum() ** 2
    added = table + ADDED * chance
    centre, reach = weighted_kappa(added, weights), Z * kappa_variance(added, weights) ** 0.5
    return float(min(kappa, max(-1.0, centre - reach))), float(max(kappa, min(1.0, centre + reach)))
