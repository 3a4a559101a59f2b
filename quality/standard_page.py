"""The page of the minimum standard for people to read, made from the file that the software reads.

``python -m quality.standard_page > docs/minimum-standard.md``
"""

import sys
import textwrap
from collections.abc import Iterable, Iterator, Sequence

from quality.minimum_standard import AskedItem, CrimeGroup, Item, MinimumStandard, load_minimum_standard
from quality.standard_document import DIMENSIONS
from quality.standard_wording import condition_in_words, conditions_in_words

_WIDTH = 112
_OPENING = """
What to record about how a crime was done, in which words, and how good is good enough. This page is made from
`quality/minimum_standard.yaml` by `python -m quality.standard_page > docs/minimum-standard.md`; a force edits that
file, not this page.

No national standard for MO fields was found. The anchor is the College of Policing burglary guide, which asks for
point and method of entry, style, and property stolen or not stolen. Tiers and targets are starting values, to be
replaced by what a force measures (`mo_group_priorities`); `colink quality --propose-standard FILE` writes the next
version as a diff for people to accept.
"""
_GROUPS = """
Items are listed in order of priority. *On trial* means asked, so that it can be measured, but not yet expected of
any crime. Every role answers its questions in under two minutes in all. A condition that turns on something not
known rules nothing out: the item is then asked.
"""
_ITEMS = """
Each item has one question, put in the words of the role that is asked; where a role has no wording of its own, the
general one holds. A value in *italics* is valid but says nothing, and counts as a default rather than a description.
Every item also takes the four codes for "no value" above.
"""
_MEANINGS = {
    "act": "what was done",
    "target": "what it was done to",
    "means": "what it was done with",
    "traces": "what it left behind",
}


def standard_page(standard: MinimumStandard) -> str:
    """Return the page in Markdown; the same standard gives the same page.

    Parameters
    ----------
    standard
        The minimum standard.
    """
    parts = [
        "# The minimum standard of MO recording",
        f"*Version {standard.version}, fingerprint `{standard.fingerprint[:12]}`*",
        *_prose(_OPENING),
        "## Who records",
        *_roles(standard),
        "## When there is no value",
        *_nulls(standard),
        "## How good is good enough",
        *_targets(standard),
        "## What each crime group asks for",
        *_prose(_GROUPS),
        *(part for group in standard.crime_groups.values() for part in _group(group, standard)),
        "## The items",
        *_prose(_ITEMS),
        *(part for item in standard.items.values() for part in _item(item, standard)),
        "## What cannot both be true",
        *_rules(standard),
    ]
    return "\n\n".join(parts) + "\n"


def _prose(text: str) -> list[str]:
    return [_filled(" ".join(part.split())) for part in text.strip().split("\n\n")]


def _filled(text: str) -> str:
    return textwrap.fill(text, _WIDTH, break_on_hyphens=False)


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(str(cell).replace("|", "\\|") for cell in line) + " |" for line in lines)


def _roles(standard: MinimumStandard) -> Iterator[str]:
    rows = [
        (role.label, f"`{role.role}`", f"`{role.captured_by}`", role.introduction) for role in standard.roles.values()
    ]
    yield _table(("Role", "Code", "Recorded as captured by", "Told first"), rows)


def _nulls(standard: MinimumStandard) -> Iterator[str]:
    effect = {True: "yes: it counts as a gap", False: "no: the crime is not held to the item"}
    rows = [
        (f"`{code}`", label, effect[code in standard.counted_nulls]) for code, label in standard.null_labels.items()
    ]
    yield _table(("Code", "Meaning", "Still expected"), rows)


def _targets(standard: MinimumStandard) -> Iterator[str]:
    tiers = list(standard.tiers.values())
    rows = [(tier.tier, tier.label, f"{tier.weight:g}", tier.severity) for tier in tiers]
    yield _table(
        ("Tier", "Name", "Weight in a crime's score", "A shortfall is"), [*rows, (4, "Drop", "not asked", "-")]
    )
    shares = [
        (dimension.capitalize(), *(f"{standard.target(dimension, tier.tier):.0%}" for tier in tiers))
        for dimension in DIMENSIONS
    ]
    yield _table(("Smallest share that is good enough", *(f"Tier {tier.tier}" for tier in tiers)), shares)
    limits = standard.limits
    yield "\n".join(
        [
            f"- An item is recorded in time within {limits.timely_within_hours:g} hours of the report.",
            f"- A time of the crime is precise within a window of {limits.window_within_hours:g} hours.",
            f"- Shares of fewer than {limits.least_expected} values are not held against a target.",
            f"- Counts of fewer than {limits.least_shown} crimes are not shown in what is shared.",
            f"- Items with fewer than {limits.least_linked_pairs} linked pairs are not ranked.",
        ]
    )


