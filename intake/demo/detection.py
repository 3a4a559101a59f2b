"""Which crimes are solved, and which person the force names on what ground.

Prolific offenders are caught more often, and then several of their crimes are put to them: solved crimes are few
and not typical. A suspect who is only named is often the wrong one.
"""

from typing import NamedTuple

import numpy as np

from intake.demo.crimes import Crimes
from intake.demo.offenders import Offenders
from intake.demo.settings import DemoSettings

BASES = ("conviction", "caution", "charge", "tic", "forensic", "suspect_named")
STRENGTH = ("A", "A", "B", "B", "C", "D")
"""Label strength of each basis; A and B count as solved."""

FIRST_UNSURE = BASES.index("forensic")


class Names(NamedTuple):
    """Persons named for crimes, one entry a person and crime.

    Attributes
    ----------
    crime : int64, row of the crime
    person : int64, offender
    basis : int64, position in BASES
    """

    crime: np.ndarray
    person: np.ndarray
    basis: np.ndarray


def name_offenders(crimes: Crimes, offenders: Offenders, settings: DemoSettings, rng: np.random.Generator) -> Names:
    """Name persons for a small share of the crimes.

    Parameters
    ----------
    crimes : Crimes
        Who did what.
    offenders : Offenders
        Home towns, for suspects wrongly named.
    settings : DemoSettings
        Detection rates.
    rng : numpy.random.Generator
        Source of chance.

    Returns
    -------
    Names
        Sorted by crime; no crime names a person twice.
    """
    lead, second = _solved(crimes, len(offenders.town), settings, rng)
    weak_crime, weak_person, weak_basis = _unsure(crimes, offenders, settings, rng)
    basis_of_incident = rng.choice(FIRST_UNSURE, size=int(crimes.incident.max()) + 1, p=(0.42, 0.06, 0.34, 0.18))
    crime = np.concatenate([lead, second, weak_crime])
    person = np.concatenate([crimes.lead[lead], crimes.associate[second], weak_person])
    sure = basis_of_incident[crimes.incident[np.concatenate([lead, second])]]
    basis = np.concatenate([sure, weak_basis])
    # The surest basis of each crime and person stays.
    order = np.lexsort((basis, person, crime))
    crime, person, basis = crime[order], person[order], basis[order]
    first = np.ones(len(crime), dtype=bool)
    first[1:] = (crime[1:] != crime[:-1]) | (person[1:] != person[:-1])
    return Names(crime[first], person[first], basis[first])


def is_solved(names: Names, n_crimes: int) -> np.ndarray:
    """Return whether each crime names somebody at strength A or B, bool array (n_crimes,)."""
    solved = np.zeros(n_crimes, dtype=bool)
    solved[names.crime[names.basis < FIRST_UNSURE]] = True
    return solved


def _solved(
    crimes: Crimes, n_offenders: int, settings: DemoSettings, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Return rows of crimes solved to their lead offender, and those where the associate is named too.

    An incident is solved as a whole.
    """
    n_incidents = int(crimes.incident.max()) + 1
    _, one_of_each = np.unique(crimes.incident, return_index=True)
    incidents_of = np.bincount(crimes.lead[one_of_each], minlength=n_offenders)
    caught = rng.random(n_offenders) < 1.0 - np.exp(-settings.caught_per_incident * incidents_of)
    put_to = (rng.random(n_incidents) < settings.solved_when_caught)[crimes.incident]
    told_on = (rng.random(n_incidents) < 0.6)[crimes.incident]
    solved = caught[crimes.lead] & put_to
    return np.flatnonzero(solved), np.flatnonzero(solved & (crimes.associate >= 0) & told_on)


def _unsure(
    crimes: Crimes, offenders: Offenders, settings: DemoSettings, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return crimes, persons and bases of forensic hits and of suspects named, some of them wrong."""
    n = len(crimes.lead)
    forensic = np.flatnonzero(rng.random(n) < settings.forensic_named)
    suspect = np.flatnonzero(rng.random(n) < settings.suspect_named)
    by_town = np.argsort(offenders.town, kind="stable")
    place = np.empty(len(by_town), dtype=np.int64)
    place[by_town] = np.arange(len(by_town))
    near = (place[crimes.lead[suspect]] + rng.integers(1, 60, len(suspect))) % len(by_town)
    wrong = rng.random(len(suspect)) < settings.wrong_suspect
    named = np.where(wrong, by_town[near], crimes.lead[suspect])
    basis = np.repeat([FIRST_UNSURE, FIRST_UNSURE + 1], [len(forensic), len(suspect)])
    return np.concatenate([forensic, suspect]), np.concatenate([crimes.lead[forensic], named]), basis
