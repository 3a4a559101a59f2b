"""Who offends: homes, reach, preferences, associates and habits of the people behind the crimes."""

from typing import NamedTuple

import numpy as np

from intake.demo.county import County
from intake.demo.settings import N_DAYS, DemoSettings
from intake.demo.vocabulary import ITEMS

GROUP_SHARE = np.array([0.24, 0.09, 0.13, 0.28, 0.16, 0.10])
"""Share of each crime group, in the order of CRIME_GROUPS."""

TURNS_TO = np.array(
    [
        [0.00, 0.05, 0.05, 0.45, 0.35, 0.10],
        [0.15, 0.00, 0.60, 0.10, 0.10, 0.05],
        [0.05, 0.65, 0.00, 0.20, 0.05, 0.05],
        [0.25, 0.03, 0.05, 0.00, 0.22, 0.45],
        [0.35, 0.08, 0.02, 0.30, 0.00, 0.25],
        [0.12, 0.03, 0.05, 0.55, 0.25, 0.00],
    ]
)
"""Where an offender of one group (row) strays to (column)."""


class Offenders(NamedTuple):
    """Traits of each offender; every array has one entry (or row) an offender.

    Attributes
    ----------
    town : int64, home town
    anchor_xy : float64 (n, 2, 2), home and second anchor (work, partner), metres
    spread_m : float64, standard deviation of crimes round a base, metres
    trip_chance : float64, chance that a burst is in another town
    trip_town : int64 (n, 2), the two towns preferred for trips
    group : int64, main crime group
    stray_chance : float64, chance that an incident is of another group
    career_from, career_days : float64, first day and length; past the last day it goes on at the first
    weekday : int64, preferred day of the week, Monday is 0
    hour_habit : float64 in [0, 1), which of a group's hours the offender prefers
    consistency : float64, chance of repeating a habit
    habit : float32 (2, n, items) in [0, 1), the habit before and after it changes, as a share of the values
    habit_change : float32 (n, items), day on which each habit changes; beyond the last day if it never does
    associate : int64 (n, 2), the offenders met first when two act together
    joint_chance : float64, chance that an associate takes part
    """

    town: np.ndarray
    anchor_xy: np.ndarray
    spread_m: np.ndarray
    trip_chance: np.ndarray
    trip_town: np.ndarray
    group: np.ndarray
    stray_chance: np.ndarray
    career_from: np.ndarray
    career_days: np.ndarray
    weekday: np.ndarray
    hour_habit: np.ndarray
    consistency: np.ndarray
    habit: np.ndarray
    habit_change: np.ndarray
    associate: np.ndarray
    joint_chance: np.ndarray


def series_lengths(n_incidents: int, settings: DemoSettings, rng: np.random.Generator) -> np.ndarray:
    """Draw incidents per offender, most one and a few many, until they make n_incidents exactly.

    Parameters
    ----------
    n_incidents : int
        Incidents to share out, at least 1.
    settings : DemoSettings
        `series_tail` and `longest_series` count.
    rng : numpy.random.Generator
        Source of chance.

    Returns
    -------
    int64 array (offenders,), every entry at least 1, summing to n_incidents.
    """
    draw = (1.0 - rng.random(n_incidents)) ** (-1.0 / settings.series_tail)
    lengths = np.minimum(draw, settings.longest_series).astype(np.int64)
    total = np.cumsum(lengths)
    last = int(np.searchsorted(total, n_incidents))
    lengths = lengths[: last + 1]
    lengths[-1] -= total[last] - n_incidents
    return lengths


def make_offenders(n: int, county: County, settings: DemoSettings, rng: np.random.Generator) -> Offenders:
    """Draw the traits of n offenders.

    Parameters
    ----------
    n : int
        Number of offenders.
    county : County
        Where they live.
    settings : DemoSettings
        Means of their traits.
    rng : numpy.random.Generator
        Source of chance.

    Returns
    -------
    Offenders
    """
    town = rng.choice(len(county.town_share), size=n, p=county.town_share)
    change = np.where(rng.random((n, len(ITEMS))) < settings.habit_drift, rng.random((n, len(ITEMS))), 2.0)
    return Offenders(
        town=town,
        anchor_xy=_anchors(town, county, rng),
        spread_m=1_000.0 * settings.spread_km * np.exp(0.6 * rng.standard_normal(n)),
        trip_chance=_beta(settings.trip_share, 5.0, n, rng),
        trip_town=_trip_towns(town, county, rng),
        group=rng.choice(len(GROUP_SHARE), size=n, p=GROUP_SHARE),
        stray_chance=_beta(settings.generalist_share, 2.0, n, rng),
        career_from=rng.uniform(0.0, N_DAYS, n),
        career_days=np.minimum(rng.gamma(1.3, 260.0, n) + 10.0, N_DAYS),
        weekday=rng.integers(0, 7, n),
        hour_habit=rng.random(n),
        consistency=_beta(settings.habit_strength, 5.0, n, rng),
        habit=rng.random((2, n, len(ITEMS)), dtype=np.float32),
        habit_change=(change * N_DAYS).astype(np.float32),
        associate=_associates(town, rng),
        joint_chance=_beta(settings.co_offending, 2.0, n, rng),
    )


def _beta(mean: float, sharpness: float, n: int, rng: np.random.Generator) -> np.ndarray:
    """Draw shares with a given mean; a higher sharpness keeps them nearer to it."""
    return rng.beta(mean * sharpness, (1.0 - mean) * sharpness, n)


def _anchors(town: np.ndarray, county: County, rng: np.random.Generator) -> np.ndarray:
    """Place a home in the town and a second anchor a few kilometres from it."""
    home = county.town_xy[town] + rng.standard_normal((len(town), 2)) * county.town_spread[town][:, None]
    second = home + rng.standard_normal((len(town), 2)) * 2_200.0
    return np.stack([home, second], axis=1)


def _trip_towns(town: np.ndarray, county: County, rng: np.random.Generator) -> np.ndarray:
    """Choose two towns for trips by size and nearness, never the home town."""
    gap_km = np.linalg.norm(county.town_xy[:, None] - county.town_xy[None], axis=2) / 1_000.0
    pull = county.town_share * np.exp(-gap_km / 30.0)
    np.fill_diagonal(pull, 0.0)
    cumulative = np.cumsum(pull / pull.sum(axis=1, keepdims=True), axis=1)
    cumulative[:, -1] = 1.0
    draws = rng.random((len(town), 2))
    return np.column_stack([(cumulative[town] < draws[:, [k]]).sum(axis=1) for k in (0, 1)])


def _associates(town: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Give each offender two neighbours from the same town (or the next town where there is nobody else)."""
    order = np.lexsort((rng.random(len(town)), town))
    associate = np.empty((len(town), 2), dtype=np.int64)
    associate[order, 0] = np.roll(order, -1)
    associate[order, 1] = np.roll(order, 1)
    return associate
