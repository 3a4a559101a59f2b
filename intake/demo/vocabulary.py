"""MO items of each crime group: values, and how common each is among all offenders.

Weights are plausible, not measured: they are relative and sum to anything. `tool_used` and a few others depend
on another item; those tables stand below.
"""

from functools import cache

import numpy as np

from intake.demo.settings import CRIME_GROUPS

Weights = dict[str, float]

_PROPERTY_VEHICLE: Weights = {
    "tools_power": 30, "laptop_tablet": 10, "handbag_purse": 10, "cash": 16, "cards": 8, "phone": 6,
    "number_plates": 7, "catalytic_converter": 7, "documents_id": 4, "airbag": 1.5, "pedal_cycle": 0.5,
}  # fmt: skip
_PROPERTY_PERSON: Weights = {
    "phone": 46, "cash": 16, "cards": 14, "handbag_purse": 12, "watch": 5, "jewellery_gold": 4, "ebike": 2,
    "documents_id": 1,
}  # fmt: skip
_VEHICLE_CLASS: Weights = {
    "hatchback": 36, "saloon": 11, "estate": 8, "suv_4x4": 15, "van": 17, "premium": 8, "motorcycle": 4,
    "other": 1,
}  # fmt: skip
_PARKED: Weights = {"driveway": 33, "street_residential": 41, "car_park": 17, "workplace": 7, "garage": 2}
_DISGUISE: Weights = {
    "none": 44, "hood": 24, "mask_balaclava": 20, "crash_helmet": 6, "hi_vis_uniform": 1.5, "gloves_seen": 4,
    "other": 0.5,
}  # fmt: skip
_ESCAPE: Weights = {
    "on_foot": 56, "pedal_cycle": 12, "moped_motorcycle": 9, "escooter": 8, "car": 11, "public_transport": 4,
}  # fmt: skip
_SECURITY: Weights = {
    "none": 70, "alarm_disabled": 6, "alarm_activated": 13, "cctv_disabled": 3, "light_removed": 2,
    "immobiliser": 6,
}  # fmt: skip
_TRACE_VEHICLE: Weights = {"not_examined": 62, "none_found": 17, "cctv": 12, "finger": 4, "dna": 2, "doorbell": 3}
_YES_NO: Weights = {"no": 88, "yes": 12}

WEIGHTS: dict[str, dict[str, Weights]] = {
    "burglary_residential": {
        "entry_point": {
            "rear_door": 30, "front_door": 22, "window_ground_rear": 15, "patio_french": 9,
            "window_ground_front": 7, "side_door": 5, "window_upper": 3, "garage": 3, "communal": 3,
            "letterbox": 1, "adjoining_property": 0.6, "skylight_roof": 0.4, "other": 0.5,
        },
        "entry_method": {
            "insecure": 24, "lever_prise": 19, "smash_glass": 18, "bodily_force": 13, "lock_snap": 10,
            "deception": 4, "reach_through": 3, "key_found": 2, "key_stolen": 2, "climb": 2,
            "lock_pick_bump": 1.5, "drill_cut": 1, "other": 0.3,
        },
        "tool_used": {},
        "occupied": {
            "unoccupied_short": 50, "occupied_asleep": 20, "unoccupied_long": 14, "occupied_awake": 12,
            "vacant": 4,
        },
        "search_style": {"untidy": 30, "tidy": 24, "targeted_single_room": 20, "whole_house": 18, "none": 8},
        "property_class_taken": {
            "jewellery_gold": 20, "cash": 16, "laptop_tablet": 11, "keys_vehicle": 9, "phone": 6,
            "handbag_purse": 8, "cards": 6, "watch": 5, "tools_power": 6, "games": 3, "tv": 2,
            "documents_id": 3, "alcohol_tobacco": 3, "pedal_cycle": 4, "ebike": 2, "keys_house": 2, "meds": 1,
        },
        "keys_then_car": _YES_NO,
        "forensic_trace": {
            "not_examined": 28, "none_found": 26, "footwear": 13, "tool_mark": 8, "finger": 7, "dna": 5,
            "cctv": 7, "doorbell": 9,
        },
    },
    "robbery_personal": {
        "approach": {
            "confront": 46, "surprise_behind": 22, "follow_from": 12, "con_request": 10, "ride_by": 9,
            "crowd_jostle": 1,
        },
        "control_method": {
            "verbal_threat": 24, "push_grab": 27, "show_weapon": 18, "punch_kick": 16, "implied_weapon": 9,
            "weapon_used": 4, "restrain": 2,
        },
        "weapon_type": {},
        "n_offenders": {"1": 34, "2": 33, "3": 18, "4": 9, "5": 4, "6": 2},
        "disguise": _DISGUISE,
        "target_activity": {
            "walking_alone": 48, "on_phone": 14, "waiting_transport": 9, "withdrawing_cash": 5, "group": 7,
            "cycling": 7, "delivering": 4, "at_venue": 6,
        },
        "property_class_taken": _PROPERTY_PERSON,
        "escape": _ESCAPE,
    },
    "theft_from_person": {
        "approach": {
            "crowd_jostle": 42, "surprise_behind": 20, "ride_by": 14, "con_request": 12, "follow_from": 9,
            "bogus_official": 3,
        },
        "target_activity": {
            "at_venue": 42, "on_phone": 19, "waiting_transport": 12, "walking_alone": 18, "group": 4,
            "withdrawing_cash": 5,
        },
        "property_class_taken": _PROPERTY_PERSON,
        "n_offenders": {"1": 62, "2": 27, "3": 9, "4": 2},
        "disguise": _DISGUISE,
        "escape": _ESCAPE,
        "offender_vehicle": {"none_seen": 92, "yes": 8},
        "forensic_trace": _TRACE_VEHICLE,
    },
    "theft_from_vehicle": {
        "entry_method": {
            "insecure": 36, "smash_glass": 34, "lever_prise": 8, "signal_jam": 3, "relay_keyless": 6,
            "peeled_door": 6, "drill_cut": 3, "key_found": 1, "bodily_force": 2, "other": 1,
        },
        "tool_used": {},
        "search_style": {"untidy": 44, "targeted_single_room": 10, "tidy": 32, "none": 14},
        "property_class_taken": _PROPERTY_VEHICLE,
        "where_parked": _PARKED,
        "vehicle_model_class": _VEHICLE_CLASS,
        "security_overcome": _SECURITY,
        "forensic_trace": _TRACE_VEHICLE,
    },
    "theft_of_vehicle": {
        "entry_method": {
            "relay_keyless": 34, "key_stolen": 17, "insecure": 9, "obd_key_program": 13, "lever_prise": 9,
            "smash_glass": 6, "tow_lift": 6, "key_found": 4, "drill_cut": 1.5, "other": 0.5,
        },
        "keyless": {"yes": 46, "no": 54},
        "where_parked": _PARKED,
        "vehicle_model_class": _VEHICLE_CLASS,
        "tool_used": {},
        "security_overcome": _SECURITY,
        "offender_vehicle": {"none_seen": 77, "yes": 23},
        "forensic_trace": _TRACE_VEHICLE,
    },
    "vehicle_interference": {
        "entry_method": {
            "insecure": 42, "smash_glass": 18, "lever_prise": 19, "relay_keyless": 7, "drill_cut": 4,
            "peeled_door": 5, "bodily_force": 4, "other": 1,
        },
        "tool_used": {},
        "where_parked": _PARKED,
        "vehicle_model_class": _VEHICLE_CLASS,
        "damage_level": {"none": 44, "minor": 34, "moderate": 18, "major": 4},
        "security_overcome": _SECURITY,
        "n_offenders": {"1": 58, "2": 30, "3": 10, "4": 2},
        "forensic_trace": _TRACE_VEHICLE,
    },
}  # fmt: skip

