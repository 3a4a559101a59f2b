"""Faults struck over what was recorded already, in their own areas and by chance of their own."""

import numpy as np

from intake.demo.faults import ITEM_FAULTS, LATER_ITEM_FAULTS, FaultRates
from intake.demo.mo import ABSENT
from intake.demo.recorded_codes import UNKNOWN

_STRUCK_AT_RECORDING = ("default_place",)
"""Of the faults of a whole crime: a second record of it comes only when the file is written."""

_LEFT_INSTEAD = {"poor_form": ABSENT, "not_known": UNKNOWN}


def strike_items(
    recorded: np.ndarray,
    faults: dict[str, np.ndarray],
    beat: np.ndarray,
    rates: FaultRates,
    rng: np.random.Generator,
) -> dict[str, np.ndarray]:
    """Take items off the forms of the areas with a poor form or a habit of not knowing, in place.

    Parameters
    ----------
    recorded : int8 array (n, items, slots)
        What the forms hold; changed in place.
    faults : dict of str to bool array (n, items)
        Where an item was struck before; it is not struck again.
    beat : int64 array (n,)
        Area of each crime.
    rates : FaultRates
        Chances by area and item, of an item that no fault has struck.
    rng : numpy.random.Generator
        Source of chance.

    Returns
    -------
    dict of str to bool array (n, items)
        Where each kind struck. A missing item strikes everything that was asked; not known, only a true value.
    """
    taken = np.zeros(recorded.shape[:2], dtype=bool)
    for name in ITEM_FAULTS:
        taken |= faults[name]
    struck = {}
    for name in LATER_ITEM_FAULTS:
        rate = rates.later_item[name]
        rows = np.flatnonzero(np.isin(beat, np.flatnonzero(rate.sum(axis=1))))
        held = recorded[rows, :, 0]
        could = (held != ABSENT) if name == "poor_form" else (held >= 0)
        hit = could & ~taken[rows] & (rng.random(held.shape) < rate[beat[rows]])
        struck[name] = np.zeros(recorded.shape[:2], dtype=bool)
        struck[name][rows] = hit
        recorded[struck[name]] = ABSENT
        recorded[struck[name], 0] = _LEFT_INSTEAD[name]
        taken |= struck[name]
    return struck


def strike_crimes(beat: np.ndarray, rates: FaultRates, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Choose the crimes that were put on their beat's default place.

    Parameters
    ----------
    beat : int64 array (n,)
        Area of each crime.
    rates : FaultRates
        Chances by area.
    rng : numpy.random.Generator
        Source of chance.

    Returns
    -------
    dict of str to bool array (n,)
    """
    return {name: rng.random(len(beat)) < rates.later_crime[name][beat] for name in _STRUCK_AT_RECORDING}
