"""Where recording goes wrong: faults planted in a few areas, over a background that every area has."""

from typing import NamedTuple

import numpy as np

from intake.demo.settings import DemoSettings
from intake.demo.vocabulary import ITEM_INDEX, ITEMS, values_of

ITEM_FAULTS = ("missing_item", "text_only", "coded_other", "invalid_code")
"""Faults that strike one item of one crime; no two of them strike the same one."""

CAN_BE_OTHER = np.array(["other" in values_of(item) for item in ITEMS])


class PlannedFault(NamedTuple):
    """A fault of one kind in one area; `item` is ``*`` where the whole form is struck."""

    beat: int
    fault: str
    item: str


class FaultRates(NamedTuple):
    """Chances of every fault, by area.

    Attributes
    ----------
    plan : tuple of PlannedFault
    item : float64 array (len(ITEM_FAULTS), beats, items), chance that an item of a crime is struck
    crime : dict of str to float64 array (beats,), chance that a crime is struck
    """

    plan: tuple[PlannedFault, ...]
    item: np.ndarray
    crime: dict[str, np.ndarray]


def plan_faults(beat: np.ndarray, n_beats: int, settings: DemoSettings, rng: np.random.Generator) -> FaultRates:
    """Choose the areas of each fault and set the chances everywhere.

    Parameters
    ----------
    beat : int64 array (crimes,)
        Area of each crime; only areas with at least the median number of crimes get a planted fault.
    n_beats : int
        Number of areas.
    settings : DemoSettings
        Kinds of fault and their rates.
    rng : numpy.random.Generator
        Source of chance.

    Returns
    -------
    FaultRates
    """
    plan = _choose_areas(beat, n_beats, settings, rng)
    care = np.clip(np.exp(0.22 * rng.standard_normal(n_beats)), 0.65, 1.5)
    rate_of = {fault.name: fault for fault in settings.faults}
    item = np.empty((len(ITEM_FAULTS), n_beats, len(ITEMS)))
    for number, name in enumerate(ITEM_FAULTS):
        item[number] = rate_of[name].background * care[:, None]
    item[ITEM_FAULTS.index("coded_other")] *= CAN_BE_OTHER
    crime = {f.name: f.background * care for f in settings.faults if f.name not in ITEM_FAULTS}
    for planned in plan:
        rate = rate_of[planned.fault].rate
        if planned.fault in ITEM_FAULTS:
            item[ITEM_FAULTS.index(planned.fault), planned.beat, ITEM_INDEX[planned.item]] = rate
        else:
            crime[planned.fault][planned.beat] = rate
    return FaultRates(plan, item, crime)


def _choose_areas(
    beat: np.ndarray, n_beats: int, settings: DemoSettings, rng: np.random.Generator
) -> tuple[PlannedFault, ...]:
    """Give each kind of fault its own areas, largest first in a random order of kinds."""
    size = np.bincount(beat, minlength=n_beats)
    large = np.flatnonzero(size >= np.median(size))
    each = int(np.clip(len(large) // len(settings.faults), 1, settings.areas_per_fault))
    chosen = rng.permutation(large)[: each * len(settings.faults)]
    plan = []
    for place, area in enumerate(chosen):
        fault = settings.faults[place % len(settings.faults)]
        turn = place // len(settings.faults)
        plan.append(PlannedFault(int(area), fault.name, fault.items[turn % len(fault.items)]))
    return tuple(plan)
