"""Evidence of pairs of crimes: how far apart in space and time, and how alike in modus operandi.

`pair_evidence` is the plain way. A loop over many chunks of pairs encodes the crimes once with `encode_crimes` and
calls `encoded_evidence` for each chunk.
"""

from typing import NamedTuple

import numba
import numpy as np
import numpy.typing as npt
import pandas as pd

from linkage.differences import expected_circular_gap, expected_gap, reference_circular_gap
from linkage.evidence_spec import (
    SPACE_AND_TIME,
    EvidenceError,
    EvidenceSpec,
    check_fitted,
    evidence_columns,
    fit_spec,
    require_columns,
)
from linkage.item_evidence import EncodedItem, encode_item, match_levels, overlaps, value_pair_levels
from linkage.rarity import agreements, graded_levels
from linkage.text_evidence import TextVectors, text_similarity, text_vectors

__all__ = [
    "SPACE_AND_TIME",
    "EncodedCrimes",
    "EvidenceError",
    "EvidenceSpec",
    "encode_crimes",
    "encoded_evidence",
    "evidence_columns",
    "fit_spec",
    "pair_evidence",
]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

EARTH_RADIUS_KM = 6378.137  # equatorial, as the published package has it, not the mean radius
HOUR, DAY, WEEK = 3_600_000_000, 86_400_000_000, 604_800_000_000  # microseconds
_TIMES = ("committed_from_at", "committed_to_at", "committed_from_local")
NOT_A_TIME = np.iinfo(np.int64).min  # how numpy stores NaT


class EncodedCrimes(NamedTuple):
    """Crimes as arrays, ready for the pair loops; one element a crime, times in microseconds."""

    easting: Floats
    northing: Floats
    start: Ints
    end: Ints
    local_start: Ints
    items: dict[str, EncodedItem]
    numbers: dict[str, Floats]
    crime_group: EncodedItem | None
    text: TextVectors | None


def pair_evidence(crimes: pd.DataFrame, first: Ints, second: Ints, spec: EvidenceSpec) -> pd.DataFrame:
    """Return the evidence of each pair of crimes.

    Parameters
    ----------
    crimes : DataFrame
        One row a crime: easting_m, northing_m (m, NaN missing), committed_from_at, committed_to_at (UTC),
        committed_from_local (civil clock; a zone on it is dropped, not converted) and a column an MO item, besides
        the numeric columns, crime_group and the text that the specification names.
    first, second : ndarray, shape (n_pairs,), int64
        Row positions of the two crimes.
    spec : EvidenceSpec

    Returns
    -------
    DataFrame, n_pairs rows
        distance_km, gap_days, tod_gap_hours (0 to 12), dow_gap_days (0 to 3.5) float64, NaN where a crime lacks
        place or time; `match_<item>` categorical; `overlap_<item>` float64 in [0, 1]; `agreement_<item>` float64,
        nats, 0 where values differ; `gap_<column>` float64 in the column's unit; `crime_group_pair` categorical,
        levels `a:b`; `text_similarity` float64 in [0, 1]; NaN or the level `missing` where a crime lacks the value.

    Raises
    ------
    EvidenceError
        A column is missing, an interval ends before it begins, a position is outside the crimes, or the specification
        lacks what `fit_spec` learns.
    ItemError, TextError
        A cell holds what its kind of comparison cannot compare.

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
    check_fitted(spec)
    extra = (("crime_group",) if spec.crime_group else ()) + ((spec.text,) if spec.text else ())
    compared = dict.fromkeys((*spec.items, *spec.overlap, *spec.agreement))
    require_columns(crimes, ("easting_m", "northing_m", *_TIMES, *compared, *spec.numerical, *extra))
    start, end, local = (_microseconds(crimes[name], keep_clock=name == "committed_from_local") for name in _TIMES)
    n_reversed = int(np.sum((end < start) & (end != NOT_A_TIME)))
    if n_reversed:
        raise EvidenceError(
            f"committed_to_at: expected no crime that ends before it begins, got {n_reversed}; quarantine them first"
        )
    return EncodedCrimes(
        easting=_numbers(crimes["easting_m"]),
        northing=_numbers(crimes["northing_m"]),
        start=start,
        end=end,
        local_start=local,
        items={item: encode_item(crimes[item]) for item in compared},
        numbers={name: _numbers(crimes[name]) for name in spec.numerical},
        crime_group=encode_item(crimes["crime_group"]) if spec.crime_group else None,
        text=text_vectors(crimes[spec.text], spec.text_space) if spec.text and spec.text_space else None,
    )


def encoded_evidence(encoded: EncodedCrimes, first: Ints, second: Ints, spec: EvidenceSpec) -> pd.DataFrame:
    """Return the evidence of each pair of encoded crimes; see `pair_evidence`."""
    first, second = _positions(first, second, len(encoded.easting))
    columns: dict[str, object] = dict(zip(SPACE_AND_TIME, _space_and_time(encoded, first, second, spec), strict=True))
    items = encoded.items
    columns |= {f"match_{item}": _match(items[item], first, second, spec, item) for item in spec.items}
    for item in spec.overlap:
        columns[f"overlap_{item}"] = overlaps(items[item], first, second, spec.rarity.get(item, {}))
    for item in spec.agreement:
        columns[f"agreement_{item}"] = agreements(items[item], first, second, spec.shares[item])
    for name in spec.numerical:
        columns[f"gap_{name}"] = np.abs(encoded.numbers[name][first] - encoded.numbers[name][second])
    if encoded.crime_group is not None:
        columns["crime_group_pair"] = value_pair_levels(encoded.crime_group, first, second, "crime_group")
    if encoded.text is not None:
        columns["text_similarity"] = text_similarity(encoded.text, first, second)
    return pd.DataFrame(columns, copy=False)


def _space_and_time(encoded: EncodedCrimes, first: Ints, second: Ints, spec: EvidenceSpec) -> Floats:
    out = np.empty((4, len(first)))
    if spec.distance == "projected":
        _fill_projected(encoded.easting, encoded.northing, first, second, out[0])
    else:
        _fill_great_circle(np.radians(encoded.easting), np.radians(encoded.northing), first, second, out[0])
    fill = _fill_gaps if spec.circular == "exact" else _fill_gaps_reference
    fill(encoded.start, encoded.end, encoded.local_start, first, second, out[1:])
    return out


def _match(item: EncodedItem, first: Ints, second: Ints, spec: EvidenceSpec, name: str) -> pd.Categorical:
    if spec.match == "levels":
        return value_pair_levels(item, first, second, name)
    if spec.match == "rarity":
        return graded_levels(item, first, second, spec.shares[name], spec.common_from, spec.rare_below)
    return match_levels(item, first, second, missing_may_match=spec.match == "binary")


def _numbers(column: pd.Series) -> Floats:
    try:
        return np.ascontiguousarray(column.to_numpy(dtype=np.float64, na_value=np.nan))
    except (TypeError, ValueError) as error:
        raise EvidenceError(
            f"{column.name}: expected numbers, got {error}; give a numeric column, NaN where missing"
        ) from error


def _microseconds(column: pd.Series, keep_clock: bool) -> Ints:
    """Return times as microseconds since 1970, in UTC, or as the clock showed them."""
    if pd.api.types.is_numeric_dtype(column) and column.notna().any():
        raise EvidenceError(
            f"{column.name}: expected times, got numbers of type {column.dtype}; convert them with pandas.to_datetime"
        )
    times = pd.to_datetime(column)
    if times.dt.tz is not None:
        times = times.dt.tz_localize(None) if keep_clock else times.dt.tz_convert("UTC").dt.tz_localize(None)
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
