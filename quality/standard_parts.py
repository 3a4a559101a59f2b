"""What the minimum standard is made of: roles, tiers, limits, items, conditions, rules. Frozen, each checked alone.

What the parts say of each other is checked by the whole (`minimum_standard.MinimumStandard`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from quality.errors import StandardError, nearest

# Fields of a condition that are no MO item.
CRIME_FIELDS = ("is_attempt", "property_status")
# An item outside a crime group's list may be recorded, and is then welcome: the lowest tier that is asked at all.
UNLISTED_TIER = 3
# An item that was dropped is neither asked nor expected; its codes stay valid, old records hold them.
DROPPED_TIER = 4


@dataclass(frozen=True)
class Role:
    """Who records: `captured_by` and `value_source` are what a record of theirs says in the staged MO rows."""

    role: str
    label: str
    captured_by: str
    value_source: str
    introduction: str


@dataclass(frozen=True)
class Tier:
    """How much an item counts (weight), and what a shortfall is called (severity, `error` or `warn`)."""

    tier: int
    label: str
    weight: float
    severity: str

    def __post_init__(self) -> None:
        if self.weight <= 0:
            raise StandardError(f"tiers.{self.tier}.weight: expected more than 0, got {self.weight}")
        if self.severity not in ("error", "warn"):
            raise StandardError(f"tiers.{self.tier}.severity: expected error or warn, got {self.severity!r}")


@dataclass(frozen=True)
class Limits:
    """Numbers and words that a judgement turns on; see the comments in the file."""

    timely_within_hours: float
    window_within_hours: float
    least_expected: int
    least_shown: int
    least_linked_pairs: int
    default_place_crimes: int
    default_seconds: float
    unresolved_time_precisions: tuple[str, ...]
    unresolved_location_precisions: tuple[str, ...]

    def __post_init__(self) -> None:
        for name, limit in vars(self).items():
            if not isinstance(limit, tuple) and limit <= 0:
                raise StandardError(f"limits.{name}: expected more than 0, got {limit}")


@dataclass(frozen=True)
class Side:
    """A condition on one field: it holds one of `codes`, or (an exception) any value but those."""

    field: str
    codes: tuple[str, ...]
    is_exception: bool

    def is_possible(self, values: Iterable[str]) -> bool:
        """Say whether the condition can be true of what is known.

        Parameters
        ----------
        values
            Values of the field, null codes left out; none where the field is unknown, which rules nothing out.
        """
        known = set(values)
        met = known - set(self.codes) if self.is_exception else known & set(self.codes)
        return not known or bool(met)


@dataclass(frozen=True)
class Item:
    """One MO item: its question, its closed list (code to label), the crime groups and roles that it is for.

    `questions` holds the wording for a role where it differs from `question`; `describes` is the declared
    meaning (`act`, `target`, `means` or `traces`; see `quality.features`); `not_offered` holds for a crime group the
    values that it is not asked to choose from, although one that is recorded is valid.
    """

    item_code: str
    label: str
    question: str
    why: str
    seconds: float
    is_multi: bool
    crime_groups: tuple[str, ...]
    value_labels: Mapping[str, str]
    unspecific: tuple[str, ...]
    exclusive: tuple[str, ...]
    questions: Mapping[str, str] = field(default_factory=dict)
    roles: tuple[str, ...] = ()
    applies_when: tuple[Side, ...] = ()
    hint: str = ""
    describes: str = "act"
    not_offered: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        where = f"items.{self.item_code}"
        if self.seconds <= 0:
            raise StandardError(f"{where}.seconds: expected more than 0, got {self.seconds}")
        if self.exclusive and not self.is_multi:
            raise StandardError(f"{where}.exclusive: only an item with multi: true can hold two values")
        for key in ("unspecific", "exclusive"):
            for code in getattr(self, key):
                known(code, self.value_labels, f"{where}.{key}")
        for group, codes in self.not_offered.items():
            known(group, self.crime_groups, f"{where}.not_offered")
            for code in codes:
                known(code, self.value_labels, f"{where}.not_offered.{group}")

    def values_offered(self, crime_group: str) -> dict[str, str]:
        """Return the values, code to label, that a crime group is asked to choose from."""
        without = self.not_offered.get(crime_group, ())
        return {code: label for code, label in self.value_labels.items() if code not in without}

    def question_for(self, role: str) -> str:
        """Return the wording for a role."""
        return self.questions.get(role, self.question)


@dataclass(frozen=True)
class ExpectedItem:
    """An item that a crime group asks for, its tier, and every condition under which it applies there.

    An item on trial is asked, so that it can be measured, but not yet expected: no crime is held to it.
    """

    item_code: str
    tier: int
    applies_when: tuple[Side, ...] = ()
    is_trial: bool = False

    def applies(self, values: Mapping[str, Iterable[str]]) -> bool:
        """Say whether the item can apply to a crime, given the values (no null codes) known of each field."""
        return all(side.is_possible(values.get(side.field, ())) for side in self.applies_when)


@dataclass(frozen=True)
class AskedItem:
    """What a role is asked about a crime group, ready to be put into words."""

    item_code: str
    label: str
    tier: int
    question: str
    hint: str
    why: str
    seconds: float
    is_multi: bool
    value_labels: Mapping[str, str]
    unspecific: tuple[str, ...]
    exclusive: tuple[str, ...]
    applies_when: tuple[Side, ...]
    is_trial: bool


@dataclass(frozen=True)
class CrimeGroup:
    """A crime group and every item that its list names, in order of priority, those on trial and dropped too."""

    crime_group: str
    label: str
    entries: tuple[ExpectedItem, ...]

    @property
    def items(self) -> tuple[ExpectedItem, ...]:
        """What is expected of the crime group, in order of priority."""
        return tuple(entry for entry in self.asked if not entry.is_trial)

    @property
    def asked(self) -> tuple[ExpectedItem, ...]:
        """What is asked, expected or on trial, in order of priority."""
        return tuple(entry for entry in self.entries if entry.tier != DROPPED_TIER)


@dataclass(frozen=True)
class ConsistencyRule:
    """Two sides that cannot both be true of one crime; the fault is charged to `item_code`."""

    rule: str
    label: str
    item_code: str
    first: Side
    second: Side


def known(code: str, names: Iterable[str], where: str) -> None:
    """Refuse a code that is not among the names, with the nearest that is."""
    choices = set(names)
    if code not in choices:
        raise StandardError(f"{where}: {code!r} is not known; {nearest(code, choices)}")
