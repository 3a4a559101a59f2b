"""The files of the extract as tables of text, in the record system's own columns and words."""

from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from intake.demo.county import County
from intake.demo.crimes import Crimes
from intake.demo.detection import Names
from intake.demo.mo import ABSENT
from intake.demo.record_system import (
    BASIS_NAMES,
    INVALID_CODES,
    ITEM_NAMES,
    PREMISES,
    ROLE_NAMES,
    STATUSES,
    VALUE_NAMES,
)
from intake.demo.recorded_codes import NOT_RECORDED, REFUSED, UNKNOWN
from intake.demo.recording import ROLES, RecordedCrimes
from intake.demo.settings import CRIME_GROUPS, DemoSettings
from intake.demo.text_columns import reference_text, stamp_text, words
from intake.demo.vocabulary import ITEM_INDEX, ITEMS, value_number, values_of

_PREMISES_WORDS = tuple(dict.fromkeys(word for group in CRIME_GROUPS for word in PREMISES[group]))
_NULLS = {NOT_RECORDED: "not_recorded", UNKNOWN: "unknown", REFUSED: "refused"}
_FIRST_VALUE = np.cumsum([0] + [len(values_of(item)) for item in ITEMS])
_VALUE_WORDS = (
    [VALUE_NAMES.get(value, value) for item in ITEMS for value in values_of(item)]
    + [VALUE_NAMES[_NULLS[code]] for code in (NOT_RECORDED, UNKNOWN, REFUSED)]
    + list(INVALID_CODES)
)
_NOT_EXAMINED = value_number("forensic_trace", "not_examined")


class Demo(NamedTuple):
    """Everything that is known of the demo force, before it is written; arrays are in the order of the file.

    Attributes
    ----------
    reference : pyarrow string array (n,), the crimes' own references
    report_reference : pyarrow string array (n,), what victim or caller was given at the report, may be empty
    """

    reference: pa.Array
    report_reference: pa.Array
    county: County
    crimes: Crimes
    mo: np.ndarray
    recorded: RecordedCrimes
    names: Names
    solved: np.ndarray


def crimes_table(demo: Demo, settings: DemoSettings, rng: np.random.Generator) -> pa.Table:
    """Return the crimes file, one row a crime, clean but for its planted faults."""
    crimes, stamps = demo.crimes, demo.recorded.stamps
    n = len(crimes.group)
    easting_m, northing_m = _recorded_places(demo)
    closed = demo.recorded.stamps.updated - stamps.reported > 60 * 24 * 14
    status = np.where(demo.solved, 2, np.where(closed, 0, 1))
    outcome = np.where(demo.solved, rng.integers(2, 4, n), np.where(closed, rng.integers(0, 2, n), 4))
    return pa.table(
        {
            "CRIME_REF": demo.reference,
            "INCIDENT_NO": _incident_numbers(crimes.incident, settings, rng),
            "HO_CODE": _offence_codes(crimes, demo.mo, rng),
            "ATTEMPT": words(("N", "Y"), demo.recorded.is_attempt.astype(np.int64)),
            "DATE_FROM": stamp_text(stamps.committed_from),
            "DATE_TO": stamp_text(stamps.committed_to),
            "DATE_REPORTED": stamp_text(stamps.reported),
            "DATE_RECORDED": stamp_text(stamps.recorded),
            "EASTING": pc.cast(pa.array(easting_m.astype(np.int64)), pa.string()),
            "NORTHING": pc.cast(pa.array(northing_m.astype(np.int64)), pa.string()),
            "GEO_QUALITY": words(("UPRN", "STREET", "POSTCODE"), rng.choice(3, n, p=(0.84, 0.12, 0.04))),
            "PREMISES": _premises(crimes.group, rng),
            "BEAT": words(demo.county.beat_code, crimes.beat),
            "STATUS": words(STATUSES, status),
            "OUTCOME": words(("18", "14", "1", "4", ""), outcome),
            "LAST_UPDATED": stamp_text(stamps.updated),
            "REPORT_REF": demo.report_reference,
        }
    )


def _recorded_places(demo: Demo) -> tuple[np.ndarray, np.ndarray]:
    """Return eastings and northings as recorded: some crimes stand on the middle of their beat."""
    middle = demo.county.beat_xy[demo.crimes.beat]
    struck = demo.recorded.faults["default_place"]
    return (
        np.where(struck, middle[:, 0], demo.crimes.easting_m),
        np.where(struck, middle[:, 1], demo.crimes.northing_m),
    )


