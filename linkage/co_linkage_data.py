"""The crimes that co-linkage judges jointly: which ones, and as which arrays."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from linkage.co_linkage_clock import N_BINS, bin_overlap, day_share
from linkage.co_linkage_evidence import CoLinkageError, CoLinkageEvidence
from linkage.co_linkage_state import BoolArray, CrimeArrays, FloatArray, IntArray

__all__ = ["CoLinkageData", "CoLinkageError", "CoLinkageEvidence", "co_linkage_data"]

_SECONDS_A_DAY = 86_400.0


@dataclass(frozen=True)
class CoLinkageData:
    """Crimes sorted by identifier, ready for the sampler.

    Parameters
    ----------
    crime_ids
        Identifier of each row of ``arrays``, ascending.
    groups
        Label of each known group; its position is the group's cluster number.
    evidence
        The kinds of evidence that ``arrays`` hold.
    levels
        Codes of each categorical item, in the order in which ``arrays.codes`` stacks them.
    level_counts, missing_counts
        How many crimes record each stacked level, and how many record none of an item's.
    value_names
        Values of each multi-valued item, in the order in which ``arrays.values_held`` stacks them.
    value_counts, recorded_counts
        How many crimes hold each stacked value, and how many record its item at all.
    clock_counts
        How many crimes fall into each bin of the day, a window shared out by overlap.
    time_origin
        Moment that is day 0: the earliest end of any window.
    arrays
        The crimes in metres and days.
    """

    crime_ids: NDArray[np.object_]
    groups: tuple[str, ...]
    evidence: CoLinkageEvidence
    levels: tuple[tuple[str, ...], ...]
    level_counts: FloatArray
    missing_counts: FloatArray
    value_names: tuple[tuple[str, ...], ...]
    value_counts: FloatArray
    recorded_counts: FloatArray
    clock_counts: FloatArray
    time_origin: pd.Timestamp
    arrays: CrimeArrays

    @property
    def items(self) -> tuple[str, ...]:
        """Categorical items of one value."""
        return self.evidence.items

    @property
    def unsolved_ids(self) -> NDArray[np.object_]:
        """Identifiers of the crimes whose offender is sought, ascending."""
        return self.crime_ids[self.arrays.unsolved]


def co_linkage_data(crimes: pd.DataFrame, groups: Sequence[object], evidence: CoLinkageEvidence) -> CoLinkageData:
    """Turn crimes and the known groups of the solved ones into the sampler's arrays.

    Space is in metres and time in days. A time known only within a window stays a window; a window with one end
    missing is open there; a crime without place, time, feature or item value counts as missing at random.

    Parameters
    ----------
    crimes
        One row a crime: crime_id and the columns that the evidence names.
    groups
        For each row the label of its known group, or None for an unsolved crime.
    evidence
        The kinds of evidence to use.

    Raises
    ------
    CoLinkageError
        If a column is absent, an identifier repeats, a window ends before it starts, a feature is infinite or
        lengths differ.
    """
    _check(crimes, groups, evidence)
    order = np.argsort(crimes["crime_id"].to_numpy(dtype=object), kind="stable")
    ordered = crimes.iloc[order]
    known = _objects([_as_one_value(group) for group in groups])[order]
    group_labels, known_cluster = _groups_by_appearance(known)
    codes, levels = _stacked_codes(ordered, evidence.items)
    values_held, has_values, values = _stacked_values(ordered, evidence.multi_valued_items)
    origin, from_days, to_days, has_time, clock = _times(ordered, evidence)
    place_m = _place(ordered, evidence)
    item_of_level, item_of_value = _owner(levels), _owner(values)
    arrays = CrimeArrays(
        place_m=place_m,
        has_place=np.asarray(np.isfinite(place_m).all(axis=1), dtype=bool),
        from_days=from_days,
        to_days=to_days,
        has_time=has_time,
        codes=codes,
        item_of_level=item_of_level,
        known_cluster=known_cluster,
        unsolved=np.flatnonzero(known_cluster < 0).astype(np.int64),
        n_known=len(group_labels),
        features=_features(ordered, evidence.features),
        values_held=values_held,
        has_values=has_values,
        item_of_value=item_of_value,
        clock=clock,
    )
    return CoLinkageData(
        crime_ids=ordered["crime_id"].to_numpy(dtype=object),
        groups=group_labels,
        evidence=evidence,
        levels=levels,
        level_counts=np.bincount(codes[codes >= 0], minlength=item_of_level.size).astype(np.float64),
        missing_counts=(codes < 0).sum(axis=0).astype(np.float64),
        value_names=values,
        value_counts=values_held.sum(axis=0).astype(np.float64),
        recorded_counts=has_values.sum(axis=0).astype(np.float64),
        clock_counts=bin_overlap(from_days, to_days, clock).sum(axis=0) if evidence.time_of_day else np.zeros(N_BINS),
        time_origin=origin,
        arrays=arrays,
    )


def _check(crimes: pd.DataFrame, groups: Sequence[object], evidence: CoLinkageEvidence) -> None:
    if not isinstance(evidence, CoLinkageEvidence):
        raise CoLinkageError(
            f"evidence: expected CoLinkageEvidence, got {type(evidence).__name__}; items are named by "
            "CoLinkageEvidence(items=(...))"
        )
    absent = [name for name in ("crime_id", *evidence.columns) if name not in crimes.columns]
    if absent:
        raise CoLinkageError(f"crimes: columns {absent} are absent; add them or leave them out of the evidence")
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
    if evidence.time or evidence.time_of_day:
        n_reversed = int((crimes["committed_to_at"] < crimes["committed_from_at"]).sum())
        if n_reversed:
            raise CoLinkageError(
                f"crimes: committed_to_at is before committed_from_at in {n_reversed} rows; correct or drop them"
            )
    for name in evidence.features:
        if np.isinf(crimes[name].to_numpy(dtype=np.float64, na_value=np.nan)).any():
            raise CoLinkageError(f"crimes: {name} holds infinite values; give NaN where it is not known")


def _place(crimes: pd.DataFrame, evidence: CoLinkageEvidence) -> FloatArray:
    if not evidence.place:
        return np.full((len(crimes), 2), np.nan)
    # One memory layout whatever the frame's, or every layout would compile kernels of its own.
    return np.ascontiguousarray(crimes[["easting_m", "northing_m"]].to_numpy(dtype=np.float64, copy=True))


def _features(crimes: pd.DataFrame, names: Sequence[str]) -> FloatArray:
    values = np.empty((len(names), len(crimes)))
    for row, name in enumerate(names):
        values[row] = crimes[name].to_numpy(dtype=np.float64, na_value=np.nan)
    return values


def _times(
    crimes: pd.DataFrame, evidence: CoLinkageEvidence
) -> tuple[pd.Timestamp, FloatArray, FloatArray, BoolArray, FloatArray]:
    """Return the origin, windows, which crimes have a time, and the share of the day; a window unused is empty."""
    n, clock = len(crimes), np.full(len(crimes), np.nan)
    if not (evidence.time or evidence.time_of_day):
        return pd.Timestamp(0), np.zeros(n), np.zeros(n), np.zeros(n, dtype=bool), clock
    origin, from_days, to_days, has_time = _windows(crimes)
    if evidence.time_of_day:
        clock = np.where(has_time, day_share(crimes, from_days, to_days), np.nan)
    if not evidence.time:
        has_time = np.zeros(n, dtype=bool)
        from_days[np.isnan(clock)] = to_days[np.isnan(clock)] = 0.0
    return origin, from_days, to_days, has_time, clock


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


def _owner(levels: tuple[tuple[str, ...], ...]) -> IntArray:
    """Return to which item each stacked level belongs."""
    return np.repeat(np.arange(len(levels)), [len(each) for each in levels]).astype(np.int64)


def _stacked_values(
    crimes: pd.DataFrame, items: Sequence[str]
) -> tuple[BoolArray, BoolArray, tuple[tuple[str, ...], ...]]:
    """Return which stacked values each crime holds, which items it records, and the values of each item."""
    held: list[BoolArray] = []
    values: list[tuple[str, ...]] = []
    for item in items:
        sets = [_as_values(cell) for cell in crimes[item]]
        found = tuple(sorted(set().union(*sets)))
        held.append(np.array([[value in each for value in found] for each in sets], bool).reshape(len(sets), -1))
        values.append(found)
    has_values = np.array([each.any(axis=1) for each in held], bool).reshape(len(items), len(crimes)).T
    stacked = np.concatenate([np.zeros((len(crimes), 0), bool), *held], axis=1)
    return np.ascontiguousarray(stacked), np.ascontiguousarray(has_values), tuple(values)


def _as_values(cell: object) -> set[str]:
    if isinstance(cell, tuple | list | set | frozenset):
        return {str(value) for value in cell}
    value = _as_one_value(cell)
    return set() if value is None else {value}


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
