"""The truth behind the extract, kept apart from it and never read by a refresh."""

import numpy as np
import pyarrow as pa

from intake.demo.dirt import Dirt
from intake.demo.extract_tables import Demo, person_references
from intake.demo.faults import FaultRates
from intake.demo.mo import ABSENT, N_SLOTS
from intake.demo.practice_change import PlannedChange
from intake.demo.settings import CRIME_GROUPS, FIRST_DAY, DemoSettings
from intake.demo.text_columns import reference_text
from intake.demo.twins import Twins, with_twins
from intake.demo.vocabulary import ITEMS, MULTI_VALUED, values_of

CRIME_FAULT_ITEM = {
    "midnight_default": "committed_time",
    "attempt_with_property": "property_class_taken",
    "default_place": "location",
    "duplicate_crime": "crime",
}
"""The item under which a fault of the whole crime shows; late recording shows under every recorded item."""


def truth_tables(
    demo: Demo,
    rates: FaultRates,
    changes: tuple[PlannedChange, ...],
    dirt: Dirt,
    twins: Twins,
    pseudonym: np.ndarray,
    settings: DemoSettings,
) -> dict[str, pa.Table]:
    """Return the truth by file name.

    Parameters
    ----------
    demo : Demo
        The demo force.
    rates : FaultRates
        Where faults were planted.
    changes : tuple of PlannedChange
        Where practice changed.
    dirt : Dirt
        Spoilt and copied rows.
    twins : Twins
        Crimes recorded twice; the second record is a crime of its own here, of the same incident and series.
    pseudonym : int64 array (offenders,)
        Numbers of the persons' references.
    settings : DemoSettings
        Rates of the faults.

    Returns
    -------
    dict of str to pyarrow.Table
        offenders, one row a crime and person; crimes and mo, one a crime; areas, one a planted fault and item;
        recording_faults, one a crime, item and fault (`is_planted` tells the named areas from the background);
        dirty_rows, one a crime and problem; duplicates, one a second record (crime_id) and the first
        (duplicate_of); changes, one an area whose practice changed.
    """
    by_crime = {
        "offenders": _offenders(demo, pseudonym),
        "crimes": _crimes(demo, pseudonym),
        "mo": _mo(demo),
        "recording_faults": _recording_faults(demo, rates, settings),
    }
    doubled = {name: pa.concat_tables(with_twins(iter([table]), "crime_id", twins)) for name, table in by_crime.items()}
    return doubled | {
        "areas": _areas(demo, rates, settings),
        "dirty_rows": _dirty_rows(demo, dirt),
        "duplicates": pa.table({"crime_id": twins.second, "duplicate_of": twins.first}),
        "changes": _changes(demo, changes),
    }


def _coded(vocabulary: tuple[str, ...] | list[str], position: np.ndarray) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(position.astype(np.int32)), pa.array(list(vocabulary), pa.string()))


def _series(lead: np.ndarray, pseudonym: np.ndarray) -> pa.Array:
    return reference_text("S", pseudonym[lead], 8)


def _offenders(demo: Demo, pseudonym: np.ndarray) -> pa.Table:
    second = np.flatnonzero(demo.crimes.associate >= 0)
    crime = np.concatenate([np.arange(len(demo.crimes.lead)), second])
    person = np.concatenate([demo.crimes.lead, demo.crimes.associate[second]])
    order = np.argsort(crime, kind="stable")
    crime, person = crime[order], person[order]
    return pa.table(
        {
            "crime_id": demo.reference.take(pa.array(crime)),
            "person_id": person_references(person, pseudonym),
            "series_id": _series(demo.crimes.lead[crime], pseudonym),
            "is_solved": demo.solved[crime],
        }
    )


def _crimes(demo: Demo, pseudonym: np.ndarray) -> pa.Table:
    crimes = demo.crimes
    return pa.table(
        {
            "crime_id": demo.reference,
            "incident_id": reference_text("I", crimes.incident, 8),
            "series_id": _series(crimes.lead, pseudonym),
            "crime_group": _coded(CRIME_GROUPS, crimes.group),
            "area_code": _coded(demo.county.beat_code, crimes.beat),
            "committed_local": FIRST_DAY.astype("datetime64[s]") + crimes.minute.astype("timedelta64[m]"),
            "easting_m": crimes.easting_m,
            "northing_m": crimes.northing_m,
            "is_attempt": crimes.is_attempt,
        }
    )


