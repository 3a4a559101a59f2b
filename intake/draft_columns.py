"""Which canonical column a source column is likely to be, by name and by what stands in it."""

import re
from collections.abc import Sequence

from intake.draft_layouts import guess_layout
from intake.draft_samples import Sample

MO_ITEMS = (
    "entry_point",
    "entry_method",
    "tool_used",
    "occupied",
    "search_style",
    "security_overcome",
    "approach",
    "control_method",
    "weapon_type",
    "n_offenders",
    "disguise",
    "target_activity",
    "property_class_taken",
    "property_ignored",
    "keys_then_car",
    "vehicle_model_class",
    "keyless",
    "where_parked",
    "escape",
    "offender_vehicle",
    "damage_level",
    "forensic_trace",
)
"""Items of the minimum standard whose names are looked for; what their values may be is the standard's to say."""

# first pattern that a column name fits wins, in this order; names are compared in lower_snake_case
_NAMES: dict[str, tuple[str, ...]] = {
    "person_id": (r"^(offender|person|nominal|suspect|defendant)_?(id|ref|no|urn|number)$",),
    "crime_id": (
        r"^crime_?(id|no|ref|number|reference|urn)$",
        r"^(complaint|dr_no|offence_id|case_?(id|no|number)|report_?(no|number)|crime)$",
    ),
    "incident_id": (r"^(incident|log|event)_?(id|no|ref|number)$",),
    "committed_from_at": (
        r"^(committed|occurred|offence|date|dt|datetime)_(date_)?(from|start)(_at|_date)?$",
        r"^(from|start|earliest)_?(date|dt|at|datetime)?(_time)?$",
        r"^(date|dt)_(occ|occur|occurred|committed|of_offence)(_raw)?$",
        r"^(committed|occurred)(_at|_on|_date)?$",
    ),
    "committed_to_at": (
        r"^(committed|occurred|offence|date|dt|datetime)_(date_)?(to|end)(_at|_date)?$",
        r"^(to|end|latest)_?(date|dt|at|datetime)?(_time)?$",
    ),
    "reported_at": (r"rptd|reported",),
    "recorded_at": (r"^(recorded|created|date_recorded|record)(_at|_on|_date)?$",),
    "as_of_at": (r"as_of|updated|modified|extracted",),
    "easting_m": (r"^easting(_m|s)?$", r"^(x|lon|long|longitude|lng)(_|$)", r"_x$"),
    "northing_m": (r"^northing(_m|s)?$", r"^(y|lat|latitude)(_|$)", r"_y$"),
    "offence_code": (
        r"^(ho_?code|offence_code|crime_code|crm_cd|offence_class(ification)?|crime_type|offence_type|offence)$",
    ),
    "crime_group": (r"^crime_group$",),
    "is_attempt": (r"^(is_)?attempt(ed)?(_flag|_ind)?$",),
    "premises_type": (r"^(premis|location_type|locus|building_type)",),
    "area_code": (r"^(beat|ward|neighbou?rhood|district|area|sector|division)(_code|_name|_id)?$",),
    "status": (r"^(crime_)?status(_code)?$",),
    "outcome_code": (r"^(outcome|disposal)",),
    "item_code": (
        r"^(mo_)?(item|feature)(_code)?$",
        r"^mo_(field|type)$",
    ),
    "value_code": (r"^(mo_)?value(_code)?$",),
    "captured_by": (r"^captured_by$",),
    "captured_at": (r"^captured_at$",),
    "text": (r"^(mo_)?(text|narrative|summary|free_text|notes|description_of_mo|modus_operandi)$",),
    "property_class": (r"^prop(erty)?_(class|type)$",),
    "quantity": (r"^(quantity|qty)$",),
    "value_pence": (r"^value_pence$",),
}
_DATES = ("committed_from_at", "committed_to_at", "reported_at", "recorded_at", "as_of_at", "captured_at")
_NUMBERS = ("easting_m", "northing_m")


def snake_case(name: str) -> str:
    """Return a name or value as lower_snake_case."""
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")


def guess_columns(sample: Sample) -> dict[str, str]:
    """Return the source column that each canonical column is likely to be; doubtful ones are left out."""
    plain = {column: snake_case(column) for column in sample.columns}
    guesses: dict[str, str] = {}
    for canonical, patterns in _NAMES.items():
        for pattern in patterns:
            fitting = [c for c in plain if re.search(pattern, plain[c]) and c not in guesses.values()]
            fitting = [c for c in fitting if _holds(canonical, sample.given(c))]
            if fitting:
                guesses[canonical] = fitting[0]
                break
    if "committed_from_at" not in guesses:
        spare = [c for c in plain if c not in guesses.values() and guess_layout(sample.given(c))]
        if spare:
            guesses["committed_from_at"] = spare[0]
    return guesses


def _holds(canonical: str, cells: Sequence[str]) -> bool:
    if canonical in _DATES:
        return guess_layout(cells) is not None
    if canonical in _NUMBERS:
        return bool(cells) and sum(_is_number(cell) for cell in cells) >= 0.9 * len(cells)
    return True


def _is_number(cell: str) -> bool:
    return re.fullmatch(r"[-+]?[0-9]*\.?[0-9]+([eE][-+]?[0-9]+)?", cell) is not None


def guess_items(sample: Sample, taken: Sequence[str]) -> dict[str, str]:
    """Return the source column that each MO item is likely to be: same name, whatever the case and separators.

    Columns MO1, MO2... are items of the force's own.
    """
    plain = {re.sub(r"^mo_(?=[a-z])", "", snake_case(c)): c for c in sample.columns if c not in taken}
    own = sorted(item for item in plain if re.fullmatch(r"mo_?[0-9]+", item))
    return {item: plain[item] for item in (*MO_ITEMS, *own) if item in plain and sample.given(plain[item])}


def guess_time_column(sample: Sample, date_column: str) -> str | None:
    """Return the column that holds the time of day of a date column: TIME OCC beside DATE OCC."""
    wanted = snake_case(date_column).replace("date", "time")
    for column in sample.columns:
        cells = sample.given(column)
        is_time = cells and all(re.fullmatch(r"[0-9]{1,4}|[0-9]{1,2}:[0-9]{2}(:[0-9]{2})?", cell) for cell in cells)
        if snake_case(column) == wanted and column != date_column and is_time:
            return column
    return None
