"""Pairs of crimes near enough in place and time to be worth scoring, in bounded chunks.

A crime without place or time makes no candidate pair here; `linkage.missing_evidence` has the pairs of those.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from linkage.candidate_grid import EventPoints, count_partners, fill_pairs, on_grid

__all__ = [
    "PAIRS_PER_CHUNK",
    "CandidatePairs",
    "CrimeTableError",
    "EventPoints",
    "LinkLimits",
    "candidate_chunks",
    "candidate_pairs",
    "event_midpoints",
    "event_points",
    "group_numbers",
    "incident_numbers",
    "incidents_known_apart",
    "ordered_crimes",
    "own_numbers",
]

Ints = npt.NDArray[np.int64]

PAIRS_PER_CHUNK = 1_000_000


class CrimeTableError(ValueError):
    """The crimes given do not form a table that pairs can be drawn from."""


@dataclass(frozen=True)
class LinkLimits:
    """How far apart two crimes may be to be a candidate pair; a pair at a limit is one.

    Parameters
    ----------
    max_km : float
        Largest distance on projected metres, in km; `inf` for none.
    max_days : float
        Largest difference of event midpoints, in days; `inf` for none.
    across_groups : bool
        Whether crimes of two crime groups may be a candidate pair. It should be what the model was trained with.
    most_at_one_place : int
        Crimes at exactly one point from which it is no crowded place yet (`linkage.crime_cells`).
    most_partners_at_one_place : int
        In a crowded place a crime meets this many of the crimes there before it in time, and as many after it.
    most_partners_of_incomplete : int
        A crime without place, or without time, meets this many crimes that are nearest in what it has
        (`linkage.missing_evidence`).
    """

    max_km: float = 5.0
    max_days: float = 365.0
    across_groups: bool = True
    most_at_one_place: int = 20_000
    most_partners_at_one_place: int = 10_000
    most_partners_of_incomplete: int = 20_000

    def __post_init__(self) -> None:
        for name in ("max_km", "max_days"):
            if not getattr(self, name) >= 0:
                raise ValueError(f"{name}: expected 0 or more, got {getattr(self, name)}; use inf for no limit")
        for name in ("most_at_one_place", "most_partners_at_one_place", "most_partners_of_incomplete"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name}: expected 0 or more, got {getattr(self, name)}; 20,000 is usual")


class CandidatePairs(NamedTuple):
    """Pairs as row positions in the crimes, int64, `first < second` throughout."""

    first: Ints
    second: Ints


def ordered_crimes(crimes: pd.DataFrame) -> pd.DataFrame:
    """Return the crimes sorted by `crime_id` with rows renumbered.

    Raises
    ------
    CrimeTableError
        When `crime_id` is absent, missing somewhere or not unique.
    """
    if "crime_id" not in crimes:
        raise CrimeTableError(f"crimes: expected a column crime_id, got {list(crimes)}; name the key crime_id")
    ids = crimes["crime_id"]
    if ids.isna().any():
        raise CrimeTableError(f"crimes: expected a crime_id in each row, got {ids.isna().sum()} without; drop those")
    if ids.duplicated().any():
        raise CrimeTableError(
            f"crimes: expected one row a crime, got {ids.duplicated().sum()} repeated crime_id; keep one row of each"
        )
    if ids.is_monotonic_increasing:
        return crimes.reset_index(drop=True)
    return crimes.sort_values("crime_id", ignore_index=True)


def own_numbers(names: pd.Series) -> Ints:
    """Return a number for each name, equal for equal names; what has no name gets a number that nothing else has."""
    numbers = pd.factorize(names)[0].astype(np.int64)
    nameless = numbers < 0
    numbers[nameless] = len(numbers) + np.arange(nameless.sum())
    return numbers


def incidents_known_apart(crimes: pd.DataFrame) -> Ints:
    """Return a number for the incident of each crime; a crime without one is an incident of its own.

    `incident_numbers` gives -1 for all of those instead.
    """
    return own_numbers(crimes["incident_id"]) if "incident_id" in crimes else np.arange(len(crimes), dtype=np.int64)


def incident_numbers(crimes: pd.DataFrame) -> Ints:
    """Return the number of each crime's incident; -1 where nobody knows it."""
    return pd.factorize(crimes["incident_id"])[0].astype(np.int64)


