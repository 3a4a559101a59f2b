"""The named rules that recorded MO is judged by: what each one means, and the likely cause of breaking it.

A rule is one plain reason why one item of one crime falls short of one dimension of quality. The rules of
consistency that a standard adds keep the names and the words that they have in its file.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from quality.errors import StandardError
from quality.minimum_standard import MinimumStandard

DIMENSIONS = (
    "applicability",
    "completeness",
    "recoverable",
    "specificity",
    "validity",
    "consistency",
    "timeliness",
    "uniqueness",
    "precision",
)
"""Dimensions of the scorecard; how well an item tells crimes apart stands in the item profile.

Applicability is the share that no code waives: what does not apply or was refused is not expected, so without it an
area that answers so to everything would seem complete.
"""

COMMITTED_TIME, LOCATION, CRIME = "committed_time", "location", "crime"
PSEUDO_ITEMS = (COMMITTED_TIME, LOCATION, CRIME)
"""What is judged of a crime beside its MO items, under codes that no item may have."""

CAUSES = ("not_asked", "not_known", "coded_as_other", "late", "in_text_only")
"""Likely causes of a gap that somebody can do something about."""


@dataclass(frozen=True)
class MoRule:
    """One named rule.

    Attributes
    ----------
    rule
        Its name in `mo_findings`.
    dimension
        The dimension that an item falls short of when it is broken.
    reason
        What is wrong, in words for somebody who mends records.
    cause
        One of CAUSES, None where the record alone does not tell.
    is_listed
        False where other rules already name the gap, so that it is counted but has no finding of its own.
    """

    rule: str
    dimension: str
    reason: str
    cause: str | None = None
    is_listed: bool = True


_RULES = (
    MoRule("waived", "applicability", "A code says that it does not apply or was refused.", is_listed=False),
    MoRule("not_asked", "completeness", "Nothing was recorded and the text says nothing of it.", "not_asked"),
    MoRule("not_known", "completeness", "It was asked, and nobody knew.", "not_known"),
    MoRule("in_text_only", "completeness", "The text says it; the field is empty.", "in_text_only"),
    MoRule("not_recoverable", "recoverable", "Neither the field nor the text says it, so it is lost.", is_listed=False),
    MoRule("coded_as_other", "specificity", "Only a code that says nothing, such as other.", "coded_as_other"),
    MoRule("not_in_list", "validity", "The recorded value is not in the item's list."),
    MoRule("several_exclusive", "consistency", "A value that excludes every other stands beside another."),
    MoRule("captured_before_crime", "consistency", "It was written down before the crime can have happened."),
    MoRule("recorded_late", "timeliness", "It was written down long after the report, from memory.", "late"),
    MoRule("no_time", "completeness", "The start or the end of when it happened is missing."),
    MoRule("out_of_order", "validity", "The times are out of order: start, end, report."),
    MoRule("default_midnight", "precision", "The time is midnight, which a form puts in when none is entered."),
    MoRule("date_only", "precision", "Only the date is known: the interval is a whole day."),
    MoRule("wide_window", "precision", "The interval is too wide to say when it happened."),
    MoRule("no_place", "completeness", "There are no coordinates."),
    MoRule("rough_place", "precision", "The place is a street, an area or a corner of a grid, not a point."),
    MoRule("default_place", "precision", "Unlike crimes share this point, as if it stood for the whole beat."),
    MoRule("recorded_before_report", "validity", "The crime was recorded before it was reported."),
    MoRule("duplicate_crime", "uniqueness", "It agrees in everything with a crime that was recorded before it."),
)
RULES: Mapping[str, MoRule] = {rule.rule: rule for rule in _RULES}
"""The rules that hold whatever the standard says, by name."""


def rules_of(standard: MinimumStandard) -> dict[str, MoRule]:
    """Return every rule by name, those of consistency that the standard adds last.

    Raises
    ------
    StandardError
        A rule of the standard has the name of another.
    """
    added = {rule.rule: MoRule(rule.rule, "consistency", f"{rule.label}.") for rule in standard.consistency}
    if taken := sorted(set(added) & set(RULES)):
        raise StandardError(f"consistency.{taken[0]}: this name is taken by a rule of the assessment; rename it")
    return {**RULES, **added}
