"""Ways to hold pairs out: by group of connected offenders, by time, and by pair for comparison with the literature."""

from collections.abc import Collection

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
    return sides(pairs, groups, held_out_groups(pairs, groups, test_share, rng))


def held_out_groups(
    pairs: pd.DataFrame, groups: pd.Series, test_share: float, rng: np.random.Generator
) -> frozenset[str]:
    """Draw the groups that `group_split` holds out; arguments and errors as there."""
    _check_share(test_share)
    first, second = _groups_of(pairs, groups)
    with_linked = set(first[pairs["is_linked"].to_numpy(dtype=bool)])
    if len(with_linked) < 2:
        raise SplitError(
            f"pairs: expected linked pairs in two groups or more, got {len(with_linked)}; nothing can be held out"
        )
    others = (set(first) | set(second)) - with_linked
    return frozenset(_drawn(sorted(with_linked), test_share, rng) | _drawn(sorted(others), test_share, rng))


def sides(pairs: pd.DataFrame, groups: pd.Series, held_out: Collection[str]) -> Assignment:
    """Return the side of each pair, given the groups held out; the assignment of `group_split`.

    Raises
    ------
    SplitError
        A crime has no group.
    """
    first_is_test, second_is_test = (labels.isin(list(held_out)).to_numpy() for labels in _groups_of(pairs, groups))
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
    return before_or_after(pairs, event_at, time_cut(pairs, event_at, test_share))


def time_cut(pairs: pd.DataFrame, event_at: pd.Series, test_share: float) -> np.datetime64:
    """Return the time up to which `time_split` trains; NaT without pairs."""
    _check_share(test_share)
    later = _later(pairs, event_at)
    return np.sort(later)[int((1.0 - test_share) * (len(later) - 1))] if len(later) else np.datetime64("NaT")


def before_or_after(pairs: pd.DataFrame, event_at: pd.Series, cut: np.datetime64) -> Assignment:
    """Return the side of each pair, given the time up to which models train; the assignment of `time_split`."""
    return np.where(_later(pairs, event_at) <= cut, TRAIN, TEST).astype(np.int8)


def pair_split(n_pairs: int, test_share: float, rng: np.random.Generator) -> Assignment:
    """Hold out pairs one by one; offenders are then on both sides, which flatters a model."""
    _check_share(test_share)
    return np.where(rng.random(n_pairs) < test_share, TEST, TRAIN).astype(np.int8)


def _groups_of(pairs: pd.DataFrame, groups: pd.Series) -> list[pd.Series]:
    named = [pairs[name].map(groups) for name in ("crime_id_1", "crime_id_2")]
    if any(labels.isna().any() for labels in named):
        raise SplitError(
            "groups: expected the group of every crime, got crimes without; make groups of all solved crimes"
        )
    return named


def _later(pairs: pd.DataFrame, event_at: pd.Series) -> npt.NDArray[np.datetime64]:
    times = event_at[~event_at.index.duplicated()]
    one, two = (pairs[name].map(times).to_numpy() for name in ("crime_id_1", "crime_id_2"))
    return np.asarray(np.maximum(one, two))


def _drawn(groups: list[str], share: float, rng: np.random.Generator) -> set[str]:
    """Draw a share of the groups, at least one and never all where there are two."""
    n = round(share * len(groups))
    if len(groups) >= 2:
        n = min(max(n, 1), len(groups) - 1)
    return {groups[i] for i in rng.permutation(len(groups))[:n]}


def _check_share(test_share: float) -> None:
    if not 0 < test_share < 1:
        raise SplitError(f"test_share: expected a share between 0 and 1, got {test_share}; 0.3 is usual")
