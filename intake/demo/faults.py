"""Where recording goes wrong: faults planted in a few areas, over a background that every area has."""

from typing import NamedTuple

import numpy as np

from intake.demo.settings import LATER_FAULTS, DemoSettings, PlantedFault
from intake.demo.vocabulary import ITEM_INDEX, ITEMS, values_of

ITEM_FAULTS = ("missing_item", "text_only", "coded_other", "invalid_code")
"""Faults that strike one item of one crime; no two of them strike the same one."""

LATER_ITEM_FAULTS = ("poor_form", "not_known")
"""The same among the kinds that came later; they strike only what the ones above left as it was."""

LEAST_CRIMES_FOR_TWINS = 1_000
"""In a smaller force one area holds too few crimes for the few that are recorded twice to be measured."""

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
    later_item, later_crime : the same by kind for the LATER_FAULTS, float64 arrays (beats, items) and (beats,)
    """

    plan: tuple[PlannedFault, ...]
    item: np.ndarray
    crime: dict[str, np.ndarray]
    later_item: dict[str, np.ndarray]
    later_crime: dict[str, np.ndarray]


def plan_faults(
    beat: np.ndarray, n_beats: int, settings: DemoSettings, rng: np.random.Generator, later: np.random.Generator
) -> FaultRates:
    """Choose the areas of each fault and set the chances everywhere.

    Parameters
    ----------
    beat : int64 array (crimes,)
        Area of each crime; only areas with at least the median number of crimes get a planted fault.
    n_beats : int
        Number of areas.
    settings : DemoSettings
        Kinds of fault and their rates.
    rng, later : numpy.random.Generator
        Sources of chance; `later` is that of the LATER_FAULTS.

    Returns
    -------
    FaultRates
    """
    size = np.bincount(beat, minlength=n_beats)
    kinds = [fault for fault in settings.faults if fault.name not in LATER_FAULTS]
    plan = _choose_areas(size, kinds, settings.areas_per_fault, rng)
    care = np.clip(np.exp(0.22 * rng.standard_normal(n_beats)), 0.65, 1.5)
    rate_of = {fault.name: fault for fault in settings.faults}
    item = np.empty((len(ITEM_FAULTS), n_beats, len(ITEMS)))
    for number, name in enumerate(ITEM_FAULTS):
        item[number] = rate_of[name].background * care[:, None]
    item[ITEM_FAULTS.index("coded_other")] *= CAN_BE_OTHER
    crime = {f.name: f.background * care for f in kinds if f.name not in ITEM_FAULTS}
    for planned in plan:
        rate = rate_of[planned.fault].rate
        if planned.fault in ITEM_FAULTS:
            item[ITEM_FAULTS.index(planned.fault), planned.beat, ITEM_INDEX[planned.item]] = rate
        else:
            crime[planned.fault][planned.beat] = rate
    later_plan = _choose_later_areas(size, plan, settings, later)
    return FaultRates(plan + later_plan, item, crime, *_later_rates(later_plan, n_beats, rate_of))


def _choose_areas(
    size: np.ndarray, kinds: list[PlantedFault], most_areas: int, rng: np.random.Generator
) -> tuple[PlannedFault, ...]:
    """Give each kind of fault its own areas, among those with the median number of crimes, in a random order."""
    large = np.flatnonzero(size >= np.median(size))
    each = int(np.clip(len(large) // len(kinds), 1, most_areas))
    return _planned(rng.permutation(large)[: each * len(kinds)], kinds)


def _choose_later_areas(
    size: np.ndarray, plan: tuple[PlannedFault, ...], settings: DemoSettings, rng: np.random.Generator
) -> tuple[PlannedFault, ...]:
    """Give the kinds that came later areas that nothing else is planted in, large ones first."""
    kinds = [fault for fault in settings.faults if fault.name in LATER_FAULTS]
    taken = [planned.beat for planned in plan]
    free = rng.permutation(np.setdiff1d(np.flatnonzero(size), taken))
    is_large = size[free] >= np.median(size)
    each = int(np.clip(np.count_nonzero(is_large) // len(kinds), 1, settings.areas_per_fault))
    planned = _planned(free[np.argsort(~is_large, kind="stable")][: each * len(kinds)], kinds)
    is_small = size.sum() < LEAST_CRIMES_FOR_TWINS
    return tuple(one for one in planned if not (is_small and one.fault == "duplicate_crime"))


def _planned(areas: np.ndarray, kinds: list[PlantedFault]) -> tuple[PlannedFault, ...]:
    """Deal areas to kinds of fault, and to each kind its items, in turn."""
    plan = []
    for place, area in enumerate(areas):
        fault, turn = kinds[place % len(kinds)], place // len(kinds)
        plan.append(PlannedFault(int(area), fault.name, fault.items[turn % len(fault.items)]))
    return tuple(plan)


def _later_rates(
    plan: tuple[PlannedFault, ...], n_beats: int, rate_of: dict[str, PlantedFault]
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Return the chances by item, and by crime, of the kinds that came later: none outside their areas."""
    item = {name: np.zeros((n_beats, len(ITEMS))) for name in LATER_ITEM_FAULTS}
    crime = {name: np.zeros(n_beats) for name in LATER_FAULTS if name not in LATER_ITEM_FAULTS}
    for planned in plan:
        rate = rate_of[planned.fault].rate
        if planned.fault in LATER_ITEM_FAULTS:
            struck = slice(None) if planned.item == "*" else ITEM_INDEX[planned.item]
            item[planned.fault][planned.beat, struck] = rate
        else:
            crime[planned.fault][planned.beat] = rate
    return item, crime
