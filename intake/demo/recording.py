"""What the force writes down of an MO: by whom, when, and what is lost or spoilt on the way."""

from typing import NamedTuple

import numpy as np

from intake.demo.crimes import Crimes
from intake.demo.faults import ITEM_FAULTS, FaultRates
from intake.demo.later_faults import strike_crimes, strike_items
from intake.demo.mo import ABSENT
from intake.demo.practice_change import PlannedChange, recover_items
from intake.demo.recorded_codes import INVALID, NOT_RECORDED, REFUSED, UNKNOWN
from intake.demo.settings import MINUTES_A_DAY, DemoSettings
from intake.demo.vocabulary import ITEM_INDEX, ITEMS, value_number, values_of
from intake.demo.windows import Stamps, civil_minute

ROLES = ("victim_online", "call_taker", "officer", "investigator", "csi")
ROLE_SHARE = np.array(
    [
        [0.06, 0.30, 0.54, 0.10],
        [0.00, 0.18, 0.56, 0.26],
        [0.30, 0.42, 0.24, 0.04],
        [0.46, 0.40, 0.12, 0.02],
        [0.16, 0.46, 0.30, 0.08],
        [0.44, 0.42, 0.13, 0.01],
    ]
)
"""Who fills in the form, by crime group; forensic traces that were looked for are the CSI's."""

LAG_HOURS = np.array([0.2, 0.3, 9.0, 18.0, 16.0])
"""Mean hours from report to recording, by role, when it is not late."""

IN_TIME_MINUTES = 70 * 60
LATE_MINUTES = 72 * 60


class LaterRecording(NamedTuple):
    """What was added over a finished force, with chance of its own."""

    changes: tuple[PlannedChange, ...]
    change_rng: np.random.Generator
    fault_rng: np.random.Generator


class RecordedCrimes(NamedTuple):
    """The recorded side of each crime; arrays have one entry (or row) a crime.

    Attributes
    ----------
    mo : int8 array (n, items, slots)
        Value numbers, or ABSENT, NOT_RECORDED, UNKNOWN, REFUSED, INVALID in the first slot.
    role, csi_captured, captured : int64
        Position in ROLES; minutes of the CSI's and of the form's recording.
    stamps : Stamps
    is_attempt : bool
    needs_text : bool array (n, items), the narrative must tell what the form does not
    faults : dict of str to bool array, (n, items) for a fault of an item, (n,) for one of the crime
    """

    mo: np.ndarray
    role: np.ndarray
    captured: np.ndarray
    csi_captured: np.ndarray
    stamps: Stamps
    is_attempt: np.ndarray
    needs_text: np.ndarray
    faults: dict[str, np.ndarray]


def record_crimes(
    crimes: Crimes,
    mo: np.ndarray,
    stamps: Stamps,
    rates: FaultRates,
    settings: DemoSettings,
    rng: np.random.Generator,
    later: LaterRecording,
) -> RecordedCrimes:
    """Record the crimes with the force's usual losses and the planted faults.

    Parameters
    ----------
    crimes : Crimes
        What happened.
    mo : int8 array (n, items, slots)
        True MO.
    stamps : Stamps
        Times as they would be recorded with care.
    rates : FaultRates
        Chances of each fault by area.
    settings : DemoSettings
        Shares of unknown, refused and so on.
    rng : numpy.random.Generator
        Source of chance.
    later : LaterRecording
        What came later: changes in practice and further kinds of fault.

    Returns
    -------
    RecordedCrimes
        Its `faults` name exactly the records in which a fault shows.
    """
    recorded, faults = _record_mo(crimes.beat, mo, rates, settings, rng)
    recover_items(recorded, faults["missing_item"], mo, crimes.beat, stamps.reported, later.changes, later.change_rng)
    faults |= strike_items(recorded, faults, crimes.beat, rates, later.fault_rng)
    struck = {name: rng.random(len(mo)) < rate[crimes.beat] for name, rate in rates.crime.items()}
    taken = recorded[:, ITEM_INDEX["property_class_taken"], 0]
    stolen = (taken >= 0) & (taken != value_number("property_class_taken", "none"))
    struck["attempt_with_property"] &= stolen & ~crimes.is_attempt
    cumulative = np.cumsum(ROLE_SHARE, axis=1)[crimes.group]
    role = np.minimum((cumulative < rng.random(len(mo))[:, None]).sum(axis=1), ROLE_SHARE.shape[1] - 1)
    late = struck["late_recording"]
    struck |= strike_crimes(crimes.beat, rates, later.fault_rng)
    return RecordedCrimes(
        mo=recorded,
        role=role,
        captured=_captured(stamps.reported, LAG_HOURS[role], late, rng),
        csi_captured=_captured(stamps.reported, np.full(len(mo), LAG_HOURS[-1]), late, rng),
        stamps=_default_to_midnight(stamps, struck["midnight_default"]),
        is_attempt=crimes.is_attempt | struck["attempt_with_property"],
        needs_text=faults["text_only"],
        faults=faults | struck,
    )


