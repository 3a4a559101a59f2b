"""The standard's conditions and rules in plain English, for pages and cards."""

from collections.abc import Sequence

from quality.minimum_standard import MinimumStandard, Side

_CRIME_FIELDS = {
    "is_attempt": ("the crime", {"true": "an attempt", "false": "not an attempt"}),
    "property_status": ("a property row", {"stolen": "stolen", "damaged": "damaged", "recovered": "recovered"}),
}


def condition_in_words(side: Side, standard: MinimumStandard) -> str:
    """Say one condition: ``Occupancy is "Somebody in, awake"``."""
    subject, labels = _field_in_words(side.field, standard)
    if not side.codes:
        return f"{subject} is recorded"
    verb = "is not" if side.is_exception else "is"
    return f"{subject} {verb} {one_of([labels.get(code, code) for code in side.codes])}"


def conditions_in_words(sides: Sequence[Side], standard: MinimumStandard) -> str:
    """Say all conditions of an item, joined by `and`; empty where it always applies."""
    return " and ".join(condition_in_words(side, standard) for side in sides)


def one_of(labels: Sequence[str]) -> str:
    """Say a choice: ``"A", "B" or "C"``."""
    quoted = [f'"{label}"' for label in labels]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} or {quoted[-1]}"


def _field_in_words(field: str, standard: MinimumStandard) -> tuple[str, dict[str, str]]:
    if field in standard.items:
        item = standard.items[field]
        return item.label, dict(item.value_labels)
    return _CRIME_FIELDS[field]