def _mo(demo: Demo) -> pa.Table:
    columns = {"crime_id": demo.reference}
    for index, item in enumerate(ITEMS):
        for slot in range(N_SLOTS if item in MULTI_VALUED else 1):
            value = demo.mo[:, index, slot].astype(np.int32)
            codes = pa.array(value, mask=value == ABSENT)
            name = f"{item}_{slot + 1}" if item in MULTI_VALUED else item
            columns[name] = pa.DictionaryArray.from_arrays(codes, pa.array(values_of(item)))
    return pa.table(columns)


def _areas(demo: Demo, rates: FaultRates, settings: DemoSettings) -> pa.Table:
    kinds = {fault.name: fault for fault in settings.faults}
    rows = [
        {
            "area_code": demo.county.beat_code[planned.beat],
            "crime_group": None,
            "item_code": item,
            "fault": planned.fault,
            "dimension": kinds[planned.fault].dimension,
            "rate": kinds[planned.fault].rate,
            "background_rate": kinds[planned.fault].background,
        }
        for planned in rates.plan
        for item in (ITEMS if planned.item == "*" else (planned.item,))
    ]
    text = {name: pa.string() for name in ("area_code", "crime_group", "item_code", "fault", "dimension")}
    schema = pa.schema(list((text | {"rate": pa.float64(), "background_rate": pa.float64()}).items()))
    return pa.Table.from_pylist(rows, schema)


def _recording_faults(demo: Demo, rates: FaultRates, settings: DemoSettings) -> pa.Table:
    dimension = {fault.name: fault.dimension for fault in settings.faults}
    items = (*ITEMS, "committed_time", "location", "crime")
    tables = []
    for name, struck in demo.recorded.faults.items():
        crime, item = _struck(name, struck, demo, items)
        planted = np.zeros((len(demo.county.beat_code), len(items)), dtype=bool)
        for planned in rates.plan:
            if planned.fault == name:
                planted[planned.beat, slice(None) if planned.item == "*" else items.index(planned.item)] = True
        tables.append(
            pa.table(
                {
                    "crime_id": demo.reference.take(pa.array(crime)),
                    "item_code": _coded(items, item).cast(pa.string()),
                    "fault": _coded([name], np.zeros(len(crime))).cast(pa.string()),
                    "dimension": _coded([dimension[name]], np.zeros(len(crime))).cast(pa.string()),
                    "is_planted": planted[demo.crimes.beat[crime], item],
                }
            )
        )
    return pa.concat_tables(tables)


def _struck(name: str, struck: np.ndarray, demo: Demo, items: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Return crimes and item positions of one fault."""
    if struck.ndim == 2:
        crime, item = np.nonzero(struck)
        return crime, item
    if name in CRIME_FAULT_ITEM:
        crime = np.flatnonzero(struck)
        return crime, np.full(len(crime), items.index(CRIME_FAULT_ITEM[name]))
    late = np.flatnonzero(struck)
    place, item = np.nonzero(demo.recorded.mo[late, :, 0] != ABSENT)
    return late[place], item


def _changes(demo: Demo, changes: tuple[PlannedChange, ...]) -> pa.Table:
    rows = [
        {"area_code": demo.county.beat_code[c.beat], "changed_on": c.changed_on, "effect": c.effect} for c in changes
    ]
    schema = pa.schema([("area_code", pa.string()), ("changed_on", pa.date32()), ("effect", pa.float64())])
    return pa.Table.from_pylist(rows, schema)


def _dirty_rows(demo: Demo, dirt: Dirt) -> pa.Table:
    rows = np.concatenate(dirt)
    kind = np.repeat(np.arange(len(dirt)), [len(chosen) for chosen in dirt])
    return pa.table({"crime_id": demo.reference.take(pa.array(rows)), "problem": _coded(Dirt._fields, kind)})
