"""Evidence of pairs of crimes: how far apart in space and time, and how alike in modus operandi.

`pair_evidence` is the plain way. A loop over many chunks of pairs encodes the crimes once with `encode_crimes` and
calls `encoded_evidence` for each chunk.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from linkage.crowding import local_density, plane_km
from linkage.evidence_spec import (
    NEARER_SHARE,
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
from linkage.space_time import NOT_A_TIME, Events, distances_and_gaps, events, nearer_shares
from linkage.text_evidence import TextVectors, text_similarity, text_vectors

__all__ = [
    "NEARER_SHARE",
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

_TIMES = ("committed_from_at", "committed_to_at", "committed_from_local")


class EncodedCrimes(NamedTuple):
    """Crimes as arrays, ready for the pair loops; one element a crime."""

    events: Events
    items: dict[str, EncodedItem]
    numbers: dict[str, Floats]
    crime_group: EncodedItem | None
    text: TextVectors | None
    root_density: Floats | None


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
        place or time; `nearer_share` float64, the share of all crimes expected nearer than this pair by chance, 0 at
        one point and above 1 when far; `match_<item>` categorical; `overlap_<item>` float64 in [0, 1];
        `agreement_<item>` float64, nats, 0 where values differ; `gap_<column>` float64 in the column's unit;
        `crime_group_pair` categorical, levels `a:b`; `text_similarity` float64 in [0, 1]; NaN or the level `missing`
        where a crime lacks the value.

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
    require_columns(crimes, ("easting_m", "northing_m", *_TIMES, *spec.compared, *spec.numerical, *extra))
    start, end, local = (_microseconds(crimes[name], keep_clock=name == "committed_from_local") for name in _TIMES)
    n_reversed = int(np.sum((end < start) & (end != NOT_A_TIME)))
    if n_reversed:
        raise EvidenceError(
            f"committed_to_at: expected no crime that ends before it begins, got {n_reversed}; quarantine them first"
        )
    places = [_numbers(crimes[name]) for name in ("easting_m", "northing_m")]
    x, y = places if spec.distance == "projected" else np.radians(places)
    root_density = None
    if spec.crowding is not None:
        x_km, y_km = plane_km(places[0], places[1], spec.crowding.latitude_deg)
        root_density = np.sqrt(local_density(spec.crowding, x_km, y_km))
    return EncodedCrimes(
        events=events(x, y, start, end, local),
        items={item: encode_item(crimes[item]) for item in spec.compared},
        numbers={name: _numbers(crimes[name]) for name in spec.numerical},
        crime_group=encode_item(crimes["crime_group"]) if spec.crime_group else None,
        text=text_vectors(crimes[spec.text], spec.text_space) if spec.text and spec.text_space else None,
        root_density=root_density,
    )


def encoded_evidence(encoded: EncodedCrimes, first: Ints, second: Ints, spec: EvidenceSpec) -> pd.DataFrame:
    """Return the evidence of each pair of crimes that were encoded with this specification; see `pair_evidence`."""
    _check_encoded(encoded, spec)
    first, second = checked_positions(first, second, len(encoded.events.start))
    space_and_time = distances_and_gaps(encoded.events, first, second, spec.distance, spec.circular)
    columns: dict[str, object] = dict(zip(SPACE_AND_TIME, space_and_time, strict=True))
    if spec.crowding_km is not None and encoded.root_density is not None:
        columns[NEARER_SHARE] = nearer_shares(space_and_time[0], encoded.root_density, first, second)
    items = encoded.items
    columns |= {f"match_{item}": _match(items[item], first, second, spec, item) for item in spec.items}
    for item in spec.overlap:
        columns[f"overlap_{item}"] = overlaps(items[item], first, second, spec.rarity.get(item, {}))
    for item in spec.agreement:
        columns[f"agreement_{item}"] = agreements(items[item], first, second, spec.shares[item])
    for name in spec.numerical:
        columns[f"gap_{name}"] = np.abs(encoded.numbers[name][first] - encoded.numbers[name][second])
    if spec.crime_group and encoded.crime_group is not None:
        columns["crime_group_pair"] = value_pair_levels(encoded.crime_group, first, second, "crime_group")
    if spec.text and encoded.text is not None:
        columns["text_similarity"] = text_similarity(encoded.text, first, second)
    return pd.DataFrame(columns, copy=False)


def _check_encoded(encoded: EncodedCrimes, spec: EvidenceSpec) -> None:
    absent = [item for item in spec.compared if item not in encoded.items]
    absent += [name for name in spec.numerical if name not in encoded.numbers]
    absent += ["crime_group"] if spec.crime_group and encoded.crime_group is None else []
    absent += [spec.text] if spec.text and encoded.text is None else []
    absent += [NEARER_SHARE] if spec.crowding_km is not None and encoded.root_density is None else []
    if absent:
        raise EvidenceError(
            "encoded: expected crimes encoded with this specification, "
            f"got none of {', '.join(dict.fromkeys(absent))}; "
            "call encode_crimes with it"
        )


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


def checked_positions(first: Ints, second: Ints, n_crimes: int) -> tuple[Ints, Ints]:
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