def _group(group: CrimeGroup, standard: MinimumStandard) -> Iterator[str]:
    yield f"### {group.label}"
    asked = {role: standard.asked(group.crime_group, role) for role in standard.roles}
    listed = {item.item_code: item for role in reversed(asked) for item in asked[role]}
    rows = [
        (rank, *_priority(listed[entry.item_code], entry.item_code, standard), _who(entry.item_code, asked))
        for rank, entry in enumerate(group.asked, start=1)
    ]
    yield _table(("", "Item", "Tier", "Asked when", "Seconds", "Asked of"), rows)
    spent = [
        f"{role.label} {sum(item.seconds for item in asked[role.role]):g} s for {len(asked[role.role])}"
        for role in standard.roles.values()
    ]
    yield _filled(f"Items and seconds in all: {'; '.join(spent)}.")


def _priority(item: AskedItem, code: str, standard: MinimumStandard) -> tuple[str, str, str, str]:
    tier = "On trial" if item.is_trial else f"{item.tier} {standard.tiers[item.tier].label}"
    when = conditions_in_words(item.applies_when, standard) or "always"
    return f"[{item.label}](#{_anchor(item.label)}) `{code}`", tier, when, f"{item.seconds:g}"


def _who(code: str, asked: dict[str, tuple[AskedItem, ...]]) -> str:
    roles = [f"`{role}`" for role, items in asked.items() if code in {item.item_code for item in items}]
    return "everybody" if len(roles) == len(asked) else ", ".join(roles)


def _item(item: Item, standard: MinimumStandard) -> Iterator[str]:
    yield f"### {item.label}"
    several = "one or more values" if item.is_multi else "one value"
    facts = f"`{item.item_code}`, {several}; describes {_MEANINGS[item.describes]}. {item.why} {item.hint}"
    yield _filled(facts)
    yield "\n".join(_questions(item, standard))
    rows = [
        (f"`{code}`", f"*{label}*" if code in item.unspecific else label) for code, label in item.value_labels.items()
    ]
    yield _table(("Code", "Value"), rows)
    if item.not_offered:
        yield "\n".join(_not_offered(item, standard))
    if item.exclusive:
        alone = ", ".join(f"`{code}`" for code in item.exclusive)
        yield f"Stands alone, beside no other value: {alone}."


def _questions(item: Item, standard: MinimumStandard) -> list[str]:
    """One line a wording, with the roles that are asked in it."""
    roles_of: dict[str, list[str]] = {}
    for role in item.roles:
        roles_of.setdefault(item.question_for(role), []).append(standard.roles[role].label)
    return [f'- {" and ".join(roles)}: "{question}"' for question, roles in roles_of.items()]


def _not_offered(item: Item, standard: MinimumStandard) -> list[str]:
    """One point a crime group whose list is shorter."""
    points = []
    for group, codes in item.not_offered.items():
        listed = ", ".join(f"`{code}`" for code in codes)
        point = f"- Not offered for {standard.crime_groups[group].label.lower()}: {listed}."
        points.append(textwrap.fill(point, _WIDTH, subsequent_indent="  "))
    return points


def _rules(standard: MinimumStandard) -> Iterator[str]:
    rows = [
        (
            rule.label,
            f"{condition_in_words(rule.first, standard)}, yet {condition_in_words(rule.second, standard)}",
            standard.items[rule.item_code].label,
        )
        for rule in standard.consistency
    ]
    yield _table(("Contradiction", "When", "Charged to"), rows)


def _anchor(label: str) -> str:
    kept = [letter for letter in label.lower() if letter.isalnum() or letter in " -"]
    return "".join(kept).replace(" ", "-")


if __name__ == "__main__":
    sys.stdout.write(standard_page(load_minimum_standard()))