def _record_mo(
    beat: np.ndarray, mo: np.ndarray, rates: FaultRates, settings: DemoSettings, rng: np.random.Generator
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Return the recorded MO and where each fault of an item struck.

    One number in [0, 1) for each item of a crime decides between all that may happen to it, so that the faults
    exclude each other and each has its own chance.
    """
    recorded = mo.copy()
    faults = {name: np.zeros(mo.shape[:2], dtype=bool) for name in ITEM_FAULTS}
    for index, item in enumerate(ITEMS):
        rows = np.flatnonzero(mo[:, index, 0] != ABSENT)
        chance = rng.random(len(rows))
        wordy = rng.random(len(rows)) < settings.not_recorded_share
        substitutes = {
            "missing_item": np.where(wordy, NOT_RECORDED, ABSENT),
            "text_only": np.where(wordy, NOT_RECORDED, ABSENT),
            "coded_other": np.full(len(rows), _other(item)),
            "invalid_code": np.full(len(rows), INVALID),
        }
        passed = np.zeros(len(rows))
        for number, name in enumerate(ITEM_FAULTS):
            rate = rates.item[number, beat[rows], index]
            hit = (chance >= passed) & (chance < passed + rate)
            passed += rate
            _replace(recorded, rows[hit], index, substitutes[name][hit])
            faults[name][rows[hit], index] = True
        for code, share in ((UNKNOWN, settings.unknown_share), (REFUSED, settings.refused_share)):
            hit = (chance >= passed) & (chance < passed + share)
            passed += share
            _replace(recorded, rows[hit], index, code)
    return recorded, faults


def _other(item: str) -> int:
    """Return the number of `other`, which only items that have it can be struck by."""
    return value_number(item, "other") if "other" in values_of(item) else UNKNOWN


def _replace(recorded: np.ndarray, rows: np.ndarray, index: int, value: np.ndarray | int) -> None:
    """Put one value in place of all that was recorded, in place."""
    recorded[rows, index] = ABSENT
    recorded[rows, index, 0] = value


def _captured(reported: np.ndarray, lag_hours: np.ndarray, late: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return minutes of recording: within 70 hours of the report, or days beyond 72 hours when late."""
    in_time = np.minimum(rng.exponential(lag_hours * 60) + 2, IN_TIME_MINUTES)
    days_late = LATE_MINUTES + (0.25 + np.minimum(rng.exponential(6.0, len(reported)), 20.0)) * MINUTES_A_DAY
    return civil_minute(reported + np.where(late, days_late, in_time).astype(np.int64))


def _default_to_midnight(stamps: Stamps, struck: np.ndarray) -> Stamps:
    """Reduce the interval to midnight at the start of its first day, as a form does when no time is entered."""
    midnight = stamps.committed_from - stamps.committed_from % MINUTES_A_DAY
    return stamps._replace(
        committed_from=np.where(struck, midnight, stamps.committed_from),
        committed_to=np.where(struck, midnight, stamps.committed_to),
    )