TOOL_BY_METHOD: dict[str, Weights] = {
    "lock_snap": {"mole_grips": 80, "screwdriver": 8, "unknown_tool": 12},
    "lever_prise": {"crowbar_lever": 45, "screwdriver": 43, "unknown_tool": 10, "other": 2},
    "smash_glass": {"brick_stone": 40, "hammer_centre_punch": 36, "none": 12, "unknown_tool": 10, "other": 2},
    "drill_cut": {"cutter_grinder": 90, "unknown_tool": 10},
    "lock_pick_bump": {"screwdriver": 35, "other": 25, "unknown_tool": 40},
    "peeled_door": {"none": 50, "crowbar_lever": 40, "unknown_tool": 10},
    "relay_keyless": {"electronic_device": 97, "unknown_tool": 3},
    "obd_key_program": {"electronic_device": 98, "unknown_tool": 2},
    "signal_jam": {"electronic_device": 98, "unknown_tool": 2},
    "tow_lift": {"other": 70, "none": 30},
    "reach_through": {"none": 40, "other": 50, "unknown_tool": 10},
    "bodily_force": {"none": 85, "crowbar_lever": 10, "unknown_tool": 5},
}
"""Tools by entry method; a method that is not listed needs none."""

WEAPON_BY_CONTROL: dict[str, Weights] = {
    "show_weapon": {"knife": 66, "machete_large_blade": 15, "firearm_real_or_imitation": 7, "blunt": 12},
    "weapon_used": {"knife": 52, "machete_large_blade": 12, "blunt": 27, "noxious_substance": 7, "other": 2},
    "implied_weapon": {"knife": 62, "firearm_real_or_imitation": 18, "none": 20},
}
"""Weapons by method of control; a method that is not listed shows none."""

CONDITIONAL = {"tool_used": ("entry_method", TOOL_BY_METHOD), "weapon_type": ("control_method", WEAPON_BY_CONTROL)}
MULTI_VALUED = ("property_class_taken", "forensic_trace")

ITEMS: tuple[str, ...] = tuple(dict.fromkeys(item for group in WEIGHTS.values() for item in group))
ITEM_INDEX = {item: i for i, item in enumerate(ITEMS)}


def items_of(group: str) -> tuple[str, ...]:
    """Return the eight MO items that are asked for a crime group."""
    return tuple(WEIGHTS[group])


@cache
def values_of(item: str) -> tuple[str, ...]:
    """Return every value of an item in a fixed order; its position is the value's number in the arrays."""
    tables = [WEIGHTS[group].get(item, {}) for group in CRIME_GROUPS]
    if item in CONDITIONAL:
        tables = [{"none": 1.0}, *CONDITIONAL[item][1].values()]
    extra = ("none",) if item == "property_class_taken" else ()
    return tuple(dict.fromkeys([value for table in tables for value in table] + list(extra)))


def value_number(item: str, value: str) -> int:
    """Return the number of an item's value in the arrays."""
    return values_of(item).index(value)


@cache
def cumulative(group: str, item: str) -> np.ndarray:
    """Return the cumulative shares of an item's values in a crime group, float64 of len(values_of(item))."""
    return cumulative_shares(item, WEIGHTS[group][item])


def cumulative_shares(item: str, weights: Weights) -> np.ndarray:
    """Return the cumulative shares of weights over all values of an item, ending at exactly 1."""
    shares = np.array([weights.get(value, 0.0) for value in values_of(item)], dtype=np.float64)
    total = np.cumsum(shares / shares.sum())
    total[np.flatnonzero(shares)[-1] :] = 1.0
    return total
