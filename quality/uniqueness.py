"""Crimes that may have been recorded twice.

One night of car break-ins is many crimes of one incident, so the same street in the same night is no reason to
suspect a duplicate. Two records are suspected only where they agree in everything that describes the crime: crime
group, the whole interval, the point, attempt, premises, every MO value and every row of property; and only where
that says something: at least three values were recorded, six where either time or place is rough or a default, nine
where both are. What was reported, recorded and captured when and by whom may differ. A suspicion is there to be
looked at; nothing is ever deleted.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from quality.frame_columns import moments, require_columns
from quality.judged import Judged
from quality.mo_rows import MoRows, distinct, positions

LEAST_VALUES = 3
_AGREE = (
    *("crime_group", "offence_code", "is_attempt", "premises_type", "location_precision"),
    *("committed_from_at", "committed_to_at", "easting_m", "northing_m"),
)
_PROPERTY = ("property_class", "quantity", "value_pence", "status")


def duplicates(
    crimes: pd.DataFrame, rows: MoRows, properties: pd.DataFrame, is_known: np.ndarray, n_vague: np.ndarray
) -> Judged:
    """Judge whether each crime agrees in everything with one that was recorded before it.

    Parameters
    ----------
    crimes
        Staged crimes of the whole force, sorted by crime_id.
    rows
        The crimes' MO rows.
    properties
        Staged properties (crime_id, property_class, quantity, value_pence, status); columns that are absent are
        not compared.
    is_known
        Bool array (n,): time and place are known.
    n_vague
        Int array (n,): how many of time and place (0 to 2) are rough or a default.

    Returns
    -------
    Judged
        Every crime but the first recorded (then the first by crime_id) of those that agree breaks the rule.
    """
    require_columns(crimes, ("crime_id", "crime_group", "recorded_at"), "stg_crimes")
    judged = is_known & crimes["crime_group"].notna().to_numpy()
    agree = [name for name in _AGREE if name in crimes.columns]
    shared = crimes.loc[judged, agree].duplicated(keep=False).to_numpy()
    candidates = np.flatnonzero(judged)[shared]
    broken = np.zeros(len(crimes), dtype=bool)
    if len(candidates):
        number = np.full(len(crimes), -1)
        number[candidates] = np.arange(len(candidates))
        told = _told(crimes.iloc[candidates], rows, properties, number)
        enough = told.n_values >= LEAST_VALUES * (1 + n_vague[candidates])
        kept = candidates[enough]
        broken[kept] = _later_records(crimes.iloc[kept], agree, told.signature[enough])
    return Judged(judged, {"duplicate_crime": broken})


class Said(NamedTuple):
    """What was said of each candidate: a number that is equal where the same was said (uint64), and how much."""

    signature: np.ndarray
    n_values: np.ndarray


def _later_records(crimes: pd.DataFrame, agree: list[str], signature: np.ndarray) -> np.ndarray:
    """Return which of the crimes agree with one recorded earlier (bool, one entry a crime)."""
    compared = crimes[agree].assign(
        signature=signature, recorded_at=moments(crimes["recorded_at"]), number=np.arange(len(crimes))
    )
    # the crimes stand in the order of crime_id, which a stable sort keeps among records of one moment
    ordered = compared.sort_values("recorded_at", kind="stable", na_position="last")
    later = np.zeros(len(crimes), dtype=bool)
    later[ordered["number"].to_numpy()] = ordered.duplicated([*agree, "signature"]).to_numpy()
    return later


def _told(crimes: pd.DataFrame, rows: MoRows, properties: pd.DataFrame, candidate: np.ndarray) -> Said:
    mo, owned = _mo_said(rows, candidate, len(crimes)), _property_said(properties, crimes)
    # what is owned is scrambled once more, so that it cannot make up for what the MO lacks
    return Said(mo.signature + owned.signature * np.uint64(0x9E3779B97F4A7C15), mo.n_values + owned.n_values)


def _mo_said(rows: MoRows, candidate: np.ndarray, n: int) -> Said:
    # no row and `not_recorded` say the same: nothing
    kept = np.flatnonzero((candidate[rows.crime] >= 0) & ~rows.holds(("not_recorded",)))
    n_codes = len(rows.value_codes) + 1
    code = rows.item[kept] * n_codes + rows.value[kept] + 1
    said = distinct(candidate[rows.crime[kept]] * len(rows.item_codes) * n_codes + code)
    crime, code = np.divmod(said, len(rows.item_codes) * n_codes)
    valid = kept[rows.is_valid[kept]]
    return Said(_summed(crime, code, n), np.bincount(candidate[rows.crime[valid]], minlength=n))


def _property_said(properties: pd.DataFrame, crimes: pd.DataFrame) -> Said:
    crime = positions(pd.Index(crimes["crime_id"]), properties["crime_id"])
    kept = crime >= 0
    told = properties.loc[kept, [name for name in _PROPERTY if name in properties.columns]]
    code = told.groupby(list(told.columns), dropna=False, sort=False, observed=True).ngroup().to_numpy()
    return Said(_summed(crime[kept], code, len(crimes)), np.bincount(crime[kept], minlength=len(crimes)))


def _summed(crime: np.ndarray, code: np.ndarray, n: int) -> np.ndarray:
    """Add up one scrambled number for each code of a crime: equal for equal codes in whatever order."""
    scrambled = code.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        scrambled = (scrambled ^ (scrambled >> np.uint64(shift))) * np.uint64(factor)
    total = np.zeros(n, dtype=np.uint64)
    np.add.at(total, crime, scrambled ^ (scrambled >> np.uint64(31)))
    return total
