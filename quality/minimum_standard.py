"""The minimum standard of MO recording: which items each crime group needs, in which words, how well.

The standard is data (`minimum_standard.yaml`); this module makes frozen objects of it and answers what the
rest of the house asks: the list of codes, the items of a crime group, the target of a dimension.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from quality.errors import StandardError, nearest
from quality.features import refuse_protected
from quality.standard_document import DIMENSIONS, read_document

if TYPE_CHECKING:
    import pandas as pd

STANDARD_FILE = Path(__file__).with_name("minimum_standard.yaml")
# Fields of a consistency rule that are no MO item.
CRIME_FIELDS = ("is_attempt", "property_status")
# Codes outside a crime group's eight may be recorded, and are then welcome: the lowest tier that is asked at all.
UNLISTED_TIER = 3


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
    least_linked_pairs: int
    default_seconds: float
    unresolved_time_precisions: tuple[str, ...]
    unresolved_location_precisions: tuple[str, ...]


@dataclass(frozen=True)
class Item:
    """One MO item: its question, its closed list (code to label), the crime groups that it applies to."""

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

    def __post_init__(self) -> None:
        where = f"items.{self.item_code}"
        if self.seconds <= 0:
            raise StandardError(f"{where}.seconds: expected more than 0, got {self.seconds}")
        if self.exclusive and not self.is_multi:
            raise StandardError(f"{where}.exclusive: only an item with multi: true can hold two values")
        for key in ("unspecific", "exclusive"):
            for code in getattr(self, key):
                _known(code, self.value_labels, f"{where}.{key}")


@dataclass(frozen=True)
class ExpectedItem:
    """An item that a crime group needs, and its tier."""

    item_code: str
    tier: int


@dataclass(frozen=True)
class CrimeGroup:
    """A crime group and what is expected of it, in order of priority."""

    crime_group: str
    label: str
    items: tuple[ExpectedItem, ...]


@dataclass(frozen=True)
class Side:
    """One side of a consistency rule: a field that holds one of `codes`, or any value but those."""

    field: str
    codes: tuple[str, ...]
    is_exception: bool


@dataclass(frozen=True)
class ConsistencyRule:
    """Two sides that cannot both be true of one crime; the fault is charged to `item_code`."""

    rule: str
    label: str
    item_code: str
    first: Side
    second: Side


@dataclass(frozen=True)
class MinimumStandard:
    """The whole standard, checked: every name that it uses, it also defines."""

    version: str
    counted_nulls: tuple[str, ...]
    waiving_nulls: tuple[str, ...]
    structured_sources: tuple[str, ...]
    tiers: Mapping[int, Tier]
    targets: Mapping[tuple[str, int], float]
    limits: Limits
    crime_groups: Mapping[str, CrimeGroup]
    items: Mapping[str, Item]
    consistency: tuple[ConsistencyRule, ...]

    def __post_init__(self) -> None:
        refuse_protected(self.items)
        for item in self.items.values():
            self._check_item(item)
        for group in self.crime_groups.values():
            self._check_group(group)
        for rule in self.consistency:
            self._check_rule(rule)

    @property
    def null_codes(self) -> tuple[str, ...]:
        """Codes that say why there is no value; those that count as a gap come first."""
        return self.counted_nulls + self.waiving_nulls

    def items_for(self, crime_group: str) -> tuple[ExpectedItem, ...]:
        """Items that the crime group needs, in order of priority.

        Raises
        ------
        StandardError
            For a crime group that the standard does not name.
        """
        _known(crime_group, self.crime_groups, "crime group")
        return self.crime_groups[crime_group].items

    def target(self, dimension: str, tier: int) -> float:
        """Smallest share (0 to 1) of the dimension that is good enough for an item of the tier."""
        return self.targets[dimension, tier]

    def code_list(self) -> "pd.DataFrame":
        """Every code that may be recorded, null codes included.

        Returns
        -------
        DataFrame
            One row per item, value and crime group: item_code, value_code, crime_group (str), tier (int64;
            the item's tier in the crime group, 3 where the crime group does not ask for it). Sorted.
        """
        import pandas as pd

        rows = [
            (item.item_code, value, group, self._tier_of(item.item_code, group))
            for item in self.items.values()
            for group in item.crime_groups
            for value in (*item.value_labels, *self.null_codes)
        ]
        return pd.DataFrame(sorted(rows), columns=["item_code", "value_code", "crime_group", "tier"])

    def _tier_of(self, item_code: str, crime_group: str) -> int:
        expected = {entry.item_code: entry.tier for entry in self.crime_groups[crime_group].items}
        return expected.get(item_code, UNLISTED_TIER)

    def _check_item(self, item: Item) -> None:
        for group in item.crime_groups:
            _known(group, self.crime_groups, f"items.{item.item_code}.crime_groups")
        if taken := sorted(set(item.value_labels) & set(self.null_codes)):
            raise StandardError(f"items.{item.item_code}.values: {taken[0]!r} is a null code; remove it")

    def _check_group(self, group: CrimeGroup) -> None:
        where = f"crime_groups.{group.crime_group}.items"
        codes = [entry.item_code for entry in group.items]
        for entry in group.items:
            _known(entry.item_code, self.items, where)
            _known(str(entry.tier), map(str, self.tiers), f"{where}.{entry.item_code}.tier")
            if group.crime_group not in self.items[entry.item_code].crime_groups:
                raise StandardError(f"{where}: {entry.item_code!r} does not apply to this crime group")
        if repeated := sorted({code for code in codes if codes.count(code) > 1}):
            raise StandardError(f"{where}: {repeated[0]!r} stands twice; keep one")

    def _check_rule(self, rule: ConsistencyRule) -> None:
        where = f"consistency.{rule.rule}"
        _known(rule.item_code, self.items, f"{where}.item")
        for side in (rule.first, rule.second):
            _known(side.field, (*self.items, *CRIME_FIELDS), f"{where}.field")
            if side.field in self.items:
                for code in side.codes:
                    _known(code, self.items[side.field].value_labels, f"{where}.{side.field}")


def load_minimum_standard(path: Path | None = None) -> MinimumStandard:
    """Read and check a minimum standard.

    Parameters
    ----------
    path
        A YAML file; the standard that ships with the software where none is given.

    Raises
    ------
    StandardError
        One line: the file, the key, what was expected, what came, the nearest valid name.
    """
    path = STANDARD_FILE if path is None else path
    try:
        return standard_from_document(read_document(path))
    except StandardError as error:
        raise StandardError(f"{path}: {error}") from error


def standard_from_document(document: Mapping[str, Any]) -> MinimumStandard:
    """Make the standard of a document whose form was checked (`standard_document.check_document`)."""
    nulls = document["null_codes"]
    groups = {code: _group(code, node) for code, node in document["crime_groups"].items()}
    tiers = {tier: Tier(tier, **node) for tier, node in document["tiers"].items()}
    rules = document["consistency"].items()
    return MinimumStandard(
        version=document["version"],
        counted_nulls=tuple(code for code, node in nulls.items() if node["expected"]),
        waiving_nulls=tuple(code for code, node in nulls.items() if not node["expected"]),
        structured_sources=tuple(document["structured_sources"]),
        tiers=tiers,
        targets=_targets(document["targets"], tiers),
        limits=_limits(document["limits"]),
        crime_groups=groups,
        items={code: _item(code, node, tuple(groups)) for code, node in document["items"].items()},
        consistency=tuple(_rule(code, node) for code, node in rules),
    )


def _limits(node: Mapping[str, Any]) -> Limits:
    given: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in node.items()}
    return Limits(**given)


def _targets(node: Mapping[str, Any], tiers: Mapping[int, Tier]) -> dict[tuple[str, int], float]:
    targets = {}
    for dimension in DIMENSIONS:
        share = node[dimension]
        for tier in tiers:
            if isinstance(share, dict) and tier not in share:
                raise StandardError(f"targets.{dimension}: tier {tier} is missing; add it")
            targets[dimension, tier] = float(share[tier] if isinstance(share, dict) else share)
    return targets


def _group(code: str, node: Mapping[str, Any]) -> CrimeGroup:
    entries = tuple(ExpectedItem(entry["item"], entry["tier"]) for entry in node["items"])
    return CrimeGroup(code, node["label"], entries)


def _item(code: str, node: Mapping[str, Any], all_groups: tuple[str, ...]) -> Item:
    groups = node["crime_groups"]
    if isinstance(groups, str) and groups != "all":
        raise StandardError(f"items.{code}.crime_groups: expected all or a list, got {groups!r}")
    return Item(
        item_code=code,
        label=node["label"],
        question=node["question"],
        why=node["why"],
        seconds=node["seconds"],
        is_multi=node["multi"],
        crime_groups=all_groups if isinstance(groups, str) else tuple(groups),
        value_labels=dict(node["values"]),
        unspecific=tuple(node["unspecific"]),
        exclusive=tuple(node.get("exclusive", ())),
    )


def _rule(code: str, node: Mapping[str, Any]) -> ConsistencyRule:
    return ConsistencyRule(code, node["label"], node["item"], _side(node["first"]), _side(node["second"]))


def _side(node: Mapping[str, Any]) -> Side:
    values = node.get("values", node.get("except", []))
    return Side(node["field"], tuple(values), is_exception="except" in node)


def _known(code: str, known: Any, where: str) -> None:
    names = set(known)
    if code not in names:
        raise StandardError(f"{where}: {code!r} is not known; {nearest(code, names)}")