def group_numbers(crimes: pd.DataFrame, across_groups: bool) -> Ints:
    """Return a number for each crime, equal where two crimes may make a pair as far as their groups go.

    Raises
    ------
    CrimeTableError
        The groups matter and are not given.
    """
    if across_groups:
        return np.zeros(len(crimes), dtype=np.int64)
    if "crime_group" not in crimes:
        raise CrimeTableError("crimes: expected a column crime_group, got none; add it, or pair across_groups")
    return own_numbers(crimes["crime_group"])


def event_midpoints(crimes: pd.DataFrame) -> tuple[npt.NDArray[np.bool_], Ints]:
    """Tell which crimes have a time, and return the middle of their intervals in half microseconds since 1970 (UTC)."""
    start, end = (_microseconds(crimes[name]) for name in ("committed_from_at", "committed_to_at"))
    is_dated = ~np.isnat(start) & ~np.isnat(end)
    midpoint = np.zeros(len(crimes), dtype=np.int64)
    midpoint[is_dated] = start[is_dated].astype(np.int64) + end[is_dated].astype(np.int64)
    return is_dated, midpoint


def event_points(crimes: pd.DataFrame, across_groups: bool = True) -> EventPoints:
    """Return place and midpoint in time of the crimes that have both.

    Crimes of one incident make pairs like any others. Without `across_groups` only crimes of one crime group do,
    and a crime of no known group makes none.
    """
    x_m = crimes["easting_m"].to_numpy(dtype=np.float64, na_value=np.nan)
    y_m = crimes["northing_m"].to_numpy(dtype=np.float64, na_value=np.nan)
    is_dated, midpoint = event_midpoints(crimes)
    row = np.flatnonzero(np.isfinite(x_m) & np.isfinite(y_m) & is_dated)
    block = group_numbers(crimes, across_groups)
    return EventPoints(row, x_m[row], y_m[row], midpoint[row], block[row], incident=row)


def candidate_chunks(
    points: EventPoints, limits: LinkLimits, pairs_per_chunk: int = PAIRS_PER_CHUNK
) -> Iterator[CandidatePairs]:
    """Yield every pair within the limits once, about `pairs_per_chunk` at a time.

    Parameters
    ----------
    points : EventPoints
        Their blocks decide about crime groups.
    limits : LinkLimits
    pairs_per_chunk : int
        A chunk exceeds it only when a single crime has more partners.
    """
    if len(points.row) == 0:
        return
    grid = on_grid(points, limits.max_km, limits.max_days)
    counts = count_partners(grid)
    for begin, end in _chunk_bounds(counts, pairs_per_chunk):
        yield CandidatePairs(*fill_pairs(grid, counts, begin, end))


def candidate_pairs(crimes: pd.DataFrame, limits: LinkLimits) -> CandidatePairs:
    """Return all pairs of crimes within the limits, sorted by first and second row position."""
    chunks = list(candidate_chunks(event_points(crimes, limits.across_groups), limits))
    first = np.concatenate([np.empty(0, np.int64), *(chunk.first for chunk in chunks)])
    second = np.concatenate([np.empty(0, np.int64), *(chunk.second for chunk in chunks)])
    order = np.lexsort((second, first))
    return CandidatePairs(first[order], second[order])


def _microseconds(times: pd.Series) -> npt.NDArray[np.datetime64]:
    return pd.to_datetime(times, utc=True).to_numpy(dtype="datetime64[us]")


def _chunk_bounds(counts: Ints, pairs_per_chunk: int) -> Iterator[tuple[int, int]]:
    total = np.cumsum(counts)
    begin = 0
    while begin < len(counts):
        before = total[begin - 1] if begin else 0
        end = max(int(np.searchsorted(total, before + pairs_per_chunk, side="right")), begin + 1)
        yield begin, end
        begin = end
