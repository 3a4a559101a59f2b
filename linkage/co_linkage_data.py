"""The crimes that co-linkage judges jointly: which ones, and as which arrays."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from linkage.co_linkage_state import BoolArray, CrimeArrays, FloatArray, IntArray

_SECONDS_A_DAY = 86_400.0


class CoLinkageError(ValueError):
    """Co-linkage was asked for something that its data or settings cannot give."""


@dataclass(frozen=True)
class CoLinkageData:
    """Crimes sorted by identifier, ready for the sampler.

    Parameters
    ----------
    crime_ids
        Identifier of each row of ``arrays``, ascending.
    groups
        Label of each known group; its position is the group's cluster number.
    items, levels
        Categorical items and their codes, in the order in which ``arrays.codes`` stacks them.
    level_counts, missing_counts
        How many crimes record each stacked level, and how many record none of an item's.
    time_origin
        Moment that is day 0: the earliest end of any window.
    arrays
        The crimes in metres and days.
    """

    crime_ids: NDArray[np.object_]
    groups: tuple[str, ...]
    items: tuple[str, ...]
    levels: tuple[tuple[str, ...], ...]
    level_counts: FloatArray
    missing_counts: FloatArray
    time_origin: pd.Timestamp
    arrays: CrimeArrays

    @property
    def unsolved_ids(self) -> NDArray[np.object_]:
        """Identifiers of the crimes whose offender is sought, ascending."""
        return self.crime_ids[self.arrays.unsolved]


def co_linkage_data(crimes: pd.DataFrame, groups: Sequence[object], items: Sequence[str]) -> CoLinkageData:
    """Turn crimes and the known groups of the solved ones into the sampler's arrays.

    Space is in metres and time in days. A time known only within a window stays a window; a window with one end
    missing is open there; a crime without place, time or item value counts as missing at random. Several values
    of one item (a tuple) count as one value, their combination.

    Parameters
    ----------
    crimes
        One row a crime: crime_id, easting_m, northing_m, committed_from_at, committed_to_at and the items.
    groups
        For each row the label of its known group, or None for an unsolved crime.
    items
        Columns that hold categorical values.

    Raises
    ------
    CoLinkageError
        If a column is absent, an identifier repeats, a window ends before it starts, or lengths differ.
    """
    _check(crimes, groups, items)
    order = np.argsort(crimes["crime_id"].to_numpy(dtype=object), kind="stable")
    ordered = crimes.iloc[order]
    known = _objects([_as_one_value(group) for group in groups])[order]
    group_labels, known_cluster = _groups_by_appearance(known)
    codes, levels = _stacked_codes(ordered, items)
    item_of_level = np.repeat(np.arange(len(levels)), [len(each) for each in levels])
    # One memory layout whatever the frame's, or every layout would compile kernels of its own.
    place_m = np.ascontiguousarray(ordered[["easting_m", "northing_m"]].to_numpy(dtype=np.float64, copy=True))
    origin, from_days, to_days, has_time = _windows(ordered)
    return CoLinkageData(
        crime_ids=ordered["crime_id"].to_numpy(dtype=object),
        groups=group_labels,
        items=tuple(items),
        levels=levels,
        level_counts=np.bincount(codes[codes >= 0], minlength=item_of_level.size).astype(np.float64),
        missing_counts=(codes < 0).sum(axis=0).astype(np.float64),
        time_origin=origin,
        arrays=CrimeArrays(
            place_m=place_m,
            has_place=np.isfinite(place_m).all(axis=1),
            from_days=from_days,
            to_days=to_days,
            has_time=has_time,
            codes=codes,
            item_of_level=item_of_level.astype(np.int64),
            known_cluster=known_cluster,
            unsolved=np.flatnonzero(known_cluster < 0).astype(np.int64),
            n_known=len(group_labels),
        ),
    )


def _check(crimes: pd.DataFrame, groups: Sequence[object], items: Sequence[str]) -> None:
    needed = ["crime_id", "easting_m", "northing_m", "committed_from_at", "committed_to_at", *items]
    absent = [name for name in needed if name not in crimes.columns]
    if absent:
        raise CoLinkageError(f"crimes: columns {absent} are absent; add them or leave the items out")
    if len(crimes) == 0:
        raise CoLinkageError("crimes: expected at least one crime, got none; skip co-linkage for this refresh")
    if len(groups) != len(crimes):
        raise CoLinkageError(
            f"groups: expected one entry for each of {len(crimes)} crimes, got {len(groups)}; "
            "give None for an unsolved crime"
        )
    n_repeated = int(crimes["crime_id"].duplicated().sum())
    if n_repeated:
        raise CoLinkageError(f"crimes: {n_repeated} crime_id repeat an earlier row; keep one row a crime")
    n_reversed = int((crimes["committed_to_at"] < crimes["committed_from_at"]).sum())
    if n_reversed:
        raise CoLinkageError(
            f"crimes: committed_to_at is before committed_from_at in {n_reversed} rows; correct or drop them"
        )


def _groups_by_appearance(known: NDArray[np.object_]) -> tuple[tuple[str, ...], IntArray]:
    """Give groups their number by their first crime, so that renaming a group changes no draw."""
    codes, labels = pd.factorize(known)
    return tuple(labels), codes.astype(np.int64)


def _stacked_codes(crimes: pd.DataFrame, items: Sequence[str]) -> tuple[IntArray, tuple[tuple[str, ...], ...]]:
    codes = np.empty((len(crimes), len(items)), np.int64)
    levels: list[tuple[str, ...]] = []
    n_before = 0
    for column, item in enumerate(items):
        values = _objects([_as_one_value(value) for value in crimes[item]])
        numbers, found = pd.factorize(values, sort=True)
        codes[:, column] = np.where(numbers < 0, -1, numbers + n_before)
        levels.append(tuple(found))
        n_before += len(found)
    return codes, tuple(levels)


def _as_one_value(value: object) -> str | None:
    if isinstance(value, tuple):
        return "+".join(sorted(map(str, value))) or None
    # Only missing values differ from themselves or have no answer to that (NaN, NaT, pandas.NA).
    return None if value is None or value is pd.NA or value != value else str(value)


def _objects(values: list[str | None]) -> NDArray[np.object_]:
    held = np.empty(len(values), dtype=np.object_)
    held[:] = values
    return held


def _windows(crimes: pd.DataFrame) -> tuple[pd.Timestamp, FloatArray, FloatArray, BoolArray]:
    """Windows in days since the earliest end; an absent end is infinite, a crime without both has no time."""
    starts, ends = crimes["committed_from_at"], crimes["committed_to_at"]
    known_ends = pd.concat([starts, ends]).dropna()
    origin = known_ends.min() if len(known_ends) else pd.Timestamp(0)
    has_time = (starts.notna() | ends.notna()).to_numpy(dtype=bool, copy=True)
    from_days, to_days = _days(starts - origin), _days(ends - origin)
    from_days[np.isnan(from_days)] = -np.inf
    to_days[np.isnan(to_days)] = np.inf
    from_days[~has_time] = to_days[~has_time] = 0.0
    return origin, from_days, to_days, has_time


def _days(since_origin: pd.Series) -> FloatArray:
    return (since_origin.dt.total_seconds() / _SECONDS_A_DAY).to_numpy(dtype=np.float64, copy=True)