def mo_table(demo: Demo, rows: np.ndarray) -> pa.Table:
    """Return the MO file's rows for some crimes: one a crime, item and value that the form holds."""
    recorded = demo.recorded
    place, item, slot = np.nonzero(recorded.mo[rows] != ABSENT)
    crime = rows[place]
    value = recorded.mo[crime, item, slot].astype(np.int64)
    null_place = np.select([value == code for code in _NULLS], [0, 1, 2], 3 + crime % len(INVALID_CODES))
    position = np.where(value >= 0, _FIRST_VALUE[item] + value, _FIRST_VALUE[-1] + null_place)
    by_csi = (item == ITEM_INDEX["forensic_trace"]) & (value != _NOT_EXAMINED) & (value >= 0)
    role = np.where(by_csi, ROLES.index("csi"), recorded.role[crime])
    captured = np.where(by_csi, recorded.csi_captured[crime], recorded.captured[crime])
    return pa.table(
        {
            "CRIME_REF": demo.reference.take(pa.array(crime)),
            "MO_FIELD": words([ITEM_NAMES[name] for name in ITEMS], item),
            "MO_VALUE": words(_VALUE_WORDS, position),
            "ENTERED_BY": words(ROLE_NAMES, role),
            "ENTERED": stamp_text(captured),
        }
    )


def names_table(demo: Demo, pseudonym: np.ndarray) -> pa.Table:
    """Return the persons file, one row a person named for a crime, under pseudonyms."""
    return pa.table(
        {
            "NOMINAL_REF": person_references(demo.names.person, pseudonym),
            "CRIME_REF": demo.reference.take(pa.array(demo.names.crime)),
            "BASIS": words(BASIS_NAMES, demo.names.basis),
        }
    )


def person_references(person: np.ndarray, pseudonym: np.ndarray) -> pa.Array:
    """Return the pseudonyms of offenders; their order tells nothing."""
    return reference_text("N", pseudonym[person], 8)


def property_table(demo: Demo, rng: np.random.Generator) -> pa.Table:
    """Return the property file: what was really taken, as listed for the insurer, one row a crime and class."""
    taken = demo.mo[:, ITEM_INDEX["property_class_taken"]]
    crime, slot = np.nonzero(
        (taken != ABSENT)
        & (taken != value_number("property_class_taken", "none"))
        & (rng.random(len(taken)) < 0.9)[:, None]
    )
    cars = np.flatnonzero((demo.crimes.group == CRIME_GROUPS.index("theft_of_vehicle")) & ~demo.crimes.is_attempt)
    kinds = [*values_of("property_class_taken"), "vehicle"]
    kind = np.concatenate([taken[crime, slot].astype(np.int64), np.full(len(cars), len(kinds) - 1)])
    crime = np.concatenate([crime, cars])
    order = np.argsort(crime, kind="stable")
    crime, kind = crime[order], kind[order]
    middle = np.where(kind == len(kinds) - 1, 9.2, 4.0 + 1.6 * ((kind * 7) % 5) / 4)
    pounds = np.exp(middle + 0.8 * rng.standard_normal(len(crime)))
    return pa.table(
        {
            "CRIME_REF": demo.reference.take(pa.array(crime)),
            "PROP_CLASS": words([VALUE_NAMES.get(k, k) for k in kinds], kind),
            "QTY": words(("1", "2", "3"), rng.choice(3, len(crime), p=(0.86, 0.1, 0.04))),
            "VALUE_PENCE": pc.cast(pa.array((np.round(pounds) * 100).astype(np.int64)), pa.string()),
            "PROP_STATUS": words(("STOLEN", "RECOVERED"), (rng.random(len(crime)) < 0.06).astype(np.int64)),
        }
    )


def _incident_numbers(incident: np.ndarray, settings: DemoSettings, rng: np.random.Generator) -> pa.Array:
    """Return incident references for a share of the incidents, whole incidents at a time, else blank."""
    n = int(incident.max()) + 1
    given = (rng.random(n) < settings.incident_id_given)[incident]
    numbers = reference_text("INC", rng.permutation(n)[incident] + 1, 8)
    return pc.if_else(pa.array(given), numbers, "")


def _offence_codes(crimes: Crimes, mo: np.ndarray, rng: np.random.Generator) -> pa.Array:
    """Return Home Office codes: attempts and distraction burglaries have their own."""
    codes = ("28E", "34B", "39", "45", "48", "126", "28F", "28G", "28H", "29A", "37.2")
    chance = rng.random(len(crimes.group))
    burglary = crimes.group == 0
    deceived = mo[:, ITEM_INDEX["entry_method"], 0] == value_number("entry_method", "deception")
    code = crimes.group.copy()
    code[burglary & crimes.is_attempt] = 6
    code[burglary & deceived] = 7
    code[burglary & deceived & crimes.is_attempt] = 8
    code[burglary & ~deceived & ~crimes.is_attempt & (chance < 0.015)] = 9
    code[(crimes.group == 4) & (chance < 0.04)] = 10
    return words(codes, code)


def _premises(group: np.ndarray, rng: np.random.Generator) -> pa.Array:
    counts = np.array([len(PREMISES[name]) for name in CRIME_GROUPS])
    table = np.full((len(CRIME_GROUPS), counts.max()), -1)
    for number, name in enumerate(CRIME_GROUPS):
        table[number, : counts[number]] = [_PREMISES_WORDS.index(word) for word in PREMISES[name]]
    # The first words of each list are the most common ones.
    pick = (rng.random(len(group)) ** 1.5 * counts[group]).astype(np.int64)
    return words(_PREMISES_WORDS, table[group, pick])
