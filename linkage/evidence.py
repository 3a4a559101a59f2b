"""Evidence of pairs of crimes: how far apart in space and time, and how alike in modus operandi.

`pair_evidence` is the plain way. A loop over many chunks of pairs encodes the crimes once with `encode_crimes` and
calls `encoded_evidence` for each chunk.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numba
import numpy as np
import numpy.typing as npt
import pandas as pd

from linkage.differences import expected_circular_gap, expected_gap, reference_circular_gap
from linkage.item_evidence import EncodedItem, encode_item, match_levels, overlaps, value_pair_levels

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

SPACE_AND_TIME = ("distance_km", "gap_days", "tod_gap_hours", "dow_gap_days")
EARTH_RADIUS_KM = 6378.137  # equatorial, as the published package has it, not the mean radius
HOUR, DAY, WEEK = 3_600_000_000, 86_400_000_000, 604_800_000_000  # microseconds
NOT_A_TIME = np.iinfo(np.int64).min  # how numpy stores NaT

_CHOICES = {
    "match": ("match-or-missing", "binary", "levels"),
    "circular": ("exact", "reference"),
    "distance": ("projected", "great-circle"),
}


class EvidenceError(ValueError):
    """Evidence was asked of crimes or pairs that cannot give it."""


@dataclass(frozen=True)
class EvidenceSpec:
    """Which evidence a pair of crimes gives, and in which form.

    Parameters
    ----------
    items : tuple of str
        MO items compared as match or not; each gives a column `match_<item>`.
    match : {"match-or-missing", "binary", "levels"}
        Missing on either side is a level of its own; or two missing values match and one differs (the published
        package); or the unordered pair of values is the level.
    circular : {"exact", "reference"}
        Time of day and day of week of intervals of any length; or a quarter period once one is a period long.
    distance : {"projected", "great-circle"}
        easting_m and northing_m are projected metres; or they hold longitude and latitude in degrees.
    overlap : tuple of str
        Multi-valued MO items compared by weighted Jaccard overlap, in columns `overlap_<item>`.
    rarity : mapping of item to mapping of value to weight
        Weights for the overlap (`linkage.item_evidence.rarity_weights`); an item that is not here weighs alike.
    """

    items: tuple[str, ...]
    match: str = "match-or-missing"
    circular: str = "exact"
    distance: str = "projected"
    overlap: tuple[str, ...] = ()
    rarity: Mapping[str, Mapping[str, float]] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        for name, allowed in _CHOICES.items():
            if getattr(self, name) not in allowed:
                raise EvidenceError(
                    f"{name}: expected one of {', '.join(allowed)}, got {getattr(self, name)!r}; choose one of these"
                )
        columns = evidence_columns(self)
        if len(set(columns)) < len(columns):
            raise EvidenceError("items, overlap: expected each item once, got one repeated; name it once")


class EncodedCrimes(NamedTuple):
    """Crimes as arrays, ready for the pair loops; one element a crime, times in microseconds."""

    easting: Floats
    northing: Floats
    start: Ints
    end: Ints
    local_start: Ints
    items: dict[str, EncodedItem]


def evidence_columns(spec: EvidenceSpec) -> tuple[str, ...]:
    """Return the names of the evidence columns, in order."""
    matches = (f"match_{item}" for item in spec.items)
    return (*SPACE_AND_TIME, *matches, *(f"overlap_{item}" for item in spec.overlap))


def pair_evidence(crimes: pd.DataFrame, first: Ints, second: Ints, spec: EvidenceSpec) -> pd.DataFrame:
    """Return the evidence of each pair of crimes.

    Parameters
    ----------
    crimes : DataFrame
        One row a crime: easting_m, northing_m (m, NaN missing), committed_from_at, committed_to_at (UTC),
        committed_from_local (civil clock) and a column an MO item.
    first, second : ndarray, shape (n_pairs,), int64
        Row positions of the two crimes.
    spec : EvidenceSpec

    Returns
    -------
    DataFrame, n_pairs rows
        distance_km, gap_days, tod_gap_hours (0 to 12), dow_gap_days (0 to 3.5) float64, NaN where a crime lacks
        place or time; `match_<item>` categorical; `overlap_<item>` float64 in [0, 1].

    Raises
    ------
    EvidenceError
        A column is missing, an interval ends before it begins, or a position is outside the crimes.

    References
    ----------
    Porter (2015), crimelinkage 0.0.4, function compareCrimes.
    """
    return encoded_evidence(encode_crimes(crimes, spec), first, second, spec)


def encode_crimes(crimes: pd.DataFrame, spec: EvidenceSpec) -> EncodedCrimes:
    """Turn the crimes into the arrays that the pair loops read.

    Raises
    ------
    EvidenceError
        A column is missing or an interval ends before it begins.
    """
    times = ("committed_from_at", "committed_to_at", "committed_from_local")
    needed = ("easting_m", "northing_m", *times, *spec.items, *spec.overlap)
    absent = [name for name in needed if name not in crimes.columns]
    if absent:
        raise EvidenceError(
            f"crimes: expected columns {', '.join(needed)}, got none named {', '.join(absent)}; "
            "add them or leave their items out of the evidence"
        )
    start, end, local = (_microseconds(crimes[name]) for name in times)
    n_reversed = int(np.sum((end < start) & (end != NOT_A_TIME)))
    if n_reversed:
        raise EvidenceError(
            f"committed_to_at: expected no crime that ends before it begins, got {n_reversed}; quarantine them first"
        )
    easting, northing = (crimes[name].to_numpy(dtype=np.float64) for name in ("easting_m", "northing_m"))
    items = {item: encode_item(crimes[item]) for item in (*spec.items, *spec.overlap)}
    return EncodedCrimes(easting, northing, start, end, local, items)


def encoded_evidence(encoded: EncodedCrimes, first: Ints, second: Ints, spec: EvidenceSpec) -> pd.DataFrame:
    """Return the evidence of each pair of encoded crimes; see `pair_evidence`."""
    first, second = _positions(first, second, len(encoded.easting))
    out = np.empty((4, len(first)))
    if spec.distance == "projected":
        _fill_projected(encoded.easting, encoded.northing, first, second, out[0])
    else:
        _fill_great_circle(np.radians(encoded.easting), np.radians(encoded.northing), first, second, out[0])
    fill = _fill_gaps if spec.circular == "exact" else _fill_gaps_reference
    fill(encoded.start, encoded.end, encoded.local_start, first, second, out[1:])
    columns: dict[str, object] = dict(zip(SPACE_AND_TIME, out, strict=True))
    for item in spec.items:
        columns[f"match_{item}"] = _match(encoded.items[item], first, second, spec, item)
    for item in spec.overlap:
        columns[f"overlap_{item}"] = overlaps(encoded.items[item], first, second, spec.rarity.get(item, {}))
    return pd.DataFrame(columns)


def _match(item: EncodedItem, first: Ints, second: Ints, spec: EvidenceSpec, name: str) -> pd.Categorical:
    if spec.match == "levels":
        return value_pair_levels(item, first, second, name)
    return match_levels(item, first, second, missing_may_match=spec.match == "binary")


def _microseconds(column: pd.Series) -> Ints:
    times = pd.to_datetime(column)
    if times.dt.tz is not None:
        times = times.dt.tz_convert("UTC").dt.tz_localize(None)
    return times.to_numpy(dtype="datetime64[us]").view(np.int64)


def _positions(first: Ints, second: Ints, n_crimes: int) -> tuple[Ints, Ints]:
    """Check positions here, for a compiled loop reads past the end of an array in silence."""
    first, second = (np.ascontiguousarray(rows, dtype=np.int64) for rows in (first, second))
    if first.shape != second.shape or first.ndim != 1:
        raise EvidenceError(
            f"first, second: expected arrays of one length, got shapes {first.shape} and {second.shape}; align them"
        )
    for rows in (first, second):
        if len(rows) and (rows.min() < 0 or rows.max() >= n_crimes):
            raise EvidenceError(
                f"first, second: expected positions of {n_crimes} crimes, got {rows.min()} to {rows.max()}; "
                "look the crimes up in the same table"
            )
    return first, second


@numba.njit(cache=True)
def _fill_projected(easting: Floats, northing: Floats, first: Ints, second: Ints, out: Floats) -> None:
    for i in range(first.size):
        u, v = first[i], second[i]
        out[i] = 1e-3 * np.hypot(easting[u] - easting[v], northing[u] - northing[v])


@numba.njit(cache=True)
def _fill_great_circle(longitude: Floats, latitude: Floats, first: Ints, second: Ints, out: Floats) -> None:
    for i in range(first.size):
        u, v = first[i], second[i]
        across = np.sin(0.5 * (latitude[u] - latitude[v])) ** 2
        along = np.sin(0.5 * (longitude[u] - longitude[v])) ** 2
        chord = across + np.cos(latitude[u]) * np.cos(latitude[v]) * along
        out[i] = 2.0 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(min(1.0, chord)))


@numba.njit(cache=True)
def _fill_gaps(start: Ints, end: Ints, local: Ints, first: Ints, second: Ints, out: Floats) -> None:
    for i in range(first.size):
        u, v = first[i], second[i]
        if min(start[u], start[v], end[u], end[v]) == NOT_A_TIME:
            out[:, i] = np.nan
            continue
        a, b = float(end[u] - start[u]), float(end[v] - start[v])
        out[0, i] = expected_gap((start[u] - start[v]) / DAY, a / DAY, b / DAY)
        if min(local[u], local[v]) == NOT_A_TIME:
            out[1:, i] = np.nan
            continue
        apart = local[u] - local[v]
        out[1, i] = expected_circular_gap((apart % DAY) / HOUR, a / HOUR, b / HOUR, 24.0)
        out[2, i] = expected_circular_gap((apart % WEEK) / DAY, a / DAY, b / DAY, 7.0)


@numba.njit(cache=True)
def _fill_gaps_reference(start: Ints, end: Ints, local: Ints, first: Ints, second: Ints, out: Floats) -> None:
    for i in range(first.size):
        u, v = first[i], second[i]
        if min(start[u], start[v], end[u], end[v]) == NOT_A_TIME:
            out[:, i] = np.nan
            continue
        a, b = float(end[u] - start[u]), float(end[v] - start[v])
        out[0, i] = expected_gap((start[u] - start[v]) / DAY, a / DAY, b / DAY)
        if min(local[u], local[v]) == NOT_A_TIME:
            out[1:, i] = np.nan
            continue
        apart = local[u] - local[v]
        out[1, i] = reference_circular_gap((apart % DAY) / HOUR, a / HOUR, b / HOUR, 24.0)
        out[2, i] = reference_circular_gap((apart % WEEK) / DAY, a / DAY, b / DAY, 7.0)
