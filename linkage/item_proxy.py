"""Whether an item tells about the offender or only about the place: its weight when values come from crimes near by.

Each solved crime's value is dealt anew from crimes of the same crime group near it in place and month, of other
offenders as far as they are known. Linked pairs are near each other, so an item that only says which kind of place it
was, or who takes reports there, keeps its weight; one that says how the offender works loses it. Beats and officers
are no evidence and are not looked at.
"""

import numpy as np
import numpy.typing as npt

from linkage.candidates import event_midpoints, incidents_known_apart
from linkage.item_evidence import Codes
from linkage.item_information import evidence_weight, level_shares
from linkage.item_levels import N_LEVELS, UNCOMPARED, pair_levels
from linkage.item_pairs import UNSOLVED, ItemPairs

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

KM_LIKE_A_MONTH = 2.0
"""A crime two kilometres away is as near as one a month away."""

DAY = 2 * 86_400_000_000  # half microseconds
N_DONORS, N_LOOKED_AT = 10, 40
_PLACE = ("easting_m", "northing_m")
LEAST_WEIGHT = 0.02
"""Nats; below it an item has no weight whose origin could be asked for."""


def place_weight(pairs: ItemPairs, item: str, rng: np.random.Generator, n_shuffles: int = 20) -> float:
    """Return D1 of an item when values are dealt anew among crimes near in place and month, in nats.

    It still holds what chance gives (`ItemInformation.chance_weight`), and unknown crimes of the same offender among
    those near by raise it: an upper bound of what is due to the place. NaN where no linked pair can be compared.
    """
    encoded, grades = pairs.items[item], pairs.grades[item]
    donors = _donors(pairs, encoded.code)
    anyone = pair_levels(encoded, grades, pairs.anyone.first, pairs.anyone.second)
    n_anyone = np.bincount(anyone[anyone >= 0], minlength=N_LEVELS).astype(np.float64)
    found = []
    for _ in range(n_shuffles):
        donor = _one_each(donors, rng)
        code = np.where(donor >= 0, encoded.code[donor], UNCOMPARED).astype(np.int32)
        levels = pair_levels(encoded, grades, pairs.linked.first, pairs.linked.second, code)
        both = (levels >= 0) & _come_apart(donor[pairs.linked.first], donor[pairs.linked.second], pairs)
        n_linked = np.bincount(levels[both], weights=pairs.linked.weight[both], minlength=N_LEVELS)
        if both.any() and n_anyone.any():
            found.append(evidence_weight(level_shares(n_linked.astype(np.float64), n_anyone)))
    return float(np.mean(found)) if found else np.nan


def place_share(weight: float, chance: float, at_place: float) -> float:
    """Return the share of an item's weight that its place gives; 0 where less than nothing remains.

    Parameters
    ----------
    weight : float
        Evidence weight, less that of chance.
    chance : float
        Weight of values dealt anew among all solved crimes.
    at_place : float
        Of `place_weight`.
    """
    if not weight >= LEAST_WEIGHT or np.isnan(at_place):
        return np.nan
    return max(0.0, (at_place - chance) / weight)


def _donors(pairs: ItemPairs, code: Codes) -> Ints:
    """Return the rows of up to `N_DONORS` crimes near each solved crime, -1 for none; shape (n_crimes, N_DONORS)."""
    from scipy.spatial import cKDTree

    out = np.full((len(code), N_DONORS), -1, dtype=np.int64)
    dated, midpoint = event_midpoints(pairs.crimes)
    x_km, y_km = (pairs.crimes[name].to_numpy(dtype=np.float64, na_value=np.nan) / 1000 for name in _PLACE)
    place = np.column_stack([x_km, y_km, midpoint / DAY * (KM_LIKE_A_MONTH / 30.0)])
    recorded = np.flatnonzero((code >= 0) & dated & np.isfinite(x_km) & np.isfinite(y_km))
    asked = recorded[pairs.offenders[recorded] != UNSOLVED]
    if not len(asked):
        return out
    n_looked_at = min(N_LOOKED_AT, len(recorded))
    near = recorded[cKDTree(place[recorded]).query(place[asked], n_looked_at)[1].reshape(len(asked), n_looked_at)]
    incident = incidents_known_apart(pairs.crimes)
    other = (pairs.offenders[near] != pairs.offenders[asked][:, None]) & (incident[near] != incident[asked][:, None])
    order = np.argsort(~other, axis=1, kind="stable")[:, :N_DONORS]
    chosen = np.where(np.take_along_axis(other, order, axis=1), np.take_along_axis(near, order, axis=1), -1)
    out[asked[:, None], np.arange(order.shape[1])] = chosen
    return out


def _come_apart(first: Ints, second: Ints, pairs: ItemPairs) -> Flags:
    """Tell which donors are two crimes of two incidents and, as far as is known, of two offenders.

    One donor for both crimes would agree with itself, and two of one offender as offenders do.
    """
    incident, known = incidents_known_apart(pairs.crimes), pairs.offenders
    one_offender = (known[first] == known[second]) & (known[first] != UNSOLVED)
    return (first != second) & (incident[first] != incident[second]) & ~one_offender


def _one_each(donors: Ints, rng: np.random.Generator) -> Ints:
    n = (donors >= 0).sum(axis=1)
    place = (rng.random(len(donors)) * np.maximum(n, 1)).astype(np.int64)
    return donors[np.arange(len(donors)), place]
