"""The words of the force's own record system: columns, item names, values and codes, not the canonical ones.

`forces/demo.yaml` translates them; a test keeps the two in step.
"""

ITEM_NAMES: dict[str, str] = {
    "entry_point": "POINT OF ENTRY",
    "entry_method": "METHOD OF ENTRY",
    "tool_used": "INSTRUMENT",
    "occupied": "OCCUPANCY",
    "search_style": "SEARCH",
    "property_class_taken": "PROPERTY TAKEN",
    "keys_then_car": "CAR KEY BURGLARY",
    "forensic_trace": "FORENSIC",
    "approach": "APPROACH",
    "control_method": "CONTROL",
    "weapon_type": "WEAPON",
    "n_offenders": "NO OF OFFENDERS",
    "disguise": "DISGUISE",
    "target_activity": "VICTIM ACTIVITY",
    "escape": "ESCAPE",
    "offender_vehicle": "SUSPECT VEHICLE",
    "where_parked": "WHERE PARKED",
    "vehicle_model_class": "VEHICLE TYPE",
    "security_overcome": "SECURITY",
    "keyless": "KEYLESS ENTRY",
    "damage_level": "DAMAGE",
}

VALUE_NAMES: dict[str, str] = {
    "lock_snap": "CYLINDER SNAP",
    "lever_prise": "JEMMY",
    "smash_glass": "GLASS SMASHED",
    "bodily_force": "KICKED IN",
    "relay_keyless": "RELAY",
    "obd_key_program": "OBD",
    "crowbar_lever": "JEMMY BAR",
    "hammer_centre_punch": "PUNCH",
    "window_ground_rear": "GF REAR WINDOW",
    "window_ground_front": "GF FRONT WINDOW",
    "patio_french": "PATIO",
    "unoccupied_short": "UNOCC",
    "unoccupied_long": "UNOCC HOLIDAY",
    "targeted_single_room": "TARGETED",
    "con_request": "DISTRACTION",
    "push_grab": "GRABBED",
    "machete_large_blade": "LARGE BLADE",
    "mask_balaclava": "MASK",
    "withdrawing_cash": "ATM",
    "moped_motorcycle": "MOPED",
    "street_residential": "STREET",
    "jewellery_gold": "JEWELLERY",
    "catalytic_converter": "CAT CONVERTER",
    "tools_power": "POWER TOOLS",
    "not_recorded": "NR",
    "unknown": "NK",
    "refused": "DECLINED",
}
"""Values that the system words in its own way; it writes every other one as the standard does."""

INVALID_CODES = ("ZZ", "OLD CODE 17", "SEE TEXT", "XX9")
"""Codes of no list, left over from an older system."""

UNKNOWN_ITEM = "FREE FIELD 3"

ROLE_NAMES = ("ONLINE", "CONTROL ROOM", "ATTENDING", "INVESTIGATOR", "CSI")
"""In the order of `recording.ROLES`."""

BASIS_NAMES = ("CONVICTED", "CAUTIONED", "CHARGED", "TIC", "FORENSIC HIT", "NAMED SUSPECT")
"""In the order of `detection.BASES`."""

OFFENCES: dict[str, str] = {
    "28E": "burglary_residential",
    "28F": "burglary_residential",
    "28G": "burglary_residential",
    "28H": "burglary_residential",
    "29A": "burglary_residential",
    "34B": "robbery_personal",
    "39": "theft_from_person",
    "45": "theft_from_vehicle",
    "48": "theft_of_vehicle",
    "37.2": "theft_of_vehicle",
    "126": "vehicle_interference",
}
OTHER_OFFENCES = ("44", "46", "49", "58C")
"""Offences that a record system sends along and nobody here asked for."""

PREMISES: dict[str, tuple[str, ...]] = {
    "burglary_residential": ("TERRACED", "SEMI", "DETACHED", "FLAT", "BUNGALOW"),
    "robbery_personal": ("STREET", "PARK", "TRANSPORT", "SHOP"),
    "theft_from_person": ("LICENSED", "SHOP", "STREET", "TRANSPORT"),
    "theft_from_vehicle": ("STREET", "CAR PARK", "DRIVEWAY", "INDUSTRIAL"),
    "theft_of_vehicle": ("DRIVEWAY", "STREET", "CAR PARK", "INDUSTRIAL"),
    "vehicle_interference": ("STREET", "DRIVEWAY", "CAR PARK"),
}

STATUSES = ("FILED", "OPEN", "DETECTED", "CANCELLED")
