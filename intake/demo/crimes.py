"""Who, where and when: incidents of each offender, and the crimes that each incident makes.

An offender acts in bursts of a few weeks, most of them round an anchor, some on trips to another town. Nights
among parked vehicles make several crimes; some incidents copy the place and week of another offender's.
"""

from typing import NamedTuple

import numpy as np

from intake.demo.calendar import draw_minute, draw_weekday, season_days, to_weekday
from intake.demo.county import County, beat_of, inside
from intake.demo.offenders import TURNS_TO, Offenders, make_offenders, series_lengths
from intake.demo.settings import MINUTES_A_DAY, N_DAYS, DemoSettings

BATCH_CHANCE = np.array([0.05, 0.0, 0.06, 0.30, 0.07, 0.34])
"""Chance, by crime group, that one incident makes several crimes."""
HOT_CHANCE = np.array([0.08, 0.55, 0.70, 0.20, 0.12, 0.20])
"""Chance, by crime group, that an incident is at a hot spot of its town."""


class Crimes(NamedTuple):
    """The crimes as they happened, one entry a crime, in no telling order.

    Attributes
    ----------
    incident : int64, number of the incident
    lead : int64, offender whose series it is
    associate : int64, second offender, -1 where there is none
    group : int64, crime group
    minute : int64, minutes of local civil time from the first day
    easting_m, northing_m : float64, whole metres
    beat : int64, beat
    is_attempt : bool
    """

    incident: np.ndarray
    lead: np.ndarray
    associate: np.ndarray
    group: np.ndarray
    minute: np.ndarray
    easting_m: np.ndarray
    northing_m: np.ndarray
    beat: np.ndarray
    is_attempt: np.ndarray


class _Incidents(NamedTuple):
    lead: np.ndarray
    associate: np.ndarray
    group: np.ndarray
    minute: np.ndarray
    xy: np.ndarray
    n_crimes: np.ndarray


def make_crimes(
    n_crimes: int, county: County, settings: DemoSettings, rng: np.random.Generator
) -> tuple[Crimes, Offenders]:
    """Make exactly n_crimes crimes and the offenders behind them.

    Parameters
    ----------
    n_crimes : int
        Number of crimes, at least 1.
    county : County
        Where they happen.
    settings : DemoSettings
        Who offends how.
    rng : numpy.random.Generator
        Source of chance.

    Returns
    -------
    crimes : Crimes
        In random order.
    offenders : Offenders
        Every offender who leads an incident.
    """
    lengths = series_lengths(n_crimes, settings, rng)
    # One incident makes at least one crime, so shuffled offenders up to n crimes are enough.
    offenders = make_offenders(len(lengths), county, settings, rng)
    incidents = _make_incidents(lengths, offenders, county, settings, rng)
    return _spread_batches(incidents, n_crimes, county, settings, rng), offenders


def _make_incidents(
    lengths: np.ndarray, offenders: Offenders, county: County, settings: DemoSettings, rng: np.random.Generator
) -> _Incidents:
    lead = np.repeat(np.arange(len(lengths)), lengths)
    burst, first = _bursts(lead, settings, rng)
    group = _groups(lead, offenders, rng)
    day = _days(lead, burst, first, offenders, settings, rng)
    xy = _places(lead, first, burst, group, offenders, county, rng)
    _copy_near_repeats(group, day, xy, settings, rng)
    minute = _minutes(lead, group, day, offenders, rng)
    together = rng.random(len(lead)) < offenders.joint_chance[lead]
    met = offenders.associate[lead, (rng.random(len(lead)) < 0.25).astype(np.int64)]
    associate = np.where(together & (met != lead), met, -1)
    several = rng.random(len(lead)) < BATCH_CHANCE[group]
    n_crimes = np.where(several, np.minimum(1 + rng.geometric(0.42, len(lead)), 9), 1)
    return _Incidents(lead, associate, group, minute, xy, n_crimes)


