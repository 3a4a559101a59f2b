"""A proposed next version of the minimum standard, from what the items were measured to be worth.

The proposal is a diff of the standard's file for people to read, argue about and apply; the software never changes
the standard by itself. Only tiers and the version change; comments and layout stay. An item whose worth could not be
measured stays where it is.
"""

import difflib
import io
import math
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import yaml

from quality.errors import StandardError
from quality.frame_columns import require_columns
from quality.minimum_standard import (
    DROPPED_TIER,
    STANDARD_FILE,
    UNLISTED_TIER,
    MinimumStandard,
    load_minimum_standard,
    standard_from_document,
)
from quality.standard_changes import changes, tier_in_words
from quality.standard_document import document_from_text

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["changes", "propose"]

# Nodes of YAML carry the place of each word in the text, which is all that is needed to change one word of it.
Node = Any
# The file is read anew after each change: seven times faster where PyYAML was built with libyaml.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
PRIORITY_COLUMNS = ("crime_group", "item_code", "suggested_tier", "rank", "reason", "links_per_hour")
# What an earlier proposal wrote beside a tier.
_NOTE = re.compile(r" +# (tier \d to|unlisted to tier|on trial to tier) \d: [^\n]*$")


class Move(NamedTuple):
    """An item of a crime group and the tier that its measured worth suggests, with the figures in words."""

    crime_group: str
    item_code: str
    old: str
    tier: int
    figures: str

    @property
    def note(self) -> str:
        """The comment beside the new tier."""
        change = f"tier {self.old} to {self.tier}" if self.old.isdigit() else f"{self.old} to tier {self.tier}"
        return f"# {change}: {self.figures}"


def propose(standard_file: Path | None, priorities: "pd.DataFrame") -> str:
    """Write the next version of a minimum standard as a unified diff of its file.

    Parameters
    ----------
    standard_file
        The standard's YAML file; None for the one that ships with the software.
    priorities
        `mo_group_priorities`, one row a crime group and item. Rows without a rank move nothing.

    Returns
    -------
    str
        Lines that say what was proposed and what could not be ranked, then the diff that `patch -p1` or `git apply`
        accepts; every changed line carries the measured figures. No diff where every ranked item is where it should
        be.

    Raises
    ------
    StandardError
        The file is no standard, or is laid out so that a line cannot be changed by itself.
    FrameError
        For a missing column.
    """
    require_columns(priorities, PRIORITY_COLUMNS, "mo_group_priorities")
    path = STANDARD_FILE if standard_file is None else standard_file
    standard = load_minimum_standard(path)
    text = path.read_text(encoding="utf-8")
    moves = list(_moves(priorities, standard))
    proposed = text
    for move in moves:
        proposed = _moved(proposed, move)
    if moves:
        proposed = _with_version(proposed, standard.version)
        _check(proposed, standard, moves)
    name = f"quality/{path.name}" if path == STANDARD_FILE else path.name
    return "".join(_head(standard, moves, priorities)) + _diff(text, proposed, name)


def _moves(priorities: "pd.DataFrame", standard: MinimumStandard) -> Iterator[Move]:
    """Yield what would change its tier, by crime group and rank; only what was ranked."""
    ranked = priorities[priorities["rank"].notna()].sort_values(["crime_group", "rank"])
    for row in ranked.to_dict("records"):
        group, item, tier = row["crime_group"], row["item_code"], int(row["suggested_tier"])
        if group not in standard.crime_groups or group not in _groups_of(item, standard):
            continue
        entries = {entry.item_code: entry for entry in standard.crime_groups[group].entries}
        entry = entries.get(item)
        if entry is None and tier < UNLISTED_TIER:
            yield Move(group, item, "unlisted", tier, _figures(row))
        elif entry is not None and tier != entry.tier:
            yield Move(group, item, tier_in_words(entry), tier, _figures(row))


def _groups_of(item_code: str, standard: MinimumStandard) -> tuple[str, ...]:
    return standard.items[item_code].crime_groups if item_code in standard.items else ()


def _figures(row: Mapping[Any, Any]) -> str:
    """Say what was measured: links an hour and evidence weight, with their intervals where they are known."""
    told = [
        _figure(row, "links_per_hour", "links per hour of recording"),
        _figure(row, "evidence_weight", "nats of evidence"),
    ]
    return "; ".join(figure for figure in told if figure)


def _figure(row: Mapping[Any, Any], column: str, unit: str) -> str:
    value, lower, upper = (row.get(name, math.nan) for name in (column, f"{column}_lower", f"{column}_upper"))
    if value is None or math.isnan(value):
        return ""
    interval = "" if math.isnan(lower) or math.isnan(upper) else f" (95% {lower:.3g} to {upper:.3g})"
    return f"{value:.3g} {unit}{interval}"


