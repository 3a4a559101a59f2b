"""A change in practice: from a day on, some areas lose fewer items of the form.

What such a change did is then known, and an evaluation of it can be judged.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

import numpy as np

from intake.demo.faults import ITEM_FAULTS, LATER_ITEM_FAULTS, FaultRates
from intake.demo.settings import FIRST_DAY, MINUTES_A_DAY, DemoError

_MISSING = ITEM_FAULTS.index("missing_item")


@dataclass(frozen=True)
class PracticeChange:
    """A change to be planted.

    Attributes
    ----------
    changed_on : datetime.date
        Crimes reported on or after this day are recorded in the new way.
    n_areas : int
        How many areas change on that day; no area changes twice.
    effect : float
        Fall in the chance that an item of the form is missing, for example 0.08 for eight in a hundred. It is the
        same for every item, so it is also the rise in completeness.
    """

    changed_on: date
    n_areas: int
    effect: float

    def __post_init__(self) -> None:
        """Refuse what is no change."""
        if self.n_areas < 1:
            raise DemoError(f"change: expected n_areas of at least 1, got {self.n_areas}; leave the change out instead")
        if not 0.0 < self.effect < 1.0:
            raise DemoError(f"change: expected an effect between 0 and 1, got {self.effect}; 0.08 is 8 in a hundred")


class PlannedChange(NamedTuple):
    """One area's change; `recovered` is the chance by item, float64 (items,), that a missing item is not lost."""

    beat: int
    changed_on: date
    effect: float
    recovered: np.ndarray


def plan_changes(
    changes: Sequence[PracticeChange], beat: np.ndarray, rates: FaultRates, rng: np.random.Generator
) -> tuple[PlannedChange, ...]:
    """Choose the areas that change, first among those in which no fault is planted.

    Parameters
    ----------
    changes : sequence of PracticeChange
        What is to change when.
    beat : int64 array (n,)
        Area of each crime.
    rates : FaultRates
        Chances of a missing item.
    rng : numpy.random.Generator
        Source of chance.

    Returns
    -------
    tuple of PlannedChange

    Raises
    ------
    DemoError
        If the areas do not suffice or an item is missing more rarely than the effect asked for.
    """
    wanted = sum(change.n_areas for change in changes)
    if not wanted:
        return ()
    planted = {planned.beat for planned in rates.plan}
    worse = {planned.beat for planned in rates.plan if planned.fault in LATER_ITEM_FAULTS}
    areas = rng.permutation(np.setdiff1d(np.unique(beat), list(worse)))
    areas = areas[np.argsort(np.isin(areas, list(planted)), kind="stable")]
    if wanted > len(areas):
        raise DemoError(f"change: expected at most {len(areas)} areas to change, got {wanted}; ask for fewer areas")
    chosen = iter(areas)
    return tuple(_planned(int(next(chosen)), change, rates) for change in changes for _ in range(change.n_areas))


def _planned(beat: int, change: PracticeChange, rates: FaultRates) -> PlannedChange:
    missing = rates.item[_MISSING, beat]
    if change.effect > missing.min():
        raise DemoError(
            f"change: expected an effect of at most {missing.min():.3f}, the share missing in the area chosen, got "
            f"{change.effect}; ask for less, or raise the background of missing_item in the settings"
        )
    return PlannedChange(beat, change.changed_on, change.effect, change.effect / missing)


def recover_items(
    recorded: np.ndarray,
    missing: np.ndarray,
    mo: np.ndarray,
    beat: np.ndarray,
    reported: np.ndarray,
    changes: tuple[PlannedChange, ...],
    rng: np.random.Generator,
) -> None:
    """Put back items that the new practice does not lose, in place.

    Parameters
    ----------
    recorded : int8 array (n, items, slots)
        What the forms hold; changed in place.
    missing : bool array (n, items)
        Where an item went missing; cleared in place where it is put back.
    mo : int8 array (n, items, slots)
        True MO.
    beat, reported : int64 arrays (n,)
        Area of each crime, and minutes from the first day to its report.
    changes : tuple of PlannedChange
        One an area.
    rng : numpy.random.Generator
        Source of chance.
    """
    for change in changes:
        changed_at = int((np.datetime64(change.changed_on) - FIRST_DAY).astype(np.int64)) * MINUTES_A_DAY
        rows = np.flatnonzero((beat == change.beat) & (reported >= changed_at))
        back = np.zeros_like(missing)
        back[rows] = missing[rows] & (rng.random((len(rows), missing.shape[1])) < change.recovered)
        recorded[back] = mo[back]
        missing[back] = False
