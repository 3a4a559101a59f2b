"""What the victim can say about the time: intervals from last secure to first found, and when it was reported."""

from typing import NamedTuple

import numpy as np

from intake.demo.crimes import Crimes
from intake.demo.settings import EXTRACT_DAY, MINUTES_A_DAY

EXACT, SHORT, DAY, NIGHT, LONG = range(5)
"""Kinds of interval: to the minute, under an hour or three, a working day, overnight, several days."""

KIND_SHARE = np.array(
    [
        [0.14, 0.20, 0.34, 0.22, 0.10],
        [0.84, 0.16, 0.00, 0.00, 0.00],
        [0.38, 0.60, 0.02, 0.00, 0.00],
        [0.08, 0.12, 0.12, 0.63, 0.05],
        [0.12, 0.10, 0.10, 0.64, 0.04],
        [0.14, 0.12, 0.10, 0.60, 0.04],
    ]
)
"""Share of each kind of interval, by crime group."""

REPORT_HOURS = np.array([3.0, 1.2, 9.0, 8.0, 2.5, 14.0])
"""Mean hours from finding to reporting, by crime group."""


class Stamps(NamedTuple):
    """Times as recorded: minutes of local civil time from the first day, int64, one a crime.

    Attributes
    ----------
    committed_from, committed_to : equal when the time is known to the minute
    reported, recorded, updated : in this order, all before the extract was made
    """

    committed_from: np.ndarray
    committed_to: np.ndarray
    reported: np.ndarray
    recorded: np.ndarray
    updated: np.ndarray


def record_times(crimes: Crimes, rng: np.random.Generator) -> Stamps:
    """Give each crime the interval that would be recorded, and its later stamps.

    Parameters
    ----------
    crimes : Crimes
        True minutes and crime groups.
    rng : numpy.random.Generator
        Source of chance.

    Returns
    -------
    Stamps
        committed_from <= true minute <= committed_to, but for rounding to five minutes.
    """
    n = len(crimes.minute)
    kind = (np.cumsum(KIND_SHARE, axis=1)[crimes.group] < rng.random(n)[:, None]).sum(axis=1)
    kind = np.minimum(kind, LONG)
    kind = _shared_by_incident(kind, crimes.incident)
    # Several vehicles in a street are found in the morning, each by its own keeper: nobody saw the minute.
    kind = np.where((np.bincount(crimes.incident)[crimes.incident] > 1) & (kind == EXACT), SHORT, kind)
    before, after = _margins(crimes.minute, kind, rng)
    begin = _round(crimes.minute - before)
    end = np.maximum(_round(crimes.minute + after), begin)
    begin = civil_minute(np.where(kind == EXACT, end, begin))
    end = np.maximum(civil_minute(end), begin)
    latest = EXTRACT_DAY * MINUTES_A_DAY - 1
    reported = np.minimum(end + 3 + rng.exponential(REPORT_HOURS[crimes.group] * 60).astype(np.int64), latest)
    recorded = np.minimum(reported + 5 + rng.exponential(240.0, n).astype(np.int64), latest)
    updated = np.minimum(recorded + rng.gamma(1.2, 40.0 * MINUTES_A_DAY, n).astype(np.int64), latest)
    stamps = [begin, end]
    for later in (reported, recorded, updated):
        stamps.append(np.maximum(civil_minute(later), stamps[-1]))
    return Stamps(*stamps)


def _shared_by_incident(kind: np.ndarray, incident: np.ndarray) -> np.ndarray:
    """Let every crime of an incident have the kind of interval of one of them."""
    shared = np.zeros(int(incident.max()) + 1, dtype=kind.dtype)
    shared[incident] = kind
    return shared[incident]


def _margins(minute: np.ndarray, kind: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return how long before and after the crime the victim last and next looked, in minutes."""
    n = len(minute)
    since_noon = (minute - 720) % MINUTES_A_DAY
    night_from = since_noon - rng.uniform(5.2, 11.0, n) * 60
    night_to = rng.uniform(18.0, 21.5, n) * 60 - since_noon
    scale = np.array([0.0, 25.0, 220.0, 0.0, 3_400.0])[kind]
    before, after = rng.exponential(1.0, n) * scale + 5, rng.exponential(1.0, n) * scale + 5
    before = np.where(kind == NIGHT, np.where(night_from > 0, night_from, before + 30), before)
    after = np.where(kind == NIGHT, np.where(night_to > 0, night_to, after + 30), after)
    exact = kind == EXACT
    limit = 21.0 * MINUTES_A_DAY
    return np.where(exact, 0.0, np.minimum(before, limit)), np.where(exact, 0.0, np.minimum(after, limit))


def _round(minute: np.ndarray) -> np.ndarray:
    """Round to five minutes, as people do; nothing lies before the first day."""
    return np.maximum((np.floor(np.asarray(minute) / 5.0 + 0.5) * 5).astype(np.int64), 0)


def civil_minute(minute: np.ndarray) -> np.ndarray:
    """Move stamps out of the hour that the spring change of clocks skips (01:00 to 02:00), an hour on.

    Parameters
    ----------
    minute : int64 array (n,)
        Minutes from the first day.

    Returns
    -------
    int64 array (n,); two stamps within an hour of each other may change places.
    """
    spring = np.array(["2023-03-26", "2024-03-31", "2025-03-30"], dtype="datetime64[D]")
    skipped = (spring - np.datetime64("2023-01-01")).astype(np.int64) * MINUTES_A_DAY + 60
    place = np.searchsorted(skipped, minute, side="right") - 1
    start = skipped[np.maximum(place, 0)]
    return np.where((place >= 0) & (minute < start + 60), minute + 60, minute)
