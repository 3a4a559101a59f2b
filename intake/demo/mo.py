"""What offenders do: habits turned into the true MO of each crime.

An offender's habit is a number in [0, 1) for each item; a crime group's cumulative shares turn it into a value,
so that the same person is recognisable in every group it works in, and common habits are common.
"""

import numpy as np

from intake.demo.crimes import Crimes
from intake.demo.offenders import Offenders
from intake.demo.settings import CRIME_GROUPS, MINUTES_A_DAY
from intake.demo.vocabulary import (
    CONDITIONAL,
    ITEM_INDEX,
    ITEMS,
    MULTI_VALUED,
    cumulative,
    cumulative_shares,
    items_of,
    value_number,
    values_of,
)

ABSENT = -1
"""No value: the item does not belong to the crime group, or a further slot is unused."""

N_SLOTS = 3
HABIT_WEIGHT = {
    "entry_point": 0.9, "entry_method": 1.15, "tool_used": 1.1, "occupied": 0.7, "search_style": 1.0,
    "property_class_taken": 0.7, "keys_then_car": 1.0, "forensic_trace": 0.25, "approach": 1.1,
    "control_method": 0.9, "weapon_type": 1.2, "n_offenders": 0.7, "disguise": 1.1, "target_activity": 0.7,
    "escape": 1.1, "offender_vehicle": 0.8, "where_parked": 0.8, "vehicle_model_class": 0.8,
    "security_overcome": 0.7, "keyless": 1.0, "damage_level": 0.7,
}  # fmt: skip
"""How strongly each item follows habit, relative to the offender's own consistency."""

DAMAGING = ("lever_prise", "smash_glass", "lock_snap", "drill_cut", "bodily_force", "peeled_door")


def true_mo(crimes: Crimes, offenders: Offenders, rng: np.random.Generator) -> np.ndarray:
    """Draw the true MO of every crime.

    Parameters
    ----------
    crimes : Crimes
        Who did what when.
    offenders : Offenders
        Their habits.
    rng : numpy.random.Generator
        Source of chance.

    Returns
    -------
    int8 array (crimes, items, N_SLOTS)
        Value numbers of `vocabulary.values_of`, ABSENT where there is none. Only multi-valued items use more
        than the first slot.
    """
    mo = np.full((len(crimes.group), len(ITEMS), N_SLOTS), ABSENT, dtype=np.int8)
    for number, group in enumerate(CRIME_GROUPS):
        rows = np.flatnonzero(crimes.group == number)
        if not len(rows):
            continue
        for item in _in_order(group):
            share = _share(item, rows, crimes, offenders, rng)
            mo[rows, ITEM_INDEX[item], 0] = _value(group, item, share, mo, rows)
            if item in MULTI_VALUED:
                _fill_slots(mo, rows, group, item, rng)
    _make_coherent(mo, crimes)
    return mo


def _in_order(group: str) -> list[str]:
    """Return a group's items with those that depend on another after it."""
    return sorted(items_of(group), key=lambda item: item in CONDITIONAL)


def _share(item: str, rows: np.ndarray, crimes: Crimes, offenders: Offenders, rng: np.random.Generator) -> np.ndarray:
    """Return a number in [0, 1) for each crime: the lead offender's habit, or that night's chance."""
    lead, index = crimes.lead[rows], ITEM_INDEX[item]
    changed = crimes.minute[rows] / MINUTES_A_DAY >= offenders.habit_change[lead, index]
    habit = offenders.habit[changed.astype(np.int64), lead, index]
    night = np.zeros(int(crimes.incident.max()) + 1, dtype=np.float32)
    night[crimes.incident[rows]] = rng.random(len(rows), dtype=np.float32)
    chance = np.where(
        rng.random(len(rows)) < 0.8, night[crimes.incident[rows]], rng.random(len(rows), dtype=np.float32)
    )
    follows = rng.random(len(rows)) < offenders.consistency[lead] * HABIT_WEIGHT[item]
    return np.where(follows, habit, chance)


def _value(group: str, item: str, share: np.ndarray, mo: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Turn numbers in [0, 1) into values by the group's shares, or by the table of the item it depends on."""
    if item not in CONDITIONAL:
        return np.searchsorted(cumulative(group, item), share, side="right").astype(np.int8)
    parent, tables = CONDITIONAL[item]
    given = mo[rows, ITEM_INDEX[parent], 0]
    found = np.full(len(rows), value_number(item, "none"), dtype=np.int8)
    for value, weights in tables.items():
        if value in values_of(parent):
            here = given == value_number(parent, value)
            found[here] = np.searchsorted(cumulative_shares(item, weights), share[here], side="right")
    return found


def _fill_slots(mo: np.ndarray, rows: np.ndarray, group: str, item: str, rng: np.random.Generator) -> None:
    """Add a second and third value to some crimes, in place; a value that is there already is left out."""
    index, table = ITEM_INDEX[item], cumulative(group, item)
    alone = [value_number(item, v) for v in ("none_found", "not_examined") if v in values_of(item)]
    several = ~np.isin(mo[rows, index, 0], alone)
    for slot, chance in ((1, 0.38), (2, 0.3)):
        several &= rng.random(len(rows)) < chance
        extra = np.searchsorted(table, rng.random(len(rows)), side="right").astype(np.int8)
        new = several & ~np.isin(extra, alone) & (mo[rows, index, :slot] != extra[:, None]).all(axis=1)
        mo[rows[new], index, slot] = extra[new]
        several = new


def _make_coherent(mo: np.ndarray, crimes: Crimes) -> None:
    """Remove what cannot be: property from attempts, keyless entry without a keyless car, damage without force."""
    taken = ITEM_INDEX["property_class_taken"]
    attempt = crimes.is_attempt & (mo[:, taken, 0] != ABSENT)
    mo[attempt, taken] = ABSENT
    mo[attempt, taken, 0] = value_number("property_class_taken", "none")
    method = mo[:, ITEM_INDEX["entry_method"], 0]
    electronic = np.isin(method, [value_number("entry_method", m) for m in ("relay_keyless", "obd_key_program")])
    _overwrite(mo, "keyless", electronic, "yes")
    gentle = ~np.isin(method, [value_number("entry_method", m) for m in DAMAGING])
    _overwrite(mo, "damage_level", gentle & (method != ABSENT), "none")
    car = (mo[:, ITEM_INDEX["keys_then_car"], 0] == value_number("keys_then_car", "yes")) & ~crimes.is_attempt
    mo[car, taken, 0] = value_number("property_class_taken", "keys_vehicle")
    repeated = mo[:, taken, 1:] == mo[:, taken, :1]
    mo[:, taken, 1:][repeated] = ABSENT
    _overwrite(mo, "keys_then_car", crimes.is_attempt, "no")
    pair = (crimes.associate >= 0) & (mo[:, ITEM_INDEX["n_offenders"], 0] == value_number("n_offenders", "1"))
    _overwrite(mo, "n_offenders", pair, "2")


def _overwrite(mo: np.ndarray, item: str, where: np.ndarray, value: str) -> None:
    """Set an item where a condition holds and the crime group has the item, in place."""
    index = ITEM_INDEX[item]
    mo[where & (mo[:, index, 0] != ABSENT), index, 0] = value_number(item, value)
