"""The calendar of each crime group: season and trend, days of the week, hours of the day.

Figures are plausible, not measured; columns follow CRIME_GROUPS.
"""

import numpy as np

from intake.demo.settings import CRIME_GROUPS, FIRST_DAY, N_DAYS

FIRST_WEEKDAY = int((FIRST_DAY.astype("datetime64[D]").astype(np.int64) + 3) % 7)  # 1970-01-01 was a Thursday

YEARLY_TREND = np.array([-0.07, 0.02, 0.05, -0.09, 0.04, -0.04])
WINTER_SWING = np.array([0.22, 0.08, 0.04, 0.12, 0.06, 0.10])
"""Half the difference between midwinter and midsummer, relative to the mean."""

WEEKDAY_SHARE = np.array(
    [
        [14, 14, 14, 15, 17, 14, 12],
        [13, 13, 13, 14, 16, 17, 14],
        [10, 11, 12, 14, 18, 22, 13],
        [15, 14, 14, 14, 14, 15, 14],
        [15, 15, 15, 14, 14, 13, 14],
        [14, 14, 14, 14, 14, 16, 14],
    ],
    dtype=np.float64,
)

HOURS: dict[str, tuple[tuple[float, float, float], ...]] = {
    "burglary_residential": ((0.38, 12.5, 2.2), (0.36, 19.5, 1.8), (0.26, 26.5, 1.6)),
    "robbery_personal": ((0.25, 16.0, 1.3), (0.45, 20.5, 2.0), (0.30, 25.0, 1.8)),
    "theft_from_person": ((0.45, 14.5, 2.4), (0.20, 19.0, 1.5), (0.35, 24.5, 1.5)),
    "theft_from_vehicle": ((0.72, 26.5, 1.9), (0.16, 20.5, 1.4), (0.12, 13.5, 2.4)),
    "theft_of_vehicle": ((0.70, 26.8, 1.6), (0.18, 21.0, 1.5), (0.12, 12.0, 2.5)),
    "vehicle_interference": ((0.80, 26.5, 1.7), (0.20, 21.0, 1.6)),
}
"""Parts of a group's day: share, mean hour (beyond 24 is after midnight), standard deviation in hours."""


def season_days(day: np.ndarray, group: np.ndarray) -> np.ndarray:
    """Bend days so that each group has its own trend and season.

    Parameters
    ----------
    day : float64 array (n,)
        Days from the first day, spread evenly.
    group : int64 array (n,)
        Crime groups.

    Returns
    -------
    float64 array (n,), days in [0, N_DAYS), in the same order within a group.
    """
    bent = np.empty(len(day))
    days = np.arange(N_DAYS) + 0.5
    for number in range(len(CRIME_GROUPS)):
        weight = 1.0 + WINTER_SWING[number] * np.cos(2 * np.pi * (days - 5) / 365.25)
        weight = weight * (1.0 + YEARLY_TREND[number] * days / 365.25)
        cumulative = np.concatenate([[0.0], np.cumsum(weight)])
        rows = group == number
        bent[rows] = np.interp(day[rows] / N_DAYS * cumulative[-1], cumulative, np.arange(N_DAYS + 1.0))
    return np.clip(bent, 0.0, N_DAYS - 1e-6)


def to_weekday(day: np.ndarray, weekday: np.ndarray) -> np.ndarray:
    """Move whole days by at most three so that they fall on the wanted day of the week.

    Parameters
    ----------
    day : int64 array (n,)
        Whole days from the first day.
    weekday : int64 array (n,)
        Wanted days, Monday is 0.

    Returns
    -------
    int64 array (n,), in [0, N_DAYS).
    """
    moved = day + (weekday - (day + FIRST_WEEKDAY) + 3) % 7 - 3
    moved = np.where(moved < 0, moved + 7, moved)
    return np.where(moved >= N_DAYS, moved - 7, moved)


def draw_weekday(group: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw a day of the week from each group's own."""
    cumulative = np.cumsum(WEEKDAY_SHARE / WEEKDAY_SHARE.sum(axis=1, keepdims=True), axis=1)
    cumulative[:, -1] = 1.0
    return (cumulative[group] < rng.random(len(group))[:, None]).sum(axis=1)


def draw_minute(group: np.ndarray, habit: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw the minute of the day, which may lie after midnight (1440 and more) for a night that began before.

    Parameters
    ----------
    group : int64 array (n,)
        Crime groups.
    habit : float64 array (n,) in [0, 1)
        Which part of the group's day is meant, as a share.
    rng : numpy.random.Generator
        Source of chance.

    Returns
    -------
    int64 array (n,), minutes from midnight of the evening's or day's date.
    """
    mean, spread = np.empty(len(group)), np.empty(len(group))
    for number, name in enumerate(CRIME_GROUPS):
        share, hour, sd = np.array(HOURS[name]).T
        rows = group == number
        part = np.minimum(np.searchsorted(np.cumsum(share), habit[rows]), len(share) - 1)
        mean[rows], spread[rows] = hour[part], sd[part]
    hour = mean + spread * rng.standard_normal(len(group))
    return np.clip(hour * 60, 5 * 60, 31 * 60).astype(np.int64)
