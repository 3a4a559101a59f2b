"""What may never be evidence.

A link may rest on what was done, never on who somebody is or which officer wrote it down. Beat, officer,
outcome and suspect fields leak the answer or stand for a place; protected characteristics (Equality Act 2010,
section 4) and what betrays them (name, language, accent, nationality, dress) are refused whatever they would add.
"""

import re
from collections.abc import Iterable

from quality.errors import ProtectedFeature

# Whole words of a snake_case name. Each maps to the ground on which it is refused.
_WORDS = {
    "a protected characteristic": """
        age ages dob birth born youth elderly juvenile minor disability disabilities disabled impairment
        race racial colour color skin complexion ethnic ethnicity descent ancestry heritage caste
        religion religious belief beliefs faith sex gender trans transgender lgbt orientation sexuality
        pregnant pregnancy maternity marital marriage married partnership nationality nationalities
        citizenship immigration immigrant asylum gypsy traveller roma""",
    "a proxy of a protected characteristic": """
        name names forename surname firstname lastname fullname alias nickname initials language languages
        tongue speech accent dialect interpreter country origin birthplace dress dressed clothing clothes
        attire garment headwear hair beard build height appearance income benefits school""",
    "who somebody is": """
        person persons people offender_id nominal suspect suspects victim_id arrestee custody pnc croid cro
        phone_number email address uprn postcode vrm registration dna_profile ip""",
    "place or recording, not behaviour": """
        beat beats area areas district districts ward wards sector lsoa msoa neighbourhood borough division
        officer officers collar shift station operator recorder captured recorded reported
        outcome outcomes disposal charge charged conviction convicted caution detected solved clearance status
        unit team""",
}
_GROUND = {word: ground for ground, words in _WORDS.items() for word in words.split()}
# The age of a car, the height of a fence, a disabled alarm: of the target, not of a person.
_THINGS = {
    *("vehicle", "veh", "car", "property", "building", "dwelling", "entry", "window", "wall", "fence"),
    *("alarm", "cctv", "security"),
}
_OF_THINGS = {"age", "colour", "color", "height", "build", "disabled", "status"}
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def refuse_protected(items: Iterable[str]) -> None:
    """Let through the names of MO items and evidence columns that describe behaviour; refuse the others.

    Parameters
    ----------
    items
        Item codes or column names; ``match_`` in front, capitals and hyphens make no difference.

    Raises
    ------
    ProtectedFeature
        Naming every refused item and why, in one line.
    """
    refused = {item: ground for item in items if (ground := _ground_of(str(item))) is not None}
    if refused:
        listed = "; ".join(f"{item!r} is {ground}" for item, ground in sorted(refused.items()))
        raise ProtectedFeature(f"not allowed as evidence: {listed}; use it for reporting only")


def _ground_of(item: str) -> str | None:
    name = re.sub(r"[^a-z0-9]+", "_", _CAMEL.sub("_", item.strip()).lower()).strip("_")
    name = name.removeprefix("match_")
    words = name.split("_")
    is_of_a_thing = not _THINGS.isdisjoint(words)
    for size in (1, 2):
        for start in range(len(words) - size + 1):
            word = "_".join(words[start : start + size])
            if word in _GROUND and not (is_of_a_thing and word in _OF_THINGS):
                return _GROUND[word]
    return None
