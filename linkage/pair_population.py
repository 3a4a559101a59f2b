"""All pairs of crimes within a time limit, at any distance, as a weighted sample: what pairs are like in nature.

Training pairs are chosen and most pairs of a force are far apart, so neither training pairs nor candidate pairs show
how common a link is. Near pairs, where links are, and far ones are drawn apart, each pair weighted by how many of its
kind it stands for.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from numba import njit

from linkage.candidate_grid import EventPoints, count_partners, half_microseconds, is_within, on_grid, pick_pairs
from linkage.candidates import event_midpoints, group_numbers, incidents_known_apart, ordered_crimes
from linkage.time_windows import count_within, window_ends

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


class PopulationError(ValueError):
    """Pairs cannot be drawn as asked."""


class PopulationSize(NamedTuple):
    """How many pairs lie within the time limit: near ones, and those farther apart or without a place."""

    n_near: int
    n_far: int


def population_sample(
    crimes: pd.DataFrame,
    max_days: float,
    near_km: float,
    rng: np.random.Generator,
    n_far: int,
    n_near: int | None = None,
    keep: Bools | None = None,
    across_groups: bool = True,
) -> pd.DataFrame:
    """Draw near and far pairs of crimes of different incidents, weighted to stand for all of them.

    Parameters
    ----------
    crimes : DataFrame
        crime_id, easting_m, northing_m, committed_from_at, committed_to_at, incident_id where known, and crime_group
        where it matters; one row a crime, in any order.
    max_days : float
        Largest difference of event midpoints, in days. A crime without a time makes no pair.
    near_km : float
        Pairs at most so far apart are near; farther ones, and those with a crime without a place, are far.
    rng : Generator
        The same state gives the same pairs of crimes whatever the order of the rows.
    n_far, n_near : int
        Pairs to draw of each kind, without replacement, each alike; where there are fewer, all of them. Without
        `n_near` all near pairs are returned: a hundred million take 2.4 GB.
    keep : ndarray of bool, shape (n_crimes,), optional
        Crimes that take part, in the order of the rows; all where it is left out.
    across_groups : bool
        Whether crimes of two crime groups make a pair.

    Returns
    -------
    DataFrame
        first, second (int64 row positions in the crimes as given; the first has the lower crime_id), weight: near
        pairs before far ones. A weight is the number of pairs of the kind over the number drawn, so that a weighted
        sum estimates the sum over all pairs without bias, and the weights of a kind that was drawn at all sum to
        its number of pairs.

    Raises
    ------
    PopulationError
        A number of pairs is negative, or `keep` has another length than the crimes.
    CrimeTableError
        crime_id is missing or repeated, or the crime group matters and is missing.
    """
    _check(crimes, n_far, n_near, keep)
    position = np.arange(len(crimes)) if keep is None else np.flatnonzero(keep)
    kept = crimes.take(position)
    ordered = ordered_crimes(kept)
    position = position[pd.Index(kept["crime_id"]).get_indexer(pd.Index(ordered["crime_id"]))]
    points = _dated(ordered, across_groups)
    near, n_all_near = _draw_near(points, max_days, near_km, n_near, rng)
    n_all_far = _count_all(points, max_days) - n_all_near
    far = _draw_far(points, max_days, near_km, n_far, n_all_far, rng)
    return pd.concat([_weighted(position, near, n_all_near), _weighted(position, far, n_all_far)], ignore_index=True)


def population_size(
    crimes: pd.DataFrame, max_days: float, near_km: float, across_groups: bool = True
) -> PopulationSize:
    """Return how many near and far pairs `population_sample` draws from, exactly."""
    points = _dated(ordered_crimes(crimes), across_groups)
    _, n_near = _draw_near(points, max_days, near_km, 0, np.random.default_rng(0))
    return PopulationSize(n_near, _count_all(points, max_days) - n_near)


def _check(crimes: pd.DataFrame, n_far: int, n_near: int | None, keep: Bools | None) -> None:
    for name, n in (("n_far", n_far), ("n_near", n_near)):
        if n is not None and n < 0:
            raise PopulationError(f"{name}: expected 0 or more pairs, got {n}; give how many to draw")
    if keep is not None and (keep.dtype != np.bool_ or keep.shape != (len(crimes),)):
        raise PopulationError(
            f"keep: expected a flag for each of {len(crimes)} crimes, got {keep.dtype} of shape {keep.shape}; "
            "give one bool a row"
        )


def _dated(crimes: pd.DataFrame, across_groups: bool) -> EventPoints:
    """Return the crimes that have a time, in order of block and time, with NaN where a place is missing."""
    is_dated, midpoint = event_midpoints(crimes)
    block = group_numbers(crimes, across_groups)
    order = np.lexsort((midpoint, block))
    row = order[is_dated[order]]
    x_m = crimes["easting_m"].to_numpy(dtype=np.float64, na_value=np.nan)
    y_m = crimes["northing_m"].to_numpy(dtype=np.float64, na_value=np.nan)
    incident = incidents_known_apart(crimes)
    return EventPoints(row, x_m[row], y_m[row], midpoint[row], block[row], incident[row])


def _count_all(points: EventPoints, max_days: float) -> int:
    """Count the pairs of different incidents within the time limit, near or far."""
    longest = half_microseconds(max_days)
    one_night = pd.factorize(pd.MultiIndex.from_arrays([points.block, points.incident]))[0].astype(np.int64)
    return count_within(points.block, points.midpoint, longest) - count_within(one_night, points.midpoint, longest)


def _draw_near(
    points: EventPoints, max_days: float, near_km: float, n: int | None, rng: np.random.Generator
) -> tuple[tuple[Ints, Ints], int]:
    """Return near pairs as rows, and how many there are in all."""
    has_place = np.isfinite(points.x_m) & np.isfinite(points.y_m)
    if not has_place.any():
        return (np.empty(0, np.int64), np.empty(0, np.int64)), 0
    grid = on_grid(points.take(has_place), near_km, max_days)
    counts = count_partners(grid)
    n_all = int(counts.sum())
    return pick_pairs(grid, counts, _ordinals(n_all, n_all if n is None else n, rng)), n_all


def _draw_far(
    points: EventPoints, max_days: float, near_km: float, n: int, n_all: int, rng: np.random.Generator
) -> tuple[Ints, Ints]:
    """Return far pairs as rows, of `n_all` that there are."""
    ends = window_ends(points.block, points.midpoint, half_microseconds(max_days))
    last = np.cumsum(ends - np.arange(len(ends)) - 1)
    farthest_squared = (near_km * 1000.0) ** 2
    # Drawing and rejecting is slow where few pairs are far or most of them are wanted.
    if 2 * n > n_all or 10 * n_all < last.max(initial=0):
        first, second = _pick_far(points, ends, farthest_squared, _ordinals(n_all, n, rng))
    else:
        first, second = _draw_and_reject(points, last, farthest_squared, n, n_all, rng)
    one, other = points.row[first], points.row[second]
    return np.minimum(one, other), np.maximum(one, other)


def _draw_and_reject(
    points: EventPoints, last: Ints, farthest_squared: float, n: int, n_all: int, rng: np.random.Generator
) -> tuple[Ints, Ints]:
    """Draw among all pairs of the windows until enough different ones are far."""
    found = np.empty(0, dtype=np.int64)
    while len(found) < n:
        n_more = int(1.2 * (n - len(found)) * (last[-1] / n_all)) + 16
        drawn = np.unique(rng.integers(last[-1], size=n_more))
        found = np.union1d(found, drawn[_is_far(points, *_pair_at(last, drawn), farthest_squared)])
    return _pair_at(last, np.sort(rng.permutation(found)[:n]))


def _pair_at(last: Ints, ordinals: Ints) -> tuple[Ints, Ints]:
    """Return the pairs that stand at places in the list of each crime with each of its window."""
    first = np.searchsorted(last, ordinals, side="right")
    return first, first + 1 + ordinals - np.concatenate([[0], last])[first]


def _is_far(points: EventPoints, first: Ints, second: Ints, farthest_squared: float) -> Bools:
    dx_m, dy_m = points.x_m[first] - points.x_m[second], points.y_m[first] - points.y_m[second]
    # A missing place gives NaN, which is within no limit.
    is_near = dx_m * dx_m + dy_m * dy_m <= farthest_squared
    return ~is_near & (points.incident[first] != points.incident[second])


@njit(cache=True)
def _pick_far(points, ends, farthest_squared, ordinals):  # type: ignore[no-untyped-def]  # compiled
    """Return the pairs that stand at the given ascending places in the list of all far pairs."""
    first = np.empty(len(ordinals), dtype=np.int64)
    second = np.empty(len(ordinals), dtype=np.int64)
    at, n_seen = 0, 0
    for i in range(len(ends)):
        for j in range(i + 1, ends[i]):
            if at == len(ordinals):
                return first, second
            if points.incident[i] != points.incident[j] and not is_within(
                points.x_m[i] - points.x_m[j], points.y_m[i] - points.y_m[j], farthest_squared
            ):
                if ordinals[at] == n_seen:
                    first[at], second[at] = i, j
                    at += 1
                n_seen += 1
    return first, second


def _ordinals(n_all: int, n: int, rng: np.random.Generator) -> Ints:
    """Draw n different ones of 0, 1, ... n_all - 1, each alike, and return them in order; all where there are fewer."""
    if n >= n_all:
        return np.arange(n_all)
    if 2 * n > n_all:
        return np.sort(rng.permutation(n_all)[:n])
    found = np.empty(0, dtype=np.int64)
    while len(found) < n:
        found = np.union1d(found, rng.integers(n_all, size=int(1.2 * (n - len(found))) + 16))
    return np.sort(rng.permutation(found)[:n])


def _weighted(position: Ints, pairs: tuple[Ints, Ints], n_all: int) -> pd.DataFrame:
    first, second = pairs
    weight = np.full(len(first), n_all / max(len(first), 1))
    return pd.DataFrame({"first": position[first], "second": position[second], "weight": weight})
