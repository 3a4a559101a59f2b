"""What differs between two versions of the minimum standard, as rows that a person or a check can read."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

from quality.minimum_standard import ExpectedItem, Item, MinimumStandard, Side

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ["crime_group", "item_code", "what", "from", "to"]

Fact = tuple[tuple[str, str, str], str]
"""(crime group, item, what) and how it stands; an empty name where the fact belongs to no group or no item."""


def changes(old: MinimumStandard, new: MinimumStandard) -> "pd.DataFrame":
    """List what differs between two standards.

    Returns
    -------
    DataFrame
        One row a difference: crime_group and item_code (empty where it belongs to none), what (tier, asked when,
        question, value <code>, target ..., limit ..., rule ..., version ...), from and to (as text, empty where it is
        not there). Sorted; no rows for equal standards.
    """
    import pandas as pd

    before, after = dict(_facts(old)), dict(_facts(new))
    rows = [
        (*key, before.get(key, ""), after.get(key, ""))
        for key in sorted(before.keys() | after.keys())
        if before.get(key) != after.get(key)
    ]
    return pd.DataFrame(rows, columns=COLUMNS, dtype=object)


def tier_in_words(entry: ExpectedItem) -> str:
    """Say where an item stands in a crime group: its tier, or that it is on trial."""
    return "on trial" if entry.is_trial else str(entry.tier)


def _facts(standard: MinimumStandard) -> Iterator[Fact]:
    yield ("", "", "version"), standard.version
    for code, label in standard.null_labels.items():
        yield ("", "", f"null code {code}"), f"{label}, {'expected' if code in standard.counted_nulls else 'waived'}"
    for code, role in standard.roles.items():
        yield ("", "", f"role {code}"), f"{role.label}, {role.captured_by}, {role.value_source}, {role.introduction}"
    for number, tier in standard.tiers.items():
        yield ("", "", f"tier {number}"), f"{tier.label}, weight {tier.weight:g}, {tier.severity}"
    for (dimension, number), share in standard.targets.items():
        yield ("", "", f"target {dimension} tier {number}"), f"{share:g}"
    for name, limit in asdict(standard.limits).items():
        yield ("", "", f"limit {name}"), str(limit)
    yield ("", "", "structured sources"), ", ".join(standard.structured_sources)
    yield from _facts_of_groups(standard)
    for item in standard.items.values():
        yield from _facts_of_item(item)
    for rule in standard.consistency:
        sides = f"{_in_codes(rule.first)}, {_in_codes(rule.second)}"
        yield ("", rule.item_code, f"rule {rule.rule}"), f"{rule.label}: {sides}"


def _facts_of_groups(standard: MinimumStandard) -> Iterator[Fact]:
    for code, group in standard.crime_groups.items():
        yield (code, "", "label"), group.label
        for entry in group.entries:
            yield (code, entry.item_code, "tier"), tier_in_words(entry)
            if entry.applies_when:
                yield (code, entry.item_code, "asked when"), "; ".join(map(_in_codes, entry.applies_when))


def _facts_of_item(item: Item) -> Iterator[Fact]:
    words = {
        "label": item.label,
        "question": item.question,
        **{f"question for {role}": question for role, question in item.questions.items()},
        "hint": item.hint,
        "why": item.why,
        "seconds": f"{item.seconds:g}",
        "values": "several" if item.is_multi else "one",
        "crime groups": ", ".join(item.crime_groups),
        "roles": ", ".join(item.roles),
        "describes": item.describes,
        "unspecific": ", ".join(item.unspecific),
        "exclusive": ", ".join(item.exclusive),
        **{f"not offered for {group}": ", ".join(codes) for group, codes in item.not_offered.items()},
        **{f"value {code}": label for code, label in item.value_labels.items()},
    }
    yield from ((("", item.item_code, what), text) for what, text in words.items())


def _in_codes(side: Side) -> str:
    return f"{side.field} {'not ' if side.is_exception else ''}in {', '.join(side.codes)}"
