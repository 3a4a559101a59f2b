"""Ways to hold pairs out: by group of connected offenders, by time, and by pair for comparison with the literature."""

import numpy as np
import numpy.typing as npt
import pandas as pd

Assignment = npt.NDArray[np.int8]

TRAIN, TEST, DROPPED = 1, 0, -1


class SplitError(ValueError):
    """Pairs cannot be split as asked."""


def group_split(pairs: pd.DataFrame, groups: pd.Series, test_share: float, rng: np.random.Generator) -> Assignment:
    """Hold out whole groups of connected offenders, so that no offender is on both sides.

    Parameters
    ----------
    pairs : DataFrame
        crime_id_1, crime_id_2, is_linked.
    groups : Series of str, indexed by crime_id
        Group of each crime (`linkage.series.groups_of_crimes`).
    test_share : float
        Share of the groups held out, among those with a linked pair and among the others alike.
    rng : Generator

    Returns
    -------
    ndarray, shape (n_pairs,), int8
        1 training, 0 test, -1 dropped because its crimes are on different sides.

    Raises
    ------
    SplitError
        A crime has no group, the share is not between 0 and 1, or linked pairs lie in fewer than two groups.
    """
    _check_share(test_share)
    first, second = (pairs[name].map(groups) for name in ("crime_id_1", "crime_id_2"))
    if first.isna().any() or second.isna().any():
        raise SplitError(
            "groups: expected the group of every crime, got crimes without; make groups of all solved crimes"
        )
    with_linked = set(first[pairs["is_linked"].to_numpy(dtype=bool)])
    if len(with_linked) < 2:
        raise SplitError(
            f"pairs: expected linked pairs in two groups or more, got {len(with_linked)}; nothing can be held out"
        )
    everyone = set(first) | set(second)
    held_out = _drawn(sorted(with_linked), test_share, rng) | _drawn(sorted(everyone - with_linked), test_share, rng)
    first_is_test, second_is_test = first.isin(held_out).to_numpy(), second.isin(held_out).to_numpy()
    side = np.where(first_is_test, TEST, TRAIN)
    return np.where(first_is_test == second_is_test, side, DROPPED).astype(np.int8)


def time_split(pairs: pd.DataFrame, event_at: pd.Series, test_share: float) -> Assignment:
    """Train on the past: hold out the pairs whose later crime is among the latest.

    Parameters
    ----------
    pairs : DataFrame
        crime_id_1, crime_id_2.
    event_at : Series of datetime, indexed by crime_id
    test_share : float

    Returns
    -------
    ndarray, shape (n_pairs,), int8
        1 training, 0 test. A test pair may reach back to a crime known in training, as a new crime does in practice.
    """
    _check_share(test_share)
    times = event_at[~event_at.index.duplicated()]
    later = np.maximum(*(pairs[name].map(times).to_numpy() for name in ("crime_id_1", "crime_id_2")))
    if not len(later):
        return np.empty(0, np.int8)
    cut = np.sort(later)[int((1.0 - test_share) * (len(later) - 1))]
    return np.where(later <= cut, TRAIN, TEST).astype(np.int8)


def pair_split(n_pairs: int, test_share: float, rng: np.random.Generator) -> Assignment:
    """Hold out pairs one by one; offenders are then on both sides, which flatters a model."""
    _check_share(test_share)
    return np.where(rng.random(n_pairs) < test_share, TEST, TRAIN).astype(np.int8)


def _drawn(groups: list[str], share: float, rng: np.random.Generator) -> set[str]:
    """Draw a share of the groups, at least one and never all where there are two."""
    n = round(share * len(groups))
    if len(groups) >= 2:
        n = min(max(n, 1), len(groups) - 1)
    return {groups[i] for i in rng.permutation(len(groups))[:n]}


def _check_share(test_share: float) -> None:
    if not 0 < test_share < 1:
        raise SplitError(f"test_share: expected a share between 0 and 1, got {test_share}; 0.3 is usual")
