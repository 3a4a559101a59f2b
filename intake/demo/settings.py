"""Every rate of the demo force in one frozen dataclass, and the fixed calendar it lives in.

The difficulty (see `writer`) depends on the spread, habit and detection figures below: measure it again when
one of them changes.
"""

from dataclasses import dataclass, field

import numpy as np

FIRST_DAY = np.datetime64("2023-01-01")
N_DAYS = 1096  # 2023-01-01 to 2025-12-31
EXTRACT_DAY = 1155  # 2026-03-01, counted from FIRST_DAY: the day the force made its extract
MINUTES_A_DAY = 1440

CRIME_GROUPS = (
    "burglary_residential",
    "robbery_personal",
    "theft_from_person",
    "theft_from_vehicle",
    "theft_of_vehicle",
    "vehicle_interference",
)


@dataclass(frozen=True)
class PlantedFault:
    """One kind of recording fault and how often it happens where it is planted.

    Attributes
    ----------
    name : str
        Kind of fault, for example ``missing_item``.
    dimension : str
        Data-quality dimension in which it shows.
    rate : float
        Share of eligible records in a planted area.
    background : float
        Share of eligible records anywhere else.
    items : tuple of str
        MO items (or pseudo-items: committed_time, location, crime) it strikes, one per planted area in turn;
        ``*`` strikes the whole form.
    """

    name: str
    dimension: str
    rate: float
    background: float
    items: tuple[str, ...]


PLANTED_FAULTS = (
    PlantedFault("missing_item", "completeness", 0.70, 0.14, ("where_parked", "entry_point", "weapon_type")),
    PlantedFault("coded_other", "specificity", 0.60, 0.03, ("tool_used", "entry_method", "disguise")),
    PlantedFault("invalid_code", "validity", 0.35, 0.004, ("entry_method", "approach", "vehicle_model_class")),
    PlantedFault("midnight_default", "precision", 0.45, 0.015, ("committed_time",)),
    PlantedFault("late_recording", "timeliness", 0.60, 0.05, ("*",)),
    PlantedFault("attempt_with_property", "consistency", 0.35, 0.004, ("property_class_taken",)),
    PlantedFault("text_only", "completeness", 0.65, 0.03, ("search_style", "entry_method", "target_activity")),
    PlantedFault("poor_form", "completeness", 0.50, 0.0, ("*",)),
    PlantedFault("not_known", "completeness", 0.60, 0.0, ("entry_method", "target_activity", "tool_used")),
    PlantedFault("default_place", "precision", 0.50, 0.0, ("location",)),
    PlantedFault("duplicate_crime", "uniqueness", 0.08, 0.0, ("crime",)),
)

LATER_FAULTS = ("poor_form", "not_known", "default_place", "duplicate_crime")
"""Kinds planted over a finished force by chance of their own, so that every other draw stays as it is without them.

They strike nowhere but in their areas.
"""


@dataclass(frozen=True)
class DemoSettings:
    """How the demo force lives, offends, detects and records.

    Shares are of crimes unless said otherwise.

    Attributes
    ----------
    faults : tuple of PlantedFault
        Recording faults planted in named areas.
    areas_per_fault : int
        At most so many areas carry one kind of fault (fewer where the county has few beats).
    """

    # who
    series_tail: float = 1.15  # Pareto exponent of incidents per offender
    longest_series: int = 20  # incidents
    generalist_share: float = 0.15  # mean share of an offender's incidents outside the main group
    co_offending: float = 0.22  # of incidents with an associate taking part
    # where
    spread_km: float = 1.1  # median spread of an offender's crimes round a base
    trip_share: float = 0.17  # mean share of bursts in another town
    near_repeat: float = 0.08  # of incidents copied in place and time from another offender's
    # when
    burst_end: float = 0.24  # chance that the next incident opens a new burst
    burst_gap_days: float = 8.0  # mean days between incidents of a burst
    # habits
    habit_strength: float = 0.75  # mean chance that an offender repeats a habit
    habit_drift: float = 0.45  # of an offender's habits that change once in a career
    attempt_share: float = 0.09
    # detection
    caught_per_incident: float = 0.027  # hazard of being caught, per incident
    solved_when_caught: float = 0.52  # of the crimes of a caught offender
    forensic_named: float = 0.008
    suspect_named: float = 0.03
    wrong_suspect: float = 0.35  # of suspects named
    # recording
    incident_id_given: float = 0.6  # of incidents
    unknown_share: float = 0.06  # asked, but the victim does not know
    refused_share: float = 0.004
    not_recorded_share: float = 0.25  # of missing items, coded `not_recorded` in so many words
    said_in_text: float = 0.6  # of MO facts that the narrative tells
    text_share: float = 0.92  # of crimes with a narrative
    faults: tuple[PlantedFault, ...] = PLANTED_FAULTS
    areas_per_fault: int = 3
    # dirt, as shares of the rows of the table it stands in
    unparsable_date: float = 0.0006
    to_before_from: float = 0.0006
    zero_coordinates: float = 0.003
    duplicate_row: float = 0.001
    cancelled_row: float = 0.004  # recorded twice, one of them cancelled
    other_offence: float = 0.006
    unknown_item: float = 0.0002
    orphan_row: float = 0.0002

    def __post_init__(self) -> None:
        """Refuse shares outside [0, 1] and faults that nothing plants."""
        for name, value in vars(self).items():
            if isinstance(value, float) and name not in _NOT_SHARES and not 0.0 <= value <= 1.0:
                raise DemoError(f"{name}: expected a share between 0 and 1, got {value}; give a fraction")
        kinds = sorted(fault.name for fault in self.faults)
        if kinds != sorted(fault.name for fault in PLANTED_FAULTS):
            raise DemoError(
                f"faults: expected each kind of PLANTED_FAULTS once, got {kinds}; set its rate to 0 instead"
            )
        spread = [fault.name for fault in self.faults if fault.name in LATER_FAULTS and fault.background]
        if spread:
            raise DemoError(f"faults: expected a background of 0 for {spread}, which strike only in their own areas")


_NOT_SHARES = ("series_tail", "spread_km", "burst_gap_days")


class DemoError(ValueError):
    """The demo force cannot be made as asked."""


@dataclass(frozen=True)
class DemoSummary:
    """What `write_demo` wrote.

    Attributes
    ----------
    landing : str
        Folder of the extract.
    truth : str
        Folder of the truth, never read by a refresh.
    crimes, offenders, areas : int
        Live crimes, offenders behind them, and beats.
    twins : int
        Crimes that were recorded a second time, on top of `crimes`.
    solved_share : float
        Share of crimes with a person named at strength A or B.
    rows : dict of str to int
        Rows of each landing file.
    dirty_rows : dict of str to int
        Rows planted to be quarantined, set missing or superseded, by problem.
    """

    landing: str
    truth: str
    crimes: int
    offenders: int
    areas: int
    twins: int
    solved_share: float
    rows: dict[str, int] = field(default_factory=dict)
    dirty_rows: dict[str, int] = field(default_factory=dict)