def _moved(text: str, move: Move) -> str:
    """Change one tier in the file's text."""
    group = _child(_child(_root(text), "crime_groups"), move.crime_group)
    for key in ("items", "trial"):
        for entry in _entries(group, key):
            if _child(entry, "item").value != move.item_code:
                continue
            if key == "items":
                return _with_tier(text, _child(entry, "tier"), move)
            return _with_line(_without_line(text, group, entry), move, _line_of_trial(text, entry, move))
    return _with_line(text, move, f"- {{item: {move.item_code}, tier: {move.tier}}}")


def _with_tier(text: str, tier: Node, move: Move) -> str:
    start, end = tier.start_mark.index, tier.end_mark.index
    line_end = _end_of_line(text, end)
    rest = _NOTE.sub("", text[end:line_end])
    return f"{text[:start]}{move.tier}{rest}  {move.note}{text[line_end:]}"


def _line_of_trial(text: str, entry: Node, move: Move) -> str:
    """Return the entry of an item whose trial ends, with its conditions and its tier."""
    if entry.start_mark.line != entry.end_mark.line:
        where = f"crime_groups.{move.crime_group}.trial.{move.item_code}"
        raise StandardError(f"{where}: expected one line in braces, got several; rewrite it")
    item_end = _child(entry, "item").end_mark.index
    return f"- {text[entry.start_mark.index : item_end]}, tier: {move.tier}{text[item_end : entry.end_mark.index]}"


def _without_line(text: str, group: Node, entry: Node) -> str:
    """Take an entry out of the list of trials, and the list's key with it where it was the last."""
    lines = _lines(text)
    first = entry.start_mark.line
    if len(_entries(group, "trial")) == 1:
        first = _key(group, "trial").start_mark.line
    del lines[first : entry.start_mark.line + 1]
    return "".join(lines)


def _with_line(text: str, move: Move, line: str) -> str:
    """Put an entry at the end of what is expected of a crime group; within a tier it is then the last."""
    group = _child(_child(_root(text), "crime_groups"), move.crime_group)
    last = _entries(group, "items")[-1]
    end = _end_of_line(text, last.end_mark.index if last.flow_style else last.end_mark.index - 1)
    indent = " " * (last.start_mark.column - len("- "))
    return f"{text[:end]}\n{indent}{line}  {move.note}{text[end:]}"


def _with_version(text: str, version: str) -> str:
    node = _child(_root(text), "version")
    return f'{text[: node.start_mark.index]}"{_next(version)}"{text[node.end_mark.index :]}'


def _next(version: str) -> str:
    major, minor = version.split(".")
    return f"{major}.{int(minor) + 1}"


def _check(proposed: str, standard: MinimumStandard, moves: list[Move]) -> None:
    """Refuse a proposal that is no standard or that does more, or less, than it says."""
    tiers = changes(standard, standard_from_document(document_from_text(proposed)))
    wanted = {(move.crime_group, move.item_code): str(move.tier) for move in moves}
    rows = tiers[tiers["what"] == "tier"]
    got = dict(zip(zip(rows["crime_group"], rows["item_code"], strict=True), rows["to"], strict=True))
    others = set(tiers["what"]) - {"tier", "version", "asked when"}
    if got != wanted or others:
        raise StandardError("the file: expected one item a line under items and trial, got another layout; rewrite it")


def _head(standard: MinimumStandard, moves: list[Move], priorities: "pd.DataFrame") -> Iterator[str]:
    yield f"# Minimum standard {standard.version}: {len(moves)} tiers would change by what was measured.\n"
    for move in moves:
        yield f"# {move.crime_group}, {move.item_code}: {move.note.removeprefix('# ')}\n"
    dropped = [move for move in moves if move.tier == DROPPED_TIER]
    if dropped:
        yield "# A dropped item is neither asked nor expected; what was recorded of it stays valid.\n"
    for row in priorities[priorities["rank"].isna()].sort_values(["crime_group", "item_code"]).to_dict("records"):
        reason = " ".join(str(row["reason"]).split())
        yield f"# Not ranked, stays: {row['crime_group']}, {row['item_code']}: {reason}\n"


def _diff(old: str, new: str, name: str) -> str:
    return "".join(difflib.unified_diff(_lines(old), _lines(new), fromfile=f"a/{name}", tofile=f"b/{name}"))


def _lines(text: str) -> list[str]:
    # str.splitlines breaks at characters that a diff and YAML's own count of lines do not break at
    return io.StringIO(text).readlines()


def _end_of_line(text: str, index: int) -> int:
    end = text.find("\n", index)
    return len(text) if end < 0 else end


def _root(text: str) -> Node:
    return yaml.compose(text, Loader=_LOADER)


def _key(node: Node, key: str) -> Node:
    return next(name for name, _ in node.value if name.value == key)


def _child(node: Node, key: str) -> Node:
    return next(child for name, child in node.value if name.value == key)


def _entries(group: Node, key: str) -> list[Node]:
    return next((list(child.value) for name, child in group.value if name.value == key), [])
