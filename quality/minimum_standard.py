"""The minimum standard of MO recording: which items each crime group needs, in which words, how well.

The standard is data (`minimum_standard.yaml`); this module makes frozen objects of it and answers what the
rest of the house asks: the list of codes, the items of a crime group, what a role is asked, the target of a
dimension.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from quality.errors import StandardError
from quality.features import MEANINGS, REFUSED_MEANINGS, Wording, refuse_protected_items
from quality.standard_document import DIMENSIONS, fingerprint, read_document
from quality.standard_parts import (
    CRIME_FIELDS,
    DROPPED_TIER,
    UNLISTED_TIER,
    AskedItem,
    ConsistencyRule,
    CrimeGroup,
    ExpectedItem,
    Item,
    Limits,
    Role,
    Side,
    Tier,
    known,
)

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "CRIME_FIELDS",
    "DROPPED_TIER",
    "STANDARD_FILE",
    "UNLISTED_TIER",
    "AskedItem",
    "ConsistencyRule",
    "CrimeGroup",
    "ExpectedItem",
    "Item",
    "Limits",
    "MinimumStandard",
    "Role",
    "Side",
    "Tier",
    "load_minimum_standard",
    "standard_from_document",
]

STANDARD_FILE = Path(__file__).with_name("minimum_standard.yaml")


@dataclass(frozen=True)
class MinimumStandard:
    """The whole standard, checked: every name that it uses, it also defines.

    `fingerprint` is the SHA-256 of the document's content (comments and layout left out).
    """

    version: str
    fingerprint: str
    counted_nulls: tuple[str, ...]
    waiving_nulls: tuple[str, ...]
    null_labels: Mapping[str, str]
    structured_sources: tuple[str, ...]
    roles: Mapping[str, Role]
    tiers: Mapping[int, Tier]
    targets: Mapping[tuple[str, int], float]
    limits: Limits
    crime_groups: Mapping[str, CrimeGroup]
    items: Mapping[str, Item]
    consistency: tuple[ConsistencyRule, ...]

    def __post_init__(self) -> None:
        refuse_protected_items({code: _wording(item) for code, item in self.items.items()})
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
        """Items that are expected of the crime group, in order of priority; none on trial, none dropped.

        Raises
        ------
        StandardError
            For a crime group that the standard does not name.
        """
        known(crime_group, self.crime_groups, "crime group")
        return self.crime_groups[crime_group].items

    def asked(self, crime_group: str, role: str) -> tuple[AskedItem, ...]:
        """Return what a role is asked about a crime of the group, in order of priority.

        Items on trial are among them; an item may still not apply to a crime (`applies_when`).

        Raises
        ------
        StandardError
            For a crime group or role that the standard does not name.
        """
        known(crime_group, self.crime_groups, "crime group")
        known(role, self.roles, "role")
        entries = self.crime_groups[crime_group].asked
        asked = (entry for entry in entries if role in self.items[entry.item_code].roles)
        return tuple(self._as_asked(entry, crime_group, role) for entry in asked)

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

    def _as_asked(self, entry: ExpectedItem, crime_group: str, role: str) -> AskedItem:
        item = self.items[entry.item_code]
        return AskedItem(
            item_code=item.item_code,
            label=item.label,
            tier=entry.tier,
            question=item.question_for(role),
            hint=item.hint,
            why=item.why,
            seconds=item.seconds,
            is_multi=item.is_multi,
            value_labels=item.values_offered(crime_group),
            unspecific=item.unspecific,
            exclusive=item.exclusive,
            applies_when=entry.applies_when,
            is_trial=entry.is_trial,
        )

    def _tier_of(self, item_code: str, crime_group: str) -> int:
        tiers = {entry.item_code: entry.tier for entry in self.crime_groups[crime_group].entries}
        return tiers.get(item_code, UNLISTED_TIER)

    def _check_item(self, item: Item) -> None:
        where = f"items.{item.item_code}"
        known(item.describes, (*MEANINGS, *REFUSED_MEANINGS), f"{where}.describes")
        for group in item.crime_groups:
            known(group, self.crime_groups, f"{where}.crime_groups")
        for role in (*item.roles, *item.questions):
            known(role, self.roles, f"{where}.roles")
        if unasked := sorted(set(item.questions) - set(item.roles)):
            raise StandardError(f"{where}.questions: {unasked[0]!r} is not among the item's roles; add it or remove it")
        if taken := sorted(set(item.value_labels) & set(self.null_codes)):
            raise StandardError(f"{where}.values: {taken[0]!r} is a null code; remove it")

    def _check_group(self, group: CrimeGroup) -> None:
        where = f"crime_groups.{group.crime_group}.items"
        codes = [entry.item_code for entry in group.entries]
        for entry in group.entries:
            known(entry.item_code, self.items, where)
            known(str(entry.tier), map(str, (*self.tiers, DROPPED_TIER)), f"{where}.{entry.item_code}.tier")
            if group.crime_group not in self.items[entry.item_code].crime_groups:
                raise StandardError(f"{where}: {entry.item_code!r} does not apply to this crime group")
            self._check_entry(entry, codes, f"{where}.{entry.item_code}")
        if repeated := sorted({code for code in codes if codes.count(code) > 1}):
            raise StandardError(f"{where}: {repeated[0]!r} stands twice; keep one")

    def _check_entry(self, entry: ExpectedItem, listed: list[str], where: str) -> None:
        for side in entry.applies_when:
            if side.field == entry.item_code:
                raise StandardError(f"{where}.applies_when: {side.field!r} asks about itself; name another item")
            known(side.field, (*listed, *CRIME_FIELDS), f"{where}.applies_when.field")
            self._check_side(side, f"{where}.applies_when")

    def _check_rule(self, rule: ConsistencyRule) -> None:
        where = f"consistency.{rule.rule}"
        known(rule.item_code, self.items, f"{where}.item")
        for side in (rule.first, rule.second):
            known(side.field, (*self.items, *CRIME_FIELDS), f"{where}.field")
            self._check_side(side, where)

    def _check_side(self, side: Side, where: str) -> None:
        if side.field in self.items:
            for code in side.codes:
                known(code, self.items[side.field].value_labels, f"{where}.{side.field}")


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
    roles = {code: Role(code, **node) for code, node in document["roles"].items()}
    tiers = {tier: Tier(tier, **node) for tier, node in document["tiers"].items()}
    items = {
        code: _item(code, node, tuple(document["crime_groups"]), tuple(roles))
        for code, node in document["items"].items()
    }
    return MinimumStandard(
        version=document["version"],
        fingerprint=fingerprint(document),
        counted_nulls=tuple(code for code, node in nulls.items() if node["expected"]),
        waiving_nulls=tuple(code for code, node in nulls.items() if not node["expected"]),
        null_labels={code: node["label"] for code, node in nulls.items()},
        structured_sources=tuple(document["structured_sources"]),
        roles=roles,
        tiers=tiers,
        targets=_targets(document["targets"], tiers),
        limits=_limits(document["limits"]),
        crime_groups={code: _group(code, node, items) for code, node in document["crime_groups"].items()},
        items=items,
        consistency=tuple(_rule(code, node) for code, node in document["consistency"].items()),
    )


def _wording(item: Item) -> Wording:
    questions = " / ".join((item.question, *item.questions.values()))
    return Wording(item.label, questions, item.value_labels, item.describes)


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


def _group(code: str, node: Mapping[str, Any], items: Mapping[str, Item]) -> CrimeGroup:
    expected = [_entry(entry, entry["tier"], items) for entry in node["items"]]
    trial = [replace(_entry(entry, UNLISTED_TIER, items), is_trial=True) for entry in node.get("trial", [])]
    return CrimeGroup(code, node["label"], tuple(sorted(expected + trial, key=lambda entry: entry.tier)))


def _entry(node: Mapping[str, Any], tier: int, items: Mapping[str, Item]) -> ExpectedItem:
    general = items[node["item"]].applies_when if node["item"] in items else ()
    return ExpectedItem(node["item"], tier, general + _sides(node.get("applies_when", [])))


def _item(code: str, node: Mapping[str, Any], all_groups: tuple[str, ...], all_roles: tuple[str, ...]) -> Item:
    return Item(
        item_code=code,
        label=node["label"],
        question=node["question"],
        why=node["why"],
        seconds=node["seconds"],
        is_multi=node["multi"],
        crime_groups=_all_or_list(node["crime_groups"], all_groups, f"items.{code}.crime_groups"),
        value_labels=dict(node["values"]),
        unspecific=tuple(node["unspecific"]),
        exclusive=tuple(node.get("exclusive", ())),
        questions=dict(node.get("questions", {})),
        roles=_all_or_list(node["roles"], all_roles, f"items.{code}.roles"),
        applies_when=_sides(node.get("applies_when", [])),
        hint=node.get("hint", ""),
        describes=node["describes"],
        not_offered={group: tuple(codes) for group, codes in node.get("not_offered", {}).items()},
    )


def _all_or_list(node: str | list[str], everything: tuple[str, ...], where: str) -> tuple[str, ...]:
    if isinstance(node, str) and node != "all":
        raise StandardError(f"{where}: expected all or a list, got {node!r}")
    return everything if isinstance(node, str) else tuple(node)


def _rule(code: str, node: Mapping[str, Any]) -> ConsistencyRule:
    return ConsistencyRule(code, node["label"], node["item"], _side(node["first"]), _side(node["second"]))


def _sides(nodes: list[Mapping[str, Any]]) -> tuple[Side, ...]:
    return tuple(_side(node) for node in nodes)


def _side(node: Mapping[str, Any]) -> Side:
    values = node.get("values", node.get("except", []))
    return Side(node["field"], tuple(values), is_exception="except" in node)
