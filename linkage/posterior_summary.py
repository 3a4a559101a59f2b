"""How many offenders, how large their series, and what is said of each unsolved crime: summaries of label draws.

Intervals are central: of whole numbers, so their ends are values that some draw has.
"""

import numpy as np
import pandas as pd
from numba import njit
from numpy.typing import NDArray

from linkage.label_draws import Ints, LabelDraws, LabelDrawsError, own_cluster_sizes
from linkage.posterior_candidates import known_group_probabilities

Floats = NDArray[np.float64]

KINDS = ("all", "two_or_more", "unsolved_only", "unsolved_two_or_more")


def cluster_numbers(draws: LabelDraws) -> pd.DataFrame:
    """Tell how probable each number of clusters is.

    Returns
    -------
    DataFrame
        One row a kind and number that some draw has, ascending: kind (`all`; `two_or_more`: of at least two crimes;
        `unsolved_only`: without a known group; `unsolved_two_or_more`), n_clusters, probability.
    """
    per_draw = _numbers_per_draw(draws)
    tables = []
    for kind, numbers in zip(KINDS, per_draw.T, strict=True):
        n_clusters, count = np.unique(numbers, return_counts=True)
        tables.append(pd.DataFrame({"kind": kind, "n_clusters": n_clusters, "probability": count / draws.n_draws}))
    return pd.concat(tables, ignore_index=True)


def cluster_number_intervals(draws: LabelDraws, level: float = 0.9) -> pd.DataFrame:
    """Give the expected number of clusters of each kind with its interval.

    Returns
    -------
    DataFrame
        One row a kind as in `cluster_numbers`: kind, expected_n, lower_n, median_n, upper_n.
    """
    per_draw = _numbers_per_draw(draws)
    lower, upper = _interval(per_draw, level)
    median = np.quantile(per_draw, 0.5, axis=0, method="inverted_cdf")
    columns = {"expected_n": per_draw.mean(axis=0), "lower_n": lower, "median_n": median, "upper_n": upper}
    return pd.DataFrame({"kind": KINDS, **columns})


def series_sizes(draws: LabelDraws, level: float = 0.9) -> pd.DataFrame:
    """Give the expected number of series of each size with its interval.

    Returns
    -------
    DataFrame
        One row a kind (`all`, `unsolved_only`) and size that some draw has, ascending: kind, n_crimes (size of the
        series), expected_n, lower_n, upper_n (series of that size).
    """
    counts = _sizes_per_draw(draws)
    tables = []
    for kind, per_draw in zip(("all", "unsolved_only"), counts, strict=True):
        sizes = np.flatnonzero(per_draw.any(axis=0))
        lower, upper = _interval(per_draw[:, sizes], level)
        columns = {"expected_n": per_draw[:, sizes].mean(axis=0), "lower_n": lower, "upper_n": upper}
        tables.append(pd.DataFrame({"kind": kind, "n_crimes": sizes, **columns}))
    return pd.concat(tables, ignore_index=True)


def crime_outcomes(draws: LabelDraws, level: float = 0.9) -> pd.DataFrame:
    """Say for each unsolved crime how probable a known group, other unsolved crimes only, and nobody are.

    Returns
    -------
    DataFrame
        One row an unsolved crime, in the order of ``draws``: crime_id; p_known_group, p_unsolved_crimes (with another
        unsolved crime but no known group), p_alone, which sum to 1; expected_n_crimes, lower_n_crimes, upper_n_crimes
        (crimes of its series, itself among them); entropy_bits over each known group, other unsolved crimes, and
        alone: 0 is certainty.
    """
    unsolved = draws.unsolved
    labels, sizes = draws.labels[:, unsolved], own_cluster_sizes(draws.labels)[:, unsolved]
    is_group = labels < len(draws.groups)
    p_group, p_alone = is_group.mean(axis=0), ((sizes == 1) & ~is_group).mean(axis=0)
    p_unsolved = ((sizes > 1) & ~is_group).mean(axis=0)
    lower, upper = _interval(sizes, level)
    groups = known_group_probabilities(draws)
    row = pd.Index(draws.crime_ids[unsolved]).get_indexer(pd.Index(groups["crime_id"]))
    of_groups = np.bincount(row, weights=_surprise(groups["probability"].to_numpy()), minlength=unsolved.size)
    return pd.DataFrame(
        {
            "crime_id": draws.crime_ids[unsolved],
            "p_known_group": p_group,
            "p_unsolved_crimes": p_unsolved,
            "p_alone": p_alone,
            "expected_n_crimes": sizes.mean(axis=0),
            "lower_n_crimes": lower,
            "upper_n_crimes": upper,
            "entropy_bits": of_groups + _surprise(p_unsolved) + _surprise(p_alone),
        }
    )


def _surprise(probability: Floats) -> Floats:
    return -probability * np.log2(np.where(probability > 0.0, probability, 1.0))


def _interval(values: NDArray[np.integer], level: float) -> tuple[NDArray[np.integer], NDArray[np.integer]]:
    """Return the ends of the central interval over the first axis."""
    if not 0.0 < level < 1.0:
        raise LabelDrawsError(f"level: expected a share between 0 and 1, got {level}; 0.9 is usual")
    n = values.shape[0]
    # The smallest values that at least these shares of draws do not exceed; 1e-9 forgives 0.05 its last bit.
    ranks = [max(int(np.ceil(share * n - 1e-9)) - 1, 0) for share in ((1.0 - level) / 2.0, (1.0 + level) / 2.0)]
    ordered = np.partition(np.ascontiguousarray(values.T), sorted(set(ranks)), axis=1)
    return ordered[:, ranks[0]], ordered[:, ranks[1]]


def _numbers_per_draw(draws: LabelDraws) -> NDArray[np.int64]:
    every, unsolved_only = _sizes_per_draw(draws)
    columns = (every.sum(1), every[:, 2:].sum(1), unsolved_only.sum(1), unsolved_only[:, 2:].sum(1))
    return np.stack(columns, axis=1).astype(np.int64)


def _sizes_per_draw(draws: LabelDraws) -> tuple[Ints, Ints]:
    labels = np.ascontiguousarray(draws.labels, dtype=np.int32)
    every, unsolved_only = _series_of_size(labels, len(draws.groups), own_cluster_sizes(labels))
    return every, unsolved_only


@njit(cache=True)
def _series_of_size(labels: Ints, n_known: int, sizes: Ints) -> tuple[Ints, Ints]:
    """Count the series of each size in each draw, all and those without a known group: (n_draws, largest + 1)."""
    n_draws, n_crimes = labels.shape
    every = np.zeros((n_draws, sizes.max() + 1), np.int32)
    for t in range(n_draws):
        for i in range(n_crimes):
            every[t, sizes[t, i]] += 1
    unsolved_only = np.zeros_like(every)
    for t in range(n_draws):
        for i in range(n_crimes):
            if labels[t, i] >= n_known:
                unsolved_only[t, sizes[t, i]] += 1
        for n in range(1, every.shape[1]):
            # Each series was met once for each of its crimes.
            every[t, n] //= n
            unsolved_only[t, n] //= n
    return every, unsolved_only
