"""Crimes ready to be scored against each other: made from a table of crimes and a model, or from stored columns.

Both ways give the same log Bayes factors to the last bit; stored columns are ready within milliseconds.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from linkage.candidate_grid import half_microseconds
from linkage.candidates import LinkLimits, event_midpoints, group_numbers, ordered_crimes
from linkage.evidence import EvidenceSpec, pair_evidence
from linkage.pair_scores import LinkModel, PairScore, incident_numbers, pair_scorer
from linkage.score_kernel import scores_of_pairs
from linkage.space_time import Events, distances_and_gaps
from linkage.stored_columns import StoredColumns, crime_rows

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

PLACE_AND_TIME = ("easting_m", "northing_m", "committed_from_at", "committed_to_at", "committed_from_local")
_A_HAIR = 1 + 1e-9  # by which a first, coarse look is wider, lest rounding lose a crime at the limit


class PlacesAndTimes(NamedTuple):
    """Where and when crimes were, as limits measure it; one element a crime.

    Attributes
    ----------
    x_m, y_m : ndarray, float64
        Projected metres, NaN missing.
    midpoint : ndarray, int64
        Middle of the interval in half microseconds since 1970 (UTC).
    is_known : ndarray, bool
        Whether the crime has a place and a time.
    """

    x_m: Floats
    y_m: Floats
    midpoint: Ints
    is_known: Flags


class ComparableCrimes(NamedTuple):
    """Crimes in order of crime_id, with what it takes to score any pair of them.

    Attributes
    ----------
    where_and_when : PlacesAndTimes
        A crime without place or time is within no limit.
    block : callable
        Gives from limits a number a crime, int64 or int32, equal where two crimes may make a pair as far as their
        groups go.
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

    where_and_when: PlacesAndTimes
    block: Callable[[LinkLimits], npt.NDArray[np.signedinteger]]
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
    x_m, y_m = (crimes[name].to_numpy(dtype=np.float64, na_value=np.nan) for name in ("easting_m", "northing_m"))
    is_dated, midpoint = event_midpoints(crimes)
    ids = pd.Index(crimes["crime_id"])
    return ComparableCrimes(
        where_and_when=PlacesAndTimes(x_m, y_m, midpoint, np.isfinite(x_m) & np.isfinite(y_m) & is_dated),
        block=lambda limits: group_numbers(crimes, limits.across_groups),
        incident=incident_numbers(crimes),
        score=pair_scorer(crimes, model, spec),
        gaps=lambda first, second: place_and_time_gaps(crimes, first, second, spec).to_numpy().T,
        rows=lambda wanted: ids.get_indexer(pd.Index(wanted)).astype(np.int64),
        names=lambda rows: ids.take(rows).to_list(),
    )


def stored_crimes(stored: StoredColumns) -> ComparableCrimes:
    """Prepare stored columns; whether groups are crossed was decided when they were made."""
    columns, tables = stored.columns, stored.tables
    is_known = columns.is_placed & columns.is_dated
    return ComparableCrimes(
        where_and_when=PlacesAndTimes(columns.x_m, columns.y_m, columns.midpoint, is_known),
        block=lambda limits: columns.block,
        incident=columns.incident.astype(np.int64),
        score=lambda first, second: scores_of_pairs(tables, columns, first, second),
        gaps=lambda first, second: _stored_gaps(stored, first, second),
        rows=lambda wanted: crime_rows(stored.ids, wanted),
        names=stored.names,
    )


def rows_within_reach(ready: ComparableCrimes, members: Ints, limits: LinkLimits) -> Ints:
    """Return the rows of the crimes within the limits of a member, the members too, ascending.

    A sweep over all crimes for each member is quick enough for few.
    """
    x_m, y_m, midpoint, is_known = ready.where_and_when
    block = ready.block(limits)
    farthest_m, longest = limits.max_km * 1000.0, half_microseconds(limits.max_days)
    is_near = np.zeros(ready.n_crimes, dtype=np.bool_)
    for i in members[is_known[members]]:
        row = np.flatnonzero(np.abs(y_m - y_m[i]) <= farthest_m * _A_HAIR)
        row = row[is_known[row] & (block[row] == block[i]) & (np.abs(midpoint[row] - midpoint[i]) <= longest)]
        dx, dy = x_m[row] - x_m[i], y_m[row] - y_m[i]
        is_near[row[dx * dx + dy * dy <= farthest_m**2]] = True
    return np.flatnonzero(is_near)


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