def _bursts(lead: np.ndarray, settings: DemoSettings, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return each incident's burst, and the first incident of each burst."""
    opens = rng.random(len(lead)) < settings.burst_end
    opens[0] = True
    opens[1:] |= lead[1:] != lead[:-1]
    return np.cumsum(opens) - 1, np.flatnonzero(opens)


def _groups(lead: np.ndarray, offenders: Offenders, rng: np.random.Generator) -> np.ndarray:
    """Return the crime group of each incident: the offender's own, or one that it turns to."""
    own = offenders.group[lead]
    cumulative = np.cumsum(TURNS_TO, axis=1)
    cumulative[:, -1] = 1.0
    other = (cumulative[own] < rng.random(len(lead))[:, None]).sum(axis=1)
    return np.where(rng.random(len(lead)) < offenders.stray_chance[lead], other, own)


def _days(
    lead: np.ndarray,
    burst: np.ndarray,
    first: np.ndarray,
    offenders: Offenders,
    settings: DemoSettings,
    rng: np.random.Generator,
) -> np.ndarray:
    """Return days from the first day: a start for each burst within the career, then short gaps.

    Time runs in a circle, so that every day of the three years is as likely as any other.
    """
    who = lead[first]
    start = offenders.career_from[who] + rng.random(len(who)) * offenders.career_days[who]
    gap = rng.exponential(settings.burst_gap_days, len(lead))
    gap[first] = 0.0
    run = np.cumsum(gap)
    return (start[burst] + run - run[first][burst]) % N_DAYS


def _places(
    lead: np.ndarray,
    first: np.ndarray,
    burst: np.ndarray,
    group: np.ndarray,
    offenders: Offenders,
    county: County,
    rng: np.random.Generator,
) -> np.ndarray:
    """Return places in metres: round the burst's base, or at a hot spot of the burst's town."""
    who, n_bursts = lead[first], len(first)
    away = rng.random(n_bursts) < offenders.trip_chance[who]
    trip_town = offenders.trip_town[who, rng.integers(0, 2, n_bursts)]
    town = np.where(away, trip_town, offenders.town[who])
    abroad = county.town_xy[town] + rng.standard_normal((n_bursts, 2)) * county.town_spread[town][:, None]
    home = offenders.anchor_xy[who, (rng.random(n_bursts) < 0.35).astype(np.int64)]
    base = np.where(away[:, None], abroad, home)
    n_hot = (county.hot_first[1:] - county.hot_first[:-1])[town]
    hot = county.hot_xy[county.hot_first[town] + (rng.random(n_bursts) * n_hot).astype(np.int64)]
    at_hot = rng.random(len(lead)) < HOT_CHANCE[group]
    spread = np.where(at_hot, 350.0, offenders.spread_m[lead])
    centre = np.where(at_hot[:, None], hot[burst], base[burst])
    return centre + rng.standard_normal((len(lead), 2)) * spread[:, None]


def _copy_near_repeats(
    group: np.ndarray, day: np.ndarray, xy: np.ndarray, settings: DemoSettings, rng: np.random.Generator
) -> None:
    """Move some incidents next to, and within days of, an incident of (nearly always) somebody else, in place."""
    copies = np.flatnonzero(rng.random(len(group)) < settings.near_repeat)
    origin = rng.integers(0, len(group), len(copies))
    later = day[origin] + rng.exponential(6.0, len(copies))
    near = xy[origin] + rng.standard_normal((len(copies), 2)) * 140.0
    group[copies] = group[origin]
    day[copies] = np.minimum(later, N_DAYS - 1e-6)
    xy[copies] = near


def _minutes(
    lead: np.ndarray, group: np.ndarray, day: np.ndarray, offenders: Offenders, rng: np.random.Generator
) -> np.ndarray:
    """Return minutes from the first day, by season, day of the week and time of day."""
    own_day = rng.random(len(lead)) < 0.25
    weekday = np.where(own_day, offenders.weekday[lead], draw_weekday(group, rng))
    whole_day = to_weekday(season_days(day, group).astype(np.int64), weekday)
    own_hour = rng.random(len(lead)) < 0.5
    habit = np.where(own_hour, offenders.hour_habit[lead], rng.random(len(lead)))
    minute = whole_day * MINUTES_A_DAY + draw_minute(group, habit, rng)
    return np.minimum(minute, N_DAYS * MINUTES_A_DAY - 1)


def _spread_batches(
    incidents: _Incidents, n_crimes: int, county: County, settings: DemoSettings, rng: np.random.Generator
) -> Crimes:
    """Turn incidents into crimes along a street on one night, keep n_crimes, and shuffle them."""
    incident = np.repeat(np.arange(len(incidents.lead)), incidents.n_crimes)[:n_crimes]
    place = np.arange(n_crimes) - np.searchsorted(incident, incident)
    angle = rng.uniform(0, 2 * np.pi, len(incidents.lead))[incident]
    along = place * 7.0 + np.where(place > 0, rng.uniform(-2.0, 2.0, n_crimes), 0.0)
    xy = incidents.xy[incident] + along[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    xy = np.round(inside(xy))
    order = rng.permutation(n_crimes)
    incident, xy, place = incident[order], xy[order], place[order]
    return Crimes(
        incident=incident,
        lead=incidents.lead[incident],
        associate=incidents.associate[incident],
        group=incidents.group[incident],
        minute=np.minimum(incidents.minute[incident] + place * 3, N_DAYS * MINUTES_A_DAY - 1),
        easting_m=xy[:, 0],
        northing_m=xy[:, 1],
        beat=beat_of(county, xy[:, 0], xy[:, 1]),
        is_attempt=rng.random(n_crimes) < settings.attempt_share,
    )
