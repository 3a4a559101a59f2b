"""Crimes ready to be scored against each other: made from a table of crimes and a model, or from stored columns.

Both ways give the same log Bayes factors to the last bit; stored columns are ready within milliseconds.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from linkage.candidate_grid import half_microseconds
from linkage.candidates import LinkLimits, ordered_crimes
from linkage.crime_cells import PlacesAndTimes, places_and_times, places_and_times_of
from linkage.evidence import EvidenceSpec, pair_evidence
from linkage.missing_evidence import windows_in_time
from linkage.pair_scores import LinkModel, PairScore, incident_numbers, pair_scorer
from linkage.score_kernel import scores_of_pairs
from linkage.space_time import Events, distances_and_gaps
from linkage.stored_columns import StoredColumns, crime_rows

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Windows: TypeAlias = tuple[Ints, Ints, Ints, Ints]

PLACE_AND_TIME = ("easting_m", "northing_m", "committed_from_at", "committed_to_at", "committed_from_local")
_A_HAIR = 1 + 1e-9  # by which a first, coarse look is wider, lest rounding lose a crime at the limit


class ComparableCrimes(NamedTuple):
    """Crimes in order of crime_id, with what it takes to score any pair of them.

    Attributes
    ----------
    places : callable
        Gives from limits where and when crimes were, and who may make a pair as far as their groups go.
    windows : callable
        Gives likewise whom crimes without a place are compared with (`linkage.missing_evidence.windows_in_time`).
    incident : ndarray, shape (n_crimes,)
        -1 where nobody knows it.
    score : callable
        Gives the log Bayes factors of pairs from two int64 arrays of row positions.
    gaps : callable
        Gives likewise distance_km and gap_days, ndarray of shape (2, n_pairs).
    rows : callable
        Gives the row of each of some crime_ids, -1 where there is none.
    names : callable
        Gives the crime_id of each of some rows.
    """

    places: Callable[[LinkLimits], PlacesAndTimes]
    windows: Callable[[LinkLimits], Windows]
    incident: Ints
    score: PairScore
    gaps: Callable[[Ints, Ints], Floats]
    rows: Callable[[Sequence[str]], Ints]
    names: Callable[[Ints], Sequence[str]]

    @property
    def n_crimes(self) -> int:
        """How many there are."""
        return len(self.incident)


def comparable_crimes(crimes: pd.DataFrame, model: LinkModel, spec: EvidenceSpec) -> ComparableCrimes:
    """Prepare a table of crimes.

    Parameters
    ----------
    crimes : DataFrame
        One row a crime, in any order: crime_id, incident_id and what `linkage.evidence.pair_evidence` needs.
    model : LinkModel
    spec : EvidenceSpec

    Raises
    ------
    CrimeTableError, EvidenceError
        When crime_id is missing or repeated, or a column of the evidence is missing.
    """
    crimes = ordered_crimes(crimes)
    ids = pd.Index(crimes["crime_id"])

    def places(limits: LinkLimits) -> PlacesAndTimes:
        return places_and_times_of(crimes, limits.across_groups)

    return ComparableCrimes(
        places=places,
        windows=_remembered(places),
        incident=incident_numbers(crimes),
        score=pair_scorer(crimes, model, spec),
        gaps=lambda first, second: place_and_time_gaps(crimes, first, second, spec).to_numpy().T,
        rows=lambda wanted: ids.get_indexer(pd.Index(wanted)).astype(np.int64),
        names=lambda rows: ids.take(rows).to_list(),
    )


def stored_crimes(stored: StoredColumns) -> ComparableCrimes:
    """Prepare stored columns; whether groups are crossed was decided when they were made."""
    columns, tables = stored.columns, stored.tables

    def places(limits: LinkLimits) -> PlacesAndTimes:
        return places_and_times(columns)

    return ComparableCrimes(
        places=places,
        windows=_remembered(places),
        incident=columns.incident.astype(np.int64),
        score=lambda first, second: scores_of_pairs(tables, columns, first, second),
        gaps=lambda first, second: _stored_gaps(stored, first, second),
        rows=lambda wanted: crime_rows(stored.ids, wanted),
        names=stored.names,
    )


def _remembered(
    places: Callable[[LinkLimits], PlacesAndTimes],
) -> Callable[[LinkLimits], Windows]:
    """Return what gives the windows of limits, made once: all crimes are put in order of time for them."""
    return lru_cache(maxsize=2)(lambda limits: windows_in_time(places(limits), limits))


def rows_within_reach(ready: ComparableCrimes, members: Ints, limits: LinkLimits) -> Ints:
    """Return the rows of the crimes within the limits of a member, the members too, ascending.

    As in a refresh a member without a place, or without a time, meets the crimes nearest in what it has
    (`linkage.missing_evidence`), and one that has both meets besides those that have both the crimes without a place
    that it is near in time. Crimes without a time are among nobody's but each other's candidates here: to know whom
    they are nearest to would take too long. A sweep over all crimes for each member is quick enough for few.
    """
    places = ready.places(limits)
    is_near = np.zeros(ready.n_crimes, dtype=np.bool_)
    is_near[members] = True
    has_place, has_time = places.is_placed[members], places.is_dated[members]
    for i in members[has_place & has_time]:
        is_near[_within_both(places, int(i), limits)] = True
    for i in members[has_place & ~has_time]:
        is_near[_nearest_in_place(places, int(i), limits)] = True
    if has_time.any() and not places.is_placed[places.is_dated].all():
        row, own, low, high = ready.windows(limits)
        for i in members[has_time]:
            at = int(np.flatnonzero(row == i)[0])
            is_near[row[own[(low <= at) & (at < high)]]] = True
            if not places.is_placed[i]:
                (k,) = np.flatnonzero(own == at)
                is_near[row[low[k] : high[k]]] = True
    return np.flatnonzero(is_near)


def _within_both(places: PlacesAndTimes, i: int, limits: LinkLimits) -> Ints:
    y_m, midpoint, block = places.y_m, places.midpoint, places.block
    farthest_m, longest = limits.max_km * 1000.0, half_microseconds(limits.max_days)
    row = np.flatnonzero(np.abs(y_m - y_m[i]) <= farthest_m * _A_HAIR)
    is_known = places.is_placed[row] & places.is_dated[row]
    row = row[is_known & (block[row] == block[i]) & (np.abs(midpoint[row] - midpoint[i]) <= longest)]
    return row[_squared(places, row, i) <= farthest_m**2]


def _nearest_in_place(places: PlacesAndTimes, i: int, limits: LinkLimits) -> Ints:
    row = np.flatnonzero(places.is_placed & (places.block == places.block[i]))
    row = row[row != i]
    squared = _squared(places, row, i)
    row, squared = row[squared <= (limits.max_km * 1000.0) ** 2], squared[squared <= (limits.max_km * 1000.0) ** 2]
    return row[np.argsort(squared, kind="stable")[: limits.most_partners_of_incomplete]]


def _squared(places: PlacesAndTimes, row: Ints, i: int) -> Floats:
    dx, dy = places.x_m[row] - places.x_m[i], places.y_m[row] - places.y_m[i]
    return np.asarray(dx * dx + dy * dy)


def place_and_time_gaps(crimes: pd.DataFrame, first: Ints, second: Ints, spec: EvidenceSpec) -> pd.DataFrame:
    """Return distance_km and gap_days of a few pairs of row positions, as the evidence has them."""
    # Encoding all crimes for a few pairs would cost more than everything else.
    both = crimes[list(PLACE_AND_TIME)].take(np.concatenate([first, second])).reset_index(drop=True)
    place = np.arange(len(first))
    evidence = pair_evidence(both, place, place + len(first), EvidenceSpec(items=(), distance=spec.distance))
    return evidence[["distance_km", "gap_days"]]


def _stored_gaps(stored: StoredColumns, first: Ints, second: Ints) -> Floats:
    both = np.concatenate([first, second])
    chosen = Events(*(getattr(stored.columns, name).take(both) for name in Events._fields))
    place = np.arange(len(first))
    distance = "great-circle" if stored.tables.great_circle else "projected"
    return distances_and_gaps(chosen, place, place + len(first), distance, "exact")[:2]
